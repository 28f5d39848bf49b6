/* The TLS engine over the serial link. */
#include "device.h"

#include <string.h>

static hf_remembered remembered BOARD_FLASH_FILES;
static hf_tls_memory memory BOARD_FLASH_FILES; /* a constant, but for what the options ask for */

hf_code device_connect(const device_options *options)
{
    memory = (hf_tls_memory){.input = {device_input, sizeof device_input},
                             .output = {device_output, sizeof device_output},
                             .certificate = {device_certificate, sizeof device_certificate}};
    if (options->session[0] != 0) {
        device_session.len =
            board_read_file(options->session, device_session.ptr, device_session.cap);
        memory.session = &device_session;
    }
    if (options->remembered[0] != 0) {
        (void)board_read_file(options->remembered, (uint8_t *)&remembered, sizeof remembered);
        memory.remembered = &remembered;
    }
    BOARD_CALL_BEGIN();
    hf_code code = hf_tls_client(&device_tls, &device_config, &memory, options->name);
    BOARD_CALL_END();
    if (code == HF_OK && !device_wait_for(HF_IS_OPEN)) {
        code = (hf_code)hf_tls_error(&device_tls)->code;
        code = code == HF_OK ? HF_E_TIMEOUT : code;
    }
    if (code == HF_OK && hf_tls_remembered_changed(&device_tls)) {
        (void)board_write_file(options->remembered, (const uint8_t *)&remembered,
                               sizeof remembered);
    }
    return code;
}

static void send_some(void)
{
    size_t len = 0;
    const uint8_t *bytes = hf_tls_output(&device_tls, &len);
    board_link_send(bytes, len);
    BOARD_CALL_BEGIN();
    hf_tls_output_done(&device_tls, len);
    BOARD_CALL_END();
}

/* False: the peer says nothing any more. */
static bool receive_some(void)
{
    size_t room = 0;
    uint8_t *space = hf_tls_input(&device_tls, &room);
    size_t len = board_link_receive(space, room);
    if (len > 0) {
        BOARD_CALL_BEGIN();
        (void)hf_tls_input_done(&device_tls, len);
        BOARD_CALL_END();
    }
    return len > 0;
}

bool device_serve(void)
{
    unsigned wants = hf_tls_wants(&device_tls);
    if ((wants & HF_WANT_OUTPUT) != 0) {
        send_some(); /* after a failure, too: the alert */
        return true;
    }
    if ((wants & (HF_IS_FAILED | HF_IS_CLOSED)) != 0) {
        return false;
    }
    if ((wants & HF_WANT_RUN) != 0) {
        BOARD_CALL_BEGIN();
        (void)hf_tls_run(&device_tls); /* one public-key operation: time to feed a watchdog */
        BOARD_CALL_END();
        return true;
    }
    return (wants & HF_WANT_INPUT) != 0 && receive_some();
}

bool device_wait_for(unsigned bits)
{
    while ((hf_tls_wants(&device_tls) & bits) == 0) {
        if (!device_serve()) {
            return false;
        }
    }
    return true;
}

bool device_send(const uint8_t *from, size_t len)
{
    while (len > 0 && device_wait_for(HF_HAS_ROOM)) {
        size_t room = 0;
        uint8_t *space = hf_tls_room(&device_tls, &room);
        size_t part = len < room ? len : room;
        memcpy(space, from, part);
        BOARD_CALL_BEGIN();
        hf_code code = hf_tls_room_done(&device_tls, part);
        BOARD_CALL_END();
        if (code != HF_OK) {
            return false;
        }
        from += part;
        len -= part;
    }
    return len == 0;
}

void device_close(void)
{
    (void)hf_tls_close(&device_tls);
    while ((hf_tls_wants(&device_tls) & HF_WANT_OUTPUT) != 0) {
        send_some();
    }
}
