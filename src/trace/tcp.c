/* Made-up headers. See tcp.h. RFC 791, RFC 8200, RFC 9293. */
#include "trace/tcp.h"

#include "wire/writer.h"

#define PROTOCOL_TCP  6u
#define HOPS          64u
#define DONT_FRAGMENT 0x4000u
#define IP4_SIZE      20u
#define IP6_SIZE      40u
#define TCP_SIZE      20u
#define MSS_OPTION    4u

/* The sum of 16-bit words (RFC 1071); only the last part may be of odd length. 32 bits hold that of
 * 65535 words. */
static uint32_t add_words(uint32_t sum, const uint8_t *ptr, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2) {
        sum += ((uint32_t)ptr[i] << 8) | ptr[i + 1];
    }
    return len % 2 != 0 ? sum + ((uint32_t)ptr[len - 1] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
    uint32_t once = (sum & 0xffffu) + (sum >> 16);
    return (uint16_t) ~((once & 0xffffu) + (once >> 16));
}

static void set_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void write_ip4(hf_writer *w, const hf_tcp_end *from, const hf_tcp_end *to, size_t inside)
{
    uint8_t *start = w->ptr + w->len;
    hf_write_u16(w, 0x4500); /* version 4, 5 words of header */
    hf_write_u16(w, (uint16_t)(IP4_SIZE + inside));
    hf_write_u16(w, from->packets);
    hf_write_u16(w, DONT_FRAGMENT);
    hf_write_u8(w, HOPS);
    hf_write_u8(w, PROTOCOL_TCP);
    hf_write_u16(w, 0); /* the checksum */
    hf_write_bytes(w, from->address, 4);
    hf_write_bytes(w, to->address, 4);
    set_u16(start + 10, fold(add_words(0, start, IP4_SIZE)));
}

static void write_ip6(hf_writer *w, const hf_tcp_end *from, const hf_tcp_end *to, size_t inside)
{
    hf_write_u32(w, 0x60000000u);
    hf_write_u16(w, (uint16_t)inside);
    hf_write_u8(w, PROTOCOL_TCP);
    hf_write_u8(w, HOPS);
    hf_write_bytes(w, from->address, 16);
    hf_write_bytes(w, to->address, 16);
}

/* The largest segment that an end takes, so that a packet has at most 65535 bytes. */
static uint16_t largest(uint8_t family)
{
    return (uint16_t)(65535u - TCP_SIZE - (family == 6 ? IP6_SIZE : IP4_SIZE));
}

static void write_tcp(hf_writer *w, const hf_tcp *tcp, unsigned from, unsigned flags)
{
    const hf_tcp_end *us = &tcp->ends[from];
    const hf_tcp_end *them = &tcp->ends[1 - from];
    bool syn = (flags & HF_TCP_SYN) != 0;
    size_t size = TCP_SIZE + (syn ? MSS_OPTION : 0);
    hf_write_u16(w, us->port);
    hf_write_u16(w, them->port);
    hf_write_u32(w, us->next);
    hf_write_u32(w, (flags & HF_TCP_ACK) != 0 ? them->next : 0);
    hf_write_u8(w, (uint8_t)(size / 4u << 4));
    hf_write_u8(w, (uint8_t)flags);
    hf_write_u16(w, (flags & HF_TCP_RST) != 0 ? 0 : HF_TCP_WINDOW);
    hf_write_u16(w, 0); /* the checksum */
    hf_write_u16(w, 0); /* no urgent data */
    if (syn) {
        hf_write_u16(w, 0x0204); /* maximum segment size */
        hf_write_u16(w, largest(tcp->family));
    }
}

/* RFC 9293 3.1: over addresses, protocol, length, header and payload. */
static uint16_t tcp_checksum(const hf_tcp *tcp, const uint8_t *header, size_t len, hf_span payload)
{
    size_t address = tcp->family == 6 ? 16 : 4;
    uint32_t sum = add_words(PROTOCOL_TCP, tcp->ends[0].address, address);
    sum = add_words(sum, tcp->ends[1].address, address);
    sum += (uint32_t)(len + payload.len);
    sum = add_words(sum, header, len);
    return fold(add_words(sum, payload.ptr, payload.len));
}

size_t hf_tcp_segment(hf_tcp *tcp, unsigned from, unsigned flags, hf_span payload,
                      uint8_t headers[HF_TCP_HEADERS_MAX])
{
    hf_tcp_end *us = &tcp->ends[from];
    const hf_tcp_end *them = &tcp->ends[1 - from];
    hf_writer w = hf_write_to(headers, HF_TCP_HEADERS_MAX);
    bool syn = (flags & HF_TCP_SYN) != 0;
    size_t inside = TCP_SIZE + (syn ? MSS_OPTION : 0) + payload.len;
    us->packets++;
    if (tcp->family == 6) {
        write_ip6(&w, us, them, inside);
    } else {
        write_ip4(&w, us, them, inside);
    }
    size_t ip = w.len;
    write_tcp(&w, tcp, from, flags);
    set_u16(headers + ip + 16, tcp_checksum(tcp, headers + ip, w.len - ip, payload));
    us->next += (uint32_t)payload.len + ((flags & (HF_TCP_SYN | HF_TCP_FIN)) != 0 ? 1u : 0u);
    us->heard = (flags & HF_TCP_ACK) != 0 ? them->next : us->heard;
    return w.len;
}

bool hf_tcp_is_full(const hf_tcp *tcp, unsigned from, size_t len)
{
    uint32_t unheard = tcp->ends[from].next - tcp->ends[1 - from].heard;
    return unheard + len > HF_TCP_WINDOW;
}
