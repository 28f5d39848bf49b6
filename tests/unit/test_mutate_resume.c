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

#define TICKET .resume = ORACLE_TICKET
#define ID     .resume = ORACLE_ID

/* The client's session id of 32 bytes stands in front of the suite. */
static const mutation TLS12[] = {
    {"ticket", M_SERVER_HELLO, HF_OK, NO_EDIT, TICKET},
    {"ticket, and a new one", M_SERVER_HELLO, HF_OK, NO_EDIT, TICKET, .ticket = true},
    {"id", M_SERVER_HELLO, HF_OK, NO_EDIT, ID},
    {"id, and a ticket", M_SERVER_HELLO, HF_OK, NO_EDIT, ID, .ticket = true},
    {"ticket unknown there", M_SERVER_HELLO, HF_OK, NO_EDIT, TICKET, .unknown = true},
    {"id unknown there", M_SERVER_HELLO, HF_OK, NO_EDIT, ID, .unknown = true},
    {"ticket, strict", M_SERVER_HELLO, HF_OK, NO_EDIT, TICKET, .strict = true},
    {"ticket, other suite", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 67, 2, B(0xc0, 0x2c), TICKET},
    {"id, other suite", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 67, 2, B(0xc0, 0x2c), ID},
    {"suite of 1.3", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 67, 2, B(0x13, 1), TICKET},
    {"suite unknown", M_SERVER_HELLO, HF_E_SUITE, SPLICE, 67, 2, B(0x5a, 0x5a), ID},
    {"compression", M_SERVER_HELLO, HF_E_COMPRESSION, SPLICE, 69, 1, B(1), TICKET},
    {"ticket, no RFC 7627", M_SERVER_HELLO, HF_E_NO_EXTENDED_MASTER_SECRET, CUT, .type = 23,
     TICKET},
    {"id, no RFC 7627", M_SERVER_HELLO, HF_E_NO_EXTENDED_MASTER_SECRET, CUT, .type = 23, ID},
    {"ticket, id altered", M_SERVER_HELLO, HF_E_CHANGE_CIPHER_SPEC, FLIP, 40, TICKET},
    {"ticket, id altered, a new one", M_SERVER_HELLO, HF_E_UNEXPECTED_MESSAGE, FLIP, 40, TICKET,
     .ticket = true},
    {"ticket, no id", M_SERVER_HELLO, HF_E_CHANGE_CIPHER_SPEC, SPLICE, 34, 33, B(0), TICKET},
    {"id altered", M_SERVER_HELLO, HF_E_CHANGE_CIPHER_SPEC, FLIP, 66, ID},
    {"id cut", M_SERVER_HELLO, HF_E_CHANGE_CIPHER_SPEC, SPLICE, 34, 2, B(31), ID},
    {"ticket not promised", M_SERVER_HELLO, HF_E_UNEXPECTED_MESSAGE, CUT, .type = 35, TICKET,
     .ticket = true},
    {"promised and not given", M_SERVER_HELLO, HF_E_CHANGE_CIPHER_SPEC, ADD, .type = 35, TICKET},
    {"promise with a body", M_SERVER_HELLO, HF_E_DECODE, SET, .type = 35, B(0), TICKET,
     .ticket = true},
    {"promise twice", M_SERVER_HELLO, HF_E_EXTENSION_TWICE, ADD, .type = 35, TICKET,
     .ticket = true},
    {"promise that nobody asked for", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, ADD, .type = 35},
    {"PSK", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 41, B(0, 0), TICKET},
    {"new ticket empty", M_NEW_SESSION_TICKET, HF_OK, BODY, B(0, 0, 0, 0, 0, 0), TICKET,
     .ticket = true},
    {"new ticket without bytes", M_NEW_SESSION_TICKET, HF_E_DECODE, BODY, TICKET, .ticket = true},
    {"new ticket cut in front", M_NEW_SESSION_TICKET, HF_E_DECODE, BODY, B(0, 0, 0, 0, 0), TICKET,
     .ticket = true},
    {"new ticket cut", M_NEW_SESSION_TICKET, HF_E_DECODE, SPLICE, -1, 1, TICKET, .ticket = true},
    {"new ticket with a rest", M_NEW_SESSION_TICKET, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0), TICKET,
     .ticket = true},
    {"Finished", M_FINISHED, HF_E_FINISHED, FLIP, 0, TICKET},
    {"Finished behind a ticket", M_FINISHED, HF_E_FINISHED, FLIP, 11, TICKET, .ticket = true},
    {"Finished, id", M_FINISHED, HF_E_FINISHED, FLIP, 5, ID},
    {"Finished too long", M_FINISHED, HF_E_DECODE, SPLICE, 0x7fff, 0, B(0), ID},
};

static void test_tls12(void **state)
{
    (void)state;
    run_all(TLS12, COUNT(TLS12), HF_TLS12);
}

/* A session of TLS 1.3 offered, a server of TLS 1.2. */
static const mutation DOWN[] = {
    {"in full", M_SERVER_HELLO, HF_OK, NO_EDIT, DHE},
    {"with a PSK", M_SERVER_HELLO, HF_E_EXTENSION_NOT_ALLOWED, ADD, .type = 41, B(0, 0), DHE},
};

/* And the other way round. */
static const mutation UP[] = {
    {"in full, ticket", M_SERVER_HELLO, HF_OK, NO_EDIT, TICKET},
    {"in full, id", M_SERVER_HELLO, HF_OK, NO_EDIT, ID},
    {"with a PSK", M_SERVER_HELLO, HF_E_EXTENSION_UNASKED, ADD, .type = 41, B(0, 0), TICKET},
};

static void test_other_version(void **state)
{
    (void)state;
    run_all(DOWN, COUNT(DOWN), HF_TLS12);
    run_all(UP, COUNT(UP), HF_TLS13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls13),
        cmocka_unit_test(test_tls12),
        cmocka_unit_test(test_other_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
