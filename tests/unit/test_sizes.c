/* Sizes that users count on: the structs that they place and the bytes that a ClientHello costs.
 *
 * The limits are the contract. The exact values are pinned besides, so that growth is noticed: who
 * makes something larger on purpose changes the number here and in the README.
 */
#include "crypto/crypto.h"
#include "unit/client_rig.h"

#include <handfast/conn.h>
#include <handfast/fold.h>
#include <handfast/mqtt.h>

#define NAME_16 "broker.iot.test1"

/* What the size is with each backend, of 64 bits. */
typedef struct sizes {
    size_t openssl, bearssl, psa;
} sizes;

static size_t of_backend(sizes all)
{
#if defined(HF_BACKEND_PSA)
    return all.psa;
#elif defined(HF_BACKEND_BEARSSL)
    return all.bearssl;
#else
    return all.openssl;
#endif
}

static void pin(const char *what, size_t size, sizes all, size_t limit)
{
    size_t expected = of_backend(all);
    print_message("size: %-36s %5zu bytes (at most %zu)\n", what, size, limit);
    assert_in_range(size, 1, limit);
    if (sizeof(void *) == 8) {
        assert_int_equal(size, expected);
    }
}

static void test_structs(void **state)
{
    (void)state;
    print_message("size: backend %s\n", hf_crypto_name());
    pin("hf_tls", sizeof(hf_tls), (sizes){1688, 2280, 1640}, 2560);
    pin("hf_folded", sizeof(hf_folded), (sizes){256, 256, 256}, 256);
    pin("hf_config", sizeof(hf_config), (sizes){952, 1056, 912}, 1280);
    pin("hf_mqtt", sizeof(hf_mqtt), (sizes){256, 256, 256}, 512);
    pin("hf_conn", sizeof(hf_conn), (sizes){2928, 3520, 2880}, 4096);
    pin("hf_remembered", sizeof(hf_remembered), (sizes){200, 200, 200}, 200);
    pin("hf_error", sizeof(hf_error), (sizes){20, 20, 20}, 32);
}

/* SNI of 16 letters, X25519, compatibility mode off, input buffer of 2048 bytes, nothing else set.
 */
static size_t hello_size(uint16_t version_min)
{
    client c;
    client_init(&c);
    c.name = NAME_16;
    c.config.version_min = version_min;
    assert_int_equal(strlen(NAME_16), 16);
    client_begin(&c);
    size_t len = c.wire_len;
    assert_int_equal(c.hello.records, 1);
    assert_int_equal(len, c.hello.len + 5);
    assert_int_equal(hello_find(&c.hello, 0)->len, 16 + 5);
    client_end(&c);
    return len;
}

static void test_hello(void **state)
{
    (void)state;
    pin("ClientHello, TLS 1.3", hello_size(HF_TLS13), (sizes){173, 173, 173}, 175);
    pin("ClientHello, TLS 1.3 and 1.2", hello_size(HF_TLS12), (sizes){204, 204, 204}, 215);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structs),
        cmocka_unit_test(test_hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
