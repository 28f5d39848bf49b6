/* The socket calls that c-ares makes, so that none of them can raise SIGPIPE. */
#ifndef HF_NET_ARES_SOCKETS_H
#define HF_NET_ARES_SOCKETS_H

struct ares_socket_functions;

const struct ares_socket_functions *hf_ares_sockets(void);

#endif
