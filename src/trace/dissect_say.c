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
    hf_fields_say(f, "\"");
    for (size_t i = 0; i < text.len && f->used < sizeof f->text - 1; i++) {
        uint8_t byte = text.ptr[i];
        if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\') {
            hf_fields_say(f, "\\x%02x", byte);
        } else {
            hf_fields_say(f, "%c", byte);
        }
    }
    hf_fields_say(f, "\"");
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
    (void)hf_name_read(&look);
    if (name.len > NAME_MAX_LEN || !hf_read_done(&look)) {
        return;
    }
    char text[HF_FIELD_TEXT]; /* escaped as in RFC 4514 2.4, which is gone on with */
    size_t len = hf_x509_name_text(name, text, sizeof text);
    for (const char *at = text; *at != 0; at++) {
        hf_fields_say(f, *at >= 0x20 && *at <= 0x7e ? "%c" : "\\%02x", (unsigned char)*at);
    }
    hf_fields_say(f, len >= sizeof text ? "..." : len == 0 ? "(empty)" : "");
}

/* Days since 1970 to a date of the Gregorian calendar: years of 400 and 4 begin on 1 March, so that
 * the day that is put in is the last of one. */
void hf_fields_say_date(hf_fields *f, int64_t seconds)
{
    int64_t time = seconds + INT64_C(719468) * 86400; /* since 1 March of the year 0 */
    if (time < 0 || seconds > HF_TIME_NEVER) {
        hf_fields_say(f, "?");
        return;
    }
    unsigned days = (unsigned)(time / 86400);
    unsigned clock = (unsigned)(time % 86400);
    unsigned era = days / 146097;
    unsigned of_era = days % 146097;
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153;
    unsigned day = of_year - (153 * month + 2) / 5 + 1;
    unsigned calendar_month = month < 10 ? month + 3 : month - 9;
    hf_fields_say(f, "%04u-%02u-%02uT%02u:%02u:%02uZ",
                  year + era * 400 + (calendar_month <= 2 ? 1 : 0), calendar_month, day,
                  clock / 3600, clock / 60 % 60, clock % 60);
}

void hf_fields_say_hex(hf_fields *f, hf_span bytes)
{
    for (size_t i = 0; i < bytes.len && f->used < sizeof f->text - 1; i++) {
        hf_fields_say(f, i > 0 ? ":%02x" : "%02x", bytes.ptr[i]);
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
