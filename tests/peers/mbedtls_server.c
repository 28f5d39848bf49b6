/* Test server over Mbed TLS 2.28: TLS 1.2. See server.h. */
#include "peers/server.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/debug.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/ssl.h>

#include <stdio.h>
#include <string.h>

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context random_bytes;
static mbedtls_ssl_config config;
static mbedtls_x509_crt chain;
static mbedtls_x509_crt client_ca;
static mbedtls_pk_context key;
static mbedtls_ssl_context ssl;
static int suites[SERVER_LIST_MAX + 1];
static mbedtls_ecp_group_id groups[SERVER_LIST_MAX + 1];
static const char *protocols[SERVER_LIST_MAX + 1];

static bool worked(const char *what, int result)
{
    char text[128];
    if (result != 0) {
        mbedtls_strerror(result, text, sizeof text);
        fprintf(stderr, "server: %s: %s\n", what, text);
    }
    return result == 0;
}

static int write_link(void *link, const unsigned char *bytes, size_t len)
{
    int done = link_write(link, bytes, len);
    return done < 0 ? MBEDTLS_ERR_SSL_CONN_EOF : done;
}

static int read_link(void *link, unsigned char *bytes, size_t cap)
{
    int got = link_read(link, bytes, cap);
    return got < 0 ? MBEDTLS_ERR_SSL_TIMEOUT : got;
}

/* The group is known to nobody outside but the log. */
static void see_group(void *ctx, int level, const char *file, int line, const char *text)
{
    static const struct {
        const char *name;
        uint16_t group;
    } NAMES[] = {{"x25519", GROUP_X25519}, {"secp256r1", GROUP_P256}, {"secp384r1", GROUP_P384}};
    server *s = ctx;
    (void)level;
    (void)file;
    (void)line;
    text = strstr(text, "ECDHE curve: "); /* behind a pointer where the library has threads */
    if (text == NULL) {
        return;
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (strncmp(text + 13, NAMES[i].name, strlen(NAMES[i].name)) == 0) {
            s->facts.group = NAMES[i].group;
        }
    }
}

/* ---- setup */

static bool set_identity(const server_options *o)
{
    static const int MODES[] = {MBEDTLS_SSL_VERIFY_NONE, MBEDTLS_SSL_VERIFY_OPTIONAL,
                                MBEDTLS_SSL_VERIFY_REQUIRED};
    if (!worked(o->chain, mbedtls_x509_crt_parse_file(&chain, o->chain)) ||
        !worked(o->key, mbedtls_pk_parse_keyfile(&key, o->key, NULL)) ||
        !worked("identity", mbedtls_ssl_conf_own_cert(&config, &chain, &key))) {
        return false;
    }
    mbedtls_ssl_conf_authmode(&config, MODES[o->auth]);
    if (o->client_ca == NULL) {
        return true;
    }
    mbedtls_ssl_conf_ca_chain(&config, &client_ca, NULL);
    return worked(o->client_ca, mbedtls_x509_crt_parse_file(&client_ca, o->client_ca));
}

static void set_lists(const server_options *o)
{
    for (size_t i = 0; i < o->suites.count; i++) {
        suites[i] = o->suites.numbers[i];
    }
    for (size_t i = 0; i < o->groups.count; i++) {
        const mbedtls_ecp_curve_info *info =
            mbedtls_ecp_curve_info_from_tls_id(o->groups.numbers[i]);
        if (info == NULL) {
            server_refuse("--groups", "unknown to Mbed TLS");
        }
        groups[i] = info->grp_id;
    }
    if (o->suites.count > 0) {
        mbedtls_ssl_conf_ciphersuites(&config, suites);
    }
    if (o->groups.count > 0) {
        mbedtls_ssl_conf_curves(&config, groups);
    }
}

static bool set_protocols(const server_options *o)
{
    size_t count = 0;
    if (o->alpn == NULL) {
        return true;
    }
    for (char *name = strtok(o->alpn, ","); name != NULL && count < SERVER_LIST_MAX;
         name = strtok(NULL, ",")) {
        protocols[count++] = name;
    }
    return worked("--alpn", mbedtls_ssl_conf_alpn_protocols(&config, protocols));
}

bool stack_setup(server *s)
{
    const server_options *o = &s->options;
    if (o->cookie || (o->versions.count == 2 && o->versions.numbers[0] != SERVER_TLS12)) {
        server_refuse("Mbed TLS 2.28", "has TLS 1.2 only");
    }
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random_bytes);
    mbedtls_ssl_config_init(&config);
    mbedtls_x509_crt_init(&chain);
    mbedtls_x509_crt_init(&client_ca);
    mbedtls_pk_init(&key);
    if (!worked("random",
                mbedtls_ctr_drbg_seed(&random_bytes, mbedtls_entropy_func, &entropy, NULL, 0)) ||
        !worked("defaults", mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_SERVER,
                                                        MBEDTLS_SSL_TRANSPORT_STREAM,
                                                        MBEDTLS_SSL_PRESET_DEFAULT))) {
        return false;
    }
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random_bytes);
    mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_dbg(&config, see_group, s);
    mbedtls_debug_set_threshold(2);
    set_lists(o);
    return set_identity(o) && set_protocols(o);
}

/* ---- one connection */

static void note_error(server *s, int result)
{
    s->facts.error = result;
    if (result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        s->facts.alert_in = ssl.in_msg[1];
    }
}

bool stack_open(server *s)
{
    server_facts *f = &s->facts;
    mbedtls_ssl_init(&ssl);
    int result = mbedtls_ssl_setup(&ssl, &config);
    mbedtls_ssl_set_bio(&ssl, &s->link, write_link, read_link, NULL);
    result = result == 0 ? mbedtls_ssl_handshake(&ssl) : result;
    if (result != 0) {
        note_error(s, result);
        return false;
    }
    const char *protocol = mbedtls_ssl_get_alpn_protocol(&ssl);
    f->version = SERVER_TLS12;
    f->suite = (uint16_t)mbedtls_ssl_get_ciphersuite_id(mbedtls_ssl_get_ciphersuite(&ssl));
    f->verified =
        mbedtls_ssl_get_peer_cert(&ssl) != NULL && mbedtls_ssl_get_verify_result(&ssl) == 0;
    snprintf(f->alpn, sizeof f->alpn, "%s", protocol == NULL ? "" : protocol);
    return true;
}

int stack_read(server *s, uint8_t *bytes, size_t cap)
{
    int got = mbedtls_ssl_read(&ssl, bytes, cap);
    if (got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        return 0;
    }
    if (got <= 0) {
        note_error(s, got == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : got);
        return -1;
    }
    return got;
}

bool stack_write(server *s, const uint8_t *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        int put = mbedtls_ssl_write(&ssl, bytes + done, len - done);
        if (put <= 0) {
            note_error(s, put);
            return false;
        }
        done += (size_t)put;
    }
    return true;
}

void stack_close(server *s)
{
    if (s->facts.open && s->facts.error == 0) {
        (void)mbedtls_ssl_close_notify(&ssl);
    }
    mbedtls_ssl_free(&ssl);
}

void stack_tear_down(void)
{
    mbedtls_ssl_config_free(&config);
    mbedtls_x509_crt_free(&chain);
    mbedtls_x509_crt_free(&client_ca);
    mbedtls_pk_free(&key);
    mbedtls_ctr_drbg_free(&random_bytes);
    mbedtls_entropy_free(&entropy);
}
