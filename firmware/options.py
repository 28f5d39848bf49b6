#!/usr/bin/env python3
"""What each build option saves, on a Cortex-M3: writes the last section of docs/footprint.md.

    firmware/options.py            builds each, writes the table
    firmware/options.py --print    only prints it

It takes some minutes, so measure.py leaves the section as it is. Needs what firmware/run installs.
"""
import subprocess
import sys

import measure

TITLE = "## Build options\n"

# What it is, options. Each is built with everything else switched on; the last ones are of several at once.
EVERYTHING = ("-DHF_TRACE=ON", "-DHF_OCSP=ON")
OPTIONS = (
    ("everything", ()),
    ("client only", ("-DHF_ROLES=client",)),
    ("TLS 1.3 only", ("-DHF_VERSIONS=1.3",)),
    ("AES alone; RSA and P-384 of our own left out", ("-DHF_SUITES=aes",)),
    ("AES-128-GCM with SHA-256 and P-256 alone", ("-DHF_SUITES=aes128",)),
    ("no error texts", ("-DHF_ERROR_TEXTS=OFF",)),
    ("no OCSP", ("-DHF_OCSP=OFF",)),
    ("no events", ("-DHF_TRACE=OFF",)),
    ("no PEM", ("-DHF_CERTIFICATES=DER",)),
    ("nor name constraints, addresses as names, remembered chains", ("-DHF_CERTIFICATES=POCKET",)),
    ("no certificates, no TLS 1.2", ("-DHF_CERTIFICATES=OFF",)),
    ("all of these, certificates kept", ("-DHF_ROLES=client", "-DHF_VERSIONS=1.3", "-DHF_SUITES=aes128",
                                         "-DHF_ERROR_TEXTS=OFF", "-DHF_OCSP=OFF", "-DHF_TRACE=OFF",
                                         "-DHF_CERTIFICATES=POCKET")),
)


def built(options):
    """The library's bytes, and those of TLS, X.509, MQTT and crypto in the client (0: it needs certificates)."""
    targets = "handfast" if "-DHF_CERTIFICATES=OFF" in options else "client"
    values = (option.removeprefix("-DHF_").lower().split("=") for option in options)
    name = "-".join(["options", *(f"no_{key}" if value == "off" else value for key, value in values)])
    given = {option.split("=")[0]: option for option in (*EVERYTHING, *options)}
    tree = measure.build_tree("all", name, given.values(), targets=targets)
    sizes = subprocess.run(["arm-none-eabi-size", "-t", *tree.rglob("libhandfast.a")], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    library = sum(int(size) for size in sizes[-1].split()[:2])
    if targets == "handfast":
        return library, 0
    layers, _ = measure.flash(tree, measure.Sources(tree))
    return library, measure.counted_flash(layers) + layers["mqtt"]


def rows():
    most = None
    for what, options in OPTIONS:
        library, client = built(options)
        most = most or (library, client)
        flags = " ".join(f"`{option[2:]}`" for option in options)
        saved = f"{library - most[0]:+,}" if options else ""
        in_client = f"{client - most[1]:+,}" if options and client else ""
        yield what, flags, library, saved, client or "", in_client


def section():
    text = TITLE + """
What they save on the Cortex-M3, each alone (firmware/options.py). *Library* is all of `libhandfast.a`, *client* what
the linker keeps of it and of BearSSL for the device of [firmware](../firmware), with every suite: it reads DER, speaks
MQTT, explains errors and is no server, so that some of what an option leaves out was not in it anyway.

"""
    return text + measure.table(("left out", "options", "library", "", "client", ""), rows())


def main():
    if sys.argv[1:] not in ([], ["--print"]):
        sys.exit(__doc__)
    new = section()
    if sys.argv[1:]:
        print(new)
        return
    before = measure.FOOTPRINT.read_text().split(TITLE)[0]
    measure.FOOTPRINT.write_text(before.rstrip("\n") + "\n\n" + new)


if __name__ == "__main__":
    main()
