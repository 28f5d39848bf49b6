/* A certificate in one line, or two. See ladder_parts.h. Names are the issuer's to choose: they
 * come escaped from hf_x509_name_text().
 */
#include "trace/address.h"
#include "trace/ladder_parts.h"

#include <handfast/x509.h>
#include <stdio.h>

#define TEXT      4u
#define NAME_TEXT 200u
#define KEY_TEXT  32u

static void key_text(const hf_public_key *key, char text[KEY_TEXT])
{
    switch (key->kind) {
    case HF_KEY_P256:
        (void)snprintf(text, KEY_TEXT, "P-256");
        break;
    case HF_KEY_P384:
        (void)snprintf(text, KEY_TEXT, "P-384");
        break;
    case HF_KEY_RSA:
        (void)snprintf(text, KEY_TEXT, "RSA %zu", key->point.len * 8);
        break;
    default:
        (void)snprintf(text, KEY_TEXT, "unknown key");
        break;
    }
}

void hf_ladder_certificate(hf_ladder *t, unsigned depth, hf_span der)
{
    hf_certificate certificate;
    char subject[NAME_TEXT];
    char issuer[NAME_TEXT];
    char key[KEY_TEXT];
    char from[HF_DAY_TEXT];
    char to[HF_DAY_TEXT];
    if (hf_x509_parse(&certificate, der, NULL) != HF_OK) {
        hf_pen_text(&t->pen, HF_INK_BAD, TEXT, 3, "certificate %u: unreadable, %zu bytes", depth,
                    der.len);
        return;
    }
    (void)hf_x509_name_text(certificate.subject, subject, sizeof subject);
    (void)hf_x509_name_text(certificate.issuer, issuer, sizeof issuer);
    key_text(&certificate.key, key);
    hf_day_text(certificate.not_before, from);
    hf_day_text(certificate.not_after, to);
    hf_pen_text(&t->pen, HF_INK_PLAIN, TEXT, 3,
                "certificate %u: %s, issued by %s; %s, %zu bytes, %s to %s", depth,
                subject[0] == 0 ? "(no subject)" : subject, issuer, key, der.len, from, to);
}
