/* The help of doctor. */
#include "doctor.h"

#include <stdio.h>

cli_exit doctor_print_help(void)
{
    printf(
        "usage: handfast doctor HOST[:PORT] --ca FILE [OPTION...]\n"
        "\n"
        "Tries what a device would meet on its way to a server, step by step, and gives a verdict\n"
        "for each with what to do; the first fault is the cause of the others. Ends with what the\n"
        "connection costs a device: memory, bytes, and seconds over slow links.\n"
        "\n"
        "It makes about 20 short connections. The device's certificate and password are shown "
        "only\n"
        "to a server that was verified. With --mqtt it connects under the device's client id: a\n"
        "device that is connected under it is thrown out.\n"
        "\n"
        "  --mqtt               try MQTT too: CONNECT, keep-alive, and whether the broker keeps "
        "us\n"
        "  --client-id ID       the device's client id (default: one is made up)\n"
        "  --username NAME      for CONNECT\n"
        "  --password-file FILE the password that goes with it\n"
        "  --keepalive SECONDS  that the device asks for (default 60)\n"
        "  --hold SECONDS       how long to stay connected, to see whether the broker ends it\n"
        "                       (default 3)\n"
        "  --address IP         connect there, whatever the name resolves to\n"
        "%s"
        "\n"
        "Here --timeout is for each connection, --json prints one object a line, each step and "
        "then\n"
        "the verdict, and --trace shows every connection on stderr. Exit code: that of the first\n"
        "fault, 0 when there is none.\n"
        "\n"
        "example:\n"
        "  handfast doctor broker.example --ca ca.pem --cert device.chain.pem \\\n"
        "      --key device.key --mqtt --client-id thing-0001\n",
        cli_options_help());
    return CLI_OK;
}
