/* JSON as it comes. See json.h. */
#include "trace/json.h"

#include <inttypes.h>

static void put_string(hf_json *json, const char *text)
{
    hf_sink_text(json->sink, "\"");
    for (const char *at = text; *at != 0; at++) {
        uint8_t byte = (uint8_t)*at;
        if (byte < 0x20 || byte > 0x7e) {
            hf_sink_print(json->sink, "\\u%04x", byte);
        } else if (byte == '"' || byte == '\\') {
            hf_sink_print(json->sink, "\\%c", byte);
        } else {
            json->sink->put(json->sink->ctx, at, 1);
        }
    }
    hf_sink_text(json->sink, "\"");
}

static void begin_value(hf_json *json, const char *key)
{
    hf_sink_text(json->sink, json->comma ? "," : "");
    json->comma = true;
    if (key != NULL) {
        put_string(json, key);
        hf_sink_text(json->sink, ":");
    }
}

void hf_json_open(hf_json *json, const char *key, char bracket)
{
    begin_value(json, key);
    json->sink->put(json->sink->ctx, &bracket, 1);
    json->comma = false;
}

void hf_json_close(hf_json *json, char bracket)
{
    json->sink->put(json->sink->ctx, &bracket, 1);
    json->comma = true;
}

void hf_json_text(hf_json *json, const char *key, const char *text)
{
    begin_value(json, key);
    put_string(json, text);
}

void hf_json_bytes(hf_json *json, const char *key, hf_span bytes)
{
    begin_value(json, key);
    hf_sink_text(json->sink, "\"");
    for (size_t i = 0; i < bytes.len; i++) {
        hf_sink_print(json->sink, "%02x", bytes.ptr[i]);
    }
    hf_sink_text(json->sink, "\"");
}

void hf_json_number(hf_json *json, const char *key, int64_t number)
{
    begin_value(json, key);
    hf_sink_print(json->sink, "%" PRId64, number);
}

void hf_json_bool(hf_json *json, const char *key, bool value)
{
    begin_value(json, key);
    hf_sink_text(json->sink, value ? "true" : "false");
}

void hf_json_null(hf_json *json, const char *key)
{
    begin_value(json, key);
    hf_sink_text(json->sink, "null");
}

void hf_json_end_line(hf_json *json)
{
    hf_sink_text(json->sink, "\n");
    json->comma = false;
}
