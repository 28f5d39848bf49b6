/* The key exchange of TLS 1.2, signatures over the handshake, and tickets (RFC 5246 7.4.3, 7.4.7;
 * RFC 8422 5.4; RFC 4279; RFC 5489; RFC 8446 4.4.3, 4.6.1; RFC 5077 3.3).
 *
 * The form of the key exchange messages follows from the suite, and stands nowhere in them. Where
 * the suite is not known, the form that fits the bytes is taken.
 */
#include "trace/dissect_names.h"
#include "trace/dissect_parts.h"

#include <inttypes.h>
#include <string.h>

typedef enum exchange_kind {
    KIND_UNKNOWN,
    KIND_ECDHE,
    KIND_DHE,
    KIND_RSA,
    KIND_OTHER, /* with a form of its own that is not read here */
} exchange_kind;

typedef struct exchange_form {
    exchange_kind kind;
    bool psk;  /* an identity (hint) stands before */
    bool only; /* and nothing else */
    bool signed_;
} exchange_form;

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* IANA's names say the exchange first. */
static exchange_form form_of(uint16_t suite)
{
    const char *name = hf_any_suite_name(suite);
    exchange_form form = {.kind = KIND_OTHER};
    form.psk = strstr(name, "PSK_") != NULL;
    form.signed_ = !form.psk && strstr(name, "_anon_") == NULL;
    if (begins(name, "TLS_ECDHE_") || begins(name, "TLS_ECDH_")) {
        form.kind = KIND_ECDHE;
    } else if (begins(name, "TLS_DHE_") || begins(name, "TLS_DH_") ||
               begins(name, "TLS_PSK_DHE_")) {
        form.kind = KIND_DHE;
    } else if (begins(name, "TLS_RSA_")) {
        form.kind = KIND_RSA;
    } else if (begins(name, "TLS_PSK_")) {
        form.only = true;
    } else if (strcmp(name, "unknown") == 0 || suite == 0) {
        form = (exchange_form){.kind = KIND_UNKNOWN};
    }
    return form;
}

void hf_dissect_signed(hf_fields *f, hf_reader *r)
{
    (void)hf_fields_named(f, r, "algorithm", 2, hf_any_scheme_name);
    (void)hf_fields_vec(f, r, "signature", 2, 0, 0xffff);
}

void hf_dissect_certificate_verify(hf_fields *f, hf_reader *r)
{
    hf_dissect_signed(f, r);
}

/* RFC 8422 5.4; the explicit curves of RFC 4492 are not read. */
static void ec_parameters(hf_fields *f, hf_reader *r)
{
    uint32_t type = hf_fields_named(f, r, "curve_type", 1, hf_curve_type_name);
    if (type != 3) {
        (void)hf_fields_rest(f, r, "explicit_curve");
        return;
    }
    (void)hf_fields_named(f, r, "namedcurve", 2, hf_any_group_name);
    (void)hf_fields_vec(f, r, "public", 1, 1, 255);
}

static void say_bits(hf_fields *f, const hf_reader *r)
{
    hf_reader look = *r;
    hf_span number = hf_read_vec(&look, 2, 1, 0xffff);
    while (number.len > 0 && number.ptr[0] == 0) {
        number.ptr++;
        number.len--;
    }
    size_t bits = number.len * 8;
    for (unsigned top = number.len > 0 ? number.ptr[0] : 0x80; (top & 0x80) == 0; top <<= 1) {
        bits--;
    }
    hf_fields_say(f, "%zu bits", bits);
}

static void dh_number(hf_fields *f, hf_reader *r, const char *name)
{
    say_bits(f, r);
    (void)hf_fields_vec(f, r, name, 2, 1, 0xffff);
}

static exchange_form server_form(const hf_fields *f, const hf_reader *r)
{
    exchange_form form = form_of(f->as->suite);
    hf_reader look = *r;
    if (form.kind == KIND_UNKNOWN && hf_read_u8(&look) == 3) {
        form = (exchange_form){.kind = KIND_ECDHE, .signed_ = true};
    }
    return form;
}

void hf_dissect_server_key_exchange(hf_fields *f, hf_reader *r)
{
    exchange_form form = server_form(f, r);
    if (form.psk) {
        (void)hf_fields_text(f, r, "psk_identity_hint", 2, 0, 0xffff);
    }
    if (form.kind == KIND_ECDHE) {
        ec_parameters(f, r);
    } else if (form.kind == KIND_DHE) {
        dh_number(f, r, "dh_p");
        dh_number(f, r, "dh_g");
        dh_number(f, r, "dh_Ys");
    } else if (!form.psk) {
        (void)hf_fields_rest(f, r, "params");
        return;
    }
    if (form.signed_ && hf_fields_more(f, r)) {
        hf_dissect_signed(f, r);
    } else if (form.signed_) {
        hf_fields_tear(f, r->at, "the signature", "is missing");
    }
}

static exchange_form client_form(const hf_fields *f, const hf_reader *r)
{
    exchange_form form = form_of(f->as->suite);
    hf_reader look = *r;
    if (form.kind == KIND_UNKNOWN && hf_read_u8(&look) == hf_read_left(&look)) {
        form.kind = KIND_ECDHE;
    }
    return form;
}

void hf_dissect_client_key_exchange(hf_fields *f, hf_reader *r)
{
    exchange_form form = client_form(f, r);
    if (form.psk) {
        (void)hf_fields_text(f, r, "psk_identity", 2, 0, 0xffff);
    }
    if (form.kind == KIND_ECDHE) {
        (void)hf_fields_vec(f, r, "ecdh_Yc", 1, 1, 255);
    } else if (form.kind == KIND_DHE) {
        dh_number(f, r, "dh_Yc");
    } else if (form.kind == KIND_RSA) {
        (void)hf_fields_vec(f, r, "encrypted_pre_master_secret", 2, 0, 0xffff);
    } else if (!form.only) {
        (void)hf_fields_rest(f, r, "exchange_keys");
    }
}

/* RFC 8446 4.6.1: seven days are the most. RFC 5077 3.3: 0 says nothing. */
static void say_lifetime13(hf_fields *f, uint32_t seconds)
{
    hf_fields_say(f, "%" PRIu32 " s: ", seconds);
    if (seconds == 0) {
        hf_fields_say(f, "not to be used");
    } else {
        hf_fields_say_seconds(f, seconds);
        hf_fields_say(f, seconds > 604800 ? ", more than the 7 days that are allowed" : "");
    }
}

static void say_lifetime12(hf_fields *f, uint32_t seconds)
{
    hf_fields_say(f, "%" PRIu32 " s: ", seconds);
    if (seconds == 0) {
        hf_fields_say(f, "as long as the client likes");
    } else {
        hf_fields_say_seconds(f, seconds);
    }
}

static bool ticket_looks12(const hf_reader *r)
{
    hf_reader look = *r;
    (void)hf_read_u32(&look);
    (void)hf_read_vec(&look, 2, 0, 0xffff);
    return hf_read_done(&look);
}

void hf_dissect_new_session_ticket(hf_fields *f, hf_reader *r)
{
    if (hf_dissect_is12(f, ticket_looks12(r))) {
        (void)hf_fields_number(f, r, "ticket_lifetime_hint", 4, say_lifetime12);
        (void)hf_fields_vec(f, r, "ticket", 2, 0, 0xffff);
        return;
    }
    (void)hf_fields_number(f, r, "ticket_lifetime", 4, say_lifetime13);
    (void)hf_fields_number(f, r, "ticket_age_add", 4, NULL);
    (void)hf_fields_vec(f, r, "ticket_nonce", 1, 0, 255);
    (void)hf_fields_vec(f, r, "ticket", 2, 1, 0xffff);
    hf_dissect_extensions(f, r, HF_IN_TICKET);
}
