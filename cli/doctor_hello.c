/* A ClientHello that offers everything, and what the answer to it says. See doctor_raw.h. */
#include "doctor_raw.h"

#include "wire/reader.h"
#include "wire/writer.h"

#include <string.h>
#include <sys/random.h>

#define HELLO_ROOM 1024u
#define TLS10      0x0301u
#define TLS11      0x0302u

typedef struct named {
    uint16_t number;
    const char *name;
} named;

/* IANA's names without their TLS_ */
static const named SUITES[] = {
    {0x1301, "AES_128_GCM_SHA256"},
    {0x1302, "AES_256_GCM_SHA384"},
    {0x1303, "CHACHA20_POLY1305_SHA256"},
    {0x1304, "AES_128_CCM_SHA256"},
    {0x1305, "AES_128_CCM_8_SHA256"},
    {0xc02b, "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    {0xc02f, "ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
    {0xc02c, "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
    {0xc030, "ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
    {0xcca9, "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xcca8, "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xc0ac, "ECDHE_ECDSA_WITH_AES_128_CCM"},
    {0xc0ad, "ECDHE_ECDSA_WITH_AES_256_CCM"},
    {0xc0ae, "ECDHE_ECDSA_WITH_AES_128_CCM_8"},
    {0xc0af, "ECDHE_ECDSA_WITH_AES_256_CCM_8"},
    {0xc023, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
    {0xc027, "ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
    {0xc024, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"},
    {0xc028, "ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
    {0xc009, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
    {0xc013, "ECDHE_RSA_WITH_AES_128_CBC_SHA"},
    {0xc00a, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
    {0xc014, "ECDHE_RSA_WITH_AES_256_CBC_SHA"},
    {0x009e, "DHE_RSA_WITH_AES_128_GCM_SHA256"},
    {0x009f, "DHE_RSA_WITH_AES_256_GCM_SHA384"},
    {0xccaa, "DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0x0067, "DHE_RSA_WITH_AES_128_CBC_SHA256"},
    {0x006b, "DHE_RSA_WITH_AES_256_CBC_SHA256"},
    {0x0033, "DHE_RSA_WITH_AES_128_CBC_SHA"},
    {0x0039, "DHE_RSA_WITH_AES_256_CBC_SHA"},
    {0x009c, "RSA_WITH_AES_128_GCM_SHA256"},
    {0x009d, "RSA_WITH_AES_256_GCM_SHA384"},
    {0xc09c, "RSA_WITH_AES_128_CCM"},
    {0xc09d, "RSA_WITH_AES_256_CCM"},
    {0x003c, "RSA_WITH_AES_128_CBC_SHA256"},
    {0x003d, "RSA_WITH_AES_256_CBC_SHA256"},
    {0x002f, "RSA_WITH_AES_128_CBC_SHA"},
    {0x0035, "RSA_WITH_AES_256_CBC_SHA"},
    {0xc077, "ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"},
    {0xc076, "ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    {0xc073, "ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"},
    {0xc072, "ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"},
    {0xc008, "ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"},
    {0xc012, "ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0x000a, "RSA_WITH_3DES_EDE_CBC_SHA"},
};

static const named GROUPS[] = {
    {0x001d, "X25519"},
    {0x0017, "P-256"},
    {0x0018, "P-384"},
    {0x0019, "P-521"},
    {0x001e, "X448"},
    {0x001a, "brainpoolP256r1"},
    {0x001b, "brainpoolP384r1"},
    {0x001c, "brainpoolP512r1"},
    {0x0016, "secp256k1"},
    {0x0100, "ffdhe2048"},
    {0x0101, "ffdhe3072"},
    {0x0102, "ffdhe4096"},
    {0x11ec, "X25519MLKEM768"},
};

static const uint16_t SCHEMES[] = {0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807,
                                   0x0808, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *find(const named *list, size_t count, uint16_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].number == number) {
            return list[i].name;
        }
    }
    return "unknown";
}

const char *doctor_suite_name(uint16_t suite)
{
    return find(SUITES, COUNT(SUITES), suite);
}

const char *doctor_group_name(uint16_t group)
{
    return find(GROUPS, COUNT(GROUPS), group);
}

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
        hf_write_u16(w, GROUPS[i].number);
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
        bool is_13 = SUITES[i].number >> 8 == 0x13;
        if (is_13 == (kind == HELLO_TLS13)) {
            hf_write_u16(w, SUITES[i].number);
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
