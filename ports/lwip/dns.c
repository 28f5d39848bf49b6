/* Names through lwIP's DNS client, which has one address for each name and family.
 *
 * lwIP forgets no question: its callback comes in any case, also when the connection is closed and
 * its memory used for something else. So its argument is a place in a table of this file, the
 * port's only memory beside the connection; a place is free again when lwIP has answered.
 */
#include "net/dial.h"
#include "net/lookup.h"

#include "lwip.h"

#include <lwip/dns.h>

#include <string.h>

void hf_net_ask_hosts(hf_conn *conn)
{
    (void)conn; /* lwIP's own list of hosts is asked with the rest */
}

void hf_net_ask_step(hf_conn *conn)
{
    (void)conn;
}

uint64_t hf_net_ask_timeout(const hf_conn *conn, uint64_t now)
{
    (void)conn;
    (void)now;
    return 0;
}

#if LWIP_DNS
/* lwIP tells a name that does not exist from a server that does not answer only by the time: it
 * gives up after 1 + 1 + 2 + ... + DNS_MAX_RETRIES - 1 ticks, of which the first may be short. */
#define GIVES_UP_US                                                                                \
    ((uint64_t)DNS_MAX_RETRIES * (DNS_MAX_RETRIES - 1u) / 2u * DNS_TMR_INTERVAL * 1000u)

typedef struct place {
    hf_question *question; /* NULL: nobody waits for the answer any more */
    bool taken;
} place;

static place places[DNS_TABLE_SIZE];

static void answer(hf_question *question, const ip_addr_t *address)
{
    hf_conn *conn = question->conn;
    bool early = hf_net_now(conn) - conn->lookup.port.began < GIVES_UP_US;
    if (address != NULL) {
        hf_ip ip;
        hf_lwip_from_address(address, &ip);
        hf_answers_add(&conn->answers, &ip);
    }
    hf_lookup_answered(question, address != NULL ? HF_OK
                                 : early         ? HF_E_RESOLVE_NOT_FOUND
                                                 : HF_E_RESOLVE_FAILED);
}

static void on_found(const char *name, const ip_addr_t *address, void *arg)
{
    place *at = arg;
    hf_question *question = at->question;
    (void)name;
    *at = (place){.taken = false};
    if (question != NULL) {
        answer(question, address);
    }
}

static place *free_place(void)
{
    for (size_t i = 0; i < DNS_TABLE_SIZE; i++) {
        if (!places[i].taken) {
            return &places[i];
        }
    }
    return NULL;
}

static void ask(hf_question *question, const char *host, uint8_t type)
{
    ip_addr_t address;
    place *at = free_place();
    err_t err = ERR_MEM;
    if (at != NULL) {
        *at = (place){question, true};
        err = dns_gethostbyname_addrtype(host, &address, on_found, at, type);
    }
    if (err == ERR_INPROGRESS) {
        return;
    }
    if (at != NULL) {
        *at = (place){.taken = false};
    }
    if (err == ERR_OK) { /* it was known */
        answer(question, &address);
    } else { /* no server is set, or there is no memory */
        hf_lookup_answered(question, HF_E_RESOLVE_FAILED);
    }
}

hf_code hf_net_ask(hf_conn *conn)
{
    char host[HF_HOST_SIZE];
    size_t len = strlen(conn->address.host);
    len -= conn->address.host[len - 1] == '.' ? 1u : 0u; /* lwIP would ask for an empty label */
    memcpy(host, conn->address.host, len);
    host[len] = '\0';
    conn->lookup.port.began = hf_net_now(conn);
    if (LWIP_IPV6) {
        ask(&conn->lookup.questions[0], host, LWIP_DNS_ADDRTYPE_IPV6);
    } else {
        conn->lookup.running--;
    }
    if (LWIP_IPV4) {
        ask(&conn->lookup.questions[1], host, LWIP_DNS_ADDRTYPE_IPV4);
    } else {
        conn->lookup.running--;
    }
    return HF_OK;
}

void hf_net_ask_cancel(hf_conn *conn)
{
    for (size_t i = 0; i < DNS_TABLE_SIZE; i++) {
        if (places[i].question != NULL && places[i].question->conn == conn) {
            places[i].question = NULL;
        }
    }
}
#else
hf_code hf_net_ask(hf_conn *conn)
{
    (void)conn;
    return HF_E_RESOLVE_FAILED; /* only addresses, and the program's own resolver */
}

void hf_net_ask_cancel(hf_conn *conn)
{
    (void)conn;
}
#endif
