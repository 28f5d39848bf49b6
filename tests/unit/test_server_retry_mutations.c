/* The server role and a second ClientHello that differs from the first in more than it may: each
 * rule of RFC 8446 4.1.2 and 4.2.2 broken once; and what may differ.
 */
#include "puppet/puppet_inside.h"
#include "puppet/served.h"
#include "unit/cmocka_all.h"

#include <string.h>

static const uint8_t COOKIE_KEY[32] = {1, 2, 3};

/* No share, so that one is asked for; a session id for the cases about it. */
static void retry(server_rig *s)
{
    s->g->no_shares = true;
    s->g->session_id = 32;
}

static void retry_with_cookie(server_rig *s)
{
    retry(s);
    s->cookie_key = COOKIE_KEY;
}

static void retry_with_psk(server_rig *s)
{
    retry(s);
    s->g->psk_count = 2;
}

static void retry_with_padding(server_rig *s)
{
    retry(s);
    s->g->padding = 40;
}

static void retry_with_early_data(server_rig *s)
{
    retry_with_psk(s);
    s->g->early = true;
}

static void cookie_unasked(server_rig *s)
{
    s->g->cookie_unasked = 40;
}

static void cookie_made_up(server_rig *s)
{
    s->g->cookie_unasked = 133;
    s->cookie_key = COOKIE_KEY;
}

static void set_extension(puppet_message *m, uint16_t type, const uint8_t *bytes, size_t len)
{
    size_t block = guest_hello_extensions(m);
    puppet_cut_extension(m, block, type);
    puppet_add_extension(m, block, type, bytes, len);
}

/* The share that was asked for, as it stands in the message. */
static size_t share_of(const puppet_message *m, uint8_t out[80])
{
    size_t len = 0;
    size_t body = puppet_extension(m, guest_hello_extensions(m), 51, &len);
    assert_in_range(body, 1, m->len);
    memcpy(out, m->body + body, len);
    return len;
}

static void other_share_behind(puppet *p, puppet_message *m)
{
    (void)p;
    uint8_t shares[80];
    size_t len = share_of(m, shares);
    static const uint8_t P256[] = {0, 0x17, 0, 1, 4};
    memcpy(shares + len, P256, sizeof P256);
    shares[1] = (uint8_t)(shares[1] + sizeof P256);
    set_extension(m, 51, shares, len + sizeof P256);
}

static void share_twice(puppet *p, puppet_message *m)
{
    (void)p;
    uint8_t shares[80];
    size_t len = share_of(m, shares);
    memcpy(shares + len, shares + 2, len - 2);
    shares[1] = (uint8_t)(2 * (len - 2));
    set_extension(m, 51, shares, 2 * len - 2);
}

/* The same extensions in another order: server_name goes to the end. */
static void other_order(puppet *p, puppet_message *m)
{
    (void)p;
    uint8_t name[64];
    size_t len = 0;
    size_t body = puppet_extension(m, guest_hello_extensions(m), 0, &len);
    memcpy(name, m->body + body, len);
    set_extension(m, 0, name, len);
}

static void longer_cookie(puppet *p, puppet_message *m)
{
    (void)p;
    uint8_t cookie[200];
    size_t len = 0;
    size_t body = puppet_extension(m, guest_hello_extensions(m), 44, &len);
    memcpy(cookie, m->body + body, len);
    cookie[len] = 0;
    cookie[1] = (uint8_t)(cookie[1] + 1);
    set_extension(m, 44, cookie, len + 1);
}

static void look_retried(const server_rig *s)
{
    assert_true(s->g->retried);
}

#define SECOND .step = M_SECOND_HELLO, .version = HF_TLS13
#define CHANGED(name, ...)                                                                         \
    {                                                                                              \
        name, .code = HF_E_HELLO_CHANGED, .alert = 47, SECOND, .dress = retry, __VA_ARGS__         \
    }

static const served CHANGES[] = {
    CHANGED("legacy_version", .kind = SPLICE, .at = 0, .cut = 2, B(3, 2)),
    CHANGED("random", .kind = FLIP, .at = AT_RANDOM + 9),
    CHANGED("session id", .kind = FLIP, .at = AT_ID + 5),
    CHANGED("no session id", .kind = SPLICE, .at = AT_ID, .cut = 33, B(0)),
    CHANGED("another suite", .kind = SPLICE, .at = AT_SUITES + 32, .cut = 4, B(0, 2, 0x13, 2)),
    CHANGED("one more suite", .kind = SPLICE, .at = AT_SUITES + 32, .cut = 4,
            B(0, 4, 0x13, 1, 0x13, 2)),
    CHANGED("another name", .kind = FLIP_IN, .type = 0, .at = 6),
    CHANGED("no name any more", .kind = CUT, .type = 0),
    CHANGED("other groups", .kind = SET, .type = 10, B(0, 2, 0, 0x1d)),
    CHANGED("other schemes", .kind = SET, .type = 13, B(0, 2, 4, 3)),
    CHANGED("other versions", .kind = SET, .type = 43, B(4, 3, 4, 3, 3)),
    CHANGED("1.3 no longer", .kind = SET, .type = 43, B(2, 3, 3)),
    CHANGED("no list of versions", .kind = CUT, .type = 43),
    CHANGED("a new extension", .kind = ADD, .type = 0x5a5a),
    CHANGED("a new protocol", .kind = ADD, .type = 16, B(0, 3, 2, 'h', '2')),
    CHANGED("a record size limit", .kind = ADD, .type = 28, B(2, 0)),
    CHANGED("new early_data", .kind = ADD, .type = 42),
};

static void test_changes(void **state)
{
    (void)state;
    served_run_all(CHANGES, COUNT(CHANGES));
}

#define WRONG(name, code, alert, ...)                                                              \
    {                                                                                              \
        name, HF_TLS13, code, alert, .step = M_SECOND_HELLO, .dress = retry, __VA_ARGS__           \
    }

static const served SHARES[] = {
    WRONG("still none", HF_E_KEY_SHARES, 47, .detail = 0x1d, .kind = SET, .type = 51, B(0, 0)),
    WRONG("of another group", HF_E_KEY_SHARES, 47, .detail = 0x1d, .kind = SET, .type = 51,
          B(0, 5, 0, 0x17, 0, 1, 4)),
    WRONG("and one of another group", HF_E_KEY_SHARES, 47, .kind = BY_HAND,
          .edit = other_share_behind),
    WRONG("twice", HF_E_KEY_SHARES, 47, .kind = BY_HAND, .edit = share_twice),
    WRONG("of a group that was not listed", HF_E_KEY_SHARES, 47, .detail = 30, .kind = SET,
          .type = 51, B(0, 5, 0, 30, 0, 1, 4)),
    WRONG("no extension", HF_E_EXTENSION_MISSING, 109, .detail = 51, .kind = CUT, .type = 51),
    WRONG("zero", HF_E_KEY_SHARE, 47, .kind = SET, .type = 51,
          B(0, 36, 0, 0x1d, 0, 32, 0, [37] = 0)),
    WRONG("too short", HF_E_KEY_SHARE, 47, .kind = SET, .type = 51,
          B(0, 35, 0, 0x1d, 0, 31, 9, [36] = 1)),
    WRONG("with deflate", HF_E_COMPRESSION, 47, .kind = SPLICE, .at = AT_COMPRESSIONS + 32,
          .cut = 2, B(2, 1, 0)),
    WRONG("no schemes", HF_E_EXTENSION_MISSING, 109, .detail = 13, .kind = CUT, .type = 13),
    WRONG("no groups", HF_E_EXTENSION_MISSING, 109, .detail = 10, .kind = CUT, .type = 10),
    WRONG("an extension twice", HF_E_EXTENSION_TWICE, 47, .detail = 13, .kind = ADD, .type = 13,
          B(0, 2, 4, 3)),
    WRONG("a byte too many", HF_E_DECODE, 50, .kind = SPLICE, .at = 0x7fff, B(0)),
};

static void test_wrong(void **state)
{
    (void)state;
    served_run_all(SHARES, COUNT(SHARES));
}

#define COOKIE(name, ...)                                                                          \
    {                                                                                              \
        name, HF_TLS13, HF_E_COOKIE, 47, .step = M_SECOND_HELLO, .dress = retry_with_cookie,       \
                                         __VA_ARGS__                                               \
    }

static const served COOKIES[] = {
    COOKIE("missing", .kind = CUT, .type = 44),
    COOKIE("suite altered", .kind = FLIP_IN, .type = 44, .at = 3),
    COOKIE("group altered", .kind = FLIP_IN, .type = 44, .at = 5),
    COOKIE("hash altered", .kind = FLIP_IN, .type = 44, .at = 20),
    COOKIE("tag altered", .kind = FLIP_IN, .type = 44, .at = 90),
    COOKIE("another", .kind = SET, .type = 44, B(0, 2, 1, 2)),
    COOKIE("longer", .kind = BY_HAND, .edit = longer_cookie),
    {"empty", HF_TLS13, HF_E_DECODE, 50, SET, .type = 44, .step = M_SECOND_HELLO,
     .dress = retry_with_cookie, B(0, 0)},
    {"none was given", HF_TLS13, HF_E_COOKIE, 47, ADD, .type = 44, .step = M_SECOND_HELLO,
     .dress = retry, B(0, 2, 1, 2)},
    {"in a first hello", HF_TLS13, HF_E_COOKIE, 47, .dress = cookie_unasked},
    {"made up in a first hello", HF_TLS13, HF_E_COOKIE, 47, .dress = cookie_made_up},
    {"in a hello of TLS 1.2", HF_TLS12, HF_OK, 0, ADD, .type = 44, B(0, 2, 1, 2)},
    {"right", HF_TLS13, .dress = retry_with_cookie, .look = look_retried},
};

static void test_cookies(void **state)
{
    (void)state;
    served_run_all(COOKIES, COUNT(COOKIES));
}

/* RFC 8446 4.1.2: padding, key_share, early_data, cookie and pre_shared_key may differ. */
static const served ALLOWED[] = {
    {"nothing else", SECOND, .dress = retry, .look = look_retried},
    /* wolfSSL 5.5 does this; nothing but their order is new. */
    {"another order", SECOND, .kind = BY_HAND, .edit = other_order, .dress = retry,
     .look = look_retried},
    {"padding comes", SECOND, .kind = ADD, .type = 21, .dress = retry, B(0, 0),
     .look = look_retried},
    {"padding changes", SECOND, .kind = SET, .type = 21, .dress = retry_with_padding, B(0),
     .look = look_retried},
    {"padding goes", SECOND, .kind = CUT, .type = 21, .dress = retry_with_padding,
     .look = look_retried},
    {"early_data goes", SECOND, .dress = retry_with_early_data, .look = look_retried},
    {"pre-shared keys go", SECOND, .kind = CUT, .type = 41, .dress = retry_with_psk,
     .look = look_retried},
    {"a binder changes", SECOND, .kind = FLIP, .at = -1, .dress = retry_with_psk,
     .look = look_retried},
};

static void test_allowed(void **state)
{
    (void)state;
    served_run_all(ALLOWED, COUNT(ALLOWED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
