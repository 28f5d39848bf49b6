/* Stand-in for error_text.c in builds without texts: numbers only, no tables in flash. */
#include <handfast/error.h>

const char *hf_error_name(hf_code code)
{
    (void)code;
    return "";
}

const char *hf_error_what(hf_code code)
{
    (void)code;
    return "";
}

const char *hf_error_todo(hf_code code)
{
    (void)code;
    return "";
}

const char *hf_alert_name(uint8_t alert)
{
    (void)alert;
    return "";
}

const char *hf_alert_what(uint8_t alert)
{
    (void)alert;
    return "";
}

const char *hf_alert_todo(uint8_t alert)
{
    (void)alert;
    return "";
}

const char *hf_stage_name(hf_stage stage)
{
    (void)stage;
    return "";
}

size_t hf_error_describe(const hf_error *error, char *text, size_t cap)
{
    (void)error;
    if (cap > 0) {
        text[0] = 0;
    }
    return 0;
}
