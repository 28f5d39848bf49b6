/* Whose status is asked: the subject of an OCSP check (see ocsp.h) out of certificates, anchors and
 * a verified path. */
#include "x509/ocsp.h"
#include "x509/whole_steps.h"

/* RFC 6960 4.1.1: the issuer's name as the certificate in question spells it. */
static hf_ocsp_subject subject_of(const hf_certificate *leaf, const hf_public_key *key)
{
    return (hf_ocsp_subject){
        .serial = leaf->serial, .issuer_name = leaf->issuer, .issuer_key = *key};
}

hf_ocsp_subject hf_ocsp_subject_of_certificate(const hf_certificate *leaf,
                                               const hf_certificate *issuer)
{
    return subject_of(leaf, &issuer->key);
}

hf_ocsp_subject hf_ocsp_subject_of_anchor(const hf_certificate *leaf, const hf_anchor *anchor)
{
    return subject_of(leaf, &anchor->key);
}

bool hf_ocsp_subject_of_whole(hf_ocsp_subject *subject, const hf_whole *whole)
{
    hf_certificate leaf;
    hf_certificate issuer;
    hf_anchor anchor;
    if (whole->state != HF_WHOLE_TRUSTED || whole->path_len == 0 ||
        hf_x509_parse(&leaf, whole->certificates[0], NULL) != HF_OK) {
        return false;
    }
    if (whole->path_len > 1) {
        if (hf_x509_parse(&issuer, whole->certificates[whole->path[1]], NULL) != HF_OK) {
            return false;
        }
        *subject = hf_ocsp_subject_of_certificate(&leaf, &issuer);
        return true;
    }
    /* The anchor that the walk ended at: next_anchor stands one behind it. */
    if (whole->next_anchor[0] == 0 ||
        !hf_whole_anchor(whole, &whole->entries[0], (size_t)whole->next_anchor[0] - 1, &anchor)) {
        return false;
    }
    *subject = hf_ocsp_subject_of_anchor(&leaf, &anchor);
    return true;
}
