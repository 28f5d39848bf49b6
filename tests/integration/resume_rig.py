"""Servers that say of each connection whether it resumed a session, behind one form, for the tests of
resumption: openssl s_server, gnutls-serv, those over other libraries (tests/peers), and our own.
"""
import contextlib
import json
import os

import support
import visitor_output
from interop import TLS12, TLS13, Result, connect, gnutls_serv
from pki import pki
from support import Process, check, folder, same
from test_stacks import server
from witness import BACK, LINE, witness

AGAIN = "*** This is a resumed session"


class Told:
    """A server on `port`; said(n): of its first n connections, whether they were resumed."""

    def __init__(self, port, process, said):
        self.port, self.process, self._said = port, process, said

    def said(self, count):
        return support.wait_until(lambda: len(now := self._said()) >= count and now, f"{count} connections")[:count]


@contextlib.contextmanager
def openssl(*options, identity=None):
    """-trace shows what it sent; every connection ends with a line that says so."""
    with witness(*options, identity=identity) as peer:
        def said():
            parts = peer.process.text().split("\nCONNECTION CLOSED")[:-1]
            return [visitor_output.resumed(part, "Sent") for part in parts]
        yield Told(peer.port, peer.process, said)


@contextlib.contextmanager
def gnutls(*options, priority="NORMAL", identity=None, mutual=False):
    asks = ["--disable-client-cert"]
    if mutual:
        asks = ["--x509cafile", pki().client_anchors(), "--require-client-cert", "--verify-client-cert"]
    with gnutls_serv(*asks, *options, identity=identity or pki().server(),
                     priority=priority) as (process, port):
        def said():
            parts = process.text().split("* Accepted connection")[1:]
            return [AGAIN in part for part in parts if "- Cipher:" in part]
        yield Told(port, process, said)


@contextlib.contextmanager
def stack(name, *options, identity=None):
    """Over mbedtls, wolfssl or bearssl."""
    with server(name, "--resume", *options, identity=identity) as peer:
        def said():
            return [line["resumed"] for line in lines(peer.process)]
        yield Told(peer.port, peer.process, said)


@contextlib.contextmanager
def ours(*options, identity=None, words=""):
    """tests/peers/handfast_server.c"""
    it = identity or pki().server()
    command = [os.environ["HF_PEER_handfast"], "--resume", "--reverse", "--chain", it.chain, "--key", it.key]
    with Process(*command, *options, env=dict(os.environ, HF_SERVER_OPTIONS=words)) as process:
        port = int(process.wait_line(r"^listening on (\d+)$").group(1))

        def said():
            return [line["resumed"] for line in lines(process)]
        yield Told(port, process, said)


def lines(process):
    """What servers of tests/peers have said, one line of JSON a connection."""
    return [Result(json.loads(line)) for line in process.text().splitlines() if line.startswith("{")]


# ---- what clients say

def resumed(results):
    return [result.resumed for result in results]


def all_resumed(results, what):
    """All but the first, at less cost."""
    same(resumed(results), [False] + [True] * (len(results) - 1), f"resumed: {what}")
    full, *rest = results
    for result in rest:
        check(result.bytes_in < full.bytes_in, f"{what}: {result.bytes_in} bytes came, after {full.bytes_in}")


def agree(results, peer, what):
    all_resumed(results, what)
    same(peer.said(len(results)), resumed(results), f"the server says, {what}")


VERSION = {TLS12: "0x0303,0x0303", TLS13: "0x0304,0x0304"}


def ours_at(port, *flags, version=None, **options):
    """Our client: a line goes out and comes back, reversed or as it was."""
    options.setdefault("ca", pki().root().leaf)
    if version is not None:
        options["versions"] = VERSION[version]
    result = connect(port, *flags, send_hex=LINE.hex(), expect=len(LINE), **options)
    check(result.code == "HF_OK" and result.data.encode() in (LINE, BACK), f"our client: {result}")
    return result


def ours_again(port, *flags, times=3, **options):
    """So many connections, with what the one before has left."""
    with folder() as base:
        return [ours_at(port, *flags, session=base / "session", **options) for _ in range(times)]
