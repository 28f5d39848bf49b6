/* Where the bytes went: a bar for each handshake message, certificates in a colour of their own.
 * See page_parts.h. */
#include "html.h"
#include "page_parts.h"

#include <inttypes.h>

#define CERTIFICATE 11u /* RFC 8446 B.3 */

static uint64_t all_messages(const cli_budget *budget, int direction)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < CLI_TYPES; i++) {
        sum += budget->messages[direction][i];
    }
    return sum;
}

/* Whatever is on the wire beside handshake messages. */
static uint64_t rest(const cli_account *account, int direction)
{
    uint64_t messages = all_messages(account->budget, direction);
    uint64_t bytes = account->bytes[direction];
    return bytes > messages ? bytes - messages : 0;
}

static void print_bar(FILE *out, const char *name, bool sent, const char *class, uint64_t bytes,
                      uint64_t most)
{
    (void)fprintf(out, "<tr><td>%s</td><th scope=\"row\">", sent ? "sent" : "received");
    html_text(out, name);
    (void)fprintf(out,
                  "</th><td class=\"num\">%" PRIu64
                  "</td></tr>\n<tr class=\"bar\" aria-hidden=\"true\"><td colspan=\"3\">"
                  "<i class=\"%s\" style=\"width:%.2f%%\"></i></td></tr>\n",
                  bytes, class, most == 0 ? 0 : 100.0 * (double)bytes / (double)most);
}

static uint64_t largest(const cli_account *account)
{
    const cli_budget *budget = account->budget;
    uint64_t most = rest(account, 0) > rest(account, 1) ? rest(account, 0) : rest(account, 1);
    for (size_t i = 0; i < budget->steps_count; i++) {
        const cli_step *step = &budget->steps[i];
        most = step->kind == HF_EVENT_MESSAGE && step->size > most ? step->size : most;
    }
    return most;
}

static void print_messages(FILE *out, const cli_account *account)
{
    const cli_budget *budget = account->budget;
    uint64_t most = largest(account);
    char name[PAGE_NAME_SIZE];
    for (size_t i = 0; i < budget->steps_count; i++) {
        const cli_step *step = &budget->steps[i];
        if (step->kind == HF_EVENT_MESSAGE) {
            const char *class = step->type == CERTIFICATE ? "cert" : step->sent ? "out" : "in";
            print_bar(out, page_message_name(step, name), step->sent, class, step->size, most);
        }
    }
    print_bar(out, "everything else", true, "rest", rest(account, 1), most);
    print_bar(out, "everything else", false, "rest", rest(account, 0), most);
}

void page_bytes(FILE *out, const cli_account *account)
{
    const cli_budget *budget = account->budget;
    if (account->bytes[0] + account->bytes[1] == 0) {
        return;
    }
    (void)fprintf(out,
                  "<section>\n<h2>Bytes</h2>\n<p>Sent: <b>%" PRIu64 "</b> bytes in %" PRIu32
                  " records, of which certificates %" PRIu32 ". Received: <b>%" PRIu64
                  "</b> bytes in %" PRIu32 " records, of which certificates %" PRIu32 ".</p>\n",
                  account->bytes[1], account->records[1], budget->messages[1][CERTIFICATE],
                  account->bytes[0], account->records[0], budget->messages[0][CERTIFICATE]);
    (void)fputs(
        "<p class=\"key\"><span><i class=\"out\"></i>sent</span> <span><i "
        "class=\"in\"></i>received</span> <span><i class=\"cert\"></i>certificates</span> <span><i "
        "class=\"rest\"></i>everything else: record headers and tags, alerts, application "
        "data</span></p>\n"
        "<table class=\"bytes\">\n<caption>Handshake messages with their headers, in "
        "order</caption>\n<thead><tr><th scope=\"col\">Way</th><th "
        "scope=\"col\">Message</th><th scope=\"col\" class=\"num\">Bytes</th></tr></thead>\n"
        "<tbody>\n",
        out);
    print_messages(out, account);
    (void)fputs("</tbody>\n</table>\n", out);
    if (budget->untold > 0) {
        (void)fputs(
            "<p>Messages that stand with 0 were in records larger than the input buffer, so "
            "their sizes are not known; they are among everything else.</p>\n",
            out);
    }
    (void)fputs("</section>\n", out);
}
