/* Offers of several external PSKs, written by hand: the first that is known is used, and its binder
 * alone is checked (RFC 8446 4.2.11, P-08).
 */
#include "crypto/crypto.h"
#include "tls/keys/psk.h"
#include "tls/message/message.h"
#include "unit/external_psk_rig.h"

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
        uint32_t type = 0;
        assert_true(out != NULL && len > 9 && out[5] == HF_SERVER_HELLO);
        hf_reader body = hf_read_from(out + 9, (size_t)(out[7] << 8 | out[8]));
        assert_int_equal(hf_server_hello_parse(&body, &hello, &type), HF_OK);
        *suite = hello.suite;
        bool taken = hf_extensions_have(&hello.extensions, HF_EXT_BIT(PRE_SHARED_KEY));
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
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_every_byte_of_a_binder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
