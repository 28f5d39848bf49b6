"""Accounts of bytes: static RAM, structs, flash by layer, stack by call chain.

RAM is what the program gives (hf_tls, configuration, buffers, session), the deepest stack, and of a crypto
library that has them its own variables and the most that it allocated. Flash is counted after the linker has
left out what is not called.
"""
import re
from collections import Counter
from pathlib import Path

import emulator
from builds import SOURCE, TARGET

LAYERS = ("error", "wire", "crypto", "signer/psa", "x509", "tls/keys", "tls/message", "tls", "mqtt")
LIBRARIES = ("libbearssl", "libmbedcrypto", "libgcc")
STATIC = ("device_tls", "device_config", "device_input", "device_output", "device_certificate", "device_session",
          "device_session_bytes")


def static_ram(tree):
    table = emulator.symbols(TARGET, tree / "client")
    ours = {name[len("device_"):]: table[name][1] for name in STATIC}
    theirs = Counter()
    for _, size, archive, _ in linked(tree, "data|bss"):
        if archive in LIBRARIES:
            theirs[archive] += size
    return {**ours, **+theirs}


def struct_sizes(tree):
    table = emulator.symbols(TARGET, tree / "sizes.o")
    return {name[len("size_of_"):]: size for name, (_, size) in table.items() if name.startswith("size_of_")}


class Sources:
    """Which source files a build has, and the frames of their functions, out of what -fstack-usage wrote."""

    def __init__(self, tree, crypto="bearssl"):
        self.frames, self.files = {}, {}
        for source in self._read(tree):
            ours = SOURCE / "src" / source.rsplit("/src/", 1)[-1]  # a cached compilation tells other folders
            self.files.setdefault(Path(source).name, {})[str(ours) if ours.exists() else source] = None
        for _ in self._read(tree.parent / crypto):
            pass  # only its frames are wanted: files of it have names of ours
        self.texts = {}

    def _read(self, tree):
        """Frames of what was compiled in a folder; its sources."""
        for path in tree.rglob("*.su"):
            for line in path.read_text().splitlines():
                place, size, _ = line.split("\t")
                source, _, _, function = place.rsplit(":", 3)
                self.frames.setdefault(function, int(size))
                yield source

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


def linked(tree, kinds):
    """(section, bytes, archive, object) of what the linker put into sections of these kinds, from its map."""
    text = (tree / "client.map").read_text()
    text = text[text.index("Linker script and memory map"):]
    text = re.sub(r"\n (\.[\w.\-$]+)\n\s+0x", r"\n \1 0x", text)  # long names stand on a line of their own
    for found in re.finditer(rf"^ (\.(?:{kinds})[\w.\-$]*)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)\s+(\S+)$", text, re.M):
        section, size, path = found.group(1), int(found.group(2), 16), found.group(3)
        inside = re.search(r"([^/]+)\.a\((.*)\)$", path)
        yield section, size, *(inside.groups() if inside else ("firmware", Path(path).name))


def flash(tree, sources):
    """{layer: bytes} and {(layer, object): bytes} of code and constants."""
    layers, objects = Counter(), Counter()
    for section, size, archive, member in linked(tree, r"text|rodata|ARM\.ex\w*|data"):
        layer = sources.layer(member, section) if archive == "libhandfast" and size > 0 else archive
        layers[layer] += size
        objects[layer, member] += size
    return +layers, +objects


def counted_flash(layers):
    """TLS, X.509 and crypto with libgcc; without MQTT, the C library and the firmware around."""
    return sum(size for layer, size in layers.items()
               if (layer in LAYERS and layer != "mqtt") or layer in LIBRARIES)


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


def overhead(counts):
    """Instructions of a handshake over those of its public-key, AEAD and hash calls."""
    return counts["instructions"] / (counts["public_key"] + counts["aead"] + counts["hash"])


def longest(counts):
    """Instructions of the longest call into the engine over those of the longest public-key operation."""
    return counts["longest_call"] / counts["longest_operation"]
