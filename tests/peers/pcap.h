/* Captures that the programs over this library's engine write, for tests that have another program
 * read them: all connections of a process in one file, with their secrets. Ports and addresses are
 * those of the socket.
 */
#ifndef HF_TESTS_PEERS_PCAP_H
#define HF_TESTS_PEERS_PCAP_H

#include <handfast/trace.h>

/* `path` NULL: nothing is written. False: the file cannot be made. */
bool pcap_open(const char *path, bool server);

/* A connected socket, whose connection begins now. */
void pcap_connection(int fd);

/* To be called with every event; `ctx` is not used. */
void pcap_event(void *ctx, const hf_event *event);

void pcap_end(void);   /* of the connection */
void pcap_close(void); /* of the file */

#endif
