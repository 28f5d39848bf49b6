/* External PSKs beside certificates: a server that has both, clients that have one of them, what a
 * client does when its PSK is not taken, cookies, tickets, and offers of several identities.
 */
#include "crypto/crypto.h"
#include "tls/keys/psk.h"
#include "tls/message/message.h"
#include "unit/external_psk_rig.h"

/* The server of psk_new() with a certificate, too. */
static psk_pair with_certificates(void)
{
    psk_pair q = psk_new();
    q.p->server.memory[0] = malloc(16384);
    assert_non_null(q.p->server.memory[0]);
    q.p->server.config.memory = (hf_space){q.p->server.memory[0], 16384};
    q.p->server.config.memory_end = 16384;
    q.p->server.config.clock.now = pair_now;
    q.p->server.slot_cap = HF_TLS_CERTIFICATE_WHOLE;
    pair_identity(q.p, &q.p->server.config, "leaf", "int", "key-leaf.pkcs8");
    return q;
}

static void require_certificates(psk_pair *q)
{
    pair_anchor(q->p, &q->p->server.config, "root");
    q->p->server.config.client_auth = HF_CLIENT_AUTH_REQUIRE;
}

/* A client with anchors instead of a PSK. */
static psk_pair with_anchors(void)
{
    psk_pair q = with_certificates();
    q.p->client.memory[0] = malloc(16384);
    assert_non_null(q.p->client.memory[0]);
    q.p->client.config.memory = (hf_space){q.p->client.memory[0], 16384};
    q.p->client.config.memory_end = 16384;
    q.p->client.config.clock.now = pair_now;
    q.p->client.slot_cap = HF_TLS_CERTIFICATE_SIZE;
    q.p->name = PAIR_NAME;
    pair_anchor(q.p, &q.p->client.config, "root");
    return q;
}

static void run_anchors(psk_pair *q)
{
    q->list = (hf_psk_list){q->server, 3};
    q->p->server.config.psks = (hf_psk_source){hf_psk_list_find, &q->list};
    pair_start(q->p);
    pair_run(q->p);
}

/* ---- both kinds of clients */

static void test_psk_client(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        uint8_t sha256[32];
        psk_pair q = with_certificates();
        q.client.hash = q.server[2].hash = (i & 1) != 0 ? HF_SHA384 : HF_SHA256;
        q.p->client.config.psk_modes = q.p->server.config.psk_modes = (i & 2) != 0 ? 2 : 0;
        if ((i & 4) != 0) { /* a PSK does for it, and no certificate is asked for */
            require_certificates(&q);
        }
        psk_run(&q);
        pair_expect_open(q.p, "PSK at a server with certificates");
        assert_false(hf_tls_asked_certificate(&q.p->client.tls));
        assert_int_equal(hf_tls_suite(&q.p->client.tls), (i & 1) != 0 ? 0x1302 : 0x1301);
        hf_sha256(q.client.identity, sha256);
        psk_expect_peers(&q, sha256);
        pair_free(q.p);
    }
}

static void test_certificate_client(void **state)
{
    psk_pair q = with_anchors();
    (void)state;
    run_anchors(&q);
    pair_expect_open(q.p, "certificates at a server with PSKs");
    assert_int_not_equal(hf_tls_peer_scheme(&q.p->client.tls), 0);
    pair_free(q.p);
    q = with_anchors();
    require_certificates(&q);
    run_anchors(&q);
    pair_expect_refused(q.p, HF_E_NO_CLIENT_CERTIFICATE, 116, "neither PSK nor certificate");
    pair_free(q.p);
}

/* A client that offers no PSK, at a server that has nothing else. */
static void test_no_psk_offered(void **state)
{
    static const uint16_t VERSIONS[] = {HF_TLS12, HF_TLS13};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        psk_pair q = with_anchors();
        hf_psk_list none = {NULL, 0};
        hf_config *config = &q.p->server.config;
        hf_config_release(config);
        hf_config_init(config, NULL, 0);
        config->role = HF_SERVER;
        config->psks = (hf_psk_source){hf_psk_list_find, &none};
        q.p->client.config.version_max = VERSIONS[i];
        pair_start(q.p);
        pair_run(q.p);
        if (VERSIONS[i] == HF_TLS12) {
            pair_expect_refused(q.p, HF_E_VERSION, 70, "TLS 1.2");
        } else {
            pair_expect_refused(q.p, HF_E_PSK_REFUSED, 51, "no PSK offered");
        }
        pair_free(q.p);
    }
}

/* ---- not taken: the server goes on with certificates, the client does not */

static void not_taken(psk_pair *q, const char *what)
{
    psk_run(q);
    pair_expect_left(q->p, HF_E_PSK_NOT_TAKEN, 40, what);
    assert_int_equal(hf_tls_error(&q->p->client.tls)->detail, 0);
    assert_null(hf_tls_peer(&q->p->client.tls));
    pair_free(q->p);
}

static void test_not_taken(void **state)
{
    psk_pair q = with_certificates();
    (void)state;
    q.client.identity = psk_text("device-3");
    not_taken(&q, "unknown identity");
    q = with_certificates();
    q.client.plain = true;
    not_taken(&q, "not imported");
    q = with_certificates();
    q.server[2].key.len = 15;
    not_taken(&q, "weak at the server");
    q = with_certificates(); /* what it would need for certificates was not offered */
    q.p->client.config.psk_modes = HF_PSK_KE_ONLY;
    q.p->server.config.psk_modes = HF_PSK_DHE_OR_KE;
    q.client.identity = psk_text("device-3");
    psk_run(&q);
    pair_expect_refused(q.p, HF_E_EXTENSION_MISSING, 109, "unknown identity, psk_ke");
    pair_free(q.p);
}

/* A key that is known and wrong ends it: RFC 8446 4.2.11 leaves no other way (P-08). */
static void test_wrong_key(void **state)
{
    psk_pair q = with_certificates();
    (void)state;
    q.client.key.ptr = PSK_OTHER_KEY;
    psk_run(&q);
    pair_expect_refused(q.p, HF_E_PSK_REFUSED, 51, "wrong key");
    pair_free(q.p);
}

/* ---- HelloRetryRequest with a cookie that another engine has given out */

static void another_server(psk_pair *q)
{
    pair_end *end = &q->p->server;
    hf_tls_release(&end->tls);
    for (size_t k = 1; k < 5; k++) {
        free(end->memory[k]);
    }
    const hf_tls_memory memory = pair_memory(end);
    assert_int_equal(hf_tls_server(&end->tls, &end->config, &memory), HF_OK);
}

/* Gives the client's bytes to a second engine of the same configuration after the retry. */
static void retry_elsewhere(psk_pair *q)
{
    static const uint16_t CLIENT[] = {HF_SECP256R1, HF_X25519};
    static const uint16_t SERVER[] = {HF_X25519};
    static const uint8_t COOKIE_KEY[32] = {7};
    q->p->server.config.cookie_key = COOKIE_KEY;
    q->p->client.config.groups = CLIENT;
    q->p->client.config.groups_count = 2;
    q->p->server.config.groups = SERVER;
    q->p->server.config.groups_count = 1;
    psk_start(q);
    while (q->p->server.sent_len == 0) { /* up to the HelloRetryRequest */
        (void)pair_step(q->p, &q->p->client, &q->p->server);
        (void)pair_step(q->p, &q->p->server, &q->p->client);
    }
    size_t len = 0;
    while (hf_tls_output(&q->p->server.tls, &len) != NULL) {
        (void)pair_step(q->p, &q->p->server, &q->p->client);
    }
    another_server(q);
    pair_run(q->p);
}

static void test_cookie_elsewhere(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        psk_pair q = (i & 1) != 0 ? with_certificates() : psk_new();
        q.client.hash = q.server[2].hash = (i & 2) != 0 ? HF_SHA384 : HF_SHA256;
        retry_elsewhere(&q);
        pair_expect_open(q.p, "a cookie of another engine");
        assert_true(hf_tls_retried(&q.p->client.tls));
        pair_free(q.p);
    }
}

/* ---- several identities: the first that is known is used, and its binder alone is checked (P-08).
 * Such hellos are written by hand. */

typedef struct offer {
    const hf_psk *psk;
    bool bad; /* its binder */
} offer;

/* Everything before pre_shared_key. */
static void write_front(hf_writer *w)
{
    static const uint8_t RANDOM[32] = {1};
    static const uint16_t SUITES[] = {0x1301, 0x1302};
    static const uint16_t GROUPS[] = {HF_X25519};
    static const uint8_t KE[] = {0};
    static const uint8_t SHARE[36] = {0, HF_X25519, 0, 32, 9};
    hf_hello_marks marks;
    hf_client_hello_write(w,
                          &(hf_client_hello_out){
                              .version_min = HF_TLS13,
                              .version_max = HF_TLS13,
                              .random = RANDOM,
                              .suites = SUITES,
                              .suites_count = 2,
                              .groups = GROUPS,
                              .groups_count = 1,
                              .shares = {SHARE, sizeof SHARE},
                              .psk_modes = {KE, sizeof KE},
                          },
                          &marks);
}

static void put16(uint8_t *at, size_t number)
{
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

static size_t binder_size(const offer *o)
{
    return hf_hash_size(hf_psk_hash(o->psk));
}

static void write_binder(const offer *o, const uint8_t *bytes, size_t truncated, uint8_t *at)
{
    hf_hash_id hash = hf_psk_hash(o->psk);
    hf_hash running;
    hf_early_secret early;
    uint8_t value[HF_HASH_MAX];
    uint8_t binder[HF_HASH_MAX];
    hf_hash_start(&running, hash);
    hf_hash_add(&running, bytes, truncated);
    hf_hash_final(&running, value);
    hf_early_from_external(o->psk, &early);
    hf_psk_binder(hash, &early, hf_psk_binder_kind(o->psk), value, binder);
    binder[0] ^= o->bad ? 1 : 0;
    memcpy(at, binder, hf_hash_size(hash));
}

/* The binders are over the final lengths, so they are filled in at the end. */
static size_t write_offer(uint8_t *bytes, size_t cap, const offer *offers, size_t count)
{
    const size_t block = 4 + 2 + 32 + 1 + 2 + 4 + 2; /* where its length stands */
    hf_writer w = hf_write_to(bytes, cap);
    write_front(&w);
    hf_write_u16(&w, HF_EXT_PRE_SHARED_KEY);
    size_t body = hf_write_open(&w, 2);
    size_t list = hf_write_open(&w, 2);
    for (size_t i = 0; i < count; i++) {
        size_t identity = hf_write_open(&w, 2);
        hf_psk_identity_write(&w, offers[i].psk);
        hf_write_close(&w, identity, 2);
        hf_write_u32(&w, 0);
    }
    hf_write_close(&w, list, 2);
    size_t truncated = w.len;
    size_t binders = hf_write_open(&w, 2);
    for (size_t i = 0; i < count; i++) {
        hf_write_u8(&w, (uint8_t)binder_size(&offers[i]));
        (void)hf_write_space(&w, binder_size(&offers[i]));
    }
    hf_write_close(&w, binders, 2);
    hf_write_close(&w, body, 2);
    assert_false(w.bad);
    put16(bytes + block, w.len - block - 2);
    put16(bytes + 2, w.len - 4);
    uint8_t *at = bytes + truncated + 2;
    for (size_t i = 0; i < count; i++) {
        write_binder(&offers[i], bytes, truncated, at + 1);
        at += 1 + binder_size(&offers[i]);
    }
    return w.len;
}

/* A ServerHello's suite and selected_identity, or the error of the server. */
static hf_code answer_to(psk_pair *q, const offer *offers, size_t count, unsigned *suite,
                         unsigned *selected)
{
    uint8_t bytes[2048];
    pair_end *end = &q->p->server;
    size_t len = write_offer(bytes + 5, sizeof bytes - 5, offers, count);
    const uint8_t header[] = {22, 3, 3, (uint8_t)(len >> 8), (uint8_t)len};
    memcpy(bytes, header, sizeof header);
    size_t room = 0;
    q->list = (hf_psk_list){q->server, 3};
    end->config.psks = (hf_psk_source){hf_psk_list_find, &q->list};
    end->config.psk_modes = HF_PSK_DHE_OR_KE;
    assert_string_equal(hf_error_name(hf_config_build(&end->config)), "HF_OK");
    const hf_tls_memory memory = pair_memory(end);
    assert_int_equal(hf_tls_server(&end->tls, &end->config, &memory), HF_OK);
    memcpy(hf_tls_input(&end->tls, &room), bytes, len + 5);
    (void)hf_tls_input_done(&end->tls, len + 5);
    while ((hf_tls_wants(&end->tls) & HF_WANT_RUN) != 0) {
        (void)hf_tls_run(&end->tls);
    }
    const uint8_t *out = hf_tls_output(&end->tls, &len);
    *suite = *selected = 0xffff;
    if (pair_code(end) == HF_OK) {
        hf_server_hello hello;
        uint32_t offset = 0;
        assert_true(out != NULL && len > 9 && out[5] == HF_SERVER_HELLO);
        const hf_span body = {out + 9, (size_t)(out[7] << 8 | out[8])};
        assert_int_equal(hf_server_hello_parse(body, &hello, &offset), HF_OK);
        *suite = hello.suite;
        bool taken = hf_extensions_have(&hello.extensions, HF_EXT_PRE_SHARED_KEY);
        *selected = taken ? hello.extensions.selected_psk : 0xfffe;
    }
    return pair_code(end);
}

static void check_answer(const offer *offers, size_t count, hf_code code, unsigned suite,
                         unsigned selected)
{
    unsigned got_suite = 0;
    unsigned got = 0;
    psk_pair q = psk_new();
    q.server[0].hash = HF_SHA384;
    hf_code is = answer_to(&q, offers, count, &got_suite, &got);
    assert_string_equal(hf_error_name(is), hf_error_name(code));
    assert_int_equal(got_suite, suite);
    assert_int_equal(got, selected);
    pair_free(q.p);
}

static void test_several(void **state)
{
    const hf_psk known = {.identity = psk_text("device-1"), .key = {PSK_KEY, 32}};
    const hf_psk other = {
        .identity = psk_text("device-2"), .key = {PSK_OTHER_KEY, 32}, .hash = HF_SHA384};
    const hf_psk unknown = {.identity = psk_text("device-3"), .key = {PSK_KEY, 32}};
    const hf_psk wrong = {.identity = psk_text("device-1"), .key = {PSK_OTHER_KEY, 32}};
    (void)state;
    check_answer((offer[]){{&known, false}}, 1, HF_OK, 0x1301, 0);
    check_answer((offer[]){{&unknown, false}, {&known, false}}, 2, HF_OK, 0x1301, 1);
    check_answer((offer[]){{&unknown, true}, {&known, false}}, 2, HF_OK, 0x1301, 1);
    check_answer((offer[]){{&known, false}, {&other, true}}, 2, HF_OK, 0x1301, 0);
    check_answer((offer[]){{&other, false}, {&known, true}}, 2, HF_OK, 0x1302, 0);
    check_answer((offer[]){{&known, true}}, 1, HF_E_PSK_REFUSED, 0xffff, 0xffff);
    check_answer((offer[]){{&known, true}, {&other, false}}, 2, HF_E_PSK_REFUSED, 0xffff, 0xffff);
    check_answer((offer[]){{&unknown, false}, {&known, true}}, 2, HF_E_PSK_REFUSED, 0xffff, 0xffff);
    check_answer((offer[]){{&unknown, false}, {&wrong, false}, {&other, false}}, 3,
                 HF_E_PSK_REFUSED, 0xffff, 0xffff);
    check_answer((offer[]){{&unknown, false}, {&unknown, false}}, 2, HF_E_PSK_REFUSED, 0xffff,
                 0xffff);
}

/* The eighth is looked at, the ninth is not. */
static void test_many(void **state)
{
    const hf_psk known = {.identity = psk_text("device-1"), .key = {PSK_KEY, 32}};
    const hf_psk unknown = {.identity = psk_text("device-3"), .key = {PSK_KEY, 32}};
    offer offers[9];
    (void)state;
    for (size_t i = 0; i < 9; i++) {
        offers[i] = (offer){&unknown, false};
    }
    offers[7].psk = &known;
    check_answer(offers, 8, HF_OK, 0x1301, 7);
    offers[7].psk = &unknown;
    offers[8].psk = &known;
    check_answer(offers, 9, HF_E_PSK_REFUSED, 0xffff, 0xffff);
}

/* Each byte of each binder of the one that is chosen. */
static void test_every_byte_of_a_binder(void **state)
{
    (void)state;
    for (unsigned hash = HF_SHA256; hash <= HF_SHA384; hash++) {
        for (size_t i = 0; i < hf_hash_size((hf_hash_id)hash); i++) {
            psk_pair q = psk_new();
            q.client.hash = q.server[2].hash = (uint8_t)hash;
            psk_start(&q);
            size_t len = 0;
            size_t room = 0;
            while ((hf_tls_wants(&q.p->client.tls) & HF_WANT_RUN) != 0) {
                (void)hf_tls_run(&q.p->client.tls);
            }
            const uint8_t *out = hf_tls_output(&q.p->client.tls, &len);
            uint8_t *in = hf_tls_input(&q.p->server.tls, &room);
            assert_true(out != NULL && len <= room);
            memcpy(in, out, len);
            in[len - 1 - i] ^= (uint8_t)(1u << (i % 8));
            hf_tls_output_done(&q.p->client.tls, len);
            (void)hf_tls_input_done(&q.p->server.tls, len);
            pair_run(q.p);
            pair_expect_refused(q.p, HF_E_PSK_REFUSED, 51, "one bit of the binder");
            pair_free(q.p);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_psk_client),
        cmocka_unit_test(test_certificate_client),
        cmocka_unit_test(test_no_psk_offered),
        cmocka_unit_test(test_not_taken),
        cmocka_unit_test(test_wrong_key),
        cmocka_unit_test(test_cookie_elsewhere),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_every_byte_of_a_binder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
