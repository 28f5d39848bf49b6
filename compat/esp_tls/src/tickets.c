/* A ring of ticket keys: whenever one is asked for and the day of the current one is over, a new
 * one takes its place. Connections of several threads may share it, so that is behind the lock.
 */
#define _POSIX_C_SOURCE 200809L
#include "tickets.h"

#include "port.h"

#include <stdlib.h>

struct hf_esp_tickets {
    hf_ticket_ring ring;
};

static bool renew(hf_ticket_ring *ring)
{
    int64_t now = hf_esp_clock().now(NULL).seconds;
    bool good = ring->has_current && now >= ring->current.begins &&
                now < ring->current.begins + HF_TICKET_KEY_LIFE;
    if (good) {
        return true;
    }
    hf_ticket_key next = {.begins = now};
    if (!hf_esp_random(next.id, sizeof next.id) ||
        !hf_esp_random(next.secret, sizeof next.secret)) {
        return false;
    }
    ring->next = next;
    ring->has_next = true;
    hf_ticket_ring_turn(ring, NULL);
    return true;
}

static bool find(void *ctx, const uint8_t *id, hf_ticket_key *key)
{
    hf_esp_tickets *tickets = ctx;
    hf_esp_lock();
    bool found = renew(&tickets->ring) && hf_ticket_ring_find(&tickets->ring, id, key);
    hf_esp_unlock();
    return found;
}

hf_esp_tickets *hf_esp_tickets_new(void)
{
    hf_esp_tickets *tickets = calloc(1, sizeof *tickets);
    if (tickets == NULL) {
        return NULL;
    }
    if (!renew(&tickets->ring)) {
        hf_esp_tickets_free(tickets);
        return NULL;
    }
    return tickets;
}

void hf_esp_tickets_free(hf_esp_tickets *tickets)
{
    if (tickets != NULL) {
        hf_ticket_ring_wipe(&tickets->ring);
        free(tickets);
    }
}

hf_ticket_keys hf_esp_tickets_source(hf_esp_tickets *tickets)
{
    return (hf_ticket_keys){.find = find, .ctx = tickets};
}
