/* wolfSSL 5.5 behind the functions of peer.h. See wolfssl_stack.h. */
#include "peers/wolfssl_stack.h"

#include <stdio.h>
#include <string.h>

#define ALPN_MAX 256u

wolf_stack wolf;

static const struct {
    const char *name; /* as wolfSSL_get_curve_name() says it */
    uint16_t group;
} GROUPS[] = {{"X25519", GROUP_X25519},
              {"SECP256R1", GROUP_P256},
              {"SECP384R1", GROUP_P384},
              {"SECP521R1", GROUP_P521},
              {"X448", GROUP_X448}};
#define GROUPS_COUNT (sizeof GROUPS / sizeof GROUPS[0])

bool wolf_worked(const char *what, int result)
{
    if (result != WOLFSSL_SUCCESS) {
        fprintf(stderr, "peer: %s: wolfSSL says %d\n", what, result);
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

static bool set_versions(const peer_options *o)
{
    bool given = o->versions.count == 2;
    int least = given ? o->versions.numbers[0] : PEER_TLS12;
    int largest = given ? o->versions.numbers[1] : PEER_TLS13;
    return wolf_worked("least version", wolfSSL_CTX_set_min_proto_version(wolf.context, least)) &&
           wolf_worked("largest version", wolfSSL_CTX_set_max_proto_version(wolf.context, largest));
}

static bool set_suites(const peer_options *o)
{
    uint8_t list[2 * PEER_LIST_MAX];
    for (size_t i = 0; i < o->suites.count; i++) {
        list[2 * i] = (uint8_t)(o->suites.numbers[i] >> 8);
        list[2 * i + 1] = (uint8_t)o->suites.numbers[i];
    }
    return o->suites.count == 0 ||
           wolf_worked("--suites", wolfSSL_CTX_set_cipher_list_bytes(wolf.context, list,
                                                                     2 * (int)o->suites.count));
}

static bool set_groups(const peer_options *o)
{
    int groups[PEER_LIST_MAX]; /* its ids are IANA's */
    for (size_t i = 0; i < o->groups.count; i++) {
        groups[i] = o->groups.numbers[i];
    }
    return o->groups.count == 0 ||
           wolf_worked("--groups",
                       wolfSSL_CTX_set_groups(wolf.context, groups, (int)o->groups.count));
}

static bool set_identity(const peer_options *o)
{
    return (o->ca == NULL ||
            wolf_worked(o->ca, wolfSSL_CTX_load_verify_locations(wolf.context, o->ca, NULL))) &&
           (o->chain == NULL ||
            (wolf_worked(o->chain,
                         wolfSSL_CTX_use_certificate_chain_file(wolf.context, o->chain)) &&
             wolf_worked(o->key, wolfSSL_CTX_use_PrivateKey_file(wolf.context, o->key,
                                                                 WOLFSSL_FILETYPE_PEM))));
}

bool wolf_setup(const peer_options *o, WOLFSSL_METHOD *method)
{
    wolfSSL_Init();
    wolf.context = wolfSSL_CTX_new(method);
    if (wolf.context == NULL) {
        return false;
    }
    wolfSSL_SetIORecv(wolf.context, read_link);
    wolfSSL_SetIOSend(wolf.context, write_link);
    return set_versions(o) && set_suites(o) && set_groups(o) && set_identity(o) &&
           (!o->psk_ke || wolfSSL_CTX_no_dhe_psk(wolf.context) == 0);
}

/* ---- one connection */

static int note_error(peer *p, int result)
{
    int error = wolfSSL_get_error(wolf.ssl, result);
    if (error == WOLFSSL_ERROR_ZERO_RETURN) {
        return 0;
    }
    p->facts.error = error;
    return -1;
}

static void note_facts(peer_facts *f)
{
    char *protocol = NULL;
    unsigned short len = 0;
    const char *group = wolfSSL_get_curve_name(wolf.ssl);
    WOLFSSL_X509 *shown = wolfSSL_get_peer_certificate(wolf.ssl);
    f->version = (uint16_t)wolfSSL_version(wolf.ssl);
    f->suite = (uint16_t)wolfSSL_get_current_cipher_suite(wolf.ssl);
    f->resumed = wolfSSL_session_reused(wolf.ssl) != 0;
    f->verified = shown != NULL && wolfSSL_get_verify_result(wolf.ssl) == 0;
    wolfSSL_X509_free(shown);
    for (size_t i = 0; i < GROUPS_COUNT && group != NULL; i++) {
        f->group = strcmp(group, GROUPS[i].name) == 0 ? GROUPS[i].group : f->group;
    }
    if (wolfSSL_ALPN_GetProtocol(wolf.ssl, &protocol, &len) == WOLFSSL_SUCCESS) {
        snprintf(f->alpn, sizeof f->alpn, "%.*s", len, protocol);
    }
}

/* It takes the names as one text, with commas. */
static bool set_protocols(const peer_names *names, uint8_t policy)
{
    char text[ALPN_MAX] = "";
    size_t used = 0;
    for (size_t i = 0; i < names->count; i++) {
        int len =
            snprintf(text + used, sizeof text - used, "%s%s", i == 0 ? "" : ",", names->names[i]);
        if (len < 0 || (size_t)len >= sizeof text - used) {
            peer_refuse("--alpn", "too long");
        }
        used += (size_t)len;
    }
    return names->count == 0 ||
           wolf_worked("--alpn", wolfSSL_UseALPN(wolf.ssl, text, (unsigned)used, policy));
}

bool wolf_begin(peer *p, uint8_t alpn_policy)
{
    wolf.ssl = wolfSSL_new(wolf.context);
    if (wolf.ssl == NULL || !set_protocols(&p->options.alpn, alpn_policy)) {
        p->facts.error = 1;
        return false;
    }
    wolfSSL_SetIOReadCtx(wolf.ssl, &p->link);
    wolfSSL_SetIOWriteCtx(wolf.ssl, &p->link);
    return true;
}

bool wolf_handshake(peer *p, int result)
{
    if (result != WOLFSSL_SUCCESS) {
        (void)note_error(p, result);
        return false;
    }
    note_facts(&p->facts);
    return true;
}

int stack_read(peer *p, uint8_t *bytes, size_t cap)
{
    int got = wolfSSL_read(wolf.ssl, bytes, (int)cap);
    return got > 0 ? got : note_error(p, got);
}

bool stack_write(peer *p, const uint8_t *bytes, size_t len)
{
    int put = wolfSSL_write(wolf.ssl, bytes, (int)len);
    if (put != (int)len) {
        (void)note_error(p, put);
        return false;
    }
    return true;
}

void stack_finish(peer *p)
{
    if (p->facts.open && p->facts.error == 0) {
        (void)wolfSSL_shutdown(wolf.ssl);
    }
}

void stack_close(peer *p)
{
    WOLFSSL_ALERT_HISTORY history;
    if (wolf.ssl == NULL) {
        return;
    }
    if (wolfSSL_get_alert_history(wolf.ssl, &history) == WOLFSSL_SUCCESS) {
        p->facts.alert_in = history.last_rx.level == alert_fatal ? history.last_rx.code : -1;
        p->facts.alert_out = history.last_tx.level == alert_fatal ? history.last_tx.code : -1;
    }
    wolfSSL_free(wolf.ssl);
    wolf.ssl = NULL;
}

void stack_tear_down(void)
{
    wolfSSL_CTX_free(wolf.context);
    wolfSSL_Cleanup();
}
