/* The window: packet identifiers of requests that have no answer yet, over reconnects.
 *
 * Identifiers go up by one and skip those in use (2.3.1-2), so the one next behind next_id is the
 * oldest: that gives the order in which messages must be sent again (4.6.0-1).
 */
#include "mqtt/engine.h"

hf_mqtt_slot *hf_mqtt_window_slots(hf_mqtt *m, size_t *count)
{
    bool own = m->memory.slots == NULL;
    *count = own ? HF_MQTT_WINDOW : m->memory.slots_count;
    return own ? m->window : m->memory.slots;
}

static hf_mqtt_slot *find_id(hf_mqtt *m, uint16_t id)
{
    size_t count;
    hf_mqtt_slot *slots = hf_mqtt_window_slots(m, &count);
    for (size_t i = 0; i < count; i++) {
        if (slots[i].state != SLOT_FREE && slots[i].id == id) {
            return &slots[i];
        }
    }
    return NULL;
}

hf_mqtt_slot *hf_mqtt_window_find(hf_mqtt *m, uint16_t id, uint8_t state)
{
    hf_mqtt_slot *slot = find_id(m, id);
    return slot != NULL && slot->state == state ? slot : NULL;
}

hf_mqtt_slot *hf_mqtt_window_oldest(hf_mqtt *m, uint8_t state_a, uint8_t state_b)
{
    size_t count;
    hf_mqtt_slot *slots = hf_mqtt_window_slots(m, &count);
    hf_mqtt_slot *oldest = NULL;
    for (size_t i = 0; i < count; i++) {
        bool wanted = slots[i].state == state_a || slots[i].state == state_b;
        uint16_t age = (uint16_t)(slots[i].id - m->next_id);
        if (wanted && (oldest == NULL || age < (uint16_t)(oldest->id - m->next_id))) {
            oldest = &slots[i];
        }
    }
    return oldest;
}

static hf_mqtt_slot *find_free(hf_mqtt *m)
{
    size_t count;
    hf_mqtt_slot *slots = hf_mqtt_window_slots(m, &count);
    for (size_t i = 0; i < count; i++) {
        if (slots[i].state == SLOT_FREE) {
            return &slots[i];
        }
    }
    return NULL;
}

uint16_t hf_mqtt_window_new_id(hf_mqtt *m)
{
    if (find_free(m) == NULL) {
        return 0;
    }
    while (m->next_id == 0 || find_id(m, m->next_id) != NULL) {
        m->next_id++;
    }
    return m->next_id;
}

void hf_mqtt_window_take(hf_mqtt *m, uint16_t id, uint8_t state, uint8_t count)
{
    hf_mqtt_slot *slot = find_id(m, id); /* a message that is sent again */
    if (slot == NULL) {
        slot = find_free(m);
        m->next_id = (uint16_t)(id + 1u);
    }
    *slot = (hf_mqtt_slot){.id = id, .state = state, .count = count};
}

void hf_mqtt_window_lose(hf_mqtt *m)
{
    size_t count;
    hf_mqtt_slot *slots = hf_mqtt_window_slots(m, &count);
    m->lost = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t state = slots[i].state;
        bool publish = state == SLOT_BODY || state == SLOT_PUBLISH || state == SLOT_REPORTED ||
                       state == SLOT_LOST_PUBLISH;
        if (state != SLOT_FREE) {
            slots[i].state = publish && m->resume ? SLOT_LOST_PUBLISH : SLOT_LOST;
            m->lost++;
        }
    }
}

hf_code hf_mqtt_forget(hf_mqtt *m, uint16_t id)
{
    hf_mqtt_slot *slot = hf_mqtt_window_find(m, id, SLOT_REPORTED);
    if (slot == NULL) {
        return HF_E_USAGE;
    }
    slot->state = SLOT_FREE;
    return HF_OK;
}
