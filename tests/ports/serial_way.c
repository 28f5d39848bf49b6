/* The test client's way over a serial line: a terminal device. */
#include "way.h"

#include <handfast/tty.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hf_tty tty;

void way_begin(const char *device)
{
    int32_t system = 0;
    hf_code code = hf_tty_open(&tty, device, 115200, false, &system);
    if (code != HF_OK) {
        printf("tty %s %d\n", hf_error_name(code), (int)system);
        exit(2);
    }
}

bool way_set(const char *name, const char *value)
{
    (void)name;
    (void)value;
    return false;
}

hf_code way_start(hf_conn *conn, const hf_config *config, const hf_tls_memory *memory,
                  const char *target, const char *name, uint32_t timeout_ms)
{
    if (strcmp(target, "accept") == 0) {
        printf("listening\n");
        fflush(stdout);
        return hf_conn_accept(conn, config, memory, &tty.line, NULL, timeout_ms);
    }
    return hf_conn_attach(conn, config, memory, &tty.line, name, NULL, timeout_ms);
}

hf_code way_link(hf_link *link, const hf_config *config, const char *target, const char *name,
                 const hf_mqtt_options *mqtt, uint32_t timeout_ms)
{
    (void)target;
    return hf_link_attach(link, config, &tty.line, name, NULL, mqtt, timeout_ms);
}

void way_serve(uint32_t ms)
{
    tty.line.wait(tty.line.ctx, ms);
}

size_t way_held(const hf_conn *conn)
{
    (void)conn;
    return 0;
}

size_t way_holds_at_most(void)
{
    return 0;
}

size_t way_end(void)
{
    hf_tty_close(&tty);
    return 0;
}
