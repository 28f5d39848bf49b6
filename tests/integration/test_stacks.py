"""The engine against servers over Mbed TLS, wolfSSL and BearSSL (tests/peers/<library>_server.c).

A server prints one line of JSON about each connection, so every case compares what both ends say.
Connections to one server run one after the other; different servers run at the same time. A library
that is not installed has no server: its tests are skipped.

What these libraries cannot do, and where it shows here:
- BearSSL has no extended master secret (RFC 7627): accepted, unless it is required.
- Mbed TLS 2.28 does not put handshake messages together that came in several records, and sends its
  own ones whole whatever max_fragment_length says (RFC 6066 4 covers them).
- Mbed TLS 2.28 and BearSSL have TLS 1.2 only.
- Several close without an alert when they refuse a client's certificate: see REFUSALS.
- wolfSSL asks in TLS 1.2 only for certificates of its own certificate's kind, and its own list of
  groups holds only in TLS 1.3.
"""
import contextlib
import json
import os
import signal
import sys
import threading

import support
from interop import (GROUPS, P256, P384, PIECES, SUITES12, TLS12, TLS13, VERSIONS, X25519, Cases, Result, both_ways,
                     connect, expect, fill, sha256, text)
from pki import FOR_CLIENT, pki
from support import PATIENCE, Process, Skip, check, same

STACKS = ("mbedtls", "wolfssl", "bearssl")
HAS_13 = ("wolfssl",)
BOTH = "0x0303,0x0304"
HELLO, OLLEH = text("hello\nworld\n"), "olleh\ndlrow\n"
SUITES13 = (0x1301, 0x1302, 0x1303, 0x1304)
ALERTS = {"unknown_ca": 48, "certificate_expired": 45, "certificate_required": 116, "handshake_failure": 40,
          "no_application_protocol": 120}
UNREADABLE_MESSAGE = -0x7080  # MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE
OVERHEAD12, OVERHEAD13 = 24, 17  # nonce and tag; content type and tag


class Server:
    """One server process. meet() is one connection: what the client and what the server say."""

    def __init__(self, stack, process):
        self.stack = stack
        self.process = process
        self.port = int(process.wait_line(r"^listening on (\d+)$").group(1))
        self.lock = threading.Lock()
        self.seen = 0

    def next_line(self):
        def there():
            lines = [line for line in self.process.text().splitlines() if line.startswith("{")]
            return lines[self.seen] if len(lines) > self.seen else None
        line = support.wait_until(there, f"the line of {self.stack}")
        self.seen += 1
        said = Result(json.loads(line))
        said["command"] = f"{' '.join(self.process.command)} says"
        return said

    def _flags(self, flags, options):
        strict = options.pop("strict", False)
        return (*flags, "require-extended-master") if strict else flags

    def meet(self, *flags, **options):
        with self.lock:
            flags = self._flags(flags, options)
            return connect(self.port, *flags, **options), self.next_line()

    def meet_both_ways(self, *flags, **options):
        """In large pieces and one byte at a time; all four reports."""
        with self.lock:
            flags = self._flags(flags, options)
            large, small = both_ways(self.port, *flags, **options)
            return (large, self.next_line()), (small, self.next_line())


def require(stack):
    path = os.environ.get(f"HF_PEER_{stack}", "")
    if not os.path.exists(path):
        raise Skip(f"the library {stack} is not installed")
    return path


@contextlib.contextmanager
def server(stack, *options, identity=None, reverse=True):
    identity = identity or pki().server()
    command = [require(stack), "--chain", identity.chain, "--key", identity.key, *(["--reverse"] if reverse else [])]
    with Process(*command, *options) as process:
        yield Server(stack, process)
        process.child.send_signal(signal.SIGTERM)
        same(process.wait_end(), 0, f"exit code of {stack} after SIGTERM:\n{process.text()}")


def each_stack(one, *arguments):
    """Runs one(stack, ...) for every library that is installed, all at the same time."""
    there = [stack for stack in STACKS if os.environ.get(f"HF_PEER_{stack}")]
    if not there:
        raise Skip("none of the libraries is installed")
    for stack in STACKS:
        if stack not in there:
            print(f"  without {stack}, whose library is not installed")
    with Cases() as cases:
        for stack in there:
            cases.add(stack, one, stack, *arguments)


def versions_of(stack):
    return (TLS12, TLS13) if stack in HAS_13 else (TLS12,)


def trust(line="ecdsa"):
    return pki().root(line).leaf


def identity_of(it):
    return {"cert": it.chain, "key": it.key}


def agree(results, **values):
    """A connection that went well: lines came back reversed, and both say the same about it."""
    client, said = results
    expect(client, code="HF_OK", open=True, closed=True, data=OLLEH)
    expect(said, open=True, closed=True, error=0, alert_in=-1, alert_out=-1, received=12, version=client.version,
           suite=client.suite, alpn=client.alpn, verified=client.sent_certificate)
    if said.group != 0:
        same(GROUPS[said.group], client.group, f"group of {said.command}")
    for name, value in values.items():
        check(name in client or name in said, f"one of both says {name}")
        for result in (client, said):
            if name in result:
                same(result[name] if name != "group" else _group(result.group), value, f"{name}: {result}")
    return results


def _group(said):
    return {name: number for number, name in GROUPS.items()}[said] if isinstance(said, str) else said


def talk(peer, *flags, **options):
    return peer.meet(*flags, send_hex=HELLO, expect=12, **options)


def talk_both_ways(peer, *flags, **options):
    return peer.meet_both_ways(*flags, send_hex=HELLO, expect=12, **options)


# ---- what is negotiated

def test_versions():
    def one(stack):
        with server(stack) as peer:
            for version in versions_of(stack):
                for results in talk_both_ways(peer, ca=trust(), versions=VERSIONS[version]):
                    agree(results, version=version)
            agree(talk(peer, ca=trust(), versions=BOTH), version=versions_of(stack)[-1])
            if stack not in HAS_13:
                client, said = peer.meet(ca=trust(), versions=VERSIONS[TLS13])
                expect(client, code="HF_E_ALERT", alert_by="received", open=False)
                check(client.alert in ("protocol_version", "handshake_failure"), f"{stack}: {client.alert}")
                check(not said.open and said.error != 0, said)
        if stack in HAS_13:
            with server(stack, "--versions", VERSIONS[TLS12]) as peer:
                agree(talk(peer, ca=trust(), versions=BOTH), version=TLS12)
    each_stack(one)


def test_suites():
    """Every AEAD suite, chosen by the client, then by the server alone."""
    def one(stack):
        for kind in ("ecdsa", "rsa"):
            numbers = [number for number, (_, key) in SUITES12.items() if key == kind]
            with server(stack, identity=pki().server(kind)) as peer:
                for number in numbers:
                    agree(talk(peer, ca=trust(kind), versions=VERSIONS[TLS12], suites=number), suite=number)
                for number in SUITES13 if stack in HAS_13 else ():
                    agree(talk(peer, ca=trust(kind), versions=VERSIONS[TLS13], suites=number), suite=number)
        for number in (0xc02b, 0xc02c, 0xcca9):
            with server(stack, "--suites", hex(number)) as peer:
                agree(talk(peer, ca=trust(), versions=VERSIONS[TLS12]), suite=number)
    each_stack(one)


def test_groups():
    """RSA certificates: in 1.2 the groups also say which curves a certificate's key may have."""
    def one(stack):
        with server(stack, identity=pki().server("rsa")) as peer:
            for version in versions_of(stack):
                for group in (X25519, P256, P384):
                    for results in talk_both_ways(peer, ca=trust("rsa"), versions=VERSIONS[version], groups=group):
                        agree(results, group=group)
        for group in (X25519, P256, P384):
            with server(stack, "--groups", hex(group), identity=pki().server("rsa")) as peer:
                agree(talk(peer, ca=trust("rsa"), versions=VERSIONS[versions_of(stack)[-1]]), group=group)
    each_stack(one)


def test_chains():
    """ECDSA and RSA with an intermediate; P-384 certificates; a chain of three RSA ones."""
    chains = (("ecdsa", pki().server(), 2), ("rsa", pki().server("rsa"), 2), ("p384", pki().server("p384"), 2),
              ("p384", pki().server("p384leaf"), 2), ("rsa", pki().rsa_of_three(), 3))
    def one(stack):
        for line, identity, length in chains:
            with server(stack, identity=identity) as peer:
                for version in versions_of(stack):
                    for sizes in ({}, {"input": 2048, "output": 256}):
                        agree(talk(peer, ca=trust(line), versions=VERSIONS[version], **sizes), certificates=length)
    each_stack(one)


def test_alpn():
    def one(stack):
        with server(stack, "--alpn", "x-amzn-mqtt-ca,mqtt") as peer:
            for version in versions_of(stack):
                options = {"ca": trust(), "versions": VERSIONS[version]}
                agree(talk(peer, alpn="mqtt", **options), alpn="mqtt")
                agree(talk(peer, alpn="none,x-amzn-mqtt-ca", **options), alpn="x-amzn-mqtt-ca")
                agree(talk(peer, **options), alpn="")
                client, said = peer.meet(alpn="none", **options)
                expect(client, code="HF_E_ALERT", alert="no_application_protocol", alert_by="received", open=False)
                expect(said, open=False, alert_in=-1, alert_out=ALERTS["no_application_protocol"])
    each_stack(one)


def test_retry():
    """HelloRetryRequest, with and without a cookie."""
    require("wolfssl")
    for flags in ((), ("--cookie",)):
        for group, offered in ((P256, "0x1d,0x17"), (P384, "0x1d,0x17,0x18")):
            with server("wolfssl", "--groups", hex(group), *flags, identity=pki().server("rsa")) as peer:
                for results in talk_both_ways(peer, ca=trust("rsa"), versions=VERSIONS[TLS13], groups=offered,
                                              shares=1, input=2048):
                    agree(results, group=group, retried=True)


# ---- client certificates

def kinds_asked_for(stack, line, version):
    """Keys of client certificates that a server with an ECDSA or RSA certificate asks for."""
    kinds = {"ecdsa": ("p256", "p384"), "rsa": ("rsa2048", "rsa3072")}
    return kinds[line] if stack == "wolfssl" and version == TLS12 else kinds["ecdsa"] + kinds["rsa"]


def test_client_certificates():
    """Requested or required. The chain of RSA certificates needs more than 1 KB of output in one record:
    Mbed TLS needs our messages whole."""
    def one(stack, auth, line):
        ask = ("--client-auth", auth, "--client-ca", pki().client_anchors())
        with server(stack, *ask, identity=pki().server(line)) as peer:
            for version in versions_of(stack):
                options = {"ca": trust(line), "versions": VERSIONS[version]}
                for kind in kinds_asked_for(stack, line, version):
                    for results in talk_both_ways(peer, output=8192, **options, **identity_of(pki().client(kind))):
                        agree(results, sent_certificate=True, verified=True)
                if auth == "request":
                    agree(talk(peer, **options), verified=False)
    each_stack(one, "request", "ecdsa")
    each_stack(one, "require", "rsa")


def test_client_certificate_not_asked_for():
    """None at all, or in TLS 1.2 none of our key's kind (RFC 5246 7.4.4: certificate_types)."""
    def one(stack):
        with server(stack) as peer:
            for version in versions_of(stack):
                agree(talk(peer, ca=trust(), versions=VERSIONS[version], **identity_of(pki().client())),
                      sent_certificate=False)
        if stack == "wolfssl":
            with server(stack, "--client-auth", "request", "--client-ca", pki().client_anchors()) as peer:
                agree(talk(peer, ca=trust(), versions=VERSIONS[TLS12], **identity_of(pki().client("rsa2048"))),
                      sent_certificate=False)
    each_stack(one)


def test_client_certificate_in_small_records():
    """Output buffers smaller than our flight or our Certificate: only the latter is ever cut, as
    wolfSSL loses its place in TLS 1.3 when CertificateVerify is cut as well."""
    def one(stack):
        with server(stack, "--client-auth", "require", "--client-ca", pki().client_anchors()) as peer:
            for version in versions_of(stack):
                for output in (256, 512, 1024):
                    results = talk(peer, ca=trust(), versions=VERSIONS[version], output=output, input=2048,
                                   **identity_of(pki().client()))
                    if stack == "mbedtls" and output < 1024:  # leaves without an alert
                        expect(results[0], code="HF_E_CLOSED_IN_HANDSHAKE", open=False)
                        expect(results[1], error=UNREADABLE_MESSAGE, open=False)
                    else:
                        agree(results, verified=True)
                        check(results[1].in_data <= output and results[1].in_handshake <= output, results[1])
    each_stack(one)


# What a server that requires a certificate does without one, with one of an unknown CA and with an
# expired one: its alert (None: it closes without one) and its own error.
REFUSALS = {
    ("mbedtls", TLS12): {"absent": (None, -0x7480), "unknown": ("unknown_ca", -0x2700),
                         "expired": ("certificate_expired", -0x2700)},
    ("bearssl", TLS12): {"absent": (None, 29), "unknown": (None, 62), "expired": (None, 54)},
    ("wolfssl", TLS12): {"absent": (None, -345), "unknown": ("unknown_ca", -188),
                         "expired": ("certificate_expired", -151)},
    ("wolfssl", TLS13): {"absent": ("certificate_required", -345), "unknown": ("unknown_ca", -188),
                         "expired": ("certificate_expired", -151)},
}


def refused(results, version, alert, error):
    """In 1.3 our side is open before the server refuses: what it says comes as its first word."""
    client, said = results
    if alert is None:
        expect(client, code="HF_E_CLOSED_IN_HANDSHAKE", alert_by="none")
    else:
        expect(client, code="HF_E_ALERT", alert_by="received", alert=alert)
    expect(client, open=version == TLS13, received=0)
    expect(said, open=False, verified=False, received=0, error=error)
    if said.alert_out != -1 or "wolfssl" in said.command:
        same(said.alert_out, ALERTS[alert] if alert else -1, f"alert of {said.command}")


def test_client_certificate_refused():
    shown = {"absent": {}, "expired": identity_of(pki().expired_client()), "unknown": identity_of(
        pki().leaf("client-stranger", FOR_CLIENT, subject="/CN=stranger", issuer=pki().root("other")))}
    def one(stack):
        with server(stack, "--client-auth", "require", "--client-ca", pki().client_anchors()) as peer:
            for version in versions_of(stack):
                for flaw, (alert, error) in REFUSALS[stack, version].items():
                    for results in talk_both_ways(peer, ca=trust(), versions=VERSIONS[version], output=8192,
                                                  **shown[flaw]):
                        refused(results, version, alert, error)
            agree(talk(peer, ca=trust(), output=8192, **identity_of(pki().client())), verified=True)
    each_stack(one)


def test_server_certificate_refused():
    """Our alert is what the server reads."""
    def one(stack):
        with server(stack) as peer:
            for version in versions_of(stack):
                for flaw, code, alert in (({"ca": pki().root("other").leaf}, "HF_E_CERT_UNKNOWN_CA", 48),
                                          ({"ca": trust(), "check_name": "other.example"}, "HF_E_CERT_NAME", 42)):
                    for client, said in talk_both_ways(peer, versions=VERSIONS[version], **flaw):
                        expect(client, code=code, alert_by="sent", open=False)
                        expect(said, open=False, alert_in=alert)
    each_stack(one)


# ---- sizes

def test_max_fragment_length():
    """512 and 1024: the echo of 5000 bytes comes in records that small. Without it, in larger ones."""
    def one(stack):
        length = 5000
        with server(stack, reverse=False) as peer:
            for version in versions_of(stack):
                overhead = OVERHEAD13 if version == TLS13 else OVERHEAD12
                for size, most in ((1024, 512), (2048, 1024), (16645, None)):
                    # Our records must be larger than `most` for an echo that would not fit otherwise.
                    client, said = peer.meet(ca=trust(), versions=VERSIONS[version], input=size, output=8192,
                                             fill=length, expect=length)
                    expect(client, code="HF_OK", closed=True, received=length, sha256=sha256(fill(length)))
                    expect(said, error=0, closed=True, received=length)
                    if most is None:
                        check(said.out_data > 1024 + overhead, said)
                        check(said.in_data > 1024 + overhead, said)
                        continue
                    same(client.record_limit, most, f"our limit, {client}")
                    check(512 < said.out_data <= most + overhead, f"{most}: {said}")
                    check(512 < said.in_data <= most + overhead, f"{most}: {said}")
                    if stack != "mbedtls":
                        check(said.out_handshake <= most + overhead, f"{most}: {said}")
    each_stack(one)


def test_small_input_buffers():
    """512 bytes with P-256 certificates, where not even the smallest fragment length fits; then more,
    also with RSA. Records of more than the buffer are read in pieces."""
    def one(stack):
        for kind, inputs in (("ecdsa", (512, 1024, 2048)), ("rsa", (1024, 2048))):
            with server(stack, identity=pki().server(kind)) as peer:
                for version in versions_of(stack):
                    for size in inputs:
                        if version == TLS13 and size < 2048 and 0x1301 not in PIECES:
                            continue
                        suite = {TLS12: 0xc02b if kind == "ecdsa" else 0xc02f, TLS13: 0x1301}[version]
                        for results in talk_both_ways(peer, ca=trust(kind), versions=VERSIONS[version], input=size,
                                                      output=256, suites=suite):
                            agree(results)
    each_stack(one)


# ---- what BearSSL lacks

def test_no_extended_master_secret():
    """Accepted, but refused where it is required (RFC 7627 5.3); nothing is exported (5.4)."""
    require("bearssl")
    with server("bearssl") as peer:
        for client, said in peer.meet_both_ways(ca=trust(), strict=True):
            expect(client, code="HF_E_NO_EXTENDED_MASTER_SECRET", alert_by="sent", alert="handshake_failure",
                   open=False)
            expect(said, open=False, alert_in=ALERTS["handshake_failure"])
        agree(talk(peer, ca=trust(), export="EXPORTER-test:32"), export_code="HF_E_UNSUPPORTED", exported="")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
