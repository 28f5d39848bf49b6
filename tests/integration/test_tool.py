"""handfast connect: what it says of a server that it accepts, and each thing for which it refuses one."""
import hashlib
import re
import ssl
import sys
from base64 import b64encode

import support
from interop import needs_pieces
from support import check, contains, handfast, run, same
from tool_peers import TlsServer, fails
from tool_rig import BOTH, CERTIFICATE, LOCAL, REFUSED, TLS, USAGE, connect, identities, refuses, stage_times


def test_summary_of_a_connection():
    made = identities()
    for version, name in BOTH:
        with TlsServer(made.server, made.root, version=version, alpn=["mqtt", "other"]) as server:
            said = connect(server.address, "--alpn", "mqtt").stdout
            server.wait()
            same(server.errors, [], "the server's errors")
        for part in (f"version      TLS {name}", "suite        TLS_", "group        ", "signature    ecdsa_secp256r1_sha256",
                     "ALPN         mqtt", "our cert     asked for and sent", "0 subject  CN=", "issuer   CN=Test line",
                     "names    DNS broker.example, IP 127.0.0.1", "key      P-256, certificate of", ": 364 days left",
                     "1 subject  CN=Test line", "issuer   CN=Test root", "round trips  ", "verdict      accepted"):
            contains(said, part, "the summary")
        same(stage_times(said), ["resolve", "TCP", "TLS", "together"], "stages")
        check(re.search(r"sent +\d+ bytes in \d+ records\n +received +\d+ bytes in \d+ records", said), said)


def test_certificate_not_asked_for():
    made = identities()
    with TlsServer(made.server) as server:
        contains(connect(server.address).stdout, "our cert     not asked for")
        said = handfast("connect", server.address, "--ca", made.root).stdout
        contains(said, "our cert     not asked for")


def test_only_the_version_that_is_asked_for():
    made = identities()
    with TlsServer(made.server, version=ssl.TLSVersion.TLSv1_2) as server:
        refuses("protocol_version", REFUSED, server.address, "--tls", "1.3")
        contains(connect(server.address).stdout, "TLS 1.2")


def test_server_without_the_extended_master_secret():
    made = identities()
    with TlsServer(made.server, version=ssl.TLSVersion.TLSv1_2) as server:
        server.context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET
        contains(connect(server.address).stdout, "accepted")
        refuses("HF_E_NO_EXTENDED_MASTER_SECRET", TLS, server.address,
                "--require-extended-master-secret")
        server.alert("handshake_failure")


def test_certificates_in_any_order():
    """Root, leaf twice, issuer: whatever a server sends behind its leaf, a path is found in it."""
    made = identities()
    blocks = made.server[0].read_text().split("-----END CERTIFICATE-----\n")
    leaf, issuer = (block + "-----END CERTIFICATE-----\n" for block in blocks[:2])
    mixed = made.base / "mixed.pem"
    mixed.write_text(leaf + made.root.read_text() + leaf + issuer)
    for anchor in (made.root, made.base / "line" / "ca.pem"):
        with TlsServer((mixed, made.server[1])) as server:
            said = handfast("connect", server.address, "--ca", anchor).stdout
        same(said.count(" subject "), 4, "certificates shown")


def test_more_certificates_than_are_looked_at():
    made = identities()
    many = made.base / "many.pem"
    many.write_text(made.server[0].read_text() + made.root.read_text() * 10)
    with TlsServer((many, made.server[1])) as server:
        said = handfast("connect", server.address, "--ca", made.root).stdout
    contains(said, "more, not looked at")


def test_small_input_buffer():
    fails("--input-buffer takes 512", USAGE, "connect", "x", "--ca", identities().root, "--input-buffer", "511")
    needs_pieces()
    made = identities()
    with TlsServer(made.server, made.root) as server:
        said = connect(server.address, "--input-buffer", "512").stdout
        contains(said, "verdict      accepted")
        contains(said, " bytes sent, 0 bytes received, as far as known: records larger than the input buffer")
        check(re.search(r"session kept .*saves \d+\.\d+ ms of computing here$", said, re.M), said)


def test_a_server_that_stays_connected_is_no_failure():
    made = identities()
    release = support.threading.Event()
    with TlsServer(made.server, made.root, handler=lambda _: release.wait(support.PATIENCE)) as server:
        contains(connect(server.address).stdout, "verdict      accepted")
        release.set()


def test_name_of_another_address():
    made = identities()
    only_name = made.make("server", "named", "--name", "named.example")
    seen = []
    with TlsServer(only_name) as server:
        server.context.sni_callback = lambda _, name, __: seen.append(name)
        refuses("HF_E_CERT_NAME", CERTIFICATE, server.address)
        server.alert("bad_certificate")
        contains(connect(server.address, "--servername", "named.example").stdout, "accepted")
        same(seen[-1], "named.example", "SNI")
        done = connect(server.address, "--insecure-skip-name-check")
        contains(done.stderr, "warning: the name")
        done = handfast("connect", server.address, "--insecure-skip-certificate-check")
        contains(done.stderr, "warning: the server's certificate is not checked")


def test_pins():
    made = identities()
    leaf = made.server[0]
    key = run(support.require_program("openssl"), "x509", "-in", leaf, "-noout", "-pubkey").stdout
    der = ssl.PEM_cert_to_DER_cert(key.replace("PUBLIC KEY", "CERTIFICATE"))
    digest = hashlib.sha256(der).digest()
    with TlsServer(made.server) as server:
        for pin in (digest.hex(), digest.hex().upper(), b64encode(digest).decode(),
                    "sha256//" + b64encode(digest).decode()):
            contains(connect(server.address, "--pin", "0" * 64, "--pin", pin).stdout, "accepted")
        refuses("HF_E_CERT_PIN", CERTIFICATE, server.address, "--pin", "0" * 64)
        for bad in ("0" * 63, "0" * 62 + "xx", "sha256//", "=" * 44, b64encode(digest).decode()[:-1] + "A"):
            fails("A pin is a SHA-256", USAGE, "connect", server.address, "--ca", made.root, "--pin", bad)


def test_wrong_ca():
    made = identities()
    for version, _ in BOTH:
        with TlsServer(made.server, made.root, version=version) as server:
            fails("HF_E_CERT_UNKNOWN_CA", CERTIFICATE, "connect", server.address, "--ca", made.other)
            server.alert("unknown_ca")


def test_dates_of_the_server():
    made = identities()
    old = made.make("server", "old", "--ip", "127.0.0.1", "--not-after", "2026-02-01T00:00:00Z")
    new = made.make("server", "new", "--ip", "127.0.0.1", "--not-before", "2090-01-01T00:00:00Z",
                    "--not-after", "2091-01-01T00:00:00Z")
    with TlsServer(old) as server:
        contains(refuses("HF_E_CERT_EXPIRED", CERTIFICATE, server.address).stdout, "EXPIRED")
        server.alert("certificate_expired")
    with TlsServer(new) as server:
        contains(refuses("HF_E_CERT_NOT_YET_VALID", CERTIFICATE, server.address).stdout, "NOT YET")
        server.alert("certificate_expired")
    with TlsServer(made.server) as server:
        refuses("HF_E_CERT_EXPIRED", CERTIFICATE, server.address, "--time", "2095-01-01T00:00:00Z")
        refuses("HF_E_CLOCK_IMPLAUSIBLE", LOCAL, server.address, "--time", "1970-01-01T00:00:10Z")
        fails("--time takes", USAGE, "connect", "x", "--ca", made.root, "--time", "yesterday")


def test_verdict_about_our_certificate():
    made = identities()
    expired = made.make("device", "expired", "--id", "x", "--not-after", "2020-01-01T00:00:00Z")
    stranger = made.base / "other"
    handfast("identity", "device", "--ca", stranger, "--id", "y", "--out", stranger)
    for version, name in BOTH:
        with TlsServer(made.server, made.root, version=version) as server:
            alone = ("connect", server.address, "--ca", made.root)
            missing = "certificate_required" if name == "1.3" else "handshake_failure"
            fails(missing, REFUSED, *alone)
            fails("certificate_expired", REFUSED, *alone, "--cert", expired[0], "--key", expired[1])
            fails("unknown_ca", REFUSED, *alone, "--cert", stranger / "y.pem", "--key", stranger / "y.key")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
