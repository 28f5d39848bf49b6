/* Mbed TLS 2.28 behind the functions of peer.h. See mbedtls_stack.h. */
#include "peers/mbedtls_stack.h"

#include <mbedtls/debug.h>
#include <mbedtls/error.h>

#include <stdio.h>
#include <string.h>

mbed_stack mbed;

bool mbed_worked(const char *what, int result)
{
    char text[128];
    if (result != 0) {
        mbedtls_strerror(result, text, sizeof text);
        fprintf(stderr, "peer: %s: %s\n", what, text);
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

/* ---- what only the log tells */

static uint16_t group_named(const char *text)
{
    static const struct {
        const char *name;
        uint16_t group;
    } NAMES[] = {{"x25519", GROUP_X25519},
                 {"secp256r1", GROUP_P256},
                 {"secp384r1", GROUP_P384},
                 {"secp521r1", GROUP_P521}};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (strncmp(text, NAMES[i].name, strlen(NAMES[i].name)) == 0) {
            return NAMES[i].group;
        }
    }
    return 0;
}

/* The value after `label`, or NULL. (A pointer precedes all of it where the library has threads.)
 */
static const char *after(const char *text, const char *label)
{
    const char *found = strstr(text, label);
    return found == NULL ? NULL : found + strlen(label);
}

static void note_log(void *ctx, int level, const char *file, int line, const char *text)
{
    peer_facts *f = &((peer *)ctx)->facts;
    unsigned alert = 0;
    (void)level;
    (void)file;
    (void)line;
    const char *server_group = after(text, "ECDHE curve: ");
    const char *client_group = after(text, "ECDH curve: ");
    const char *sent = after(text, "send alert level=2 message=");
    if (server_group != NULL || client_group != NULL) {
        f->group = group_named(server_group != NULL ? server_group : client_group);
    } else if (sent != NULL && sscanf(sent, "%u", &alert) == 1) {
        f->alert_out = (int)alert;
    } else if (strstr(text, "found extended_master_secret extension") != NULL) {
        f->extended_master = YES;
    } else if (strstr(text, "got a certificate request") != NULL) {
        f->certificate_requested = YES;
    } else if (strstr(text, "own certificate #1:") != NULL) {
        f->certificate_sent = YES;
    } else if (strstr(text, "a session has been resumed") != NULL) {
        f->resumed = true;
    }
}

/* ---- setup */

static bool set_identity(const peer_options *o)
{
    if (o->ca != NULL) {
        if (!mbed_worked(o->ca, mbedtls_x509_crt_parse_file(&mbed.ca, o->ca))) {
            return false;
        }
        mbedtls_ssl_conf_ca_chain(&mbed.config, &mbed.ca, NULL);
    }
    return o->chain == NULL ||
           (mbed_worked(o->chain, mbedtls_x509_crt_parse_file(&mbed.chain, o->chain)) &&
            mbed_worked(o->key, mbedtls_pk_parse_keyfile(&mbed.key, o->key, NULL)) &&
            mbed_worked("identity",
                        mbedtls_ssl_conf_own_cert(&mbed.config, &mbed.chain, &mbed.key)));
}

static void set_lists(const peer_options *o)
{
    for (size_t i = 0; i < o->suites.count; i++) {
        mbed.suites[i] = o->suites.numbers[i];
    }
    for (size_t i = 0; i < o->groups.count; i++) {
        const mbedtls_ecp_curve_info *info =
            mbedtls_ecp_curve_info_from_tls_id(o->groups.numbers[i]);
        if (info == NULL) {
            peer_refuse("--groups", "unknown to Mbed TLS");
        }
        mbed.groups[i] = info->grp_id;
    }
    if (o->suites.count > 0) {
        mbedtls_ssl_conf_ciphersuites(&mbed.config, mbed.suites);
    }
    if (o->groups.count > 0) {
        mbedtls_ssl_conf_curves(&mbed.config, mbed.groups);
    }
}

static bool set_protocols(peer_options *o)
{
    return o->alpn.count == 0 ||
           mbed_worked("--alpn", mbedtls_ssl_conf_alpn_protocols(&mbed.config, o->alpn.names));
}

bool mbed_setup(peer *p, int endpoint)
{
    peer_options *o = &p->options;
    if (o->versions.count == 2 && o->versions.numbers[0] != PEER_TLS12) {
        peer_refuse("Mbed TLS 2.28", "has TLS 1.2 only");
    }
    mbedtls_entropy_init(&mbed.entropy);
    mbedtls_ctr_drbg_init(&mbed.random);
    mbedtls_ssl_config_init(&mbed.config);
    mbedtls_x509_crt_init(&mbed.chain);
    mbedtls_x509_crt_init(&mbed.ca);
    mbedtls_pk_init(&mbed.key);
    if (!mbed_worked("random", mbedtls_ctr_drbg_seed(&mbed.random, mbedtls_entropy_func,
                                                     &mbed.entropy, NULL, 0)) ||
        !mbed_worked("defaults", mbedtls_ssl_config_defaults(&mbed.config, endpoint,
                                                             MBEDTLS_SSL_TRANSPORT_STREAM,
                                                             MBEDTLS_SSL_PRESET_DEFAULT))) {
        return false;
    }
    mbedtls_ssl_conf_rng(&mbed.config, mbedtls_ctr_drbg_random, &mbed.random);
    mbedtls_ssl_conf_min_version(&mbed.config, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_dbg(&mbed.config, note_log, p);
    mbedtls_debug_set_threshold(3);
    set_lists(o);
    return set_identity(o) && set_protocols(o);
}

/* ---- one connection */

static void note_error(peer *p, int result)
{
    p->facts.error = result;
    if (result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        p->facts.alert_in = mbed.ssl.in_msg[1];
    }
}

bool mbed_begin(peer *p)
{
    mbedtls_ssl_init(&mbed.ssl);
    int result = mbedtls_ssl_setup(&mbed.ssl, &mbed.config);
    mbedtls_ssl_set_bio(&mbed.ssl, &p->link, write_link, read_link, NULL);
    p->facts.error = result;
    return result == 0;
}

bool mbed_handshake(peer *p)
{
    peer_facts *f = &p->facts;
    int result = mbedtls_ssl_handshake(&mbed.ssl);
    if (result != 0) {
        note_error(p, result);
        return false;
    }
    const char *protocol = mbedtls_ssl_get_alpn_protocol(&mbed.ssl);
    f->version = PEER_TLS12;
    f->suite = (uint16_t)mbedtls_ssl_get_ciphersuite_id(mbedtls_ssl_get_ciphersuite(&mbed.ssl));
    f->verified = mbedtls_ssl_get_peer_cert(&mbed.ssl) != NULL &&
                  mbedtls_ssl_get_verify_result(&mbed.ssl) == 0;
    snprintf(f->alpn, sizeof f->alpn, "%s", protocol == NULL ? "" : protocol);
    return true;
}

int stack_read(peer *p, uint8_t *bytes, size_t cap)
{
    int got = mbedtls_ssl_read(&mbed.ssl, bytes, cap);
    if (got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        return 0;
    }
    if (got <= 0) {
        note_error(p, got == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : got);
        return -1;
    }
    return got;
}

bool stack_write(peer *p, const uint8_t *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        int put = mbedtls_ssl_write(&mbed.ssl, bytes + done, len - done);
        if (put <= 0) {
            note_error(p, put);
            return false;
        }
        done += (size_t)put;
    }
    return true;
}

void stack_finish(peer *p)
{
    if (p->facts.open && p->facts.error == 0) {
        (void)mbedtls_ssl_close_notify(&mbed.ssl);
    }
}

void stack_close(peer *p)
{
    (void)p;
    mbedtls_ssl_free(&mbed.ssl);
}

void stack_tear_down(void)
{
    mbedtls_ssl_config_free(&mbed.config);
    mbedtls_x509_crt_free(&mbed.chain);
    mbedtls_x509_crt_free(&mbed.ca);
    mbedtls_pk_free(&mbed.key);
    mbedtls_ctr_drbg_free(&mbed.random);
    mbedtls_entropy_free(&mbed.entropy);
}
