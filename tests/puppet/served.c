/* See served.h. */
#include "puppet/served.h"

#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static bool change(puppet *p, int step, puppet_message *m)
{
    const served *c = p->ctx;
    if (step == (c->step == 0 ? M_CLIENT_HELLO : c->step)) {
        mutation edit = {.kind = c->kind,
                         .at = c->at,
                         .cut = c->cut,
                         .type = c->type,
                         .len = c->len,
                         .edit = c->edit};
        memcpy(edit.bytes, c->bytes, sizeof edit.bytes);
        p->arg++;
        mutation_apply(&edit, p, m);
    }
    return true;
}

void served_expect_failed(server_rig *s, hf_code code, uint8_t alert, uint32_t detail,
                          const char *name)
{
    if (hf_error_alert_of(code) != alert) {
        fail_msg("%s: %s has alert %u, not %u", name, hf_error_name(code), hf_error_alert_of(code),
                 alert);
    }
    server_expect_failed(s, code, name);
    if (detail != 0 && hf_tls_error(&s->r.tls)->detail != detail) {
        fail_msg("%s: detail %u, not %u", name, hf_tls_error(&s->r.tls)->detail, detail);
    }
}

static void run(const served *c, uint16_t version, size_t piece)
{
    char name[120];
    (void)snprintf(name, sizeof name, "%x %s%s", version, c->name, piece == 1 ? ", bytes" : "");
    server_rig *s = server_rig_new();
    s->g->only = version;
    s->g->suites[0] = version == HF_TLS13 ? 0x1301 : 0xc02b;
    s->r.feed = s->r.drain = piece;
    s->r.p->change = change;
    s->r.p->ctx = c;
    if (c->dress != NULL) {
        c->dress(s);
    }
    server_rig_start(s);
    server_rig_run(s);
    if (c->code != HF_OK) {
        served_expect_failed(s, c->code, c->alert, c->detail, name);
    } else {
        server_expect_open(s, name);
    }
    assert_true(c->kind == NO_EDIT || s->r.p->arg == 1); /* it was there to be changed */
    if (c->look != NULL) {
        c->look(s);
    }
    server_rig_free(s);
}

void served_run(const served *c)
{
    for (unsigned i = 0; i < 4; i++) {
        uint16_t version = i < 2 ? HF_TLS13 : HF_TLS12;
        if (c->version == 0 || c->version == version) {
            run(c, version, i % 2);
        }
    }
}

void served_run_all(const served *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        served_run(&cases[i]);
    }
}
