/* The page of `handfast listen --www`: one HTTP/1.1 request (RFC 9112), one answer, the end.
 *
 * Text of the peer's (names in its certificate, the server name it asked for) reaches the page
 * escaped, and nothing of the request does.
 */
#ifndef HF_CLI_LISTEN_WWW_H
#define HF_CLI_LISTEN_WWW_H

#include <stdbool.h>
#include <stddef.h>

#define LISTEN_REQUEST_MAX 8192

typedef enum listen_request {
    LISTEN_REQUEST_PART = 0, /* not all of it is there */
    LISTEN_REQUEST_GET,
    LISTEN_REQUEST_HEAD,
    LISTEN_REQUEST_OTHER, /* a method that is not served */
    LISTEN_REQUEST_BAD,
} listen_request;

/* What a page tells: name and value of each line; both are escaped by the page. */
typedef struct listen_fact {
    const char *name;
    const char *value;
} listen_fact;

listen_request listen_www_request(const char *bytes, size_t len);

/* `text` as HTML text or attribute value, control characters as "?"; cut at `cap` with the
 * terminating zero, never inside an entity. Returns the length written. */
size_t listen_www_escape(const char *text, char *to, size_t cap);

/* Head and body of the answer, to be freed; NULL without memory. */
char *listen_www_answer(listen_request request, const listen_fact *facts, size_t count,
                        size_t *len);

#endif
