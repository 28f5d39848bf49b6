/* hf_config: files that are damaged, of several forms and in several calls, and memory that does
 * not hold them: the error names a size that does.
 */
#include "unit/config_rig.h"

#define ROOM 16384u

/* ---- forms */

static void test_pem_and_der(void **state)
{
    (void)state;
    for (unsigned mask = 0; mask < 8; mask++) {
        config_rig r;
        rig_open(&r, ROOM, 0);
        hf_span anchor = (mask & 1) != 0 ? rig_der(&r, "root") : rig_file(&r, "root");
        hf_span chain = (mask & 2) != 0 ? rig_der(&r, "leaf") : rig_file(&r, "leaf");
        hf_span key =
            (mask & 4) != 0 ? rig_der(&r, "key-leaf.pkcs8") : rig_file(&r, "key-leaf.pkcs8");
        assert_code(hf_config_anchors(&r.config, anchor.ptr, anchor.len), HF_OK);
        assert_code(hf_config_identity(&r.config, chain.ptr, chain.len, key.ptr, key.len, NULL),
                    HF_OK);
        assert_code(hf_config_build(&r.config), HF_OK);
        assert_int_equal(r.config.anchor_list.count, 1);
        assert_int_equal(r.config.identity.chain_count, 1);
        if ((mask & 2) != 0) { /* DER is borrowed */
            assert_ptr_equal(r.config.identity.chain[0].ptr, chain.ptr);
        }
        rig_close(&r);
    }
}

/* DER alone needs memory for the anchors only. */
static void test_der_needs_no_memory(void **state)
{
    config_rig r;
    (void)state;
    rig_open(&r, sizeof(hf_anchor), 0);
    hf_span anchor = rig_der(&r, "root");
    assert_code(hf_config_anchors(&r.config, anchor.ptr, anchor.len), HF_OK);
    assert_code(hf_config_build(&r.config), HF_OK);
    rig_close(&r);
}

static void test_many_anchors(void **state)
{
    static const char *const FIRST[] = {"root", "root-p384", "root-rsa"};
    config_rig r;
    hf_anchor found;
    (void)state;
    rig_open(&r, ROOM, 3);
    hf_span bundle = rig_files(&r, FIRST, 3);
    assert_code(hf_config_anchors(&r.config, bundle.ptr, bundle.len), HF_OK);
    assert_int_equal(r.config.anchor_list.count, 3);
    assert_code(rig_anchors(&r, "other"), HF_OK);
    hf_span der = rig_der(&r, "root-twin");
    assert_code(hf_config_anchors(&r.config, der.ptr, der.len), HF_OK);
    assert_int_equal(r.config.anchor_list.count, 5);
    assert_code(hf_config_build(&r.config), HF_OK);
    for (size_t i = 0; i < 5; i++) { /* each is found by its name, also after the list has grown */
        const hf_anchor *anchor = &r.config.anchor_list.anchors[i];
        assert_true(r.config.anchors.find(r.config.anchors.ctx, anchor->name, 0, &found));
        assert_true((uintptr_t)anchor % _Alignof(hf_anchor) == 0);
    }
    rig_close(&r);
}

/* Other blocks around are skipped: keys among CAs, parameters before a key. */
static void test_other_blocks(void **state)
{
    static const char *const MIXED[] = {"key-leaf.pkcs8", "root", "key-with-params", "other"};
    config_rig r;
    (void)state;
    rig_open(&r, ROOM, 0);
    hf_span file = rig_files(&r, MIXED, 4);
    assert_code(hf_config_anchors(&r.config, file.ptr, file.len), HF_OK);
    assert_int_equal(r.config.anchor_list.count, 2);
    static const char *const BOTH[] = {"leaf", "int", "key-leaf.pkcs8"}; /* one file for both */
    hf_span both = rig_files(&r, BOTH, 3);
    assert_code(hf_config_identity(&r.config, both.ptr, both.len, both.ptr, both.len, NULL), HF_OK);
    assert_int_equal(r.config.identity.chain_count, 2);
    assert_code(hf_config_build(&r.config), HF_OK);
    rig_close(&r);
}

/* ---- damage */

static void test_nothing_there(void **state)
{
    static const char *const TEXTS[] = {"", "\n", "hello", "-----BEGIN NOTHING-----\nAAAA\n"};
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        config_rig r;
        rig_open(&r, ROOM, 0);
        hf_code code = hf_config_anchors(&r.config, TEXTS[i], strlen(TEXTS[i]));
        assert_failed(&r, code, i < 3 ? HF_E_PEM_EMPTY : HF_E_PEM_UNREADABLE);
        rig_close(&r);
    }
}

/* A wrong character in the base64 text: the offset says where. */
static void test_damaged_pem(void **state)
{
    (void)state;
    for (size_t at = 30; at < 400; at += 37) {
        config_rig r;
        rig_open(&r, ROOM, 0);
        hf_span file = rig_file(&r, "root");
        uint8_t *text = (uint8_t *)(uintptr_t)file.ptr;
        text[at] = '!';
        assert_failed(&r, hf_config_anchors(&r.config, file.ptr, file.len), HF_E_PEM_UNREADABLE);
        assert_int_equal(r.config.error.offset, at);
        rig_close(&r);
    }
}

static void test_cut_pem(void **state)
{
    (void)state;
    for (size_t len = 0; len < 600; len += 13) {
        config_rig r;
        rig_open(&r, ROOM, 0);
        hf_span file = rig_file(&r, "leaf");
        hf_span key = rig_file(&r, "key-leaf.pkcs8");
        hf_code code = hf_config_identity(&r.config, file.ptr, len, key.ptr, key.len, NULL);
        assert_failed(&r, code, len < 11 ? HF_E_PEM_EMPTY : HF_E_PEM_UNREADABLE);
        rig_close(&r);
        rig_open(&r, ROOM, 0);
        file = rig_file(&r, "leaf");
        key = rig_file(&r, "key-leaf.pkcs8");
        if (len < key.len - 20) {
            code = hf_config_identity(&r.config, file.ptr, file.len, key.ptr, len, NULL);
            assert_failed(&r, code, len < 11 ? HF_E_PEM_EMPTY : HF_E_PEM_UNREADABLE);
        }
        rig_close(&r);
    }
}

/* Good base64 around something that is no certificate, or no key. */
static void test_wrong_content(void **state)
{
    static const char TEXT[] = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n";
    static const char KEY[] = "-----BEGIN PRIVATE KEY-----\nMAMCAQU=\n-----END PRIVATE KEY-----\n";
    config_rig r;
    (void)state;
    rig_open(&r, ROOM, 0);
    assert_failed(&r, hf_config_anchors(&r.config, TEXT, sizeof TEXT - 1), HF_E_CERT_UNREADABLE);
    assert_int_not_equal(r.config.error.offset, 0);
    rig_close(&r);
    rig_open(&r, ROOM, 0);
    hf_span chain = rig_file(&r, "leaf");
    assert_failed(&r,
                  hf_config_identity(&r.config, chain.ptr, chain.len, KEY, sizeof KEY - 1, NULL),
                  HF_E_KEY_UNREADABLE);
    rig_close(&r);
}

/* A later mistake does not cover the first. */
static void test_first_error_sticks(void **state)
{
    config_rig r;
    (void)state;
    rig_open(&r, ROOM, 0);
    assert_code(hf_config_anchors(&r.config, "nothing", 7), HF_E_PEM_EMPTY);
    hf_span file = rig_file(&r, "root");
    ((uint8_t *)(uintptr_t)file.ptr)[100] = '!';
    assert_code(hf_config_anchors(&r.config, file.ptr, file.len), HF_E_PEM_EMPTY);
    assert_int_equal(r.config.error.offset, 7);
    assert_code(hf_config_build(&r.config), HF_E_PEM_EMPTY);
    rig_close(&r);
}

/* ---- memory */

typedef hf_code (*loader)(config_rig *r);

static hf_code load_bundle(config_rig *r)
{
    static const char *const NAMES[] = {"root", "key-leaf.pkcs8", "root-rsa", "other"};
    hf_span file = rig_files(r, NAMES, 4);
    return hf_config_anchors(&r->config, file.ptr, file.len);
}

static hf_code load_identity(config_rig *r)
{
    static const char *const NAMES[] = {"leaf-rsa", "int-rsa", "int"};
    hf_span chain = rig_files(r, NAMES, 3);
    hf_span key = rig_file(r, "key-leaf-rsa.pkcs8");
    return hf_config_identity(&r->config, chain.ptr, chain.len, key.ptr, key.len, NULL);
}

static hf_code load_der_anchor(config_rig *r)
{
    hf_span der = rig_der(r, "root");
    return hf_config_anchors(&r->config, der.ptr, der.len);
}

/* Two calls: what the second one asks for holds both. */
static hf_code load_both(config_rig *r)
{
    hf_code code = rig_anchors(r, "root");
    return code == HF_OK ? load_identity(r) : code;
}

static hf_code load_with(loader load, size_t cap, size_t shift, size_t *detail)
{
    config_rig r;
    rig_open(&r, cap, shift);
    hf_code code = load(&r);
    assert_true(code == HF_OK || code == HF_E_MEMORY_TOO_SMALL);
    assert_code((hf_code)r.config.error.code, code);
    *detail = r.config.error.detail;
    assert_code(code == HF_OK ? HF_OK : hf_config_build(&r.config), code);
    rig_close(&r);
    return code;
}

/* From any size the detail leads to one that does, in as many steps as there are calls, wherever
 * the memory begins; and it is not wasteful. */
static void test_memory_too_small(void **state)
{
    static const loader LOADERS[] = {load_bundle, load_identity, load_der_anchor, load_both};
    (void)state;
    for (size_t i = 0; i < sizeof LOADERS / sizeof LOADERS[0]; i++) {
        for (size_t shift = 0; shift < 8; shift++) {
            size_t needed = 0;
            size_t detail = 0;
            unsigned steps = 0;
            while (load_with(LOADERS[i], needed, shift, &detail) != HF_OK) {
                assert_in_range(detail, needed + 1, ROOM);
                needed = detail;
                steps++;
            }
            assert_in_range(steps, 1, LOADERS[i] == load_both ? 2 : 1);
            assert_int_equal(load_with(LOADERS[i], needed - 8, shift, &detail),
                             HF_E_MEMORY_TOO_SMALL);
            assert_int_equal(detail, needed);
        }
    }
}

/* An encrypted key needs room for both its forms. */
static void test_memory_for_decryption(void **state)
{
    size_t needed = 1;
    bool good = false;
    (void)state;
    if (strncmp(hf_crypto_name(), "openssl", 7) != 0) {
        return; /* no backend but openssl decrypts: test_config.c */
    }
    for (unsigned step = 0; step < 3 && !good; step++) {
        config_rig r;
        rig_open(&r, needed, 0);
        hf_code code = rig_identity(&r, "leaf", "key-encrypted", "secret");
        good = code == HF_OK;
        assert_true(good || code == HF_E_MEMORY_TOO_SMALL);
        assert_true(good || r.config.error.detail > needed);
        needed = good ? needed : r.config.error.detail;
        rig_close(&r);
    }
    assert_true(good);
}

/* Release leaves nothing of what was decoded. */
static void test_release_wipes(void **state)
{
    config_rig r;
    (void)state;
    rig_open(&r, ROOM, 0);
    memset(r.memory, 0xa5, ROOM);
    assert_code(rig_anchors(&r, "root"), HF_OK);
    assert_code(rig_identity(&r, "leaf", "key-leaf.pkcs8", NULL), HF_OK);
    assert_code(hf_config_build(&r.config), HF_OK);
    assert_true(r.config.built);
    hf_config_release(&r.config);
    for (size_t i = 0; i < ROOM; i++) {
        assert_int_equal(r.memory[i], 0);
    }
    assert_false(r.config.built);
    assert_int_equal(r.config.identity.key_parts.secret.len, 0);
    assert_int_equal(r.config.identity.key.kind, HF_KEY_NONE);
    rig_close(&r); /* a second release does no harm */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pem_and_der),
        cmocka_unit_test(test_der_needs_no_memory),
        cmocka_unit_test(test_many_anchors),
        cmocka_unit_test(test_other_blocks),
        cmocka_unit_test(test_nothing_there),
        cmocka_unit_test(test_damaged_pem),
        cmocka_unit_test(test_cut_pem),
        cmocka_unit_test(test_wrong_content),
        cmocka_unit_test(test_first_error_sticks),
        cmocka_unit_test(test_memory_too_small),
        cmocka_unit_test(test_memory_for_decryption),
        cmocka_unit_test(test_release_wipes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
