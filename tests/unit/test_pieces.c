/* Records larger than the input buffer (TLS 1.3): the flight in one record with padding, with zeros
 * in it, cut everywhere; errors and bad tags; plain records; an agreed limit. */
#include "puppet/rig.h"
#include "unit/cmocka_all.h"
#include "unit/needs.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* What the client must not do before a tag was checked. */
static unsigned signs, events;

static hf_code count_sign(void *ctx, uint16_t scheme, hf_span hash, hf_space signature, size_t *len)
{
    rig *r = ctx;
    (void)scheme;
    signs++;
    return hf_key_sign(&r->key, &r->p->crypto, HF_ECDSA, HF_SHA256, hash.ptr, signature.ptr,
                       signature.cap, len);
}

/* Those that tell of what is inside the record, whose tag is not checked yet. */
static void count_event(void *ctx, const hf_event *event)
{
    (void)ctx;
    bool before = event->kind == HF_EVENT_BYTES || event->sent ||
                  (event->kind == HF_EVENT_RECORD && !event->sealed) ||
                  (event->kind == HF_EVENT_WORK && event->type <= HF_WORK_AGREE) ||
                  (event->kind == HF_EVENT_MESSAGE && event->type == M_SERVER_HELLO) ||
                  (event->kind == HF_EVENT_DECISION && event->type <= HF_DECIDED_RESUMPTION) ||
                  (event->kind == HF_EVENT_KEYS && event->type == HF_EPOCH_HANDSHAKE);
    events += before ? 0 : 1;
}

static rig *rig_for(size_t input, size_t pad)
{
    rig *r = rig_new();
    signs = events = 0;
    r->input = input;
    r->p->join = true;
    r->p->pad = pad;
    r->p->request = true;
    r->identity = true;
    r->signer = (hf_signer){count_sign, r};
    r->trace = count_event;
    return r;
}

/* ---- the whole flight in one record */

/* An extension that nobody knows, full of zeros, in CertificateRequest. */
static bool zeros_in_request(puppet *p, int step, puppet_message *m)
{
    static const uint8_t ZEROS[2000];
    if (step == M_CERTIFICATE_REQUEST) {
        puppet_add_extension(m, 1, 0x5a5a, ZEROS, (size_t)p->arg);
    }
    return true;
}

static void play_flight(size_t input, size_t pad, int zeros, size_t feed)
{
    char name[100];
    (void)snprintf(name, sizeof name, "input %zu, padding %zu, zeros %d, feed %zu", input, pad,
                   zeros, feed);
    rig *r = rig_for(input, pad);
    r->feed = feed;
    r->p->change = zeros_in_request;
    r->p->arg = zeros;
    rig_start(r);
    rig_run(r);
    rig_expect_open(r, name);
    assert_true(r->p->certificate_verified);
    assert_int_equal(signs, 1);
    rig_free(r);
}

static void test_flight_in_one_record(void **state)
{
    (void)state;
    needs_pieces();
    static const size_t INPUTS[] = {512, 600, 1024, 2048};
    static const size_t PADS[] = {0, 1, 15, 16, 17, 490, 3000, 12500};
    static const int ZEROS[] = {0, 1, 40, 600, 1500};
    static const size_t FEEDS[] = {0, 1, 7, 333};
    for (size_t i = 0; i < COUNT(INPUTS); i++) {
        for (size_t k = 0; k < COUNT(PADS); k++) {
            for (size_t z = 0; z < COUNT(ZEROS); z++) {
                play_flight(INPUTS[i], PADS[k], ZEROS[z], FEEDS[(i + k + z) % COUNT(FEEDS)]);
            }
        }
    }
}

/* One call of input ends at each byte of the record in turn. */
static void test_cut_everywhere(void **state)
{
    (void)state;
    needs_pieces();
    size_t total = 2; /* known after the first round */
    for (size_t at = 1; at < total; at++) {
        rig *r = rig_for(512, 20);
        r->p->change = zeros_in_request;
        r->p->arg = 30;
        r->cut_at = at;
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "cut");
        total = r->fed;
        rig_free(r);
    }
    assert_true(total > 1000);
}

/* ---- errors inside, good tag and bad tag */

typedef struct bad_piece {
    const char *name;
    int step;
    hf_code code;
} bad_piece;

static const bad_piece *at_work;

static void spoil(puppet *p, puppet_message *m)
{
    switch (at_work->code) {
    case HF_E_DECODE:
        m->body[m->len++] = 7;
        break;
    case HF_E_EXTENSION_UNASKED:
        puppet_add_extension(m, 0, 0x5a5a, NULL, 0);
        break;
    case HF_E_UNEXPECTED_MESSAGE:
        m->type = M_SERVER_KEY_EXCHANGE;
        break;
    case HF_E_CERTIFICATE_CONTEXT:
        memmove(m->body + 2, m->body + 1, m->len - 1);
        m->body[0] = 1;
        m->body[1] = 9;
        m->len++;
        break;
    case HF_E_CERT_SYNTAX:
        m->body[7] = 0x31;
        break;
    case HF_E_CERT_SIGNATURE:
        m->body[7 + p->chain[0].len - 1] ^= 1;
        break;
    case HF_E_SCHEME:
        m->body[0] = 2;
        break;
    case HF_E_INTERLEAVED:
        puppet_say(p, m->type, m->body, m->len);
        break;
    case HF_E_MESSAGE_TOO_LARGE:
        m->len = 9000;
        break;
    default: /* signatures and Finished */
        m->body[m->len - 1] ^= 1;
    }
}

static bool spoil_change(puppet *p, int step, puppet_message *m)
{
    if (at_work->code != HF_OK && step == at_work->step) {
        spoil(p, m);
    }
    return true;
}

static void corrupt_all(puppet *p, puppet_out *record)
{
    (void)p;
    record->corrupt = record->seal;
}

static const bad_piece BAD[] = {
    {"Finished and more", M_FINISHED, HF_E_INTERLEAVED},
    {"extension of EncryptedExtensions", M_ENCRYPTED_EXTENSIONS, HF_E_EXTENSION_UNASKED},
    {"rest of EncryptedExtensions", M_ENCRYPTED_EXTENSIONS, HF_E_DECODE},
    {"message type", M_ENCRYPTED_EXTENSIONS, HF_E_UNEXPECTED_MESSAGE},
    {"message type of Finished", M_FINISHED, HF_E_UNEXPECTED_MESSAGE},
    {"context of the request", M_CERTIFICATE_REQUEST, HF_E_CERTIFICATE_CONTEXT},
    {"size of the request", M_CERTIFICATE_REQUEST, HF_E_MESSAGE_TOO_LARGE},
    {"context of the certificates", M_CERTIFICATE, HF_E_CERTIFICATE_CONTEXT},
    {"syntax of the leaf", M_CERTIFICATE, HF_E_CERT_SYNTAX},
    {"signature of the leaf", M_CERTIFICATE, HF_E_CERT_SIGNATURE},
    {"rest of the certificates", M_CERTIFICATE, HF_E_DECODE},
    {"scheme", M_CERTIFICATE_VERIFY, HF_E_SCHEME},
    {"signature", M_CERTIFICATE_VERIFY, HF_E_HANDSHAKE_SIGNATURE},
    {"rest of the signature", M_CERTIFICATE_VERIFY, HF_E_DECODE},
    {"Finished", M_FINISHED, HF_E_FINISHED},
    {"rest of Finished", M_FINISHED, HF_E_DECODE},
    {"nothing", 0, HF_OK},
};

/* Everything but the last byte: no output, no error, no signature, no event. Then that byte. */
static void play_bad(const bad_piece *c, size_t input, size_t pad, bool corrupt, size_t feed)
{
    char name[120];
    (void)snprintf(name, sizeof name, "%s, input %zu, padding %zu%s", c->name, input, pad,
                   corrupt ? ", bad tag" : "");
    at_work = c;
    rig *r = rig_for(input, pad);
    r->feed = feed;
    r->p->change = spoil_change;
    r->p->on_record = corrupt ? corrupt_all : NULL;
    rig_start(r);
    while (r->p->out_len == 0) { /* until the puppet has spoken */
        assert_true(rig_step(r));
    }
    r->hold_at = r->p->out_len - 1;
    rig_run(r);
    assert_int_equal(r->fed, r->hold_at);
    if ((hf_tls_wants(&r->tls) & ~(unsigned)HF_WANT_INPUT) != 0 || signs + events > 0) {
        fail_msg("%s: wants %x, %u signatures, %u events, %s before the tag", name,
                 hf_tls_wants(&r->tls), signs, events,
                 hf_error_name((hf_code)hf_tls_error(&r->tls)->code));
    }
    r->hold_at = 0;
    rig_run(r);
    hf_code code = corrupt ? HF_E_BAD_RECORD_MAC : c->code;
    if (code == HF_OK) {
        rig_expect_open(r, name);
    } else {
        rig_expect_failed(r, code, name);
        assert_int_equal(signs, 0);
        assert_int_equal(r->p->records, 2); /* ClientHello and the alert */
    }
    if (code == c->code && code != HF_OK && code != HF_E_INTERLEAVED &&
        code != HF_E_UNEXPECTED_MESSAGE) {
        assert_int_equal(hf_tls_error(&r->tls)->step, c->step);
    }
    rig_free(r);
}

static void test_errors_in_pieces(void **state)
{
    (void)state;
    needs_pieces();
    for (size_t i = 0; i < COUNT(BAD); i++) {
        for (unsigned corrupt = 0; corrupt < 2; corrupt++) {
            play_bad(&BAD[i], 512, 0, corrupt == 1, 0);
            play_bad(&BAD[i], 512, 0, corrupt == 1, 1);
            play_bad(&BAD[i], 512, 5000, corrupt == 1, 0);
            play_bad(&BAD[i], 600, 513, corrupt == 1, 100);
        }
    }
}

/* An alert instead of the flight, padded beyond the buffer. */
static bool alert_change(puppet *p, int step, puppet_message *m)
{
    (void)m;
    if (step == M_ENCRYPTED_EXTENSIONS) {
        puppet_alert(p, 2, 40);
        p->mute = true;
    }
    return true;
}

static void test_large_alert_in_handshake(void **state)
{
    (void)state;
    needs_pieces();
    rig *r = rig_for(512, 1000);
    r->p->change = alert_change;
    rig_start(r);
    rig_run(r);
    assert_int_equal(hf_tls_error(&r->tls)->code, HF_E_ALERT);
    assert_int_equal(hf_tls_error(&r->tls)->alert, 40);
    assert_int_equal(hf_tls_error(&r->tls)->step, M_SERVER_HELLO);
    assert_int_equal(r->p->alerts, 0);
    rig_free(r);
}

/* A HelloRetryRequest and the hello of a 1.2 server may be larger than the buffer too. */
static void test_large_plain_records(void **state)
{
    (void)state;
    needs_pieces();
    for (size_t feed = 0; feed < 2; feed++) {
        rig *r = rig_new();
        r->input = 512;
        r->feed = feed;
        r->p->retry = true;
        r->p->group = HF_SECP256R1;
        r->p->cookie_len = 900;
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "large cookie");
        rig_free(r);

        r = rig_new();
        r->input = 512;
        r->feed = feed;
        r->rsa = true;
        r->p->version = HF_TLS12;
        r->p->join = true;
        rig_start(r);
        rig_run(r);
        rig_expect_open(r, "1.2 flight in one record");
        rig_free(r);
    }
}

/* ---- an agreed record_size_limit (RFC 8449 4) */

static bool reached;

static void pad_nth(puppet *p, puppet_out *record)
{
    size_t *nth = (size_t *)p->ctx;
    if (record->seal && (*nth)-- == 0) {
        reached = true;
        record->pad = (size_t)p->arg - 1 - record->len;
    }
}

static hf_code play_limit(size_t input, size_t nth, int inner)
{
    rig *r = rig_new();
    r->input = input;
    r->p->limit = 16385;
    r->p->on_record = pad_nth;
    r->p->ctx = &nth;
    r->p->arg = inner;
    r->p->cut = 300;
    rig_start(r);
    rig_run(r);
    puppet_record(r->p, R_DATA, (const uint8_t *)"data", 4);
    rig_run(r);
    hf_code code = (hf_code)hf_tls_error(&r->tls)->code;
    if (code != HF_OK) {
        rig_expect_failed(r, HF_E_RECORD_OVERFLOW, "above our limit");
        assert_true((int)hf_tls_error(&r->tls)->detail >= inner);
    } else {
        rig_expect_open(r, "within our limit");
        assert_int_equal(r->data_len, 4);
    }
    rig_free(r);
    return code;
}

static void test_agreed_limit(void **state)
{
    (void)state;
    needs_pieces();
    static const int INPUTS[] = {512, 600, 2048};
    for (size_t i = 0; i < COUNT(INPUTS); i++) {
        int limit = INPUTS[i] - 5 - 8 - 16; /* what both versions can hold */
        size_t nth = 0;
        reached = true;
        while (reached) { /* EncryptedExtensions, four parts of Certificate, ..., data */
            reached = false;
            assert_int_equal(play_limit((size_t)INPUTS[i], nth, limit), HF_OK);
            if (reached) {
                assert_int_equal(play_limit((size_t)INPUTS[i], nth, limit + 1),
                                 HF_E_RECORD_OVERFLOW);
                assert_int_equal(play_limit((size_t)INPUTS[i], nth, 9000), HF_E_RECORD_OVERFLOW);
                nth++;
            }
        }
        assert_true(nth > 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flight_in_one_record),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_errors_in_pieces),
        cmocka_unit_test(test_large_alert_in_handshake),
        cmocka_unit_test(test_large_plain_records),
        cmocka_unit_test(test_agreed_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
