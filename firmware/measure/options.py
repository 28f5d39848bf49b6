"""What each build option saves: the last section of docs/footprint.md. It takes some minutes, so that it is
made on request alone."""
import subprocess

from accounts import Sources, counted_flash, flash
from builds import BUILDS, build_tree
from footprint import OPTIONS_TITLE, PATH
from tables import markdown

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
    ("no keys agreed beforehand, client only", ("-DHF_ROLES=client", "-DHF_EXTERNAL_PSK=OFF")),
    ("no certificates, no TLS 1.2", ("-DHF_CERTIFICATES=OFF",)),
    ("all of these, certificates kept", ("-DHF_ROLES=client", "-DHF_VERSIONS=1.3", "-DHF_SUITES=aes128",
                                         "-DHF_ERROR_TEXTS=OFF", "-DHF_OCSP=OFF", "-DHF_TRACE=OFF", "-DHF_EXTERNAL_PSK=OFF",
                                         "-DHF_CERTIFICATES=POCKET")),
)


def bytes_of(*files):
    """Bytes of code and constants in objects and archives, or in an image."""
    done = subprocess.run(["arm-none-eabi-size", "-t", *files], capture_output=True, text=True, check=True)
    return sum(int(size) for size in done.stdout.splitlines()[-1].split()[:2])


def built(options):
    """The library's bytes, and those of TLS, X.509, MQTT and crypto in the client (0: it needs certificates)."""
    targets = "handfast" if "-DHF_CERTIFICATES=OFF" in options else "client"
    values = (option.removeprefix("-DHF_").lower().split("=") for option in options)
    name = "-".join(["options", *(f"no_{key}" if value == "off" else value for key, value in values)])
    given = {option.split("=")[0]: option for option in (*EVERYTHING, *options)}
    tree = build_tree("all", name, given.values(), targets=targets)
    library = bytes_of(*tree.rglob("libhandfast.a"))
    if targets == "handfast":
        return library, 0
    layers, _ = flash(tree, Sources(tree))
    return library, counted_flash(layers) + layers["mqtt"]


def rows():
    most = None
    for what, options in OPTIONS:
        library, client = built(options)
        most = most or (library, client)
        flags = " ".join(f"`{option[2:]}`" for option in options)
        saved = f"{library - most[0]:+,}" if options else ""
        in_client = f"{client - most[1]:+,}" if options and client else ""
        yield what, flags, library, saved, client or "", in_client


def image(link_time):
    """Bytes of the whole image of the P-256 profile, the program around the library in it."""
    profile, options = BUILDS["p256"]
    tree = build_tree(profile, f"link-time-{link_time.lower()}",
                      (*options, f"-DCMAKE_INTERPROCEDURAL_OPTIMIZATION={link_time}"), targets="client")
    return bytes_of(tree / "client")


def link_time_text():
    return f"""
Link-time optimisation, `CMAKE_INTERPROCEDURAL_OPTIMIZATION=ON`, makes the image of the P-256 profile {image("OFF") - image("ON"):,} bytes smaller.
All figures of this page are without it.
"""


def section():
    text = OPTIONS_TITLE + """
What they save on the Cortex-M3, each alone (`firmware/run --options`). *Library* is all of `libhandfast.a`, *client* what
the linker keeps of it and of BearSSL for the device of [firmware](../firmware), with every suite: it reads DER, speaks
MQTT, explains errors and is no server, so that some of what an option leaves out was not in it anyway.

"""
    return text + markdown(("left out", "options", "library", "", "client", ""), rows()) + link_time_text()


def write():
    before = PATH.read_text().split(OPTIONS_TITLE)[0]
    PATH.write_text(before.rstrip("\n") + "\n\n" + section())
