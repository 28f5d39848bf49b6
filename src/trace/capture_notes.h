/* Comments on the packets of a capture: an event in a line. */
#ifndef HF_TRACE_CAPTURE_NOTES_H
#define HF_TRACE_CAPTURE_NOTES_H

#include "trace/capture.h"

/* Adds the event's line, if it is one that tells something about the bytes. Text of a peer's is
 * shown as printable ASCII. */
void hf_capture_note(hf_capture_notes *notes, const hf_event *event);

#endif
