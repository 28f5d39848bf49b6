/* Who a client is, and whether it may come in: the authorise hook and the registry. */
#include "listen_log.h"

#include <stdio.h>
#include <string.h>

static void copy_span(hf_span from, char *to, size_t cap)
{
    size_t len = from.len < cap - 1 ? from.len : cap - 1;
    if (len > 0) {
        memcpy(to, from.ptr, len);
    }
    to[len] = 0;
}

static void copy_psk(listen_client *client, const cli_psks *psks)
{
    const hf_psk *psk = cli_psks_named(psks, client->sha256);
    if (psk != NULL) {
        copy_span(psk->identity, client->subject, sizeof client->subject);
    }
}

static void copy_peer(listen_client *client, const hf_peer *peer)
{
    client->seen = true;
    copy_span(peer->server_name, client->server_name, sizeof client->server_name);
    client->has_certificate = peer->credential == HF_CREDENTIAL_CERTIFICATE;
    client->resumed = peer->resumed;
    client->has_psk = peer->credential == HF_CREDENTIAL_PSK;
    memcpy(client->sha256, peer->sha256, sizeof client->sha256);
    if (client->has_certificate) {
        client->not_before = peer->not_before;
        client->not_after = peer->not_after;
        (void)hf_x509_name_text(peer->subject, client->subject, sizeof client->subject);
    }
}

static const listen_device *find(const listen_server *server, listen_client *client)
{
    if (!client->has_certificate && !client->has_psk) {
        return NULL;
    }
    const listen_device *device = listen_registry_find(&server->registry, client->sha256);
    if (device != NULL) {
        (void)snprintf(client->thing, sizeof client->thing, "%s", device->thing);
    }
    return device;
}

hf_code listen_client_authorise(void *ctx, const hf_tls *tls, const hf_peer *peer)
{
    listen_server *server = ctx;
    listen_client *client = &listen_conn_of(tls)->client;
    copy_peer(client, peer);
    if (client->has_psk) {
        copy_psk(client, &server->setup.psks);
    }
    return server->options->registry == NULL ? HF_OK
                                             : listen_registry_verdict(find(server, client));
}

const char *listen_client_name(const listen_client *client)
{
    if (client->thing[0] != 0) {
        return client->thing;
    }
    return client->subject[0] != 0 ? client->subject : "-";
}

void listen_client_check_all(listen_server *server)
{
    for (listen_conn *conn = server->first; conn != NULL; conn = conn->next) {
        bool live = conn->phase == LISTEN_HANDSHAKE || conn->phase == LISTEN_OPEN;
        if (!live || conn->leaving || !conn->client.seen) {
            continue;
        }
        const listen_device *device = find(server, &conn->client);
        hf_code verdict = listen_registry_verdict(device);
        if (verdict != HF_OK) {
            listen_log(conn, "expelled",
                       "error=%s state=\"%s\" reason=\"the registry has changed\"",
                       hf_error_name(verdict), listen_registry_word(device));
            listen_conn_close(conn, "the registry has changed");
        }
    }
}
