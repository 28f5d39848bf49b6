/* The log of `handfast listen`: one line for each event on standard error.
 *
 *     TIME EVENT [peer=ADDR:PORT who="NAME"] KEY=VALUE...
 *
 * Whatever a peer may have chosen stands in quotes, with quotes, backslashes and everything that is
 * not printable ASCII as \xHH.
 */
#ifndef HF_CLI_LISTEN_LOG_H
#define HF_CLI_LISTEN_LOG_H

#include "listen_server.h"

/* `conn` may be NULL: an event of the server's. */
__attribute__((format(printf, 3, 4))) void listen_log(const listen_conn *conn, const char *event,
                                                      const char *format, ...);

/* Text in the log's form, without the quotes; returns `to`. */
const char *listen_log_escape(const char *text, char *to, size_t cap);

void listen_log_open(const listen_conn *conn);
void listen_log_failure(const listen_conn *conn, const hf_error *error);
/* A failure that the engine does not know of. */
void listen_log_error(const listen_conn *conn, hf_code code, const char *reason);
void listen_log_closed(const listen_conn *conn);

#endif
