/* The firmware: one connection of a device, as the command line asks for it, and what it cost.
 *
 *     name=HOST clock=SECONDS [version=12|13] [at_least=1] [mode=line|update|mqtt] [device=ID]
 *     [session=FILE] [remembered=FILE] [record=FILE | replay=FILE] [arena=BYTES]
 *
 * It reads root.der, leaf.der, intermediate.der and key.der from the folder in which the emulator
 * runs. Exit code: 0, or 1 with the error on the console, by name, number and explanation.
 */
#include "device.h"

#include <string.h>

static device_options options BOARD_FLASH_FILES;
static char text[900] BOARD_FLASH_FILES; /* of an explanation: for the console only */

static uint32_t number_argument(const char *name)
{
    char value[12];
    uint32_t number = 0;
    if (board_argument(name, value, sizeof value)) {
        for (const char *at = value; *at >= '0' && *at <= '9'; at++) {
            number = number * 10 + (uint32_t)(*at - '0');
        }
    }
    return number;
}

static void read_options(void)
{
    (void)board_argument("name", options.name, sizeof options.name);
    (void)board_argument("session", options.session, sizeof options.session);
    (void)board_argument("remembered", options.remembered, sizeof options.remembered);
    options.clock = number_argument("clock");
    options.version = number_argument("version");
    options.at_least = number_argument("at_least") != 0;
}

static bool open_link(void)
{
    char path[64];
    if (board_argument("replay", path, sizeof path)) {
        return board_link_open(BOARD_LINK_REPLAY, path);
    }
    if (board_argument("record", path, sizeof path)) {
        return board_link_open(BOARD_LINK_RECORD, path);
    }
    return board_link_open(BOARD_LINK_LIVE, NULL);
}

static void explain(const hf_error *error, hf_code code)
{
    hf_error own;
    if (error == NULL || error->code == HF_OK) { /* nothing but the code is known */
        hf_error_clear(&own);
        (void)hf_fail(&own, code);
        error = &own;
    }
    board_put_number("error", error->code);
    (void)hf_error_describe(error, text, sizeof text);
    board_put(text);
}

static void tell_connection(void)
{
    board_put("tls: open, ");
    board_put(hf_tls_version(&device_tls) == HF_TLS13 ? "TLS 1.3, " : "TLS 1.2, ");
#if PROFILE_NAMES
    board_put(hf_tls_suite_name(hf_tls_suite(&device_tls)));
    board_put(", ");
    board_put(hf_tls_group_name(hf_tls_group(&device_tls)));
    board_put(", ");
#endif
    board_put(hf_tls_resumed(&device_tls) ? "resumed" : "full");
    board_put(hf_tls_retried(&device_tls) ? ", retried" : "");
    board_put(hf_tls_sent_certificate(&device_tls) ? ", certificate sent\n" : "\n");
    board_put_number("tls: signatures verified", hf_tls_signatures(&device_tls));
}

/* Sends a line and prints the line that comes back. */
static hf_code exchange_line(void)
{
    static const char LINE[] = "hello from the device\n";
    size_t have = 0;
    if (!device_send((const uint8_t *)LINE, sizeof LINE - 1)) {
        return (hf_code)hf_tls_error(&device_tls)->code;
    }
    while (have == 0 || text[have - 1] != '\n') {
        size_t len = 0;
        if (have == 64 || !device_wait_for(HF_HAS_DATA)) {
            hf_code code = (hf_code)hf_tls_error(&device_tls)->code;
            return code == HF_OK ? HF_E_TIMEOUT : code;
        }
        const uint8_t *data = hf_tls_data(&device_tls, &len);
        len = len < 64 - have ? len : 64 - have;
        for (size_t i = 0; i < len; i++) {
            bool plain = (data[i] >= 0x20 && data[i] < 0x7f) || data[i] == '\n';
            text[have++] = plain ? (char)data[i] : '?';
        }
        (void)hf_tls_data_done(&device_tls, len);
    }
    text[have] = 0;
    board_put("line: ");
    board_put(text);
    return HF_OK;
}

static hf_code talk(void)
{
    static char mode[8] BOARD_FLASH_FILES, device[64] BOARD_FLASH_FILES;
    (void)board_argument("mode", mode, sizeof mode);
    (void)board_argument("device", device, sizeof device);
    hf_code code = HF_OK;
    if (strcmp(mode, "update") == 0) {
        code = hf_tls_update_keys(&device_tls, true);
    }
    if (code == HF_OK && strcmp(mode, "mqtt") == 0) {
        return device_telemetry(device[0] != 0 ? device : "device");
    }
    return code == HF_OK && mode[0] != 0 ? exchange_line() : code;
}

/* What a device does; its stack is what is measured. */
static __attribute__((noinline)) hf_code live(void)
{
    hf_code code = device_configure(&options);
    if (code != HF_OK) {
        return code;
    }
    BOARD_COUNT_START();
    code = device_connect(&options);
    BOARD_COUNT_STOP();
    if (code == HF_OK) {
        tell_connection();
        code = talk();
    }
    device_close();
    return code;
}

int main(void)
{
    read_options();
    if (!open_link()) {
        board_put("client: the recording cannot be opened\n");
        return 2;
    }
    uint32_t begins = board_stack_paint();
    BOARD_STACK_BEGIN();
    hf_code code = live();
    BOARD_STACK_END();
    uint32_t stack = board_stack_used();
    if (code != HF_OK) {
        explain(device_config.built ? hf_tls_error(&device_tls) : &device_config.error, code);
        device_telemetry_explain();
    } else {
        board_put("done\n");
    }
    if (device_session.taken > 0) {
        board_put_number("session: taken, bytes", device_session.len);
        (void)board_write_file(options.session, device_session.ptr, device_session.len);
    }
    board_put_number("stack begins at", begins);
    board_put_number("stack used", stack);
    board_put_number("heap used", device_crypto_heap());
    hf_tls_release(&device_tls);
    hf_config_release(&device_config);
    return code == HF_OK ? 0 : 1;
}
