/* Whole messages from pieces. See gather.h. */
#include "trace/gather.h"

#include <string.h>

static void keep(hf_gather *gather, hf_span piece)
{
    size_t room = gather->memory.cap - gather->have;
    size_t len = piece.len < room ? piece.len : room;
    if (len > 0) {
        memcpy(gather->memory.ptr + gather->have, piece.ptr, len);
    }
    gather->have += len;
}

bool hf_gather_message(hf_gather *gather, const hf_event *event, hf_span *body)
{
    if (event->kind != HF_EVENT_MESSAGE) {
        return false;
    }
    bool last = event->pieces || event->offset + event->body.len >= event->size;
    if (event->offset == 0) {
        gather->have = 0;
    }
    if (event->offset == 0 && last) {
        *body = event->body;
        return true;
    }
    keep(gather, event->body);
    *body = (hf_span){gather->memory.ptr, gather->have};
    return last;
}
