/* What a peer may cost where the program has not said so: the defaults of hf_limits. */
#include "tls/config.h"

/* The limit, or what stands for 0. */
static uint32_t limit_or(uint32_t limit, uint32_t standard)
{
    return limit > 0 ? limit : standard;
}

void hf_limits_settle(hf_limits *limits, bool server)
{
    limits->message = limit_or(limits->message, server ? 1U << 16 : 1U << 18);
    limits->bytes = limit_or(limits->bytes, server ? 1U << 18 : 1U << 19);
    limits->records = (uint16_t)limit_or(limits->records, 8192);
    limits->messages = (uint16_t)limit_or(limits->messages, 64);
    limits->later = (uint16_t)limit_or(limits->later, 128);
    limits->key_updates = (uint8_t)limit_or(limits->key_updates, 32);
    limits->empty = (uint8_t)limit_or(limits->empty, 32);
    limits->warnings = (uint8_t)limit_or(limits->warnings, 4);
    if (HF_HAS_SERVER) {
        limits->early_data = limit_or(limits->early_data, 1U << 14);
    }
}
