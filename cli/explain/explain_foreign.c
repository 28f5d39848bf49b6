/* handfast explain, codes of other stacks: see explain_foreign.h.
 *
 * The same number means different things in different stacks, and nobody says which stack it came
 * from: the answers are sorted by where such a spelling is usual. Mbed TLS writes hexadecimal,
 * wolfSSL and GnuTLS decimal numbers.
 */
#include "explain_foreign.h"

#include "explain_codes.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const stack_id HEX_ORDER[STACK_COUNT] = {
    STACK_MBEDTLS, STACK_MBEDTLS3, STACK_MBEDTLS2, STACK_PSA,     STACK_ESP,       STACK_MQTT5,
    STACK_OPENSSL, STACK_WOLFSSL,  STACK_GNUTLS,   STACK_BEARSSL, STACK_MOSQUITTO, STACK_FLAGS};
static const stack_id DECIMAL_ORDER[STACK_COUNT] = {
    STACK_ESP,    STACK_MOSQUITTO, STACK_OPENSSL, STACK_MQTT5,    STACK_BEARSSL,  STACK_WOLFSSL,
    STACK_GNUTLS, STACK_PSA,       STACK_MBEDTLS, STACK_MBEDTLS3, STACK_MBEDTLS2, STACK_FLAGS};

/* Low level codes of Mbed TLS are the lowest 7 bits of a sum. */
#define MBEDTLS_LOW_MASK 0x7F
/* Up to here a number of OpenSSL is one of its reasons; above, see openssl.def. */
#define OPENSSL_LIB_SHIFT 12
#define OPENSSL_LIB_SSL   20
/* br_ssl_engine_last_error() adds an alert to 256 (received) or 512 (sent). */
#define BEARSSL_ALERT_STEP 256

typedef struct code_question {
    const char *stack; /* NULL: all */
    const char *name;
    int64_t number;
    bool is_number;
    bool hex;
    bool packed; /* `number` is a packed code of OpenSSL */
    unsigned *answers;
} code_question;

static char folded(char c)
{
    return c == ' ' || c == '-' ? '_' : (char)toupper((unsigned char)c);
}

/* "certificate verify failed" is CERTIFICATE_VERIFY_FAILED. */
static bool same_name(const char *a, const char *b)
{
    while (*a != 0 && folded(*a) == folded(*b)) {
        a++;
        b++;
    }
    return *a == 0 && *b == 0;
}

static bool named(const code_stack *stack, const foreign_code *code, const char *name)
{
    static const char *const OPENSSL_PREFIXES[] = {"SSL_R_", "X509_V_ERR_"};
    size_t prefix = strlen(stack->name_prefix);
    if (same_name(name, code->name)) {
        return true;
    }
    if (prefix > 0 && strncmp(code->name, stack->name_prefix, prefix) == 0) {
        return same_name(name, code->name + prefix);
    }
    for (size_t i = 0; i < 2 && stack == &CODE_STACKS[STACK_OPENSSL]; i++) {
        size_t length = strlen(OPENSSL_PREFIXES[i]);
        if (strncmp(code->name, OPENSSL_PREFIXES[i], length) == 0) {
            return same_name(name, code->name + length);
        }
    }
    return false;
}

/* -0x0050 and 0x8006: as the stacks' own logs write them. */
static const char *hex_of(int32_t number, char text[16])
{
    uint32_t size = number < 0 ? 0U - (uint32_t)number : (uint32_t)number;
    snprintf(text, 16, number < 0 ? "-0x%04X" : "0x%X", (unsigned)size);
    return text;
}

/* Where the docs tell more about its causes, each page once. */
static void print_pages(const foreign_code *code)
{
    const char *shown[CAUSES_OF_A_CODE] = {NULL};
    size_t count = 0;
    for (int i = 0; i < CAUSES_OF_A_CODE && code->causes[i] != 0; i++) {
        const char *page = CODE_PAGES[code->causes[i]];
        bool again = false;
        for (size_t k = 0; k < count && page != NULL; k++) {
            again = again || strcmp(shown[k], page) == 0;
        }
        if (page != NULL && !again) {
            printf("%s docs/failures/%s", count == 0 ? "more:" : ",", page);
            shown[count++] = page;
        }
    }
    if (count > 0) {
        printf("\n");
    }
}

static void print_code(const code_question *asked, const code_stack *stack,
                       const foreign_code *code)
{
    char hex[16];
    printf("%s%s: %s (%s, %d)\nwhat: %s\n", *asked->answers > 0 ? "\n" : "", stack->title,
           code->name, hex_of(code->number, hex), (int)code->number, code->what);
    for (int i = 0; i < CAUSES_OF_A_CODE && code->causes[i] != 0; i++) {
        const code_cause *cause = &CODE_CAUSES[code->causes[i]];
        printf("  %d. %s\n     check: %s\n       fix: %s\n", i + 1, cause->cause, cause->check,
               cause->fix);
    }
    print_pages(code);
    ++*asked->answers;
}

static const foreign_code *code_of(const code_stack *stack, int64_t number)
{
    for (size_t i = 0; i < stack->count; i++) {
        if (stack->codes[i].number == number) {
            return &stack->codes[i];
        }
    }
    return NULL;
}

/* Prints what Mbed TLS means by a number; a high level code may have another name in 2.x and 3.x.
 */
static bool print_mbedtls(const code_question *asked, int64_t number)
{
    bool found = false;
    for (stack_id i = STACK_MBEDTLS; i <= STACK_MBEDTLS3; i++) {
        const foreign_code *code = code_of(&CODE_STACKS[i], number);
        if (code != NULL) {
            print_code(asked, &CODE_STACKS[i], code);
            found = true;
        }
    }
    return found;
}

static bool mbedtls_knows(int64_t number)
{
    return code_of(&CODE_STACKS[STACK_MBEDTLS], number) != NULL ||
           code_of(&CODE_STACKS[STACK_MBEDTLS2], number) != NULL ||
           code_of(&CODE_STACKS[STACK_MBEDTLS3], number) != NULL;
}

/* -0x21E6 is -0x2180 (what failed) and -0x0066 (why). */
static void print_mbedtls_sum(const code_question *asked, int64_t number)
{
    int64_t low = -(-number & MBEDTLS_LOW_MASK);
    int64_t high = number - low;
    if (low == 0 || high == 0 || mbedtls_knows(number) || !mbedtls_knows(high)) {
        return;
    }
    printf("%sMbed TLS: -0x%04X is the sum of -0x%04X and -0x%04X%s.\n",
           *asked->answers > 0 ? "\n" : "", (unsigned)-number, (unsigned)-high, (unsigned)-low,
           mbedtls_knows(low) ? "" : " (which is not known)");
    ++*asked->answers;
    print_mbedtls(asked, high);
    print_mbedtls(asked, low);
}

static void print_bearssl_alert(const code_question *asked, int64_t number)
{
    int64_t alert = number % BEARSSL_ALERT_STEP;
    const code_stack *stack = &CODE_STACKS[STACK_BEARSSL];
    if (number > BEARSSL_ALERT_STEP && number < 3 * BEARSSL_ALERT_STEP && alert != 0) {
        print_code(asked, stack, code_of(stack, number - alert));
        printf("alert: handfast explain alert %d\n", (int)alert);
    }
}

/* OpenSSL 3 packs library and reason as 8 and 23 bits, 1.1 library, function, reason as 8, 12, 12.
 */
static void print_openssl_packed(const code_question *asked)
{
    uint32_t packed = (uint32_t)asked->number;
    const uint32_t library[2] = {packed >> 23, packed >> 24};
    const uint32_t reason[2] = {packed & 0x7FFFFF, packed & 0xFFF};
    const code_stack *stack = &CODE_STACKS[STACK_OPENSSL];
    for (int i = 0; i < 2; i++) {
        uint32_t key = library[i] == OPENSSL_LIB_SSL ? 0 : library[i] << OPENSSL_LIB_SHIFT;
        bool fits = reason[i] < 1U << OPENSSL_LIB_SHIFT && reason[i] >= 100;
        const foreign_code *code = fits ? code_of(stack, key + reason[i]) : NULL;
        if (code != NULL) {
            print_code(asked, stack, code);
        }
    }
}

static void print_flags(const code_question *asked)
{
    const code_stack *stack = &CODE_STACKS[STACK_FLAGS];
    for (size_t i = 0; i < stack->count; i++) {
        if ((asked->number & stack->codes[i].number) != 0) {
            print_code(asked, stack, &stack->codes[i]);
        }
    }
}

/* The number as the stack has it: codes below zero are often told without their sign, in
 * hexadecimal by Mbed TLS's users, in decimal only beside the stack's name. */
static int64_t number_in(const code_question *asked, stack_id id)
{
    bool hex_family = id <= STACK_PSA;
    bool signless = asked->number > 0 && CODE_STACKS[id].negative &&
                    (asked->stack != NULL || (asked->hex && hex_family));
    return signless ? -asked->number : asked->number;
}

static void answer_number(const code_question *asked, stack_id id)
{
    int64_t number = number_in(asked, id);
    const foreign_code *code = code_of(&CODE_STACKS[id], number);
    if (id == STACK_FLAGS) {
        if (asked->stack != NULL) {
            print_flags(asked);
        }
        return;
    }
    if (code != NULL) {
        print_code(asked, &CODE_STACKS[id], code);
    } else if (id == STACK_MBEDTLS && number < 0) {
        print_mbedtls_sum(asked, number);
    } else if (id == STACK_BEARSSL && asked->stack != NULL) {
        print_bearssl_alert(asked, number);
    }
}

static void answer_name(const code_question *asked, stack_id id)
{
    for (size_t i = 0; i < CODE_STACKS[id].count; i++) {
        if (named(&CODE_STACKS[id], &CODE_STACKS[id].codes[i], asked->name)) {
            print_code(asked, &CODE_STACKS[id], &CODE_STACKS[id].codes[i]);
        }
    }
}

static void answer(const code_question *asked)
{
    for (int i = 0; i < STACK_COUNT; i++) {
        stack_id id = asked->hex ? HEX_ORDER[i] : DECIMAL_ORDER[i];
        if (asked->stack != NULL && strcasecmp(asked->stack, CODE_STACKS[id].prefix) != 0) {
            continue;
        }
        if (asked->packed) {
            if (id == STACK_OPENSSL) {
                print_openssl_packed(asked);
            }
        } else if (asked->is_number) {
            answer_number(asked, id);
        } else {
            answer_name(asked, id);
        }
    }
}

/* 8 hexadecimal digits without 0x, alone or before a colon. */
static bool looks_packed(const char *text)
{
    size_t digits = strspn(text, "0123456789abcdefABCDEF");
    return digits == 8 && (text[digits] == 0 || text[digits] == ':');
}

static void read_number(code_question *asked, const char *text)
{
    char *end = NULL;
    const char *digits = text[0] == '-' ? text + 1 : text;
    asked->hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    if (isdigit((unsigned char)digits[0]) == 0) {
        return;
    }
    errno = 0;
    int64_t number = strtoll(digits, &end, asked->hex ? 16 : 10);
    asked->is_number = (*end == 0 || *end == ':') && errno == 0 && number <= UINT32_MAX;
    if (!asked->is_number) {
        return;
    }
    asked->number = text[0] == '-' ? -number : number;
    if (number > INT32_MAX && text[0] != '-') { /* a negative code printed as unsigned */
        asked->number = number - ((int64_t)UINT32_MAX + 1);
    }
}

bool cli_explain_is_stack(const char *word)
{
    for (int i = 0; i < STACK_COUNT; i++) {
        if (strcasecmp(word, CODE_STACKS[i].prefix) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes "stack:", OpenSSL's "error:" and "verify error:num=" off the text. */
static const char *without_prefix(const char *text, char *stack, size_t size)
{
    static const char OPENSSL[] = "openssl";
    size_t length = strcspn(text, ":");
    if (strncasecmp(text, "verify error", 12) == 0) {
        memcpy(stack, OPENSSL, sizeof OPENSSL);
        text += strcspn(text, "0123456789");
        return text;
    }
    if (strncasecmp(text, "error:", 6) == 0 && looks_packed(text + 6)) {
        memcpy(stack, OPENSSL, sizeof OPENSSL);
        return text + 6;
    }
    if (text[length] == ':' && length < size) {
        memcpy(stack, text, length);
        stack[length] = 0;
        if (cli_explain_is_stack(stack)) {
            return text + length + 1;
        }
        stack[0] = 0;
    }
    return text;
}

void cli_explain_foreign(const char *stack, const char *text, unsigned *answers)
{
    char prefix[16] = "";
    code_question asked = {.stack = stack, .name = text, .answers = answers};
    if (stack == NULL) {
        asked.name = without_prefix(text, prefix, sizeof prefix);
        asked.stack = prefix[0] != 0 ? prefix : NULL;
    }
    read_number(&asked, asked.name);
    if (looks_packed(asked.name)) {
        asked.packed = true;
        asked.number = strtoll(asked.name, NULL, 16);
    }
    answer(&asked);
}

void cli_explain_list(void)
{
    for (int i = 0; i < STACK_COUNT; i++) {
        for (size_t k = 0; k < CODE_STACKS[i].count; k++) {
            const foreign_code *code = &CODE_STACKS[i].codes[k];
            char hex[16];
            printf("%-9s %6d %8s %s\n", CODE_STACKS[i].prefix, (int)code->number,
                   hex_of(code->number, hex), code->name);
        }
    }
}
