/* Connections of `handfast listen` that do without engine and buffers: when, and how they get them
 * again.
 */
#include "listen_server.h"

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
    }
    return code;
}
