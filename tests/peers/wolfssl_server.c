/* Test server over wolfSSL: TLS 1.2 and 1.3. See server.h. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include "peers/server.h"

#include <stdio.h>
#include <string.h>

static WOLFSSL_CTX *context;
static WOLFSSL *ssl;

static const struct {
    const char *name; /* as wolfSSL_get_curve_name() says it */
    uint16_t group;
} GROUPS[] = {{"X25519", GROUP_X25519}, {"SECP256R1", GROUP_P256}, {"SECP384R1", GROUP_P384}};
#define GROUPS_COUNT (sizeof GROUPS / sizeof GROUPS[0])

static bool worked(const char *what, int result)
{
    if (result != WOLFSSL_SUCCESS) {
        fprintf(stderr, "server: %s: wolfSSL says %d\n", what, result);
    }
    return result == WOLFSSL_SUCCESS;
}

static int write_link(WOLFSSL *unused, char *bytes, int len, void *link)
{
    (void)unused;
    int done = link_write(link, bytes, (size_t)len);
    return done < 0 ? WOLFSSL_CBIO_ERR_CONN_RST : done;
}

static int read_link(WOLFSSL *unused, char *bytes, int cap, void *link)
{
    (void)unused;
    int got = link_read(link, bytes, (size_t)cap);
    return got < 0 ? WOLFSSL_CBIO_ERR_TIMEOUT : got == 0 ? WOLFSSL_CBIO_ERR_CONN_CLOSE : got;
}

/* ---- setup */

static bool set_versions(const server_options *o)
{
    bool given = o->versions.count == 2;
    int least = given ? o->versions.numbers[0] : SERVER_TLS12;
    int largest = given ? o->versions.numbers[1] : SERVER_TLS13;
    return worked("least version", wolfSSL_CTX_set_min_proto_version(context, least)) &&
           worked("largest version", wolfSSL_CTX_set_max_proto_version(context, largest));
}

static bool set_suites(const server_options *o)
{
    uint8_t list[2 * SERVER_LIST_MAX];
    for (size_t i = 0; i < o->suites.count; i++) {
        list[2 * i] = (uint8_t)(o->suites.numbers[i] >> 8);
        list[2 * i + 1] = (uint8_t)o->suites.numbers[i];
    }
    return o->suites.count == 0 || worked("--suites", wolfSSL_CTX_set_cipher_list_bytes(
                                                          context, list, 2 * (int)o->suites.count));
}

static bool set_groups(const server_options *o)
{
    int groups[SERVER_LIST_MAX]; /* its ids are IANA's */
    for (size_t i = 0; i < o->groups.count; i++) {
        groups[i] = o->groups.numbers[i];
    }
    return o->groups.count == 0 ||
           worked("--groups", wolfSSL_CTX_set_groups(context, groups, (int)o->groups.count));
}

static bool set_identity(const server_options *o)
{
    int mode = o->auth == AUTH_NONE ? WOLFSSL_VERIFY_NONE : WOLFSSL_VERIFY_PEER;
    mode |= o->auth == AUTH_REQUIRE ? WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    wolfSSL_CTX_set_verify(context, mode, NULL);
    return worked(o->chain, wolfSSL_CTX_use_certificate_chain_file(context, o->chain)) &&
           worked(o->key, wolfSSL_CTX_use_PrivateKey_file(context, o->key, WOLFSSL_FILETYPE_PEM)) &&
           (o->client_ca == NULL ||
            worked(o->client_ca, wolfSSL_CTX_load_verify_locations(context, o->client_ca, NULL)));
}

bool stack_setup(server *s)
{
    const server_options *o = &s->options;
    wolfSSL_Init();
    context = wolfSSL_CTX_new(wolfSSLv23_server_method());
    if (context == NULL) {
        return false;
    }
    wolfSSL_SetIORecv(context, read_link);
    wolfSSL_SetIOSend(context, write_link);
    return set_versions(o) && set_suites(o) && set_groups(o) && set_identity(o);
}

/* ---- one connection */

static int note_error(server *s, int result)
{
    int error = wolfSSL_get_error(ssl, result);
    if (error == WOLFSSL_ERROR_ZERO_RETURN) {
        return 0;
    }
    s->facts.error = error;
    return -1;
}

static void note_facts(server_facts *f)
{
    char *protocol = NULL;
    unsigned short len = 0;
    const char *group = wolfSSL_get_curve_name(ssl);
    WOLFSSL_X509 *shown = wolfSSL_get_peer_certificate(ssl);
    f->version = (uint16_t)wolfSSL_version(ssl);
    f->suite = (uint16_t)wolfSSL_get_current_cipher_suite(ssl);
    f->verified = shown != NULL && wolfSSL_get_verify_result(ssl) == 0;
    wolfSSL_X509_free(shown);
    for (size_t i = 0; i < GROUPS_COUNT && group != NULL; i++) {
        f->group = strcmp(group, GROUPS[i].name) == 0 ? GROUPS[i].group : f->group;
    }
    if (wolfSSL_ALPN_GetProtocol(ssl, &protocol, &len) == WOLFSSL_SUCCESS) {
        snprintf(f->alpn, sizeof f->alpn, "%.*s", len, protocol);
    }
}

static bool prepare(server *s)
{
    char *alpn = s->options.alpn;
    ssl = wolfSSL_new(context);
    if (ssl == NULL) {
        return false;
    }
    wolfSSL_SetIOReadCtx(ssl, &s->link);
    wolfSSL_SetIOWriteCtx(ssl, &s->link);
    return (alpn == NULL || worked("--alpn", wolfSSL_UseALPN(ssl, alpn, (unsigned)strlen(alpn),
                                                             WOLFSSL_ALPN_FAILED_ON_MISMATCH))) &&
           (!s->options.cookie || worked("--cookie", wolfSSL_send_hrr_cookie(ssl, NULL, 0)));
}

bool stack_open(server *s)
{
    if (!prepare(s)) {
        s->facts.error = 1;
        return false;
    }
    int result = wolfSSL_accept(ssl);
    if (result != WOLFSSL_SUCCESS) {
        (void)note_error(s, result);
        return false;
    }
    note_facts(&s->facts);
    return true;
}

int stack_read(server *s, uint8_t *bytes, size_t cap)
{
    int got = wolfSSL_read(ssl, bytes, (int)cap);
    return got > 0 ? got : note_error(s, got);
}

bool stack_write(server *s, const uint8_t *bytes, size_t len)
{
    int put = wolfSSL_write(ssl, bytes, (int)len);
    if (put != (int)len) {
        (void)note_error(s, put);
        return false;
    }
    return true;
}

void stack_close(server *s)
{
    WOLFSSL_ALERT_HISTORY history;
    if (ssl == NULL) {
        return;
    }
    if (s->facts.open && s->facts.error == 0) {
        (void)wolfSSL_shutdown(ssl);
    }
    if (wolfSSL_get_alert_history(ssl, &history) == WOLFSSL_SUCCESS) {
        s->facts.alert_in = history.last_rx.level == alert_fatal ? history.last_rx.code : -1;
        s->facts.alert_out = history.last_tx.level == alert_fatal ? history.last_tx.code : -1;
    }
    wolfSSL_free(ssl);
    ssl = NULL;
}

void stack_tear_down(void)
{
    wolfSSL_CTX_free(context);
    wolfSSL_Cleanup();
}
