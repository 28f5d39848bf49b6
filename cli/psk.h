/* Pre-shared keys of the command line: a file with lines "IDENTITY:HEX", the same for a client,
 * which needs one of them, and for a server, which takes all.
 *
 * Keys come from files only: other users of the machine can read a command line. The file must be
 * nobody's but its owner's.
 */
#ifndef HF_CLI_PSK_H
#define HF_CLI_PSK_H

#include "exit.h"
#include "file.h"

#include <handfast/config.h>

/* Words of the command line, borrowed. */
typedef struct cli_psk_options {
    const char *file;
    const char *identity; /* client: which line, or whose key the file's only line is */
    uint8_t modes;        /* hf_psk_modes */
    uint8_t hash;         /* hf_hash_id; 0: SHA-256 */
    bool plain;
} cli_psk_options;

typedef struct cli_psks {
    hf_psk_list list;
    /* ---- private */
    hf_psk *psks;
    cli_file file; /* what the PSKs borrow from: keys are decoded where their digits stand */
} cli_psks;

/* Values of --psk-mode and --psk-hash; false: there is no such word. */
bool cli_psk_mode(const char *word, uint8_t *modes);
bool cli_psk_hash(const char *word, uint8_t *hash);

/* Reads options->file into a zeroed `psks`, says on stderr what is wrong. cli_psks_release() must
 * be called in either case. */
cli_exit cli_psks_read(cli_psks *psks, const cli_psk_options *options);
void cli_psks_release(cli_psks *psks);

/* The client's: that of --psk-identity, or the only one. NULL: said on stderr. */
const hf_psk *cli_psks_choose(const cli_psks *psks, const cli_psk_options *options);

/* The one whose identity has this SHA-256; NULL: none. */
const hf_psk *cli_psks_named(const cli_psks *psks, const uint8_t sha256[32]);

#endif
