/* Alerts received (RFC 8446 6, RFC 5246 7.2). Alerts sent come from hf_engine_fail() alone. */
#include "tls/engine.h"

#define WARNING 1
#define FATAL   2

#define CLOSE_NOTIFY         0
#define HANDSHAKE_FAILURE    40
#define USER_CANCELED        90
#define CERTIFICATE_REQUIRED 116

/* The peer gave no reason, but we know one: it takes no signature that our key can make. */
static bool lacks_our_scheme(const hf_tls *tls, uint8_t alert)
{
    return tls->handshake.certificate_kept_back &&
           (alert == HANDSHAKE_FAILURE || alert == CERTIFICATE_REQUIRED);
}

static hf_code fatal(hf_tls *tls, uint8_t alert)
{
    bool open = (tls->state & HF_STATE_OPEN) != 0;
    tls->error.alert = alert;
    tls->error.alert_by = HF_ALERT_RECEIVED;
    tls->handshake.step = open ? HF_STEP_NONE : tls->handshake.step;
    return lacks_our_scheme(tls, alert) ? HF_E_NO_COMMON_SCHEME : HF_E_ALERT;
}

static hf_code closed(hf_tls *tls)
{
    tls->state |= HF_STATE_PEER_CLOSED;
    if ((tls->state & HF_STATE_OPEN) == 0) {
        tls->error.alert = CLOSE_NOTIFY;
        tls->error.alert_by = HF_ALERT_RECEIVED;
        return HF_E_CLOSED_IN_HANDSHAKE;
    }
    /* RFC 5246 7.2.1: answered at once, and nothing more is sent. In 1.3 our side stays open. */
    return hf_is12(&tls->handshake) ? hf_tls_close(tls) : HF_OK;
}

hf_code hf_engine_alert(hf_tls *tls, const uint8_t *content, size_t len)
{
    if (len != 2) { /* RFC 8446 5.1: one alert per record */
        return HF_E_ALERT_SYNTAX;
    }
    bool version13 = tls->handshake.version == HF_TLS13;
    uint8_t level = content[0];
    uint8_t alert = content[1];
    if (!version13 && level != WARNING && level != FATAL) { /* RFC 8446 6: ignored in 1.3 */
        return HF_E_ALERT_SYNTAX;
    }
    if (alert == CLOSE_NOTIFY) {
        return closed(tls);
    }
    bool warning = version13 ? alert == USER_CANCELED : level == WARNING;
    if (!warning) {
        return fatal(tls, alert);
    }
    tls->warnings++;
    return tls->warnings > tls->config->limits.warnings ? HF_E_TOO_MANY_RECORDS : HF_OK;
}
