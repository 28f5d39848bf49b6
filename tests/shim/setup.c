/* From flags to a configuration, and the memory of the connection.
 *
 * Buffers hold any record and 64 KB of certificates, unless -max-send-fragment or our own -hf-...
 * flags ask for smaller ones. The engine has no setting for the largest record that is sent: a
 * small output buffer has that effect, for handshake messages too. */
#include "shim/shim.h"

#include "tls/record.h"

#include <string.h>
#include <time.h>

#define CONFIG_MEMORY      (256U * 1024U)
#define CERTIFICATE_MEMORY (128U * 1024U)
#define NAMES_MEMORY       4096U
#define TLS10              0x0301u

int64_t shim_now(const shim *s)
{
    int64_t passed = (int64_t)s->number * s->options->resumption_delay;
    return (int64_t)time(NULL) + passed;
}

static hf_time now(void *ctx)
{
    return (hf_time){shim_now(ctx), HF_TIME_EXACT};
}

/* ---- versions */

static bool allows(const shim_options *o, uint16_t version)
{
    const bool off[] = {o->no_tls1, o->no_tls11, o->no_tls12, o->no_tls13};
    bool above = o->min_version == 0 || version >= o->min_version;
    bool below = o->max_version == 0 || version <= o->max_version;
    return above && below && !off[version - TLS10];
}

static int set_versions(shim *s)
{
    const shim_options *o = s->options;
    bool old = allows(o, TLS10) || allows(o, TLS10 + 1);
    bool has12 = allows(o, HF_TLS12);
    bool has13 = allows(o, HF_TLS13);
    if (!has12 && !has13 && old) {
        return shim_unimplemented("versions before TLS 1.2");
    }
    /* None at all: hf_config_build() is to say so. */
    s->config.version_min = has12 || !has13 ? HF_TLS12 : HF_TLS13;
    s->config.version_max = has13 ? HF_TLS13 : HF_TLS12;
    if (!has12 && !has13) {
        s->config.version_min = HF_TLS13;
    }
    return SHIM_OK;
}

/* ---- algorithms */

static bool known_group(uint16_t group)
{
    return hf_crypto_has_group(group);
}

static bool known_scheme(uint16_t scheme)
{
    static const uint16_t KNOWN[] = {
        HF_ECDSA_SECP256R1_SHA256, HF_ECDSA_SECP384R1_SHA384, HF_RSA_PSS_RSAE_SHA256,
        HF_RSA_PSS_RSAE_SHA384,    HF_RSA_PKCS1_SHA256,       HF_RSA_PKCS1_SHA384,
    };
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        if (KNOWN[i] == scheme) {
            return true;
        }
    }
    return false;
}

/* A list with something in it that is not there is another test than the one that was meant. */
static int all_known(const shim_list *list, bool (*known)(uint16_t), const char *flag)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!known(list->numbers[i])) {
            return shim_unimplemented("%s %u", flag, list->numbers[i]);
        }
    }
    return SHIM_OK;
}

static int set_algorithms(shim *s)
{
    const shim_options *o = s->options;
    hf_config *config = &s->config;
    int result = all_known(&o->curves, known_group, "-curves");
    result =
        result == SHIM_OK ? all_known(&o->verify_prefs, known_scheme, "-verify-prefs") : result;
    result =
        result == SHIM_OK ? all_known(&o->signing_prefs, known_scheme, "-signing-prefs") : result;
    if (result == SHIM_OK && o->cipher != NULL) {
        result = shim_ciphers(&s->suites, o->cipher);
    }
    config->suites = s->suites.numbers;
    config->suites_count = s->suites.count;
    config->groups = o->curves.numbers;
    config->groups_count = o->curves.count;
    config->schemes = o->verify_prefs.numbers;
    config->schemes_count = o->verify_prefs.count;
    config->signing_schemes = o->signing_prefs.numbers;
    config->signing_schemes_count = o->signing_prefs.count;
    return result;
}

/* ---- application protocols */

/* Names behind their lengths become strings. */
static bool split_names(shim *s, const char *wire)
{
    size_t total = strlen(wire);
    size_t at = 0;
    if (total >= sizeof s->alpn_text) {
        return false;
    }
    memcpy(s->alpn_text, wire, total);
    while (at < total && s->config.alpn_count < sizeof s->alpn / sizeof s->alpn[0]) {
        size_t len = (uint8_t)wire[at];
        if (len == 0 || at + 1 + len > total) {
            return false;
        }
        s->alpn[s->config.alpn_count++] = s->alpn_text + at + 1;
        s->alpn_text[at] = '\0'; /* ends the name before */
        at += 1 + len;
    }
    return at == total;
}

static int set_alpn(shim *s)
{
    const shim_options *o = s->options;
    s->config.alpn = s->alpn;
    if (o->select_next_proto != NULL && o->advertise_alpn == NULL) {
        return shim_unimplemented("-select-next-proto: NPN"); /* beside ALPN it is not needed */
    }
    if (!o->server) {
        bool fits = o->advertise_alpn == NULL || split_names(s, o->advertise_alpn);
        return fits ? SHIM_OK : shim_bad_flag("-advertise-alpn", "no list of names");
    }
    if (o->reject_alpn) {
        s->alpn[s->config.alpn_count++] = "offered by no client";
    } else if (o->select_alpn != NULL && !o->decline_alpn) {
        s->alpn[s->config.alpn_count++] = o->select_alpn;
    }
    return SHIM_OK;
}

/* ---- the peer */

static int set_peer(shim *s)
{
    const shim_options *o = s->options;
    hf_config *config = &s->config;
    config->insecure_skip_certificate_check = true; /* as the protocol wants: any chain will do */
    config->insecure_skip_name_check = true;
    config->unknown_name = HF_UNKNOWN_NAME_DEFAULT;
    /* -verify-peer is the weaker one, and wins: so the runner's own shim has it. */
    config->client_auth = o->verify_peer                      ? HF_CLIENT_AUTH_REQUEST
                          : o->require_any_client_certificate ? HF_CLIENT_AUTH_REQUIRE
                                                              : HF_CLIENT_AUTH_NONE;
    config->stapling = o->enable_ocsp_stapling ? HF_STAPLING_CHECK : HF_STAPLING_OFF;
    shim_watch_peer(s);
    if (o->use_client_ca_list != NULL && !o->server) {
        return shim_unimplemented("-use-client-ca-list: certificate_authorities of a client");
    }
    return shim_authorities(config, o->use_client_ca_list);
}

/* ---- together */

static int configure(shim *s)
{
    const shim_options *o = s->options;
    hf_config *config = &s->config;
    hf_config_init(config, shim_memory(CONFIG_MEMORY), CONFIG_MEMORY);
    config->role = o->server ? HF_SERVER : HF_CLIENT;
    config->clock = (hf_clock){now, s};
    config->compatibility_mode = true; /* the runner wants to see it */
    int result = set_versions(s);
    result = result == SHIM_OK ? set_algorithms(s) : result;
    result = result == SHIM_OK ? set_alpn(s) : result;
    result = result == SHIM_OK ? set_peer(s) : result;
    result = result == SHIM_OK ? shim_use_sessions(s) : result;
    return result == SHIM_OK ? shim_identity(s) : result;
}

static int build(shim *s)
{
    hf_code code = hf_config_build(&s->config);
    if (code == HF_E_KEY_UNSUPPORTED || code == HF_E_CERT_WEAK_KEY) {
        return shim_unimplemented("our own key: of a kind or size that is not supported");
    }
    return code == HF_OK ? SHIM_OK : shim_report_error(&s->config.error);
}

static hf_space space(uint32_t size)
{
    return (hf_space){shim_memory(size), size};
}

static int begin(shim *s)
{
    const shim_options *o = s->options;
    uint32_t input = o->input_size > 0 ? o->input_size : HF_TLS_INPUT_MAX;
    uint32_t output = o->output_size > 0 ? o->output_size : HF_TLS_INPUT_MAX;
    uint32_t certificate = o->certificate_size > 0 ? o->certificate_size : CERTIFICATE_MEMORY;
    if (o->max_send_fragment > 0) {
        uint32_t least = o->max_send_fragment + HF_RECORD_HEADER + HF_ALERT_ROOM;
        output = least < output ? least : output;
    }
    s->memory = (hf_tls_memory){.input = space(input),
                                .output = space(output),
                                .certificate = space(certificate),
                                .names = space(NAMES_MEMORY),
                                .session = shim_session(s)};
    hf_code code = o->server ? hf_tls_server(&s->tls, &s->config, &s->memory)
                             : hf_tls_client(&s->tls, &s->config, &s->memory, o->host_name);
    return code == HF_OK ? SHIM_OK : shim_report_code(code);
}

int shim_setup(shim *s)
{
    int result = configure(s);
    result = result == SHIM_OK ? build(s) : result;
    return result == SHIM_OK ? begin(s) : result;
}

void shim_tear_down(shim *s)
{
    hf_tls_release(&s->tls);
    hf_config_release(&s->config);
    shim_identity_release(s);
}
