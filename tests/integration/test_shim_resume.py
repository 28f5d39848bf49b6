"""The shim's flags about sessions: several connections in a row, what is kept between them, and what is
not resumed. Both ends say whether a connection was resumed. See test_shim.py.
"""
import base64
import ssl
import sys

import support
from pki import pki
from shim_runner import (TLS12, TLS13, client, fails, in_turn, play, refused, server, shim_client, shim_pair,
                         shim_server)
from support import same

BOTH = (TLS12, TLS13)
RENEWED = "-on-resume-expect-ticket-renewal"
NEW, NOT_NEW = "a new session came", "no new session came"
MISSED, HIT = "the session is not resumed", "the session is resumed, and should not be"
KEYS = [base64.b64encode(bytes([fill]) * 48).decode() for fill in (1, 2)]


def only(version):
    return {"versions": (version, version)}


def no_tickets(context):
    """Session ids in TLS 1.2, and no sessions at all in TLS 1.3."""
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0


def takes_no_tickets(context):
    context.options |= ssl.OP_NO_TICKET


def servers(*reused, **options):
    """The same server for as many connections of the shim."""
    return [server(in_turn(*reused), **options)] * len(reused)


def clients(*reused, sessions=None, **options):
    sessions = [] if sessions is None else sessions
    return [client(in_turn(*reused), sessions=sessions, **options)] * len(reused)


# ---- several connections

def test_in_a_row():
    for version in BOTH:
        for more in ([], ["-async"], ["-implicit-handshake"], ["-async", "-implicit-handshake"]):
            flags = ["-resume-count", 2, "-expect-version", version, *more]
            play(flags, *servers(False, True, True, **only(version)))
            play(shim_server(*flags), *clients(False, True, True, **only(version)))
            play(shim_client(*flags), *servers(False, True, True, ca=pki().root().leaf, **only(version)))
            play(shim_server("-require-any-client-certificate", *flags),
                 *clients(False, True, True, kind="p256", **only(version)))


def test_misses():
    """A server that does not know the session: another one."""
    for version in BOTH:
        for more in ([], ["-implicit-handshake"]):
            this, other = server(**only(version)), server(**only(version))
            fails2(["-resume-count", 1, *more], this, other, MISSED)
            play(["-resume-count", 2, "-on-resume-expect-session-miss", *more], this, other, this)
            fails2(["-resume-count", 1, "-expect-session-miss", *more], *servers(False, True, **only(version)), HIT)
            fails2(shim_server("-resume-count", 1, *more), client(**only(version)), client(**only(version)), MISSED)
            play(shim_server("-resume-count", 1, "-expect-session-miss", *more), client(**only(version)),
                 client(**only(version)))
            fails2(shim_server("-resume-count", 1, "-expect-session-miss", *more),
                   *clients(False, True, **only(version)), HIT)


def fails2(flags, first, second, *words):
    """The second connection is not as the flags want it."""
    def unheeded(sock):
        try:
            second(sock)
        except (ssl.SSLError, OSError):
            pass  # the shim has dropped it, and its words are looked at
    play(flags, first, unheeded, code=1, says=words)


def test_prefixes():
    """The first connection is TLS 1.2, the second TLS 1.3, and each flag counts for its own alone."""
    play(["-resume-count", 1, "-expect-session-miss", "-on-initial-expect-version", TLS12, "-on-resume-expect-version",
          TLS13, "-on-retry-expect-version", 1], server(**only(TLS12)), server())


def test_retry():
    """A HelloRetryRequest between the offer and its acceptance."""
    play(shim_server("-curves", 24, "-expect-hrr", "-resume-count", 1), *clients(False, True, **only(TLS13)))
    play(["-curves", 29, "-curves", 23, "-expect-hrr", "-resume-count", 1],
         *servers(False, True, group="prime256v1", **only(TLS13)))


# ---- what is kept

def test_session_ids():
    """-expect-session-id: a server keeps a session itself, instead of giving a ticket."""
    row = ["-resume-count", 2]
    by_id = {"prepare": takes_no_tickets}
    play(shim_server(*row, "-expect-session-id"), *clients(False, True, True, **by_id, **only(TLS12)))
    play(shim_server(*row, "-expect-no-session-id"), *clients(False, True, True, **only(TLS12)))
    play(shim_server(*row, "-expect-no-session-id"), *clients(False, True, True, **only(TLS13)))
    fails(shim_server("-expect-no-session-id"), client(**by_id, **only(TLS12)), "a session is kept")
    for version in BOTH:
        fails(shim_server("-expect-session-id"), client(**only(version)), "no session is kept")
    play([*row, "-expect-session-id"], *servers(False, True, True, prepare=no_tickets, **only(TLS12)))
    fails(["-expect-session-id"], server(prepare=no_tickets, **only(TLS13)), "no session is kept")


def test_no_session():
    play(["-expect-no-session", "-expect-no-session-id"], server(prepare=no_tickets, **only(TLS13)))
    for version in BOTH:
        fails(["-expect-no-session"], server(**only(version)), NEW)
        fails(["-expect-no-session-id"], server(**only(version)), "a session is kept")


def test_renewal():
    """OpenSSL gives a new ticket in every connection of TLS 1.3 that may, and in none of TLS 1.2; we do in both."""
    row = ["-resume-count", 1]
    play([*row, RENEWED], *servers(False, True, **only(TLS13)))
    fails2([*row, RENEWED], *servers(False, True, **only(TLS12)), NOT_NEW)
    first_only = []

    def one_ticket(peer):
        first_only[0].num_tickets = 0
        peer.echo()
        peer.close()
    once = server(in_turn(False, True, talk=one_ticket), prepare=first_only.append, **only(TLS13))
    fails2([*row, RENEWED], once, once, NOT_NEW)
    identity = shim_server("-shim-shuts-down")[1:]
    for version in BOTH:
        shim_pair([*row, RENEWED, "-max-version", version], [*row, *identity], 2)
    shim_pair([*row, "-max-version", TLS12], [*row, *identity], 2, code=1, says=NEW)


def test_no_ticket():
    """A server gives none: TLS 1.2 has session ids instead. A client keeps no session."""
    row = ["-resume-count", 1]
    play(shim_server(*row, "-no-ticket", "-expect-session-id"), *clients(False, True, **only(TLS12)))
    play(shim_server(*row, "-no-ticket", "-expect-session-miss"), *clients(False, False, **only(TLS13)))
    fails2(shim_server(*row, "-no-ticket"), *clients(False, False, **only(TLS13)), MISSED)
    for version in BOTH:
        play(shim_server(*row, "-on-resume-no-ticket", "-on-resume-expect-session-miss"),
             *clients(False, False, **only(version)))
        play([*row, "-no-ticket", "-expect-session-miss", "-expect-no-session"],
             *servers(False, False, **only(version)))


def test_ticket_key():
    for version in BOTH:
        row = ["-resume-count", 1]
        play(shim_server(*row, "-ticket-key", KEYS[0]), *clients(False, True, **only(version)))
        changed = ["-on-initial-ticket-key", KEYS[0], "-on-resume-ticket-key", KEYS[1]]
        play(shim_server(*row, *changed, "-expect-session-miss"), *clients(False, False, **only(version)))
        fails2(shim_server(*row, *changed), *clients(False, False, **only(version)), MISSED)
        # The same in another process; the key is all that the two have in common.
        for key, known in ((KEYS[0], True), (KEYS[1], False)):
            device = client(in_turn(False, known), sessions=[], **only(version))
            play(shim_server("-ticket-key", KEYS[0]), device)
            if known: # and the first connection is not expected to be resumed
                fails(shim_server("-ticket-key", key, "-implicit-handshake"), device, HIT)
            else:
                play(shim_server("-ticket-key", key), device)
    for text in ("AQ?", ""):
        play(shim_server("-ticket-key", text), code=1, says="-ticket-key: no base64")


def test_delay():
    """The shim's clock: a ticket of ours is good for a day, one of OpenSSL for two hours."""
    for version in BOTH:
        row = ["-resume-count", 2]
        play(shim_server(*row, "-resumption-delay", 1000), *clients(False, True, True, **only(version)))
        late = [*row, "-resumption-delay", 90000]
        sessions = []
        play(shim_server(*late, "-expect-session-miss"),
             *clients(False, False, False, sessions=sessions, **only(version)))
        same([session.has_ticket for session in sessions], [True] * 3, "there is always a key for new tickets")
        fails2(shim_server("-resume-count", 1, "-resumption-delay", 90000), *clients(False, False, **only(version)),
               MISSED)
        play([*row, "-resumption-delay", 1000], *servers(False, True, True, **only(version)))
        play([*row, "-resumption-delay", 8000, "-expect-session-miss"], *servers(False, False, False, **only(version)))


# ---- who the peer was

def test_reverify():
    """In a resumed connection the peer is judged again with -reverify-on-resume alone."""
    refusal = ("HF_E_PEER_UNKNOWN", "alert sent: certificate_unknown")
    row = ["-resume-count", 1, "-on-resume-verify-fail"]
    for version in BOTH:
        for more in ([], ["-async"]):
            asks = shim_server("-require-any-client-certificate", *row, *more)
            device = {"kind": "p256", **only(version)}
            play(["-verify-peer", *row, *more], *servers(False, True, **only(version)))
            play(asks, *clients(False, True, **device))
            play(["-verify-peer", "-resume-count", 1, "-reverify-on-resume", "-expect-verify-result", *more],
                 *servers(False, True, **only(version)))
            play(["-verify-peer", "-reverify-on-resume", *row, *more], *refusing(server, **only(version)), code=1,
                 says=refusal)
            play([*asks, "-reverify-on-resume"], *refusing(client, sessions=[], **device), code=1, says=refusal)
        # A full handshake is judged in any case.
        play(["-verify-peer", "-expect-session-miss", *row], server(**only(version)),
             server(refused("CERTIFICATE_UNKNOWN"), **only(version)), code=1, says=refusal)


def refusing(side, **options):
    """The first connection is as usual, the second one refused; by the same peer."""
    talks = iter((in_turn(False), refused("CERTIFICATE_UNKNOWN")))
    return [side(lambda peer: next(talks)(peer), **options)] * 2


def test_verify_result():
    """The verdict of the full handshake stands."""
    row = ["-resume-count", 1, "-expect-verify-result"]
    for version in BOTH:
        play([*row, "-verify-fail"], *servers(False, True, **only(version)))
        fails2([*row, "-on-initial-verify-fail"], *servers(False, True, **only(version)),
               "the result of the verification is another than expected")


def test_certificates():
    """The fingerprint outlives the certificates; the signature's scheme and, in TLS 1.2, the group do not."""
    it, device = pki().server(), pki().client("p256")
    row = ["-resume-count", 1, "-expect-curve-id", 29]
    for version in BOTH:
        play([*row, "-expect-peer-cert-file", it.chain, "-expect-peer-signature-algorithm", 0x0403],
             *servers(False, True, **only(version)))
        fails2([*row, "-on-resume-expect-peer-cert-file", device.chain], *servers(False, True, **only(version)),
               "the session is of another certificate than expected")
        asks = ["-require-any-client-certificate", *row]
        play(shim_server(*asks, "-expect-peer-cert-file", device.chain),
             *clients(False, True, kind="p256", **only(version)))
        play(shim_server("-verify-peer", "-expect-no-peer-cert", *row), *clients(False, True, **only(version)))
        fails2(shim_server(*asks, "-on-resume-expect-no-peer-cert"),
               *clients(False, True, kind="p256", **only(version)), "the peer sent a certificate")
    fails2([*row, "-on-resume-expect-curve-id", 23], *servers(False, True, **only(TLS13)),
           "the group is 29, should be 23")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
