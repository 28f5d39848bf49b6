#!/usr/bin/env python3
"""Makes external_psk.txt: known answers for external PSKs and their import.

usage: external_psk.py > external_psk.txt

The importer is RFC 9258 4.1, early secret and binder are RFC 8446 7.1 and 4.2.11.2, all over hmac
and hashlib, apart from the library under test. Inputs are counted bytes. Every run gives the same
file.
"""
import hashlib
import hmac

KDFS = {"sha256": 1, "sha384": 2}


def counted(start, length):
    return bytes((start + i) & 255 for i in range(length))


def vec16(value):
    return len(value).to_bytes(2, "big") + value


def extract(name, salt, key):
    return hmac.new(salt or bytes(hashlib.new(name).digest_size), key, name).digest()


def expand_label(name, secret, label, context, length):
    label = b"tls13 " + label.encode()
    info = length.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(context)]) + context
    out, block, count = b"", b"", 1
    while len(out) < length:
        block = hmac.new(secret, block + info + bytes([count]), name).digest()
        out, count = out + block, count + 1
    return out[:length]


def binder(name, early, label, transcript):
    size = hashlib.new(name).digest_size
    key = expand_label(name, early, label, hashlib.new(name, b"").digest(), size)
    finished = expand_label(name, key, "finished", b"", size)
    return hmac.new(finished, transcript, name).digest()


def show(name, value):
    text = value.hex()
    print("%s =" % name)
    for at in range(0, len(text), 96):
        print("  " + text[at:at + 96])


def section(title, name, identity, key, context, plain):
    size = hashlib.new(name).digest_size
    wire, psk = identity, key
    if not plain:
        wire = vec16(identity) + vec16(context) + b"\x03\x04" + KDFS[name].to_bytes(2, "big")
        hashed = hashlib.new(name, wire).digest()
        psk = expand_label(name, extract(name, b"", key), "derived psk", hashed, size)
    early = extract(name, b"", psk)
    print("\n[%s]" % title)
    show("identity", identity)
    show("key", key)
    if context:
        show("context", context)
    show("wire", wire)
    show("early", early)
    show("binder", binder(name, early, "ext binder" if plain else "imp binder", counted(7, size)))


def main():
    print("# Known answers of external PSKs; made by external_psk.py.")
    for name in KDFS:
        section("imported-" + name, name, b"device-1", counted(1, 32), b"", False)
        section("context-" + name, name, b"device-1", counted(1, 32), b"server=a;client=b", False)
        section("smallest-" + name, name, b"x", counted(0x40, 16), b"", False)
        section("largest-" + name, name, counted(3, 256), counted(0x80, 64), counted(9, 256), False)
        section("plain-" + name, name, b"device-1", counted(1, 32), b"", True)
        section("plain-largest-" + name, name, counted(3, 256), counted(0x80, 64), b"", True)


main()
