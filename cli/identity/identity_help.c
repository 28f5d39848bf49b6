/* The help of handfast identity, one text for each thing to do. */
#include "identity.h"

#include <stdio.h>

static const char COMMON_HELP[] =
    "  --out DIR            folder to write to (default: this one)\n"
    "  --not-before TIME    RFC 3339, like 2027-01-31T12:00:00Z (default: five minutes ago)\n"
    "  --not-after TIME     the last second, or \"never\"; a past one makes it expired\n"
    "  --key KIND           p256 (default), p384 or rsa2048\n"
    "  --der                also write certificate and key as DER\n"
    "  --force              replace files that exist\n";

static const char CA_HELP[] =
    "handfast identity ca: make a CA for tests: a root, or one below another\n"
    "\n"
    "  --name TEXT          its common name (default \"Handfast test CA\", or \"... sub CA\")\n"
    "  --org TEXT           its organization (default \"Handfast tests\")\n"
    "  --country XX         its country (default XX, which is nobody's)\n"
    "  --issuer DIR         folder of the CA above it; without: a root\n";
static const char CA_REST[] =
    "\n"
    "Writes ca.pem and ca.key, and for a CA below another ca.chain.pem and root.pem.\n"
    "\n"
    "example: a root, and a CA below it\n"
    "  handfast identity ca --out root --name \"Bench root\"\n"
    "  handfast identity ca --out line --name \"Bench line 1\" --issuer root\n";

static const char SERVER_HELP[] = "handfast identity server: make a server's key and certificate\n"
                                  "\n"
                                  "  --ca DIR             folder of the CA that issues it\n"
                                  "  --name HOST          a host name it has; may be given again\n"
                                  "  --ip ADDRESS         an address it has; may be given again\n";
static const char SERVER_REST[] =
    "\n"
    "Writes HOST.pem, HOST.key and HOST.chain.pem (the certificate and what stands between it\n"
    "and the root: what a server sends).\n"
    "\n"
    "example:\n"
    "  handfast identity server --ca ca --name broker.example --out server\n";

static const char DEVICE_HELP[] =
    "handfast identity device: make a device's key and certificate\n"
    "\n"
    "  --ca DIR             folder of the CA that issues it\n"
    "  --id TEXT            the device's id: its common name, for MQTT its client id too\n"
    "  --serial-number S    the maker's number, as an attribute of its own\n";
static const char DEVICE_REST[] =
    "\n"
    "Writes ID.pem, ID.key and ID.chain.pem (the certificate and what stands between it and the\n"
    "root: what a device sends).\n"
    "\n"
    "examples: a device, and one that has expired\n"
    "  handfast identity device --ca ca --id thing-0001 --out device\n"
    "  handfast identity device --ca ca --id thing-0002 --not-after 2020-01-01T00:00:00Z\n";

void identity_print_help(identity_role role, const char *days)
{
    static const char *const BEGIN[] = {CA_HELP, SERVER_HELP, DEVICE_HELP};
    static const char *const END[] = {CA_REST, SERVER_REST, DEVICE_REST};
    printf("%s  --days N             how long it is valid (default %s)\n%s%s", BEGIN[role], days,
           COMMON_HELP, END[role]);
}

void identity_print_overview(void)
{
    puts("usage: handfast identity ca|server|device|csr [OPTION...]\n"
         "       handfast identity show|verify|convert FILE... [OPTION...]\n"
         "\n"
         "Makes small X.509 certificates and keys for tests, in the form that the IoT profile of\n"
         "TLS 1.3 gives devices. Keys stay unencrypted in files that only their owner can read.\n"
         "Looks at certificates and keys, checks paths, and writes them in other forms.\n"
         "Nothing that exists is overwritten without --force.\n"
         "\n"
         "  ca       a root, or a CA below one       handfast identity ca --help\n"
         "  server   for a broker                    handfast identity server --help\n"
         "  device   for a device                    handfast identity device --help\n"
         "  csr      a request to a CA elsewhere     handfast identity csr --help\n"
         "  show     what is in a file               handfast identity show --help\n"
         "  verify   what a handshake would say      handfast identity verify --help\n"
         "  convert  PEM, DER, PKCS#8, PKCS#12       handfast identity convert --help\n"
         "\n"
         "example:\n"
         "  handfast identity ca --out ca\n"
         "  handfast identity server --ca ca --name broker.example --out server\n"
         "  handfast identity device --ca ca --id thing-0001 --out device\n"
         "  handfast identity show device/thing-0001.pem device/thing-0001.key");
}

void identity_print_show_help(void)
{
    puts("handfast identity show FILE...: what is in it, in words, with its size in bytes by part\n"
         "\n"
         "  --password-file FILE  the password of encrypted keys and of PKCS#12\n"
         "\n"
         "Files are PEM (any number of blocks), DER or PKCS#12: certificates, private and public\n"
         "keys, certificate requests. Of a private key only its kind and the SHA-256 of its\n"
         "public half are shown, and which certificates it belongs to. One in a token or TPM is\n"
         "named by its URI (pkcs11:..., handle:0x81...), and its PIN is the password.\n"
         "\n"
         "example:\n"
         "  handfast identity show server/broker.example.chain.pem server/broker.example.key");
}

void identity_print_verify_help(void)
{
    puts("handfast identity verify LEAF [CHAIN...] --ca FILE: what a handshake would say\n"
         "\n"
         "  --ca FILE            CAs to trust, or \"system\"; may be given again\n"
         "  --name HOST          the server must have this name or address\n"
         "  --time TIME          as of then, like 2027-01-31T12:00:00Z (default: now)\n"
         "  --for ROLE           server (default) or client\n"
         "\n"
         "LEAF and CHAIN are PEM or DER; the first certificate is the leaf, others come in any\n"
         "order. Exit code 0: good; 6: not acceptable; 5: not even well-formed; stderr says why.\n"
         "\n"
         "examples: a server's chain, and a device's at the end of 2030\n"
         "  handfast identity verify server/broker.example.chain.pem --ca root/ca.pem \\\n"
         "      --name broker.example\n"
         "  handfast identity verify device/thing-0001.chain.pem --ca root/ca.pem --for client \\\n"
         "      --time 2030-12-31T00:00:00Z");
}

void identity_print_csr_help(void)
{
    puts("handfast identity csr: a certificate request (PKCS#10) for a CA elsewhere\n"
         "\n"
         "  --id TEXT            of a device: its id, which becomes the common name\n"
         "  --serial-number S    the maker's number, as an attribute of its own\n"
         "  --name HOST          of a server: a host name; may be given again\n"
         "  --ip ADDRESS         of a server: an address; may be given again\n"
         "  --key KIND|FILE|URI  a new key: p256 (default), p384 or rsa2048; or one in a file; or "
         "one\n"
         "                       in a token (pkcs11:...) or TPM (handle:0x81..., TSS2 key file)\n"
         "  --password-file FILE  the password of that file, the PIN of that token\n"
         "  --out DIR            folder to write to (default: this one)\n"
         "  --force              replace files that exist\n"
         "\n"
         "Writes NAME.csr, and NAME.key where the key is new.\n"
         "\n"
         "example:\n"
         "  handfast identity csr --id thing-0001 --out device");
}

void identity_print_convert_help(void)
{
    puts("handfast identity convert FILE... --to FORM --out FILE: the same in another form\n"
         "\n"
         "  --to FORM            pem: everything, keys as PKCS#8; der: one thing; pkcs8: the key\n"
         "                       alone, PEM; p12: a key, its certificate, and those above it\n"
         "  --out FILE           the file to write; one with a private key has mode 0600\n"
         "  --password-file FILE  the password of encrypted keys and of PKCS#12\n"
         "  --new-password-file FILE  encrypt the key with this password (AES-256)\n"
         "  --force              replace the file if it exists\n"
         "\n"
         "example: a server's files as PKCS#12\n"
         "  handfast identity convert broker.key broker.chain.pem --to p12 --out broker.p12 \\\n"
         "      --new-password-file secret.txt");
}
