/* What was agreed, and why: the decisions of the handshake in words. See page_parts.h. */
#include "html.h"
#include "page_parts.h"
#include "trace/words.h"

#include <handfast/tls.h>
#include <inttypes.h>

static const char *const LABELS[] = {
    [HF_DECIDED_VERSION] = "version",
    [HF_DECIDED_SUITE] = "cipher suite",
    [HF_DECIDED_GROUP] = "key exchange",
    [HF_DECIDED_RETRY] = "HelloRetryRequest",
    [HF_DECIDED_RESUMPTION] = "resumed",
    [HF_DECIDED_ALPN] = "protocol (ALPN)",
    [HF_DECIDED_RECORD_LIMIT] = "largest record sent",
    [HF_DECIDED_CERTIFICATE] = "our certificate",
    [HF_DECIDED_OUR_SCHEME] = "our signature",
    [HF_DECIDED_PEER_SCHEME] = "server's signature",
    [HF_DECIDED_TRUST] = "trust",
    [HF_DECIDED_SESSION] = "session for next time",
};
#define LABELS_COUNT (sizeof LABELS / sizeof LABELS[0])

static void print_name(FILE *out, const char *name, uint32_t number)
{
    if (name != NULL && name[0] != 0) {
        html_text(out, name);
    } else {
        (void)fprintf(out, "0x%04" PRIx32, number);
    }
}

static void print_count(FILE *out, uint32_t number, const char *unit)
{
    (void)fprintf(out, "%" PRIu32 " %s%s", number, unit, number == 1 ? "" : "s");
}

static void print_value(FILE *out, const cli_decision *decision)
{
    uint32_t number = decision->number;
    switch ((hf_decided)decision->type) {
    case HF_DECIDED_VERSION:
        (void)fputs(number == HF_TLS13 ? "TLS 1.3" : "TLS 1.2", out);
        break;
    case HF_DECIDED_SUITE:
        print_name(out, hf_tls_suite_name((uint16_t)number), number);
        break;
    case HF_DECIDED_GROUP:
    case HF_DECIDED_RETRY:
        print_name(out, number == 0 ? "none" : hf_tls_group_name((uint16_t)number), number);
        break;
    case HF_DECIDED_RESUMPTION:
        (void)fputs(number != 0 ? "yes" : "no", out);
        break;
    case HF_DECIDED_ALPN:
        html_text(out, decision->text[0] != 0 ? decision->text : "none");
        break;
    case HF_DECIDED_OUR_SCHEME:
    case HF_DECIDED_PEER_SCHEME:
        print_name(out, hf_tls_scheme_name((uint16_t)number), number);
        break;
    case HF_DECIDED_RECORD_LIMIT:
        print_count(out, number, "byte");
        break;
    case HF_DECIDED_SESSION:
        (void)fputs("kept, good for ", out);
        print_count(out, number, "second");
        break;
    default:
        if (number == 0) {
            (void)fputs("none", out);
        } else {
            print_count(out, number, "certificate");
        }
        break;
    }
}

void page_decisions(FILE *out, const cli_account *account)
{
    const cli_budget *budget = account->budget;
    if (budget->decisions_count == 0) {
        return;
    }
    (void)fputs("<section>\n<h2>What was agreed, and why</h2>\n<dl>\n", out);
    for (size_t i = 0; i < budget->decisions_count; i++) {
        const cli_decision *decision = &budget->decisions[i];
        const char *why = hf_reason_text(decision->reason);
        if (decision->type >= LABELS_COUNT) {
            continue;
        }
        (void)fprintf(out, "<dt>%s</dt><dd><b>", LABELS[decision->type]);
        print_value(out, decision);
        (void)fputs("</b>", out);
        if (why[0] != 0) {
            html_print(out, ": %s", why);
        }
        (void)fputs("</dd>\n", out);
    }
    (void)fputs("</dl>\n</section>\n", out);
}
