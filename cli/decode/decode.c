/* handfast decode: the transcript of a recorded connection, and why it went as it did.
 *
 * The way of a file: decode_capture with decode_reader (frames), decode_frame (TCP segments) and
 * decode_flow (bytes in order), decode_find (is it TLS), decode_stream (records), decode_open
 * (plaintext), decode_tls and decode_hello (events), decode_show (output).
 */
#include "command.h"
#include "decode_show.h"
#include "file.h"
#include "options.h"
#include "report.h"

#include "crypto/crypto.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define CAPTURE_LIMIT (1024ul * 1024ul * 1024ul)
#define KEYLOG_LIMIT  (64ul * 1024ul * 1024ul)

enum {
    OPTION_KEYLOG = CLI_OPTION_OWN,
    OPTION_STREAM,
    OPTION_JSON,
    OPTION_COLOR,
};

static const struct option OPTIONS[] = {
    {"keylog", required_argument, NULL, OPTION_KEYLOG},
    {"stream", required_argument, NULL, OPTION_STREAM},
    {"json", no_argument, NULL, OPTION_JSON},
    {"color", required_argument, NULL, OPTION_COLOR},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

typedef struct decode_options {
    const char *file;
    const char *keylog;
    unsigned long stream; /* 0: all */
    cli_trace_options trace;
} decode_options;

/* Everything that the work needs, on the heap: streams have large buffers. */
typedef struct decode_work {
    cli_file file;
    cli_file keylog;
    decode_capture capture;
    hf_crypto crypto;
    decode_stream scratch;
    decode_tls tls;
    decode_show show;
    unsigned with_tls;
} decode_work;

static cli_exit print_help(void)
{
    puts(
        "usage: handfast decode [OPTION...] FILE\n"
        "\n"
        "Reads a capture (pcapng or pcap, of tcpdump, Wireshark, tshark, an ESP32 ...), finds the\n"
        "TLS connections in it on whatever port, and prints the transcript of each: what can be\n"
        "read without secrets, or everything with them, and a verdict: why it went as it did.\n"
        "FILE may be \"-\": standard input.\n"
        "\n"
        "Secrets stand in the file itself (pcapng, as handfast connect --pcap and editcap\n"
        "--inject-secrets write them), or are given:\n"
        "  --keylog FILE  a key log as browsers and curl (SSLKEYLOGFILE) and openssl -keylogfile\n"
        "                 write it; TLS 1.3, and TLS 1.2 with AES-GCM, AES-CCM and\n"
        "                 ChaCha20-Poly1305, are decrypted with it\n"
        "  --stream N     only the N-th TCP connection\n"
        "  -v, --verbose  the ladder (the default); -vv: every field of every message\n"
        "  --json         JSON lines instead of text\n"
        "  --color auto|always|never\n"
        "                 of the ladder (default auto: on a terminal, without NO_COLOR)\n"
        "  --help         this text\n"
        "\n"
        "exit codes: 0 TLS was found and shown, however it ended; 3 the file cannot be read;\n"
        "5 there is no TLS in it.\n"
        "\n"
        "example:\n"
        "  handfast decode --keylog keys.log device.pcapng");
    return CLI_OK;
}

static cli_exit no_memory(void)
{
    return cli_fail(CLI_LOCAL, "There is not enough memory for this capture.", NULL,
                    "Cut it with tshark -Y or editcap, or free some.");
}

/* ---- reading */

static void warn(const char *text)
{
    (void)fprintf(stderr, "warning: %s\n", text);
}

/* A file that ends early gives what is there. */
static void warn_of_end(const decode_capture *capture, decode_outcome outcome)
{
    if (outcome == DECODE_TOO_LARGE) {
        warn("there are more than 65536 TCP connections: the rest of the file is left out");
    } else if (capture->end == DECODE_CUT) {
        warn("the file ends in the middle of a packet: what is there is shown");
    } else if (capture->end == DECODE_BROKEN) {
        (void)fprintf(stderr,
                      "warning: the file is damaged at byte %zu (%s): what is before is shown\n",
                      capture->reader.at, capture->reader.problem);
    }
}

static cli_exit read_capture(decode_work *work, const decode_options *options)
{
    decode_capture *capture = &work->capture;
    const char *path = strcmp(options->file, "-") == 0 ? NULL : options->file;
    const char *name = path == NULL ? "standard input" : path;
    cli_exit result = cli_file_read(path, CAPTURE_LIMIT, &work->file);
    if (result != CLI_OK) {
        return result;
    }
    decode_outcome outcome =
        decode_capture_read(capture, (hf_span){work->file.bytes, work->file.len});
    if (outcome == DECODE_NO_FILE) {
        return cli_fail_at(CLI_LOCAL, "This is no capture.", name, "neither pcapng nor pcap",
                           "Give a file of tcpdump -w, Wireshark or an ESP32's pcap. Other formats "
                           "are converted by: editcap IN OUT.pcapng");
    }
    if (outcome == DECODE_NO_ROOM) {
        return no_memory();
    }
    if (capture->end == DECODE_BROKEN && capture->reader.frames == 0) {
        return cli_fail_at(CLI_LOCAL, "The capture is damaged.", name, capture->reader.problem,
                           "Capture again, or repair it: editcap IN OUT.");
    }
    warn_of_end(capture, outcome);
    return CLI_OK;
}

static cli_exit read_keylog(decode_work *work, const char *path)
{
    if (path == NULL) {
        return CLI_OK;
    }
    cli_exit result = cli_file_read(path, KEYLOG_LIMIT, &work->keylog);
    size_t before = work->capture.secrets.count;
    if (result != CLI_OK) {
        return result;
    }
    if (!decode_secrets_add(&work->capture.secrets,
                            (hf_span){work->keylog.bytes, work->keylog.len})) {
        return no_memory();
    }
    if (work->capture.secrets.count == before) {
        return cli_fail_at(CLI_LOCAL, "There are no secrets in the key log.", path,
                           "no line like CLIENT_RANDOM <64 hex digits> <96 hex digits>",
                           "Give the file that SSLKEYLOGFILE or -keylogfile has written.");
    }
    return CLI_OK;
}

/* ---- showing */

static cli_exit show_tls(decode_work *work, const decode_flow *flow, unsigned client)
{
    const decode_sink sink = {decode_show_event, decode_show_note, &work->show};
    bool done =
        decode_tls_run(&work->tls, flow, client, &work->crypto, &work->capture.secrets, &sink);
    if (done) {
        decode_show_verdict(&work->show, &work->tls, flow, client);
    }
    decode_tls_release(&work->tls);
    return done ? CLI_OK : no_memory();
}

static cli_exit show_all(decode_work *work, unsigned long only)
{
    cli_exit result = CLI_OK;
    for (size_t i = 0; i < work->capture.flows.count && result == CLI_OK; i++) {
        const decode_flow *flow = &work->capture.flows.list[i];
        if (only != 0 && flow->number != only) {
            continue;
        }
        unsigned client = 0;
        decode_content content = decode_find(flow, &work->scratch, &client);
        decode_show_stream(&work->show, flow, client, content);
        if (content == DECODE_IS_TLS || content == DECODE_IS_TLS_LATE) {
            work->with_tls++;
            result = show_tls(work, flow, client);
        }
    }
    return result;
}

/* Frames that could not be looked into. */
static void warn_about(const decode_capture *capture)
{
    if (capture->kinds[DECODE_FRAGMENT] > 0) {
        (void)fprintf(stderr, "warning: %u IP fragments are left out: they are not put together\n",
                      capture->kinds[DECODE_FRAGMENT]);
    }
    if (capture->kinds[DECODE_ENCRYPTED] > 0) {
        (void)fprintf(stderr,
                      "warning: %u frames are encrypted by Wi-Fi: capture at the access "
                      "point, or decrypt them in Wireshark and export\n",
                      capture->kinds[DECODE_ENCRYPTED]);
    }
    if (capture->kinds[DECODE_NO_LINK] > 0) {
        (void)fprintf(stderr,
                      "warning: %u frames have a link type that is not read here: %u (%s)\n",
                      capture->kinds[DECODE_NO_LINK], capture->unknown_link,
                      decode_link_name(capture->unknown_link));
    }
    if (capture->kinds[DECODE_SHORT] > 0) {
        (void)fprintf(stderr, "warning: %u frames are cut before their headers end\n",
                      capture->kinds[DECODE_SHORT]);
    }
    if (capture->secrets.bad > 0) {
        (void)fprintf(stderr, "warning: %zu lines of the key log could not be read\n",
                      capture->secrets.bad);
    }
}

static cli_exit no_tls(const decode_capture *capture, const decode_options *options)
{
    char why[160];
    uint32_t frames = capture->reader.frames;
    if (options->stream > capture->flows.count) {
        (void)snprintf(why, sizeof why, "TCP connections in the file: %zu", capture->flows.count);
        return cli_fail_at(CLI_USAGE, "There is no such stream.", options->file, why,
                           "See the list: handfast decode FILE");
    }
    if (options->stream != 0) {
        (void)snprintf(why, sizeof why, "connection %lu carries something else", options->stream);
        return cli_fail_at(CLI_TLS, "There is no TLS in it.", options->file, why,
                           "See what there is: handfast decode FILE");
    }
    if (frames > 0 && capture->kinds[DECODE_NO_LINK] == frames) {
        (void)snprintf(why, sizeof why, "its link type is %u (%s)", capture->unknown_link,
                       decode_link_name(capture->unknown_link));
        return cli_fail_at(CLI_LOCAL, "The capture's link type is not read here.", options->file,
                           why,
                           "Capture on an interface with Ethernet, IP, Linux cooked, loopback or "
                           "Wi-Fi frames.");
    }
    (void)snprintf(why, sizeof why, "%u packets, TCP connections: %zu, none of them TLS", frames,
                   capture->flows.count);
    return cli_fail_at(CLI_TLS, "There is no TLS in it.", options->file, why,
                       "Check the interface and the filter of the capture, and start it before the "
                       "device connects.");
}

static cli_exit run(decode_work *work, const decode_options *options)
{
    cli_exit result = read_capture(work, options);
    if (result == CLI_OK) {
        result = read_keylog(work, options->keylog);
    }
    if (result == CLI_OK &&
        hf_crypto_init(&work->crypto, (hf_random_source){NULL, NULL}) != HF_OK) {
        result = cli_fail(CLI_INTERNAL, "The crypto library could not be started.", NULL,
                          "Check the installation of OpenSSL.");
    }
    if (result == CLI_OK) {
        decode_show_begin(&work->show, stdout, &options->trace);
        warn_about(&work->capture);
        result = show_all(work, options->stream);
        decode_show_end(&work->show, &work->capture, work->with_tls);
    }
    if (result == CLI_OK && work->with_tls == 0) {
        (void)fflush(stdout);
        result = no_tls(&work->capture, options);
    }
    return result;
}

static cli_exit decode(const decode_options *options)
{
    decode_work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        return no_memory();
    }
    cli_exit result = run(work, options);
    decode_capture_release(&work->capture);
    hf_crypto_release(&work->crypto);
    cli_file_release(&work->keylog);
    cli_file_release(&work->file);
    free(work);
    return result;
}

/* ---- command line */

static cli_exit take_option(decode_options *options, int option, char **argv)
{
    switch (option) {
    case OPTION_KEYLOG:
        options->keylog = optarg;
        return CLI_OK;
    case OPTION_STREAM:
        return cli_number(optarg, 1, DECODE_FLOWS_MAX, &options->stream)
                   ? CLI_OK
                   : cli_fail_usage("decode", "--stream takes the number of a connection, from 1.",
                                    optarg);
    case OPTION_JSON:
        options->trace.json = true;
        return CLI_OK;
    case OPTION_COLOR:
        return cli_trace_color(&options->trace, "decode", optarg);
    case 'v':
        cli_trace_more(&options->trace);
        return CLI_OK;
    case ':':
        return cli_fail_usage("decode", "An option lacks its value.", argv[optind - 1]);
    default:
        return cli_fail_usage("decode", "There is no such option.", argv[optind - 1]);
    }
}

cli_exit cli_decode(int argc, char **argv)
{
    decode_options options = {.stream = 0};
    opterr = 0;
    optind = 1;
    int option = getopt_long(argc, argv, ":hv", OPTIONS, NULL);
    while (option != -1) {
        if (option == 'h') {
            return print_help();
        }
        cli_exit result = take_option(&options, option, argv);
        if (result != CLI_OK) {
            return result;
        }
        option = getopt_long(argc, argv, ":hv", OPTIONS, NULL);
    }
    if (optind >= argc) {
        return cli_fail_usage("decode", "The capture file is missing.", NULL);
    }
    if (optind + 1 < argc) {
        return cli_fail_usage("decode", "There is a word too many.", argv[optind + 1]);
    }
    options.file = argv[optind];
    return decode(&options);
}
