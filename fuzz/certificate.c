/* Fuzz target: one certificate, and both walks over a list of them.
 *
 * Input: flags, then certificates, each behind two bytes of length; the last one is the anchor.
 * What must hold: spans stay inside the certificate, the walk ends, and only a path that ends at
 * the anchor is accepted. What the forward walk accepts the whole walk accepts too, unless it
 * would cost too much.
 */
#include "fuzz.h"

#include "crypto/crypto.h"
#include "x509/path.h"
#include "x509/whole.h"

#define LIST_MAX 6

static void require_inside(hf_span part, hf_span whole)
{
    REQUIRE(part.ptr == NULL || part.len == 0 ||
            (part.ptr >= whole.ptr && part.len <= whole.len &&
             part.ptr + part.len <= whole.ptr + whole.len));
}

static bool look(void *ctx, unsigned kind, hf_span value)
{
    (void)kind;
    require_inside(value, *(hf_span *)ctx);
    return true;
}

static void one(hf_span der)
{
    hf_certificate c;
    char text[64];
    uint32_t offset = 0;
    hf_code code = hf_x509_parse(&c, der, &offset);
    REQUIRE(code == HF_OK || code == HF_E_CERT_SYNTAX || code == HF_E_CERT_EXTENSION_TWICE);
    if (code != HF_OK) {
        REQUIRE(offset <= der.len);
        return;
    }
    require_inside(c.tbs, der);
    require_inside(c.issuer, der);
    require_inside(c.subject, der);
    require_inside(c.spki, der);
    require_inside(c.signature, der);
    require_inside(c.alt_names, der);
    require_inside(c.constraints, der);
    require_inside(c.key.point, der);
    (void)hf_x509_name_text(c.subject, text, sizeof text);
    REQUIRE(memchr(text, 0, sizeof text) != NULL);
    hf_x509_alt_names(&c, look, &der);
}

static hf_code walk(hf_path *path, const hf_span *list, size_t count, size_t piece)
{
    hf_code code = HF_OK;
    hf_public_key leaf;
    for (size_t i = 0; i < count && code == HF_OK; i++) {
        code = hf_path_certificate(path, list[i].len);
        for (size_t at = 0; at < list[i].len && code == HF_OK; at += piece) {
            size_t left = list[i].len - at;
            hf_path_bytes(path, list[i].ptr + at, left < piece ? left : piece);
        }
        code = code == HF_OK ? hf_path_run(path) : code;
        for (unsigned rounds = 0; code == HF_PENDING; rounds++) {
            REQUIRE(rounds < 64);
            code = hf_path_run(path);
        }
    }
    return code == HF_OK ? hf_path_end(path, &leaf) : code;
}

static hf_code walk_whole(const hf_path_policy *policy, const hf_span *list, size_t count,
                          hf_space names)
{
    hf_whole whole;
    hf_code code = HF_PENDING;
    hf_whole_start(&whole, policy, list, count, names);
    for (unsigned rounds = 0; code == HF_PENDING; rounds++) {
        REQUIRE(rounds <= 6);
        code = hf_whole_run(&whole);
    }
    REQUIRE(whole.signatures <= 6);
    return code;
}

static void path(uint8_t flags, const hf_span *list, size_t count, hf_span anchor_der)
{
    static hf_crypto crypto;
    static bool open;
    hf_anchor anchor;
    hf_path state;
    uint8_t slot[2048];
    uint8_t names[256];
    if (!open) {
        REQUIRE(hf_crypto_init(&crypto, (hf_random_source){NULL, NULL}) == HF_OK);
        open = true;
    }
    bool has_anchor = hf_anchor_from_der(&anchor, anchor_der, NULL) == HF_OK;
    hf_anchor_list anchors = {&anchor, has_anchor ? 1 : 0};
    const hf_path_policy policy = {
        .crypto = &crypto,
        .anchors = {hf_anchor_list_find, &anchors},
        .now = {INT64_C(1813017600), (flags & 1) != 0 ? HF_TIME_AT_LEAST : HF_TIME_EXACT},
        .purpose = HF_FOR_SERVER_AUTH,
        .name = (flags & 2) != 0 ? NULL : "device.example.com",
        .max_depth = (uint8_t)(flags >> 6),
    };
    hf_path_start(&state, &policy, (hf_space){slot, (flags & 4) != 0 ? 600 : sizeof slot},
                  (hf_space){names, (flags & 8) != 0 ? 16 : sizeof names});
    hf_code code = walk(&state, list, count, (flags & 16) != 0 ? 7 : 4096);
    require_known(code);
    REQUIRE(code != HF_OK || has_anchor);
    hf_code other = walk_whole(&policy, list, count, (hf_space){names, sizeof names});
    require_known(other);
    REQUIRE(other != HF_OK || has_anchor);
    REQUIRE(code != HF_OK || other == HF_OK || other == HF_E_CERT_TOO_COSTLY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    hf_span input = {data, len};
    hf_span list[LIST_MAX];
    size_t count = 0;
    uint8_t flags = take_byte(&input);
    while (count < LIST_MAX && input.len > 2) {
        size_t size = (size_t)take_byte(&input) << 8;
        size |= take_byte(&input);
        list[count] = take_bytes(&input, size);
        one(list[count]);
        count++;
    }
    if (count > 0) {
        path(flags, list, count, list[count - 1]);
    }
    for (size_t i = 0; i < count; i++) {
        give_back(list[i]);
    }
    return 0;
}
