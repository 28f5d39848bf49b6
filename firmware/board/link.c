/* The serial line to the peer, live, recorded or replayed.
 *
 * A recording is a row of pieces: two bytes of length (little-endian), then that many bytes
 * received; length 0: the firmware has sent something here. Replayed, no more is given at a time
 * than came between two such marks, so the peer never answers before it was asked. How the bytes of
 * one answer were cut by the line's timing does not count.
 */
#include "board.h"

#define SILENCE_MS 20000u
#define GAP_SPINS  2000u /* how long a piece waits for its next byte */

static enum board_link_mode link_mode BOARD_FLASH_FILES;
static intptr_t recording BOARD_FLASH_FILES;
static uint32_t piece_left BOARD_FLASH_FILES;
static uint32_t marks BOARD_FLASH_FILES; /* replay: passed so far, at most one more than ... */
static uint32_t sent BOARD_FLASH_FILES;  /* ... what was sent */
static uint32_t calls BOARD_FLASH_FILES;

bool board_link_open(enum board_link_mode mode, const char *path)
{
    link_mode = mode;
    piece_left = 0;
    marks = 0;
    sent = 0;
    calls = 0;
    recording = mode == BOARD_LINK_LIVE ? 0 : board_open(path, mode == BOARD_LINK_RECORD);
    return recording >= 0;
}

static void record(const uint8_t *from, size_t len)
{
    const uint8_t head[2] = {(uint8_t)len, (uint8_t)(len >> 8)};
    (void)board_write(recording, head, sizeof head);
    (void)board_write(recording, from, len);
}

void board_link_send(const uint8_t *from, size_t len)
{
    BOARD_COUNT_REST();
    sent++;
    if (link_mode == BOARD_LINK_RECORD) {
        record(NULL, 0);
    }
    for (size_t i = 0; i < len && link_mode != BOARD_LINK_REPLAY; i++) {
        board_uart_send(from[i]);
    }
    BOARD_COUNT_GO_ON();
}

/* Goes to the next piece; false: the recording ends, or the firmware has to send first. */
static bool next_piece(void)
{
    uint8_t head[2];
    while (piece_left == 0) {
        if (marks > sent || board_read(recording, head, sizeof head) != sizeof head) {
            return false;
        }
        piece_left = head[0] | (uint32_t)head[1] << 8;
        marks += piece_left == 0 ? 1 : 0;
    }
    return true;
}

static size_t replay(uint8_t *to, size_t cap)
{
    size_t len = 0;
    while (len < cap && next_piece()) {
        size_t part = piece_left < cap - len ? piece_left : cap - len;
        len += board_read(recording, to + len, part);
        piece_left -= (uint32_t)part;
    }
    return len;
}

static size_t receive(uint8_t *to, size_t cap)
{
    uint32_t begun = board_timer_ms();
    int byte = board_uart_receive();
    while (byte < 0 && board_timer_ms() - begun < SILENCE_MS) {
        byte = board_uart_receive();
    }
    size_t len = 0;
    while (byte >= 0 && len < cap) {
        to[len++] = (uint8_t)byte;
        byte = -1;
        for (uint32_t i = 0; len < cap && byte < 0 && i < GAP_SPINS; i++) {
            byte = board_uart_receive();
        }
    }
    return len;
}

size_t board_link_receive(uint8_t *to, size_t cap)
{
    BOARD_COUNT_REST();
    size_t len = 0;
    if (link_mode == BOARD_LINK_REPLAY) {
        len = replay(to, cap);
    } else {
        len = receive(to, cap);
    }
    if (link_mode == BOARD_LINK_RECORD && len > 0) {
        record(to, len);
    }
    BOARD_COUNT_GO_ON();
    return len;
}

uint32_t board_milliseconds(void)
{
    return link_mode == BOARD_LINK_REPLAY ? ++calls : board_timer_ms();
}
