#!/usr/bin/env python3
"""Measures the library on an emulated Cortex-M3: RAM, stack, instructions, flash.

    firmware/measure.py            builds the profiles, records handshakes with openssl s_server, replays
                                   them, prints the table; exit 1 when a line of firmware/budgets.txt fails
    firmware/measure.py --json     the same as JSON, without comparing

RAM is what the program gives (hf_tls, configuration, buffers, session) and the deepest stack. Flash
is counted after the linker has left out what is not called. Everything is described where it is
counted, below.
"""
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import emulator

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent
sys.path.insert(0, str(SOURCE / "tests" / "integration"))
import support  # noqa: E402
from pki import CA, FOR_SERVER, NAME, pki  # noqa: E402
from support import Process, folder, require_program, run  # noqa: E402

TREE = Path(os.environ.get("FIRMWARE_TREE", SOURCE / "build" / "firmware"))
TARGET = "cortex-m3"
LAYERS = ("error", "wire", "crypto", "x509", "tls/keys", "tls/message", "tls", "mqtt")
STATIC = ("device_tls", "device_config", "device_input", "device_output", "device_certificate", "device_session",
          "device_session_bytes")

# Name, profile of the sources, options of the library.
BUILDS = {
    "p256": ("p256", ["-DHF_ERROR_TEXTS=OFF"]),
    "aws": ("aws", ["-DHF_ERROR_TEXTS=OFF"]),
}


def build(name):
    profile, options = BUILDS[name]
    done = subprocess.run([HERE / "build", TARGET, profile, name, *options], capture_output=True, text=True,
                          env=dict(os.environ, FIRMWARE_TREE=str(TREE)), check=False)
    if done.returncode != 0:
        sys.exit(f"firmware/build failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return TREE / TARGET / name


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


def identity_of(profile):
    return aws_server() if profile == "aws" else pki().server()


class Server:
    """openssl s_server that asks for a certificate and reverses lines."""

    def __init__(self, identity, *options):
        command = ["stdbuf", "-oL", require_program("openssl"), "s_server", "-accept", "127.0.0.1:0", "-rev", "-cert",
                   identity.leaf, "-key", identity.key, "-cert_chain", identity.rest, "-CAfile",
                   pki().client_anchors(), "-Verify", "4", "-verify_return_error", *options]
        self.process = Process(*command)
        self.port = int(self.process.wait_line(r"^ACCEPT (?:\S+:)?(\d+)").group(1))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stop()


def flash_files(where, root):
    it = pki().client()
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
}


def scenario(tree, name, version, identity, root):
    """Replays of the two images: (of client, of client_counted)."""
    options, arguments, before, code = SCENARIOS[name]
    arguments = {"name": NAME, "clock": int(time.time()), "version": version, **arguments}
    with folder() as where:
        flash_files(where, root)
        with Server(identity, *options) as server:
            for _ in range(before):
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


def layer_of(source_name, paths):
    return next((layer for layer in LAYERS if any(path.parent == SOURCE / "src" / layer for path in paths)),
                "crypto") if paths else source_name


def flash(tree):
    """{layer: bytes} and {(layer, object): bytes} of code and constants, from the linker's map."""
    text = (tree / "client.map").read_text()
    text = text[text.index("Linker script and memory map"):]
    text = re.sub(r"\n (\.[\w.\-$]+)\n\s+0x", r"\n \1 0x", text)  # long names stand on a line of their own
    layers, objects = Counter(), Counter()
    for found in re.finditer(r"^ (\.(?:text|rodata|ARM\.ex\w*|data)[\w.\-$]*)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)\s+(\S+)$",
                             text, re.M):
        size, path = int(found.group(2), 16), found.group(3)
        inside = re.search(r"([^/]+)\.a\((.*)\)$", path)
        archive, member = inside.groups() if inside else ("firmware", Path(path).name)
        layer = archive
        if archive == "libhandfast":
            paths = list((SOURCE / "src").rglob(member.removesuffix(".obj")))
            paths = [path for path in paths if not any(part in ("openssl", "posix", "net", "trace") for part in path.parts)]
            layer = layer_of(member, paths)
        layers[layer] += size
        objects[layer, member] += size
    return layers, objects


def counted_flash(layers):
    """TLS, X.509 and crypto with libgcc; without MQTT, the C library and the firmware around."""
    return sum(size for layer, size in layers.items()
               if (layer in LAYERS and layer != "mqtt") or layer in ("libbearssl", "libgcc"))


def overhead(counts):
    """Instructions of a handshake over those of its public-key, AEAD and hash calls."""
    return counts["instructions"] / (counts["public_key"] + counts["aead"] + counts["hash"])


# ---- everything

def measure():
    facts = {}
    for name in BUILDS:
        tree = build(name)
        profile = BUILDS[name][0]
        identity, root = identity_of(profile), pki().root("rsa" if profile == "aws" else "ecdsa")
        static = static_ram(tree)
        layers, objects = flash(tree)
        facts[name] = {"static": static, "structs": struct_sizes(tree), "flash": dict(layers),
                       "flash counted": counted_flash(layers), "objects": {f"{a}/{b}": n for (a, b), n in objects.items()},
                       "runs": {}}
        for version in (13, 12):
            for case in SCENARIOS:
                if version == 12 and case in ("retry", "update"):
                    continue
                plain, counted = scenario(tree, case, version, identity, root)
                facts[name]["runs"][f"{case} 1.{version - 10}"] = {
                    "stack": plain.number("stack used"), "lowest": plain.number("stack begins at") - plain.counts["lowest"],
                    "ram": sum(static.values()) + plain.number("stack used"), **counted.counts}
    return facts


def show(facts):
    for name, fact in facts.items():
        print(f"\n{name}: static {sum(fact['static'].values())} = {fact['static']}")
        print(f"  structs {fact['structs']}")
        print(f"  flash {fact['flash counted']} of {fact['flash']}")
        for case, counts in fact["runs"].items():
            print(f"  {case:16} RAM {counts['ram']:6} stack {counts['stack']:5} ({counts['lowest']:5}) "
                  f"instructions {counts['instructions']:10} x{overhead(counts):.4f} operations {counts['operations']} "
                  f"longest call {counts['longest_call']:9}")


def main():
    gone = emulator.missing(TARGET)
    if gone:
        sys.exit(f"measure.py: {gone} is not installed; firmware/run installs what is missing")
    facts = measure()
    if sys.argv[1:] == ["--json"]:
        print(json.dumps(facts, indent=1))
    else:
        show(facts)


if __name__ == "__main__":
    main()
