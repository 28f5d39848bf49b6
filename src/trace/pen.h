/* Lines of a ladder: a rail on the left for our side, arrows across, text that wraps.
 *
 * In the flow: between the ladder, which knows what to say, and a sink. All that is put in is
 * taken for text of ours or of the dissector; bytes that are not printable ASCII leave as "?", so
 * that nothing a peer sends reaches a terminal raw. Escape sequences only with `color`.
 */
#ifndef HF_TRACE_PEN_H
#define HF_TRACE_PEN_H

#include "trace/sink.h"

#include <handfast/bytes.h>

#include <stdbool.h>
#include <stdint.h>

#define HF_PEN_WIDTH_MIN 60u
#define HF_PEN_WIDTH_MAX 200u
#define HF_PEN_HARD      '\x1f' /* a blank at which no line ends */
#define HF_PEN_TEXT_MAX  1024u  /* bytes of one text; longer ones are cut */

typedef enum hf_ink {
    HF_INK_PLAIN,
    HF_INK_HEAD, /* a stage */
    HF_INK_SENT,
    HF_INK_RECEIVED,
    HF_INK_CHOICE,
    HF_INK_KEYS,
    HF_INK_FAINT,
    HF_INK_BAD,
} hf_ink;

typedef struct hf_pen {
    hf_sink sink;
    /* Microseconds since the beginning, shown in a column of its own; NULL: no such column. */
    uint64_t (*clock)(void *ctx);
    void *clock_ctx;
    uint16_t width; /* columns */
    bool color;
    bool stamped; /* the time of this event stands there already */
} hf_pen;

/* A stage's name at the left edge. */
void hf_pen_head(hf_pen *pen, const char *text);
/* The names of both sides, ours first. */
void hf_pen_sides(hf_pen *pen, const char *ours, const char *theirs);
void hf_pen_rail(hf_pen *pen); /* an empty line but for the rail */
/* "|-- label ------------ size -->|", or the other way. */
void hf_pen_arrow(hf_pen *pen, bool sent, const char *label, const char *size);
/* Text behind the rail, `indent` columns in; what does not fit goes on below, `hang` columns
 * further in. */
__attribute__((format(printf, 5, 6))) void hf_pen_text(hf_pen *pen, hf_ink ink, unsigned indent,
                                                       unsigned hang, const char *format, ...);
/* "label   text", with the texts below each other. */
void hf_pen_item(hf_pen *pen, const char *label, const char *text);
/* A row of a dump: offset, up to 16 bytes, and `text` where they end after 8. */
void hf_pen_bytes(hf_pen *pen, uint32_t offset, hf_span bytes, const char *text);

#endif
