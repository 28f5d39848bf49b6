/* The window: packet identifiers of requests that have no answer yet, over reconnects.
 *
 * Identifiers go up by one and skip those in use (2.3.1-2), so the one next behind next_id is the
 * oldest: that gives the order in which messages must be sent again (4.6.0-1).
 */
#include "mqtt/engine.h"

#define TAKEN (~(1u << SLOT_FREE))

hf_mqtt_slot *hf_mqtt_window_next(hf_mqtt *m, hf_mqtt_slot *slot)
{
    bool own = m->memory.slots == NULL;
    hf_mqtt_slot *first = own ? m->window : m->memory.slots;
    const hf_mqtt_slot *end = first + (own ? HF_MQTT_WINDOW : m->memory.slots_count);
    slot = slot == NULL ? first : slot + 1;
    return slot == end ? NULL : slot;
}

hf_mqtt_slot *hf_mqtt_window_find(hf_mqtt *m, uint16_t id, unsigned states)
{
    hf_mqtt_slot *oldest = NULL;
    unsigned lowest = UINT16_MAX + 1u;
    hf_mqtt_slot *slot = hf_mqtt_window_next(m, NULL);
    for (; slot != NULL; slot = hf_mqtt_window_next(m, slot)) {
        unsigned age = (uint16_t)(slot->id - m->next_id);
        if ((states >> slot->state & 1u) != 0 && (id == 0 || slot->id == id) && age < lowest) {
            oldest = slot;
            lowest = age;
        }
    }
    return oldest;
}

hf_mqtt_slot *hf_mqtt_window_new(hf_mqtt *m)
{
    hf_mqtt_slot *slot = hf_mqtt_window_find(m, 0, 1u << SLOT_FREE);
    if (slot != NULL) {
        while (m->next_id == 0 || hf_mqtt_window_find(m, m->next_id, TAKEN) != NULL) {
            m->next_id++;
        }
        slot->id = m->next_id;
    }
    return slot;
}

void hf_mqtt_window_take(hf_mqtt *m, hf_mqtt_slot *slot, uint8_t state, uint8_t count)
{
    if (slot->state == SLOT_FREE) { /* else a message is sent again */
        m->next_id++;
    }
    slot->state = state;
    slot->count = count;
    slot->since = 0;
}

void hf_mqtt_window_lose(hf_mqtt *m)
{
    const unsigned messages =
        1u << SLOT_BODY | 1u << SLOT_PUBLISH | 1u << SLOT_REPORTED | 1u << SLOT_LOST_PUBLISH;
    hf_mqtt_slot *slot = hf_mqtt_window_next(m, NULL);
    for (; slot != NULL; slot = hf_mqtt_window_next(m, slot)) {
        if (slot->state != SLOT_FREE) {
            bool again = m->resume && (messages >> slot->state & 1u) != 0;
            slot->state = again ? SLOT_LOST_PUBLISH : SLOT_LOST;
            m->lost++;
        }
    }
}

hf_code hf_mqtt_forget(hf_mqtt *m, uint16_t id)
{
    hf_mqtt_slot *slot = id == 0 ? NULL : hf_mqtt_window_find(m, id, 1u << SLOT_REPORTED);
    if (slot == NULL) {
        return HF_E_USAGE;
    }
    slot->state = SLOT_FREE;
    return HF_OK;
}
