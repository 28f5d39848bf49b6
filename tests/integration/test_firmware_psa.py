"""What only the psa backend has on the emulated Cortex-M3: an arena in the place of a heap, whose size is
told to the byte, and errors when it is too small. That its key is used by an id, all of
test_firmware.py shows: it is imported as one that may sign, and nothing else has it.
"""
import sys

import support
from support import check, contains, folder, same
from test_firmware import device, recorded, whole


def replayed(where, clock, **arguments):
    return device(where, None, clock, version="13", mode="line", replay="rx.bin", **arguments)


def test_arena():
    """What was used is enough; a little less is not, and that is said."""
    with folder() as where:
        clock = recorded(where, version="13", mode="line")
        it = replayed(where, clock)
        whole(it, "TLS 1.3", "TLS_AES_128_GCM_SHA256")
        used = it.number("heap used")
        check(1000 < used < 16384, f"heap used: {used}")
        tight = replayed(where, clock, arena=used)
        whole(tight, "TLS 1.3", "TLS_AES_128_GCM_SHA256")
        check(used - 32 <= tight.number("heap used") <= used, f"{used}, then {tight.text}")  # 32: a block's header
        small = replayed(where, clock, arena=used - 64)
        same(small.code, 1, small.text)
        contains(small.text, "HF_E_BACKEND", "console")


def test_no_memory_at_all():
    """Too little for the key: the configuration fails, and no byte is sent."""
    with folder() as where:
        clock = recorded(where, version="13", mode="line")
        small = replayed(where, clock, arena=128)
        same(small.code, 1, small.text)
        contains(small.text, "HF_E_BACKEND", "console")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
