/* No damaged certificate does harm, and none is taken for a good one. */
#include "unit/x509_fixtures.h"

/* Everything that looks at a certificate, for the sanitizers. */
static void look_at(hf_span der)
{
    hf_certificate c;
    hf_anchor anchor;
    char text[100];
    uint32_t offset = UINT32_MAX;
    hf_code code = hf_x509_parse(&c, der, &offset);
    (void)hf_anchor_from_der(&anchor, der, NULL);
    if (code != HF_OK) {
        assert_true(code == HF_E_CERT_SYNTAX || code == HF_E_CERT_EXTENSION_TWICE);
        assert_true(offset <= der.len);
        return;
    }
    (void)hf_x509_name_text(c.subject, text, sizeof text);
    (void)hf_x509_name_text(c.issuer, text, 1);
    (void)hf_name_same(c.subject, c.issuer);
}

static void walk_damaged(const uint8_t *bytes, size_t len, const char *issuer)
{
    hf_span der = {.ptr = bytes, .len = len};
    uint8_t slot[4096];
    uint8_t names[300];
    hf_anchor anchor;
    hf_span root = fixture(issuer);
    assert_int_equal(hf_anchor_from_der(&anchor, root, NULL), HF_OK);
    const hf_anchor_list list = {.anchors = &anchor, .count = 1};
    hf_crypto crypto;
    assert_int_equal(hf_crypto_init(&crypto, (hf_random_source){0}), HF_OK);
    const hf_path_policy policy = {
        .crypto = &crypto,
        .anchors = {.find = hf_anchor_list_find, .ctx = (void *)&list},
        .now = {.seconds = FIXTURES_NOW, .kind = HF_TIME_EXACT},
    };
    hf_path path;
    hf_public_key leaf;
    walk w = {.piece = 0};
    hf_path_start(&path, &policy, (hf_space){.ptr = slot, .cap = sizeof slot},
                  (hf_space){.ptr = names, .cap = sizeof names});
    if (walk_certificate(&path, &w, der) == HF_OK) {
        assert_int_not_equal(hf_path_end(&path, &leaf), HF_OK);
    }
    hf_crypto_release(&crypto);
    fixture_free(root);
}

static void damaged_certificates(void **state)
{
    (void)state;
    static const char *const names[] = {"leaf",      "int-nc", "leaf-pss", "leaf-nc-dir-san",
                                        "leaf-both", "root-v1"};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        hf_span der = fixture(names[n]);
        for (size_t len = 0; len < der.len; len++) {
            uint8_t *cut = malloc(len == 0 ? 1 : len);
            memcpy(cut, der.ptr, len);
            look_at((hf_span){.ptr = cut, .len = len});
            free(cut);
        }
        uint8_t *copy = malloc(der.len);
        memcpy(copy, der.ptr, der.len);
        static const uint8_t flips[] = {0x01, 0x02, 0x80, 0xff, 0x20, 0x7f};
        for (size_t i = 0; i < der.len; i++) {
            for (size_t f = 0; f < sizeof flips; f++) {
                copy[i] ^= flips[f];
                look_at((hf_span){.ptr = copy, .len = der.len});
                copy[i] ^= flips[f];
            }
        }
        free(copy);
        fixture_free(der);
    }
}

/* No flipped byte of a leaf is accepted by its CA. */
static void damaged_leaf_is_refused(void **state)
{
    (void)state;
    hf_span der = fixture("leaf");
    uint8_t *copy = malloc(der.len);
    memcpy(copy, der.ptr, der.len);
    for (size_t i = 0; i < der.len; i++) {
        copy[i] ^= 0x01;
        walk_damaged(copy, der.len, "int");
        copy[i] ^= 0x01;
    }
    free(copy);
    fixture_free(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_certificates),
        cmocka_unit_test(damaged_leaf_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
