/* One connection of the doctor: a device's own, changed where the question asks for it, and what it
 * has shown. Each has its own configuration, so that nothing of one reaches the next, and its own
 * deadline. It goes to the one address that the steps before have found, under the host's name.
 */
#include "doctor.h"
#include "report.h"
#include "verdict.h"

#include "trace/gather.h"
#include "wire/reader.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_ROOM 65536u

/* Numbers of RFC 8446 B.1, B.3 and 4.2 */
enum {
    CONTENT_DATA = 23,
    SERVER_HELLO = 2,
    NEW_SESSION_TICKET = 4,
    ENCRYPTED_EXTENSIONS = 8,
    CERTIFICATE = 11,
    CERTIFICATE_REQUEST = 13,
    MAX_FRAGMENT_LENGTH = 1,
    RECORD_SIZE_LIMIT = 28,
    CERTIFICATE_AUTHORITIES = 47,
};

typedef struct probe {
    const doctor_ask *ask;
    doctor_seen *seen;
    hf_gather gather;
    const char *alpn[1];
    cli_options options; /* the configuration borrows from it */
    hf_conn conn;
    cli_setup setup;
    uint8_t message[MESSAGE_ROOM];
} probe;

/* ---- what events tell */

static void see_limit(doctor_seen *seen, uint16_t type, hf_span value)
{
    if (type == RECORD_SIZE_LIMIT && value.len == 2) {
        seen->limit_kind = type;
        seen->limit = (uint16_t)(value.ptr[0] << 8 | value.ptr[1]);
    } else if (type == MAX_FRAGMENT_LENGTH && value.len == 1 && value.ptr[0] >= 1 &&
               value.ptr[0] <= 4) {
        seen->limit_kind = type;
        seen->limit = (uint16_t)(256u << value.ptr[0]); /* RFC 6066 4: 1 is 2^9 */
    }
}

static void see_authorities(doctor_seen *seen, hf_reader list)
{
    while (hf_read_left(&list) > 0 && !list.bad) {
        (void)hf_read_vec(&list, 2, 1, UINT16_MAX);
        seen->authorities += list.bad ? 0u : 1u;
    }
}

static void see_extensions(doctor_seen *seen, hf_reader *message)
{
    hf_reader list = hf_read_sub(message, 2, 0, UINT16_MAX);
    while (hf_read_left(&list) > 0 && !list.bad) {
        uint16_t type = hf_read_u16(&list);
        hf_span value = hf_read_vec(&list, 2, 0, UINT16_MAX);
        if (type == CERTIFICATE_AUTHORITIES) {
            hf_reader inner = hf_read_span_of(value);
            see_authorities(seen, hf_read_sub(&inner, 2, 0, UINT16_MAX));
        } else {
            see_limit(seen, type, value);
        }
    }
}

static void see_request(doctor_seen *seen, hf_reader *message)
{
    if (seen->version == HF_TLS13) {
        (void)hf_read_vec(message, 1, 0, UINT8_MAX);
        see_extensions(seen, message);
        return;
    }
    (void)hf_read_vec(message, 1, 0, UINT8_MAX);
    (void)hf_read_vec(message, 2, 0, UINT16_MAX);
    see_authorities(seen, hf_read_sub(message, 2, 0, UINT16_MAX));
}

static void see_ticket(doctor_seen *seen, hf_reader *message)
{
    (void)hf_read_u32(message);
    if (seen->version == HF_TLS13) {
        (void)hf_read_u32(message);
        (void)hf_read_vec(message, 1, 0, UINT8_MAX);
    }
    hf_span ticket = hf_read_vec(message, 2, 0, UINT16_MAX);
    if (ticket.len > 0) {
        seen->tickets++;
        seen->ticket_size = ticket.len > seen->ticket_size ? ticket.len : seen->ticket_size;
    }
}

static void see_message(doctor_seen *seen, uint8_t type, hf_span body)
{
    hf_reader message = hf_read_span_of(body);
    switch (type) {
    case SERVER_HELLO: /* RFC 8446 4.1.3: version, random, session id, suite, compression */
        (void)hf_read_bytes(&message, 34);
        (void)hf_read_vec(&message, 1, 0, 32);
        (void)hf_read_bytes(&message, 3);
        see_extensions(seen, &message);
        break;
    case ENCRYPTED_EXTENSIONS:
        see_extensions(seen, &message);
        break;
    case CERTIFICATE:
        seen->list_size = body.len;
        break;
    case CERTIFICATE_REQUEST:
        see_request(seen, &message);
        break;
    case NEW_SESSION_TICKET:
        see_ticket(seen, &message);
        break;
    default:
        break;
    }
}

static void on_event(void *ctx, const hf_event *event)
{
    probe *p = ctx;
    doctor_seen *seen = p->seen;
    hf_span body;
    if (event->kind == HF_EVENT_RECORD && !event->sent) {
        seen->record_max = event->size > seen->record_max ? event->size : seen->record_max;
        bool data = event->type == CONTENT_DATA;
        seen->data_max = data && event->content > seen->data_max ? event->content : seen->data_max;
    }
    if (event->kind == HF_EVENT_KEYS && event->type == HF_EPOCH_APPLICATION) {
        seen->round_trips = p->conn.stats.round_trips; /* the last one is where both are done */
    }
    if (event->kind == HF_EVENT_DECISION && event->type == HF_DECIDED_TRUST) {
        seen->trusted = event->reason != HF_REASON_UNCHECKED;
    }
    if (event->kind == HF_EVENT_DECISION && event->type == HF_DECIDED_VERSION) {
        seen->version = (uint16_t)event->number;
    }
    bool message = event->kind == HF_EVENT_MESSAGE && !event->sent;
    if (message && hf_gather_message(&p->gather, event, &body)) {
        see_message(seen, event->type, body);
    }
}

/* ---- the connection */

static void adjust(void *ctx, hf_config *config)
{
    probe *p = ctx;
    const doctor_ask *ask = p->ask;
    if (ask->suite != 0) {
        config->suites = &ask->suite;
        config->suites_count = 1;
    }
    if (ask->alpn != NULL) {
        p->alpn[0] = ask->alpn;
        config->alpn = p->alpn;
        config->alpn_count = ask->alpn[0] == '\0' ? 0 : 1;
    }
    config->compatibility_mode = ask->compatibility;
}

static cli_exit set_up(probe *p, const doctor *d)
{
    const doctor_ask *ask = p->ask;
    cli_options *options = &p->options;
    *options = d->options->tls;
    options->version = ask->version != 0 ? ask->version : options->version;
    options->input_buffer = ask->input != 0 ? ask->input : options->input_buffer;
    options->adjust = adjust;
    options->adjust_ctx = p;
    options->session = NULL;
    options->remember = NULL;
    if (ask->unchecked) {
        options->insecure_skip_certificate = true;
        options->pins_count = 0;
    }
    if (ask->unchecked || ask->no_identity) {
        options->cert = options->key = options->key_password_file = NULL;
    }
    cli_fail_silently(true); /* the files were judged in a step of their own */
    cli_exit result = cli_setup_make(&p->setup, options);
    cli_fail_silently(false);
    p->setup.memory.session = ask->session;
    p->setup.conn.name = ask->name != NULL ? ask->name : doctor_name(d);
    cli_watch_add(&p->setup.watch, on_event, p);
    return result;
}

static uint32_t time_for(const doctor *d, const doctor_ask *ask)
{
    uint32_t most = d->options->tls.timeout_ms;
    return ask->short_time && most > DOCTOR_SHORT_MS ? DOCTOR_SHORT_MS : most;
}

static void run(probe *p, const doctor *d)
{
    char target[DOCTOR_TARGET];
    hf_conn *conn = &p->conn;
    uint32_t begin = cli_verdict_clock();
    uint32_t timeout = time_for(d, p->ask);
    doctor_target(d, target);
    hf_code code =
        hf_conn_start(conn, &p->setup.config, &p->setup.memory, target, &p->setup.conn, timeout);
    while (code == HF_PENDING) {
        if (p->ask->hello_only && hf_tls_suite(&conn->tls) != 0) {
            return;
        }
        struct pollfd entry = {.fd = hf_conn_fd(conn), .events = hf_conn_events(conn)};
        (void)poll(&entry, 1, hf_conn_timeout(conn));
        code = hf_conn_step(conn);
    }
    p->seen->open = code == HF_OK;
    if (p->seen->open && p->ask->use != NULL) {
        p->ask->use(p->ask->use_ctx, conn, timeout);
    } else if (p->seen->open) {
        p->seen->verdict = cli_verdict_read(conn, begin, timeout);
    }
}

static void collect(probe *p)
{
    doctor_seen *seen = p->seen;
    const hf_tls *tls = &p->conn.tls;
    const char *alpn = hf_tls_alpn(tls);
    seen->error = *hf_conn_error(&p->conn);
    seen->stats = p->conn.stats;
    seen->version = hf_tls_suite(tls) != 0 ? hf_tls_version(tls) : 0;
    seen->suite = hf_tls_suite(tls);
    seen->group = hf_tls_group(tls);
    seen->scheme = hf_tls_peer_scheme(tls);
    (void)snprintf(seen->alpn, sizeof seen->alpn, "%s", alpn == NULL ? "" : alpn);
    seen->retried = hf_tls_retried(tls);
    seen->asked = hf_tls_asked_certificate(tls);
    seen->sent = hf_tls_sent_certificate(tls);
    seen->extended_secret = hf_tls_extended_master_secret(tls);
    seen->resumed = hf_tls_resumed(tls);
    seen->offered = hf_tls_offered_session(tls);
    if (seen->error.code != HF_OK) {
        const cli_scene scene = {.error = &seen->error, .setup = &p->setup, .conn = &p->conn};
        cli_cause_find(&scene, &seen->cause);
    }
    seen->chain = p->setup.chain;
    p->setup.chain = (cli_chain){.count = 0};
}

void doctor_probe(doctor *d, const doctor_ask *ask, doctor_seen *seen)
{
    probe *p = calloc(1, sizeof *p);
    memset(seen, 0, sizeof *seen);
    hf_error_clear(&seen->error);
    if (p == NULL) {
        (void)hf_fail(&seen->error, HF_E_MEMORY_TOO_SMALL);
        return;
    }
    p->ask = ask;
    p->seen = seen;
    p->gather.memory = (hf_space){p->message, sizeof p->message};
    if (set_up(p, d) == CLI_OK) {
        seen->tried = true;
        d->connections++;
        run(p, d);
        collect(p);
        cli_trace_note(&p->setup.trace, &p->conn, seen->verdict);
        hf_conn_close(&p->conn);
    } else {
        seen->error = p->setup.config.error;
        (void)hf_fail(&seen->error, HF_E_FILE); /* unless there is an error already */
    }
    cli_trace_end(&p->setup.trace, CLI_OK);
    cli_setup_release(&p->setup);
    free(p);
}

void doctor_seen_release(doctor_seen *seen)
{
    cli_chain_clear(&seen->chain);
}

void doctor_target(const doctor *d, char text[DOCTOR_TARGET])
{
    char ip[INET6_ADDRSTRLEN] = "";
    bool v4 = d->ip.family == 4;
    (void)inet_ntop(v4 ? AF_INET : AF_INET6, d->ip.bytes, ip, sizeof ip);
    if (!v4 && d->ip.scope != 0) {
        (void)snprintf(text, DOCTOR_TARGET, "[%s%%%u]:%u", ip, d->ip.scope, d->address.port);
    } else {
        (void)snprintf(text, DOCTOR_TARGET, v4 ? "%s:%u" : "[%s]:%u", ip, d->address.port);
    }
}

const char *doctor_name(const doctor *d)
{
    const char *name = d->options->tls.server_name;
    return name != NULL ? name : d->address.host;
}

const doctor_seen *doctor_best(const doctor *d)
{
    const doctor_seen *both[] = {&d->first, &d->look};
    for (size_t i = 0; i < 2; i++) {
        if (both[i]->chain.count > 0 && both[i]->chain.der[0] != NULL) {
            return both[i];
        }
    }
    return NULL;
}
