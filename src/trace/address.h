/* Addresses and dates as text, for output that may not use a system's functions. */
#ifndef HF_TRACE_ADDRESS_H
#define HF_TRACE_ADDRESS_H

#include <handfast/trace.h>

/* "192.0.2.1 port 8883", "2001:db8::1 port 8883" (RFC 5952); of an HF_EVENT_ADDRESS. */
#define HF_ADDRESS_TEXT 64
void hf_address_text(const hf_event *event, char text[HF_ADDRESS_TEXT]);

/* "192.0.2.1", "2001:db8::1"; "" when `bytes` are neither 4 nor 16. */
#define HF_IP_TEXT 48
void hf_ip_text(hf_span bytes, char text[HF_IP_TEXT]);

/* "2027-01-31" of seconds since 1970 (UTC). */
#define HF_DAY_TEXT 24
void hf_day_text(int64_t seconds, char text[HF_DAY_TEXT]);

#endif
