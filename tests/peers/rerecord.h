/* The parts of the re-recording proxy; see rerecord.c. Its keys come out of a key log, over
 * libcrypto, independent of the library under test. */
#ifndef HF_TESTS_PEERS_RERECORD_H
#define HF_TESTS_PEERS_RERECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_HEADER 5u
#define RECORD_TAG    16u
#define RECORD_MAX    (RECORD_HEADER + 16384u + 256u)

typedef struct record_keys {
    uint16_t suite;
    uint8_t key[32];
    uint8_t iv[12];
    uint64_t sequence;
} record_keys;

/* Waits until the log has the secret `label` of the connection with that client random, and derives
 * the record keys of it (RFC 8446 7.3). Ends the program when it never comes. */
void keys_from_log(record_keys *keys, const char *file, const char *label, const uint8_t random[32],
                   uint16_t suite);

/* Opens a whole record into `inner` (content, type, padding); its length, or -1 for a bad tag. */
int record_open(record_keys *keys, const uint8_t *record, size_t len, uint8_t *inner);

/* Makes a record of `inner`; returns its length. */
size_t record_seal(record_keys *keys, const uint8_t *inner, size_t len, uint8_t *record);

/* rerecord_link.c: a socket that listens on a free port of this machine; one that is connected. */
int listen_here(int *port);
int dial(int port);
void no_delay(int fd);
/* All of it, or as much as the other side takes. */
void send_all(int fd, const uint8_t *bytes, size_t len);

/* Prints why and ends with 1. */
_Noreturn void give_up(const char *why);

#endif
