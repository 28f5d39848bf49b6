/* The puppet's messages: bodies as a correct server would say them now. See puppet.h. */
#include "puppet/puppet_inside.h"

#include <string.h>

static const uint8_t RETRY_RANDOM[32] = {
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

static void hello_front(puppet *p, puppet_message *m, const uint8_t random[32])
{
    m->type = M_SERVER_HELLO;
    puppet_put16(m, 0x0303);
    puppet_put(m, random, 32);
    if (p->version == HF_TLS13 || p->session != NULL) {
        puppet_put8(m, (unsigned)p->session_id_len);
        puppet_put(m, p->session_id, p->session_id_len);
    } else {
        puppet_put8(m, p->give_id ? sizeof p->given_id : 0);
        puppet_put(m, p->given_id, p->give_id ? sizeof p->given_id : 0);
    }
    puppet_put16(m, p->chosen->id);
    puppet_put8(m, 0);
}

static void make_retry(puppet *p, puppet_message *m)
{
    hello_front(p, m, RETRY_RANDOM);
    size_t block = m->len;
    puppet_put16(m, 0);
    puppet_put16(m, 43);
    puppet_put16(m, 2);
    puppet_put16(m, HF_TLS13);
    if (p->group != 0) {
        puppet_put16(m, 51);
        puppet_put16(m, 2);
        puppet_put16(m, p->group);
    }
    if (p->cookie_len > 0) {
        puppet_put16(m, 44);
        puppet_put16(m, (unsigned)p->cookie_len + 2);
        puppet_put16(m, (unsigned)p->cookie_len);
        for (size_t i = 0; i < p->cookie_len; i++) {
            puppet_put8(m, (unsigned)(i * 7 + 1) & 0xff);
        }
    }
    puppet_close16(m, block);
}

static void put_limits(const puppet *p, puppet_message *m)
{
    if (p->limit != 0) {
        puppet_put16(m, 28);
        puppet_put16(m, 2);
        puppet_put16(m, p->limit);
    }
    if (p->fragment != 0) {
        puppet_put16(m, 1);
        puppet_put16(m, 1);
        puppet_put8(m, p->fragment);
    }
    if (p->alpn != NULL) {
        size_t len = strlen(p->alpn);
        puppet_put16(m, 16);
        puppet_put16(m, (unsigned)len + 3);
        puppet_put16(m, (unsigned)len + 1);
        puppet_put8(m, (unsigned)len);
        puppet_put(m, p->alpn, len);
    }
}

static void put_share(puppet *p, puppet_message *m)
{
    uint8_t point[HF_POINT_MAX];
    size_t len = hf_exchange_point_size(p->group);
    hf_exchange_release(&p->exchange);
    (void)hf_exchange_generate(&p->exchange, &p->crypto, p->group, point);
    puppet_put16(m, 51);
    puppet_put16(m, (unsigned)len + 4);
    puppet_put16(m, p->group);
    puppet_put16(m, (unsigned)len);
    puppet_put(m, point, len);
}

static void make_server_hello(puppet *p, puppet_message *m)
{
    hello_front(p, m, p->server_random);
    size_t block = m->len;
    puppet_put16(m, 0);
    if (p->version == HF_TLS13) {
        puppet_put16(m, 43);
        puppet_put16(m, 2);
        puppet_put16(m, HF_TLS13);
        if (!p->ke) {
            put_share(p, m);
        }
        if (p->session != NULL) {
            puppet_put16(m, 41);
            puppet_put16(m, 2);
            puppet_put16(m, p->selected);
        }
    } else {
        static const uint8_t EMS_RENEGOTIATION[] = {0, 23, 0, 0, 0xff, 1, 0, 1, 0};
        size_t from = p->legacy ? 4 : 0;
        puppet_put(m, EMS_RENEGOTIATION + from, sizeof EMS_RENEGOTIATION - from);
        puppet_put(m, (const uint8_t[]){0, 35, 0, 0}, p->ticket_due ? 4 : 0);
        put_limits(p, m);
    }
    puppet_close16(m, block);
}

static void make_encrypted_extensions(puppet *p, puppet_message *m)
{
    m->type = M_ENCRYPTED_EXTENSIONS;
    puppet_put16(m, 0);
    put_limits(p, m);
    puppet_close16(m, 0);
}

static void make_request(puppet *p, puppet_message *m)
{
    unsigned scheme =
        p->request_scheme == 0 ? (unsigned)HF_ECDSA_SECP256R1_SHA256 : p->request_scheme;
    m->type = M_CERTIFICATE_REQUEST;
    if (p->version == HF_TLS13) {
        puppet_put8(m, 0);
        puppet_put16(m, 8);
        puppet_put16(m, 13);
        puppet_put16(m, 4);
    } else {
        puppet_put8(m, 2);
        puppet_put8(m, 64); /* ecdsa_sign */
        puppet_put8(m, 1);  /* rsa_sign */
    }
    puppet_put16(m, 2);
    puppet_put16(m, scheme);
    if (p->version != HF_TLS13) {
        puppet_put16(m, 0); /* certificate_authorities */
    }
}

static void make_key_exchange(puppet *p, puppet_message *m)
{
    uint8_t point[HF_POINT_MAX];
    size_t len = hf_exchange_point_size(p->group);
    hf_exchange_release(&p->exchange);
    (void)hf_exchange_generate(&p->exchange, &p->crypto, p->group, point);
    m->type = M_SERVER_KEY_EXCHANGE;
    puppet_put8(m, 3);
    puppet_put16(m, p->group);
    puppet_put8(m, (unsigned)len);
    puppet_put(m, point, len);
    const hf_span parts[] = {{p->client_random, 32}, {p->server_random, 32}, {m->body, m->len}};
    puppet_sign(p, m, p->scheme, parts, 3);
}

void puppet_make(puppet *p, int step, puppet_message *m)
{
    static const struct {
        int step;
        void (*make)(puppet *p, puppet_message *m);
    } MAKERS[] = {
        {M_RETRY, make_retry},
        {M_SERVER_HELLO, make_server_hello},
        {M_ENCRYPTED_EXTENSIONS, make_encrypted_extensions},
        {M_CERTIFICATE_REQUEST, make_request},
        {M_CERTIFICATE, puppet_make_certificate},
        {M_CERTIFICATE_VERIFY, puppet_make_verify},
        {M_SERVER_KEY_EXCHANGE, make_key_exchange},
        {M_FINISHED, puppet_make_finished},
        {M_NEW_SESSION_TICKET, puppet_make_ticket},
    };
    m->type = (uint8_t)step;
    m->len = 0;
    for (size_t i = 0; i < sizeof MAKERS / sizeof MAKERS[0]; i++) {
        if (MAKERS[i].step == step) {
            MAKERS[i].make(p, m);
        }
    }
}
