/* --pcap, --pcap-without-secrets and --keylog: what crosses the socket, and the secrets to read it,
 * in files.
 *
 * In the flow: opened before the connection, told of every event by the setup's watch, closed when
 * the last connection is. A file that cannot be written any more does not disturb the connection:
 * the error is kept, and told at the end.
 */
#ifndef HF_CLI_CAPTURE_H
#define HF_CLI_CAPTURE_H

#include "exit.h"
#include "watch.h"

#include <stdbool.h>

typedef struct cli_capture_options {
    const char *pcap; /* NULL: none; borrowed, as the others */
    const char *bare; /* a capture without secrets; not beside `pcap` */
    const char *keylog;
} cli_capture_options;

typedef struct cli_capture cli_capture;

/* Opens the files and joins the watch; warns on stderr about secrets in files. *capture is NULL
 * when no file is wanted, or when something is wrong, which is said on stderr. */
cli_exit cli_capture_open(cli_capture **capture, const cli_capture_options *options,
                          cli_watch *watch);

/* After the last event: what is still held is written, the files are closed, secrets wiped. Gives
 * `result` back, or CLI_LOCAL when that was CLI_OK and a file is not whole, which is said. */
cli_exit cli_capture_close(cli_capture *capture, cli_exit result);

#endif
