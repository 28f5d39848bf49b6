/* A time that has certainly passed when this software runs: a clock before it was never set. */
#ifndef HF_X509_BUILD_TIME_H
#define HF_X509_BUILD_TIME_H

#include <stdint.h>

#define HF_BUILD_TIME INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

#endif
