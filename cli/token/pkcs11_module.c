/* Which PKCS#11 module, and its loading: the URI's module-path, or its module-name among the
 * system's modules, or PKCS11_MODULE_PATH of the environment, or p11-kit's proxy, which stands for
 * all modules that the system knows. See pkcs11_inside.h.
 *
 * A module is never unloaded: many leave threads or exit handlers behind.
 */
#include "pkcs11_inside.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROXY "p11-kit-proxy.so"

/* Debian's packages, by a part of the module's file name. */
static const char *const PACKAGES[][2] = {
    {"softhsm", "softhsm2"},
    {"p11-kit-proxy", "p11-kit-modules"},
    {"opensc", "opensc-pkcs11"},
    {"ykcs11", "ykcs11"},
    {"tpm2_pkcs11", "libtpm2-pkcs11-1"},
    {"gnome-keyring", "gnome-keyring-pkcs11"},
};

static const char *package_of(const char *module)
{
    for (size_t i = 0; i < sizeof PACKAGES / sizeof PACKAGES[0]; i++) {
        if (strstr(module, PACKAGES[i][0]) != NULL) {
            return PACKAGES[i][1];
        }
    }
    return NULL;
}

static bool not_loaded(cli_token *token, const char *module)
{
    char todo[sizeof token->todo];
    const char *package = package_of(module);
    const char *reason = dlerror();
    if (package == NULL) {
        (void)snprintf(todo, sizeof todo,
                       "Install the token's PKCS#11 module, and give its path: "
                       "?module-path=/usr/lib/.../MODULE.so");
    } else {
        (void)snprintf(todo, sizeof todo,
                       "Install it (Debian: %s), or name another: ?module-path=FILE.so", package);
    }
    return token_trouble(token, "The PKCS#11 module cannot be loaded.", todo, "%s",
                         reason == NULL ? module : reason);
}

/* A name is a file's in the folders where Debian puts modules, which the loader does not search. */
static void *open_name(const char *name, char *path, size_t cap)
{
    static const char *const FOLDERS[] = {"pkcs11/", "", "softhsm/"};
    void *library = NULL;
    for (size_t i = 0; i < sizeof FOLDERS / sizeof FOLDERS[0] && library == NULL; i++) {
        (void)snprintf(path, cap, HF_TOOL_LIBRARIES "/%s%s.so", FOLDERS[i], name);
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    }
    return library;
}

static bool functions(cli_token *token, void *library, const char *module)
{
    pkcs11 *p = token->inside;
    CK_C_GetFunctionList get = NULL;
    void *symbol = dlsym(library, "C_GetFunctionList");
    memcpy(&get, &symbol, sizeof get); /* C has no cast from an object to a function */
    if (get == NULL || get(&p->call) != CKR_OK || p->call == NULL) {
        p->call = NULL;
        return token_trouble(token, "That is no PKCS#11 module.",
                             "Give the path of the token's module: ?module-path=FILE.so",
                             "%s: it has no list of functions", module);
    }
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    CK_RV rv = p->call->C_Initialize(&args);
    if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        p->call = NULL;
        return token_trouble(token, "The PKCS#11 module does not start.",
                             "Look into the module's own configuration (softhsm2: "
                             "SOFTHSM2_CONF).",
                             "%s: %s", module, pkcs11_words(rv));
    }
    p->initialised = rv == CKR_OK;
    p->module = module;
    return true;
}

bool pkcs11_module_load(cli_token *token)
{
    pkcs11 *p = token->inside;
    char path[1200];
    const char *chosen = getenv("PKCS11_MODULE_PATH");
    void *library = NULL;
    if (p->uri.module_path[0] != 0) {
        chosen = p->uri.module_path;
    } else if (p->uri.module_name[0] != 0) {
        if (strchr(p->uri.module_name, '/') != NULL) {
            return token_trouble(token, "The URI cannot be used.",
                                 "Give a path with ?module-path=FILE.so.",
                                 "module-name is a name, not a path");
        }
        library = open_name(p->uri.module_name, path, sizeof path);
        chosen = p->uri.module_name;
    }
    if (chosen == NULL || chosen[0] == 0) {
        chosen = PROXY;
    }
    if (library == NULL && chosen != p->uri.module_name) {
        library = dlopen(chosen, RTLD_NOW | RTLD_LOCAL);
    }
    return library == NULL ? not_loaded(token, chosen) : functions(token, library, chosen);
}
