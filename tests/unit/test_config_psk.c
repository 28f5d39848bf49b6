/* hf_config with external PSKs: what a client or server with one needs, what it may not have
 * besides, what is settled, and the digest of its policy.
 */
#include "unit/config_rig.h"

#define ROOM 16384u

static const uint8_t KEY[32] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
static const uint8_t OTHER[32] = {1, 2, 3, 4, 5, 6, 7, 8, 10};

static hf_psk good(void)
{
    return (hf_psk){.identity = {(const uint8_t *)"device-1", 8}, .key = {KEY, sizeof KEY}};
}

/* A client with nothing but `psk`: no anchors, no clock. */
static void open_client(config_rig *r, const hf_psk *psk)
{
    rig_open(r, ROOM, 0);
    r->config.clock.now = NULL;
    r->config.psk = psk;
}

static void test_client(void **state)
{
    const hf_psk psk = good();
    config_rig r;
    (void)state;
    open_client(&r, &psk);
    assert_code(hf_config_build(&r.config), HF_OK);
    assert_int_equal(r.config.version_min, HF_TLS13); /* although 1.2 is the default */
    assert_int_equal(r.config.version_max, HF_TLS13);
    rig_close(&r);
}

static void test_versions(void **state)
{
    static const struct {
        uint16_t min, max;
        hf_code expected;
    } CASES[] = {
        {HF_TLS12, 0, HF_OK},
        {HF_TLS13, HF_TLS13, HF_OK},
        {0, HF_TLS12, HF_E_PSK_VERSION},
        {HF_TLS12, HF_TLS12, HF_E_PSK_VERSION},
        {0x0301, HF_TLS13, HF_E_NOTHING_TO_OFFER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const hf_psk psk = good();
        config_rig r;
        open_client(&r, &psk);
        r.config.version_min = CASES[i].min;
        r.config.version_max = CASES[i].max;
        assert_code(hf_config_build(&r.config), CASES[i].expected);
        rig_close(&r);
    }
}

/* One suite of each hash: those that go with the PSK are left (P-07). */
static void test_suites(void **state)
{
    static const uint16_t SHA256_ONLY[] = {0x1301};
    static const uint16_t SHA384_ONLY[] = {0x1302};
    static const struct {
        uint8_t hash;
        const uint16_t *suites;
        hf_code expected;
    } CASES[] = {
        {HF_SHA256, SHA256_ONLY, HF_OK},
        {HF_SHA256, SHA384_ONLY, HF_E_NOTHING_TO_OFFER},
        {HF_SHA384, SHA256_ONLY, HF_E_NOTHING_TO_OFFER},
        {HF_SHA384, SHA384_ONLY, HF_OK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        hf_psk psk = good();
        config_rig r;
        psk.hash = CASES[i].hash;
        open_client(&r, &psk);
        r.config.suites = CASES[i].suites;
        r.config.suites_count = 1;
        assert_code(hf_config_build(&r.config), CASES[i].expected);
        rig_close(&r);
    }
}

static void test_bad_psks(void **state)
{
    static const uint8_t UNIFORM[32] = {1};
    hf_psk psk = good();
    config_rig r;
    (void)state;
    psk.key = (hf_span){UNIFORM, sizeof UNIFORM};
    open_client(&r, &psk);
    assert_failed(&r, hf_config_build(&r.config), HF_E_PSK_WEAK);
    rig_close(&r);
    psk = good();
    psk.version = HF_TLS12;
    open_client(&r, &psk);
    assert_failed(&r, hf_config_build(&r.config), HF_E_PSK_VERSION);
    rig_close(&r);
    psk = good();
    psk.identity.len = 0;
    open_client(&r, &psk);
    assert_failed(&r, hf_config_build(&r.config), HF_E_PSK_FORM);
    rig_close(&r);
}

/* ---- exactly one way to know the server */

static bool find_nothing(void *ctx, hf_span issuer, size_t index, hf_anchor *anchor)
{
    (void)ctx;
    (void)issuer;
    (void)index;
    (void)anchor;
    return false;
}

static hf_code allow(void *ctx, const hf_tls *tls, const hf_peer *peer)
{
    (void)ctx;
    (void)tls;
    (void)peer;
    return HF_OK;
}

static void test_among_others(void **state)
{
    static const hf_pin PIN = {{1}};
    const hf_psk psk = good();
    config_rig r;
    (void)state;
    for (unsigned what = 0; what < 5; what++) {
        open_client(&r, &psk);
        if (what == 0) {
            assert_code(rig_anchors(&r, "root"), HF_OK);
        } else if (what == 1) {
            r.config.anchors.find = find_nothing;
        } else if (what == 2) {
            r.config.pins = &PIN;
            r.config.pins_count = 1;
        } else if (what == 3) {
            r.config.peer_raw_keys = HF_RAW_KEYS_ALLOWED;
            r.config.hooks.authorise = allow;
        } else {
            r.config.insecure_skip_certificate_check = true;
        }
        assert_failed(&r, hf_config_build(&r.config), HF_E_PSK_AMONG_OTHERS);
        rig_close(&r);
    }
}

/* ---- servers */

static void open_server(config_rig *r, hf_psk_list *list)
{
    rig_open(r, ROOM, 0);
    r->config.role = HF_SERVER;
    r->config.clock.now = NULL;
    r->config.psks = (hf_psk_source){hf_psk_list_find, list};
}

static void test_server(void **state)
{
    hf_psk_list none = {NULL, 0};
    config_rig r;
    (void)state;
    open_server(&r, &none); /* without an identity: TLS 1.3 only; and nobody's anchors */
    r.config.client_auth = HF_CLIENT_AUTH_REQUIRE;
    assert_code(hf_config_build(&r.config), HF_OK);
    assert_int_equal(r.config.version_min, HF_TLS13);
    rig_close(&r);
    open_server(&r, &none);
    r.config.version_max = HF_TLS12;
    assert_failed(&r, hf_config_build(&r.config), HF_E_PSK_VERSION);
    rig_close(&r);
    open_server(&r, &none); /* with one: both versions, and clients without a PSK need anchors */
    assert_code(rig_identity(&r, "leaf", "key-leaf.pkcs8", NULL), HF_OK);
    assert_code(hf_config_build(&r.config), HF_OK);
    assert_int_equal(r.config.version_min, HF_TLS12);
    rig_close(&r);
    open_server(&r, &none);
    assert_code(rig_identity(&r, "leaf", "key-leaf.pkcs8", NULL), HF_OK);
    r.config.client_auth = HF_CLIENT_AUTH_REQUIRE;
    assert_failed(&r, hf_config_build(&r.config), HF_E_NO_ANCHORS);
    rig_close(&r);
    open_server(&r, &none);
    r.config.psks.find = NULL;
    assert_failed(&r, hf_config_build(&r.config), HF_E_NO_IDENTITY);
    rig_close(&r);
}

/* ---- policy: what is changed in the PSK changes the digest */

static void policy_of(const hf_psk *psk, uint8_t out[32])
{
    config_rig r;
    open_client(&r, psk);
    assert_code(hf_config_build(&r.config), HF_OK);
    memcpy(out, r.config.policy, 32);
    rig_close(&r);
}

static void test_policy(void **state)
{
    hf_psk psks[6];
    uint8_t digests[6][32];
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        psks[i] = good();
    }
    psks[1].identity.len--;
    psks[2].key.ptr = OTHER;
    psks[3].hash = HF_SHA384;
    psks[4].context = (hf_span){KEY, 1};
    psks[5].plain = true;
    for (size_t i = 0; i < 6; i++) {
        policy_of(&psks[i], digests[i]);
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(digests[i], digests[k], 32);
        }
    }
    hf_psk same = good();
    uint8_t again[32];
    same.hash = HF_SHA256;
    same.version = HF_TLS13;
    policy_of(&same, again);
    assert_memory_equal(again, digests[0], 32);
}

/* ---- connections need no name */

static void test_no_name(void **state)
{
    static uint8_t in[2048], out[1024], slot[3072];
    const hf_tls_memory memory = {
        .input = {in, sizeof in}, .output = {out, sizeof out}, .certificate = {slot, sizeof slot}};
    const hf_psk psk = good();
    config_rig r;
    hf_tls tls;
    (void)state;
    open_client(&r, &psk);
    assert_code(hf_config_build(&r.config), HF_OK);
    assert_code(hf_tls_client(&tls, &r.config, &memory, NULL), HF_OK);
    hf_tls_release(&tls);
    assert_code(hf_tls_client(&tls, &r.config, &memory, "not a name"), HF_E_NAME_SYNTAX);
    hf_tls_release(&tls);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client),       cmocka_unit_test(test_versions),
        cmocka_unit_test(test_suites),       cmocka_unit_test(test_bad_psks),
        cmocka_unit_test(test_among_others), cmocka_unit_test(test_server),
        cmocka_unit_test(test_policy),       cmocka_unit_test(test_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
