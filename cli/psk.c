/* Files of pre-shared keys. See psk.h. */
#include "psk.h"

#include "report.h"

#include <ctype.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_LIMIT (1u << 20)

bool cli_psk_mode(const char *word, uint8_t *modes)
{
    static const char *const WORDS[] = {
        [HF_PSK_DHE] = "dhe", [HF_PSK_DHE_OR_KE] = "dhe-or-ke", [HF_PSK_KE_ONLY] = "ke"};
    for (uint8_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (strcmp(word, WORDS[i]) == 0) {
            *modes = i;
            return true;
        }
    }
    return false;
}

bool cli_psk_hash(const char *word, uint8_t *hash)
{
    *hash = strcmp(word, "sha384") == 0 ? HF_SHA384 : HF_SHA256;
    return *hash == HF_SHA384 || strcmp(word, "sha256") == 0;
}

static cli_exit bad_line(const cli_psk_options *options, size_t line, const char *what,
                         const char *todo)
{
    char where[48];
    (void)snprintf(where, sizeof where, "line %zu", line);
    return cli_fail_at(CLI_LOCAL, what, options->file, where, todo);
}

/* Not for others to read; standard input and pipes have no owner to look at. */
static cli_exit check_mode(const char *path)
{
    struct stat facts;
    if (stat(path, &facts) == 0 && S_ISREG(facts.st_mode) && (facts.st_mode & 077) != 0) {
        return cli_fail(CLI_LOCAL, "Others can read or change the file of pre-shared keys.", path,
                        "Make it yours alone (chmod 600), and take new keys if others may have "
                        "read it.");
    }
    return CLI_OK;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    int lower = tolower((unsigned char)c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* In place: the bytes are half as long as their digits. */
static bool decode(char *hex, size_t len, hf_span *key)
{
    uint8_t *to = (uint8_t *)hex;
    if (len % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < len; i += 2) {
        int high = digit(hex[i]);
        int low = digit(hex[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        to[i / 2] = (uint8_t)(high << 4 | low);
    }
    *key = (hf_span){to, len / 2};
    return true;
}

/* "IDENTITY:HEX", where the last colon counts; a client's file may hold HEX alone. */
static cli_exit read_line(const cli_psk_options *options, char *text, size_t number, hf_psk *psk)
{
    char *colon = strrchr(text, ':');
    char *hex = colon == NULL ? text : colon + 1;
    *psk = (hf_psk){.hash = options->hash, .plain = options->plain};
    if (colon != NULL) {
        psk->identity = (hf_span){(const uint8_t *)text, (size_t)(colon - text)};
    } else if (options->identity != NULL) {
        psk->identity = (hf_span){(const uint8_t *)options->identity, strlen(options->identity)};
    }
    if (psk->identity.len == 0) {
        return bad_line(options, number, "A pre-shared key has no identity.",
                        "Write IDENTITY:HEX, or, for a client, give --psk-identity.");
    }
    if (!decode(hex, strlen(hex), &psk->key)) {
        return bad_line(options, number, "A pre-shared key is not written in hex digits.",
                        "Write IDENTITY:HEX with two digits for each byte, without blanks.");
    }
    hf_error error;
    hf_error_clear(&error);
    error.code = (uint16_t)hf_psk_check(psk);
    error.stage = HF_STAGE_SETUP;
    if (error.code != HF_OK) {
        char subject[512];
        (void)snprintf(subject, sizeof subject, "%s, line %zu", options->file, number);
        return cli_fail_record(&error, subject);
    }
    return CLI_OK;
}

static bool known_before(const cli_psks *psks, const hf_psk *psk)
{
    hf_psk other;
    return hf_psk_list_find((void *)(uintptr_t)&psks->list, psk->identity, &other);
}

static cli_exit read_lines(cli_psks *psks, const cli_psk_options *options)
{
    char *rest = (char *)psks->file.bytes;
    char *line = strsep(&rest, "\n");
    cli_exit result = CLI_OK;
    for (size_t number = 1; line != NULL && result == CLI_OK; number++) {
        line[strcspn(line, "\r")] = 0;
        if (line[0] != 0 && line[0] != '#') {
            hf_psk *psk = &psks->psks[psks->list.count];
            result = read_line(options, line, number, psk);
            if (result == CLI_OK && known_before(psks, psk)) {
                result = bad_line(options, number, "An identity has two pre-shared keys.",
                                  "Give each key an identity of its own.");
            }
            psks->list.count++;
        }
        line = strsep(&rest, "\n");
    }
    return result;
}

cli_exit cli_psks_read(cli_psks *psks, const cli_psk_options *options)
{
    cli_exit result = check_mode(options->file);
    result = result == CLI_OK ? cli_file_read(options->file, FILE_LIMIT, &psks->file) : result;
    if (result != CLI_OK) {
        return result;
    }
    size_t lines = 1;
    for (size_t i = 0; i < psks->file.len; i++) {
        lines += psks->file.bytes[i] == '\n';
    }
    psks->psks = calloc(lines, sizeof *psks->psks);
    if (psks->psks == NULL) {
        return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
    }
    psks->list.psks = psks->psks;
    result = read_lines(psks, options);
    if (result == CLI_OK && psks->list.count == 0) {
        result = cli_fail(CLI_LOCAL, "The file of pre-shared keys is empty.", options->file,
                          "Write lines IDENTITY:HEX into it.");
    }
    return result;
}

void cli_psks_release(cli_psks *psks)
{
    cli_file_release(&psks->file);
    free(psks->psks);
    *psks = (cli_psks){.psks = NULL};
}

const hf_psk *cli_psks_choose(const cli_psks *psks, const cli_psk_options *options)
{
    const char *wanted = options->identity;
    if (wanted == NULL && psks->list.count == 1) {
        return psks->psks;
    }
    for (size_t i = 0; i < psks->list.count && wanted != NULL; i++) {
        const hf_span *name = &psks->psks[i].identity;
        if (name->len == strlen(wanted) && memcmp(name->ptr, wanted, name->len) == 0) {
            return &psks->psks[i];
        }
    }
    (void)cli_fail(CLI_LOCAL,
                   wanted == NULL ? "The file has more than one pre-shared key."
                                  : "The file has no pre-shared key with this identity.",
                   wanted == NULL ? options->file : wanted,
                   "Say with --psk-identity which one is to be used.");
    return NULL;
}

const hf_psk *cli_psks_named(const cli_psks *psks, const uint8_t sha256[32])
{
    uint8_t value[SHA256_DIGEST_LENGTH];
    for (size_t i = 0; i < psks->list.count; i++) {
        const hf_span *name = &psks->psks[i].identity;
        if (memcmp(SHA256(name->ptr, name->len, value), sha256, sizeof value) == 0) {
            return &psks->psks[i];
        }
    }
    return NULL;
}
