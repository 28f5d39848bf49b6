/* A certificate in words, and what its bytes are spent on. Values of extensions are libcrypto's
 * words; whether a handshake takes its key and its signature says the library's own parser. */
#include "identity_show.h"

#include "chain.h"
#include "when.h"

#include <handfast/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define VALUE_MAX 600 /* bytes of an extension's value that are printed */

static const char *extension_name(X509_EXTENSION *extension, char text[80])
{
    ASN1_OBJECT *kind = X509_EXTENSION_get_object(extension);
    OBJ_obj2txt(text, 80, kind, 0);
    return strncmp(text, "X509v3 ", 7) == 0 ? text + 7 : text;
}

static void show_extension(X509_EXTENSION *extension)
{
    char name[80];
    char *value = NULL;
    BIO *words = BIO_new(BIO_s_mem());
    printf("  %-16s %s%s: ", "extension", extension_name(extension, name),
           X509_EXTENSION_get_critical(extension) != 0 ? " (critical)" : "");
    if (words == NULL || X509V3_EXT_print(words, extension, X509V3_EXT_DEFAULT, 0) != 1) {
        printf("%d bytes that are not looked into",
               ASN1_STRING_length(X509_EXTENSION_get_data(extension)));
    } else {
        size_t len = (size_t)BIO_get_mem_data(words, &value);
        identity_show_printable(value, len < VALUE_MAX ? len : VALUE_MAX);
        (void)fputs(len > VALUE_MAX ? " ..." : "", stdout);
    }
    puts("");
    BIO_free(words);
}

void identity_show_extensions(const STACK_OF(X509_EXTENSION) * extensions)
{
    for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++) {
        show_extension(sk_X509_EXTENSION_value(extensions, i));
    }
}

static size_t show_size(int bytes, const char *what, const char *name)
{
    size_t size = bytes > 0 ? (size_t)bytes : 0;
    printf("    %6zu  %s%s\n", size, what, name);
    return size;
}

static void show_sizes(const identity_item *item)
{
    X509 *certificate = item->certificate;
    const ASN1_BIT_STRING *signature = NULL;
    char name[80];
    X509_get0_signature(&signature, NULL, certificate);
    printf("  %-16s %zu bytes, of which\n", "size (DER)", item->len);
    size_t sum = show_size(i2d_X509_NAME(X509_get_issuer_name(certificate), NULL), "issuer", "");
    sum += show_size(i2d_X509_NAME(X509_get_subject_name(certificate), NULL), "subject", "");
    sum += show_size(i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), NULL), "public key", "");
    for (int i = 0; i < X509_get_ext_count(certificate); i++) {
        X509_EXTENSION *extension = X509_get_ext(certificate, i);
        sum += show_size(i2d_X509_EXTENSION(extension, NULL), "extension ",
                         extension_name(extension, name));
    }
    sum += show_size(i2d_ASN1_BIT_STRING(signature, NULL), "signature", "");
    show_size((int)(item->len - sum), "the rest: version, serial, dates, algorithms, lengths", "");
}

static int64_t seconds_of(const ASN1_TIME *date)
{
    struct tm parts;
    return ASN1_TIME_to_tm(date, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

static void show_serial(X509 *certificate)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    identity_show_octets("serial", ASN1_STRING_get0_data(serial),
                         (size_t)ASN1_STRING_length(serial));
}

static void show_algorithms(const identity_item *item, const hf_certificate *parsed)
{
    char text[80];
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *kind = NULL;
    X509_get0_signature(NULL, &algorithm, item->certificate);
    X509_ALGOR_get0(&kind, NULL, NULL, algorithm);
    OBJ_obj2txt(text, sizeof text, kind, 0);
    printf("  %-16s ", "key");
    identity_show_key(X509_get0_pubkey(item->certificate));
    puts(parsed != NULL && parsed->key.kind == HF_KEY_NONE ? " (handshakes do not take it)" : "");
    printf("  %-16s %s%s\n", "signed with", text,
           parsed != NULL && parsed->signature_kind == HF_SIGNATURE_NONE
               ? " (too weak or not known: good in an anchor only)"
               : "");
}

void identity_show_certificate(const identity_item *item, int64_t now)
{
    X509 *certificate = item->certificate;
    hf_certificate parsed;
    uint32_t offset = 0;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    hf_code code = hf_x509_parse(&parsed, (hf_span){item->der, item->len}, &offset);
    if (code != HF_OK) {
        printf("  %-16s %s (%s, offset %u)\n", "unacceptable", hf_error_what(code),
               hf_error_name(code), (unsigned)offset);
    }
    identity_show_name("subject", X509_get_subject_name(certificate));
    identity_show_name("issuer", X509_get_issuer_name(certificate));
    show_serial(certificate);
    printf("  %-16s ", "valid");
    cli_chain_dates(stdout, seconds_of(X509_get0_notBefore(certificate)),
                    seconds_of(X509_get0_notAfter(certificate)), now);
    show_algorithms(item, code == HF_OK ? &parsed : NULL);
    identity_show_extensions(X509_get0_extensions(certificate));
    if (EVP_Digest(item->der, item->len, digest, &len, EVP_sha256(), NULL) == 1) {
        identity_show_octets("SHA-256", digest, len);
    }
    identity_show_spki(X509_get0_pubkey(certificate));
    show_sizes(item);
}
