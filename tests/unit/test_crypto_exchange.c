/* Ephemeral key exchange of the backend: known results, bad points, dead and stuck random sources.
 */
#include "unit/crypto_backend.h"
#include "unit/crypto_keys.h"

typedef struct known_exchange {
    uint16_t group;
    size_t point_size, shared_size;
    const char *secret, *point, *peer, *shared;
} known_exchange;

static const known_exchange exchanges[] = {
    /* RFC 7748 6.1 */
    {HF_X25519, 32, 32, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
     "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
     "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
     "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
    /* RFC 5903 8.1, 8.2 */
    {HF_SECP256R1, 65, 32, P256_SECRET, P256_POINT, P256_PEER, P256_SHARED},
    {HF_SECP384R1, 97, 48, P384_SECRET, P384_POINT, P384_PEER, P384_SHARED},
};

#define EXCHANGES (sizeof exchanges / sizeof exchanges[0])

static void exchange_with(const known_exchange *known, hf_span source, hf_exchange *exchange)
{
    uint8_t point[HF_POINT_MAX];
    hf_crypto given;
    open_crypto(&given, &source);
    assert_int_equal(hf_exchange_generate(exchange, &given, known->group, point), HF_OK);
    assert_int_equal(source.len, 0);
    assert_int_equal(exchange->group, known->group);
    assert_hex(point, known->point);
    hf_crypto_release(&given);
}

static void known_secrets_give_known_results(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXCHANGES; i++) {
        const known_exchange *known = &exchanges[i];
        bytes secret = unhex(known->secret), peer = unhex(known->peer);
        uint8_t shared[HF_SHARED_MAX];
        hf_exchange exchange;
        assert_int_equal(hf_exchange_point_size(known->group), known->point_size);
        assert_int_equal(hf_exchange_shared_size(known->group), known->shared_size);
        exchange_with(known, span_of(&secret), &exchange);
        assert_int_equal(hf_exchange_agree(&exchange, &crypto, span_of(&peer), shared), HF_OK);
        assert_hex(shared, known->shared);
        hf_exchange_release(&exchange);
        assert_int_equal(exchange.group, HF_GROUP_NONE);
        assert_int_equal(hf_exchange_agree(&exchange, &crypto, span_of(&peer), shared), HF_E_USAGE);
    }
}

/* P-256 and P-384 draw again while the number is n or more; one of zeros alone counts as stuck. */
static void numbers_out_of_range_are_drawn_again(void **state)
{
    (void)state;
    static const char *const orders[] = {
        "", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        ("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
         "581a0db248b0a77aecec196accc52973")};
    for (size_t i = 1; i < EXCHANGES; i++) {
        const known_exchange *known = &exchanges[i];
        bytes order = unhex(orders[i]), secret = unhex(known->secret);
        size_t size = known->shared_size;
        uint8_t draws[3 * HF_SHARED_MAX];
        hf_exchange exchange;
        memset(draws, 0xff, size);
        draws[size - 1] = 0xfe;
        memcpy(draws + size, order.at, size);
        memcpy(draws + 2 * size, secret.at, size);
        exchange_with(known, (hf_span){.ptr = draws, .len = 3 * size}, &exchange);
        hf_exchange_release(&exchange);
    }
}

static void bad_points_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXCHANGES; i++) {
        const known_exchange *known = &exchanges[i];
        static const uint8_t zeros[HF_SHARED_MAX] = {0};
        bytes peer = unhex(known->peer);
        uint8_t shared[HF_SHARED_MAX], point[HF_POINT_MAX];
        hf_exchange exchange;
        hf_span at = span_of(&peer);
        assert_int_equal(hf_exchange_generate(&exchange, &crypto, known->group, point), HF_OK);
        for (size_t len = 0; len <= at.len + 1; len += len == 1 ? at.len - 2 : 1) {
            hf_span other = {.ptr = peer.at, .len = len};
            hf_code code = hf_exchange_agree(&exchange, &crypto, other, shared);
            assert_int_equal(code, len == at.len ? HF_OK : HF_E_KEY_SHARE);
        }
        memset(shared, 1, sizeof shared);
        if (known->group == HF_X25519) {
            memset(peer.at, 0, at.len); /* a point of low order */
        } else {
            peer.at[at.len - 1] ^= 1; /* off the curve */
        }
        assert_int_equal(hf_exchange_agree(&exchange, &crypto, at, shared), HF_E_KEY_SHARE);
        assert_memory_equal(shared, zeros, known->shared_size);
        if (known->group != HF_X25519) {
            peer.at[at.len - 1] ^= 1;
            peer.at[0] = (uint8_t)(0x06 | (peer.at[at.len - 1] & 1)); /* hybrid form */
            assert_int_equal(hf_exchange_agree(&exchange, &crypto, at, shared), HF_E_KEY_SHARE);
            hf_span compressed = {.ptr = peer.at, .len = 1 + known->shared_size};
            peer.at[0] = (uint8_t)(0x02 | (peer.at[at.len - 1] & 1));
            assert_int_equal(hf_exchange_agree(&exchange, &crypto, compressed, shared),
                             HF_E_KEY_SHARE);
        }
        hf_exchange_release(&exchange);
    }
}

static void groups_that_are_missing_are_refused(void **state)
{
    (void)state;
    uint8_t point[HF_POINT_MAX];
    hf_exchange exchange;
    assert_false(hf_crypto_has_group(0x0019));
    assert_int_equal(hf_exchange_generate(&exchange, &crypto, 0x0019, point), HF_E_UNSUPPORTED);
    assert_int_equal(exchange.group, HF_GROUP_NONE);
    for (size_t i = 0; i < EXCHANGES; i++) {
        assert_true(hf_crypto_has_group(exchanges[i].group));
    }
}

static void a_dead_source_gives_no_key(void **state)
{
    (void)state;
    uint8_t point[HF_POINT_MAX];
    for (size_t i = 0; i < EXCHANGES; i++) {
        hf_exchange exchange;
        assert_int_equal(hf_exchange_generate(&exchange, &dead, exchanges[i].group, point),
                         HF_E_NO_RANDOM);
        assert_int_equal(exchange.group, HF_GROUP_NONE);
    }
}

static bool too_large(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    memset(out, 0xff, len);
    out[len - 1] = 0xfe;
    return true;
}

static void a_stuck_source_does_not_hang(void **state)
{
    (void)state;
    uint8_t point[HF_POINT_MAX];
    hf_crypto stuck;
    hf_exchange exchange;
    assert_int_equal(hf_crypto_init(&stuck, (hf_random_source){.fill = too_large}), HF_OK);
    assert_int_equal(hf_exchange_generate(&exchange, &stuck, HF_SECP256R1, point), HF_E_NO_RANDOM);
    hf_crypto_release(&stuck);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_secrets_give_known_results),
        cmocka_unit_test(numbers_out_of_range_are_drawn_again),
        cmocka_unit_test(bad_points_are_refused),
        cmocka_unit_test(groups_that_are_missing_are_refused),
        cmocka_unit_test(a_dead_source_gives_no_key),
        cmocka_unit_test(a_stuck_source_does_not_hang),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
