#!/usr/bin/env python3
"""Measures the psa backend over Mbed TLS 2.28 on an emulated Cortex-M3, as measure.py does the bearssl
backend; firmware/run --psa installs what it needs and starts it.

    firmware/measure_psa.py            builds the profiles, records handshakes with openssl s_server,
                                       replays them, prints the table
    firmware/measure_psa.py --budgets  compares with the lines psa.* of firmware/budgets.txt; exit 1 when
                                       one fails
    firmware/measure_psa.py --write    writes them, and the psa backend's section of docs/footprint.md

RAM is what measure.py says, the static variables of libmbedcrypto, and what of its arena was used.
"""
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import emulator
import measure
from measure import FOOTPRINT, PSA_SECTION, TARGET

OPTIONS = ["-DHF_BACKEND=psa", "-DHF_ERROR_TEXTS=OFF", "-DHF_ROLES=client"]
# Name: profile of the sources and options of the library; the parties' profile; what is measured.
BUILDS = {
    "psa_p256": ("psa_p256", [*OPTIONS, "-DHF_SUITES=aes128"]),
    "psa_aws": ("psa_aws", [*OPTIONS, "-DHF_SUITES=aes"]),
}
PARTIES = {"psa_p256": "p256", "psa_aws": "aws"}
CASES = {
    "psa_p256": list(measure.cases_of("p256")),
    "psa_aws": [(case, version) for version in (13, 12) for case in ("full", "resumed", "refused")],
}

INTRODUCTION = f"""{PSA_SECTION}
The same client with `HF_BACKEND=psa` over Mbed TLS 2.28 from Debian's source package, at -Os in the configurations
`firmware/mbedtls/p256.h` and `aws.h`: the PSA core alone, no files, no entropy collector, curves in the form that needs the least
memory. The device's key is in the PSA key store and used by its id. Mbed TLS allocates, here from an arena: *heap* is how much of
it was ever in use, with the allocator's headers and gaps, in steps of 512 bytes. Its own variables are under *static*. It opens records whole, so the
input buffer holds the server's flight in one record: 1,536 bytes in the P-256 profile, 6,144 in the AWS profile.

"""


def own_variables(tree):
    """Of libmbedcrypto, which keeps keys in a table of its own."""
    return sum(size for _, size, archive, _ in measure.linked(tree, "data|bss") if archive == "libmbedcrypto")


def measure_build(pool, name):
    tree = measure.build(name, builds=BUILDS)
    people = measure.parties(PARTIES[name])
    sources = measure.Sources(tree, f"mbedtls-{PARTIES[name]}")
    static = {**measure.static_ram(tree), "libmbedcrypto": own_variables(tree)}
    layers, objects = measure.flash(tree, sources)
    runs = {f"{case} 1.{version - 10}": pool.submit(measure.measure_run, tree, sources, static, people, case, version)
            for case, version in CASES[name]}
    return {"static": static, "structs": measure.struct_sizes(tree), "flash": dict(layers),
            "flash counted": measure.counted_flash(layers),
            "objects": {f"{layer}/{member}": size for (layer, member), size in objects.items()},
            "runs": {case: run.result() for case, run in runs.items()}}


def figures(facts):
    p256, aws = facts["psa_p256"], facts["psa_aws"]
    return {
        **{f"psa.ram.{PARTIES[name]}.tls{version.replace('.', '')}": measure.worst(facts[name], version)
           for name in BUILDS for version in ("1.3", "1.2")},
        "psa.flash.p256": p256["flash counted"], "psa.flash.aws": aws["flash counted"],
    }, {
        "psa.instructions.overhead": max(measure.overhead(p256["runs"][f"full {v}"]) for v in ("1.3", "1.2")),
        "psa.instructions.full": p256["runs"]["full 1.3"]["instructions"],
        "psa.instructions.longest": max(measure.longest(p256["runs"][f"full {v}"]) for v in ("1.3", "1.2")),
    }


def footprint(facts):
    return INTRODUCTION + "".join(measure.footprint_of(name, fact) for name, fact in facts.items())


def settled(section):
    """Without the call chain, whose last functions depend on the leading zeros of random numbers."""
    return [line for line in section.splitlines() if not line.startswith("| `")]


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    if len(sys.argv) > 2 or mode not in ("", "--budgets", "--write"):
        sys.exit(__doc__)
    gone = emulator.missing(TARGET)
    if gone:
        sys.exit(f"measure_psa.py: {gone} is not installed; firmware/run --psa installs what is missing")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        facts = {name: measure_build(pool, name) for name in BUILDS}
    before, section = measure.footprint_parts()
    if mode == "--write":
        measure.write_budgets(figures(facts)[0])
        FOOTPRINT.write_text(before + footprint(facts))
    elif mode == "--budgets":
        sys.exit(measure.compare(*figures(facts), measure.read_budgets(psa=True), settled(section), settled(footprint(facts))))
    else:
        measure.show(facts)


if __name__ == "__main__":
    main()
