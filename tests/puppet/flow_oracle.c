/* See flow_oracle.h. */
#include "puppet/flow_oracle.h"

#include "puppet/puppet.h"

#include <string.h>

/* '>' the client says, '<' the server says. */
static const oracle_flow FLOWS[] = {
    {.version = HF_TLS13, .text = ">CH <SH <EE <CT <CV <FIN >FIN"},
    {.version = HF_TLS13, .request = true, .text = ">CH <SH <EE <CR <CT <CV <FIN >CT >FIN"},
    {.version = HF_TLS13,
     .request = true,
     .certificate = true,
     .text = ">CH <SH <EE <CR <CT <CV <FIN >CT >CV >FIN"},
    {.version = HF_TLS13, .retry = true, .text = ">CH <HRR >CH <SH <EE <CT <CV <FIN >FIN"},
    {.version = HF_TLS13,
     .retry = true,
     .request = true,
     .text = ">CH <HRR >CH <SH <EE <CR <CT <CV <FIN >CT >FIN"},
    {.version = HF_TLS13,
     .retry = true,
     .request = true,
     .certificate = true,
     .text = ">CH <HRR >CH <SH <EE <CR <CT <CV <FIN >CT >CV >FIN"},
    {.version = HF_TLS13, .resume = ORACLE_PSK_DHE, .text = ">CH <SH <EE <FIN >FIN"},
    {.version = HF_TLS13, .resume = ORACLE_PSK_KE, .text = ">CH <SH <EE <FIN >FIN"},
    {.version = HF_TLS13,
     .retry = true,
     .resume = ORACLE_PSK_DHE,
     .text = ">CH <HRR >CH <SH <EE <FIN >FIN"},
    {.version = HF_TLS13,
     .retry = true,
     .resume = ORACLE_PSK_KE,
     .text = ">CH <HRR >CH <SH <EE <FIN >FIN"},
    {.version = HF_TLS12, .text = ">CH <SH <CT <SKE <SHD >CKE >CCS >FIN <CCS <FIN"},
    {.version = HF_TLS12,
     .request = true,
     .text = ">CH <SH <CT <SKE <CR <SHD >CT >CKE >CCS >FIN <CCS <FIN"},
    {.version = HF_TLS12,
     .request = true,
     .certificate = true,
     .text = ">CH <SH <CT <SKE <CR <SHD >CT >CKE >CV >CCS >FIN <CCS <FIN"},
    {.version = HF_TLS12,
     .ticket = true,
     .text = ">CH <SH <CT <SKE <SHD >CKE >CCS >FIN <NST <CCS <FIN"},
    {.version = HF_TLS12,
     .request = true,
     .ticket = true,
     .text = ">CH <SH <CT <SKE <CR <SHD >CT >CKE >CCS >FIN <NST <CCS <FIN"},
    {.version = HF_TLS12,
     .request = true,
     .certificate = true,
     .ticket = true,
     .text = ">CH <SH <CT <SKE <CR <SHD >CT >CKE >CV >CCS >FIN <NST <CCS <FIN"},
    {.version = HF_TLS12,
     .resume = ORACLE_TICKET,
     .ticket = true,
     .text = ">CH <SH <NST <CCS <FIN >CCS >FIN"},
    {.version = HF_TLS12, .resume = ORACLE_TICKET, .text = ">CH <SH <CCS <FIN >CCS >FIN"},
    {.version = HF_TLS12, .resume = ORACLE_ID, .text = ">CH <SH <CCS <FIN >CCS >FIN"},
};

static const struct {
    const char *name;
    int message;
} NAMES[] = {
    {"CH", M_CLIENT_HELLO},
    {"SH", M_SERVER_HELLO},
    {"HRR", M_RETRY},
    {"EE", M_ENCRYPTED_EXTENSIONS},
    {"CR", M_CERTIFICATE_REQUEST},
    {"CT", M_CERTIFICATE},
    {"CV", M_CERTIFICATE_VERIFY},
    {"FIN", M_FINISHED},
    {"SKE", M_SERVER_KEY_EXCHANGE},
    {"SHD", M_SERVER_HELLO_DONE},
    {"CKE", M_CLIENT_KEY_EXCHANGE},
    {"CCS", M_CCS},
    {"NST", M_NEW_SESSION_TICKET},
};

static int message_named(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (strlen(NAMES[i].name) == len && memcmp(NAMES[i].name, name, len) == 0) {
            return NAMES[i].message;
        }
    }
    return -1;
}

bool oracle_parse(const char *text, oracle_word words[ORACLE_WORDS_MAX], size_t *count)
{
    *count = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, " \n");
        if (len < 2 || *count == ORACLE_WORDS_MAX || (*text != '<' && *text != '>')) {
            return false;
        }
        int message = message_named(text + 1, len - 1);
        if (message < 0) {
            return false;
        }
        words[(*count)++] = (oracle_word){*text == '<', message};
        text += len;
        text += strspn(text, " \n");
    }
    return *count > 0;
}

bool oracle_flow_at(size_t index, oracle_flow *flow)
{
    if (index >= sizeof FLOWS / sizeof FLOWS[0]) {
        return false;
    }
    *flow = FLOWS[index];
    return oracle_parse(flow->text, flow->words, &flow->count);
}

bool oracle_plain_flow(uint16_t version, oracle_flow *flow)
{
    size_t index = 0;
    while (index < sizeof FLOWS / sizeof FLOWS[0] && FLOWS[index].version != version) {
        index++;
    }
    return oracle_flow_at(index, flow);
}

static bool same_words(const oracle_flow *a, const oracle_flow *b, size_t count)
{
    if (b->count < count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (a->words[i].server != b->words[i].server ||
            a->words[i].message != b->words[i].message) {
            return false;
        }
    }
    return true;
}

bool oracle_said(const oracle_flow *flow, size_t count, int message)
{
    for (size_t i = 0; i < count; i++) {
        if (flow->words[i].message == message) {
            return true;
        }
    }
    return false;
}

/* ServerHello says whether a session is resumed, and promises a ticket. */
static bool same_session(const oracle_flow *a, const oracle_flow *b)
{
    return a->resume == b->resume && a->ticket == b->ticket;
}

/* Is `message` the next word, by that end, in a flow that begins with the same words? */
static bool may_be_next(const oracle_flow *flow, size_t count, int message, bool server)
{
    oracle_flow other;
    bool answered = oracle_said(flow, count, M_SERVER_HELLO);
    bool known = answered || oracle_said(flow, count, M_RETRY);
    bool shown = false;
    for (size_t i = 0; i < count; i++) {
        shown = shown || (!flow->words[i].server && flow->words[i].message == M_CERTIFICATE);
    }
    for (size_t i = 0; oracle_flow_at(i, &other); i++) {
        bool same = (!known || other.version == flow->version) &&
                    (!answered || same_session(&other, flow)) &&
                    (!shown || other.certificate == flow->certificate) &&
                    same_words(flow, &other, count);
        if (same && other.count > count && other.words[count].server == server &&
            other.words[count].message == message) {
            return true;
        }
    }
    return false;
}

bool oracle_may_follow(const oracle_flow *flow, size_t count, int message)
{
    if (count == flow->count) { /* RFC 8446 4.6; RFC 5246 7.4.1.1 */
        return flow->version == HF_TLS13
                   ? message == M_NEW_SESSION_TICKET || message == M_KEY_UPDATE
                   : message == M_HELLO_REQUEST;
    }
    return may_be_next(flow, count, message, true);
}

bool oracle_client_may_follow(const oracle_flow *flow, size_t count, int message)
{
    if (count == flow->count) { /* RFC 8446 4.6.3; RFC 5246 7.4.1.2: renegotiation */
        return message == (flow->version == HF_TLS13 ? M_KEY_UPDATE : M_CLIENT_HELLO);
    }
    return may_be_next(flow, count, message, false);
}
