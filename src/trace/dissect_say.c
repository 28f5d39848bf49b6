/* The meaning of a field, said piece by piece. See dissect_fields.h. Whatever comes from a peer
 * leaves here as printable ASCII.
 */
#include "trace/dissect_fields.h"
#include "x509/name.h"

#include <handfast/x509.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_LEN 1024u /* a longer Name is not put into words: the time it takes is bounded */

void hf_fields_say(hf_fields *f, const char *format, ...)
{
    size_t room = sizeof f->text - f->used;
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(f->text + f->used, room, format, arguments);
    va_end(arguments);
    if (len > 0 && (size_t)len < room) {
        f->used += (size_t)len;
    } else if (len > 0) {
        f->used = sizeof f->text - 1;
        memcpy(f->text + f->used - 3, "...", 3);
    }
}

/* One printable byte of many: format strings would take most of the time. */
static void say_byte(hf_fields *f, char byte)
{
    if (f->used < sizeof f->text - 1) {
        f->text[f->used++] = byte;
        f->text[f->used] = 0;
    } else {
        memcpy(f->text + sizeof f->text - 4, "...", 3);
    }
}

static void say_hex(hf_fields *f, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    say_byte(f, digits[byte >> 4]);
    say_byte(f, digits[byte & 15]);
}

void hf_fields_say_name(hf_fields *f, hf_namer namer, uint32_t number, unsigned width)
{
    const char *name = namer((uint16_t)number);
    if (strcmp(name, "unknown") == 0 || strcmp(name, "GREASE") == 0) {
        hf_fields_say(f, "%s (0x%0*" PRIx32 ")", name, (int)width * 2, number);
    } else {
        hf_fields_say(f, "%s", name);
    }
}

void hf_fields_quote(hf_fields *f, hf_span text)
{
    say_byte(f, '"');
    for (size_t i = 0; i < text.len && f->used < sizeof f->text - 1; i++) {
        uint8_t byte = text.ptr[i];
        if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\') {
            say_byte(f, '\\');
            say_byte(f, 'x');
            say_hex(f, byte);
        } else {
            say_byte(f, (char)byte);
        }
    }
    say_byte(f, '"');
}

void hf_fields_say_identity(hf_fields *f, hf_span identity)
{
    for (size_t i = 0; i < identity.len; i++) {
        if (identity.ptr[i] < 0x20 || identity.ptr[i] > 0x7e) {
            return;
        }
    }
    hf_fields_quote(f, identity);
}

void hf_fields_say_dn(hf_fields *f, hf_span name)
{
    hf_reader look = hf_read_span_of(name);
    hf_span whole;
    hf_name_read(&look, &whole);
    if (name.len > NAME_MAX_LEN || !hf_read_done(&look)) {
        return;
    }
    char text[HF_FIELD_TEXT]; /* escaped as in RFC 4514 2.4, which is gone on with */
    size_t len = hf_x509_name_text(name, text, sizeof text);
    for (const char *at = text; *at != 0; at++) {
        if (*at >= 0x20 && *at <= 0x7e) {
            say_byte(f, *at);
        } else {
            say_byte(f, '\\');
            say_hex(f, (uint8_t)*at);
        }
    }
    hf_fields_say(f, len >= sizeof text ? "..." : len == 0 ? "(empty)" : "");
}

static uint32_t month_length(uint32_t year, unsigned month)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 1 && leap ? 29 : lengths[month];
}

/* Days from 1 January of the year 0, which is a leap year, to that of another. */
static uint32_t days_before(uint32_t year)
{
    return year == 0 ? 0 : 365 * year + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1;
}

void hf_fields_say_date(hf_fields *f, int64_t seconds)
{
    int64_t time = seconds + INT64_C(86400) * days_before(1970);
    if (time < 0 || seconds > HF_TIME_NEVER) {
        hf_fields_say(f, "?");
        return;
    }
    uint32_t days = (uint32_t)(time / 86400);
    uint32_t clock = (uint32_t)(time % 86400);
    uint32_t year = days / 366; /* that year or a few too early */
    while (days_before(year + 1) <= days) {
        year++;
    }
    days -= days_before(year);
    unsigned month = 0;
    while (days >= month_length(year, month)) {
        days -= month_length(year, month);
        month++;
    }
    hf_fields_say(f, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year, month + 1,
                  (unsigned)days + 1, (unsigned)clock / 3600, (unsigned)clock / 60 % 60,
                  (unsigned)clock % 60);
}

void hf_fields_say_hex(hf_fields *f, hf_span bytes)
{
    for (size_t i = 0; i < bytes.len && f->used < sizeof f->text - 1; i++) {
        if (i > 0) {
            say_byte(f, ':');
        }
        say_hex(f, bytes.ptr[i]);
    }
}

void hf_fields_say_seconds(hf_fields *f, uint32_t seconds)
{
    static const struct {
        uint32_t seconds;
        const char *one;
    } UNITS[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    unsigned said = 0;
    for (size_t i = 0; i < 4 && said < 2; i++) {
        uint32_t count = seconds / UNITS[i].seconds;
        seconds %= UNITS[i].seconds;
        if (count > 0 || (i == 3 && said == 0)) {
            hf_fields_say(f, "%s%" PRIu32 " %s%s", said > 0 ? " " : "", count, UNITS[i].one,
                          count == 1 ? "" : "s");
            said++;
        }
    }
}
