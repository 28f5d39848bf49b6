/* The error record and the facts of each code. Texts live in error_text.c, which a small build
 * replaces by error_notext.c.
 *
 * Invariant: hf_fail() is the only place that writes hf_error.code, and the first error sticks.
 */
#include <handfast/error.h>

/* What a code of TLS sends, by its number; the complement, so that a gap sends nothing. A table of
 * its own, because a device needs no more of the list than this. */
#define NONE HF_NO_ALERT
#define HF_ERRORS_OF_TLS
static const uint8_t NO_ALERTS[] = {
#define HF_ERROR(name, number, class_, alert, what, todo) [number] = (uint8_t) ~(unsigned)(alert),
#include <handfast/errors.def>
#undef HF_ERROR
};
#undef HF_ERRORS_OF_TLS
#undef NONE

typedef struct error_class {
    uint16_t code;
    uint8_t class_;
} error_class;

static const error_class CLASSES[] = {
#define HF_ERROR(name, number, class_, alert, what, todo) {number, HF_CLASS_##class_},
#include <handfast/errors.def>
#undef HF_ERROR
};

void hf_error_clear(hf_error *error)
{
    *error = (hf_error){.step = HF_STEP_NONE, .depth = HF_DEPTH_NONE};
}

hf_code hf_fail(hf_error *error, hf_code code)
{
    if (error->code == HF_OK) {
        error->code = (uint16_t)code;
    }
    return (hf_code)error->code;
}

hf_error_class hf_error_class_of(hf_code code)
{
    for (size_t i = 0; i < sizeof CLASSES / sizeof CLASSES[0]; i++) {
        if (CLASSES[i].code == (uint16_t)code) {
            return (hf_error_class)CLASSES[i].class_;
        }
    }
    return HF_CLASS_NONE;
}

uint8_t hf_error_alert_of(hf_code code)
{
    bool sends = (unsigned)code < sizeof NO_ALERTS;
    return sends ? (uint8_t) ~(unsigned)NO_ALERTS[code] : HF_NO_ALERT;
}

bool hf_error_may_retry(hf_code code)
{
    return hf_error_class_of(code) == HF_CLASS_NETWORK || code == HF_E_BAD_RECORD_MAC ||
           code == HF_E_MQTT_REFUSED_UNAVAILABLE || code == HF_E_KEY_LIMIT;
}
