/* The parsers of handshake messages: good ones, cut at every length, one byte too long, vectors at
 * and beyond the ends of their ranges, and where the error is said to be. And the writers.
 */

#include "unit/message_bytes.h"

/* One parser behind one shape. */
typedef hf_code (*parser)(hf_reader *r);

static uint32_t twice; /* of an extension that stands twice */
static hf_certificate_request request;

static hf_code server_hello(hf_reader *r)
{
    hf_server_hello hello;
    return hf_server_hello_parse(r, &hello, &twice);
}

static hf_code encrypted_extensions(hf_reader *r)
{
    hf_extensions extensions;
    return hf_encrypted_extensions_parse(r, &extensions, &twice);
}

static hf_code request13(hf_reader *r)
{
    return hf_certificate_request_parse13(r, &request, &twice);
}

static hf_code request12(hf_reader *r)
{
    return hf_certificate_request_parse12(r, &request);
}

static hf_code certificate_verify(hf_reader *r)
{
    hf_certificate_verify verify;
    return hf_certificate_verify_parse(r, &verify);
}

static hf_code key_exchange(hf_reader *r)
{
    hf_server_key_exchange exchange;
    return hf_server_key_exchange_parse(r, &exchange);
}

static hf_code key_update(hf_reader *r)
{
    bool requested = false;
    return hf_key_update_parse(r, &requested);
}

static message m;
static message expected;

static hf_reader read_m(void)
{
    return hf_read_from(m.at, m.len);
}

/* Parses what stands in `m`; a syntax error must say a place inside the message. */
static hf_code parse_m(parser parse, uint32_t *offset)
{
    hf_span body = exact(m.at, m.len);
    hf_reader r = hf_read_span_of(body);
    hf_code code = parse(&r);
    *offset = (uint32_t)hf_read_offset(&r);
    exact_free(body);
    if (code == HF_E_DECODE) {
        assert_in_range(*offset, 0, m.len);
    }
    return code;
}

static void expect(parser parse, hf_code code)
{
    uint32_t offset = 0;
    assert_string_equal(hf_error_name(parse_m(parse, &offset)), hf_error_name(code));
}

/* `m` is good; no beginning of it is, except `also_good`, and nothing longer is. */
static void expect_exact(parser parse, size_t also_good)
{
    uint32_t offset = 0;
    size_t whole = m.len;
    expect(parse, HF_OK);
    for (m.len = 0; m.len < whole; m.len++) {
        expect(parse, m.len == also_good ? HF_OK : HF_E_DECODE);
    }
    m.len = whole;
    add_number(&m, 0, 1);
    assert_int_equal(parse_m(parse, &offset), HF_E_DECODE);
    assert_int_equal(offset, whole); /* where the superfluous byte stands */
    m.len = whole;
}

#define NO_OTHER SIZE_MAX

/* ---- ServerHello */

static void good_server_hello(size_t session_len)
{
    m.len = 0;
    add_hello_frame(&m, false, session_len);
    size_t block = open_vector(&m, 2);
    add_extension(&m, 43, "\3\4", 2);
    add_extension(&m, 51, "\0\x1d\0\2pp", 6);
    close_vector(&m, block, 2);
}

static void test_server_hello(void **state)
{
    (void)state;
    good_server_hello(0);
    expect_exact(server_hello, 38); /* without the block: TLS 1.2 */
    good_server_hello(32);
    expect_exact(server_hello, 38 + 32);
    good_server_hello(33);
    expect(server_hello, HF_E_DECODE);
    m.len = 0;
    add_hello_frame(&m, false, 0);
    add_number(&m, 0, 2);
    expect(server_hello, HF_OK); /* an empty block: TLS 1.2 too */
}

static void test_server_hello_fields(void **state)
{
    hf_server_hello hello;
    (void)state;
    good_server_hello(5);
    hf_reader r = read_m();
    assert_int_equal(hf_server_hello_parse(&r, &hello, &twice), HF_OK);
    assert_int_equal(hello.legacy_version, 0x0303);
    assert_ptr_equal(hello.random, m.at + 2);
    assert_int_equal(hello.session_id.len, 5);
    assert_int_equal(hello.suite, 0x1301);
    assert_int_equal(hello.compression, 0);
    assert_false(hf_is_retry_random(hello.random));
    for (size_t i = 0; i < 32; i++) { /* only the whole special random is one */
        m.len = 0;
        add_hello_frame(&m, true, 0);
        assert_true(hf_is_retry_random(m.at + 2));
        m.at[2 + i] ^= 0x80;
        assert_false(hf_is_retry_random(m.at + 2));
    }
}

/* An extension that runs over the block, a block that runs over the message. */
static void test_nested_lengths(void **state)
{
    (void)state;
    for (unsigned wrong = 1; wrong < 20; wrong++) {
        m.len = 0;
        size_t block = open_vector(&m, 2);
        add_number(&m, 0x5a5a, 2);
        add_number(&m, 2 + wrong, 2);
        add_bytes(&m, "ab", 2);
        close_vector(&m, block, 2);
        expect(encrypted_extensions, HF_E_DECODE);
        m.len = 0;
        add_number(&m, 6 + wrong, 2);
        add_extension(&m, 0x5a5a, "ab", 2);
        expect(encrypted_extensions, HF_E_DECODE);
    }
    for (size_t stray = 1; stray < 4; stray++) { /* ends within a type or length */
        m.len = 0;
        size_t block = open_vector(&m, 2);
        add_extension(&m, 0x5a5a, "ab", 2);
        add_fill(&m, 0x5b, stray);
        close_vector(&m, block, 2);
        expect(encrypted_extensions, HF_E_DECODE);
    }
}

static void test_encrypted_extensions(void **state)
{
    (void)state;
    m.len = 0;
    add_number(&m, 0, 2);
    expect_exact(encrypted_extensions, NO_OTHER);
    m.len = 0;
    size_t block = open_vector(&m, 2);
    add_extension(&m, 10, "\0\2\0\x1d", 4);
    add_extension(&m, 16, "\0\5\4mqtt", 7);
    close_vector(&m, block, 2);
    expect_exact(encrypted_extensions, NO_OTHER);
}

/* ---- CertificateRequest */

static void test_request13(void **state)
{
    (void)state;
    for (size_t context = 0; context <= 255; context += 51) {
        m.len = 0;
        add_number(&m, context, 1);
        add_fill(&m, 'c', context);
        size_t block = open_vector(&m, 2);
        add_extension(&m, 13, "\0\4\4\3\5\3", 6);
        close_vector(&m, block, 2);
        expect_exact(request13, NO_OTHER);
    }
    m.len = 0;
    add_number(&m, 0, 3); /* RFC 8446 4.3.2: extensions<2..2^16-1> */
    expect(request13, HF_E_DECODE);
}

static void request_of(const char *types, size_t types_len, const char *schemes, size_t schemes_len,
                       const char *names, size_t names_len)
{
    m.len = 0;
    add_number(&m, types_len, 1);
    add_bytes(&m, types, types_len);
    add_number(&m, schemes_len, 2);
    add_bytes(&m, schemes, schemes_len);
    add_number(&m, names_len, 2);
    add_bytes(&m, names, names_len);
}

static void test_request12(void **state)
{
    (void)state;
    request_of("\1\100", 2, "\4\3\4\1", 4,
               "\0\2"
               "0\0\0\1x",
               7);
    expect_exact(request12, NO_OTHER);
    expect(request12, HF_OK);
    assert_int_equal(request.key_kinds, HF_REQUEST_ECDSA | HF_REQUEST_RSA);
    request_of("\100", 1, "\4\3", 2, "", 0);
    expect_exact(request12, NO_OTHER);
    expect(request12, HF_OK);
    assert_int_equal(request.key_kinds, HF_REQUEST_ECDSA);
    request_of("\2\3", 2, "\4\3", 2, "", 0); /* kinds that we have not */
    expect(request12, HF_OK);
    assert_int_equal(request.key_kinds, 0);
    request_of("", 0, "\4\3", 2, "", 0); /* certificate_types<1..2^8-1> */
    expect(request12, HF_E_DECODE);
    request_of("\100", 1, "", 0, "", 0); /* supported_signature_algorithms<2..2^16-2> */
    expect(request12, HF_E_DECODE);
    request_of("\100", 1, "\4\3\4", 3, "", 0);
    expect(request12, HF_E_DECODE);
    request_of("\100", 1, "\4\3", 2, "\0\0", 2); /* DistinguishedName<1..2^16-1> */
    expect(request12, HF_E_DECODE);
    request_of("\100", 1, "\4\3", 2, "\0\2x", 3);
    expect(request12, HF_E_DECODE);
    request_of("\100", 1, "\4\3", 2, "\0\1xy", 4);
    expect(request12, HF_E_DECODE);
}

/* ---- CertificateVerify, key exchange, KeyUpdate */

static void test_certificate_verify(void **state)
{
    hf_certificate_verify verify;
    (void)state;
    m.len = 0;
    add_number(&m, 0x0403, 2);
    add_number(&m, 70, 2);
    add_fill(&m, 's', 70);
    expect_exact(certificate_verify, NO_OTHER);
    hf_reader r = read_m();
    assert_int_equal(hf_certificate_verify_parse(&r, &verify), HF_OK);
    assert_int_equal(verify.scheme, 0x0403);
    assert_int_equal(verify.signature.len, 70);
    m.len = 0;
    add_number(&m, 0x04030000, 4); /* signature<0..2^16-1> */
    expect_exact(certificate_verify, NO_OTHER);
    m.at[2] = m.at[3] = 0xff;
    add_fill(&m, 's', 65535);
    expect(certificate_verify, HF_OK);
}

static void good_key_exchange(size_t point, size_t signature)
{
    m.len = 0;
    add_number(&m, 3, 1);
    add_number(&m, HF_X25519, 2);
    add_number(&m, point, 1);
    add_fill(&m, 'p', point);
    add_number(&m, 0x0804, 2);
    add_number(&m, signature, 2);
    add_fill(&m, 's', signature);
}

static void test_key_exchange(void **state)
{
    hf_server_key_exchange exchange;
    (void)state;
    good_key_exchange(32, 40);
    expect_exact(key_exchange, NO_OTHER);
    hf_reader r = read_m();
    assert_int_equal(hf_server_key_exchange_parse(&r, &exchange), HF_OK);
    assert_int_equal(exchange.group, HF_X25519);
    assert_int_equal(exchange.point.len, 32);
    assert_ptr_equal(exchange.params.ptr, m.at); /* what is signed: up to the point's end */
    assert_int_equal(exchange.params.len, 4 + 32);
    assert_int_equal(exchange.scheme, 0x0804);
    assert_int_equal(exchange.signature.len, 40);
    good_key_exchange(0, 40); /* ECPoint: opaque point<1..2^8-1> */
    expect(key_exchange, HF_E_DECODE);
    good_key_exchange(255, 0);
    expect(key_exchange, HF_OK);
    for (unsigned type = 0; type < 256; type++) { /* RFC 8422 5.4: only named_curve */
        good_key_exchange(32, 40);
        m.at[0] = (uint8_t)type;
        expect(key_exchange, type == 3 ? HF_OK : HF_E_EXPLICIT_CURVE);
    }
}

static void test_key_update(void **state)
{
    bool requested = true;
    (void)state;
    for (unsigned value = 0; value < 256; value++) {
        m.len = 0;
        add_number(&m, value, 1);
        expect(key_update, value <= 1 ? HF_OK : HF_E_KEY_UPDATE);
        if (value <= 1) {
            expect_exact(key_update, NO_OTHER);
            hf_reader r = read_m();
            (void)hf_key_update_parse(&r, &requested);
            assert_int_equal(requested, value == 1);
        }
    }
}

/* ---- writers */

static void test_certificate_parts(void **state)
{
    static const hf_span CHAIN[] = {{(const uint8_t *)"first", 5},
                                    {(const uint8_t *)"second one", 10},
                                    {(const uint8_t *)"3", 1}};
    (void)state;
    for (uint16_t version = HF_TLS12; version <= HF_TLS13; version++) {
        bool new = version == HF_TLS13;
        for (size_t count = 0; count <= 3; count++) {
            const hf_certificate_out out = {.version = version, .chain = CHAIN, .count = count};
            expected.len = 0;
            add_number(&expected, HF_CERTIFICATE, 1);
            size_t whole = open_vector(&expected, 3);
            if (new) {
                add_number(&expected, 0, 1);
            }
            size_t list = open_vector(&expected, 3);
            for (size_t i = 0; i < count; i++) {
                add_number(&expected, CHAIN[i].len, 3);
                add_bytes(&expected, CHAIN[i].ptr, CHAIN[i].len);
                add_number(&expected, 0, new ? 2 : 0);
            }
            close_vector(&expected, list, 3);
            close_vector(&expected, whole, 3);
            m.len = 0;
            hf_span part;
            uint8_t scratch[HF_PART_SCRATCH];
            for (unsigned i = 0; hf_certificate_part(&out, i, scratch, &part); i++) {
                add_bytes(&m, part.ptr, part.len);
                assert_in_range(i, 0, 4 * count);
            }
            assert_int_equal(m.len, expected.len);
            assert_memory_equal(m.at, expected.at, m.len);
            assert_int_equal(hf_certificate_body_len(&out), m.len - 4);
        }
    }
}

static void test_small_writers(void **state)
{
    static const uint8_t VERIFY[] = {15, 0, 0, 7, 4, 3, 0, 3, 'a', 'b', 'c'};
    static const uint8_t EXCHANGE[] = {16, 0, 0, 4, 3, 'a', 'b', 'c'};
    static const hf_span ABC = {(const uint8_t *)"abc", 3};
    uint8_t out[16];
    (void)state;
    hf_writer w = hf_write_to(out, sizeof out);
    hf_certificate_verify_write(&w, 0x0403, ABC);
    assert_int_equal(w.len, sizeof VERIFY);
    assert_memory_equal(out, VERIFY, sizeof VERIFY);
    w = hf_write_to(out, sizeof out);
    hf_client_key_exchange_write(&w, ABC);
    assert_int_equal(w.len, sizeof EXCHANGE);
    assert_memory_equal(out, EXCHANGE, sizeof EXCHANGE);
    w = hf_write_to(out, sizeof EXCHANGE - 1);
    hf_client_key_exchange_write(&w, ABC);
    assert_true(w.bad);
    assert_int_equal(w.len, sizeof EXCHANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_hello),       cmocka_unit_test(test_server_hello_fields),
        cmocka_unit_test(test_nested_lengths),     cmocka_unit_test(test_encrypted_extensions),
        cmocka_unit_test(test_request13),          cmocka_unit_test(test_request12),
        cmocka_unit_test(test_certificate_verify), cmocka_unit_test(test_key_exchange),
        cmocka_unit_test(test_key_update),         cmocka_unit_test(test_certificate_parts),
        cmocka_unit_test(test_small_writers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
