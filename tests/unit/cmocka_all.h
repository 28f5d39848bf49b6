/* cmocka needs these four headers before it. */
#ifndef HF_TESTS_CMOCKA_ALL_H
#define HF_TESTS_CMOCKA_ALL_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#endif
