/* What a connection keeps for its port; here: a line of bytes, such as a UART (docs/conn.md).
 *
 * There are no names: hf_conn_attach() says who is at the other end, hf_conn_accept() is the other
 * end. The line has no end of its own either: close_notify is the end.
 */
#ifndef HANDFAST_PORT_H
#define HANDFAST_PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_PORT_DIALS 0 /* no hf_conn_start(), no hf_conn_open() */

/* A line: the program's, borrowed until hf_conn_close(). None of its functions waits but `wait`. */
typedef struct hf_serial_line {
    /* As many bytes as are there, at most `cap`; 0: none now; negative: the line is broken (carrier
     * lost, break, overrun), and the number becomes error.system of HF_E_NETWORK (in the handshake:
     * HF_E_CLOSED_IN_HANDSHAKE). */
    int32_t (*receive)(void *ctx, uint8_t *to, size_t cap);
    /* How many bytes were taken; 0: none now (flow control); negative: as above. */
    int32_t (*send)(void *ctx, const uint8_t *from, size_t len);
    /* Of a counter that runs on and may wrap; for deadlines. */
    uint32_t (*milliseconds)(void *ctx);
    /* Sleeps until bytes have arrived or may be sent, or `ms` have passed (UINT32_MAX: no limit).
     * NULL: calls that wait look again and again. */
    void (*wait)(void *ctx, uint32_t ms);
    void *ctx;
} hf_serial_line;

typedef const hf_serial_line *hf_socket; /* for hf_conn_attach() and hf_conn_accept() */

typedef const hf_serial_line *hf_channel; /* NULL: none */

typedef struct hf_port_state { /* the line's milliseconds, as a time that does not wrap */
    const hf_serial_line *line;
    uint64_t at; /* microseconds */
    uint32_t ms;
} hf_port_state;

#ifdef __cplusplus
}
#endif
#endif
