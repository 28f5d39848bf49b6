/* What the guest reads and checks in the server's messages. See guest.h. */
#include "puppet/guest_inside.h"

#include <string.h>

static const uint8_t RETRY_RANDOM[32] = {
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

bool guest_is_retry(const uint8_t *message, size_t len)
{
    return len >= 4 + 2 + 32 && message[0] == M_SERVER_HELLO &&
           memcmp(message + 6, RETRY_RANDOM, 32) == 0;
}

static void wrong_if(guest *g, bool wrong, const char *what)
{
    if (wrong) {
        puppet_fault(&g->p, what);
    }
}

/* ---- ServerHello and HelloRetryRequest */

static guest_sentinel sentinel_of(const uint8_t random[32])
{
    if (memcmp(random + 24, "DOWNGRD", 7) != 0 || random[31] > 1) {
        return GUEST_NO_SENTINEL;
    }
    return random[31] == 0 ? GUEST_SENTINEL_11 : GUEST_SENTINEL_12;
}

static bool selects13(reading block)
{
    while (!block.bad && block.left > 0) {
        if (read_number(&block, 2) == X_SUPPORTED_VERSIONS) {
            return true;
        }
        (void)read_vector(&block, 2);
    }
    return false;
}

/* RFC 8446 4.2.1: with supported_versions, only what stands there. */
static bool version_offered(const guest *g, uint16_t version)
{
    reading list;
    if (!guest_extension_said(g, X_SUPPORTED_VERSIONS, &list)) {
        return version == HF_TLS12;
    }
    (void)read_number(&list, 1);
    return read_has(list, version);
}

/* RFC 8446 4.1.3, RFC 5246 7.4.1.3: what both forms share, up to the extensions. */
static void hello_front(guest *g, reading *body, reading *block)
{
    puppet *p = &g->p;
    guest_keep(&g->server_hello, body->at, body->left);
    wrong_if(g, read_number(body, 2) != HF_TLS12, "legacy_version is not TLS 1.2");
    hf_span random = read_bytes(body, 32);
    reading id = read_vector(body, 1);
    uint16_t suite = (uint16_t)read_number(body, 2);
    wrong_if(g, read_number(body, 1) != 0, "compression");
    *block = (reading){.at = body->at};
    if (body->left > 0) {
        *block = read_vector(body, 2);
    }
    if (!read_over(body) || block->bad) {
        puppet_fault(p, "ServerHello is broken");
        return;
    }
    memcpy(p->server_random, random.ptr, 32);
    g->sentinel = sentinel_of(random.ptr);
    g->id_len = id.left;
    g->id_echoed = id.left == p->session_id_len &&
                   (id.left == 0 || memcmp(id.at, p->session_id, id.left) == 0);
    wrong_if(g, id.left > sizeof g->server_id, "a session id that is too long");
    memcpy(g->server_id, id.at, id.left <= sizeof g->server_id ? id.left : 0);
    p->version = selects13(*block) ? HF_TLS13 : HF_TLS12;
    wrong_if(g, !version_offered(g, p->version), "a version that was not offered");
    p->chosen = hf_suite_find(suite);
    if (p->chosen == NULL || p->chosen->version != p->version ||
        !read_has(guest_suites_said(g), suite)) {
        puppet_fault(p, "a suite that was not offered or does not fit the version");
    }
    wrong_if(g, g->retry_suite != 0 && g->retry_suite != suite, "another suite after the retry");
}

void guest_retry_in(guest *g, reading *body)
{
    reading block;
    reading shares;
    hello_front(g, body, &block);
    wrong_if(g, g->p.fault == NULL && g->p.version != HF_TLS13, "a retry without version");
    wrong_if(g, !g->id_echoed, "the session id did not come back");
    guest_answers_in(g, IN_RETRY, block);
    wrong_if(g, g->retry_group == 0 && g->cookie_len == 0, "a retry that changes nothing");
    if (g->p.fault != NULL) {
        return;
    }
    g->retry_suite = g->p.chosen->id;
    if (guest_extension_said(g, X_KEY_SHARE, &shares)) {
        guest_keep(&g->first_shares, shares.at, shares.left);
    }
    puppet_fold_hello(&g->p);
    g->retried = true;
}

void guest_server_hello_in(guest *g, reading *body)
{
    reading block;
    hello_front(g, body, &block);
    if (g->p.fault != NULL) {
        return;
    }
    if (g->p.version == HF_TLS13) {
        g->p.group = 0;
        wrong_if(g, !g->id_echoed, "the session id did not come back");
        guest_answers_in(g, IN_HELLO13, block);
        guest_resumed13(g);
        return;
    }
    wrong_if(g, g->retried, "TLS 1.2 after a retry");
    guest_answers_in(g, IN_HELLO12, block);
    g->p.legacy = !g->extended;
    guest_resumed12(g);
}

void guest_encrypted_extensions_in(guest *g, reading *body)
{
    guest_keep(&g->encrypted_extensions, body->at, body->left);
    guest_answers_in(g, IN_ENCRYPTED, read_vector(body, 2));
    wrong_if(g, !read_over(body), "EncryptedExtensions has a rest");
}

/* ---- CertificateRequest */

void guest_request_in(guest *g, reading *body)
{
    g->asked = true;
    guest_keep(&g->request, body->at, body->left);
    if (g->p.version == HF_TLS13) {
        reading context = read_vector(body, 1);
        wrong_if(g, context.left != 0, "the request has a context");
        guest_answers_in(g, IN_REQUEST, read_vector(body, 2));
    } else { /* RFC 5246 7.4.4 */
        reading types = read_vector(body, 1);
        reading schemes = read_vector(body, 2);
        reading authorities = read_vector(body, 2);
        wrong_if(g, types.left == 0, "the request names no certificate type");
        while (schemes.left >= 2 && g->request_schemes_count < GUEST_LIST_MAX) {
            g->request_schemes[g->request_schemes_count++] = (uint16_t)read_number(&schemes, 2);
        }
        wrong_if(g, schemes.left != 0, "the request's schemes are broken");
        guest_keep(&g->authorities_asked, authorities.at, authorities.left);
    }
    wrong_if(g, !read_over(body), "CertificateRequest is broken");
    wrong_if(g, g->request_schemes_count == 0, "the request names no scheme");
}

/* ---- Certificate, CertificateStatus */

static void keep_leaf(guest *g, reading one)
{
    puppet *p = &g->p;
    wrong_if(g, one.left == 0 || one.left > sizeof p->peer_leaf, "a certificate of a wrong size");
    if (p->peer_chain_count == 0 && p->fault == NULL) {
        memcpy(p->peer_leaf, one.at, one.left);
        p->peer_leaf_len = one.left;
    }
    p->peer_chain_count++;
}

static void entry_in(guest *g, reading *list)
{
    bool leaf = g->p.peer_chain_count == 0;
    reading one = read_vector(list, 3);
    reading block = {.at = list->at};
    if (g->p.version == HF_TLS13) {
        block = read_vector(list, 2);
    }
    if (list->bad) {
        puppet_fault(&g->p, "the certificate list is broken");
        return;
    }
    keep_leaf(g, one);
    if (g->p.version == HF_TLS13) {
        if (leaf) {
            guest_keep(&g->entry_extensions, block.at, block.left);
        }
        guest_answers_in(g, IN_ENTRY, block);
    }
}

void guest_certificate_in(guest *g, reading *body)
{
    puppet *p = &g->p;
    if (p->peer_raw && p->version != HF_TLS13) { /* RFC 7250 3: no list */
        keep_leaf(g, read_vector(body, 3));
    } else {
        if (p->version == HF_TLS13) {
            wrong_if(g, read_number(body, 1) != 0, "the server's certificate has a context");
        }
        reading list = read_vector(body, 3);
        while (list.left > 0 && p->fault == NULL) {
            entry_in(g, &list);
        }
    }
    wrong_if(g, !read_over(body), "Certificate is broken");
    wrong_if(g, p->peer_chain_count == 0, "the server has no certificate");
    wrong_if(g, p->peer_raw && p->peer_chain_count > 1, "more than one raw public key");
    wrong_if(g, p->fault == NULL && !puppet_peer_key(p, &g->server_key),
             "the server's key cannot be read");
}

void guest_status_in(guest *g, reading *body) /* RFC 6066 8 */
{
    guest_keep(&g->status, body->at, body->left);
    wrong_if(g, !g->status_promised, "CertificateStatus was not promised");
    wrong_if(g, read_number(body, 1) != 1, "CertificateStatus is not of OCSP");
    reading response = read_vector(body, 3);
    wrong_if(g, response.left == 0 || !read_over(body), "CertificateStatus is broken");
}

/* ---- signatures */

static bool scheme_offered(const guest *g, uint16_t scheme)
{
    reading list;
    return guest_extension_said(g, X_SIGNATURE_ALGORITHMS, &list) &&
           read_number(&list, 2) == list.left && read_has(list, scheme);
}

static void scheme_in(guest *g, reading signature)
{
    g->server_scheme = (uint16_t)read_number(&signature, 2);
    const hf_scheme_info *info = hf_scheme_find(g->server_scheme);
    wrong_if(g, info == NULL || !scheme_offered(g, g->server_scheme),
             "a scheme that was not offered");
    if (info == NULL) {
        return;
    }
    if (g->p.version == HF_TLS13) {
        wrong_if(g, !info->in_handshake13 || info->key != g->server_key.kind,
                 "a scheme that does not fit TLS 1.3 or the key");
        return;
    }
    bool rsa = g->server_key.kind == HF_KEY_RSA;
    wrong_if(g, rsa != (info->key == HF_KEY_RSA), "a scheme that does not fit the key");
    wrong_if(g, (g->p.chosen->key_kinds & (rsa ? HF_SUITE_RSA : HF_SUITE_ECDSA)) == 0,
             "a key that does not fit the suite");
}

void guest_verify_in(guest *g, reading *body)
{
    scheme_in(g, *body);
    wrong_if(g, !puppet_verify_peer(&g->p, read_bytes(body, body->left)),
             "the server's signature is wrong");
}

void guest_key_exchange_in(guest *g, reading *body) /* RFC 8422 5.4 */
{
    reading groups;
    const uint8_t *parameters = body->at;
    wrong_if(g, read_number(body, 1) != 3, "not a named curve");
    g->p.group = (uint16_t)read_number(body, 2);
    reading point = read_vector(body, 1);
    wrong_if(g,
             !guest_extension_said(g, X_SUPPORTED_GROUPS, &groups) ||
                 read_number(&groups, 2) != groups.left || !read_has(groups, g->p.group),
             "a group that was not offered");
    if (body->bad || point.left == 0 || point.left != hf_exchange_point_size(g->p.group)) {
        puppet_fault(&g->p, "ServerKeyExchange is broken");
        return;
    }
    memcpy(g->server_point, point.at, point.left);
    g->server_point_len = point.left;
    const hf_span parts[] = {{g->p.client_random, 32},
                             {g->p.server_random, 32},
                             {parameters, (size_t)(body->at - parameters)}};
    scheme_in(g, *body);
    wrong_if(g, !puppet_verify(&g->p, &g->server_key, read_bytes(body, body->left), parts, 3),
             "the server's signature is wrong");
}
