/* Memory and configuration of the device. */
#include "device.h"

#include <string.h>

hf_config device_config;
hf_tls device_tls;
uint8_t device_input[PROFILE_INPUT], device_output[PROFILE_OUTPUT];
uint8_t device_certificate[PROFILE_CERTIFICATE];
uint8_t device_session_bytes[PROFILE_SESSION];
hf_session device_session = {.ptr = device_session_bytes, .cap = sizeof device_session_bytes};

/* What is constant on a device, and so in its flash. */
static uint8_t root_der[2048] BOARD_FLASH_FILES, leaf_der[2048] BOARD_FLASH_FILES;
static uint8_t intermediate_der[2048] BOARD_FLASH_FILES, key_der[512] BOARD_FLASH_FILES;
static hf_anchor anchor BOARD_FLASH_FILES;
static const hf_anchor_list anchors = {&anchor, 1};

static const uint16_t SUITES[] = {PROFILE_SUITES};
static const uint16_t GROUPS[] = {PROFILE_GROUPS};
static const uint16_t SCHEMES[] = {PROFILE_SCHEMES};

static const device_options *settings;

static hf_time now(void *ctx)
{
    (void)ctx;
    return (hf_time){settings->clock, settings->at_least ? HF_TIME_AT_LEAST : HF_TIME_EXACT};
}

static hf_span read_file(const char *path, uint8_t *to, size_t cap)
{
    return (hf_span){to, board_read_file(path, to, cap)};
}

/* root.der is whom to trust; leaf.der, intermediate.der and key.der are who we are. */
static hf_code load(void)
{
    hf_span root = read_file("root.der", root_der, sizeof root_der);
    hf_span leaf = read_file("leaf.der", leaf_der, sizeof leaf_der);
    hf_span intermediate = read_file("intermediate.der", intermediate_der, sizeof intermediate_der);
    hf_span key = read_file("key.der", key_der, sizeof key_der);
    uint32_t offset = 0;
    hf_identity *identity = &device_config.identity;
    if (leaf.len > 0) {
        identity->chain[identity->chain_count++] = leaf;
    }
    if (intermediate.len > 0) {
        identity->chain[identity->chain_count++] = intermediate;
    }
    hf_code code = hf_anchor_from_der(&anchor, root, &offset);
    return code == HF_OK ? device_crypto(&device_config, key) : code;
}

hf_code device_configure(const device_options *options)
{
    settings = options;
    hf_config_init(&device_config, NULL, 0);
    hf_code code = load();
    if (code != HF_OK) {
        return hf_fail(&device_config.error, code);
    }
    device_config.clock = (hf_clock){now, NULL};
    device_config.anchors = (hf_anchor_source){hf_anchor_list_find, (void *)&anchors};
    device_config.suites = SUITES;
    device_config.suites_count = sizeof SUITES / sizeof SUITES[0];
    device_config.groups = GROUPS;
    device_config.groups_count = sizeof GROUPS / sizeof GROUPS[0];
    device_config.schemes = SCHEMES;
    device_config.schemes_count = sizeof SCHEMES / sizeof SCHEMES[0];
    device_config.version_min = options->version == 13 ? HF_TLS13 : HF_TLS12;
    device_config.version_max = options->version == 12 ? HF_TLS12 : HF_TLS13;
    return hf_config_build(&device_config);
}
