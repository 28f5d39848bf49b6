/* The flow tables: the handshakes of TLS 1.3 (RFC 8446 2, figure 1) and, in flow12.c, TLS 1.2 as
 * ordered rows, shared by both roles. A fact is set only by the row that decides it.
 */
#include "tls/flow_table.h"

/* clang-format off */
/* Both versions until ServerHello has chosen one. */
static const hf_row HELLO[] = {
    FROM_CLIENT(HF_CLIENT_HELLO, FLUSH, 0, 0,
     hf_send_client_hello, hf_sent_client_hello, hf_recv_client_hello, hf_received_client_hello),
    FROM_SERVER(HF_HELLO_RETRY_REQUEST, OPTIONAL | FLUSH, 0, RETRY,
     hf_send_retry, NULL, hf_recv_retry, hf_received_retry),
    FROM_SERVER(HF_CCS, FLUSH, RETRY | HF_FACT_SERVER_CCS, 0,
     hf_send_ccs, hf_sent_ccs13, NULL, NULL),
    FROM_CLIENT(HF_CCS, FLUSH, RETRY | HF_FACT_CLIENT_CCS, 0,
     hf_send_ccs, hf_sent_ccs13, NULL, NULL),
    FROM_CLIENT(HF_CLIENT_HELLO, FLUSH, RETRY, 0,
     hf_send_client_hello, NULL, hf_recv_second_hello, hf_received_client_hello),
    FROM_SERVER(HF_SERVER_HELLO, 0, 0, 0,
     hf_send_server_hello, hf_sent_server_hello, hf_recv_server_hello, hf_received_server_hello),
};

static const hf_row FLOW13[] = {
    FROM_SERVER(HF_CCS, 0, HF_FACT_SERVER_CCS, 0,
     hf_send_ccs, hf_sent_ccs13, NULL, NULL),
    FROM_SERVER(HF_ENCRYPTED_EXTENSIONS, 0, 0, 0,
     hf_send_encrypted_extensions, NULL, hf_recv_encrypted_extensions, NULL),
    FROM_SERVER(HF_CERTIFICATE_REQUEST, OPTIONAL, FULL, ASKED,
     hf_send_certificate_request, NULL, hf_recv_certificate_request13, NULL),
    FROM_SERVER(HF_CERTIFICATE, STREAM | PARTS, FULL, 0,
     NULL, NULL, hf_recv_certificate, NULL),
    FROM_SERVER(HF_CERTIFICATE_VERIFY, 0, FULL, 0,
     hf_send_certificate_verify, NULL, hf_recv_certificate_verify13, NULL),
    FROM_SERVER(HF_FINISHED, FLUSH, 0, 0,
     hf_send_finished, hf_sent_server_finished13, hf_recv_finished, hf_received_server_finished13),
    FROM_CLIENT(HF_CCS, FLUSH, HF_FACT_CLIENT_CCS, 0,
     hf_send_ccs, hf_sent_ccs13, NULL, NULL),
    FROM_CLIENT(HF_CERTIFICATE, STREAM | PARTS, ASKED, 0,
     NULL, NULL, hf_recv_certificate, NULL),
    FROM_CLIENT(HF_CERTIFICATE_VERIFY, 0, SHOWN, 0,
     hf_send_certificate_verify, NULL, hf_recv_certificate_verify13, NULL),
    FROM_CLIENT(HF_FINISHED, FLUSH, 0, 0,
     hf_send_finished, hf_sent_client_finished13, hf_recv_finished, hf_received_client_finished13),
    /* For a client they are messages after the handshake: it never learns this fact. */
    FROM_SERVER(HF_NEW_SESSION_TICKET, FLUSH, TICKET, 0,
     hf_send_tickets13, hf_sent_tickets13, NULL, NULL),
};

/* RFC 8446 4.6: tickets and key updates. */
static const hf_row LATER13[] = {
    FROM_SERVER(HF_NEW_SESSION_TICKET, STREAM, 0, 0,
     NULL, NULL, hf_recv_ticket, NULL),
    FROM_SERVER(HF_KEY_UPDATE, 0, 0, 0,
     NULL, NULL, hf_recv_key_update, NULL),
    FROM_CLIENT(HF_KEY_UPDATE, 0, 0, 0,
     NULL, NULL, hf_recv_key_update, NULL),
};
/* clang-format on */

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
