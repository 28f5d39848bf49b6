/* Dates of certificates to seconds since 1970, as strict as RFC 5280 4.1.2.5. */
#include "x509/der.h"

/* Days since 1970-01-01 of a date of the Gregorian calendar, year 1..9999. Counts years from March,
 * so that the leap day is the last of its year. 32 bits do, and spare small machines a division of
 * 64. */
static int32_t days_of(int32_t year, int32_t month, int32_t day)
{
    int32_t shifted = month > 2 ? month - 3 : month + 9;
    int32_t y = month > 2 ? year : year - 1;
    int32_t day_of_year = (153 * shifted + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static int days_in_month(int year, int month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Two decimal digits as a number within [min, max]. */
static int read_pair(hf_reader *r, int min, int max)
{
    const uint8_t *start = r->at;
    int tens = hf_read_u8(r) - '0';
    int ones = hf_read_u8(r) - '0';
    int value = tens * 10 + ones;
    if (r->bad || tens < 0 || tens > 9 || ones < 0 || ones > 9 || value < min || value > max) {
        r->bad = true;
        r->at = start;
        return min;
    }
    return value;
}

int64_t hf_der_read_time(hf_reader *r)
{
    bool general = hf_der_next_is(r, HF_DER_GENERALIZED_TIME);
    hf_reader text = hf_der_enter(r, general ? HF_DER_GENERALIZED_TIME : HF_DER_UTC_TIME);
    int century = general ? read_pair(&text, 0, 99) : 0;
    int year = read_pair(&text, 0, 99);
    if (!general) {
        century = year < 50 ? 20 : 19;
    }
    year += century * 100;
    int month = read_pair(&text, 1, 12);
    int day = read_pair(&text, 1, days_in_month(year, month));
    int hour = read_pair(&text, 0, 23);
    int minute = read_pair(&text, 0, 59);
    int second = read_pair(&text, 0, 59);
    if (hf_read_u8(&text) != 'Z' || year == 0) {
        hf_read_spoil(&text);
    }
    hf_der_leave(r, &text);
    if (r->bad) {
        return 0;
    }
    int64_t hours = (int64_t)days_of(year, month, day) * 24 + hour;
    return (hours * 60 + minute) * 60 + second;
}
