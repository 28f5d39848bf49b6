/* The error record and the facts of each code. Texts live in error_text.c, which a small build
 * replaces by error_notext.c.
 *
 * Invariant: hf_fail() is the only place that writes hf_error.code, and the first error sticks.
 */
#include <handfast/error.h>

typedef struct error_fact {
    uint16_t code;
    uint8_t class_;
    uint8_t alert;
} error_fact;

#define NONE HF_NO_ALERT
static const error_fact FACTS[] = {
#define HF_ERROR(name, number, class_, alert, what, todo) {number, HF_CLASS_##class_, alert},
#include <handfast/errors.def>
#undef HF_ERROR
};
#undef NONE

static const error_fact *fact_of(hf_code code)
{
    for (size_t i = 0; i < sizeof FACTS / sizeof FACTS[0]; i++) {
        if (FACTS[i].code == (uint16_t)code) {
            return &FACTS[i];
        }
    }
    return NULL;
}

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
    const error_fact *fact = fact_of(code);
    return fact == NULL ? HF_CLASS_NONE : (hf_error_class)fact->class_;
}

uint8_t hf_error_alert_of(hf_code code)
{
    const error_fact *fact = fact_of(code);
    return fact == NULL ? HF_NO_ALERT : fact->alert;
}

bool hf_error_may_retry(hf_code code)
{
    return hf_error_class_of(code) == HF_CLASS_NETWORK || code == HF_E_BAD_RECORD_MAC ||
           code == HF_E_MQTT_REFUSED_UNAVAILABLE || code == HF_E_KEY_LIMIT;
}
