"""The clients of visitors.py: sizes and much data, other servers than s_server, raw public keys, and
what they refuse.
"""
import contextlib
import json
import os
import signal
import socket
import sys

import support
from interop import P256, P384, TLS12, TLS13, X25519, Cases, Result, expect, fill, gnutls_serv
from pki import FOR_SERVER, SAN, pki
from support import Process, Skip, check, run, same
from visitors import CLIENTS, LIBRARIES, available, can, require, versions_of, visit
from witness import BACK, LINE, cannot, each, hello, listed, trust, witness

OVERHEAD = {TLS12: 24, TLS13: 17}  # nonce and tag; content type and tag


# ---- sizes

def test_max_fragment():
    """A server that agrees sends records of at most that size. The certificate is one that fits 512
    with Mbed TLS, which does not put the pieces of a message together."""
    small = pki().leaf("visitor-small", FOR_SERVER + SAN, issuer=pki().root())

    def one(client):
        with witness(identity=small) as server:
            for version in versions_of(client):
                for size in (512, 1024, 2048, 4096):
                    if client == "mbedtls" and size == 512:
                        continue
                    data = fill(16384)
                    result, said = server.meet(client, ca=trust(), versions=(version, version), max_fragment=size,
                                               fill=len(data), expect=len(data))
                    expect(result, open=True, received=len(data), data=reversed_lines(data))
                    same(listed(hello(said), "max_fragment_length")[0].rpartition("^")[2].split(" ")[0],
                         str(size.bit_length() - 1), f"size that {client} asks for")
                    check(result.limit in (None, True), f"{client}: the server agreed, {result.limit}")
                    for direction in ("in_data", "out_data"):
                        check(size / 2 < result[direction] <= size + OVERHEAD[version],
                              f"{client}, {size}: {direction} {result[direction]}")
    each(one)


def reversed_lines(data):
    return b"".join(line[::-1] + b"\n" for line in data.splitlines())


def test_much_data():
    """Without a limit records are large, and everything arrives."""
    def one(client):
        length = 131072
        with witness() as server:
            for version in versions_of(client):
                result, _ = server.meet(client, ca=trust(), versions=(version, version), fill=length, expect=length)
                expect(result, open=True, received=length, data=reversed_lines(fill(length)))
                check(result.in_data >= 4096, result.in_data)
                check(4096 <= result.out_data <= 16384 + OVERHEAD[version], result.out_data)
    each(one)


def test_record_limit():
    """record_size_limit of gnutls-cli: gnutls-serv agrees in both versions."""
    with gnutls_serv("--disable-client-cert", identity=pki().server(), priority="NORMAL") as (_, port):
        for version in versions_of("gnutls"):
            result = visit("gnutls", port, ca=trust(), versions=(version, version), record_limit=700, fill=8192,
                           expect=8192)
            expect(result, open=True, limit=True, data=fill(8192))
            check(512 < result.in_data <= 700 + OVERHEAD[version], result.in_data)


# ---- other servers

def test_gnutls_server():
    """Its echo server: versions, suites and groups that both name; a client certificate, and
    none, to which GnuTLS says decode_error in TLS 1.2."""
    asks = ("--x509cafile", pki().client_anchors(), "--require-client-cert", "--verify-client-cert")

    def one(client):
        with gnutls_serv(*asks, "--alpn", "mqtt", identity=pki().server("rsa"), priority="NORMAL") as (server, port):
            for version in versions_of(client):
                suite = 0x1301 if version == TLS13 else 0xc02f
                result = visit(client, port, ca=trust("rsa"), versions=(version, version), suites=(suite,),
                               groups=(P384,), alpn=("mqtt",), identity=pki().client("rsa2048"), send=LINE,
                               expect=len(LINE))
                expect(result, open=True, verified=True, version=version, suite=suite, group=P384, alpn="mqtt",
                       data=LINE, certificate_requested=True, certificate_sent=True)
                server.wait_line(rf"\(TLS1\.{version - 0x0301}-X\.509\)-\(ECDHE-SECP384R1\)-.*-\(AES-128-GCM\)")
                result = visit(client, port, ca=trust("rsa"), versions=(version, version), expect=1)
                expect(result, open=version == TLS13, certificate_sent=False, received=0,
                       alert_in=116 if version == TLS13 else 50)
    each(one)


def public_key(identity):
    path = identity.key.with_suffix(".pub")
    run("openssl", "pkey", "-in", identity.key, "-pubout", "-out", path)
    return path


def test_raw_public_keys():
    """gnutls-cli at gnutls-serv: ours, the server's, both; and a key that is not the one expected."""
    server_key, client_key = public_key(pki().server()), public_key(pki().client())
    ours = (client_key, pki().client().key)
    options = ("--rawpkkeyfile", pki().server().key, "--rawpkfile", server_key)
    words = "NORMAL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK"
    with gnutls_serv(*options, identity=pki().server(), priority=words) as (server, port):
        for version in versions_of("gnutls"):
            common = {"versions": (version, version), "send": LINE, "expect": len(LINE)}
            for more, raw in (({"server_key": server_key, "raw_identity": ours}, True),
                              ({"server_key": server_key, "identity": pki().client()}, True),
                              ({"ca": trust(), "raw_identity": ours}, False)):
                result = visit("gnutls", port, **common, **more)
                expect(result, open=True, verified=True, version=version, data=LINE, certificate_sent=True)
                same(result.raw_key is not None, raw, result.command)
            result = visit("gnutls", port, **common, server_key=client_key, raw_identity=ours)
            expect(result, open=True, verified=False)


@contextlib.contextmanager
def library_server(library):
    """A server of tests/peers; yields (its port, a function that waits for its next report)."""
    path = os.environ.get(f"HF_PEER_{library}", "")
    if not os.path.exists(path):
        raise Skip(f"the library {library} is not installed")
    identity = pki().server("rsa")
    with Process(path, "--chain", identity.chain, "--key", identity.key, "--reverse", "--alpn", "mqtt",
                 "--client-auth", "request", "--client-ca", pki().client_anchors()) as process:
        reports = 0

        def report():
            nonlocal reports
            reports += 1
            lines = support.wait_until(lambda: (there := [line for line in process.text().splitlines() if
                                                          line.startswith("{")]) and len(there) == reports and there,
                                       f"the report of {library}")
            return Result(json.loads(lines[-1]), command=f"{library}'s server")
        yield int(process.wait_line(r"^listening on (\d+)$").group(1)), report
        process.child.send_signal(signal.SIGTERM)
        same(process.wait_end(), 0, f"exit code of {library}'s server:\n{process.text()}")


def test_library_servers():
    """Everybody at the test servers of the same libraries: both ends say the same."""
    def one(library):
        with library_server(library) as (port, report):
            for client in available():
                for version in versions_of(client) if library == "wolfssl" else (TLS12,):
                    for group in (X25519, P256):
                        result = visit(client, port, ca=trust("rsa"), versions=(version, version), groups=(group,),
                                       alpn=("mqtt",), identity=pki().client("rsa2048"), send=LINE, expect=len(LINE))
                        expect(result, open=True, verified=True, version=version, data=BACK, group=group)
                        expect(report(), open=True, verified=True, version=version, suite=result.suite, alpn="mqtt",
                               group=group, alert_in=-1, received=len(LINE))
    there = [library for library in LIBRARIES if os.environ.get(f"HF_PEER_{library}")]
    if not there:
        raise Skip("none of the libraries is installed")
    with Cases() as cases:
        for library in there:
            cases.add(library, one, library)


# ---- what they refuse

def test_what_they_cannot():
    wanted = (("no_share", True), ("record_limit", 700), ("raw_identity", ("a", "b")), ("server_key", "a"),
              ("no_name", True), ("one_share", True))
    for client in CLIENTS:
        for option, value in wanted:
            if not can(client, option):
                cannot(client, **{option: value})


def ours():
    there = [client for client in available() if client in LIBRARIES]
    if not there:
        raise Skip("none of the libraries is installed")
    return there


def test_options_refused():
    """Exit code 2, before anything is sent."""
    good = ("--port", "1", "--ca", pki().root().leaf)
    wrong = (("--port", "1"), ("--ca", pki().root().leaf), (*good, "--what", "1"), (*good, "--alpn"),
             (*good, "--max-fragment", "500"), (*good, "--versions", "0x0303"), (*good, "--suites", "x"),
             (*good, "--suites", ",".join(["1"] * 17)), (*good, "--fill", "262145"),
             (*good, "--chain", pki().client().chain), (*good, "--host", "nowhere"), (*good, "--ca", "/no/file"))
    for client in ours():
        for options in wrong:
            run(require(client), *options, code=2)
        run(require(client), "--ca", pki().root().leaf, "--port", support.free_port(), code=1)  # nobody is there
        for number in () if client == "wolfssl" else ("0x0304,0x0304",):
            run(require(client), *good, "--versions", number, code=2)


def test_deadline():
    """A server that says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for client in ours():
            done = run(require(client), "--port", silent.getsockname()[1], "--ca", pki().root().leaf, "--timeout", 50)
            result = Result(json.loads(done.stdout), command=client)
            expect(result, open=False, alert_in=-1, in_records=0, out_records=1)
            check(result.error != 0, result)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
