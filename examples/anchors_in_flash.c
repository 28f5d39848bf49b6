/* Anchor and identity as DER arrays in constant memory, no PEM and no files: what a device does
 * whose credentials are linked into its firmware. The DER is borrowed where it lies; of RAM only
 * the list of anchors is needed, 160 bytes for each. A clock that knows only a lower bound, such as
 * the time of the build, will do.
 *
 *     anchors_in_flash ADDRESS:PORT NAME
 *
 * flash_identity.h is made by the build: see flash_identity.cmake.
 */
#include "support.h"

#include <handfast/conn.h>

#include <flash_identity.h> /* FLASH_CA, FLASH_DEVICE, FLASH_KEY, FLASH_TIME */
#include <stdio.h>

static uint8_t memory[sizeof(hf_anchor) + 16];
static uint8_t input[HF_TLS_INPUT_SIZE], output[HF_TLS_OUTPUT_SIZE];
static uint8_t certificate[HF_TLS_CERTIFICATE_SIZE];
static hf_config config;
static hf_conn conn;

/* Later than this, but how much is not known: only certificates that had expired by then are
 * refused. */
static hf_time build_time(void *ctx)
{
    (void)ctx;
    return (hf_time){.seconds = FLASH_TIME, .kind = HF_TIME_AT_LEAST};
}

static hf_code configure(void)
{
    static const hf_span chain = {FLASH_DEVICE, sizeof FLASH_DEVICE};
    hf_config_init(&config, memory, sizeof memory);
    config.clock = (hf_clock){.now = build_time};
    hf_config_anchors(&config, FLASH_CA, sizeof FLASH_CA);
    hf_config_identity(&config, chain.ptr, chain.len, FLASH_KEY, sizeof FLASH_KEY, NULL);
    return hf_config_build(&config);
}

int main(int argc, char **argv)
{
    const hf_tls_memory room = {.input = {input, sizeof input},
                                .output = {output, sizeof output},
                                .certificate = {certificate, sizeof certificate}};
    if (argc != 3) {
        fputs("usage: anchors_in_flash ADDRESS:PORT NAME\n", stderr);
        return 2;
    }
    if (configure() != HF_OK) {
        return example_failed(&config.error);
    }
    const hf_conn_options options = {.name = argv[2]};
    hf_code code = hf_conn_start(&conn, &config, &room, argv[1], &options, 10000);
    code = code == HF_PENDING || code == HF_OK ? hf_conn_wait(&conn) : code;
    code = code == HF_OK ? hf_conn_shutdown(&conn, 10000) : code; /* the server's verdict */
    if (code == HF_OK) {
        printf("connected with %s, certificate %s\n",
               hf_tls_version(&conn.tls) == HF_TLS13 ? "TLS 1.3" : "TLS 1.2",
               hf_tls_sent_certificate(&conn.tls) ? "sent" : "not asked for");
    }
    int result = code == HF_OK ? 0 : example_failed(hf_conn_error(&conn));
    hf_conn_close(&conn);
    hf_config_release(&config);
    return result;
}
