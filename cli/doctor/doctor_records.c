/* Sizes: records, what small buffers meet, the path's dislike of TLS 1.3, and resumption. */
#include "doctor_raw.h"

#include <string.h>

void doctor_records(doctor *d, doctor_result *result)
{
    const doctor_seen *first = &d->first;
    const doctor_seen *largest = d->look.record_max > first->record_max ? &d->look : first;
    if (largest->record_max == 0) {
        doctor_skip(result, "no record was received");
        return;
    }
    doctor_see(result,
               "the largest record received had %zu bytes, the server's certificates in one "
               "message %zu",
               largest->record_max, largest->list_size);
    if (largest->data_max > 0) {
        doctor_see(result, "the largest with data had %zu bytes of content", largest->data_max);
    }
    if (first->error.code == HF_E_RECORD_TOO_LARGE) {
        doctor_see(result, "a record did not fit into the input buffer of %zu bytes",
                   d->options->tls.input_buffer);
        doctor_judge(result, DOCTOR_FAULT, CAUSE_RECORD_TOO_LARGE, HF_E_RECORD_TOO_LARGE,
                     "Give an input buffer of %u bytes (--input-buffer, hf_tls_memory.input), or "
                     "make the server send smaller records (record_size_limit, "
                     "max_fragment_length, or its own setting).",
                     first->error.detail);
    }
}

void doctor_fragments(doctor *d, doctor_result *result)
{
    const doctor_ask ask = {
        .input = DOCTOR_SMALL, .unchecked = !d->verified, .no_identity = true, .short_time = true};
    doctor_seen *small = &d->small;
    doctor_probe(d, &ask, small);
    if (small->version == 0) {
        doctor_see(result, "with an input buffer of %u bytes: %s", DOCTOR_SMALL,
                   hf_error_what((hf_code)small->error.code));
        doctor_judge(result, DOCTOR_WARNING, CAUSE_SMALL_BUFFER_REFUSED, HF_OK,
                     "The server does not bear record_size_limit or max_fragment_length: switch "
                     "them off on devices (hf_config.no_record_limits).");
        return;
    }
    const char *name = small->limit_kind == 28  ? "record_size_limit"
                       : small->limit_kind == 1 ? "max_fragment_length"
                                                : NULL;
    if (name == NULL) {
        doctor_see(result,
                   "asked for small records by record_size_limit and max_fragment_length; "
                   "the server ignores both%s",
                   d->host_rules != NULL && d->host_rules->no_fragment_length
                       ? ", as is known of it"
                       : "");
        doctor_judge(result, DOCTOR_NOTE, CAUSE_FRAGMENT_SIZE_IGNORED, HF_OK,
                     "Certificates are read in pieces all the same, but a message of the "
                     "application that does not fit into the input buffer ends the connection: "
                     "keep messages small, or give the device %u bytes.",
                     HF_TLS_INPUT_MAX);
        return;
    }
    doctor_see(result, "%s is honoured; the largest record then had %zu bytes", name,
               small->record_max);
    if (small->record_max > (size_t)DOCTOR_SMALL) {
        doctor_judge(result, DOCTOR_WARNING, CAUSE_FRAGMENT_SIZE_BROKEN, HF_OK,
                     "The server agreed to small records and sends larger ones: report it to its "
                     "maker.");
    }
}

void doctor_path(doctor *d, doctor_result *result)
{
    if (result->verdict == DOCTOR_FAULT) {
        return;
    }
    if (d->first.version == 0) {
        doctor_skip(result, "no handshake got that far");
    } else if (d->first.version == HF_TLS13) {
        doctor_see(result, "TLS 1.3 passes without its compatibility mode: nothing on this path "
                           "needs it");
    } else {
        doctor_see(result, "TLS 1.2 was agreed, which has no such mode");
    }
}

/* ---- resumption */

static void no_session(const doctor *d, doctor_result *result)
{
    bool known =
        d->host_rules != NULL && d->host_rules->no_tickets12 && d->first.version == HF_TLS12;
    doctor_see(result, "the server gives no session to resume%s",
               known ? ": its TLS 1.2 has no tickets, as is known" : "");
    doctor_judge(result, DOCTOR_NOTE, CAUSE_NO_RESUMPTION, HF_OK,
                 "Every connection costs the full handshake; switch session tickets on at the "
                 "server if that can be done.");
}

void doctor_resumption(doctor *d, doctor_result *result)
{
    if (d->session.len == 0) {
        no_session(d, result);
        return;
    }
    size_t size = d->session.len;
    if (d->first.tickets > 0) {
        doctor_see(result, "%zu ticket%s, the largest of %zu bytes; %zu bytes to be kept",
                   d->first.tickets, d->first.tickets == 1 ? "" : "s", d->first.ticket_size, size);
    } else {
        doctor_see(result, "a session of %zu bytes to be kept", size);
    }
    const doctor_ask ask = {.session = &d->session};
    doctor_probe(d, &ask, &d->resumed);
    const doctor_seen *again = &d->resumed;
    if (again->resumed && again->open) {
        doctor_see(result,
                   "a second connection was resumed: %llu bytes instead of %llu, both ways "
                   "together",
                   (unsigned long long)(again->stats.bytes_in + again->stats.bytes_out),
                   (unsigned long long)(d->first.stats.bytes_in + d->first.stats.bytes_out));
        if (size > HF_SESSION_SIZE) {
            doctor_judge(result, DOCTOR_NOTE, CAUSE_LARGE_TICKET, HF_OK,
                         "A device needs room for %zu bytes of session (HF_SESSION_SIZE is %u).",
                         size, HF_SESSION_SIZE);
        }
    } else {
        doctor_see(result, "a second connection that offered it was done in full%s%s",
                   again->open ? "" : ": ",
                   again->open ? "" : hf_error_what((hf_code)again->error.code));
        doctor_judge(result, DOCTOR_WARNING, CAUSE_RESUMPTION_BROKEN, HF_OK,
                     "The server gives tickets and does not take them: several servers behind one "
                     "address have to share their ticket keys.");
    }
}
