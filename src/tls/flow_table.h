/* How the flow tables are written down (flow.c, flow12.c): a row by its sender, with what each role
 * does at it. Of the server's part a build without one has nothing.
 *
 * Columns: message, flags, when, due; send, sent; recv, received.
 */
#ifndef HF_TLS_FLOW_TABLE_H
#define HF_TLS_FLOW_TABLE_H

#include "tls/handshake.h"

#if HF_HAS_SERVER
#define DUE(facts) (facts),
#define ROLES(of_client, client, client_after, of_server, server, server_after)                    \
    {                                                                                              \
        {.of_client = (client), .after = (client_after)},                                          \
        {                                                                                          \
            .of_server = (server), .after = (server_after)                                         \
        }                                                                                          \
    }
#else
#define DUE(facts)
#define ROLES(of_client, client, client_after, of_server, server, server_after)                    \
    {                                                                                              \
        {                                                                                          \
            .of_client = (client), .after = (client_after)                                         \
        }                                                                                          \
    }
#endif

#define FROM_CLIENT(message, flags, when, due, sends, sent, receives, received)                    \
    {                                                                                              \
        message, HF_CLIENT, flags, when,                                                           \
            DUE(due) ROLES(send, sends, sent, recv, receives, received)                            \
    }
#define FROM_SERVER(message, flags, when, due, sends, sent, receives, received)                    \
    {                                                                                              \
        message, HF_SERVER, flags, when,                                                           \
            DUE(due) ROLES(recv, receives, received, send, sends, sent)                            \
    }

#define FLUSH    HF_ROW_FLUSH
#define STREAM   HF_ROW_STREAM
#define PARTS    HF_ROW_PARTS
#define OPTIONAL HF_ROW_OPTIONAL

#define RETRY   HF_FACT_RETRY
#define FULL    HF_FACT_FULL
#define RESUMED HF_FACT_RESUMED
#define TICKET  HF_FACT_TICKET
#define ASKED   (HF_FACT_FULL | HF_FACT_CLIENT_AUTH)
#define SHOWN   (ASKED | HF_FACT_CLIENT_CERT)

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

#endif
