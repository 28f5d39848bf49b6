"""The clients of visitors.py and the servers that tests have resume sessions, and say so truly: each with
one that is known by another test, before this library meets any of them. test_resume.py does that.

What they cannot do:
- BearSSL 0.6 and Mbed TLS 2.28 have TLS 1.2 only; BearSSL has session ids alone, and no extended master
  secret (RFC 7627), without which this library never resumes.
- gnutls-cli 3.7.9 keeps a session only as long as it runs: see visitors.visit_twice(). Its --noticket
  has no effect; %NO_TICKETS has.
- wolfSSL 5.5.4 offers psk_ke beside psk_dhe_ke, but ends the connection when a server takes it: it has to
  be told to offer psk_ke alone. A ticket of TLS 1.2 that no longer holds makes its client give up (unexpected_message, at
  the server's Certificate), whoever the server is; a session id does not.
- OpenSSL 3.0 takes psk_ke only where the client offers nothing else.
"""
import contextlib
import os
import sys

import support
from interop import TLS12, TLS13, Cases
from pki import pki
from resume_rig import agree, all_resumed, gnutls, lines, openssl, resumed, stack
from support import Skip, check, folder, same
from test_stacks import STACKS, each_stack
from test_stacks import versions_of as versions_of_stack
from visitors import LIBRARIES, available, can, versions_of, visit, visit_twice
from witness import BACK, LINE, each, trust


def talk(client, port, version, **options):
    result = visit(client, port, ca=trust(), send=LINE, expect=len(LINE), versions=(version, version), **options)
    check(result.open and not result.error and result.data in (LINE, BACK), f"{client}: {result}")
    return result


def three_times(client, port, version, **options):
    """What the client says of each of three connections; gnutls-cli makes two."""
    if client == "gnutls":
        return list(visit_twice(client, port, ca=trust(), send=LINE, expect=len(LINE),
                                versions=(version, version), **options))
    with folder() as base:
        return [talk(client, port, version, session=base / "session", **options) for _ in range(3)]


# ---- clients, at s_server

def test_tickets_and_ids():
    def one(client, more):
        for version in versions_of(client):
            with openssl(*(["-no_ticket"] if more == "ids" else [])) as peer:
                results = three_times(client, peer.port, version, no_tickets=more == "no tickets")
                if client == "gnutls" and version == TLS13 and more == "no tickets":
                    same(resumed(results), [False, False], f"{client} without tickets")
                    continue
                agree(results, peer, f"{client}, {version:#x}, {more}")
    for more in ("tickets", "no tickets", "ids"):
        each(one, more)


def test_without_a_new_key_exchange():
    def one(client):
        if not can(client, "psk_ke"):
            return
        with openssl("-allow_no_dhe_kex") as peer:
            results = three_times(client, peer.port, TLS13, psk_ke=True)
            agree(results, peer, client)
            hellos = peer.process.text().split("    ServerHello, ")[1:]
            same(["key_share" in hello.split("EncryptedExtensions")[0] for hello in hellos], [True, False, False],
                 "key exchanges")
    each(one)


def test_client_certificates():
    """OpenSSL's tickets hold them."""
    def one(client):
        with openssl("-Verify", "3", "-verify_return_error", "-CAfile", pki().client_anchors()) as peer:
            for version in versions_of(client):
                all_resumed(three_times(client, peer.port, version, identity=pki().client()), client)
    each(one)


def test_another_server():
    """It does not know the ticket: a handshake in full, without a word."""
    def one(client):
        if not can(client, "session"):
            return
        for version in versions_of(client):
            with folder() as base:
                kept = {"session": base / "session", "no_tickets": client == "wolfssl" and version == TLS12}
                with openssl() as peer:
                    check(not talk(client, peer.port, version, **kept).resumed, f"{client}: the first")
                with openssl() as peer:
                    check(not talk(client, peer.port, version, **kept).resumed, f"{client}: a stranger")
                    check(talk(client, peer.port, version, **kept).resumed, f"{client}: the newest is kept")
    each(one)


# ---- servers, with s_client

def test_servers():
    def one(name, more):
        for version in versions_of_stack(name):
            with stack(name, *(["--no-tickets"] if more else [])) as peer:
                results = three_times("openssl", peer.port, version)
                if version == TLS13 and more:
                    same(resumed(results) + peer.said(3), [False] * 6, f"{name} without tickets")
                else:
                    agree(results, peer, name)
    each_stack(one, False)
    each_stack(one, True)


def test_servers_without_a_new_key_exchange():
    """wolfSSL's with its own client, gnutls-serv with s_client."""
    with contextlib.suppress(support.Skip), stack("wolfssl", "--psk-ke") as peer:
        agree(three_times("wolfssl", peer.port, TLS13, psk_ke=True), peer, "wolfssl")
        same([line.group == 0 for line in lines(peer.process)], [False, True, True], "no key exchange")
    with gnutls(priority="NORMAL:+PSK") as peer:
        results = three_times("openssl", peer.port, TLS13, offer_psk_ke=True)
        agree(results, peer, "gnutls-serv")
        same([result.group == 0 for result in results], [False, True, True], "no key exchange")


def test_gnutls_serv():
    for words in ((), ("--noticket",)):
        for version in (TLS12, TLS13):
            with gnutls(*words) as peer:
                results = three_times("openssl", peer.port, version)
                if words and version == TLS13:
                    same(resumed(results) + peer.said(3), [False] * 6, "without tickets")
                else:
                    agree(results, peer, f"gnutls-serv {version:#x} {words}")


def test_every_pair_in_tls12():
    """Visitors at the servers over the same libraries, with tickets and with ids."""
    clients = [client for client in LIBRARIES if client in available()]
    names = [name for name in STACKS if os.environ.get(f"HF_PEER_{name}")]

    def one(name, client, more):
        with stack(name) as peer:
            agree(three_times(client, peer.port, TLS12, no_tickets=more), peer, f"{client} at {name}")
    if not clients or not names:
        raise Skip("none of the libraries is installed")
    with Cases() as cases:
        for name in names:
            for client in clients:
                for more in (False, True):
                    cases.add(f"{client} at {name}", one, name, client, more)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
