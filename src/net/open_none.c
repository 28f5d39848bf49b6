/* What stands for open.c and again.c in a port without names and addresses: nothing is ever
 * resolved or dialled, so these states are never entered. */
#include "net/open.h"

hf_code hf_open_step(hf_conn *conn, uint64_t now)
{
    (void)conn;
    (void)now;
    return HF_E_INTERNAL;
}

uint64_t hf_open_due(const hf_conn *conn, uint64_t now)
{
    (void)conn;
    (void)now;
    return 0;
}

void hf_open_cancel(hf_conn *conn)
{
    (void)conn;
}

bool hf_conn_blames_session(const hf_conn *conn)
{
    (void)conn;
    return false;
}

hf_code hf_conn_again(hf_conn *conn, uint64_t now)
{
    (void)conn;
    (void)now;
    return HF_E_INTERNAL;
}
