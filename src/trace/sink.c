/* Where text goes. See sink.h. */
#include "trace/sink.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void hf_sink_text(const hf_sink *sink, const char *text)
{
    sink->put(sink->ctx, text, strlen(text));
}

void hf_sink_print(const hf_sink *sink, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len > 0) {
        sink->put(sink->ctx, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
    }
}
