/* Escaping for HTML. See html.h. */
#include "html.h"

#include <stdarg.h>

static void put(FILE *out, unsigned char byte)
{
    switch (byte) {
    case '&':
        (void)fputs("&amp;", out);
        break;
    case '<':
        (void)fputs("&lt;", out);
        break;
    case '>':
        (void)fputs("&gt;", out);
        break;
    case '"':
        (void)fputs("&quot;", out);
        break;
    case '\'':
        (void)fputs("&#39;", out);
        break;
    default:
        if (byte >= ' ' && byte < 0x7f) {
            (void)fputc(byte, out);
        } else {
            (void)fprintf(out, "\\x%02x", byte);
        }
        break;
    }
}

void html_text(FILE *out, const char *text)
{
    for (; *text != 0; text++) {
        put(out, (unsigned char)*text);
    }
}

void html_print(FILE *out, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    html_text(out, text);
}
