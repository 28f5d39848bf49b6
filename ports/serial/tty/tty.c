/* A terminal device as a serial line. Errors of the line are errno, negated. */
#define _DEFAULT_SOURCE

#include <handfast/tty.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const struct {
    uint32_t bits;
    speed_t speed;
} SPEEDS[] = {
    {1200, B1200},       {2400, B2400},       {4800, B4800},       {9600, B9600},
    {19200, B19200},     {38400, B38400},     {57600, B57600},     {115200, B115200},
    {230400, B230400},   {460800, B460800},   {500000, B500000},   {921600, B921600},
    {1000000, B1000000}, {1500000, B1500000}, {2000000, B2000000}, {3000000, B3000000},
    {4000000, B4000000},
};

static int32_t outcome(ssize_t result)
{
    if (result >= 0) {
        return (int32_t)result;
    }
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

/* A terminal without data says so in two ways: EAGAIN, or 0 bytes; one that has hung up as well. */
static int32_t receive(void *ctx, uint8_t *to, size_t cap)
{
    const hf_tty *tty = ctx;
    ssize_t result = read(tty->fd, to, cap < INT32_MAX ? cap : INT32_MAX);
    if (result != 0) {
        return outcome(result);
    }
    struct pollfd entry = {.fd = tty->fd, .events = POLLIN};
    bool gone = poll(&entry, 1, 0) == 1 && (entry.revents & (POLLHUP | POLLERR)) != 0;
    return gone ? -EIO : 0;
}

static int32_t send(void *ctx, const uint8_t *from, size_t len)
{
    const hf_tty *tty = ctx;
    return outcome(write(tty->fd, from, len < INT32_MAX ? len : INT32_MAX));
}

static uint32_t milliseconds(void *ctx)
{
    struct timespec now = {0, 0};
    (void)ctx;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}

/* Bytes are waited for, and room only for a while: a terminal nearly always has some, and a step
 * that was called for no reason does no harm. */
static void wait_for(void *ctx, uint32_t ms)
{
    const hf_tty *tty = ctx;
    struct pollfd entry = {.fd = tty->fd, .events = POLLIN};
    (void)poll(&entry, 1, ms < 20u ? (int)ms : 20);
}

static void set_raw(struct termios *mode, bool flow_control)
{
    cfmakeraw(mode);
    mode->c_cflag |= CLOCAL | CREAD;
    mode->c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
    mode->c_cflag |= flow_control ? (tcflag_t)CRTSCTS : 0u;
    mode->c_cc[VMIN] = 0;
    mode->c_cc[VTIME] = 0;
}

static hf_code configure(int fd, uint32_t bits, bool flow_control)
{
    struct termios mode;
    if (tcgetattr(fd, &mode) != 0) {
        return HF_E_FILE;
    }
    set_raw(&mode, flow_control);
    size_t i = 0;
    while (bits != 0 && i < sizeof SPEEDS / sizeof SPEEDS[0] && SPEEDS[i].bits != bits) {
        i++;
    }
    if (i == sizeof SPEEDS / sizeof SPEEDS[0]) {
        return HF_E_USAGE;
    }
    bool good = bits == 0 || cfsetspeed(&mode, SPEEDS[i].speed) == 0;
    good = good && tcsetattr(fd, TCSANOW, &mode) == 0 && tcflush(fd, TCIFLUSH) == 0;
    return good ? HF_OK : HF_E_FILE;
}

hf_code hf_tty_open(hf_tty *tty, const char *path, uint32_t bits, bool flow_control,
                    int32_t *system)
{
    *tty = (hf_tty){.line = {receive, send, milliseconds, wait_for, tty}};
    *system = 0;
    tty->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    hf_code code = tty->fd < 0 ? HF_E_FILE : configure(tty->fd, bits, flow_control);
    if (code != HF_OK) {
        *system = code == HF_E_FILE ? errno : 0;
        hf_tty_close(tty);
    }
    return code;
}

void hf_tty_close(hf_tty *tty)
{
    if (tty->fd >= 0) {
        close(tty->fd);
        tty->fd = -1;
    }
}
