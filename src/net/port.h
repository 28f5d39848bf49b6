/* What a port (posix, lwip, serial) gives to the connection: time, names, channels, waiting.
 *
 * In the flow: conn.c, dial.c, lookup.c and pump.c decide, the port does. No function here waits,
 * except hf_net_wait(). None records an error: they return hf_code and leave errno's value (lwip:
 * err_t) in *system. A port that dials nothing (serial) has the first and the last part.
 */
#ifndef HF_NET_PORT_H
#define HF_NET_PORT_H

#include <handfast/conn.h>

#define HF_ARM_NONE  0u
#define HF_ARM_READ  1u
#define HF_ARM_WRITE 2u

/* Microseconds, monotonic, never 0. The connection may be one that was never started. */
uint64_t hf_net_now(const hf_conn *conn);

hf_code hf_net_begin(hf_conn *conn, int32_t *system);
void hf_net_end(hf_conn *conn); /* closes every channel, and what news come through */
/* Takes note of the time, and hands news to their owners: to the lookup, attempts to dial.ready. */
void hf_net_collect(hf_conn *conn);
/* Sleeps until there is news, or `ms` have passed; -1 = without limit. */
void hf_net_wait(const hf_conn *conn, int ms);

#if HF_PORT_DIALS
/* ---- names. Questions that the port asks are answered by hf_lookup_answered(). */
/* What needs no question, such as a hosts file: added to the answers. */
void hf_net_ask_hosts(hf_conn *conn);
/* Asks both questions of lookup.questions, or those of them that the port knows. An error: none. */
hf_code hf_net_ask(hf_conn *conn);
void hf_net_ask_step(hf_conn *conn);
void hf_net_ask_cancel(hf_conn *conn);                          /* afterwards nothing comes back */
uint64_t hf_net_ask_timeout(const hf_conn *conn, uint64_t now); /* of its next step; 0: none */
/* Waits for the descriptor of the program's resolver, -1: for none. False: the port cannot. */
bool hf_net_watch_hook(hf_conn *conn, int fd);
/* Index of a network interface, by name or number; 0: there is none. */
uint32_t hf_net_scope(const char *zone);

/* ---- attempts */
/* Begins attempt `index` to dial.to[index]. HF_OK: connected, HF_PENDING, or an error. */
hf_code hf_net_connect(hf_conn *conn, size_t index, int32_t *system);
bool hf_net_is_trying(const hf_conn *conn, size_t index);
/* The outcome of an attempt that has news; HF_PENDING: none after all. */
hf_code hf_net_connected(hf_conn *conn, size_t index, int32_t *system);
/* What *system of an attempt to connect means; 0: HF_OK. */
hf_code hf_net_connect_code(int32_t system);
void hf_net_abandon(hf_conn *conn, size_t index);
/* Makes the attempt's channel the connection's own. */
void hf_net_adopt(hf_conn *conn, size_t index);
#endif

/* ---- the channel to the peer */
/* Makes a connected socket of the program's the connection's own. */
hf_code hf_net_take(hf_conn *conn, hf_socket socket, int32_t *system);
void hf_net_arm(hf_conn *conn, unsigned what); /* also when there is no channel */
/* HF_OK, HF_PENDING (would have to wait) or HF_E_NETWORK. Received HF_OK with 0 bytes: the end. */
hf_code hf_net_send(hf_conn *conn, const uint8_t *data, size_t len, size_t *sent, int32_t *system);
hf_code hf_net_receive(hf_conn *conn, uint8_t *data, size_t cap, size_t *len, int32_t *system);
void hf_net_half_close(hf_conn *conn);
void hf_net_close(hf_conn *conn); /* also when there is no channel */

/* ---- ports without descriptors: no_descriptor.c has hf_net_now(), hf_net_arm() and what programs
 * ask about a descriptor, if the port's state has `at` and `ms` */
uint32_t hf_net_milliseconds(const hf_conn *conn); /* the port's: of a counter that may wrap */
void hf_net_note_time(hf_conn *conn);              /* hf_net_collect() begins with it */

#endif
