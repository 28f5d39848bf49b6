/* The ladder of whole connections, line by line: tests/fixtures/ladder has what it should be.
 * HF_WRITE_LADDERS=1 writes these files anew, to be looked at before they are kept.
 */
#include "unit/ladder_rig.h"
#include "unit/resume_rig.h"

static FILE *open_expected(const char *name, const char *mode)
{
    char path[512];
    const char *root = getenv("HF_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/fixtures/ladder/%s.txt", root == NULL ? "." : root,
                   name);
    FILE *file = fopen(path, mode);
    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    return file;
}

static size_t line_length(const char *text)
{
    return strcspn(text, "\n");
}

static void expect_same(const char *name, const char *is, const char *should)
{
    for (unsigned line = 1; *is != 0 || *should != 0; line++) {
        size_t a = line_length(is);
        size_t b = line_length(should);
        if (a != b || memcmp(is, should, a) != 0) {
            fail_msg("%s, line %u: is\n%.*s\nshould be\n%.*s", name, line, (int)a, is, (int)b,
                     should);
        }
        is += a + (is[a] != 0 ? 1 : 0);
        should += b + (should[b] != 0 ? 1 : 0);
    }
}

static void expect(const char *name, const char *text)
{
    if (getenv("HF_WRITE_LADDERS") != NULL) {
        FILE *file = open_expected(name, "w");
        (void)fputs(text, file);
        (void)fclose(file);
    }
    FILE *file = open_expected(name, "r");
    char *should = calloc(1, RIG_TEXT);
    assert_non_null(should);
    assert_true(fread(should, 1, RIG_TEXT - 1, file) > 0);
    (void)fclose(file);
    expect_same(name, text, should);
    free(should);
}

static const hf_ladder_options BRIEF = {.level = HF_LADDER_BRIEF};

static void full(uint16_t version, bool server, const char *name)
{
    pair *p = rig_pair(version);
    hf_ladder_options options = BRIEF;
    options.server = server;
    ladder_rig *rig = ladder_rig_new(options);
    rig_watch(server ? &p->server : &p->client, hf_ladder_event, &rig->ladder);
    rig_play(p);
    expect(name, rig->out->text);
    ladder_rig_free(rig);
    pair_free(p);
}

static void a_client_of_tls13(void **state)
{
    (void)state;
    full(HF_TLS13, false, "client13");
}

static void a_server_of_tls13(void **state)
{
    (void)state;
    full(HF_TLS13, true, "server13");
}

static void a_client_of_tls12(void **state)
{
    (void)state;
    full(HF_TLS12, false, "client12");
}

static void resumed(uint16_t version, const char *name)
{
    resume_rig *r = resume_new(version);
    rig_credentials(r->p);
    r->p->server.config.ticket_keys = (hf_ticket_keys){hf_ticket_ring_find, &r->ring};
    r->p->client.config.version_min = r->p->client.config.version_max = version;
    ladder_rig *rig = ladder_rig_new(BRIEF);
    rig_watch(&r->p->client, hf_ladder_event, &rig->ladder);
    resume_connect(r);
    rig_text *out = rig->out;
    ladder_rig *second = ladder_rig_new(BRIEF);
    rig->ladder = second->ladder; /* of a connection that has not begun, */
    rig->ladder.held.out = (hf_sink){rig_put, out};
    rig->ladder.pen.sink.ctx = &rig->ladder.held; /* in its place */
    out->len = 0;
    resume_connect(r);
    assert_true(hf_tls_resumed(&r->p->client.tls));
    expect(name, out->text);
    ladder_rig_free(second);
    ladder_rig_free(rig);
    resume_free(r);
}

static void a_resumed_one_of_tls13(void **state)
{
    (void)state;
    resumed(HF_TLS13, "resumed13");
}

static void a_resumed_one_of_tls12(void **state)
{
    (void)state;
    resumed(HF_TLS12, "resumed12");
}

static void a_hello_that_is_asked_for_again(void **state)
{
    (void)state;
    static const uint16_t ONE[] = {HF_SECP256R1};
    pair *p = rig_pair(HF_TLS13);
    ladder_rig *rig = ladder_rig_new(BRIEF);
    p->server.config.groups = ONE;
    p->server.config.groups_count = 1;
    rig_watch(&p->client, hf_ladder_event, &rig->ladder);
    rig_play(p);
    expect("retry", rig->out->text);
    ladder_rig_free(rig);
    pair_free(p);
}

/* Seen from both ends: our error and its alert, the peer's alert and what to do. */
static void a_certificate_that_is_refused(void **state)
{
    (void)state;
    for (int server = 0; server < 2; server++) {
        pair *p = rig_pair(HF_TLS13);
        hf_ladder_options options = BRIEF;
        options.server = server == 1;
        ladder_rig *rig = ladder_rig_new(options);
        p->server.config.anchor_list.count = 0;
        p->server.config.memory_end = p->server.config.memory.cap;
        pair_anchor(p, &p->server.config, "root");
        rig_watch(server == 1 ? &p->server : &p->client, hf_ladder_event, &rig->ladder);
        pair_start(p);
        pair_run(p);
        pair_expect_refused(p, HF_E_CERT_UNKNOWN_CA, 48, "unknown CA");
        expect(server == 1 ? "refuses" : "refused", rig->out->text);
        ladder_rig_free(rig);
        pair_free(p);
    }
}

/* RFC 7250: a key without a certificate, unchecked, since a pin of it would be all there is. */
static void a_raw_public_key(void **state)
{
    (void)state;
    static const hf_pin NONE = {{0}};
    const uint16_t versions[] = {HF_TLS12, HF_TLS13};
    for (size_t i = 0; i < 2; i++) {
        pair *p = rig_pair(versions[i]);
        ladder_rig *rig = ladder_rig_new(BRIEF);
        p->client.config.peer_raw_keys = HF_RAW_KEYS_ONLY;
        p->client.config.pins = &NONE;
        p->client.config.pins_count = 1;
        p->client.config.insecure_skip_certificate_check = true;
        p->server.config.raw_keys = HF_RAW_KEYS_ONLY;
        p->server.config.client_auth = HF_CLIENT_AUTH_NONE;
        rig_watch(&p->client, hf_ladder_event, &rig->ladder);
        rig_play(p);
        const char *certificate = strstr(rig->out->text, "|<- certificate ---");
        const char *key = strstr(rig->out->text, "|    raw key       ");
        assert_true(certificate != NULL && key != NULL && certificate < key);
        assert_null(strstr(rig->out->text, "malformed"));
        assert_null(strstr(rig->out->text, "unreadable"));
        ladder_rig_free(rig);
        pair_free(p);
    }
}

static void new_keys(void **state)
{
    (void)state;
    pair *p = rig_pair(HF_TLS13);
    ladder_rig *rig = ladder_rig_new(BRIEF);
    rig_watch(&p->client, hf_ladder_event, &rig->ladder);
    pair_start(p);
    pair_run(p);
    rig->out->len = 0;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hf_tls_update_keys(&p->client.tls, true), HF_OK);
        pair_run(p);
    }
    pair_expect_open(p, "after two updates");
    expect("update", rig->out->text);
    ladder_rig_free(rig);
    pair_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_of_tls13),
        cmocka_unit_test(a_server_of_tls13),
        cmocka_unit_test(a_client_of_tls12),
        cmocka_unit_test(a_resumed_one_of_tls13),
        cmocka_unit_test(a_resumed_one_of_tls12),
        cmocka_unit_test(a_hello_that_is_asked_for_again),
        cmocka_unit_test(a_certificate_that_is_refused),
        cmocka_unit_test(a_raw_public_key),
        cmocka_unit_test(new_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
