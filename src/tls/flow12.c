/* The flow table of TLS 1.2 behind ServerHello (RFC 5246 7.3, RFC 5077 3.1). See flow.c.
 */
#include "tls/flow_table.h"

#define HAS_STATUS (HF_FACT_FULL | HF_FACT_STATUS)

/* clang-format off */
static const hf_row FLOW12[] = {
    /* abbreviated: RFC 5246 7.3, figure 2; RFC 5077 3.1, figure 2 */
    FROM_SERVER(HF_NEW_SESSION_TICKET, STREAM, RESUMED | TICKET, 0,
     hf_send_ticket12, NULL, hf_recv_ticket, NULL),
    FROM_SERVER(HF_CCS, FLUSH, RESUMED, 0,
     hf_send_ccs, hf_sent_ccs12, hf_recv_ccs12, hf_received_ccs12),
    FROM_SERVER(HF_FINISHED, FLUSH, RESUMED, 0,
     hf_send_finished, NULL, hf_recv_finished, hf_received_first_finished12),
    FROM_CLIENT(HF_CCS, FLUSH, RESUMED, 0,
     hf_send_ccs, hf_sent_ccs12, hf_recv_ccs12, hf_received_ccs12),
    FROM_CLIENT(HF_FINISHED, FLUSH, RESUMED, 0,
     hf_send_finished, hf_sent_last_finished12, hf_recv_finished, hf_received_last_finished12),
    /* in full */
    FROM_SERVER(HF_CERTIFICATE, STREAM | PARTS, FULL, 0,
     NULL, NULL, hf_recv_certificate, NULL),
    FROM_SERVER(HF_CERTIFICATE_STATUS, PARTS | OPTIONAL, HAS_STATUS, 0,
     NULL, NULL, hf_recv_certificate_status, NULL),
    FROM_SERVER(HF_SERVER_KEY_EXCHANGE, 0, FULL, 0,
     hf_send_server_key_exchange, hf_sent_server_key_exchange, hf_recv_server_key_exchange, hf_received_server_key_exchange),
    FROM_SERVER(HF_CERTIFICATE_REQUEST, OPTIONAL, FULL, ASKED,
     hf_send_certificate_request, NULL, hf_recv_certificate_request12, NULL),
    FROM_SERVER(HF_SERVER_HELLO_DONE, FLUSH, FULL, 0,
     hf_send_server_hello_done, NULL, hf_recv_empty, NULL),
    FROM_CLIENT(HF_CERTIFICATE, STREAM | PARTS, ASKED, 0,
     NULL, NULL, hf_recv_certificate, NULL),
    FROM_CLIENT(HF_CLIENT_KEY_EXCHANGE, 0, FULL, 0,
     hf_send_client_key_exchange, hf_sent_client_key_exchange, hf_recv_client_key_exchange, hf_received_client_key_exchange),
    FROM_CLIENT(HF_CERTIFICATE_VERIFY, 0, SHOWN, 0,
     hf_send_certificate_verify, NULL, hf_recv_certificate_verify12, NULL),
    FROM_CLIENT(HF_CCS, FLUSH, FULL, 0,
     hf_send_ccs, hf_sent_ccs12, hf_recv_ccs12, hf_received_ccs12),
    FROM_CLIENT(HF_FINISHED, FLUSH, FULL, 0,
     hf_send_finished, NULL, hf_recv_finished, hf_received_first_finished12),
    FROM_SERVER(HF_NEW_SESSION_TICKET, STREAM, FULL | TICKET, 0,
     hf_send_ticket12, NULL, hf_recv_ticket, NULL),
    FROM_SERVER(HF_CCS, FLUSH, FULL, 0,
     hf_send_ccs, hf_sent_ccs12, hf_recv_ccs12, hf_received_ccs12),
    FROM_SERVER(HF_FINISHED, FLUSH, FULL, 0,
     hf_send_finished, hf_sent_last_finished12, hf_recv_finished, hf_received_last_finished12),
};

/* Renegotiation, which is refused politely. */
static const hf_row LATER12[] = {
    FROM_SERVER(HF_HELLO_REQUEST, 0, 0, 0,
     NULL, NULL, hf_recv_hello_request, NULL),
    FROM_CLIENT(HF_CLIENT_HELLO, STREAM, 0, 0,
     NULL, NULL, hf_recv_renegotiation, NULL),
};
/* clang-format on */

const hf_row *hf_flow12_row(unsigned index)
{
    return index < COUNT(FLOW12) ? &FLOW12[index] : NULL;
}

const hf_row *hf_flow12_later(unsigned index)
{
    return index < COUNT(LATER12) ? &LATER12[index] : NULL;
}
