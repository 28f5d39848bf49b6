"""handfast identity csr and convert: openssl reads what they write, and writes what they read; file modes,
nothing overwritten, each refusal with its exit code and its words."""
import ssl
import sys

import support
from identity_rig import LOCAL, USAGE, identity, make, mode_of, openssl, passwords, refused, spki_of_key
from support import check, contains, folder, same

# ---- csr


def test_csr_of_a_device_and_a_server():
    with folder() as base:
        identity("csr", "--id", "thing-0001", "--serial-number", "SN-7", "--out", base / "d")
        csr, key = base / "d/thing-0001.csr", base / "d/thing-0001.key"
        same(mode_of(key), "0o600", "mode of the key")
        text = openssl("req", "-in", csr, "-noout", "-text", "-verify", "-nameopt", "RFC2253").stdout
        contains(text, "Subject: CN=thing-0001,serialNumber=SN-7\n")
        contains(text, "NIST CURVE: P-256")
        contains(text, "TLS Web Client Authentication")
        same(openssl("req", "-in", csr, "-noout", "-pubkey").stdout,
             openssl("pkey", "-in", key, "-pubout").stdout, "its key")
        identity("csr", "--name", "a.example", "--ip", "192.0.2.1", "--key", "rsa2048", "--out", base)
        text = openssl("req", "-in", base / "a.example.csr", "-noout", "-text", "-verify").stdout
        contains(text, "DNS:a.example, IP Address:192.0.2.1")
        contains(text, "TLS Web Server Authentication")
        contains(text, "Public-Key: (2048 bit)")
        shown = identity("show", csr, key).stdout
        contains(shown, "right: its maker has the key")
        contains(shown, f"the certificate request in {csr}\n")


def test_csr_leads_to_an_identity():
    """A CA elsewhere issues what was asked for; a handshake would take it."""
    with folder() as base:
        identity("ca", "--out", base)
        identity("csr", "--name", "a.example", "--out", base)
        openssl("x509", "-req", "-in", base / "a.example.csr", "-CA", base / "ca.pem", "-CAkey", base / "ca.key",
                "-copy_extensions", "copy", "-out", base / "a.pem", "-days", "9", "-CAcreateserial")
        identity("verify", base / "a.pem", "--ca", base / "ca.pem", "--name", "a.example")


def test_csr_with_a_key_that_is_there():
    with folder() as base:
        old, new = passwords(base)
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", base / "k.pem",
                "-aes256", "-pass", f"file:{old}")
        identity("csr", "--id", "t", "--key", base / "k.pem", "--password-file", old, "--out", base)
        check(not (base / "t.key").exists(), "the key is not written again")
        contains(openssl("req", "-in", base / "t.csr", "-noout", "-text", "-verify").stdout, "ecdsa-with-SHA384")
        refused(LOCAL, "The private key is encrypted.", "csr", "--id", "u", "--key", base / "k.pem", "--out", base)
        refused(LOCAL, "The password does not open it.", "csr", "--id", "u", "--key", base / "k.pem",
                "--password-file", new, "--out", base)
        identity("ca", "--out", base)
        refused(LOCAL, "The file holds no private key.", "csr", "--id", "u", "--key", base / "ca.pem", "--out", base)
        check(not (base / "u.csr").exists(), "nothing was written")


def test_csr_refuses():
    with folder() as base:
        refused(USAGE, "Who it is for is missing", "csr", "--out", base)
        refused(USAGE, "not both", "csr", "--id", "x", "--name", "a.example", "--out", base)
        refused(USAGE, "--serial-number is a device's.", "csr", "--name", "a.example", "--serial-number", "1")
        refused(USAGE, "This is no host name.", "csr", "--name", "a_b", "--out", base)
        refused(USAGE, "--password-file needs a file", "csr", "--id", "x", "--password-file", "p")
        refused(USAGE, "There is a word too many.", "csr", "--id", "x", "y")
        same(list(base.iterdir()), [], "nothing was written")


# ---- convert


def test_convert_to_pkcs12_and_back():
    with folder() as base:
        root, chain, key = make(base)
        _, new = passwords(base)
        both = base / "both.p12"
        identity("convert", key, chain, "--to", "p12", "--out", both, "--new-password-file", new)
        same(mode_of(both), "0o600", "mode")
        told = openssl("pkcs12", "-in", both, "-passin", f"file:{new}", "-nodes", "-info")
        same(told.stdout.count("BEGIN CERTIFICATE"), 2, "certificates")
        contains(told.stderr, "AES-256-CBC")
        contains(told.stderr, "MAC: sha256")
        shown = identity("show", both).stdout
        contains(shown, "PKCS#12, encrypted")
        check("CN=server" not in shown, "nothing is known without the password")
        contains(identity("show", both, "--password-file", new).stdout, "belong together")
        identity("convert", both, "--to", "pem", "--out", base / "back.pem", "--password-file", new)
        same(mode_of(base / "back.pem"), "0o600", "mode of PEM with a key")
        contains((base / "back.pem").read_text(), chain.read_text(), "the certificates as they were")
        same(spki_of_key(base / "back.pem"), spki_of_key(key), "the key")
        identity("verify", base / "back.pem", "--ca", root, "--name", "broker.example")


def test_convert_reads_pkcs12_of_openssl():
    with folder() as base:
        _, chain, key = make(base)
        old, _ = passwords(base)
        for name, word in (("with.p12", f"file:{old}"), ("without.p12", "pass:")):
            openssl("pkcs12", "-export", "-in", chain, "-inkey", key, "-out", base / name, "-passout", word)
        same(identity("show", base / "with.p12", "--password-file", old).stdout.replace("with.p12", ""),
             identity("show", base / "without.p12").stdout.replace("without.p12", ""), "with and without a password")
        refused(LOCAL, "The password does not open it.", "show", base / "without.p12", "--password-file", old)


def test_convert_keys():
    with folder() as base:
        old, new = passwords(base)
        openssl("genrsa", "-traditional", "-aes128", "-passout", f"file:{old}", "-out", base / "k.pem", "2048")
        digest = spki_of_key(base / "k.pem", "-passin", f"file:{old}")
        given = ("--password-file", old)
        identity("convert", base / "k.pem", "--to", "pkcs8", "--out", base / "plain.pem", *given)
        contains((base / "plain.pem").read_text(), "-----BEGIN PRIVATE KEY-----")
        same(spki_of_key(base / "plain.pem"), digest, "plain")
        identity("convert", base / "k.pem", "--to", "pkcs8", "--out", base / "locked.pem", *given,
                 "--new-password-file", new)
        contains((base / "locked.pem").read_text(), "-----BEGIN ENCRYPTED PRIVATE KEY-----")
        same(spki_of_key(base / "locked.pem", "-passin", f"file:{new}"), digest, "encrypted anew")
        identity("convert", base / "locked.pem", "--to", "der", "--out", base / "k.der", "--password-file", new)
        same(spki_of_key(base / "k.der", "-inform", "DER"), digest, "DER")
        identity("convert", base / "k.der", "--to", "der", "--out", base / "l.der", "--new-password-file", new)
        same(spki_of_key(base / "l.der", "-inform", "DER", "-passin", f"file:{new}"), digest, "encrypted DER")
        for name in ("plain.pem", "locked.pem", "k.der", "l.der"):
            same(mode_of(base / name), "0o600", name)


def test_convert_certificates_and_requests():
    with folder() as base:
        root, _, _ = make(base)
        identity("convert", root, "--to", "der", "--out", base / "root.der")
        same((base / "root.der").read_bytes(), ssl.PEM_cert_to_DER_cert(root.read_text()), "DER")
        same(mode_of(base / "root.der"), "0o644", "a certificate is no secret")
        identity("convert", base / "root.der", "--to", "pem", "--out", base / "again.pem")
        same((base / "again.pem").read_text(), root.read_text(), "PEM again")
        identity("csr", "--id", "t", "--out", base)
        identity("convert", base / "t.csr", "--to", "der", "--out", base / "csr.der")
        openssl("req", "-in", base / "csr.der", "-inform", "DER", "-noout", "-verify")


def test_convert_refuses():
    with folder() as base:
        root, chain, key = make(base)
        old, new = passwords(base)
        out = ("--out", base / "out")
        refused(USAGE, "The file is missing.", "convert", "--to", "pem", *out)
        refused(USAGE, "The form is missing", "convert", key, *out)
        refused(USAGE, "The file to write is missing", "convert", key, "--to", "pem")
        refused(USAGE, "There is no such form", "convert", key, "--to", "jks", *out)
        refused(USAGE, "A DER file holds one thing", "convert", chain, "--to", "der", *out)
        refused(USAGE, "--to pkcs8 needs one private key.", "convert", chain, "--to", "pkcs8", *out)
        refused(USAGE, "PKCS#12 needs a password", "convert", key, chain, "--to", "p12", *out)
        secret = ("--new-password-file", new)
        refused(USAGE, "--to p12 needs one private key and its certificate.", "convert", key, "--to", "p12", *out, *secret)
        refused(LOCAL, "The private key belongs to none of the certificates.", "convert", key, root, "--to", "p12",
                *out, *secret)
        refused(USAGE, "there is no private key to encrypt", "convert", root, "--to", "pem", *out, *secret)
        (base / "parameters.pem").write_text(openssl("ecparam", "-name", "prime256v1").stdout)
        refused(LOCAL, "There is no certificate, key or request", "convert", base / "parameters.pem", "--to", "der", *out)
        identity("convert", key, "--to", "pkcs8", "--out", base / "locked", "--new-password-file", old)
        refused(LOCAL, "The file is encrypted.", "convert", base / "locked", "--to", "pem", *out)
        refused(LOCAL, "The password does not open it.", "convert", base / "locked", "--to", "pem", *out,
                "--password-file", new)
        (base / "empty").write_text("\n")
        refused(LOCAL, "A password file is empty", "convert", key, "--to", "pem", *out,
                "--new-password-file", base / "empty")
        refused(LOCAL, "A file cannot be written.", "convert", key, "--to", "pem", "--out", base / "none/out")
        check(not (base / "out").exists(), "nothing was written")
        same([path.name for path in base.iterdir() if path.name.startswith("out")], [], "no part of a file stays")


def test_nothing_is_overwritten_without_force():
    with folder() as base:
        _, _, key = make(base)
        out = base / "out"
        out.write_text("mine")
        out.chmod(0o644)
        told = refused(LOCAL, "Nothing was written.", "convert", key, "--to", "pem", "--out", out)
        contains(told, "exists already")
        contains(told, "--force")
        same(out.read_text(), "mine", "the file")
        identity("convert", key, "--to", "pem", "--out", out, "--force")
        same((mode_of(out), spki_of_key(out)), ("0o600", spki_of_key(key)), "replaced, and a secret")
        identity("csr", "--id", "t", "--out", base)
        before = (base / "t.key").read_text()
        (base / "t.csr").unlink()
        refused(LOCAL, "exists already", "csr", "--id", "t", "--out", base)
        check(not (base / "t.csr").exists(), "none of several is written")
        same((base / "t.key").read_text(), before, "the key")
        identity("csr", "--id", "t", "--out", base, "--force")
        check((base / "t.key").read_text() != before, "replaced by force")


support.main(sys.modules[__name__])
