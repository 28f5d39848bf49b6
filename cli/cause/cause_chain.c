/* Why the server's certificates are not accepted: for which names they are, and what is missing
 * between them and the CAs that were given. See cause_part.h; dates: cause_date.c.
 */
#include "cause_part.h"

#include <string.h>

#define CAS_SHOWN  4
#define CAS_CHOSEN 32 /* more are a whole system's: nobody has chosen one by one */

/* The certificates that came, as sent; those that were not looked at are left out. */
static void read_sent(const cli_chain *chain, cli_cause_sent *out)
{
    out->count = 0;
    for (size_t i = 0; i < chain->count && i < CLI_CHAIN_MAX; i++) {
        if (chain->der[i] != NULL &&
            hf_x509_parse(&out->list[out->count], (hf_span){chain->der[i], chain->len[i]}, NULL) ==
                HF_OK) {
            out->count++;
        }
    }
}

static bool same(hf_span a, hf_span b)
{
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* ---- the CAs that were given, in words */
typedef struct listing {
    FILE *out;
    size_t count;
} listing;

static bool list_one(void *ctx, const hf_certificate *certificate)
{
    listing *it = ctx;
    char name[CLI_CAUSE_NAME];
    if (it->count < CAS_SHOWN) {
        (void)fprintf(it->out, "%s%s", it->count == 0 ? "" : "; ",
                      cli_cause_name(certificate->subject, name));
    }
    it->count++;
    return true;
}

static void say_anchors(const cli_scene *scene, const char *before, cli_cause *cause)
{
    listing it = {.out = cli_cause_open(cause->why)};
    if (it.out == NULL) {
        return;
    }
    (void)fprintf(it.out, "%sCAs given: ", before);
    cli_cause_each_anchor(scene->setup, list_one, &it);
    if (it.count > CAS_SHOWN) {
        (void)fprintf(it.out, "; and %zu more", it.count - CAS_SHOWN);
    }
    cli_cause_close(it.out, cause->why);
    if (it.count > CAS_CHOSEN) {
        cli_cause_say(cause->why, "%s%zu CAs are given, and none of them has this name", before,
                      it.count);
    }
}

/* ---- a path that ends nowhere */
typedef struct wanted {
    hf_span name;   /* subject that is looked for */
    hf_span issuer; /* of what was found; borrowed only while it is visited */
    const cli_setup *setup;
    bool found;
} wanted;

static bool is_named(void *ctx, const hf_certificate *certificate)
{
    wanted *it = ctx;
    it->found = it->found || same(certificate->subject, it->name);
    return !it->found;
}

static bool is_bridge(void *ctx, const hf_certificate *certificate)
{
    wanted *it = ctx;
    if (same(certificate->subject, it->name)) {
        wanted above = {.name = certificate->issuer};
        cli_cause_each_anchor(it->setup, is_named, &above);
        it->found = it->found || above.found;
    }
    return !it->found;
}

/* Whether the device's own chain shows that the CA of this name stands below a CA given. */
static bool is_known_intermediate(const cli_setup *setup, hf_span name)
{
    wanted it = {.name = name, .setup = setup};
    cli_cause_each(&setup->cert, is_bridge, &it);
    return it.found;
}

/* The last certificate on the way from the leaf up, among those that were sent. */
static const hf_certificate *climb(const cli_cause_sent *certificates)
{
    const hf_certificate *top = &certificates->list[0];
    for (size_t steps = 0; steps < certificates->count; steps++) {
        for (size_t i = 1; i < certificates->count; i++) {
            const hf_certificate *next = &certificates->list[i];
            if (next != top && same(next->subject, top->issuer) &&
                !same(top->subject, top->issuer)) {
                top = next;
                break;
            }
        }
    }
    return top;
}

static void issuer_missing(const cli_scene *scene, const cli_cause_sent *certificates,
                           cli_cause *cause)
{
    char name[CLI_CAUSE_NAME];
    hf_span issuer = certificates->list[0].issuer;
    (void)cli_cause_name(issuer, name);
    if (is_known_intermediate(scene->setup, issuer)) {
        cli_cause_say(cause->what,
                      "The server does not send an intermediate certificate: that of %s, which "
                      "issued its own.",
                      name);
        say_anchors(scene, "the chain of --cert shows that it stands below a CA given; ", cause);
        cli_cause_say(cause->todo,
                      "Append the certificate of %s to the server's chain file, behind the "
                      "server's own.",
                      name);
        return;
    }
    cli_cause_say(cause->what,
                  certificates->count == 1
                      ? "The server sends its own certificate only, and %s, which issued it, is "
                        "not among the CAs given."
                      : "None of the certificates that the server sends is that of %s, which "
                        "issued its own, and it is not among the CAs given either.",
                  name);
    say_anchors(scene, "", cause);
    cli_cause_say(cause->todo,
                  "If %s is an intermediate below a CA given, append its certificate to the "
                  "server's chain file; if it is a root, give it with --ca.",
                  name);
}

static void unknown_ca(const cli_scene *scene, const cli_cause_sent *certificates, cli_cause *cause)
{
    const hf_certificate *leaf = &certificates->list[0];
    const hf_certificate *top = climb(certificates);
    char name[CLI_CAUSE_NAME];
    (void)cli_cause_name(top->issuer, name);
    bool is_root = same(top->subject, top->issuer);
    if (top == leaf && !is_root) {
        issuer_missing(scene, certificates, cause);
        return;
    }
    if (top == leaf) {
        cli_cause_say(cause->what,
                      "The server's certificate is self-signed (%s), and it is not "
                      "among the CAs given.",
                      name);
        cli_cause_say(cause->todo, "If it is the right server, trust this certificate itself: "
                                   "--ca FILE with it; or give the server one that your CA has "
                                   "issued.");
    } else {
        cli_cause_say(cause->what,
                      "The server's certificates lead to %s, which is not among the CAs given.",
                      name);
        cli_cause_say(cause->todo,
                      "Give the certificate of %s with --ca, if that is the CA that you trust; "
                      "or let the server use a certificate of a CA given.",
                      name);
    }
    say_anchors(scene, "", cause);
}

/* ---- names, purposes, keys */
static void wrong_name(const cli_scene *scene, const hf_certificate *leaf, cli_cause *cause)
{
    const char *given = scene->setup->conn.name;
    FILE *out = cli_cause_open(cause->why);
    if (out == NULL) {
        return;
    }
    (void)fprintf(out, "asked for %s; the certificate is for",
                  given != NULL ? given : scene->conn->address.host);
    cli_chain_names(out, leaf);
    cli_cause_close(out, cause->why);
    if (scene->error->code == HF_E_CERT_NAME && !cli_cause_sent_name(scene)) {
        cli_cause_say(cause->todo,
                      "Connect by one of these names, or keep the address and give the name with "
                      "--servername; or issue the certificate for this address (subjectAltName "
                      "IP).");
    }
}

static void wrong_purpose(const hf_certificate *leaf, cli_cause *cause)
{
    bool for_clients = (leaf->purposes & HF_PURPOSE_CLIENT_AUTH) != 0;
    cli_cause_say(cause->what,
                  "The server's certificate is not for servers: its extendedKeyUsage "
                  "does not have serverAuth%s.",
                  for_clients ? ", only clientAuth: it is a device's" : "");
    cli_cause_say(cause->todo, "Issue the server's certificate with extendedKeyUsage serverAuth.");
}

void cli_cause_certificate(const cli_scene *scene, cli_cause *cause)
{
    cli_cause_sent certificates;
    read_sent(&scene->setup->chain, &certificates);
    if (scene->error->code == HF_E_CLOCK_IMPLAUSIBLE) {
        cli_cause_clock(scene, cause);
    }
    if (certificates.count == 0) {
        return;
    }
    switch ((hf_code)scene->error->code) {
    case HF_E_CERT_UNKNOWN_CA:
        unknown_ca(scene, &certificates, cause);
        break;
    case HF_E_CERT_EXPIRED:
    case HF_E_CERT_NOT_YET_VALID:
        cli_cause_date(scene, &certificates, cause);
        break;
    case HF_E_CERT_NAME:
    case HF_E_CERT_NO_NAME:
        wrong_name(scene, &certificates.list[0], cause);
        break;
    case HF_E_CERT_PURPOSE:
        if (scene->error->depth == 0) {
            wrong_purpose(&certificates.list[0], cause);
        }
        break;
    default:
        break;
    }
}
