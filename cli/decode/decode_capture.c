/* Captures as a whole. See decode_capture.h. */
#include "decode_capture.h"

static decode_outcome take_frame(decode_capture *capture, const decode_frame *frame)
{
    decode_segment segment;
    decode_kind kind = decode_frame_read(frame, &segment);
    capture->kinds[kind]++;
    if (kind == DECODE_NO_LINK) {
        capture->unknown_link = frame->link;
    }
    if (kind != DECODE_TCP) {
        return DECODE_READ;
    }
    switch (decode_flows_add(&capture->flows, frame, &segment)) {
    case DECODE_ADDED:
        return DECODE_READ;
    case DECODE_TOO_MANY:
        return DECODE_TOO_LARGE;
    default:
        return DECODE_NO_ROOM;
    }
}

decode_outcome decode_capture_read(decode_capture *capture, hf_span file)
{
    decode_frame frame;
    decode_outcome outcome = DECODE_READ;
    if (!decode_reader_begin(&capture->reader, file)) {
        return DECODE_NO_FILE;
    }
    capture->end = DECODE_FRAME;
    while (outcome == DECODE_READ &&
           (capture->end == DECODE_FRAME || capture->end == DECODE_SECRETS)) {
        capture->end = decode_reader_next(&capture->reader, &frame);
        if (capture->end == DECODE_FRAME) {
            outcome = take_frame(capture, &frame);
        } else if (capture->end == DECODE_SECRETS &&
                   !decode_secrets_add(&capture->secrets, capture->reader.secrets)) {
            outcome = DECODE_NO_ROOM;
        }
    }
    if (outcome != DECODE_NO_ROOM && !decode_flows_order(&capture->flows)) {
        outcome = DECODE_NO_ROOM;
    }
    return outcome;
}

void decode_capture_release(decode_capture *capture)
{
    decode_flows_release(&capture->flows);
    decode_secrets_release(&capture->secrets);
}
