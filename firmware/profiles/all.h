/* Everything that the library has, in buffers for any server: for tests. */
#define PROFILE_SUITES 0x1301, 0x1304, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xc02c, 0xc030
#define PROFILE_GROUPS HF_X25519, HF_SECP256R1, HF_SECP384R1
#define PROFILE_SCHEMES                                                                            \
    HF_ECDSA_SECP256R1_SHA256, HF_ECDSA_SECP384R1_SHA384, HF_RSA_PSS_RSAE_SHA256,                  \
        HF_RSA_PKCS1_SHA256, HF_RSA_PKCS1_SHA384
#define PROFILE_INPUT       1024
#define PROFILE_OUTPUT      512
#define PROFILE_CERTIFICATE 3072
#define PROFILE_SESSION     1536
#define PROFILE_NAMES       1 /* of suite and group on the console; without, as without error texts */
