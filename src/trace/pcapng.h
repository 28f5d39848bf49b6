/* The blocks of a pcapng file (draft-ietf-opsawg-pcapng): section, interface, packets with
 * comments, secrets.
 *
 * In the flow: below the capture, which decides what stands in the file. Each function writes whole
 * blocks, big endian, and keeps nothing; no heap. The one interface has packets that begin with an
 * IP header (LINKTYPE_RAW) and times in nanoseconds.
 */
#ifndef HF_TRACE_PCAPNG_H
#define HF_TRACE_PCAPNG_H

#include "trace/sink.h"

#include <handfast/bytes.h>

#define HF_PCAPNG_COMMENT_MAX 65535u /* bytes of one comment */

/* The beginning of a file. `application`: who writes it; at most 255 bytes of it count. */
void hf_pcapng_begin(const hf_sink *sink, const char *application);

/* `lines`: a TLS key log. It must stand before the packets that are to be read with it. */
void hf_pcapng_secrets(const hf_sink *sink, hf_span lines);

/* One packet in two parts, together at most 65535 bytes; `time_ns`: since 1970. Each line of
 * `comments`, which end with '\n', becomes a comment; UTF-8; a longer one is cut. */
void hf_pcapng_packet(const hf_sink *sink, uint64_t time_ns, hf_span header, hf_span payload,
                      hf_span comments);

#endif
