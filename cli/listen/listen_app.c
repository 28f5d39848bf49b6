/* What is done with a connection's plain bytes: sent back, answered with a page, or forwarded. */
#include "listen_log.h"
#include "listen_www.h"
#include "when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS_MAX 16

static bool echo(listen_conn *conn)
{
    size_t len = 0;
    size_t room = 0;
    const uint8_t *data = hf_tls_data(&conn->engine->tls, &len);
    uint8_t *to = data == NULL ? NULL : hf_tls_room(&conn->engine->tls, &room);
    if (to == NULL) {
        return false;
    }
    len = len < room ? len : room;
    memcpy(to, data, len);
    (void)hf_tls_room_done(&conn->engine->tls, len);
    (void)hf_tls_data_done(&conn->engine->tls, len);
    return true;
}

static bool discard(listen_conn *conn)
{
    size_t len = 0;
    if (hf_tls_data(&conn->engine->tls, &len) == NULL) {
        return false;
    }
    (void)hf_tls_data_done(&conn->engine->tls, len);
    return true;
}

typedef struct page {
    listen_fact facts[FACTS_MAX];
    size_t count;
    char hash[65];
    char validity[2 * CLI_WHEN_SIZE + 16];
} page;

static void tell(page *to, const char *name, const char *value)
{
    if (to->count < FACTS_MAX) {
        to->facts[to->count++] = (listen_fact){name, value};
    }
}

static void tell_client(page *to, const listen_client *client)
{
    if (client->has_psk) {
        tell(to, "Client's pre-shared key", client->subject);
        return;
    }
    if (!client->has_certificate) {
        tell(to, "Client certificate", "none was sent");
        return;
    }
    char from[CLI_WHEN_SIZE];
    char until[CLI_WHEN_SIZE];
    cli_when_text(client->not_before, from);
    cli_when_text(client->not_after, until);
    (void)snprintf(to->validity, sizeof to->validity, "from %s to %s", from, until);
    for (size_t i = 0; i < sizeof client->sha256; i++) {
        (void)snprintf(to->hash + 2 * i, 3, "%02x", client->sha256[i]);
    }
    /* Of a resumed session's certificate the hash is known, and nothing else (peer.h). */
    tell(to, "Client certificate",
         client->resumed ? "shown in an earlier handshake" : client->subject);
    tell(to, "Its SHA-256", to->hash);
    if (!client->resumed) {
        tell(to, "Valid", to->validity);
    }
    if (client->thing[0] != 0) {
        tell(to, "Thing", client->thing);
    }
}

static void fill(page *to, const listen_conn *conn)
{
    const hf_tls *tls = &conn->engine->tls;
    const char *alpn = hf_tls_alpn(tls);
    const char *name = conn->client.server_name;
    tell(to, "Version", hf_tls_version(tls) == HF_TLS13 ? "TLS 1.3" : "TLS 1.2");
    tell(to, "Cipher suite", hf_tls_suite_name(hf_tls_suite(tls)));
    tell(to, "Session", hf_tls_resumed(tls) ? "resumed" : "new");
    tell(to, "Group", hf_tls_group(tls) == 0 ? "none" : hf_tls_group_name(hf_tls_group(tls)));
    tell(to, "Server's signature",
         hf_tls_our_scheme(tls) == 0 ? "none" : hf_tls_scheme_name(hf_tls_our_scheme(tls)));
    tell(to, "Server name (SNI)", name[0] == 0 ? "none" : name);
    tell(to, "Protocol (ALPN)", alpn == NULL ? "none" : alpn);
    tell(to, "HelloRetryRequest", hf_tls_retried(tls) ? "was needed" : "was not needed");
    tell_client(to, &conn->client);
    tell(to, "Your address", conn->address);
}

static bool read_request(listen_conn *conn)
{
    size_t len = 0;
    const uint8_t *data = hf_tls_data(&conn->engine->tls, &len);
    if (data == NULL) {
        return false;
    }
    if (conn->request == NULL) {
        conn->request = malloc(LISTEN_REQUEST_MAX);
    }
    size_t room = conn->request == NULL ? 0 : LISTEN_REQUEST_MAX - conn->request_len;
    size_t take = len < room ? len : room;
    if (take > 0) {
        memcpy(conn->request + conn->request_len, data, take);
        conn->request_len += take;
    }
    (void)hf_tls_data_done(&conn->engine->tls, len);
    listen_request request = conn->request == NULL
                                 ? LISTEN_REQUEST_BAD
                                 : listen_www_request(conn->request, conn->request_len);
    if (request != LISTEN_REQUEST_PART) {
        page facts = {.count = 0};
        fill(&facts, conn);
        conn->answer = listen_www_answer(request, facts.facts, facts.count, &conn->answer_len);
        if (conn->answer == NULL) {
            listen_conn_close(conn, "not enough memory");
        }
    }
    return true;
}

static bool send_answer(listen_conn *conn)
{
    size_t room = 0;
    uint8_t *to = hf_tls_room(&conn->engine->tls, &room);
    if (to == NULL) {
        return false;
    }
    size_t left = conn->answer_len - conn->answer_done;
    size_t len = left < room ? left : room;
    memcpy(to, conn->answer + conn->answer_done, len);
    (void)hf_tls_room_done(&conn->engine->tls, len);
    conn->answer_done += len;
    if (conn->answer_done == conn->answer_len) {
        listen_conn_close(conn, "answered");
    }
    return true;
}

static bool serve_www(listen_conn *conn)
{
    if (conn->answer == NULL) {
        return read_request(conn);
    }
    return discard(conn) || send_answer(conn);
}

bool listen_app_turn(listen_conn *conn, unsigned wants)
{
    if (conn->upstream.fd >= 0) {
        return listen_forward_turn(conn, wants);
    }
    if (conn->phase == LISTEN_CLOSING) {
        return discard(conn);
    }
    switch (conn->server->mode) {
    case LISTEN_WWW:
        return serve_www(conn);
    case LISTEN_ECHO:
        return echo(conn);
    default:
        return false;
    }
}
