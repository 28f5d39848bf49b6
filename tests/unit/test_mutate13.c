/* TLS 1.3: one value of a server message changed at a time; each ends in its own error and alert
 * (RFC 8446 4.1.3, 4.1.4, 4.2, 4.3, 4.4). */
#include "puppet/mutation.h"
#include "puppet/puppet_inside.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void run_all(const mutation *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mutation_run(&cases[i], HF_TLS13);
    }
}

/* A share of the right group whose point is `bytes`. */
#define X25519(...) .kind = SET, .type = 51, B(0, 0x1d, 0, __VA_ARGS__)

static void short_point(puppet *p, puppet_message *m)
{
    (void)p;
    size_t len = 0;
    size_t block = puppet_hello_extensions(m);
    size_t body = puppet_extension(m, block, 51, &len);
    m->len = body + 4 + 33; /* key_share stands last: 02 || X */
    m->body[body + 3] = 33;
    m->body[body + 4] = 2;
    puppet_close16(m, body - 2);
    puppet_close16(m, block);
}

static const mutation SERVER_HELLO[] = {
    {"legacy_version 0302", M_SERVER_HELLO, HF_E_SELECTED_VERSION, SPLICE, 0, 2, B(3, 2)},
    {"legacy_version 0304", M_SERVER_HELLO, HF_E_SELECTED_VERSION, SPLICE, 0, 2, B(3, 4)},
    {"session id never sent", M_SERVER_HELLO, HF_E_SESSION_ID, SPLICE, 34, 1, B(1, 7)},
    {"session id too long", M_SERVER_HELLO, HF_E_DECODE, SPLICE, 34, 1, B(33)},
    {"session id altered", M_SERVER_HELLO, HF_E_SESSION_ID, FLIP, 40, .compatible = true},
    {"session id left out", M_SERVER_HELLO, HF_E_SESSION_ID, SPLICE, 34, 33, B(0),
     .compatible = true},
    {"suite unknown", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 35, 2, B(0x5a, 0x5a)},
    {"suite CCM_8", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 35, 2, B(0x13, 5)},
    {"suite of 1.2", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 35, 2, B(0xc0, 0x2b)},
    {"compression", M_SERVER_HELLO, HF_E_COMPRESSION, SPLICE, 37, 1, B(1)},
    {"selected version 1.2", M_SERVER_HELLO, HF_E_SELECTED_VERSION, SET, .type = 43, B(3, 3)},
    {"selected version draft", M_SERVER_HELLO, HF_E_SELECTED_VERSION, SET, .type = 43, B(0x7f, 28)},
    {"selected version 3 bytes", M_SERVER_HELLO, HF_E_DECODE, SET, .type = 43, B(3, 4, 0)},
    {"no supported_versions", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, CUT, .type = 43},
    {"to a client of 1.2", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, .group = HF_X25519,
     .version_max = HF_TLS12},
    {"no key_share", M_SERVER_HELLO, HF_E_EXTENSION_MISSING, CUT, .type = 51},
    {"group unknown", M_SERVER_HELLO, HF_E_GROUP, SET, .type = 51, B(0x5a, 0x5a, 0, 1, 4)},
    {"group without share", M_SERVER_HELLO, HF_E_GROUP, SET, .type = 51, B(0, 0x17, 0, 1, 4)},
    {"share empty", M_SERVER_HELLO, HF_E_DECODE, SET, .type = 51, B(0, 0x1d, 0, 0)},
    {"share of a retry", M_SERVER_HELLO, HF_E_DECODE, SET, .type = 51, B(0, 0x1d)},
    {"X25519 point 0", M_SERVER_HELLO, HF_E_KEY_SHARE,
     X25519(32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0)},
    {"X25519 point 1", M_SERVER_HELLO, HF_E_KEY_SHARE,
     X25519(32, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0)},
    {"X25519 point p-1", M_SERVER_HELLO, HF_E_KEY_SHARE,
     X25519(32, 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0x7f)},
    {"X25519 point of 31", M_SERVER_HELLO, HF_E_KEY_SHARE,
     X25519(31, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0)},
    {"P-256 point off the curve", M_SERVER_HELLO, HF_E_KEY_SHARE, FLIP_IN, 68, .type = 51,
     .only_group = HF_SECP256R1},
    {"P-256 point hybrid", M_SERVER_HELLO, HF_E_KEY_SHARE, FLIP_IN, 4, .type = 51,
     .only_group = HF_SECP256R1},
    {"P-256 infinity", M_SERVER_HELLO, HF_E_KEY_SHARE, SET, .type = 51, B(0, 0x17, 0, 1, 0),
     .only_group = HF_SECP256R1},
    {"P-256 compressed", M_SERVER_HELLO, HF_E_KEY_SHARE, BY_HAND, .edit = short_point,
     .only_group = HF_SECP256R1},
    {"P-384 point off the curve", M_SERVER_HELLO, HF_E_KEY_SHARE, FLIP_IN, 100, .type = 51,
     .only_group = HF_SECP384R1},
    {"unknown extension", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, ADD, .type = 0x5a5a},
    {"pre_shared_key", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, ADD, .type = 41, B(0, 0)},
    {"ALPN in ServerHello", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 16,
     B(0, 2, 1, 'x')},
    {"cookie in ServerHello", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 44,
     B(0, 1, 1)},
    {"extended_master_secret", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 23},
    {"key_share twice", M_SERVER_HELLO, HF_E_EXTENSION_TWICE, ADD, .type = 51, B(0, 0x1d, 0, 1, 9)},
    {"unknown extension twice", M_SERVER_HELLO, HF_E_EXTENSION_TWICE, SPLICE, 38, 2,
     B(0, 54, 0x5a, 0x5a, 0, 0, 0x5a, 0x5a, 0, 0)},
    {"trailing byte", M_SERVER_HELLO, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0)},
    {"one byte short", M_SERVER_HELLO, HF_E_DECODE, SPLICE, -1, 1},
    {"empty", M_SERVER_HELLO, HF_E_DECODE, BODY},
    {"1.3 never offered", M_SERVER_HELLO, HF_E_SELECTED_VERSION, SET, .type = 43, B(3, 5)},
};

static void test_server_hello(void **state)
{
    (void)state;
    run_all(SERVER_HELLO, COUNT(SERVER_HELLO));
}

static const mutation RETRY[] = {
    {"no change", M_RETRY, HF_E_RETRY_UNCHANGED, .retry = true},
    {"group of a share", M_RETRY, HF_E_RETRY_UNCHANGED, .retry = true, .group = HF_X25519},
    {"group of a share, cookie", M_RETRY, HF_E_RETRY_UNCHANGED, .retry = true, .group = HF_X25519,
     .cookie = 9},
    {"group not offered", M_RETRY, HF_E_GROUP, SET, .type = 51, B(0, 0x19), .retry = true,
     .group = HF_SECP256R1},
    {"group left out of the offer", M_RETRY, HF_E_GROUP, SET, .type = 51, B(0, 0x17), .retry = true,
     .group = HF_SECP384R1, .only_group = HF_X25519},
    {"with a whole share", M_RETRY, HF_E_DECODE, SET, .type = 51, B(0, 0x17, 0, 1, 4),
     .retry = true, .group = HF_SECP256R1},
    {"no supported_versions", M_RETRY, HF_E_EXTENSION_MISSING, CUT, .type = 43, .retry = true,
     .group = HF_SECP256R1},
    {"version 1.2", M_RETRY, HF_E_SELECTED_VERSION, SET, .type = 43, B(3, 3), .retry = true,
     .group = HF_SECP256R1},
    {"legacy version", M_RETRY, HF_E_SELECTED_VERSION, SPLICE, 0, 2, B(3, 1), .retry = true,
     .group = HF_SECP256R1},
    {"suite unknown", M_RETRY, HF_E_SUITE, SPLICE, 35, 2, B(0x5a, 0x5a), .retry = true,
     .group = HF_SECP256R1},
    {"session id", M_RETRY, HF_E_SESSION_ID, SPLICE, 34, 1, B(1, 7), .retry = true,
     .group = HF_SECP256R1},
    {"compression", M_RETRY, HF_E_COMPRESSION, SPLICE, 37, 1, B(1), .retry = true,
     .group = HF_SECP256R1},
    {"cookie empty", M_RETRY, HF_E_DECODE, ADD, .type = 44, B(0, 0), .retry = true,
     .group = HF_SECP256R1},
    {"server_name", M_RETRY, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 0, .retry = true,
     .group = HF_SECP256R1},
    {"unknown extension", M_RETRY, HF_E_EXTENSION_UNASKED, ADD, .type = 0x5a5a, .retry = true,
     .group = HF_SECP256R1},
    {"key_share twice", M_RETRY, HF_E_EXTENSION_TWICE, ADD, .type = 51, B(0, 0x17), .retry = true,
     .group = HF_SECP256R1},
    {"trailing byte", M_RETRY, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0), .retry = true,
     .group = HF_SECP256R1},
    {"to a client of 1.2", M_RETRY, HF_E_UNEXPECTED_MESSAGE, .retry = true, .group = HF_SECP256R1,
     .version_max = HF_TLS12},
    {"suite changed after it", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 35, 2, B(0x13, 3), .retry = true,
     .group = HF_SECP256R1},
    {"group changed after it", M_SERVER_HELLO, HF_E_GROUP, SET, .type = 51, B(0, 0x1d, 0, 1, 9),
     .retry = true, .group = HF_SECP256R1},
    {"version changed after it", M_SERVER_HELLO, HF_E_SELECTED_VERSION, CUT, .type = 43,
     .retry = true, .group = HF_SECP256R1},
    {"cookie of 1,500 bytes", M_RETRY, HF_OK, .retry = true, .group = HF_SECP256R1, .cookie = 1500},
    {"cookie larger than the memory", M_RETRY, HF_E_MESSAGE_TOO_LARGE, .retry = true,
     .group = HF_SECP256R1, .cookie = 4000},
};

static void test_retry(void **state)
{
    (void)state;
    run_all(RETRY, COUNT(RETRY));
}

static const mutation ENCRYPTED_EXTENSIONS[] = {
    {"empty body", M_ENCRYPTED_EXTENSIONS, HF_E_DECODE, BODY},
    {"trailing byte", M_ENCRYPTED_EXTENSIONS, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0)},
    {"supported_groups", M_ENCRYPTED_EXTENSIONS, HF_OK, ADD, .type = 10, B(0, 2, 0, 0x17)},
    {"server_name", M_ENCRYPTED_EXTENSIONS, HF_OK, ADD, .type = 0},
    {"server_name with a body", M_ENCRYPTED_EXTENSIONS, HF_E_DECODE, ADD, .type = 0, B(0)},
    {"key_share", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 51,
     B(0, 0x1d, 0, 1, 9)},
    {"supported_versions", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 43,
     B(3, 4)},
    {"cookie", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 44, B(0, 1, 1)},
    {"signature_algorithms", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 13,
     B(0, 2, 4, 3)},
    {"renegotiation_info", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 0xff01,
     B(0)},
    {"early_data", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_UNASKED, ADD, .type = 42},
    {"heartbeat", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_UNASKED, ADD, .type = 15, B(1)},
    {"unknown", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_UNASKED, ADD, .type = 0x5a5a},
    {"ALPN unasked", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_UNASKED, .alpn = "mqtt"},
    {"ALPN", M_ENCRYPTED_EXTENSIONS, HF_OK, .alpn = "mqtt", .offered_alpn = "mqtt"},
    {"ALPN not offered", M_ENCRYPTED_EXTENSIONS, HF_E_ALPN_CHOICE, .alpn = "mqt",
     .offered_alpn = "mqtt"},
    {"ALPN of two names", M_ENCRYPTED_EXTENSIONS, HF_E_DECODE, ADD, .type = 16,
     B(0, 4, 1, 'x', 1, 'y'), .offered_alpn = "x"},
    {"ALPN without a name", M_ENCRYPTED_EXTENSIONS, HF_E_DECODE, ADD, .type = 16, B(0, 0),
     .offered_alpn = "x"},
    {"ALPN twice", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_TWICE, ADD, .type = 16, B(0, 2, 1, 'x'),
     .offered_alpn = "x", .alpn = "x"},
    {"record_size_limit unasked", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_UNASKED, .limit = 1000},
    {"record_size_limit 63", M_ENCRYPTED_EXTENSIONS, HF_E_RECORD_SIZE_LIMIT, .limit = 63,
     .small = true},
    {"record_size_limit 64", M_ENCRYPTED_EXTENSIONS, HF_OK, .limit = 64, .small = true},
    {"record_size_limit 16385", M_ENCRYPTED_EXTENSIONS, HF_OK, .limit = 16385, .small = true},
    {"record_size_limit 16386", M_ENCRYPTED_EXTENSIONS, HF_E_RECORD_SIZE_LIMIT, .limit = 16386,
     .small = true},
    {"record_size_limit 3 bytes", M_ENCRYPTED_EXTENSIONS, HF_E_DECODE, ADD, .type = 28, B(0, 4, 0),
     .small = true},
    {"both limits", M_ENCRYPTED_EXTENSIONS, HF_E_RECORD_SIZE_LIMIT, .limit = 1000, .fragment = 2,
     .small = true},
    {"max_fragment_length", M_ENCRYPTED_EXTENSIONS, HF_OK, .fragment = 2, .small = true},
    {"max_fragment_length other", M_ENCRYPTED_EXTENSIONS, HF_E_FRAGMENT_LENGTH, .fragment = 3,
     .small = true},
    {"max_fragment_length 0", M_ENCRYPTED_EXTENSIONS, HF_E_FRAGMENT_LENGTH, ADD, .type = 1, B(0),
     .small = true},
    {"max_fragment_length unasked", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_UNASKED, .fragment = 1},
};

static void test_encrypted_extensions(void **state)
{
    (void)state;
    run_all(ENCRYPTED_EXTENSIONS, COUNT(ENCRYPTED_EXTENSIONS));
}

#define REQUEST M_CERTIFICATE_REQUEST
static const mutation CERTIFICATE_REQUEST[] = {
    {"no signature_algorithms", REQUEST, HF_E_EXTENSION_MISSING, SPLICE, 3, 2, B(0x5a, 0x5a),
     .request = true},
    {"no extension at all", REQUEST, HF_E_DECODE, CUT, .type = 13, .request = true},
    {"context", REQUEST, HF_E_CERTIFICATE_CONTEXT, SPLICE, 0, 1, B(1, 9), .request = true},
    {"unknown extension", REQUEST, HF_OK, ADD, .type = 0x5a5a, B(1, 2), .request = true},
    {"signature_algorithms_cert", REQUEST, HF_OK, ADD, .type = 50, B(0, 2, 4, 3), .request = true},
    {"certificate_authorities", REQUEST, HF_OK, ADD, .type = 47, B(0, 4, 0, 2, 0x30, 0),
     .request = true},
    {"certificate_authorities empty", REQUEST, HF_E_DECODE, ADD, .type = 47, B(0, 0),
     .request = true},
    {"server_name", REQUEST, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 0, .request = true},
    {"key_share", REQUEST, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 51, B(0, 0x1d, 0, 1, 9),
     .request = true},
    {"odd schemes", REQUEST, HF_E_DECODE, SET, .type = 13, B(0, 3, 4, 3, 4), .request = true},
    {"no schemes", REQUEST, HF_E_DECODE, SET, .type = 13, B(0, 0), .request = true},
    {"schemes twice", REQUEST, HF_E_EXTENSION_TWICE, ADD, .type = 13, B(0, 2, 4, 3),
     .request = true},
    {"trailing byte", REQUEST, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0), .request = true},
    {"foreign schemes only", REQUEST, HF_OK, SET, .type = 13, B(0, 2, 8, 7), .request = true,
     .identity = true},
};

static void test_certificate_request(void **state)
{
    (void)state;
    run_all(CERTIFICATE_REQUEST, COUNT(CERTIFICATE_REQUEST));
}

static void entry_extension(puppet *p, puppet_message *m)
{
    static const uint8_t STATUS[] = {0, 8, 0, 5, 0, 4, 1, 0, 0, 0};
    size_t len = p->chain[0].len;
    m->len = 0;
    puppet_put8(m, 0);
    puppet_put24(m, 3 + len + sizeof STATUS);
    puppet_put24(m, len);
    puppet_put(m, p->chain[0].ptr, len);
    puppet_put(m, STATUS, sizeof STATUS);
}

static void entry_sct(puppet *p, puppet_message *m)
{
    entry_extension(p, m);
    m->body[m->len - 7] = 51; /* key_share: may not stand here at all */
}

static const mutation CERTIFICATE[] = {
    {"no certificate", M_CERTIFICATE, HF_E_NO_SERVER_CERTIFICATE, BODY, B(0, 0, 0, 0)},
    {"context", M_CERTIFICATE, HF_E_CERTIFICATE_CONTEXT, SPLICE, 0, 1, B(1, 9)},
    {"empty body", M_CERTIFICATE, HF_E_DECODE, BODY},
    {"list too long", M_CERTIFICATE, HF_E_DECODE, FLIP, 3},
    {"entry of length 0", M_CERTIFICATE, HF_E_DECODE, BODY, B(0, 0, 0, 5, 0, 0, 0, 0, 0)},
    {"entry past the list", M_CERTIFICATE, HF_E_DECODE, BODY, B(0, 0, 0, 6, 0, 0, 9, 1, 2, 3)},
    {"trailing byte", M_CERTIFICATE, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0)},
    {"one byte short", M_CERTIFICATE, HF_E_DECODE, SPLICE, -1, 1},
    {"status nobody asked for", M_CERTIFICATE, HF_E_EXTENSION_UNASKED, BY_HAND,
     .edit = entry_extension},
    {"key_share at an entry", M_CERTIFICATE, HF_E_EXTENSION_NOT_ALLOWED, BY_HAND,
     .edit = entry_sct},
    {"not a certificate", M_CERTIFICATE, HF_E_CERT_SYNTAX, SPLICE, 7, 1, B(0x31)},
    {"signature of the leaf", M_CERTIFICATE, HF_E_CERT_SIGNATURE, BY_HAND, .edit = NULL},
};

static void flip_leaf(puppet *p, puppet_message *m)
{
    m->body[7 + p->chain[0].len - 1] ^= 1; /* the end of its signature */
}

static void test_certificate(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CERTIFICATE); i++) {
        mutation c = CERTIFICATE[i];
        c.edit = c.kind == BY_HAND && c.edit == NULL ? flip_leaf : c.edit;
        mutation_run(&c, HF_TLS13);
    }
}

static void sign_as(puppet *p, puppet_message *m, const char *context, uint16_t scheme)
{
    uint8_t input[200];
    size_t len = puppet_signed13(p, context, input);
    m->len = 0;
    puppet_sign(p, m, scheme, &(hf_span){input, len}, 1);
}

static void as_client(puppet *p, puppet_message *m)
{
    sign_as(p, m, "TLS 1.3, client CertificateVerify", p->scheme);
}

static void as_pkcs1(puppet *p, puppet_message *m)
{
    sign_as(p, m, "TLS 1.3, server CertificateVerify", HF_RSA_PKCS1_SHA256);
}

#define VERIFY M_CERTIFICATE_VERIFY
static const mutation CERTIFICATE_VERIFY[] = {
    {"bit of the signature", VERIFY, HF_E_HANDSHAKE_SIGNATURE, FLIP, -1},
    {"bit of r", VERIFY, HF_E_HANDSHAKE_SIGNATURE, FLIP, 20},
    {"no signature", VERIFY, HF_E_HANDSHAKE_SIGNATURE, BODY, B(4, 3, 0, 0)},
    {"role of the client", VERIFY, HF_E_HANDSHAKE_SIGNATURE, BY_HAND, .edit = as_client},
    {"SHA-1", VERIFY, HF_E_SCHEME, SPLICE, 0, 2, B(2, 3)},
    {"scheme of another curve", VERIFY, HF_E_SCHEME, SPLICE, 0, 2, B(5, 3)},
    {"scheme of RSA", VERIFY, HF_E_SCHEME, SPLICE, 0, 2, B(8, 4)},
    {"Ed25519", VERIFY, HF_E_SCHEME, SPLICE, 0, 2, B(8, 7)},
    {"unknown", VERIFY, HF_E_SCHEME, SPLICE, 0, 2, B(0x5a, 0x5a)},
    {"PKCS#1 v1.5", VERIFY, HF_E_SCHEME, BY_HAND, .edit = as_pkcs1, .rsa = true},
    {"PSS, one bit", VERIFY, HF_E_HANDSHAKE_SIGNATURE, FLIP, -1, .rsa = true},
    {"trailing byte", VERIFY, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0)},
    {"one byte short", VERIFY, HF_E_DECODE, SPLICE, -1, 1},
    {"empty", VERIFY, HF_E_DECODE, BODY},
    {"Finished: bit", M_FINISHED, HF_E_FINISHED, FLIP, 0},
    {"Finished: last bit", M_FINISHED, HF_E_FINISHED, FLIP, -1},
    {"Finished: short", M_FINISHED, HF_E_DECODE, SPLICE, -1, 1},
    {"Finished: long", M_FINISHED, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0)},
    {"Finished: empty", M_FINISHED, HF_E_DECODE, BODY},
};

static void test_certificate_verify(void **state)
{
    (void)state;
    run_all(CERTIFICATE_VERIFY, COUNT(CERTIFICATE_VERIFY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_hello),         cmocka_unit_test(test_retry),
        cmocka_unit_test(test_encrypted_extensions), cmocka_unit_test(test_certificate_request),
        cmocka_unit_test(test_certificate),          cmocka_unit_test(test_certificate_verify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
