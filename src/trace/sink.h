/* Where text goes: a terminal, a file, a serial line, a test's buffer. */
#ifndef HF_TRACE_SINK_H
#define HF_TRACE_SINK_H

#include <stddef.h>

typedef struct hf_sink {
    void (*put)(void *ctx, const char *text, size_t len);
    void *ctx;
} hf_sink;

void hf_sink_text(const hf_sink *sink, const char *text);
/* At most 511 bytes at a time; longer ones are cut. */
__attribute__((format(printf, 2, 3))) void hf_sink_print(const hf_sink *sink, const char *format,
                                                         ...);

#endif
