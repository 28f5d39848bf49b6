"""handfast identity show and verify: what openssl wrote is shown right; each refusal with its exit code and
its words."""
import hashlib
import re
import ssl
import sys
from datetime import datetime, timedelta, timezone

import support
from identity_rig import CERTIFICATE, LOCAL, USAGE, identity, make, openssl, passwords, refused, spki_of_key
from support import check, contains, folder, same


def line_of(text, label):
    found = re.search(rf"^  {label} +(.*)$", text, re.M)
    check(found, f"no line {label!r} in {text}")
    return found.group(1)


def in_days(days):
    return (datetime.now(timezone.utc) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


# ---- show


def test_show_a_certificate():
    with folder() as base:
        _, chain, key = make(base)
        leaf = base / "broker.example.pem"
        der = ssl.PEM_cert_to_DER_cert(leaf.read_text())
        shown = identity("show", leaf).stdout
        same(line_of(shown, "subject"), "CN=server", "subject")
        same(line_of(shown, "issuer"), "CN=Test line, O=Handfast tests, C=XX", "issuer")
        serial = openssl("x509", "-in", leaf, "-noout", "-serial").stdout.strip().split("=")[1]
        same(line_of(shown, "serial"), serial.lower(), "serial")
        contains(line_of(shown, "valid"), "364 days left")
        same(line_of(shown, "key"), "P-256", "key")
        same(line_of(shown, "signed with"), "ecdsa-with-SHA256", "signature")
        same(line_of(shown, "SHA-256"), hashlib.sha256(der).hexdigest(), "SHA-256")
        same(line_of(shown, "SHA-256 of key"), spki_of_key(key), "SHA-256 of key")
        contains(shown, "Key Usage (critical): Digital Signature\n")
        contains(shown, "Extended Key Usage: TLS Web Server Authentication\n")
        contains(shown, "Subject Alternative Name: DNS:broker.example\n")
        check("broker.example.pem: certificate" in shown, "the head of the only one")
        both = identity("show", chain).stdout
        contains(both, "broker.example.chain.pem, 2 of 2: certificate\n")
        contains(both, "Basic Constraints (critical): CA:TRUE\n")


def test_show_sizes_by_part():
    """Each size is that of openssl's own parse, and together they are the certificate."""
    with folder() as base:
        make(base)
        leaf = base / "broker.example.pem"
        der = ssl.PEM_cert_to_DER_cert(leaf.read_text())
        shown = identity("show", leaf).stdout
        parts = {name: int(size) for size, name in re.findall(r"^ {4} *(\d+)  (.*)$", shown, re.M)}
        same(int(line_of(shown, r"size \(DER\)").split()[0]), len(der), "total")
        same(sum(parts.values()), len(der), "sum of the parts")
        rows = re.findall(r"^ *\d+:d=(\d+) +hl=(\d+) l= *(\d+) (?:cons|prim): (.*?) *(?::.*)?$",
                          openssl("asn1parse", "-in", leaf).stdout, re.M)
        inside = [int(head) + int(body) for depth, head, body, kind in rows if depth == "2" and kind == "SEQUENCE"]
        same([parts["issuer"], parts["subject"], parts["public key"]], [inside[1], inside[3], inside[4]],
             "issuer, subject, key")
        bits = [int(head) + int(body) for depth, head, body, kind in rows if depth == "1" and kind == "BIT STRING"]
        same(parts["signature"], bits[0], "signature")
        extensions = [int(head) + int(body) for depth, head, body, kind in rows
                      if depth == "4" and kind == "SEQUENCE"]
        same([size for name, size in parts.items() if name.startswith("extension ")], extensions[-4:], "extensions")


def test_show_what_handshakes_do_not_take():
    """Another maker's certificates: constraints on names, kinds of key and signature, an expired one."""
    with folder() as base:
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", base / "k", "-out", base / "c.pem",
                "-sha1", "-days", "9", "-subj", "/CN=a\x1b[31m,b", "-addext", "nameConstraints=permitted;DNS:x.example",
                "-addext", "1.2.3.4=DER:0500")
        shown = identity("show", base / "c.pem", base / "k").stdout
        check("\x1b" not in shown, "no control characters")
        same(line_of(shown, "key"), "RSA 2048", "key")
        contains(line_of(shown, "signed with"), "too weak or not known")
        contains(shown, "Name Constraints: Permitted: DNS:x.example\n")
        contains(shown, "extension        1.2.3.4: 2 bytes that are not looked into\n")
        contains(shown, "belong together: the private key in")
        openssl("req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", base / "e", "-out", base / "e.pem",
                "-subj", "/CN=e")
        contains(identity("show", base / "e.pem").stdout, "ED25519 (handshakes do not take it)")
        identity("ca", "--out", base)
        (base / "long.der").write_bytes(ssl.PEM_cert_to_DER_cert((base / "ca.pem").read_text()) + b"\0")
        contains(line_of(identity("show", base / "long.der").stdout, "unacceptable"), "HF_E_CERT_SYNTAX")
        identity("device", "--ca", base, "--out", base, "--id", "old", "--not-after", "2020-01-01T00:00:00Z")
        contains(line_of(identity("show", base / "old.pem").stdout, "valid"), "EXPIRED")


def test_show_keys_of_every_form():
    with folder() as base:
        old, new = passwords(base)
        openssl("ecparam", "-name", "secp384r1", "-genkey", "-out", base / "sec1.pem")
        openssl("pkey", "-in", base / "sec1.pem", "-outform", "DER", "-out", base / "sec1.der")
        openssl("pkcs8", "-topk8", "-in", base / "sec1.pem", "-out", base / "locked.pem", "-passout", f"file:{old}")
        openssl("ec", "-in", base / "sec1.pem", "-aes128", "-passout", f"file:{old}", "-out", base / "rfc1421.pem")
        openssl("genrsa", "-traditional", "-out", base / "rsa.pem", "2048")
        openssl("pkey", "-in", base / "sec1.pem", "-pubout", "-out", base / "public.pem")
        digest = spki_of_key(base / "sec1.pem")
        for name, more, key in (("sec1.pem", (), "P-384, SEC1, not encrypted"),
                                ("locked.pem", ("--password-file", old), "P-384, PKCS#8, encrypted"),
                                ("rfc1421.pem", ("--password-file", old), "P-384, SEC1, encrypted"),
                                ("public.pem", (), "P-384")):
            shown = identity("show", base / name, *more).stdout
            same(line_of(shown, "key"), key, name)
            same(line_of(shown, "SHA-256 of key"), digest, name)
        contains(identity("show", base / "sec1.pem").stdout, "1 of 2: a PEM block that is not looked at")
        same(line_of(identity("show", base / "sec1.der").stdout, "SHA-256 of key"), digest, "DER")
        same(line_of(identity("show", base / "rsa.pem").stdout, "key"), "RSA 2048, PKCS#1, not encrypted", "RSA")
        for name in ("locked.pem", "rfc1421.pem"):
            shown = identity("show", base / name).stdout
            contains(shown, "--password-file")
            check("SHA-256" not in shown, "nothing is known of a locked key")
            refused(LOCAL, "The password does not open it.", "show", base / name, "--password-file", new)


def test_show_never_shows_a_secret():
    with folder() as base:
        _, _, key = make(base)
        secret = re.findall(r"^priv:\n((?: +[0-9a-f:]+\n)+)", openssl("pkey", "-in", key, "-noout", "-text").stdout, re.M)
        digits = re.sub(r"[^0-9a-f]", "", secret[0])
        check(len(digits) >= 60, "the secret was read")
        check(digits not in identity("show", key).stdout.replace(":", ""), "not in the output")


def test_show_says_what_belongs_together():
    with folder() as base:
        root, chain, key = make(base)
        contains(identity("show", key, chain).stdout,
                 f"belong together: the private key in {key} and the certificate in {chain}\n")
        contains(identity("show", key, root).stdout,
                 f"on its own: the private key in {key} belongs to no certificate here\n")


def test_show_refuses():
    with folder() as base:
        _, chain, _ = make(base)
        (base / "text").write_text("nothing\n")
        (base / "empty").write_text("")
        (base / "cut.pem").write_text(chain.read_text()[:200])
        (base / "wrong.pem").write_text("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")
        refused(USAGE, "The file is missing.", "show")
        refused(USAGE, "There is no such option", "show", "--what", chain)
        refused(USAGE, "An option lacks its value.", "show", chain, "--password-file")
        refused(LOCAL, "A file could not be opened.", "show", base / "none")
        refused(LOCAL, "The file holds nothing of an identity.", "show", base / "text")
        refused(LOCAL, "The file holds nothing of an identity.", "show", base / "empty")
        refused(LOCAL, "A PEM block cannot be read.", "show", base / "cut.pem")
        refused(LOCAL, "A PEM block is not what it says it is.", "show", base / "wrong.pem")


# ---- verify


def test_verify_accepts():
    with folder() as base:
        root, chain, _ = make(base)
        done = identity("verify", chain, "--ca", root, "--name", "broker.example").stdout
        contains(done, f"ok: {chain} is good for a server called broker.example at ")
        contains(done, "path   0  CN=server\n")
        contains(done, "path   1  CN=Test line, ")
        contains(done, "anchor 2  CN=Test root, ")
        contains(identity("verify", chain, "--ca", root).stdout, "the name was not checked")
        leaf = base / "broker.example.pem"
        identity("verify", leaf, root, base / "line/ca.pem", "--ca", root)  # in any order, with one too many
        openssl("x509", "-in", leaf, "-outform", "DER", "-out", base / "leaf.der")
        identity("verify", base / "leaf.der", base / "line/ca.pem", "--ca", root, "--time", "2027-01-31T12:00:00Z")
        identity("device", "--ca", base / "line", "--out", base, "--id", "thing")
        contains(identity("verify", base / "thing.chain.pem", "--ca", root, "--for", "client").stdout,
                 "is good for a client at ")


def test_verify_says_what_a_handshake_would():
    with folder() as base:
        root, chain, key = make(base)
        identity("ca", "--out", base / "other", "--name", "Test root")
        leaf = base / "broker.example.pem"
        trust = ("--ca", root)
        identity("device", "--ca", base / "line", "--out", base, "--id", "later", "--not-before", in_days(100))
        identity("csr", "--name", "below.example", "--out", base)
        openssl("x509", "-req", "-in", base / "below.example.csr", "-CA", leaf, "-CAkey", key, "-out",
                base / "below.pem", "-copy_extensions", "copy", "-CAcreateserial")
        for name, depth, arguments in (
                ("CERT_NAME", 0, (chain, *trust, "--name", "other.example")),
                ("CERT_EXPIRED", 0, (chain, *trust, "--time", "2040-01-01T00:00:00Z")),
                ("CERT_PURPOSE", 0, (chain, *trust, "--for", "client")),
                ("CERT_UNKNOWN_CA", 0, (leaf, *trust)),
                ("CERT_NOT_YET_VALID", 0, (base / "later.pem", base / "line/ca.pem", *trust, "--for", "client")),
                ("CERT_NOT_CA", 1, (base / "below.pem", leaf, base / "line/ca.pem", *trust))):
            words = refused(CERTIFICATE, f"HF_E_{name} (", "verify", *arguments)
            contains(words, f"certificate {depth}")
        # An intermediate that has expired while the leaf is valid: depth 1.
        identity("ca", "--out", base / "short", "--name", "Short", "--issuer", base / "root", "--days", "10")
        identity("server", "--ca", base / "short", "--out", base, "--name", "s.example", "--days", "300")
        words = refused(CERTIFICATE, "HF_E_CERT_EXPIRED (", "verify", base / "s.example.chain.pem", *trust,
                        "--time", in_days(100))
        contains(words, "certificate 1")
        refused(LOCAL, "HF_E_CLOCK_IMPLAUSIBLE (", "verify", chain, *trust, "--time", "2020-01-01T00:00:00Z")
        # A CA of the right name and another key.
        refused(CERTIFICATE, "HF_E_CERT_UNKNOWN_CA (", "verify", chain, "--ca", base / "other/ca.pem")
        damaged = bytearray(ssl.PEM_cert_to_DER_cert(leaf.read_text()))
        damaged[-1] ^= 1
        (base / "damaged.der").write_bytes(damaged)
        refused(CERTIFICATE, "HF_E_CERT_SIGNATURE (", "verify", base / "damaged.der", base / "line/ca.pem", *trust)


def test_verify_refuses_a_wrong_command():
    with folder() as base:
        root, chain, key = make(base)
        refused(USAGE, "The certificate is missing.", "verify", "--ca", root)
        refused(USAGE, "The CA to trust is missing (--ca FILE).", "verify", chain)
        refused(USAGE, "--for takes server or client.", "verify", chain, "--ca", root, "--for", "fun")
        refused(USAGE, "--name is a server's", "verify", chain, "--ca", root, "--for", "client", "--name", "x")
        refused(USAGE, "This is no time in RFC 3339's form.", "verify", chain, "--ca", root, "--time", "noon")
        refused(USAGE, "HF_E_NAME_SYNTAX", "verify", chain, "--ca", root, "--name", "a b")
        refused(LOCAL, "HF_E_PEM_EMPTY", "verify", key, "--ca", root)
        refused(LOCAL, "HF_E_PEM_EMPTY", "verify", chain, "--ca", key)
        refused(LOCAL, "A file could not be opened.", "verify", base / "none", "--ca", root)


def test_words_that_are_no_command():
    refused(USAGE, "There is no such thing to do", "sell")
    refused(USAGE, "What to do is missing")
    for word in ("show", "verify", "csr", "convert"):
        told = identity(word, "--help").stdout
        contains(told, "example")
        contains(told, f"handfast identity {word} ")


support.main(sys.modules[__name__])
