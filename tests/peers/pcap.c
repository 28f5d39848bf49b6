/* Captures of the test programs. See pcap.h. */
#include "peers/pcap.h"

#include "keylog/keylog.h"
#include "trace/capture.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static FILE *file;
static hf_capture capture;
static hf_keylog keylog;
static uint8_t held[65536];
static char lines[HF_KEYLOG_LINES_MAX];
static size_t lines_len;

static void put(void *ctx, const char *text, size_t len)
{
    (void)ctx;
    (void)fwrite(text, 1, len, file);
}

static void put_line(void *ctx, const char *text, size_t len)
{
    (void)ctx;
    if (len <= sizeof lines - lines_len) {
        memcpy(lines + lines_len, text, len);
        lines_len += len;
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool pcap_open(const char *path, bool server)
{
    const hf_sink sink = {.put = put};
    if (path == NULL) {
        return true;
    }
    file = fopen(path, "wb");
    if (file == NULL) {
        return false;
    }
    hf_capture_begin(&capture, &sink, (hf_space){held, sizeof held}, "handfast test");
    capture.server = server;
    return true;
}

void pcap_connection(int fd)
{
    struct sockaddr_in ours;
    struct sockaddr_in theirs;
    socklen_t len = sizeof ours;
    if (file == NULL || getsockname(fd, (struct sockaddr *)&ours, &len) != 0 ||
        getpeername(fd, (struct sockaddr *)&theirs, &len) != 0) {
        return;
    }
    memcpy(capture.local[0], &ours.sin_addr, 4);
    capture.port = ntohs(ours.sin_port);
    const hf_event event = {.kind = HF_EVENT_ADDRESS,
                            .type = 4,
                            .number = HF_OK,
                            .size = ntohs(theirs.sin_port),
                            .body = {(const uint8_t *)&theirs.sin_addr, 4}};
    hf_capture_event(&capture, &event, now_ns());
}

void pcap_event(void *ctx, const hf_event *event)
{
    const hf_sink sink = {.put = put_line};
    (void)ctx;
    if (file == NULL) {
        return;
    }
    lines_len = 0;
    hf_keylog_event(&keylog, event, &sink);
    hf_capture_secrets(&capture, (hf_span){(const uint8_t *)lines, lines_len});
    hf_capture_event(&capture, event, now_ns());
}

void pcap_end(void)
{
    if (file != NULL) {
        hf_capture_end(&capture, now_ns());
        (void)fflush(file);
    }
}

void pcap_close(void)
{
    if (file != NULL) {
        pcap_end();
        (void)fclose(file);
        file = NULL;
    }
}
