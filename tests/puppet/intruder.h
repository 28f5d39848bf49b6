/* Things said at the wrong time, for the tests against the flow oracle: messages of every kind and
 * records of every kind, outside the transcript, under the keys of now.
 */
#ifndef HF_TESTS_INTRUDER_H
#define HF_TESTS_INTRUDER_H

#include "puppet/puppet.h"

/* Besides the handshake types: records, and a server_hello with the special random. */
enum { X_CCS = 0x200, X_SEALED_CCS, X_DATA, X_RETRY };

/* The engine is the same with each backend: with the slower ones, one way to say things will do. */
bool intruder_one_way(void);

/* The index-th of all that is worth a try: a handshake type or X_...; -1 past the end. */
int intruder_at(size_t index);

/* Says it. A message has no sensible body: it must be refused before that is read. */
void intrude(puppet *p, int what);

#endif
