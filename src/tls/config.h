/* The memory of an hf_config, shared by the files that fill it (config*.c): decoded DER grows from
 * the front, the list of anchors from the end.
 */
#ifndef HF_TLS_CONFIG_H
#define HF_TLS_CONFIG_H

#include <handfast/config.h>

/* Records an error of loading with its facts; the first one sticks. */
hf_code hf_config_fail(hf_config *config, hf_code code, size_t offset, size_t detail);

/* HF_E_MEMORY_TOO_SMALL: `bytes` of decoded text and `anchors` in all would do, wherever the memory
 * begins. */
hf_code hf_config_too_small(hf_config *config, size_t bytes, size_t anchors);

/* What is neither decoded text nor anchors yet. */
hf_space hf_config_free(const hf_config *config);

/* Keeps what was decoded into the free memory; DER of the caller's is borrowed as it is. */
void hf_config_keep(hf_config *config, hf_span der);

/* Room that decoding `text` needs, where blocks that `keeps` accepts stay and others do not; *kept
 * says how many stay. Nothing for DER, which is borrowed. */
size_t hf_config_measure(hf_span text, bool (*keeps)(hf_span label), size_t *kept);
bool hf_config_is_certificate(hf_span label);

/* Whether this build has certificates (certificates_none.c: HF_CERTIFICATES=OFF). */
bool hf_config_has_certificates(void);

/* A certificate or raw public key of our own. */
bool hf_config_has_identity(const hf_config *config);

/* A build without a server has no code behind it. */
static inline bool hf_is_servers(const hf_config *config)
{
    return HF_HAS_SERVER && config->role == HF_SERVER;
}

/* Nobody is known but by a PSK. A build without them has no code behind it. */
static inline bool hf_config_lives_by_psks(const hf_config *config)
{
    if (hf_is_servers(config)) {
        return config->psks.find != NULL && !hf_config_has_identity(config);
    }
    return HF_HAS_EXTERNAL_PSK && config->psk != NULL;
}

/* For hf_config_build(): anchors that were loaded are the source, unless the program has its own;
 * certificates parse, and fit their keys. */
void hf_config_settle_anchors(hf_config *config);
hf_code hf_config_check_identities(hf_config *config);

/* Limits that are 0 get their defaults (config_limits.c). */
void hf_limits_settle(hf_limits *limits, bool server);

/* Fills config->policy and the fingerprints of our identities; everything else is settled. */
void hf_config_policy(hf_config *config);

/* Gives the backend's private keys back. */
void hf_config_release_keys(hf_config *config);

#endif
