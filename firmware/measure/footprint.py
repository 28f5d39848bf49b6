"""docs/footprint.md: where every byte goes."""
from accounts import counted_flash
from builds import SOURCE
from tables import markdown

PATH = SOURCE / "docs" / "footprint.md"
PARTS = (("transcript", "hf_transcript"), ("key shares", "hf_exchange"), ("secrets", "hf_epoch"),
         ("certificate path", "hf_peer_state"), ("its policy", "hf_path_policy"))
PSA_TITLE = "## psa backend\n"
OPTIONS_TITLE = "## Build options\n"
TITLES = {"p256": "P-256 profile", "aws": "AWS profile", "psa_p256": "P-256 profile, psa backend",
          "psa_aws": "AWS profile, psa backend"}
HEAD = """# Footprint
<!-- Made by firmware/run --write, --psa --write and --options: change those. -->
What a client needs on a Cortex-M3, built by firmware/run: GCC 12 -Os, the bearssl backend, `HF_ROLES=client`,
`HF_EXTERNAL_PSK=OFF`, `HF_OCSP=OFF`, `HF_TRACE=OFF`, `HF_ERROR_TEXTS=OFF`, and `HF_SUITES=aes128` with `HF_CERTIFICATES=POCKET` (P-256 profile:
certificates of up to 640 bytes) or `HF_SUITES=aes` with `HF_CERTIFICATES=DER` (AWS profile: RSA chains with certificates of up to
2 KB). Both with TLS 1.3 and 1.2, and with the server's flight in one record that is larger than the input buffer. [firmware.md](firmware.md) tells how it is measured.
RAM is what a program gives to the library and the deepest stack; nothing is allocated. Certificates and keys are in
flash. *Frame* is what -fstack-usage says of the function alone; a function that ends in a jump to another one has
that one's bytes, too.

"""


def of_runs(runs):
    columns = ("RAM", "stack", "heap") if any(run["heap"] for run in runs.values()) else ("RAM", "stack")
    return markdown(("handshake", *columns),
                    [(case, *(run[column.lower()] for column in columns)) for case, run in runs.items()])


def of_profile(name, fact):
    structs = fact["structs"]
    deepest = max(fact["runs"], key=lambda case: fact["runs"][case]["ram"])
    run = fact["runs"][deepest]
    handshake = sum(structs[part] for _, part in PARTS)
    heap = f", {run['heap']:,} of the arena" if run["heap"] else ""
    text = f"## {TITLES[name]}\n\n{run['ram']:,} bytes of RAM: {sum(fact['static'].values()):,} static and " \
           f"{run['stack']:,} of stack{heap}, in the handshake \"{deepest}\".\n\n"
    text += markdown(("static", "bytes"), fact["static"].items()) + "\n"
    text += markdown(("of `hf_tls`", "bytes"), [
        ("record layer, receiving: key schedule", structs["hf_aead"]),
        ("record layer, receiving: a record opened in pieces", structs["hf_aead_pieces"]),
        ("record layer, receiving: the rest", structs["hf_record_in"] - structs["hf_aead"] - structs["hf_aead_pieces"]),
        ("record layer, sending: key schedule", structs["hf_aead"]),
        ("record layer, sending: the rest", structs["hf_record_out"] - structs["hf_aead"]),
        *((f"handshake: {title}", structs[part]) for title, part in PARTS),
        ("handshake: the rest", structs["hf_handshake"] - handshake),
        ("engine", structs["hf_tls"] - structs["hf_record_in"] - structs["hf_record_out"] - structs["hf_handshake"]),
    ]) + "\n"
    text += markdown(("stack, by call chain", "bytes", "frame"), [(f"`{call}`", size, frame) for call, size, frame in run["chain"]])
    text += "\n" + of_runs(fact["runs"])
    counted = [(layer, size) for layer, size in sorted(fact["flash"].items(), key=lambda pair: -pair[1])
               if counted_flash({layer: size})]
    return text + f"\nFlash: {fact['flash counted']:,} bytes; MQTT besides: {fact['flash']['mqtt']:,}.\n\n" \
        + markdown(("flash, by layer", "bytes"), counted) + "\n"


def of_profiles(facts):
    return "".join(of_profile(name, fact) for name, fact in facts.items() if name in TITLES)


def parts():
    """The document's: profiles, psa backend, build options."""
    text, title, options = PATH.read_text().partition(OPTIONS_TITLE)
    profiles, psa_title, psa = text.partition(PSA_TITLE)
    return profiles, psa_title + psa, title + options


def text_of(facts):
    _, psa, options = parts()
    return HEAD + of_profiles(facts) + psa + options
