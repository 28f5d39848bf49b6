/* The engine alone: hf_tls moved by hand over a blocking socket. Nothing here needs
 * libhandfast_net, so this is also the pattern for other transports: a modem, a serial line, lwIP.
 *
 *     engine ADDRESS PORT NAME ca.pem LINE
 *
 * Connects to a numeric ADDRESS, checks that the server is NAME, sends LINE, prints one line of
 * the answer, and ends in order.
 */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <handfast/tls.h>

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static uint8_t memory[8192];
static uint8_t input[HF_TLS_INPUT_SIZE], output[HF_TLS_OUTPUT_SIZE];
static uint8_t certificate[HF_TLS_CERTIFICATE_SIZE], names[HF_TLS_NAMES_SIZE];
static hf_config config;
static hf_tls tls;

static hf_time now(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = (int64_t)time(NULL), .kind = HF_TIME_EXACT};
}

static int dial(const char *address, const char *port)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(address, port, &hints, &found) != 0) {
        return -1;
    }
    int fd = socket(found->ai_family, found->ai_socktype, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

/* Takes what the engine has for the peer. MSG_NOSIGNAL: a peer that has gone is an error, not a
 * signal. */
static bool send_some(int fd)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&tls, &len);
    ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
    if (sent > 0) {
        hf_tls_output_done(&tls, (size_t)sent);
    }
    return sent > 0;
}

/* Waits for bytes of the peer. The engine records what is wrong with them, if anything is. */
static void receive_some(int fd)
{
    size_t room = 0;
    uint8_t *space = hf_tls_input(&tls, &room);
    ssize_t got = recv(fd, space, room, 0);
    if (got > 0) {
        (void)hf_tls_input_done(&tls, (size_t)got);
    } else {
        (void)hf_tls_input_end(&tls); /* an end without close_notify is an error here */
    }
}

/* One round: what the engine wants most. False when nothing more can be done. */
static bool serve(int fd)
{
    unsigned wants = hf_tls_wants(&tls);
    if ((wants & HF_WANT_OUTPUT) != 0) {
        return send_some(fd); /* also the alert of a failure */
    }
    if ((wants & (HF_IS_FAILED | HF_IS_CLOSED)) != 0) {
        return false;
    }
    if ((wants & HF_WANT_RUN) != 0) {
        (void)hf_tls_run(&tls); /* one public-key operation: here a device feeds its watchdog */
        return true;
    }
    if ((wants & HF_WANT_INPUT) != 0) {
        receive_some(fd);
        return true;
    }
    return false;
}

static bool wait_for(int fd, unsigned bit)
{
    while ((hf_tls_wants(&tls) & bit) == 0) {
        if (!serve(fd)) {
            return false;
        }
    }
    return true;
}

/* Each hf_tls_room_done() makes one record, as large as the output buffer allows. */
static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0 && wait_for(fd, HF_HAS_ROOM)) {
        size_t room = 0;
        uint8_t *space = hf_tls_room(&tls, &room);
        size_t part = len < room ? len : room;
        memcpy(space, text, part);
        if (hf_tls_room_done(&tls, part) != HF_OK) {
            return false;
        }
        text += part;
        len -= part;
    }
    return len == 0;
}

static bool print_line(int fd)
{
    bool over = false;
    while (!over && wait_for(fd, HF_HAS_DATA)) {
        size_t len = 0;
        const uint8_t *data = hf_tls_data(&tls, &len);
        const uint8_t *end = memchr(data, '\n', len);
        over = end != NULL;
        len = over ? (size_t)(end - data) + 1 : len;
        fwrite(data, 1, len, stdout);
        (void)hf_tls_data_done(&tls, len);
    }
    return over;
}

/* close_notify, and on to the peer's; data that still comes is dropped. */
static void finish(int fd)
{
    (void)hf_tls_close(&tls);
    do {
        size_t len = 0;
        if (hf_tls_data(&tls, &len) != NULL) {
            (void)hf_tls_data_done(&tls, len);
        }
    } while (serve(fd) || (hf_tls_wants(&tls) & HF_HAS_DATA) != 0);
}

int main(int argc, char **argv)
{
    const hf_tls_memory room = {.input = {input, sizeof input},
                                .output = {output, sizeof output},
                                .certificate = {certificate, sizeof certificate},
                                .names = {names, sizeof names}};
    if (argc != 6) {
        fputs("usage: engine ADDRESS PORT NAME ca.pem LINE\n", stderr);
        return 2;
    }
    hf_config_init(&config, memory, sizeof memory);
    config.clock = (hf_clock){.now = now};
    if (example_config(&config, argv[4], NULL, NULL) != HF_OK) {
        return example_failed(&config.error);
    }
    int fd = dial(argv[1], argv[2]);
    if (fd < 0) {
        perror(argv[1]);
        return 1;
    }
    bool done = hf_tls_client(&tls, &config, &room, argv[3]) == HF_OK &&
                write_all(fd, argv[5], strlen(argv[5])) && write_all(fd, "\n", 1) && print_line(fd);
    finish(fd);
    close(fd);
    int result = done ? 0 : example_failed(hf_tls_error(&tls));
    hf_tls_release(&tls);
    hf_config_release(&config);
    return result;
}
