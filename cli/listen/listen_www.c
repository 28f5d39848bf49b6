/* Reading a request's head and writing the page. See listen_www.h. */
#include "listen_www.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 4096u

static const char BEGIN[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<title>handfast listen</title>\n<style>body{font-family:sans-serif;margin:2em}"
    "td,th{text-align:left;padding:.2em 1em .2em 0;vertical-align:top}</style>\n</head>\n<body>\n"
    "<h1>This connection</h1>\n<table>\n";
static const char END[] = "</table>\n</body>\n</html>\n";

static bool has_prefix(const char *bytes, size_t len, const char *prefix)
{
    return len >= strlen(prefix) && memcmp(bytes, prefix, strlen(prefix)) == 0;
}

/* The request line: method, a space, a target, a space, HTTP/1.x (RFC 9112 3). */
static bool is_request_line(const char *line, size_t len)
{
    const char *first = memchr(line, ' ', len);
    if (first == NULL || first == line) {
        return false;
    }
    size_t rest = len - (size_t)(first + 1 - line);
    const char *second = memchr(first + 1, ' ', rest);
    if (second == NULL || second == first + 1) {
        return false;
    }
    size_t version = len - (size_t)(second + 1 - line);
    return version == 8 && has_prefix(second + 1, version, "HTTP/1.");
}

listen_request listen_www_request(const char *bytes, size_t len)
{
    const char *line_end = memmem(bytes, len, "\r\n", 2);
    if (line_end != NULL && !is_request_line(bytes, (size_t)(line_end - bytes))) {
        return LISTEN_REQUEST_BAD;
    }
    if (memmem(bytes, len, "\r\n\r\n", 4) == NULL) {
        return len >= LISTEN_REQUEST_MAX ? LISTEN_REQUEST_BAD : LISTEN_REQUEST_PART;
    }
    if (has_prefix(bytes, len, "GET ")) {
        return LISTEN_REQUEST_GET;
    }
    return has_prefix(bytes, len, "HEAD ") ? LISTEN_REQUEST_HEAD : LISTEN_REQUEST_OTHER;
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

size_t listen_www_escape(const char *text, char *to, size_t cap)
{
    size_t len = 0;
    for (; *text != 0; text++) {
        char plain[2] = {*text, 0};
        unsigned char c = (unsigned char)*text;
        const char *piece = entity(*text);
        if (piece == NULL) {
            piece = c < 0x20 || c == 0x7f ? "?" : plain;
        }
        if (strlen(piece) >= cap - len) {
            break;
        }
        memcpy(to + len, piece, strlen(piece));
        len += strlen(piece);
    }
    to[len] = 0;
    return len;
}

static void write_facts(FILE *out, const listen_fact *facts, size_t count)
{
    char text[VALUE_MAX];
    (void)fputs(BEGIN, out);
    for (size_t i = 0; i < count; i++) {
        (void)listen_www_escape(facts[i].name, text, sizeof text);
        (void)fprintf(out, "<tr><th>%s</th>", text);
        (void)listen_www_escape(facts[i].value, text, sizeof text);
        (void)fprintf(out, "<td>%s</td></tr>\n", text);
    }
    (void)fputs(END, out);
}

static const char *status(listen_request request)
{
    switch (request) {
    case LISTEN_REQUEST_GET:
    case LISTEN_REQUEST_HEAD:
        return "200 OK";
    case LISTEN_REQUEST_OTHER:
        return "405 Method Not Allowed\r\nAllow: GET, HEAD";
    default:
        return "400 Bad Request";
    }
}

static char *write_body(listen_request request, const listen_fact *facts, size_t count, size_t *len)
{
    char *body = NULL;
    FILE *out = open_memstream(&body, len);
    if (out == NULL) {
        return NULL;
    }
    if (request == LISTEN_REQUEST_GET || request == LISTEN_REQUEST_HEAD) {
        write_facts(out, facts, count);
    } else {
        (void)fputs("<!DOCTYPE html>\n<title>handfast listen</title>\n"
                    "<p>Only GET and HEAD are served here.</p>\n",
                    out);
    }
    return fclose(out) == 0 ? body : NULL;
}

char *listen_www_answer(listen_request request, const listen_fact *facts, size_t count, size_t *len)
{
    char *answer = NULL;
    size_t body_len = 0;
    char *body = write_body(request, facts, count, &body_len);
    FILE *out = body == NULL ? NULL : open_memstream(&answer, len);
    if (out != NULL) {
        (void)fprintf(out,
                      "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
                      "Content-Length: %zu\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
                      status(request), body_len);
        if (request != LISTEN_REQUEST_HEAD) {
            (void)fwrite(body, 1, body_len, out);
        }
        if (fclose(out) != 0) {
            free(answer);
            answer = NULL;
        }
    }
    free(body);
    return answer;
}
