/* Which MQTT packets cross a link, for events (include/handfast/trace.h): told from the bytes that
 * pass, so that the engine knows nothing of it.
 */
#ifndef HF_MQTT_LINK_TELL_H
#define HF_MQTT_LINK_TELL_H

#include <handfast/link.h>

/* `bytes` of application data have crossed: every packet whose fixed header ends in them is told.
 * Nothing is done where nobody listens. */
void hf_link_tell(hf_link *link, bool sent, hf_span bytes);
/* `bytes` are about to be sent: packets are told before their records. What was told already and is
 * offered once more is passed over. */
void hf_link_tell_sending(hf_link *link, hf_span bytes);
void hf_link_tell_stage(const hf_link *link, hf_code code);
void hf_link_tell_failure(const hf_link *link); /* of MQTT: link->error says which */

#endif
