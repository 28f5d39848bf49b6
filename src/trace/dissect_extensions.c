/* The extension block, and the extensions whose content is one number, one list or one vector
 * (RFC 8446 4.2, RFC 6066, RFC 8449...). The others stand in dissect_extension_bodies.c. Unknown
 * ones are given with their bytes.
 */
#include "trace/dissect_names.h"
#include "trace/dissect_parts.h"

#include <string.h>

static void groups(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    hf_fields_list(f, r, "named_group_list", 2, "named_group", 2, hf_any_group_name);
}

static void schemes(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    hf_fields_list(f, r, "supported_signature_algorithms", 2, "signature_scheme", 2,
                   hf_any_scheme_name);
}

static void point_formats(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    hf_fields_list(f, r, "ec_point_format_list", 1, "ec_point_format", 1, hf_point_format_name);
}

static void psk_modes(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    hf_fields_list(f, r, "ke_modes", 1, "ke_mode", 1, hf_psk_mode_name);
}

static void squeezers(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    hf_fields_list(f, r, "algorithms", 1, "algorithm", 2, hf_squeezer_name);
}

static void max_fragment(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    (void)hf_fields_named(f, r, "max_fragment_length", 1, hf_fragment_name);
}

static void heartbeat(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    (void)hf_fields_named(f, r, "heartbeat_mode", 1, hf_heartbeat_mode_name);
}

/* RFC 8449 4: with TLS 1.3 the limit counts the content type and padding. */
static void say_limit(hf_fields *f, uint32_t limit)
{
    hf_fields_say(f, limit < 64 ? "%u bytes: less than the 64 that are allowed" : "%u bytes",
                  (unsigned)limit);
}

static void record_limit(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    (void)hf_fields_number(f, r, "record_size_limit", 2, say_limit);
}

static void cookie(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    (void)hf_fields_vec(f, r, "cookie", 2, 1, 0xffff);
}

/* RFC 5746 3.2 */
static void renegotiation(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    hf_reader look = *r;
    if (hf_read_u8(&look) == 0) {
        hf_fields_say(f, "empty: the first handshake of a connection");
    }
    (void)hf_fields_vec(f, r, "renegotiated_connection", 1, 0, 255);
}

static void ticket(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    (void)hf_fields_rest(f, r, "ticket");
}

static void say_early(hf_fields *f, uint32_t size)
{
    hf_fields_say(f, "%u bytes", (unsigned)size);
}

static void early_data(hf_fields *f, hf_reader *r, unsigned place)
{
    if (place == HF_IN_TICKET) {
        (void)hf_fields_number(f, r, "max_early_data_size", 4, say_early);
    }
}

/* RFC 8446 4.2.5 */
static void oid_filters(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    hf_reader list = hf_fields_enter(f, r, "filters", 2, 0, 0xffff);
    while (hf_fields_more(f, &list)) {
        (void)hf_fields_vec(f, &list, "certificate_extension_oid", 1, 1, 255);
        (void)hf_fields_vec(f, &list, "certificate_extension_values", 2, 0, 0xffff);
    }
    hf_fields_leave(f, &list);
}

static void connection_id(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    (void)hf_fields_vec(f, r, "cid", 1, 0, 255);
}

static void padding(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    (void)hf_fields_rest(f, r, "padding");
}

/* An extension that is empty says all by being there; only where another form exists as well, or
 * where what it must hold is missing, is there something to read. */
typedef struct extension_form {
    uint16_t type;
    bool may_be_empty;
    hf_dissect_extension *read; /* NULL: always empty */
} extension_form;

static const extension_form FORMS[] = {
    {HF_EXT_SERVER_NAME, true, hf_dissect_server_name},
    {HF_EXT_MAX_FRAGMENT_LENGTH, false, max_fragment},
    {HF_EXT_STATUS_REQUEST, true, hf_dissect_status_request},
    {HF_EXT_SUPPORTED_GROUPS, false, groups},
    {HF_EXT_EC_POINT_FORMATS, false, point_formats},
    {HF_EXT_SIGNATURE_ALGORITHMS, false, schemes},
    {HF_EXT_HEARTBEAT, false, heartbeat},
    {HF_EXT_ALPN, false, hf_dissect_alpn},
    {HF_EXT_CLIENT_CERTIFICATE_TYPE, false, hf_dissect_certificate_types},
    {HF_EXT_SERVER_CERTIFICATE_TYPE, false, hf_dissect_certificate_types},
    {HF_EXT_PADDING, true, padding},
    {HF_EXT_ENCRYPT_THEN_MAC, true, NULL},
    {HF_EXT_EXTENDED_MASTER_SECRET, true, NULL},
    {27, false, squeezers},
    {HF_EXT_RECORD_SIZE_LIMIT, false, record_limit},
    {34, false, schemes},
    {HF_EXT_SESSION_TICKET, true, ticket},
    {HF_EXT_PRE_SHARED_KEY, false, hf_dissect_pre_shared_key},
    {HF_EXT_EARLY_DATA, true, early_data},
    {HF_EXT_SUPPORTED_VERSIONS, false, hf_dissect_versions},
    {HF_EXT_COOKIE, false, cookie},
    {HF_EXT_PSK_KEY_EXCHANGE_MODES, false, psk_modes},
    {HF_EXT_CERTIFICATE_AUTHORITIES, false, hf_dissect_authorities},
    {HF_EXT_OID_FILTERS, false, oid_filters},
    {HF_EXT_POST_HANDSHAKE_AUTH, true, NULL},
    {HF_EXT_SIGNATURE_ALGORITHMS_CERT, false, schemes},
    {HF_EXT_KEY_SHARE, false, hf_dissect_key_share},
    {54, false, connection_id},
    {HF_EXT_RENEGOTIATION_INFO, false, renegotiation},
};

static const extension_form *find_form(uint16_t type)
{
    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        if (FORMS[i].type == type) {
            return &FORMS[i];
        }
    }
    return NULL;
}

/* What has no form here is given as it is. */
static void read_body(hf_fields *f, hf_reader *body, uint16_t type, unsigned place)
{
    const extension_form *form = find_form(type);
    bool empty = hf_read_left(body) == 0;
    if (form == NULL) {
        if (!empty) {
            (void)hf_fields_rest(f, body, "extension_data");
        }
    } else if (empty && !form->may_be_empty) {
        hf_fields_tear(f, body->at, hf_extension_name(type), "is empty");
    } else if (!empty && form->read != NULL) {
        form->read(f, body, place);
    }
}

static void read_one(hf_fields *f, hf_reader *list, unsigned place)
{
    hf_reader look = *list;
    uint16_t type = hf_read_u16(&look);
    size_t len = hf_read_u16(&look);
    if (look.bad) {
        hf_fields_tear(f, list->at, "an extension", "is cut off in its header");
        return;
    }
    size_t there = len < hf_read_left(&look) ? len : hf_read_left(&look);
    hf_fields_say(f, "extension %u, %zu byte%s", (unsigned)type, len, len == 1 ? "" : "s");
    if (there < len) {
        hf_fields_say(f, ", %zu of them there", there);
        f->cut = look.end;
    }
    const char *name = hf_extension_name(type);
    bool unnamed = strcmp(name, "unknown") == 0;
    (void)hf_read_bytes(&look, there);
    hf_reader body = hf_fields_open(f, list, unnamed ? "unknown_extension" : name, &look, 4);
    read_body(f, &body, type, place);
    hf_fields_leave(f, &body);
}

void hf_dissect_extensions(hf_fields *f, hf_reader *r, unsigned place)
{
    hf_reader list = hf_fields_enter(f, r, "extensions", 2, 0, 0xffff);
    while (hf_fields_more(f, &list)) {
        read_one(f, &list, place);
    }
    hf_fields_leave(f, &list);
}
