/* Who the peer is: its certificates as they come by, and the decision about it. -verify-fail
 * refuses where the peer has to be verified at all; with -async the decision is pending once. In a
 * resumed session the verdict of before stands, unless -reverify-on-resume. */
#include "shim/shim.h"

#include <string.h>

static void keep_certificate(void *ctx, const hf_event *event)
{
    shim_peer *peer = &((shim *)ctx)->peer;
    if (event->kind != HF_EVENT_CERTIFICATE || peer->count == SHIM_CHAIN_MAX) {
        return;
    }
    uint8_t *copy = shim_memory(event->body.len + 1);
    memcpy(copy, event->body.ptr, event->body.len);
    peer->certificates[peer->count++] = (hf_span){copy, event->body.len};
}

/* A client always looks at its server; without these flags it goes on all the same. */
static bool must_hold(const shim_options *o)
{
    return o->verify_peer || o->require_any_client_certificate;
}

static hf_code decide(void *ctx, const hf_tls *tls, const hf_peer *peer)
{
    shim *s = ctx;
    shim_peer *seen = &s->peer;
    (void)tls;
    if (seen->decided) {
        s->result = shim_failed("the peer is judged twice");
        return HF_E_PEER_DENIED;
    }
    seen->decided = true;
    if (peer->server_name.len > 0 && peer->server_name.len < sizeof seen->server_name) {
        memcpy(seen->server_name, peer->server_name.ptr, peer->server_name.len);
        seen->has_server_name = true;
    }
    if (peer->resumed && !s->options->reverify_on_resume) {
        seen->refused = s->sessions->refused;
        return HF_OK;
    }
    bool showed = peer->credential != HF_CREDENTIAL_NONE;
    s->sessions->refused = seen->refused = showed && s->options->verify_fail;
    seen->answer = seen->refused && must_hold(s->options) ? HF_E_PEER_UNKNOWN : HF_OK;
    seen->pending = showed && s->options->async;
    return seen->pending ? HF_PENDING : seen->answer;
}

hf_code shim_decision_due(shim *s)
{
    if (!s->peer.pending || hf_tls_run(&s->tls) != HF_PENDING) {
        s->result = shim_failed("the engine does not wait for the decision it asked for");
        return HF_E_USAGE;
    }
    s->peer.pending = false;
    return hf_tls_decided(&s->tls, s->peer.answer);
}

void shim_watch_peer(shim *s)
{
    s->config.hooks = (hf_hooks){.authorise = decide, .ctx = s};
    s->config.trace = keep_certificate;
    s->config.trace_ctx = s;
}
