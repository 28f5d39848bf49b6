/* How the test programs of the ports come to their peer: one file for each port. */
#ifndef HF_TESTS_WAY_H
#define HF_TESTS_WAY_H

#include <handfast/link.h>

#include <stdbool.h>

/* configure.c: builds a configuration of a folder with ca.pem, chain.pem and key.pem. */
hf_code way_configure(hf_config *config, const char *folder, bool server);

/* `device`: the link's descriptor, or the path of a line. */
void way_begin(const char *device);
/* "dns" the address of a DNS server, "none"; false: the port has no such setting. */
bool way_set(const char *name, const char *value);
/* As hf_conn_start(), to `target`, or, when that is "accept", as hf_conn_accept(). */
hf_code way_start(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                  const char *target, const char *name, uint32_t timeout_ms);
/* As hf_link_start(). */
hf_code way_link(hf_link *link, const hf_config *config, const char *target, const char *name,
                 const hf_mqtt_options *mqtt, uint32_t timeout_ms);
/* Serves the port without a step of the connection, for `ms` at most. */
void way_serve(uint32_t ms);
/* Bytes that the port holds for the connection; and how many they may become. */
size_t way_held(const hf_conn *conn);
size_t way_holds_at_most(void);
/* Pieces of memory that are still in use after the connection's end. */
size_t way_end(void);

#endif
