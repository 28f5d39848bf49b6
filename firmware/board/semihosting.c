/* Console, files, arguments and exit through semihosting (Arm's semihosting specification; the same
 * calls on RISC-V). Slow and only for an emulator or a debugger. */
#include "board.h"

#include <string.h>

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_GET_CMDLINE = 0x15,
    SYS_EXIT_EXTENDED = 0x20,
    MODE_READ = 1,  /* "rb" */
    MODE_WRITE = 5, /* "wb" */
    STOPPED_APPLICATION_EXIT = 0x20026,
};

static char command_line[1024] BOARD_FLASH_FILES;
static bool command_line_read;

void board_put(const char *text)
{
    (void)board_semihosting(SYS_WRITE0, text);
}

void board_put_number(const char *label, uint32_t number)
{
    char digits[12];
    size_t at = sizeof digits - 1;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    board_put(label);
    board_put(" ");
    board_put(digits + at);
    board_put("\n");
}

void board_exit(int code)
{
    const uintptr_t block[2] = {STOPPED_APPLICATION_EXIT, (uintptr_t)code};
    (void)board_semihosting(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
}

intptr_t board_open(const char *path, bool writing)
{
    const uintptr_t block[3] = {(uintptr_t)path, writing ? MODE_WRITE : MODE_READ, strlen(path)};
    return board_semihosting(SYS_OPEN, block);
}

size_t board_write(intptr_t file, const void *from, size_t len)
{
    const uintptr_t block[3] = {(uintptr_t)file, (uintptr_t)from, len};
    return len - (size_t)board_semihosting(SYS_WRITE, block);
}

size_t board_read(intptr_t file, void *to, size_t len)
{
    const uintptr_t block[3] = {(uintptr_t)file, (uintptr_t)to, len};
    return len - (size_t)board_semihosting(SYS_READ, block);
}

static void close_file(intptr_t file)
{
    const uintptr_t block[1] = {(uintptr_t)file};
    (void)board_semihosting(SYS_CLOSE, block);
}

size_t board_read_file(const char *path, uint8_t *to, size_t cap)
{
    uint8_t more;
    intptr_t file = board_open(path, false);
    if (file < 0) {
        return 0;
    }
    size_t len = board_read(file, to, cap);
    bool whole = len < cap || board_read(file, &more, 1) == 0;
    close_file(file);
    return whole ? len : 0;
}

bool board_write_file(const char *path, const uint8_t *from, size_t len)
{
    intptr_t file = board_open(path, true);
    if (file < 0) {
        return false;
    }
    bool written = board_write(file, from, len) == len;
    close_file(file);
    return written;
}

bool board_argument(const char *name, char *value, size_t cap)
{
    if (!command_line_read) {
        const uintptr_t block[2] = {(uintptr_t)command_line, sizeof command_line};
        command_line_read = board_semihosting(SYS_GET_CMDLINE, block) == 0;
    }
    size_t len = strlen(name);
    const char *word = command_line;
    while (command_line_read && word != NULL && *word != 0) {
        if (strncmp(word, name, len) == 0 && word[len] == '=') {
            word += len + 1;
            size_t size = strcspn(word, " ");
            if (size >= cap) {
                return false;
            }
            memcpy(value, word, size);
            value[size] = 0;
            return true;
        }
        word = strchr(word, ' ');
        word = word == NULL ? NULL : word + 1;
    }
    return false;
}
