/* What the scripted peers notice when the other one is wrong about a session: binders, identities,
 * modes, answers, tickets, Finished. A message is changed before it is said, so that transcripts
 * agree.
 */
#include "puppet/puppet_inside.h"
#include "unit/scripted_resumption.h"

typedef struct lie {
    const char *name;
    uint16_t version;
    int step;
    bool by_server, retry, ke_too;
    bool (*edit)(puppet *p, puppet_message *m);
    const char *fault; /* of the other one */
} lie;

static bool flip_last(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[m->len - 1] ^= 1;
    return true;
}

static bool flip_identity(puppet *p, puppet_message *m)
{
    m->body[guest_of(p)->binders_at - 5] ^= 1;
    return true;
}

static bool flip_age(puppet *p, puppet_message *m)
{
    m->body[guest_of(p)->binders_at - 1] ^= 1;
    return true;
}

static bool change_random(puppet *p, puppet_message *m)
{
    m->body[2] ^= 1;
    p->client_random[0] ^= 1;
    return true;
}

static bool no_binder(puppet *p, puppet_message *m)
{
    size_t len = 0;
    size_t block = guest_hello_extensions(m);
    size_t body = puppet_extension(m, block, X_PRE_SHARED_KEY, &len);
    m->len = guest_of(p)->binders_at + 2;
    memset(m->body + m->len - 2, 0, 2);
    puppet_close16(m, body - 2);
    puppet_close16(m, block);
    return true;
}

static bool not_last(puppet *p, puppet_message *m)
{
    (void)p;
    puppet_add_extension(m, guest_hello_extensions(m), X_PADDING, NULL, 0);
    return true;
}

static bool no_modes(puppet *p, puppet_message *m)
{
    (void)p;
    puppet_cut_extension(m, guest_hello_extensions(m), X_PSK_KEY_EXCHANGE_MODES);
    return true;
}

static size_t answer(const puppet_message *m, uint16_t type)
{
    size_t len = 0;
    size_t at = puppet_extension(m, puppet_hello_extensions(m), type, &len);
    assert_true(at > 0);
    return at;
}

static bool select_next(puppet *p, puppet_message *m)
{
    (void)p;
    m->body[answer(m, X_PRE_SHARED_KEY) + 1]++;
    return true;
}

static bool cut_share(puppet *p, puppet_message *m)
{
    (void)p;
    puppet_cut_extension(m, puppet_hello_extensions(m), X_KEY_SHARE);
    return true;
}

static bool cut_psk(puppet *p, puppet_message *m)
{
    (void)p;
    puppet_cut_extension(m, puppet_hello_extensions(m), X_PRE_SHARED_KEY);
    return true;
}

static bool other_suite(puppet *p, puppet_message *m)
{
    size_t at = puppet_hello_extensions(m) - 3;
    m->body[at] = p->version == HF_TLS13 ? 0x13 : 0xc0;
    m->body[at + 1] = p->version == HF_TLS13 ? 0x02 : 0x2c;
    return true;
}

static bool cut_extended(puppet *p, puppet_message *m)
{
    (void)p;
    puppet_cut_extension(m, puppet_hello_extensions(m), X_EXTENDED_MASTER_SECRET);
    return true;
}

static bool cut_promise(puppet *p, puppet_message *m)
{
    (void)p;
    puppet_cut_extension(m, puppet_hello_extensions(m), X_SESSION_TICKET);
    return true;
}

static bool left_out(puppet *p, puppet_message *m)
{
    (void)p;
    (void)m;
    return false;
}

static bool certificate_first(puppet *p, puppet_message *m)
{
    static const uint8_t EMPTY[4] = {0};
    (void)m;
    puppet_say(p, M_CERTIFICATE, EMPTY, p->version == HF_TLS13 ? 4 : 3);
    return true;
}

static bool request_first(puppet *p, puppet_message *m)
{
    (void)m;
    puppet_say(p, M_CERTIFICATE_REQUEST, (const uint8_t[]){0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3}, 11);
    return true;
}

static bool twice(puppet *p, puppet_message *m)
{
    puppet_say(p, m->type, m->body, m->len);
    return true;
}

static bool longer(puppet *p, puppet_message *m)
{
    (void)p;
    puppet_put8(m, 0);
    return true;
}

static bool shorter(puppet *p, puppet_message *m)
{
    (void)p;
    m->len--;
    return true;
}

#define BAD_PLACE "a message that may not stand here"
static const lie LIES[] = {
    {"binder", HF_TLS13, M_CLIENT_HELLO, .edit = flip_last,
     .fault = "the client's binder is wrong"},
    {"second binder", HF_TLS13, M_SECOND_HELLO, .retry = true, .edit = flip_last,
     .fault = "the client's binder is wrong"},
    {"ticket", HF_TLS13, M_CLIENT_HELLO, .edit = flip_identity, .fault = NULL},
    {"age", HF_TLS13, M_CLIENT_HELLO, .edit = flip_age, .fault = "the client's binder is wrong"},
    {"other random", HF_TLS13, M_CLIENT_HELLO, .edit = change_random,
     .fault = "the client's binder is wrong"},
    {"no binder", HF_TLS13, M_CLIENT_HELLO, .edit = no_binder,
     .fault = "the client's binders are broken"},
    {"not last", HF_TLS13, M_CLIENT_HELLO, .edit = not_last,
     .fault = "pre_shared_key without modes, or not the last"},
    {"no modes", HF_TLS13, M_CLIENT_HELLO, .edit = no_modes,
     .fault = "pre_shared_key without modes, or not the last"},
    {"Finished", HF_TLS13, M_FINISHED, .edit = flip_last, .fault = "the peer's Finished is wrong"},
    {"Finished", HF_TLS12, M_FINISHED, .edit = flip_last, .fault = "the peer's Finished is wrong"},
    {"identity", HF_TLS13, M_SERVER_HELLO, .by_server = true, .edit = select_next,
     .fault = "an extension says something wrong"},
    {"no share", HF_TLS13, M_SERVER_HELLO, .by_server = true, .edit = cut_share,
     .fault = "a PSK mode that was not offered"},
    {"no PSK and no share", HF_TLS13, M_SERVER_HELLO, .by_server = true, .ke_too = true,
     .edit = cut_psk, .fault = "ServerHello without key_share"},
    {"other hash", HF_TLS13, M_SERVER_HELLO, .by_server = true, .edit = other_suite,
     .fault = "a suite whose hash is not the PSK's"},
    {"server Finished", HF_TLS13, M_FINISHED, .by_server = true, .edit = flip_last,
     .fault = "the peer's Finished is wrong"},
    {"Certificate", HF_TLS13, M_FINISHED, .by_server = true, .edit = certificate_first,
     .fault = BAD_PLACE},
    {"CertificateRequest", HF_TLS13, M_FINISHED, .by_server = true, .edit = request_first,
     .fault = BAD_PLACE},
    {"ticket with a rest", HF_TLS13, M_NEW_SESSION_TICKET, .by_server = true, .edit = longer,
     .fault = "NewSessionTicket is broken"},
    {"ticket cut", HF_TLS13, M_NEW_SESSION_TICKET, .by_server = true, .edit = shorter,
     .fault = "NewSessionTicket is broken"},
    {"other suite", HF_TLS12, M_SERVER_HELLO, .by_server = true, .edit = other_suite,
     .fault = "a session is resumed with another suite"},
    {"no RFC 7627", HF_TLS12, M_SERVER_HELLO, .by_server = true, .edit = cut_extended,
     .fault = "a session is resumed that differs in its extended master secret"},
    {"not promised", HF_TLS12, M_SERVER_HELLO, .by_server = true, .edit = cut_promise,
     .fault = BAD_PLACE},
    {"no ticket", HF_TLS12, M_NEW_SESSION_TICKET, .by_server = true, .edit = left_out,
     .fault = "change_cipher_spec may not stand here"},
    {"two tickets", HF_TLS12, M_NEW_SESSION_TICKET, .by_server = true, .edit = twice,
     .fault = BAD_PLACE},
    {"ticket with a rest", HF_TLS12, M_NEW_SESSION_TICKET, .by_server = true, .edit = longer,
     .fault = "NewSessionTicket is broken"},
    {"ticket cut", HF_TLS12, M_NEW_SESSION_TICKET, .by_server = true, .edit = shorter,
     .fault = "NewSessionTicket is broken"},
    {"Certificate", HF_TLS12, M_NEW_SESSION_TICKET, .by_server = true, .edit = certificate_first,
     .fault = BAD_PLACE},
    {"server Finished", HF_TLS12, M_FINISHED, .by_server = true, .edit = flip_last,
     .fault = "the peer's Finished is wrong"},
};

static bool change(puppet *p, int step, puppet_message *m)
{
    const lie *c = p->ctx;
    return step != c->step || c->edit(p, m);
}

static void try_lie(const lie *c)
{
    resumption plain = {.version = c->version,
                        .tickets = 1,
                        .retry = c->retry,
                        .ke = c->ke_too,
                        .suite = c->version == HF_TLS13 ? 0x1301 : 0xc02b};
    scripted_pair *old = resumption_dress(&plain, NULL);
    guest_start(old->g);
    scripted_run(old, 0);
    scripted_pair *t = resumption_dress(&plain, old);
    puppet *liar = c->by_server ? t->s : &t->g->p;
    puppet *other = c->by_server ? &t->g->p : t->s;
    liar->change = change;
    liar->ctx = c;
    guest_start(t->g);
    scripted_run(t, 0);
    if (c->fault == NULL) { /* not the server's session any more: a full handshake */
        assert_null(t->s->session);
        scripted_expect_open(t, c->name);
    } else if (other->fault == NULL || strcmp(other->fault, c->fault) != 0) {
        fail_msg("%x %s: %s, expected %s", c->version, c->name,
                 other->fault == NULL ? "no fault" : other->fault, c->fault);
    }
    scripted_free(old);
    scripted_free(t);
}

static void test_lies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LIES / sizeof LIES[0]; i++) {
        try_lie(&LIES[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
