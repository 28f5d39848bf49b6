/* Plain bytes over TCP. See doctor_raw.h. */
#include "doctor_raw.h"
#include "verdict.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static bool wait_for(int fd, short events, uint32_t end)
{
    struct pollfd entry = {.fd = fd, .events = events};
    for (int left = (int)(end - cli_verdict_clock()); left > 0;
         left = (int)(end - cli_verdict_clock())) {
        int ready = poll(&entry, 1, left);
        if (ready > 0 || (ready < 0 && errno != EINTR)) {
            return ready > 0;
        }
    }
    return false;
}

socklen_t doctor_sockaddr(const hf_ip *ip, uint16_t port, struct sockaddr_storage *to)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = ip->scope};
    memcpy(&v4.sin_addr, ip->bytes, sizeof v4.sin_addr);
    memcpy(&v6.sin6_addr, ip->bytes, sizeof v6.sin6_addr);
    bool is_v4 = ip->family == 4;
    memset(to, 0, sizeof *to);
    memcpy(to, is_v4 ? (const void *)&v4 : (const void *)&v6, is_v4 ? sizeof v4 : sizeof v6);
    return is_v4 ? sizeof v4 : sizeof v6;
}

static int dial(const doctor *d, uint32_t end)
{
    struct sockaddr_storage to;
    socklen_t to_len = doctor_sockaddr(&d->ip, d->address.port, &to);
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    int system = 0;
    socklen_t len = sizeof system;
    bool begun = connect(fd, (const struct sockaddr *)&to, to_len) == 0 || errno == EINPROGRESS;
    if (!begun || !wait_for(fd, POLLOUT, end) ||
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &system, &len) != 0 || system != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* What is sent here fits into an empty socket buffer. */
static bool send_all(int fd, hf_span bytes)
{
    return bytes.len == 0 || send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL) == (ssize_t)bytes.len;
}

void doctor_exchange(doctor *d, hf_span bytes, uint32_t ms, bool (*enough)(const doctor_reply *),
                     doctor_reply *reply)
{
    uint32_t most = d->options->tls.timeout_ms;
    uint32_t end = cli_verdict_clock() + (ms < most ? ms : most);
    int fd = dial(d, end);
    d->connections++;
    *reply = (doctor_reply){.end = fd < 0 ? RAW_NO_CONNECTION : RAW_SILENT};
    bool sent = fd >= 0 && send_all(fd, bytes);
    while (sent && reply->end == RAW_SILENT && wait_for(fd, POLLIN, end)) {
        ssize_t len = recv(fd, reply->bytes + reply->len, DOCTOR_REPLY - reply->len, 0);
        if (len > 0) {
            reply->len += (size_t)len;
            bool full = reply->len == DOCTOR_REPLY || (enough != NULL && enough(reply));
            reply->end = full ? RAW_ENOUGH : RAW_SILENT;
        } else if (len == 0 || (errno != EAGAIN && errno != EINTR)) {
            reply->end = len == 0 ? RAW_CLOSED : RAW_RESET;
        }
    }
    if (fd >= 0) {
        reply->end = sent ? reply->end : RAW_RESET;
        (void)close(fd);
    }
}

/* RFC 9110 5.6.7: "Date: Sun, 06 Nov 1994 08:49:37 GMT" */
bool doctor_http_date(hf_span answer, int64_t *date)
{
    char line[64];
    struct tm when;
    for (size_t i = 0; i + 7 < answer.len; i++) {
        if (answer.ptr[i] != '\n' ||
            strncasecmp((const char *)answer.ptr + i + 1, "date:", 5) != 0) {
            continue;
        }
        size_t len = answer.len - (i + 6);
        len = len < sizeof line - 1 ? len : sizeof line - 1;
        memcpy(line, answer.ptr + i + 6, len);
        line[len] = '\0';
        memset(&when, 0, sizeof when);
        if (strptime(line + strspn(line, " "), "%a, %d %b %Y %H:%M:%S GMT", &when) != NULL) {
            *date = (int64_t)timegm(&when);
            return true;
        }
    }
    return false;
}
