/* A terminal device of a POSIX system (a serial port, a pseudo terminal) as a line for hf_conn.
 *
 * Ownership: the line and its hf_tty must not move while a connection uses them.
 */
#ifndef HANDFAST_TTY_H
#define HANDFAST_TTY_H

#include <handfast/error.h>
#include <handfast/port.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_tty {
    hf_serial_line line; /* for hf_conn_attach() */
    int fd;
} hf_tty;

/* Opens `path` raw (8 bits, no parity, no echo, nothing translated) at `bits` per second, one of
 * the standard rates from 1,200 to 4,000,000 (0: as it is), with RTS and CTS for flow control or
 * without any. What has arrived before is dropped. Errors: HF_E_FILE with errno in *system;
 * HF_E_USAGE: no such rate. */
hf_code hf_tty_open(hf_tty *tty, const char *path, uint32_t bits, bool flow_control,
                    int32_t *system);

/* After the connection's end. May be called again. */
void hf_tty_close(hf_tty *tty);

#ifdef __cplusplus
}
#endif
#endif
