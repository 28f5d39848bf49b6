"""The psa backend over Mbed TLS 2.28: its lines of budgets.txt, and its section of docs/footprint.md."""
import sys

import budgets
import footprint
from accounts import longest, overhead

INTRODUCTION = f"""{footprint.PSA_TITLE}
The same clients with `HF_BACKEND=psa` over Mbed TLS 2.28 from Debian's source package, at -Os in the configurations
`firmware/mbedtls/p256.h` and `aws.h`: the PSA core alone, no files, no entropy collector, curves in the form that needs the least
memory. The device's key is in the PSA key store and used by its id. Mbed TLS allocates, here from an arena: *heap* is how much of
it was ever in use, with the allocator's headers and gaps, in steps of 512 bytes. Its own variables are under *static*. It opens records whole, so the
input buffer holds the server's flight in one record: 1,600 bytes in the P-256 profile, 6,144 in the AWS profile.

"""


def figures(facts):
    """As budgets.figures() has them."""
    p256, aws = facts["psa_p256"], facts["psa_aws"]
    return {
        "psa.ram.p256.tls13": budgets.worst(p256, "1.3"), "psa.ram.p256.tls12": budgets.worst(p256, "1.2"),
        "psa.ram.aws.tls13": budgets.worst(aws, "1.3"), "psa.ram.aws.tls12": budgets.worst(aws, "1.2"),
        "psa.flash.p256": p256["flash counted"], "psa.flash.aws": aws["flash counted"],
    }, {
        "psa.instructions.overhead": max(overhead(p256["runs"][f"full {v}"]) for v in ("1.3", "1.2")),
        "psa.instructions.full": p256["runs"]["full 1.3"]["instructions"],
        "psa.instructions.longest": max(longest(p256["runs"][f"full {v}"]) for v in ("1.3", "1.2")),
    }


def section(facts):
    return INTRODUCTION + footprint.of_profiles(facts)


def settled(text):
    """Without the call chain, whose last functions depend on the leading zeros of random numbers."""
    return [line for line in text.splitlines() if not line.startswith("| `")]


def gate(facts):
    """Exit code: 1 where a line does not hold, or the document tells other numbers."""
    bad = len(budgets.compare(*figures(facts), budgets.read(psa=True)))
    if settled(footprint.parts()[1]) != settled(section(facts)):
        print(f"{footprint.PATH.name} tells other numbers: firmware/run --psa --write", file=sys.stderr)
        bad += 1
    return 1 if bad else 0


def write(facts):
    budgets.write(figures(facts)[0])
    profiles, _, options = footprint.parts()
    footprint.PATH.write_text(profiles + section(facts) + options)
