/* The flow tables: the handshakes of TLS 1.3 (RFC 8446 2, figure 1) and TLS 1.2 (RFC 5246 7.3,
 * figure 1) as ordered rows, shared by both roles. A fact is set only by the row that decides it.
 */
#include "tls/handshake.h"

#define C HF_BY_CLIENT
#define S HF_BY_SERVER

/* Both versions until ServerHello has chosen one. */
static const hf_row HELLO[] = {
    {HF_CLIENT_HELLO, C, HF_ROW_FLUSH, 0, hf_send_client_hello, NULL, hf_after_client_hello},
    {HF_HELLO_RETRY_REQUEST, S, HF_ROW_OPTIONAL, 0, NULL, hf_recv_retry, hf_after_retry},
    {HF_CCS, C, HF_ROW_FLUSH, HF_FACT_RETRY | HF_FACT_COMPATIBLE, hf_send_ccs13, NULL,
     hf_after_ccs13},
    {HF_CLIENT_HELLO, C, HF_ROW_FLUSH, HF_FACT_RETRY, hf_send_client_hello, NULL, NULL},
    {HF_SERVER_HELLO, S, 0, 0, NULL, hf_recv_server_hello, hf_after_server_hello},
};

static const hf_row FLOW13[] = {
    {HF_ENCRYPTED_EXTENSIONS, S, 0, 0, NULL, hf_recv_encrypted_extensions, NULL},
    {HF_CERTIFICATE_REQUEST, S, HF_ROW_OPTIONAL, HF_FACT_FULL, NULL, hf_recv_certificate_request13,
     NULL},
    {HF_CERTIFICATE, S, HF_ROW_STREAM, HF_FACT_FULL, NULL, hf_recv_certificate, NULL},
    {HF_CERTIFICATE_VERIFY, S, 0, HF_FACT_FULL, NULL, hf_recv_certificate_verify13, NULL},
    {HF_FINISHED, S, 0, 0, NULL, hf_recv_finished13, hf_after_server_finished13},
    {HF_CCS, C, HF_ROW_FLUSH, HF_FACT_COMPATIBLE, hf_send_ccs13, NULL, hf_after_ccs13},
    {HF_CERTIFICATE, C, HF_ROW_STREAM, HF_FACT_CLIENT_AUTH, NULL, NULL, NULL},
    {HF_CERTIFICATE_VERIFY, C, 0, HF_FACT_CLIENT_AUTH | HF_FACT_CLIENT_CERT,
     hf_send_certificate_verify, NULL, NULL},
    {HF_FINISHED, C, HF_ROW_FLUSH, 0, hf_send_finished13, NULL, hf_after_client_finished13},
};

static const hf_row FLOW12[] = {
    {HF_CERTIFICATE, S, HF_ROW_STREAM, HF_FACT_FULL, NULL, hf_recv_certificate, NULL},
    {HF_SERVER_KEY_EXCHANGE, S, 0, HF_FACT_FULL, NULL, hf_recv_server_key_exchange,
     hf_after_server_key_exchange},
    {HF_CERTIFICATE_REQUEST, S, HF_ROW_OPTIONAL, HF_FACT_FULL, NULL, hf_recv_certificate_request12,
     NULL},
    {HF_SERVER_HELLO_DONE, S, 0, HF_FACT_FULL, NULL, hf_recv_empty, NULL},
    {HF_CERTIFICATE, C, HF_ROW_STREAM, HF_FACT_CLIENT_AUTH, NULL, NULL, NULL},
    {HF_CLIENT_KEY_EXCHANGE, C, 0, HF_FACT_FULL, hf_send_client_key_exchange, NULL,
     hf_after_client_key_exchange},
    {HF_CERTIFICATE_VERIFY, C, 0, HF_FACT_CLIENT_AUTH | HF_FACT_CLIENT_CERT,
     hf_send_certificate_verify, NULL, NULL},
    {HF_CCS, C, HF_ROW_FLUSH, 0, hf_send_ccs12, NULL, hf_after_our_ccs12},
    {HF_FINISHED, C, HF_ROW_FLUSH, 0, hf_send_finished12, NULL, NULL},
    {HF_CCS, S, 0, 0, NULL, hf_recv_ccs12, hf_after_peer_ccs12},
    {HF_FINISHED, S, 0, 0, NULL, hf_recv_finished12, hf_after_finished12},
};

/* RFC 8446 4.6: tickets and key updates; TLS 1.2: HelloRequest, which is refused politely. */
static const hf_row LATER13[] = {
    {HF_NEW_SESSION_TICKET, S, HF_ROW_STREAM, 0, NULL, hf_recv_ticket, NULL},
    {HF_KEY_UPDATE, S, 0, 0, NULL, hf_recv_key_update, NULL},
};
static const hf_row LATER12[] = {
    {HF_HELLO_REQUEST, S, 0, 0, NULL, hf_recv_hello_request, NULL},
};

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
    return index < COUNT(FLOW12) ? &FLOW12[index] : NULL;
}

const hf_row *hf_flow_later(uint16_t version, unsigned index)
{
    if (version == HF_TLS13) {
        return index < COUNT(LATER13) ? &LATER13[index] : NULL;
    }
    return index < COUNT(LATER12) ? &LATER12[index] : NULL;
}
