"""The engine against openssl s_server: versions, suites, groups, chains, signatures, extensions.

s_server's -www mode answers GET with a page that says what the server sees of the connection, so
each case compares both ends.
"""
import subprocess
import sys

import support
from interop import (DEVICE, GET, GROUPS, OPENSSL_GROUPS, P256, P384, SUITES12, SUITES13, TLS12, TLS13, VERSIONS,
                     X25519, Cases, both_ways, connect, expect, s_server, text)
from pki import pki
from support import contains, same

ALL_SUITES = ["-ciphersuites", ":".join(SUITES13.values()), "-cipher", "ALL"]
MUTUAL = ["-Verify", "4", "-verify_return_error", "-CAfile"]


def page_of(port, *flags, **options):
    """Connects both ways, asks for the status page; returns both results."""
    results = both_ways(port, *flags, "expect-close", send_hex=GET, **options)
    for result in results:
        expect(result, code="HF_OK", open=True, closed=True)
        contains(result.data, "HTTP/1.0 200 ok", "the page")
    return results


def trust(line="ecdsa"):
    return pki().root(line).leaf


def identity(kind):
    it = pki().client(kind)
    return {"cert": it.chain, "key": it.key}


def test_suites_of_13():
    with s_server(*ALL_SUITES, identity=pki().server()) as (_, port), Cases() as cases:
        def one(number, name):
            for result in page_of(port, ca=trust(), versions=VERSIONS[TLS13], suites=number):
                expect(result, suite=number, suite_name=name, version=TLS13)
                contains(result.data, f"New, TLSv1.3, Cipher is {name}\n")
        for number, name in SUITES13.items():
            cases.add(name, one, number, name)


def test_suites_of_12():
    for kind in ("ecdsa", "rsa"):
        with s_server(*ALL_SUITES, identity=pki().server(kind)) as (_, port), Cases() as cases:
            def one(number, name, port=port, kind=kind):
                for result in page_of(port, ca=trust(kind), versions=VERSIONS[TLS12], suites=number):
                    expect(result, suite=number, version=TLS12)
                    contains(result.data, f"New, TLSv1.2, Cipher is {name}\n")
                    contains(result.data, "Secure Renegotiation IS supported")
                    contains(result.data, "Extended master secret: yes")
            for number, (name, key) in SUITES12.items():
                if key == kind:
                    cases.add(name, one, number, name)


def test_groups():
    """The server's certificate is RSA: in 1.2 the groups also say which curves its key may have."""
    with s_server("-groups", "X25519:P-256:P-384", identity=pki().server("rsa")) as (_, port), Cases() as cases:
        def one(version, group, shares):
            for result in page_of(port, ca=trust("rsa"), versions=VERSIONS[version], groups=group, shares=shares):
                expect(result, group=GROUPS[group], version=version, retried=False)
        for version in VERSIONS:
            for group in GROUPS:
                cases.add(GROUPS[group], one, version, group, 1)
        cases.add("two key shares, the second one used", expect_second_share)


def expect_second_share():
    with s_server("-groups", "P-256", identity=pki().server()) as (_, port):
        for result in page_of(port, ca=trust(), versions=VERSIONS[TLS13], groups="0x1d,0x17", shares=2):
            expect(result, group="secp256r1", retried=False)


def test_versions_are_negotiated():
    with Cases() as cases:
        def one(option, offered, version):
            with s_server(option, identity=pki().server()) as (_, port):
                for result in page_of(port, ca=trust(), versions=offered):
                    expect(result, version=version)
        def refused(option, offered):
            with s_server(option, "-cipher", "ALL:@SECLEVEL=0", identity=pki().server()) as (_, port):
                for result in both_ways(port, ca=trust(), versions=offered):
                    expect(result, code="HF_E_ALERT", alert="protocol_version", alert_by="received", open=False)
        cases.add("both, 1.2 at the server", one, "-tls1_2", "0x0303,0x0304", TLS12)
        cases.add("both, 1.3 at the server", one, "-tls1_3", "0x0303,0x0304", TLS13)
        cases.add("both at both", one, "-no_ticket", "0x0303,0x0304", TLS13)
        cases.add("1.3 alone, 1.2 at the server", refused, "-tls1_2", VERSIONS[TLS13])
        cases.add("1.2 alone, 1.3 at the server", refused, "-tls1_3", VERSIONS[TLS12])
        cases.add("1.1 at the server", refused, "-tls1_1", "0x0303,0x0304")


def test_chains_of_servers():
    scheme13 = {"ecdsa": "ecdsa_secp256r1_sha256", "p384": "ecdsa_secp256r1_sha256",
                "p384leaf": "ecdsa_secp384r1_sha384"}
    lines = {"p384leaf": "p384", "rsa3072": "rsa", "rsa4096": "rsa"}
    with Cases() as cases:
        def one(kind):
            with s_server(identity=pki().server(kind)) as (_, port):
                for version in VERSIONS:
                    for sizes in ({}, {**DEVICE, "output": 256}):
                        for result in page_of(port, ca=trust(lines.get(kind, kind)), versions=VERSIONS[version],
                                              **sizes):
                            expect(result, version=version, certificates=2)
                            if version == TLS13:  # in 1.2 ECDSA with SHA-256 goes with any curve
                                expect(result, scheme=scheme13.get(kind, "rsa_pss_rsae_sha256"))
        for kind in ("ecdsa", "rsa", "rsa3072", "rsa4096", "p384", "p384leaf"):
            cases.add(kind, one, kind)


def test_signature_schemes_of_the_server():
    openssl_names = {0x0804: "RSA-PSS+SHA256", 0x0805: "RSA-PSS+SHA384", 0x0401: "RSA+SHA256", 0x0501: "RSA+SHA384",
                     0x0403: "ECDSA+SHA256", 0x0503: "ECDSA+SHA384"}
    names = {0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384", 0x0401: "rsa_pkcs1_sha256",
             0x0501: "rsa_pkcs1_sha384", 0x0403: "ecdsa_secp256r1_sha256", 0x0503: "ecdsa_secp384r1_sha384"}
    with Cases() as cases:
        def one(kind, line, scheme, version):
            with s_server("-sigalgs", openssl_names[scheme], identity=pki().server(kind)) as (_, port):
                for result in page_of(port, ca=trust(line), versions=VERSIONS[version]):
                    expect(result, scheme=names[scheme], version=version)
        for version in VERSIONS:
            schemes = [0x0804, 0x0805] + ([0x0401, 0x0501] if version == TLS12 else [])
            for scheme in schemes:
                cases.add(names[scheme], one, "rsa", "rsa", scheme, version)
            cases.add("P-256", one, "ecdsa", "ecdsa", 0x0403, version)
        # In 1.2 an ECDSA scheme does not bind the curve, in 1.3 it does.
        cases.add("P-384", one, "p384leaf", "p384", 0x0503, TLS13)
        cases.add("P-256 with SHA-384", one, "ecdsa", "ecdsa", 0x0503, TLS12)
        cases.add("P-384 with SHA-256", one, "p384leaf", "p384", 0x0403, TLS12)


CLIENT_KEYS = ("p256", "p384", "rsa2048", "rsa3072", "rsa4096")


def test_client_certificates():
    """In 1.2 also with suites of the other hash: CertificateVerify has its own (RFC 5246 7.4.8)."""
    with s_server(*MUTUAL, pki().client_anchors(), *ALL_SUITES, identity=pki().server()) as (_, port):
        with Cases() as cases:
            def one(kind, version, suite):
                for result in page_of(port, ca=trust(), versions=VERSIONS[version], suites=suite, **identity(kind)):
                    expect(result, sent_certificate=True, version=version, suite=suite)
                    contains(result.data, f"Subject: CN=device-{kind}\n")
                    contains(result.data, "Verify return code: 0 (ok)")
            for kind in CLIENT_KEYS:
                for version, suite in ((TLS12, 0xc02b), (TLS12, 0xc02c), (TLS13, 0x1301), (TLS13, 0x1302)):
                    cases.add(f"{kind} {suite:#x}", one, kind, version, suite)


def test_client_signature_schemes():
    """The server's choice of schemes decides ours, down to one that our key cannot make."""
    with Cases() as cases:
        def one(kind, version, sigalgs, code, alert):
            with s_server(*MUTUAL, pki().client_anchors(), "-client_sigalgs", sigalgs,
                          identity=pki().server()) as (_, port):
                for result in both_ways(port, ca=trust(), versions=VERSIONS[version], **identity(kind)):
                    expect(result, code=code, sent_certificate=code == "HF_OK", alert=alert)
        for version in VERSIONS:
            for sigalgs in ("RSA-PSS+SHA384", "RSA-PSS+SHA256"):
                cases.add(sigalgs, one, "rsa2048", version, sigalgs, "HF_OK", "")
        for sigalgs in ("RSA+SHA256", "RSA+SHA384"):
            cases.add(sigalgs, one, "rsa2048", TLS12, sigalgs, "HF_OK", "")
        cases.add("P-256 with SHA-384 in 1.2", one, "p256", TLS12, "ECDSA+SHA384", "HF_OK", "")
        cases.add("P-384 with SHA-256 in 1.2", one, "p384", TLS12, "ECDSA+SHA256", "HF_OK", "")
        cases.add("none in common, 1.3", one, "p256", TLS13, "RSA-PSS+SHA256", "HF_E_NO_COMMON_SCHEME",
                  "certificate_required")
        cases.add("none in common, 1.2", one, "p256", TLS12, "RSA-PSS+SHA256:RSA+SHA256", "HF_E_NO_COMMON_SCHEME",
                  "handshake_failure")


def test_client_certificate_asked_for_or_not():
    anchors = pki().client_anchors()
    with s_server("-verify", "4", "-verify_return_error", "-CAfile", anchors, identity=pki().server()) as (_, asks), \
            s_server(identity=pki().server()) as (_, quiet), Cases() as cases:
        def one(port, version, has, sent):
            files = identity("p256") if has else {}
            for result in page_of(port, ca=trust(), versions=VERSIONS[version], **files):
                expect(result, sent_certificate=sent)
                same("no client certificate available" in result.data, not sent, "the server has none")
        for version in VERSIONS:
            cases.add("requested, given", one, asks, version, True, True)
            cases.add("requested, not given", one, asks, version, False, False)
            cases.add("not asked for", one, quiet, version, True, False)


def test_client_certificate_missing():
    """A 1.3 server says so only after our handshake is done: the verdict has to be read."""
    with s_server(*MUTUAL, pki().client_anchors(), identity=pki().server()) as (server, port), Cases() as cases:
        def one(version, alert, opened):
            for result in both_ways(port, ca=trust(), versions=VERSIONS[version]):
                expect(result, code="HF_E_ALERT", alert=alert, alert_by="received", open=opened,
                       sent_certificate=False)
        cases.add("1.3", one, TLS13, "certificate_required", True)
        cases.add("1.2", one, TLS12, "handshake_failure", False)
    contains(server.text(), "peer did not return a certificate")


def test_client_certificate_refused():
    with s_server(*MUTUAL, pki().client_anchors(), identity=pki().server()) as (_, port), Cases() as cases:
        def one(version, it, alert):
            for result in both_ways(port, ca=trust(), versions=VERSIONS[version], cert=it.chain, key=it.key):
                expect(result, code="HF_E_ALERT", alert=alert, alert_by="received", open=version == TLS13,
                       sent_certificate=True)
        stranger = pki().leaf("client-stranger", "basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n",
                              issuer=pki().root("other"))
        for version in VERSIONS:
            cases.add("expired", one, version, pki().expired_client(), "certificate_expired")
            cases.add("unknown CA", one, version, stranger, "unknown_ca")
            cases.add("a server's", one, version, pki().server(), "unsupported_certificate")


def test_hello_retry_request():
    with Cases() as cases:
        def one(group, options, flags, groups):
            mutual = [*MUTUAL, pki().client_anchors()]
            with s_server("-groups", OPENSSL_GROUPS[group], *mutual, *options, identity=pki().server()) as (_, port):
                for suite in (0x1301, 0x1302):
                    for result in page_of(port, *flags, ca=trust(), versions="0x0303,0x0304", groups=groups,
                                          suites=f"{suite},0xc02b", **identity("p384")):
                        expect(result, retried=True, group=GROUPS[group], version=TLS13, sent_certificate=True)
        for flags in ([], ["compatible"]):
            cases.add("P-384", one, P384, [], flags, "0x1d,0x18")
            cases.add("P-256", one, P256, [], flags, "0x1d,0x17")
            cases.add("X25519", one, X25519, [], flags, "0x17,0x1d")
        for flags in ([], ["one-byte"]):
            cases.add("cookie alone", expect_cookie, X25519, flags)
            cases.add("cookie and group", expect_cookie, P384, flags)


def expect_cookie(group, flags):
    """-stateless works for the first connection of an s_server, without -www, and not for clients in
    compatibility mode (openssl's own included)."""
    with s_server("-groups", OPENSSL_GROUPS[group], "-stateless", *MUTUAL, pki().client_anchors(), mode=None,
                  stdin=subprocess.PIPE, identity=pki().server()) as (server, port):
        result = connect(port, *flags, ca=trust(), groups="0x1d,0x17,0x18", send_hex=text("a word\n"),
                         versions=VERSIONS[TLS13], **identity("p384"))
        expect(result, code="HF_OK", retried=True, group=GROUPS[group], sent_certificate=True)
        server.wait_line("^a word$")


def test_no_group_in_common():
    with s_server("-groups", "P-521", identity=pki().server()) as (_, port):
        for version in VERSIONS:
            for result in both_ways(port, ca=trust(), versions=VERSIONS[version]):
                expect(result, code="HF_E_ALERT", alert="handshake_failure", alert_by="received")


def test_compatibility_mode():
    with s_server(*MUTUAL, pki().client_anchors(), identity=pki().server()) as (_, port):
        for versions in (VERSIONS[TLS13], "0x0303,0x0304"):
            for result in page_of(port, "compatible", ca=trust(), versions=versions, **identity("p256")):
                expect(result, version=TLS13, sent_certificate=True)


def test_small_records():
    with s_server("-max_send_frag", "512", *MUTUAL, pki().client_anchors(), identity=pki().server("rsa")) as (_, port):
        with Cases() as cases:
            def one(version, size):
                for result in page_of(port, "no-limits", ca=trust("rsa"), versions=VERSIONS[version], input=size,
                                      **identity("rsa2048")):
                    expect(result, sent_certificate=True)
            for version in VERSIONS:
                for size in (600, 2048, 16645):
                    cases.add(f"{version:#x}, {size}", one, version, size)


def test_max_fragment_length():
    """s_server 3.0 has no record_size_limit but honours max_fragment_length, in both directions."""
    with s_server(identity=pki().server()) as (_, port), Cases() as cases:
        def honoured(version, size, length):
            for result in page_of(port, ca=trust(), versions=VERSIONS[version], input=size, output=8192):
                expect(result, record_limit=length)
                whole = result.received // length
                if result.records_in < whole:
                    raise AssertionError(f"{result.records_in} records for {result.received} bytes")
        def too_large(version, size):
            for result in both_ways(port, "no-limits", "expect-close", ca=trust(), versions=VERSIONS[version],
                                    input=size, send_hex=GET):
                expect(result, code="HF_E_RECORD_TOO_LARGE", open=True)
                if result.detail <= 4000:
                    raise AssertionError(f"detail {result.detail}")
                enough = connect(port, "no-limits", "expect-close", ca=trust(), versions=VERSIONS[version],
                                 input=result.detail + 64, send_hex=GET)
                expect(enough, code="HF_OK")
        for version in VERSIONS:
            for size, length in ((600, 512), (1100, 1024), (2200, 2048), (4200, 4096)):
                cases.add(f"{size}", honoured, version, size, length)
            cases.add("too large", too_large, version, 2048)


def test_record_padding():
    with s_server("-record_padding", "512", identity=pki().server()) as (_, port):
        page_of(port, ca=trust(), versions=VERSIONS[TLS13])


def test_application_protocols():
    with s_server("-alpn", "mqtt,x-amzn-mqtt-ca", identity=pki().server()) as (_, port), Cases() as cases:
        def one(version, offered, chosen):
            for result in page_of(port, ca=trust(), versions=VERSIONS[version], alpn=offered):
                expect(result, alpn=chosen)
        def refused(version):
            for result in both_ways(port, ca=trust(), versions=VERSIONS[version], alpn="http/1.1"):
                expect(result, code="HF_E_ALERT", alert="no_application_protocol", alert_by="received", open=False)
        for version in VERSIONS:
            cases.add("first", one, version, "mqtt", "mqtt")
            cases.add("second", one, version, "coap,x-amzn-mqtt-ca", "x-amzn-mqtt-ca")
            cases.add("none offered", one, version, None, "")
            cases.add("none in common", refused, version)
    with s_server(identity=pki().server()) as (_, port):
        for version in VERSIONS:
            for result in page_of(port, ca=trust(), versions=VERSIONS[version], alpn="mqtt"):
                expect(result, alpn="")


def test_server_names():
    other, address = pki().other_name(), pki().with_address()
    # An address in SNI, or a name with its dot, would be none of the names known here: an alert.
    options = ["-servername", "other.example", "-servername_fatal", "-cert2", other.leaf, "-key2", other.key]
    with s_server(*options, "-cert_chain", pki().server().rest, identity=address) as (_, port), Cases() as cases:
        def one(version, name, **more):
            page_of(port, ca=trust(), versions=VERSIONS[version], check_name=name, **more)
        def unknown(version):
            for result in both_ways(port, ca=trust(), versions=VERSIONS[version]):
                expect(result, code="HF_E_ALERT", alert="unrecognized_name", alert_by="received")
        for version in VERSIONS:
            cases.add("the second certificate", one, version, "other.example")
            cases.add("a trailing dot is not sent", one, version, "other.example.")
            cases.add("an address is never sent", one, version, "127.0.0.1")
            cases.add("nor one of IPv6", one, version, "::1")
            cases.add("an SNI of its own", one, version, "other.example", sni="other.example")
            cases.add("unknown", unknown, version)


def test_signers():
    with s_server(*MUTUAL, pki().client_anchors(), identity=pki().server()) as (_, port), Cases() as cases:
        def good(version, kind, how):
            for result in page_of(port, ca=trust(), versions=VERSIONS[version], signer=how, **identity(kind)):
                expect(result, sent_certificate=True, asked=1 if how == "later" else 0)
        def bad(version, how):
            for result in both_ways(port, ca=trust(), versions=VERSIONS[version], signer=how, **identity("p256")):
                expect(result, code="HF_E_SIGNER", alert="internal_error", alert_by="sent", open=False)
                if result.system == 0:
                    raise AssertionError("the signer's own code is lost")
        for version in VERSIONS:
            for kind in ("p256", "p384", "rsa2048", "rsa4096"):
                cases.add(kind, good, version, kind, "later")
                cases.add(kind, good, version, kind, "at-once")
            cases.add("fails", bad, version, "fails")
            cases.add("fails later", bad, version, "fails-later")


def test_many_tickets_are_dropped():
    with s_server("-num_tickets", "40", identity=pki().server()) as (_, port):
        for result in page_of(port, ca=trust(), versions=VERSIONS[TLS13], **DEVICE):
            expect(result, version=TLS13)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
