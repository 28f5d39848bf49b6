/* Fuzz target: what comes from files and command lines: PEM, private keys, whole configurations,
 * and the names of hosts.
 *
 * Input: a byte that chooses, then the text. What must hold: nothing is read outside of it, and a
 * size that an error asks for is enough.
 */
#include "fuzz.h"

#include "x509/host.h"
#include "x509/pem.h"

#include <handfast/config.h>

#define ROOM 8192u

static void pem(hf_span text)
{
    static uint8_t out[ROOM];
    hf_span label;
    hf_span der;
    size_t at = 0;
    hf_code code = HF_OK;
    for (size_t blocks = 0; code == HF_OK; blocks++) {
        size_t before = at;
        REQUIRE(blocks <= text.len);
        code = hf_pem_or_der_next(text, &at, &label, (hf_space){out, sizeof out}, &der);
        require_known(code);
        REQUIRE(at <= text.len && (code != HF_OK || at > before));
        if (code == HF_OK) {
            hf_private_key key;
            uint32_t offset = 0;
            hf_span copy = {der.ptr, der.len};
            copy = take_bytes(&copy, der.len);
            require_known(hf_key_parse(&key, copy, &offset));
            REQUIRE(offset <= copy.len);
            give_back(copy);
        }
    }
}

/* Loads both ways with little memory, then with what the error asked for. */
static void config(hf_span text, bool anchors)
{
    static uint8_t memory[1u << 17];
    size_t cap = 0;
    hf_code code = HF_E_MEMORY_TOO_SMALL;
    for (unsigned rounds = 0; code == HF_E_MEMORY_TOO_SMALL; rounds++) {
        hf_config c;
        REQUIRE(rounds < 4 && cap <= sizeof memory);
        hf_config_init(&c, memory + 1, cap);
        c.insecure_skip_certificate_check = true;
        code = anchors ? hf_config_anchors(&c, text.ptr, text.len)
                       : hf_config_identity(&c, text.ptr, text.len, text.ptr, text.len, NULL);
        require_known(code);
        if (code == HF_OK) {
            require_known(hf_config_build(&c));
        }
        REQUIRE(code != HF_E_MEMORY_TOO_SMALL || c.error.detail > cap);
        cap = c.error.detail;
        hf_config_release(&c);
    }
}

static void host(hf_span text)
{
    char name[300];
    hf_host parsed;
    size_t len = text.len < sizeof name - 1 ? text.len : sizeof name - 1;
    if (len > 0) {
        memcpy(name, text.ptr, len);
    }
    name[len] = 0;
    if (hf_host_parse(&parsed, name) == HF_OK) {
        REQUIRE((parsed.name.len > 0) != (parsed.address_len > 0));
        REQUIRE(parsed.name.len <= HF_HOST_NAME_MAX);
        REQUIRE(parsed.address_len == 0 || parsed.address_len == 4 || parsed.address_len == 16);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    hf_span input = {data, len < 65536 ? len : 65536};
    uint8_t choice = take_byte(&input);
    hf_span text = take_bytes(&input, input.len);
    switch (choice % 4) {
    case 0:
        pem(text);
        break;
    case 1:
        config(text, true);
        break;
    case 2:
        config(text, false);
        break;
    default:
        host(text);
        break;
    }
    give_back(text);
    return 0;
}
