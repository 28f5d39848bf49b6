/* compat/esp_tls without a network: the table of errors, arguments, the hook for stacks, the log.
 */
#include "cmocka_all.h"

#include "active.h"
#include "codes.h"
#include "esp_log.h"
#include "esp_tls_private.h"
#include "handfast_esp_tls.h"
#include "tls/keys/suite.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the table */

typedef struct listed {
    unsigned number;
    const char *name;
} listed;

static const listed ALL[] = {
#define HF_ERROR(name, number, class_, alert, what, todo) {number, #name},
#include <handfast/errors.def>
#undef HF_ERROR
};

static void test_every_error_has_a_meaning(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ALL / sizeof ALL[0]; i++) {
        const hf_esp_meaning *it = hf_esp_meaning_of((hf_code)ALL[i].number);
        bool mqtt = strncmp(ALL[i].name, "MQTT_", 5) == 0;
        if (mqtt != (it == NULL)) {
            fail_msg("%s has %s entry", ALL[i].name, mqtt ? "an" : "no");
        }
        if (it != NULL) {
            assert_string_not_equal(esp_err_to_name(it->esp), "UNKNOWN ERROR");
            assert_in_range(it->esp, ESP_ERR_ESP_TLS_BASE + 1, ESP_ERR_ESP_TLS_BASE + 0x1f);
            assert_int_not_equal(it->tls, 0);
        }
    }
    assert_null(hf_esp_meaning_of(HF_OK));
    assert_null(hf_esp_meaning_of(HF_PENDING));
}

/* Flags go with a failed verification, or with a certificate that is missing. */
static void test_certificates_have_flags(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ALL / sizeof ALL[0]; i++) {
        const hf_esp_meaning *it = hf_esp_meaning_of((hf_code)ALL[i].number);
        if (it != NULL) {
            bool verify = it->tls == HF_ESP_X509_VERIFY;
            bool missing = it->tls == HF_ESP_SSL_NO_CLIENT_CERTIFICATE;
            assert_int_equal(it->flags != 0, verify || missing);
        }
    }
}

static void test_numbers_that_users_look_for(void **state)
{
    (void)state;
    assert_int_equal(hf_esp_meaning_of(HF_E_CERT_UNKNOWN_CA)->tls, 0x2700);
    assert_int_equal(hf_esp_meaning_of(HF_E_CERT_UNKNOWN_CA)->flags, 0x08);
    assert_int_equal(hf_esp_meaning_of(HF_E_CERT_EXPIRED)->flags, 0x01);
    assert_int_equal(hf_esp_meaning_of(HF_E_CERT_NAME)->flags, 0x04);
    assert_int_equal(hf_esp_meaning_of(HF_E_CERT_NOT_YET_VALID)->flags, 0x200);
    assert_int_equal(hf_esp_meaning_of(HF_E_ALERT)->tls, 0x7780);
    assert_int_equal(hf_esp_meaning_of(HF_E_MEMORY_TOO_SMALL)->tls, 0x7F00);
    assert_int_equal(hf_esp_meaning_of(HF_E_RESOLVE_NOT_FOUND)->esp, 0x8001);
    assert_int_equal(hf_esp_meaning_of(HF_E_CONNECT_REFUSED)->esp, 0x8004);
    assert_int_equal(hf_esp_meaning_of(HF_E_TLS_TIMEOUT)->esp, 0x8006);
    assert_int_equal(ESP_TLS_ERR_SSL_WANT_READ, -0x6900);
    assert_int_equal(ESP_TLS_ERR_SSL_WANT_WRITE, -0x6880);
    assert_int_equal(ESP_TLS_ERR_SSL_TIMEOUT, -0x6800);
}

static void test_note(void **state)
{
    (void)state;
    esp_tls_t *tls = esp_tls_init();
    esp_tls_error_handle_t handle = NULL;
    hf_error error;
    int code = 0;
    int flags = 0;
    assert_non_null(tls);
    hf_error_clear(&error);
    (void)hf_fail(&error, HF_E_CERT_EXPIRED);
    assert_int_equal(esp_tls_get_error_handle(tls, &handle), ESP_OK);
    assert_int_equal(hf_esp_note(handle, &error, ESP_OK), -0x2700);
    assert_int_equal(esp_tls_get_and_clear_error_type(handle, ESP_TLS_ERR_TYPE_ESP, &code), ESP_OK);
    assert_int_equal(code, ESP_ERR_MBEDTLS_SSL_HANDSHAKE_FAILED);
    assert_int_equal(esp_tls_get_and_clear_last_error(handle, &code, &flags), ESP_OK);
    assert_int_equal(code, 0x2700);
    assert_int_equal(flags, 1);
    error.code = 0x7fff; /* from a newer library */
    assert_int_equal(hf_esp_note(handle, &error, ESP_ERR_MBEDTLS_SSL_READ_FAILED), -0x6C00);
    assert_int_equal(handle->last_error, ESP_ERR_MBEDTLS_SSL_READ_FAILED);
    assert_int_equal(hf_esp_note(NULL, &error, ESP_OK), -0x6C00);
    assert_int_equal(esp_tls_conn_destroy(tls), 0);
}

static void test_names(void **state)
{
    char text[40];
    (void)state;
    assert_string_equal(esp_err_to_name(ESP_OK), "ESP_OK");
    assert_string_equal(esp_err_to_name(0x8004), "ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST");
    assert_string_equal(esp_err_to_name(0x1234), "UNKNOWN ERROR");
    assert_string_equal(esp_err_to_name_r(0x1234, text, sizeof text), "UNKNOWN ERROR 0x1234(4660)");
    assert_string_equal(esp_err_to_name_r(ESP_FAIL, text, 5), "ESP_");
}

/* ---- arguments */

static void test_null_arguments(void **state)
{
    (void)state;
    int fd = 0;
    esp_tls_conn_state_t how = ESP_TLS_INIT;
    esp_tls_t *tls = esp_tls_init();
    assert_non_null(tls);
    assert_int_equal(esp_tls_conn_destroy(NULL), -1);
    assert_int_equal(esp_tls_conn_read(NULL, &fd, 1), -1);
    assert_int_equal(esp_tls_conn_write(tls, &fd, 1), -1); /* not open */
    assert_int_equal(esp_tls_get_bytes_avail(NULL), -1);
    assert_int_equal(esp_tls_get_bytes_avail(tls), 0);
    assert_int_equal(esp_tls_get_conn_sockfd(tls, NULL), ESP_ERR_INVALID_ARG);
    assert_int_equal(esp_tls_get_conn_sockfd(tls, &fd), ESP_OK);
    assert_int_equal(fd, -1);
    assert_int_equal(esp_tls_set_conn_sockfd(tls, -1), ESP_ERR_INVALID_ARG);
    assert_int_equal(esp_tls_get_conn_state(NULL, &how), ESP_ERR_INVALID_ARG);
    assert_int_equal(esp_tls_set_conn_state(tls, (esp_tls_conn_state_t)9), ESP_ERR_INVALID_ARG);
    assert_null(esp_tls_get_ssl_context(tls));
    assert_null(esp_tls_get_client_session(tls));
    esp_tls_free_client_session(NULL);
    assert_int_equal(esp_tls_get_error_handle(tls, NULL), ESP_ERR_INVALID_ARG);
    assert_int_equal(esp_tls_get_and_clear_last_error(NULL, NULL, NULL), ESP_ERR_INVALID_STATE);
    assert_int_equal(esp_tls_plain_tcp_connect("x", 1, 1, NULL, NULL, NULL), ESP_ERR_INVALID_ARG);
    assert_int_equal(esp_tls_conn_new_sync(NULL, 3, 1, NULL, tls), -1);
    assert_int_equal(esp_tls_conn_new_sync("x", -1, 1, NULL, tls), -1);
    assert_int_equal(esp_tls_conn_new_async("x", 1, 1, NULL, NULL), -1);
    assert_int_equal(esp_tls_conn_http_new_sync(NULL, NULL, tls), -1);
    assert_null(esp_tls_conn_http_new("no url", NULL));
    assert_int_equal(esp_tls_server_session_create(NULL, 0, tls), -1);
    assert_int_equal(esp_tls_server_session_continue_async(NULL), -1);
    esp_tls_server_session_delete(NULL);
    assert_int_equal(esp_tls_conn_destroy(tls), 0);
}

/* Whatever is under way is given up without a trace (the sanitizers look). */
static void test_destroyed_in_between(void **state)
{
    (void)state;
    esp_tls_cfg_t cfg = {.timeout_ms = 60000};
    esp_tls_t *tls = esp_tls_init();
    assert_non_null(tls);
    int result = esp_tls_conn_new_async("no-such-host.invalid", 20, 8883, &cfg, tls);
    assert_true(result == 0 || result == -1); /* the answer may be there at once */
    assert_int_equal(esp_tls_conn_destroy(tls), 0);
}

static void test_failed_once(void **state)
{
    (void)state;
    esp_tls_cfg_t cfg = {0};
    esp_tls_t *tls = esp_tls_init();
    assert_non_null(tls);
    assert_int_equal(esp_tls_conn_new_sync("127.0.0.1", 9, 0, &cfg, tls), -1);
    assert_int_equal(tls->error_handle->last_error, ESP_ERR_MBEDTLS_SSL_SET_HOSTNAME_FAILED);
    assert_int_equal(tls->conn_state, ESP_TLS_FAIL);
    assert_int_equal(esp_tls_conn_new_sync("127.0.0.1", 9, 1, &cfg, tls), -1);
    assert_int_equal(esp_tls_conn_new_async("127.0.0.1", 9, 1, NULL, tls), -1);
    assert_int_equal(esp_tls_conn_destroy(tls), 0);
}

/* ---- the hook */

static int deleted;

static esp_err_t stub_create(void *user, const char *host, size_t len, const void *cfg,
                             esp_tls_t *tls, void *server)
{
    (void)host;
    (void)cfg;
    (void)server;
    tls->priv_ctx = user;
    return len == 4 ? ESP_OK : ESP_FAIL;
}

static int stub_handshake(void *user, esp_tls_t *tls, const esp_tls_cfg_t *cfg)
{
    (void)cfg;
    return tls->priv_ctx == user ? 1 : -1;
}

static ssize_t stub_bytes(void *user, esp_tls_t *tls)
{
    (void)user;
    (void)tls;
    return 42;
}

static void stub_delete(void *user, esp_tls_t *tls)
{
    (void)user;
    tls->priv_ctx = NULL;
    deleted++;
}

static void test_another_stack(void **state)
{
    (void)state;
    int mark = 0;
    esp_tls_stack_ops_t ops = *handfast_esp_tls_stack();
    ops.create_ssl_handle = stub_create;
    ops.handshake = stub_handshake;
    ops.get_bytes_avail = stub_bytes;
    ops.conn_delete = stub_delete;
    assert_int_equal(esp_tls_register_stack(NULL, NULL), ESP_ERR_INVALID_ARG);
    assert_null(esp_tls_get_registered_stack());
    assert_int_equal(esp_tls_unregister_stack(), ESP_ERR_INVALID_STATE);
    ops.version = 0;
    assert_int_equal(esp_tls_register_stack(&ops, &mark), ESP_ERR_INVALID_VERSION);
    ops.version = ESP_TLS_STACK_OPS_VERSION;
    ops.write = NULL;
    assert_int_equal(esp_tls_register_stack(&ops, &mark), ESP_ERR_INVALID_ARG);
    ops.write = handfast_esp_tls_stack()->write;
    assert_int_equal(esp_tls_register_stack(&ops, &mark), ESP_OK);
    assert_ptr_equal(esp_tls_get_registered_stack(), &ops);
    assert_int_equal(esp_tls_register_stack(&ops, &mark), ESP_ERR_INVALID_STATE);

    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    esp_tls_cfg_t cfg = {0};
    esp_tls_t *tls = esp_tls_init();
    assert_non_null(tls);
    assert_int_equal(esp_tls_set_conn_sockfd(tls, pair[0]), ESP_OK);
    assert_int_equal(esp_tls_set_conn_state(tls, ESP_TLS_CONNECTING), ESP_OK);
    assert_int_equal(esp_tls_conn_new_sync("host", 4, 1, &cfg, tls), 1);
    assert_int_equal(esp_tls_get_bytes_avail(tls), 42);
    assert_ptr_equal(tls->priv_ctx, &mark);
    deleted = 0;
    assert_int_equal(esp_tls_conn_destroy(tls), 0);
    assert_int_equal(deleted, 1);
    close(pair[1]);
    assert_int_equal(esp_tls_unregister_stack(), ESP_OK);
    assert_null(esp_tls_get_registered_stack());
}

/* 1 version and 23 functions, as documented; SHA-1 and base64 are not Handfast's. */
static void test_our_stack_is_complete(void **state)
{
    (void)state;
    const esp_tls_stack_ops_t *it = handfast_esp_tls_stack();
    assert_int_equal(sizeof *it, 24 * sizeof(void *));
    void *parts[24];
    memcpy(parts, it, sizeof parts);
    assert_int_equal(it->version, 1);
    assert_null(it->server_session_create); /* the other two do it */
    assert_null(it->crypto_sha1);
    assert_null(it->crypto_base64_encode);
    size_t there = 0;
    for (size_t i = 1; i < 24; i++) {
        there += parts[i] != NULL ? 1 : 0;
    }
    assert_int_equal(there, 20);
}

static void test_suites(void **state)
{
    (void)state;
    const int *list = esp_tls_get_ciphersuites_list();
    size_t count = 0;
    for (; list[count] != 0; count++) {
        assert_non_null(hf_suite_find((uint16_t)list[count]));
    }
    assert_non_null(hf_suite_at(count - 1));
    assert_null(hf_suite_at(count));
}

static void test_log_levels(void **state)
{
    (void)state;
    assert_int_equal(esp_log_level_get("a"), ESP_LOG_INFO);
    esp_log_level_set("a", ESP_LOG_NONE);
    assert_int_equal(esp_log_level_get("a"), ESP_LOG_NONE);
    assert_int_equal(esp_log_level_get("b"), ESP_LOG_INFO);
    for (int i = 0; i < 40; i++) { /* more than are kept */
        char tag[16];
        (void)snprintf(tag, sizeof tag, "t%d", i);
        esp_log_level_set(tag, ESP_LOG_DEBUG);
    }
    assert_int_equal(esp_log_level_get("t39"), ESP_LOG_INFO);
    esp_log_level_set("*", ESP_LOG_ERROR);
    assert_int_equal(esp_log_level_get("a"), ESP_LOG_ERROR);
    esp_log_level_set("*", ESP_LOG_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_error_has_a_meaning),
        cmocka_unit_test(test_certificates_have_flags),
        cmocka_unit_test(test_numbers_that_users_look_for),
        cmocka_unit_test(test_note),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_null_arguments),
        cmocka_unit_test(test_destroyed_in_between),
        cmocka_unit_test(test_failed_once),
        cmocka_unit_test(test_another_stack),
        cmocka_unit_test(test_our_stack_is_complete),
        cmocka_unit_test(test_suites),
        cmocka_unit_test(test_log_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
