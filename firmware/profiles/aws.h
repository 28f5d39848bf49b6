/* AWS profile: an RSA-2048 leaf under an RSA chain with certificates of up to 2 KB and a
 * cross-signed root, SHA-384 and AES-256 too; our own certificate is P-256. */
#define PROFILE_SUITES 0x1301, 0x1302, 0xc02b, 0xc02f, 0xc030
#define PROFILE_GROUPS HF_X25519, HF_SECP256R1
#define PROFILE_SCHEMES                                                                            \
    HF_RSA_PSS_RSAE_SHA256, HF_RSA_PKCS1_SHA256, HF_RSA_PKCS1_SHA384, HF_ECDSA_SECP256R1_SHA256
#define PROFILE_INPUT       512
#define PROFILE_OUTPUT      256
#define PROFILE_CERTIFICATE 3072
#define PROFILE_SESSION     512
#define PROFILE_NAMES       0
