/* Between the files of peer_esp_tls. */
#ifndef PEERS_ESP_TLS_CLIENT_H
#define PEERS_ESP_TLS_CLIENT_H

#include "esp_tls.h"

/* What the options say. Files are freed by main(). */
extern esp_tls_cfg_t cfg;
extern struct run {
    const char *url;
    const char *send;
    const char *ca, *cert, *key;
    unsigned ca_size, cert_size, key_size;
    int sessions, serve;
    const char *host;
    size_t bulk; /* bytes to send and to get back */
    int port;
    bool unified; /* the key goes into client_key */
    esp_key_config_t stored;
    bool async, global, own_socket, read_first, to_end, no_fresh, tickets, optional;
} run;
void take_options(int argc, char **argv);

/* Prints "port N", serves `count` connections one after the other, and gives the exit code. */
int serve(esp_tls_cfg_server_t *cfg, int count, bool tickets, bool async);

/* "HEX", the number of a P-256 key, or "HEX:verify", "HEX:sha384" with a policy that is no use:
 * puts it into the PSA key store, and its id into run.stored. "gone": the id of no key. */
void store_key(char *text);

void print_errors(esp_tls_t *tls);
/* Waits for as long as the call says so. */
ssize_t read_some(esp_tls_t *tls, char *data, size_t cap);

#endif
