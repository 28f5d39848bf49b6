/* Many idle clients for bench/idle: mutual TLS over real sockets, folded, so that thousands of them
 * fit into little memory of their own. One after the other uses the one engine there is.
 *
 *   bench_idle_load DIR PORT 1.3|1.2 COUNT
 *
 * Opens COUNT connections to an echo server on 127.0.0.1 and prints "ready". For each line on
 * standard input every connection says a byte and hears it back ("woke"). At the end of standard
 * input each is closed in order ("closed"). Every failure ends it with a message and 1.
 */
#include <handfast/fold.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NAME     "broker.example"
#define FILE_MAX 4096u

typedef struct client {
    int fd;
    hf_folded folded;
} client;

static hf_config config;
static uint8_t config_memory[16384];
static uint8_t files[3][FILE_MAX];
static hf_tls tls;
static uint8_t input[HF_TLS_INPUT_MAX], output[HF_TLS_OUTPUT_SIZE], slot[HF_TLS_CERTIFICATE_SIZE];
static const hf_tls_memory memory = {.input = {input, sizeof input},
                                     .output = {output, sizeof output},
                                     .certificate = {slot, sizeof slot}};

__attribute__((format(printf, 1, 2), noreturn)) static void give_up(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("idle_load: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void need(hf_code code, const char *what)
{
    if (code != HF_OK) {
        give_up("%s: %s", what, hf_error_name(code));
    }
}

static hf_time now(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = (int64_t)time(NULL), .kind = HF_TIME_EXACT};
}

static hf_span read_file(const char *dir, const char *name, uint8_t *to)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        give_up("%s cannot be read", path);
    }
    size_t len = fread(to, 1, FILE_MAX, file);
    (void)fclose(file);
    return (hf_span){to, len};
}

static void configure(const char *dir, const char *version)
{
    hf_span ca = read_file(dir, "ca.pem", files[0]);
    hf_span chain = read_file(dir, "device.pem", files[1]);
    hf_span key = read_file(dir, "device.key", files[2]);
    hf_config_init(&config, config_memory, sizeof config_memory);
    config.version_min = config.version_max = strcmp(version, "1.2") == 0 ? HF_TLS12 : HF_TLS13;
    config.clock.now = now;
    need(hf_config_anchors(&config, ca.ptr, ca.len), "ca.pem");
    need(hf_config_identity(&config, chain.ptr, chain.len, key.ptr, key.len, NULL), "device");
    need(hf_config_build(&config), "configuration");
}

/* ---- one connection at work */

static void send_all(int fd)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&tls, &len);
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0) {
            give_up("the server takes nothing");
        }
        hf_tls_output_done(&tls, (size_t)n);
        bytes = hf_tls_output(&tls, &len);
    }
}

/* Goes on until wants() says one of `until`. */
static void work(int fd, unsigned until)
{
    for (;;) {
        size_t room = 0;
        send_all(fd);
        unsigned wants = hf_tls_wants(&tls);
        if ((wants & HF_IS_FAILED) != 0) {
            need((hf_code)hf_tls_error(&tls)->code, "connection");
        }
        if ((wants & until) != 0) {
            return;
        }
        if ((wants & HF_WANT_RUN) != 0) {
            (void)hf_tls_run(&tls);
            continue;
        }
        uint8_t *to = hf_tls_input(&tls, &room);
        ssize_t n = to == NULL ? 0 : recv(fd, to, room, 0);
        if (n <= 0) {
            give_up("the server has ended a connection");
        }
        (void)hf_tls_input_done(&tls, (size_t)n);
    }
}

static void talk(int fd, uint8_t byte)
{
    size_t len = 0;
    uint8_t *to = hf_tls_room(&tls, &len);
    if (to == NULL) {
        give_up("no room for data");
    }
    to[0] = byte;
    need(hf_tls_room_done(&tls, 1), "sending");
    work(fd, HF_HAS_DATA);
    const uint8_t *data = hf_tls_data(&tls, &len);
    if (len != 1 || data[0] != byte) {
        give_up("the echo is another");
    }
    (void)hf_tls_data_done(&tls, 1);
}

static int dial(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    const struct timeval patience = {.tv_sec = 30};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        give_up("no connection; the limit of open files (ulimit -n) may be too low");
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* ---- all of them */

static void begin(client *c, uint16_t port)
{
    c->fd = dial(port);
    need(hf_tls_client(&tls, &config, &memory, NAME), "client");
    work(c->fd, HF_IS_OPEN);
    talk(c->fd, 'a'); /* the server's verdict, too */
    need(hf_tls_fold(&tls, &c->folded), "folding");
}

static void again(client *c)
{
    need(hf_tls_unfold(&tls, &c->folded, &memory), "unfolding");
    talk(c->fd, 'b');
    need(hf_tls_fold(&tls, &c->folded), "folding");
}

static void finish(client *c)
{
    need(hf_tls_unfold(&tls, &c->folded, &memory), "unfolding");
    (void)hf_tls_close(&tls);
    work(c->fd, HF_IS_CLOSED);
    hf_tls_release(&tls);
    (void)close(c->fd);
}

static void say(const char *word)
{
    (void)puts(word);
    (void)fflush(stdout);
}

int main(int count, char **words)
{
    if (count != 5) {
        give_up("DIR PORT 1.3|1.2 COUNT");
    }
    size_t clients_count = strtoul(words[4], NULL, 10);
    client *clients = calloc(clients_count, sizeof *clients);
    uint16_t port = (uint16_t)strtoul(words[2], NULL, 10);
    if (clients == NULL) {
        give_up("not enough memory");
    }
    configure(words[1], words[3]);
    for (size_t i = 0; i < clients_count; i++) {
        begin(&clients[i], port);
    }
    say("ready");
    for (int c = getchar(); c != EOF; c = getchar()) {
        if (c == '\n') {
            for (size_t i = 0; i < clients_count; i++) {
                again(&clients[i]);
            }
            say("woke");
        }
    }
    for (size_t i = 0; i < clients_count; i++) {
        finish(&clients[i]);
    }
    say("closed");
    free(clients);
    hf_config_release(&config);
    return 0;
}
