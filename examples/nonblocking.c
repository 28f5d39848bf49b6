/* A connection inside a program's own poll loop: hf_conn_start() and hf_conn_step().
 *
 *     nonblocking HOST[:PORT] ca.pem device.chain.pem device.key LINE
 *
 * Sends LINE, prints one line of the answer, and ends. The loop never waits anywhere but in poll(),
 * so other descriptors could be served beside it.
 */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <handfast/conn.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>

static uint8_t memory[16384];
static uint8_t input[HF_TLS_INPUT_SIZE], output[HF_TLS_OUTPUT_SIZE];
static uint8_t certificate[HF_TLS_CERTIFICATE_SIZE], names[HF_TLS_NAMES_SIZE];
static hf_config config;
static hf_conn conn;

/* The only place that waits. */
static void rest(void)
{
    struct pollfd fd = {.fd = hf_conn_fd(&conn), .events = hf_conn_events(&conn)};
    (void)poll(&fd, 1, hf_conn_timeout(&conn));
}

static hf_code open_connection(void)
{
    hf_code code = hf_conn_step(&conn);
    while (code == HF_PENDING) {
        rest();
        code = hf_conn_step(&conn);
    }
    return code;
}

static hf_code send_all(const char *text, size_t len)
{
    hf_code code = HF_OK;
    while (code == HF_OK && len > 0) {
        size_t written = 0;
        code = hf_conn_write(&conn, text, len, &written, 0);
        text += written;
        len -= written;
        if (code == HF_PENDING) {
            rest();
            code = hf_conn_step(&conn);
        }
    }
    return code;
}

/* Reads until HF_PENDING before it waits: what the engine already holds wakes nobody up. */
static hf_code print_line(void)
{
    char text[256];
    size_t len = 0;
    hf_code code = HF_OK;
    bool over = false;
    while (!over && (code == HF_OK || code == HF_PENDING)) {
        code = hf_conn_read(&conn, text, sizeof text, &len, 0);
        if (code == HF_PENDING) {
            rest();
            code = hf_conn_step(&conn);
        } else if (code == HF_OK) {
            fwrite(text, 1, len, stdout);
            over = len == 0 || memchr(text, '\n', len) != NULL;
        }
    }
    return code;
}

static hf_code finish(void)
{
    hf_code code = hf_conn_shutdown(&conn, 0);
    while (code == HF_PENDING) {
        rest();
        code = hf_conn_shutdown(&conn, 0);
    }
    return code;
}

int main(int argc, char **argv)
{
    const hf_tls_memory room = {.input = {input, sizeof input},
                                .output = {output, sizeof output},
                                .certificate = {certificate, sizeof certificate},
                                .names = {names, sizeof names}};
    if (argc != 6) {
        fputs("usage: nonblocking HOST[:PORT] ca.pem device.chain.pem device.key LINE\n", stderr);
        return 2;
    }
    hf_config_init(&config, memory, sizeof memory);
    config.clock = hf_clock_system();
    if (example_config(&config, argv[2], argv[3], argv[4]) != HF_OK) {
        return example_failed(&config.error);
    }
    hf_code code = hf_conn_start(&conn, &config, &room, argv[1], NULL, 10000);
    code = code == HF_PENDING || code == HF_OK ? open_connection() : code;
    code = code == HF_OK ? send_all(argv[5], strlen(argv[5])) : code;
    code = code == HF_OK ? send_all("\n", 1) : code;
    code = code == HF_OK ? print_line() : code;
    code = code == HF_OK ? finish() : code;
    int result = code == HF_OK ? 0 : example_failed(hf_conn_error(&conn));
    hf_conn_close(&conn);
    hf_config_release(&config);
    return result;
}
