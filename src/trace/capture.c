/* From events to blocks. See capture.h. */
#include "trace/capture.h"

#include "trace/capture_notes.h"
#include "trace/pcapng.h"

#include <errno.h>
#include <string.h>

/* Ends of a connection, and whose notes. */
enum {
    US = 0,
    PEER = 1,
};

#define ALERT_SIZE     2u
#define CONTENT_ALERT  21u
#define CLOSE_NOTIFY   0u
#define FIRST_SEQUENCE 1000u /* of ours; the peer's begins at twice that */

void hf_capture_begin(hf_capture *capture, const hf_sink *sink, hf_space held,
                      const char *application)
{
    static const uint8_t LOCAL4[4] = {192, 0, 2, 1};
    static const uint8_t LOCAL6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    memset(capture, 0, sizeof *capture);
    capture->sink = *sink;
    capture->held = held;
    capture->port = HF_CAPTURE_PORT_MIN;
    memcpy(capture->local[0], LOCAL4, sizeof LOCAL4);
    memcpy(capture->local[1], LOCAL6, sizeof LOCAL6);
    hf_pcapng_begin(sink, application);
}

/* ---- packets */

/* `notes` may be NULL; they are used up. */
static void put(hf_capture *capture, hf_tcp *tcp, unsigned from, unsigned flags, hf_span payload,
                uint64_t time_ns, hf_capture_notes *notes)
{
    uint8_t headers[HF_TCP_HEADERS_MAX];
    size_t len = hf_tcp_segment(tcp, from, flags, payload, headers);
    hf_span comments = {NULL, 0};
    if (notes != NULL) {
        comments = (hf_span){(const uint8_t *)notes->text, notes->len};
        notes->len = 0;
        notes->full = false;
    }
    capture->last_ns = time_ns > capture->last_ns ? time_ns : capture->last_ns;
    hf_pcapng_packet(&capture->sink, capture->last_ns, (hf_span){headers, len}, payload, comments);
}

static void put_empty(hf_capture *capture, hf_tcp *tcp, unsigned from, unsigned flags,
                      uint64_t time_ns)
{
    put(capture, tcp, from, flags, (hf_span){NULL, 0}, time_ns, NULL);
}

/* The notes stand on the last segment: what they tell of is whole there. */
static void put_data(hf_capture *capture, unsigned from, hf_span data, uint64_t time_ns,
                     hf_capture_notes *notes)
{
    while (data.len > 0) {
        size_t len = data.len < HF_TCP_SEGMENT_MAX ? data.len : HF_TCP_SEGMENT_MAX;
        bool last = len == data.len;
        if (hf_tcp_is_full(capture->live, from, len)) {
            put_empty(capture, capture->live, 1 - from, HF_TCP_ACK, time_ns);
        }
        put(capture, capture->live, from, HF_TCP_ACK | (last ? HF_TCP_PSH : 0),
            (hf_span){data.ptr, len}, time_ns, last ? notes : NULL);
        data.ptr += len;
        data.len -= len;
    }
}

static void put_held(hf_capture *capture)
{
    const hf_span data = {capture->held.ptr, capture->held_len};
    capture->held_len = 0;
    put_data(capture, PEER, data, capture->held_ns, &capture->notes[PEER]);
}

/* ---- connections */

/* The port of ours that no other connection to this one has. */
static uint16_t next_port(hf_capture *capture, uint16_t theirs)
{
    if (capture->server) {
        return capture->port;
    }
    uint16_t port = capture->port == theirs ? (uint16_t)(capture->port + 1u) : capture->port;
    capture->port = port == UINT16_MAX ? HF_CAPTURE_PORT_MIN : (uint16_t)(port + 1u);
    return port;
}

static bool is_to(const hf_tcp *tcp, const hf_event *event)
{
    const hf_tcp_end *peer = &tcp->ends[PEER];
    return tcp->family == event->type && peer->port == event->size &&
           memcmp(peer->address, event->body.ptr, event->body.len) == 0;
}

/* The attempt that the event is about: the newest of its address. */
static hf_tcp *find(hf_capture *capture, const hf_event *event)
{
    for (unsigned back = 1; back <= HF_CAPTURE_DIALS; back++) {
        hf_tcp *tcp = &capture->dials[(capture->dialled - back) % HF_CAPTURE_DIALS];
        if (is_to(tcp, event)) {
            return tcp;
        }
    }
    return NULL;
}

static unsigned opener(const hf_capture *capture)
{
    return capture->server ? PEER : US;
}

static hf_tcp *dial(hf_capture *capture, const hf_event *event, uint64_t now_ns)
{
    hf_capture_end(capture, capture->last_ns); /* what came before is over */
    hf_tcp *tcp = &capture->dials[capture->dialled++ % HF_CAPTURE_DIALS];
    memset(tcp, 0, sizeof *tcp);
    tcp->family = event->type;
    memcpy(tcp->ends[US].address, capture->local[event->type == 6 ? 1 : 0], event->body.len);
    memcpy(tcp->ends[PEER].address, event->body.ptr, event->body.len);
    tcp->ends[PEER].port = (uint16_t)event->size;
    tcp->ends[US].port = next_port(capture, tcp->ends[PEER].port);
    tcp->ends[US].next = FIRST_SEQUENCE;
    tcp->ends[PEER].next = 2 * FIRST_SEQUENCE;
    put_empty(capture, tcp, opener(capture), HF_TCP_SYN, now_ns);
    return tcp;
}

static void take_attempt_end(hf_capture *capture, hf_tcp *tcp, uint32_t code, uint64_t now_ns)
{
    unsigned first = opener(capture);
    if (code == HF_OK) {
        put_empty(capture, tcp, 1 - first, HF_TCP_SYN | HF_TCP_ACK, now_ns);
        put_empty(capture, tcp, first, HF_TCP_ACK, now_ns);
        capture->live = tcp;
        capture->ending = HF_CAPTURE_WE_CLOSED;
        capture->goodbye = false;
        return;
    }
    if (code == HF_E_CONNECT_REFUSED) {
        put_empty(capture, tcp, 1 - first, HF_TCP_RST | HF_TCP_ACK, now_ns);
    }
    tcp->family = 0;
}

static void take_address(hf_capture *capture, const hf_event *event, uint64_t now_ns)
{
    size_t len = event->type == 6 ? 16 : 4;
    if ((event->type != 4 && event->type != 6) || event->body.len != len) {
        return;
    }
    bool begins = event->number == HF_PENDING;
    hf_tcp *tcp = begins ? NULL : find(capture, event);
    if (tcp == NULL) {
        tcp = dial(capture, event, now_ns);
    }
    if (!begins && tcp != capture->live) {
        take_attempt_end(capture, tcp, event->number, now_ns);
    }
}

/* FIN of one end, then of the other. */
static void put_ending(hf_capture *capture, unsigned first, uint64_t now_ns)
{
    hf_tcp *tcp = capture->live;
    put(capture, tcp, first, HF_TCP_FIN | HF_TCP_ACK, (hf_span){NULL, 0}, now_ns,
        &capture->notes[US]);
    put_empty(capture, tcp, 1 - first, HF_TCP_FIN | HF_TCP_ACK, now_ns);
    put_empty(capture, tcp, first, HF_TCP_ACK, now_ns);
}

/* What was learnt of bytes whose packet is written already. */
static void move_late_notes(hf_capture *capture)
{
    hf_capture_notes *late = &capture->notes[PEER];
    hf_capture_notes *to = &capture->notes[US];
    if (late->len <= sizeof to->text - to->len) {
        memcpy(to->text + to->len, late->text, late->len);
        to->len += late->len;
    }
    late->len = 0;
    late->full = false;
}

void hf_capture_end(hf_capture *capture, uint64_t now_ns)
{
    if (capture->live == NULL) {
        return;
    }
    put_held(capture);
    move_late_notes(capture);
    if (capture->ending == HF_CAPTURE_PEER_RESET) {
        put(capture, capture->live, PEER, HF_TCP_RST | HF_TCP_ACK, (hf_span){NULL, 0}, now_ns,
            &capture->notes[US]);
    } else {
        put_ending(capture, capture->ending == HF_CAPTURE_PEER_CLOSED ? PEER : US, now_ns);
    }
    capture->live->family = 0;
    capture->live = NULL;
}

/* ---- events */

static void take_bytes(hf_capture *capture, const hf_event *event, uint64_t now_ns)
{
    if (capture->live == NULL || event->body.len == 0) {
        return;
    }
    put_held(capture);
    if (event->sent) {
        put_data(capture, US, event->body, now_ns, &capture->notes[US]);
        return;
    }
    size_t room = capture->held.cap;
    size_t early = event->body.len > room ? event->body.len - room : 0;
    put_data(capture, PEER, (hf_span){event->body.ptr, early}, now_ns, NULL);
    if (room > 0) {
        memcpy(capture->held.ptr, event->body.ptr + early, event->body.len - early);
    }
    capture->held_len = event->body.len - early;
    capture->held_ns = now_ns;
}

static bool is_goodbye(const hf_event *event)
{
    return event->kind == HF_EVENT_RECORD && event->type == CONTENT_ALERT &&
           event->body.len == ALERT_SIZE && event->body.ptr[1] == CLOSE_NOTIFY;
}

static void learn_ending(hf_capture *capture, const hf_event *event)
{
    if (is_goodbye(event) && !capture->goodbye) {
        capture->goodbye = true;
        capture->ending = event->sent ? HF_CAPTURE_WE_CLOSED : HF_CAPTURE_PEER_CLOSED;
    }
    bool broken = event->kind == HF_EVENT_ERROR &&
                  (event->number == HF_E_NETWORK || event->number == HF_E_CLOSED_IN_HANDSHAKE ||
                   event->number == HF_E_TRUNCATED);
    if (broken) {
        int32_t system = event->error == NULL ? 0 : event->error->system;
        bool reset = system == ECONNRESET || system == EPIPE;
        capture->ending = reset ? HF_CAPTURE_PEER_RESET : HF_CAPTURE_PEER_CLOSED;
    }
}

/* Decisions and errors come from what has been read last, if it is still here. */
static unsigned notes_of(const hf_capture *capture, const hf_event *event)
{
    if (event->kind == HF_EVENT_DECISION || event->kind == HF_EVENT_ERROR) {
        return capture->held_len > 0 ? PEER : US;
    }
    return event->sent ? US : PEER;
}

void hf_capture_event(hf_capture *capture, const hf_event *event, uint64_t now_ns)
{
    if (event->kind == HF_EVENT_ADDRESS) {
        take_address(capture, event, now_ns);
    } else if (event->kind == HF_EVENT_BYTES) {
        take_bytes(capture, event, now_ns);
    } else {
        hf_capture_note(&capture->notes[notes_of(capture, event)], event);
        learn_ending(capture, event);
    }
}

void hf_capture_secrets(hf_capture *capture, hf_span lines)
{
    if (lines.len > 0) {
        hf_pcapng_secrets(&capture->sink, lines);
    }
}
