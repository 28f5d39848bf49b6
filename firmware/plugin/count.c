/* A plug-in for QEMU (TCG plug-in API, version 1): counts the instructions of the firmware exactly.
 *
 * The firmware says by marks, instructions that do nothing else, what is counted (board/board.h):
 * 1 start, 2 stop, 3 rest, 4 go on; 5 and 6 around each call into the engine, of which the longest
 * is told; 8, 9 and 10 before public-key operations, AEAD and hashing, 11 behind them; 12 and 13
 * around what the stack is watched for. At the end it prints one line of `name=number` to stderr.
 * Arguments: low=HEX,high=HEX tells the lowest address written between them (the deepest stack);
 * and on a second line the functions that were open then, each with the lowest address that it had
 * written (Arm only); profile=FILE writes how often each instruction ran, which takes its time.
 *
 * Callbacks are what a plug-in costs, so there is none for a plain instruction: each row of them
 * adds its length to one number as it begins (the emulator does that by itself), and marks look at
 * it. Debian has no header for the interface, so what is used is declared here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;
enum { NO_REGISTERS = 0, WRITES = 2, ADD = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t,
                                                  void (*)(qemu_plugin_id_t,
                                                           struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *,
                                                 void (*)(unsigned, void *), int, void *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *,
                                                   void (*)(unsigned, void *), int, void *);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int, void *,
                                                       uint64_t);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
                                             void (*)(unsigned, qemu_plugin_meminfo_t, uint64_t,
                                                      void *),
                                             int, int, void *);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *),
                                           void *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);

#define EXPORTED __attribute__((visibility("default")))
EXPORTED extern int qemu_plugin_version;
EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
                                 char **argv);
int qemu_plugin_version = 1;

enum {
    START = 1,
    STOP,
    REST,
    GO_ON,
    CALL,
    CALL_END,
    CLASS = 8,
    CLASSES = 3,
    CLASS_END = 11,
    STACK = 12,
    STACK_END
};
#define PROFILE_SLOTS (1u << 20) /* halfwords of 2 MB of code */

static bool armed;                   /* between start and stop */
static bool running;                 /* and not resting */
static bool watching;                /* writes to the stack */
static uint64_t executed, accounted; /* all instructions; those that are in the sums below */
static uint64_t total;
static uint64_t in_class[CLASSES + 1]; /* the last one: in none of them */
static unsigned of_class[CLASSES];     /* how many calls */
static int class_at = -1;              /* the outermost that is open */
static unsigned class_depth;
static uint64_t call_begun, call_longest;
static uint64_t operation_begun, operation_longest; /* public-key operations */
#define DEPTH_MAX 64
static struct call {
    uint64_t function;
    uint64_t back;   /* where it returns to */
    uint64_t lowest; /* written by it, or by who called it */
} chain[DEPTH_MAX], deepest[DEPTH_MAX];
static unsigned depth, deepest_count;
static bool calling; /* the next instruction is a function's first */
static uint64_t low, high, lowest = UINT64_MAX;
static const char *profile_path;
static uint64_t *profile;
static uint64_t profile_base = UINT64_MAX;

/* Follows calls and returns. A block begins behind each of them; a call is over when the block that
 * it returns to begins. */
static void on_block(unsigned cpu, void *where)
{
    uint64_t address = (uint64_t)(uintptr_t)where;
    (void)cpu;
    if (calling && depth < DEPTH_MAX) {
        chain[depth].function = address;
        chain[depth].lowest = depth > 0 ? chain[depth - 1].lowest : high;
        depth++;
    }
    calling = false;
    while (depth > 0 && chain[depth - 1].back == address) {
        depth--;
    }
}

static void on_call(unsigned cpu, void *back)
{
    (void)cpu;
    if (depth < DEPTH_MAX) {
        chain[depth].back = (uint64_t)(uintptr_t)back;
        calling = true;
    }
}

/* For the profile alone. */
static void on_instruction(unsigned cpu, void *address)
{
    (void)cpu;
    uint64_t slot = ((uint64_t)(uintptr_t)address - profile_base) >> 1;
    if (running && slot < PROFILE_SLOTS) {
        profile[slot]++;
    }
}

static void on_write(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *unused)
{
    (void)cpu;
    (void)info;
    (void)unused;
    if (!watching || address < low || address >= high) {
        return;
    }
    if (depth > 0 && address < chain[depth - 1].lowest) {
        chain[depth - 1].lowest = address;
    }
    if (address < lowest) {
        lowest = address;
        deepest_count = depth;
        memcpy(deepest, chain, depth * sizeof chain[0]);
    }
}

/* What was executed since the last mark goes to the sums that it belongs to. */
static void account(void)
{
    uint64_t since = executed - accounted;
    accounted = executed;
    if (running) {
        total += since;
        in_class[class_at >= 0 ? class_at : CLASSES] += since;
    }
}

static void begin_class(int class_number)
{
    if (class_depth == 0) {
        class_at = class_number;
        of_class[class_number]++;
        operation_begun = total;
    }
    class_depth++;
}

static void end_class(void)
{
    class_depth -= class_depth > 0 ? 1 : 0;
    if (class_at == 0 && class_depth == 0 && total - operation_begun > operation_longest) {
        operation_longest = total - operation_begun;
    }
    class_at = class_depth == 0 ? -1 : class_at;
}

static void on_mark(unsigned cpu, void *number)
{
    (void)cpu;
    int mark = (int)(uintptr_t)number;
    account();
    if (mark == START || mark == STOP) {
        armed = mark == START;
        running = armed;
    } else if (mark == REST || mark == GO_ON) {
        running = armed && mark == GO_ON;
    } else if (mark == STACK || mark == STACK_END) {
        watching = mark == STACK;
    } else if (mark == CALL) {
        call_begun = total;
    } else if (mark == CALL_END && armed) {
        call_longest = total - call_begun > call_longest ? total - call_begun : call_longest;
    } else if (mark >= CLASS && mark < CLASS + CLASSES && armed) {
        begin_class(mark - CLASS);
    } else if (mark == CLASS_END && armed) {
        end_class();
    }
}

/* The mark that an instruction is, or 0: Arm `dbg #n`, RISC-V `slti x0, x0, 0x700 + n`. QEMU 7.2
 * sometimes says 6 bytes for the first one of a block. */
static int mark_of(const struct qemu_plugin_insn *instruction)
{
    const uint8_t *bytes = qemu_plugin_insn_data(instruction);
    if (qemu_plugin_insn_size(instruction) < 4) {
        return 0;
    }
    uint32_t word =
        bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    if ((word & 0xfff0ffffu) == 0x80f0f3afu) {
        return (int)(word >> 16 & 15);
    }
    return (word & 0xff0fffffu) == 0x70002013u ? (int)(word >> 20 & 15) : 0;
}

/* Bytes of an instruction that calls (Thumb BL and BLX), else 0. */
static unsigned call_size(const struct qemu_plugin_insn *instruction)
{
    const uint8_t *bytes = qemu_plugin_insn_data(instruction);
    size_t size = qemu_plugin_insn_size(instruction);
    unsigned first = bytes[0] | (unsigned)bytes[1] << 8;
    if ((first & 0xff87u) == 0x4780u) {
        return 2;
    }
    unsigned second = size >= 4 ? bytes[2] | (unsigned)bytes[3] << 8 : 0;
    return (first & 0xf800u) == 0xf000u && (second & 0xd000u) == 0xd000u ? 4 : 0;
}

static void look_at(struct qemu_plugin_insn *instruction)
{
    uint64_t address = qemu_plugin_insn_vaddr(instruction);
    profile_base = profile_base == UINT64_MAX ? address & ~UINT64_C(0x1fffff) : profile_base;
    if (profile != NULL) {
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_instruction, NO_REGISTERS,
                                               (void *)(uintptr_t)address);
    }
    if (call_size(instruction) > 0) {
        qemu_plugin_register_vcpu_insn_exec_cb(
            instruction, on_call, NO_REGISTERS,
            (void *)(uintptr_t)(address + call_size(instruction)));
    }
    if (high > 0) {
        qemu_plugin_register_vcpu_mem_cb(instruction, on_write, NO_REGISTERS, WRITES, NULL);
    }
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    struct qemu_plugin_insn *row = NULL; /* the first one behind a mark */
    uint64_t len = 0;
    qemu_plugin_register_vcpu_tb_exec_cb(block, on_block, NO_REGISTERS,
                                         (void *)(uintptr_t)qemu_plugin_tb_vaddr(block));
    for (size_t i = 0; i <= qemu_plugin_tb_n_insns(block); i++) {
        bool end = i == qemu_plugin_tb_n_insns(block);
        struct qemu_plugin_insn *instruction = end ? NULL : qemu_plugin_tb_get_insn(block, i);
        int mark = end ? 0 : mark_of(instruction);
        if ((end || mark != 0) && row != NULL) {
            qemu_plugin_register_vcpu_insn_exec_inline(row, ADD, &executed, len);
            row = NULL;
        }
        if (mark != 0) {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, NO_REGISTERS,
                                                   (void *)(uintptr_t)mark);
        } else if (!end) {
            len = row == NULL ? 1 : len + 1;
            row = row == NULL ? instruction : row;
            look_at(instruction);
        }
    }
}

static void write_profile(void)
{
    FILE *file = fopen(profile_path, "w");
    if (file == NULL) {
        perror(profile_path);
        return;
    }
    for (uint64_t i = 0; i < PROFILE_SLOTS; i++) {
        if (profile[i] > 0) {
            fprintf(file, "%" PRIx64 " %" PRIu64 "\n", profile_base + 2 * i, profile[i]);
        }
    }
    fclose(file);
}

static void at_exit(qemu_plugin_id_t id, void *unused)
{
    (void)id;
    (void)unused;
    account();
    fprintf(stderr,
            "count: instructions=%" PRIu64 " public_key=%" PRIu64 " aead=%" PRIu64 " hash=%" PRIu64
            " operations=%u longest_operation=%" PRIu64 " longest_call=%" PRIu64 " lowest=%" PRIu64
            "\n",
            total, in_class[0], in_class[1], in_class[2], of_class[0], operation_longest,
            call_longest, lowest == UINT64_MAX ? 0 : lowest);
    if (deepest_count > 0) {
        fputs("chain:", stderr);
        for (unsigned i = 0; i < deepest_count; i++) {
            fprintf(stderr, " %" PRIx64 ":%" PRIx64, deepest[i].function, deepest[i].lowest);
        }
        fputc('\n', stderr);
    }
    if (profile != NULL) {
        write_profile();
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "low=", 4) == 0) {
            low = strtoull(argv[i] + 4, NULL, 16);
        } else if (strncmp(argv[i], "high=", 5) == 0) {
            high = strtoull(argv[i] + 5, NULL, 16);
        } else if (strncmp(argv[i], "profile=", 8) == 0) {
            profile_path = strdup(argv[i] + 8);
            profile = calloc(PROFILE_SLOTS, sizeof *profile);
        } else {
            fprintf(stderr, "count: no such argument: %s\n", argv[i]);
            return 1;
        }
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    return 0;
}
