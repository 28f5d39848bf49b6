/* Return values of PKCS#11 in words (PKCS#11 2.40, 5.1). */
#include "pkcs11_inside.h"

#include <stdio.h>

typedef struct row {
    CK_RV rv;
    const char *words;
} row;

static const row ROWS[] = {
    {CKR_HOST_MEMORY, "not enough memory"},
    {CKR_SLOT_ID_INVALID, "the slot is not there any more"},
    {CKR_GENERAL_ERROR, "a general error of the module"},
    {CKR_FUNCTION_FAILED, "the module could not do it"},
    {CKR_DEVICE_ERROR, "the token reports an error of the device"},
    {CKR_DEVICE_MEMORY, "the token has no memory left"},
    {CKR_DEVICE_REMOVED, "the token was unplugged"},
    {CKR_FUNCTION_NOT_SUPPORTED, "the module does not have that function"},
    {CKR_KEY_HANDLE_INVALID, "the key is not in the token any more"},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, "the key is not allowed to sign (CKA_SIGN)"},
    {CKR_KEY_TYPE_INCONSISTENT, "the key is of another kind"},
    {CKR_KEY_SIZE_RANGE, "the key has a size that the token does not sign with"},
    {CKR_MECHANISM_INVALID, "the token does not make signatures of this kind"},
    {CKR_MECHANISM_PARAM_INVALID, "the token does not take these parameters of a signature"},
    {CKR_OBJECT_HANDLE_INVALID, "the key is not in the token any more"},
    {CKR_PIN_INCORRECT, "the PIN is wrong"},
    {CKR_PIN_INVALID, "the PIN has letters that the token does not take"},
    {CKR_PIN_LEN_RANGE, "the PIN is too short or too long"},
    {CKR_PIN_EXPIRED, "the PIN has expired"},
    {CKR_PIN_LOCKED, "the PIN is locked"},
    {CKR_SESSION_CLOSED, "the session was closed"},
    {CKR_SESSION_COUNT, "the token has no session left"},
    {CKR_SESSION_HANDLE_INVALID, "the session is gone: the token was unplugged meanwhile"},
    {CKR_TOKEN_NOT_PRESENT, "the token is not plugged in"},
    {CKR_TOKEN_NOT_RECOGNIZED, "the module does not know this token"},
    {CKR_USER_NOT_LOGGED_IN, "the token wants its PIN again"},
    {CKR_USER_PIN_NOT_INITIALIZED, "the token has no PIN yet"},
    {CKR_CRYPTOKI_NOT_INITIALIZED, "the module was ended"},
};

const char *pkcs11_words(CK_RV rv)
{
    static char number[32]; /* the tool has one thread */
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (ROWS[i].rv == rv) {
            return ROWS[i].words;
        }
    }
    (void)snprintf(number, sizeof number, "CKR 0x%08lx", (unsigned long)rv);
    return number;
}

bool pkcs11_is_gone(CK_RV rv)
{
    switch (rv) {
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SESSION_CLOSED:
    case CKR_SLOT_ID_INVALID:
    case CKR_KEY_HANDLE_INVALID:
    case CKR_OBJECT_HANDLE_INVALID:
    case CKR_USER_NOT_LOGGED_IN:
    case CKR_CRYPTOKI_NOT_INITIALIZED:
        return true;
    default:
        return false;
    }
}
