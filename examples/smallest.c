/* The smallest program of a device: a TLS connection over a serial line, and what it needs of the
 * board (board.h). It says hello, prints the answer, and keeps the time that it learnt.
 */
#include "board.h"

#include <handfast/clock.h>
#include <handfast/conn.h>
#include <handfast/entropy.h>

#define SERVER   "broker.example"
#define RELEASED HF_DATE(2026, 11, 30) /* this program, so it is that day or later */
#define PATIENCE 10000                 /* milliseconds */

static uint8_t anchor[sizeof(hf_anchor) + 16];
static uint8_t input[HF_TLS_INPUT_SIZE], output[HF_TLS_OUTPUT_SIZE];
static uint8_t certificate[HF_TLS_CERTIFICATE_SIZE];
static hf_config config;
static hf_conn conn;
static hf_device_clock clock;
static hf_entropy health;

static const hf_serial_line line = {board_receive, board_send, board_milliseconds, NULL, NULL};

static uint32_t uptime(void *ctx)
{
    return board_milliseconds(ctx) / 1000u;
}

/* Nothing is given out before the start test is over, or after the source has failed. */
static bool random_bytes(void *ctx, uint8_t *out, size_t len)
{
    hf_code code = HF_PENDING;
    (void)ctx;
    while (code == HF_PENDING) {
        code = board_noise(out, len) ? hf_entropy_look(&health, out, len) : HF_E_NO_RANDOM;
    }
    return code == HF_OK;
}

static hf_code configure(void)
{
    const hf_span root = board_root();
    (void)hf_entropy_begin(&health, 6);
    hf_device_clock_begin(&clock, RELEASED, board_stored_time(), uptime, NULL);
    hf_config_init(&config, anchor, sizeof anchor);
    config.clock = hf_device_clock_source(&clock);
    config.random = (hf_random_source){random_bytes, NULL};
    (void)hf_config_anchors(&config, root.ptr, root.len);
    return hf_config_build(&config); /* the first error of all calls before */
}

static hf_code talk(void)
{
    char answer[64];
    size_t len = 0;
    hf_code code = hf_conn_wait(&conn);
    code = code == HF_OK ? hf_conn_write(&conn, "hello\n", 6, &len, PATIENCE) : code;
    code = code == HF_OK ? hf_conn_read(&conn, answer, sizeof answer - 1, &len, PATIENCE) : code;
    if (code == HF_OK) {
        answer[len] = '\0';
        board_put(answer);
        code = hf_conn_shutdown(&conn, PATIENCE);
    }
    return code;
}

int main(void)
{
    const hf_tls_memory memory = {.input = {input, sizeof input},
                                  .output = {output, sizeof output},
                                  .certificate = {certificate, sizeof certificate}};
    hf_code code = configure();
    if (code == HF_OK) {
        code = hf_conn_attach(&conn, &config, &memory, &line, SERVER, NULL, PATIENCE);
        code = code == HF_PENDING ? talk() : code;
        hf_conn_close(&conn);
        board_store_time(hf_device_clock_keep(&clock));
    }
    hf_config_release(&config);
    if (code != HF_OK) {
        board_put(hf_error_name(code));
        board_put("\n");
    }
    return code == HF_OK ? 0 : 1;
}
