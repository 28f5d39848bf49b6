/* One value of one client message changed, and what the server engine makes of it: the mirror image
 * of mutation.h. A case is a line of a table; what it does not name is zero.
 *
 * The alert stands in each line once more, out of the RFCs: errors.def must say the same.
 */
#ifndef HF_TESTS_SERVED_H
#define HF_TESTS_SERVED_H

#include "puppet/mutation.h"
#include "puppet/server_rig.h"

/* So that the fixed part of a ClientHello has fixed places, the guest offers one suite (see
 * served_run()) and no session id: */
#define AT_RANDOM       2
#define AT_ID           34
#define AT_SUITES       35 /* 00 02 xx xx */
#define AT_COMPRESSIONS 39 /* 01 00 */

typedef struct served {
    const char *name;
    uint16_t version; /* of the guest; 0: TLS 1.3, then TLS 1.2 */
    hf_code code;     /* HF_OK: the handshake succeeds */
    uint8_t alert;
    edit_kind kind;
    int at;
    size_t cut;
    uint16_t type;
    size_t len;
    uint8_t bytes[72];
    void (*edit)(puppet *p, puppet_message *m);
    int step;        /* the message; 0: M_CLIENT_HELLO */
    uint32_t detail; /* of the error; 0: not looked at */
    void (*dress)(server_rig *s);
    void (*look)(const server_rig *s); /* asserts more about a success */
} served;

/* Plays the case in large pieces and byte by byte. */
void served_run(const served *c);
void served_run_all(const served *cases, size_t count);

/* The run has failed with `code`, and the alert is the one that errors.def has for it. */
void served_expect_failed(server_rig *s, hf_code code, uint8_t alert, uint32_t detail,
                          const char *name);

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

#endif
