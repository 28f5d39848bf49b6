/* A capture as a whole: from the bytes of a file to its TCP connections and its secrets. The part
 * of `handfast decode` before anything is shown.
 */
#ifndef HF_CLI_DECODE_CAPTURE_H
#define HF_CLI_DECODE_CAPTURE_H

#include "decode_flow.h"
#include "decode_secrets.h"

typedef enum decode_outcome {
    DECODE_READ,      /* also when the file is cut or damaged somewhere: see `end` */
    DECODE_NO_FILE,   /* neither pcapng nor pcap */
    DECODE_NO_ROOM,   /* no memory */
    DECODE_TOO_LARGE, /* more than DECODE_FLOWS_MAX connections: those that fit are there */
} decode_outcome;

/* All zero before. Owned: release it in any case. */
typedef struct decode_capture {
    decode_reader reader;
    decode_flows flows;
    decode_secrets secrets;
    decode_result end; /* how the file ended: DECODE_END, DECODE_CUT, DECODE_BROKEN */
    uint32_t kinds[DECODE_NO_LINK + 1]; /* frames, by decode_kind */
    uint16_t unknown_link;              /* one of DECODE_NO_LINK */
} decode_capture;

/* `file` is borrowed until release. */
decode_outcome decode_capture_read(decode_capture *capture, hf_span file);
void decode_capture_release(decode_capture *capture);

#endif
