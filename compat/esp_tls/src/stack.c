/* Handfast as a stack of ESP-TLS: the functions of esp_tls_stack_ops_t.
 *
 * In the flow: ESP-TLS (ours or ESP-IDF 6's) opens the socket and calls these; engine.c moves the
 * bytes. Only the documented members of an esp_tls_t are used; the engine is its priv_ctx.
 */
#include "handfast_esp_tls.h"

#include "active.h"
#include "codes.h"
#include "esp_log.h"
#include "esp_tls_private.h"
#include "session.h"
#include "setup.h"
#include "tickets.h"
#include "trust.h"

#include <string.h>

static hf_esp_engine *engine_of(const esp_tls_t *tls)
{
    return tls->priv_ctx;
}

static void set_engine(esp_tls_t *tls, hf_esp_engine *engine)
{
    hf_esp_engine_free(engine_of(tls));
    tls->priv_ctx = engine;
    tls->priv_ssl = engine == NULL ? NULL : &engine->tls;
}

static ssize_t pass_read(esp_tls_t *tls, char *data, size_t len)
{
    return handfast_esp_tls_stack()->read(NULL, tls, data, len);
}

static ssize_t pass_write(esp_tls_t *tls, const char *data, size_t len)
{
    return handfast_esp_tls_stack()->write(NULL, tls, data, len);
}

static esp_err_t create(void *user, const char *host, size_t hostlen, const void *cfg,
                        esp_tls_t *tls, void *server)
{
    (void)user;
    hf_esp_engine *engine = NULL;
    set_engine(tls, NULL);
    esp_err_t result = server != NULL
                           ? hf_esp_setup_server(cfg, tls->error_handle, &engine)
                           : hf_esp_setup_client(cfg, host, hostlen, tls->error_handle, &engine);
    set_engine(tls, engine);
    if (result == ESP_OK) {
        tls->read = pass_read;
        tls->write = pass_write;
    }
    return result;
}

/* Notes the engine's error; returns Mbed TLS's number, negative. */
static int failed(esp_tls_t *tls, esp_err_t esp)
{
    const hf_error *error = hf_esp_engine_error(engine_of(tls));
    return hf_esp_note(tls->error_handle, error, esp);
}

static bool is_waiting(int result)
{
    return result == ESP_TLS_ERR_SSL_WANT_READ || result == ESP_TLS_ERR_SSL_WANT_WRITE;
}

static int step(esp_tls_t *tls)
{
    hf_esp_engine *engine = engine_of(tls);
    if (engine == NULL) {
        return -HF_ESP_SSL_INPUT;
    }
    int result = hf_esp_engine_pump(engine, tls->sockfd, HF_IS_OPEN);
    /* A socket that blocks has used up its own time-out: ESP-TLS's decides whether that was all. */
    result = result == ESP_TLS_ERR_SSL_TIMEOUT ? ESP_TLS_ERR_SSL_WANT_READ : result;
    if (result == 1) {
        tls->conn_state = ESP_TLS_DONE;
        return 1;
    }
    if (is_waiting(result)) {
        return result;
    }
    tls->conn_state = ESP_TLS_FAIL;
    if (result == 0) {
        (void)hf_fail(&engine->error, HF_E_CLOSED_IN_HANDSHAKE);
    }
    return failed(tls, ESP_OK);
}

static int handshake(void *user, esp_tls_t *tls, const esp_tls_cfg_t *cfg)
{
    (void)user;
    (void)cfg;
    int result = step(tls);
    return result == 1 ? 1 : is_waiting(result) ? 0 : -1;
}

static ssize_t read_data(void *user, esp_tls_t *tls, char *data, size_t len)
{
    (void)user;
    hf_esp_engine *engine = engine_of(tls);
    if (engine == NULL || (data == NULL && len > 0)) {
        return -HF_ESP_SSL_INPUT;
    }
    int result = len == 0 ? 0 : hf_esp_engine_pump(engine, tls->sockfd, HF_HAS_DATA);
    if (result == 1) {
        size_t there = 0;
        const uint8_t *from = hf_tls_data(&engine->tls, &there);
        size_t part = len < there ? len : there;
        memcpy(data, from, part);
        (void)hf_tls_data_done(&engine->tls, part); /* an error shows at the next call */
        return (ssize_t)part;
    }
    if (result == -1) {
        bool cut = hf_esp_engine_error(engine)->code == HF_E_TRUNCATED;
        return failed(tls, cut ? ESP_OK : ESP_ERR_MBEDTLS_SSL_READ_FAILED);
    }
    if (result == 0 && len > 0) {
        (void)hf_esp_note_plain(tls->error_handle, ESP_ERR_ESP_TLS_TCP_CLOSED_FIN);
    }
    return result;
}

static ssize_t write_data(void *user, esp_tls_t *tls, const char *data, size_t len)
{
    (void)user;
    hf_esp_engine *engine = engine_of(tls);
    size_t done = 0;
    if (engine == NULL || (data == NULL && len > 0)) {
        return -HF_ESP_SSL_INPUT;
    }
    int result = 1;
    while (result == 1 && done < len) {
        result = hf_esp_engine_pump(engine, tls->sockfd, HF_HAS_ROOM);
        if (result == 1) {
            size_t room = 0;
            uint8_t *to = hf_tls_room(&engine->tls, &room);
            size_t part = len - done < room ? len - done : room;
            memcpy(to, data + done, part);
            result = hf_tls_room_done(&engine->tls, part) == HF_OK ? 1 : -1;
            done += result == 1 ? part : 0;
        }
    }
    if (result == 1) { /* everything is taken: now it goes out, if it can */
        int sent = hf_esp_engine_pump(engine, tls->sockfd, HF_IS_OPEN);
        result = sent == -1 ? sent : 1;
    }
    if (result == -1) {
        return failed(tls, ESP_ERR_MBEDTLS_SSL_WRITE_FAILED);
    }
    if (done > 0 || len == 0) {
        return (ssize_t)done;
    }
    return result == 0 ? -HF_ESP_SSL_EOF : result;
}

static void delete_connection(void *user, esp_tls_t *tls)
{
    (void)user;
    if (engine_of(tls) != NULL) {
        hf_esp_engine_close(engine_of(tls), tls->sockfd);
    }
    set_engine(tls, NULL);
}

static void net_init(void *user, esp_tls_t *tls)
{
    (void)user;
    (void)tls; /* a socket is all there is to it */
}

static void *get_context(void *user, esp_tls_t *tls)
{
    (void)user;
    return engine_of(tls) == NULL ? NULL : &engine_of(tls)->tls;
}

static ssize_t get_bytes(void *user, esp_tls_t *tls)
{
    (void)user;
    size_t len = 0;
    if (engine_of(tls) == NULL) {
        return 0;
    }
    (void)hf_tls_data(&engine_of(tls)->tls, &len);
    return (ssize_t)len;
}

static esp_err_t init_store(void *user)
{
    (void)user;
    return hf_esp_trust_init();
}

static esp_err_t set_store(void *user, const unsigned char *pem, const unsigned int len)
{
    (void)user;
    return hf_esp_trust_add(pem, len);
}

static void *get_store(void *user)
{
    (void)user;
    const hf_esp_store *store = hf_esp_trust_global();
    return store == NULL ? NULL : (void *)(uintptr_t)&store->list; /* for reading */
}

static void free_store(void *user)
{
    (void)user;
    hf_esp_trust_free();
}

static const int *get_suites(void *user)
{
    (void)user;
    return HF_ESP_SUITES;
}

/* Tickets of TLS 1.3 arrive after the handshake: what has come is looked at, without waiting. */
static void *get_session(void *user, esp_tls_t *tls)
{
    (void)user;
    hf_esp_engine *engine = engine_of(tls);
    if (engine == NULL || tls->conn_state != ESP_TLS_DONE) {
        return NULL;
    }
    hf_esp_engine_glance(engine, tls->sockfd);
    if (engine->session.taken == 0 || engine->session.len == 0) {
        return NULL;
    }
    esp_tls_client_session_t *session = malloc(sizeof *session + engine->session.len);
    if (session != NULL) {
        session->len = engine->session.len;
        memcpy(session->bytes, engine->session.ptr, session->len);
    }
    return session;
}

static void free_session(void *user, void *client_session)
{
    (void)user;
    esp_tls_client_session_t *session = client_session;
    if (session != NULL) {
        hf_esp_wipe(session->bytes, session->len);
        free(session);
    }
}

static esp_err_t init_tickets(void *user, void *ctx)
{
    (void)user;
    esp_tls_server_session_ticket_ctx_t *tickets = ctx;
    tickets->ticket_ctx = hf_esp_tickets_new();
    return tickets->ticket_ctx == NULL ? ESP_ERR_NO_MEM : ESP_OK;
}

static void free_tickets(void *user, void *ctx)
{
    (void)user;
    esp_tls_server_session_ticket_ctx_t *tickets = ctx;
    hf_esp_tickets_free(tickets->ticket_ctx);
    tickets->ticket_ctx = NULL;
}

static esp_err_t init_server(void *user, esp_tls_cfg_server_t *cfg, int sockfd, esp_tls_t *tls)
{
    tls->sockfd = sockfd;
    tls->role = ESP_TLS_SERVER;
    tls->is_tls = true;
    tls->conn_state = ESP_TLS_HANDSHAKE;
    esp_err_t result = create(user, NULL, 0, cfg, tls, cfg);
    tls->conn_state = result == ESP_OK ? ESP_TLS_HANDSHAKE : ESP_TLS_FAIL;
    return result;
}

static int go_on(void *user, esp_tls_t *tls)
{
    (void)user;
    int result = step(tls);
    return result == 1 ? 0 : result;
}

static const esp_tls_stack_ops_t STACK = {
    .version = ESP_TLS_STACK_OPS_VERSION,
    .create_ssl_handle = create,
    .handshake = handshake,
    .read = read_data,
    .write = write_data,
    .conn_delete = delete_connection,
    .net_init = net_init,
    .get_ssl_context = get_context,
    .get_bytes_avail = get_bytes,
    .init_global_ca_store = init_store,
    .set_global_ca_store = set_store,
    .get_global_ca_store = get_store,
    .free_global_ca_store = free_store,
    .get_ciphersuites_list = get_suites,
    .get_client_session = get_session,
    .free_client_session = free_session,
    .server_session_ticket_ctx_init = init_tickets,
    .server_session_ticket_ctx_free = free_tickets,
    .server_session_init = init_server,
    .server_session_continue_async = go_on,
    .server_session_delete = delete_connection,
};

const esp_tls_stack_ops_t *handfast_esp_tls_stack(void)
{
    return &STACK;
}

const hf_error *handfast_esp_tls_error(esp_tls_t *tls)
{
    bool ours = tls != NULL && tls->read == pass_read && engine_of(tls) != NULL;
    const hf_error *error = ours ? hf_esp_engine_error(engine_of(tls)) : NULL;
    return error == NULL || error->code == HF_OK ? NULL : error;
}

bool hf_esp_stack_blames_session(const esp_tls_t *tls)
{
    const hf_esp_engine *engine = tls->read == pass_read ? engine_of(tls) : NULL;
    return engine != NULL && engine->begun && hf_tls_blames_session(&engine->tls);
}
