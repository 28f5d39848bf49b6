/* The flow tables: the handshakes of TLS 1.3 (RFC 8446 2, figure 1) and, in flow12.c, TLS 1.2 as
 * ordered rows, shared by both roles. A fact is set only by the row that decides it.
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

#define RETRY  HF_FACT_RETRY
#define FULL   HF_FACT_FULL
#define TICKET HF_FACT_TICKET
#define ASKED  (HF_FACT_FULL | HF_FACT_CLIENT_AUTH)
#define SHOWN  (ASKED | HF_FACT_CLIENT_CERT)

/* clang-format off */
/* Both versions until ServerHello has chosen one. */
static const hf_row HELLO[] = {
    {HF_CLIENT_HELLO, C, FLUSH, 0, 0,
     hf_send_client_hello, hf_sent_client_hello, SERVER(hf_recv_client_hello), SERVER(hf_received_client_hello)},
    {HF_HELLO_RETRY_REQUEST, S, OPTIONAL | FLUSH, 0, RETRY,
     SERVER(hf_send_retry), NULL, hf_recv_retry, hf_received_retry},
    {HF_CCS, S, FLUSH, RETRY | HF_FACT_SERVER_CCS, 0,
     SERVER(hf_send_ccs), SERVER(hf_sent_ccs13), NULL, NULL},
    {HF_CCS, C, FLUSH, RETRY | HF_FACT_CLIENT_CCS, 0,
     hf_send_ccs, hf_sent_ccs13, NULL, NULL},
    {HF_CLIENT_HELLO, C, FLUSH, RETRY, 0,
     hf_send_client_hello, NULL, SERVER(hf_recv_second_hello), SERVER(hf_received_client_hello)},
    {HF_SERVER_HELLO, S, 0, 0, 0,
     SERVER(hf_send_server_hello), SERVER(hf_sent_server_hello), hf_recv_server_hello, hf_received_server_hello},
};

static const hf_row FLOW13[] = {
    {HF_CCS, S, 0, HF_FACT_SERVER_CCS, 0,
     SERVER(hf_send_ccs), SERVER(hf_sent_ccs13), NULL, NULL},
    {HF_ENCRYPTED_EXTENSIONS, S, 0, 0, 0,
     SERVER(hf_send_encrypted_extensions), NULL, hf_recv_encrypted_extensions, NULL},
    {HF_CERTIFICATE_REQUEST, S, OPTIONAL, FULL, ASKED,
     SERVER(hf_send_certificate_request), NULL, hf_recv_certificate_request13, NULL},
    {HF_CERTIFICATE, S, STREAM | PARTS, FULL, 0,
     NULL, NULL, hf_recv_certificate, NULL},
    {HF_CERTIFICATE_VERIFY, S, 0, FULL, 0,
     SERVER(hf_send_certificate_verify), NULL, hf_recv_certificate_verify13, NULL},
    {HF_FINISHED, S, FLUSH, 0, 0,
     SERVER(hf_send_finished13), SERVER(hf_sent_server_finished13), hf_recv_finished13, hf_received_server_finished13},
    {HF_CCS, C, FLUSH, HF_FACT_CLIENT_CCS, 0,
     hf_send_ccs, hf_sent_ccs13, NULL, NULL},
    {HF_CERTIFICATE, C, STREAM | PARTS, ASKED, 0,
     NULL, NULL, SERVER(hf_recv_certificate), NULL},
    {HF_CERTIFICATE_VERIFY, C, 0, SHOWN, 0,
     hf_send_certificate_verify, NULL, SERVER(hf_recv_certificate_verify13), NULL},
    {HF_FINISHED, C, FLUSH, 0, 0,
     hf_send_finished13, hf_sent_client_finished13, SERVER(hf_recv_finished13), SERVER(hf_received_client_finished13)},
    /* For a client they are messages after the handshake: it never learns this fact. */
    {HF_NEW_SESSION_TICKET, S, FLUSH, TICKET, 0,
     SERVER(hf_send_tickets13), SERVER(hf_sent_tickets13), NULL, NULL},
};

/* RFC 8446 4.6: tickets and key updates. */
static const hf_row LATER13[] = {
    {HF_NEW_SESSION_TICKET, S, STREAM, 0, 0,
     NULL, NULL, hf_recv_ticket, NULL},
    {HF_KEY_UPDATE, S, 0, 0, 0,
     NULL, NULL, hf_recv_key_update, NULL},
    {HF_KEY_UPDATE, C, 0, 0, 0,
     NULL, NULL, SERVER(hf_recv_key_update), NULL},
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

const hf_row *hf_flow_row(uint16_t version, unsigned index)
{
    if (index < COUNT(HELLO)) {
        return &HELLO[index];
    }
    index -= (unsigned)COUNT(HELLO);
    if (version == HF_TLS13) {
        return index < COUNT(FLOW13) ? &FLOW13[index] : NULL;
    }
    return hf_flow12_row(index);
}

unsigned hf_flow_second_hello(void)
{
    unsigned index = 1;
    while (HELLO[index].message != HF_CLIENT_HELLO) {
        index++;
    }
    return index;
}

const hf_row *hf_flow_later(uint16_t version, unsigned index)
{
    if (version == HF_TLS13) {
        return index < COUNT(LATER13) ? &LATER13[index] : NULL;
    }
    return hf_flow12_later(index);
}
