/* A server over this library's own engine, for the tests against other people's clients: see
 * server.h.
 *
 * What the other servers' options cannot say comes in the environment, as words: HF_SERVER_OPTIONS
 * may hold "raw" (raw public keys only, any key of the client's), "names" (CAs are named in
 * CertificateRequest), "small" (a device's buffers), "either" (psk_ke or psk_dhe_ke);
 * HF_SERVER_STAPLE is the file of an OCSP response, HF_SERVER_PCAP that of a capture with secrets.
 */
#include "peers/pcap.h"
#include "peers/server.h"

#include <handfast/tls.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define FILE_MAX 65536u

static uint8_t files[4][FILE_MAX];
static uint8_t config_memory[2 * FILE_MAX];
static uint8_t input[HF_TLS_INPUT_MAX], output[HF_TLS_INPUT_MAX];
static uint8_t certificates[HF_TLS_CERTIFICATE_WHOLE], names[HF_TLS_NAMES_SIZE];
static const uint8_t COOKIE_KEY[32] = {0x63, 0x6f, 0x6f, 0x6b, 0x69, 0x65};
static hf_config config;
static hf_tls tls;
static hf_tls_memory memory = {.input = {input, sizeof input},
                               .output = {output, sizeof output},
                               .certificate = {certificates, sizeof certificates},
                               .names = {names, sizeof names}};

/* ---- sessions */

static hf_ticket_ring ring;
static struct {
    uint8_t id[HF_SESSION_ID], state[HF_STORED_MAX];
    size_t len;
} stored[64];

static bool put_session(void *ctx, const uint8_t id[HF_SESSION_ID], hf_span state)
{
    static size_t next;
    (void)ctx;
    size_t at = next++ % (sizeof stored / sizeof stored[0]);
    memcpy(stored[at].id, id, HF_SESSION_ID);
    memcpy(stored[at].state, state.ptr, state.len);
    stored[at].len = state.len;
    return true;
}

static bool get_session(void *ctx, const uint8_t id[HF_SESSION_ID], uint8_t state[HF_STORED_MAX],
                        size_t *len)
{
    (void)ctx;
    for (size_t i = 0; i < sizeof stored / sizeof stored[0]; i++) {
        if (stored[i].len > 0 && memcmp(stored[i].id, id, HF_SESSION_ID) == 0) {
            memcpy(state, stored[i].state, stored[i].len);
            *len = stored[i].len;
            return true;
        }
    }
    return false;
}

static bool set_sessions(const peer_options *o)
{
    hf_ticket_key *key = &ring.current;
    config.store = (hf_session_store){put_session, get_session, NULL};
    if (o->no_tickets) {
        return true;
    }
    config.ticket_keys = (hf_ticket_keys){hf_ticket_ring_find, &ring};
    key->begins = time(NULL);
    ring.has_current = getrandom(key->id, sizeof key->id, 0) == (ssize_t)sizeof key->id &&
                       getrandom(key->secret, sizeof key->secret, 0) == (ssize_t)sizeof key->secret;
    return ring.has_current;
}

static bool has_word(const char *word)
{
    const char *words = getenv("HF_SERVER_OPTIONS");
    return words != NULL && strstr(words, word) != NULL;
}

static hf_time now(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = time(NULL), .kind = HF_TIME_EXACT};
}

static hf_code let_in(void *ctx, const hf_tls *of, const hf_peer *who)
{
    (void)ctx;
    (void)of;
    return who->credential == HF_CREDENTIAL_RAW_PUBLIC_KEY ? HF_OK : HF_E_PEER_DENIED;
}

static size_t read_file(const char *path, uint8_t *to)
{
    FILE *file = fopen(path, "rb");
    size_t len = file == NULL ? 0 : fread(to, 1, FILE_MAX, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return len;
}

static void set_lists(const peer_options *o, const server_options *own)
{
    config.suites = o->suites.numbers;
    config.suites_count = o->suites.count;
    config.groups = o->groups.numbers;
    config.groups_count = o->groups.count;
    if (o->versions.count == 2) {
        config.version_min = o->versions.numbers[0];
        config.version_max = o->versions.numbers[1];
    }
    config.alpn = o->alpn.names;
    config.alpn_count = o->alpn.count;
    config.cookie_key = own->cookie ? COOKIE_KEY : NULL;
    config.client_auth = (uint8_t)own->auth;
    config.send_authorities = has_word("names");
    config.unknown_name = HF_UNKNOWN_NAME_DEFAULT;
    if (has_word("raw")) {
        config.raw_keys = config.peer_raw_keys = HF_RAW_KEYS_ONLY;
        config.hooks.authorise = let_in;
    }
    if (has_word("small")) {
        memory.input.cap = HF_TLS_INPUT_SIZE;
    }
}

bool stack_setup(peer *p, const server_options *own)
{
    const peer_options *o = &p->options;
    hf_config_init(&config, config_memory, sizeof config_memory);
    config.role = HF_SERVER;
    config.clock.now = now;
    set_lists(o, own);
    config.psk_modes = (uint8_t)(o->psk_ke            ? HF_PSK_KE_ONLY
                                 : has_word("either") ? HF_PSK_DHE_OR_KE
                                                      : HF_PSK_DHE);
    if (own->resume && !set_sessions(o)) {
        return false;
    }
    config.trace = pcap_event;
    if (!pcap_open(getenv("HF_SERVER_PCAP"), true)) {
        return false;
    }
    const char *staple = getenv("HF_SERVER_STAPLE");
    if (staple != NULL) {
        config.identity.staple = (hf_span){files[3], read_file(staple, files[3])};
    }
    size_t chain = read_file(o->chain, files[0]);
    size_t key = read_file(o->key, files[1]);
    (void)hf_config_identity(&config, files[0], chain, files[1], key, NULL);
    if (o->ca != NULL) {
        (void)hf_config_anchors(&config, files[2], read_file(o->ca, files[2]));
    }
    if (hf_config_build(&config) != HF_OK) {
        char text[600];
        (void)hf_error_describe(&config.error, text, sizeof text);
        fputs(text, stderr);
        return false;
    }
    return true;
}

/* Moves bytes until one of `wanted` holds; false at the end of the connection. */
static bool pump(peer *p, unsigned wanted)
{
    for (;;) {
        size_t len = 0;
        unsigned wants = hf_tls_wants(&tls);
        if ((wants & HF_WANT_OUTPUT) != 0) {
            const uint8_t *bytes = hf_tls_output(&tls, &len);
            if (link_write(&p->link, bytes, len) < 0) {
                return false;
            }
            hf_tls_output_done(&tls, len);
        } else if ((wants & wanted) != 0) {
            return true;
        } else if ((wants & (HF_IS_FAILED | HF_IS_CLOSED)) != 0) {
            return false;
        } else if ((wants & HF_WANT_RUN) != 0) {
            (void)hf_tls_run(&tls);
        } else if ((wants & HF_WANT_INPUT) != 0) {
            uint8_t *space = hf_tls_input(&tls, &len);
            int got = link_read(&p->link, space, len);
            if (got <= 0) {
                (void)hf_tls_input_end(&tls);
                return false;
            }
            (void)hf_tls_input_done(&tls, (size_t)got);
        } else {
            return false;
        }
    }
}

static void note(peer_facts *f)
{
    const hf_error *error = hf_tls_error(&tls);
    f->error = error->code;
    f->alert_in = error->alert_by == HF_ALERT_RECEIVED ? error->alert : -1;
    f->alert_out = error->alert_by == HF_ALERT_SENT ? error->alert : -1;
    const char *alpn = hf_tls_alpn(&tls);
    f->version = hf_tls_version(&tls);
    f->suite = hf_tls_suite(&tls);
    f->group = hf_tls_group(&tls);
    f->resumed = hf_tls_resumed(&tls);
    (void)snprintf(f->alpn, sizeof f->alpn, "%s", alpn == NULL ? "" : alpn);
    const hf_peer *who = hf_tls_peer(&tls);
    f->verified = who != NULL && who->verified != HF_VERIFIED_NOTHING;
}

bool stack_open(peer *p, const server_options *own)
{
    (void)own;
    pcap_connection(p->link.fd);
    bool open = hf_tls_server(&tls, &config, &memory) == HF_OK && pump(p, HF_IS_OPEN);
    note(&p->facts);
    return open;
}

int stack_read(peer *p, uint8_t *bytes, size_t cap)
{
    size_t len = 0;
    if (!pump(p, HF_HAS_DATA)) {
        note(&p->facts);
        return p->facts.error == 0 ? 0 : -1;
    }
    const uint8_t *data = hf_tls_data(&tls, &len);
    len = len < cap ? len : cap;
    memcpy(bytes, data, len);
    (void)hf_tls_data_done(&tls, len);
    return (int)len;
}

bool stack_write(peer *p, const uint8_t *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        size_t room = 0;
        uint8_t *to = hf_tls_room(&tls, &room);
        if (to == NULL) {
            if (!pump(p, HF_HAS_ROOM)) {
                note(&p->facts);
                return false;
            }
            continue;
        }
        room = room < len - done ? room : len - done;
        memcpy(to, bytes + done, room);
        (void)hf_tls_room_done(&tls, room);
        done += room;
    }
    return pump(p, HF_HAS_ROOM | HF_HAS_DATA);
}

void stack_finish(peer *p)
{
    (void)hf_tls_close(&tls);
    (void)pump(p, 0);
}

/* What is left is the alert of a failure. */
void stack_close(peer *p)
{
    (void)pump(p, 0);
    pcap_end();
    hf_tls_release(&tls);
}

void stack_tear_down(void)
{
    pcap_close();
    hf_config_release(&config);
}
