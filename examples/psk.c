/* A device without certificates: it and its server have the same key, which was put into both when
 * the device was made. Neither clock nor anchors nor a certificate of its own. It also builds
 * against a library without certificates (cmake -DHF_CERTIFICATES=OFF).
 *
 *     psk ADDRESS PORT LINE
 *
 * Connects to a numeric ADDRESS, sends LINE, prints what comes back up to the end of a line.
 */
#define _POSIX_C_SOURCE 200809L
#include <handfast/tls.h>

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* In flash. 32 random bytes, another for each device (openssl rand -hex 32). `plain`: OpenSSL,
 * which this example is tried with, does not import keys (RFC 9258). */
static const uint8_t IDENTITY[] = {'l', 'a', 'm', 'p', '-', '1'};
static const uint8_t KEY[32] = {0x5d, 0x1e, 0x88, 0x0c, 0xb3, 0x47, 0xf2, 0x69, 0xa4, 0x90, 0x3b,
                                0xe7, 0x16, 0xcd, 0x72, 0x5f, 0x09, 0xb8, 0x64, 0xda, 0x31, 0x8e,
                                0xf5, 0x42, 0x9c, 0x07, 0xeb, 0x50, 0x2d, 0xa6, 0x7b, 0x13};
static const hf_psk PSK = {
    .identity = {IDENTITY, sizeof IDENTITY}, .key = {KEY, sizeof KEY}, .plain = true};

static uint8_t input[HF_TLS_INPUT_MIN], output[512], slot[HF_TLS_CERTIFICATE_MIN];
static hf_config config;
static hf_tls tls;

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

static void receive_some(int fd)
{
    size_t room = 0;
    uint8_t *space = hf_tls_input(&tls, &room);
    ssize_t got = recv(fd, space, room, 0);
    if (got > 0) {
        (void)hf_tls_input_done(&tls, (size_t)got);
    } else {
        (void)hf_tls_input_end(&tls);
    }
}

/* Goes on until `bit` is wanted or there; false when it never will be. */
static bool wait_for(int fd, unsigned bit)
{
    unsigned wants = hf_tls_wants(&tls);
    while ((wants & bit) == 0) {
        if ((wants & HF_WANT_OUTPUT) != 0) {
            if (!send_some(fd)) {
                return false;
            }
        } else if ((wants & (HF_IS_FAILED | HF_IS_CLOSED)) != 0) {
            return false;
        } else if ((wants & HF_WANT_RUN) != 0) {
            (void)hf_tls_run(&tls);
        } else {
            receive_some(fd);
        }
        wants = hf_tls_wants(&tls);
    }
    return true;
}

static bool say(int fd, const char *line)
{
    size_t room = 0;
    size_t len = strlen(line);
    if (!wait_for(fd, HF_HAS_ROOM)) {
        return false;
    }
    uint8_t *space = hf_tls_room(&tls, &room);
    if (len + 1 > room) {
        return false;
    }
    memcpy(space, line, len);
    space[len] = '\n';
    return hf_tls_room_done(&tls, len + 1) == HF_OK;
}

static bool print_line(int fd)
{
    bool over = false;
    while (!over && wait_for(fd, HF_HAS_DATA)) {
        size_t len = 0;
        const uint8_t *data = hf_tls_data(&tls, &len);
        over = memchr(data, '\n', len) != NULL;
        fwrite(data, 1, len, stdout);
        (void)hf_tls_data_done(&tls, len);
    }
    return over;
}

static int failed(const hf_error *error)
{
    char text[600];
    hf_error_describe(error, text, sizeof text);
    fputs(text, stderr);
    return 1;
}

int main(int argc, char **argv)
{
    const hf_tls_memory memory = {.input = {input, sizeof input},
                                  .output = {output, sizeof output},
                                  .certificate = {slot, sizeof slot}};
    if (argc != 4) {
        fputs("usage: psk ADDRESS PORT LINE\n", stderr);
        return 2;
    }
    hf_config_init(&config, NULL, 0);
    config.psk = &PSK;
    if (hf_config_build(&config) != HF_OK) {
        return failed(&config.error);
    }
    int fd = dial(argv[1], argv[2]);
    if (fd < 0) {
        perror(argv[1]);
        return 1;
    }
    bool done =
        hf_tls_client(&tls, &config, &memory, NULL) == HF_OK && say(fd, argv[3]) && print_line(fd);
    int result = done ? 0 : failed(hf_tls_error(&tls));
    (void)hf_tls_close(&tls);
    (void)send_some(fd); /* close_notify; what the server still says is not awaited */
    close(fd);
    hf_tls_release(&tls);
    hf_config_release(&config);
    return result;
}
