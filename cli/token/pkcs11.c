/* A PKCS#11 token: found by its URI, opened, logged in. See pkcs11_inside.h.
 *
 * A wrong PIN counts on the token, and after a few the token locks itself. So a PIN is given once;
 * one that was refused never again; and the last try that a token grants is left to its owner.
 */
#include "pkcs11_inside.h"

#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX 64u

static bool is_pkcs11(const char *key)
{
    return pkcs11_uri_is(key);
}

/* ---- the PIN */

const char *pkcs11_pin(const cli_token *token)
{
    const pkcs11 *p = token->inside;
    if (p->uri.pin_value[0] != 0) {
        return p->uri.pin_value;
    }
    return p->pin_file.bytes != NULL ? (const char *)p->pin_file.bytes : token->password;
}

/* In the command line itself: from now on neither ps nor any text of ours shows it. */
static void hide_pin(cli_token *token)
{
    char *at = strstr((char *)(uintptr_t)token->key, "pin-value=");
    if (at != NULL) {
        at += strlen("pin-value=");
        memset(at, '*', strcspn(at, "&"));
    }
}

/* RFC 7512 2.4: a file: URI or a path; "|command" is not for a tool that gets its URI from others.
 */
static bool read_pin(cli_token *token)
{
    pkcs11 *p = token->inside;
    const char *path = p->uri.pin_source;
    if (p->uri.pin_value[0] != 0) {
        hide_pin(token);
        (void)fputs("warning: a PIN on the command line can be seen by everybody on this machine: "
                    "use pin-source=FILE in the URI, or a password file\n",
                    stderr);
    }
    if (path[0] == 0) {
        return true;
    }
    if (path[0] == '|') {
        return token_trouble(token, "The URI cannot be used.",
                             "Put the PIN into a file, and give it with pin-source=FILE.",
                             "pin-source is a command, and none is run");
    }
    if (strncmp(path, "file:", 5) == 0) {
        path += strncmp(path, "file://", 7) == 0 ? 7 : 5;
    }
    token->said = cli_file_read_password(path, &p->pin_file) != CLI_OK;
    return !token->said;
}

bool pkcs11_pin_refused(cli_token *token, CK_RV rv)
{
    pkcs11 *p = token->inside;
    CK_TOKEN_INFO info;
    const char *left = "how many tries are left, the token does not tell";
    token->refused = true;
    memset(&info, 0, sizeof info);
    if (p->call->C_GetTokenInfo(p->slot, &info) == CKR_OK) {
        left = (info.flags & CKF_USER_PIN_LOCKED) != 0      ? "no try is left: it is locked now"
               : (info.flags & CKF_USER_PIN_FINAL_TRY) != 0 ? "one try is left"
               : (info.flags & CKF_USER_PIN_COUNT_LOW) != 0 ? "a few tries are left"
                                                            : left;
    }
    if (rv == CKR_PIN_LOCKED) {
        left = "unlock it with the token's own tool";
    }
    return token_trouble(token, "The token does not take the PIN.",
                         "Correct the PIN (--key-password-file, or pin-source of the URI). It was "
                         "tried once, and is not tried again.",
                         "token \"%s\": %s; %s", p->label, pkcs11_words(rv), left);
}

static bool may_try(cli_token *token, CK_FLAGS flags)
{
    const pkcs11 *p = token->inside;
    if ((flags & CKF_USER_PIN_LOCKED) != 0) {
        return token_trouble(token, "The token's PIN is locked.",
                             "Unlock it with the token's own tool (pkcs11-tool --unlock-pin).",
                             "token \"%s\": it was wrong too often", p->label);
    }
    if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) {
        return token_trouble(token, "The token grants one last try of its PIN.",
                             "Log in with its own tool, which sets the count back: "
                             "pkcs11-tool --login --list-objects",
                             "token \"%s\": the PIN was not given, for a wrong one would lock it",
                             p->label);
    }
    return true;
}

static bool login(cli_token *token, CK_FLAGS flags)
{
    pkcs11 *p = token->inside;
    const char *pin = pkcs11_pin(token);
    if ((flags & CKF_LOGIN_REQUIRED) == 0) {
        return true;
    }
    if (!may_try(token, flags)) {
        return false;
    }
    if (pin == NULL && (flags & CKF_PROTECTED_AUTHENTICATION_PATH) == 0) {
        return token_trouble(token, "The token wants a PIN.",
                             "Write it into a file of your own (mode 0600), and give that as "
                             "password file, or as pin-source=FILE in the URI.",
                             "token \"%s\": none was given", p->label);
    }
    CK_UTF8CHAR copy[PKCS11_URI_WHY * 4];
    size_t len = pin == NULL ? 0 : strlen(pin);
    if (len > sizeof copy) {
        return pkcs11_pin_refused(token, CKR_PIN_LEN_RANGE);
    }
    memcpy(copy, pin == NULL ? "" : pin, len);
    CK_RV rv = p->call->C_Login(p->session, CKU_USER, pin == NULL ? NULL : copy, len);
    explicit_bzero(copy, sizeof copy);
    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN) {
        return true;
    }
    if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID || rv == CKR_PIN_LEN_RANGE ||
        rv == CKR_PIN_LOCKED || rv == CKR_PIN_EXPIRED) {
        return pkcs11_pin_refused(token, rv);
    }
    return token_trouble(token, "The token could not be logged in to.",
                         "Check the token with its own tool.", "token \"%s\": %s", p->label,
                         pkcs11_words(rv));
}

/* ---- the token */

static void unpad(const CK_UTF8CHAR *field, size_t size, char *text)
{
    while (size > 0 && (field[size - 1] == ' ' || field[size - 1] == 0)) {
        size--;
    }
    memcpy(text, field, size);
    text[size] = 0;
}

static bool field_fits(const char *wanted, const CK_UTF8CHAR *field, size_t size)
{
    char text[33];
    unpad(field, size, text);
    return wanted[0] == 0 || strcmp(wanted, text) == 0;
}

static bool fits(const pkcs11 *p, CK_SLOT_ID slot, const CK_TOKEN_INFO *info)
{
    return (info->flags & CKF_TOKEN_INITIALIZED) != 0 &&
           field_fits(p->uri.token, info->label, sizeof info->label) &&
           field_fits(p->uri.manufacturer, info->manufacturerID, sizeof info->manufacturerID) &&
           field_fits(p->uri.model, info->model, sizeof info->model) &&
           field_fits(p->uri.serial, info->serialNumber, sizeof info->serialNumber) &&
           (p->uri.slot[0] == 0 || strtoul(p->uri.slot, NULL, 10) == slot);
}

static void add_name(char *list, size_t cap, const char *name)
{
    size_t len = strlen(list);
    (void)snprintf(list + len, cap - len, "%s\"%s\"", len == 0 ? "" : ", ", name);
}

static bool choose(cli_token *token, size_t matches, const char *there)
{
    const pkcs11 *p = token->inside;
    if (matches == 1) {
        return true;
    }
    if (matches > 1) {
        return token_trouble(token, "More than one token fits the URI.",
                             "Add what tells them apart: token=, serial= or slot-id=.",
                             "%zu tokens fit; there are: %s", matches, there);
    }
    return token_trouble(
        token, there[0] == 0 ? "There is no token." : "There is no such token.",
        there[0] == 0
            ? "Plug it in, and check which module it needs: ?module-path=FILE.so in the URI."
            : "Correct token= in the URI, or plug the token in.",
        there[0] == 0 ? "%s sees none%s%s" : "%s sees no token that fits the URI; there are: %s%s",
        p->module, there, "");
}

static bool find_token(cli_token *token, CK_FLAGS *flags)
{
    pkcs11 *p = token->inside;
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    char there[320] = "";
    size_t matches = 0;
    (void)p->call->C_GetSlotList(CK_TRUE, NULL, &(CK_ULONG){0}); /* lets modules look again */
    CK_RV rv = p->call->C_GetSlotList(CK_TRUE, slots, &count);
    if (rv != CKR_OK) {
        return token_trouble(token, "The PKCS#11 module lists no tokens.",
                             "Check the module with pkcs11-tool --list-token-slots.", "%s: %s",
                             p->module, pkcs11_words(rv));
    }
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        char label[33];
        if (p->call->C_GetTokenInfo(slots[i], &info) != CKR_OK) {
            continue;
        }
        unpad(info.label, sizeof info.label, label);
        if ((info.flags & CKF_TOKEN_INITIALIZED) != 0) {
            add_name(there, sizeof there, label);
        }
        if (fits(p, slots[i], &info)) {
            matches++;
            p->slot = slots[i];
            *flags = info.flags;
            memcpy(p->label, label, sizeof p->label);
        }
    }
    return choose(token, matches, there);
}

static bool attach(cli_token *token)
{
    pkcs11 *p = token->inside;
    CK_FLAGS flags = 0;
    if (!find_token(token, &flags)) {
        return false;
    }
    CK_RV rv = p->call->C_OpenSession(p->slot, CKF_SERIAL_SESSION, NULL, NULL, &p->session);
    if (rv != CKR_OK) {
        p->session = CK_INVALID_HANDLE;
        return token_trouble(token, "The token cannot be opened.",
                             "Plug it in again; end other programs that use it.",
                             "token \"%s\": %s", p->label, pkcs11_words(rv));
    }
    return login(token, flags) && pkcs11_key_find(token) && pkcs11_mechanisms(token);
}

static void detach(pkcs11 *p)
{
    if (p->call != NULL && p->session != CK_INVALID_HANDLE) {
        (void)p->call->C_CloseSession(p->session);
    }
    p->session = CK_INVALID_HANDLE;
}

static bool begin(cli_token *token)
{
    pkcs11 *p = calloc(1, sizeof *p);
    char why[PKCS11_URI_WHY];
    token->inside = p;
    if (p == NULL) {
        return token_trouble(token, "There is not enough memory.", "Free some.", "out of memory");
    }
    if (!pkcs11_uri_parse(token->key, &p->uri, why)) {
        return token_trouble(token, "The URI cannot be used.",
                             "Write it as in RFC 7512: pkcs11:token=LABEL;object=LABEL, special "
                             "characters as %XX.",
                             "%s", why);
    }
    if (p->uri.type[0] != 0 && strcmp(p->uri.type, "private") != 0) {
        return token_trouble(token, "The URI names no private key.",
                             "Give the private key's URI: type=private, or no type.", "type=%s",
                             p->uri.type);
    }
    return read_pin(token) && pkcs11_module_load(token);
}

static bool open_pkcs11(cli_token *token)
{
    if (token->inside == NULL && !begin(token)) {
        return false;
    }
    detach(token->inside);
    return attach(token);
}

static void close_pkcs11(cli_token *token)
{
    pkcs11 *p = token->inside;
    if (p == NULL) {
        return;
    }
    detach(p);
    if (p->call != NULL && p->initialised) {
        (void)p->call->C_Finalize(NULL);
    }
    cli_file_release(&p->pin_file);
    explicit_bzero(p, sizeof *p);
    free(p);
    token->inside = NULL;
}

const token_kind token_pkcs11 = {
    .name = "PKCS#11 token",
    .is = is_pkcs11,
    .open = open_pkcs11,
    .sign = pkcs11_sign,
    .close = close_pkcs11,
};
