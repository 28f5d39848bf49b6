/* A program over compat/esp_tls for integration tests: connects as its options say, and prints what
 * each call gave as "word value" lines.
 *
 *     peer_esp_tls HOST PORT [options]      a client
 *     peer_esp_tls --serve N [options]      a server of N connections, which echoes one line each
 */
#include "esp_tls_client.h"

#include "handfast_esp_tls.h"

#include <handfast/tls.h>

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void print_errors(esp_tls_t *tls)
{
    esp_tls_error_handle_t errors = NULL;
    int code = 0;
    int flags = 0;
    int system = 0;
    ESP_ERROR_CHECK(esp_tls_get_error_handle(tls, &errors));
    ESP_ERROR_CHECK(esp_tls_get_and_clear_error_type(errors, ESP_TLS_ERR_TYPE_SYSTEM, &system));
    esp_err_t last = esp_tls_get_and_clear_last_error(errors, &code, &flags);
    printf("last %s\ncode -0x%04X\nflags 0x%x\nerrno %d\n", esp_err_to_name(last), (unsigned)code,
           (unsigned)flags, system);
    printf("cleared %d\n", esp_tls_get_and_clear_last_error(errors, NULL, NULL));
}

static void wait_for(esp_tls_t *tls, int want)
{
    int fd = -1;
    ESP_ERROR_CHECK(esp_tls_get_conn_sockfd(tls, &fd));
    struct pollfd it = {.fd = fd, .events = want == ESP_TLS_ERR_SSL_WANT_WRITE ? POLLOUT : POLLIN};
    (void)poll(&it, 1, 20000);
}

ssize_t read_some(esp_tls_t *tls, char *data, size_t cap)
{
    ssize_t got = esp_tls_conn_read(tls, data, cap);
    while (got == ESP_TLS_ERR_SSL_WANT_READ || got == ESP_TLS_ERR_SSL_WANT_WRITE) {
        wait_for(tls, (int)got);
        got = esp_tls_conn_read(tls, data, cap);
    }
    return got;
}

static void talk(esp_tls_t *tls)
{
    char data[256] = "";
    ssize_t got = 0;
    if (run.send != NULL) {
        printf("write %zd\n", esp_tls_conn_write(tls, run.send, strlen(run.send)));
        printf("write %zd\n", esp_tls_conn_write(tls, "\n", 1));
    }
    bool once = run.send != NULL || run.read_first;
    while (once || run.to_end) {
        got = read_some(tls, data, sizeof data - 1);
        printf(got < 0 ? "read -0x%04zX\n" : "read %zd\n", got < 0 ? -got : got);
        printf("text %s\n", data);
        once = false;
        run.to_end = run.to_end && got > 0;
    }
}

static char pattern(size_t at)
{
    return (char)(at * 31 + at / 253);
}

static size_t send_bulk(esp_tls_t *tls, char *piece, size_t cap, bool *waited)
{
    size_t done = 0;
    while (done < run.bulk) {
        size_t len = run.bulk - done < cap ? run.bulk - done : cap;
        for (size_t i = 0; i < len; i++) {
            piece[i] = pattern(done + i);
        }
        ssize_t result = esp_tls_conn_write(tls, piece, len);
        if (result == ESP_TLS_ERR_SSL_WANT_WRITE || result == ESP_TLS_ERR_SSL_WANT_READ) {
            printf(*waited ? "" : "want write\n");
            *waited = true;
            fflush(stdout);
            wait_for(tls, (int)result);
        } else if (result <= 0) {
            break;
        } else {
            done += (size_t)result;
        }
    }
    return done;
}

/* Sends, then reads the same back; pieces are larger than a record. */
static void exchange_bulk(esp_tls_t *tls)
{
    static char piece[40000];
    bool waited = false;
    bool same = true;
    size_t back = 0;
    printf("sent %zu\n", send_bulk(tls, piece, sizeof piece, &waited));
    while (back < run.bulk) {
        ssize_t got = read_some(tls, piece, sizeof piece);
        for (ssize_t i = 0; i < got; i++) {
            same = same && piece[i] == pattern(back + (size_t)i);
        }
        if (got <= 0) {
            break;
        }
        back += (size_t)got;
        same = same && esp_tls_get_bytes_avail(tls) >= 0;
    }
    printf("back %zu\nsame %d\n", back, same);
}

static void print_agreed(esp_tls_t *tls)
{
    const hf_tls *engine = esp_tls_get_ssl_context(tls);
    if (engine != NULL) {
        const char *alpn = hf_tls_alpn(engine);
        printf("version 0x%04x\nsuite 0x%04x\nresumed %d\nalpn %s\n", hf_tls_version(engine),
               hf_tls_suite(engine), hf_tls_resumed(engine), alpn == NULL ? "-" : alpn);
    }
}

static void give_socket(esp_tls_t *tls, const char *host, int port)
{
    int fd = -1;
    esp_err_t result = esp_tls_plain_tcp_connect(host, (int)strlen(host), port, &cfg, NULL, &fd);
    printf("tcp %s\n", esp_err_to_name(result));
    if (result == ESP_OK) {
        ESP_ERROR_CHECK(esp_tls_set_conn_sockfd(tls, fd));
        ESP_ERROR_CHECK(esp_tls_set_conn_state(tls, ESP_TLS_CONNECTING));
    }
}

static int open_one(esp_tls_t *tls, const char *host, int port)
{
    int len = host == NULL ? 0 : (int)strlen(host);
    if (run.own_socket) {
        give_socket(tls, host, port);
    }
    if (!run.async) {
        return run.url != NULL ? esp_tls_conn_http_new_sync(run.url, &cfg, tls)
                               : esp_tls_conn_new_sync(host, len, port, &cfg, tls);
    }
    int result = 0;
    for (int calls = 0; result == 0; calls++) {
        if (calls > 0) { /* a short look: names and TCP have no descriptor of their own yet */
            if (calls == 1) {
                printf("in progress\n");
                (void)fflush(stdout);
            }
            int fd = -1;
            ESP_ERROR_CHECK(esp_tls_get_conn_sockfd(tls, &fd));
            struct pollfd it = {.fd = fd, .events = POLLIN};
            (void)poll(&it, fd < 0 ? 0 : 1, 5);
        }
        result = run.url != NULL ? esp_tls_conn_http_new_async(run.url, &cfg, tls)
                                 : esp_tls_conn_new_async(host, len, port, &cfg, tls);
    }
    return result;
}

static int connect_one(const char *host, int port)
{
    esp_tls_t *tls = esp_tls_init();
    esp_tls_conn_state_t state = ESP_TLS_INIT;
    if (tls == NULL) {
        return 2;
    }
    int result = open_one(tls, host, port);
    ESP_ERROR_CHECK(esp_tls_get_conn_state(tls, &state));
    printf("result %d\nstate %d\n", result, (int)state);
    if (result == 1) {
        print_agreed(tls);
        if (run.bulk > 0) {
            exchange_bulk(tls);
        }
        talk(tls);
    }
    print_errors(tls);
    esp_tls_client_session_t *session = esp_tls_get_client_session(tls);
    printf("session %s\n", session == NULL ? "none" : "taken");
    if (session != NULL && !run.no_fresh) {
        esp_tls_free_client_session(cfg.client_session);
        cfg.client_session = session;
    } else {
        esp_tls_free_client_session(session);
    }
    printf("destroy %d\n", esp_tls_conn_destroy(tls));
    fflush(stdout);
    return result == 1 ? 0 : 1;
}

static void fill(void)
{
    cfg.clientcert_buf = (const unsigned char *)run.cert;
    cfg.clientcert_bytes = run.cert_size;
    if (run.stored.source == ESP_KEY_SOURCE_PSA) {
        cfg.client_key = &run.stored;
    } else if (run.unified) {
        static esp_key_config_t unified = {.source = ESP_KEY_SOURCE_BUFFER};
        unified.buffer.data = run.key;
        cfg.client_key = &unified;
    } else {
        cfg.clientkey_buf = (const unsigned char *)run.key;
        cfg.clientkey_bytes = run.key_size;
    }
    if (run.global) {
        cfg.use_global_ca_store = true;
        printf("store %s\n", esp_err_to_name(esp_tls_set_global_ca_store(
                                 (const unsigned char *)run.ca, run.ca_size)));
    } else {
        cfg.cacert_buf = (const unsigned char *)run.ca;
        cfg.cacert_bytes = run.ca_size;
    }
}

int main(int argc, char **argv)
{
    take_options(argc, argv);
    if (run.serve > 0) {
        esp_tls_cfg_server_t server = {.servercert_buf = (const unsigned char *)run.cert,
                                       .servercert_bytes = run.cert_size,
                                       .serverkey_buf = (const unsigned char *)run.key,
                                       .serverkey_bytes = run.key_size,
                                       .server_key = &run.stored,
                                       .cacert_buf = (const unsigned char *)run.ca,
                                       .cacert_bytes = run.ca_size,
                                       .client_cert_authmode_optional = run.optional,
                                       .tls_version = cfg.tls_version,
                                       .psk_hint_key = cfg.psk_hint_key,
                                       .alpn_protos = cfg.alpn_protos,
                                       .tls_handshake_timeout_ms = (uint32_t)cfg.timeout_ms};
        return serve(&server, run.serve, run.tickets, run.async);
    }
    fill();
    int result = 0;
    for (int i = 0; i < run.sessions && result == 0; i++) {
        const char *host = run.host;
        result = connect_one(host, run.port);
    }
    esp_tls_free_client_session(cfg.client_session);
    esp_tls_free_global_ca_store();
    free((void *)(uintptr_t)run.ca);
    free((void *)(uintptr_t)run.cert);
    free((void *)(uintptr_t)run.key);
    return result;
}
