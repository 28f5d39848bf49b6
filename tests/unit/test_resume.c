/* Resumption between two of our engines: tickets of both versions, session ids of TLS 1.2, what the
 * program learns of a peer that is resumed, and what must not be resumed.
 */
#include "unit/resume_rig.h"

#include "tls/keys/session.h"

static const uint16_t BOTH[] = {HF_TLS13, HF_TLS12};

/* A full handshake, then three resumed ones, each with the ticket of the one before. */
static void test_in_a_row(void **state)
{
    (void)state;
    static const size_t FEEDS[] = {0, 1, 7};
    for (size_t i = 0; i < 6; i++) {
        resume_rig *r = resume_new(BOTH[i % 2]);
        r->p->feed = FEEDS[i / 2];
        for (unsigned n = 0; n < 4; n++) {
            resume_connect(r);
            resume_expect(r, n > 0, "in a row");
            assert_int_equal(r->session.taken, 1);
            assert_in_range(r->session.len, 100, HF_SESSION_HEAD + HF_TICKET_MAX);
            assert_int_equal(hf_tls_offered_session(&r->p->client.tls), n > 0);
            r->now += 60;
        }
        resume_free(r);
    }
}

/* The client's identity outlives its certificate: fingerprint and kind, no names. */
static void test_identity(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        resume_rig *r = resume_new(BOTH[v]);
        pair_mutual(r->p, HF_CLIENT_AUTH_REQUIRE, true);
        resume_connect(r);
        resume_expect(r, false, "mutual");
        hf_peer first = r->seen;
        assert_false(first.resumed);
        assert_true(hf_tls_asked_certificate(&r->p->client.tls));
        resume_connect(r);
        resume_expect(r, true, "mutual, again");
        assert_int_equal(r->asked, 2);
        assert_true(r->seen.resumed);
        assert_memory_equal(r->seen.sha256, first.sha256, 32);
        assert_int_equal(r->seen.verified, first.verified);
        assert_int_equal(r->seen.credential, HF_CREDENTIAL_CERTIFICATE);
        assert_int_equal(r->seen.not_after, first.not_after);
        assert_int_equal(r->seen.subject.len + r->seen.alt_names.len + r->seen.certificate.len, 0);
        assert_false(hf_tls_asked_certificate(&r->p->client.tls));
        assert_false(hf_tls_sent_certificate(&r->p->client.tls));
        resume_free(r);
    }
}

/* It is asked again, and its refusal holds. */
static void test_refused_now(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        resume_rig *r = resume_new(BOTH[v]);
        resume_connect(r);
        resume_expect(r, false, "let in");
        r->decision = HF_E_PEER_REVOKED;
        resume_connect(r);
        pair_expect_refused(r->p, HF_E_PEER_REVOKED, 44, "revoked");
        assert_int_equal(r->asked, 2);
        assert_true(r->seen.resumed);
        resume_free(r);
    }
}

static void test_session_ids(void **state)
{
    (void)state;
    resume_rig *r = resume_new(HF_TLS12);
    resume_by_id(r);
    for (unsigned n = 0; n < 4; n++) {
        resume_connect(r);
        resume_expect(r, n > 0, "by id");
        assert_int_equal(r->stored, 1);
        assert_int_equal(r->session.taken, n == 0 ? 1 : 0);
        assert_int_equal(r->gets, n);
    }
    resume_free(r);
}

/* A store that is full costs the session, not the connection. */
static void test_full_store(void **state)
{
    (void)state;
    resume_rig *r = resume_new(HF_TLS12);
    resume_by_id(r);
    r->store_cap = 0;
    for (unsigned n = 0; n < 2; n++) {
        resume_connect(r);
        resume_expect(r, false, "full store");
    }
    resume_free(r);
}

static void test_retry(void **state)
{
    static const uint16_t P256[] = {HF_SECP256R1};
    (void)state;
    resume_rig *r = resume_new(HF_TLS13);
    r->p->server.config.groups = P256;
    r->p->server.config.groups_count = 1;
    for (unsigned n = 0; n < 3; n++) {
        resume_connect(r);
        resume_expect(r, n > 0, "retry");
        assert_true(hf_tls_retried(&r->p->client.tls));
    }
    resume_free(r);
}

/* psk_ke: both have to name it. */
static void test_modes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 9; i++) {
        resume_rig *r = resume_new(HF_TLS13);
        uint8_t client = (uint8_t)(i % 3);
        uint8_t server = (uint8_t)(i / 3);
        r->p->client.config.psk_modes = client;
        r->p->server.config.psk_modes = server;
        bool dhe = client != HF_PSK_KE_ONLY && server != HF_PSK_KE_ONLY;
        bool alone = !dhe && client != HF_PSK_DHE && server != HF_PSK_DHE;
        for (unsigned n = 0; n < 2; n++) {
            resume_connect(r);
            resume_expect(r, n > 0 && (dhe || alone), "modes");
            bool no_group = n > 0 && alone;
            assert_int_equal(hf_tls_group(&r->p->client.tls), no_group ? 0 : HF_X25519);
            assert_int_equal(hf_tls_group(&r->p->server.tls), no_group ? 0 : HF_X25519);
        }
        resume_free(r);
    }
}

/* RFC 8449 4: what was agreed on record sizes before counts for nothing. */
static void test_limits(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        resume_rig *r = resume_new(BOTH[v]);
        static const size_t CAPS[] = {1024, 600, HF_TLS_INPUT_MAX};
        size_t before = 0;
        for (unsigned n = 0; n < 3; n++) {
            r->p->client.in_cap = CAPS[n];
            resume_connect(r);
            resume_expect(r, n > 0, "another limit");
            size_t limit = hf_tls_record_limit(&r->p->server.tls);
            assert_true(limit < CAPS[n] && limit != before);
            before = limit;
        }
        assert_int_equal(before, 16384);
        resume_free(r);
    }
}

/* A ticket of TLS 1.3 is offered once, unless the configuration says otherwise. */
static void test_once(void **state)
{
    (void)state;
    for (unsigned reuse = 0; reuse < 2; reuse++) {
        resume_rig *r = resume_new(HF_TLS13);
        r->p->client.config.reuse_tickets = reuse == 1;
        resume_connect(r);
        r->p->server.config.ticket_keys.find = hf_ticket_ring_find;
        r->ring.has_current = false; /* no further tickets */
        r->ring.previous = r->ring.current;
        r->ring.has_previous = true;
        resume_connect(r);
        resume_expect(r, true, "once");
        assert_int_equal(r->session.taken, 0);
        assert_int_equal(r->session.len > 0, reuse == 1);
        resume_connect(r);
        resume_expect(r, reuse == 1, "twice");
        resume_free(r);
    }
}

/* A session with another secret than the server's: it is to blame, and without it all is well. */
static void spoil_secret(hf_session *session)
{
    hf_session_view view;
    hf_session_head head;
    assert_true(hf_session_look((hf_span){session->ptr, session->len}, &view));
    hf_session_read(&view, &head);
    head.state.secret[0] ^= 1;
    hf_session_write(session->ptr, &head);
}

static void test_blame(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        resume_rig *r = resume_new(BOTH[v]);
        resume_connect(r);
        resume_expect(r, false, "first");
        spoil_secret(&r->session);
        assert_int_equal(hf_tls_again(&r->p->client.tls), HF_E_USAGE); /* it was open */
        resume_connect(r);
        if (BOTH[v] == HF_TLS13) {
            pair_expect_refused(r->p, HF_E_PSK_REFUSED, 51, "binder");
        } else {
            pair_expect_left(r->p, HF_E_BAD_RECORD_MAC, 20, "other keys");
        }
        assert_true(hf_tls_blames_session(&r->p->client.tls));
        assert_int_equal(hf_tls_again(&r->p->client.tls), HF_OK);
        assert_false(hf_tls_offered_session(&r->p->client.tls));
        const hf_tls_memory memory = pair_memory_again(&r->p->server);
        assert_int_equal(hf_tls_server(&r->p->server.tls, &r->p->server.config, &memory), HF_OK);
        pair_run(r->p);
        resume_expect(r, false, "without it");
        assert_int_equal(r->session.taken, 1);
        resume_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_a_row),    cmocka_unit_test(test_identity),
        cmocka_unit_test(test_refused_now), cmocka_unit_test(test_session_ids),
        cmocka_unit_test(test_full_store),  cmocka_unit_test(test_retry),
        cmocka_unit_test(test_modes),       cmocka_unit_test(test_once),
        cmocka_unit_test(test_blame),       cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
