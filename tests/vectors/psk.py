#!/usr/bin/env python3
"""Makes psk.txt: known answers for early secrets of PSKs, their binders, and PSKs of tickets.

usage: psk.py > psk.txt

RFC 8446 4.2.11.2, 4.6.1 and 7.1, with the label of RFC 9258 5.2, over hmac and hashlib, apart from
the library under test. Inputs are counted bytes; the way it computes is checked first against the
binder and the PSK that stand in RFC 8448. Every run gives the same file.
"""
import hashlib
import hmac

LABELS = {"resumption": "res binder", "external": "ext binder", "imported": "imp binder"}

# RFC 8448: "PRK" of the resumption PSK's ticket (section 3), "hash" and binder (section 4)
RES_MASTER = "7df235f2031d2a051287d02b0241b0bfdaf86cc856231f2d5aba46c434ec196c"
PSK = "4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3"
HASH = "63224b2e4573f2d3454ca84b9d009a04f6be9e05711a8396473aefa01e924a14"
BINDER = "3add4fb2d8fdf822a0ca3cf7678ef5e88dae990141c5924d57bb6fa31b9e5f9d"


def mac(name, key, data):
    return hmac.new(key, data, name).digest()


def expand_label(name, secret, label, context, length):
    label = b"tls13 " + label.encode()
    info = length.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(context)]) + context
    out, block, count = b"", b"", 1
    while len(out) < length:
        block = mac(name, secret, block + info + bytes([count]))
        out, count = out + block, count + 1
    return out[:length]


def early_secret(name, psk):
    return mac(name, bytes(hashlib.new(name).digest_size), psk)


def binder(name, early, label, transcript):
    size = len(early)
    key = expand_label(name, early, label, hashlib.new(name, b"").digest(), size)
    return mac(name, expand_label(name, key, "finished", b"", size), transcript)


def ticket_psk(name, resumption, nonce):
    return expand_label(name, resumption, "resumption", nonce, len(resumption))


def counted(start, length):
    return bytes((start + i) & 255 for i in range(length))


def show(name, value):
    text = value.hex()
    print("%s =" % name)
    for at in range(0, len(text), 96):
        print("  " + text[at:at + 96])


def section(name):
    size = hashlib.new(name).digest_size
    psk, transcript = counted(1, size), hashlib.new(name, b"ClientHello").digest()
    early = early_secret(name, psk)
    print("\n[%s]" % name)
    show("psk", psk)
    show("early", early)
    show("transcript", transcript)
    for title, label in LABELS.items():
        show(title, binder(name, early, label, transcript))
    resumption = counted(0x60, size)
    show("res_master", resumption)
    for title, length in [("empty", 0), ("two", 2), ("longest", 255)]:
        show("psk_of_" + title, ticket_psk(name, resumption, counted(7, length)))


def main():
    psk = ticket_psk("sha256", bytes.fromhex(RES_MASTER), b"\0\0")
    assert psk.hex() == PSK
    rfc = binder("sha256", early_secret("sha256", psk), "res binder", bytes.fromhex(HASH))
    assert rfc.hex() == BINDER
    print("# Known answers of PSKs: early secret, binders, PSK of a ticket; made by psk.py.")
    section("sha256")
    section("sha384")


main()
