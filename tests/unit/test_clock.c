/* The clock contract: each kind of time against expired certificates and such that are not valid
 * yet, a clock of 1970, and the clock of a device that learns the time. */
#include "unit/cmocka_all.h"
#include "unit/x509_fixtures.h"
#include "x509/build_time.h"

#include <handfast/clock.h>

#include <limits.h>

#define DAY 86400

static uint32_t seconds; /* since start */

static uint32_t uptime(void *ctx)
{
    (void)ctx;
    return seconds;
}

static hf_time time_of(hf_device_clock *clock)
{
    const hf_clock source = hf_device_clock_source(clock);
    return source.now(source.ctx);
}

static void expect_time(hf_device_clock *clock, hf_time_kind kind, int64_t at)
{
    hf_time is = time_of(clock);
    assert_int_equal(is.kind, kind);
    assert_int_equal(is.seconds, at);
}

_Static_assert(HF_DATE(1970, 1, 1) == 0, "a constant");

static void test_dates(void **state)
{
    (void)state;
    static const uint8_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t at = 0;
    for (int year = 1970; year < 2410; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            int days = DAYS[month - 1] + (month == 2 && leap ? 1 : 0);
            for (int day = 1; day <= days; day++) {
                assert_int_equal(HF_DATE(year, month, day), at);
                at += DAY;
            }
        }
    }
    assert_int_equal(HF_DATE(2026, 1, 1), HF_BUILD_TIME);
}

/* leaf-dates is valid in 2027 */
#define FIRST          HF_DATE(2027, 1, 1)
#define LAST           (HF_DATE(2028, 1, 1) - 1)
#define PATH           .chain = {"leaf-dates", "int"}, .anchors = {"root"}
#define EXPECT(c, ...) walk_expect(c, 0, PATH, .now = __VA_ARGS__)

static void test_kinds(void **state)
{
    (void)state;
    EXPECT(HF_E_CERT_EXPIRED, {LAST + 1, HF_TIME_EXACT});
    EXPECT(HF_E_CERT_EXPIRED, {LAST + 1, HF_TIME_AT_LEAST});
    EXPECT(HF_E_CERT_NOT_YET_VALID, {FIRST - 1, HF_TIME_EXACT});
    EXPECT(HF_OK, {FIRST - 1, HF_TIME_AT_LEAST});
    EXPECT(HF_E_CLOCK_IMPLAUSIBLE, {0, HF_TIME_EXACT}); /* 1970 */
    EXPECT(HF_E_CLOCK_IMPLAUSIBLE, {-DAY, HF_TIME_EXACT});
    EXPECT(HF_OK, {0, HF_TIME_AT_LEAST});
    walk_expect(HF_E_NO_CLOCK, 0, PATH, .no_clock = true);
    EXPECT(HF_E_NO_CLOCK, {FIRST, (hf_time_kind)(HF_TIME_EXACT + 1)}); /* left uninitialised */
    EXPECT(HF_E_NO_CLOCK, {FIRST, (hf_time_kind)UINT_MAX});
}

/* The largest bound counts, and never one before the library was made. */
static void test_bounds(void **state)
{
    hf_device_clock clock;
    (void)state;
    seconds = 0;
    hf_device_clock_begin(&clock, 0, 0, uptime, NULL);
    expect_time(&clock, HF_TIME_AT_LEAST, HF_BUILD_TIME);
    hf_device_clock_begin(&clock, HF_DATE(2026, 11, 30), HF_DATE(2026, 5, 1), uptime, NULL);
    expect_time(&clock, HF_TIME_AT_LEAST, HF_DATE(2026, 11, 30));
    hf_device_clock_begin(&clock, HF_DATE(2026, 11, 30), HF_DATE(2027, 5, 1), uptime, NULL);
    expect_time(&clock, HF_TIME_AT_LEAST, HF_DATE(2027, 5, 1));
    seconds += 100;
    expect_time(&clock, HF_TIME_AT_LEAST, HF_DATE(2027, 5, 1) + 100);
    hf_device_clock_begin(&clock, HF_DATE(2026, 11, 30), 0, NULL, NULL);
    expect_time(&clock, HF_TIME_AT_LEAST, HF_DATE(2026, 11, 30));
}

/* From the first start on, as docs/porting.md tells it. */
static void test_first_time(void **state)
{
    hf_device_clock clock;
    (void)state;
    seconds = UINT32_MAX - 10; /* it may wrap */
    hf_device_clock_begin(&clock, HF_DATE(2026, 11, 30), 0, uptime, NULL);
    EXPECT(HF_OK, time_of(&clock)); /* not valid yet as far as the device knows */
    seconds += 60;
    assert_int_equal(hf_device_clock_set(&clock, HF_DATE(2026, 11, 30) + 59),
                     HF_E_CLOCK_IMPLAUSIBLE);
    expect_time(&clock, HF_TIME_AT_LEAST, HF_DATE(2026, 11, 30) + 60);
    assert_int_equal(hf_device_clock_set(&clock, FIRST - 20), HF_OK);
    expect_time(&clock, HF_TIME_EXACT, FIRST - 20);
    EXPECT(HF_E_CERT_NOT_YET_VALID, time_of(&clock));
    seconds += 20;
    EXPECT(HF_OK, time_of(&clock));
    int64_t kept = hf_device_clock_keep(&clock);
    assert_int_equal(kept, FIRST);
    hf_device_clock_begin(&clock, HF_DATE(2026, 11, 30), LAST + 1, uptime, NULL); /* a year later */
    EXPECT(HF_E_CERT_EXPIRED, time_of(&clock));
}

/* A liar may do harm until the next start, but not beyond, and not against the exact time. */
static void test_not_verified(void **state)
{
    hf_device_clock clock;
    (void)state;
    seconds = 5;
    hf_device_clock_begin(&clock, FIRST, 0, uptime, NULL);
    hf_device_clock_raise(&clock, FIRST - DAY);
    expect_time(&clock, HF_TIME_AT_LEAST, FIRST);
    hf_device_clock_raise(&clock, LAST + 1);
    EXPECT(HF_E_CERT_EXPIRED, time_of(&clock));
    seconds += 7;
    assert_int_equal(hf_device_clock_keep(&clock), FIRST + 7);
    assert_int_equal(hf_device_clock_set(&clock, FIRST + DAY), HF_OK); /* below the lie */
    EXPECT(HF_OK, time_of(&clock));
    hf_device_clock_raise(&clock, LAST + 1);
    expect_time(&clock, HF_TIME_EXACT, FIRST + DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_bounds),       cmocka_unit_test(test_first_time),
        cmocka_unit_test(test_not_verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
