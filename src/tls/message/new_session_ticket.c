/* NewSessionTicket, the writer (RFC 8446 4.6.1, RFC 5077 3.3). */
#include "tls/message/message.h"

void hf_new_session_ticket_write(hf_writer *w, const hf_new_session_ticket_out *ticket)
{
    hf_write_u8(w, HF_NEW_SESSION_TICKET);
    size_t message = hf_write_open(w, 3);
    hf_write_u32(w, ticket->lifetime);
    if (ticket->version == HF_TLS13) {
        hf_write_u32(w, ticket->age_add);
        hf_write_vec(w, 1, ticket->nonce);
    }
    hf_write_vec(w, 2, ticket->ticket);
    if (ticket->version == HF_TLS13) {
        hf_write_u16(w, 0); /* no extensions: early data are not taken */
    }
    hf_write_close(w, message, 3);
}
