/* What a port (posix, lwip, serial) gives to the connection: time, names, sockets, waiting.
 *
 * In the flow: conn.c, dial.c and pump.c decide, the port does. No function here waits, except
 * hf_net_wait(). None records an error: they return hf_code and leave errno's value in *system.
 */
#ifndef HF_NET_PORT_H
#define HF_NET_PORT_H

#include <handfast/conn.h>

#define HF_ARM_NONE  0u
#define HF_ARM_READ  1u
#define HF_ARM_WRITE 2u

uint64_t hf_net_now(void); /* microseconds, monotonic, never 0 */

/* Reads a numeric address without brackets and zone; false: it is none. */
bool hf_net_ip(const char *text, hf_ip *ip);
/* Index of a network interface, by name or number; 0: there is none. */
uint32_t hf_net_scope(const char *zone);

/* ---- the one descriptor */
hf_code hf_net_begin(hf_conn *conn, int32_t *system);
void hf_net_end(hf_conn *conn); /* closes every descriptor */
/* Hands news to their owners: resolver sockets to hf_lookup_ready(), attempts to dial.ready. */
void hf_net_collect(hf_conn *conn);
/* Sleeps until there is news, or `ms` have passed; -1 = without limit. */
void hf_net_wait(const hf_conn *conn, int ms);
/* Waits for `fd` as part of the one descriptor; `what` are HF_ARM_ bits, none = not any more. */
void hf_net_watch_resolver(hf_conn *conn, int fd, unsigned what);
void hf_net_watch_hook(hf_conn *conn, int fd, bool on);

/* ---- names. Answers are added to conn->answers as they arrive; lookup.running counts the
 * questions still open; lookup.code says why nothing was found. */
hf_code hf_lookup_start(hf_conn *conn);
void hf_lookup_step(hf_conn *conn, uint64_t now);
void hf_lookup_ready(hf_conn *conn, int fd, unsigned what);
void hf_lookup_cancel(hf_conn *conn);
uint64_t hf_lookup_timeout(const hf_conn *conn, uint64_t now); /* time of its next step; 0: none */

/* ---- sockets */
/* Begins attempt `index` to dial.to[index]. HF_OK: connected, HF_PENDING, or an error. */
hf_code hf_net_connect(hf_conn *conn, size_t index, int32_t *system);
/* The outcome of an attempt that has news; HF_PENDING: none after all. */
hf_code hf_net_connected(hf_conn *conn, size_t index, int32_t *system);
/* What errno's value of an attempt to connect means; 0: HF_OK. */
hf_code hf_net_connect_code(int32_t system);
void hf_net_abandon(hf_conn *conn, size_t index);
/* Makes the attempt's socket the connection's own. */
void hf_net_adopt(hf_conn *conn, size_t index);
/* Makes a connected socket of the program's the connection's own. */
hf_code hf_net_take(hf_conn *conn, int socket, int32_t *system);
void hf_net_arm(hf_conn *conn, unsigned what);
/* HF_OK, HF_PENDING (would have to wait) or HF_E_NETWORK. Received HF_OK with 0 bytes: the end. */
hf_code hf_net_send(hf_conn *conn, const uint8_t *data, size_t len, size_t *sent, int32_t *system);
hf_code hf_net_receive(hf_conn *conn, uint8_t *data, size_t cap, size_t *len, int32_t *system);
void hf_net_half_close(hf_conn *conn);
void hf_net_close_socket(hf_conn *conn);

#endif
