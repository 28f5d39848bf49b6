/* What a connection keeps for its port; here: POSIX sockets behind one epoll descriptor.
 *
 * Each port has a header of this name, and a program sees that of the port it links (docs/conn.md).
 * Private but for hf_socket.
 */
#ifndef HANDFAST_PORT_H
#define HANDFAST_PORT_H

#include <stdint.h>

#define HF_PORT_DIALS    1 /* it has names and addresses: hf_conn_start() */
#define HF_ADDRESSES_MAX 8 /* connection attempts at most; answers of each family kept */

typedef int hf_socket; /* a connected TCP socket, for hf_conn_attach() and hf_conn_accept() */

typedef int hf_channel; /* a socket that is ours; -1: none */

typedef struct hf_port_lookup {
    void *channel; /* of c-ares; NULL: none */
    int hook_fd;   /* of the program's own resolver; -1: none */
} hf_port_lookup;

typedef struct hf_port_state {
    int poll_fd;
    uint8_t armed; /* what poll_fd waits for on the socket */
} hf_port_state;

#endif
