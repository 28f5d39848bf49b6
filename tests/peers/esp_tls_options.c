/* The options of peer_esp_tls: most of them set the field of esp_tls_cfg_t of the same name. */
#include "esp_tls_client.h"

#include "esp_crt_bundle.h"

#include <getopt.h>
#include <net/if.h>
#include <string.h>

#define FILE_MAX 65536

esp_tls_cfg_t cfg;
struct run run = {.sessions = 1};
static const char *protocols[8];
static int suites[8];
static psk_hint_key_t psk;
static uint8_t psk_key[64];
static tls_keep_alive_cfg_t keep_alive = {true, 30, 5, 3};
static struct ifreq interface;

static const char *load(const char *path, unsigned *size)
{
    FILE *file = fopen(path, "rb");
    char *text = file == NULL ? NULL : calloc(1, FILE_MAX);
    if (text == NULL) {
        perror(path);
        exit(2);
    }
    *size = (unsigned)fread(text, 1, FILE_MAX - 1, file);
    fclose(file);
    *size += text[0] == '-' ? 1u : 0u; /* PEM counts its zero */
    return text;
}

static void take_psk(char *text)
{
    char *hex = strchr(text, ':');
    *hex++ = '\0';
    psk.hint = text;
    psk.key = psk_key;
    for (; hex[0] != '\0' && hex[1] != '\0' && psk.key_size < sizeof psk_key; hex += 2) {
        char digits[3] = {hex[0], hex[1], 0};
        psk_key[psk.key_size++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    cfg.psk_hint_key = &psk;
}

static void take_list(char *text, bool numbers)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *it = strtok_r(text, ",", &rest); it != NULL && count < 7;
         it = strtok_r(NULL, ",", &rest)) {
        protocols[count] = numbers ? NULL : it;
        suites[count++] = numbers ? (int)strtol(it, NULL, 16) : 0;
    }
    cfg.alpn_protos = numbers ? cfg.alpn_protos : protocols;
    cfg.ciphersuites_list = numbers ? suites : cfg.ciphersuites_list;
}

enum chosen {
    CA = 1,
    CERT,
    KEY,
    UNIFIED,
    PASSWORD,
    ASYNC,
    TIMEOUT,
    NAME,
    SKIP,
    GLOBAL,
    BUNDLE,
    PSK,
    ALPN,
    SUITES,
    VERSION,
    FAMILY,
    INTERFACE,
    PLAIN,
    NON_BLOCK,
    KEEP,
    SEND,
    SESSIONS,
    URL,
    SOCKET,
    READ,
    SERVE,
    TICKETS,
    OPTIONAL,
    ELEMENT,
    DS,
    ECDSA,
    NO_FRESH,
    TO_END,
    BULK,
    STORED,
};

static const struct option OPTIONS[] = {
    {"ca", 1, NULL, CA},
    {"cert", 1, NULL, CERT},
    {"key", 1, NULL, KEY},
    {"client-key", 1, NULL, UNIFIED},
    {"password", 1, NULL, PASSWORD},
    {"async", 0, NULL, ASYNC},
    {"timeout", 1, NULL, TIMEOUT},
    {"name", 1, NULL, NAME},
    {"skip-name", 0, NULL, SKIP},
    {"global", 0, NULL, GLOBAL},
    {"bundle", 0, NULL, BUNDLE},
    {"psk", 1, NULL, PSK},
    {"alpn", 1, NULL, ALPN},
    {"suites", 1, NULL, SUITES},
    {"version", 1, NULL, VERSION},
    {"family", 1, NULL, FAMILY},
    {"interface", 1, NULL, INTERFACE},
    {"plain", 0, NULL, PLAIN},
    {"non-block", 0, NULL, NON_BLOCK},
    {"keep-alive", 0, NULL, KEEP},
    {"send", 1, NULL, SEND},
    {"sessions", 1, NULL, SESSIONS},
    {"url", 1, NULL, URL},
    {"own-socket", 0, NULL, SOCKET},
    {"read", 0, NULL, READ},
    {"serve", 1, NULL, SERVE},
    {"tickets", 0, NULL, TICKETS},
    {"optional", 0, NULL, OPTIONAL},
    {"secure-element", 0, NULL, ELEMENT},
    {"ds", 0, NULL, DS},
    {"ecdsa", 0, NULL, ECDSA},
    {"keep-session", 0, NULL, NO_FRESH},
    {"read-to-end", 0, NULL, TO_END},
    {"bulk", 1, NULL, BULK},
    {"stored-key", 1, NULL, STORED},
    {NULL, 0, NULL, 0},
};

static void take_flag(int option)
{
    run.async |= option == ASYNC;
    run.global |= option == GLOBAL;
    run.own_socket |= option == SOCKET;
    run.read_first |= option == READ;
    run.tickets |= option == TICKETS;
    run.optional |= option == OPTIONAL;
    run.no_fresh |= option == NO_FRESH;
    run.to_end |= option == TO_END;
    cfg.skip_common_name |= option == SKIP;
    cfg.is_plain_tcp |= option == PLAIN;
    cfg.non_block |= option == NON_BLOCK;
    cfg.use_secure_element |= option == ELEMENT;
    cfg.use_ecdsa_peripheral |= option == ECDSA;
    cfg.ds_data = option == DS ? &cfg : cfg.ds_data;
    cfg.crt_bundle_attach = option == BUNDLE ? esp_crt_bundle_attach : cfg.crt_bundle_attach;
    cfg.keep_alive_cfg = option == KEEP ? &keep_alive : cfg.keep_alive_cfg;
}

static void take_number(int option, int value)
{
    cfg.timeout_ms = option == TIMEOUT ? value : cfg.timeout_ms;
    cfg.tls_version = option == VERSION ? (esp_tls_proto_ver_t)value : cfg.tls_version;
    cfg.addr_family = option == FAMILY ? (esp_tls_addr_family_t)value : cfg.addr_family;
    run.sessions = option == SESSIONS ? value : run.sessions;
    run.bulk = option == BULK ? (size_t)value : run.bulk;
    run.serve = option == SERVE ? value : run.serve;
}

static void take_option(int option, char *value)
{
    switch (option) {
    case CA:
        run.ca = load(value, &run.ca_size);
        break;
    case CERT:
        run.cert = load(value, &run.cert_size);
        break;
    case UNIFIED:
    case KEY:
        run.key = load(value, &run.key_size);
        run.unified = option == UNIFIED;
        break;
    case PASSWORD:
        cfg.clientkey_password = (const unsigned char *)value;
        cfg.clientkey_password_len = (unsigned)strlen(value);
        break;
    case NAME:
        cfg.common_name = value;
        break;
    case PSK:
        take_psk(value);
        break;
    case ALPN:
    case SUITES:
        take_list(value, option == SUITES);
        break;
    case INTERFACE:
        (void)snprintf(interface.ifr_name, sizeof interface.ifr_name, "%.15s", value);
        cfg.if_name = &interface;
        break;
    case SEND:
        run.send = value;
        break;
    case URL:
        run.url = value;
        break;
    case STORED:
        store_key(value);
        break;
    case TIMEOUT:
    case VERSION:
    case FAMILY:
    case SESSIONS:
    case BULK:
    case SERVE:
        take_number(option, atoi(value));
        break;
    default:
        take_flag(option);
        break;
    }
}

void take_options(int argc, char **argv)
{
    int option = getopt_long(argc, argv, "", OPTIONS, NULL);
    for (; option != -1; option = getopt_long(argc, argv, "", OPTIONS, NULL)) {
        take_option(option, optarg);
    }
    run.host = optind < argc ? argv[optind] : NULL;
    run.port = optind + 1 < argc ? atoi(argv[optind + 1]) : 0;
}
