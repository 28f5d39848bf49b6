#!/usr/bin/env python3
"""Makes export.txt: known answers for keying material exporters.

usage: export.py > export.txt

TLS 1.3 is RFC 8446 7.5, TLS 1.2 is RFC 5705 4, both over hmac and hashlib, apart from the library
under test. Inputs are counted bytes; the sections named after RFC 8448's traces take the exporter
master secret from rfc8448.txt, of which the one of "simple" is checked against the RFC's text. Of
long output only the SHA-256 stands in the file. Every run gives the same file.
"""
import hashlib
import hmac
import os

RFC8448 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rfc8448.txt")
SIMPLE = "fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50"
LABEL = "EXPORTER-handfast-test"
LONGEST = "L" * 249
CONTEXT = bytes(range(0x30, 0x3a))


def expand_label(name, secret, label, context, length):
    label = b"tls13 " + label.encode()
    info = length.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(context)]) + context
    out, block, count = b"", b"", 1
    while len(out) < length:
        block = hmac.new(secret, block + info + bytes([count]), name).digest()
        out, count = out + block, count + 1
    return out[:length]


def export13(name, secret, label, context, length):
    size = hashlib.new(name).digest_size
    derived = expand_label(name, secret, label, hashlib.new(name, b"").digest(), size)
    return expand_label(name, derived, "exporter", hashlib.new(name, context or b"").digest(), length)


def export12(name, secret, label, context, length):
    seed = label.encode() + counted(0x80, 32) + counted(0xc0, 32)
    if context is not None:
        seed += len(context).to_bytes(2, "big") + context
    out, a = b"", seed
    while len(out) < length:
        a = hmac.new(secret, a, name).digest()
        out += hmac.new(secret, a + seed, name).digest()
    return out[:length]


def counted(start, length):
    return bytes((start + i) & 255 for i in range(length))


def show(name, value):
    text = value.hex()
    print("%s =" % name)
    for at in range(0, len(text), 96):
        print("  " + text[at:at + 96])


def section(title, export, name, secret):
    size = hashlib.new(name).digest_size
    print("\n[%s]" % title)
    show("secret", secret)
    show("none", export(name, secret, LABEL, None, 40))
    show("empty", export(name, secret, LABEL, b"", 40))
    show("context", export(name, secret, LABEL, CONTEXT, 40))
    show("long_context", export(name, secret, LABEL, counted(9, 65535), 40))
    show("one_byte", export(name, secret, LABEL, None, 1))
    show("short_label", export(name, secret, "x", CONTEXT, size + 1))
    show("long_label", export(name, secret, LONGEST, CONTEXT, size))
    show("longest", hashlib.sha256(export(name, secret, LABEL, None, 255 * size)).digest())


def exporter_secrets():
    title, lines = None, iter(open(RFC8448, encoding="ascii"))
    for line in lines:
        if line.startswith("["):
            title = line.strip("[]\n")
        if line == "exp_master =\n":
            yield title, bytes.fromhex(next(lines).strip())


def main():
    print("# Known answers of keying material exporters; made by export.py.")
    section("tls13-sha256", export13, "sha256", counted(1, 32))
    section("tls13-sha384", export13, "sha384", counted(1, 48))
    section("tls12-sha256", export12, "sha256", counted(1, 48))
    section("tls12-sha384", export12, "sha384", counted(1, 48))
    traces = dict(exporter_secrets())
    assert traces["simple"].hex() == SIMPLE
    for title, secret in traces.items():
        section(title, export13, "sha256", secret)


main()
