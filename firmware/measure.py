#!/usr/bin/env python3
"""Measures the library on an emulated Cortex-M3: RAM, stack, instructions, flash. firmware/run installs
what it needs and starts it.

    firmware/measure.py            builds the profiles, records handshakes with openssl s_server, replays
                                   them, prints the table
    firmware/measure.py --all      and connects from the other targets as well
    firmware/measure.py --budgets  prints what firmware/budgets.txt is about; exit 1 when a line fails
    firmware/measure.py --write    writes the sizes as they are now into firmware/budgets.txt, and where every
                                   byte goes into docs/footprint.md
    firmware/measure.py --json     everything that was measured, as JSON

RAM is what the program gives (hf_tls, configuration, buffers, session) and the deepest stack. Flash
is counted after the linker has left out what is not called. Everything is described where it is
counted, below.
"""
import json
import os
import re
import ssl
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import emulator

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent
sys.path.insert(0, str(SOURCE / "tests" / "integration"))
import support  # noqa: E402
from pki import CA, FOR_CLIENT, FOR_SERVER, NAME, SAN, pki  # noqa: E402
from support import Process, folder, require_program, run  # noqa: E402

TREE = Path(os.environ.get("FIRMWARE_TREE", SOURCE / "build" / "firmware"))
TARGET = "cortex-m3"
FOOTPRINT = SOURCE / "docs" / "footprint.md"
LAYERS = ("error", "wire", "crypto", "x509", "tls/keys", "tls/message", "tls", "mqtt")
STATIC = ("device_tls", "device_config", "device_input", "device_output", "device_certificate", "device_session",
          "device_session_bytes")

# Name, profile of the sources, options of the library.
PROFILE_LARGEST = 640  # bytes of a certificate in the P-256 profile
SMALL = ["-DHF_ERROR_TEXTS=OFF", "-DHF_ROLES=client", "-DHF_CERTIFICATES=ONLY"]
BUILDS = {
    "p256": ("p256", [*SMALL, "-DHF_SUITES=aes128"]),
    "p256_13": ("p256", [*SMALL, "-DHF_SUITES=aes128", "-DHF_VERSIONS=1.3"]),
    "p256_remembered": ("p256_remembered", [*SMALL, "-DHF_SUITES=aes128"]),
    "aws": ("aws", [*SMALL, "-DHF_SUITES=aes"]),
}


def build(name, target=TARGET):
    profile, options = BUILDS.get(name, (name, []))
    done = subprocess.run([HERE / "build", target, profile, name, *options], capture_output=True, text=True,
                          env=dict(os.environ, FIRMWARE_TREE=str(TREE)), check=False)
    if done.returncode != 0:
        sys.exit(f"firmware/build failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return TREE / target / name


# ---- the servers

def aws_server():
    """An RSA-2048 leaf of nearly 2 KB, its issuer, and the root once more, signed by an older root."""
    maker = pki()
    names = ",".join(f"DNS:*.endpoint-{i:02}.region-{i:02}.broker.example" for i in range(28))
    leaf = maker._make("server-aws", "rsa2048", f"/CN={NAME}", FOR_SERVER + f"subjectAltName=DNS:{NAME},{names}\n",
                       maker.intermediate("rsa"))
    root, older = maker.root("rsa"), maker._make("root-older", "rsa2048", "/O=Handfast tests/CN=Older root", CA)
    cross, extensions = maker.folder / "root-cross.pem", maker.folder / "root-cross.ext"
    extensions.write_text(CA)
    run("openssl", "x509", "-x509toreq", "-in", root.leaf, "-signkey", root.key, "-out", maker.folder / "cross.csr")
    run("openssl", "x509", "-req", "-in", maker.folder / "cross.csr", "-CA", older.leaf, "-CAkey", older.key,
        "-set_serial", "77", "-days", "300", "-sha384", "-extfile", extensions, "-out", cross)
    leaf.rest.write_text(maker.intermediate("rsa").leaf.read_text() + cross.read_text())
    return leaf


def padded(name, subject, extensions, issuer=None):
    """A P-256 identity whose certificate is nearly as large as the profile allows: a comment fills it."""
    maker = pki()
    short = maker._make(f"{name}-short", "p256", subject, extensions + "nsComment=" + "x" * 150 + "\n", issuer)
    size = 150 + PROFILE_LARGEST - 2 - len(ssl.PEM_cert_to_DER_cert(short.leaf.read_text()))
    it = maker._make(name, "p256", subject, f"{extensions}nsComment={'x' * size}\n", issuer)
    real = len(ssl.PEM_cert_to_DER_cert(it.leaf.read_text()))
    if not PROFILE_LARGEST - 12 <= real <= PROFILE_LARGEST:
        sys.exit(f"{name}: a certificate of {real} bytes, to be {PROFILE_LARGEST}")
    return it


def p256_chain(name, subject, extensions):
    root = padded("root-p256", "/O=Handfast tests/CN=Root of the P-256 profile", CA)
    issuer = padded("int-p256", "/O=Handfast tests/CN=Intermediate of the P-256 profile", CA, root)
    return padded(name, subject, extensions, issuer)


def parties(profile):
    """The server's identity and our own, and the root of each."""
    if profile == "aws":
        return aws_server(), pki().client(), pki().root("rsa"), pki().root()
    server = p256_chain("server-p256", f"/CN={NAME}", FOR_SERVER + SAN)
    device = p256_chain("device-p256", "/CN=device", FOR_CLIENT)
    root = server.issuer.issuer
    return server, device, root, root


class Server:
    """openssl s_server that asks for a certificate and reverses lines."""

    def __init__(self, identity, clients, *options):
        command = ["stdbuf", "-oL", require_program("openssl"), "s_server", "-accept", "127.0.0.1:0", "-rev", "-cert",
                   identity.leaf, "-key", identity.key, "-cert_chain", identity.rest, "-CAfile",
                   clients.leaf, "-Verify", "4", "-verify_return_error", *options]
        self.process = Process(*command)
        self.port = int(self.process.wait_line(r"^ACCEPT (?:\S+:)?(\d+)").group(1))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stop()


def flash_files(where, root, it):
    for source, name, what in ((root.leaf, "root.der", "x509"), (it.leaf, "leaf.der", "x509"),
                               (it.issuer.leaf, "intermediate.der", "x509"), (it.key, "key.der", "pkey")):
        run("openssl", what, "-in", source, "-outform", "DER", "-out", where / name)


# ---- one scenario: recorded from a real server, then replayed

# Options of the server, arguments of the firmware, runs before it that leave something behind, exit code.
SCENARIOS = {
    "full": ([], {"mode": "line"}, 0, 0),
    "retry": (["-groups", "P-256"], {"mode": "line"}, 0, 0),
    "resumed": (["-no_ticket"], {"mode": "line", "session": "session.bin"}, 1, 0),
    "refused": ([], {"mode": "line", "name": "other.example"}, 0, 1),
    "update": ([], {"mode": "update"}, 0, 0),
    "remembered": ([], {"mode": "line", "remembered": "chain.bin"}, 1, 0),
    "new leaf": ([], {"mode": "line", "remembered": "chain.bin"}, 1, 0),  # of the same issuers
}


def scenario(tree, name, version, server_identity, device, root, clients):
    """Replays of the two images: (of client, of client_counted)."""
    options, arguments, before, code = SCENARIOS[name]
    arguments = {"name": NAME, "clock": int(time.time()), "version": version, **arguments}
    with folder() as where:
        flash_files(where, root, device)
        if name == "new leaf":
            with Server(p256_chain("server-before", f"/CN={NAME}", FOR_SERVER + SAN), clients) as server:
                emulator.run(TARGET, tree / "client", where, server.port, **arguments)
        with Server(server_identity, clients, *options) as server:
            for _ in range(before if name != "new leaf" else 0):
                emulator.run(TARGET, tree / "client", where, server.port, **arguments)
            kept = {path.name: path.read_bytes() for path in where.iterdir()}
            live = emulator.run(TARGET, tree / "client", where, server.port, record="rx.bin", **arguments)
        if live.code != code or (name == "resumed" and ", resumed" not in live.text):
            sys.exit(f"{name}, TLS 1.{version - 10}: not as expected:\n{live.text}\n{server.process.text()}")
        runs = []
        for image in ("client", "client_counted"):
            for path, data in kept.items():
                (where / path).write_bytes(data)
            again = emulator.run(TARGET, tree / image, where, plugin=TREE / "libcount.so", replay="rx.bin",
                                 profile=where / "profile", **arguments)
            if again.code != code:
                sys.exit(f"{name}, TLS 1.{version - 10}: the replayed run went another way:\n{again.text}")
            runs.append(again)
        return runs


# ---- accounts

def static_ram(tree):
    table = emulator.symbols(TARGET, tree / "client")
    return {name[len("device_"):]: table[name][1] for name in STATIC}


def struct_sizes(tree):
    table = emulator.symbols(TARGET, tree / "sizes.o")
    return {name[len("size_of_"):]: size for name, (_, size) in table.items() if name.startswith("size_of_")}


class Sources:
    """Which source files a build has, and the frames of their functions, out of what -fstack-usage wrote."""

    def __init__(self, tree):
        self.frames, self.files = {}, {}
        for path in [*tree.rglob("*.su"), *(tree.parent / "bearssl").rglob("*.su")]:
            for line in path.read_text().splitlines():
                place, size, _ = line.split("\t")
                source, _, _, function = place.rsplit(":", 3)
                ours = SOURCE / "src" / source.rsplit("/src/", 1)[-1]  # a cached compilation tells other folders
                source = str(ours) if ours.exists() else source
                self.frames.setdefault(function, int(size))
                self.files.setdefault(Path(source).name, {})[source] = None
        self.texts = {}

    def layer(self, member, section):
        """Of an object of the library. Names of files repeat: then the one that has the section's name."""
        paths = list(self.files.get(member.removesuffix(".obj"), {})) or [str(path) for path in (SOURCE / "src").rglob(
            member.removesuffix(".obj")) if "openssl" not in path.parts]
        if len(paths) > 1:
            word = section.split(".")[2] if section.count(".") > 1 else ""
            paths = [path for path in paths if re.search(rf"\b{re.escape(word)}\b", self.text(path))] or paths
        folder_name = str(Path(paths[0]).parent.relative_to(SOURCE / "src")) if paths else ""
        return "crypto" if folder_name.startswith("crypto") else folder_name

    def text(self, path):
        if path not in self.texts:
            self.texts[path] = Path(path).read_text()
        return self.texts[path]


def flash(tree, sources):
    """{layer: bytes} and {(layer, object): bytes} of code and constants, from the linker's map."""
    text = (tree / "client.map").read_text()
    text = text[text.index("Linker script and memory map"):]
    text = re.sub(r"\n (\.[\w.\-$]+)\n\s+0x", r"\n \1 0x", text)  # long names stand on a line of their own
    layers, objects = Counter(), Counter()
    for found in re.finditer(r"^ (\.(?:text|rodata|ARM\.ex\w*|data)[\w.\-$]*)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)\s+(\S+)$",
                             text, re.M):
        section, size, path = found.group(1), int(found.group(2), 16), found.group(3)
        inside = re.search(r"([^/]+)\.a\((.*)\)$", path)
        archive, member = inside.groups() if inside else ("firmware", Path(path).name)
        layer = sources.layer(member, section) if archive == "libhandfast" and size > 0 else archive
        layers[layer] += size
        objects[layer, member] += size
    return +layers, +objects


def call_chain(tree, sources, begins, chain):
    """[function, bytes of stack down to what it wrote, frame by -fstack-usage] from the outermost on. A function
    that ends by jumping to another one has that one's bytes as well."""
    table = sorted((address & ~1, name) for name, (address, _) in emulator.symbols(TARGET, tree / "client").items()
                   if not name.startswith("$"))
    named, above = [], begins
    for address, lowest in chain:
        name = next((name for at, name in reversed(table) if at <= address), "?")
        lowest = min(lowest, above)
        named.append((name, above - lowest, sources.frames.get(name, 0)))
        above = lowest
    return named


def counted_flash(layers):
    """TLS, X.509 and crypto with libgcc; without MQTT, the C library and the firmware around."""
    return sum(size for layer, size in layers.items()
               if (layer in LAYERS and layer != "mqtt") or layer in ("libbearssl", "libgcc"))


def overhead(counts):
    """Instructions of a handshake over those of its public-key, AEAD and hash calls."""
    return counts["instructions"] / (counts["public_key"] + counts["aead"] + counts["hash"])


def longest(counts):
    """Instructions of the longest call into the engine over those of the longest public-key operation."""
    return counts["longest_call"] / counts["longest_operation"]


# ---- everything

def cases_of(name):
    """(scenario, version) that a build is measured in."""
    for version in (13, 12):
        for case in SCENARIOS:
            later = version == 12 and (case in ("retry", "update") or name == "p256_13")
            remembers = {"aws": ("remembered",), "p256_remembered": ("remembered", "new leaf")}.get(name, ())
            if not later and (case in remembers or (name != "p256_remembered" and case not in ("remembered", "new leaf"))):
                yield case, version


def measure_run(tree, sources, static, people, case, version):
    plain, counted = scenario(tree, case, version, *people)
    begins = plain.number("stack begins at")
    return {**counted.counts, "stack": plain.number("stack used"), "stack by writes": begins - plain.counts["lowest"],
            "ram": sum(static.values()) + plain.number("stack used"),
            "chain": call_chain(tree, sources, begins, plain.chain)}


def measure():
    facts = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, (profile, _) in BUILDS.items():
            tree = build(name)
            people, sources, static = parties(profile), Sources(tree), static_ram(tree)
            layers, objects = flash(tree, sources)
            runs = {f"{case} 1.{version - 10}": pool.submit(measure_run, tree, sources, static, people, case, version)
                    for case, version in cases_of(name)}
            facts[name] = {"static": static, "structs": struct_sizes(tree), "flash": dict(layers),
                           "flash counted": counted_flash(layers),
                           "objects": {f"{layer}/{member}": size for (layer, member), size in objects.items()},
                           "runs": {case: run.result() for case, run in runs.items()}}
    return facts


# ---- budgets: what each line of budgets.txt is

def worst(fact, version, what="ram"):
    return max(run[what] for case, run in fact["runs"].items() if case.endswith(version))


def figures(facts):
    """Bytes, exact: the same sources and compiler give the same numbers. And instructions, which vary a
    little with the random numbers of the server's signatures."""
    p256, aws = facts["p256"], facts["aws"]
    return {
        "ram.p256.tls13": worst(p256, "1.3"), "ram.p256.tls12": worst(p256, "1.2"),
        "ram.aws.tls13": worst(aws, "1.3"), "ram.aws.tls12": worst(aws, "1.2"),
        "ram.folded": p256["structs"]["hf_folded"], "ram.mqtt": p256["structs"]["hf_mqtt"],
        **{f"flash.{name}": facts[name]["flash counted"] for name in ("p256", "p256_13", "aws")},
        "flash.mqtt": p256["flash"]["mqtt"],
    }, {
        "instructions.overhead": max(overhead(p256["runs"][f"full {v}"]) for v in ("1.3", "1.2")),
        "instructions.full": p256["runs"]["full 1.3"]["instructions"],
        "instructions.remembered": facts["p256_remembered"]["runs"]["remembered 1.3"]["instructions"],
        "instructions.new_leaf": facts["p256_remembered"]["runs"]["new leaf 1.3"]["instructions"],
        "instructions.longest": max(longest(p256["runs"][f"full {v}"]) for v in ("1.3", "1.2")),
    }


def read_budgets():
    """name: number, goal or None"""
    lines = [line.split("#")[0].split() for line in (HERE / "budgets.txt").read_text().splitlines()]
    return {words[0]: (float(words[1]), float(words[2]) if len(words) > 2 else None) for words in lines if words}


def compare(facts):
    """Sizes must be exactly what their line says, so that a change that grows one is seen, and one that
    shrinks it is written down; instructions must not be more."""
    exact, most = figures(facts)
    budgets = read_budgets()
    bad = [f"{name}: no line in firmware/budgets.txt" for name in {**exact, **most} if name not in budgets]
    bad += [f"{name}: is not measured any more" for name in budgets if name not in exact and name not in most]
    for name, value in {**exact, **most}.items():
        line, goal = budgets.get(name, (0, None))
        print(f"{name:26} {value:12.10g}   line {line:12.10g}" + (f"   goal {goal:12.10g}" if goal else ""))
        if name in exact and value != line:
            bad.append(f"{name}: {value}, but the line says {line:g}")
        elif name in most and value > line:
            bad.append(f"{name}: {value:.10g}, more than the line's {line:.10g}")
    if FOOTPRINT.read_text() != footprint(facts):
        bad.append(f"{FOOTPRINT.name} tells other numbers: firmware/measure.py --write")
    for line in bad:
        print(f"firmware/budgets.txt: {line}", file=sys.stderr)
    return 1 if bad else 0


def write_budgets(facts):
    exact, _ = figures(facts)
    path = HERE / "budgets.txt"
    text = path.read_text()
    for name, value in exact.items():
        text = re.sub(rf"^({re.escape(name)}\s+)\d+", lambda found, value=value: f"{found.group(1)}{value}", text, flags=re.M)
    path.write_text(text)


# ---- tables

RUN_LINE = ("  {case:15} {ram:6} {stack:6} {instructions:11}  {over:.4f}  {public_key:10} {aead:8} {hash:8} "
            "{operations:3}  {longest_call:10}")


def show(facts):
    for name, fact in facts.items():
        static = fact["static"]
        print(f"\n{name}: {sum(static.values())} bytes static: "
              + ", ".join(f"{part} {size}" for part, size in static.items()))
        print(f"  flash {fact['flash counted']}: " + ", ".join(
            f"{layer} {size}" for layer, size in sorted(fact["flash"].items(), key=lambda pair: -pair[1])))
        print("  handshake          RAM  stack instructions  x      public key     AEAD     hash ops longest call")
        for case, run in fact["runs"].items():
            print(RUN_LINE.format(case=case, over=overhead(run), **run))


# ---- docs/footprint.md

PARTS = (("transcript", "hf_transcript"), ("key shares", "hf_exchange"), ("secrets", "hf_epoch"),
         ("certificate path", "hf_peer_state"), ("its policy", "hf_path_policy"))
TITLES = {"p256": "P-256 profile", "p256_remembered": "P-256 profile with a remembered chain", "aws": "AWS profile"}


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def footprint_of(name, fact):
    structs = fact["structs"]
    deepest = max(fact["runs"], key=lambda case: fact["runs"][case]["ram"])
    run = fact["runs"][deepest]
    handshake = sum(structs[part] for _, part in PARTS)
    text = f"## {TITLES[name]}\n\n{run['ram']:,} bytes of RAM: {sum(fact['static'].values()):,} static and " \
           f"{run['stack']:,} of stack, in the handshake \"{deepest}\".\n\n"
    text += table(("static", "bytes"), fact["static"].items()) + "\n"
    text += table(("of `hf_tls`", "bytes"), [
        ("record layer, receiving: key schedule", structs["hf_aead"]),
        ("record layer, receiving: a record opened in pieces", structs["hf_aead_pieces"]),
        ("record layer, receiving: the rest", structs["hf_record_in"] - structs["hf_aead"] - structs["hf_aead_pieces"]),
        ("record layer, sending: key schedule", structs["hf_aead"]),
        ("record layer, sending: the rest", structs["hf_record_out"] - structs["hf_aead"]),
        *((f"handshake: {title}", structs[part]) for title, part in PARTS),
        ("handshake: the rest", structs["hf_handshake"] - handshake),
        ("engine", structs["hf_tls"] - structs["hf_record_in"] - structs["hf_record_out"] - structs["hf_handshake"]),
    ]) + "\n"
    text += table(("stack, by call chain", "bytes", "frame"), [(f"`{call}`", size, frame) for call, size, frame in run["chain"]])
    text += "\n" + table(("handshake", "RAM", "stack"), [(case, it["ram"], it["stack"]) for case, it in fact["runs"].items()])
    counted = [(layer, size) for layer, size in sorted(fact["flash"].items(), key=lambda pair: -pair[1])
               if counted_flash({layer: size})]
    return text + f"\nFlash: {fact['flash counted']:,} bytes; MQTT besides: {fact['flash']['mqtt']:,}.\n\n" \
        + table(("flash, by layer", "bytes"), counted) + "\n"


def footprint(facts):
    text = """# Footprint
<!-- Made by firmware/measure.py --write: change that. -->
What a client needs on a Cortex-M3, built by firmware/run: GCC 12 -Os, the bearssl backend, `HF_ROLES=client`,
`HF_CERTIFICATES=ONLY`, `HF_OCSP=OFF`, `HF_TRACE=OFF`, `HF_ERROR_TEXTS=OFF`, and `HF_SUITES=aes128` (P-256 profile: certificates of up to 640 bytes)
or `HF_SUITES=aes` (AWS profile: RSA chains with certificates of up to 2 KB). Both with TLS 1.3 and 1.2.
RAM is what a program gives to the library and the deepest stack; nothing is allocated. Certificates and keys are in
flash. *Frame* is what -fstack-usage says of the function alone; a function that ends in a jump to another one has
that one's bytes, too.

"""
    return text + "".join(footprint_of(name, facts[name]) for name in ("p256", "aws"))


def connect_from(target):
    """One connection of each version with a server, from another target."""
    gone = emulator.missing(target)
    if gone:
        sys.exit(f"measure.py: {gone} is not installed")
    tree = build("all", target)
    for version in (13, 12):
        with folder() as where, Server(pki().server(), pki().root()) as server:
            flash_files(where, pki().root(), pki().client())
            it = emulator.run(target, tree / "client", where, server.port, name=NAME, clock=int(time.time()),
                              version=version, mode="line")
        if it.code != 0:
            sys.exit(f"{target}, TLS 1.{version - 10}:\n{it.text}\n{server.process.text()}")
        print(f"{target}: " + it.text.splitlines()[0] + f"; stack {it.number('stack used')}")


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    if len(sys.argv) > 2 or mode not in ("", "--all", "--budgets", "--write", "--json"):
        sys.exit(__doc__)
    gone = emulator.missing(TARGET)
    if gone:
        sys.exit(f"measure.py: {gone} is not installed; firmware/run installs what is missing")
    facts = measure()
    if mode == "--json":
        print(json.dumps(facts, indent=1))
    elif mode == "--write":
        write_budgets(facts)
        FOOTPRINT.write_text(footprint(facts))
    elif mode == "--budgets":
        sys.exit(compare(facts))
    else:
        show(facts)
    for target in ("cortex-m33", "rv32imac") if mode == "--all" else ():
        connect_from(target)


if __name__ == "__main__":
    main()
