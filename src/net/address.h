/* Takes the text of an address apart: host, port, zone.
 *
 * In the flow: the first thing that hf_conn_start() does. Pure: nothing is looked up.
 */
#ifndef HF_NET_ADDRESS_H
#define HF_NET_ADDRESS_H

#include <handfast/conn_state.h>

#include <stdbool.h>

/* Errors: HF_E_NO_NAME for an empty text, HF_E_NAME_SYNTAX for everything else. */
hf_code hf_address_parse(const char *text, uint16_t default_port, hf_address *address);

/* Reads a numeric address without brackets and zone; false: it is none. */
bool hf_ip_parse(const char *text, hf_ip *ip);

#endif
