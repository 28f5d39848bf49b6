/* What the files of the ladder share. */
#ifndef HF_TRACE_LADDER_PARTS_H
#define HF_TRACE_LADDER_PARTS_H

#include "trace/ladder.h"

/* ladder_message.c: the fields that matter (or all of them) below an arrow */
void hf_ladder_message(hf_ladder *t, const hf_event *event, hf_span body);
void hf_ladder_packet(hf_ladder *t, const hf_event *event);
void hf_ladder_content(hf_ladder *t, const hf_event *event); /* of alert, change_cipher_spec */
/* ladder_certificate.c: a line about a DER certificate */
void hf_ladder_certificate(hf_ladder *t, unsigned depth, hf_span der);
/* ladder_keys.c: where new keys come from, and the key of a session that was kept */
void hf_ladder_keys(hf_ladder *t, const hf_event *event);
void hf_ladder_session(hf_ladder *t);

#endif
