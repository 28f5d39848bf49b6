/* Events as JSON lines: valid whatever comes, whole, and without a secret. Which keys a line has,
 * integration.trace compares with docs/trace.md.
 */
#include "unit/ladder_rig.h"

#include "trace/jsonl.h"

#include <cjson/cJSON.h>

typedef struct lines_rig {
    rig_text *out;
    hf_jsonl lines;
    uint8_t memory[65536];
} lines_rig;

static lines_rig *lines_new(void)
{
    lines_rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->out = rig_text_new();
    const hf_sink sink = {rig_put, rig->out};
    hf_jsonl_init(&rig->lines, &sink, false, (hf_space){rig->memory, sizeof rig->memory});
    return rig;
}

static void lines_free(lines_rig *rig)
{
    rig_text_free(rig->out);
    free(rig);
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    assert_non_null(text);
    return text;
}

static int number_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    assert_true(cJSON_IsNumber(item));
    return item->valueint;
}

/* The one line that is there, parsed; the text is empty afterwards. */
static cJSON *take_line(lines_rig *rig)
{
    char *end = strchr(rig->out->text, '\n');
    assert_non_null(end);
    assert_int_equal(end[1], 0);
    *end = 0;
    const char *parsed = NULL;
    cJSON *object = cJSON_ParseWithOpts(rig->out->text, &parsed, true);
    if (object == NULL) {
        fail_msg("no JSON: %s", rig->out->text);
    }
    assert_int_equal(number_of(object, "schema"), HF_JSONL_SCHEMA);
    rig->out->len = 0;
    rig->out->text[0] = 0;
    return object;
}

static cJSON *tell(lines_rig *rig, hf_event event)
{
    hf_jsonl_event(&rig->lines, &event);
    return take_line(rig);
}

/* ---- a handshake */

typedef struct spy {
    lines_rig *rig;
    unsigned kinds[HF_EVENT_ERROR + 1];
    char secrets[16][97]; /* in hex */
    size_t count;
    size_t covered; /* bytes of the message that is told */
} spy;

static void learn(spy *s, const uint8_t *secret, size_t len)
{
    assert_in_range(s->count, 0, 15);
    for (size_t i = 0; i < len; i++) {
        (void)snprintf(s->secrets[s->count] + 2 * i, 3, "%02x", secret[i]);
    }
    s->count++;
}

static void learn_keys(spy *s, const hf_event *event)
{
    const hf_handshake *hs = &event->tls->handshake;
    if (hs->version == HF_TLS13) {
        learn(s, event->sent ? hs->epoch.tls13.client.bytes : hs->epoch.tls13.server.bytes, 32);
        learn(s, hs->epoch.tls13.exporter.bytes, 32);
    } else {
        learn(s, hs->secret.master12.bytes, 48);
    }
}

/* Leaves hold bytes, whose number is their length; those with parts hold none. */
static void count_bytes(spy *s, const cJSON *fields)
{
    const cJSON *field = NULL;
    cJSON_ArrayForEach(field, fields)
    {
        const cJSON *inner = cJSON_GetObjectItemCaseSensitive(field, "fields");
        const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(field, "bytes");
        if (cJSON_IsNull(bytes)) {
            assert_true(number_of(field, "length") == 0 || cJSON_GetArraySize(inner) > 0);
            count_bytes(s, inner);
        } else {
            assert_int_equal(strlen(bytes->valuestring), 2 * number_of(field, "length"));
            assert_int_equal(cJSON_GetArraySize(inner), 0);
            s->covered += strlen(bytes->valuestring) / 2;
        }
    }
}

static void spy_event(void *ctx, const hf_event *event)
{
    spy *s = ctx;
    hf_jsonl_event(&s->rig->lines, event);
    if (event->kind == HF_EVENT_KEYS) {
        learn_keys(s, event);
    }
    if (s->rig->out->len == 0) { /* a message that is not whole yet */
        assert_int_equal(event->kind, HF_EVENT_MESSAGE);
        return;
    }
    for (size_t i = 0; i < s->count; i++) {
        assert_null(strstr(s->rig->out->text, s->secrets[i]));
    }
    s->kinds[event->kind]++;
    cJSON *object = take_line(s->rig);
    if (event->kind == HF_EVENT_MESSAGE) {
        size_t length = (size_t)number_of(object, "length");
        assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "whole")));
        s->covered = 0;
        count_bytes(s, cJSON_GetObjectItemCaseSensitive(object, "fields"));
        bool bare = event->type == 8 || event->type == 14; /* with nothing but empty extensions */
        assert_true(s->covered <= length && (s->covered > 0 || bare));
        assert_int_equal(strlen(text_of(object, "bytes")), 2 * length);
    }
    cJSON_Delete(object);
}

static void a_handshake(void **state)
{
    (void)state;
    const uint16_t versions[] = {HF_TLS12, HF_TLS13};
    for (size_t i = 0; i < 2; i++) {
        spy *s = calloc(1, sizeof *s);
        assert_non_null(s);
        s->rig = lines_new();
        pair *p = rig_pair(versions[i]);
        rig_watch(&p->client, spy_event, s);
        rig_play(p);
        assert_int_equal(s->kinds[HF_EVENT_CERTIFICATE], 2);
        assert_in_range(s->kinds[HF_EVENT_MESSAGE], 9, 12);
        assert_true(s->kinds[HF_EVENT_RECORD] >= 5 && s->kinds[HF_EVENT_BYTES] >= 4);
        assert_true(s->kinds[HF_EVENT_DECISION] >= 8 && s->kinds[HF_EVENT_WORK] >= 6);
        assert_int_equal(s->kinds[HF_EVENT_KEYS], versions[i] == HF_TLS13 ? 4 : 2);
        assert_true(s->count >= 2);
        lines_free(s->rig);
        pair_free(p);
        free(s);
    }
}

/* ---- single lines */

static void an_error(void **state)
{
    (void)state;
    lines_rig *rig = lines_new();
    hf_error error;
    hf_error_clear(&error);
    error.code = HF_E_ALERT;
    error.stage = HF_STAGE_TLS;
    error.alert = 48;
    error.alert_by = HF_ALERT_RECEIVED;
    cJSON *line =
        tell(rig, (hf_event){.kind = HF_EVENT_ERROR, .number = HF_E_ALERT, .error = &error});
    assert_string_equal(text_of(line, "event"), "error");
    assert_string_equal(text_of(line, "name"), "HF_E_ALERT");
    assert_string_equal(text_of(line, "class"), "refused");
    assert_string_equal(text_of(line, "alert_name"), "unknown_ca");
    assert_string_equal(text_of(line, "alert_by"), "peer");
    assert_string_equal(text_of(line, "what"), hf_alert_what(48));
    assert_string_equal(text_of(line, "todo"), hf_alert_todo(48));
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(line, "step")));
    cJSON_Delete(line);
    line = tell(rig, (hf_event){.kind = HF_EVENT_ERROR, .number = HF_E_CERT_NAME});
    assert_string_equal(text_of(line, "what"), hf_error_what(HF_E_CERT_NAME));
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(line, "alert")));
    cJSON_Delete(line);
    lines_free(rig);
}

static void what_is_not_known(void **state)
{
    (void)state;
    static const uint8_t NO_DER[] = {1, 2, 3};
    lines_rig *rig = lines_new();
    cJSON *line = tell(rig, (hf_event){.kind = HF_EVENT_MESSAGE, .type = 11, .pieces = true});
    assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(line, "whole")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(line, "length")));
    cJSON_Delete(line);
    line = tell(rig, (hf_event){.kind = HF_EVENT_CERTIFICATE, .number = 3});
    assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(line, "looked_at")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(line, "subject")));
    cJSON_Delete(line);
    line = tell(rig, (hf_event){.kind = HF_EVENT_CERTIFICATE, .body = {NO_DER, sizeof NO_DER}});
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(line, "not_after")));
    assert_string_equal(text_of(line, "der"), "010203");
    cJSON_Delete(line);
    line = tell(rig, (hf_event){.kind = HF_EVENT_DECISION, .type = 200, .reason = 200});
    assert_string_equal(text_of(line, "decided"), "unknown");
    assert_string_equal(text_of(line, "reason"), "unknown");
    cJSON_Delete(line);
    const hf_event none = {.kind = HF_EVENT_ERROR + 1};
    hf_jsonl_event(&rig->lines, &none); /* a kind that is not known is not told */
    assert_int_equal(rig->out->len, 0);
    lines_free(rig);
}

/* Quotes and control characters in a protocol's name do not end the string. */
static void names_of_a_peer(void **state)
{
    (void)state;
    static const uint8_t NAME[] = "a\"b\\c\n\x01\xff";
    lines_rig *rig = lines_new();
    cJSON *line = tell(rig, (hf_event){.kind = HF_EVENT_DECISION,
                                       .type = HF_DECIDED_ALPN,
                                       .number = 1,
                                       .body = {NAME, sizeof NAME - 1}});
    assert_string_equal(text_of(line, "value"), "a\"b\\c\n\x01\xc3\xbf");
    cJSON_Delete(line);
    lines_free(rig);
}

static void whatever_comes_is_valid(void **state)
{
    (void)state;
    uint8_t bytes[200];
    uint32_t next = 7;
    lines_rig *rig = lines_new();
    for (unsigned i = 0; i < 3000; i++) {
        for (size_t k = 0; k < sizeof bytes; k++) {
            next = next * 1103515245u + 12345u;
            bytes[k] = (uint8_t)(next >> 16);
        }
        const uint8_t kinds[] = {HF_EVENT_MESSAGE, HF_EVENT_PACKET, HF_EVENT_CERTIFICATE,
                                 HF_EVENT_RECORD, HF_EVENT_DECISION};
        uint32_t len = i % sizeof bytes;
        cJSON *line = tell(rig, (hf_event){.kind = kinds[i % 5],
                                           .type = (uint8_t)(i % 5 == 0 ? i % 27 : bytes[0]),
                                           .reason = bytes[1],
                                           .sent = (bytes[2] & 1u) != 0,
                                           .size = len,
                                           .number = bytes[3],
                                           .body = {bytes, len}});
        cJSON_Delete(line);
    }
    lines_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake),
        cmocka_unit_test(an_error),
        cmocka_unit_test(what_is_not_known),
        cmocka_unit_test(names_of_a_peer),
        cmocka_unit_test(whatever_comes_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
