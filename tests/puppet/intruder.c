/* See intruder.h. */
#include "puppet/intruder.h"

#include "crypto/crypto.h"

#include <string.h>

static const int INTRUDERS[] = {
    0,  1,  2,  3,  4,  5,  6,  8,  11,  12,  13,    14,           15,     16,     17,
    20, 21, 22, 23, 24, 25, 67, 99, 254, 255, X_CCS, X_SEALED_CCS, X_DATA, X_RETRY};

int intruder_at(size_t index)
{
    return index < sizeof INTRUDERS / sizeof INTRUDERS[0] ? INTRUDERS[index] : -1;
}

static const uint8_t RETRY_RANDOM[32] = {
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

static void intrude_retry(puppet *p)
{
    uint8_t message[4 + 34 + 10] = {M_SERVER_HELLO, 0, 0, 44, 3, 3};
    static const uint8_t REST[] = {0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2};
    memcpy(message + 6, RETRY_RANDOM, 32);
    memcpy(message + 38, REST, sizeof REST); /* cut short: it must not be parsed at all */
    puppet_content(p, message, sizeof message);
    puppet_flush(p);
}

static void intrude_message(puppet *p, uint8_t type)
{
    uint8_t message[4 + 40] = {type, 0, 0, 40};
    size_t len = type == M_HELLO_REQUEST || type == M_SERVER_HELLO_DONE ? 0 : 40;
    len = type == M_KEY_UPDATE ? 1 : len;
    message[3] = (uint8_t)len;
    puppet_content(p, message, 4 + len);
    puppet_flush(p);
}

void intrude(puppet *p, int what)
{
    switch (what) {
    case X_CCS:
        puppet_plain(p, R_CCS, (const uint8_t[]){1}, 1);
        break;
    case X_SEALED_CCS:
        puppet_record(p, R_CCS, (const uint8_t[]){1}, 1);
        break;
    case X_DATA:
        puppet_record(p, R_DATA, (const uint8_t *)"early", 5);
        break;
    case X_RETRY:
        intrude_retry(p);
        break;
    default:
        intrude_message(p, (uint8_t)what);
    }
}

bool intruder_one_way(void)
{
    return strncmp(hf_crypto_name(), "openssl", 7) != 0;
}
