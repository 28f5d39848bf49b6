/* Extensions inside message bodies: finding, adding, taking out. See puppet.h. */
#include "puppet/puppet_inside.h"

#include <string.h>

size_t puppet_hello_extensions(const puppet_message *m)
{
    return 34u + 1u + m->body[34] + 3u;
}

size_t puppet_extension(const puppet_message *m, size_t at, uint16_t type, size_t *len)
{
    for (size_t i = at + 2; i + 4 <= m->len; i += 4u + puppet_u16(m->body + i + 2)) {
        if (puppet_u16(m->body + i) == type) {
            *len = puppet_u16(m->body + i + 2);
            return i + 4;
        }
    }
    return 0;
}

void puppet_add_extension(puppet_message *m, size_t at, uint16_t type, const uint8_t *body,
                          size_t len)
{
    puppet_put16(m, type);
    puppet_put16(m, (unsigned)len);
    puppet_put(m, body, len);
    puppet_close16(m, at);
}

void puppet_cut_extension(puppet_message *m, size_t at, uint16_t type)
{
    size_t len = 0;
    size_t body = puppet_extension(m, at, type, &len);
    if (body > 0) {
        memmove(m->body + body - 4, m->body + body + len, m->len - body - len);
        m->len -= len + 4;
        puppet_close16(m, at);
    }
}
