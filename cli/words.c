/* Small pieces of text. See words.h. */
#include "words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void cli_add(char *text, size_t cap, const char *format, ...)
{
    size_t len = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + len, cap - len, format, arguments);
    va_end(arguments);
}

const char *cli_ms(uint64_t nanoseconds, char text[CLI_MS_SIZE])
{
    uint64_t hundredths = (nanoseconds + 5000u) / 10000u;
    (void)snprintf(text, CLI_MS_SIZE, "%" PRIu64 ".%02u ms", hundredths / 100u,
                   (unsigned)(hundredths % 100u));
    return text;
}
