"""The engine against gnutls-serv: versions, suites, record_size_limit, client certificates. Its echo
server sends every line back."""
import sys

import support
from interop import DEVICE, TLS12, TLS13, VERSIONS, Cases, both_ways, connect, expect, fill, gnutls_serv, sha256, text
from pki import pki

LINE = "what goes out comes back\n"
NORMAL = "NORMAL:+AES-128-CCM:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"


def echo(port, *flags, line="ecdsa", **options):
    results = both_ways(port, *flags, ca=pki().root(line).leaf, send_hex=text(LINE), expect=len(LINE), **options)
    for result in results:
        expect(result, code="HF_OK", data=LINE)
    return results


def test_suites():
    suites = {TLS13: (0x1301, 0x1302, 0x1303, 0x1304), TLS12: (0xc02b, 0xc02c, 0xc0ac, 0xcca9)}
    with gnutls_serv("--disable-client-cert", identity=pki().server(), priority=NORMAL) as (_, port), Cases() as cases:
        def one(version, suite):
            for result in echo(port, versions=VERSIONS[version], suites=suite):
                expect(result, version=version, suite=suite)
        for version, numbers in suites.items():
            for suite in numbers:
                cases.add(f"{suite:#x}", one, version, suite)


def test_suites_with_rsa():
    with gnutls_serv("--disable-client-cert", identity=pki().server("rsa"), priority=NORMAL) as (_, port):
        with Cases() as cases:
            def one(version, suite):
                for result in echo(port, line="rsa", versions=VERSIONS[version], suites=suite):
                    expect(result, suite=suite)
            for version, suite in ((TLS12, 0xc02f), (TLS12, 0xc030), (TLS12, 0xcca8), (TLS13, 0x1301)):
                cases.add(f"{suite:#x}", one, version, suite)


def test_groups_and_retry():
    for group, number, name in (("X25519", 0x1d, "x25519"), ("SECP256R1", 0x17, "secp256r1"),
                                ("SECP384R1", 0x18, "secp384r1")):
        priority = f"{NORMAL}:-GROUP-ALL:+GROUP-{group}"
        with gnutls_serv("--disable-client-cert", identity=pki().server(), priority=priority) as (_, port):
            for version in VERSIONS:
                for result in echo(port, versions=VERSIONS[version], groups=f"{number}"):
                    expect(result, group=name, retried=False)
            first = "0x17" if number != 0x17 else "0x1d"
            for flags in ([], ["compatible"]):
                for result in echo(port, *flags, versions=VERSIONS[TLS13], groups=f"{first},{number}"):
                    expect(result, group=name, retried=True)


def test_record_size_limit():
    """GnuTLS agrees to it: its records fit a small buffer, and ours its own limit."""
    size = 65536
    with gnutls_serv("--disable-client-cert", identity=pki().server("rsa"), priority=NORMAL) as (_, port):
        with Cases() as cases:
            def one(version, room, *flags):
                result = connect(port, *flags, ca=pki().root("rsa").leaf, versions=VERSIONS[version], input=room,
                                 output=16645, fill=size, expect=size)
                expect(result, code="HF_OK", received=size, sha256=sha256(fill(size)))
                if result.records_in < size // room:
                    raise AssertionError(f"{result.records_in} records cannot hold {size} bytes in {room} each")
            for version in VERSIONS:
                for room in (600, 1024, 2048, 8192):
                    cases.add(f"{room}", one, version, room)
                    cases.add(f"{room}, one byte", one, version, room, "one-byte")


def test_server_with_a_limit_of_its_own():
    with gnutls_serv("--disable-client-cert", "--recordsize", "1024", identity=pki().server(),
                     priority=NORMAL) as (_, port):
        for version in VERSIONS:
            result = connect(port, ca=pki().root().leaf, versions=VERSIONS[version], output=16645, fill=20480,
                             expect=20480, input=8192)
            expect(result, code="HF_OK", received=20480, sha256=sha256(fill(20480)))


def test_client_certificates():
    required = ["--x509cafile", pki().client_anchors(), "--require-client-cert", "--verify-client-cert"]
    with gnutls_serv(*required, identity=pki().server(), priority=NORMAL) as (_, port), Cases() as cases:
        def one(version, kind, suite):
            it = pki().client(kind)
            for result in echo(port, versions=VERSIONS[version], suites=suite, cert=it.chain, key=it.key):
                expect(result, sent_certificate=True, suite=suite)
        for kind in ("p256", "p384", "rsa2048", "rsa3072"):
            for version, suite in ((TLS12, 0xc02b), (TLS12, 0xc02c), (TLS13, 0x1301), (TLS13, 0x1302)):
                cases.add(kind, one, version, kind, suite)
        cases.add("missing", expect_missing, port)
        cases.add("expired", expect_expired, port)


def expect_missing(port):
    for result in both_ways(port, ca=pki().root().leaf, versions=VERSIONS[TLS13]):
        expect(result, code="HF_E_ALERT", alert="certificate_required", alert_by="received", open=True)
    for result in both_ways(port, ca=pki().root().leaf, versions=VERSIONS[TLS12]):
        expect(result, code="HF_E_ALERT", alert_by="received", open=False)


def expect_expired(port):
    it = pki().expired_client()
    for version in VERSIONS:
        for result in both_ways(port, ca=pki().root().leaf, versions=VERSIONS[version], cert=it.chain, key=it.key):
            expect(result, code="HF_E_ALERT", alert_by="received", sent_certificate=True)


def test_application_protocols():
    with gnutls_serv("--disable-client-cert", "--alpn", "mqtt", "--alpn", "x-amzn-mqtt-ca", "--alpn-fatal",
                     identity=pki().server(), priority=NORMAL) as (_, port):
        for version in VERSIONS:
            for result in echo(port, versions=VERSIONS[version], alpn="coap,x-amzn-mqtt-ca"):
                expect(result, alpn="x-amzn-mqtt-ca")
            for result in both_ways(port, ca=pki().root().leaf, versions=VERSIONS[version], alpn="http/1.1"):
                expect(result, code="HF_E_ALERT", alert="no_application_protocol", alert_by="received")


def test_key_updates_of_ours():
    size = 65536
    with gnutls_serv("--disable-client-cert", identity=pki().server(), priority=NORMAL) as (_, port), Cases() as cases:
        def one(*flags, **options):
            result = connect(port, *flags, ca=pki().root().leaf, versions=VERSIONS[TLS13], fill=size, expect=size,
                             **options)
            expect(result, code="HF_OK", received=size, sha256=sha256(fill(size)))
        for flags in ([], ["one-byte"]):
            cases.add("ours alone", one, *flags, updates=5)
            cases.add("both", one, *flags, "updates-both", updates=5)
            cases.add("by the limit", one, *flags, key_limit=20)


def test_device_buffers():
    with gnutls_serv("--disable-client-cert", identity=pki().server("rsa4096"), priority=NORMAL) as (_, port):
        for version in VERSIONS:
            echo(port, line="rsa", versions=VERSIONS[version], **DEVICE)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
