/* Dates of certificates to seconds since 1970, as strict as RFC 5280 4.1.2.5. */
#include "x509/der.h"

/* Days from 0000-03-01. */
#define YEAR_1 306u    /* to 0001-01-01 */
#define EPOCH  719468u /* to 1970-01-01 */

enum field {
    CENTURY, /* of GeneralizedTime alone */
    YEAR,
    MONTH,
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    FIELDS,
};

/* Two decimal digits as a number within the limits. */
static uint32_t read_pair(hf_reader *r, const uint8_t limits[2])
{
    const uint8_t *start = r->at;
    uint32_t tens = hf_read_u8(r) - (uint32_t)'0';
    uint32_t ones = hf_read_u8(r) - (uint32_t)'0';
    uint32_t value = tens * 10 + ones;
    if (tens > 9 || ones > 9 || value < limits[0] || value > limits[1]) {
        hf_read_spoil_at(r, start);
    }
    return value;
}

/* Days of the first years, each of which begins in March: the leap day is the last of its year. */
static uint32_t days_of_years(uint32_t years)
{
    return years * 365 + years / 4 - years / 100 + years / 400;
}

/* Days of the first months of such a year; its last one has 30 here. */
static uint32_t days_of_months(uint32_t months)
{
    return (153 * months + 2) / 5;
}

int64_t hf_der_read_time(hf_reader *r)
{
    static const uint8_t LIMITS[FIELDS][2] = {{0, 99}, {0, 99}, {1, 12}, {1, 31},
                                              {0, 23}, {0, 59}, {0, 59}};
    uint32_t field[FIELDS];
    bool general = hf_der_next_is(r, HF_DER_GENERALIZED_TIME);
    const uint8_t *end = hf_der_enter(r, general ? HF_DER_GENERALIZED_TIME : HF_DER_UTC_TIME);
    const uint8_t *start = r->at;
    for (unsigned i = general ? CENTURY : YEAR; i < FIELDS; i++) {
        field[i] = read_pair(r, LIMITS[i]);
    }
    if (!general) {
        field[CENTURY] = field[YEAR] < 50 ? 20 : 19;
    }
    uint32_t years = field[CENTURY] * 100 + field[YEAR];
    uint32_t months = field[MONTH] - 3;
    if (field[MONTH] < 3) {
        months += 12;
        years--;
    }
    uint32_t day = days_of_months(months) + field[DAY] - 1;
    uint32_t days = days_of_years(years) + day;
    if (hf_read_u8(r) != 'Z' || days < YEAR_1 || day >= days_of_months(months + 1) ||
        days >= days_of_years(years + 1)) {
        hf_read_spoil_at(r, start);
    }
    hf_der_leave(r, end);
    uint32_t seconds = (field[HOUR] * 60 + field[MINUTE]) * 60 + field[SECOND];
    return r->bad ? 0 : (int64_t)(int32_t)(days - EPOCH) * 86400 + seconds;
}
