/* Which decisions a message brought, and why. See tell.h.
 *
 * In the flow: the driver comes here when a message is dealt with; what was decided stands in the
 * handshake. The reasons are those of the steps that decided (step_server_hello.c, choose.c, ...).
 */
#include "tls/tell.h"

#include "tls/choose.h"
#include "tls/handshake.h"
#include "tls/keys/suite.h"

#include <string.h>

static void tell(const hf_handshake *hs, hf_decided what, uint32_t number, hf_reason reason)
{
    hf_tell_event(hs->tls, (hf_event){.kind = HF_EVENT_DECISION,
                                      .type = (uint8_t)what,
                                      .number = number,
                                      .reason = (uint8_t)reason});
}

static bool has_fact(const hf_handshake *hs, unsigned fact)
{
    return (hs->facts & fact) != 0;
}

static bool resumes(const hf_handshake *hs)
{
    return hs->has_psk || has_fact(hs, HF_FACT_RESUMED);
}

static void tell_alpn(const hf_handshake *hs, hf_reason chosen)
{
    if (hs->config->alpn_count == 0) {
        return;
    }
    const char *name = hs->alpn == 0 ? "" : hs->config->alpn[hs->alpn - 1];
    hf_reason silent = !hf_is_server(hs) ? HF_REASON_PEER_SILENT : HF_REASON_NOT_OFFERED;
    hf_tell_event(hs->tls, (hf_event){.kind = HF_EVENT_DECISION,
                                      .type = HF_DECIDED_ALPN,
                                      .number = hs->alpn,
                                      .reason = (uint8_t)(hs->alpn == 0 ? silent : chosen),
                                      .body = {(const uint8_t *)name, strlen(name)}});
}

static void tell_limit(const hf_handshake *hs)
{
    bool agreed = hs->peer_limit != 0;
    bool asks = hf_is_server(hs) || hs->our_limit != 0 || hs->fragment_code != 0;
    hf_reason silent = !hf_is_server(hs) ? HF_REASON_PEER_SILENT : HF_REASON_NOT_OFFERED;
    if (asks && !hs->config->no_record_limits) {
        tell(hs, HF_DECIDED_RECORD_LIMIT, agreed ? hs->peer_limit : HF_PLAINTEXT_MAX,
             agreed ? HF_REASON_ASKED : silent);
    }
}

static void tell_trust(const hf_handshake *hs)
{
    const hf_config *config = hs->config;
    hf_reason reason = HF_REASON_ANCHOR;
    if (config->insecure_skip_certificate_check) {
        reason = HF_REASON_UNCHECKED;
    } else if (hs->peer_type == HF_TYPE_RAW_PUBLIC_KEY) {
        reason = HF_REASON_PIN;
    } else if (hs->peer_known && hs->peer.peer.verified == HF_VERIFIED_KNOWN) {
        reason = HF_REASON_KNOWN;
    }
    bool none = hf_is_server(hs) && !has_fact(hs, HF_FACT_CLIENT_CERT);
    tell(hs, HF_DECIDED_TRUST, none ? 0 : hs->list.count, none ? HF_REASON_PEER_SILENT : reason);
}

/* ---- a client's */

static void tell_resumption(const hf_handshake *hs, bool offered)
{
    hf_reason none = offered ? HF_REASON_NOT_TAKEN : HF_REASON_NOT_OFFERED;
    bool external = !hf_is_server(hs) ? hs->config->psk != NULL
                                      : hs->peer_known && hs->peer.peer.verified == HF_VERIFIED_PSK;
    hf_reason known = external ? HF_REASON_PSK : HF_REASON_SESSION;
    tell(hs, HF_DECIDED_RESUMPTION, resumes(hs) ? 1 : 0, resumes(hs) ? known : none);
}

static void tell_server_hello(const hf_handshake *hs)
{
    tell(hs, HF_DECIDED_VERSION, hs->version, HF_REASON_PEER_CHOSE);
    tell(hs, HF_DECIDED_SUITE, hs->suite->id, HF_REASON_PEER_CHOSE);
    tell_resumption(hs, hs->offered_len > 0 || hs->config->psk != NULL);
    if (hs->version == HF_TLS13) {
        tell(hs, HF_DECIDED_GROUP, hs->group, HF_REASON_PEER_CHOSE);
    } else {
        tell_alpn(hs, HF_REASON_PEER_CHOSE);
        tell_limit(hs);
    }
}

static void tell_request(const hf_handshake *hs)
{
    const hf_identity *it = &hs->config->identity;
    if (has_fact(hs, HF_FACT_CLIENT_CERT)) {
        size_t count = hs->our_type == HF_TYPE_RAW_PUBLIC_KEY ? 1 : it->chain_count;
        tell(hs, HF_DECIDED_CERTIFICATE, (uint32_t)count, HF_REASON_ASKED);
        tell(hs, HF_DECIDED_OUR_SCHEME, hs->our_scheme, HF_REASON_OUR_ORDER);
    } else {
        tell(hs, HF_DECIDED_CERTIFICATE, 0,
             hs->certificate_kept_back ? HF_REASON_NO_COMMON : HF_REASON_NONE_CONFIGURED);
    }
}

/* The server's flight is over, and it has not asked. */
static void tell_not_asked(const hf_handshake *hs)
{
    if (!has_fact(hs, HF_FACT_CLIENT_AUTH) && !resumes(hs)) {
        tell(hs, HF_DECIDED_CERTIFICATE, 0, HF_REASON_NOT_ASKED);
    }
}

static void tell_key_exchange12(const hf_handshake *hs)
{
    tell(hs, HF_DECIDED_GROUP, hs->group, HF_REASON_PEER_CHOSE);
    tell(hs, HF_DECIDED_PEER_SCHEME, hs->peer_scheme, HF_REASON_PEER_CHOSE);
}

static void tell_client(const hf_handshake *hs, uint8_t message)
{
    switch (message) {
    case HF_HELLO_RETRY_REQUEST:
        tell(hs, HF_DECIDED_RETRY, hs->group, HF_REASON_PEER_CHOSE);
        break;
    case HF_SERVER_HELLO:
        tell_server_hello(hs);
        break;
    case HF_ENCRYPTED_EXTENSIONS:
        tell_alpn(hs, HF_REASON_PEER_CHOSE);
        tell_limit(hs);
        break;
    case HF_SERVER_KEY_EXCHANGE:
        tell_key_exchange12(hs);
        break;
    case HF_CERTIFICATE_REQUEST:
        tell_request(hs);
        break;
    case HF_SERVER_HELLO_DONE:
    case HF_FINISHED:
        if (message == HF_SERVER_HELLO_DONE || hs->version == HF_TLS13) {
            tell_not_asked(hs);
        }
        break;
    default:
        break;
    }
}

/* ---- a server's */

static void tell_group(const hf_handshake *hs)
{
    bool none = hs->group == HF_GROUP_NONE;
    bool there = hs->version == HF_TLS13 && !has_fact(hs, HF_FACT_RETRY);
    tell(hs, HF_DECIDED_GROUP, hs->group,
         none    ? HF_REASON_NONE
         : there ? HF_REASON_SHARE_THERE
                 : HF_REASON_OUR_ORDER);
}

static void tell_identity(const hf_handshake *hs)
{
    const hf_identity *it = hs->identity;
    bool named = hs->server_name.len > 0 && hf_identity_is_for(it, hs->server_name);
    size_t count = hs->our_type == HF_TYPE_RAW_PUBLIC_KEY ? 1 : it->chain_count;
    tell(hs, HF_DECIDED_CERTIFICATE, (uint32_t)count, named ? HF_REASON_NAME : HF_REASON_DEFAULT);
    tell(hs, HF_DECIDED_OUR_SCHEME, hs->our_scheme, HF_REASON_OUR_ORDER);
}

static void tell_client_hello(const hf_handshake *hs)
{
    bool second = hs->row != 0;
    if (!second) {
        tell(hs, HF_DECIDED_VERSION, hs->version, HF_REASON_OUR_ORDER);
        tell(hs, HF_DECIDED_SUITE, hs->suite->id, HF_REASON_OUR_ORDER);
    }
    if (!second && has_fact(hs, HF_FACT_RETRY)) {
        tell(hs, HF_DECIDED_RETRY, hs->group, HF_REASON_NO_SHARE);
        return;
    }
    tell_group(hs);
    tell_resumption(hs, false);
    tell_alpn(hs, HF_REASON_OUR_ORDER);
    tell_limit(hs);
    if (!resumes(hs)) {
        tell_identity(hs);
    }
}

void hf_tell_decisions(const hf_handshake *hs, uint8_t message)
{
    if (message == HF_CERTIFICATE) {
        tell_trust(hs);
    } else if (message == HF_CERTIFICATE_VERIFY) {
        tell(hs, HF_DECIDED_PEER_SCHEME, hs->peer_scheme, HF_REASON_PEER_CHOSE);
    } else if (!hf_is_server(hs)) {
        tell_client(hs, message);
    } else if (message == HF_CLIENT_HELLO) {
        tell_client_hello(hs);
    }
}
