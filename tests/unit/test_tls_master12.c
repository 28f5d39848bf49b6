/* The two ways to TLS 1.2's master secret: RFC 7627 4 and, by request, RFC 5246 8.1.
 *
 * Expected values: P_hash of RFC 5246 5 over Python's hmac module, computed apart from this
 * library.
 */
#include "unit/crypto_help.h"

#include "tls/keys/schedule12.h"

static void fill(uint8_t *out, size_t len, unsigned first, unsigned period)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(first + i % period);
    }
}

static void master_secret_of_rfc_5246(void **state)
{
    (void)state;
    uint8_t premaster[32];
    uint8_t client_random[32];
    uint8_t server_random[32];
    hf_master_secret12 master;
    fill(premaster, sizeof premaster, 0, 32);
    fill(client_random, sizeof client_random, 0xc0, 16);
    fill(server_random, sizeof server_random, 0x50, 16);
    hf_span secret = {premaster, sizeof premaster};
    hf_legacy_master(HF_SHA256, secret, client_random, server_random, &master);
    assert_hex(master.bytes, "c5645314a5c5eda5a3f0a689abafc0f27db6cd6bdb0e15089932d642ac6857bd"
                             "bbda84510c884f968eab1ace9cc784cc");
    hf_legacy_master(HF_SHA384, secret, client_random, server_random, &master);
    assert_hex(master.bytes, "92ba3d1d030a62bca3be8d7d613bfa806ef64e5d10dabb55ce7e22ba3196df3b"
                             "32748313c2e8ddc93062d07f400e9b47");
}

static void extended_master_secret(void **state)
{
    (void)state;
    uint8_t premaster[32];
    uint8_t session_hash[HF_HASH_MAX];
    hf_hash hash;
    hf_master_secret12 master;
    fill(premaster, sizeof premaster, 0, 32);
    hf_hash_start(&hash, HF_SHA256);
    hf_hash_add(&hash, (const uint8_t *)"session", 7);
    hf_hash_final(&hash, session_hash);
    hf_extended_master(HF_SHA256, (hf_span){premaster, sizeof premaster}, session_hash, &master);
    assert_hex(master.bytes, "3d32721a7ef4add4f23139445f4fe4131956f9ef36687c380fad2db2ba3a2c65"
                             "e85047e41e9810ef9c54e200dc4545fe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(master_secret_of_rfc_5246),
        cmocka_unit_test(extended_master_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
