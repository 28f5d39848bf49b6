"""The shim that an external TLS runner starts (tests/shim): every flag, with a case that holds and, where
the flag expects something, one that does not. The runner's part is played by shim_runner.py.

Here: the protocol and the exchange of data. The other test_shim_*.py have the other families of flags.
The last test reads the shim's table of flags and fails for one that no case gives.
"""
import json
import os
import re
import sys
from pathlib import Path

import support
from pki import pki
from shim_runner import (TLS12, TLS13, client, cut_off, fails, not_there, play, raw, server, shim_client, shim_server)
from support import check, same

SOURCE = Path(os.environ.get("HF_SOURCE", "."))


# ---- the protocol itself

def test_protocol():
    stdout, _ = play(["-is-handshaker-supported"])
    same(stdout, "No\n", "-is-handshaker-supported")
    play([], server(), shim_id=2**64 - 1)
    play([], server(), ipv6=True)
    play(["-port"], code=1, says="-port: its value is missing")
    play(["-min-version", "x"], code=1, says="-min-version: no value of its kind")
    play(["-min-version", "-1"], code=1, says="-min-version: no value of its kind")
    play(["-curves", "65536"], code=1, says="-curves: no value of its kind")


def test_what_is_not_there():
    for flag in ("-psk", "-psk-identity", "-dtls", "-quic", "-handoff", "-handshake-hints", "-enable-early-data",
                 "-expect-ticket-supports-early-data", "-use-ticket-callback", "-advertise-npn",
                 "-allow-unknown-alpn-protos", "-enable-ech-grease", "-no-such-flag"):
        not_there([flag], f"flag {flag}")
    not_there(["-on-resume-psk", "x"], "flag -on-resume-psk")
    not_there(["-on-resume-expect-accept-early-data"], "flag -on-resume-expect-accept-early-data")
    not_there(["-curves", 25], "-curves 25")  # P-521
    not_there(["-verify-prefs", 0x0807], "-verify-prefs 2055")  # Ed25519
    not_there(["-signing-prefs", 0x0203], "-signing-prefs 515")  # ECDSA with SHA-1
    not_there(["-use-client-ca-list", "<EMPTY>"], "-use-client-ca-list: certificate_authorities of a client")


def test_what_needs_nothing():
    flags = ["-write-settings", "nowhere", "-handshaker-path", "nowhere", "-trust-cert", "nowhere",
             "-use-custom-verify-callback", "-use-old-client-cert-callback", "-partial-write", "-expect-cipher-no-aes", 1,
             "-expect-no-next-proto", "-renegotiate-ignore", "-on-shim-partial-write"]
    play(flags, server())
    play(shim_server("-use-early-callback", "-install-ddos-callback", "-server-preference"), client())


# ---- the exchange

def test_echo():
    def long(peer):
        peer.handshake()
        peer.echo(1)
        peer.echo(100000)
        peer.close()
    for version in (TLS12, TLS13):
        for more in ([], ["-async"], ["-implicit-handshake"], ["-async", "-implicit-handshake"]):
            play(["-expect-version", version, *more], server(long, versions=(version, version)))
            play(shim_server("-expect-version", version, *more), client(long, versions=(version, version)))
            play(shim_client(*more), server(long, versions=(version, version), ca=pki().root().leaf))


def first_read(least, most):
    def talk(peer):
        peer.handshake()
        peer.write(bytes(1000))
        size = len(peer.read())
        check(least <= size <= most, f"one record brings {least} to {most} bytes, not {size}")
        peer.read_exactly(1000 - size)
        peer.close()
    return talk


def test_sizes():
    play([], server(first_read(512, 512)))
    play(["-read-size", 10], server(first_read(10, 10)))
    play(["-read-size", 4096, "-max-send-fragment", 600], server(first_read(500, 600)))


def test_max_send_fragment():
    """No record of ours has more content than that: neither data nor handshake messages."""
    def talk(peer):
        peer.handshake()
        peer.echo(5000)
        peer.close()
        sizes = [length for _, length in peer.records()]
        check(max(sizes) <= 512 + 8 + 16, f"records of at most 512 bytes: {sizes}")
        check(len(sizes) > 10, f"many records: {sizes}")
    long_chain = pki().rsa_of_three()
    for version in (TLS12, TLS13):
        flags = ["-max-send-fragment", 512, "-read-size", 4096]
        play(flags, server(talk, versions=(version, version)))
        play(["-server", "-cert-file", long_chain.chain, "-key-file", long_chain.key, *flags],
             client(talk, versions=(version, version)))


def test_small_buffers():
    """Our own flags: the buffers of a device."""
    play(["-hf-input", 2048, "-hf-output", 512, "-hf-certificate", 10240], server())
    play(["-hf-certificate", 16], code=1, says="HF_E_MEMORY_TOO_SMALL")


def test_writing_first():
    def talk(peer):
        peer.handshake()
        same(peer.read_exactly(5), b"hello", "what comes first")
        peer.echo()
        peer.close()
    for flags in (["-shim-writes-first"], ["-async", "-read-with-unfinished-write"]):
        play(flags, server(talk))
        play(shim_server(*flags), client(talk))


def test_reading_ways():
    for flags in (["-peek-then-read"], ["-use-exporter-between-reads"], ["-no-op-extra-handshake"],
                  ["-handshake-twice"]):
        for version in (TLS12, TLS13):
            play(flags, server(versions=(version, version)))


def test_key_updates():
    def count(expected):
        def talk(peer):
            peer.handshake()
            peer.echo(10)
            peer.echo(10)
            peer.close()
            sealed = [kind for kind, _ in peer.records() if kind == 23]
            same(len(sealed), 4 + expected, "records: Finished, two echoes, KeyUpdates, close_notify")
        return talk
    play([], server(count(0), versions=(TLS13, TLS13)))
    play(["-key-update"], server(count(2), versions=(TLS13, TLS13)))
    play(["-key-update-before-read"], server(count(3), versions=(TLS13, TLS13)))
    fails(["-key-update"], server(cut_off_after_echo, versions=(TLS12, TLS12)), "HF_E_USAGE")


def cut_off_after_echo(peer):
    peer.handshake()
    peer.write(b"x")
    cut_off(peer)


def test_ends():
    def rude(peer):
        peer.handshake()
        peer.echo()

    def rude_reader(peer):
        """Its own close_notify never comes."""
        peer.handshake()
        while peer.read():
            pass
    play([], server(rude))
    fails(["-check-close-notify"], server(rude), "HF_E_TRUNCATED")
    play(["-check-close-notify"], server())
    play(["-shim-shuts-down"], server(rude_reader))
    fails(["-shim-shuts-down", "-check-close-notify"], server(rude_reader), "HF_E_TRUNCATED")
    play(shim_server("-shim-shuts-down", "-check-close-notify"), client(lambda peer: (rude_reader(peer), peer.close())))
    fails(["-handshake-never-done"], server(cut_off), "the handshake is done, and never should be")


def test_errors():
    play([], raw(b"\x15\x03\x03\x00\x02\x02\x28"), code=1, says=("HF_E_ALERT", "alert received: handshake_failure"))
    alert = b"\x15\x03\x03\x00\x02\x02\x0a"
    play([], raw(b"no TLS at all", lambda came: check(came.endswith(alert), "the alert arrives")), code=1,
         says=("HF_E_NOT_TLS", "alert sent: unexpected_message"))
    play([], raw(b""), code=1, says="HF_E_CLOSED_IN_HANDSHAKE")
    play(shim_server(), raw(b"GET / HTTP/1.1\r\n\r\n"), code=1, says="alert sent: unexpected_message")
    play(["-server"], code=1, says="HF_E_NO_IDENTITY")
    play(["-cert-file", "/nowhere"], code=1, says="-cert-file, -key-file: cannot be read")


# ---- what belongs to the shim

def test_error_map():
    """Every word of the map is one that the shim prints."""
    given = json.loads((SOURCE / "tests/shim/errors.json").read_text())
    same(sorted(given), ["DisabledTests", "ErrorMap"], "members")
    errors = re.findall(r"^HF_ERROR\((\w+),", (SOURCE / "include/handfast/errors.def").read_text(), re.M)
    alerts = re.findall(r'^HF_ALERT\(\d+, "(\w+)"', (SOURCE / "include/handfast/alerts.def").read_text(), re.M)
    words = {f"HF_E_{name}" for name in errors} | {f"alert received: {name}" for name in alerts}
    wrong = {name: word for name, list_ in given["ErrorMap"].items() for word in list_ if word not in words}
    same(wrong, {}, "words that the shim never prints")
    check(all(given["ErrorMap"].values()) and len(given["ErrorMap"]) > 100, "the map is filled")


def test_every_flag_is_given():
    """Each flag of the shim's table stands in one of the tests."""
    table = (SOURCE / "tests/shim/flags.c").read_text()
    flags = set(re.findall(r'^    \{"(-[\w-]+)", [A-Z_]+,', table, re.M))
    check(len(flags) > 80, f"the table is found: {len(flags)} flags")
    texts = [path.read_text() for path in (SOURCE / "tests/integration").glob("*shim*.py")]
    used = set(re.findall(r'"(?:-on-(?:initial|resume|retry|shim))?(-[\w-]+)"', "\n".join(texts)))
    same(flags - used, set(), "flags that no test gives")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
