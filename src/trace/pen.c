/* Lines of a transcript. See pen.h. */
#include "trace/pen.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RAIL         1u  /* columns of "|" */
#define STAMP        12u /* of the time, with the blank behind it */
#define LABEL        14u /* of an item's label */
#define ITEM_INDENT  4u
#define BYTES_A_ROW  16u
#define BYTES_BEFORE 8u /* a text */

static void put(const hf_pen *pen, const char *text, size_t len)
{
    pen->sink.put(pen->sink.ctx, text, len);
}

/* Text of a peer's may be in it. */
static void put_clean(const hf_pen *pen, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char byte = text[i];
        const char *clean = byte >= ' ' && byte <= '~' ? &text[i] : "?";
        put(pen, byte == HF_PEN_HARD ? " " : clean, 1);
    }
}

static void fill(const hf_pen *pen, char with, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put(pen, &with, 1);
    }
}

static void ink(const hf_pen *pen, hf_ink which)
{
    static const char *const CODES[] = {
        [HF_INK_PLAIN] = "0",  [HF_INK_HEAD] = "1",  [HF_INK_SENT] = "36", [HF_INK_RECEIVED] = "32",
        [HF_INK_CHOICE] = "1", [HF_INK_KEYS] = "33", [HF_INK_FAINT] = "2", [HF_INK_BAD] = "1;31",
    };
    if (pen->color) {
        hf_sink_print(&pen->sink, "\x1b[%sm", CODES[which]);
    }
}

/* The column of times, empty behind an event's first line. */
static void stamp(hf_pen *pen)
{
    if (pen->clock == NULL) {
        return;
    }
    if (pen->stamped) {
        fill(pen, ' ', STAMP);
        return;
    }
    uint64_t us = pen->clock(pen->clock_ctx);
    ink(pen, HF_INK_FAINT);
    hf_sink_print(&pen->sink, "%7" PRIu64 ".%03u ", us / 1000u, (unsigned)(us % 1000u));
    ink(pen, HF_INK_PLAIN);
    pen->stamped = true;
}

static size_t columns(const hf_pen *pen)
{
    size_t width = pen->width;
    width = width < HF_PEN_WIDTH_MIN ? HF_PEN_WIDTH_MIN : width;
    width = width > HF_PEN_WIDTH_MAX ? HF_PEN_WIDTH_MAX : width;
    return width - (pen->clock == NULL ? 0 : STAMP);
}

void hf_pen_head(hf_pen *pen, const char *text)
{
    stamp(pen);
    ink(pen, HF_INK_HEAD);
    put_clean(pen, text, strlen(text));
    ink(pen, HF_INK_PLAIN);
    put(pen, "\n", 1);
}

void hf_pen_sides(hf_pen *pen, const char *ours, const char *theirs)
{
    size_t used = strlen(ours) + strlen(theirs);
    size_t width = columns(pen);
    fill(pen, ' ', pen->clock == NULL ? 0 : STAMP);
    ink(pen, HF_INK_HEAD);
    put(pen, ours, strlen(ours));
    fill(pen, ' ', used < width ? width - used : 1);
    put(pen, theirs, strlen(theirs));
    ink(pen, HF_INK_PLAIN);
    put(pen, "\n", 1);
}

void hf_pen_rail(hf_pen *pen)
{
    fill(pen, ' ', pen->clock == NULL ? 0 : STAMP);
    put(pen, "|\n", 2);
}

void hf_pen_arrow(hf_pen *pen, bool sent, const char *label, const char *size)
{
    /* The rail, three of the arrow, and a blank on each side of both texts; its end and the rail */
    size_t used = RAIL + 3 + strlen(label) + 2 + (size[0] == 0 ? 0 : strlen(size) + 2) + 3 + RAIL;
    size_t width = columns(pen);
    stamp(pen);
    ink(pen, sent ? HF_INK_SENT : HF_INK_RECEIVED);
    hf_sink_text(&pen->sink, sent ? "|-- " : "|<- ");
    put_clean(pen, label, strlen(label));
    put(pen, " ", 1);
    fill(pen, '-', used < width ? width - used : 1);
    if (size[0] != 0) {
        hf_sink_print(&pen->sink, " %s ", size);
    }
    hf_sink_text(&pen->sink, sent ? "-->|" : "---|");
    ink(pen, HF_INK_PLAIN);
    put(pen, "\n", 1);
}

/* How much of the text goes on a line of `room` columns: up to its last blank, or all the room. */
static size_t line_of(const char *text, size_t len, size_t room)
{
    if (len <= room) {
        return len;
    }
    size_t end = room;
    while (end > 0 && text[end] != ' ') {
        end--;
    }
    return end > 0 ? end : room;
}

static void put_inked(const hf_pen *pen, hf_ink which, const char *text, size_t len)
{
    if (which != HF_INK_PLAIN) {
        ink(pen, which);
    }
    put_clean(pen, text, len);
    if (which != HF_INK_PLAIN) {
        ink(pen, HF_INK_PLAIN);
    }
    put(pen, "\n", 1);
}

static size_t room_behind(const hf_pen *pen, unsigned column)
{
    size_t width = columns(pen);
    return width > column ? width - column : 1;
}

/* What is already on the line stands before `column`, what follows begins at `next`. */
static void wrap(hf_pen *pen, hf_ink which, const char *text, unsigned column, unsigned next)
{
    size_t len = strlen(text);
    size_t n = line_of(text, len, room_behind(pen, column));
    put_inked(pen, which, text, n);
    for (;;) {
        text += n;
        text += strspn(text, " ");
        len = strlen(text);
        if (len == 0) {
            return;
        }
        stamp(pen);
        put(pen, "|", RAIL);
        fill(pen, ' ', next - RAIL);
        n = line_of(text, len, room_behind(pen, next));
        put_inked(pen, which, text, n);
    }
}

void hf_pen_text(hf_pen *pen, hf_ink which, unsigned indent, unsigned hang, const char *format, ...)
{
    char text[HF_PEN_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len < 0) {
        return;
    }
    stamp(pen);
    put(pen, "|", RAIL);
    fill(pen, ' ', indent);
    wrap(pen, which, text, RAIL + indent, RAIL + indent + hang);
}

void hf_pen_item(hf_pen *pen, const char *label, const char *text)
{
    size_t len = strlen(label);
    size_t used = len < LABEL ? LABEL : len + 1;
    unsigned column = RAIL + ITEM_INDENT + (unsigned)used;
    stamp(pen);
    put(pen, "|", RAIL);
    fill(pen, ' ', ITEM_INDENT);
    ink(pen, HF_INK_FAINT);
    put_clean(pen, label, len);
    ink(pen, HF_INK_PLAIN);
    fill(pen, ' ', used - len);
    wrap(pen, HF_INK_PLAIN, text, column, RAIL + ITEM_INDENT + LABEL);
}

void hf_pen_bytes(hf_pen *pen, uint32_t offset, hf_span bytes, const char *text)
{
    size_t shown = bytes.len < BYTES_A_ROW ? bytes.len : BYTES_A_ROW;
    unsigned column = RAIL + 2 + 4 + 2;
    stamp(pen);
    put(pen, "|", RAIL);
    ink(pen, HF_INK_FAINT);
    hf_sink_print(&pen->sink, "  %04" PRIx32, offset);
    for (size_t i = 0; i < shown; i++) {
        hf_sink_print(&pen->sink, "%s%02x", i == 0 ? "  " : " ", bytes.ptr[i]);
    }
    ink(pen, HF_INK_PLAIN);
    if (text[0] == 0) {
        put(pen, "\n", 1);
        return;
    }
    column += BYTES_BEFORE * 3;
    size_t used = RAIL + 2 + 4 + (shown == 0 ? 0 : 1 + 3 * shown);
    fill(pen, ' ', used < column ? column - used : 1);
    wrap(pen, HF_INK_PLAIN, text, column, column + (unsigned)strspn(text, " ") + 2);
}
