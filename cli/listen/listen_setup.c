/* Loading a server's credentials. See listen_setup.h. */
#include "listen_setup.h"

#include "listen_trace.h"
#include "report.h"

#include <handfast/conn.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_LIMIT (4u << 20)

static cli_exit read_files(listen_setup *setup, const listen_options *options)
{
    cli_exit result = CLI_OK;
    for (size_t i = 0; i < options->cert_count && result == CLI_OK; i++) {
        result = cli_file_read(options->cert[i], FILE_LIMIT, &setup->cert[i]);
        if (result == CLI_OK && !cli_token_is(options->key[i])) {
            result = cli_file_read(options->key[i], FILE_LIMIT, &setup->key[i]);
        }
        if (result == CLI_OK && options->staple[i] != NULL) {
            result = cli_file_read(options->staple[i], FILE_LIMIT, &setup->staple[i]);
        }
    }
    for (size_t i = 0; i < options->client_ca_count && result == CLI_OK; i++) {
        result = cli_file_read(options->client_ca[i], FILE_LIMIT, &setup->ca[i]);
    }
    if (result == CLI_OK && options->key_password_file != NULL) {
        result = cli_file_read_password(options->key_password_file, &setup->password);
    }
    if (result == CLI_OK && options->psk.file != NULL) {
        result = cli_psks_read(&setup->psks, &options->psk);
    }
    return result;
}

/* Decoded bytes and anchors need less than twice a file's length: see setup.c. */
static size_t room(const listen_setup *setup)
{
    size_t total = 4096;
    for (size_t i = 0; i < LISTEN_IDENTITIES_MAX; i++) {
        total += 2 * (setup->cert[i].len + setup->key[i].len);
    }
    for (size_t i = 0; i < CLI_CA_MAX; i++) {
        total += 2 * setup->ca[i].len;
    }
    return total;
}

/* The key stays where it is: what the token can do is left to the handshake only when it is the one
 * identity, for the schemes are those of all. */
static cli_exit load_token(listen_setup *setup, const listen_options *options, size_t i)
{
    hf_config *config = &setup->config;
    const cli_file *cert = &setup->cert[i];
    hf_identity *identity = i == 0 ? &config->identity : &setup->more[i];
    hf_code code =
        i == 0 ? hf_config_identity(config, cert->bytes, cert->len, NULL, 0, NULL)
               : hf_config_add_identity(config, identity, cert->bytes, cert->len, NULL, 0, NULL);
    if (code != HF_OK) {
        return cli_fail_record(&config->error, options->cert[i]);
    }
    identity->staple = (hf_span){setup->staple[i].bytes, setup->staple[i].len};
    cli_exit result =
        cli_token_open(&setup->token[i], options->key[i], (const char *)setup->password.bytes);
    if (result != CLI_OK) {
        return result;
    }
    return options->cert_count == 1
               ? cli_token_use(setup->token[i], config, options->version, options->cert[i])
               : cli_token_serve(setup->token[i], identity, options->cert[i]);
}

/* Certificate and key are looked at one by one, so that an error names the right file. */
static cli_exit load_identity(listen_setup *setup, const listen_options *options, size_t i)
{
    hf_config *config = &setup->config;
    const cli_file *cert = &setup->cert[i];
    const cli_file *key = &setup->key[i];
    const char *password = (const char *)setup->password.bytes;
    const hf_span staple = {setup->staple[i].bytes, setup->staple[i].len};
    hf_code code = HF_OK;
    if (i == 0) {
        code = hf_config_identity(config, cert->bytes, cert->len, NULL, 0, password);
        if (code != HF_OK) {
            return cli_fail_record(&config->error, options->cert[i]);
        }
        code = hf_config_identity(config, cert->bytes, cert->len, key->bytes, key->len, password);
        config->identity.staple = staple;
    } else {
        setup->more[i].staple = staple;
        code = hf_config_add_identity(config, &setup->more[i], cert->bytes, cert->len, key->bytes,
                                      key->len, password);
    }
    if (code == HF_OK) {
        return CLI_OK;
    }
    char subject[1024];
    (void)snprintf(subject, sizeof subject, "%s and %s", options->cert[i], options->key[i]);
    return cli_fail_record(&config->error, i == 0 ? options->key[i] : subject);
}

static cli_exit load(listen_setup *setup, const listen_options *options)
{
    hf_config *config = &setup->config;
    cli_exit result = CLI_OK;
    for (size_t i = 0; i < options->client_ca_count; i++) {
        if (hf_config_anchors(config, setup->ca[i].bytes, setup->ca[i].len) != HF_OK) {
            return cli_fail_record(&config->error, options->client_ca[i]);
        }
    }
    for (size_t i = 0; i < options->cert_count && result == CLI_OK; i++) {
        result = setup->key[i].bytes == NULL ? load_token(setup, options, i)
                                             : load_identity(setup, options, i);
    }
    return result;
}

static void set_sessions(hf_config *config, const listen_options *options, listen_tickets *tickets)
{
    if (!options->no_tickets) {
        config->ticket_keys = listen_tickets_keys(tickets);
        config->store = listen_tickets_sessions(tickets);
        config->tickets = (uint8_t)options->tickets;
        config->ticket_lifetime = (uint32_t)options->ticket_lifetime;
    }
}

static cli_exit build(listen_setup *setup, const listen_options *options)
{
    hf_config *config = &setup->config;
    if (options->version != 0) {
        config->version_min = config->version_max = options->version;
    }
    config->alpn = options->alpn;
    config->alpn_count = options->alpn_count;
    config->clock = hf_clock_system();
    config->client_auth = listen_options_auth(options);
    config->unknown_name = options->any_name ? HF_UNKNOWN_NAME_DEFAULT : HF_UNKNOWN_NAME_REFUSE;
    config->send_authorities = options->send_authorities;
    config->trace = options->trace.ladder ? listen_trace_event : NULL;
    if (options->psk.file != NULL) {
        config->psks = (hf_psk_source){hf_psk_list_find, &setup->psks.list};
        config->psk_modes = options->psk.modes;
    }
    if (hf_config_build(config) == HF_OK) {
        return CLI_OK;
    }
    char subject[1024];
    if (options->cert_count == 0) {
        return cli_fail_record(&config->error, options->psk.file);
    }
    (void)snprintf(subject, sizeof subject, "%s and %s%s", options->cert[0], options->key[0],
                   options->cert_count > 1 ? ", or a pair behind them" : "");
    return cli_fail_record(&config->error, subject);
}

cli_exit listen_setup_make(listen_setup *setup, const listen_options *options, hf_hooks hooks,
                           listen_tickets *tickets)
{
    cli_exit result = read_files(setup, options);
    if (result != CLI_OK) {
        return result;
    }
    size_t size = room(setup);
    setup->memory = malloc(size);
    if (setup->memory == NULL) {
        return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
    }
    hf_config_init(&setup->config, setup->memory, size);
    setup->config.role = HF_SERVER;
    result = load(setup, options);
    setup->config.hooks = hooks;
    set_sessions(&setup->config, options, tickets);
    return result == CLI_OK ? build(setup, options) : result;
}

void listen_setup_release(listen_setup *setup)
{
    if (setup->config.memory.ptr != NULL) {
        hf_config_release(&setup->config);
    }
    for (size_t i = 0; i < LISTEN_IDENTITIES_MAX; i++) {
        cli_file_release(&setup->cert[i]);
        cli_file_release(&setup->key[i]);
        cli_token_close(setup->token[i]);
        cli_file_release(&setup->staple[i]);
        cli_file_release(&setup->ca[i]);
    }
    cli_file_release(&setup->password);
    cli_psks_release(&setup->psks);
    free(setup->memory);
}
_Static_assert(LISTEN_IDENTITIES_MAX == CLI_CA_MAX, "released in one loop");
