/* Loading credentials and making a configuration of them. See setup.h. */
#include "setup.h"

#include "page.h"
#include "remember.h"
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CREDENTIALS_LIMIT (4u << 20) /* of one file: a system's CAs are about 220 KB */
#define CERTIFICATE_ROOM  (16384u + sizeof(hf_remembered))
#define NAMES_ROOM        8192u

/* Where systems keep their CAs, Debian's place first. */
static const char *const SYSTEM_CAS[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};
#define SYSTEM_CAS_COUNT (sizeof SYSTEM_CAS / sizeof SYSTEM_CAS[0])

static const char *system_ca(void)
{
    for (size_t i = 0; i < SYSTEM_CAS_COUNT; i++) {
        if (access(SYSTEM_CAS[i], R_OK) == 0) {
            return SYSTEM_CAS[i];
        }
    }
    return NULL;
}

static bool is_system(const char *ca)
{
    return strcmp(ca, "system") == 0;
}

static cli_exit read_ca(const char *ca, cli_file *file)
{
    if (!is_system(ca)) {
        return cli_file_read(ca, CREDENTIALS_LIMIT, file);
    }
    const char *path = system_ca();
    if (path == NULL) {
        return cli_fail(CLI_LOCAL, "This machine has no list of CAs.", SYSTEM_CAS[0],
                        "Install it (Debian: ca-certificates), or give your CA with --ca FILE.");
    }
    return cli_file_read(path, CREDENTIALS_LIMIT, file);
}

static cli_exit read_files(cli_setup *setup, const cli_options *options)
{
    cli_exit result = CLI_OK;
    for (size_t i = 0; i < options->ca_count && result == CLI_OK; i++) {
        result = read_ca(options->ca[i], &setup->ca[i]);
    }
    if (result == CLI_OK && options->cert != NULL) {
        result = cli_file_read(options->cert, CREDENTIALS_LIMIT, &setup->cert);
    }
    if (result == CLI_OK && options->key != NULL && !cli_token_is(options->key)) {
        result = cli_file_read(options->key, CREDENTIALS_LIMIT, &setup->key);
    }
    if (result == CLI_OK && options->key_password_file != NULL) {
        result = cli_file_read_password(options->key_password_file, &setup->password);
    }
    if (result == CLI_OK && options->psk.file != NULL) {
        result = cli_psks_read(&setup->psks, &options->psk);
    }
    return result;
}

/* A file's decoded bytes and its anchors need less than twice its length: no certificate is so
 * small that 160 bytes more would not fit. */
static size_t config_room(const cli_setup *setup, const cli_options *options)
{
    size_t room = 4096 + 2 * (setup->cert.len + setup->key.len);
    for (size_t i = 0; i < options->ca_count; i++) {
        room += 2 * setup->ca[i].len;
    }
    return room;
}

/* A system's list may hold CAs with keys that the library does not know: those are left out, for
 * nobody has chosen them one by one. */
static hf_code add_system(hf_config *config, const cli_file *file, uint8_t *decoded)
{
    const hf_span text = {file->bytes, file->len};
    hf_span label;
    hf_span der;
    size_t at = 0;
    size_t used = 0;
    hf_code code = hf_pem_next(text, &at, &label, (hf_space){decoded, file->len}, &der);
    while (code == HF_OK) {
        hf_anchor probe;
        if (hf_anchor_from_der(&probe, der, NULL) == HF_OK) {
            code = hf_config_anchors(config, der.ptr, der.len); /* DER is borrowed */
            used += der.len;
        }
        if (code == HF_OK) {
            code =
                hf_pem_next(text, &at, &label, (hf_space){decoded + used, file->len - used}, &der);
        }
    }
    if (code == HF_E_PEM_EMPTY && used > 0) {
        return HF_OK;
    }
    return config->error.code != HF_OK ? code : hf_fail(&config->error, code);
}

static cli_exit load(cli_setup *setup, const cli_options *options)
{
    hf_config *config = &setup->config;
    size_t room = config_room(setup, options);
    uint8_t *decoded = setup->config_memory; /* the first half: for the system's list */
    hf_config_init(config, decoded + room, room);
    for (size_t i = 0; i < options->ca_count; i++) {
        const cli_file *file = &setup->ca[i];
        hf_code code = HF_OK;
        if (is_system(options->ca[i])) {
            code = add_system(config, file, decoded);
            decoded += file->len;
        } else {
            code = hf_config_anchors(config, file->bytes, file->len);
        }
        if (code != HF_OK) {
            return cli_fail_record(&config->error, options->ca[i]);
        }
    }
    if (options->cert == NULL) {
        return CLI_OK;
    }
    const char *password = (const char *)setup->password.bytes;
    hf_code code =
        hf_config_identity(config, setup->cert.bytes, setup->cert.len, NULL, 0, password);
    if (code != HF_OK) {
        return cli_fail_record(&config->error, options->cert);
    }
    if (setup->key.bytes == NULL) {
        cli_exit result = cli_token_open(&setup->token, options->key, password);
        return result == CLI_OK
                   ? cli_token_use(setup->token, config, options->version, options->cert)
                   : result;
    }
    code = hf_config_identity(config, setup->cert.bytes, setup->cert.len, setup->key.bytes,
                              setup->key.len, password);
    return code == HF_OK ? CLI_OK : cli_fail_record(&config->error, options->key);
}

static hf_time fixed_time(void *ctx)
{
    const cli_setup *setup = ctx;
    return (hf_time){.seconds = setup->as_of, .kind = HF_TIME_EXACT};
}

static cli_exit build(cli_setup *setup, const cli_options *options)
{
    hf_config *config = &setup->config;
    if (options->version != 0) {
        config->version_min = config->version_max = options->version;
    }
    config->alpn = options->alpn;
    config->alpn_count = options->alpn_count;
    config->pins = options->pins;
    config->pins_count = options->pins_count;
    config->insecure_skip_name_check = options->insecure_skip_name;
    config->insecure_skip_certificate_check = options->insecure_skip_certificate;
    config->require_extended_master_secret = options->require_extended_secret;
    config->clock = hf_clock_system();
    if (options->has_time) {
        setup->as_of = options->time;
        config->clock = (hf_clock){.now = fixed_time, .ctx = setup};
    }
    if (options->psk.file != NULL) {
        config->psk = cli_psks_choose(&setup->psks, &options->psk);
        config->psk_modes = options->psk.modes;
        if (config->psk == NULL) {
            return CLI_LOCAL;
        }
    }
    config->stapling = HF_TOOL_STAPLING;
    config->whole_chain = true; /* a host has the memory, and servers send what they like */
    cli_budget_begin(&setup->budget, &CLI_CLOCKS);
    cli_watch_add(&setup->watch, cli_budget_event, &setup->budget);
    cli_watch_add(&setup->watch, cli_chain_trace, &setup->chain);
    config->trace = cli_watch_event;
    config->trace_ctx = &setup->watch;
    if (options->adjust != NULL) {
        options->adjust(options->adjust_ctx, config);
    }
    if (hf_config_build(config) == HF_OK) {
        return CLI_OK;
    }
    char subject[512];
    (void)snprintf(subject, sizeof subject, "%s and %s", options->cert, options->key);
    return cli_fail_record(&config->error, options->cert == NULL ? NULL : subject);
}

static void share_out(cli_setup *setup, size_t input)
{
    uint8_t *at = setup->buffers;
    setup->memory.input = (hf_space){at, input};
    at += input;
    setup->memory.output = (hf_space){at, HF_TLS_INPUT_MAX};
    at += HF_TLS_INPUT_MAX;
    setup->memory.certificate = (hf_space){at, CERTIFICATE_ROOM};
    at += CERTIFICATE_ROOM;
    setup->memory.names = (hf_space){at, NAMES_ROOM};
    setup->memory.session = setup->resume.path == NULL ? NULL : &setup->resume.session;
}

cli_exit cli_setup_make(cli_setup *setup, const cli_options *options)
{
    memset(setup, 0, sizeof *setup);
    setup->conn.name = options->server_name;
    setup->conn.dns_servers = options->dns;
    cli_exit result = cli_trace_begin(&setup->trace, &options->trace, &setup->watch);
    if (result == CLI_OK) {
        result = read_files(setup, options);
    }
    if (result == CLI_OK) {
        result = cli_resume_make(&setup->resume, options->session);
    }
    if (result == CLI_OK && options->report != NULL) {
        result = cli_page_check(options->report, options->force);
    }
    if (result != CLI_OK) {
        return result;
    }
    size_t total = options->input_buffer + HF_TLS_INPUT_MAX + CERTIFICATE_ROOM + NAMES_ROOM;
    setup->config_memory = malloc(2 * config_room(setup, options));
    setup->buffers = malloc(total);
    if (setup->config_memory == NULL || setup->buffers == NULL) {
        return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
    }
    share_out(setup, options->input_buffer);
    if (options->remember != NULL) {
        cli_remember_load(setup, options->remember);
    }
    result = load(setup, options);
    if (result == CLI_OK) {
        result = build(setup, options);
    }
    return result == CLI_OK ? cli_capture_open(&setup->capture, &options->capture, &setup->watch)
                            : result;
}

cli_exit cli_setup_finish(cli_setup *setup, cli_exit result)
{
    cli_capture *capture = setup->capture;
    setup->capture = NULL;
    return cli_capture_close(capture, result);
}

void cli_setup_release(cli_setup *setup)
{
    (void)cli_setup_finish(setup, CLI_OK);
    if (setup->config.memory.ptr != NULL) {
        hf_config_release(&setup->config);
    }
    for (size_t i = 0; i < CLI_CA_MAX; i++) {
        cli_file_release(&setup->ca[i]);
    }
    cli_file_release(&setup->cert);
    cli_file_release(&setup->key);
    cli_token_close(setup->token);
    cli_file_release(&setup->password);
    cli_psks_release(&setup->psks);
    cli_chain_clear(&setup->chain);
    cli_resume_release(&setup->resume);
    free(setup->config_memory);
    free(setup->buffers);
}

int64_t cli_setup_now(const cli_setup *setup)
{
    return setup->config.clock.now(setup->config.clock.ctx).seconds;
}
