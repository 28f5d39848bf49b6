/* Sizes of the library's structs on this target, as the sizes of symbols: read by nm, never linked.
 */
#include "tls/engine.h"

#include <handfast/fold.h>
#include <handfast/mqtt.h>

#define SIZE_OF(name)                                                                              \
    extern char size_of_##name[sizeof(name)];                                                      \
    char size_of_##name[sizeof(name)];

SIZE_OF(hf_tls)
SIZE_OF(hf_config)
SIZE_OF(hf_folded)
SIZE_OF(hf_mqtt)
SIZE_OF(hf_record_in)
SIZE_OF(hf_record_out)
SIZE_OF(hf_handshake)
SIZE_OF(hf_record_keys)
SIZE_OF(hf_aead)
SIZE_OF(hf_aead_pieces)
SIZE_OF(hf_transcript)
SIZE_OF(hf_exchange)
SIZE_OF(hf_epoch)
SIZE_OF(hf_peer_state)
SIZE_OF(hf_path_policy)
SIZE_OF(hf_identity)
