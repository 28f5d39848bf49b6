/* What the extensions of a ClientHello ask of each other, and what each version needs: the form,
 * for a server, before anything is decided (step_accept.c).
 */
#include "tls/handshake.h"

#include <string.h>

hf_code hf_extension_missing(hf_handshake *hs, uint16_t type)
{
    hs->detail = type;
    return HF_E_EXTENSION_MISSING;
}

/* RFC 8446 4.2.9, 4.2.11; whether one of them is taken is seen later (step_psk.c). */
static hf_code check_psk(hf_handshake *hs, const hf_client_hello *hello)
{
    if (!hf_client_hello_has(hello, HF_EXT_BIT(PRE_SHARED_KEY))) {
        return HF_OK;
    }
    if (hello->last != HF_EXT_PRE_SHARED_KEY) {
        return HF_E_EXTENSION_ORDER;
    }
    if (!hf_client_hello_has(hello, HF_EXT_BIT(PSK_KEY_EXCHANGE_MODES))) {
        return hf_extension_missing(hs, HF_EXT_PSK_KEY_EXCHANGE_MODES);
    }
    return hello->psk_even ? HF_OK : HF_E_PSK_OFFER;
}

/* RFC 8446 9.2: signature_algorithms may be left out with a PSK, groups and shares with psk_ke. */
hf_code hf_check_hello_needs(hf_handshake *hs, const hf_client_hello *hello, bool psk, bool alone)
{
    const uint16_t needed[] = {HF_EXT_SIGNATURE_ALGORITHMS, HF_EXT_SUPPORTED_GROUPS,
                               HF_EXT_KEY_SHARE};
    const bool may_lack[] = {psk, alone, alone};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (!may_lack[i] && !hf_client_hello_has(hello, hf_extension_bit(needed[i]))) {
            return hf_extension_missing(hs, needed[i]);
        }
    }
    bool groups = hf_client_hello_has(hello, HF_EXT_BIT(SUPPORTED_GROUPS));
    bool shares = hf_client_hello_has(hello, HF_EXT_BIT(KEY_SHARE));
    if (groups != shares) {
        return hf_extension_missing(hs, groups ? HF_EXT_KEY_SHARE : HF_EXT_SUPPORTED_GROUPS);
    }
    return HF_OK;
}

static hf_code check_form13(hf_handshake *hs, const hf_client_hello *hello)
{
    bool psk = hf_client_hello_has(hello, HF_EXT_BIT(PRE_SHARED_KEY));
    hf_code code = hf_check_hello_needs(hs, hello, psk, psk);
    if (code != HF_OK) {
        return code;
    }
    bool null_alone = hello->compressions.len == 1 && hello->compressions.ptr[0] == 0;
    return null_alone ? check_psk(hs, hello) : HF_E_COMPRESSION; /* RFC 8446 4.1.2 */
}

static hf_code check_form12(hf_handshake *hs, const hf_client_hello *hello)
{
    bool null = memchr(hello->compressions.ptr, 0, hello->compressions.len) != NULL;
    if (!null) {
        return HF_E_COMPRESSION;
    }
    if (hello->bad_point_formats) { /* RFC 8422 5.1.2 */
        return HF_E_POINT_FORMAT;
    }
    hs->extended_master = hf_client_hello_has(hello, HF_EXT_BIT(EXTENDED_MASTER_SECRET));
    if (!hs->extended_master && hs->config->require_extended_master_secret) {
        return HF_E_NO_EXTENDED_MASTER_SECRET;
    }
    return hello->renegotiated.len == 0 ? HF_OK : HF_E_RENEGOTIATION_INFO; /* RFC 5746 3.6 */
}

hf_code hf_check_hello_form(hf_handshake *hs, const hf_client_hello *hello)
{
    return hs->version == HF_TLS13 ? check_form13(hs, hello) : check_form12(hs, hello);
}
