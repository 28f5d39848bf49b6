/* The key schedule's steps, by the names that RFC 8446 7.1, RFC 5246 8.1 and RFC 7627 4 give them.
 * See ladder_parts.h. Names only: no event has a value of a secret.
 */
#include "trace/ladder_parts.h"

#include <handfast/config.h>
#include <stdio.h>
#include <string.h>

#define TEXT 2u
#define FROM 160u

/* Blanks inside of quotes end no line. */
static void step(hf_ladder *t, const char *secret, const char *from)
{
    char text[FROM];
    bool quoted = false;
    (void)snprintf(text, sizeof text, "%s", from);
    for (char *at = text; *at != 0; at++) {
        quoted = quoted != (*at == '"');
        if (quoted && *at == ' ') {
            *at = HF_PEN_HARD;
        }
    }
    hf_pen_text(&t->pen, HF_INK_KEYS, TEXT, 4, "%s = %s", secret, text);
}

/* RFC 8446 7.1: the middle column of its figure, down to where it is needed. */
static void say_early(hf_ladder *t)
{
    char from[FROM];
    const hf_follow *follow = &t->follow;
    if (t->has_early) {
        return;
    }
    t->has_early = true;
    step(t, "early_secret", follow->psk ? "HKDF-Extract(0, PSK)" : "HKDF-Extract(0, no PSK: 0)");
    (void)snprintf(from, sizeof from,
                   "HKDF-Extract(Derive-Secret(early_secret, \"derived\"), %s%s)",
                   follow->group == 0 ? "no key exchange: 0" : "shared value of ",
                   follow->group == 0 ? "" : hf_any_group_name(follow->group));
    step(t, "handshake_secret", from);
}

static void say_master(hf_ladder *t)
{
    if (!t->has_master) {
        t->has_master = true;
        step(t, "master_secret", "HKDF-Extract(Derive-Secret(handshake_secret, \"derived\"), 0)");
    }
}

static void say_traffic(hf_ladder *t, const hf_event *event, const char *secret)
{
    char from[FROM];
    bool server = event->sent == t->follow.server;
    unsigned changes = t->follow.changes[event->sent ? 1 : 0];
    if (event->type == HF_EPOCH_HANDSHAKE) {
        say_early(t);
        (void)snprintf(from, sizeof from,
                       "Derive-Secret(handshake_secret, \"%c hs traffic\", client_hello to "
                       "server_hello)",
                       server ? 's' : 'c');
    } else if (event->type == HF_EPOCH_APPLICATION) {
        say_master(t);
        (void)snprintf(from, sizeof from,
                       "Derive-Secret(master_secret, \"%c ap traffic\", client_hello to the "
                       "server's finished)",
                       server ? 's' : 'c');
    } else { /* the change before this one made the secret before this one */
        (void)snprintf(from, sizeof from,
                       "HKDF-Expand-Label(%s_application_traffic_secret_%u, \"traffic upd\")",
                       server ? "server" : "client", changes < 3 ? 0 : changes - 3);
    }
    step(t, secret, from);
}

/* Both directions change within a moment: the common steps are told once. */
static void say_block(hf_ladder *t)
{
    char from[FROM];
    const hf_follow *follow = &t->follow;
    if (t->has_master) {
        return;
    }
    t->has_master = true;
    if (!follow->full) {
        step(t, "master_secret", "that of the session");
    } else {
        (void)snprintf(from, sizeof from, "shared value of %s", hf_any_group_name(follow->group));
        step(t, "pre_master_secret",
             follow->group == 0 ? "chosen by the client, encrypted for the server's key" : from);
        step(t, "master_secret",
             follow->extended_secret
                 ? "PRF(pre_master_secret, \"extended master secret\", hash of all messages so far)"
                 : "PRF(pre_master_secret, \"master secret\", client_random + server_random)");
    }
    step(t, "key_block", "PRF(master_secret, \"key expansion\", server_random + client_random)");
}

void hf_ladder_keys(hf_ladder *t, const hf_event *event)
{
    char secret[HF_SECRET_TEXT];
    hf_suite_parts parts;
    bool old = t->follow.version != HF_TLS13;
    hf_follow_secret(&t->follow, event->sent, secret);
    (void)hf_suite_by_parts((uint16_t)event->number, &parts);
    if (old) {
        say_block(t);
        step(t, secret, "its part of the key_block");
    } else {
        say_traffic(t, event, secret);
    }
    hf_pen_text(&t->pen, HF_INK_KEYS, TEXT, 2, "%s from here on: %s, %s",
                event->sent ? "sent" : "received", parts.encryption,
                old ? "by that key"
                    : "write_key and write_iv by HKDF-Expand-Label from that secret");
}

/* RFC 8446 4.6.1 */
void hf_ladder_session(hf_ladder *t)
{
    if (t->follow.version == HF_TLS13 && !t->has_resumption) {
        t->has_resumption = true;
        step(t, "resumption_master_secret",
             "Derive-Secret(master_secret, \"res master\", client_hello to the client's finished)");
        step(t, "PSK of the session",
             "HKDF-Expand-Label(resumption_master_secret, \"resumption\", ticket_nonce)");
    }
}
