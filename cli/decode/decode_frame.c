/* From frame to TCP segment. See decode_frame.h.
 *
 * Each layer is a function that takes the reader at its first byte and leaves it at the first byte
 * of the next one; the reader turns bad when the frame is too short.
 */
#include "decode_frame.h"

#include "wire/reader.h"

#include <string.h>

#define ETHER_IPV4  0x0800u
#define ETHER_IPV6  0x86ddu
#define ETHER_VLAN  0x8100u
#define ETHER_QINQ  0x88a8u
#define ETHER_QINQ2 0x9100u
#define ETHER_PPPOE 0x8864u
#define PPP_IPV4    0x0021u
#define PPP_IPV6    0x0057u
#define TAGS_MAX    8u /* VLAN tags, IPv6 extension headers */

#define IP_TCP     6u
#define IP_HOP     0u
#define IP_ROUTING 43u
#define IP_PART    44u
#define IP_AUTH    51u
#define IP_OPTIONS 60u

/* What a layer above the link may find out. */
typedef enum above {
    ABOVE_IP, /* look at the version in the first byte */
    ABOVE_OTHER,
    ABOVE_ENCRYPTED,
    ABOVE_NO_LINK,
} above;

static above by_ether_type(hf_reader *r, uint16_t type)
{
    for (unsigned tags = 0; tags < TAGS_MAX; tags++) {
        if (type != ETHER_VLAN && type != ETHER_QINQ && type != ETHER_QINQ2) {
            break;
        }
        (void)hf_read_u16(r);
        type = hf_read_u16(r);
    }
    if (type == ETHER_PPPOE) {
        (void)hf_read_bytes(r, 6);
        uint16_t protocol = hf_read_u16(r);
        return protocol == PPP_IPV4 || protocol == PPP_IPV6 ? ABOVE_IP : ABOVE_OTHER;
    }
    return type == ETHER_IPV4 || type == ETHER_IPV6 ? ABOVE_IP : ABOVE_OTHER;
}

static above ethernet(hf_reader *r)
{
    (void)hf_read_bytes(r, 12);
    return by_ether_type(r, hf_read_u16(r));
}

/* RFC 1661, RFC 1662: address and control may be left out, and the first byte of the protocol. */
static above ppp(hf_reader *r)
{
    uint16_t protocol = hf_read_u8(r);
    if (protocol == 0xff) {
        (void)hf_read_u8(r);
        protocol = hf_read_u8(r);
    }
    if ((protocol & 1) == 0) {
        protocol = (uint16_t)(protocol << 8 | hf_read_u8(r));
    }
    return protocol == PPP_IPV4 || protocol == PPP_IPV6 ? ABOVE_IP : ABOVE_OTHER;
}

/* The family's number depends on the system; the first byte of the packet tells as well. */
static above loopback(hf_reader *r)
{
    (void)hf_read_bytes(r, 4);
    return ABOVE_IP;
}

static above cooked(hf_reader *r)
{
    (void)hf_read_bytes(r, 14);
    return by_ether_type(r, hf_read_u16(r));
}

static above cooked2(hf_reader *r)
{
    uint16_t type = hf_read_u16(r);
    (void)hf_read_bytes(r, 18);
    return by_ether_type(r, type);
}

/* IEEE 802.11 data frames with LLC/SNAP; management and control have nothing for us. */
static above wifi(hf_reader *r)
{
    uint8_t control = hf_read_u8(r);
    uint8_t flags = hf_read_u8(r);
    unsigned kind = control >> 2 & 3u;
    unsigned subtype = control >> 4;
    if (kind != 2 || (subtype & 4u) != 0) { /* no data, or a null frame */
        return ABOVE_OTHER;
    }
    if ((flags & 0x40u) != 0) {
        return ABOVE_ENCRYPTED;
    }
    size_t header = 24 - 2;
    header += (flags & 3u) == 3 ? 6 : 0;                           /* four addresses */
    header += (subtype & 8u) != 0 ? 2 : 0;                         /* QoS control */
    header += (subtype & 8u) != 0 && (flags & 0x80u) != 0 ? 4 : 0; /* HT control */
    (void)hf_read_bytes(r, header);
    hf_span snap = hf_read_bytes(r, 6);
    static const uint8_t SNAP[6] = {0xaa, 0xaa, 3, 0, 0, 0};
    if (snap.len != sizeof SNAP || memcmp(snap.ptr, SNAP, sizeof SNAP) != 0) {
        return ABOVE_OTHER;
    }
    return by_ether_type(r, hf_read_u16(r));
}

static above radiotap(hf_reader *r)
{
    (void)hf_read_u16(r);
    uint16_t low = hf_read_u8(r); /* little-endian everywhere */
    uint16_t len = (uint16_t)(hf_read_u8(r) << 8 | low);
    if (len < 8) {
        hf_read_spoil(r);
        return ABOVE_OTHER;
    }
    (void)hf_read_bytes(r, len - 4u);
    return wifi(r);
}

static above link_layer(uint16_t link, hf_reader *r)
{
    switch (link) {
    case DECODE_LINK_ETHERNET:
        return ethernet(r);
    case DECODE_LINK_PPP:
        return ppp(r);
    case DECODE_LINK_NULL:
    case DECODE_LINK_LOOP:
        return loopback(r);
    case DECODE_LINK_RAW:
    case DECODE_LINK_RAW_BSD:
    case DECODE_LINK_RAW_OPENBSD:
    case DECODE_LINK_IPV4:
    case DECODE_LINK_IPV6:
        return ABOVE_IP;
    case DECODE_LINK_SLL:
        return cooked(r);
    case DECODE_LINK_SLL2:
        return cooked2(r);
    case DECODE_LINK_WIFI:
        return wifi(r);
    case DECODE_LINK_RADIOTAP:
        return radiotap(r);
    default:
        return ABOVE_NO_LINK;
    }
}

/* ---- IP. `payload`: bytes that the packet says it has behind its headers, SIZE_MAX: it does not
 * say (offloaded packets have a length of 0). */

static decode_kind ipv4(hf_reader *r, decode_segment *segment, size_t *payload)
{
    size_t header = (size_t)(hf_read_u8(r) & 15u) * 4;
    (void)hf_read_u8(r);
    size_t total = hf_read_u16(r);
    (void)hf_read_u16(r);
    uint16_t part = hf_read_u16(r);
    (void)hf_read_u8(r);
    uint8_t protocol = hf_read_u8(r);
    (void)hf_read_u16(r);
    hf_span from = hf_read_bytes(r, 4);
    hf_span to = hf_read_bytes(r, 4);
    if (header < 20 || (total != 0 && total < header)) {
        return DECODE_SHORT;
    }
    (void)hf_read_bytes(r, header - 20);
    if (r->bad) {
        return DECODE_SHORT;
    }
    memcpy(segment->from.address, from.ptr, 4);
    memcpy(segment->to.address, to.ptr, 4);
    segment->from.family = segment->to.family = 4;
    *payload = total == 0 ? SIZE_MAX : total - header;
    if (protocol != IP_TCP) {
        return DECODE_OTHER;
    }
    return (part & 0x3fffu) == 0 ? DECODE_TCP : DECODE_FRAGMENT; /* offset, or more fragments */
}

/* One extension header: its length, and whether it says that the packet is a fragment. */
static size_t extension(hf_reader *r, uint8_t kind, uint8_t *next, bool *part)
{
    *next = hf_read_u8(r);
    size_t units = hf_read_u8(r);
    size_t len = kind == IP_AUTH ? (units + 2) * 4 : (units + 1) * 8;
    if (kind == IP_PART) {
        len = 8;
        uint16_t offset = hf_read_u16(r);
        (void)hf_read_bytes(r, 4);
        *part = *part || (offset & 0xfff9u) != 0;
        return len;
    }
    (void)hf_read_bytes(r, len - 2);
    return len;
}

static bool is_extension(uint8_t kind)
{
    return kind == IP_HOP || kind == IP_ROUTING || kind == IP_PART || kind == IP_AUTH ||
           kind == IP_OPTIONS;
}

static decode_kind ipv6(hf_reader *r, decode_segment *segment, size_t *payload)
{
    (void)hf_read_bytes(r, 4);
    size_t total = hf_read_u16(r);
    uint8_t next = hf_read_u8(r);
    (void)hf_read_u8(r);
    hf_span from = hf_read_bytes(r, 16);
    hf_span to = hf_read_bytes(r, 16);
    bool part = false;
    size_t used = 0;
    for (unsigned headers = 0; headers < TAGS_MAX && is_extension(next); headers++) {
        used += extension(r, next, &next, &part);
    }
    if (r->bad || (total != 0 && total < used)) {
        return DECODE_SHORT;
    }
    memcpy(segment->from.address, from.ptr, 16);
    memcpy(segment->to.address, to.ptr, 16);
    segment->from.family = segment->to.family = 6;
    *payload = total == 0 ? SIZE_MAX : total - used;
    if (next != IP_TCP) {
        return DECODE_OTHER;
    }
    return part ? DECODE_FRAGMENT : DECODE_TCP;
}

/* `cut`: bytes of the frame that were not captured. */
static decode_kind tcp(hf_reader *r, decode_segment *segment, size_t payload, size_t cut)
{
    segment->from.port = hf_read_u16(r);
    segment->to.port = hf_read_u16(r);
    segment->sequence = hf_read_u32(r);
    segment->acknowledged = hf_read_u32(r);
    size_t header = (size_t)(hf_read_u8(r) >> 4) * 4;
    segment->flags = hf_read_u8(r);
    (void)hf_read_bytes(r, 6);
    if (header < 20 || payload < header) {
        return DECODE_SHORT;
    }
    (void)hf_read_bytes(r, header - 20);
    if (r->bad) {
        return DECODE_SHORT;
    }
    size_t have = hf_read_left(r);
    size_t data = payload == SIZE_MAX ? have + cut : payload - header;
    segment->total = (uint32_t)(data < 0xffffffu ? data : 0xffffffu);
    segment->data = hf_read_bytes(r, have < segment->total ? have : segment->total);
    return DECODE_TCP;
}

decode_kind decode_frame_read(const decode_frame *frame, decode_segment *segment)
{
    hf_reader r = hf_read_span_of(frame->bytes);
    size_t cut = frame->wire > frame->bytes.len ? frame->wire - frame->bytes.len : 0;
    size_t payload = 0;
    memset(segment, 0, sizeof *segment);
    above up = link_layer(frame->link, &r);
    if (up == ABOVE_NO_LINK) {
        return DECODE_NO_LINK;
    }
    if (up == ABOVE_ENCRYPTED) {
        return DECODE_ENCRYPTED;
    }
    if (r.bad || (up == ABOVE_IP && hf_read_left(&r) == 0)) {
        return DECODE_SHORT;
    }
    unsigned version = up == ABOVE_IP ? *r.at >> 4 : 0;
    if (version != 4 && version != 6) {
        return DECODE_OTHER;
    }
    decode_kind kind = version == 4 ? ipv4(&r, segment, &payload) : ipv6(&r, segment, &payload);
    return kind == DECODE_TCP ? tcp(&r, segment, payload, cut) : kind;
}

const char *decode_link_name(uint16_t link)
{
    static const struct {
        uint16_t link;
        const char *name;
    } NAMES[] = {
        {DECODE_LINK_NULL, "BSD loopback"},
        {DECODE_LINK_ETHERNET, "Ethernet"},
        {DECODE_LINK_PPP, "PPP"},
        {DECODE_LINK_RAW_BSD, "raw IP"},
        {DECODE_LINK_RAW_OPENBSD, "raw IP"},
        {DECODE_LINK_RAW, "raw IP"},
        {DECODE_LINK_WIFI, "IEEE 802.11"},
        {DECODE_LINK_LOOP, "OpenBSD loopback"},
        {DECODE_LINK_SLL, "Linux cooked v1"},
        {119, "IEEE 802.11 with a Prism header"},
        {DECODE_LINK_RADIOTAP, "IEEE 802.11 with radiotap"},
        {147, "private use"},
        {187, "Bluetooth HCI H4"},
        {189, "USB (Linux)"},
        {195, "IEEE 802.15.4"},
        {201, "Bluetooth HCI H4 with direction"},
        {220, "USB (Linux, padded)"},
        {DECODE_LINK_IPV4, "raw IPv4"},
        {DECODE_LINK_IPV6, "raw IPv6"},
        {230, "IEEE 802.15.4 without FCS"},
        {252, "Wireshark upper PDU"},
        {DECODE_LINK_SLL2, "Linux cooked v2"},
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (NAMES[i].link == link) {
            return NAMES[i].name;
        }
    }
    return "unknown";
}
