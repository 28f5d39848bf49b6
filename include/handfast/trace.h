/* hf_trace: what happens inside a connection, one event at a time.
 *
 * hf_config.trace is called with each event, in order, on the thread that made the connection go
 * on; it must not call the connection. NULL: nothing happens and nothing is spent. A build with
 * -DHF_TRACE=OFF has no events: there hf_config_build() refuses a configuration that asks for them.
 *
 * Events never carry a secret: no key, no shared value, no application data. Nothing of a record is
 * reported before its tag was checked, except BYTES, which are as anybody on the way sees them.
 * Spans in an event are borrowed for the time of the call. An event has no time: whoever wants one
 * reads a clock when it is called.
 */
#ifndef HANDFAST_TRACE_H
#define HANDFAST_TRACE_H

#include <handfast/bytes.h>
#include <handfast/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct hf_tls;

/* `sent` tells the direction where there is one; members that a kind does not name are zero. */
typedef enum hf_event_kind {
    /* One of the peer's certificates. number = depth, body = DER; empty for those behind the
     * anchor, which are skipped. */
    HF_EVENT_CERTIFICATE,
    /* hf_conn, hf_link: a stage begins or ends. type = hf_stage, number = hf_code: HF_PENDING: it
     * begins; HF_OK: it is over; an error: it has failed. HF_STAGE_TLS ends when our side of the
     * handshake is done, HF_STAGE_MQTT with CONNACK. */
    HF_EVENT_STAGE,
    /* hf_conn: an address is dialled, or its attempt has ended. type = 4 or 6, number = hf_code as
     * above, size = port, body = the address, 4 or 16 bytes. */
    HF_EVENT_ADDRESS,
    /* Bytes cross to or from the transport, as they are on the wire. body = the bytes. */
    HF_EVENT_BYTES,
    /* A record, whole and authentic. type = content type (of the inner plaintext), sealed, number =
     * which of this direction, from 0; size = bytes on the wire with its header, content = bytes of
     * content; body = the content of alerts and change_cipher_spec, else empty. Sent: when it is
     * sealed, before its bytes leave. Received: before what is in it. */
    HF_EVENT_RECORD,
    /* A handshake message, or a piece of one. type = its type, size = length of its body, offset =
     * where in its body this piece begins, body = the piece. The message is whole when offset +
     * body.len == size. Received ones come before they are judged; sent ones in the order in which
     * they are made. `pieces`: it stood in a record that was opened in pieces, so it is told when
     * the record is authentic, in one event, without size and body; of one record the first ten
     * messages and operations. */
    HF_EVENT_MESSAGE,
    /* A choice was made. type = hf_decided, number = what was chosen, reason = hf_reason. */
    HF_EVENT_DECISION,
    /* An operation with a public or private key. type = hf_work, number = hf_group or hf_scheme; 0:
     * that of a certificate. Told when it is about to be done, HF_WORK_VERIFY_CERTIFICATE when it
     * is done: signatures that are known from before are not verified, and not told. */
    HF_EVENT_WORK,
    /* The keys of one direction change: what is sent (received) from here on is sealed with new
     * ones. type = hf_epoch_kind, number = suite. */
    HF_EVENT_KEYS,
    /* hf_link: an MQTT control packet, before its record is sent, or when it has come. type = its
     * first byte (type and flags), size = whole length; body = what follows the fixed header, for
     * packets received other than PUBLISH and AUTH whose bytes are at hand, else empty. */
    HF_EVENT_PACKET,
    /* The connection has failed. number = hf_code, error = everything that is known. */
    HF_EVENT_ERROR,
} hf_event_kind;

typedef enum hf_decided {
    HF_DECIDED_VERSION,      /* number = HF_TLS12, HF_TLS13 */
    HF_DECIDED_SUITE,        /* IANA number */
    HF_DECIDED_GROUP,        /* hf_group; 0: no key exchange */
    HF_DECIDED_RETRY,        /* HelloRetryRequest: the group that is asked for; 0: only a cookie */
    HF_DECIDED_RESUMPTION,   /* 1: a key known from before is used, 0: not */
    HF_DECIDED_ALPN,         /* body = the protocol; empty: none */
    HF_DECIDED_RECORD_LIMIT, /* most bytes of content in a record that we send */
    HF_DECIDED_CERTIFICATE,  /* ours: how many certificates are sent; 0: none */
    HF_DECIDED_OUR_SCHEME,   /* hf_scheme of our handshake signature */
    HF_DECIDED_PEER_SCHEME,  /* and of the peer's */
    HF_DECIDED_TRUST,        /* the peer: how many certificates it showed; 0: not counted */
    HF_DECIDED_SESSION,      /* client: a session was kept: its lifetime in seconds */
} hf_decided;

typedef enum hf_reason {
    HF_REASON_NONE,
    HF_REASON_PEER_CHOSE,      /* the server took it from what we offered */
    HF_REASON_OUR_ORDER,       /* the first of ours that the client offers too */
    HF_REASON_SHARE_THERE,     /* so, and its key share came along: no round trip is lost */
    HF_REASON_NO_SHARE,        /* the client offers it, but sent no key share of it */
    HF_REASON_PEER_SILENT,     /* the peer did not answer the extension */
    HF_REASON_NOT_ASKED,       /* the peer did not ask for it */
    HF_REASON_ASKED,           /* the peer asked for it */
    HF_REASON_NONE_CONFIGURED, /* asked for, but there is none */
    HF_REASON_NO_COMMON,       /* there is one, but of no kind that the peer takes */
    HF_REASON_NAME,            /* its names have the one that the client asked for */
    HF_REASON_DEFAULT,         /* no name was asked for, or none of ours has it: the first one */
    HF_REASON_SESSION,         /* a session of before */
    HF_REASON_PSK,             /* a key agreed beforehand */
    HF_REASON_NOT_OFFERED,     /* the client offered none */
    HF_REASON_NOT_TAKEN,       /* the server did not take what was offered */
    HF_REASON_ANCHOR,          /* its path leads to an anchor */
    HF_REASON_PIN,             /* its key is pinned: a raw public key */
    HF_REASON_KNOWN,           /* the program knew the certificate: hf_hooks.identify */
    HF_REASON_UNCHECKED,       /* insecure_skip_certificate_check */
} hf_reason;

typedef enum hf_work {
    HF_WORK_MAKE_KEY, /* a key pair for the key exchange */
    HF_WORK_AGREE,    /* the shared value */
    HF_WORK_SIGN,
    HF_WORK_VERIFY,             /* the peer's signature over the handshake */
    HF_WORK_VERIFY_CERTIFICATE, /* a signature in its certificate path */
} hf_work;

typedef enum hf_epoch_kind {
    HF_EPOCH_HANDSHAKE,   /* TLS 1.3: behind ServerHello */
    HF_EPOCH_APPLICATION, /* TLS 1.3: behind Finished; TLS 1.2: behind change_cipher_spec */
    HF_EPOCH_UPDATE,      /* TLS 1.3: behind KeyUpdate */
} hf_epoch_kind;

typedef struct hf_event {
    uint8_t kind;   /* hf_event_kind */
    uint8_t type;   /* what of that kind */
    uint8_t reason; /* hf_reason */
    bool sent;      /* by us; else received */
    bool sealed;
    bool pieces;
    uint32_t number;
    uint32_t size;
    uint32_t offset;
    uint32_t content;
    hf_span body;
    const hf_error *error;
    const struct hf_tls *tls; /* whose event it is: may be asked for what was agreed */
} hf_event;

#ifdef __cplusplus
}
#endif
#endif
