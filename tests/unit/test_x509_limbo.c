/* C2SP/x509-limbo through the forward walk.
 *
 * The cases give intermediates without order, while the forward walk wants each to certify the one
 * before; so the test tries the orders that fit by name, as a server's operator would. A case is
 * accepted when some order is.
 */
#define _DEFAULT_SOURCE /* timegm */

#include "unit/limbo.h"

#define ATTEMPTS_MAX 300
#define SLOT         (1 << 20)

static uint8_t slot[SLOT];

/* Walks the peer and the chosen others. */
static hf_code walk_order(limbo_case *c, const size_t *order, size_t count)
{
    hf_path path;
    hf_public_key leaf;
    walk w = {.piece = 0};
    hf_path_start(&path, &c->policy, (hf_space){.ptr = slot, .cap = SLOT},
                  (hf_space){.ptr = names, .cap = NAMES});
    hf_code code = walk_certificate(&path, &w, c->peer);
    for (size_t i = 0; i < count && code == HF_OK; i++) {
        code = walk_certificate(&path, &w, c->others[order[i]]);
    }
    c->attempts++;
    return code == HF_OK ? hf_path_end(&path, &leaf) : code;
}

static bool in_order(const size_t *order, size_t count, size_t index)
{
    for (size_t i = 0; i < count; i++) {
        if (order[i] == index) {
            return true;
        }
    }
    return false;
}

/* Depth first over the orders that fit by name; true when one is accepted. */
static bool accepted(limbo_case *c)
{
    size_t order[CERTIFICATES_MAX] = {0};
    size_t next[CERTIFICATES_MAX] = {0};
    size_t count = 0;
    hf_certificate peer;
    c->first_error = walk_order(c, order, 0);
    if (c->first_error == HF_OK) {
        return true;
    }
    if (hf_x509_parse(&peer, c->peer, NULL) != HF_OK) {
        return false;
    }
    for (;;) {
        hf_span issuer = count == 0 ? peer.issuer : c->parsed[order[count - 1]].issuer;
        size_t i = next[count];
        while (i < c->others_count && (c->parsed[i].version == 0 || in_order(order, count, i) ||
                                       !hf_name_same(c->parsed[i].subject, issuer))) {
            i++;
        }
        if (i == c->others_count || count == 12) {
            if (count == 0) {
                return false;
            }
            count--;
            continue;
        }
        next[count] = i + 1;
        order[count++] = i;
        next[count] = 0;
        c->first_error = walk_order(c, order, count);
        if (c->first_error == HF_OK) {
            return true;
        }
        if (c->attempts >= ATTEMPTS_MAX) {
            return false;
        }
    }
}

static void every_case(void **state)
{
    limbo_run(*state, accepted);
}

int main(void)
{
    return limbo_main(every_case);
}
