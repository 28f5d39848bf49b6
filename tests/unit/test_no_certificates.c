/* A build without certificates: what is refused, and what is left out of a ClientHello. */
#include "tls/config.h"
#include "tls/message/message.h"
#include "unit/external_psk_rig.h"

static void assert_code(hf_code got, hf_code expected)
{
    assert_string_equal(hf_error_name(got), hf_error_name(expected));
}

static hf_psk some_psk(void)
{
    return (hf_psk){.identity = psk_text("device-1"), .key = {PSK_KEY, 32}};
}

static hf_config fresh(hf_role role)
{
    hf_config config;
    hf_config_init(&config, NULL, 0);
    config.role = (uint8_t)role;
    config.clock.now = pair_now;
    return config;
}

static void test_loading(void **state)
{
    hf_identity more = {0};
    hf_config config = fresh(HF_CLIENT);
    (void)state;
    assert_false(hf_config_has_certificates());
    assert_code(hf_config_anchors(&config, "x", 1), HF_E_NO_CERTIFICATES);
    assert_code(hf_config_build(&config), HF_E_NO_CERTIFICATES);
    config = fresh(HF_CLIENT);
    assert_code(hf_config_identity(&config, "x", 1, "y", 1, NULL), HF_E_NO_CERTIFICATES);
    config = fresh(HF_SERVER);
    assert_code(hf_config_add_identity(&config, &more, "x", 1, "y", 1, NULL), HF_E_NO_CERTIFICATES);
    assert_code((hf_code)config.error.code, HF_E_NO_CERTIFICATES);
}

static bool find_nothing(void *ctx, hf_span issuer, size_t index, hf_anchor *anchor)
{
    (void)ctx;
    (void)issuer;
    (void)index;
    (void)anchor;
    return false;
}

/* What a program puts into the struct by itself. */
static void test_build(void **state)
{
    static const uint8_t DER[] = {0x30, 0};
    const hf_psk psk = some_psk();
    hf_psk_list list = {&psk, 1};
    hf_config config = fresh(HF_CLIENT);
    (void)state;
    config.anchors.find = find_nothing;
    assert_code(hf_config_build(&config), HF_E_NO_CERTIFICATES);
    config = fresh(HF_CLIENT);
    config.insecure_skip_certificate_check = true;
    assert_code(hf_config_build(&config), HF_E_NO_CERTIFICATES);
    config = fresh(HF_SERVER);
    assert_code(hf_config_build(&config), HF_E_NO_CERTIFICATES);
    config = fresh(HF_SERVER);
    config.psks = (hf_psk_source){hf_psk_list_find, &list};
    config.identity.chain[0] = (hf_span){DER, sizeof DER};
    config.identity.chain_count = 1;
    assert_code(hf_config_build(&config), HF_E_NO_CERTIFICATES);
    config = fresh(HF_CLIENT);
    config.psk = &psk;
    config.version_max = HF_TLS12;
    assert_code(hf_config_build(&config), HF_E_PSK_VERSION);
    config = fresh(HF_CLIENT);
    config.psk = &psk;
    config.identity.chain[0] = (hf_span){DER, sizeof DER};
    config.identity.chain_count = 1;
    assert_code(hf_config_build(&config), HF_E_NO_CERTIFICATES);
}

static void ignore_event(void *ctx, const hf_event *event)
{
    (void)ctx;
    (void)event;
}

/* One of the two builds without certificates is without events, too. */
static void test_events(void **state)
{
    const hf_psk psk = some_psk();
    hf_config config = fresh(HF_CLIENT);
    (void)state;
    config.psk = &psk;
    config.trace = ignore_event;
    assert_code(hf_config_build(&config), HF_TRACE ? HF_OK : HF_E_UNSUPPORTED);
    hf_config_release(&config);
}

/* RFC 8446 9.2: no signature_algorithms. */
static void test_hello(void **state)
{
    hf_client_hello hello;
    uint32_t detail = 0;
    size_t len = 0;
    psk_pair q = psk_new();
    (void)state;
    psk_start(&q);
    while ((hf_tls_wants(&q.p->client.tls) & HF_WANT_RUN) != 0) {
        (void)hf_tls_run(&q.p->client.tls);
    }
    const uint8_t *out = hf_tls_output(&q.p->client.tls, &len);
    hf_reader body = hf_read_from(out + 9, len - 9);
    assert_int_equal(hf_client_hello_parse(&body, &hello, &detail), HF_OK);
    assert_int_equal(hello.present & HF_EXT_BIT(SIGNATURE_ALGORITHMS), 0);
    assert_int_not_equal(hello.present & HF_EXT_BIT(KEY_SHARE), 0);
    print_message("size: ClientHello with a PSK: %zu bytes\n", len);
    pair_free(q.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loading),
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
