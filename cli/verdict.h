/* The server's verdict about us, once our side of the handshake is done.
 *
 * A TLS 1.3 server decides about our certificate only then (RFC 8446 4.4.2.4, E.1.2): so
 * close_notify is sent and everything read up to the server's end. The connection can carry nothing
 * more afterwards.
 */
#ifndef HF_CLI_VERDICT_H
#define HF_CLI_VERDICT_H

#include <handfast/conn.h>

/* Milliseconds of a steady clock. */
uint32_t cli_verdict_clock(void);

/* The verdict in words; NULL: it is an error, which stands in the connection. Waits for 2 seconds
 * and four round trips, within what is left of `timeout` since `begin`. */
const char *cli_verdict_read(hf_conn *conn, uint32_t begin, uint32_t timeout);

#endif
