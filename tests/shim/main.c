/* Entry of the shim: flags, then one connection after the other. See shim.h. */
#include "shim/shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every block is one of its own, so that overruns are found; all are given back at the end. */
typedef struct block {
    struct block *before;
    uint64_t align;
} block;

static block *blocks;
static shim_flags flags;
static shim_sessions sessions;
static shim it;

void *shim_memory(size_t size)
{
    block *made = malloc(sizeof *made + size);
    if (made == NULL) {
        abort();
    }
    made->before = blocks;
    blocks = made;
    return made + 1;
}

static void release_memory(void)
{
    while (blocks != NULL) {
        block *before = blocks->before;
        free(blocks);
        blocks = before;
    }
}

static int connect_once(const shim_options *options, unsigned number)
{
    memset(&it, 0, sizeof it);
    it.options = options;
    it.number = number;
    it.sessions = &sessions;
    it.result = SHIM_GOING;
    hf_error_clear(&it.tls.error);
    int result = shim_setup(&it);
    if (result == SHIM_OK) {
        shim_run(&it);
        result = it.result == SHIM_OK ? shim_check_sessions(&it) : it.result;
    }
    shim_tear_down(&it);
    return result;
}

/* Each connection after the first resumes the session of the one before. */
static int run(void)
{
    int result = connect_once(&flags.initial, 0);
    for (unsigned i = 1; i <= flags.initial.resume_count && result == SHIM_OK; i++) {
        result = connect_once(&flags.resume, i);
    }
    return result;
}

/* Is there a second process that takes over in the middle of a handshake? */
static int say_no(void)
{
    puts("No");
    return SHIM_OK;
}

int main(int count, char **words)
{
    int result = shim_read_flags(&flags, count, words);
    if (result == SHIM_OK) {
        result = flags.initial.is_handshaker_supported ? say_no() : run();
    }
    release_memory();
    fputs("--- DONE ---\n", stderr); /* what follows is not ours: a sanitizer's */
    return result;
}
