/* Keys of and for PSKs against tests/vectors/psk.txt: the early secret, binders of all three kinds,
 * and the PSK of a ticket, for both hashes.
 */
#include "crypto/crypto.h"
#include "tls/keys/schedule13.h"
#include "unit/vector_text.h"

static const struct {
    hf_hash_id hash;
    const char *name;
} HASHES[] = {{HF_SHA256, "sha256"}, {HF_SHA384, "sha384"}};

static void for_each_hash(void (*check)(vectors *v, hf_hash_id hash))
{
    vectors v;
    vectors_open(&v, "psk.txt");
    for (size_t i = 0; i < sizeof HASHES / sizeof HASHES[0]; i++) {
        vectors_section(&v, HASHES[i].name);
        check(&v, HASHES[i].hash);
    }
    vectors_close(&v);
}

static void check_early(vectors *v, hf_hash_id hash)
{
    hf_early_secret early;
    hf_early_from_psk(hash, vectors_get(v, "psk").ptr, &early);
    assert_int_equal(vectors_get(v, "early").len, hf_hash_size(hash));
    assert_vector(v, "early", early.bytes);
}

static void test_early(void **state)
{
    (void)state;
    for_each_hash(check_early);
}

static void check_binders(vectors *v, hf_hash_id hash)
{
    static const struct {
        hf_psk_kind kind;
        const char *name;
    } KINDS[] = {{HF_PSK_RESUMPTION, "resumption"},
                 {HF_PSK_EXTERNAL, "external"},
                 {HF_PSK_IMPORTED, "imported"}};
    hf_early_secret early;
    hf_early_from_psk(hash, vectors_get(v, "psk").ptr, &early);
    hf_span transcript = vectors_get(v, "transcript");
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        uint8_t value[HF_HASH_MAX];
        hf_psk_binder(hash, &early, KINDS[i].kind, transcript.ptr, value);
        assert_int_equal(vectors_get(v, KINDS[i].name).len, hf_hash_size(hash));
        assert_vector(v, KINDS[i].name, value);
    }
}

static void test_binders(void **state)
{
    (void)state;
    for_each_hash(check_binders);
}

/* RFC 8446 4.6.1: a nonce has 0 to 255 bytes. */
static void check_tickets(vectors *v, hf_hash_id hash)
{
    static const struct {
        size_t len;
        const char *name;
    } NONCES[] = {{0, "psk_of_empty"}, {2, "psk_of_two"}, {255, "psk_of_longest"}};
    uint8_t nonce[255];
    hf_resumption_secret resumption;
    for (size_t i = 0; i < sizeof nonce; i++) {
        nonce[i] = (uint8_t)(7 + i);
    }
    memcpy(resumption.bytes, vectors_get(v, "res_master").ptr, hf_hash_size(hash));
    for (size_t i = 0; i < sizeof NONCES / sizeof NONCES[0]; i++) {
        uint8_t psk[HF_SECRET_MAX];
        hf_ticket_psk(hash, &resumption, (hf_span){nonce, NONCES[i].len}, psk);
        assert_int_equal(vectors_get(v, NONCES[i].name).len, hf_hash_size(hash));
        assert_vector(v, NONCES[i].name, psk);
    }
}

static void test_tickets(void **state)
{
    (void)state;
    for_each_hash(check_tickets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_early),
        cmocka_unit_test(test_binders),
        cmocka_unit_test(test_tickets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
