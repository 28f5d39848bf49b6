/* Records during the handshake (RFC 8446 5, RFC 5246 6.2): first bytes, lengths, types, versions,
 * empty records. */
#include "puppet/injection.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void run_all(const injection *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        injection_run(&cases[i]);
    }
}

/* ---- the first bytes of all */

static const char *const FIRST[] = {
    "HTTP/1.1 400 Bad Request\r\n\r\n",
    "220 mail.example ready\r\n",
    "\x20\x02",             /* the beginning of an MQTT CONNACK */
    "\x16\x02\x03\x01\x02", /* SSL 2.3? */
    "\x16\x04\x01\x01\x02",
    "SSH-2.0-OpenSSH",
    "\x80\x2e\x01\x03\x01", /* SSL 2 */
    "\x18\x03\x03\x01\x02", /* heartbeat */
    "\x13\x03\x03\x01\x02",
    "\x17\x03\x03\x01\x02", /* application data before everything */
};

static void say_first(puppet *p)
{
    puppet_raw(p, (const uint8_t *)FIRST[p->arg], strlen(FIRST[p->arg]));
}

static const injection FIRST_BYTES[] = {
    {"HTTP", HF_TLS13, M_SERVER_HELLO, say_first, HF_E_HTTP, true, 0},
    {"SMTP", HF_TLS13, M_SERVER_HELLO, say_first, HF_E_NOT_TLS, true, 1},
    {"MQTT", HF_TLS13, M_SERVER_HELLO, say_first, HF_E_NOT_TLS, true, 2},
    {"version 2", HF_TLS13, M_SERVER_HELLO, say_first, HF_E_RECORD_VERSION, true, 3},
    {"version 4", HF_TLS13, M_SERVER_HELLO, say_first, HF_E_RECORD_VERSION, true, 4},
    {"SSH", HF_TLS13, M_SERVER_HELLO, say_first, HF_E_NOT_TLS, true, 5},
    {"SSL 2", HF_TLS13, M_SERVER_HELLO, say_first, HF_E_NOT_TLS, true, 6},
    {"type 24", HF_TLS13, M_SERVER_HELLO, say_first, HF_E_NOT_TLS, true, 7},
    {"type 19", HF_TLS13, M_SERVER_HELLO, say_first, HF_E_NOT_TLS, true, 8},
    {"data", HF_TLS13, M_SERVER_HELLO, say_first, HF_E_RECORD_TYPE, true, 9},
};

static void test_first_bytes(void **state)
{
    (void)state;
    run_all(FIRST_BYTES, COUNT(FIRST_BYTES));
}

/* ---- lengths, by the length field alone */

static void say_header(puppet *p)
{
    const uint8_t type = p->tx.active && p->wire13 ? R_DATA : R_HANDSHAKE;
    const uint8_t header[] = {type, 3, 3, (uint8_t)(p->arg >> 8), (uint8_t)p->arg};
    puppet_raw(p, header, sizeof header);
}

static void say_padded(puppet *p)
{
    static const uint8_t ZEROS[16390];
    p->pad = (size_t)p->arg >> 16;
    puppet_record(p, R_DATA, ZEROS, (size_t)p->arg & 0xffff);
    p->pad = 0;
}

static const injection LENGTHS[] = {
    {"plain 2^14", HF_TLS13, M_SERVER_HELLO, say_header, HF_OK, true, 16384},
    {"plain 2^14 + 1", HF_TLS13, M_SERVER_HELLO, say_header, HF_E_RECORD_OVERFLOW, true, 16385},
    {"plain 2^16 - 1", HF_TLS13, M_SERVER_HELLO, say_header, HF_E_RECORD_OVERFLOW, true, 65535},
    {"plain 2^14, small buffer", HF_TLS13, M_SERVER_HELLO, say_header, HF_OK, true, 16384,
     .input = 600},
    {"plain 2^14 + 1, small buffer", HF_TLS13, M_SERVER_HELLO, say_header, HF_E_RECORD_OVERFLOW,
     true, 16385, .input = 600},
    {"sealed 2^14 + 256", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_header, HF_OK, true, 16640},
    {"sealed 2^14 + 257", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_header, HF_E_RECORD_OVERFLOW, true,
     16641},
    {"sealed 2^14 + 256, small buffer", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_header, HF_OK, true,
     16640, .input = 600},
    {"sealed 2^14 + 257, small buffer", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_header,
     HF_E_RECORD_OVERFLOW, true, 16641, .input = 600},
    {"after the handshake", HF_TLS13, M_AFTER, say_header, HF_E_RECORD_OVERFLOW, true, 16641},
    {"1.2 plain 2^14 + 1", HF_TLS12, M_CERTIFICATE, say_header, HF_E_RECORD_OVERFLOW, true, 16385},
    {"1.2 sealed 2^14 + 256", HF_TLS12, M_FINISHED, say_header, HF_OK, true, 16640},
    {"1.2 sealed 2^14 + 257", HF_TLS12, M_FINISHED, say_header, HF_E_RECORD_OVERFLOW, true, 16641},
    {"1.2 sealed, small buffer", HF_TLS12, M_FINISHED, say_header, HF_E_RECORD_TOO_LARGE, true,
     2000, .input = 600},
    {"sealed 0", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_header, HF_E_BAD_RECORD_MAC, true, 0},
    {"1.2 sealed 0", HF_TLS12, M_FINISHED, say_header, HF_E_BAD_RECORD_MAC, true, 0},
    {"plain handshake 0", HF_TLS13, M_SERVER_HELLO, say_header, HF_E_EMPTY_RECORD, true, 0},
};

/* RFC 8446 5.4: type and padding count; at most 2^14 + 1. */
static const injection INNER[] = {
    {"2^14", HF_TLS13, M_AFTER, say_padded, HF_OK, false, 16384},
    {"2^14 + 1", HF_TLS13, M_AFTER, say_padded, HF_E_RECORD_OVERFLOW, true, 16385},
    {"2^14, padding 1", HF_TLS13, M_AFTER, say_padded, HF_E_RECORD_OVERFLOW, true, 1 << 16 | 16384},
    {"2^14 - 9, padding 9", HF_TLS13, M_AFTER, say_padded, HF_OK, false, 9 << 16 | 16375},
    {"2^14 - 9, padding 10", HF_TLS13, M_AFTER, say_padded, HF_E_RECORD_OVERFLOW, true,
     10 << 16 | 16375},
    {"1.2 2^14", HF_TLS12, M_AFTER, say_padded, HF_OK, false, 16384},
    {"1.2 2^14 + 1", HF_TLS12, M_AFTER, say_padded, HF_E_RECORD_OVERFLOW, true, 16385},
    {"in pieces, 2^14 + 1", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_padded, HF_E_RECORD_OVERFLOW,
     true, 16385, .input = 512},
    {"in pieces, 2^14", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_padded, HF_E_RECORD_TYPE, true, 16384,
     .input = 512},
};

static void test_lengths(void **state)
{
    (void)state;
    needs_pieces();
    run_all(INNER, COUNT(INNER));
    run_all(LENGTHS, COUNT(LENGTHS));
    rig *r = injection_play(&LENGTHS[1], 0);
    assert_int_equal(hf_tls_error(&r->tls)->detail, 16385);
    rig_free(r);
    r = injection_play(&LENGTHS[13], 0);
    assert_int_equal(hf_tls_error(&r->tls)->detail, 5 + 2000); /* a buffer of it would do */
    rig_free(r);
}

/* ---- types, emptiness, padding */

static void say_empty(puppet *p)
{
    puppet_record(p, (uint8_t)p->arg, NULL, 0);
}

static void say_type(puppet *p)
{
    puppet_record(p, (uint8_t)p->arg, (const uint8_t[]){1, 2, 3}, 3);
}

static void say_plain(puppet *p)
{
    puppet_plain(p, (uint8_t)p->arg, (const uint8_t[]){1, 90}, 2);
}

static void say_zeros(puppet *p)
{
    static const uint8_t ZEROS[700];
    p->pad = 5;
    puppet_record(p, 0, ZEROS, (size_t)p->arg);
}

/* The outside of a sealed record must be application_data (RFC 8446 5.2). */
static void outer_handshake(puppet *p, puppet_out *record)
{
    record->outer = (uint8_t)p->arg;
}
static void say_outer(puppet *p)
{
    p->on_record = outer_handshake;
    puppet_record(p, R_HANDSHAKE, (const uint8_t[]){8, 0, 0, 2, 0, 0}, 6);
    p->on_record = NULL;
}

static const injection TYPES[] = {
    {"empty sealed handshake", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_empty, HF_E_EMPTY_RECORD, true,
     R_HANDSHAKE},
    {"empty sealed alert", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_empty, HF_E_EMPTY_RECORD, true,
     R_ALERT},
    {"empty plain alert", HF_TLS13, M_SERVER_HELLO, say_empty, HF_E_EMPTY_RECORD, true, R_ALERT},
    {"1.2 empty handshake", HF_TLS12, M_CERTIFICATE, say_empty, HF_E_EMPTY_RECORD, true,
     R_HANDSHAKE},
    {"1.2 empty sealed handshake", HF_TLS12, M_FINISHED, say_empty, HF_E_EMPTY_RECORD, true,
     R_HANDSHAKE},
    {"1.2 empty sealed alert", HF_TLS12, M_FINISHED, say_empty, HF_E_EMPTY_RECORD, true, R_ALERT},
    {"inner type 99", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_type, HF_E_RECORD_TYPE, true, 99},
    {"inner type 24", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_type, HF_E_RECORD_TYPE, true, 24},
    {"inner type 99 later", HF_TLS13, M_AFTER, say_type, HF_E_RECORD_TYPE, true, 99},
    {"1.2 type 24", HF_TLS12, M_CERTIFICATE, say_type, HF_E_RECORD_TYPE, true, 24},
    {"1.2 type 0", HF_TLS12, M_FINISHED, say_type, HF_E_RECORD_TYPE, true, 0},
    {"only zeros", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_zeros, HF_E_RECORD_TYPE, true, 40},
    {"only zeros, in pieces", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_zeros, HF_E_RECORD_TYPE, true,
     700, .input = 512},
    {"nothing and zeros", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_zeros, HF_E_RECORD_TYPE, true, 0},
    {"plain handshake under keys", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_plain, HF_E_RECORD_TYPE,
     true, R_HANDSHAKE},
    {"plain alert under keys", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_plain, HF_E_RECORD_TYPE, true,
     R_ALERT},
    {"plain alert after the handshake", HF_TLS13, M_AFTER, say_plain, HF_E_RECORD_TYPE, true,
     R_ALERT},
    {"1.2 plain alert under keys", HF_TLS12, M_FINISHED, say_plain, HF_E_BAD_RECORD_MAC, true,
     R_ALERT},
    {"outside handshake", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_outer, HF_E_RECORD_TYPE, true,
     R_HANDSHAKE},
    {"outside alert", HF_TLS13, M_ENCRYPTED_EXTENSIONS, say_outer, HF_E_RECORD_TYPE, true, R_ALERT},
};

static void test_types(void **state)
{
    (void)state;
    needs_pieces();
    run_all(TYPES, COUNT(TYPES));
}

/* ---- record versions: only the first byte counts (RFC 8446 5.1, D.2) */

static void set_version(puppet *p, puppet_out *record)
{
    record->version = (uint16_t)p->arg;
}
static bool versions_change(puppet *p, int step, puppet_message *m)
{
    (void)step;
    (void)m;
    p->on_record = set_version;
    return true;
}

static void test_versions(void **state)
{
    (void)state;
    static const struct {
        uint16_t version;
        int number;
        hf_code code;
    } CASES[] = {{HF_TLS13, 0x0301, HF_OK},
                 {HF_TLS13, 0x0300, HF_OK},
                 {HF_TLS13, 0x0304, HF_OK},
                 {HF_TLS13, 0x0403, HF_E_RECORD_VERSION},
                 {HF_TLS13, 0x0003, HF_E_RECORD_VERSION},
                 {HF_TLS12, 0x0203, HF_E_RECORD_VERSION}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        rig *r = rig_new();
        r->p->version = CASES[i].version;
        r->p->change = versions_change;
        r->p->arg = CASES[i].number;
        rig_start(r);
        rig_run(r);
        if (CASES[i].code == HF_OK) {
            rig_expect_open(r, "record version");
        } else {
            rig_expect_failed(r, CASES[i].code, "record version");
        }
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_bytes),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
