/* What app_main() does on a device, where certificates come with the firmware
 * (EMBED_TXTFILES): here they are files.
 *
 *     esp_tls HOST PORT CLIENT-ID ca.pem client.pem client.key
 */
#include "mqtt.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX 65536

/* With the zero that ESP-TLS wants behind PEM; *size counts it. */
static unsigned char *load(const char *path, unsigned int *size)
{
    FILE *file = fopen(path, "rb");
    unsigned char *text = file == NULL ? NULL : calloc(1, FILE_MAX);
    if (text != NULL) {
        *size = (unsigned int)fread(text, 1, FILE_MAX - 1, file) + 1;
    } else {
        perror(path);
    }
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: esp_tls HOST PORT CLIENT-ID ca.pem client.pem client.key\n");
        return 2;
    }
    esp_tls_cfg_t cfg = {.timeout_ms = 5000};
    unsigned char *ca = load(argv[4], &cfg.cacert_bytes);
    unsigned char *cert = load(argv[5], &cfg.clientcert_bytes);
    unsigned char *key = load(argv[6], &cfg.clientkey_bytes);
    bool done = false;
    if (ca != NULL && cert != NULL && key != NULL) {
        cfg.cacert_buf = ca;
        cfg.clientcert_buf = cert;
        cfg.clientkey_buf = key;
        done = mqtt_hello(argv[1], atoi(argv[2]), &cfg, argv[3]);
    }
    free(ca);
    free(cert);
    free(key);
    return done ? 0 : 1;
}
