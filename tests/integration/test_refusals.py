"""What the client refuses: the exact error, and the exact alert as the server received it."""
import sys

import support
from interop import (BACKEND, GET, NO_DEPTH, NO_STEP, TLS12, TLS13, VERSIONS, Cases, Relay, both_ways, connect, expect,
                     s_server)
from pki import NAME, pki
from support import check, contains, folder, run, same, wait_until

CERTIFICATE = 11
ALERTS = {"bad_certificate": 42, "unsupported_certificate": 43, "certificate_expired": 45, "unknown_ca": 48,
          "internal_error": 80}


def refuses(identity, code, alert, *server_options, depth=0, root=None, **options):
    """Both versions, both ways; the device's own certificate stays here. The alert is read in s_server's log and, in 1.2, on the wire."""
    device = pki().client()
    options = {"ca": (root or pki().root()).leaf, "cert": device.chain, "key": device.key, **options}
    for version, versions in VERSIONS.items():
        with s_server("-msg", "-verify", "4", "-CAfile", pki().client_anchors(), *server_options, identity=identity) as (server, port), Relay(port) as relay:
            results = both_ways(relay.port, versions=versions, **options)
            for result in results:
                expect(result, code=code, alert=alert, alert_by="sent", depth=depth, step=CERTIFICATE, open=False,
                       version=version, stage="TLS", sent_certificate=False)
            said = f"<<< TLS 1.{version - 0x301}, Alert [length 0002], fatal {alert}"
            wait_until(lambda: server.text().count(said) == 2, f"{said} in the server's log:\n{server.text()[-2000:]}")
            if version == TLS12:
                for index in (0, 1):
                    same(relay.alert_of_client(index), bytes([2, ALERTS[alert]]), "alert on the wire")
    return results


def accepts(identity, *flags, **options):
    options.setdefault("ca", pki().root().leaf)
    with s_server(identity=identity) as (_, port):
        for versions in VERSIONS.values():
            for result in both_ways(port, "expect-close", *flags, versions=versions, send_hex=GET, **options):
                expect(result, code="HF_OK", open=True)


def test_authorities():
    with Cases() as cases:
        cases.add("wrong CA", refuses, pki().server(), "HF_E_CERT_UNKNOWN_CA", "unknown_ca", root=pki().root("other"),
                  depth=1)
        cases.add("self-signed", refuses, pki().self_signed(), "HF_E_CERT_UNKNOWN_CA", "unknown_ca")
        cases.add("the self-signed one is the anchor", accepts, pki().self_signed(), ca=pki().self_signed().leaf)
        cases.add("the intermediate is the anchor", accepts, pki().server(), ca=pki().intermediate().leaf)
        cases.add("key identifiers prove nothing", expect_identifiers_do_not_count)  # P-90
        cases.add("too deep", expect_too_deep)
        cases.add("intermediate missing", expect_missing_intermediate)


def expect_identifiers_do_not_count():
    it = pki().wrong_key_id()
    contains(run("openssl", "x509", "-in", it.leaf, "-noout", "-text").stdout, ":".join(["11"] * 20))
    accepts(it)


def expect_too_deep():
    """Three intermediates are allowed by default, but not when the limit is one."""
    it = pki().rsa_of_three()
    refuses(it, "HF_E_CERT_TOO_DEEP", "bad_certificate", root=pki().root("rsa"), depth=2, depth_limit=1)


def expect_missing_intermediate():
    it = pki().server()
    with folder() as base:
        class Alone:
            leaf, key, rest = it.leaf, it.key, base / "none"
        Alone.rest.write_text("")
        refuses(Alone, "HF_E_CERT_UNKNOWN_CA", "unknown_ca")


def test_dates():
    day = 86400
    with Cases() as cases:
        cases.add("expired", refuses, pki().expired(), "HF_E_CERT_EXPIRED", "certificate_expired")
        cases.add("not yet valid", refuses, pki().not_yet_valid(), "HF_E_CERT_NOT_YET_VALID", "certificate_expired")
        cases.add("1970", refuses, pki().server(), "HF_E_CLOCK_IMPLAUSIBLE", "certificate_expired", time=1000)
        cases.add("clock ahead", refuses, pki().server(), "HF_E_CERT_EXPIRED", "certificate_expired",
                  offset=400 * day)
        cases.add("clock ahead, at least", refuses, pki().server(), "HF_E_CERT_EXPIRED", "certificate_expired",
                  offset=400 * day, clock="at-least")
        cases.add("at least", accepts, pki().not_yet_valid(), clock="at-least")
        cases.add("at least 1970", accepts, pki().server(), clock="at-least", time=1000)
        cases.add("no check at all", accepts, pki().expired(), "skip-check")


def test_no_clock():
    """The server hears of an internal error, not of what this machine lacks."""
    with s_server(identity=pki().server()) as (_, port):
        for versions in VERSIONS.values():
            for result in both_ways(port, ca=pki().root().leaf, versions=versions, clock="none"):
                expect(result, code="HF_E_NO_CLOCK", alert_by="sent", alert="internal_error",
                       open=False)


def test_names():
    with Cases() as cases:
        cases.add("other name", refuses, pki().server(), "HF_E_CERT_NAME", "bad_certificate",
                  check_name="other.example")
        cases.add("a name below", refuses, pki().server(), "HF_E_CERT_NAME", "bad_certificate", check_name=f"a.{NAME}")
        cases.add("no names", refuses, pki().without_names(), "HF_E_CERT_NO_NAME", "bad_certificate")
        cases.add("another address", refuses, pki().with_address(), "HF_E_CERT_NAME", "bad_certificate",
                  check_name="192.0.2.1")
        cases.add("an address, and only names", refuses, pki().server(), "HF_E_CERT_NAME", "bad_certificate",
                  check_name="127.0.0.1")
        cases.add("a name, and only addresses", refuses, pki().with_address(), "HF_E_CERT_NAME", "bad_certificate")
        cases.add("IPv4", accepts, pki().with_address(), check_name="127.0.0.1")
        cases.add("IPv6", accepts, pki().with_address(), check_name="::1")
        cases.add("capitals", accepts, pki().server(), check_name=NAME.upper())
        cases.add("any name", accepts, pki().server(), "skip-name", check_name="other.example")


def test_purposes_and_pins():
    with Cases() as cases:
        cases.add("a client's certificate", refuses, pki().clients_purpose(), "HF_E_CERT_PURPOSE",
                  "unsupported_certificate")
        cases.add("wrong pin", refuses, pki().server(), "HF_E_CERT_PIN", "bad_certificate", pin="00" * 32)
        cases.add("pin of another", refuses, pki().server(), "HF_E_CERT_PIN", "bad_certificate",
                  pin=pki().with_address().pin())
        cases.add("right pin", accepts, pki().server(), pin=pki().server().pin())


def test_memory_too_small_for_a_certificate():
    """The error names the size that would have done."""
    with s_server(identity=pki().server("rsa")) as (_, port):
        for versions in VERSIONS.values():
            for result in both_ways(port, ca=pki().root("rsa").leaf, versions=versions, slot=600):
                expect(result, code="HF_E_CERT_TOO_LARGE", alert="internal_error", alert_by="sent", open=False)
            size, tries = 600, 0
            while tries < 4 and result.code != "HF_OK":
                check(result.detail > size, f"detail {result.detail} is no larger than {size}")
                size, tries = result.detail, tries + 1
                result = connect(port, ca=pki().root("rsa").leaf, versions=versions, slot=size)
            expect(result, code="HF_OK")


def setup_fails(code, *flags, **options):
    """Before anything is sent: the port has no listener."""
    result = connect(1, *flags, **options)
    expect(result, code=code, where="setup", bytes_out=0, open=False)
    return result


def test_what_setup_refuses():
    ca, it, other = pki().root().leaf, pki().client("p256"), pki().client("p384")
    with folder() as base:
        garbage, cut, empty, locked = (base / name for name in ("garbage", "cut", "empty", "locked"))
        garbage.write_text("no PEM at all\n")
        cut.write_text(it.leaf.read_text().replace("-----END", "-----BROKEN"))
        empty.write_text("")
        locked.write_text(run("openssl", "pkcs8", "-topk8", "-in", it.key, "-passout", "pass:secret").stdout)
        setup_fails("HF_E_NO_ANCHORS")
        setup_fails("HF_E_NO_NAME", ca=ca, check_name=None)
        setup_fails("HF_E_NAME_SYNTAX", ca=ca, check_name="a..b")
        for path in (garbage, empty):
            check(setup_fails("HF_E_PEM_EMPTY", ca=path).error == "HF_E_PEM_EMPTY", "the record")
        setup_fails("HF_E_PEM_UNREADABLE", ca=cut)
        setup_fails("HF_E_KEY_MISMATCH", ca=ca, cert=it.chain, key=other.key)
        setup_fails("HF_E_KEY_MISMATCH", ca=ca, cert=it.chain, key=pki().client("rsa2048").key)
        setup_fails("HF_E_PEM_EMPTY", ca=ca, cert=it.chain, key=it.leaf)
        setup_fails("HF_E_KEY_ENCRYPTED", ca=ca, cert=it.chain, key=locked)
        setup_fails("HF_E_MEMORY_TOO_SMALL", ca=ca, input=511)
        setup_fails("HF_E_NOTHING_TO_OFFER", ca=ca, suites=0x1305)
        if BACKEND in ("bearssl", "psa"):
            setup_fails("HF_E_KEY_NO_DECRYPT", ca=ca, cert=it.chain, key=locked, password="secret")
        else:
            setup_fails("HF_E_KEY_PASSWORD", ca=ca, cert=it.chain, key=locked, password="wrong")
            with s_server("-Verify", "4", "-verify_return_error", "-CAfile", pki().client_anchors(),
                          identity=pki().server()) as (_, port):
                result = connect(port, "expect-close", ca=ca, cert=it.chain, key=locked, password="secret",
                                 send_hex=GET)
                contains(result.data, "Subject: CN=device-p256")
                expect(result, code="HF_OK", step=NO_STEP, depth=NO_DEPTH, version=TLS13)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
