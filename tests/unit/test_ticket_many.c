/* 2^20 tickets under one key: each has a nonce of its own, and opens. */
#include "crypto/crypto.h"
#include "tls/keys/session.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#define TICKETS (1u << 20)

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, HF_NONCE_SIZE);
}

static void test_many(void **state)
{
    (void)state;
    static const uint8_t CONTEXT[32] = {1};
    const hf_ticket_key key = {.id = {1, 2, 3, 4}, .secret = {5}};
    hf_crypto crypto;
    assert_int_equal(hf_crypto_init(&crypto, (hf_random_source){0}), HF_OK);
    uint8_t(*nonces)[HF_NONCE_SIZE] = malloc(sizeof *nonces * TICKETS);
    assert_non_null(nonces);
    hf_session_state given = {.suite = hf_suite_find(0x1301)};
    for (uint32_t i = 0; i < TICKETS; i++) {
        uint8_t ticket[HF_TICKET_MAX];
        size_t len = 0;
        memcpy(given.secret, &i, sizeof i);
        assert_int_equal(hf_ticket_seal(&key, &crypto, CONTEXT, &given, ticket, &len), HF_OK);
        memcpy(nonces[i], ticket + HF_TICKET_KEY_ID, HF_NONCE_SIZE);
        if (i % 64 == 0) {
            hf_session_state back;
            assert_true(
                hf_ticket_open(&key, &crypto, CONTEXT, given.suite, (hf_span){ticket, len}, &back));
            assert_memory_equal(back.secret, given.secret, sizeof given.secret);
        }
    }
    qsort(nonces, TICKETS, HF_NONCE_SIZE, compare);
    for (uint32_t i = 1; i < TICKETS; i++) {
        assert_memory_not_equal(nonces[i - 1], nonces[i], HF_NONCE_SIZE);
    }
    free(nonces);
    hf_crypto_release(&crypto);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
