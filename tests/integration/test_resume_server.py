"""Clients over five libraries take up sessions at our server: both ends say so, in both versions, with
tickets and with session ids. What the clients cannot do stands in test_visitors_resume.py; besides:
BearSSL 0.6 has no extended master secret, so that it never resumes here.
"""
import sys

import support
from interop import P256, P384, TLS12, TLS13, X25519
from pki import pki
from resume_rig import agree, lines, ours, resumed
from support import check, folder, same
from test_visitors_resume import talk, three_times
from visitors import can, versions_of, visit
from witness import each

MUTUAL = ("--client-auth", "require", "--client-ca", pki().client_anchors())


def full_only(results, peer, what):
    same(resumed(results), [False] * len(results), f"resumed: {what}")
    same(peer.said(len(results)), resumed(results), f"our server says, {what}")


def holds(client, version, results, peer, what):
    """Both ends agree that all but the first are resumed; or, with BearSSL, none."""
    if client == "bearssl":
        full_only(results, peer, what)
        return False
    agree(results, peer, f"{client} {version:#x} {what}")
    return True


def test_tickets_and_ids():
    def one(client, words, more):
        for version in versions_of(client):
            if client == "gnutls" and version == TLS13 and words:
                continue  # would wait for a ticket
            with ours(*words) as peer:
                results = three_times(client, peer.port, version, **more)
                # GnuTLS's own switch ends all of TLS 1.3.
                if version == TLS13 and (words or (more and client == "gnutls")):
                    full_only(results, peer, f"{client} without tickets")
                else:
                    holds(client, version, results, peer, f"{words} {more}")
                    without = [line.group == 0 for line in lines(peer.process)]
                    same(without, [it and version == TLS12 for it in resumed(results)], f"{client}: no key exchange")
    each(one, (), {})
    each(one, (), {"no_tickets": True})
    each(one, ("--no-tickets",), {})


def test_client_certificates():
    """The certificate is not shown again, and still known."""
    def one(client, kind):
        for version in versions_of(client):
            with ours(*MUTUAL) as peer:
                results = three_times(client, peer.port, version, identity=pki().client(kind))
                holds(client, version, results, peer, kind)
                same([line.verified for line in lines(peer.process)], [True] * len(results), f"{client} is known")
    each(one, "p256")
    each(one, "rsa2048")


def test_nobody_stays_nobody():
    """Asked for a certificate, the client has shown none: nor is it known when it comes back."""
    def one(client):
        if not can(client, "session"):
            return
        for version in versions_of(client):
            with ours("--client-auth", "request", "--client-ca", pki().client_anchors()) as peer:
                results = three_times(client, peer.port, version)
                holds(client, version, results, peer, "nobody")
                same([line.verified for line in lines(peer.process)], [False] * 3, f"{client} stays nobody")
    each(one)


def test_without_a_key_exchange():
    """psk_ke, when it is named: with those who offer it alone, and with those who offer both."""
    def one(client, words, more, groupless):
        if TLS13 not in versions_of(client) or not can(client, *more):
            return
        with ours(*words[0], words=words[1]) as peer:
            results = three_times(client, peer.port, TLS13, **more)
            agree(results, peer, f"{client} {words} {more}")
            said = [line.group == 0 for line in lines(peer.process)]
            same(said, [False] + [groupless] * (len(results) - 1), f"{client}: no key exchange")
    each(one, (("--psk-ke",), ""), {"psk_ke": True}, True)
    each(one, (("--psk-ke",), ""), {"offer_psk_ke": True}, True)
    each(one, ((), "either"), {"psk_ke": True}, True)
    each(one, ((), "either"), {"offer_psk_ke": True}, False)
    each(one, ((), ""), {"offer_psk_ke": True}, False)


def test_a_client_with_another_way_only():
    """It offers psk_ke alone, and that is not named here: in full."""
    def one(client):
        if can(client, "psk_ke"):
            with ours() as peer:
                full_only(three_times(client, peer.port, TLS13, psk_ke=True), peer, client)
    each(one)


def test_retry():
    """HelloRetryRequest, with a cookie and without."""
    def one(client, words):
        if not can(client, "one_share"):
            return
        with ours("--groups", hex(P384), *words) as peer:
            results = three_times(client, peer.port, TLS13, groups=(P256, P384), one_share=True)
            agree(results, peer, f"{client} {words}")
            again = client != "wolfssl"  # which then begins with the group of the session
            same([result.retried for result in results], [True] + [again] * (len(results) - 1), f"{client}: retried")
    each(one, ())
    each(one, ("--cookie",))


def test_alpn_and_groups():
    def one(client):
        for version in versions_of(client):
            with ours("--alpn", "mqtt,other") as peer:
                results = three_times(client, peer.port, version, alpn=("other", "mqtt"), groups=(X25519, P256))
                holds(client, version, results, peer, "ALPN")
                same([result.alpn for result in results], ["mqtt"] * len(results), f"{client}: protocol")
    each(one)


def test_device_buffers():
    """A ClientHello with a ticket through a small input buffer."""
    def one(client):
        for version in versions_of(client):
            with ours(words="small") as peer:
                holds(client, version, three_times(client, peer.port, version), peer, "small")
    each(one)


def test_another_server():
    """Tickets under keys that it does not have: in full, without a word, and a new one. wolfSSL in TLS 1.2
    with ids, as it gives up over any ticket that does not hold."""
    def one(client):
        if not can(client, "session") or client == "bearssl":
            return
        for version in versions_of(client):
            with folder() as base:
                kept = {"session": base / "session", "no_tickets": client == "wolfssl" and version == TLS12}
                with ours() as peer:
                    check(not talk(client, peer.port, version, **kept).resumed, f"{client}: the first")
                with ours() as peer:
                    check(not talk(client, peer.port, version, **kept).resumed, f"{client}: a stranger")
                    check(talk(client, peer.port, version, **kept).resumed, f"{client}: the newest is kept")
                    same(peer.said(2), [False, True], "our server")
    each(one)


def test_rsa():
    def one(client):
        for version in versions_of(client):
            with ours(identity=pki().server("rsa")) as peer, folder() as base:
                options = {"ca": pki().root("rsa").leaf, "versions": (version, version), "send": b"a\n", "expect": 2}
                if can(client, "session"):
                    results = [visit(client, peer.port, session=base / "session", **options) for _ in range(2)]
                    holds(client, version, results, peer, "RSA")
    each(one)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
