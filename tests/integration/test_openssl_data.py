"""The engine against openssl s_server after the handshake: data in bulk, KeyUpdate, key limits,
renegotiation. -rev sends every line back reversed; without a mode s_server obeys single letters on
its standard input (K, k: KeyUpdate with and without an answer asked for; r: HelloRequest).
"""
import array
import concurrent.futures
import fcntl
import subprocess
import sys
import termios

import support
from interop import (DEVICE, SUITES13, TLS12, TLS13, VERSIONS, Cases, connect, expect, fill, s_server, sha256, text)
from pki import pki
from support import check, wait_until

MEGABYTE = 1 << 20


def trust():
    return pki().root().leaf


def reversed_lines(data):
    return b"".join(line[::-1] + b"\n" for line in data.split(b"\n")[:-1])


def test_a_megabyte_both_ways():
    with s_server("-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_CHACHA20_POLY1305_SHA256",
                  "-cipher", "ALL", identity=pki().server(), mode="-rev") as (_, port), Cases() as cases:
        def one(version, size, *flags, **options):
            result = connect(port, *flags, ca=trust(), versions=VERSIONS[version], fill=size, expect=size, **options)
            expect(result, code="HF_OK", received=size, sent=size, sha256=sha256(reversed_lines(fill(size))))
        for version in VERSIONS:
            cases.add("large", one, version, MEGABYTE, output=16645)
            cases.add("a device", one, version, MEGABYTE, **DEVICE)
            cases.add("smallest output", one, version, MEGABYTE // 8, input=2048, output=256)
            cases.add("one byte at a time", one, version, MEGABYTE, "one-byte")
        for suite in ("0x1304", "0x1303"):
            cases.add(suite, one, TLS13, MEGABYTE, suites=suite)
        for suite in ("0xc0ac", "0xcca9", "0xc02c"):
            cases.add(suite, one, TLS12, MEGABYTE // 4, suites=suite)


def test_folded_between_records():
    """Whenever it is idle the connection is folded and unfolded again."""
    with s_server("-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_AES_128_CCM_SHA256:"
                  "TLS_CHACHA20_POLY1305_SHA256", "-cipher", "ALL", identity=pki().server(), mode="-rev") as (_, port), \
            Cases() as cases:
        def one(version, suite, least, *flags, size=102400, **options):
            result = connect(port, "fold", *flags, ca=trust(), versions=VERSIONS[version], suites=suite, fill=size,
                             expect=size, export="EXPORTER-fold:32", **options)
            expect(result, code="HF_OK", received=size, sent=size, sha256=sha256(reversed_lines(fill(size))))
            check(result.folds >= least, f"{result.folds} folds: {result.command}")
        for suite in SUITES13:
            cases.add(hex(suite), one, TLS13, hex(suite), 10)
        for suite in ("0xc02b", "0xc0ac", "0xcca9", "0xc02c"):
            cases.add(suite, one, TLS12, suite, 10)
        cases.add("a device", one, TLS13, "0x1301", 10, **DEVICE)
        cases.add("one byte at a time", one, TLS13, "0x1301", 10, "one-byte", size=20480)


def test_key_updates_of_ours():
    """Not with -rev, which sleeps for a second at each. More of them in test_gnutls.py."""
    with s_server(identity=pki().server(), mode=None, stdin=subprocess.PIPE) as (server, port):
        def one(word, *flags, **options):
            result = connect(port, *flags, ca=trust(), versions=VERSIONS[TLS13], send_hex=text(word + "\n"), **options)
            expect(result, code="HF_OK", closed=True)
            server.wait_line(f"^{word}$")
        for flags in ([], ["one-byte"]):
            one("alone" + "".join(flags), *flags, updates=20)
            one("both" + "".join(flags), *flags, "updates-both", updates=20)
            one("sha384" + "".join(flags), *flags, "updates-both", updates=3, suites="0x1302")


def test_key_limit_of_12():
    """TLS 1.2 cannot change keys: the connection is closed in order, and says why."""
    with s_server(identity=pki().server(), mode="-rev") as (_, port):
        for flags in ([], ["one-byte"]):
            result = connect(port, *flags, ca=trust(), versions=VERSIONS[TLS12], fill=65536, expect=65536, key_limit=5)
            expect(result, code="HF_E_KEY_LIMIT", alert_by="none", open=True)


def obey(server, letter):
    """s_server looks at the first letter of what one read gives it, so it must have read the last."""
    server.child.stdin.write(letter.encode() + b"\n")
    server.child.stdin.flush()
    waiting = array.array("i", [0])
    def taken():
        fcntl.ioctl(server.child.stdin.fileno(), termios.FIONREAD, waiting)
        return waiting[0] == 0
    wait_until(taken, f"s_server to read {letter}")


def talk(version, letters, *flags, line="", **options):
    """Connects to an s_server that does what the letters say before it sends a line."""
    with s_server(identity=pki().server(), mode=None, stdin=subprocess.PIPE) as (server, port), \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(connect, port, *flags, ca=trust(), versions=VERSIONS[version], **options)
        server.wait_line("^CIPHER is ")
        for letter in letters:
            obey(server, letter)
        server.child.stdin.write(line.encode())
        server.child.stdin.flush()
        return waiting.result(), server


def test_key_updates_of_the_server():
    with Cases() as cases:
        def one(letters, *flags):
            line = "how do you do\n"
            result, server = talk(TLS13, letters, *flags, line=line, send_hex=text("good day\n"), expect=len(line))
            expect(result, code="HF_OK", closed=True, data=line)
            server.wait_line("^good day$")
        for flags in ([], ["one-byte"]):
            cases.add("without an answer", one, "k", *flags)
            cases.add("with an answer", one, "K", *flags)
            cases.add("several", one, "KkKKk", *flags)


def test_renegotiation_is_refused():
    """HelloRequest gets the warning no_renegotiation, which OpenSSL answers with an alert."""
    for flags in ([], ["one-byte"]):
        result, server = talk(TLS12, "r", *flags, expect=1)
        expect(result, open=True, received=0, code="HF_E_ALERT", alert="handshake_failure", alert_by="received")
        server.wait_line("no renegotiation")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
