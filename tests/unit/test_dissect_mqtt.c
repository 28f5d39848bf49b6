/* MQTT packets taken apart, of both versions, whole and damaged. */
#include "unit/dissect_rig.h"
#include "unit/message_bytes.h"

static dissection d;

#define TAKE(first, bytes, version)                                                                \
    take_packet(&d, (first), (hf_span){(const uint8_t *)(bytes), sizeof(bytes) - 1}, (version),    \
                true)

#define CONNECT311                                                                                 \
    "\x00\x04MQTT\x04\xee\x00\x3c\x00\x03"                                                         \
    "dev\x00\x01t\x00\x04gone\x00\x04user\x00\x06secret"

static void test_connect(void **state)
{
    (void)state;
    TAKE(0x10, CONNECT311, 0);
    is_whole(&d);
    means(&d, "protocol_name", "\"MQTT\"");
    means(&d, "protocol_level", "MQTT 3.1.1");
    means(&d, "connect_flags", "clean start, will with QoS 1, retained, user name, password");
    means(&d, "keep_alive", "60 s");
    means(&d, "client_identifier", "\"dev\"");
    means(&d, "will_topic", "\"t\"");
    means(&d, "will_payload", "4 bytes, not shown");
    means(&d, "user_name", "\"user\"");
    means(&d, "password", "6 bytes, not shown");
    stands_at(&d, "password", sizeof CONNECT311 - 1 - 6, 0, 2);
}

static void test_connect5(void **state)
{
    (void)state;
    TAKE(0x10,
         "\x00\x04MQTT\x05\x04\x00\x00"
         "\x0f\x11\x00\x00\x0e\x10\x21\x00\x0a\x26\x00\x01k\x00\x01v"
         "\x00\x00"
         "\x05\x18\xff\xff\xff\xff\x00\x01t\x00\x00",
         0);
    is_whole(&d);
    means(&d, "protocol_level", "MQTT 5");
    means(&d, "connect_flags", "session kept, will with QoS 0");
    means(&d, "keep_alive", "off");
    stands_at(&d, "properties", 11, 15, 1);
    means(&d, "properties/session_expiry_interval", "1 hour");
    stands_at(&d, "properties/session_expiry_interval", 12, 4, 1);
    means(&d, "properties/receive_maximum", "10");
    means(&d, "properties/user_property", "\"k\" = \"v\"");
    means(&d, "client_identifier", "\"\"");
    means(&d, "will_properties/will_delay_interval", "for ever");
}

static void test_connack(void **state)
{
    (void)state;
    TAKE(0x20, "\x01\x00", 4);
    means(&d, "connect_acknowledge_flags", "session present");
    means(&d, "return_code", "Connection Accepted");
    TAKE(0x20, "\x00\x05", 0);
    means(&d, "return_code", "Connection Refused, not authorized");
    TAKE(0x20,
         "\x00\x87\x09\x1f\x00\x06"
         "policy",
         0);
    is_whole(&d);
    means(&d, "reason_code", "Not authorized");
    means(&d, "properties/reason_string", "\"policy\"");
    TAKE(0x20, "\x00\x87\x00", 4);
    is_malformed(&d, 2, "bytes stand behind the last field; 1 bytes, not shown");
    TAKE(0x20, "\x00", 4);
    is_malformed(&d, 1, "return_code is cut off; 0 bytes, not shown");
}

static void test_publish(void **state)
{
    (void)state;
    TAKE(0x3b,
         "\x00\x03"
         "a/b\x00\x07hello",
         4);
    is_whole(&d);
    means(&d, "flags", "QoS 1, DUP, RETAIN");
    means(&d, "topic_name", "\"a/b\"");
    means(&d, "packet_identifier", "7");
    means(&d, "payload", "5 bytes, not shown");
    stands_at(&d, "payload", 7, 0, 0);
    TAKE(0x30,
         "\x00\x01"
         "a\x02\x01\x01hello",
         5);
    is_whole(&d);
    assert_null(find_field(&d, "packet_identifier", 0));
    means(&d, "properties/payload_format_indicator", "1");
}

static void test_subscriptions(void **state)
{
    (void)state;
    TAKE(0x82,
         "\x00\x01\x00\x02"
         "a\x23\x01",
         4);
    is_whole(&d);
    means(&d, "topic_filter", "\"a#\"");
    means(&d, "requested_qos", "QoS 1");
    TAKE(0x82,
         "\x00\x01\x02\x0b\x05\x00\x01"
         "a\x2e",
         5);
    is_whole(&d);
    means(&d, "properties/subscription_identifier", "5");
    means(&d, "subscription_options", "QoS 2, no local, retain as published, no retained ones");
    TAKE(0x90, "\x00\x01\x00\x01\x80", 4);
    is_whole(&d);
    nth_means(&d, "return_code", 0, "Granted QoS 0");
    nth_means(&d, "return_code", 2, "Unspecified error");
    TAKE(0xa2,
         "\x00\x01\x00\x01"
         "a",
         4);
    is_whole(&d);
    TAKE(0xb0, "\x00\x01\x00\x11", 0);
    is_whole(&d);
    means(&d, "reason_code", "No subscription existed");
    TAKE(0xb0, "\x00\x01\x00", 4);
    is_malformed(&d, 2, "bytes stand behind the last field");
}

static void test_small_packets(void **state)
{
    (void)state;
    TAKE(0x40, "\x00\x09", 0);
    means(&d, "packet_identifier", "9");
    TAKE(0x40, "\x00\x09\x97", 0);
    is_whole(&d);
    means(&d, "reason_code", "Quota exceeded");
    TAKE(0xe0, "\x8e\x00", 0);
    is_whole(&d);
    means(&d, "reason_code", "Session taken over");
    TAKE(0xe0, "\x00", 5);
    means(&d, "reason_code", "Normal disconnection");
    TAKE(0xe0, "\x00", 4);
    is_malformed(&d, 0, "bytes stand behind the last field");
    TAKE(0xf0, "\x18\x05\x15\x00\x02me", 5);
    is_whole(&d);
    means(&d, "properties/authentication_method", "\"me\"");
    TAKE(0xf0, "\x18\x09\x15\x00\x01x\x16\x00\x02me", 5);
    is_whole(&d);
    means(&d, "properties", "9 bytes, not shown as a whole");
    means(&d, "authentication_method", "\"x\"");
    means(&d, "authentication_data", "2 bytes, not shown");
    TAKE(0xd0, "", 4);
    assert_int_equal(d.count, 0);
    TAKE(0xc1, "", 4);
    means(&d, "flags", "0x1, which is reserved: it must be 0x0");
    TAKE(0x60, "\x00\x01", 4);
    means(&d, "flags", "0x0, which is reserved: it must be 0x2");
}

static void test_bad_properties(void **state)
{
    (void)state;
    TAKE(0xe0, "\x00\x02\x7f\x00", 5);
    is_malformed(&d, 2, "a property has no identifier that is known");
    TAKE(0xe0, "\x00\x03\x1f\x00\x02", 5);
    is_malformed(&d, 2, "reason_string is cut off");
    TAKE(0xe0, "\x00\x05\x1f\x00", 5);
    is_malformed(&d, 1, "properties are longer than what is left");
    TAKE(0xe0, "\x00\xff\xff\xff\xff\x00", 5); /* a length has four bytes at most */
    is_malformed(&d, 1, "properties have no length");
}

/* ---- secrets: a row of 'S' that no field may reach into, however the packet is damaged */

static void no_secret(void *ctx, const hf_field *field)
{
    (void)ctx;
    if (field->bytes.len > 0 && memchr(field->bytes.ptr, 'S', field->bytes.len) != NULL) {
        fail_msg("a secret is in %s", field->name);
    }
    assert_null(strstr(field->meaning, "SSS"));
}

static void keeps_secret(uint8_t first, uint8_t version, const char *bytes, size_t len)
{
    hf_field_out out = {no_secret, NULL};
    assert_non_null(memchr(bytes, 'S', len));
    for (size_t part = 0; part <= len; part++) {
        hf_span body = exact((const uint8_t *)bytes, part);
        hf_dissect_packet(first, body, version, &out);
        exact_free(body);
    }
}

#define KEEPS_SECRET(first, version, bytes) keeps_secret(first, version, bytes, sizeof(bytes) - 1)

static void test_secrets(void **state)
{
    (void)state;
    KEEPS_SECRET(0x10, 0,
                 "\x00\x04MQTT\x04\xc2\x00\x3c\x00\x03"
                 "dev\x00\x04user\x00\x06SSSSSS");
    KEEPS_SECRET(0x10, 0,
                 "\x00\x04MQTT\x04\x04\x00\x3c\x00\x03"
                 "dev\x00\x04gone\x00\x06SSSSSS");
    KEEPS_SECRET(0x10, 0,
                 "\x00\x04MQTT\x05\x02\x00\x3c\x0c\x15\x00\x01x\x16\x00\x05SSSSS\x00\x03"
                 "dev");
    KEEPS_SECRET(0x20, 5, "\x00\x00\x08\x16\x00\x05SSSSS");
    KEEPS_SECRET(0xf0, 5, "\x18\x0c\x15\x00\x01x\x16\x00\x05SSSSS");
    KEEPS_SECRET(0x32, 4, "\x00\x01t\x00\x01SSSS");
}

static const struct {
    const char *bytes;
    size_t len;
} SAMPLES[] = {
#define SAMPLE(bytes)                                                                              \
    {                                                                                              \
        bytes, sizeof(bytes) - 1                                                                   \
    }
    SAMPLE(CONNECT311),
    SAMPLE("\x00\x04MQTT\x05\xce\x00\x0a\x08\x11\x00\x00\x0e\x10\x21\x00\x0a\x00\x01g\x00\x00\x01t"
           "\x00\x01p\x00\x01u\x00\x01w"),
    SAMPLE("\x00\x87\x09\x1f\x00\x06policy"),
    SAMPLE("\x00\x03"
           "a/b\x00\x07\x02\x01\x01hello"),
    SAMPLE("\x00\x01\x02\x0b\x05\x00\x01"
           "a\x2e"),
#undef SAMPLE
};

/* Each as a packet of every kind and version: cut at every place, and with every byte changed. */
static void test_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5 * 256 * 3; i++) {
        static const uint8_t versions[] = {0, 4, 5};
        const char *bytes = SAMPLES[i / 768].bytes;
        size_t whole = SAMPLES[i / 768].len;
        uint8_t first = (uint8_t)(i / 3);
        for (size_t len = 0; len <= whole; len++) {
            hf_span body = exact((const uint8_t *)bytes, len);
            take_packet(&d, first, body, versions[i % 3], false);
            exact_free(body);
        }
        for (size_t at = 0; at < whole; at++) {
            hf_span body = exact((const uint8_t *)bytes, whole);
            uint8_t *changed = (uint8_t *)(uintptr_t)body.ptr + at;
            *changed = (uint8_t)(*changed + i);
            take_packet(&d, first, body, versions[i % 3], false);
            exact_free(body);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connect),        cmocka_unit_test(test_connect5),
        cmocka_unit_test(test_connack),        cmocka_unit_test(test_publish),
        cmocka_unit_test(test_subscriptions),  cmocka_unit_test(test_small_packets),
        cmocka_unit_test(test_bad_properties), cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
