/* External PSKs: bounds, the importer of RFC 9258, and a server's search. See psk.h.
 *
 * The RFC lets one key be imported for several hashes. Here a key has one hash, which is that of
 * its import and of the suites that go with it, so an identity says all there is to know.
 */
#include "tls/keys/psk.h"

#include "crypto/crypto.h"
#include "wire/reader.h"
#include "wire/secret.h"

#include <handfast/config.h>

#include <string.h>

/* TLS KDF identifiers (RFC 9258 4.1, IANA). */
#define HKDF_SHA256 0x0001u
#define HKDF_SHA384 0x0002u

/* ---- bounds */

static bool known_hash(uint8_t hash)
{
    return hash == HF_HASH_NONE || hash == HF_SHA256 || hash == HF_SHA384;
}

/* The entropy of a key cannot be seen, but what is certainly too little can (RFC 9257 4.2). Looks
 * at all bytes, whatever they are. */
static size_t different_bytes(hf_span key)
{
    size_t count = 0;
    for (size_t i = 0; i < key.len; i++) {
        unsigned seen = 0;
        for (size_t k = 0; k < i; k++) {
            unsigned difference = (unsigned)(key.ptr[i] ^ key.ptr[k]);
            seen |= (difference - 1U) >> 31; /* 1 when it is zero */
        }
        count += 1U - seen;
    }
    return count;
}

hf_code hf_psk_check(const hf_psk *psk)
{
    bool form = psk->identity.len >= 1 && psk->identity.len <= HF_PSK_IDENTITY_MAX &&
                psk->context.len <= (psk->plain ? 0 : HF_PSK_CONTEXT_MAX) &&
                psk->key.len <= HF_PSK_KEY_MAX && known_hash(psk->hash);
    if (!form) {
        return HF_E_PSK_FORM;
    }
    if (psk->version != 0 && psk->version != HF_TLS13) {
        return HF_E_PSK_VERSION;
    }
    bool weak = psk->key.len < HF_PSK_KEY_MIN || different_bytes(psk->key) < HF_PSK_KEY_VALUES;
    return weak ? HF_E_PSK_WEAK : HF_OK;
}

hf_hash_id hf_psk_hash(const hf_psk *psk)
{
    return psk->hash == HF_SHA384 ? HF_SHA384 : HF_SHA256;
}

hf_psk_kind hf_psk_binder_kind(const hf_psk *psk)
{
    return psk->plain ? HF_PSK_EXTERNAL : HF_PSK_IMPORTED;
}

/* ---- ImportedIdentity */

static uint16_t target_kdf(const hf_psk *psk)
{
    return hf_psk_hash(psk) == HF_SHA384 ? HKDF_SHA384 : HKDF_SHA256;
}

bool hf_imported_identity_parse(hf_span bytes, hf_imported_identity *identity)
{
    hf_reader r = hf_read_span_of(bytes);
    identity->external = hf_read_vec(&r, 2, 1, 0xffff);
    identity->context = hf_read_vec(&r, 2, 0, 0xffff);
    identity->protocol = hf_read_u16(&r);
    identity->kdf = hf_read_u16(&r);
    return hf_read_done(&r);
}

void hf_psk_identity_write(hf_writer *w, const hf_psk *psk)
{
    if (psk->plain) {
        hf_write_bytes(w, psk->identity.ptr, psk->identity.len);
        return;
    }
    hf_write_vec(w, 2, psk->identity);
    hf_write_vec(w, 2, psk->context);
    hf_write_u16(w, HF_TLS13);
    hf_write_u16(w, (uint16_t)target_kdf(psk));
}

/* ---- keys */

static void add_vec(hf_hash *hash, hf_span bytes)
{
    const uint8_t len[] = {(uint8_t)(bytes.len >> 8), (uint8_t)bytes.len};
    hf_hash_add(hash, len, sizeof len);
    hf_hash_add(hash, bytes.ptr, bytes.len);
}

/* ipskx (RFC 9258 4.1), as long as the hash. ImportedIdentity is hashed in parts: no memory for all
 * of it on a small stack. */
static void import(const hf_psk *psk, uint8_t ipskx[HF_HASH_MAX])
{
    uint8_t epskx[HF_HASH_MAX];
    uint8_t value[HF_HASH_MAX];
    hf_hash running;
    const hf_hash_id hash = hf_psk_hash(psk);
    const size_t size = hf_hash_size(hash);
    const uint8_t targets[] = {HF_TLS13 >> 8, HF_TLS13 & 0xff, 0, (uint8_t)target_kdf(psk)};
    hf_hash_start(&running, hash);
    add_vec(&running, psk->identity);
    add_vec(&running, psk->context);
    hf_hash_add(&running, targets, sizeof targets);
    hf_hash_final(&running, value);
    hf_hkdf_extract(hash, (hf_span){NULL, 0}, psk->key, epskx);
    hf_expand_label(hash, epskx, "derived psk", (hf_span){value, size}, ipskx, size);
    hf_wipe(epskx, sizeof epskx);
}

void hf_early_from_external(const hf_psk *psk, hf_early_secret *early)
{
    const hf_hash_id hash = hf_psk_hash(psk);
    uint8_t ipskx[HF_HASH_MAX];
    if (psk->plain) { /* of any length: RFC 8446 7.1 extracts from it */
        hf_hkdf_extract(hash, (hf_span){NULL, 0}, psk->key, early->bytes);
        return;
    }
    import(psk, ipskx);
    hf_early_from_psk(hash, ipskx, early);
    hf_wipe(ipskx, sizeof ipskx);
}

/* ---- a server's search */

static bool same(hf_span a, hf_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* A source need not say again what it was asked. */
static bool has_identity(hf_psk *psk, hf_span identity)
{
    psk->identity = psk->identity.len == 0 ? identity : psk->identity;
    return same(psk->identity, identity);
}

static bool find_usable(const hf_psk_source *source, hf_span identity, hf_psk *psk)
{
    memset(psk, 0, sizeof *psk);
    return identity.len >= 1 && identity.len <= HF_PSK_IDENTITY_MAX &&
           source->find(source->ctx, identity, psk) && has_identity(psk, identity) &&
           hf_psk_check(psk) == HF_OK;
}

bool hf_psk_find(const hf_psk_source *source, hf_span identity, hf_psk *psk)
{
    hf_imported_identity imported;
    if (source->find == NULL) {
        return false;
    }
    bool found = hf_imported_identity_parse(identity, &imported) && imported.protocol == HF_TLS13 &&
                 find_usable(source, imported.external, psk) && !psk->plain &&
                 imported.kdf == target_kdf(psk) && same(imported.context, psk->context);
    return found || (find_usable(source, identity, psk) && psk->plain);
}

/* All are looked at: the time does not tell which it was. */
bool hf_psk_list_find(void *list, hf_span identity, hf_psk *psk)
{
    const hf_psk_list *all = list;
    const hf_psk *found = NULL;
    for (size_t i = 0; i < all->count; i++) {
        found = same(all->psks[i].identity, identity) ? &all->psks[i] : found;
    }
    if (found != NULL) {
        *psk = *found;
    }
    return found != NULL;
}
