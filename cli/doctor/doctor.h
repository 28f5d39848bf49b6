/* handfast doctor: the steps that a device would meet on its way to a server, each with a verdict,
 * what was seen, and what to do.
 *
 * In the flow: doctor.c reads the command line and runs the table of steps in order; each group of
 * steps is a doctor_*.c. A step writes into its own result; where a connection fails, doctor_look.c
 * finds out why and writes the fault into the step that it belongs to. Steps are in the order of
 * cause and effect, so the first fault is the true cause.
 * Invariant: no credential of the device (certificate, user name, password) goes to a server that
 * was not verified.
 */
#ifndef HF_CLI_DOCTOR_H
#define HF_CLI_DOCTOR_H

#include "cause.h"
#include "chain.h"
#include "doctor_host.h"
#include "options.h"
#include "setup.h"

#include <handfast/conn.h>

#define DOCTOR_ADDRESSES 8
#define DOCTOR_SEEN      4096
#define DOCTOR_REMEDY    1536
#define DOCTOR_SMALL     2048u /* bytes of receive buffer of a small device (HF_TLS_INPUT_SIZE) */

/* TLS alerts (RFC 8446 6) that mean something to the diagnosis */
enum doctor_alert {
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_UNRECOGNIZED_NAME = 112,
    ALERT_CERTIFICATE_REQUIRED = 116,
    ALERT_NO_APPLICATION_PROTOCOL = 120,
};

typedef enum doctor_verdict {
    DOCTOR_OK = 0,
    DOCTOR_SKIPPED, /* not tried; `seen` says why */
    DOCTOR_NOTE,
    DOCTOR_WARNING, /* works, but will cost or break */
    DOCTOR_FAULT,
} doctor_verdict;

typedef enum doctor_step_id {
    STEP_FILES,
    STEP_RESOLVE,
    STEP_TCP,
    STEP_SERVICE,
    STEP_TLS,
    STEP_VERSIONS,
    STEP_CLOCK,
    STEP_CHAIN,
    STEP_NAME,
    STEP_CLIENT,
    STEP_ALPN,
    STEP_SNI,
    STEP_RECORDS,
    STEP_FRAGMENTS,
    STEP_PATH,
    STEP_RESUMPTION,
    STEP_MQTT,
    STEP_KEEP_ALIVE,
    STEP_FIT,
    DOCTOR_STEPS,
} doctor_step_id;

typedef enum doctor_cause {
    CAUSE_NONE = 0,
#define DOCTOR_CAUSE(NAME, name, what) CAUSE_##NAME,
#include "doctor_causes.def"
#undef DOCTOR_CAUSE
} doctor_cause;

/* Texts are lines that end with '\n', printable ASCII only. */
typedef struct doctor_result {
    uint8_t verdict; /* doctor_verdict */
    uint8_t cause;   /* doctor_cause */
    hf_code code;    /* decides the exit code of a fault */
    char seen[DOCTOR_SEEN];
    char remedy[DOCTOR_REMEDY];
} doctor_result;

/* One more line of what was seen. */
__attribute__((format(printf, 2, 3))) void doctor_see(doctor_result *result, const char *format,
                                                      ...);
/* A verdict; it stands unless a graver one is there already. The remedy may be empty for notes. */
__attribute__((format(printf, 5, 6))) void doctor_judge(doctor_result *result,
                                                        doctor_verdict verdict, doctor_cause cause,
                                                        hf_code code, const char *remedy, ...);
/* Not tried, and why; has no effect on a step that has a verdict. */
__attribute__((format(printf, 2, 3))) void doctor_skip(doctor_result *result, const char *why, ...);

/* Strings are borrowed from the command line. */
typedef struct doctor_options {
    cli_options tls;
    const char *target;  /* HOST[:PORT] */
    const char *address; /* to be connected to instead of what the name resolves to */
    const char *client_id;
    const char *user;
    const char *password_file;
    uint16_t keep_alive; /* seconds */
    uint32_t hold_ms;    /* how long to stay connected, to see whether the broker keeps us */
    bool mqtt;
    bool json;
} doctor_options;

/* What is to be different from a device's own connection. All zero: nothing. */
typedef struct doctor_ask {
    uint16_t version; /* only this one */
    uint16_t suite;   /* only this one */
    const char *alpn; /* only this one; "" : none */
    const char *name; /* SNI instead of the host's name; an address: none */
    size_t input;     /* bytes of input buffer */
    hf_session *session;
    bool no_identity;
    bool unchecked; /* the server's certificate is not checked; so no identity is shown */
    bool compatibility;
    bool hello_only; /* ends with the ServerHello */
    bool short_time; /* at most DOCTOR_SHORT_MS */
    /* Once the connection is open, instead of waiting for the server's verdict; NULL: nothing. */
    void (*use)(void *ctx, hf_conn *conn, uint32_t timeout_ms);
    void *use_ctx;
} doctor_ask;

#define DOCTOR_SHORT_MS 3000u

/* What one connection has shown. Release it. */
typedef struct doctor_seen {
    bool tried;
    bool open;           /* our side of the handshake was done */
    const char *verdict; /* the server's, in words; NULL: there is none */
    hf_error error;
    hf_conn_stats stats;
    uint16_t version; /* 0: no ServerHello came */
    uint16_t suite;
    uint16_t group;
    uint16_t scheme;
    char alpn[256]; /* "": none */
    bool trusted;   /* its path leads to a CA of --ca, or its key is pinned */
    bool retried;
    bool asked;           /* for our certificate */
    bool sent;            /* it */
    bool extended_secret; /* RFC 7627 */
    bool resumed;
    bool offered;
    unsigned round_trips; /* until our side of the handshake was done, with TCP's own */
    size_t record_max;    /* the largest record received, bytes on the wire; 0: not known */
    size_t data_max;      /* the largest with application data, bytes of content */
    size_t list_size;     /* the server's Certificate message */
    size_t tickets;       /* NewSessionTicket messages */
    size_t ticket_size;   /* the largest ticket */
    uint16_t limit_kind;  /* of the extension that the server answered: 28, 1, or 0 */
    uint16_t limit;       /* its value in bytes */
    size_t authorities;   /* CAs named in CertificateRequest */
    cli_chain chain;
    cli_cause cause; /* of a failure, from what was at hand */
} doctor_seen;

typedef struct doctor {
    const doctor_options *options;
    const doctor_host *host_rules; /* NULL: nothing is known about this host */
    doctor_result results[DOCTOR_STEPS];
    hf_address address; /* the command line's */
    hf_ip ips[DOCTOR_ADDRESSES];
    uint32_t tcp_us[DOCTOR_ADDRESSES]; /* time of the TCP handshake; 0: no connection */
    size_t ips_count;
    hf_ip ip; /* where all probes go; family 0: nothing answers */
    uint32_t resolve_us;
    uint32_t rtt_us;
    unsigned connections; /* made so far */
    cli_setup setup;      /* files read, anchors, clock */
    bool has_setup;
    cli_file password;  /* of MQTT; empty: none */
    doctor_seen first;  /* a device's own connection */
    doctor_seen look;   /* where that was refused by us: without the check, and without identity */
    hf_session session; /* of the first one */
    doctor_seen small;  /* with a small input buffer */
    doctor_seen resumed;
    bool verified;       /* the server is who it should be */
    bool works;          /* and the first connection came to its end without an error */
    int64_t server_date; /* of HTTP; 0: not known */
    bool has_connected;  /* an MQTT CONNECT was sent, at connect_began */
    uint32_t connect_began;
    uint32_t mqtt_out; /* bytes of CONNECT */
    uint32_t mqtt_in;
    bool mqtt_done;
} doctor;

/* ---- doctor_probe.c */
void doctor_probe(doctor *d, const doctor_ask *ask, doctor_seen *seen);
void doctor_seen_release(doctor_seen *seen);
/* The address of the probes as text: "192.0.2.1:8883", "[2001:db8::1]:8883". */
#define DOCTOR_TARGET 80
void doctor_target(const doctor *d, char text[DOCTOR_TARGET]);
/* The name that the certificate must show. */
const char *doctor_name(const doctor *d);
/* The connection with the server's certificates, checked or not; NULL: there is none. */
const doctor_seen *doctor_best(const doctor *d);

/* ---- the steps; each is told its own result */
void doctor_files(doctor *d, doctor_result *result);
void doctor_resolve(doctor *d, doctor_result *result);
void doctor_tcp(doctor *d, doctor_result *result);
void doctor_service(doctor *d, doctor_result *result);
void doctor_tls(doctor *d, doctor_result *result);
void doctor_versions(doctor *d, doctor_result *result);
void doctor_clock(doctor *d, doctor_result *result);
void doctor_chain(doctor *d, doctor_result *result);
void doctor_name_step(doctor *d, doctor_result *result);
void doctor_client(doctor *d, doctor_result *result);
void doctor_alpn(doctor *d, doctor_result *result);
void doctor_sni(doctor *d, doctor_result *result);
void doctor_records(doctor *d, doctor_result *result);
void doctor_fragments(doctor *d, doctor_result *result);
void doctor_path(doctor *d, doctor_result *result);
void doctor_resumption(doctor *d, doctor_result *result);
void doctor_mqtt(doctor *d, doctor_result *result);
void doctor_keep_alive(doctor *d, doctor_result *result);
void doctor_fit(doctor *d, doctor_result *result);

/* ---- doctor_clock.c: everything that is given has expired */
bool doctor_clock_is_ahead(const doctor *d);

/* ---- doctor_look.c: why the first connection failed before the server's certificate; writes the
 * fault into the step it belongs to */
void doctor_find_cause(doctor *d);
/* The error is about the server's certificate. */
bool doctor_certificate_error(const hf_error *error);
/* Nothing explains it: the error of the first connection speaks for itself. */
void doctor_unexplained(const doctor *d, doctor_result *result);

/* ---- doctor_print.c */
const char *doctor_step_name(doctor_step_id step);
void doctor_print_begin(const doctor *d);
void doctor_print_step(const doctor *d, doctor_step_id step);
/* The verdict over all; its exit code. */
cli_exit doctor_print_end(const doctor *d);

cli_exit doctor_print_help(void);

#endif
