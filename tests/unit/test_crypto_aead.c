/* AEADs of the backend: published values, tags that are wrong, opening in pieces. */
#include "unit/crypto_help.h"

static hf_crypto crypto;

static const hf_aead_id all[] = {HF_AES_128_GCM, HF_AES_256_GCM, HF_AES_128_CCM,
                                 HF_CHACHA20_POLY1305};

static int open_backend(void **state)
{
    (void)state;
    open_crypto(&crypto, NULL);
    return 0;
}

static int close_backend(void **state)
{
    (void)state;
    hf_crypto_release(&crypto);
    return 0;
}

typedef struct vector {
    hf_aead_id id;
    const char *key, *nonce, *ad, *plain, *sealed; /* sealed: with the tag */
} vector;

/* GCM: test cases 4 and 16 of its specification; CCM: their inputs, computed by another library;
 * ChaCha20-Poly1305: RFC 8439 2.8.2. */
#define GCM_PLAIN                                                                                  \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"                             \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
static const vector vectors[] = {
    {HF_AES_128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2", GCM_PLAIN,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47"},
    {HF_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", GCM_PLAIN,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
    {HF_AES_128_CCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2", GCM_PLAIN,
     "0893e94b9148801af0f73426abb00e3ca49bf09d79a20127a7eb1926fa890537"
     "87ff02d07d71813b885b85e7f96c4eedf420db126a0451ce13bd41ba0238c326b47b34f78f659e751096cd22"},
    {HF_CHACHA20_POLY1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a2049662049"
     "20636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c20"
     "73756e73637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92"
     "728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b"
     "4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"},
};

static void published_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const vector *v = &vectors[i];
        bytes key = unhex(v->key), nonce = unhex(v->nonce), ad = unhex(v->ad);
        bytes data = unhex(v->plain), sealed = unhex(v->sealed);
        uint8_t tag[HF_TAG_SIZE];
        hf_aead tx, rx;
        assert_int_equal(key.len, hf_aead_key_size(v->id));
        assert_int_equal(hf_aead_init(&tx, &crypto, v->id, key.at, true), HF_OK);
        assert_int_equal(hf_aead_init(&rx, &crypto, v->id, key.at, false), HF_OK);
        for (int again = 0; again < 2; again++) { /* the key serves many records */
            assert_int_equal(hf_aead_seal(&tx, nonce.at, span_of(&ad), data.at, data.len, tag),
                             HF_OK);
            assert_memory_equal(data.at, sealed.at, data.len);
            assert_memory_equal(tag, sealed.at + data.len, HF_TAG_SIZE);
            assert_int_equal(hf_aead_open(&rx, nonce.at, span_of(&ad), data.at, data.len, tag),
                             HF_OK);
            assert_hex(data.at, v->plain);
        }
        hf_aead_release(&tx);
        hf_aead_release(&rx);
        assert_int_equal(tx.id, HF_AEAD_NONE);
    }
}

static void facts(void **state)
{
    (void)state;
    hf_aead aead;
    uint8_t key[32] = {0};
    assert_int_equal(hf_aead_key_size(HF_AEAD_NONE), 0);
    assert_false(hf_crypto_has_aead(HF_AEAD_NONE));
    assert_false(hf_crypto_has_aead((hf_aead_id)77));
    assert_false(hf_crypto_has_pieces((hf_aead_id)77));
    assert_int_equal(hf_aead_init(&aead, &crypto, (hf_aead_id)77, key, true), HF_E_UNSUPPORTED);
    assert_int_equal(aead.id, HF_AEAD_NONE);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(hf_crypto_has_aead(all[i])); /* every backend has all four */
    }
#if defined(HF_BACKEND_PSA)
    assert_int_equal(hf_crypto_has_pieces(HF_AES_128_GCM), HF_PSA_PIECES);
#else
    assert_true(hf_crypto_has_pieces(HF_AES_128_GCM));
#endif
}

typedef struct pair {
    hf_aead tx, rx;
    hf_span ad;
    uint8_t nonce[HF_NONCE_SIZE];
} pair;

static void open_pair(pair *p, hf_aead_id id)
{
    static const uint8_t ad[5] = {23, 3, 3, 0, 9};
    uint8_t key[32];
    p->ad = (hf_span){.ptr = ad, .len = sizeof ad};
    memset(key, 0x42, sizeof key);
    memset(p->nonce, (int)id, sizeof p->nonce);
    assert_int_equal(hf_aead_init(&p->tx, &crypto, id, key, true), HF_OK);
    assert_int_equal(hf_aead_init(&p->rx, &crypto, id, key, false), HF_OK);
}

static void close_pair(pair *p)
{
    hf_aead_release(&p->tx);
    hf_aead_release(&p->rx);
}

static void bad_input_is_refused_and_wiped(void **state)
{
    (void)state;
    static const uint8_t zeros[33] = {0};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        pair p;
        open_pair(&p, all[i]);
        uint8_t good[33], data[33], tag[HF_TAG_SIZE];
        memset(good, 7, sizeof good);
        assert_int_equal(hf_aead_seal(&p.tx, p.nonce, p.ad, good, sizeof good, tag), HF_OK);
        for (size_t bit = 0; bit < 8 * HF_TAG_SIZE; bit++) {
            memcpy(data, good, sizeof data);
            tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(hf_aead_open(&p.rx, p.nonce, p.ad, data, sizeof data, tag),
                             HF_E_BAD_RECORD_MAC);
            assert_memory_equal(data, zeros, sizeof data);
            tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        memcpy(data, good, sizeof data);
        data[32] ^= 1;
        assert_int_equal(hf_aead_open(&p.rx, p.nonce, p.ad, data, sizeof data, tag),
                         HF_E_BAD_RECORD_MAC);
        memcpy(data, good, sizeof data);
        p.ad.len--;
        assert_int_equal(hf_aead_open(&p.rx, p.nonce, p.ad, data, sizeof data, tag),
                         HF_E_BAD_RECORD_MAC);
        p.ad.len++;
        memcpy(data, good, sizeof data);
        assert_int_equal(hf_aead_open(&p.rx, p.nonce, p.ad, data, sizeof data, tag), HF_OK);
        assert_int_equal(data[32], 7);
        close_pair(&p);
    }
}

static void empty_records_work(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        pair p;
        open_pair(&p, all[i]);
        uint8_t tag[HF_TAG_SIZE];
        hf_span none = {.ptr = NULL, .len = 0};
        assert_int_equal(hf_aead_seal(&p.tx, p.nonce, none, NULL, 0, tag), HF_OK);
        assert_int_equal(hf_aead_open(&p.rx, p.nonce, none, NULL, 0, tag), HF_OK);
        tag[15] ^= 1;
        assert_int_equal(hf_aead_open(&p.rx, p.nonce, none, NULL, 0, tag), HF_E_BAD_RECORD_MAC);
        close_pair(&p);
    }
}

/* A tag that stands apart: for every backend up to the bound, behind it for those that can. */
static void tags_may_stand_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        for (size_t len = HF_AEAD_APART_MAX; len <= HF_AEAD_APART_MAX + 1; len++) {
            uint8_t data[HF_AEAD_APART_MAX + 1], plain[HF_AEAD_APART_MAX + 1], tag[HF_TAG_SIZE];
            hf_code expected = HF_OK;
#if defined(HF_BACKEND_PSA)
            expected = len > HF_AEAD_APART_MAX ? HF_E_USAGE : HF_OK;
#endif
            pair p;
            open_pair(&p, all[i]);
            memset(data, 0x5d, len);
            memset(plain, 0x5d, len);
            memset(tag, 0, sizeof tag);
            assert_int_equal(hf_aead_seal(&p.tx, p.nonce, p.ad, data, len, tag), expected);
            assert_int_equal(memcmp(data, plain, len) == 0, expected != HF_OK);
            assert_int_equal(hf_aead_open(&p.rx, p.nonce, p.ad, data, len, tag), expected);
            assert_memory_equal(data, plain, len);
            close_pair(&p);
        }
    }
}

/* Opens data[0..len) in pieces of `step` bytes, the last one shorter. */
static hf_code open_in_pieces(pair *p, uint8_t *data, size_t len, size_t step, const uint8_t *tag)
{
    hf_aead_pieces pieces;
    assert_int_equal(hf_aead_pieces_begin(&p->rx, &pieces, p->nonce, p->ad, len), HF_OK);
    for (size_t at = 0; at < len; at += step) {
        size_t take = len - at < step ? len - at : step;
        assert_int_equal(hf_aead_pieces_next(&p->rx, &pieces, data + at, take), HF_OK);
    }
    return hf_aead_pieces_end(&p->rx, &pieces, tag);
}

static void check_pieces(pair *p, size_t len, size_t step)
{
    static uint8_t data[20000 + HF_TAG_SIZE], plain[20000]; /* the tag behind, as in a record */
    uint8_t tag[HF_TAG_SIZE];
    for (size_t i = 0; i < len; i++) {
        plain[i] = data[i] = (uint8_t)(i * 7 + len);
    }
    assert_int_equal(hf_aead_seal(&p->tx, p->nonce, p->ad, data, len, data + len), HF_OK);
    static uint8_t sealed[20000 + HF_TAG_SIZE];
    memcpy(sealed, data, len + HF_TAG_SIZE);
    memcpy(tag, data + len, HF_TAG_SIZE);
    assert_int_equal(open_in_pieces(p, data, len, step, tag), HF_OK);
    assert_memory_equal(data, plain, len);
    tag[len % HF_TAG_SIZE] ^= 0x10;
    memcpy(data, sealed, len);
    assert_int_equal(open_in_pieces(p, data, len, step, tag), HF_E_BAD_RECORD_MAC);
    tag[len % HF_TAG_SIZE] ^= 0x10;
    memcpy(data, sealed, len);
    data[len / 2] ^= 1;
    assert_int_equal(open_in_pieces(p, data, len, step, tag), HF_E_BAD_RECORD_MAC);
    memcpy(data, sealed, len + HF_TAG_SIZE); /* and the key still serves whole records */
    assert_int_equal(hf_aead_open(&p->rx, p->nonce, p->ad, data, len, data + len), HF_OK);
    assert_memory_equal(data, plain, len);
}

static void two_pieces_at_every_cut(pair *p, size_t len)
{
    uint8_t data[64], tag[HF_TAG_SIZE], plain[64];
    for (size_t cut = 0; cut <= len; cut++) {
        hf_aead_pieces pieces;
        memset(data, 0x31, len);
        memset(plain, 0x31, len);
        assert_int_equal(hf_aead_seal(&p->tx, p->nonce, p->ad, data, len, tag), HF_OK);
        assert_int_equal(hf_aead_pieces_begin(&p->rx, &pieces, p->nonce, p->ad, len), HF_OK);
        assert_int_equal(hf_aead_pieces_next(&p->rx, &pieces, data, cut), HF_OK);
        assert_int_equal(hf_aead_pieces_next(&p->rx, &pieces, data + cut, len - cut), HF_OK);
        assert_int_equal(hf_aead_pieces_end(&p->rx, &pieces, tag), HF_OK);
        assert_memory_equal(data, plain, len);
    }
}

static void misused_pieces_are_refused(pair *p)
{
    uint8_t data[32] = {0}, tag[HF_TAG_SIZE] = {0};
    static hf_aead_pieces pieces; /* lives until the aead is released */
    assert_int_equal(hf_aead_pieces_begin(&p->rx, &pieces, p->nonce, p->ad, 16), HF_OK);
    assert_int_equal(hf_aead_pieces_next(&p->rx, &pieces, data, 17), HF_E_USAGE);
    assert_int_equal(hf_aead_pieces_next(&p->rx, &pieces, data, 15), HF_OK);
    assert_int_equal(hf_aead_pieces_end(&p->rx, &pieces, tag), HF_E_USAGE);
}

static void pieces_open_what_the_whole_opens(void **state)
{
    (void)state;
    srand(20);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        pair p;
        open_pair(&p, all[i]);
        if (!hf_crypto_has_pieces(all[i])) {
            hf_aead_pieces pieces;
            assert_int_equal(hf_aead_pieces_begin(&p.rx, &pieces, p.nonce, p.ad, 9),
                             HF_E_UNSUPPORTED);
            close_pair(&p);
            continue;
        }
        for (size_t len = 1; len <= 50; len++) {
            two_pieces_at_every_cut(&p, len);
            for (size_t step = 1; step <= len; step++) {
                check_pieces(&p, len, step);
            }
        }
        for (int round = 0; round < 100; round++) {
            check_pieces(&p, 1000 + (size_t)(rand() % 19000), 1 + (size_t)(rand() % 2100));
        }
        misused_pieces_are_refused(&p);
        close_pair(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(facts),
        cmocka_unit_test(bad_input_is_refused_and_wiped),
        cmocka_unit_test(empty_records_work),
        cmocka_unit_test(tags_may_stand_apart),
        cmocka_unit_test(pieces_open_what_the_whole_opens),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
