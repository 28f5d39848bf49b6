/* Lines of the key log. See keylog.h.
 *
 * A reader needs the handshake secrets of both directions as soon as it has read ServerHello, so
 * both are told with the first change of keys, when both are known. Later ones go by direction.
 */
#include "keylog/keylog.h"

#include "crypto/crypto.h"
#include "tls/keys/suite.h"
#include "wire/secret.h"

#include <handfast/tls.h>

#include <stdio.h>
#include <string.h>

enum written {
    WRITTEN_HANDSHAKE = 1,
    WRITTEN_EXPORTER = 2,
    WRITTEN_MASTER = 4,
};

#define LABEL_MAX 40u
#define HEX_ROOM  (2 * 64u + 1) /* of a secret, or of a client random */

static void write_hex(char *to, const uint8_t *bytes, size_t len)
{
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        to[2 * i] = DIGITS[bytes[i] >> 4];
        to[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
    to[2 * len] = 0;
}

static void put_line(const hf_sink *sink, const char *label, const uint8_t client_random[32],
                     const uint8_t *secret, size_t len)
{
    char hex[HEX_ROOM];
    hf_sink_text(sink, label);
    hf_sink_text(sink, " ");
    write_hex(hex, client_random, 32);
    hf_sink_text(sink, hex);
    hf_sink_text(sink, " ");
    write_hex(hex, secret, len);
    hf_sink_text(sink, hex);
    hf_sink_text(sink, "\n");
    hf_wipe(hex, sizeof hex);
}

/* `n`: how many KeyUpdates of this direction there were before. */
static void put_traffic(const hf_sink *sink, const hf_handshake *hs, bool of_client, unsigned n)
{
    char label[LABEL_MAX];
    const hf_traffic_secret *secret = of_client ? &hs->epoch.tls13.client : &hs->epoch.tls13.server;
    (void)snprintf(label, sizeof label, "%s_TRAFFIC_SECRET_%u", of_client ? "CLIENT" : "SERVER", n);
    put_line(sink, label, hs->client_random, secret->bytes, hf_hash_size(hs->suite->hash));
}

/* True the first time. */
static bool first(hf_keylog *log, enum written what)
{
    bool before = (log->written & what) != 0;
    log->written |= what;
    return !before;
}

static void put13(hf_keylog *log, const hf_event *event, const hf_sink *sink)
{
    const hf_handshake *hs = &event->tls->handshake;
    size_t len = hf_hash_size(hs->suite->hash);
    bool of_client = event->sent == (hs->role == HF_CLIENT);
    if (event->type == HF_EPOCH_HANDSHAKE) {
        if (first(log, WRITTEN_HANDSHAKE)) {
            put_line(sink, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", hs->client_random,
                     hs->epoch.tls13.client.bytes, len);
            put_line(sink, "SERVER_HANDSHAKE_TRAFFIC_SECRET", hs->client_random,
                     hs->epoch.tls13.server.bytes, len);
        }
        return;
    }
    unsigned *updates = &log->updates[of_client ? 0 : 1];
    *updates = event->type == HF_EPOCH_UPDATE ? *updates + 1 : 0;
    put_traffic(sink, hs, of_client, *updates);
    if (first(log, WRITTEN_EXPORTER)) {
        put_line(sink, "EXPORTER_SECRET", hs->client_random, hs->epoch.tls13.exporter.bytes, len);
    }
}

void hf_keylog_event(hf_keylog *log, const hf_event *event, const hf_sink *sink)
{
    if (event->kind != HF_EVENT_KEYS || event->tls == NULL) {
        return;
    }
    const hf_handshake *hs = &event->tls->handshake;
    if (memcmp(log->client_random, hs->client_random, sizeof log->client_random) != 0) {
        *log = (hf_keylog){.written = 0}; /* another connection */
        memcpy(log->client_random, hs->client_random, sizeof log->client_random);
    }
    if (hs->version == HF_TLS13) {
        put13(log, event, sink);
    } else if (first(log, WRITTEN_MASTER)) {
        put_line(sink, "CLIENT_RANDOM", hs->client_random, hs->secret.master12.bytes,
                 sizeof hs->secret.master12.bytes);
    }
}
