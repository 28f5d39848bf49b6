/* Collecting what a connection cost. See budget.h. Nothing is printed here. */
#include "budget.h"

#include <string.h>
#include <time.h>

enum message_type {
    NEW_SESSION_TICKET = 4,
};

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t steady(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static uint64_t cpu(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

const cli_clocks CLI_CLOCKS = {steady, cpu};

void cli_budget_begin(cli_budget *budget, const cli_clocks *clocks)
{
    memset(budget, 0, sizeof *budget);
    budget->clocks = *clocks;
    budget->last_ended = clocks->cpu();
    budget->working = -1;
}

/* ---- time */

static void begin_stage(cli_budget *budget, cli_stage *stage)
{
    if (!stage->seen) {
        stage->from = budget->clocks.steady() - budget->began;
    }
    stage->seen = true;
    stage->code = HF_PENDING;
    stage->wall_began = budget->clocks.steady();
    stage->cpu_began = budget->clocks.cpu();
}

static void end_stage(cli_budget *budget, cli_stage *stage, uint16_t code)
{
    if (stage->code != HF_PENDING) {
        return;
    }
    stage->code = code;
    stage->wall += budget->clocks.steady() - stage->wall_began;
    stage->cpu += budget->clocks.cpu() - stage->cpu_began;
}

/* Those that an error has ended. */
static void end_stages(cli_budget *budget, uint32_t code)
{
    for (size_t i = 0; i < CLI_STAGES; i++) {
        if (budget->stages[i].seen) {
            end_stage(budget, &budget->stages[i], (uint16_t)code);
        }
    }
}

/* ---- steps */

static cli_step *add_step(cli_budget *budget, const hf_event *event)
{
    if (budget->steps_count == CLI_STEPS_MAX) {
        budget->steps_more++;
        return NULL;
    }
    cli_step *step = &budget->steps[budget->steps_count++];
    *step = (cli_step){.kind = event->kind,
                       .type = event->type,
                       .sent = event->sent,
                       .sealed = event->sealed,
                       .number = event->number,
                       .size = event->size,
                       .at = budget->clocks.steady() - budget->began};
    size_t len = event->body.len < sizeof step->bytes ? event->body.len : sizeof step->bytes;
    if (len > 0 && (event->kind == HF_EVENT_ADDRESS || event->kind == HF_EVENT_RECORD)) {
        memcpy(step->bytes, event->body.ptr, len);
    }
    return step;
}

static void take_stage(cli_budget *budget, const hf_event *event)
{
    if (event->type >= CLI_STAGES) {
        return;
    }
    if (event->number == HF_PENDING) {
        begin_stage(budget, &budget->stages[event->type]);
        if (event->type == HF_STAGE_TCP) { /* perhaps the second one: keys begin anew */
            budget->keyed[0] = false;
            budget->keyed[1] = false;
        }
        return;
    }
    end_stage(budget, &budget->stages[event->type], (uint16_t)event->number);
    (void)add_step(budget, event);
}

static uint32_t number16(hf_span body, size_t at)
{
    return at + 2 <= body.len ? (uint32_t)body.ptr[at] << 8 | body.ptr[at + 1] : 0;
}

/* RFC 8446 4.6.1: lifetime, age_add, nonce<0..255>, ticket<1..2^16-1>; RFC 5077 3.3: lifetime,
 * ticket<0..2^16-1>. Both have 4 bytes first. */
static uint32_t ticket_size(const cli_budget *budget, hf_span body)
{
    const cli_decision *version = cli_budget_decided(budget, HF_DECIDED_VERSION);
    if (version == NULL || version->number != HF_TLS13) {
        return number16(body, 4);
    }
    return body.len > 8 ? number16(body, 9u + body.ptr[8]) : 0;
}

/* A piece of a message: the last one makes it whole. */
static void take_message(cli_budget *budget, const hf_event *event)
{
    if (!event->pieces && (uint64_t)event->offset + event->body.len < event->size) {
        return;
    }
    uint8_t type = event->type < CLI_TYPES ? event->type : CLI_TYPES - 1;
    uint32_t size = event->pieces ? 0 : event->size + 4u;
    budget->messages[event->sent ? 1 : 0][type] += size;
    budget->untold += event->pieces ? 1 : 0;
    if (type == NEW_SESSION_TICKET && event->offset == 0) {
        budget->ticket = ticket_size(budget, event->body);
    }
    cli_step *step = add_step(budget, event);
    if (step != NULL) {
        step->size = size;
        step->sealed = budget->keyed[event->sent ? 1 : 0];
    }
}

static void take_record(cli_budget *budget, const hf_event *event)
{
    budget->records[event->sent ? 1 : 0]++;
    if (event->body.len > 0) { /* alert, change_cipher_spec */
        cli_step *step = add_step(budget, event);
        if (step != NULL) {
            step->size = event->content;
        }
    }
}

/* ---- decisions and work */

static void take_retry(cli_budget *budget)
{
    for (size_t i = budget->steps_count; i > 0; i--) {
        cli_step *step = &budget->steps[i - 1];
        if (step->kind == HF_EVENT_MESSAGE && !step->sent) {
            step->retry = true;
            return;
        }
    }
}

static void take_decision(cli_budget *budget, const hf_event *event)
{
    if (event->type == HF_DECIDED_RETRY) {
        take_retry(budget);
    }
    if (budget->decisions_count == CLI_DECISIONS_MAX) {
        return;
    }
    cli_decision *decision = &budget->decisions[budget->decisions_count++];
    *decision = (cli_decision){
        .type = event->type, .reason = event->reason, .number = event->number, .text = ""};
    for (size_t i = 0; i < event->body.len && i < CLI_TEXT_MAX - 1; i++) {
        uint8_t byte = event->body.ptr[i];
        decision->text[i] = (char)(byte > 0x20 && byte < 0x7f ? byte : '?');
    }
}

static void take_work(cli_budget *budget, const hf_event *event)
{
    size_t at = 0;
    while (at < budget->works_count &&
           (budget->works[at].type != event->type || budget->works[at].number != event->number)) {
        at++;
    }
    if (at == CLI_WORKS_MAX) {
        return;
    }
    if (at == budget->works_count) {
        budget->works[budget->works_count++] =
            (cli_work){.type = event->type, .number = event->number};
    }
    cli_work *work = &budget->works[at];
    work->count++;
    if (event->type == HF_WORK_VERIFY_CERTIFICATE) { /* told when it is done, others before */
        work->cpu += budget->clocks.cpu() - budget->last_ended;
        return;
    }
    budget->working = (int)at;
    budget->work_began = budget->clocks.cpu();
}

static void end_work(cli_budget *budget)
{
    if (budget->working >= 0) {
        budget->works[budget->working].cpu += budget->clocks.cpu() - budget->work_began;
        budget->working = -1;
    }
}

static void take(cli_budget *budget, const hf_event *event)
{
    switch ((hf_event_kind)event->kind) {
    case HF_EVENT_STAGE:
        take_stage(budget, event);
        break;
    case HF_EVENT_BYTES:
        budget->wire[event->sent ? 1 : 0] += event->body.len;
        break;
    case HF_EVENT_RECORD:
        take_record(budget, event);
        break;
    case HF_EVENT_MESSAGE:
        take_message(budget, event);
        break;
    case HF_EVENT_DECISION:
        take_decision(budget, event);
        break;
    case HF_EVENT_WORK:
        take_work(budget, event);
        break;
    case HF_EVENT_KEYS:
        budget->keyed[event->sent ? 1 : 0] = true;
        (void)add_step(budget, event);
        break;
    case HF_EVENT_ADDRESS:
    case HF_EVENT_PACKET:
        (void)add_step(budget, event);
        break;
    case HF_EVENT_ERROR:
        end_stages(budget, event->number);
        break;
    default:
        break;
    }
}

void cli_budget_event(void *ctx, const hf_event *event)
{
    cli_budget *budget = ctx;
    if (!budget->has_begun) {
        budget->has_begun = true;
        budget->began = budget->clocks.steady();
    }
    end_work(budget);
    take(budget, event);
    budget->last_ended = budget->clocks.cpu();
}

/* ---- what is asked of it */

uint64_t cli_stage_wait(const cli_stage *stage)
{
    return stage->wall > stage->cpu ? stage->wall - stage->cpu : 0;
}

uint64_t cli_budget_wall(const cli_budget *budget)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < CLI_STAGES; i++) {
        sum += budget->stages[i].wall;
    }
    return sum;
}

uint64_t cli_budget_cpu(const cli_budget *budget)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < CLI_STAGES; i++) {
        sum += budget->stages[i].cpu;
    }
    return sum;
}

uint64_t cli_budget_round_trip(const cli_budget *budget)
{
    return cli_stage_wait(&budget->stages[HF_STAGE_TCP]);
}

uint32_t cli_budget_work(const cli_budget *budget, unsigned kinds, uint64_t *cpu_time)
{
    uint32_t count = 0;
    *cpu_time = 0;
    for (size_t i = 0; i < budget->works_count; i++) {
        if ((kinds >> budget->works[i].type & 1u) != 0) {
            count += budget->works[i].count;
            *cpu_time += budget->works[i].cpu;
        }
    }
    return count;
}

const cli_decision *cli_budget_decided(const cli_budget *budget, hf_decided type)
{
    for (size_t i = budget->decisions_count; i > 0; i--) {
        if (budget->decisions[i - 1].type == type) {
            return &budget->decisions[i - 1];
        }
    }
    return NULL;
}
