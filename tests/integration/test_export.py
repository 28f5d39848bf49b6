"""Keying material exporters: what openssl s_server and gnutls-serv print is what the client exports."""
import subprocess
import sys

import support
from interop import TLS12, TLS13, VERSIONS, connect, expect, gnutls_serv, s_server
from pki import pki
from support import check, same

LABEL = "EXPORTER-handfast-test"
SUITES = {TLS13: ("0x1301", "0x1302"), TLS12: ("0xc02b", "0xc02c")}
LENGTHS = (1, 20, 32, 33, 200)
LONGEST = "L" * 249


def export(port, version, what, *flags, **options):
    result = connect(port, *flags, ca=pki().root().leaf, versions=VERSIONS[version], export=what, **options)
    return expect(result, code="HF_OK", open=True, export_code="HF_OK", version=version)


def with_openssl(label, length, versions=SUITES):
    options = ["-keymatexport", label, "-keymatexportlen", str(length)]
    with s_server(*options, identity=pki().server(), mode=None, stdin=subprocess.PIPE) as (server, port):
        for version in versions:
            for suite in SUITES[version]:
                result = export(port, version, f"{label}:{length}", suites=suite)
                same(len(result.exported), 2 * length, "digits")
                server.wait_line(f"Keying material: {result.exported.upper()}$")


def test_openssl():
    for length in LENGTHS:
        with_openssl(LABEL, length)


def test_openssl_labels():
    """s_server takes TLS 1.3's labels of 249 bytes too."""
    with_openssl("x", 32)
    with_openssl(LONGEST, 32)


def test_gnutls():
    """It prints the material of a connection to its standard output."""
    for version, suites in SUITES.items():
        for suite in suites:
            options = ["--disable-client-cert", f"--keymatexport={LABEL}", "--keymatexportsize=48"]
            with gnutls_serv(*options, identity=pki().server(), priority="NORMAL") as (server, port):
                result = export(port, version, f"{LABEL}:48", suites=suite)
                found = server.wait_line(r"(?i)key material: ?([0-9a-f]+)").group(1)
                same(found.lower(), result.exported, f"keying material with {suite}")


def test_contexts_differ():
    """Connections of their own give other material; so does a context (values: unit tests)."""
    seen = set()
    with s_server(identity=pki().server()) as (_, port):
        for version in SUITES:
            for what in (f"{LABEL}:32", f"{LABEL}:32:context", f"{LABEL}:32", "EXPORTER-other:32"):
                seen.add(export(port, version, what).exported)
    same(len(seen), 8, "different values")
    check(all(len(value) == 64 for value in seen), "each has 32 bytes")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
