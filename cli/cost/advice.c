/* Arithmetic of what could be saved. See advice.h. Sizes: RFC 8446 4.2.11 (pre_shared_key), 4.4.2
 * (Certificate), RFC 5246 7.4.2; of a P-256 key and an ECDSA signature: RFC 5480 2.2, RFC 3279. */
#include "advice.h"

#include "words.h"

#include <handfast/tls.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define P256_KEY       91u /* bytes of a SubjectPublicKeyInfo */
#define P256_SIGNATURE 71u /* most often; one more or less */
#define PSK_IN_HELLO   15u /* pre_shared_key besides ticket and binder */
#define PSK_IN_ANSWER  6u
#define SESSION_ID     32u
#define MESSAGE_HEADER 4u
#define LIST_HEADER    3u
#define WORKS(kind)    (1u << (kind))
#define PROVING        (WORKS(HF_WORK_SIGN) | WORKS(HF_WORK_VERIFY) | WORKS(HF_WORK_VERIFY_CERTIFICATE))
#define AGREEING       (WORKS(HF_WORK_MAKE_KEY) | WORKS(HF_WORK_AGREE))

enum { IN, OUT };

/* Handshake message types (RFC 8446 B.3, RFC 5246 A.4, RFC 6066 8). */
enum message_type {
    CLIENT_HELLO = 1,
    CERTIFICATE = 11,
    SERVER_KEY_EXCHANGE = 12,
    CERTIFICATE_REQUEST = 13,
    SERVER_HELLO_DONE = 14,
    CERTIFICATE_VERIFY = 15,
    CLIENT_KEY_EXCHANGE = 16,
    CERTIFICATE_STATUS = 22,
};

static uint32_t number_of(const cli_account *account, hf_decided decided)
{
    const cli_decision *decision = cli_budget_decided(account->budget, decided);
    return decision == NULL ? 0 : decision->number;
}

static bool is_resumed(const cli_account *account)
{
    return number_of(account, HF_DECIDED_RESUMPTION) != 0;
}

static bool is_tls13(const cli_account *account)
{
    return number_of(account, HF_DECIDED_VERSION) == HF_TLS13;
}

static uint32_t hash_size(const cli_account *account)
{
    const char *name = hf_tls_suite_name((uint16_t)number_of(account, HF_DECIDED_SUITE));
    return name != NULL && strstr(name, "SHA384") != NULL ? 48 : 32;
}

/* All messages that only a handshake in full has. */
static uint32_t full_bytes(const cli_account *account)
{
    static const uint8_t TYPES[] = {
        CERTIFICATE,        SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST, SERVER_HELLO_DONE,
        CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, CERTIFICATE_STATUS,
    };
    uint32_t sum = 0;
    for (size_t i = 0; i < sizeof TYPES; i++) {
        sum += account->budget->messages[IN][TYPES[i]] + account->budget->messages[OUT][TYPES[i]];
    }
    return sum;
}

/* And what only a resumed one has. */
static uint32_t resumed_bytes(const cli_account *account)
{
    uint32_t ticket = account->budget->ticket;
    if (is_tls13(account)) {
        return PSK_IN_HELLO + PSK_IN_ANSWER + hash_size(account) + ticket;
    }
    /* RFC 5077 3.4: with a ticket goes a session id, which comes back when the ticket is taken. */
    return ticket != 0 ? ticket + 2 * SESSION_ID : SESSION_ID;
}

static bool resume(const cli_account *account, cli_advice *advice)
{
    bool none_given = account->keeps_session && !account->has_session;
    uint32_t full = full_bytes(account);
    uint32_t more = resumed_bytes(account);
    if (!account->open || is_resumed(account) || account->psk || none_given ||
        (full <= more && account->budget->untold == 0)) {
        return false;
    }
    advice->done = account->has_session;
    advice->about = account->budget->ticket == 0;
    advice->bytes = account->budget->untold > 0 ? 0 : full - more;
    (void)cli_budget_work(account->budget, is_tls13(account) ? PROVING : PROVING | AGREEING,
                          &advice->cpu);
    if (!is_tls13(account)) {
        advice->round_trips = 1;
        advice->wait = cli_budget_round_trip(account->budget);
    }
    return true;
}

/* A resumed handshake of TLS 1.2 has as few round trips as one of TLS 1.3. */
static bool tls13(const cli_account *account, cli_advice *advice)
{
    advice->round_trips = 1;
    advice->wait = cli_budget_round_trip(account->budget);
    return account->open && number_of(account, HF_DECIDED_VERSION) == HF_TLS12 &&
           !is_resumed(account);
}

/* The first ClientHello and the answer to it. */
static bool retry(const cli_account *account, cli_advice *advice)
{
    const cli_budget *budget = account->budget;
    advice->group = number_of(account, HF_DECIDED_RETRY);
    if (advice->group == 0) {
        return false;
    }
    for (size_t i = 0; i < budget->steps_count; i++) {
        const cli_step *step = &budget->steps[i];
        if (step->kind == HF_EVENT_MESSAGE && step->type == CLIENT_HELLO && advice->bytes == 0) {
            advice->bytes = step->size;
        }
        if (step->retry) { /* it is not encrypted, so its size is known */
            advice->bytes += step->size;
        }
    }
    advice->round_trips = 1;
    advice->wait = cli_budget_round_trip(budget);
    return true;
}

static uint32_t beyond(size_t size, uint32_t other)
{
    return size > other ? (uint32_t)size - other : 0;
}

/* What a certificate is larger than one with a P-256 key, signed by such a key. */
static uint32_t rsa_surplus(hf_span der, bool leaf, bool signed_with_it)
{
    hf_certificate certificate;
    uint32_t surplus = 0;
    if (der.ptr == NULL || hf_x509_parse(&certificate, der, NULL) != HF_OK) {
        return 0;
    }
    if (certificate.signature_kind == HF_RSA_PKCS1 || certificate.signature_kind == HF_RSA_PSS) {
        surplus += beyond(certificate.signature.len, P256_SIGNATURE);
    }
    if (certificate.key.kind == HF_KEY_RSA) {
        surplus += beyond(certificate.spki.len, P256_KEY);
        surplus += leaf && signed_with_it ? beyond(certificate.key.point.len, P256_SIGNATURE) : 0;
    }
    return surplus;
}

static bool server_ecdsa(const cli_account *account, cli_advice *advice)
{
    const cli_chain *chain = account->chain;
    bool proved = number_of(account, HF_DECIDED_PEER_SCHEME) != 0;
    for (size_t i = 0; i < chain->count && i < CLI_CHAIN_MAX; i++) {
        advice->bytes += rsa_surplus((hf_span){chain->der[i], chain->len[i]}, i == 0, proved);
    }
    advice->about = true;
    return account->open && advice->bytes > 0;
}

static bool our_ecdsa(const cli_account *account, cli_advice *advice)
{
    if (!account->open || account->budget->messages[OUT][CERTIFICATE_VERIFY] == 0) {
        return false;
    }
    for (size_t i = 0; i < account->ours_count; i++) {
        advice->bytes += rsa_surplus(account->ours[i], i == 0, true);
    }
    advice->about = true;
    return advice->bytes > 0;
}

/* Those behind the anchor: their bytes are what is left of the message. */
static bool spare(const cli_account *account, cli_advice *advice)
{
    const cli_chain *chain = account->chain;
    uint32_t each = is_tls13(account) ? LIST_HEADER + 2 : LIST_HEADER; /* with extensions */
    size_t known = MESSAGE_HEADER + LIST_HEADER + (is_tls13(account) ? 1 : 0);
    size_t seen = 0;
    for (size_t i = 0; i < chain->count && i < CLI_CHAIN_MAX; i++) {
        if (chain->der[i] != NULL) {
            known += chain->len[i] + each;
            seen++;
        }
    }
    advice->about = true;
    advice->count = (uint32_t)(chain->count - seen);
    advice->bytes = beyond(account->budget->messages[IN][CERTIFICATE], (uint32_t)known);
    return account->open && account->budget->untold == 0 && seen > 0 && advice->count > 0 &&
           advice->bytes > 0;
}

static bool remember(const cli_account *account, cli_advice *advice)
{
    advice->count =
        cli_budget_work(account->budget, WORKS(HF_WORK_VERIFY_CERTIFICATE), &advice->cpu);
    return account->open && !account->remembers && !account->unchecked && advice->count > 0;
}

size_t cli_advice_find(const cli_account *account, cli_advice list[CLI_ADVICE_MAX])
{
    static bool (*const FINDERS[CLI_ADVICE_MAX])(const cli_account *, cli_advice *) = {
        [CLI_ADVICE_RESUME] = resume,       [CLI_ADVICE_TLS13] = tls13,
        [CLI_ADVICE_RETRY] = retry,         [CLI_ADVICE_SERVER_ECDSA] = server_ecdsa,
        [CLI_ADVICE_OUR_ECDSA] = our_ecdsa, [CLI_ADVICE_SPARE] = spare,
        [CLI_ADVICE_REMEMBER] = remember,
    };
    size_t count = 0;
    for (uint8_t kind = 0; kind < CLI_ADVICE_MAX; kind++) {
        cli_advice advice = {.kind = kind};
        if (FINDERS[kind](account, &advice)) {
            list[count++] = advice;
        }
    }
    return count;
}

/* ---- in words */

void cli_advice_what(const cli_advice *advice, char *text, size_t cap)
{
    const char *group = hf_tls_group_name((uint16_t)advice->group);
    switch ((cli_advice_kind)advice->kind) {
    case CLI_ADVICE_RESUME:
        (void)snprintf(text, cap, "%s",
                       advice->done ? "the session that is kept now, next time"
                                    : "a session kept for the next time (--session FILE)");
        break;
    case CLI_ADVICE_TLS13:
        (void)snprintf(text, cap, "TLS 1.3 instead of 1.2");
        break;
    case CLI_ADVICE_RETRY:
        (void)snprintf(text, cap, "the group that the server wants, %s, as the first of ours",
                       group != NULL ? group : "another one");
        break;
    case CLI_ADVICE_SERVER_ECDSA:
        (void)snprintf(text, cap, "ECDSA keys (P-256) instead of RSA in the server's chain");
        break;
    case CLI_ADVICE_OUR_ECDSA:
        (void)snprintf(text, cap, "ECDSA keys (P-256) instead of RSA in this device's chain");
        break;
    case CLI_ADVICE_SPARE:
        (void)snprintf(text, cap,
                       "a server that leaves out %" PRIu32 " certificate%s nobody looks at",
                       advice->count, advice->count == 1 ? "" : "s");
        break;
    case CLI_ADVICE_REMEMBER:
        (void)snprintf(text, cap, "the server's chain remembered (--remember FILE)");
        break;
    }
}

/* "saves A", "saves A and B", "saves A, B and C". */
static void join(char *text, size_t cap, const char parts[][64], size_t count)
{
    text[0] = 0;
    for (size_t i = 0; i < count; i++) {
        cli_add(text, cap, "%s%s", i == 0 ? "saves " : i + 1 < count ? ", " : " and ", parts[i]);
    }
}

void cli_advice_gain(const cli_advice *advice, char *text, size_t cap)
{
    char ms[CLI_MS_SIZE];
    char parts[4][64];
    size_t count = 0;
    if (advice->kind == CLI_ADVICE_REMEMBER) {
        (void)snprintf(parts[count++], sizeof parts[0], "%" PRIu32 " signature check%s",
                       advice->count, advice->count == 1 ? "" : "s");
    }
    if (advice->bytes > 0) {
        (void)snprintf(parts[count++], sizeof parts[0], "%s%" PRIu32 " bytes",
                       advice->about ? "about " : "", advice->bytes);
    }
    if (advice->cpu > 0) {
        (void)snprintf(parts[count++], sizeof parts[0], "%s of computing here",
                       cli_ms(advice->cpu, ms));
    }
    if (advice->round_trips > 0) {
        (void)snprintf(parts[count++], sizeof parts[0], "%" PRIu32 " round trip%s (%s)",
                       advice->round_trips, advice->round_trips == 1 ? "" : "s",
                       cli_ms(advice->wait, ms));
    }
    join(text, cap, parts, count);
}
