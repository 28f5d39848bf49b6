/* How a link begins, apart from how its connection does: link_start.c and link_attach.c. */
#ifndef HF_MQTT_LINK_BEGIN_H
#define HF_MQTT_LINK_BEGIN_H

#include <handfast/link.h>

/* Before: HF_OK; HF_E_USAGE, and nothing is changed; or the link's error. And afterwards, with what
 * the connection returned; hf_link_start()'s result. */
hf_code hf_link_begin(hf_link *link, const hf_mqtt_options *mqtt);
hf_code hf_link_begun(hf_link *link, hf_code code);

/* The connection's options, as a link needs them: CONNECT travels with the last flight. */
static inline hf_conn_options hf_link_options(const hf_conn_options *options)
{
    hf_conn_options copy = options == NULL ? (hf_conn_options){.name = NULL} : *options;
    copy.hold_last_flight = true;
    return copy;
}

#endif
