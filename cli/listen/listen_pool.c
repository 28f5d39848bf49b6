/* Memory of `handfast listen` for its connections, kept apart by how long it lives.
 *
 * Connections stay for hours and are small: they come out of slabs. Engines come and go and are
 * large: each is a mapping of its own, so that all of it is the system's again, and pages of
 * buffers that are never reached are never there; a few are kept for the next that needs one.
 * So nothing that stays lies on the heap between what libcrypto allocates for engines. When many of
 * them have gone, the heap's free pages, too, are given back.
 */
#include "listen_server.h"

#include <malloc.h>
#include <string.h>
#include <sys/mman.h>

#define SLAB_CONNS 64
#define SPARES_MAX 8
#define TRIM_LEAST 128 /* engines: less is not worth the search */

struct listen_slab {
    struct listen_slab *next;
    listen_conn conns[SLAB_CONNS];
};

static void *map(size_t size)
{
    void *fresh = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return fresh == MAP_FAILED ? NULL : fresh;
}

/* ---- connections */

static bool more_conns(listen_server *server)
{
    struct listen_slab *slab = map(sizeof *slab);
    if (slab == NULL) {
        return false;
    }
    slab->next = server->slabs;
    server->slabs = slab;
    for (size_t i = SLAB_CONNS; i > 0; i--) {
        slab->conns[i - 1].next = server->unused;
        server->unused = &slab->conns[i - 1];
    }
    return true;
}

listen_conn *listen_conn_take(listen_server *server)
{
    if (server->unused == NULL && !more_conns(server)) {
        return NULL;
    }
    listen_conn *conn = server->unused;
    server->unused = conn->next;
    conn->next = NULL;
    conn->server = server;
    return conn;
}

void listen_conn_give(listen_conn *conn)
{
    listen_server *server = conn->server;
    explicit_bzero(conn, sizeof *conn);
    conn->next = server->unused;
    server->unused = conn;
}

/* ---- engines */

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
        engine = map(engine_size());
    }
    conn->engine = engine;
    if (engine != NULL) {
        engine->conn = conn;
        server->awake++;
        server->awake_most =
            server->awake > server->awake_most ? server->awake : server->awake_most;
        *memory = share_out(engine->buffers);
    }
    return engine != NULL;
}

/* Half of those that there were are gone. */
static void trim_heap(listen_server *server)
{
    if (server->awake_most >= TRIM_LEAST && server->awake <= server->awake_most / 2) {
        (void)malloc_trim(0);
        server->awake_most = server->awake;
    }
}

void listen_engine_give(listen_conn *conn)
{
    listen_server *server = conn->server;
    listen_engine *engine = conn->engine;
    hf_tls_release(&engine->tls);
    conn->engine = NULL;
    server->awake--;
    trim_heap(server);
    if (server->spares == SPARES_MAX) {
        (void)munmap(engine, engine_size());
        return;
    }
    engine->next = server->spare;
    server->spare = engine;
    server->spares++;
}

void listen_pool_release(listen_server *server)
{
    while (server->spare != NULL) {
        listen_engine *next = server->spare->next;
        (void)munmap(server->spare, engine_size());
        server->spare = next;
    }
    server->spares = 0;
    while (server->slabs != NULL) {
        struct listen_slab *next = server->slabs->next;
        (void)munmap(server->slabs, sizeof *server->slabs);
        server->slabs = next;
    }
    server->unused = NULL;
}
