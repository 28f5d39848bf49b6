/* ClientHello, ServerHello, HelloRetryRequest, EncryptedExtensions (RFC 8446 4.1, 4.3.1; RFC 5246
 * 7.4.1). What the random of a server says besides is told: a HelloRetryRequest, a downgrade.
 */
#include "trace/dissect_names.h"
#include "trace/dissect_parts.h"

#include <handfast/config.h>

#include <string.h>

#define RANDOM 32u

/* RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t RETRY_RANDOM[RANDOM] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static bool is_retry(hf_span random)
{
    return random.len == RANDOM && memcmp(random.ptr, RETRY_RANDOM, RANDOM) == 0;
}

/* RFC 8446 4.1.3: how a server marks that it was asked for less than it speaks. */
static void say_random(hf_fields *f, hf_span random)
{
    static const uint8_t mark[] = {0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44};
    if (is_retry(random)) {
        hf_fields_say(f, "the fixed value that marks a HelloRetryRequest");
        return;
    }
    const uint8_t *tail = random.len == RANDOM ? random.ptr + RANDOM - 8 : NULL;
    if (tail == NULL || memcmp(tail, mark, sizeof mark) != 0 || tail[7] > 1) {
        return;
    }
    bool asked12 = tail[7] == 1;
    hf_fields_say(f,
                  "32 bytes; ends in the downgrade mark for %s: the server speaks %s, but saw an "
                  "offer of at most %s",
                  asked12 ? "TLS 1.2" : "TLS 1.1 or below",
                  asked12 ? "TLS 1.3" : "TLS 1.2 or above", asked12 ? "TLS 1.2" : "TLS 1.1");
}

/* TLS 1.2 and below may do without extensions. */
static void read_extensions(hf_fields *f, hf_reader *r, unsigned place)
{
    if (hf_fields_more(f, r)) {
        hf_dissect_extensions(f, r, place);
    }
}

void hf_dissect_client_hello(hf_fields *f, hf_reader *r)
{
    (void)hf_fields_named(f, r, "legacy_version", 2, hf_version_name);
    (void)hf_fields_bytes(f, r, "random", RANDOM);
    (void)hf_fields_vec(f, r, "legacy_session_id", 1, 0, 32);
    hf_fields_list(f, r, "cipher_suites", 2, "cipher_suite", 2, hf_any_suite_name);
    hf_fields_list(f, r, "legacy_compression_methods", 1, "compression_method", 1,
                   hf_compression_name);
    read_extensions(f, r, HF_IN_CLIENT_HELLO);
}

/* TLS 1.3 gave the fields that it has no use for other names. */
void hf_dissect_server_hello(hf_fields *f, hf_reader *r)
{
    bool old = f->as->version != 0 && f->as->version != HF_TLS13;
    hf_reader look = *r;
    (void)hf_read_u16(&look);
    hf_span random = hf_read_bytes(&look, RANDOM);
    bool retry = is_retry(random);
    (void)hf_fields_named(f, r, old ? "server_version" : "legacy_version", 2, hf_version_name);
    say_random(f, random);
    (void)hf_fields_bytes(f, r, "random", RANDOM);
    (void)hf_fields_vec(f, r, old ? "session_id" : "legacy_session_id_echo", 1, 0, 32);
    (void)hf_fields_named(f, r, "cipher_suite", 2, hf_any_suite_name);
    (void)hf_fields_named(f, r, old ? "compression_method" : "legacy_compression_method", 1,
                          hf_compression_name);
    read_extensions(f, r, retry ? HF_IN_HELLO_RETRY : HF_IN_SERVER_HELLO);
}

void hf_dissect_encrypted_extensions(hf_fields *f, hf_reader *r)
{
    hf_dissect_extensions(f, r, HF_IN_ENCRYPTED);
}
