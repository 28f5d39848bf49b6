/* Addresses and dates as text. See address.h. */
#include "trace/address.h"

#include <inttypes.h>
#include <stdio.h>

#define DAY 86400

/* RFC 5952: the longest run of two or more zero groups, the first of equal ones, becomes "::". */
static void v6_text(const uint8_t *bytes, char text[HF_IP_TEXT])
{
    size_t from = 8;
    size_t run = 1;
    for (size_t i = 0; i < 8; i++) {
        size_t end = i;
        while (end < 8 && bytes[2 * end] == 0 && bytes[2 * end + 1] == 0) {
            end++;
        }
        if (end - i > run) {
            from = i;
            run = end - i;
        }
    }
    size_t len = 0;
    size_t i = 0;
    while (i < 8) {
        if (i == from) {
            len += (size_t)snprintf(text + len, HF_IP_TEXT - len, "::");
            i += run;
        } else {
            bool first = i == 0 || (from < 8 && i == from + run);
            unsigned group = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
            len += (size_t)snprintf(text + len, HF_IP_TEXT - len, first ? "%x" : ":%x", group);
            i++;
        }
    }
}

void hf_ip_text(hf_span bytes, char text[HF_IP_TEXT])
{
    text[0] = 0;
    if (bytes.len == 4) {
        (void)snprintf(text, HF_IP_TEXT, "%u.%u.%u.%u", bytes.ptr[0], bytes.ptr[1], bytes.ptr[2],
                       bytes.ptr[3]);
    } else if (bytes.len == 16) {
        v6_text(bytes.ptr, text);
    }
}

void hf_address_text(const hf_event *event, char text[HF_ADDRESS_TEXT])
{
    char ip[HF_IP_TEXT];
    hf_ip_text(event->body, ip);
    (void)snprintf(text, HF_ADDRESS_TEXT, "%s port %u", ip, (unsigned)event->size);
}

/* Days since 1970 to a date of the proleptic Gregorian calendar: years are counted from March, so
 * that the leap day is a year's last, and in eras of 400 years. */
void hf_day_text(int64_t seconds, char text[HF_DAY_TEXT])
{
    int64_t days = seconds / DAY - (seconds % DAY < 0 ? 1 : 0) + 719468; /* since 0000-03-01 */
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * month + 2) / 5 + 1;
    month += month < 10 ? 3 : -9;
    year += era * 400 + (month <= 2 ? 1 : 0);
    (void)snprintf(text, HF_DAY_TEXT, "%04" PRId64 "-%02d-%02d", year, (int)month, (int)day);
}
