/* Events in words. See words.h. */
#include "trace/words.h"

#include "trace/dissect.h"

#include <handfast/config.h>
#include <stdio.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *pick(const char *const *list, size_t count, size_t at)
{
    return at < count ? list[at] : "unknown";
}

const char *hf_decided_name(uint8_t decided)
{
    static const char *const NAMES[] = {
        [HF_DECIDED_VERSION] = "version",
        [HF_DECIDED_SUITE] = "suite",
        [HF_DECIDED_GROUP] = "group",
        [HF_DECIDED_RETRY] = "retry",
        [HF_DECIDED_RESUMPTION] = "resumption",
        [HF_DECIDED_ALPN] = "alpn",
        [HF_DECIDED_RECORD_LIMIT] = "record_limit",
        [HF_DECIDED_CERTIFICATE] = "certificate",
        [HF_DECIDED_OUR_SCHEME] = "our_scheme",
        [HF_DECIDED_PEER_SCHEME] = "peer_scheme",
        [HF_DECIDED_TRUST] = "trust",
        [HF_DECIDED_SESSION] = "session",
    };
    return pick(NAMES, COUNT(NAMES), decided);
}

typedef struct reason_words {
    const char *name;
    const char *text;
} reason_words;

static const reason_words REASONS[] = {
    [HF_REASON_NONE] = {"none", ""},
    [HF_REASON_PEER_CHOSE] = {"peer_chose", "the peer took it from what we offered"},
    [HF_REASON_OUR_ORDER] = {"our_order", "the first of ours that the peer has too"},
    [HF_REASON_SHARE_THERE] = {"share_there", "the first of ours that the client has too, and its "
                                              "key share came along: no round trip is lost"},
    [HF_REASON_NO_SHARE] = {"no_share", "the client has it, but sent no key share of it: that "
                                        "costs a round trip"},
    [HF_REASON_PEER_SILENT] = {"peer_silent", "the peer is silent about it"},
    [HF_REASON_NOT_ASKED] = {"not_asked", "the peer did not ask for it"},
    [HF_REASON_ASKED] = {"asked", "the peer asked for it"},
    [HF_REASON_NONE_CONFIGURED] = {"none_configured", "the peer asked, but none is configured"},
    [HF_REASON_NO_COMMON] = {"no_common", "there is one, but of no kind that the peer takes"},
    [HF_REASON_NAME] = {"name", "its names have the one that the client asked for"},
    [HF_REASON_DEFAULT] = {"default", "no name was asked for, or none of ours has it: the first"},
    [HF_REASON_SESSION] = {"session", "its key comes from an earlier session"},
    [HF_REASON_PSK] = {"psk", "it was agreed beforehand"},
    [HF_REASON_NOT_OFFERED] = {"not_offered", "none was offered"},
    [HF_REASON_NOT_TAKEN] = {"not_taken", "the server did not take what was offered"},
    [HF_REASON_ANCHOR] = {"anchor", "its path leads to a trust anchor"},
    [HF_REASON_PIN] = {"pin", "its raw public key is pinned"},
    [HF_REASON_KNOWN] = {"known", "the program knew the certificate"},
    [HF_REASON_UNCHECKED] = {"unchecked", "the check is switched off: it could be anybody"},
};

const char *hf_reason_name(uint8_t reason)
{
    return reason < COUNT(REASONS) ? REASONS[reason].name : "unknown";
}

const char *hf_reason_text(uint8_t reason)
{
    return reason < COUNT(REASONS) ? REASONS[reason].text : "unknown";
}

const char *hf_work_name(uint8_t work)
{
    static const char *const NAMES[] = {
        [HF_WORK_MAKE_KEY] = "make_key",
        [HF_WORK_AGREE] = "agree",
        [HF_WORK_SIGN] = "sign",
        [HF_WORK_VERIFY] = "verify",
        [HF_WORK_VERIFY_CERTIFICATE] = "verify_certificate",
    };
    return pick(NAMES, COUNT(NAMES), work);
}

const char *hf_epoch_name(uint8_t epoch)
{
    static const char *const NAMES[] = {
        [HF_EPOCH_HANDSHAKE] = "handshake",
        [HF_EPOCH_APPLICATION] = "application",
        [HF_EPOCH_UPDATE] = "update",
    };
    return pick(NAMES, COUNT(NAMES), epoch);
}

const char *hf_version_text(uint32_t version, char text[HF_VERSION_TEXT])
{
    if (version == HF_TLS13 || version == HF_TLS12) {
        return version == HF_TLS13 ? "1.3" : "1.2";
    }
    (void)snprintf(text, HF_VERSION_TEXT, "0x%04x", (unsigned)(version & 0xffffu));
    return text;
}

/* What was decided by having none of it; NULL: that says something else. */
static const char *no_text(const hf_event *event)
{
    switch (event->type) {
    case HF_DECIDED_GROUP:
        return "There is no key exchange, so no forward secrecy";
    case HF_DECIDED_RETRY:
        return "The hello is asked for again, with a cookie";
    case HF_DECIDED_RESUMPTION:
        return "No session is resumed";
    case HF_DECIDED_ALPN:
        return "There is no application protocol (ALPN)";
    case HF_DECIDED_CERTIFICATE:
        return "We send no certificate";
    case HF_DECIDED_TRUST: /* where they are walked one at a time, they are not counted */
        return event->reason == HF_REASON_PEER_SILENT ? "The peer showed no certificate"
                                                      : "The peer is accepted";
    default:
        return NULL;
    }
}

/* With the name of what was chosen in it. */
static void named_text(const hf_event *event, char text[HF_DECISION_TEXT])
{
    static const char *const BEFORE[] = {
        [HF_DECIDED_VERSION] = "The version is TLS ",
        [HF_DECIDED_SUITE] = "The suite is ",
        [HF_DECIDED_GROUP] = "The group of the key exchange is ",
        [HF_DECIDED_RETRY] = "The hello is asked for again, with a key share of ",
        [HF_DECIDED_ALPN] = "The application protocol (ALPN) is ",
        [HF_DECIDED_OUR_SCHEME] = "We sign with ",
        [HF_DECIDED_PEER_SCHEME] = "The peer signs with ",
    };
    uint16_t number = (uint16_t)event->number;
    char store[HF_DECISION_TEXT / 2];
    const char *name = store;
    switch (event->type) {
    case HF_DECIDED_VERSION:
        name = hf_version_text(number, store);
        break;
    case HF_DECIDED_SUITE:
        name = hf_any_suite_name(number);
        break;
    case HF_DECIDED_GROUP:
    case HF_DECIDED_RETRY:
        name = hf_any_group_name(number);
        break;
    case HF_DECIDED_ALPN:
        (void)snprintf(store, sizeof store, "%.*s", (int)(event->body.len & 0xffu),
                       (const char *)event->body.ptr);
        break;
    default:
        name = hf_any_scheme_name(number);
        break;
    }
    (void)snprintf(text, HF_DECISION_TEXT, "%s%s", BEFORE[event->type], name);
}

/* With a number in it. */
static void counted_text(const hf_event *event, char text[HF_DECISION_TEXT])
{
    unsigned number = (unsigned)event->number;
    const char *certificates = number == 1 ? "certificate" : "certificates";
    switch (event->type) {
    case HF_DECIDED_RESUMPTION:
        (void)snprintf(text, HF_DECISION_TEXT,
                       event->reason == HF_REASON_PSK ? "A pre-shared key is used"
                                                      : "The handshake is resumed");
        break;
    case HF_DECIDED_RECORD_LIMIT:
        (void)snprintf(text, HF_DECISION_TEXT,
                       "Records that we send have at most %u bytes of content", number);
        break;
    case HF_DECIDED_CERTIFICATE:
        (void)snprintf(text, HF_DECISION_TEXT, "We send %u %s", number, certificates);
        break;
    case HF_DECIDED_TRUST:
        (void)snprintf(text, HF_DECISION_TEXT, "The peer is accepted; it showed %u %s", number,
                       certificates);
        break;
    case HF_DECIDED_SESSION:
        (void)snprintf(text, HF_DECISION_TEXT, "The session is kept, for %u seconds", number);
        break;
    default:
        (void)snprintf(text, HF_DECISION_TEXT, "Decision %u: %u", event->type, number);
        break;
    }
}

static bool has_name(uint8_t decided)
{
    switch (decided) {
    case HF_DECIDED_VERSION:
    case HF_DECIDED_SUITE:
    case HF_DECIDED_GROUP:
    case HF_DECIDED_RETRY:
    case HF_DECIDED_ALPN:
    case HF_DECIDED_OUR_SCHEME:
    case HF_DECIDED_PEER_SCHEME:
        return true;
    default:
        return false;
    }
}

void hf_decision_text(const hf_event *event, char text[HF_DECISION_TEXT])
{
    bool none = event->type == HF_DECIDED_ALPN ? event->body.len == 0 : event->number == 0;
    if (none && no_text(event) != NULL) {
        (void)snprintf(text, HF_DECISION_TEXT, "%s", no_text(event));
    } else if (has_name(event->type)) {
        named_text(event, text);
    } else {
        counted_text(event, text);
    }
}

void hf_work_text(const hf_event *event, char text[HF_WORK_TEXT])
{
    uint16_t number = (uint16_t)event->number;
    switch (event->type) {
    case HF_WORK_MAKE_KEY:
        (void)snprintf(text, HF_WORK_TEXT, "computing: a key pair for the key exchange, %s",
                       hf_any_group_name(number));
        break;
    case HF_WORK_AGREE:
        (void)snprintf(text, HF_WORK_TEXT, "computing: the shared value of the key exchange, %s",
                       hf_any_group_name(number));
        break;
    case HF_WORK_SIGN:
        (void)snprintf(text, HF_WORK_TEXT, "computing: our signature over the handshake, %s",
                       hf_any_scheme_name(number));
        break;
    case HF_WORK_VERIFY:
        (void)snprintf(text, HF_WORK_TEXT, "verifying: the peer's signature over the handshake, %s",
                       hf_any_scheme_name(number));
        break;
    case HF_WORK_VERIFY_CERTIFICATE:
        (void)snprintf(text, HF_WORK_TEXT, "verifying: a signature in the peer's certificate path");
        break;
    default:
        (void)snprintf(text, HF_WORK_TEXT, "computing: operation %u", event->type);
        break;
    }
}
