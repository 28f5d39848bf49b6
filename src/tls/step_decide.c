/* The program's say about its peer: hf_hooks of the configuration, at once or later. */
#include "tls/handshake.h"

/* Steps that wait are called again: what has been answered is remembered until it is used. */
static hf_code take_answer(hf_handshake *hs, hf_code *decision)
{
    if (hs->decision == HF_DECISION_ASKED) {
        return HF_PENDING;
    }
    *decision = (hf_code)hs->answer;
    hs->decision = HF_DECISION_NOT;
    hs->answer = HF_OK;
    return HF_OK;
}

static hf_code keep_answer(hf_handshake *hs, hf_code decision)
{
    hs->decision = decision == HF_PENDING ? HF_DECISION_ASKED : HF_DECISION_DONE;
    hs->answer = decision == HF_PENDING ? HF_OK : (uint16_t)decision;
    return take_answer(hs, &decision) == HF_PENDING ? HF_PENDING : decision;
}

/* It cannot refuse: anything but "known" means that the path is looked at. */
hf_code hf_ask_identify(hf_handshake *hs, bool *known)
{
    const hf_hooks *hooks = &hs->config->hooks;
    hf_code decision = HF_OK;
    *known = false;
    if (hooks->identify == NULL) {
        return HF_OK;
    }
    if (hs->decision != HF_DECISION_NOT) {
        hf_code code = take_answer(hs, &decision);
        *known = decision == HF_IDENTIFIED;
        return code;
    }
    decision = keep_answer(hs, hooks->identify(hooks->ctx, hs->tls, hs->peer.peer.sha256));
    *known = decision == HF_IDENTIFIED;
    return decision == HF_PENDING ? HF_PENDING : HF_OK;
}

/* A refusal has a reason and an alert, whatever the program returned. */
static hf_code as_refusal(hf_code decision)
{
    bool fine = decision == HF_OK || decision == HF_PENDING;
    return fine || hf_error_alert_of(decision) != HF_NO_ALERT ? decision : HF_E_PEER_DENIED;
}

hf_code hf_ask_authorise(hf_handshake *hs)
{
    const hf_hooks *hooks = &hs->config->hooks;
    hf_code decision = HF_OK;
    if (!HF_HAS_WHOLE || hooks->authorise == NULL) { /* such a build refuses hooks */
        return HF_OK;
    }
    if (hs->decision != HF_DECISION_NOT) {
        hf_code code = take_answer(hs, &decision);
        return code == HF_PENDING ? code : as_refusal(decision);
    }
    if (!hs->peer_known) { /* it showed nothing */
        hs->peer.peer = (hf_peer){.server_name = hs->server_name};
        hs->peer_known = true;
    }
    return as_refusal(keep_answer(hs, hooks->authorise(hooks->ctx, hs->tls, &hs->peer.peer)));
}

hf_code hf_decision_answer(hf_handshake *hs, hf_code decision)
{
    if (hs->decision != HF_DECISION_ASKED || decision == HF_PENDING) {
        return HF_E_USAGE;
    }
    hs->decision = HF_DECISION_DONE;
    hs->answer = (uint16_t)decision;
    return HF_OK;
}
