/* What the files cause_....c share: each finds causes of one kind, and leaves `cause` alone where
 * it knows nothing. Names that come from the peer are written by hf_x509_name_text() and chain.h,
 * which let only printable ASCII through.
 */
#ifndef HF_CLI_CAUSE_PART_H
#define HF_CLI_CAUSE_PART_H

#include "cause.h"

#include <stdio.h>

#define CLI_CAUSE_NAME 200 /* room of a name in a sentence; the summary shows all of it */

void cli_cause_certificate(const cli_scene *scene, cli_cause *cause); /* the server's */
void cli_cause_refused(const cli_scene *scene, cli_cause *cause);     /* HF_E_ALERT */
void cli_cause_broker(const cli_scene *scene, cli_cause *cause);      /* errors of MQTT */

/* ---- cause_date.c */
typedef struct cli_cause_sent {
    hf_certificate list[CLI_CHAIN_MAX];
    size_t count;
} cli_cause_sent;

/* The error is HF_E_CERT_EXPIRED or HF_E_CERT_NOT_YET_VALID. */
void cli_cause_date(const cli_scene *scene, const cli_cause_sent *sent, cli_cause *cause);
void cli_cause_clock(const cli_scene *scene, cli_cause *cause); /* HF_E_CLOCK_IMPLAUSIBLE */

/* ---- cause_part.c */

/* Whether a host name went out with the ClientHello (SNI): an address is none. */
bool cli_cause_sent_name(const cli_scene *scene);

/* printf into one of the texts; too long ones are cut. */
__attribute__((format(printf, 2, 3))) void cli_cause_say(char text[CLI_CAUSE_SIZE],
                                                         const char *format, ...);

/* A stream into a text, so that what chain.h prints can stand in it; NULL: no memory. Closed, the
 * text ends before the first line end. */
FILE *cli_cause_open(char text[CLI_CAUSE_SIZE]);
void cli_cause_close(FILE *out, char text[CLI_CAUSE_SIZE]);

/* The name in `text`, which is returned. */
const char *cli_cause_name(hf_span name, char text[CLI_CAUSE_NAME]);

/* Every certificate of a file of PEM or DER, of all files of --ca. `visit` returns false when it
 * has seen enough. */
typedef bool (*cli_cause_visitor)(void *ctx, const hf_certificate *certificate);
void cli_cause_each(const cli_file *file, cli_cause_visitor visit, void *ctx);
void cli_cause_each_anchor(const cli_setup *setup, cli_cause_visitor visit, void *ctx);

#endif
