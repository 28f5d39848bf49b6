/* Object identifiers of certificates and their names (RFC 5280, RFC 8017, RFC 5480, RFC 8410). See
 * dissect_oid.h.
 */
#include "trace/dissect_oid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *dotted;
    const char *name;
} OIDS[] = {
    /* keys and curves */
    {"1.2.840.113549.1.1.1", "rsaEncryption"},
    {"1.2.840.10045.2.1", "id-ecPublicKey"},
    {"1.2.840.10045.3.1.7", "P-256"},
    {"1.3.132.0.34", "P-384"},
    {"1.3.132.0.35", "P-521"},
    {"1.3.132.0.10", "secp256k1"},
    {"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"},
    {"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"},
    {"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"},
    {"1.3.101.110", "X25519"},
    {"1.3.101.111", "X448"},
    {"1.3.101.112", "Ed25519"},
    {"1.3.101.113", "Ed448"},
    {"1.2.840.10040.4.1", "DSA"},
    {"2.16.840.1.101.3.4.3.17", "ML-DSA-44"},
    {"2.16.840.1.101.3.4.3.18", "ML-DSA-65"},
    {"2.16.840.1.101.3.4.3.19", "ML-DSA-87"},
    /* signatures */
    {"1.2.840.113549.1.1.4", "md5WithRSAEncryption"},
    {"1.2.840.113549.1.1.5", "sha1WithRSAEncryption"},
    {"1.2.840.113549.1.1.10", "RSASSA-PSS"},
    {"1.2.840.113549.1.1.11", "sha256WithRSAEncryption"},
    {"1.2.840.113549.1.1.12", "sha384WithRSAEncryption"},
    {"1.2.840.113549.1.1.13", "sha512WithRSAEncryption"},
    {"1.2.840.113549.1.1.14", "sha224WithRSAEncryption"},
    {"1.2.840.10045.4.1", "ecdsa-with-SHA1"},
    {"1.2.840.10045.4.3.1", "ecdsa-with-SHA224"},
    {"1.2.840.10045.4.3.2", "ecdsa-with-SHA256"},
    {"1.2.840.10045.4.3.3", "ecdsa-with-SHA384"},
    {"1.2.840.10045.4.3.4", "ecdsa-with-SHA512"},
    /* extensions of certificates */
    {"2.5.29.9", "subjectDirectoryAttributes"},
    {"2.5.29.14", "subjectKeyIdentifier"},
    {"2.5.29.15", "keyUsage"},
    {"2.5.29.16", "privateKeyUsagePeriod"},
    {"2.5.29.17", "subjectAltName"},
    {"2.5.29.18", "issuerAltName"},
    {"2.5.29.19", "basicConstraints"},
    {"2.5.29.30", "nameConstraints"},
    {"2.5.29.31", "cRLDistributionPoints"},
    {"2.5.29.32", "certificatePolicies"},
    {"2.5.29.33", "policyMappings"},
    {"2.5.29.35", "authorityKeyIdentifier"},
    {"2.5.29.36", "policyConstraints"},
    {"2.5.29.37", "extKeyUsage"},
    {"2.5.29.46", "freshestCRL"},
    {"2.5.29.54", "inhibitAnyPolicy"},
    {"1.3.6.1.5.5.7.1.1", "authorityInfoAccess"},
    {"1.3.6.1.5.5.7.1.11", "subjectInfoAccess"},
    {"1.3.6.1.5.5.7.1.24", "tlsFeature"},
    {"1.3.6.1.4.1.11129.2.4.2", "signedCertificateTimestampList"},
    {"1.3.6.1.4.1.11129.2.4.3", "precertificatePoison"},
    {"2.16.840.1.113730.1.1", "netscapeCertType"},
    {"2.16.840.1.113730.1.13", "netscapeComment"},
    /* purposes */
    {"2.5.29.37.0", "anyExtendedKeyUsage"},
    {"1.3.6.1.5.5.7.3.1", "serverAuth"},
    {"1.3.6.1.5.5.7.3.2", "clientAuth"},
    {"1.3.6.1.5.5.7.3.3", "codeSigning"},
    {"1.3.6.1.5.5.7.3.4", "emailProtection"},
    {"1.3.6.1.5.5.7.3.8", "timeStamping"},
    {"1.3.6.1.5.5.7.3.9", "OCSPSigning"},
    {"1.3.6.1.5.5.7.3.17", "ipsecIKE"},
    {"1.3.6.1.4.1.311.20.2.2", "smartcardLogon"},
    /* OCSP */
    {"1.3.6.1.5.5.7.48.1.1", "basic OCSP response"},
};

/* X.690 8.19: base 128, seven bits in a byte; the first number holds two arcs. */
void hf_oid_text(hf_span oid, char text[HF_OID_TEXT])
{
    size_t used = 0;
    uint64_t arc = 0;
    text[0] = 0;
    for (size_t i = 0; i < oid.len && used < HF_OID_TEXT - 24; i++) {
        arc = (arc & (UINT64_MAX >> 8)) << 7 | (oid.ptr[i] & 0x7fu);
        if ((oid.ptr[i] & 0x80u) != 0) {
            continue;
        }
        int len = 0;
        if (used == 0) {
            uint64_t first = arc < 80 ? arc / 40 : 2;
            len = snprintf(text, HF_OID_TEXT, "%" PRIu64 ".%" PRIu64, first, arc - first * 40);
        } else {
            len = snprintf(text + used, HF_OID_TEXT - used, ".%" PRIu64, arc);
        }
        used += len > 0 ? (size_t)len : 0;
        arc = 0;
    }
}

const char *hf_oid_name(hf_span oid)
{
    char text[HF_OID_TEXT];
    hf_oid_text(oid, text);
    for (size_t i = 0; i < sizeof OIDS / sizeof OIDS[0]; i++) {
        if (strcmp(OIDS[i].dotted, text) == 0) {
            return OIDS[i].name;
        }
    }
    return NULL;
}

void hf_fields_say_oid(hf_fields *f, hf_span oid)
{
    char text[HF_OID_TEXT];
    const char *name = hf_oid_name(oid);
    hf_oid_text(oid, text);
    hf_fields_say(f, "%s", name != NULL ? name : text);
}
