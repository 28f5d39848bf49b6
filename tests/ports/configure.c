/* The configuration of the test programs: a folder with ca.pem, chain.pem and key.pem. */
#include "way.h"

#include <stdio.h>
#include <time.h>

static hf_time now(void *ctx)
{
    (void)ctx;
    return (hf_time){(int64_t)time(NULL), HF_TIME_EXACT};
}

static size_t read_file(const char *folder, const char *name, char *text, size_t cap)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    size_t len = file == NULL ? 0 : fread(text, 1, cap, file);
    if (file != NULL) {
        fclose(file);
    }
    return len;
}

hf_code way_configure(hf_config *config, const char *folder, bool server)
{
    static uint8_t memory[16384];
    static char ca[8192], chain[8192], key[8192];
    size_t ca_len = read_file(folder, "ca.pem", ca, sizeof ca);
    size_t chain_len = read_file(folder, "chain.pem", chain, sizeof chain);
    size_t key_len = read_file(folder, "key.pem", key, sizeof key);
    hf_config_init(config, memory, sizeof memory);
    config->clock.now = now;
    config->role = server ? HF_SERVER : HF_CLIENT;
    config->client_auth = HF_CLIENT_AUTH_REQUIRE;
    config->unknown_name = HF_UNKNOWN_NAME_DEFAULT;
    (void)hf_config_anchors(config, ca, ca_len);
    (void)hf_config_identity(config, chain, chain_len, key, key_len, NULL);
    return hf_config_build(config);
}
