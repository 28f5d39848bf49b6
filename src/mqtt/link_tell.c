/* MQTT packets as events. See link_tell.h. */
#include "mqtt/link_tell.h"

#include "tls/tell.h"

#define PUBLISH 3u
#define AUTH    15u
#define VARINT  4u /* bytes of a remaining length at most: MQTT 5.0 1.5.5 */

/* The engine ends a connection whose length is malformed: what follows is passed over. */
static void take_length(hf_passing *passing, uint8_t byte)
{
    passing->left |= (uint32_t)(byte & 0x7fu) << (7u * passing->digits);
    passing->digits++;
    bool more = (byte & 0x80u) != 0;
    passing->state = !more                      ? HF_PASSING_BODY
                     : passing->digits < VARINT ? HF_PASSING_LENGTH
                                                : HF_PASSING_LOST;
}

/* The fixed header is whole; `rest`: what is at hand behind it. */
static void tell_packet(const hf_link *link, bool sent, const hf_passing *passing, hf_span rest)
{
    unsigned type = passing->first >> 4;
    bool plain = !sent && type != PUBLISH && type != AUTH && passing->left <= rest.len;
    hf_event event = {
        .kind = HF_EVENT_PACKET,
        .type = passing->first,
        .sent = sent,
        .size = 1u + passing->digits + passing->left,
        .body = {rest.ptr, plain ? passing->left : 0u},
    };
    hf_tell_event(&link->conn.tls, event);
}

void hf_link_tell(hf_link *link, bool sent, hf_span bytes)
{
    hf_passing *passing = &link->passing[sent ? 1 : 0];
    if (!hf_tells(link->conn.tls.config)) {
        return;
    }
    while (bytes.len > 0 && passing->state != HF_PASSING_LOST) {
        size_t step = 1;
        if (passing->state == HF_PASSING_FIRST) {
            *passing = (hf_passing){.first = bytes.ptr[0], .state = HF_PASSING_LENGTH};
        } else if (passing->state == HF_PASSING_LENGTH) {
            take_length(passing, bytes.ptr[0]);
            if (passing->state == HF_PASSING_BODY) {
                tell_packet(link, sent, passing, (hf_span){bytes.ptr + 1, bytes.len - 1});
            }
        } else {
            step = bytes.len < passing->left ? bytes.len : passing->left;
            passing->left -= (uint32_t)step;
        }
        bool over = passing->state == HF_PASSING_BODY && passing->left == 0;
        passing->state = over ? HF_PASSING_FIRST : passing->state;
        bytes.ptr += step;
        bytes.len -= step;
    }
}

void hf_link_tell_sending(hf_link *link, hf_span bytes)
{
    size_t told = link->told < bytes.len ? link->told : bytes.len;
    hf_link_tell(link, true, (hf_span){bytes.ptr + told, bytes.len - told});
    link->told = (uint32_t)bytes.len;
}

void hf_link_tell_stage(const hf_link *link, hf_code code)
{
    hf_tell(&link->conn.tls, HF_EVENT_STAGE, HF_STAGE_MQTT, code);
}

void hf_link_tell_failure(const hf_link *link)
{
    hf_tell_error(&link->conn.tls, &link->error);
    hf_link_tell_stage(link, (hf_code)link->error.code);
}
