/* What `handfast listen --help` says. */
#include "listen_options.h"

#include <stdio.h>

static const char HELP[] =
    "usage: handfast listen [ADDR:]PORT --cert FILE --key FILE [OPTION...]\n"
    "\n"
    "A TLS server: sends back what it gets, or shows in a browser what was agreed (--www), or\n"
    "ends TLS in front of a broker (--forward). Without an address it listens on all interfaces,\n"
    "IPv4 and IPv6; port 0 is any free one. Prints \"listening on ADDR:PORT\" when it is ready, "
    "and\n"
    "one line for each event on standard error. SIGTERM ends it in order, SIGHUP reads the\n"
    "registry again.\n"
    "\n"
    "  --cert FILE          the server's certificate and what stands between it and the root\n"
    "  --key FILE           its private key; --cert and --key may be given again, in pairs, for\n"
    "                       other names and kinds of key\n"
    "  --key-password-file FILE\n"
    "                       the password of encrypted keys\n"
    "  --staple FILE        an OCSP response (DER) for the --cert before it\n"
    "  --client-ca FILE     a CA of clients' certificates; may be given again\n"
    "  --require            refuse clients without a certificate (the default with --client-ca)\n"
    "  --request            ask for a certificate, and do without; one that is shown must be "
    "right\n"
    "  --send-authorities   name the client CAs when asking\n"
    "  --registry FILE      let in only certificates that are ACTIVE in this file: a line for "
    "each\n"
    "                       has SHA-256, thing name and state (ACTIVE, INACTIVE, REVOKED,\n"
    "                       PENDING_ACTIVATION); read again when it changes\n"
    "  --www                answer GET and HEAD with a page about the connection\n"
    "  --forward HOST:PORT|unix:PATH\n"
    "                       pass the plain bytes there, and the answers back\n"
    "  --tls 1.2|1.3        only this version (default: both)\n"
    "  --alpn NAME[,NAME]   application protocols, best first (default: none; http/1.1 with "
    "--www)\n"
    "  --any-name           serve clients that ask for a name which no certificate is for\n"
    "  --handshake-timeout SECONDS\n"
    "                       (default 10)\n"
    "  --idle-timeout SECONDS\n"
    "                       end connections on which nothing moves (default: none); with --www\n"
    "                       those that take longer than that for everything (30)\n"
    "  --grace SECONDS      how long connections may take to end after SIGTERM (default 5)\n"
    "  --max-connections N  at once; more wait in the system's queue (default: what the limit of\n"
    "                       open files allows)\n"
    "  --count N            end after N connections\n"
    "  --quiet              log refusals and failures only\n"
    "  --help               this text\n"
    "\n"
    "examples:\n"
    "  handfast listen 8443 --cert server.chain.pem --key server.key --www\n"
    "  handfast listen 8883 --cert server.chain.pem --key server.key \\\n"
    "      --client-ca ca.pem --registry devices.txt --forward 127.0.0.1:1883\n";

void listen_help_print(void)
{
    (void)fputs(HELP, stdout);
}
