/* A PKCS#11 module that passes everything on to another one and makes trouble on the way. The word
 * in the file TROUBLE_FILE says which, and is read with every call:
 *
 *   gone      unplugged: no token, no session, no signature; sessions of before stay dead
 *   pulled    unplugged between the beginning of a signature and its end
 *   fails     a signature is an error of the device
 *   wrong     a signature has a bit changed
 *   slow      a signature takes a second
 *   final, locked   what the token tells of its PIN
 *   replaced  another token with other keys: "other" is found under every label
 *
 * Environment: TROUBLE_MODULE, the module behind; TROUBLE_FILE. Each login is a line in
 * TROUBLE_FILE.logins.
 */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST ours;
static CK_SESSION_HANDLE dead; /* and all below: module handles are counted upwards */
static CK_SESSION_HANDLE newest;

static int trouble_is(const char *word)
{
    char text[32] = "";
    const char *path = getenv("TROUBLE_FILE");
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    if (file != NULL) {
        if (fgets(text, sizeof text, file) == NULL) {
            text[0] = 0;
        }
        (void)fclose(file);
    }
    return strcmp(text, word) == 0;
}

static int is_gone(void)
{
    int gone = trouble_is("gone");
    if (gone || trouble_is("replaced")) {
        dead = dead == 0 ? newest : dead;
    }
    return gone;
}

static CK_RV get_slots(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count)
{
    if (is_gone()) {
        *count = 0;
        return CKR_OK;
    }
    return real->C_GetSlotList(present, slots, count);
}

static CK_RV get_token(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    CK_RV rv = real->C_GetTokenInfo(slot, info);
    info->flags |= trouble_is("final")    ? CKF_USER_PIN_FINAL_TRY
                   : trouble_is("locked") ? CKF_USER_PIN_LOCKED
                                          : 0;
    return is_gone() ? CKR_TOKEN_NOT_PRESENT : rv;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                          CK_SESSION_HANDLE *session)
{
    if (is_gone()) {
        return CKR_TOKEN_NOT_PRESENT;
    }
    CK_RV rv = real->C_OpenSession(slot, flags, application, notify, session);
    newest = rv == CKR_OK ? *session : newest;
    return rv;
}

static CK_RV log_in(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG len)
{
    char path[1024];
    const char *base = getenv("TROUBLE_FILE");
    (void)snprintf(path, sizeof path, "%s.logins", base == NULL ? "" : base);
    FILE *file = fopen(path, "a");
    if (file != NULL) {
        (void)fputs("login\n", file);
        (void)fclose(file);
    }
    return real->C_Login(session, user, pin, len);
}

static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    static char other[] = "other";
    for (CK_ULONG i = 0; i < count && trouble_is("replaced"); i++) {
        if (wanted[i].type == CKA_LABEL) {
            wanted[i].pValue = other;
            wanted[i].ulValueLen = sizeof other - 1;
        }
    }
    return real->C_FindObjectsInit(session, wanted, count);
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    if (is_gone()) {
        return CKR_DEVICE_REMOVED;
    }
    if (dead != 0 && session <= dead) {
        return CKR_SESSION_HANDLE_INVALID;
    }
    return real->C_SignInit(session, mechanism, key);
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
                  CK_ULONG *len)
{
    const struct timespec slow = {.tv_sec = 1};
    CK_RV rv = real->C_Sign(session, data, data_len, signature, len);
    if (trouble_is("slow")) {
        (void)nanosleep(&slow, NULL); /* the trouble itself, no wait for anything */
    }
    if (trouble_is("wrong") && rv == CKR_OK) {
        signature[*len - 1] ^= 1;
    }
    return trouble_is("fails") ? CKR_DEVICE_ERROR : trouble_is("pulled") ? CKR_DEVICE_REMOVED : rv;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    const char *path = getenv("TROUBLE_MODULE");
    void *library = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library == NULL ? NULL : dlsym(library, "C_GetFunctionList");
    CK_C_GetFunctionList get = NULL;
    memcpy(&get, &symbol, sizeof get);
    if (get == NULL || get(&real) != CKR_OK) {
        return CKR_GENERAL_ERROR;
    }
    ours = *real;
    ours.C_GetFunctionList = C_GetFunctionList;
    ours.C_GetSlotList = get_slots;
    ours.C_GetTokenInfo = get_token;
    ours.C_OpenSession = open_session;
    ours.C_Login = log_in;
    ours.C_FindObjectsInit = find_init;
    ours.C_SignInit = sign_init;
    ours.C_Sign = sign;
    *list = &ours;
    return CKR_OK;
}
