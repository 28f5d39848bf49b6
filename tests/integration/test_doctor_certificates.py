"""handfast doctor: each fault of a certificate, the server's or the device's, is named first with its remedy and exit
code, and no credentials go to a server that is not verified."""
import ssl
import sys
import time

import support
from doctor_rig import (CERTIFICATE, EC, LOCAL, REFUSED, TLS12, TLS13, Weak, at, identities, made_by_openssl, remade,
                        weak)
from support import check, run, same
from tool_peers import TlsServer


def test_expired():
    with TlsServer(remade("old", "--not-after", "2026-02-01T00:00:00Z")) as server:
        seen = at(server).is_fault("chain", "expired", CERTIFICATE, "Renew", seen="apart from its dates the path is good")
    seen.saw("name", verdict="ok")
    seen.saw("client", "not verified", verdict="skipped")
    with TlsServer(remade("old")) as server:
        at(server).is_healthy()


def test_not_yet_valid():
    with TlsServer(remade("early", "--not-before", "2090-01-01T00:00:00Z", "--not-after", "2091-01-01T00:00:00Z")) as server:
        at(server).is_fault("chain", "not-yet-valid", CERTIFICATE, "issue the certificate again")


def test_expires_soon():
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 10 * 86400))
    with TlsServer(remade("soon", "--not-after", soon)) as server:
        at(server).is_healthy().saw("chain", "expires in 9 days", verdict="warning")


def test_clock_is_not_set():
    with TlsServer(identities().server, identities().root) as server:
        at(server, "--time", "1970-01-01T00:00:10Z").is_fault("clock", "clock", LOCAL, "Set the clock")


def test_clock_is_behind_or_ahead():
    """What is in our hands was made in the past, and a CA does not expire with its device."""
    behind = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86400))
    with TlsServer(identities().server, identities().root) as server:
        at(server, "--time", behind).is_fault("clock", "clock", LOCAL, "it is behind", seen="made in the future")
        at(server, "--time", "2060-01-01T00:00:00Z").is_fault("clock", "clock", LOCAL, "ahead", seen="the CAs too")


def test_wrong_name():
    with TlsServer(remade("another", server="a.other.example")) as server:
        seen = at(server).is_fault("name", "wrong-name", CERTIFICATE, "such as a.other.example")
        seen.saw("chain", verdict="ok")
        at(server, "--servername", "a.other.example").is_healthy()


def test_no_name():
    chain = made_by_openssl("nameless", EC, identities().base / "root", names=None)
    with TlsServer(chain) as server:
        at(server).is_fault("name", "no-name", CERTIFICATE, "subjectAltName")


def test_pin():
    with TlsServer(identities().server) as server:
        at(server, "--pin", "0" * 64).is_fault("chain", "pin", CERTIFICATE, "update the pin")


def test_unknown_ca():
    made = identities()
    with TlsServer(made.server, made.root) as server:
        at(server, ca=made.other).is_fault("chain", "unknown-ca", CERTIFICATE, "Test root", "--ca")


def leaf_alone():
    chain, key = identities().server
    alone = identities().base / "alone.pem"
    end = "-----END CERTIFICATE-----\n"
    alone.write_text(chain.read_text().split(end)[0] + end)
    return alone, key


def test_missing_intermediate():
    with TlsServer(leaf_alone()) as server:
        for device in (True, False):
            at(server, device=device).is_fault("chain", "missing-intermediate", CERTIFICATE, "CN=Test line",
                                               "behind the server's own")


def test_leaf_of_an_unknown_ca_alone():
    made = identities()
    chain = made_by_openssl("stranger", EC, made.base / "other")
    with TlsServer(chain) as server:
        at(server).is_fault("chain", "unknown-ca", CERTIFICATE, "Somebody else")


def test_wrong_order():
    made = identities()
    blocks = made.server[0].read_text().split("-----END CERTIFICATE-----\n")
    leaf, line = (block + "-----END CERTIFICATE-----\n" for block in blocks[:2])
    mixed = made.base / "mixed.pem"
    mixed.write_text(leaf + made.root.read_text() + line)
    with TlsServer((mixed, made.server[1])) as server:
        at(server).is_fault("chain", "wrong-order", CERTIFICATE, "in order")


def test_root_is_sent_along():
    made = identities()
    whole = made.base / "whole.pem"
    whole.write_text(made.server[0].read_text() + made.root.read_text())
    with TlsServer((whole, made.server[1])) as server:
        seen = at(server).is_healthy()
    same(seen.steps["chain"]["cause"], "root-sent", "what the chain step notes")


def test_cross_signed_root():
    made = identities()
    request, crossed, whole = (made.base / name for name in ("root.csr", "crossed.pem", "crossed.chain.pem"))
    extensions = made.base / "crossed.ext"
    extensions.write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
    run("openssl", "x509", "-x509toreq", "-in", made.root, "-signkey", made.base / "root" / "ca.key", "-out", request)
    run("openssl", "x509", "-req", "-in", request, "-CA", made.other, "-CAkey", made.base / "other" / "ca.key",
        "-CAcreateserial", "-days", "365", "-extfile", extensions, "-out", crossed)
    whole.write_text(made.server[0].read_text() + crossed.read_text())
    with TlsServer((whole, made.server[1])) as server:
        seen = at(server).is_healthy().saw("chain", "cross-signed by another", verdict="note")
        same(seen.steps["chain"]["cause"], "cross-signed", "what the chain step notes")
        at(server, ca=made.other).is_healthy()


def test_self_signed():
    chain = made_by_openssl("box", EC)
    with TlsServer(chain) as server:
        at(server).is_fault("chain", "self-signed", CERTIFICATE, "trust this very certificate")
        at(server, ca=chain[0]).is_healthy()


def test_wrong_purpose():
    with TlsServer(made_by_openssl("purpose", EC, identities().base / "root", purpose="clientAuth")) as server:
        at(server).is_fault("chain", "wrong-purpose", CERTIFICATE, "serverAuth")


def test_weak_key_and_signature():
    with weak(TlsServer(identities().server)) as server:
        server.context.load_cert_chain(*made_by_openssl("rsa1024", ("rsa:1024",), identities().base / "root"))
        seen = at(server)
    # a server may have several keys: the ECDSA one is good
    seen.is_healthy()
    context = Weak(made_by_openssl("rsa1024", ("rsa:1024",), identities().base / "root"))
    with context as server:
        at(server).is_fault("chain", "weak-key", CERTIFICATE, "RSA of 2048")
    with Weak(made_by_openssl("sha1", EC, identities().base / "root", "-sha1")) as server:
        at(server).is_fault("chain", "weak-signature", CERTIFICATE, "SHA-256")


def test_client_certificate_is_missing():
    made = identities()
    for version in (TLS12, TLS13):
        with TlsServer(made.server, made.root, version=version) as server:
            at(server, device=False).is_fault("client", "client-certificate-missing", REFUSED, "--cert FILE --key FILE")


def test_client_ca_is_unknown():
    made = identities()
    for version in (TLS12, TLS13):
        with TlsServer(made.server, made.other, version=version) as server:
            at(server).is_fault("client", "client-ca-unknown-to-server", REFUSED, "Register CN=Test root",
                                seen="unknown_ca (48)")


def test_key_of_another():
    made = identities()
    with TlsServer(made.server, made.root) as server:
        seen = at(server, device=(made.device[0], made.server[1]))
        seen.is_fault("files", "key-mismatch", LOCAL, "the key that was made for this certificate")
        same(seen.done.stderr, "", "nothing on stderr")
        same(server.connections[1:], [], "connections but that of TCP")


def test_client_certificate_has_expired():
    made = identities()
    old = made.make("device", "aged", "--force", "--id", "x", "--not-after", "2026-02-01T00:00:00Z")
    with TlsServer(made.server, made.root) as server:
        at(server, device=old).is_fault("files", "client-certificate-expired", LOCAL, "Renew the device's certificate")


def test_nothing_of_the_device_goes_to_a_stranger():
    """A server of another CA asks for a certificate and for a login, and gets neither."""
    made = identities()
    stranger = made_by_openssl("stranger", EC, made.base / "other")
    shown, said = [], []

    def listen(connection):
        shown.append(connection.getpeercert(True))
        said.append(connection.recv(4096))
    password = made.base / "password"
    password.write_text("very-secret")
    with TlsServer(stranger, handler=listen) as server:
        server.context.load_verify_locations(made.root)
        server.context.verify_mode = ssl.CERT_OPTIONAL
        seen = at(server, "--mqtt", "--username", "alice", "--password-file", password)
        server.wait()
    seen.is_fault("chain", "unknown-ca", CERTIFICATE)
    seen.saw("client", "not verified", verdict="skipped")
    seen.saw("mqtt", "not verified", verdict="skipped")
    check(shown, "the server was looked at")
    same(set(shown), {None}, "certificates that were shown")
    same(set(said), {b""}, "what was said to it")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
