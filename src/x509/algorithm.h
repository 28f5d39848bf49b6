/* AlgorithmIdentifiers: the object identifiers of keys and signatures, and their parameters.
 *
 * Used by certificates and by private keys. Parsers: they name what stands there; an algorithm that
 * is unknown or too weak is no syntax error but NONE, and policy refuses it.
 */
#ifndef HF_X509_ALGORITHM_H
#define HF_X509_ALGORITHM_H

#include "wire/reader.h"

#include <handfast/crypto.h>

/* What the algorithm of a SubjectPublicKeyInfo or PKCS#8 key says, before its bits. */
typedef enum hf_key_algorithm {
    HF_ALGORITHM_UNKNOWN = 0,
    HF_ALGORITHM_RSA,
    HF_ALGORITHM_P256,
    HF_ALGORITHM_P384,
} hf_key_algorithm;

/* Reads one AlgorithmIdentifier of a key (RFC 3279 2.3.1, RFC 5480 2.1). */
hf_key_algorithm hf_algorithm_read_key(hf_reader *r);

/* The content of a namedCurve OBJECT IDENTIFIER. */
hf_key_algorithm hf_algorithm_of_curve(hf_span oid);

/* Reads the content of one AlgorithmIdentifier of a signature (RFC 5758 3.2, RFC 4055 3.1, 5). */
void hf_algorithm_read_signature(hf_reader *r, hf_signature_kind *kind, hf_hash_id *hash);

/* Reads a SubjectPublicKeyInfo (RFC 5280 4.1.2.7); kind NONE when it is none of ours. */
void hf_algorithm_read_spki(hf_reader *r, hf_public_key *key);

/* Reads the AlgorithmIdentifier of the hash in an identifier (OCSP's CertID, RFC 6960 4.1.1): here
 * SHA-1 counts too, because nothing depends on its collisions. HF_HASH_NONE: an unknown one. */
hf_hash_id hf_algorithm_read_identifier_hash(hf_reader *r);

/* A key out of an uncompressed point; left as it is when that is not one of this curve's length. */
void hf_algorithm_point(hf_key_algorithm algorithm, hf_span bits, hf_public_key *key);

/* RSA within HF_RSA_BITS_MIN..MAX, with an odd exponent from 3 to 2^64 - 1; else left as it is. */
void hf_algorithm_rsa(hf_span modulus, hf_span exponent, hf_public_key *key);

#endif
