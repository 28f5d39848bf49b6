/* PlatformIO has no step that would write this header: every suite that the backend has. */
#include "../../src/crypto/suites/all.h"
