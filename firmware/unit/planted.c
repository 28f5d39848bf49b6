/* A test of the tests: two of these three fail, and the program has to end with that number. */
#include "unit/cmocka_all.h"

static void holds(void **state)
{
    (void)state;
    assert_int_equal(1, 1);
}

static void numbers_differ(void **state)
{
    (void)state;
    assert_int_equal(1, 2);
}

static void bytes_differ(void **state)
{
    (void)state;
    assert_memory_equal("one", "two", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds),
        cmocka_unit_test(numbers_differ),
        cmocka_unit_test(bytes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
