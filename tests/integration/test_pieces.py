"""Records larger than the input buffer: the re-recording proxy (tests/peers/rerecord.c) makes
s_server's whole flight, with a chain of three RSA certificates, stand in one record of over 4 KB."""
import contextlib
import json
import os
import ssl
import sys

import support
from interop import (GET, NO_STEP, PIECES, SUITES13, TLS13, VERSIONS, Cases, connect, expect, needs_pieces, s_server)
from pki import pki
from support import Process, check, folder, same

RERECORD = os.environ.get("HF_RERECORD", "")
CERTIFICATE, CERTIFICATE_VERIFY, FINISHED, ENCRYPTED_EXTENSIONS = 11, 15, 20, 8
ALERT, HANDSHAKE, DATA = 21, 22, 23


@contextlib.contextmanager
def logging_server(*options, identity=None):
    with folder() as base:
        log = base / "keys.log"
        with s_server("-keylogfile", log, "-ciphersuites", ":".join(SUITES13.values()), *options,
                      identity=identity or pki().rsa_of_three()) as (_, port):
            yield port, log


def through(server, *flags, proxy=(), **options):
    """One connection through a proxy of its own: (result, what the proxy saw)."""
    port, log = server
    options.setdefault("versions", VERSIONS[TLS13])
    with Process(RERECORD, "--upstream", port, "--keylog", log, *proxy) as process:
        listening = int(process.wait_line(r"^LISTEN (\d+)").group(1))
        result = connect(listening, *flags, ca=pki().root("rsa").leaf, **options)
        process.wait_end()
        saw = json.loads(process.text().split("\n")[-1])
    check("error" not in saw, f"the proxy: {saw}")
    check(saw["joined"] > 4096, f"{saw['joined']} bytes are too few")
    return result, saw


def fed_both_ways(call, *arguments, **options):
    for flags in ([], ["one-byte"]):
        call(flags, *arguments, **options)


def succeeds(flags, server, size, proxy=(), **options):
    result, _ = through(server, "expect-close", "no-limits", *flags, proxy=proxy, input=size, send_hex=GET, **options)
    # the answer may be larger than the buffer: only the handshake is in pieces
    check(result.open, f"not open: {json.dumps(result)}")
    check(result.code in ("HF_OK", "HF_E_RECORD_TOO_LARGE"), f"{json.dumps(result)}")
    check(size < 8192 or result.code == "HF_OK", f"{json.dumps(result)}")
    return result


def sizes(*wanted):
    """Of the input buffer: without pieces, those that hold any record."""
    return wanted if PIECES else [size for size in wanted if size > 16384]


def test_handshake_in_pieces():
    needs_pieces()
    it = pki().client("p256")
    with logging_server("-Verify", "4", "-verify_return_error", "-CAfile", pki().client_anchors()) as server:
        with Cases() as cases:
            for suite in sorted(PIECES):
                for size in (512, 1024, 2048, 16645):
                    cases.add(f"{suite:#x} {size}", fed_both_ways, succeeds, server, size, suites=suite,
                              cert=it.chain, key=it.key)
            for pad in (1, 3000, 11000):
                cases.add(f"pad {pad}", fed_both_ways, succeeds, server, 2048, proxy=("--pad", pad), cert=it.chain,
                          key=it.key)


def test_data_follow_in_pieces_of_their_own():
    """With max_fragment_length agreed the answer fits the buffer; the joined flight does not."""
    needs_pieces()
    with logging_server() as server, Cases() as cases:
        def one(flags, suite):
            result, _ = through(server, "expect-close", *flags, input=2048, send_hex=GET, suites=suite)
            expect(result, code="HF_OK", closed=True)
            check("HTTP/1.0 200 ok" in result.data, "the page")
        for suite in sorted(PIECES):
            cases.add(f"{suite:#x}", fed_both_ways, one, suite)


def test_backend_without_pieces():
    """The error names the size that would have done, and that size does."""
    missing = sorted(set(SUITES13) - PIECES)
    check(missing, "each backend lacks pieces for one AEAD")
    with logging_server() as server, Cases() as cases:
        def one(flags, suite):
            result, saw = through(server, *flags, input=2048, suites=suite)
            expect(result, code="HF_E_RECORD_TOO_LARGE", detail=saw["joined"], open=False, alert_by="sent")
            same(saw["after"][-1][0], ALERT, "the last record of the client")
            better, _ = through(server, *flags, input=result.detail, suites=suite)
            expect(better, code="HF_OK", open=True)
        for suite in missing:
            cases.add(f"{suite:#x}", fed_both_ways, one, suite)


def refused(flags, server, proxy, code, alert, number, **options):
    result, saw = through(server, *flags, proxy=proxy, send_hex=GET, **options)
    expect(result, code=code, alert=alert, alert_by="sent", open=False, sent=0, received=0)
    same(len(saw["after"]), 1, f"records of the client after the joined one ({saw['after']})")
    same((saw["after"][0][0], saw["after"][0][2]), (ALERT, number), "the one record of the client")
    return result


def test_bad_tag_says_nothing_but_its_alert():
    """Also with everything right inside, Finished included; and with client certificates and keys."""
    needs_pieces()
    it = pki().client("p256")
    with logging_server("-verify", "4", "-CAfile", pki().client_anchors()) as server, Cases() as cases:
        for suite in sorted(PIECES):
            for size in (512, 2048, 16645):
                cases.add(f"{suite:#x} {size}", fed_both_ways, refused, server, ["--flip-tag"],
                          "HF_E_BAD_RECORD_MAC", "bad_record_mac", 20, input=size, suites=suite, cert=it.chain,
                          key=it.key)


def test_bad_tag_wins_over_an_error_inside():
    with logging_server() as server, Cases() as cases:
        for change in (f"{CERTIFICATE}:-40", f"{CERTIFICATE}:0", f"{ENCRYPTED_EXTENSIONS}:3", f"{FINISHED}:-1",
                       f"{CERTIFICATE_VERIFY}:-1"):
            for size in sizes(1024, 16645):
                cases.add(f"{change} {size}", fed_both_ways, refused, server, ["--flip-tag", "--change", change],
                          "HF_E_BAD_RECORD_MAC", "bad_record_mac", 20, input=size)


def test_error_inside_with_a_good_tag():
    """The error's own alert, the same as when the record is opened as a whole."""
    leaf = len(ssl.PEM_cert_to_DER_cert(pki().rsa_of_three().leaf.read_text()))
    expected = [
        # the last certificate's signature: none of the anchors made it
        (f"{CERTIFICATE}:-40", "HF_E_CERT_UNKNOWN_CA", "unknown_ca", 48, {"depth": 2}),
        # the leaf's, which the second certificate made
        (f"{CERTIFICATE}:{11 + leaf - 20}", "HF_E_CERT_SIGNATURE", "bad_certificate", 42, {"depth": 0}),
        # type and length of the first DER element, behind header, context and two lengths
        (f"{CERTIFICATE}:11", "HF_E_CERT_SYNTAX", "bad_certificate", 42, {"depth": 0}),
        (f"{CERTIFICATE_VERIFY}:-1", "HF_E_HANDSHAKE_SIGNATURE", "decrypt_error", 51, {}),
        (f"{CERTIFICATE_VERIFY}:4", "HF_E_SCHEME", "illegal_parameter", 47, {}),
        (f"{FINISHED}:-1", "HF_E_FINISHED", "decrypt_error", 51, {}),
        (f"{ENCRYPTED_EXTENSIONS}:0", "HF_E_UNEXPECTED_MESSAGE", "unexpected_message", 10, {}),
        (f"{CERTIFICATE}:0", "HF_E_UNEXPECTED_MESSAGE", "unexpected_message", 10, {}),
    ]
    with logging_server() as server, Cases() as cases:
        def one(flags, change, code, alert, number, more, size):
            result = refused(flags, server, ["--change", change], code, alert, number, input=size)
            expect(result, **more)
        for change, code, alert, number, more in expected:
            for size in sizes(512, 2048, 16645):
                cases.add(f"{change} {size}", fed_both_ways, one, change, code, alert, number, more, size)


def test_tickets_larger_than_the_buffer():
    """Under application keys only a ticket may be larger than the buffer: it is dropped anyway."""
    needs_pieces()
    with logging_server() as server, Cases() as cases:
        def dropped(flags, suite):
            result, _ = through(server, "no-limits", *flags, proxy=("--grow", 6000), input=2048, suites=suite)
            expect(result, code="HF_OK", open=True, closed=True)  # close_notify was made longer, too
        def too_large(flags, suite):
            result, _ = through(server, "no-limits", "expect-close", *flags, proxy=("--grow", 6000), input=8000,
                                suites=suite, send_hex=GET)
            expect(result, code="HF_E_RECORD_TOO_LARGE", open=True, received=0, step=NO_STEP, alert="internal_error")
            better, _ = through(server, "no-limits", "expect-close", *flags, proxy=("--grow", 6000),
                                input=result.detail, suites=suite, send_hex=GET)
            expect(better, code="HF_OK")
        for suite in sorted(PIECES):
            cases.add(f"{suite:#x}", fed_both_ways, dropped, suite)
            cases.add(f"{suite:#x}, data", fed_both_ways, too_large, suite)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
