/* Names of numbers on the wire, for people: IANA's registries, as far as they are met. */
#include "trace/dissect.h"

#include <stddef.h>

typedef struct named {
    uint16_t number;
    const char *name;
} named;

static const char *find(const named *list, size_t count, uint16_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].number == number) {
            return list[i].name;
        }
    }
    return "unknown";
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const char *hf_message_name(uint8_t type)
{
    static const named NAMES[] = {
        {0, "hello_request"},
        {1, "client_hello"},
        {2, "server_hello"},
        {4, "new_session_ticket"},
        {5, "end_of_early_data"},
        {8, "encrypted_extensions"},
        {11, "certificate"},
        {12, "server_key_exchange"},
        {13, "certificate_request"},
        {14, "server_hello_done"},
        {15, "certificate_verify"},
        {16, "client_key_exchange"},
        {20, "finished"},
        {21, "certificate_url"},
        {22, "certificate_status"},
        {24, "key_update"},
        {25, "compressed_certificate"},
    };
    return find(NAMES, COUNT(NAMES), type);
}

const char *hf_content_name(uint8_t type)
{
    static const named NAMES[] = {
        {20, "change_cipher_spec"}, {21, "alert"},     {22, "handshake"},
        {23, "application_data"},   {24, "heartbeat"},
    };
    return find(NAMES, COUNT(NAMES), type);
}
