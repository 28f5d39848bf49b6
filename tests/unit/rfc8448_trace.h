/* One trace of RFC 8448 (tests/vectors/rfc8448.txt), walked through our transcript and key
 * schedule. */
#ifndef HF_TESTS_RFC8448_TRACE_H
#define HF_TESTS_RFC8448_TRACE_H

#include "crypto/crypto.h"
#include "tls/keys/schedule13.h"
#include "tls/keys/transcript.h"
#include "unit/crypto_help.h"
#include "unit/vector_text.h"

static const char *const TRACES[] = {"simple", "resumed", "retry", "client-certificate",
                                     "compatible"};
#define TRACES_COUNT (sizeof TRACES / sizeof TRACES[0])
#define SIZE         32u

typedef struct side {
    hf_traffic_secret hs;
    hf_traffic_secret ap;
    const char *prefix; /* "c" or "s" */
} side;

/* One trace, walked from ClientHello to the end. */
typedef struct trace {
    vectors v;
    hf_crypto crypto;
    hf_transcript transcript;
    side client;
    side server;
    hf_early_secret early;
    hf_handshake_secret handshake;
    hf_master_secret master;
    hf_traffic_secret exporter;
    hf_resumption_secret resumption;
} trace;

static inline void trace_open(trace *t, const char *name)
{
    memset(t, 0, sizeof *t);
    vectors_open(&t->v, "rfc8448.txt");
    vectors_section(&t->v, name);
    open_crypto(&t->crypto, NULL);
    t->client.prefix = "c";
    t->server.prefix = "s";
}

static inline void trace_close(trace *t)
{
    hf_crypto_release(&t->crypto);
    vectors_close(&t->v);
}

static inline void add(trace *t, const char *name)
{
    if (vectors_have(&t->v, name)) {
        hf_span message = vectors_get(&t->v, name);
        hf_transcript_add(&t->transcript, message.ptr, message.len);
    }
}

static inline void transcript_is(trace *t, const char *name, uint8_t now[HF_HASH_MAX])
{
    hf_transcript_now(&t->transcript, now);
    assert_vector(&t->v, name, now);
}

/* ---- stages of the key schedule, each leaving the trace where the next one begins */

static inline void hash_client_hellos(trace *t)
{
    hf_transcript_start(&t->transcript, HF_SHA256);
    add(t, "client_hello");
    if (vectors_have(&t->v, "hello_retry_request")) {
        hf_transcript_retry(&t->transcript);
        add(t, "hello_retry_request");
        add(t, "second_client_hello");
    }
}

static inline void handshake_stage(trace *t)
{
    uint8_t now[HF_HASH_MAX];
    hash_client_hellos(t);
    add(t, "server_hello");
    transcript_is(t, "hash_server_hello", now);
    if (vectors_have(&t->v, "psk")) {
        hf_early_from_psk(HF_SHA256, vectors_get(&t->v, "psk").ptr, &t->early);
    } else {
        hf_early_without_psk(HF_SHA256, &t->early);
    }
    hf_handshake_from_early(HF_SHA256, &t->early, vectors_get(&t->v, "shared"), &t->handshake);
    hf_handshake_traffic(HF_SHA256, &t->handshake, now, &t->client.hs, &t->server.hs);
    hf_master_from_handshake(HF_SHA256, &t->handshake, &t->master);
}

static inline void application_stage(trace *t)
{
    uint8_t now[HF_HASH_MAX];
    add(t, "server_flight");
    transcript_is(t, "hash_server_finished", now);
    hf_application_traffic(HF_SHA256, &t->master, now, &t->client.ap, &t->server.ap, &t->exporter);
    add(t, "end_of_early_data");
    add(t, "client_flight");
    transcript_is(t, "hash_client_finished", now);
    hf_resumption_from_master(HF_SHA256, &t->master, now, &t->resumption);
}

static inline void for_each_trace(void (*check)(trace *t))
{
    for (size_t i = 0; i < TRACES_COUNT; i++) {
        trace t;
        trace_open(&t, TRACES[i]);
        handshake_stage(&t);
        check(&t);
        trace_close(&t);
    }
}

#endif
