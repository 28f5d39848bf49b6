/* Between the files of the connection, and for hf_link: deadlines. */
#ifndef HF_NET_CONN_H
#define HF_NET_CONN_H

#include <handfast/conn.h>

/* Deadlines are times of hf_net_now(); 0 = none. */
uint64_t hf_deadline(uint64_t now, uint32_t timeout_ms);
bool hf_deadline_passed(uint64_t deadline, uint64_t now);
uint64_t hf_sooner(uint64_t one, uint64_t other);
/* Milliseconds from now to `at`, rounded up; -1 when `at` is 0. */
int hf_wait_ms(uint64_t at, uint64_t now);
/* hf_conn_step() without setting what the port waits for; the caller does that with
 * hf_pump_arm() before it leaves or sleeps. */
hf_code hf_conn_advance(hf_conn *conn);
/* Sleeps until the next step is due, there is news, or the deadline has passed. */
void hf_conn_sleep(hf_conn *conn, uint64_t deadline);

/* For hf_conn_attach() and hf_conn_accept(): begins with a socket of the program's, in the state
 * HF_CONN_HANDSHAKE; and goes on with what hf_tls_client() or hf_tls_server() returned. */
hf_code hf_conn_take(hf_conn *conn, hf_socket socket, const hf_conn_options *options,
                     uint32_t timeout_ms);
hf_code hf_conn_taken(hf_conn *conn, hf_code code);

/* Microseconds since the last call, or since the stage began. */
uint32_t hf_conn_lap(hf_conn *conn, uint64_t now);

/* Ends the opening with an error, and with one of the engine's. Both return it. */
hf_code hf_conn_fail(hf_conn *conn, hf_code code, hf_stage stage, int32_t system);
hf_code hf_conn_engine_failed(hf_conn *conn, hf_code code, hf_stage stage);

#endif
