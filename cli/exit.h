/* Exit codes of the tool, one per kind of failure, so that scripts can tell them apart.
 *
 * The same table stands in docs/man/handfast.1 and in `handfast --help`. A code is chosen in one
 * place: cli_exit_of() for errors of the library, by name for the tool's own.
 */
#ifndef HF_CLI_EXIT_H
#define HF_CLI_EXIT_H

#include <handfast/error.h>

typedef enum cli_exit {
    CLI_OK = 0,
    CLI_INTERNAL = 1,    /* a defect of the tool or the library */
    CLI_USAGE = 2,       /* the command line */
    CLI_LOCAL = 3,       /* this machine: files, keys, clock, memory */
    CLI_NETWORK = 4,     /* name not resolved, host not reached, connection broken */
    CLI_TLS = 5,         /* the peer broke the protocol, or has nothing in common with us */
    CLI_CERTIFICATE = 6, /* the peer's certificate is not acceptable */
    CLI_REFUSED = 7,     /* the peer refused us: TLS alert, CONNACK, SUBACK */
    CLI_TIMEOUT = 8,     /* the deadline passed */
} cli_exit;

/* The exit code for an error of the library. */
cli_exit cli_exit_of(hf_code code);

#endif
