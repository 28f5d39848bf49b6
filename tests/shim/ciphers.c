/* OpenSSL cipher strings: names and groups of names, separated by colons, with the marks "!"
 * (never), "-" (take out) and "+" (to the end). They choose among the TLS 1.2 suites; those of
 * TLS 1.3 are always there. A name that OpenSSL knows and this library leaves out by decision is
 * skipped; a list of which nothing remains is not implemented. */
#include "shim/shim.h"

#include <string.h>

#define WORD_MAX 64u

enum trait {
    ECDSA = 1,
    RSA = 2,
    GCM = 4,
    CHACHA = 8,
    BITS128 = 16,
    BITS256 = 32,
    SHA2_256 = 64,
    SHA2_384 = 128,
    ANY = 0xff,
};

typedef struct cipher {
    uint16_t number;
    uint8_t traits;
    const char *name;
    const char *registered;
} cipher;

/* In the order of the library's own default. */
static const cipher CIPHERS[] = {
    {0xc02b, ECDSA | GCM | BITS128 | SHA2_256, "ECDHE-ECDSA-AES128-GCM-SHA256",
     "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    {0xc02f, RSA | GCM | BITS128 | SHA2_256, "ECDHE-RSA-AES128-GCM-SHA256",
     "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
    {0xc0ac, ECDSA | BITS128 | SHA2_256, "ECDHE-ECDSA-AES128-CCM",
     "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
    {0xcca9, ECDSA | CHACHA | SHA2_256, "ECDHE-ECDSA-CHACHA20-POLY1305",
     "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xcca8, RSA | CHACHA | SHA2_256, "ECDHE-RSA-CHACHA20-POLY1305",
     "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xc02c, ECDSA | GCM | BITS256 | SHA2_384, "ECDHE-ECDSA-AES256-GCM-SHA384",
     "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
    {0xc030, RSA | GCM | BITS256 | SHA2_384, "ECDHE-RSA-AES256-GCM-SHA384",
     "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
};
#define CIPHERS_COUNT (sizeof CIPHERS / sizeof CIPHERS[0])

static const struct {
    const char *name;
    uint8_t traits; /* one of these is enough */
} GROUPS[] = {
    {"ALL", ANY},         {"DEFAULT", ANY},    {"HIGH", ANY},       {"TLSv1.2", ANY},
    {"ECDHE", ANY},       {"EECDH", ANY},      {"kECDHE", ANY},     {"ECDSA", ECDSA},
    {"aECDSA", ECDSA},    {"aRSA", RSA},       {"AESGCM", GCM},     {"AES", GCM},
    {"CHACHA20", CHACHA}, {"AES128", BITS128}, {"AES256", BITS256}, {"SHA256", SHA2_256},
    {"SHA384", SHA2_384},
};

/* Known elsewhere, left out here: static RSA, CBC, PSK. */
static const char *const FOREIGN[] = {
    "kRSA",
    "RSA",
    "kPSK",
    "aPSK",
    "PSK",
    "3DES",
    "SHA",
    "SHA1",
    "AES128-SHA",
    "AES256-SHA",
    "AES128-SHA256",
    "AES256-SHA256",
    "DES-CBC3-SHA",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-SHA",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-PSK-AES128-CBC-SHA",
    "ECDHE-PSK-AES256-CBC-SHA",
    "ECDHE-PSK-CHACHA20-POLY1305",
    "PSK-AES128-CBC-SHA",
    "PSK-AES256-CBC-SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
};

typedef struct selection {
    shim_list list;
    bool never[CIPHERS_COUNT];
} selection;

/* Which of CIPHERS the word means. False: nobody knows it. */
static bool matches(const char *word, bool means[CIPHERS_COUNT])
{
    bool known = false;
    for (size_t i = 0; i < CIPHERS_COUNT; i++) {
        means[i] = strcmp(CIPHERS[i].name, word) == 0 || strcmp(CIPHERS[i].registered, word) == 0;
        known = known || means[i];
    }
    for (size_t g = 0; g < sizeof GROUPS / sizeof GROUPS[0]; g++) {
        if (strcmp(GROUPS[g].name, word) != 0) {
            continue;
        }
        known = true;
        for (size_t i = 0; i < CIPHERS_COUNT; i++) {
            means[i] = (CIPHERS[i].traits & GROUPS[g].traits) != 0;
        }
    }
    for (size_t f = 0; f < sizeof FOREIGN / sizeof FOREIGN[0]; f++) {
        known = known || strcmp(FOREIGN[f], word) == 0;
    }
    return known;
}

/* A+B: what is in both. */
static bool matches_all(char *word, bool means[CIPHERS_COUNT])
{
    char *at = word;
    for (size_t i = 0; i < CIPHERS_COUNT; i++) {
        means[i] = true;
    }
    while (at != NULL) {
        bool part[CIPHERS_COUNT];
        char *plus = strchr(at, '+');
        if (plus != NULL) {
            *plus = '\0';
        }
        if (!matches(at, part)) {
            return false;
        }
        for (size_t i = 0; i < CIPHERS_COUNT; i++) {
            means[i] = means[i] && part[i];
        }
        at = plus == NULL ? NULL : plus + 1;
    }
    return true;
}

static bool take_out(shim_list *list, uint16_t number)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->numbers[i] == number) {
            list->count--;
            memmove(&list->numbers[i], &list->numbers[i + 1],
                    (list->count - i) * sizeof list->numbers[0]);
            return true;
        }
    }
    return false;
}

static bool contains(const shim_list *list, uint16_t number)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->numbers[i] == number) {
            return true;
        }
    }
    return false;
}

static void apply_one(selection *s, char mark, size_t i)
{
    uint16_t number = CIPHERS[i].number;
    bool append = !s->never[i] && !contains(&s->list, number);
    if (mark == '!' || mark == '-' || mark == '+') {
        append = take_out(&s->list, number) && mark == '+';
        s->never[i] = s->never[i] || mark == '!';
    }
    if (append) {
        s->list.numbers[s->list.count++] = number;
    }
}

static bool apply(selection *s, const char *text, size_t len)
{
    char word[WORD_MAX];
    bool means[CIPHERS_COUNT];
    char mark = len > 0 && strchr("!-+", text[0]) != NULL ? text[0] : ' ';
    size_t skip = mark == ' ' ? 0 : 1;
    if (len - skip == 0 || len - skip >= sizeof word) {
        return false;
    }
    memcpy(word, text + skip, len - skip);
    word[len - skip] = '\0';
    if (!matches_all(word, means)) {
        return false;
    }
    for (size_t i = 0; i < CIPHERS_COUNT; i++) {
        if (means[i]) {
            apply_one(s, mark, i);
        }
    }
    return true;
}

int shim_ciphers(shim_list *suites, const char *text)
{
    static const uint16_t ALWAYS[] = {0x1301, 0x1304, 0x1303, 0x1302};
    selection chosen = {.list = {.count = 0}};
    if (strpbrk(text, "[]|@") != NULL) {
        return shim_unimplemented("-cipher %s: groups of equal preference, orders", text);
    }
    for (const char *at = text; at != NULL;) {
        size_t len = strcspn(at, ":");
        if (!apply(&chosen, at, len)) {
            return shim_failed("-cipher %s: not understood at %s", text, at);
        }
        at = at[len] == '\0' ? NULL : at + len + 1;
    }
    if (chosen.list.count == 0) {
        return shim_unimplemented("-cipher %s: none of these suites", text);
    }
    memcpy(suites->numbers, ALWAYS, sizeof ALWAYS);
    suites->count = sizeof ALWAYS / sizeof ALWAYS[0];
    for (size_t i = 0; i < chosen.list.count; i++) {
        suites->numbers[suites->count++] = chosen.list.numbers[i];
    }
    return SHIM_OK;
}
