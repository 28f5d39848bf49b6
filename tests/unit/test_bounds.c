/* Every length and count that a server chooses has a bound (test_record has those of records); and
 * what a TLS 1.3 server may send before it has the client's Finished. */
#include "puppet/injection.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* ---- messages by their header alone: type << 24 | length */

static void say_header(puppet *p)
{
    unsigned arg = (unsigned)p->arg;
    puppet_content(p,
                   (const uint8_t[]){(uint8_t)(arg >> 24), (uint8_t)(arg >> 16),
                                     (uint8_t)(arg >> 8), (uint8_t)arg},
                   4);
    puppet_flush(p);
}

#define HEADER(type, len) ((type) << 24 | (len))
#define SLOT              4096 /* the rig's certificate buffer */

static const injection MESSAGES[] = {
    {"ServerHello of 2^24 - 1", HF_TLS13, M_SERVER_HELLO, say_header, HF_E_MESSAGE_TOO_LARGE, true,
     HEADER(M_SERVER_HELLO, 0xffffff)},
    {"EncryptedExtensions", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_header, HF_OK, true,
     HEADER(M_ENCRYPTED_EXTENSIONS, SLOT)},
    {"EncryptedExtensions + 1", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_header,
     HF_E_MESSAGE_TOO_LARGE, true, HEADER(M_ENCRYPTED_EXTENSIONS, SLOT + 1)},
    {"CertificateRequest + 1", HF_TLS13, M_CERTIFICATE, say_header, HF_E_MESSAGE_TOO_LARGE, true,
     HEADER(M_CERTIFICATE_REQUEST, SLOT + 1)},
    {"Certificate of 2^18", HF_TLS13, M_CERTIFICATE, say_header, HF_OK, true,
     HEADER(M_CERTIFICATE, 1 << 18)},
    {"Certificate of 2^18 + 1", HF_TLS13, M_CERTIFICATE, say_header, HF_E_MESSAGE_OVER_LIMIT, true,
     HEADER(M_CERTIFICATE, (1 << 18) + 1)},
    {"Certificate of 2^18 + 1", HF_TLS12, M_CERTIFICATE, say_header, HF_E_MESSAGE_OVER_LIMIT, true,
     HEADER(M_CERTIFICATE, (1 << 18) + 1)},
    {"Finished of 2^24 - 1", HF_TLS13, M_FINISHED, say_header, HF_E_MESSAGE_TOO_LARGE, true,
     HEADER(M_FINISHED, 0xffffff)},
    {"ServerKeyExchange", HF_TLS12, M_SERVER_KEY_EXCHANGE, say_header, HF_E_MESSAGE_TOO_LARGE, true,
     HEADER(M_SERVER_KEY_EXCHANGE, SLOT + 1)},
    {"CertificateRequest", HF_TLS12, M_SERVER_HELLO_DONE, say_header, HF_E_MESSAGE_TOO_LARGE, true,
     HEADER(M_CERTIFICATE_REQUEST, SLOT + 1)},
    {"ServerHelloDone", HF_TLS12, M_SERVER_HELLO_DONE, say_header, HF_E_MESSAGE_TOO_LARGE, true,
     HEADER(M_SERVER_HELLO_DONE, 0xffffff)},
    {"ticket of 2^18", HF_TLS13, M_AFTER, say_header, HF_OK, true,
     HEADER(M_NEW_SESSION_TICKET, 1 << 18)},
    {"ticket of 2^18 + 1", HF_TLS13, M_AFTER, say_header, HF_E_MESSAGE_OVER_LIMIT, true,
     HEADER(M_NEW_SESSION_TICKET, (1 << 18) + 1)},
    {"KeyUpdate of 2^24 - 1", HF_TLS13, M_AFTER, say_header, HF_E_MESSAGE_TOO_LARGE, true,
     HEADER(M_KEY_UPDATE, 0xffffff)},
};

static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(MESSAGES); i++) {
        injection_run(&MESSAGES[i]);
    }
}

/* The size that is named does. */
static bool long_names(puppet *p, int step, puppet_message *m)
{
    static const uint8_t ZEROS[6000];
    if (step == M_CERTIFICATE_REQUEST) {
        puppet_add_extension(m, 1, 0x5a5a, ZEROS, (size_t)p->arg);
    }
    return true;
}

static uint32_t play_request(size_t certificate, size_t cut)
{
    rig *r = rig_new();
    r->certificate = certificate;
    r->p->request = true;
    r->p->change = long_names;
    r->p->arg = 6000;
    r->p->cut = cut;
    rig_start(r);
    rig_run(r);
    uint32_t detail = hf_tls_error(&r->tls)->detail;
    if (hf_tls_error(&r->tls)->code == HF_OK) {
        rig_expect_open(r, "request");
        detail = 0;
    } else {
        rig_expect_failed(r, HF_E_MESSAGE_TOO_LARGE, "request");
    }
    rig_free(r);
    return detail;
}

static void test_named_size_does(void **state)
{
    (void)state;
    uint32_t needed = play_request(2048, 1000);
    assert_true(needed > 6000);
    assert_int_equal(play_request(needed - 1, 1000), needed);
    assert_int_equal(play_request(needed, 1000), 0);
}

/* A broker that lists many CAs: one record in the input buffer needs no place in the slot. */
static void test_large_request_in_place(void **state)
{
    (void)state;
    assert_int_equal(play_request(2048, 0), 0);
}

/* A certificate that is larger than the slot, and the size that does. */
static uint32_t play_certificate(size_t certificate)
{
    rig *r = rig_new();
    r->certificate = certificate;
    r->rsa = true;
    rig_start(r);
    rig_run(r);
    uint32_t detail = hf_tls_error(&r->tls)->detail;
    if (hf_tls_error(&r->tls)->code == HF_OK) {
        rig_expect_open(r, "certificate");
        detail = 0;
    } else {
        rig_expect_failed(r, HF_E_CERT_TOO_LARGE, "certificate");
    }
    rig_free(r);
    return detail;
}

static void test_certificate_size(void **state)
{
    (void)state;
    uint32_t needed = play_certificate(600); /* for the leaf alone */
    assert_true(needed > 600);
    uint32_t more = play_certificate(needed); /* and for the next one behind its residue */
    assert_true(more > needed);
    assert_int_equal(play_certificate(more), 0);
}

/* ---- counts */

static void say_requests(puppet *p)
{
    for (int i = 0; i < p->arg; i++) {
        puppet_content(p, (const uint8_t[]){M_HELLO_REQUEST, 0, 0, 0}, 4);
    }
    puppet_flush(p);
}

static const injection COUNTS[] = {
    {"58 HelloRequests and 6 messages", HF_TLS12, M_CERTIFICATE, say_requests, HF_OK, false, 58},
    {"64 HelloRequests and ServerHello", HF_TLS12, M_CERTIFICATE, say_requests,
     HF_E_HANDSHAKE_LIMIT, true, 64},
};

static void test_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(COUNTS); i++) {
        injection_run(&COUNTS[i]);
    }
}

/* ---- behind the server's Finished, before the client's */

static void say_early_data(puppet *p)
{
    puppet_ticket(p, 30);
    puppet_record(p, R_DATA, (const uint8_t *)"welcome", 7);
    puppet_update(p, 0);
    puppet_record(p, R_DATA, (const uint8_t *)" you", 4);
}

static void say_refusal(puppet *p)
{
    puppet_alert(p, 2, 116);
}

static void test_before_our_finished(void **state)
{
    (void)state;
    needs_pieces();
    static const size_t INPUTS[] = {0, 512};
    for (size_t i = 0; i < 4; i++) {
        injection c = {.name = "early data",
                       .version = HF_TLS13,
                       .step = M_FLIGHT_SAID,
                       .act = say_early_data,
                       .request = true,
                       .identity = true,
                       .join = i < 2,
                       .input = INPUTS[i / 2]};
        rig *r = injection_play(&c, i % 2);
        rig_expect_open(r, c.name);
        assert_true(r->p->certificate_verified);
        assert_int_equal(r->data_len, 11);
        assert_memory_equal(r->data, "welcome you", 11);
        rig_free(r);
        c.act = say_refusal;
        c.stop = true;
        r = injection_play(&c, i % 2);
        assert_int_equal(hf_tls_error(&r->tls)->code, HF_E_ALERT);
        assert_int_equal(hf_tls_error(&r->tls)->alert, 116);
        assert_int_equal(hf_tls_error(&r->tls)->alert_by, HF_ALERT_RECEIVED);
        assert_int_equal(r->p->alerts, 0);
        rig_free(r);
    }
}

/* ---- fresh randoms and key shares for each connection (P-13) */

static void test_fresh_hellos(void **state)
{
    (void)state;
    static uint8_t seen[64][4096];
    for (size_t i = 0; i < 64; i++) {
        rig *r = rig_new();
        r->version_min = HF_TLS13;
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "hello");
        memcpy(seen[i], r->p->hello, r->p->hello_len);
        size_t len = r->p->hello_len;
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(seen[k] + 6, seen[i] + 6, 32);
            assert_memory_not_equal(seen[k] + len - 32, seen[i] + len - 32, 32);
        }
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_named_size_does),
        cmocka_unit_test(test_large_request_in_place),
        cmocka_unit_test(test_certificate_size),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_before_our_finished),
        cmocka_unit_test(test_fresh_hellos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
