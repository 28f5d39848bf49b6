/* RFC 3339 date-times without fractions, to and from seconds since 1970. */
#include "when.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* "0000-00-00T00:00:00": a digit for each 0, the rest as it stands (letters in either case). */
static bool has_shape(const char *text, const char *shape)
{
    for (; *shape != 0; text++, shape++) {
        bool fits = *shape == '0' ? isdigit((unsigned char)*text) != 0
                                  : toupper((unsigned char)*text) == *shape;
        if (!fits) {
            return false;
        }
    }
    return true;
}

static int number(const char *text, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* RFC 3339 5.6 time-offset; in seconds. */
static bool parse_offset(const char *text, int64_t *offset)
{
    *offset = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        return true;
    }
    if ((text[0] != '+' && text[0] != '-') || !has_shape(text + 1, "00:00") || text[6] != 0) {
        return false;
    }
    int hours = number(text + 1, 2);
    int minutes = number(text + 4, 2);
    *offset = (int64_t)(hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
    return hours < 24 && minutes < 60;
}

bool cli_when_parse(const char *text, int64_t *seconds)
{
    int64_t offset = 0;
    if (!has_shape(text, "0000-00-00T00:00:00") || !parse_offset(text + 19, &offset)) {
        return false;
    }
    struct tm given = {.tm_year = number(text, 4) - 1900,
                       .tm_mon = number(text + 5, 2) - 1,
                       .tm_mday = number(text + 8, 2),
                       .tm_hour = number(text + 11, 2),
                       .tm_min = number(text + 14, 2),
                       .tm_sec = number(text + 17, 2)};
    struct tm normal = given;
    *seconds = (int64_t)timegm(&normal) - offset;
    /* timegm() carries February 30 over into March: a day that does not exist has changed. */
    return normal.tm_year == given.tm_year && normal.tm_mon == given.tm_mon &&
           normal.tm_mday == given.tm_mday && normal.tm_hour == given.tm_hour &&
           normal.tm_min == given.tm_min && normal.tm_sec == given.tm_sec;
}

void cli_when_text(int64_t seconds, char text[CLI_WHEN_SIZE])
{
    time_t value = (time_t)seconds;
    struct tm parts;
    if (gmtime_r(&value, &parts) == NULL ||
        strftime(text, CLI_WHEN_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        (void)snprintf(text, CLI_WHEN_SIZE, "?");
    }
}
