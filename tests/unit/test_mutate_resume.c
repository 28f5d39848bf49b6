/* A client that offers a session, and servers that answer it wrongly: one value changed at a time,
 * each with its own error and alert (RFC 8446 4.2.9, 4.2.11, 4.6.1; RFC 5246 7.4.1.3; RFC 5077 3.2;
 * RFC 7627 5.3).
 */
#include "puppet/mutation.h"
#include "puppet/puppet_inside.h"
#include "unit/cmocka_all.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void run_all(const mutation *cases, size_t count, uint16_t version)
{
    for (size_t i = 0; i < count; i++) {
        mutation_run(&cases[i], version);
    }
}

#define DHE .resume = ORACLE_PSK_DHE
#define KE  .resume = ORACLE_PSK_KE

/* A share that has no place beside psk_ke alone. */
#define SHARE                                                                                      \
    .type = 51, B(0, 0x1d, 0, 32, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   \
                  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

static const mutation TLS13[] = {
    {"identity 1", M_SERVER_HELLO, HF_E_PSK_CHOICE, SET, .type = 41, B(0, 1), DHE},
    {"identity 256", M_SERVER_HELLO, HF_E_PSK_CHOICE, SET, .type = 41, B(1, 0), DHE},
    {"identity 65535", M_SERVER_HELLO, HF_E_PSK_CHOICE, SET, .type = 41, B(255, 255), DHE},
    {"identity 1, ke", M_SERVER_HELLO, HF_E_PSK_CHOICE, SET, .type = 41, B(0, 1), KE,
     .modes = HF_PSK_DHE_OR_KE},
    {"identity empty", M_SERVER_HELLO, HF_E_DECODE, SET, .type = 41, DHE},
    {"identity of 1 byte", M_SERVER_HELLO, HF_E_DECODE, SET, .type = 41, B(0), DHE},
    {"identity of 3 bytes", M_SERVER_HELLO, HF_E_DECODE, SET, .type = 41, B(0, 0, 0), DHE},
    {"PSK twice", M_SERVER_HELLO, HF_E_EXTENSION_TWICE, ADD, .type = 41, B(0, 0), DHE},
    {"no share", M_SERVER_HELLO, HF_E_PSK_CHOICE, CUT, .type = 51, DHE},
    {"no share, ke", M_SERVER_HELLO, HF_OK, NO_EDIT, KE, .modes = HF_PSK_KE_ONLY},
    {"a share, ke alone", M_SERVER_HELLO, HF_E_PSK_CHOICE, ADD, SHARE, KE, .modes = HF_PSK_KE_ONLY},
    {"no PSK, no share", M_SERVER_HELLO, HF_E_EXTENSION_MISSING, CUT, .type = 41, KE,
     .modes = HF_PSK_DHE_OR_KE},
    {"both offered, dhe", M_SERVER_HELLO, HF_OK, NO_EDIT, DHE, .modes = HF_PSK_DHE_OR_KE},
    {"other hash", M_SERVER_HELLO, HF_E_PSK_CHOICE, SPLICE, 35, 2, B(0x13, 2), DHE},
    {"other suite, same hash", M_SERVER_HELLO, HF_OK, NO_EDIT, DHE, .suite = 0x1303},
    {"unknown there", M_SERVER_HELLO, HF_OK, NO_EDIT, DHE, .unknown = true},
    {"unknown there, other hash", M_SERVER_HELLO, HF_OK, NO_EDIT, DHE, .unknown = true,
     .suite = 0x1302},
    {"retry", M_RETRY, HF_OK, NO_EDIT, DHE, .retry = true, .group = HF_SECP256R1},
    {"retry with a cookie", M_RETRY, HF_OK, NO_EDIT, DHE, .retry = true, .cookie = 100},
    {"retry, other hash", M_RETRY, HF_OK, NO_EDIT, DHE, .unknown = true, .suite = 0x1302,
     .retry = true, .group = HF_SECP256R1},
    {"PSK in the retry", M_RETRY, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 41, B(0, 0), DHE,
     .retry = true, .group = HF_SECP256R1},
    {"PSK in EncryptedExtensions", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_NOT_ALLOWED, ADD,
     .type = 41, B(0, 0), DHE},
    {"early data taken", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_UNASKED, ADD, .type = 42, DHE},
    {"modes answered", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 45, B(1, 1), DHE},
    {"ticket answered", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 35, DHE},
    {"Finished", M_FINISHED, HF_E_FINISHED, FLIP, 0, DHE},
    {"Finished, ke", M_FINISHED, HF_E_FINISHED, FLIP, 31, KE, .modes = HF_PSK_KE_ONLY},
    {"Finished too long", M_FINISHED, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0), DHE},
};

static void test_tls13(void **state)
{
    (void)state;
    run_all(TLS13, COUNT(TLS13), HF_TLS13);
}

/* A session of TLS 1.3 offered, a server of TLS 1.2. */
static const mutation DOWN[] = {
    {"in full", M_SERVER_HELLO, HF_OK, NO_EDIT, DHE},
    {"with a PSK", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 41, B(0, 0), DHE},
};

static void test_other_version(void **state)
{
    (void)state;
    run_all(DOWN, COUNT(DOWN), HF_TLS12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls13),
        cmocka_unit_test(test_other_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
