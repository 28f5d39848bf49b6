/* A device that connects again and again and keeps its session in a file, as it would in flash.
 *
 *     resume HOST[:PORT] ca.pem device.chain.pem device.key session.bin
 *
 * The first run does a full handshake; the next ones prove with the session that it is the same
 * device: no certificates, no signatures. A file that is missing, damaged or too old only costs a
 * full handshake. Guard it like the private key.
 */
#include "support.h"

#include <handfast/conn.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static uint8_t memory[16384];
static uint8_t input[HF_TLS_INPUT_SIZE], output[HF_TLS_OUTPUT_SIZE];
static uint8_t certificate[HF_TLS_CERTIFICATE_SIZE], names[HF_TLS_NAMES_SIZE];
static uint8_t stored[2048];
static hf_config config;
static hf_conn conn;

static size_t load(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t len = file == NULL ? 0 : fread(stored, 1, sizeof stored, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return len;
}

/* A device would erase the old one before it connects, and write this one when it has it. */
static int save(const char *path, const hf_session *session)
{
    (void)umask(077);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    size_t len = fwrite(session->ptr, 1, session->len, file);
    return fclose(file) == 0 && len == session->len ? 0 : 1;
}

/* A word and its answer; in TLS 1.3 the server's tickets come before it. */
static hf_code talk(void)
{
    char answer[64];
    size_t len = 0;
    hf_code code = hf_conn_write(&conn, "hello\n", 6, &len, 5000);
    code = code == HF_OK ? hf_conn_read(&conn, answer, sizeof answer, &len, 5000) : code;
    return code == HF_OK ? hf_conn_shutdown(&conn, 5000) : code;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fputs("usage: resume HOST[:PORT] ca.pem device.chain.pem device.key session.bin\n", stderr);
        return 2;
    }
    hf_config_init(&config, memory, sizeof memory);
    config.clock = hf_clock_system();
    if (example_config(&config, argv[2], argv[3], argv[4]) != HF_OK) {
        return example_failed(&config.error);
    }
    hf_session session = {.ptr = stored, .cap = sizeof stored, .len = load(argv[5])};
    const hf_tls_memory room = {.input = {input, sizeof input},
                                .output = {output, sizeof output},
                                .certificate = {certificate, sizeof certificate},
                                .names = {names, sizeof names},
                                .session = &session};
    if (hf_conn_open(&conn, &config, &room, argv[1], 10000) != HF_OK || talk() != HF_OK) {
        int result = example_failed(hf_conn_error(&conn));
        hf_conn_close(&conn);
        return result;
    }
    printf("%s, %zu bytes of session\n", hf_tls_resumed(&conn.tls) ? "resumed" : "in full",
           session.len);
    hf_conn_close(&conn);
    return save(argv[5], &session);
}
