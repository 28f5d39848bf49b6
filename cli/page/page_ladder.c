/* The ladder of the connection: who said what, in order, with arrows between two lines. See
 * page_parts.h. */
#include "html.h"
#include "page_parts.h"
#include "trace/dissect.h"
#include "words.h"

#include <arpa/inet.h>
#include <handfast/tls.h>
#include <inttypes.h>
#include <string.h>

#define ALERT 21u /* content type (RFC 8446 B.1) */

/* "client_hello" of the RFC's enum as the RFC's text writes it. */
const char *page_message_name(const cli_step *step, char text[PAGE_NAME_SIZE])
{
    size_t len = 0;
    bool capital = true;
    const char *name = step->retry ? "hello_retry_request" : hf_message_name(step->type);
    for (; *name != 0 && len < PAGE_NAME_SIZE - 1; name++) {
        if (*name != '_') {
            text[len++] =
                (char)(capital && *name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name);
        }
        capital = *name == '_';
    }
    text[len] = 0;
    return text;
}

/* What a message is for. */
static const char *message_meaning(const cli_step *step)
{
    static const char *const MEANINGS[CLI_TYPES] = {
        [1] = "what this device offers: versions, suites, groups, key share",
        [2] = "what the server takes of it, and its key share",
        [4] = "a ticket, with which the next handshake needs no certificates",
        [8] = "further answers, the first encrypted ones",
        [11] = "certificates: who it is",
        [12] = "the server's key share, signed",
        [13] = "the server wants to see a certificate",
        [14] = "the server's part is over",
        [15] = "a signature over all of it: the key of the certificate is there",
        [16] = "this device's key share",
        [20] = "both have seen the same messages",
        [22] = "the server's certificate is not revoked",
        [24] = "new keys from here on",
    };
    if (step->retry) {
        return "the server wants another key share: a round trip more";
    }
    const char *meaning = step->type < CLI_TYPES ? MEANINGS[step->type] : NULL;
    return meaning == NULL ? "" : meaning;
}

static void begin_arrow(FILE *out, const cli_step *step)
{
    char ms[CLI_MS_SIZE];
    (void)fprintf(out,
                  "<li class=\"%s%s\"><small class=\"at\">%s</small> <span "
                  "class=\"unseen\">%s</span> <b>",
                  step->sent ? "out" : "in", step->sealed ? " sealed" : "", cli_ms(step->at, ms),
                  step->sent ? "sent" : "received");
}

static void end_arrow(FILE *out, const cli_step *step, const char *meaning)
{
    (void)fputs("</b> <span class=\"size\">", out);
    if (step->size > 0) {
        (void)fprintf(out, "%" PRIu32 " byte%s, ", step->size, step->size == 1 ? "" : "s");
    }
    (void)fprintf(out, "%s</span>", step->sealed ? "encrypted" : "in the clear");
    if (meaning[0] != 0) {
        (void)fputs("<br><small>", out);
        html_text(out, meaning);
        (void)fputs("</small>", out);
    }
    (void)fputs("</li>\n", out);
}

static void print_message(FILE *out, const cli_step *step)
{
    char name[PAGE_NAME_SIZE];
    begin_arrow(out, step);
    html_text(out, page_message_name(step, name));
    end_arrow(out, step, message_meaning(step));
}

static void print_record(FILE *out, const cli_step *step)
{
    begin_arrow(out, step);
    if (step->type == ALERT) { /* level, description (RFC 8446 6) */
        html_print(out, "alert %s", hf_alert_name(step->bytes[1]));
        end_arrow(out, step, step->sent ? "" : hf_alert_what(step->bytes[1]));
    } else {
        html_text(out, hf_content_name(step->type));
        end_arrow(out, step, "");
    }
}

static void print_packet(FILE *out, const cli_step *step)
{
    begin_arrow(out, step);
    html_print(out, "MQTT %s", hf_packet_name(step->type));
    end_arrow(out, step, "");
}

static void print_address(FILE *out, const cli_step *step)
{
    char text[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(step->type == 6 ? AF_INET6 : AF_INET, step->bytes, text, sizeof text);
    (void)fputs("<li class=\"note\">", out);
    html_print(out, "TCP to %s, port %" PRIu32 ": %s", text, step->size,
               step->number == HF_PENDING ? "begins"
               : step->number == HF_OK    ? "connected"
                                          : hf_error_what((hf_code)step->number));
    (void)fputs("</li>\n", out);
}

static void print_keys(FILE *out, const cli_step *step)
{
    static const char *const WHICH[] = {
        [HF_EPOCH_HANDSHAKE] = "handshake keys",
        [HF_EPOCH_APPLICATION] = "application keys",
        [HF_EPOCH_UPDATE] = "updated keys",
    };
    const char *suite = hf_tls_suite_name((uint16_t)step->number);
    (void)fprintf(out, "<li class=\"note\">%s from here on: %s", step->sent ? "sent" : "received",
                  step->type <= HF_EPOCH_UPDATE ? WHICH[step->type] : "other keys");
    if (suite != NULL && suite[0] != 0) {
        html_print(out, ", %s", suite);
    }
    (void)fputs("</li>\n", out);
}

static void print_stage(FILE *out, const cli_account *account, const cli_step *step)
{
    char text[PAGE_ERROR_SIZE];
    bool good = step->number == HF_OK;
    bool known = account->error != NULL && account->error->code == step->number;
    (void)fprintf(out, "<li class=\"note %s\">%s: ", good ? "good" : "bad",
                  hf_stage_name((hf_stage)step->type));
    html_text(out, good    ? "done"
                   : known ? page_error_what(account->error, text)
                           : hf_error_what((hf_code)step->number));
    (void)fputs("</li>\n", out);
}

static void print_step(FILE *out, const cli_account *account, const cli_step *step)
{
    switch ((hf_event_kind)step->kind) {
    case HF_EVENT_MESSAGE:
        print_message(out, step);
        break;
    case HF_EVENT_RECORD:
        print_record(out, step);
        break;
    case HF_EVENT_PACKET:
        print_packet(out, step);
        break;
    case HF_EVENT_ADDRESS:
        print_address(out, step);
        break;
    case HF_EVENT_KEYS:
        print_keys(out, step);
        break;
    default:
        print_stage(out, account, step);
        break;
    }
}

void page_ladder(FILE *out, const cli_account *account)
{
    const cli_budget *budget = account->budget;
    if (budget->steps_count == 0) {
        return;
    }
    (void)fputs("<section>\n<h2>What happened</h2>\n<p class=\"ends\" aria-hidden=\"true\"><b>this "
                "device</b><b>server</b></p>\n<ol class=\"ladder\">\n",
                out);
    for (size_t i = 0; i < budget->steps_count; i++) {
        print_step(out, account, &budget->steps[i]);
    }
    if (budget->steps_more > 0) {
        (void)fprintf(out, "<li class=\"note\">and %zu steps more, which are not shown</li>\n",
                      budget->steps_more);
    }
    (void)fputs("</ol>\n</section>\n", out);
}
