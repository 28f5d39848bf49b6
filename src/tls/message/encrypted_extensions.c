/* EncryptedExtensions (RFC 8446 4.3.1). */
#include "tls/message/message.h"

hf_code hf_encrypted_extensions_parse(hf_reader *r, hf_extensions *extensions, uint32_t *detail)
{
    hf_code code = hf_extensions_parse(r, 0, false, extensions, detail);
    return hf_message_end(r, code);
}

void hf_encrypted_extensions_write(hf_writer *w, const hf_answers_out *answers)
{
    hf_write_u8(w, HF_ENCRYPTED_EXTENSIONS);
    size_t message = hf_write_open(w, 3);
    size_t block = hf_write_open(w, 2);
    hf_answers_write(w, answers);
    hf_write_close(w, block, 2);
    hf_write_close(w, message, 3);
}
