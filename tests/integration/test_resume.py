"""Our client takes up sessions at servers over OpenSSL, GnuTLS, Mbed TLS, wolfSSL, BearSSL and at mosquitto:
both ends say so, in both versions, by every means that the peer has.

What they cannot do:
- BearSSL 0.6 has no extended master secret (RFC 7627), without which nothing is resumed: every handshake
  is done in full.
- Mbed TLS 2.28 and BearSSL have TLS 1.2 only.
- wolfSSL 5.5.4 and GnuTLS without tickets have no sessions of TLS 1.3; OpenSSL without them (-no_ticket)
  gives tickets that are ids.
- GnuTLS 3.7.9 with psk_ke before psk_dhe_ke ("+PSK") gives tickets only to clients that offer psk_ke.
- wolfSSL 5.5.4, when a ticket of TLS 1.2 does not hold, gives a session id that it does not know later; on
  the connection after that one all is well again.
- mosquitto 2.0.11 does not say whether a session was resumed: the bytes that it sends do.
"""
import contextlib
import os
import sys

import support
from interop import DEVICE, TLS12, TLS13, Cases, Relay, connect, expect
from pki import FOR_CLIENT, FOR_SERVER, pki
from resume_rig import VERSION, agree, all_resumed, gnutls, openssl, ours_again, ours_at, resumed, stack
from support import check, folder, same
from test_mosquitto import CONNACK, CONNECT, broker
from test_stacks import each_stack, versions_of

BOTH = (TLS12, TLS13)
MUTUAL = ("-Verify", "3", "-verify_return_error", "-CAfile", pki().client_anchors())
TWO_NAMES = FOR_SERVER + "subjectAltName=DNS:broker.example,DNS:other.example\n"


def of_client(kind="p256"):
    it = pki().client(kind)
    return {"cert": it.chain, "key": it.key}


def never(results, peer, what):
    same(resumed(results), [False] * len(results), f"resumed: {what}")
    same(peer.said(len(results)), resumed(results), f"the server says, {what}")


# ---- OpenSSL

def test_openssl():
    """Tickets, and session ids; large pieces, one byte at a time, a device's buffers."""
    def one(version, words, flags, sizes):
        with openssl(*words) as peer:
            results = ours_again(peer.port, *flags, version=version, **sizes)
            agree(results, peer, f"{version:#x} {words} {flags}")
            same([result.offered for result in results], [False, True, True], "offered")
            check(all(result.sessions > 0 for result in results[:1]), "a session was given")
    with Cases() as cases:
        for version in BOTH:
            for words in ((), ("-no_ticket",), ("-num_tickets", "4")):
                for flags, sizes in (((), {}), (("one-byte",), {}), ((), DEVICE)):
                    cases.add(f"{version:#x} {words} {flags}", one, version, words, flags, sizes)


def test_openssl_client_certificates():
    """They are in its tickets: a ClientHello is larger than the output buffer, and goes out all the same."""
    def one(version, kind, sizes):
        with openssl(*MUTUAL) as peer:
            results = ours_again(peer.port, version=version, **of_client(kind), **sizes)
            agree(results, peer, f"{version:#x} {kind} {sizes}")
            same([result.sent_certificate for result in results], [True, False, False], "our certificate")
            if kind == "rsa3072":
                check(results[0].session_len > 1024, f"a large ticket: {results[0].session_len}")
    with Cases() as cases:
        for version in BOTH:
            for kind in ("p256", "rsa3072"):
                for sizes in ({}, DEVICE, {"output": 512, "input": 2048}):
                    cases.add(f"{version:#x} {kind} {sizes}", one, version, kind, sizes)


def test_openssl_without_tickets_of_tls13():
    with openssl("-num_tickets", "0") as peer:
        results = ours_again(peer.port, version=TLS13)
        never(results, peer, "without tickets")
        same([result.sessions for result in results], [0, 0, 0], "sessions")


def test_openssl_alpn():
    with openssl("-alpn", "mqtt,other") as peer:
        for version in BOTH:
            results = ours_again(peer.port, version=version, alpn="other,mqtt")
            all_resumed(results, f"{version:#x}")
            same([result.alpn for result in results], ["mqtt"] * 3, "protocol")


def test_openssl_retry():
    """HelloRetryRequest each time: the binder is made anew, over both ClientHellos."""
    for flags in ((), ("one-byte",), ("compatible",)):
        with openssl("-groups", "P-256") as peer:
            results = ours_again(peer.port, *flags, version=TLS13, groups="0x1d,0x17", shares=1)
            agree(results, peer, f"retry {flags}")
            same([(result.retried, result.group) for result in results], [(True, "secp256r1")] * 3, "group")


def test_openssl_suites():
    """Hashes of both lengths."""
    for version, suites in ((TLS13, (0x1301, 0x1302, 0x1303, 0x1304)), (TLS12, (0xc02b, 0xc02c, 0xcca9))):
        with openssl("-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
                     "TLS_AES_128_CCM_SHA256") as peer:
            for suite in suites:
                results = ours_again(peer.port, version=version, suites=f"{suite:#x}")
                all_resumed(results, f"{suite:#x}")
                same([result.suite for result in results], [suite] * 3, "suite")


# ---- without a key exchange (psk_ke)

def test_psk_ke():
    """Only by name. OpenSSL takes it when nothing else is offered, GnuTLS when told to prefer it."""
    with openssl("-allow_no_dhe_kex") as peer:
        results = ours_again(peer.port, version=TLS13, psk_modes=2)
        agree(results, peer, "OpenSSL")
        same([result.group for result in results], ["x25519", "unknown", "unknown"], "group")
    with openssl() as peer:
        never(ours_again(peer.port, version=TLS13, psk_modes=2), peer, "OpenSSL without -allow_no_dhe_kex")
    for mode in (1, 2):
        with gnutls(priority="NORMAL:+PSK") as peer:
            results = ours_again(peer.port, version=TLS13, psk_modes=mode)
            agree(results, peer, f"GnuTLS, mode {mode}")
            same([result.group == "unknown" for result in results], [False, True, True], "no group")
    with gnutls(priority="NORMAL:+PSK") as peer:
        never(ours_again(peer.port, version=TLS13), peer, "GnuTLS, which wants what we do not offer")
    with contextlib.suppress(support.Skip), stack("wolfssl", "--psk-ke") as peer:
        results = ours_again(peer.port, version=TLS13, psk_modes=2)
        agree(results, peer, "wolfSSL")
        same([result.group == "unknown" for result in results], [False, True, True], "no group")


# ---- GnuTLS

def test_gnutls():
    def one(version, words, flags):
        with gnutls(*words) as peer:
            results = ours_again(peer.port, *flags, version=version)
            if version == TLS13 and words == ("--noticket",):
                never(results, peer, "GnuTLS without tickets")
            else:
                agree(results, peer, f"{version:#x} {words}")
    with Cases() as cases:
        for version in BOTH:
            for words in ((), ("--noticket",), ("--nodb",)):
                for flags in ((), ("one-byte",)):
                    cases.add(f"{version:#x} {words} {flags}", one, version, words, flags)


def test_gnutls_client_certificates():
    for version in BOTH:
        with gnutls(mutual=True) as peer:
            agree(ours_again(peer.port, version=version, **of_client()), peer, f"{version:#x}")


# ---- Mbed TLS, wolfSSL, BearSSL

def test_stacks():
    def one(name, words, flags):
        for version in versions_of(name):
            with stack(name, *words) as peer:
                results = ours_again(peer.port, *flags, version=version)
                if name == "bearssl" or (version == TLS13 and words):
                    never(results, peer, f"{name} {words}")
                    same([result.offered for result in results], [False] * 3, "offered")
                else:
                    agree(results, peer, f"{name} {version:#x} {words}")
    for words in ((), ("--no-tickets",)):
        for flags in ((), ("one-byte",)):
            each_stack(one, words, flags)


def test_stacks_client_certificates():
    def one(name):
        for version in versions_of(name):
            with stack(name, "--client-auth", "require", "--client-ca", pki().client_anchors()) as peer:
                results = ours_again(peer.port, version=version, output=8192, **of_client())
                if name == "bearssl":
                    never(results, peer, name)
                else:
                    agree(results, peer, f"{name} {version:#x}")
    each_stack(one)


def test_wolfssl_retry():
    with contextlib.suppress(support.Skip), stack("wolfssl", "--groups", "0x17", "--cookie") as peer:
        results = ours_again(peer.port, version=TLS13, groups="0x1d,0x17", shares=1)
        agree(results, peer, "with a cookie")
        same([result.retried for result in results], [True] * 3, "retried")


# ---- mosquitto

def test_mosquitto():
    """It is resumed when the server's side of the handshake has become too small for a full one."""
    pem = "".join(pki().server().chain_text().replace("-----BEGIN CERTIFICATE-----", "").split())
    certificates = len(pem.replace("-----ENDCERTIFICATE-----", "")) * 3 // 4 - 4
    smallest = certificates + 100 + 70  # ServerHello with its share, and the signature
    with broker("ecdsa") as (_, port), Relay(port) as relay:
        for version in BOTH:
            with folder() as base:
                results = [connect(relay.port, ca=pki().root().leaf, versions=VERSION[version], send_hex=CONNECT.hex(),
                                   expect=len(CONNACK), session=base / "session", **of_client()) for _ in range(3)]
            for result in results:
                expect(result, code="HF_OK", data=CONNACK)
            all_resumed(results, f"mosquitto {version:#x}")
            sizes = [len(data) for data in relay.from_server[-3:]]
            check(max(sizes[1:]) < smallest <= sizes[0], f"{sizes} bytes of mosquitto, in full at least {smallest}")


# ---- sessions that do not hold

def test_another_server():
    """It does not know the ticket: a handshake in full, no error, and the newest session is kept."""
    def one(make, versions, forgetful=False):
        for version in versions:
            with folder() as base:
                kept = {"session": base / "session", "version": version}
                with make() as peer:
                    check(not ours_at(peer.port, **kept).resumed, "the first")
                with make() as peer:
                    result = ours_at(peer.port, **kept)
                    same((result.offered, result.resumed), (True, False), "at a stranger")
                    lost = forgetful and version == TLS12
                    results = [ours_at(peer.port, **kept) for _ in range(2 if lost else 1)]
                    same(resumed(results), [False, True] if lost else [True], "the newest is kept")
                    same(peer.said(1 + len(results)), [False, *resumed(results)], "the server")
    with Cases() as cases:
        cases.add("openssl", one, openssl, BOTH)
        cases.add("gnutls", one, gnutls, BOTH)
        for name in ("mbedtls", "wolfssl"):
            if os.environ.get(f"HF_PEER_{name}"):
                cases.add(name, one, lambda name=name: stack(name), versions_of(name), name == "wolfssl")


def altered(data, kind):
    return {"empty": b"", "cut": data[:-1], "longer": data + b"\0", "first": bytes([data[0] ^ 1]) + data[1:],
            "last": data[:-1] + bytes([data[-1] ^ 1]), "middle": data[:70] + bytes([data[70] ^ 128]) + data[71:],
            "text": b"# a session\n", "zeros": bytes(len(data)), "large": data * 40}[kind]


def test_damaged_sessions():
    with openssl() as peer:
        for version in BOTH:
            for kind in ("empty", "cut", "longer", "first", "last", "middle", "text", "zeros", "large"):
                with folder() as base:
                    path = base / "session"
                    ours_at(peer.port, version=version, session=path)
                    path.write_bytes(altered(path.read_bytes(), kind))
                    result = ours_at(peer.port, version=version, session=path)
                    same((result.offered, result.resumed), (False, False), f"{kind}: offered, resumed")
                    check(ours_at(peer.port, version=version, session=path).resumed, f"{kind}: the next one holds")


def test_sessions_of_others():
    """Not offered under another name, with other anchors, as somebody else, in another version, or with
    fewer checks; offered when everything is as it was."""
    both = pki().root().leaf.with_name("both-roots.pem")
    both.write_text(pki().root().leaf.read_text() + pki().root("rsa").leaf.read_text())
    stranger = pki().leaf("resume-somebody", FOR_CLIENT, subject="/CN=somebody", issuer=pki().root())
    other = {"check_name": "other.example"}, {"ca": both}, {"cert": stranger.chain, "key": stranger.key}, \
        of_client(), {"pin": pki().leaf("server-two", TWO_NAMES).pin()}
    with openssl(identity=pki().leaf("server-two", TWO_NAMES)) as peer:
        for version in BOTH:
            for change in other:
                with folder() as base:
                    kept = {"session": base / "session"}
                    ours_at(peer.port, version=version, **kept)
                    data = kept["session"].read_bytes()
                    result = ours_at(peer.port, version=version, **kept, **change)
                    same((result.offered, result.resumed), (False, False), f"{change}: offered, resumed")
                    kept["session"].write_bytes(data)
                    check(ours_at(peer.port, version=version, **kept).resumed, "as it was")
            with folder() as base:
                kept = {"session": base / "session"}
                ours_at(peer.port, version=version, **kept)
                result = ours_at(peer.port, version=TLS12 if version == TLS13 else TLS13, **kept)
                same((result.offered, result.resumed), (False, False), "the other version")


def test_little_room():
    """A ticket that does not fit is passed over."""
    with openssl() as peer:
        for version in BOTH:
            for room in (0, 50, 200):
                results = ours_again(peer.port, version=version, session_room=room, times=2)
                same([(result.resumed, result.sessions, result.session_len) for result in results], [(False, 0, 0)] * 2,
                     f"{room} bytes of room")


def test_a_late_clock():
    """A session that is too old, or from the future, is not offered."""
    with openssl() as peer:
        for version in BOTH:
            for first, second in ((None, 8 * 86400), (8 * 86400, None)):
                with folder() as base:
                    kept = {"session": base / "session", "version": version}
                    ours_at(peer.port, offset=first, **kept)
                    result = ours_at(peer.port, offset=second, **kept)
                    same((result.offered, result.resumed), (False, False), f"clock at {first}, then {second}")


def test_without_a_session():
    """Nothing in the ClientHello changes for those who keep none."""
    with openssl() as peer:
        result = ours_at(peer.port, version=TLS13)
        same((result.resumed, result.offered, result.sessions), (False, False, 0), "no session")
        peer.said(1)
        check("extension_type=psk" not in peer.process.text(), "no extension of PSKs")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
