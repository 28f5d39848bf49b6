/* handfast identity verify: what a handshake would say about a certificate and those sent with it.
 *
 * The anchors come into a configuration as those of a connection do, and the library's own walk
 * over all certificates judges the path: the one that connect and listen use. So this file alone of
 * the tool includes a header that is internal to the library.
 */
#include "identity.h"
#include "identity_options.h"
#include "report.h"
#include "setup.h"
#include "when.h"

#include "x509/whole.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND    "identity verify"
#define FILES_MAX  16
#define LIST_MAX   64
#define FILE_LIMIT (1u << 20)

/* The certificates as a peer would send them: the leaf first. */
typedef struct sent {
    cli_file file[FILES_MAX];
    cli_file decoded[FILES_MAX];
    size_t files;
    hf_span list[LIST_MAX];
    size_t count;
} sent;

typedef struct question {
    const char *name;
    const char *time;
    const char *role;
    identity_list ca;
    hf_role_purpose purpose;
} question;

static cli_exit add(sent *certificates, hf_span der, const char *path)
{
    if (certificates->count == LIST_MAX) {
        return cli_fail(CLI_USAGE, "There are more than 64 certificates.", path,
                        "Give the leaf and its intermediates; CAs to trust go with --ca.");
    }
    certificates->list[certificates->count++] = der;
    return CLI_OK;
}

/* Every CERTIFICATE of a PEM file. */
static cli_exit add_blocks(sent *certificates, hf_span text, uint8_t *room, const char *path)
{
    hf_span label;
    hf_span der;
    size_t at = 0;
    size_t used = 0;
    size_t before = certificates->count;
    cli_exit result = CLI_OK;
    hf_code code = HF_OK;
    while (result == CLI_OK) {
        code = hf_pem_next(text, &at, &label, (hf_space){room + used, text.len - used}, &der);
        if (code != HF_OK) {
            break;
        }
        if (label.len == 11 && memcmp(label.ptr, "CERTIFICATE", 11) == 0) {
            result = add(certificates, der, path);
            used += der.len;
        }
    }
    if (result == CLI_OK && code == HF_E_PEM_EMPTY && certificates->count > before) {
        return CLI_OK;
    }
    hf_error error;
    hf_error_clear(&error);
    (void)hf_fail(&error, code);
    return result != CLI_OK ? result : cli_fail_record(&error, path);
}

static cli_exit read_sent(sent *certificates, const char *path)
{
    if (certificates->files == FILES_MAX) {
        return cli_fail_usage(COMMAND, "There are more than 16 files.", path);
    }
    size_t index = certificates->files++;
    cli_file *file = &certificates->file[index];
    cli_exit result = cli_file_read(path, FILE_LIMIT, file);
    if (result != CLI_OK) {
        return result;
    }
    if (memmem(file->bytes, file->len, "-----BEGIN ", 11) == NULL && file->len > 0 &&
        file->bytes[0] == 0x30) { /* DER: a SEQUENCE */
        return add(certificates, (hf_span){file->bytes, file->len}, path);
    }
    cli_file *decoded = &certificates->decoded[index];
    decoded->bytes = malloc(file->len + 1);
    if (decoded->bytes == NULL) {
        return cli_fail(CLI_LOCAL, "There is not enough memory.", NULL, "Free some.");
    }
    decoded->len = file->len;
    memset(decoded->bytes, 0, decoded->len);
    return add_blocks(certificates, (hf_span){file->bytes, file->len}, decoded->bytes, path);
}

static void release_sent(sent *certificates)
{
    for (size_t i = 0; i < certificates->files; i++) {
        cli_file_release(&certificates->file[i]);
        cli_file_release(&certificates->decoded[i]);
    }
}

static void print_name(const char *label, size_t number, hf_span name)
{
    char text[512];
    (void)hf_x509_name_text(name, text, sizeof text);
    printf("  %-6s %zu  %s\n", label, number, text[0] == 0 ? "(empty)" : text);
}

static void print_trusted(const question *asked, const sent *certificates, const hf_whole *whole,
                          const cli_setup *setup, const char *leaf)
{
    char when[CLI_WHEN_SIZE];
    hf_certificate certificate = {.must_staple = false};
    bool staple = false;
    cli_when_text(cli_setup_now(setup), when);
    printf("ok: %s is good for a %s%s%s at %s\n", leaf,
           asked->purpose == HF_FOR_CLIENT_AUTH ? "client" : "server",
           asked->name == NULL ? "" : " called ", asked->name == NULL ? "" : asked->name, when);
    for (size_t i = 0; i < whole->path_len; i++) {
        if (hf_x509_parse(&certificate, certificates->list[whole->path[i]], NULL) == HF_OK) {
            print_name("path", i, certificate.subject);
            staple = staple || (i == 0 && certificate.must_staple);
        }
    }
    print_name("anchor", whole->path_len, certificate.issuer);
    if (asked->purpose == HF_FOR_SERVER_AUTH && asked->name == NULL) {
        puts("  the name was not checked (--name)");
    }
    if (staple) {
        puts("  it demands a stapled OCSP response, which only a handshake can check");
    }
}

static cli_exit judge(const question *asked, const sent *certificates, const cli_setup *setup,
                      const char *leaf)
{
    const hf_config *config = &setup->config;
    const hf_path_policy policy = {
        .crypto = &config->crypto,
        .anchors = config->anchors,
        .now = config->clock.now(config->clock.ctx),
        .purpose = asked->purpose,
        .name = asked->name,
        .max_depth = config->max_depth,
        .max_certificates = config->limits.certificates,
        .max_signatures = config->limits.signatures,
    };
    hf_whole whole;
    hf_whole_start(&whole, &policy, certificates->list, certificates->count, setup->memory.names);
    hf_code code = HF_PENDING;
    while (code == HF_PENDING) {
        code = hf_whole_run(&whole);
    }
    if (code == HF_OK) {
        print_trusted(asked, certificates, &whole, setup, leaf);
        return CLI_OK;
    }
    hf_error error;
    hf_error_clear(&error);
    error.stage = HF_STAGE_TLS;
    error.depth = whole.depth;
    error.offset = whole.offset;
    error.detail = whole.detail;
    (void)hf_fail(&error, code);
    return cli_fail_record(&error, leaf);
}

static cli_exit check_question(question *asked, cli_options *options)
{
    if (asked->ca.count == 0) {
        return cli_fail_usage(COMMAND, "The CA to trust is missing (--ca FILE).", NULL);
    }
    if (asked->ca.count > CLI_CA_MAX) {
        return cli_fail_usage(COMMAND, "There are more than 8 files of CAs.",
                              asked->ca.item[CLI_CA_MAX]);
    }
    if (strcmp(asked->role, "server") != 0 && strcmp(asked->role, "client") != 0) {
        return cli_fail_usage(COMMAND, "--for takes server or client.", asked->role);
    }
    asked->purpose = asked->role[0] == 'c' ? HF_FOR_CLIENT_AUTH : HF_FOR_SERVER_AUTH;
    if (asked->purpose == HF_FOR_CLIENT_AUTH && asked->name != NULL) {
        return cli_fail_usage(COMMAND, "--name is a server's: it does not go with --for client.",
                              asked->name);
    }
    if (asked->time != NULL && !cli_when_parse(asked->time, &options->time)) {
        return cli_fail_usage(COMMAND, "This is no time in RFC 3339's form.", asked->time);
    }
    options->has_time = asked->time != NULL;
    for (size_t i = 0; i < asked->ca.count; i++) {
        options->ca[options->ca_count++] = asked->ca.item[i];
    }
    return CLI_OK;
}

static cli_exit verify_files(const question *asked, const cli_options *options, char **files,
                             size_t count)
{
    sent certificates = {.count = 0};
    cli_setup setup;
    cli_exit result = cli_setup_make(&setup, options);
    for (size_t i = 0; i < count && result == CLI_OK; i++) {
        result = read_sent(&certificates, files[i]);
    }
    if (result == CLI_OK) {
        result = judge(asked, &certificates, &setup, files[0]);
    }
    release_sent(&certificates);
    cli_setup_release(&setup);
    return result;
}

cli_exit identity_verify(int argc, char **argv)
{
    question asked = {.role = "server"};
    const identity_option table[] = {
        {.name = "ca", .list = &asked.ca},
        {.name = "name", .value = &asked.name},
        {.name = "time", .value = &asked.time},
        {.name = "for", .value = &asked.role},
    };
    cli_options options;
    bool help = false;
    cli_exit result =
        identity_take_options(COMMAND, argc, argv, table, sizeof table / sizeof table[0], &help);
    if (help) {
        identity_print_verify_help();
        return CLI_OK;
    }
    if (result == CLI_OK && optind >= argc) {
        return cli_fail_usage(COMMAND, "The certificate is missing.", NULL);
    }
    cli_options_init(&options, COMMAND);
    if (result == CLI_OK) {
        result = check_question(&asked, &options);
    }
    return result == CLI_OK ? verify_files(&asked, &options, argv + optind, (size_t)(argc - optind))
                            : result;
}
