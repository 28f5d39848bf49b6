/* The test servers' listening socket, on 127.0.0.1: one connection at a time. SIGTERM, taken
 * through a descriptor, ends every wait. See server.h. */
#include "peers/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTION_MS 20000u

static int listener = -1;
static int signals = -1;

bool server_start(uint32_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int on = 1;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signals = signalfd(-1, &set, SFD_CLOEXEC);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_port = htons((uint16_t)*port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (signals < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        return false;
    }
    *port = ntohs(address.sin_port);
    return true;
}

bool server_accept(peer_link *link)
{
    int fd = -1;
    while (fd < 0 && !server_stopping()) {
        if (link_poll(listener, POLLIN, signals, -1)) {
            fd = accept(listener, NULL, NULL);
        }
    }
    if (fd >= 0) {
        link_begin(link, fd, signals, CONNECTION_MS);
    }
    return fd >= 0;
}

void server_stop(void)
{
    close(listener);
    close(signals);
}

/* Nobody reads the signal: it stays there to be seen. */
bool server_stopping(void)
{
    return link_poll(signals, POLLIN, -1, 0);
}
