/* Names of MQTT: packets, reason codes, properties (MQTT 5, 2.1.2, 2.4, 2.2.2.2;
 * MQTT 3.1.1, 3.2.2.3, 3.9.3).
 */
#include "trace/dissect_names.h"

static const hf_named PACKETS[] = {
    {1, "CONNECT"},   {2, "CONNACK"},  {3, "PUBLISH"},   {4, "PUBACK"},      {5, "PUBREC"},
    {6, "PUBREL"},    {7, "PUBCOMP"},  {8, "SUBSCRIBE"}, {9, "SUBACK"},      {10, "UNSUBSCRIBE"},
    {11, "UNSUBACK"}, {12, "PINGREQ"}, {13, "PINGRESP"}, {14, "DISCONNECT"}, {15, "AUTH"},
};
const hf_names HF_PACKET_NAMES = HF_NAMES(PACKETS);

static const hf_named REASON_CODES[] = {
    {0x00, "Success"},
    {0x01, "Granted QoS 1"},
    {0x02, "Granted QoS 2"},
    {0x04, "Disconnect with Will Message"},
    {0x10, "No matching subscribers"},
    {0x11, "No subscription existed"},
    {0x18, "Continue authentication"},
    {0x19, "Re-authenticate"},
    {0x80, "Unspecified error"},
    {0x81, "Malformed Packet"},
    {0x82, "Protocol Error"},
    {0x83, "Implementation specific error"},
    {0x84, "Unsupported Protocol Version"},
    {0x85, "Client Identifier not valid"},
    {0x86, "Bad User Name or Password"},
    {0x87, "Not authorized"},
    {0x88, "Server unavailable"},
    {0x89, "Server busy"},
    {0x8a, "Banned"},
    {0x8b, "Server shutting down"},
    {0x8c, "Bad authentication method"},
    {0x8d, "Keep Alive timeout"},
    {0x8e, "Session taken over"},
    {0x8f, "Topic Filter invalid"},
    {0x90, "Topic Name invalid"},
    {0x91, "Packet Identifier in use"},
    {0x92, "Packet Identifier not found"},
    {0x93, "Receive Maximum exceeded"},
    {0x94, "Topic Alias invalid"},
    {0x95, "Packet too large"},
    {0x96, "Message rate too high"},
    {0x97, "Quota exceeded"},
    {0x98, "Administrative action"},
    {0x99, "Payload format invalid"},
    {0x9a, "Retain not supported"},
    {0x9b, "QoS not supported"},
    {0x9c, "Use another server"},
    {0x9d, "Server moved"},
    {0x9e, "Shared Subscriptions not supported"},
    {0x9f, "Connection rate exceeded"},
    {0xa0, "Maximum connect time"},
    {0xa1, "Subscription Identifiers not supported"},
    {0xa2, "Wildcard Subscriptions not supported"},
};
const hf_names HF_REASON_CODE_NAMES = HF_NAMES(REASON_CODES);

static const hf_named PROPERTIES[] = {
    {1, "payload_format_indicator"},
    {2, "message_expiry_interval"},
    {3, "content_type"},
    {8, "response_topic"},
    {9, "correlation_data"},
    {11, "subscription_identifier"},
    {17, "session_expiry_interval"},
    {18, "assigned_client_identifier"},
    {19, "server_keep_alive"},
    {21, "authentication_method"},
    {22, "authentication_data"},
    {23, "request_problem_information"},
    {24, "will_delay_interval"},
    {25, "request_response_information"},
    {26, "response_information"},
    {28, "server_reference"},
    {31, "reason_string"},
    {33, "receive_maximum"},
    {34, "topic_alias_maximum"},
    {35, "topic_alias"},
    {36, "maximum_qos"},
    {37, "retain_available"},
    {38, "user_property"},
    {39, "maximum_packet_size"},
    {40, "wildcard_subscription_available"},
    {41, "subscription_identifier_available"},
    {42, "shared_subscription_available"},
};
const hf_names HF_PROPERTY_NAMES = HF_NAMES(PROPERTIES);

const char *hf_packet_name(uint8_t first)
{
    return hf_names_find(&HF_PACKET_NAMES, first >> 4);
}

const char *hf_reason_code_name(uint16_t code)
{
    return hf_names_find(&HF_REASON_CODE_NAMES, code);
}

const char *hf_property_name(uint16_t identifier)
{
    return hf_names_find(&HF_PROPERTY_NAMES, identifier);
}

const char *hf_connack_code_name(uint16_t code)
{
    static const hf_named CODES[] = {
        {0, "Connection Accepted"},
        {1, "Connection Refused, unacceptable protocol version"},
        {2, "Connection Refused, identifier rejected"},
        {3, "Connection Refused, Server unavailable"},
        {4, "Connection Refused, bad user name or password"},
        {5, "Connection Refused, not authorized"},
    };
    static const hf_names NAMES = HF_NAMES(CODES);
    return hf_names_find(&NAMES, code);
}

/* Both versions; 3.1.1 has of the refusals 0x80 alone. */
const char *hf_suback_code_name(uint16_t code)
{
    return code == 0 ? "Granted QoS 0" : hf_reason_code_name(code);
}

const char *hf_disconnect_code_name(uint16_t code)
{
    return code == 0 ? "Normal disconnection" : hf_reason_code_name(code);
}
