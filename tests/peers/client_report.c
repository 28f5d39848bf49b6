/* The test client's result as one line of JSON. See client.h. */
#include "peers/client.h"

#include <stdio.h>
#include <string.h>

static void print_text(const char *name, const char *text)
{
    printf(", \"%s\": \"%s\"", name, text == NULL ? "" : text);
}

static void print_number(const char *name, unsigned long long number)
{
    printf(", \"%s\": %llu", name, number);
}

static void print_bool(const char *name, bool value)
{
    printf(", \"%s\": %s", name, value ? "true" : "false");
}

/* Bytes as latin-1 characters. */
static void print_bytes(const char *name, const uint8_t *ptr, size_t len)
{
    printf(", \"%s\": \"", name);
    for (size_t i = 0; i < len; i++) {
        if (ptr[i] < 0x20 || ptr[i] > 0x7e || ptr[i] == '"' || ptr[i] == '\\') {
            printf("\\u%04x", ptr[i]);
        } else {
            putchar(ptr[i]);
        }
    }
    putchar('"');
}

static void print_hex(const char *name, const uint8_t *ptr, size_t len)
{
    printf(", \"%s\": \"", name);
    for (size_t i = 0; i < len; i++) {
        printf("%02x", ptr[i]);
    }
    putchar('"');
}

static void print_error(const client *c)
{
    static const char *const BY[] = {"none", "sent", "received"};
    const hf_error *error = hf_tls_error(&c->tls);
    printf("{\"code\": \"%s\"", c->code == HF_OK ? "HF_OK" : hf_error_name(c->code));
    print_text("where", c->where);
    print_text("error", error->code == HF_OK ? "HF_OK" : hf_error_name((hf_code)error->code));
    print_text("alert_by", BY[error->alert_by]);
    print_text("alert", error->alert_by == HF_ALERT_NONE ? "" : hf_alert_name(error->alert));
    print_text("stage", hf_stage_name((hf_stage)error->stage));
    print_number("step", error->step);
    print_number("depth", error->depth);
    print_number("offset", error->offset);
    print_number("detail", error->detail);
    printf(", \"system\": %ld, \"errno\": %d", (long)error->system, c->system);
}

static void print_facts(const client *c)
{
    const hf_tls *tls = &c->tls;
    unsigned wants = hf_tls_wants(tls);
    print_number("version", hf_tls_version(tls));
    print_number("suite", hf_tls_suite(tls));
    print_text("suite_name", hf_tls_suite_name(hf_tls_suite(tls)));
    print_text("group", hf_tls_group_name(hf_tls_group(tls)));
    print_text("scheme", hf_tls_scheme_name(hf_tls_peer_scheme(tls)));
    print_text("alpn", hf_tls_alpn(tls));
    print_bool("retried", hf_tls_retried(tls));
    print_bool("sent_certificate", hf_tls_sent_certificate(tls));
    print_bool("resumed", hf_tls_resumed(tls));
    print_bool("offered", hf_tls_offered_session(tls));
    print_bool("open", c->opened);
    print_bool("closed", (wants & HF_IS_CLOSED) != 0);
    print_bool("eof", c->eof);
    print_number("records_in", hf_tls_records_in(tls));
    print_number("records_out", hf_tls_records_out(tls));
    print_number("record_limit", c->opened ? hf_tls_record_limit(tls) : 0);
}

void client_report(client *c)
{
    uint8_t hash[HF_HASH_MAX];
    size_t kept = c->received < CLIENT_KEPT_MAX ? c->received : CLIENT_KEPT_MAX;
    print_error(c);
    print_facts(c);
    print_number("bytes_in", c->bytes_in);
    print_number("bytes_out", c->bytes_out);
    print_number("sent", c->sent);
    print_number("received", c->received);
    print_number("sessions", c->session.taken);
    print_number("session_len", c->session.len);
    print_number("runs", c->runs);
    print_number("asked", c->asked);
    print_number("updates", c->updates);
    print_number("folds", c->folds);
    print_number("certificates", c->certificates);
    hf_hash_final(&c->data_hash, hash);
    print_hex("sha256", hash, 32);
    print_text("export_code", c->export_code == HF_OK ? "HF_OK" : hf_error_name(c->export_code));
    print_hex("exported", c->exported, c->export_len);
    print_bytes("data", c->kept, kept);
    printf("}\n");
}
