/* Writing the log. See listen_log.h. */
#include "listen_log.h"

#include "report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 4096
#define ESCAPED        (4 * LISTEN_TEXT_MAX)

const char *listen_log_escape(const char *text, char *to, size_t cap)
{
    size_t len = 0;
    for (; *text != 0 && cap - len > 4; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
            len += (size_t)snprintf(to + len, cap - len, "\\x%02x", c);
        } else {
            to[len++] = *text;
        }
    }
    to[len] = 0;
    return to;
}

static size_t begin_line(char *line, const listen_conn *conn, const char *event)
{
    struct timespec now;
    struct tm parts;
    char who[ESCAPED];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    size_t len = strftime(line, 32, "%Y-%m-%dT%H:%M:%S", &parts);
    len += (size_t)snprintf(line + len, LINE_MAX_BYTES - len, ".%03dZ %s",
                            (int)(now.tv_nsec / 1000000), event);
    if (conn != NULL) {
        (void)listen_log_escape(listen_client_name(&conn->client), who, sizeof who);
        len += (size_t)snprintf(line + len, LINE_MAX_BYTES - len, " peer=%s who=\"%s\"",
                                conn->address, who);
    }
    return len;
}

/* One write for a line, so that it stays whole beside those of other programs. */
void listen_log(const listen_conn *conn, const char *event, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    size_t len = begin_line(line, conn, event);
    line[len++] = ' ';
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(line + len, sizeof line - len - 1, format, arguments);
    va_end(arguments);
    if (more > 0) {
        size_t room = sizeof line - len - 2;
        len += (size_t)more < room ? (size_t)more : room;
    }
    line[len++] = '\n';
    (void)fwrite(line, 1, len, stderr);
    (void)fflush(stderr);
}

static void hash_text(const listen_client *client, char text[65])
{
    (void)snprintf(text, 65, client->has_psk ? "psk" : "none");
    for (size_t i = 0; client->has_certificate && i < sizeof client->sha256; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", client->sha256[i]);
    }
}

/* A resumed session may do without a key exchange. */
static const char *known_group(const hf_tls *tls)
{
    return hf_tls_group(tls) == 0 ? "none" : hf_tls_group_name(hf_tls_group(tls));
}

void listen_log_open(const listen_conn *conn)
{
    char hash[65];
    char name[ESCAPED];
    char subject[ESCAPED];
    const hf_tls *tls = &conn->engine->tls;
    const char *alpn = hf_tls_alpn(tls);
    if (conn->server->options->quiet) {
        return;
    }
    hash_text(&conn->client, hash);
    (void)listen_log_escape(conn->client.server_name, name, sizeof name);
    (void)listen_log_escape(conn->client.subject, subject, sizeof subject);
    listen_log(
        conn, "open",
        "tls=%s suite=%s group=%s alpn=%s sni=\"%s\" resumed=%s certificate=%s subject=\"%s\"",
        hf_tls_version(tls) == HF_TLS13 ? "1.3" : "1.2", hf_tls_suite_name(hf_tls_suite(tls)),
        known_group(tls), alpn == NULL ? "none" : alpn, name, hf_tls_resumed(tls) ? "yes" : "no",
        hash, subject);
}

void listen_log_failure(const listen_conn *conn, const hf_error *error)
{
    hf_code code = (hf_code)error->code;
    char alert[96] = "none";
    char reason[1024];
    if (error->alert_by != HF_ALERT_NONE) {
        (void)snprintf(alert, sizeof alert, "%s:%s(%u)",
                       error->alert_by == HF_ALERT_SENT ? "sent" : "received",
                       hf_alert_name(error->alert), (unsigned)error->alert);
    }
    const char *what = error->alert_by == HF_ALERT_RECEIVED
                           ? "The client ended the connection with this alert."
                           : hf_error_what(code);
    if (cli_is_of_signer(code) && cli_signer_why() != NULL) {
        what = listen_log_escape(cli_signer_why(), reason, sizeof reason);
    }
    bool ours = hf_error_class_of(code) == HF_CLASS_LOCAL; /* the client has done nothing wrong */
    bool refused = !conn->opened && error->alert_by == HF_ALERT_SENT && !ours;
    char hash[65];
    hash_text(&conn->client, hash);
    listen_log(conn, refused ? "refused" : "failed",
               "error=%s alert=%s certificate=%s reason=\"%s\"", hf_error_name(code), alert, hash,
               what);
}

void listen_log_error(const listen_conn *conn, hf_code code, const char *reason)
{
    listen_log(conn, "failed", "error=%s alert=none reason=\"%s\"", hf_error_name(code), reason);
}

void listen_log_closed(const listen_conn *conn)
{
    if (!conn->server->options->quiet) {
        listen_log(conn, "closed", "received=%" PRIu64 " sent=%" PRIu64 " reason=\"%s\"",
                   conn->bytes_in, conn->bytes_out,
                   conn->reason == NULL ? "the client closed" : conn->reason);
    }
}
