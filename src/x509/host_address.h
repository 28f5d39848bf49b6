/* IPv4 and IPv6 addresses in text to bytes, stricter than any libc. */
#ifndef HF_X509_HOST_ADDRESS_H
#define HF_X509_HOST_ADDRESS_H

#include <handfast/bytes.h>

/* Returns 4 or 16, the bytes written to `out`; 0 when `text` is no address. */
uint8_t hf_host_address_parse(hf_span text, uint8_t out[16]);

#endif
