/* No path leads from the server's certificate to a CA that is trusted: is it a CA that the device
 * does not know, or a certificate that the server left out? Only the missing certificate itself
 * could prove it; where the device's own chain has it, it does, and else the likelier is said first
 * and the other beside it.
 */
#include "doctor_chain.h"

#include "x509/name.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAME_WIDTH 256

/* The common name alone: organisations have many CAs that have nothing to do with each other. */
static void common_name(hf_span name, char text[NAME_WIDTH])
{
    char whole[NAME_WIDTH];
    (void)hf_x509_name_text(name, whole, sizeof whole);
    const char *begin = strstr(whole, "CN=");
    begin = begin == NULL ? whole : begin + 3;
    (void)snprintf(text, NAME_WIDTH, "%.*s", (int)strcspn(begin, ","), begin);
}

/* Two names share a word of four letters or more: "Example Root CA", "Example Line 2". */
static bool share_a_word(hf_span a, hf_span b)
{
    char one[NAME_WIDTH];
    char other[NAME_WIDTH];
    common_name(a, one);
    common_name(b, other);
    for (char *word = strtok(one, " "); word != NULL; word = strtok(NULL, " ")) {
        if (strlen(word) >= 4 && strcasestr(word, "root") == NULL &&
            strcasestr(word, "intermediate") == NULL && strcasestr(other, word) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_kin_of_an_anchor(const doctor *d, hf_span name)
{
    const hf_anchor_list *anchors = &d->setup.config.anchor_list;
    for (size_t i = 0; i < anchors->count; i++) {
        if (share_a_word(anchors->anchors[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* id-pe-authorityInfoAccess (RFC 5280 4.2.2.1): a public CA says where its own certificate is. */
static bool names_its_issuer(const hf_certificate *certificate)
{
    static const uint8_t CA_ISSUERS[] = {0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2};
    return memmem(certificate->der.ptr, certificate->der.len, CA_ISSUERS, sizeof CA_ISSUERS) !=
           NULL;
}

/* The proof, where there is one: the device's own chain has the certificate that is missing. */
static bool ours_completes_it(const doctor *d, const doctor_sent *chain)
{
    const hf_identity *ours = &d->setup.config.identity;
    hf_span list[CLI_CHAIN_MAX + HF_CHAIN_MAX];
    size_t count = chain->count;
    memcpy(list, chain->list, chain->count * sizeof list[0]);
    for (size_t i = 1; i < ours->chain_count; i++) {
        list[count++] = ours->chain[i];
    }
    hf_code code = count > chain->count ? doctor_walk(d, list, count, doctor_any_time(chain)).code
                                        : HF_E_CERT_UNKNOWN_CA;
    return code == HF_OK || doctor_date_error(code);
}

static bool is_root_by_name(hf_span name)
{
    char text[NAME_WIDTH];
    (void)hf_x509_name_text(name, text, sizeof text);
    return strcasestr(text, "root") != NULL;
}

/* Proved by the device's own chain, or likely: a leaf that comes alone was seldom issued by a root.
 */
static bool is_left_out(const doctor *d, const doctor_sent *chain, size_t top)
{
    const hf_certificate *last = &chain->parsed[top];
    if (ours_completes_it(d, chain)) {
        return true;
    }
    return top == 0 && !is_root_by_name(last->issuer) &&
           (names_its_issuer(last) || is_kin_of_an_anchor(d, last->issuer));
}

void doctor_no_path(const doctor *d, const doctor_sent *chain, doctor_result *result)
{
    char name[NAME_WIDTH];
    size_t top = doctor_top(chain);
    const hf_certificate *last = &chain->parsed[top];
    (void)hf_x509_name_text(last->issuer, name, sizeof name);
    if (doctor_self_issued(last) && top == 0) {
        doctor_see(result, "the server's certificate is self-signed, and is none of the trusted");
        doctor_judge(result, DOCTOR_FAULT, CAUSE_SELF_SIGNED, HF_E_CERT_UNKNOWN_CA,
                     "Give the server a certificate of a CA that the device trusts (handfast "
                     "identity server --ca ...); or trust this very certificate (--ca FILE).");
    } else if (!doctor_self_issued(last) && is_left_out(d, chain, top)) {
        doctor_see(result,
                   "the server sends %zu certificate%s and leaves out that of the issuer "
                   "%s, which is not among the trusted CAs",
                   chain->count, chain->count == 1 ? "" : "s", name);
        doctor_judge(result, DOCTOR_FAULT, CAUSE_MISSING_INTERMEDIATE, HF_E_CERT_UNKNOWN_CA,
                     "Put the intermediate certificate %s behind the server's own in its chain "
                     "file. (If the CA in --ca is not that of this server, give the right one.)",
                     name);
    } else {
        doctor_see(result, "the path ends at %s, which is not among the trusted CAs", name);
        doctor_judge(result, DOCTOR_FAULT, CAUSE_UNKNOWN_CA, HF_E_CERT_UNKNOWN_CA,
                     "Give the CA certificate of %s with --ca FILE, or give the server a "
                     "certificate of a CA that the device trusts.%s",
                     name,
                     doctor_self_issued(last) || chain->count > 1
                         ? ""
                         : " (If that is an intermediate, the server must send it.)");
    }
}
