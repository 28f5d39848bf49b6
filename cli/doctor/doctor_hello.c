/* A ClientHello that offers everything, and what the answer to it says. See doctor_raw.h. */
#include "doctor_raw.h"

#include "wire/reader.h"
#include "wire/writer.h"

#include <string.h>
#include <sys/random.h>

#define HELLO_ROOM 1024u
#define TLS10      0x0301u
#define TLS11      0x0302u

/* Everything that a server could be made for, the best first. */
static const uint16_t SUITES[] = {
    0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc0ac,
    0xc0ad, 0xc0ae, 0xc0af, 0xc023, 0xc027, 0xc024, 0xc028, 0xc009, 0xc013, 0xc00a, 0xc014, 0x009e,
    0x009f, 0xccaa, 0x0067, 0x006b, 0x0033, 0x0039, 0x009c, 0x009d, 0xc09c, 0xc09d, 0x003c, 0x003d,
    0x002f, 0x0035, 0xc077, 0xc076, 0xc073, 0xc072, 0xc008, 0xc012, 0x000a};
static const uint16_t GROUPS[] = {0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x001a, 0x001b,
                                  0x001c, 0x0016, 0x0100, 0x0101, 0x0102, 0x11ec};
static const uint16_t SCHEMES[] = {0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807,
                                   0x0808, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---- the hello (RFC 8446 4.1.2, RFC 5246 7.4.1.2) */

static void write_name(hf_writer *w, const char *name)
{
    if (name == NULL || name[0] == '\0') {
        return;
    }
    hf_write_u16(w, 0);
    size_t extension = hf_write_open(w, 2);
    size_t list = hf_write_open(w, 2);
    hf_write_u8(w, 0);
    hf_write_vec(w, 2, (hf_span){(const uint8_t *)name, strlen(name)});
    hf_write_close(w, list, 2);
    hf_write_close(w, extension, 2);
}

static void write_groups(hf_writer *w)
{
    hf_write_u16(w, 10);
    size_t extension = hf_write_open(w, 2);
    size_t list = hf_write_open(w, 2);
    for (size_t i = 0; i < COUNT(GROUPS); i++) {
        hf_write_u16(w, GROUPS[i]);
    }
    hf_write_close(w, list, 2);
    hf_write_close(w, extension, 2);
    hf_write_u16(w, 11); /* ec_point_formats: uncompressed */
    hf_write_u16(w, 2);
    hf_write_u8(w, 1);
    hf_write_u8(w, 0);
}

static void write_schemes(hf_writer *w)
{
    hf_write_u16(w, 13);
    size_t extension = hf_write_open(w, 2);
    size_t list = hf_write_open(w, 2);
    for (size_t i = 0; i < COUNT(SCHEMES); i++) {
        hf_write_u16(w, SCHEMES[i]);
    }
    hf_write_close(w, list, 2);
    hf_write_close(w, extension, 2);
}

/* An empty list of key shares makes the server name the group that it wants (RFC 8446 4.2.8). */
static void write_tls13(hf_writer *w)
{
    hf_write_u16(w, 43);
    hf_write_u16(w, 3);
    hf_write_u8(w, 2);
    hf_write_u16(w, HF_TLS13);
    hf_write_u16(w, 51);
    hf_write_u16(w, 2);
    hf_write_u16(w, 0);
}

static void write_suites(hf_writer *w, doctor_hello_kind kind)
{
    size_t list = hf_write_open(w, 2);
    for (size_t i = 0; i < COUNT(SUITES); i++) {
        bool is_13 = SUITES[i] >> 8 == 0x13;
        if (is_13 == (kind == HELLO_TLS13)) {
            hf_write_u16(w, SUITES[i]);
        }
    }
    hf_write_close(w, list, 2);
}

static void write_body(hf_writer *w, doctor_hello_kind kind, const char *name)
{
    uint8_t random[64];
    hf_write_u16(w, kind == HELLO_TLS11 ? TLS11 : HF_TLS12);
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        memset(random, 0x5a, sizeof random); /* nothing is kept secret by it */
    }
    hf_write_bytes(w, random, 32);
    /* As most clients do, with a session id: nothing on the way may take offence. */
    hf_write_vec(w, 1, (hf_span){random + 32, kind == HELLO_TLS13 ? 32u : 0u});
    write_suites(w, kind);
    hf_write_u8(w, 1); /* compression: none */
    hf_write_u8(w, 0);
    size_t extensions = hf_write_open(w, 2);
    write_name(w, name);
    write_groups(w);
    if (kind != HELLO_TLS11) {
        write_schemes(w);
    }
    if (kind == HELLO_TLS13) {
        write_tls13(w);
    } else {
        hf_write_u16(w, 0xff01); /* renegotiation_info (RFC 5746) */
        hf_write_u16(w, 1);
        hf_write_u8(w, 0);
    }
    hf_write_close(w, extensions, 2);
}

static hf_span write_hello(uint8_t *room, size_t cap, doctor_hello_kind kind, const char *name)
{
    hf_writer w = hf_write_to(room, cap);
    hf_write_u8(&w, 22);
    hf_write_u16(&w, TLS10);
    size_t record = hf_write_open(&w, 2);
    hf_write_u8(&w, 1);
    size_t message = hf_write_open(&w, 3);
    write_body(&w, kind, name);
    hf_write_close(&w, message, 3);
    hf_write_close(&w, record, 2);
    return (hf_span){room, w.bad ? 0 : w.len};
}

/* ---- the answer */

static void read_extensions(hf_reader *hello, doctor_answer *answer)
{
    hf_reader list = hf_read_sub(hello, 2, 0, UINT16_MAX);
    while (hf_read_left(&list) > 0 && !list.bad) {
        uint16_t type = hf_read_u16(&list);
        hf_reader value = hf_read_sub(&list, 2, 0, UINT16_MAX);
        if (type == 43) {
            answer->version = hf_read_u16(&value);
        } else if (type == 51) {
            answer->group = hf_read_u16(&value);
        }
    }
}

static void read_server_hello(hf_reader message, doctor_answer *answer)
{
    answer->version = hf_read_u16(&message);
    (void)hf_read_bytes(&message, 32);
    (void)hf_read_vec(&message, 1, 0, 32);
    answer->suite = hf_read_u16(&message);
    (void)hf_read_u8(&message);
    if (hf_read_left(&message) > 0) {
        read_extensions(&message, answer);
    }
}

/* ServerKeyExchange of an ECDHE suite: named_curve (3) and its number (RFC 8422 5.4). */
static void read_key_exchange(hf_reader message, doctor_answer *answer)
{
    if (hf_read_u8(&message) == 3) {
        answer->group = hf_read_u16(&message);
    }
}

/* Handshake messages from the records that came, put together. */
static size_t unwrap(const doctor_reply *reply, uint8_t *room, doctor_answer *answer)
{
    hf_reader records = hf_read_from(reply->bytes, reply->len);
    size_t used = 0;
    while (hf_read_left(&records) >= 5 && !records.bad) {
        uint8_t type = hf_read_u8(&records);
        (void)hf_read_u16(&records);
        size_t len = hf_read_u16(&records);
        size_t left = hf_read_left(&records);
        hf_span content = hf_read_bytes(&records, len < left ? len : left);
        if (type == 21 && content.len == 2) {
            answer->alerted = true;
            answer->alert = content.ptr[1];
            break;
        }
        if (type != 22 || content.len == 0) {
            break;
        }
        memcpy(room + used, content.ptr, content.len);
        used += content.len;
    }
    return used;
}

static void read_answer(const doctor_reply *reply, doctor_answer *answer)
{
    uint8_t messages[DOCTOR_REPLY];
    *answer = (doctor_answer){.end = reply->end, .heard = reply->len > 0};
    hf_reader reader = hf_read_from(messages, unwrap(reply, messages, answer));
    while (hf_read_left(&reader) >= 4 && !reader.bad) {
        uint8_t type = hf_read_u8(&reader);
        hf_reader message = hf_read_sub(&reader, 3, 0, DOCTOR_REPLY);
        if (reader.bad) {
            break;
        }
        if (type == 2) {
            read_server_hello(message, answer);
        } else if (type == 12) {
            read_key_exchange(message, answer);
        }
    }
}

/* TLS 1.3: the first message says it all. 1.2: the group stands behind the certificates. */
static bool is_enough(const doctor_reply *reply)
{
    doctor_answer answer;
    read_answer(reply, &answer);
    return answer.alerted || answer.version == HF_TLS13 || answer.group != 0 ||
           (reply->len >= 5 && reply->bytes[0] != 22) ||
           (answer.version != 0 && answer.version < HF_TLS12);
}

void doctor_hello(doctor *d, doctor_hello_kind kind, const char *name, doctor_answer *answer)
{
    uint8_t hello[HELLO_ROOM];
    doctor_reply reply;
    hf_span bytes = write_hello(hello, sizeof hello, kind, name);
    doctor_exchange(d, bytes, DOCTOR_SHORT_MS, is_enough, &reply);
    read_answer(&reply, answer);
}
