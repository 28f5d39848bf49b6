/* Between the files of the posix port. */
#ifndef HF_POSIX_H
#define HF_POSIX_H

#include "net/port.h"

/* Waits for a socket of the resolver's as part of the one descriptor; `what` are HF_ARM_ bits, none
 * = not any more. And what is done when there is news of it. */
void hf_posix_watch_resolver(hf_conn *conn, int fd, unsigned what);
void hf_posix_resolver_ready(hf_conn *conn, int fd, unsigned what);

/* Adds attempt `index` to the one descriptor; 0, or -1 with errno set. */
int hf_posix_watch_attempt(hf_conn *conn, size_t index);

#endif
