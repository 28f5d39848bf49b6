#!/usr/bin/env python3
"""Makes tls12.txt: known answers for the TLS 1.2 key schedule and records.

usage: tls12.py > tls12.txt

PRF, extended master secret, key expansion and Finished are RFC 5246 5, 6.3, 7.4.9 and RFC 7627 4
over hmac and hashlib; records are sealed with the Python package "cryptography". Inputs are counted
bytes, so every run gives the same file.
"""
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

SUITES = [  # number, hash, key size, salt size, AEAD
    ("c02b", "sha256", 16, 4, AESGCM),
    ("c02f", "sha256", 16, 4, AESGCM),
    ("c02c", "sha384", 32, 4, AESGCM),
    ("c030", "sha384", 32, 4, AESGCM),
    ("c0ac", "sha256", 16, 4, AESCCM),
    ("cca8", "sha256", 32, 12, ChaCha20Poly1305),
    ("cca9", "sha256", 32, 12, ChaCha20Poly1305),
]
# The usual vector for the PRF with SHA-256 (IETF TLS list, 2008): secret, seed, 100 bytes.
KNOWN = ("9bbe436ba940f017b17652849a71db35", "a0ba9f936cda311827a6f796ffd5198c",
         "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
         "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
         "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
         "87347b66")


def prf(name, secret, label, seed, length):
    seed = label.encode() + seed
    out, a = b"", seed
    while len(out) < length:
        a = hmac.new(secret, a, getattr(hashlib, name)).digest()
        out += hmac.new(secret, a + seed, getattr(hashlib, name)).digest()
    return out[:length]


def counted(start, length):
    return bytes((start + i) & 255 for i in range(length))


def show(name, value):
    text = value.hex()
    print("%s =" % name)
    for at in range(0, len(text), 96):
        print("  " + text[at:at + 96])


def seal(aead, key, iv, sequence, kind, content):
    number = sequence.to_bytes(8, "big")
    ad = number + bytes([kind, 3, 3]) + len(content).to_bytes(2, "big")
    if len(iv) == 4:  # RFC 5288 3, with the sequence number as explicit nonce
        nonce, front = iv + number, number
    else:  # RFC 7905 2
        nonce, front = bytes(a ^ b for a, b in zip(iv, b"\0\0\0\0" + number)), b""
    body = front + aead(key).encrypt(nonce, content, ad)
    return bytes([kind, 3, 3]) + len(body).to_bytes(2, "big") + body


def suite(number, name, key, salt, aead):
    size = hashlib.new(name).digest_size
    premaster, session = counted(1, 32), counted(0x40, size)
    client, server = counted(0x80, 32), counted(0xc0, 32)
    print("\n[%s]" % number)
    show("premaster", premaster)
    show("session_hash", session)
    show("client_random", client)
    show("server_random", server)
    master = prf(name, premaster, "extended master secret", session, 48)
    show("master", master)
    block = prf(name, master, "key expansion", server + client, 2 * key + 2 * salt)
    show("key_block", block)
    client_key, server_key = block[:key], block[key:2 * key]
    client_iv, server_iv = block[2 * key:2 * key + salt], block[2 * key + salt:]
    show("client_iv", client_iv)
    show("server_iv", server_iv)
    show("client_finished", prf(name, master, "client finished", session, 12))
    show("server_finished", prf(name, master, "server finished", session, 12))
    show("content", counted(7, 50))
    for side, k, iv in (("client", client_key, client_iv), ("server", server_key, server_iv)):
        show(side + "_record_0", seal(aead, k, iv, 0, 22, counted(7, 50)))
        show(side + "_record_1", seal(aead, k, iv, 1, 23, counted(7, 50)))


def main():
    secret, seed, out = (bytes.fromhex(text) for text in KNOWN)
    assert prf("sha256", secret, "test label", seed, len(out)) == out
    print("# Known answers of the TLS 1.2 key schedule; made by tls12.py.")
    for name in ("sha256", "sha384"):
        print("\n[prf-%s]" % name)
        show("secret", secret)
        show("seed", seed)
        for length in (1, 12, 31, 32, 33, 47, 48, 49, 100, 104):
            show("out_%d" % length, prf(name, secret, "test label", seed, length))
        show("long_secret", counted(3, 200))  # longer than HMAC's block
        show("from_long", prf(name, counted(3, 200), "test label", seed, 48))
    for row in SUITES:
        suite(*row)


main()
