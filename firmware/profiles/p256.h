/* P-256 profile: root, intermediate and leaf on each side, no certificate above 640 bytes,
 * AES-128-GCM with SHA-256, handshake records larger than the input buffer. */
#define PROFILE_SUITES      0x1301, 0xc02b
#define PROFILE_GROUPS      HF_X25519, HF_SECP256R1
#define PROFILE_SCHEMES     HF_ECDSA_SECP256R1_SHA256
#define PROFILE_INPUT       512
#define PROFILE_OUTPUT      256
#define PROFILE_CERTIFICATE 784
#define PROFILE_SESSION     272
#define PROFILE_NAMES       0
