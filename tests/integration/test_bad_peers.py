"""Servers that are none, or broken: each ends in its own error, with the right alert on the wire,
within the deadline."""
import os
import re
import sys
import time
from pathlib import Path

import support
from interop import (GET, TLS12, TLS13, VERSIONS, Cases, Fake, Relay, both_ways, connect, expect, s_server)
from pki import pki
from support import check, same, wait_until

CLIENT_HELLO, ALERT = 1, 21
UNEXPECTED, OVERFLOW, BAD_MAC, VERSION = (10, "unexpected_message"), (22, "record_overflow"), \
    (20, "bad_record_mac"), (70, "protocol_version")


def answers(data, code, alert=None, versions="0x0303,0x0304", more=None, **options):
    """A server that answers ClientHello with these bytes and closes; what the client then says must
    be its alert and nothing else."""
    def script(connection, hello):
        check(hello[:1] == b"\x16", "a ClientHello")
        connection.sendall(data)
    with Fake(script) as fake:
        for result in both_ways(fake.port, ca=pki().root().leaf, versions=versions, **options):
            expect(result, code=code, open=False, sent=0, received=0, **(more or {}))
            if alert is not None:
                expect(result, alert=alert[1], alert_by="sent")
    same(len(fake.heard), 2, "connections")
    for heard in fake.heard:
        same(heard, b"" if alert is None else b"\x15\x03" + heard[2:3] + bytes([0, 2, 2, alert[0]]), "what it heard")


def test_other_protocols():
    with Cases() as cases:
        cases.add("HTTP", answers, b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "HF_E_HTTP", UNEXPECTED)
        cases.add("HTML", answers, b"<html></html>", "HF_E_NOT_TLS", UNEXPECTED)
        cases.add("CONNACK", answers, b"\x20\x02\x00\x05", "HF_E_NOT_TLS", UNEXPECTED)
        cases.add("DISCONNECT", answers, b"\xe0\x00", "HF_E_NOT_TLS", UNEXPECTED)
        cases.add("SSH", answers, b"SSH-2.0-OpenSSH_9.2p1\r\n", "HF_E_NOT_TLS", UNEXPECTED)
        cases.add("SMTP", answers, b"220 mail.example ESMTP\r\n", "HF_E_NOT_TLS", UNEXPECTED)
        cases.add("SSL 2", answers, b"\x80\x2e\x04\x00\x01\x00\x02" + bytes(41), "HF_E_NOT_TLS", UNEXPECTED)
        cases.add("zeros", answers, bytes(64), "HF_E_NOT_TLS", UNEXPECTED)
        cases.add("ones", answers, b"\xff" * 64, "HF_E_NOT_TLS", UNEXPECTED)
        cases.add("version 2.0", answers, b"\x16\x02\x00\x00\x04\x02\x00\x00\x00", "HF_E_RECORD_VERSION", VERSION)
        cases.add("half of HTTP", answers, b"HTT", "HF_E_CLOSED_IN_HANDSHAKE")


def test_records_that_are_wrong():
    record = b"\x16\x03\x03"
    with Cases() as cases:
        cases.add("too long", answers, record + b"\x40\x01" + bytes(16385), "HF_E_RECORD_OVERFLOW", OVERFLOW)
        cases.add("as long as can be", answers, record + b"\xff\xff" + bytes(100), "HF_E_RECORD_OVERFLOW", OVERFLOW)
        cases.add("truncated", answers, record + b"\x00\x64" + b"\x02\x00\x00\x60" + bytes(46),
                  "HF_E_CLOSED_IN_HANDSHAKE")
        cases.add("header alone", answers, record + b"\x00\x64", "HF_E_CLOSED_IN_HANDSHAKE")
        cases.add("half a header", answers, record, "HF_E_CLOSED_IN_HANDSHAKE")
        cases.add("empty", answers, record + b"\x00\x00", "HF_E_EMPTY_RECORD", UNEXPECTED)
        cases.add("data first", answers, b"\x17\x03\x03\x00\x05hello", "HF_E_RECORD_TYPE", UNEXPECTED)
        cases.add("a message not due", answers, record + b"\x00\x04\x0e\x00\x00\x00", "HF_E_UNEXPECTED_MESSAGE",
                  UNEXPECTED)
        cases.add("the client's own", answers, record + b"\x00\x04\x01\x00\x00\x00", "HF_E_UNEXPECTED_MESSAGE",
                  UNEXPECTED)
        cases.add("hello without content", answers, record + b"\x00\x04\x02\x00\x00\x00", "HF_E_DECODE",
                  (50, "decode_error"))
        cases.add("alert of one byte", answers, b"\x15\x03\x03\x00\x01\x02", "HF_E_ALERT_SYNTAX", (50, "decode_error"))
        cases.add("many change_cipher_spec", answers, b"\x14\x03\x03\x00\x01\x01" * 40, "HF_E_TOO_MANY_RECORDS",
                  UNEXPECTED)


def test_nothing_comes():
    with Fake(lambda connection, hello: connection.recv(100)) as fake:  # until the client gives up
        for flags in ([], ["one-byte"]):
            begin = time.monotonic()
            result = connect(fake.port, *flags, ca=pki().root().leaf, timeout=300)
            expect(result, code="HF_E_TLS_TIMEOUT", error="HF_OK", open=False, records_in=0)
            check(time.monotonic() - begin < 5, "the deadline holds")


def test_closed_at_once():
    answers(b"", "HF_E_CLOSED_IN_HANDSHAKE", more={"alert_by": "none", "step": CLIENT_HELLO})


def alerts():
    source = Path(os.environ["HF_SOURCE"]) / "include/handfast/alerts.def"
    return [(int(number), name) for number, name in re.findall(r'^HF_ALERT\((\d+), "(\w+)"', source.read_text(), re.M)]


def test_every_fatal_alert():
    """The record holds which; nothing is answered."""
    known = alerts()
    check(len(known) > 30, "the list of alerts")
    with Cases() as cases:
        for number, name in [*known, (99, "unknown")]:
            code = "HF_E_CLOSED_IN_HANDSHAKE" if number == 0 else "HF_E_ALERT"
            cases.add(name, answers, bytes([ALERT, 3, 3, 0, 2, 2, number]), code,
                      more={"alert": name, "alert_by": "received", "step": CLIENT_HELLO})
        cases.add("of SSL 3", answers, bytes([ALERT, 3, 0, 0, 2, 2, 40]), "HF_E_ALERT",
                  more={"alert": "handshake_failure", "alert_by": "received"})
        cases.add("too many warnings", answers, bytes([ALERT, 3, 3, 0, 2, 1, 112]) * 20, "HF_E_TOO_MANY_RECORDS",
                  UNEXPECTED)


def test_closed_in_mid_handshake():
    """After so many bytes of a real server's flight, on each side of every boundary."""
    it = pki().client("p256")
    mutual = ["-Verify", "4", "-CAfile", pki().client_anchors()]
    with s_server(*mutual, identity=pki().server()) as (_, port), Cases() as cases:
        def one(version, cut):
            with Relay(port, cut=cut) as relay:
                for flags in ([], ["one-byte"]):
                    result = connect(relay.port, *flags, ca=pki().root().leaf, versions=VERSIONS[version],
                                     cert=it.chain, key=it.key)
                    expect(result, code="HF_E_CLOSED_IN_HANDSHAKE", alert_by="none", open=False, bytes_in=cut)
        for version in VERSIONS:
            for cut in (1, 4, 5, 6, 9, 60, 127, 200, 500, 1000, 1100):
                cases.add(f"{version:#x} after {cut}", one, version, cut)


def test_bad_tag():
    """A flipped bit on the way: bad_record_mac, which the server receives."""
    with Cases() as cases:
        def one(version, position, opened, flags):
            with s_server("-msg", identity=pki().server()) as (server, port), \
                    Relay(port, one_record(version, position)) as relay:
                result = connect(relay.port, "expect-close", *flags, ca=pki().root().leaf, versions=VERSIONS[version],
                                 send_hex=GET)
                expect(result, code="HF_E_BAD_RECORD_MAC", alert="bad_record_mac", alert_by="sent", open=opened,
                       received=0)
                wait_until(lambda: "fatal bad_record_mac" in server.text(), "the alert in the server's log")
        for flags in ([], ["one-byte"]):
            for position in range(4):
                cases.add(f"1.3, record {position}", one, TLS13, position, False, flags)
            cases.add("1.3, ticket", one, TLS13, 4, True, flags)
            cases.add("1.3, data", one, TLS13, 6, True, flags)
            cases.add("1.2, Finished", one, TLS12, 0, False, flags)
            cases.add("1.2, data", one, TLS12, 1, True, flags)


def one_record(version, number):
    """Flips the last bit of the number-th sealed record of the server."""
    flips = {}

    def change(before, data):
        whole, changed = before + data, bytearray(data)
        at, sealed, ready = 0, 0, version == TLS13
        while at + 5 <= len(whole):
            end = at + 5 + int.from_bytes(whole[at + 3:at + 5], "big")
            kind = whole[at]
            if kind == 23 or (ready and version == TLS12 and kind == 22):
                if sealed == number:
                    flips["at"] = end - 1
                sealed += 1
            ready = ready or kind == 20
            at = end
        target = flips.get("at", -1)
        if len(before) <= target < len(whole):
            changed[target - len(before)] ^= 1
        return bytes(changed)
    return change


def test_connection_is_cut_while_open():
    """No close_notify: that data may be missing is said."""
    with s_server(identity=pki().server()) as (_, port), Cases() as cases:
        def one(version, flags):
            with Relay(port, cut=2600) as relay:
                result = connect(relay.port, "expect-close", *flags, ca=pki().root().leaf, versions=VERSIONS[version],
                                 send_hex=GET)
                expect(result, code="HF_E_TRUNCATED", alert_by="none", open=True)
        for version in VERSIONS:
            for flags in ([], ["one-byte"]):
                cases.add(f"{version:#x}", one, version, flags)


def test_nobody_listens():
    result = connect(1, ca=pki().root().leaf)
    expect(result, code="HF_E_CONNECT_REFUSED", where="connect", bytes_out=0)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
