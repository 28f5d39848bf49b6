/* The test client's configuration and memory. See client.h. */
#include "peers/client.h"
#include "peers/pcap.h"

#include "tls/keys/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FILE_MAX 65536u

/* Every block is one of its own, so that overruns are found; all are given back at the end. */
static uint8_t *blocks[16];
static size_t blocks_count;

static hf_space memory(uint32_t size)
{
    uint8_t *bytes = size == 0 ? NULL : malloc(size);
    if ((bytes == NULL && size > 0) || blocks_count == sizeof blocks / sizeof blocks[0]) {
        exit(2);
    }
    blocks[blocks_count++] = bytes;
    return (hf_space){bytes, size};
}

static hf_span read_file(const char *path)
{
    hf_space space = memory(FILE_MAX);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    size_t len = fread(space.ptr, 1, space.cap, file);
    fclose(file);
    return (hf_span){space.ptr, len};
}

static hf_time now(void *ctx)
{
    const client *c = ctx;
    bool at_least = strcmp(c->options.clock, "at-least") == 0;
    bool none = strcmp(c->options.clock, "none") == 0;
    int64_t seconds = (int64_t)time(NULL);
    if (c->options.time != NULL) {
        seconds = strtoll(c->options.time, NULL, 10);
    }
    if (c->options.offset != NULL) {
        seconds += strtoll(c->options.offset, NULL, 10);
    }
    hf_time_kind exact = at_least ? HF_TIME_AT_LEAST : HF_TIME_EXACT;
    return (hf_time){seconds, none ? HF_TIME_NONE : exact};
}

static void take_event(void *ctx, const hf_event *event)
{
    client *c = ctx;
    pcap_event(NULL, event);
    if (event->kind == HF_EVENT_CERTIFICATE) {
        c->certificates++;
    }
}

static bool parse_hex(uint8_t *out, size_t len, const char *text)
{
    for (size_t i = 0; i < len; i++) {
        unsigned byte = 0;
        if (sscanf(text + 2 * i, "%2x", &byte) != 1) {
            return false;
        }
        out[i] = (uint8_t)byte;
    }
    return text[2 * len] == '\0';
}

/* ---- signing behind a callback */

static hf_code sign_with(const client *c, uint16_t scheme, const uint8_t *hash, hf_space out,
                         size_t *len)
{
    const hf_scheme_info *info = hf_scheme_find(scheme);
    return hf_key_sign(&c->signing.identity.key, &c->signing.crypto, info->kind, info->hash, hash,
                       out.ptr, out.cap, len);
}

static hf_code sign(void *ctx, uint16_t scheme, hf_span hash, hf_space signature, size_t *len)
{
    client *c = ctx;
    const char *how = c->options.signer;
    if (strcmp(how, "fails") == 0) {
        return HF_E_BACKEND;
    }
    if (strcmp(how, "at-once") == 0) {
        return sign_with(c, scheme, hash.ptr, signature, len);
    }
    c->sign_scheme = scheme;
    memcpy(c->sign_hash, hash.ptr, hash.len);
    return HF_PENDING;
}

hf_code client_sign_now(client *c)
{
    uint8_t signature[HF_SIGNATURE_MAX];
    size_t len = 0;
    hf_space space = {signature, sizeof signature};
    c->asked++;
    if (strcmp(c->options.signer, "fails-later") == 0) {
        return hf_tls_sign_done(&c->tls, HF_E_BACKEND, (hf_span){NULL, 0});
    }
    hf_code code = sign_with(c, c->sign_scheme, c->sign_hash, space, &len);
    return hf_tls_sign_done(&c->tls, code, (hf_span){signature, len});
}

/* ---- configuration */

static hf_code load_identity(client *c)
{
    const client_options *o = &c->options;
    if (o->cert == NULL) {
        return HF_OK;
    }
    hf_span cert = read_file(o->cert);
    hf_span key = o->key == NULL ? (hf_span){NULL, 0} : read_file(o->key);
    if (o->signer == NULL) {
        return hf_config_identity(&c->config, cert.ptr, cert.len, key.ptr, key.len, o->password);
    }
    hf_space space = memory(16384);
    hf_config_init(&c->signing, space.ptr, space.cap);
    c->signing.insecure_skip_certificate_check = true; /* it makes no connection */
    hf_code code =
        hf_config_identity(&c->signing, cert.ptr, cert.len, key.ptr, key.len, o->password);
    code = code == HF_OK ? hf_config_build(&c->signing) : code;
    if (code != HF_OK) {
        fprintf(stderr, "client: the signer's key: %s\n", hf_error_name(code));
        exit(2);
    }
    c->config.identity.signer = (hf_signer){sign, c};
    return hf_config_identity(&c->config, cert.ptr, cert.len, NULL, 0, NULL);
}

static void set_choices(client *c)
{
    const client_options *o = &c->options;
    hf_config *config = &c->config;
    if (o->versions.count == 2) {
        config->version_min = o->versions.numbers[0];
        config->version_max = o->versions.numbers[1];
    }
    config->suites = o->suites.numbers;
    config->suites_count = o->suites.count;
    config->groups = o->groups.numbers;
    config->groups_count = o->groups.count;
    config->schemes = o->schemes.numbers;
    config->schemes_count = o->schemes.count;
    config->key_shares = (uint8_t)o->shares;
    config->alpn = o->alpn.names;
    config->alpn_count = o->alpn.count;
    config->compatibility_mode = o->compatible;
    config->no_record_limits = o->no_limits;
    config->insecure_skip_name_check = o->skip_name;
    config->insecure_skip_certificate_check = o->skip_check;
    config->raw_keys = config->peer_raw_keys = o->raw_keys ? HF_RAW_KEYS_ONLY : HF_RAW_KEYS_NEVER;
    config->whole_chain = o->whole_chain;
    config->require_extended_master_secret = o->require_extended_master;
    config->max_depth = (uint8_t)o->depth;
    config->key_limit = o->key_limit;
    config->server_name_indication = o->sni;
    config->reuse_tickets = o->reuse_tickets;
    config->psk_modes = (uint8_t)o->psk_modes;
}

static hf_code configure(client *c)
{
    const client_options *o = &c->options;
    hf_space space = memory(131072);
    hf_config_init(&c->config, space.ptr, space.cap);
    set_choices(c);
    c->config.clock = (hf_clock){now, c};
    c->config.trace = take_event;
    c->config.trace_ctx = c;
    if (o->pin != NULL) {
        if (!parse_hex(c->pin.sha256, sizeof c->pin.sha256, o->pin)) {
            exit(2);
        }
        c->config.pins = &c->pin;
        c->config.pins_count = 1;
    }
    hf_code code = HF_OK;
    if (o->ca != NULL) {
        hf_span ca = read_file(o->ca);
        code = hf_config_anchors(&c->config, ca.ptr, ca.len);
    }
    code = code == HF_OK ? load_identity(c) : code;
    return code == HF_OK ? hf_config_build(&c->config) : code;
}

/* ---- the session */

static void read_session(client *c)
{
    const char *path = c->options.session;
    FILE *file = path == NULL ? NULL : fopen(path, "rb");
    if (path == NULL) {
        return;
    }
    hf_space space = memory(c->options.session_room);
    c->session = (hf_session){.ptr = space.ptr, .cap = space.cap};
    c->memory.session = &c->session;
    if (file != NULL) {
        c->session.len = space.cap == 0 ? 0 : fread(space.ptr, 1, space.cap, file);
        fclose(file);
    }
}

void client_keep_session(client *c)
{
    FILE *file = c->options.session == NULL ? NULL : fopen(c->options.session, "wb");
    if (file != NULL && c->session.len > 0) {
        fwrite(c->session.ptr, 1, c->session.len, file);
    }
    if (file != NULL) {
        fclose(file);
    }
}

bool client_setup(client *c)
{
    const client_options *o = &c->options;
    c->where = "setup";
    c->code = configure(c);
    c->memory = (hf_tls_memory){
        .input = memory(o->input),
        .output = memory(o->output),
        .certificate = memory(o->slot),
        .names = memory(o->names),
    };
    read_session(c);
    hf_hash_start(&c->data_hash, HF_SHA256);
    hf_error_clear(&c->tls.error);
    if (c->code == HF_OK) {
        c->code = hf_tls_client(&c->tls, &c->config, &c->memory, o->name);
    } else {
        c->tls.error = c->config.error;
    }
    return c->code == HF_OK;
}

void client_tear_down(client *c)
{
    hf_tls_release(&c->tls);
    hf_config_release(&c->config);
    hf_config_release(&c->signing);
    for (size_t i = 0; i < blocks_count; i++) {
        free(blocks[i]);
    }
}
