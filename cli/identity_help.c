/* The help of handfast identity, one text for each role. */
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
    puts("usage: handfast identity ca|server|device [OPTION...]\n"
         "\n"
         "Makes small X.509 certificates and keys for tests, in the form that the IoT profile of\n"
         "TLS 1.3 gives devices. Keys stay unencrypted in files that only their owner can read.\n"
         "\n"
         "  ca       a root, or a CA below one       handfast identity ca --help\n"
         "  server   for a broker                    handfast identity server --help\n"
         "  device   for a device                    handfast identity device --help\n"
         "\n"
         "example:\n"
         "  handfast identity ca --out ca\n"
         "  handfast identity server --ca ca --name broker.example --out server\n"
         "  handfast identity device --ca ca --id thing-0001 --out device");
}
