/* The handshake's messages, as far as they say how to read on: versions, suites, randoms, and where
 * keys change. Part of decode_tls.h; fields of messages are for whoever shows them.
 *
 * Messages are read leniently: what is wrong about one is for a participant to judge.
 */
#include "decode_tls.h"

#include "tls/message/message.h"

#include <string.h>

void decode_tell(decode_tls *tls, const decode_side *side, hf_event event)
{
    event.sent = side->name == DECODE_CLIENT;
    tls->sink.event(tls->sink.ctx, &event, tls->time);
}

static void tell_epoch(decode_tls *tls, decode_side *side, uint8_t epoch, hf_epoch_kind kind)
{
    if (side->told < epoch && side->opener.epoch >= epoch) {
        side->told = epoch;
        decode_tell(tls, side,
                    (hf_event){.kind = HF_EVENT_KEYS, .type = (uint8_t)kind, .number = tls->suite});
    }
}

void decode_tell_keys(decode_tls *tls, decode_side *side)
{
    if (tls->version == HF_TLS13) {
        if (!decode_opener_can(&side->opener)) {
            return; /* when they change is sealed, too */
        }
        tell_epoch(tls, side, DECODE_HANDSHAKE, HF_EPOCH_HANDSHAKE);
    }
    tell_epoch(tls, side, DECODE_APPLICATION, HF_EPOCH_APPLICATION);
    if (side->updated) {
        side->updated = false;
        decode_tell(
            tls, side,
            (hf_event){.kind = HF_EVENT_KEYS, .type = HF_EPOCH_UPDATE, .number = tls->suite});
    }
}

/* The server's choices, as its client takes them. */
static void tell_choice(decode_tls *tls, hf_decided decided, uint32_t number)
{
    hf_event event = {.kind = HF_EVENT_DECISION,
                      .type = (uint8_t)decided,
                      .number = number,
                      .reason = HF_REASON_PEER_CHOSE};
    tls->sink.event(tls->sink.ctx, &event, tls->time);
}

static const decode_secret *secret_of(decode_tls *tls, unsigned label)
{
    const decode_secret *secret = decode_secrets_find(tls->secrets, label, tls->client_random);
    tls->has_secrets = tls->has_secrets || secret != NULL;
    return secret;
}

void decode_take_ccs(decode_tls *tls, decode_side *side)
{
    bool client = side->name == DECODE_CLIENT;
    if (!client && tls->sides[DECODE_CLIENT].opener.epoch == DECODE_CLEAR) {
        tls->resumed12 = true;
    }
    /* SSL 3.0 to TLS 1.1 have nothing that is opened here. */
    side->opener.suite = tls->version == HF_TLS12 ? decode_suite(tls->suite) : NULL;
    decode_opener_enter12(&side->opener, secret_of(tls, DECODE_LABEL_MASTER), tls->client_random,
                          tls->server_random, client);
    side->told = DECODE_CLEAR; /* also when it is done once more: a renegotiation */
}

static void enter13(decode_tls *tls)
{
    decode_side *client = &tls->sides[DECODE_CLIENT];
    decode_side *server = &tls->sides[DECODE_SERVER];
    client->opener.suite = server->opener.suite = decode_suite(tls->suite);
    decode_opener_secret(&client->opener, DECODE_EARLY, secret_of(tls, DECODE_LABEL_EARLY));
    decode_opener_secret(&client->opener, DECODE_HANDSHAKE,
                         secret_of(tls, DECODE_LABEL_CLIENT_HANDSHAKE));
    decode_opener_secret(&client->opener, DECODE_APPLICATION,
                         secret_of(tls, DECODE_LABEL_CLIENT_APPLICATION));
    decode_opener_secret(&server->opener, DECODE_HANDSHAKE,
                         secret_of(tls, DECODE_LABEL_SERVER_HANDSHAKE));
    decode_opener_secret(&server->opener, DECODE_APPLICATION,
                         secret_of(tls, DECODE_LABEL_SERVER_APPLICATION));
    decode_opener_enter(&server->opener, DECODE_HANDSHAKE);
    decode_opener_enter(&client->opener,
                        tls->early_offered && !tls->retry ? DECODE_EARLY : DECODE_HANDSHAKE);
}

/* The extensions of a hello, from where they begin. */
static bool find_extension(hf_reader r, uint16_t wanted, hf_span *value)
{
    hf_reader list = hf_read_sub(&r, 2, 0, 0xffff);
    bool found = false;
    while (hf_read_left(&list) > 0 && !list.bad && !found) {
        uint16_t type = hf_read_u16(&list);
        *value = hf_read_vec(&list, 2, 0, 0xffff);
        found = type == wanted && !list.bad;
    }
    return found;
}

static void take_client_hello(decode_tls *tls, hf_span body)
{
    hf_reader r = hf_read_span_of(body);
    (void)hf_read_u16(&r);
    hf_span random = hf_read_bytes(&r, 32);
    if (r.bad) {
        return;
    }
    memcpy(tls->client_random, random.ptr, 32);
    if (tls->client_hellos < UINT8_MAX) {
        tls->client_hellos++;
    }
    (void)hf_read_vec(&r, 1, 0, 255);
    (void)hf_read_vec(&r, 2, 0, 0xffff);
    (void)hf_read_vec(&r, 1, 0, 255);
    hf_span value;
    if (find_extension(r, HF_EXT_SERVER_NAME, &value)) {
        decode_chain_ask(&tls->chain, value);
    }
    tls->early_offered = find_extension(r, HF_EXT_EARLY_DATA, &value);
}

static void take_server_hello(decode_tls *tls, hf_span body)
{
    hf_reader r = hf_read_span_of(body);
    uint16_t version = hf_read_u16(&r);
    hf_span random = hf_read_bytes(&r, 32);
    (void)hf_read_vec(&r, 1, 0, 255);
    uint16_t suite = hf_read_u16(&r);
    (void)hf_read_u8(&r);
    if (r.bad) {
        return;
    }
    hf_span value;
    if (find_extension(r, HF_EXT_SUPPORTED_VERSIONS, &value) && value.len == 2) {
        version = (uint16_t)(value.ptr[0] << 8 | value.ptr[1]);
    }
    if (version == HF_TLS13 && hf_is_retry_random(random.ptr)) {
        tls->retry = true;
        return;
    }
    memcpy(tls->server_random, random.ptr, 32);
    tls->version = version;
    tls->suite = suite;
    tell_choice(tls, HF_DECIDED_VERSION, version);
    tell_choice(tls, HF_DECIDED_SUITE, suite);
    if (version == HF_TLS13) {
        enter13(tls);
    }
}

/* One event for each certificate of the server, as a client has them. */
static void tell_certificates(decode_tls *tls, const decode_side *side, hf_span body)
{
    hf_reader r = hf_read_span_of(body);
    if (tls->version == HF_TLS13) {
        (void)hf_read_vec(&r, 1, 0, 255);
    }
    hf_reader list = hf_read_sub(&r, 3, 0, 0xffffff);
    for (uint32_t depth = 0; hf_read_left(&list) > 0 && !list.bad; depth++) {
        hf_span der = hf_read_vec(&list, 3, 1, 0xffffff);
        if (tls->version == HF_TLS13) {
            (void)hf_read_vec(&list, 2, 0, 0xffff);
        }
        if (!list.bad) {
            decode_chain_take(&tls->chain, depth, der);
            decode_tell(tls, side,
                        (hf_event){.kind = HF_EVENT_CERTIFICATE, .number = depth, .body = der});
        }
    }
}

static void take_finished(decode_tls *tls, decode_side *side)
{
    side->finished = true;
    if (tls->version == HF_TLS13) {
        decode_opener_enter(&side->opener, DECODE_APPLICATION);
    }
}

static void take_key_update(decode_tls *tls, decode_side *side)
{
    if (tls->version == HF_TLS13 && side->opener.epoch == DECODE_APPLICATION) {
        decode_opener_update(&side->opener);
        decode_tell(
            tls, side,
            (hf_event){.kind = HF_EVENT_KEYS, .type = HF_EPOCH_UPDATE, .number = tls->suite});
    }
}

void decode_take_message(decode_tls *tls, decode_side *side, uint8_t type, hf_span body)
{
    bool client = side->name == DECODE_CLIENT;
    side->last_message = type;
    side->any_message = true;
    decode_tell(
        tls, side,
        (hf_event){
            .kind = HF_EVENT_MESSAGE, .type = type, .size = (uint32_t)body.len, .body = body});
    switch (type) {
    case HF_CLIENT_HELLO:
        if (client) {
            take_client_hello(tls, body);
        }
        break;
    case HF_SERVER_HELLO:
        if (!client) {
            take_server_hello(tls, body);
        }
        break;
    case HF_CERTIFICATE:
        if (!client) {
            tell_certificates(tls, side, body);
        }
        break;
    case HF_END_OF_EARLY_DATA:
        if (client && side->opener.epoch == DECODE_EARLY) {
            decode_opener_enter(&side->opener, DECODE_HANDSHAKE);
        }
        break;
    case HF_FINISHED:
        take_finished(tls, side);
        break;
    case HF_KEY_UPDATE:
        take_key_update(tls, side);
        break;
    default:
        break;
    }
}
