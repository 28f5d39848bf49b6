/* Options and facts that servers and visitors share. See peer.h. */
#include "peers/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void peer_refuse(const char *what, const char *why)
{
    fprintf(stderr, "peer: %s: %s\n", what, why);
    exit(2);
}

/* ---- options */

uint32_t peer_number(const char *text, uint32_t most)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 0);
    if (end == text || *end != '\0' || value > most) {
        peer_refuse(text, "no number, or too large");
    }
    return (uint32_t)value;
}

static void set_names(peer_names *names, char *text)
{
    char *name = strtok(text, ",");
    while (name != NULL) {
        if (names->count == PEER_LIST_MAX) {
            peer_refuse(name, "one too many");
        }
        names->names[names->count++] = name;
        name = strtok(NULL, ",");
    }
}

void peer_set_list(peer_list *list, const char *text)
{
    const char *at = text;
    while (at != NULL) {
        char *end = NULL;
        unsigned long value = strtoul(at, &end, 0);
        if (end == at || (*end != '\0' && *end != ',') || value > UINT16_MAX ||
            list->count == PEER_LIST_MAX) {
            peer_refuse(text, "no list of numbers, or too long");
        }
        list->numbers[list->count++] = (uint16_t)value;
        at = *end == '\0' ? NULL : end + 1;
    }
}

static bool set_file(peer_options *o, const char *name, const char *value)
{
    const char **text = strcmp(name, "--chain") == 0 ? &o->chain
                        : strcmp(name, "--key") == 0 ? &o->key
                                                     : NULL;
    if (text != NULL) {
        *text = value;
    }
    return text != NULL;
}

static bool set(peer_options *o, const char *name, char *value)
{
    peer_list *list = strcmp(name, "--versions") == 0 ? &o->versions
                      : strcmp(name, "--suites") == 0 ? &o->suites
                      : strcmp(name, "--groups") == 0 ? &o->groups
                                                      : NULL;
    if (list != NULL) {
        peer_set_list(list, value);
    } else if (strcmp(name, "--port") == 0) {
        o->port = peer_number(value, UINT16_MAX);
    } else if (strcmp(name, "--alpn") == 0) {
        set_names(&o->alpn, value);
    } else {
        return set_file(o, name, value);
    }
    return true;
}

static bool set_own_flag(peer_options *o, const char *name)
{
    bool *flag = strcmp(name, "--no-tickets") == 0 ? &o->no_tickets
                 : strcmp(name, "--psk-ke") == 0   ? &o->psk_ke
                                                   : NULL;
    if (flag != NULL) {
        *flag = true;
    }
    return flag != NULL;
}

void peer_read_options(peer *p, const peer_readers *own, int count, char **words)
{
    peer_options *o = &p->options;
    for (int i = 1; i < count; i++) {
        if (own->flag(words[i]) || set_own_flag(o, words[i])) {
            continue;
        }
        if (i + 1 == count) {
            peer_refuse(words[i], "no such option, or its value is missing");
        }
        if (!own->value(words[i], words[i + 1]) && !set(o, words[i], words[i + 1])) {
            peer_refuse(words[i], "no such option");
        }
        i++;
    }
    if (o->versions.count != 0 && o->versions.count != 2) {
        peer_refuse("--versions", "the least and the largest");
    }
    if ((o->chain == NULL) != (o->key == NULL)) {
        peer_refuse("options", "--chain and --key go together");
    }
}

/* ---- facts */

void peer_forget(peer *p)
{
    p->facts = (peer_facts){.alert_in = -1, .alert_out = -1};
}

const char *peer_truth(bool value)
{
    return value ? "true" : "false";
}

void peer_print_facts(const peer *p)
{
    const peer_facts *f = &p->facts;
    const peer_link *l = &p->link;
    printf("\"open\": %s, \"closed\": %s, \"verified\": %s, \"resumed\": %s", peer_truth(f->open),
           peer_truth(f->closed), peer_truth(f->verified), peer_truth(f->resumed));
    printf(", \"version\": %u, \"suite\": %u, \"group\": %u, \"alpn\": \"%s\"", f->version,
           f->suite, f->group, f->alpn);
    printf(", \"error\": %ld, \"alert_in\": %d, \"alert_out\": %d, \"received\": %llu", f->error,
           f->alert_in, f->alert_out, (unsigned long long)f->received);
    printf(", \"in_handshake\": %u, \"in_data\": %u, \"in_records\": %u", l->in.handshake,
           l->in.data, l->in.records);
    printf(", \"out_handshake\": %u, \"out_data\": %u, \"out_records\": %u", l->out.handshake,
           l->out.data, l->out.records);
    printf(", \"bytes_in\": %llu, \"bytes_out\": %llu", (unsigned long long)l->in.bytes,
           (unsigned long long)l->out.bytes);
}
