/* Moves bytes between the TLS engine and the socket. */
#ifndef HF_NET_PUMP_H
#define HF_NET_PUMP_H

#include "net/port.h"

/* Runs, sends and receives until nothing can be done without waiting, a public-key operation has
 * been done and more work is left, or application data stand ready. HF_OK, or the error with which
 * the connection ends, recorded in conn->error. */
hf_code hf_pump(hf_conn *conn);

/* After a failure: sends the alert, half-closes, and reads for a while, so that a reset does not
 * destroy the alert on its way. HF_PENDING until that is over, then HF_OK. */
hf_code hf_pump_linger(hf_conn *conn, uint64_t now);

/* Before a close: close_notify if it can go without waiting, and what has arrived is read, because
 * unread bytes would make the close a reset. Waits for nothing. */
void hf_pump_finish(hf_conn *conn);

/* Sends what the engine has; false: it could not all go without waiting. */
bool hf_pump_flush(hf_conn *conn);

/* Makes the one descriptor wait for what the pump wants now. */
void hf_pump_arm(hf_conn *conn);

#endif
