/* What handfast explain knows of other stacks: tables of their codes, and causes that they share.
 *
 * The data stand in cli/explain/, one file for each stack; explain_codes.c makes tables of them,
 * explain_foreign.c finds what is asked for and prints it.
 */
#ifndef HF_CLI_EXPLAIN_CODES_H
#define HF_CLI_EXPLAIN_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAUSES_OF_A_CODE 3

typedef struct code_cause {
    const char *cause;
    const char *check;
    const char *fix;
} code_cause;

typedef struct foreign_code {
    int32_t number;
    const char *name;
    const char *what;
    uint8_t causes[CAUSES_OF_A_CODE]; /* of CODE_CAUSES; 0: no more */
} foreign_code;

typedef enum stack_id {
    STACK_MBEDTLS,
    STACK_MBEDTLS2,
    STACK_MBEDTLS3,
    STACK_PSA,
    STACK_FLAGS,
    STACK_ESP,
    STACK_OPENSSL,
    STACK_WOLFSSL,
    STACK_GNUTLS,
    STACK_BEARSSL,
    STACK_MOSQUITTO,
    STACK_MQTT5,
    STACK_COUNT,
} stack_id;

typedef struct code_stack {
    const char *title;
    const char *prefix;      /* as in "gnutls:-9"; several may have the same one */
    const char *name_prefix; /* what a name may be given without; "" when there is nothing */
    const foreign_code *codes;
    size_t count;
    bool negative; /* its codes are below zero */
} code_stack;

extern const code_cause CODE_CAUSES[];
extern const char *const CODE_PAGES[]; /* of a cause, in docs/failures/; NULL: none */
extern const code_stack CODE_STACKS[STACK_COUNT];

#endif
