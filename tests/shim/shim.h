/* The shim: the program that an external TLS test runner (BoringSSL's protocol) starts once for
 * each of its cases. It dials the runner, plays one side over hf_tls, echoes, and judges by its
 * flags.
 *
 * main.c goes through the connections of a case; flags.c and values.c read the command line;
 * setup.c, ciphers.c and authorities.c make the configuration; identity.c and peer.c answer the
 * engine's questions; session.c keeps what outlives a connection; run.c moves bytes; exchange.c
 * plays the program; check.c holds the connection against the flags that expect something; report.c
 * prints.
 *
 * Invariants: a flag that is not in the table, or that asks for what the library lacks, ends in
 * SHIM_UNIMPLEMENTED and never in success. stderr stays empty up to the last line in a case that
 * went well, because the runner takes anything else there for a failure.
 */
#ifndef HF_TESTS_SHIM_SHIM_H
#define HF_TESTS_SHIM_SHIM_H

#include "crypto/crypto.h"

#include <handfast/tls.h>

#define SHIM_LIST_MAX   32u
#define SHIM_CHAIN_MAX  16u /* certificates of the peer that are kept */
#define SHIM_STORE_SIZE 16u

/* Exit codes of the protocol. */
enum {
    SHIM_GOING = -1, /* not over yet: never an exit code */
    SHIM_OK = 0,
    SHIM_FAILED = 1,
    SHIM_UNIMPLEMENTED = 89,
};

typedef struct shim_list {
    uint16_t numbers[SHIM_LIST_MAX];
    size_t count;
} shim_list;

/* What the flags say about one connection. The comments name the flag where it is not the member's
 * own name; texts are borrowed from the command line, NULL: not given. */
typedef struct shim_options {
    uint32_t port;
    uint64_t shim_id;
    bool ipv6;
    bool server;
    uint32_t resume_count;
    bool is_handshaker_supported;

    uint32_t min_version;
    uint32_t max_version;
    bool no_tls1;
    bool no_tls11;
    bool no_tls12;
    bool no_tls13;
    const char *cipher;
    shim_list curves;
    shim_list verify_prefs;
    shim_list signing_prefs;
    const char *host_name;
    const char *advertise_alpn; /* names behind their lengths, as on the wire */
    const char *select_alpn;
    const char *select_next_proto;
    bool decline_alpn;
    bool reject_alpn;

    const char *cert_file;
    const char *key_file;
    const char *ocsp_response; /* base64 */
    const char *use_client_ca_list;
    bool enable_ocsp_stapling;
    bool require_any_client_certificate;
    bool verify_peer;
    bool verify_fail;
    bool reverify_on_resume;
    bool no_ticket;
    const char *ticket_key; /* base64 */

    bool async;
    bool implicit_handshake;
    bool shim_writes_first;
    bool read_with_unfinished_write;
    bool shim_shuts_down;
    bool check_close_notify;
    bool handshake_never_done;
    bool no_op_extra_handshake;
    bool peek_then_read;
    bool key_update;
    bool key_update_before_read;
    bool use_exporter_between_reads;
    uint32_t read_size;
    uint32_t max_send_fragment;
    uint32_t export_keying_material;
    const char *export_label;
    const char *export_context;
    bool use_export_context;
    uint32_t resumption_delay; /* seconds that pass between two connections */

    uint32_t expect_version;
    uint32_t expect_cipher;
    uint32_t expect_cipher_aes;
    uint32_t expect_curve_id;
    uint32_t expect_peer_signature_algorithm;
    uint32_t expect_total_renegotiations;
    const char *expect_alpn;
    const char *expect_server_name;
    const char *expect_peer_cert_file;
    bool expect_no_server_name;
    bool expect_no_peer_cert;
    bool expect_verify_result;
    bool expect_hrr;
    bool expect_no_hrr;
    bool expect_extended_master_secret;
    bool expect_secure_renegotiation;
    bool expect_session_miss;
    bool expect_session_id; /* the first connection leaves a session behind */
    bool expect_no_session_id;
    bool expect_no_session; /* client: nor does any */
    bool expect_ticket_renewal;

    uint32_t input_size; /* our own -hf-input, -hf-output, -hf-certificate: buffers of that size */
    uint32_t output_size;
    uint32_t certificate_size;
} shim_options;

/* Flags as given for the first connection, for those that should resume, and for the one after
 * early data were refused, which is never made: there are no early data. */
typedef struct shim_flags {
    shim_options initial;
    shim_options resume;
    shim_options retry;
} shim_flags;

/* A session of TLS 1.2 that a server keeps. */
typedef struct shim_stored {
    uint8_t id[HF_SESSION_ID];
    uint8_t state[HF_STORED_MAX];
    size_t len;
} shim_stored;

/* What the connections of a case have in common. */
typedef struct shim_sessions {
    hf_session session;  /* client */
    hf_ticket_ring ring; /* server */
    shim_stored store[SHIM_STORE_SIZE];
    size_t stored;
    size_t stored_before; /* of those, from before this connection */
    bool refused;         /* what -verify-fail made of the peer when it was last looked at */
} shim_sessions;

/* What the peer showed, kept as it came by. */
typedef struct shim_peer {
    hf_span certificates[SHIM_CHAIN_MAX]; /* copies */
    size_t count;
    bool decided; /* `authorise` has been asked */
    bool refused; /* and -verify-fail made it a refusal, or would have */
    bool pending; /* its answer is still to come */
    hf_code answer;
    bool has_server_name;
    char server_name[256];
} shim_peer;

/* A key behind an hf_signer whose answer comes later. */
typedef struct shim_signer {
    hf_crypto crypto;
    hf_key key;
    hf_span der; /* what the key borrows from */
    uint16_t scheme;
    uint8_t hash[HF_HASH_MAX];
    unsigned asked;
} shim_signer;

typedef struct shim_bytes {
    uint8_t *ptr;
    size_t len;
    size_t cap;
} shim_bytes;

/* One connection. */
typedef struct shim {
    const shim_options *options;
    unsigned number; /* 0: the first */
    shim_sessions *sessions;
    hf_config config;
    hf_tls tls;
    hf_tls_memory memory;
    shim_list suites;
    const char *alpn[16];
    char alpn_text[1024];
    shim_signer signer;
    shim_peer peer;

    int fd;
    bool eof;
    bool write_broken;
    bool opened;
    bool closing;    /* hf_tls_close() was called */
    bool update_due; /* -key-update-before-read */
    shim_bytes to_send;
    int result; /* SHIM_GOING, or how it ended */
} shim;

/* ---- main.c: memory that lives until the program ends, each block of its own */
void *shim_memory(size_t size);

/* ---- report.c: one line on stderr; they return the exit code */
int shim_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
int shim_unimplemented(const char *format, ...) __attribute__((format(printf, 1, 2)));
int shim_bad_flag(const char *name, const char *why);
int shim_report_error(const hf_error *error); /* symbol, alert, and the text */
int shim_report_code(hf_code code);

/* ---- flags.c */
int shim_read_flags(shim_flags *flags, int count, char **words);

/* ---- values.c. False: the text is no such value, or the file cannot be read. */
bool shim_number(uint64_t *out, uint64_t most, const char *text);
bool shim_base64(hf_span *out, const char *text);
bool shim_hex(hf_span *out, const char *text, size_t digits);
bool shim_file(hf_span *out, const char *path);
/* The block after *at whose label ends in `label`: HF_E_PEM_EMPTY when there is none. */
hf_code shim_pem(hf_span *der, hf_span text, size_t *at, const char *label);

/* ---- ciphers.c: the TLS 1.2 suites of an OpenSSL cipher string, behind those of TLS 1.3 */
int shim_ciphers(shim_list *suites, const char *text);

/* ---- authorities.c: anchors that have the given names, for CertificateRequest */
int shim_authorities(hf_config *config, const char *names);

/* ---- setup.c */
int shim_setup(shim *s);
void shim_tear_down(shim *s);
int64_t shim_now(const shim *s); /* seconds since 1970, with -resumption-delay */

/* ---- identity.c */
int shim_identity(shim *s);
hf_code shim_signature_due(shim *s);
void shim_identity_release(shim *s);

/* ---- peer.c */
void shim_watch_peer(shim *s);
hf_code shim_decision_due(shim *s);

/* ---- exchange.c: what a program does with the connection. True: something was done. */
void shim_opened(shim *s);
bool shim_take_data(shim *s);
bool shim_send_data(shim *s);

/* ---- session.c */
int shim_use_sessions(shim *s);          /* into the configuration */
hf_session *shim_session(const shim *s); /* a client's; NULL: it keeps none */
int shim_check_resumed(const shim *s);   /* as soon as the handshake is over */
int shim_check_sessions(const shim *s);  /* when the connection is */

/* ---- check.c */
int shim_check(const shim *s);

/* ---- run.c */
void shim_run(shim *s); /* sets s->result */

#endif
