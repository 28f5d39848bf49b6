/* The command line: a table of flags, and the prefixes that limit a flag to one connection.
 *
 * A flag that is not here is not implemented. What stands here without a place in shim_options is
 * accepted because nothing has to be done for it; the comment says why. */
#include "shim/shim.h"

#include <stddef.h>
#include <string.h>

enum kind {
    YES,          /* sets a bool */
    NUMBER,       /* decimal, uint32_t */
    ID,           /* decimal, uint64_t */
    TEXT,         /* any text */
    LIST,         /* decimal, may repeat */
    HOLDS,        /* nothing to do */
    HOLDS_VALUED, /* nothing to do, takes a value */
};

typedef struct flag {
    const char *name;
    enum kind kind;
    size_t at;
} flag;

#define AT(member) offsetof(shim_options, member)
static const flag FLAGS[] = {
    {"-port", NUMBER, AT(port)},
    {"-ipv6", YES, AT(ipv6)},
    {"-shim-id", ID, AT(shim_id)},
    {"-server", YES, AT(server)},
    {"-resume-count", NUMBER, AT(resume_count)},
    {"-is-handshaker-supported", YES, AT(is_handshaker_supported)},
    {"-min-version", NUMBER, AT(min_version)},
    {"-max-version", NUMBER, AT(max_version)},
    {"-no-tls1", YES, AT(no_tls1)},
    {"-no-tls11", YES, AT(no_tls11)},
    {"-no-tls12", YES, AT(no_tls12)},
    {"-no-tls13", YES, AT(no_tls13)},
    {"-cipher", TEXT, AT(cipher)},
    {"-curves", LIST, AT(curves)},
    {"-verify-prefs", LIST, AT(verify_prefs)},
    {"-signing-prefs", LIST, AT(signing_prefs)},
    {"-host-name", TEXT, AT(host_name)},
    {"-advertise-alpn", TEXT, AT(advertise_alpn)},
    {"-select-alpn", TEXT, AT(select_alpn)},
    {"-select-next-proto", TEXT, AT(select_next_proto)},
    {"-decline-alpn", YES, AT(decline_alpn)},
    {"-reject-alpn", YES, AT(reject_alpn)},
    {"-cert-file", TEXT, AT(cert_file)},
    {"-key-file", TEXT, AT(key_file)},
    {"-ocsp-response", TEXT, AT(ocsp_response)},
    {"-use-client-ca-list", TEXT, AT(use_client_ca_list)},
    {"-enable-ocsp-stapling", YES, AT(enable_ocsp_stapling)},
    {"-require-any-client-certificate", YES, AT(require_any_client_certificate)},
    {"-verify-peer", YES, AT(verify_peer)},
    {"-verify-fail", YES, AT(verify_fail)},
    {"-reverify-on-resume", YES, AT(reverify_on_resume)},
    {"-no-ticket", YES, AT(no_ticket)},
    {"-ticket-key", TEXT, AT(ticket_key)},
    {"-async", YES, AT(async)},
    {"-implicit-handshake", YES, AT(implicit_handshake)},
    {"-shim-writes-first", YES, AT(shim_writes_first)},
    {"-read-with-unfinished-write", YES, AT(read_with_unfinished_write)},
    {"-shim-shuts-down", YES, AT(shim_shuts_down)},
    {"-check-close-notify", YES, AT(check_close_notify)},
    {"-handshake-never-done", YES, AT(handshake_never_done)},
    {"-no-op-extra-handshake", YES, AT(no_op_extra_handshake)},
    {"-handshake-twice", YES, AT(no_op_extra_handshake)}, /* without early data the same */
    {"-peek-then-read", YES, AT(peek_then_read)},
    {"-key-update", YES, AT(key_update)},
    {"-key-update-before-read", YES, AT(key_update_before_read)},
    {"-use-exporter-between-reads", YES, AT(use_exporter_between_reads)},
    {"-read-size", NUMBER, AT(read_size)},
    {"-max-send-fragment", NUMBER, AT(max_send_fragment)},
    {"-export-keying-material", NUMBER, AT(export_keying_material)},
    {"-export-label", TEXT, AT(export_label)},
    {"-export-context", TEXT, AT(export_context)},
    {"-use-export-context", YES, AT(use_export_context)},
    {"-resumption-delay", NUMBER, AT(resumption_delay)},
    {"-expect-version", NUMBER, AT(expect_version)},
    {"-expect-cipher", NUMBER, AT(expect_cipher)},
    {"-expect-cipher-aes", NUMBER, AT(expect_cipher_aes)},
    {"-expect-curve-id", NUMBER, AT(expect_curve_id)},
    {"-expect-peer-signature-algorithm", NUMBER, AT(expect_peer_signature_algorithm)},
    {"-expect-total-renegotiations", NUMBER, AT(expect_total_renegotiations)},
    {"-expect-alpn", TEXT, AT(expect_alpn)},
    {"-expect-server-name", TEXT, AT(expect_server_name)},
    {"-expect-peer-cert-file", TEXT, AT(expect_peer_cert_file)},
    {"-expect-no-server-name", YES, AT(expect_no_server_name)},
    {"-expect-no-peer-cert", YES, AT(expect_no_peer_cert)},
    {"-expect-verify-result", YES, AT(expect_verify_result)},
    {"-expect-hrr", YES, AT(expect_hrr)},
    {"-expect-no-hrr", YES, AT(expect_no_hrr)},
    {"-expect-extended-master-secret", YES, AT(expect_extended_master_secret)},
    {"-expect-secure-renegotiation", YES, AT(expect_secure_renegotiation)},
    {"-expect-session-miss", YES, AT(expect_session_miss)},
    {"-expect-session-id", YES, AT(expect_session_id)},
    {"-expect-no-session-id", YES, AT(expect_no_session_id)},
    {"-expect-no-session", YES, AT(expect_no_session)},
    {"-expect-ticket-renewal", YES, AT(expect_ticket_renewal)},
    {"-hf-input", NUMBER, AT(input_size)},
    {"-hf-output", NUMBER, AT(output_size)},
    {"-hf-certificate", NUMBER, AT(certificate_size)},

    /* For others' eyes only, or a choice that this library does not have to be asked for. */
    {"-write-settings", HOLDS_VALUED, 0},
    {"-handshaker-path", HOLDS_VALUED, 0},
    {"-trust-cert", HOLDS_VALUED, 0}, /* any chain is accepted unless a flag says otherwise */
    {"-use-custom-verify-callback", HOLDS, 0}, /* there is one way: hf_hooks.authorise */
    {"-use-early-callback", HOLDS, 0},         /* our identity is known before it is needed */
    {"-use-old-client-cert-callback", HOLDS, 0},
    {"-install-ddos-callback", HOLDS, 0},
    {"-server-preference", HOLDS, 0}, /* a server always chooses by its own order */
    {"-partial-write", HOLDS, 0},
    {"-expect-cipher-no-aes", HOLDS_VALUED, 0}, /* the order does not depend on the processor */

    /* Never negotiated (NPN), or never done (renegotiation). */
    {"-expect-no-next-proto", HOLDS, 0},
    {"-renegotiate-ignore", HOLDS, 0},
};

static const flag *find(const char *name)
{
    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++) {
        if (strcmp(FLAGS[i].name, name) == 0) {
            return &FLAGS[i];
        }
    }
    return NULL;
}

static bool takes_value(const flag *f)
{
    return f->kind != YES && f->kind != HOLDS;
}

static bool add(shim_list *list, const char *text)
{
    uint64_t number = 0;
    if (list->count == SHIM_LIST_MAX || !shim_number(&number, UINT16_MAX, text)) {
        return false;
    }
    list->numbers[list->count++] = (uint16_t)number;
    return true;
}

static bool set(shim_options *options, const flag *f, const char *value)
{
    void *at = (char *)options + f->at;
    uint64_t number = 0;
    switch (f->kind) {
    case YES:
        *(bool *)at = true;
        return true;
    case NUMBER:
        if (!shim_number(&number, UINT32_MAX, value)) {
            return false;
        }
        *(uint32_t *)at = (uint32_t)number;
        return true;
    case ID:
        return shim_number(at, UINT64_MAX, value);
    case TEXT:
        *(const char **)at = value;
        return true;
    case LIST:
        return add(at, value);
    case HOLDS:
    case HOLDS_VALUED:
        return true;
    }
    return false;
}

/* Takes "-on-initial" off the name's front, and says which options are meant. */
static const char *without_prefix(shim_flags *flags, const char *name, shim_options *meant[3])
{
    const struct {
        const char *text;
        shim_options *options;
    } prefixes[] = {
        {"-on-initial-", &flags->initial},
        {"-on-resume-", &flags->resume},
        {"-on-retry-", &flags->retry},
    };
    meant[0] = &flags->initial;
    meant[1] = &flags->resume;
    meant[2] = &flags->retry;
    if (strncmp(name, "-on-shim-", 9) == 0) { /* not for the runner's second process */
        name += 8;
    }
    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(prefixes[i].text) - 1;
        if (strncmp(name, prefixes[i].text, len + 1) == 0) {
            meant[0] = prefixes[i].options;
            meant[1] = meant[2] = NULL;
            return name + len;
        }
    }
    return name;
}

int shim_read_flags(shim_flags *flags, int count, char **words)
{
    for (int i = 1; i < count; i++) {
        shim_options *meant[3];
        const char *given = words[i];
        const flag *f = find(without_prefix(flags, given, meant));
        if (f == NULL) {
            return shim_unimplemented("flag %s", given);
        }
        const char *value = NULL;
        if (takes_value(f)) {
            i++;
            value = i < count ? words[i] : NULL;
            if (value == NULL) {
                return shim_bad_flag(given, "its value is missing");
            }
        }
        for (size_t k = 0; k < 3 && meant[k] != NULL; k++) {
            if (!set(meant[k], f, value)) {
                return shim_bad_flag(given, "no value of its kind");
            }
        }
    }
    return SHIM_OK;
}
