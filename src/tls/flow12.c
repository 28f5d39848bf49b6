/* The flow table of TLS 1.2 behind ServerHello (RFC 5246 7.3, RFC 5077 3.1). See flow.c.
 *
 * Columns: message, sender, flags, when, due; send, sent; recv, received.
 */
#include "tls/handshake.h"

#define SERVER(step) (HF_HAS_SERVER ? (step) : NULL) /* a server's part of a row */

#define C HF_CLIENT
#define S HF_SERVER

#define FLUSH    HF_ROW_FLUSH
#define STREAM   HF_ROW_STREAM
#define PARTS    HF_ROW_PARTS
#define OPTIONAL HF_ROW_OPTIONAL

#define FULL       HF_FACT_FULL
#define RESUMED    HF_FACT_RESUMED
#define TICKET     HF_FACT_TICKET
#define ASKED      (HF_FACT_FULL | HF_FACT_CLIENT_AUTH)
#define SHOWN      (ASKED | HF_FACT_CLIENT_CERT)
#define HAS_STATUS (HF_FACT_FULL | HF_FACT_STATUS)

/* clang-format off */
static const hf_row FLOW12[] = {
    /* abbreviated: RFC 5246 7.3, figure 2; RFC 5077 3.1, figure 2 */
    {HF_NEW_SESSION_TICKET, S, STREAM, RESUMED | TICKET, 0,
     SERVER(hf_send_ticket12), NULL, hf_recv_ticket, NULL},
    {HF_CCS, S, FLUSH, RESUMED, 0,
     SERVER(hf_send_ccs), SERVER(hf_sent_ccs12), hf_recv_ccs12, hf_received_ccs12},
    {HF_FINISHED, S, FLUSH, RESUMED, 0,
     SERVER(hf_send_finished12), NULL, hf_recv_finished12, hf_received_first_finished12},
    {HF_CCS, C, FLUSH, RESUMED, 0,
     hf_send_ccs, hf_sent_ccs12, SERVER(hf_recv_ccs12), SERVER(hf_received_ccs12)},
    {HF_FINISHED, C, FLUSH, RESUMED, 0,
     hf_send_finished12, hf_sent_last_finished12, SERVER(hf_recv_finished12), SERVER(hf_received_last_finished12)},
    /* in full */
    {HF_CERTIFICATE, S, STREAM | PARTS, FULL, 0,
     NULL, NULL, hf_recv_certificate, NULL},
    {HF_CERTIFICATE_STATUS, S, PARTS | OPTIONAL, HAS_STATUS, 0,
     NULL, NULL, hf_recv_certificate_status, NULL},
    {HF_SERVER_KEY_EXCHANGE, S, 0, FULL, 0,
     SERVER(hf_send_server_key_exchange), SERVER(hf_sent_server_key_exchange), hf_recv_server_key_exchange, hf_received_server_key_exchange},
    {HF_CERTIFICATE_REQUEST, S, OPTIONAL, FULL, ASKED,
     SERVER(hf_send_certificate_request), NULL, hf_recv_certificate_request12, NULL},
    {HF_SERVER_HELLO_DONE, S, FLUSH, FULL, 0,
     SERVER(hf_send_server_hello_done), NULL, hf_recv_empty, NULL},
    {HF_CERTIFICATE, C, STREAM | PARTS, ASKED, 0,
     NULL, NULL, SERVER(hf_recv_certificate), NULL},
    {HF_CLIENT_KEY_EXCHANGE, C, 0, FULL, 0,
     hf_send_client_key_exchange, hf_sent_client_key_exchange, SERVER(hf_recv_client_key_exchange), SERVER(hf_received_client_key_exchange)},
    {HF_CERTIFICATE_VERIFY, C, 0, SHOWN, 0,
     hf_send_certificate_verify, NULL, SERVER(hf_recv_certificate_verify12), NULL},
    {HF_CCS, C, FLUSH, FULL, 0,
     hf_send_ccs, hf_sent_ccs12, SERVER(hf_recv_ccs12), SERVER(hf_received_ccs12)},
    {HF_FINISHED, C, FLUSH, FULL, 0,
     hf_send_finished12, NULL, SERVER(hf_recv_finished12), SERVER(hf_received_first_finished12)},
    {HF_NEW_SESSION_TICKET, S, STREAM, FULL | TICKET, 0,
     SERVER(hf_send_ticket12), NULL, hf_recv_ticket, NULL},
    {HF_CCS, S, FLUSH, FULL, 0,
     SERVER(hf_send_ccs), SERVER(hf_sent_ccs12), hf_recv_ccs12, hf_received_ccs12},
    {HF_FINISHED, S, FLUSH, FULL, 0,
     SERVER(hf_send_finished12), SERVER(hf_sent_last_finished12), hf_recv_finished12, hf_received_last_finished12},
};

/* Renegotiation, which is refused politely. */
static const hf_row LATER12[] = {
    {HF_HELLO_REQUEST, S, 0, 0, 0,
     NULL, NULL, hf_recv_hello_request, NULL},
    {HF_CLIENT_HELLO, C, STREAM, 0, 0,
     NULL, NULL, SERVER(hf_recv_renegotiation), NULL},
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

const hf_row *hf_flow12_row(unsigned index)
{
    return index < COUNT(FLOW12) ? &FLOW12[index] : NULL;
}

const hf_row *hf_flow12_later(unsigned index)
{
    return index < COUNT(LATER12) ? &LATER12[index] : NULL;
}
