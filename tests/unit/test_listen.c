/* Parts of `handfast listen` that need no connection: the registry, deadlines, the page. */
#include "unit/cmocka_all.h"

#include "listen_registry.h"
#include "listen_timer.h"
#include "listen_www.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_A "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define HASH_B "10112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define COLONS                                                                                     \
    "20:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:"   \
    "ee:ff"

static char why[256];

static bool parse(listen_registry *registry, const char *text)
{
    why[0] = 0;
    return listen_registry_parse(registry, text, strlen(text), why, sizeof why);
}

static void first_byte(uint8_t sha256[32], uint8_t value)
{
    static const uint8_t HALF[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                     0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    memcpy(sha256, HALF, 16);
    memcpy(sha256 + 16, HALF, 16);
    sha256[0] = value;
}

static void a_registry_is_read(void **state)
{
    (void)state;
    listen_registry registry;
    uint8_t sha256[32];
    assert_true(parse(&registry, "# devices of line 1\n"
                                 "\n"
                                 "   \t\r\n" COLONS "\tthing-c  REVOKED # lost\r\n" HASH_B
                                 " thing-b INACTIVE\n" HASH_A " thing-a ACTIVE"));
    assert_int_equal(registry.count, 3);
    first_byte(sha256, 0x00);
    const listen_device *device = listen_registry_find(&registry, sha256);
    assert_non_null(device);
    assert_string_equal(device->thing, "thing-a");
    assert_int_equal(listen_registry_verdict(device), HF_OK);
    first_byte(sha256, 0x10);
    device = listen_registry_find(&registry, sha256);
    assert_int_equal(listen_registry_verdict(device), HF_E_PEER_INACTIVE);
    assert_string_equal(listen_registry_word(device), "INACTIVE");
    first_byte(sha256, 0x20);
    device = listen_registry_find(&registry, sha256);
    assert_string_equal(device->thing, "thing-c");
    assert_int_equal(listen_registry_verdict(device), HF_E_PEER_REVOKED);
    first_byte(sha256, 0x30);
    assert_null(listen_registry_find(&registry, sha256));
    assert_int_equal(listen_registry_verdict(NULL), HF_E_PEER_UNKNOWN);
    listen_registry_release(&registry);
}

static void only_active_devices_are_let_in(void **state)
{
    (void)state;
    listen_registry registry;
    assert_true(parse(&registry, HASH_A " a PENDING_ACTIVATION\n"));
    assert_int_equal(listen_registry_verdict(&registry.devices[0]), HF_E_PEER_INACTIVE);
    listen_registry_release(&registry);
    assert_true(parse(&registry, ""));
    uint8_t sha256[32] = {0};
    assert_null(listen_registry_find(&registry, sha256));
}

static void an_error_names_its_line(void **state)
{
    (void)state;
    char long_name[300];
    (void)snprintf(long_name, sizeof long_name, HASH_A " %0129d ACTIVE", 0);
    const struct {
        const char *text;
        const char *why;
    } CASES[] = {
        {HASH_A " a ACTIVE\n#\n" HASH_B " b active\n", "line 3: the state"},
        {HASH_A " a SUSPENDED\n", "line 1: the state"},
        {HASH_A " a ACTIV\n", "line 1: the state"},
        {HASH_A " a\n", "line 1: not three words"},
        {HASH_A " a ACTIVE more\n", "line 1: not three words"},
        {"\n00 a ACTIVE\n", "line 2: the first word"},
        {HASH_A "00 a ACTIVE\n", "line 1: the first word"},
        {":" HASH_A " a ACTIVE\n", "line 1: the first word"},
        {"g" HASH_A " a ACTIVE\n", "line 1: the first word"},
        {HASH_A " a\001 ACTIVE\n", "line 1: the thing name"},
        {long_name, "line 1: the thing name"},
        {HASH_A " a ACTIVE\n" HASH_B " b ACTIVE\n" HASH_A " c REVOKED\n",
         "line 3: the same certificate as in line 1"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        listen_registry registry;
        assert_false(parse(&registry, CASES[i].text));
        assert_ptr_equal(strstr(why, CASES[i].why), why);
        assert_int_equal(registry.count, 0);
        assert_null(registry.devices);
    }
    listen_registry registry;
    static const char ZERO[] = HASH_A " a\0b ACTIVE\n";
    assert_false(listen_registry_parse(&registry, ZERO, sizeof ZERO - 1, why, sizeof why));
    assert_false(listen_registry_load(&registry, "/nonexistent/registry", why, sizeof why));
    assert_string_equal(why, "No such file or directory");
}

/* Ten thousand of them: found again, and each line counted. */
static void a_registry_may_be_large(void **state)
{
    (void)state;
    enum { COUNT = 10000 };
    size_t len = 0;
    char *text = malloc(COUNT * 100);
    assert_non_null(text);
    for (int i = COUNT; i > 0; i--) {
        len += (size_t)sprintf(text + len, "%064x thing-%d ACTIVE\n", (unsigned)i * 7919u, i);
    }
    listen_registry registry;
    assert_true(listen_registry_parse(&registry, text, len, why, sizeof why));
    assert_int_equal(registry.count, COUNT);
    uint8_t sha256[32] = {0};
    sha256[30] = 7919 >> 8;
    sha256[31] = 7919 & 0xff;
    assert_string_equal(listen_registry_find(&registry, sha256)->thing, "thing-1");
    listen_registry_release(&registry);
    free(text);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Against a plain search: set, moved and stopped in any order, the first is always the least. */
static void timers_fire_in_order(void **state)
{
    (void)state;
    enum { COUNT = 100 };
    static listen_timer timer[COUNT];
    listen_timers timers;
    uint32_t seed = 7;
    assert_true(listen_timers_init(&timers, COUNT));
    assert_null(listen_timers_first(&timers));
    for (size_t step = 0; step < 20000; step++) {
        listen_timer *one = &timer[next_random(&seed) % COUNT];
        if (next_random(&seed) % 3 == 0) {
            listen_timer_stop(&timers, one);
            assert_int_equal(one->slot, 0);
        } else {
            assert_true(listen_timer_set(&timers, one, (int64_t)(next_random(&seed) % 1000)));
        }
        int64_t least = INT64_MAX;
        size_t set = 0;
        for (size_t i = 0; i < COUNT; i++) {
            set += timer[i].slot != 0;
            least = timer[i].slot != 0 && timer[i].due < least ? timer[i].due : least;
        }
        const listen_timer *first = listen_timers_first(&timers);
        assert_int_equal(set, timers.count);
        assert_true(first == NULL ? set == 0 : first->due == least);
    }
    listen_timers_release(&timers);
}

static void timers_have_a_limit(void **state)
{
    (void)state;
    listen_timers timers;
    listen_timer one = {.due = 0};
    listen_timer two = {.due = 0};
    assert_true(listen_timers_init(&timers, 1));
    assert_true(listen_timer_set(&timers, &one, 5));
    assert_false(listen_timer_set(&timers, &two, 1));
    assert_true(listen_timer_set(&timers, &one, 9)); /* moving needs no room */
    listen_timer_stop(&timers, &one);
    listen_timer_stop(&timers, &one); /* again: nothing */
    assert_null(listen_timers_first(&timers));
    listen_timers_release(&timers);
}

static void page_text_is_escaped(void **state)
{
    (void)state;
    char text[64];
    assert_int_equal(listen_www_escape("<b>&\"'", text, sizeof text), 25);
    assert_string_equal(text, "&lt;b&gt;&amp;&quot;&#39;");
    (void)listen_www_escape("a\r\n\x1b\x7f\xc3\xa4", text, sizeof text);
    assert_string_equal(text, "a????\xc3\xa4");
    assert_int_equal(listen_www_escape("<<", text, 8), 4); /* no half entity */
    assert_string_equal(text, "&lt;");
    assert_int_equal(listen_www_escape("abc", text, 3), 2);
}

static void requests_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        listen_request is;
    } CASES[] = {
        {"", LISTEN_REQUEST_PART},
        {"GET / HT", LISTEN_REQUEST_PART},
        {"GET / HTTP/1.1\r\nHost: a\r\n", LISTEN_REQUEST_PART},
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", LISTEN_REQUEST_GET},
        {"GET /any?thing HTTP/1.0\r\n\r\n", LISTEN_REQUEST_GET},
        {"HEAD / HTTP/1.1\r\n\r\n", LISTEN_REQUEST_HEAD},
        {"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", LISTEN_REQUEST_OTHER},
        {"get / HTTP/1.1\r\n\r\n", LISTEN_REQUEST_OTHER},
        {"GET / HTTP/2.0\r\n", LISTEN_REQUEST_BAD},
        {"GET  HTTP/1.1\r\n", LISTEN_REQUEST_BAD},
        {"GET\r\n", LISTEN_REQUEST_BAD},
        {" / HTTP/1.1\r\n", LISTEN_REQUEST_BAD},
        {"\r\n\r\n", LISTEN_REQUEST_BAD},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_int_equal(listen_www_request(CASES[i].text, strlen(CASES[i].text)), CASES[i].is);
    }
    static char endless[LISTEN_REQUEST_MAX];
    memset(endless, 'a', sizeof endless);
    assert_int_equal(listen_www_request(endless, sizeof endless - 1), LISTEN_REQUEST_PART);
    assert_int_equal(listen_www_request(endless, sizeof endless), LISTEN_REQUEST_BAD);
}

static void an_answer_has_its_length(void **state)
{
    (void)state;
    const listen_fact fact = {"Subject", "CN=<script>"};
    size_t len = 0;
    char *answer = listen_www_answer(LISTEN_REQUEST_GET, &fact, 1, &len);
    assert_non_null(answer);
    char *body = strstr(answer, "\r\n\r\n");
    assert_non_null(body);
    char expected[64];
    (void)snprintf(expected, sizeof expected, "Content-Length: %zu\r\n", strlen(body) - 4);
    assert_non_null(strstr(answer, expected));
    assert_non_null(strstr(answer, "Connection: close\r\n"));
    assert_non_null(strstr(body, "CN=&lt;script&gt;"));
    assert_null(strstr(body, "<script"));
    char *head = listen_www_answer(LISTEN_REQUEST_HEAD, &fact, 1, &len);
    assert_non_null(strstr(head, expected)); /* that of GET, without the body (RFC 9110 9.3.2) */
    assert_int_equal(len, (size_t)(body - answer) + 4);
    free(head);
    free(answer);
    answer = listen_www_answer(LISTEN_REQUEST_OTHER, &fact, 1, &len);
    assert_ptr_equal(strstr(answer, "HTTP/1.1 405 "), answer);
    assert_null(strstr(answer, "script"));
    free(answer);
    answer = listen_www_answer(LISTEN_REQUEST_BAD, &fact, 1, &len);
    assert_ptr_equal(strstr(answer, "HTTP/1.1 400 "), answer);
    free(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registry_is_read),
        cmocka_unit_test(only_active_devices_are_let_in),
        cmocka_unit_test(an_error_names_its_line),
        cmocka_unit_test(a_registry_may_be_large),
        cmocka_unit_test(timers_fire_in_order),
        cmocka_unit_test(timers_have_a_limit),
        cmocka_unit_test(page_text_is_escaped),
        cmocka_unit_test(requests_are_told_apart),
        cmocka_unit_test(an_answer_has_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
