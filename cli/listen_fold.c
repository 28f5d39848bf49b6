/* Engines and buffers of `handfast listen`, and connections that do without: folded ones.
 *
 * An engine is a mapping of its own: given back, its pages are the system's again, whatever was
 * allocated around it, and pages of buffers that are never reached are never there. A few are kept
 * for the next that needs one.
 */
#include "listen_log.h"

#include <string.h>
#include <sys/mman.h>

#define SPARES_MAX 8

/* In the order in which they are needed: an open connection with short messages touches the first
 * pages of output and input only. */
static hf_tls_memory share_out(uint8_t *at)
{
    hf_tls_memory memory = {.session = NULL};
    memory.output = (hf_space){at, LISTEN_OUTPUT};
    at += LISTEN_OUTPUT;
    memory.input = (hf_space){at, HF_TLS_INPUT_MAX};
    at += HF_TLS_INPUT_MAX;
    memory.certificate = (hf_space){at, HF_TLS_CERTIFICATE_WHOLE};
    at += HF_TLS_CERTIFICATE_WHOLE;
    memory.names = (hf_space){at, HF_TLS_NAMES_SIZE};
    return memory;
}

static size_t engine_size(void)
{
    return sizeof(listen_engine) + LISTEN_OUTPUT + HF_TLS_INPUT_MAX + HF_TLS_CERTIFICATE_WHOLE +
           HF_TLS_NAMES_SIZE;
}

bool listen_engine_take(listen_conn *conn, hf_tls_memory *memory)
{
    listen_server *server = conn->server;
    listen_engine *engine = server->spare;
    if (engine != NULL) {
        server->spare = engine->next;
        server->spares--;
    } else {
        void *fresh =
            mmap(NULL, engine_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        engine = fresh == MAP_FAILED ? NULL : fresh;
    }
    conn->engine = engine;
    if (engine != NULL) {
        *memory = share_out(engine->buffers);
    }
    return engine != NULL;
}

void listen_engine_give(listen_conn *conn)
{
    listen_server *server = conn->server;
    listen_engine *engine = conn->engine;
    hf_tls_release(&engine->tls);
    conn->engine = NULL;
    if (server->spares == SPARES_MAX) {
        (void)munmap(engine, engine_size());
        return;
    }
    engine->next = server->spare;
    server->spare = engine;
    server->spares++;
}

void listen_engines_release(listen_server *server)
{
    while (server->spare != NULL) {
        listen_engine *next = server->spare->next;
        (void)munmap(server->spare, engine_size());
        server->spare = next;
    }
    server->spares = 0;
}

/* Nothing of the program's is on its way: no page, no bytes for or from what is forwarded to. */
static bool application_rests(const listen_conn *conn)
{
    const listen_source *upstream = &conn->upstream;
    if (conn->server->mode == LISTEN_FORWARD) {
        return upstream->fd >= 0 && conn->connected && upstream->writable && !upstream->readable &&
               !conn->upstream_eof && !conn->upstream_shut;
    }
    return conn->request == NULL && conn->answer == NULL;
}

int64_t listen_fold_due(const listen_conn *conn)
{
    bool rests = conn->engine != NULL && conn->phase == LISTEN_OPEN && !conn->peer.readable &&
                 !conn->eof && !conn->mute && application_rests(conn);
    int64_t last = conn->active > conn->kept ? conn->active : conn->kept;
    return rests ? last + conn->server->options->fold_ms : INT64_MAX;
}

void listen_fold(listen_conn *conn)
{
    if (hf_tls_fold(&conn->engine->tls, &conn->folded) != HF_OK) {
        conn->kept = conn->server->now; /* part of a record is there, or output waits */
        return;
    }
    listen_engine_give(conn);
    conn->server->folded++;
    conn->server->folds++;
}

bool listen_fold_wakes(const listen_conn *conn)
{
    bool answered = conn->upstream.fd >= 0 && conn->upstream.readable;
    return conn->peer.readable || answered || conn->leaving;
}

hf_code listen_unfold(listen_conn *conn)
{
    hf_tls_memory memory;
    if (!listen_engine_take(conn, &memory)) {
        return HF_E_MEMORY_TOO_SMALL;
    }
    hf_code code = hf_tls_unfold(&conn->engine->tls, &conn->folded, &memory);
    if (code != HF_OK) {
        listen_engine_give(conn);
        return code;
    }
    conn->server->folded--;
    return HF_OK;
}
