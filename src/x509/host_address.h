/* IPv4 and IPv6 addresses in text to bytes, stricter than any libc. */
#ifndef HF_X509_HOST_ADDRESS_H
#define HF_X509_HOST_ADDRESS_H

#include <handfast/bytes.h>
#include <handfast/error.h>

/* `len`: 4 or 16, the bytes written to `out`; 0 on an error. HF_E_NAME_SYNTAX: `text` is no
 * address; HF_E_ADDRESS_LEFT_OUT: it may be one, and this build cannot tell (host_address_none.c).
 */
hf_code hf_host_address_parse(hf_span text, uint8_t out[16], uint8_t *len);

#endif
