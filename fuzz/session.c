/* Fuzz target: what comes out of flash, out of a store and back from a client: sessions and
 * tickets.
 *
 * Input: which of them, then the bytes. What must hold: nothing is read outside of them; what is
 * accepted can be written and read again; no ticket opens that was not sealed with the key.
 */
#include "fuzz.h"

#include "tls/keys/session.h"

#include "crypto/crypto.h"

static void read_session(hf_span blob)
{
    hf_session_view view;
    hf_session_head head;
    uint8_t *copy = malloc(blob.len + 1);
    REQUIRE(copy != NULL);
    if (hf_session_look(blob, &view)) {
        size_t size = hf_session_head_size(view.suite);
        REQUIRE(size <= HF_SESSION_HEAD && size + view.ticket.len == blob.len);
        hf_session_read(&view, &head);
        memcpy(copy, blob.ptr, blob.len);
        hf_session_write(copy, &head);
        REQUIRE(hf_session_look((hf_span){copy, blob.len}, &view) && hf_session_is_whole(&view));
    }
    free(copy);
}

static void read_ticket(hf_span ticket, const hf_crypto *crypto, uint16_t id)
{
    static const hf_ticket_key KEY = {.secret = {1}};
    static const uint8_t CONTEXT[32];
    const hf_suite *suite = hf_suite_find(id);
    hf_session_state state;
    if (hf_ticket_key_id(ticket, suite) != NULL) {
        REQUIRE(!hf_ticket_open(&KEY, crypto, CONTEXT, suite, ticket, &state));
    }
    (void)hf_stored_read(ticket, CONTEXT, suite, &state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static hf_crypto crypto;
    static bool ready;
    hf_span input = {data, len};
    uint8_t kind = take_byte(&input);
    hf_span bytes = take_bytes(&input, input.len);
    if (!ready) {
        REQUIRE(hf_crypto_init(&crypto, (hf_random_source){0}) == HF_OK);
        ready = true;
    }
    if ((kind & 3) < 2) {
        read_ticket(bytes, &crypto, (kind & 1) == 0 ? 0x1301 : 0xc02b);
    } else {
        read_session(bytes);
    }
    give_back(bytes);
    return 0;
}
