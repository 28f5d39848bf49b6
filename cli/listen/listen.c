/* handfast listen: a TLS server from the command line. This file is the command; the server is in
 * listen_server.c and the files beside it. */
#include "command.h"
#include "listen_server.h"

cli_exit cli_listen(int argc, char **argv)
{
    listen_options options;
    cli_exit result = listen_options_read(&options, argc, argv);
    if (result != CLI_OK) {
        return result;
    }
    if (options.help) {
        listen_help_print();
        return CLI_OK;
    }
    return listen_server_run(&options);
}
