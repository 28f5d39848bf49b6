/* A connection that never was: made-up events, read by made-up clocks, for tests of what the tool
 * makes of them (cli/cost/account.h). `begin` and `end` are set-up and teardown of each test.
 */
#ifndef HF_TESTS_BUDGET_RIG_H
#define HF_TESTS_BUDGET_RIG_H

#include "unit/cmocka_all.h"

#include "account.h"

#include <string.h>

#define MS 1000000u /* nanoseconds */

enum { IN, OUT };

/* ---- clocks that the test sets */

static uint64_t steady_now;
static uint64_t cpu_now;

static inline uint64_t read_steady(void)
{
    return steady_now;
}

static inline uint64_t read_cpu(void)
{
    return cpu_now;
}

static const cli_clocks CLOCKS = {read_steady, read_cpu};
static cli_budget budget;
static cli_chain chain;
static cli_account account;

static inline int begin(void **state)
{
    (void)state;
    steady_now = 7 * MS;
    cpu_now = 3 * MS;
    cli_budget_begin(&budget, &CLOCKS);
    memset(&chain, 0, sizeof chain);
    account = (cli_account){.budget = &budget,
                            .chain = &chain,
                            .address = "broker.example",
                            .peer = "192.0.2.1:8883",
                            .open = true,
                            .verdict = "accepted: the server closed in order"};
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    cli_chain_clear(&chain);
    return 0;
}

/* Time passes: of it, so much is spent computing. */
static inline void pass(uint64_t wall, uint64_t cpu)
{
    steady_now += wall;
    cpu_now += cpu;
}

static inline void tell(hf_event event)
{
    cli_budget_event(&budget, &event);
}

static inline void stage(hf_stage which, hf_code code)
{
    tell((hf_event){.kind = HF_EVENT_STAGE, .type = (uint8_t)which, .number = code});
}

static inline void message(int direction, uint8_t type, uint32_t size)
{
    static const uint8_t zeros[2048];
    tell((hf_event){.kind = HF_EVENT_MESSAGE,
                    .type = type,
                    .sent = direction == OUT,
                    .size = size,
                    .body = {zeros, size}});
}

static inline void decide(hf_decided what, uint32_t number)
{
    tell((hf_event){.kind = HF_EVENT_DECISION, .type = (uint8_t)what, .number = number});
}

/* Something else happens before it and behind it. Certificates' work is told when it is done. */
static inline void work(hf_work kind, uint32_t number, uint64_t cpu)
{
    const hf_event event = {.kind = HF_EVENT_WORK, .type = (uint8_t)kind, .number = number};
    bool done = kind == HF_WORK_VERIFY_CERTIFICATE;
    tell(done ? (hf_event){.kind = HF_EVENT_BYTES} : event);
    pass(cpu, cpu);
    tell(done ? event : (hf_event){.kind = HF_EVENT_BYTES});
}

#endif
