/* What happens inside a connection, on a device's console: hf_config.trace.
 *
 *     events HOST[:PORT] ca.pem device.chain.pem device.key
 *
 * Prints a line for each event that a log wants, and what was received and sent in all. On a device
 * printf() is what writes to the console; nothing here needs a heap or a clock.
 */
#include "support.h"

#include <handfast/conn.h>

#include <stdio.h>

static uint8_t memory[16384];
static uint8_t input[HF_TLS_INPUT_SIZE], output[HF_TLS_OUTPUT_SIZE];
static uint8_t certificate[HF_TLS_CERTIFICATE_SIZE], names[HF_TLS_NAMES_SIZE];
static hf_config config;
static hf_conn conn;

typedef struct counts {
    unsigned long bytes[2]; /* received, sent */
    unsigned operations;
} counts;

static void tell_stage(const hf_event *event)
{
    static const char *const STAGES[] = {"", "setup", "resolve", "tcp", "tls", "mqtt"};
    printf("%-8s %s\n", STAGES[event->type],
           event->number == HF_PENDING ? "begins" : hf_error_name((hf_code)event->number));
}

static void on_event(void *ctx, const hf_event *event)
{
    counts *c = ctx;
    const char *way = event->sent ? "->" : "<-";
    switch ((hf_event_kind)event->kind) {
    case HF_EVENT_STAGE:
        tell_stage(event);
        break;
    case HF_EVENT_BYTES:
        c->bytes[event->sent ? 1 : 0] += event->body.len;
        break;
    case HF_EVENT_RECORD:
        printf("      %s record of %u bytes%s\n", way, (unsigned)event->size,
               event->sealed ? ", encrypted" : "");
        break;
    case HF_EVENT_MESSAGE: /* a piece of one; a long one comes in several */
        printf("      %s handshake message %u, bytes %u to %u of %u\n", way, event->type,
               (unsigned)event->offset, (unsigned)(event->offset + event->body.len),
               (unsigned)event->size);
        break;
    case HF_EVENT_WORK:
        c->operations++;
        break;
    case HF_EVENT_ERROR:
        printf("error    %s\n", hf_error_name((hf_code)event->number));
        break;
    default:
        break;
    }
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: events HOST[:PORT] ca.pem device.chain.pem device.key\n");
        return 2;
    }
    counts c = {.operations = 0};
    hf_config_init(&config, memory, sizeof memory);
    config.clock = hf_clock_system();
    config.trace = on_event;
    config.trace_ctx = &c;
    if (example_config(&config, argv[2], argv[3], argv[4]) != HF_OK) {
        return example_failed(&config.error);
    }
    const hf_tls_memory buffers = {
        .input = {input, sizeof input},
        .output = {output, sizeof output},
        .certificate = {certificate, sizeof certificate},
        .names = {names, sizeof names},
    };
    hf_code code = hf_conn_open(&conn, &config, &buffers, argv[1], 10000);
    if (code == HF_OK) {
        code = hf_conn_shutdown(&conn, 10000); /* also reads the server's verdict */
    }
    printf("%lu bytes received, %lu sent, %u public-key operations\n", c.bytes[0], c.bytes[1],
           c.operations);
    int result = code == HF_OK ? 0 : example_failed(hf_conn_error(&conn));
    hf_conn_close(&conn);
    hf_config_release(&config);
    return result;
}
