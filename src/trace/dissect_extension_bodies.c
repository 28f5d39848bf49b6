/* Extensions that have another form in each place, or structures inside (RFC 8446 4.2, RFC 6066,
 * RFC 7250, RFC 7301).
 */
#include "trace/dissect_names.h"
#include "trace/dissect_parts.h"

#include <inttypes.h>

/* RFC 6066 3 */
void hf_dissect_server_name(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    hf_reader list = hf_fields_enter(f, r, "server_name_list", 2, 1, 0xffff);
    while (hf_fields_more(f, &list)) {
        (void)hf_fields_named(f, &list, "name_type", 1, hf_name_type_name);
        (void)hf_fields_text(f, &list, "host_name", 2, 1, 0xffff);
    }
    hf_fields_leave(f, &list);
}

/* RFC 7301 3.1 */
void hf_dissect_alpn(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    hf_reader list = hf_fields_enter(f, r, "protocol_name_list", 2, 2, 0xffff);
    while (hf_fields_more(f, &list)) {
        (void)hf_fields_text(f, &list, "protocol_name", 1, 1, 255);
    }
    hf_fields_leave(f, &list);
}

/* RFC 6066 8; in a certificate RFC 8446 4.4.2.1 */
void hf_dissect_status_request(hf_fields *f, hf_reader *r, unsigned place)
{
    if (place == HF_IN_CERTIFICATE) {
        hf_dissect_status(f, r);
        return;
    }
    (void)hf_fields_named(f, r, "status_type", 1, hf_status_type_name);
    (void)hf_fields_vec(f, r, "responder_id_list", 2, 0, 0xffff);
    (void)hf_fields_vec(f, r, "request_extensions", 2, 0, 0xffff);
}

void hf_dissect_names(hf_fields *f, hf_reader *r)
{
    hf_reader list = hf_fields_enter(f, r, "certificate_authorities", 2, 0, 0xffff);
    while (hf_fields_more(f, &list)) {
        hf_reader look = list;
        hf_span name = hf_read_vec(&look, 2, 1, 0xffff);
        hf_fields_say_dn(f, name);
        (void)hf_fields_vec(f, &list, "distinguished_name", 2, 1, 0xffff);
    }
    hf_fields_leave(f, &list);
}

void hf_dissect_authorities(hf_fields *f, hf_reader *r, unsigned place)
{
    (void)place;
    hf_dissect_names(f, r);
}

/* RFC 7250 3: the client lists, the server chooses. */
void hf_dissect_certificate_types(hf_fields *f, hf_reader *r, unsigned place)
{
    if (place == HF_IN_CLIENT_HELLO) {
        hf_fields_list(f, r, "certificate_types", 1, "certificate_type", 1,
                       hf_certificate_type_name);
    } else {
        (void)hf_fields_named(f, r, "certificate_type", 1, hf_certificate_type_name);
    }
}

/* RFC 8446 4.2.1 */
void hf_dissect_versions(hf_fields *f, hf_reader *r, unsigned place)
{
    if (place == HF_IN_CLIENT_HELLO) {
        hf_fields_list(f, r, "versions", 1, "version", 2, hf_version_name);
    } else {
        (void)hf_fields_named(f, r, "selected_version", 2, hf_version_name);
    }
}

static void key_share_entry(hf_fields *f, hf_reader *r, const char *name)
{
    hf_reader behind = *r;
    uint16_t group = hf_read_u16(&behind);
    (void)hf_read_vec(&behind, 2, 1, 0xffff);
    hf_fields_say_name(f, hf_any_group_name, group, 2);
    hf_reader entry = hf_fields_open(f, r, name, &behind, 0);
    (void)hf_fields_named(f, &entry, "group", 2, hf_any_group_name);
    (void)hf_fields_vec(f, &entry, "key_exchange", 2, 1, 0xffff);
    hf_fields_leave(f, &entry);
}

/* RFC 8446 4.2.8 */
void hf_dissect_key_share(hf_fields *f, hf_reader *r, unsigned place)
{
    if (place == HF_IN_HELLO_RETRY) {
        (void)hf_fields_named(f, r, "selected_group", 2, hf_any_group_name);
        return;
    }
    if (place != HF_IN_CLIENT_HELLO) {
        key_share_entry(f, r, "server_share");
        return;
    }
    hf_reader list = hf_fields_enter(f, r, "client_shares", 2, 0, 0xffff);
    while (hf_fields_more(f, &list)) {
        key_share_entry(f, &list, "key_share_entry");
    }
    hf_fields_leave(f, &list);
}

/* RFC 8446 4.2.11.1: added to the real one, so that connections cannot be told to belong together.
 */
static void say_age(hf_fields *f, uint32_t age)
{
    hf_fields_say(f, "%" PRIu32 ": the ticket's age in milliseconds plus its ticket_age_add", age);
}

static void psk_identity(hf_fields *f, hf_reader *r)
{
    hf_reader behind = *r;
    hf_span identity = hf_read_vec(&behind, 2, 1, 0xffff);
    (void)hf_read_u32(&behind);
    hf_reader entry = hf_fields_open(f, r, "psk_identity", &behind, 0);
    hf_fields_say_identity(f, identity);
    (void)hf_fields_vec(f, &entry, "identity", 2, 1, 0xffff);
    (void)hf_fields_number(f, &entry, "obfuscated_ticket_age", 4, say_age);
    hf_fields_leave(f, &entry);
}

/* RFC 8446 4.2.11 */
void hf_dissect_pre_shared_key(hf_fields *f, hf_reader *r, unsigned place)
{
    if (place != HF_IN_CLIENT_HELLO) {
        (void)hf_fields_number(f, r, "selected_identity", 2, NULL);
        return;
    }
    hf_reader identities = hf_fields_enter(f, r, "identities", 2, 7, 0xffff);
    while (hf_fields_more(f, &identities)) {
        psk_identity(f, &identities);
    }
    hf_fields_leave(f, &identities);
    hf_reader binders = hf_fields_enter(f, r, "binders", 2, 33, 0xffff);
    while (hf_fields_more(f, &binders)) {
        (void)hf_fields_vec(f, &binders, "psk_binder_entry", 1, 32, 255);
    }
    hf_fields_leave(f, &binders);
}
