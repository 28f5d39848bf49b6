/* Between the files of the posix port. */
#ifndef HF_NET_POSIX_H
#define HF_NET_POSIX_H

#include "net/port.h"

/* Adds attempt `index` to the one descriptor; 0, or -1 with errno set. */
int hf_posix_watch_attempt(hf_conn *conn, size_t index);

#endif
