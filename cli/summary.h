/* What is known about a connection, in a few lines. */
#ifndef HF_CLI_SUMMARY_H
#define HF_CLI_SUMMARY_H

#include "setup.h"

#include <stdio.h>

/* Prints what is known, also of one that failed; before hf_conn_close(), which wipes the engine.
 * `more_memory`: what the program gave beside engine and TLS buffers (MQTT). */
void cli_summary_print(FILE *out, const hf_conn *conn, const cli_setup *setup, size_t more_memory);

/* "192.0.2.1:8883", "[2001:db8::1]:8883", or "" while no address has answered. */
#define CLI_PEER_SIZE 64
void cli_peer_text(const hf_conn *conn, char text[CLI_PEER_SIZE]);

#endif
