/* An end while our own flight is half sent. RFC 8446 5.1, RFC 5246 6.2.1: no other record stands
 * between the parts of a message. So a message that was begun in an earlier record is finished
 * before the alert. One that cannot be, because its rest waits for room when the program gives up,
 * is pinned here to the byte.
 */
#include "puppet/served.h"
#include "unit/cmocka_all.h"

#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define CUT          (UINT32_C(1) << M_CERTIFICATE)

static const uint16_t VERSIONS[] = {HF_TLS13, HF_TLS12};
static const size_t OUTPUTS[] = {HF_TLS_OUTPUT_MIN, 400, 700, 1024};
static const size_t DRAINS[] = {0, 50};

typedef struct ending {
    uint16_t version;
    bool gives_up; /* the program closes; else the signer fails */
    bool lazy, long_chain;
    size_t output, drain;
    char name[80];
} ending;

static hf_code sign_later(void *ctx, uint16_t scheme, hf_span hash, hf_space signature, size_t *len)
{
    (void)ctx;
    (void)scheme;
    (void)hash;
    (void)signature;
    (void)len;
    return HF_PENDING;
}

static void set_ending(ending *e, unsigned way, size_t output, size_t drain)
{
    *e = (ending){.version = VERSIONS[way & 1],
                  .gives_up = (way & 2) != 0,
                  .lazy = (way & 4) != 0,
                  .long_chain = (way & 8) != 0,
                  .output = output,
                  .drain = drain};
    (void)snprintf(e->name, sizeof e->name, "%x way %u, output %zu, drain %zu", e->version, way,
                   output, drain);
}

static void set_rig(rig *r, const ending *e)
{
    r->output = e->output;
    r->drain = e->drain;
    r->lazy = e->lazy;
    r->long_chain = e->long_chain;
    r->signer = (hf_signer){sign_later, NULL};
}

/* The engine waits for its signer, and its Certificate is at least begun. */
static void end_it(rig *r, const ending *e)
{
    assert_int_equal(hf_tls_wants(&r->tls) & HF_WANT_SIGN, HF_WANT_SIGN);
    if (e->gives_up) {
        assert_int_equal(hf_tls_close(&r->tls), HF_OK);
    } else {
        hf_code code = hf_tls_sign_done(&r->tls, HF_E_SIGNER_GONE, (hf_span){NULL, 0});
        assert_int_equal(code, HF_E_SIGNER_GONE);
    }
}

static bool has_seen(const puppet *p, int message)
{
    for (size_t i = 0; i < p->seen_count; i++) {
        if (p->seen[i] == message) {
            return true;
        }
    }
    return false;
}

/* All that was begun is there, and the alert behind it. Whether it came cut. */
static bool expect_end(rig *r, const ending *e)
{
    const puppet *p = r->p;
    bool whole = has_seen(p, M_CERTIFICATE) && p->message_len == 0;
    bool told = p->alerts == 1 && p->alert_level == (e->gives_up ? 1 : 2) &&
                p->alert == (e->gives_up ? 0 : 80);
    if (!whole || !told || p->fault != NULL) {
        fail_msg("%s: %zu bytes of a message are left, %u alerts (%u, %u), %s", e->name,
                 p->message_len, p->alerts, p->alert_level, p->alert,
                 p->fault == NULL ? "-" : p->fault);
    }
    return (p->came_cut & CUT) != 0;
}

static void test_client(void **state)
{
    (void)state;
    unsigned cut = 0;
    for (size_t i = 0; i < COUNT(OUTPUTS) * COUNT(DRAINS); i++) {
        for (unsigned way = 0; way < 16; way++) {
            ending e;
            set_ending(&e, way, OUTPUTS[i / COUNT(DRAINS)], DRAINS[i % COUNT(DRAINS)]);
            rig *r = rig_new();
            set_rig(r, &e);
            r->p->version = e.version;
            r->p->request = r->identity = true;
            rig_start(r);
            rig_run(r);
            end_it(r, &e);
            rig_run(r);
            cut += expect_end(r, &e);
            rig_free(r);
        }
    }
    assert_true(cut > 50); /* or nothing was tried */
}

static void test_server(void **state)
{
    (void)state;
    unsigned cut = 0;
    for (size_t i = 0; i < COUNT(OUTPUTS) * COUNT(DRAINS); i++) {
        for (unsigned way = 0; way < 8; way++) {
            ending e;
            set_ending(&e, way, OUTPUTS[i / COUNT(DRAINS)], DRAINS[i % COUNT(DRAINS)]);
            server_rig *s = server_rig_new();
            set_rig(&s->r, &e);
            s->g->only = e.version;
            server_rig_start(s);
            server_rig_run(s);
            end_it(&s->r, &e);
            server_rig_run(s);
            cut += expect_end(&s->r, &e);
            server_rig_free(s);
        }
    }
    assert_true(cut > 25);
}

/* The program gives up while the rest of its Certificate waits for room: what has been begun is not
 * finished, close_notify stands behind it, and nothing follows. */
static void test_close_inside(void **state)
{
    (void)state;
    for (size_t v = 0; v < COUNT(VERSIONS); v++) {
        rig *r = rig_new();
        puppet *p = r->p;
        p->version = VERSIONS[v];
        p->request = r->identity = r->long_chain = true;
        r->output = HF_TLS_OUTPUT_MIN;
        rig_start(r);
        while (p->message_len == 0 || p->message[0] != M_CERTIFICATE) {
            assert_true(rig_step(r));
        }
        /* one record's worth is there, another one stands ready, and the third has no room */
        size_t each = p->message_len;
        unsigned records = p->records;
        assert_int_equal(each, HF_TLS_OUTPUT_MIN - 32 - 5 - (VERSIONS[v] == HF_TLS13 ? 17 : 0));
        assert_null(p->fault);
        assert_int_equal(hf_tls_close(&r->tls), HF_OK);
        rig_run(r);
        assert_int_equal(p->message_len, 2 * each);
        assert_int_equal(p->records, records + 2);
        assert_int_equal(p->alerts, 1);
        assert_int_equal(p->alert_level, 1);
        assert_int_equal(p->alert, 0);
        assert_string_equal(p->fault, "record between parts of a message");
        assert_false(has_seen(p, M_CERTIFICATE));
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client),
        cmocka_unit_test(test_server),
        cmocka_unit_test(test_close_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
