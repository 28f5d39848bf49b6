/* The re-recording proxy: makes a server send its whole flight in one record.
 *
 * It stands between a client and an openssl s_server with a key log, takes the server's handshake
 * secret from there, opens the encrypted records of the flight (EncryptedExtensions to Finished),
 * joins them into one, and seals that as the first and only record of its key. Handshake and
 * application keys count their records separately, so everything after it passes as it is. In
 * TLS 1.2 the flight (ServerHello to ServerHelloDone) is not encrypted and is joined as it is; no
 * option changes it.
 *
 *   --upstream PORT --keylog FILE   where the server is and what it logs
 *   --pad N                         zeros behind the content type of the joined record
 *   --flip-tag                      spoils the tag of the joined record
 *   --change TYPE:OFFSET            flips a bit of that message (offset from its header) before
 *                                   sealing; negative: from its end
 *   --grow N                        zeros behind the content of each application record (tickets)
 *
 * One connection, then one line of JSON: size of the joined record, and what the client sent after
 * it, opened with its own handshake key.
 */
#include "peers/rerecord.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECONDS_MAX 60 /* then it ends itself */
#define HANDSHAKE   22
#define FINISHED    20
#define HELLO_DONE  14

enum state {
    HELLO, /* until ServerHello has passed */
    FLIGHT,
    FLIGHT12,
    AFTER,
};

typedef struct stream {
    int fd;
    uint8_t bytes[4 * RECORD_MAX];
    size_t len;
    bool ended;
} stream;

static struct {
    const char *keylog;
    int upstream;
    size_t pad;
    size_t grow;
    bool flip_tag;
    int change_type; /* 0: none */
    int change_at;
} options;

static stream client;
static stream server;
static enum state state;
static uint8_t client_random[32];
static uint16_t suite;
static record_keys flight_keys;
static record_keys data_keys;
static record_keys answer_keys;
static uint8_t flight[32768];
static size_t flight_len;
static size_t joined_len;
static char after[4096]; /* JSON: records of the client after the joined one */

/* ---- the server's flight */

/* Type, or 0, and length of the message at `at` of the flight. */
static int message_at(size_t at, size_t *len)
{
    if (flight_len - at < 4) {
        return 0;
    }
    *len = 4 + ((size_t)flight[at + 1] << 16 | (size_t)flight[at + 2] << 8 | flight[at + 3]);
    return *len <= flight_len - at ? flight[at] : 0;
}

static bool flight_is_whole(int last)
{
    size_t len = 0;
    size_t at = 0;
    int type = message_at(at, &len);
    while (type != 0 && type != last) {
        at += len;
        type = message_at(at, &len);
    }
    return type == last;
}

static void change_flight(void)
{
    size_t len = 0;
    size_t at = 0;
    int type = message_at(at, &len);
    while (type != 0 && type != options.change_type) {
        at += len;
        type = message_at(at, &len);
    }
    long offset = options.change_at < 0 ? (long)len + options.change_at : options.change_at;
    if (type == 0 || offset < 0 || (size_t)offset >= len) {
        give_up("the message to change is not there");
    }
    flight[at + (size_t)offset] ^= 0x01;
}

static void send_joined(void)
{
    static uint8_t record[RECORD_MAX];
    if (options.change_type != 0) {
        change_flight();
    }
    if (flight_len + 1 + options.pad > 16384 + 1) {
        give_up("the joined record would be too long");
    }
    flight[flight_len] = 22;
    memset(flight + flight_len + 1, 0, options.pad);
    flight_keys.sequence = 0;
    joined_len = record_seal(&flight_keys, flight, flight_len + 1 + options.pad, record);
    if (options.flip_tag) {
        record[joined_len - 1] ^= 0x80;
    }
    send_all(client.fd, record, joined_len);
    state = AFTER;
}

/* Content without type and padding; gives up if it is not of the type. */
static size_t strip(const uint8_t *inner, int len, uint8_t type)
{
    while (len > 0 && inner[len - 1] == 0) {
        len--;
    }
    if (len <= 0 || inner[len - 1] != type) {
        give_up("a record of the server's flight is not what it should be");
    }
    return (size_t)len - 1;
}

static void take_flight(const uint8_t *record, size_t len)
{
    int inner = record_open(&flight_keys, record, len, flight + flight_len);
    flight_len += strip(flight + flight_len, inner, 22);
    if (flight_is_whole(FINISHED)) {
        send_joined();
    }
}

static void send_joined12(void)
{
    const uint8_t header[RECORD_HEADER] = {HANDSHAKE, 3, 3, (uint8_t)(flight_len >> 8),
                                           (uint8_t)flight_len};
    send_all(client.fd, header, sizeof header);
    send_all(client.fd, flight, flight_len);
    joined_len = sizeof header + flight_len;
    state = AFTER;
}

/* In the clear, from ServerHello to ServerHelloDone, or to ChangeCipherSpec. */
static void take_flight12(const uint8_t *record, size_t len)
{
    bool more = record[0] == HANDSHAKE && flight_len + len <= 16384;
    if (more) {
        memcpy(flight + flight_len, record + RECORD_HEADER, len - RECORD_HEADER);
        flight_len += len - RECORD_HEADER;
    }
    if (!more || flight_is_whole(HELLO_DONE)) {
        send_joined12();
    }
    if (!more) {
        send_all(client.fd, record, len);
    }
}

/* Application record or ticket, made longer by zeros behind its type. */
static void send_grown(const uint8_t *record, size_t len)
{
    static uint8_t inner[RECORD_MAX];
    static uint8_t grown[RECORD_MAX];
    if (data_keys.suite == 0) {
        keys_from_log(&data_keys, options.keylog, "SERVER_TRAFFIC_SECRET_0", client_random, suite);
    }
    record_keys opening = data_keys;
    int plain = record_open(&opening, record, len, inner);
    if (plain < 0 || (size_t)plain + options.grow > 16385) {
        give_up("an application record cannot be made longer");
    }
    memset(inner + plain, 0, options.grow);
    send_all(client.fd, grown, record_seal(&data_keys, inner, (size_t)plain + options.grow, grown));
}

static const uint8_t RETRY[8] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11};

static void take_server_hello(const uint8_t *record)
{
    const uint8_t *hello = record + RECORD_HEADER;
    size_t suite_at = 4 + 2 + 32 + 1 + hello[38];
    if (hello[0] != 2 || memcmp(hello + 6, RETRY, sizeof RETRY) == 0) {
        return;
    }
    suite = (uint16_t)(hello[suite_at] << 8 | hello[suite_at + 1]);
    if (suite >> 8 != 0x13) {
        state = FLIGHT12;
        return;
    }
    keys_from_log(&flight_keys, options.keylog, "SERVER_HANDSHAKE_TRAFFIC_SECRET", client_random,
                  suite);
    keys_from_log(&answer_keys, options.keylog, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", client_random,
                  suite);
    state = FLIGHT;
}

static void from_server(const uint8_t *record, size_t len)
{
    if (state == HELLO && record[0] == HANDSHAKE) {
        take_server_hello(record);
    }
    if (state == FLIGHT && record[0] == 23) {
        take_flight(record, len);
    } else if (state == FLIGHT12) {
        take_flight12(record, len);
    } else if (state == AFTER && record[0] == 23 && options.grow > 0) {
        send_grown(record, len);
    } else {
        send_all(client.fd, record, len);
    }
}

/* ---- the client */

static void note_answer(const uint8_t *record, size_t len)
{
    static uint8_t inner[RECORD_MAX];
    int type = record[0];
    int alert = -1;
    int plain = type == 23 ? record_open(&answer_keys, record, len, inner) : -1;
    if (plain > 0) {
        type = inner[plain - 1];
        alert = type == 21 && plain == 3 ? inner[1] : -1;
    }
    size_t used = strlen(after);
    snprintf(after + used, sizeof after - used, "%s[%d, %zu, %d]", used == 0 ? "" : ", ", type, len,
             alert);
}

static void from_client(const uint8_t *record, size_t len)
{
    if (record[0] == 22 && record[RECORD_HEADER] == 1 && state == HELLO) {
        memcpy(client_random, record + RECORD_HEADER + 6, 32);
    }
    if (state == AFTER && answer_keys.suite != 0) {
        note_answer(record, len);
    }
    send_all(server.fd, record, len);
}

/* ---- both */

static void take_records(stream *s, void (*take)(const uint8_t *record, size_t len))
{
    size_t at = 0;
    while (s->len - at >= RECORD_HEADER) {
        size_t len = RECORD_HEADER + ((size_t)s->bytes[at + 3] << 8 | s->bytes[at + 4]);
        if (len > RECORD_MAX) {
            give_up("a record that is too long");
        }
        if (s->len - at < len) {
            break;
        }
        take(s->bytes + at, len);
        at += len;
    }
    memmove(s->bytes, s->bytes + at, s->len - at);
    s->len -= at;
}

static void receive(stream *s, stream *other)
{
    ssize_t got = recv(s->fd, s->bytes + s->len, sizeof s->bytes - s->len, 0);
    if (got <= 0) {
        s->ended = true;
        send_all(other->fd, s->bytes, s->len); /* the part of a record */
        s->len = 0;
        shutdown(other->fd, SHUT_WR);
        return;
    }
    s->len += (size_t)got;
}

static void relay(void)
{
    while (!client.ended || !server.ended) {
        struct pollfd entries[] = {
            {.fd = client.ended ? -1 : client.fd, .events = POLLIN},
            {.fd = server.ended ? -1 : server.fd, .events = POLLIN},
        };
        if (poll(entries, 2, -1) < 0) {
            give_up("poll");
        }
        if (entries[0].revents != 0) {
            receive(&client, &server);
            take_records(&client, from_client);
        }
        if (entries[1].revents != 0) {
            receive(&server, &client);
            take_records(&server, from_server);
        }
    }
}

static void read_options(int count, char **words)
{
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? words[i + 1] : "";
        if (strcmp(words[i], "--flip-tag") == 0) {
            options.flip_tag = true;
            continue;
        }
        if (strcmp(words[i], "--keylog") == 0) {
            options.keylog = value;
        } else if (strcmp(words[i], "--upstream") == 0) {
            options.upstream = atoi(value);
        } else if (strcmp(words[i], "--pad") == 0) {
            options.pad = (size_t)atoi(value);
        } else if (strcmp(words[i], "--grow") == 0) {
            options.grow = (size_t)atoi(value);
        } else if (strcmp(words[i], "--change") == 0) {
            if (sscanf(value, "%d:%d", &options.change_type, &options.change_at) != 2) {
                give_up("--change TYPE:OFFSET");
            }
        } else {
            give_up("no such option");
        }
        i++;
    }
}

int main(int count, char **words)
{
    int port = 0;
    read_options(count, words);
    alarm(SECONDS_MAX);
    int listener = listen_here(&port);
    printf("LISTEN %d\n", port);
    fflush(stdout);
    client.fd = accept(listener, NULL, NULL);
    server.fd = dial(options.upstream);
    no_delay(client.fd);
    no_delay(server.fd);
    relay();
    printf("{\"joined\": %zu, \"content\": %zu, \"suite\": %d, \"after\": [%s]}\n", joined_len,
           flight_len, suite, after);
    return 0;
}
