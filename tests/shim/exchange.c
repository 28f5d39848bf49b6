/* What a program does with the open connection: what comes first, then the echo. Every byte comes
 * back XOR 0xff, and nothing more is read before what was read has been written. */
#include "shim/shim.h"

#include <string.h>

#define READ_SIZE 512u /* so that records are read in several pieces */

static void queue(shim *s, const void *bytes, size_t len)
{
    shim_bytes *to = &s->to_send;
    if (to->cap - to->len < len) {
        size_t cap = 2 * (to->len + len);
        uint8_t *more = shim_memory(cap);
        if (to->len > 0) {
            memcpy(more, to->ptr, to->len);
        }
        *to = (shim_bytes){more, to->len, cap};
    }
    memcpy(to->ptr + to->len, bytes, len);
    to->len += len;
}

static void update_keys(shim *s)
{
    hf_code code = hf_tls_update_keys(&s->tls, false);
    if (code != HF_OK) {
        s->result = shim_report_code(code);
    }
}

static void export_material(shim *s)
{
    const shim_options *o = s->options;
    const char *context = o->export_context == NULL ? "" : o->export_context;
    hf_span bytes = {(const uint8_t *)context, strlen(context)};
    uint8_t *out = shim_memory(o->export_keying_material);
    hf_code code = hf_tls_export(&s->tls, o->export_label == NULL ? "" : o->export_label, bytes,
                                 o->use_export_context, out, o->export_keying_material);
    if (code != HF_OK) {
        s->result = shim_report_code(code);
        return;
    }
    queue(s, out, o->export_keying_material);
}

static void use_exporter(shim *s)
{
    uint8_t out[1];
    hf_code code =
        hf_tls_export(&s->tls, "EXPORTER-shim", (hf_span){NULL, 0}, false, out, sizeof out);
    if (code != HF_OK) {
        s->result = shim_report_code(code);
    }
}

void shim_opened(shim *s)
{
    const shim_options *o = s->options;
    s->opened = true;
    if (o->handshake_never_done) {
        s->result = shim_failed("the handshake is done, and never should be");
        return;
    }
    int result = o->implicit_handshake ? SHIM_OK : shim_check(s);
    if (result != SHIM_OK) {
        s->result = result;
        return;
    }
    if (o->no_op_extra_handshake && hf_tls_run(&s->tls) != HF_OK) {
        s->result = shim_failed("another hf_tls_run() is not without effect");
        return;
    }
    if (o->export_keying_material > 0) {
        export_material(s);
    }
    if (o->shim_writes_first || o->read_with_unfinished_write) {
        queue(s, "hello", 5);
    }
    s->update_due = o->key_update_before_read;
}

/* Looking twice must show the same. */
static bool peeks_the_same(const shim *s, const uint8_t *data, size_t len)
{
    size_t again = 0;
    const uint8_t *second = hf_tls_data(&s->tls, &again);
    return second == data && again == len;
}

bool shim_take_data(shim *s)
{
    const shim_options *o = s->options;
    size_t len = 0;
    size_t most = o->read_size > 0 ? o->read_size : READ_SIZE;
    const uint8_t *data = hf_tls_data(&s->tls, &len);
    if (data == NULL || s->to_send.len > 0) {
        return false;
    }
    if (o->peek_then_read && !peeks_the_same(s, data, len)) {
        s->result = shim_failed("the same data look different when looked at again");
        return true;
    }
    len = len < most ? len : most;
    if (!s->closing) { /* after -shim-shuts-down nobody listens */
        queue(s, data, len);
        for (size_t i = 0; i < len; i++) {
            s->to_send.ptr[i] ^= 0xff;
        }
    }
    (void)hf_tls_data_done(&s->tls, len);
    if (o->use_exporter_between_reads) {
        use_exporter(s);
    }
    if (o->key_update && !s->closing) {
        update_keys(s);
    }
    return true;
}

bool shim_send_data(shim *s)
{
    size_t room = 0;
    size_t most = s->options->max_send_fragment;
    shim_bytes *from = &s->to_send;
    if (from->len == 0 && s->update_due) { /* before the next read */
        s->update_due = false;
        update_keys(s);
        return true;
    }
    if (from->len == 0) {
        return false;
    }
    uint8_t *at = hf_tls_room(&s->tls, &room);
    if (at == NULL) {
        return false;
    }
    size_t len = from->len < room ? from->len : room;
    len = most > 0 && len > most ? most : len;
    memcpy(at, from->ptr, len);
    if (hf_tls_room_done(&s->tls, len) != HF_OK) {
        s->result = shim_report_error(hf_tls_error(&s->tls));
        return true;
    }
    from->len -= len;
    memmove(from->ptr, from->ptr + len, from->len);
    s->update_due = s->options->key_update_before_read && from->len == 0;
    return true;
}
