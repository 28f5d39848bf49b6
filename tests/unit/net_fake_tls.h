/* A stand-in for the TLS engine, so that the network layer can be tested alone and its peer is a
 * few lines. It has the calls of tls.h and speaks in clear:
 *
 *     us "HELLO name\n", peer "OK\n", us "FIN\n"; then both ways frames 'D' len bytes (data),
 *     'A' code (fatal alert), 'C' (close_notify). Anything else fails with a sent alert.
 *
 * One connection at a time. Included by exactly one file of each executable.
 */
#ifndef HF_TESTS_NET_FAKE_TLS_H
#define HF_TESTS_NET_FAKE_TLS_H

#include <handfast/tls.h>

#include <stdio.h>
#include <string.h>

static struct fake {
    hf_error error;
    uint8_t in[4096];
    size_t in_len;
    uint8_t out[4096];
    size_t out_len;
    size_t skip; /* of the frame whose payload is being read: header and bytes taken */
    size_t data_len;
    unsigned state; /* 0 begin, 1 waits for OK, 2 has OK, 3 open */
    bool closed;
    bool close_sent;
    int released;
    unsigned runs;
    size_t reserve; /* output space that is kept back, to play small buffers */
} fake;

static bool fake_session; /* one is offered; stays until the engine is begun again without it */
static unsigned fake_again;

static hf_code fake_fail(hf_code code, uint8_t sent)
{
    if (fake.error.code == HF_OK && sent != HF_NO_ALERT) {
        fake.error.alert = sent;
        fake.error.alert_by = HF_ALERT_SENT;
        fake.out[fake.out_len++] = 'A';
        fake.out[fake.out_len++] = sent;
    }
    fake.error.stage = HF_STAGE_TLS;
    return hf_fail(&fake.error, code);
}

hf_code hf_tls_client(hf_tls *tls, const hf_config *config, const hf_tls_memory *memory,
                      const char *name)
{
    (void)memory;
    memset(tls, 0, sizeof *tls);
    tls->config = config;
    memset(&fake, 0, sizeof fake);
    hf_error_clear(&fake.error);
    if (config == NULL || !config->built) {
        return HF_E_CONFIG_NOT_BUILT;
    }
    fake.out_len = (size_t)snprintf((char *)fake.out, sizeof fake.out, "HELLO %s\n", name);
    return HF_OK;
}

unsigned hf_tls_wants(const hf_tls *tls)
{
    (void)tls;
    unsigned wants = 0;
    if (fake.state != 0 && fake.out_len > 0) {
        wants |= HF_WANT_OUTPUT;
    }
    if (fake.error.code != HF_OK) {
        return wants | HF_IS_FAILED;
    }
    if (fake.state == 0 || fake.state == 2) {
        wants |= HF_WANT_RUN;
    }
    if (fake.in_len < sizeof fake.in && !fake.closed) {
        wants |= HF_WANT_INPUT;
    }
    if (fake.data_len > 0) {
        wants |= HF_HAS_DATA;
    }
    if (fake.state == 3) {
        wants |= HF_IS_OPEN;
        wants |= !fake.close_sent && fake.out_len + 300 < sizeof fake.out ? HF_HAS_ROOM : 0u;
    }
    return wants | (fake.closed ? (unsigned)HF_IS_CLOSED : 0u);
}

hf_code hf_tls_run(hf_tls *tls)
{
    (void)tls;
    fake.runs++;
    if (fake.state == 0) {
        fake.state = 1;
    } else if (fake.state == 2) {
        memcpy(fake.out + fake.out_len, "FIN\n", 4);
        fake.out_len += 4;
        fake.state = 3;
    }
    return HF_OK;
}

uint8_t *hf_tls_input(hf_tls *tls, size_t *room)
{
    *room = (hf_tls_wants(tls) & HF_WANT_INPUT) != 0 ? sizeof fake.in - fake.in_len : 0;
    return *room == 0 ? NULL : fake.in + fake.in_len;
}

static void fake_drop(size_t len)
{
    memmove(fake.in, fake.in + len, fake.in_len - len);
    fake.in_len -= len;
}

static hf_code fake_alert(uint8_t alert)
{
    fake.error.alert = alert;
    fake.error.alert_by = HF_ALERT_RECEIVED;
    return fake_fail(HF_E_ALERT, HF_NO_ALERT);
}

static hf_code fake_frames(void)
{
    while (fake.in_len > 0 && fake.data_len == 0) {
        uint8_t kind = fake.in[0];
        if (kind == 'C') {
            fake.closed = true;
            fake_drop(1);
        } else if (fake.in_len < 2 && (kind == 'A' || kind == 'D')) {
            return HF_OK;
        } else if (kind == 'A') {
            return fake_alert(fake.in[1]);
        } else if (kind == 'D') {
            if (fake.in_len < 2u + fake.in[1]) {
                return HF_OK;
            }
            fake.data_len = fake.in[1];
            fake_drop(2);
        } else {
            return fake_fail(HF_E_UNEXPECTED_MESSAGE, 10);
        }
    }
    return HF_OK;
}

hf_code hf_tls_input_done(hf_tls *tls, size_t len)
{
    (void)tls;
    fake.in_len += len;
    if (fake.state < 3) {
        if (fake.in_len >= 2 && fake.in[0] == 'A') {
            return fake_alert(fake.in[1]);
        }
        if (fake.in[0] != 'O') {
            return fake_fail(HF_E_NOT_TLS, 10);
        }
        if (fake.in_len < 3) {
            return HF_OK;
        }
        fake_drop(3);
        fake.state = 2;
    }
    return fake_frames();
}

hf_code hf_tls_input_end(hf_tls *tls)
{
    (void)tls;
    if (fake.closed) {
        return HF_OK;
    }
    return fake_fail(fake.state < 3 ? HF_E_CLOSED_IN_HANDSHAKE : HF_E_TRUNCATED, HF_NO_ALERT);
}

const uint8_t *hf_tls_output(const hf_tls *tls, size_t *len)
{
    (void)tls;
    *len = fake.state == 0 ? 0 : fake.out_len;
    return *len == 0 ? NULL : fake.out;
}

void hf_tls_output_done(hf_tls *tls, size_t len)
{
    (void)tls;
    memmove(fake.out, fake.out + len, fake.out_len - len);
    fake.out_len -= len;
}

const uint8_t *hf_tls_data(const hf_tls *tls, size_t *len)
{
    (void)tls;
    *len = fake.data_len;
    return *len == 0 ? NULL : fake.in;
}

hf_code hf_tls_data_done(hf_tls *tls, size_t len)
{
    (void)tls;
    fake_drop(len);
    fake.data_len -= len;
    return fake.data_len == 0 ? fake_frames() : HF_OK;
}

uint8_t *hf_tls_room(hf_tls *tls, size_t *room)
{
    *room = (hf_tls_wants(tls) & HF_HAS_ROOM) != 0 ? 255 : 0;
    return *room == 0 ? NULL : fake.out + fake.out_len + 2;
}

hf_code hf_tls_room_done(hf_tls *tls, size_t len)
{
    (void)tls;
    fake.out[fake.out_len] = 'D';
    fake.out[fake.out_len + 1] = (uint8_t)len;
    fake.out_len += len + 2;
    return HF_OK;
}

hf_code hf_tls_close(hf_tls *tls)
{
    (void)tls;
    if (fake.state == 3 && !fake.close_sent && fake.error.code == HF_OK) {
        fake.out[fake.out_len++] = 'C';
        fake.close_sent = true;
    }
    return HF_OK;
}

void hf_tls_release(hf_tls *tls)
{
    (void)tls;
    fake.released++;
}

const hf_error *hf_tls_error(const hf_tls *tls)
{
    (void)tls;
    return &fake.error;
}

bool hf_tls_offered_session(const hf_tls *tls)
{
    (void)tls;
    return fake_session;
}

uint16_t hf_tls_version(const hf_tls *tls)
{
    (void)tls;
    return fake.state < 2 ? 0 : HF_TLS13;
}

bool hf_tls_blames_session(const hf_tls *tls)
{
    bool ended = fake.error.code == HF_E_ALERT || fake.error.code == HF_E_CLOSED_IN_HANDSHAKE;
    return hf_tls_offered_session(tls) && fake.state < 2 && ended;
}

hf_code hf_tls_again(hf_tls *tls)
{
    fake_again++;
    fake_session = false;
    return hf_tls_client(tls, tls->config, NULL, "again");
}

#endif
