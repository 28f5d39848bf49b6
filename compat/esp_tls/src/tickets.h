/* The keys of a server's session tickets, which make and replace themselves.
 */
#ifndef HF_ESP_TICKETS_H
#define HF_ESP_TICKETS_H

#include <handfast/session.h>

typedef struct hf_esp_tickets hf_esp_tickets;

/* NULL: out of memory, or no random numbers. */
hf_esp_tickets *hf_esp_tickets_new(void);
void hf_esp_tickets_free(hf_esp_tickets *tickets);
hf_ticket_keys hf_esp_tickets_source(hf_esp_tickets *tickets);

#endif
