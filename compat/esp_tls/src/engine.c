/* The loop between an hf_tls and a socket, which may block (then SO_RCVTIMEO and SO_SNDTIMEO bound
 * each call) or not.
 *
 * As in src/net/pump.c: after a failed send, what has arrived is read before the failure is told,
 * so that the peer's alert wins over our broken pipe.
 */
#define _DEFAULT_SOURCE
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BUFFERS                                                                                    \
    (CONFIG_HANDFAST_ESP_TLS_INPUT + CONFIG_HANDFAST_ESP_TLS_OUTPUT +                              \
     CONFIG_HANDFAST_ESP_TLS_CERTIFICATE + CONFIG_HANDFAST_ESP_TLS_NAMES +                         \
     CONFIG_HANDFAST_ESP_TLS_SESSION)

#define DRAIN_MAX 64u /* receive calls before a close */

_Static_assert(CONFIG_HANDFAST_ESP_TLS_INPUT >= HF_TLS_INPUT_MIN, "the input buffer is too small");
_Static_assert(CONFIG_HANDFAST_ESP_TLS_OUTPUT >= HF_TLS_OUTPUT_MIN,
               "the output buffer is too small");
_Static_assert(CONFIG_HANDFAST_ESP_TLS_CERTIFICATE >= HF_TLS_CERTIFICATE_MIN,
               "the certificate buffer is too small");

enum turn {
    TURN_AGAIN,   /* something has moved */
    TURN_NOTHING, /* the socket is not ready */
    TURN_FAILED,
};

static hf_space carve(uint8_t **at, size_t size)
{
    hf_space space = {*at, size};
    *at += size;
    return space;
}

hf_esp_engine *hf_esp_engine_new(size_t text)
{
    hf_esp_engine *engine = calloc(1, sizeof *engine + BUFFERS + text);
    if (engine == NULL) {
        return NULL;
    }
    uint8_t *at = engine->space;
    engine->memory.input = carve(&at, CONFIG_HANDFAST_ESP_TLS_INPUT);
    engine->memory.output = carve(&at, CONFIG_HANDFAST_ESP_TLS_OUTPUT);
    engine->memory.certificate = carve(&at, CONFIG_HANDFAST_ESP_TLS_CERTIFICATE);
    engine->memory.names = carve(&at, CONFIG_HANDFAST_ESP_TLS_NAMES);
    hf_space session = carve(&at, CONFIG_HANDFAST_ESP_TLS_SESSION);
    engine->session = (hf_session){.ptr = session.ptr, .cap = session.cap};
    engine->text = carve(&at, text);
    hf_error_clear(&engine->error);
    return engine;
}

hf_span hf_esp_engine_copy(hf_esp_engine *engine, const void *bytes, size_t len)
{
    hf_span none = {NULL, 0};
    if (bytes == NULL || len == 0 || len > engine->text.cap - engine->text_used) {
        return none;
    }
    uint8_t *to = engine->text.ptr + engine->text_used;
    memcpy(to, bytes, len);
    engine->text_used += len;
    return (hf_span){to, len};
}

/* Through a volatile pointer, so that it is not optimised away. */
void hf_esp_wipe(void *data, size_t len)
{
    volatile uint8_t *at = data;
    for (size_t i = 0; i < len; i++) {
        at[i] = 0;
    }
}

void hf_esp_engine_free(hf_esp_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    if (engine->begun) {
        hf_tls_release(&engine->tls);
    }
    hf_config_release(&engine->config);
    hf_esp_store_free(&engine->store);
    hf_esp_wipe(engine->session.ptr, engine->session.cap);
    hf_esp_wipe(engine->text.ptr, engine->text.cap);
    free(engine);
}

hf_code hf_esp_engine_begin(hf_esp_engine *engine, const char *name)
{
    hf_config *config = &engine->config;
    hf_code code = hf_config_build(config);
    if (code != HF_OK) {
        engine->error = config->error;
        return hf_fail(&engine->error, code);
    }
    code = config->role == HF_SERVER ? hf_tls_server(&engine->tls, config, &engine->memory)
                                     : hf_tls_client(&engine->tls, config, &engine->memory, name);
    engine->begun = code == HF_OK;
    if (code != HF_OK) {
        engine->error = *hf_tls_error(&engine->tls);
        code = hf_fail(&engine->error, code);
    }
    return code;
}

const hf_error *hf_esp_engine_error(const hf_esp_engine *engine)
{
    return engine->error.code != HF_OK || !engine->begun ? &engine->error
                                                         : hf_tls_error(&engine->tls);
}

static enum turn broken(hf_esp_engine *engine, int system)
{
    bool open = (hf_tls_wants(&engine->tls) & HF_IS_OPEN) != 0;
    if (engine->error.code == HF_OK) {
        engine->error.stage = HF_STAGE_TLS;
        engine->error.system = system;
    }
    (void)hf_fail(&engine->error, open ? HF_E_NETWORK : HF_E_CLOSED_IN_HANDSHAKE);
    return TURN_FAILED;
}

static bool is_not_ready(int system)
{
    return system == EAGAIN || system == EWOULDBLOCK;
}

static enum turn send_some(hf_esp_engine *engine, int fd)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&engine->tls, &len);
    ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL | (engine->glance ? MSG_DONTWAIT : 0));
    if (sent > 0) {
        hf_tls_output_done(&engine->tls, (size_t)sent);
        return TURN_AGAIN;
    }
    if (sent < 0 && is_not_ready(errno)) {
        return TURN_NOTHING;
    }
    if (sent < 0 && errno != EINTR) {
        engine->broken = errno;
    }
    return TURN_AGAIN;
}

static enum turn receive_some(hf_esp_engine *engine, int fd)
{
    size_t room = 0;
    uint8_t *space = hf_tls_input(&engine->tls, &room);
    if (room == 0) { /* what is there must be read first */
        return engine->broken != 0 ? broken(engine, engine->broken) : TURN_NOTHING;
    }
    bool wait = engine->broken == 0 && !engine->glance;
    ssize_t got = recv(fd, space, room, wait ? 0 : MSG_DONTWAIT);
    if (got > 0) {
        (void)hf_tls_input_done(&engine->tls, (size_t)got); /* an error shows in wants() */
        return TURN_AGAIN;
    }
    if (got == 0) {
        engine->ended = true;
        (void)hf_tls_input_end(&engine->tls);
        return TURN_AGAIN;
    }
    if (errno == EINTR) {
        return TURN_AGAIN;
    }
    if (engine->broken != 0 || !is_not_ready(errno)) {
        return broken(engine, engine->broken != 0 ? engine->broken : errno);
    }
    return TURN_NOTHING;
}

int hf_esp_come_again(int fd, int want)
{
    int flags = fcntl(fd, F_GETFL, 0);
    return flags >= 0 && (flags & O_NONBLOCK) == 0 ? ESP_TLS_ERR_SSL_TIMEOUT : want;
}

/* Where output that the socket does not take stands in the way. Who reads must go on reading: the
 * peer may be waiting for the same. */
static bool must_wait(unsigned wants, unsigned until, bool blocked)
{
    bool room = until == HF_HAS_ROOM && (wants & HF_HAS_ROOM) != 0;
    return blocked && until != HF_HAS_DATA && !room;
}

static bool is_reached(const hf_esp_engine *engine, unsigned wants, unsigned until)
{
    return (wants & until) != 0 && (engine->broken == 0 || until == HF_HAS_DATA);
}

int hf_esp_engine_pump(hf_esp_engine *engine, int fd, unsigned until)
{
    bool blocked = false;
    for (;;) {
        unsigned wants = hf_tls_wants(&engine->tls);
        if ((wants & HF_WANT_OUTPUT) != 0 && !blocked && engine->broken == 0) {
            blocked = send_some(engine, fd) == TURN_NOTHING;
            continue;
        }
        if ((wants & HF_IS_FAILED) != 0 || engine->error.code != HF_OK) {
            return -1;
        }
        if (must_wait(wants, until, blocked)) {
            return hf_esp_come_again(fd, ESP_TLS_ERR_SSL_WANT_WRITE);
        }
        if (is_reached(engine, wants, until)) {
            return 1;
        }
        if ((wants & HF_WANT_RUN) != 0) {
            (void)hf_tls_run(&engine->tls);
            continue;
        }
        if ((wants & HF_IS_CLOSED) != 0 || engine->ended) {
            return 0;
        }
        if (receive_some(engine, fd) == TURN_NOTHING) {
            return hf_esp_come_again(fd, ESP_TLS_ERR_SSL_WANT_READ);
        }
    }
}

void hf_esp_engine_glance(hf_esp_engine *engine, int fd)
{
    engine->glance = true;
    (void)hf_esp_engine_pump(engine, fd, HF_HAS_DATA); /* an error shows at the next read */
    engine->glance = false;
}

/* What was not read (tickets, most often) would make the system reset the connection when it is
 * closed, and what was sent last could be lost. */
static void drain(int fd)
{
    uint8_t waste[512];
    unsigned calls = 0;
    while (calls < DRAIN_MAX && recv(fd, waste, sizeof waste, MSG_DONTWAIT) > 0) {
        calls++;
    }
}

void hf_esp_engine_close(hf_esp_engine *engine, int fd)
{
    if (!engine->begun || fd < 0 || (hf_tls_wants(&engine->tls) & HF_IS_OPEN) == 0 ||
        hf_tls_close(&engine->tls) != HF_OK) {
        return;
    }
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&engine->tls, &len);
    ssize_t sent = len == 0 ? 0 : send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
        hf_tls_output_done(&engine->tls, (size_t)sent);
    }
    drain(fd);
}
