/* Ticket keys and stored sessions. See listen_tickets.h. */
#include "listen_tickets.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#define FILE_MAX 8192
#define WORDS    4

/* ---- keys of our own */

static bool make_key(hf_ticket_key *key, int64_t begins)
{
    *key = (hf_ticket_key){.begins = begins};
    return getrandom(key->id, sizeof key->id, 0) == (ssize_t)sizeof key->id &&
           getrandom(key->secret, sizeof key->secret, 0) == (ssize_t)sizeof key->secret;
}

/* A new current key, and the next one: all tickets of before are void. */
static bool begin_anew(hf_ticket_ring *ring, int64_t now)
{
    hf_ticket_ring_wipe(ring);
    ring->has_current = make_key(&ring->current, now);
    ring->has_next = make_key(&ring->next, now + LISTEN_TICKET_TURN);
    return ring->has_current && ring->has_next;
}

bool listen_tickets_make(listen_tickets *tickets, int64_t now)
{
    tickets->own = true;
    return begin_anew(&tickets->ring, now);
}

static void turn(listen_tickets *tickets)
{
    hf_ticket_key fresh;
    int64_t begins = tickets->ring.next.begins + LISTEN_TICKET_TURN;
    bool more = tickets->own && make_key(&fresh, begins);
    hf_ticket_ring_turn(&tickets->ring, more ? &fresh : NULL);
    explicit_bzero(&fresh, sizeof fresh);
}

static void forget_old(hf_ticket_ring *ring, int64_t now)
{
    if (ring->has_previous && now - ring->previous.begins >= HF_TICKET_KEY_LIFE) {
        explicit_bzero(&ring->previous, sizeof ring->previous);
        ring->has_previous = false;
    }
}

void listen_tickets_settle(listen_tickets *tickets, int64_t now)
{
    hf_ticket_ring *ring = &tickets->ring;
    if (tickets->own && (!ring->has_current || !ring->has_next || now < ring->current.begins ||
                         now - ring->next.begins >= LISTEN_TICKET_TURN)) {
        (void)begin_anew(ring, now); /* the clock was set, or this machine slept */
    } else if (ring->has_next && now >= ring->next.begins) {
        turn(tickets);
    }
    forget_old(ring, now);
}

static bool find_key(void *ctx, const uint8_t *id, hf_ticket_key *key)
{
    listen_tickets *tickets = ctx;
    listen_tickets_settle(tickets, (int64_t)time(NULL));
    return hf_ticket_ring_find(&tickets->ring, id, key);
}

hf_ticket_keys listen_tickets_keys(listen_tickets *tickets)
{
    return (hf_ticket_keys){find_key, tickets};
}

/* ---- keys of a file */

static int digit(char c)
{
    static const char DIGITS[] = "0123456789abcdef";
    const char *found = c == 0 ? NULL : strchr(DIGITS, tolower((unsigned char)c));
    return found == NULL ? -1 : (int)(found - DIGITS);
}

static bool read_hex(const char *text, uint8_t *to, size_t len)
{
    if (strlen(text) != 2 * len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        int high = digit(text[2 * i]);
        int low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_time(const char *text, int64_t *time)
{
    char *end = NULL;
    errno = 0;
    *time = strtoll(text, &end, 10);
    return isdigit((unsigned char)text[0]) != 0 && *end == 0 && errno == 0;
}

/* Where the key with this role goes; NULL: there is no such role. */
static hf_ticket_key *place_of(hf_ticket_ring *ring, const char *role, bool **has)
{
    const struct {
        const char *name;
        hf_ticket_key *key;
        bool *has;
    } places[] = {{"previous", &ring->previous, &ring->has_previous},
                  {"current", &ring->current, &ring->has_current},
                  {"next", &ring->next, &ring->has_next}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (strcmp(role, places[i].name) == 0) {
            *has = places[i].has;
            return places[i].key;
        }
    }
    return NULL;
}

/* What is wrong with a line; NULL: nothing. */
static const char *read_words(hf_ticket_ring *ring, char *words[WORDS], size_t count)
{
    bool *has = NULL;
    if (count != WORDS) {
        return "not four words: previous, current or next; id; secret; when it begins";
    }
    hf_ticket_key *key = place_of(ring, words[0], &has);
    if (key == NULL) {
        return "the first word is not previous, current or next";
    }
    if (*has) {
        return "there is such a key already";
    }
    if (!read_hex(words[1], key->id, sizeof key->id)) {
        return "the id is not 8 hex digits";
    }
    if (!read_hex(words[2], key->secret, sizeof key->secret)) {
        return "the secret is not 64 hex digits";
    }
    if (!read_time(words[3], &key->begins)) {
        return "the last word is no time: seconds since 1970";
    }
    *has = true;
    return NULL;
}

static const char *read_line(hf_ticket_ring *ring, char *line)
{
    char *words[WORDS + 1];
    char *rest = line;
    size_t count = 0;
    line[strcspn(line, "#")] = 0;
    for (char *word = strtok_r(rest, " \t\r", &rest); word != NULL && count <= WORDS;
         word = strtok_r(NULL, " \t\r", &rest)) {
        words[count++] = word;
    }
    return count == 0 ? NULL : read_words(ring, words, count);
}

static bool same_id(const hf_ticket_key *one, bool has_one, const hf_ticket_key *two, bool has_two)
{
    return has_one && has_two && memcmp(one->id, two->id, sizeof one->id) == 0;
}

/* What is wrong with all of it. */
static const char *check_ring(const hf_ticket_ring *ring)
{
    if (!ring->has_current) {
        return "there is no current key";
    }
    if (same_id(&ring->current, true, &ring->previous, ring->has_previous) ||
        same_id(&ring->current, true, &ring->next, ring->has_next) ||
        same_id(&ring->previous, ring->has_previous, &ring->next, ring->has_next)) {
        return "two keys have the same id";
    }
    if (ring->has_next && ring->next.begins < ring->current.begins) {
        return "the next key begins before the current one";
    }
    return NULL;
}

bool listen_tickets_parse(hf_ticket_ring *ring, const char *text, size_t len, char *why, size_t cap)
{
    char copy[FILE_MAX + 1];
    hf_ticket_ring fresh = {.has_current = false};
    const char *wrong =
        len > FILE_MAX || memchr(text, 0, len) != NULL ? "this is no file of ticket keys" : NULL;
    size_t number = 0;
    if (wrong == NULL) {
        memcpy(copy, text, len);
        copy[len] = 0;
        char *rest = copy;
        for (char *line = strsep(&rest, "\n"); line != NULL && wrong == NULL;
             line = strsep(&rest, "\n")) {
            number++;
            wrong = read_line(&fresh, line);
        }
        explicit_bzero(copy, sizeof copy);
    }
    if (wrong != NULL) {
        (void)snprintf(why, cap, "line %zu: %s", number, wrong);
    } else {
        wrong = check_ring(&fresh);
        (void)snprintf(why, cap, "%s", wrong == NULL ? "" : wrong);
    }
    if (wrong == NULL) {
        hf_ticket_ring_wipe(ring);
        *ring = fresh;
    }
    hf_ticket_ring_wipe(&fresh);
    return wrong == NULL;
}

/* Who reads the keys can read and forge tickets. */
static bool is_private(FILE *file)
{
    struct stat facts;
    return fstat(fileno(file), &facts) == 0 && (facts.st_mode & S_IRWXO) == 0;
}

bool listen_tickets_load(listen_tickets *tickets, const char *path, char *why, size_t cap)
{
    char text[FILE_MAX + 1];
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        (void)snprintf(why, cap, "%s", strerror(errno));
        return false;
    }
    (void)setvbuf(file, NULL, _IONBF, 0); /* no copy in a buffer of stdio's */
    bool good = is_private(file);
    if (good) {
        size_t len = fread(text, 1, sizeof text, file);
        good = listen_tickets_parse(&tickets->ring, text, len, why, cap);
        explicit_bzero(text, sizeof text);
    } else {
        (void)snprintf(why, cap, "everybody on this machine may use it: chmod o= it");
    }
    (void)fclose(file);
    return good;
}

/* ---- sessions of TLS 1.2 under their ids */

/* Ids are random: each has one place, and who comes later has it. */
static listen_stored *stored_place(const listen_tickets *tickets, const uint8_t *id)
{
    size_t number = (size_t)id[0] << 8 | id[1];
    return &tickets->stored[number % LISTEN_STORED_MAX];
}

static bool put_session(void *ctx, const uint8_t id[HF_SESSION_ID], hf_span state)
{
    listen_stored *place = stored_place(ctx, id);
    if (state.len > sizeof place->state) {
        return false;
    }
    memcpy(place->id, id, sizeof place->id);
    memcpy(place->state, state.ptr, state.len);
    place->len = (uint8_t)state.len;
    return true;
}

static bool get_session(void *ctx, const uint8_t id[HF_SESSION_ID], uint8_t state[HF_STORED_MAX],
                        size_t *len)
{
    const listen_stored *place = stored_place(ctx, id);
    if (place->len == 0 || memcmp(place->id, id, sizeof place->id) != 0) {
        return false;
    }
    memcpy(state, place->state, place->len);
    *len = place->len;
    return true;
}

hf_session_store listen_tickets_sessions(listen_tickets *tickets)
{
    return (hf_session_store){put_session, get_session, tickets};
}

bool listen_tickets_store(listen_tickets *tickets)
{
    tickets->stored = calloc(LISTEN_STORED_MAX, sizeof *tickets->stored);
    return tickets->stored != NULL;
}

void listen_tickets_release(listen_tickets *tickets)
{
    hf_ticket_ring_wipe(&tickets->ring);
    if (tickets->stored != NULL) {
        explicit_bzero(tickets->stored, LISTEN_STORED_MAX * sizeof *tickets->stored);
        free(tickets->stored);
        tickets->stored = NULL;
    }
}
