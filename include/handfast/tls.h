/* hf_tls: a TLS 1.3 and 1.2 engine without I/O and without heap.
 *
 * The program gives memory, moves bytes between the engine and the peer, and is told by wants()
 * what can be done. The four flows have the same shape: a call lends space or bytes, a second call
 * says how much of it was used.
 *
 *     peer -> hf_tls_input()   hf_tls_input_done()      bytes received
 *     hf_tls_output()          hf_tls_output_done() ->  bytes to send
 *     hf_tls_data()            hf_tls_data_done()       application data received
 *     hf_tls_room()            hf_tls_room_done()       application data to send
 *
 * Bounded work: no call does more than one public-key operation (about 50 us on a host, up to a
 * second on a small microcontroller). When more is to do, HF_WANT_RUN is set: call hf_tls_run().
 *
 * Threads and fork: an hf_tls belongs to one thread at a time; nothing is shared between two of
 * them but the immutable hf_config, so different connections may run in different threads without a
 * lock. After fork() only one of the two processes may go on with a connection: both hold the same
 * keys and sequence numbers, and a nonce used twice reveals plaintext.
 *
 * Ownership: hf_tls and the memory in hf_tls_memory belong to the caller and must not move or be
 * freed before hf_tls_release(). Lent spaces stay valid until the matching _done call or the next
 * call that changes the engine, whichever is first.
 */
#ifndef HANDFAST_TLS_H
#define HANDFAST_TLS_H

#include <handfast/config.h>
#include <handfast/tls_state.h>
#include <handfast/want.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Buffers, all borrowed until hf_tls_release().
 *
 * input:  received records. 5 + 16384 + 256 bytes hold any record. Handshake records larger than
 *         the buffer are read in pieces; an application record must fit, and smaller ones are asked
 *         of the server by record_size_limit and max_fragment_length.
 * output: records to send; at least HF_TLS_OUTPUT_MIN. Messages that do not fit are cut into
 * several records, which some clients cannot put together (Mbed TLS up to 3.6): a server does well
 *         with room for its whole chain.
 * certificate: one certificate of the server at a time, plus what is kept of the one before; other
 *         messages that do not arrive in one piece are collected here as well.
 * names:  names of the server's certificates, kept for CAs with name constraints; may be empty:
 *         such CAs are then refused with HF_E_CERT_NAMES_AREA.
 * session: client: what is offered, and where the next one goes (session.h); NULL: no sessions.
 * remembered: client: signatures of the server's path that need no verification (remembered.h);
 *         NULL: all are verified. While the handshake lasts, sizeof(hf_remembered) bytes at the end
 *         of `certificate` are in use for it. */
typedef struct hf_tls_memory {
    hf_space input;
    hf_space output;
    hf_space certificate;
    hf_space names;
    hf_session *session;
    hf_remembered *remembered;
} hf_tls_memory;

#define HF_TLS_INPUT_MIN        512u
#define HF_TLS_INPUT_SIZE       2048u  /* for devices */
#define HF_TLS_INPUT_MAX        16645u /* any record that TLS allows */
#define HF_TLS_OUTPUT_MIN       256u
#define HF_TLS_OUTPUT_SIZE      1024u
#define HF_TLS_CERTIFICATE_MIN  512u
#define HF_TLS_CERTIFICATE_SIZE 3072u /* a 2 KB certificate behind an RSA 4096 one */
#define HF_TLS_CERTIFICATE_WHOLE                                                                   \
    10240u /* servers, and hf_config.whole_chain: 8 KB of certificates */
#define HF_TLS_NAMES_SIZE 512u

/* Begins a client connection: nothing is sent yet; ask wants(). `name` is the host name or address
 * that the server's certificate must show, and, unless it is an address, the SNI; borrowed until
 * the handshake is over; NULL only with insecure_skip_name_check or a PSK.
 * Errors: HF_E_CONFIG_NOT_BUILT, HF_E_MEMORY_TOO_SMALL, HF_E_NO_NAME, HF_E_NAME_SYNTAX,
 * HF_E_NO_RANDOM. */
hf_code hf_tls_client(hf_tls *tls, const hf_config *config, const hf_tls_memory *memory,
                      const char *name);

/* Begins a server connection, with a config whose role is HF_SERVER: the client's first bytes are
 * awaited. Of hf_tls_memory, `certificate` holds all certificates of the client at once
 * (HF_TLS_CERTIFICATE_WHOLE), and `input` a whole record, unless clients keep to smaller ones: they
 * are asked to where they have record_size_limit.
 *
 * In TLS 1.3 the engine is open when the client's Finished and the decision about it are there.
 * Errors: HF_E_USAGE (a client's config), HF_E_CONFIG_NOT_BUILT, HF_E_MEMORY_TOO_SMALL,
 * HF_E_NO_RANDOM. */
hf_code hf_tls_server(hf_tls *tls, const hf_config *config, const hf_tls_memory *memory);

unsigned hf_tls_wants(const hf_tls *tls); /* bits of enum hf_want */

/* Does pending work: at most one public-key operation. HF_OK, HF_PENDING when HF_WANT_RUN,
 * HF_WANT_SIGN or HF_WANT_DECISION is still set, or the connection's error. */
hf_code hf_tls_run(hf_tls *tls);

/* Room for bytes from the peer; NULL and 0 when there is none now. */
uint8_t *hf_tls_input(hf_tls *tls, size_t *room);
hf_code hf_tls_input_done(hf_tls *tls, size_t len);
/* The transport has ended. HF_OK after the peer's close_notify; otherwise HF_E_TRUNCATED or
 * HF_E_CLOSED_IN_HANDSHAKE. HF_PENDING while data or work wait that arrived before: serve wants()
 * as usual, the last call to do so tells how it ended. */
hf_code hf_tls_input_end(hf_tls *tls);

/* Bytes for the peer; NULL and 0 when there are none. Also after a failure: the alert. */
const uint8_t *hf_tls_output(const hf_tls *tls, size_t *len);
void hf_tls_output_done(hf_tls *tls, size_t len);

/* Application data received; NULL and 0 when there are none. */
const uint8_t *hf_tls_data(const hf_tls *tls, size_t *len);
hf_code hf_tls_data_done(hf_tls *tls, size_t len);

/* Room for application data; NULL and 0 when there is none now. Each hf_tls_room_done() makes one
 * record, so fill what you have before. HF_E_USAGE when the room is no longer yours: another record
 * was written in between. */
uint8_t *hf_tls_room(hf_tls *tls, size_t *room);
hf_code hf_tls_room_done(hf_tls *tls, size_t len);

/* Queues close_notify. Data of the peer may still arrive and be read; before the handshake is over,
 * it is given up without an error: HF_IS_CLOSED is set, HF_IS_OPEN is not. */
hf_code hf_tls_close(hf_tls *tls);

/* TLS 1.3: changes the sending keys, and asks the peer to change its own when `both`. One that is
 * still in work is not repeated. HF_E_USAGE in TLS 1.2 and before the handshake is over. */
hf_code hf_tls_update_keys(hf_tls *tls, bool both);

/* Keying material that both ends can derive from this connection (RFC 8446 7.5, RFC 5705): `len`
 * bytes for a label of 1 to 249 bytes ("EXPORTER-..."), at most 255 times the suite's hash, and a
 * context of at most 65535 bytes, which counts if `has_context`. TLS 1.2 tells an empty context
 * from none, TLS 1.3 does not. Once the handshake is over, until the connection fails or is
 * released; the bytes are secret, so wipe them. After an error `out` is as it was.
 * Errors: HF_E_USAGE (too early or too late, an argument that is missing or outside its bounds, or
 * a label that TLS 1.2 uses itself: RFC 5705 4); HF_E_UNSUPPORTED in TLS 1.2 with a server that
 * lacks the extended master secret, where the material could be shared with another connection
 * (RFC 7627 5.4). */
hf_code hf_tls_export(const hf_tls *tls, const char *label, hf_span context, bool has_context,
                      uint8_t *out, size_t len);

/* The answer to a pending hf_signer: the signature, or an error code of the signer. */
hf_code hf_tls_sign_done(hf_tls *tls, hf_code result, hf_span signature);

/* The answer to a hook of hf_config that was pending: what the hook would have returned. HF_E_USAGE
 * when no decision is due. */
hf_code hf_tls_decided(hf_tls *tls, hf_code decision);

/* Client: the handshake has failed in a way that the session which was offered can be blamed for:
 * the peer answered the ClientHello with an alert or by ending the connection, or the keys that
 * come from the session do not fit. hf_conn asks this, and tries once more without it. */
bool hf_tls_blames_session(const hf_tls *tls);
/* Client: begins anew over another transport connection, with the same configuration, memory and
 * name, and without the session. HF_E_USAGE for a server, and once the handshake was over; errors
 * of hf_tls_client(). */
hf_code hf_tls_again(hf_tls *tls);

/* Wipes all secrets and gives the backend's contexts back. The memory is the caller's again. */
void hf_tls_release(hf_tls *tls);

/* ---- what was agreed; 0 or NULL while it is not known */
/* Who the peer is; NULL while nothing was verified, and where certificates are walked one at a time
 * (hf_config.whole_chain is off). Spans in it: see peer.h. */
const hf_peer *hf_tls_peer(const hf_tls *tls);
const hf_identity *hf_tls_identity(const hf_tls *tls); /* server: which of ours was chosen */
bool hf_tls_extended_master_secret(const hf_tls *tls); /* RFC 7627; true in TLS 1.3 */
const hf_error *hf_tls_error(const hf_tls *tls);
uint16_t hf_tls_version(const hf_tls *tls);    /* HF_TLS12, HF_TLS13 */
uint16_t hf_tls_suite(const hf_tls *tls);      /* IANA number */
const char *hf_tls_suite_name(uint16_t suite); /* "TLS_AES_128_GCM_SHA256", "unknown" */
uint16_t hf_tls_group(const hf_tls *tls);      /* hf_group; 0: there was no key exchange */
const char *hf_tls_group_name(uint16_t group);
uint16_t hf_tls_peer_scheme(const hf_tls *tls); /* hf_scheme of the peer's handshake signature */
uint16_t hf_tls_our_scheme(const hf_tls *tls);  /* and of ours; 0: we did not sign */
const char *hf_tls_scheme_name(uint16_t scheme);
const char *hf_tls_alpn(const hf_tls *tls); /* the chosen protocol, of hf_config.alpn */
/* Signatures of the peer's certificate path in this handshake: verified, and known from before. */
unsigned hf_tls_signatures(const hf_tls *tls);
unsigned hf_tls_signatures_saved(const hf_tls *tls);
/* hf_tls_memory.remembered has another chain than before: store it. */
bool hf_tls_remembered_changed(const hf_tls *tls);
bool hf_tls_resumed(const hf_tls *tls);           /* a session's key was used */
bool hf_tls_offered_session(const hf_tls *tls);   /* client: one was fit to be offered */
bool hf_tls_asked_certificate(const hf_tls *tls); /* the server asked the client's certificate */
bool hf_tls_sent_certificate(const hf_tls *tls);  /* our certificate (or raw key) was sent */
bool hf_tls_retried(const hf_tls *tls);           /* a HelloRetryRequest cost one round trip */
uint32_t hf_tls_records_in(const hf_tls *tls);    /* records received and sent so far */
uint32_t hf_tls_records_out(const hf_tls *tls);
size_t hf_tls_record_limit(const hf_tls *tls); /* most application bytes in a record we send */

#ifdef __cplusplus
}
#endif
#endif
