/* The properties of MQTT 5 (2.2.2): a length, then identifiers, each with a value of its type. */
#include "trace/dissect_names.h"
#include "trace/dissect_parts.h"

#include <inttypes.h>

typedef enum property_type {
    TYPE_NONE,
    TYPE_BYTE,
    TYPE_TWO,
    TYPE_FOUR,
    TYPE_SECONDS, /* four bytes */
    TYPE_VARIABLE,
    TYPE_TEXT,
    TYPE_BINARY,
    TYPE_SECRET,
    TYPE_PAIR,
} property_type;

static property_type type_of(uint32_t identifier)
{
    static const uint8_t TYPES[] = {
        [1] = TYPE_BYTE,     [2] = TYPE_SECONDS,   [3] = TYPE_TEXT,     [8] = TYPE_TEXT,
        [9] = TYPE_BINARY,   [11] = TYPE_VARIABLE, [17] = TYPE_SECONDS, [18] = TYPE_TEXT,
        [19] = TYPE_TWO,     [21] = TYPE_TEXT,     [22] = TYPE_SECRET,  [23] = TYPE_BYTE,
        [24] = TYPE_SECONDS, [25] = TYPE_BYTE,     [26] = TYPE_TEXT,    [28] = TYPE_TEXT,
        [31] = TYPE_TEXT,    [33] = TYPE_TWO,      [34] = TYPE_TWO,     [35] = TYPE_TWO,
        [36] = TYPE_BYTE,    [37] = TYPE_BYTE,     [38] = TYPE_PAIR,    [39] = TYPE_FOUR,
        [40] = TYPE_BYTE,    [41] = TYPE_BYTE,     [42] = TYPE_BYTE,
    };
    return identifier < sizeof TYPES ? (property_type)TYPES[identifier] : TYPE_NONE;
}

/* Variable Byte Integer (1.5.5): seven bits in a byte, the lowest first, at most four bytes. */
static uint32_t read_variable(hf_reader *r)
{
    const uint8_t *at = r->at;
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        uint8_t byte = hf_read_u8(r);
        value |= (uint32_t)(byte & 0x7fu) << shift;
        if ((byte & 0x80u) == 0) {
            return value;
        }
    }
    r->at = at;
    hf_read_spoil(r);
    return 0;
}

static void say_number(hf_fields *f, property_type type, uint32_t value)
{
    if (type == TYPE_SECONDS && value == UINT32_MAX) {
        hf_fields_say(f, "for ever");
    } else if (type == TYPE_SECONDS) {
        hf_fields_say_seconds(f, value);
    } else {
        hf_fields_say(f, "%" PRIu32, value);
    }
}

/* Reads the value at *r and says what it means. */
static void read_value(hf_fields *f, hf_reader *r, property_type type)
{
    switch (type) {
    case TYPE_BYTE:
        say_number(f, type, hf_read_u8(r));
        break;
    case TYPE_TWO:
        say_number(f, type, hf_read_u16(r));
        break;
    case TYPE_FOUR:
    case TYPE_SECONDS:
        say_number(f, type, hf_read_u32(r));
        break;
    case TYPE_VARIABLE:
        say_number(f, type, read_variable(r));
        break;
    case TYPE_TEXT:
        hf_fields_quote(f, hf_read_vec(r, 2, 0, 0xffff));
        break;
    case TYPE_BINARY:
        hf_fields_say(f, "%zu bytes", hf_read_vec(r, 2, 0, 0xffff).len);
        break;
    case TYPE_SECRET:
        hf_fields_say(f, "%zu bytes, not shown", hf_read_vec(r, 2, 0, 0xffff).len);
        break;
    default: { /* a pair; an unknown property has been refused */
        hf_fields_quote(f, hf_read_vec(r, 2, 0, 0xffff));
        hf_fields_say(f, " = ");
        hf_fields_quote(f, hf_read_vec(r, 2, 0, 0xffff));
        break;
    }
    }
}

/* Nobody can tell where an unknown property ends. */
static void read_property(hf_fields *f, hf_reader *list)
{
    hf_reader look = *list;
    uint32_t identifier = read_variable(&look);
    property_type type = type_of(identifier);
    const uint8_t *value = look.at;
    if (look.bad || type == TYPE_NONE) {
        hf_fields_tear(f, list->at, "a property", "has no identifier that is known");
        return;
    }
    read_value(f, &look, type);
    if (look.bad) {
        hf_fields_tear(f, list->at, hf_property_name((uint16_t)identifier), "is cut off");
        return;
    }
    size_t len = type == TYPE_SECRET ? 0 : (size_t)(look.at - value);
    hf_fields_put(f, hf_property_name((uint16_t)identifier), (hf_span){value, len},
                  (unsigned)(value - list->at));
    *list = look;
}

/* Reads over the properties; one that is secret must not be shown as a part of them all either. */
static bool have_secret(hf_reader list)
{
    hf_fields nowhere = {0};
    while (hf_read_left(&list) > 0) {
        property_type type = type_of(read_variable(&list));
        if (list.bad || type == TYPE_SECRET || type == TYPE_NONE) {
            return type == TYPE_SECRET;
        }
        nowhere.used = 0;
        read_value(&nowhere, &list, type);
    }
    return false;
}

static void read_properties(hf_fields *f, hf_reader *list)
{
    while (hf_fields_more(f, list)) {
        read_property(f, list);
    }
}

void hf_dissect_properties(hf_fields *f, hf_reader *r, const char *name)
{
    const uint8_t *start = r->at;
    size_t len = read_variable(r);
    unsigned prefix = (unsigned)(r->at - start);
    hf_reader list = hf_read_span_of(hf_read_bytes(r, len));
    if (r->bad) {
        hf_fields_tear(f, start, name,
                       prefix == 0 ? "have no length" : "are longer than what is left");
        return;
    }
    if (have_secret(list)) {
        hf_fields_say(f, "%zu bytes, not shown as a whole", len);
        hf_fields_put(f, name, (hf_span){list.at, 0}, prefix);
        read_properties(f, &list);
        return;
    }
    hf_reader behind = hf_read_from(start, prefix + len);
    hf_reader at = behind;
    (void)hf_read_bytes(&behind, prefix + len);
    list = hf_fields_open(f, &at, name, &behind, prefix);
    read_properties(f, &list);
    hf_fields_leave(f, &list);
}
