/* A private key that this process never sees: it lives in another one, which signs when asked, as
 * a secure element or a token would. The handshake waits for the signature without blocking.
 *
 *     signer HOST[:PORT] ca.pem device.chain.pem device.key LINE
 *
 * The key must be P-256. The child uses libcrypto directly; what stands for the real thing is only
 * key_holder().
 */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <handfast/conn.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HASH_SIZE 32

static uint8_t memory[16384];
static uint8_t input[HF_TLS_INPUT_SIZE], output[HF_TLS_OUTPUT_SIZE];
static uint8_t certificate[HF_TLS_CERTIFICATE_SIZE], names[HF_TLS_NAMES_SIZE];
static hf_config config;
static hf_conn conn;

/* ---- the holder of the key: reads hashes, writes signatures (ECDSA as DER) */

static bool sign_one(EVP_PKEY *key, int fd)
{
    uint8_t hash[HASH_SIZE];
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = sizeof signature;
    if (recv(fd, hash, sizeof hash, 0) != (ssize_t)sizeof hash) {
        return false;
    }
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool good = ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
                EVP_PKEY_sign(ctx, signature, &len, hash, sizeof hash) == 1;
    EVP_PKEY_CTX_free(ctx);
    len = good ? len : 1; /* one byte: it failed */
    return send(fd, signature, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static int key_holder(const char *path, int fd)
{
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = file == NULL ? NULL : PEM_read_PrivateKey(file, NULL, NULL, NULL);
    if (file != NULL) {
        fclose(file);
    }
    if (key == NULL) {
        fprintf(stderr, "%s: no private key\n", path);
        return 1;
    }
    while (sign_one(key, fd)) {
    }
    EVP_PKEY_free(key);
    return 0;
}

/* ---- the device */

/* hf_signer.sign: passes the hash on, and does not wait. */
static hf_code ask(void *ctx, uint16_t scheme, hf_span hash, hf_space signature, size_t *len)
{
    const int *fd = ctx;
    (void)signature;
    (void)len;
    if (scheme != HF_ECDSA_SECP256R1_SHA256 || hash.len != HASH_SIZE) {
        return HF_E_UNSUPPORTED;
    }
    ssize_t sent = send(*fd, hash.ptr, hash.len, MSG_NOSIGNAL);
    return sent == (ssize_t)hash.len ? HF_PENDING : HF_E_SIGNER_GONE;
}

/* The answer has come: the handshake goes on. */
static void take_signature(int fd)
{
    uint8_t signature[HF_SIGNATURE_MAX];
    ssize_t len = recv(fd, signature, sizeof signature, 0);
    hf_code result = len > 1 ? HF_OK : len == 1 ? HF_E_SIGNER : HF_E_SIGNER_GONE;
    const hf_span span = {signature, len > 0 ? (size_t)len : 0};
    (void)hf_tls_sign_done(&conn.tls, result, span); /* an error is the connection's: see step */
}

/* Two descriptors: the connection's, and the one that brings the signature. */
static hf_code open_connection(int fd)
{
    hf_code code = hf_conn_step(&conn);
    while (code == HF_PENDING) {
        struct pollfd fds[2] = {{.fd = hf_conn_fd(&conn), .events = hf_conn_events(&conn)},
                                {.fd = fd, .events = POLLIN}};
        (void)poll(fds, 2, hf_conn_timeout(&conn));
        if (fds[1].revents != 0 && (hf_tls_wants(&conn.tls) & HF_WANT_SIGN) != 0) {
            take_signature(fd);
        }
        code = hf_conn_step(&conn);
    }
    return code;
}

static hf_code talk(char **argv, int fd)
{
    const hf_tls_memory room = {.input = {input, sizeof input},
                                .output = {output, sizeof output},
                                .certificate = {certificate, sizeof certificate},
                                .names = {names, sizeof names}};
    char text[256];
    size_t len = strlen(argv[5]);
    hf_code code = hf_conn_start(&conn, &config, &room, argv[1], NULL, 10000);
    code = code == HF_PENDING || code == HF_OK ? open_connection(fd) : code;
    code = code == HF_OK ? hf_conn_write(&conn, argv[5], len, &len, 10000) : code;
    code = code == HF_OK ? hf_conn_write(&conn, "\n", 1, &len, 10000) : code;
    code = code == HF_OK ? hf_conn_read(&conn, text, sizeof text, &len, 10000) : code;
    if (code == HF_OK) {
        fwrite(text, 1, len, stdout);
        code = hf_conn_shutdown(&conn, 10000);
    }
    return code;
}

static int device(char **argv, int fd)
{
    hf_config_init(&config, memory, sizeof memory);
    config.clock = hf_clock_system();
    config.identity.signer = (hf_signer){.sign = ask, .ctx = &fd};
    if (example_config(&config, argv[2], argv[3], NULL) != HF_OK) {
        return example_failed(&config.error);
    }
    hf_code code = talk(argv, fd);
    int result = code == HF_OK ? 0 : example_failed(hf_conn_error(&conn));
    hf_conn_close(&conn);
    hf_config_release(&config);
    return result;
}

int main(int argc, char **argv)
{
    int ends[2];
    if (argc != 6) {
        fputs("usage: signer HOST[:PORT] ca.pem device.chain.pem device.key LINE\n", stderr);
        return 2;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) {
        perror("socketpair");
        return 1;
    }
    pid_t child = fork(); /* before there is a connection: see tls.h about fork */
    if (child == 0) {
        close(ends[0]);
        _exit(key_holder(argv[4], ends[1]));
    }
    close(ends[1]);
    int result = child > 0 ? device(argv, ends[0]) : 1;
    close(ends[0]); /* the child's recv() ends */
    if (child > 0) {
        (void)waitpid(child, NULL, 0);
    }
    return result;
}
