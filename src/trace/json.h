/* JSON (RFC 8259) written as it comes: objects and lists open and close, commas and escapes are
 * seen to here. What is put in as text is taken for ISO 8859-1 unless it is plain ASCII: bytes
 * above 0x7e and below 0x20 leave as \u00xx, so that nothing a peer sends makes the output invalid.
 */
#ifndef HF_TRACE_JSON_H
#define HF_TRACE_JSON_H

#include "trace/sink.h"

#include <handfast/bytes.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct hf_json {
    const hf_sink *sink;
    bool comma; /* something stands before in this object or list */
} hf_json;

/* `key` is NULL in a list and for the outermost value. */
void hf_json_open(hf_json *json, const char *key, char bracket); /* '{' or '[' */
void hf_json_close(hf_json *json, char bracket);                 /* '}' or ']' */
void hf_json_text(hf_json *json, const char *key, const char *text);
void hf_json_bytes(hf_json *json, const char *key, hf_span bytes); /* as a string of hex digits */
void hf_json_number(hf_json *json, const char *key, int64_t number);
void hf_json_bool(hf_json *json, const char *key, bool value);
void hf_json_null(hf_json *json, const char *key);
void hf_json_end_line(hf_json *json); /* of a JSON line: the next value begins anew */

#endif
