"""The clients of visitors.py do what they are told, and their Results are true: versions, suites,
groups, protocols, certificates. test_visitors_data.py has the rest.
"""
import re
import sys

import support
from interop import OPENSSL_GROUPS, P256, P384, SUITES12, SUITES13, TLS12, TLS13, X25519, expect
from pki import FOR_CLIENT, pki
from support import check, contains, same
from visitors import SCHEMES, can, versions_of
from witness import cannot, each, echo, hello, listed, trust, witness

# What refuses a server whose CA is unknown, and one that has another name. BearSSL leaves in silence.
UNKNOWN_CA = {"openssl": 48, "gnutls": 42, "mbedtls": 48, "wolfssl": 48, "bearssl": None}
WRONG_NAME = {"openssl": 42, "gnutls": 42, "mbedtls": 42, "wolfssl": 42, "bearssl": None}


# ---- what is negotiated

def test_versions():
    def one(client):
        with witness() as server:
            for version in versions_of(client):
                result, said = echo(server, client, versions=(version, version))
                expect(result, version=version, retried=False, certificate_requested=False, certificate_sent=False)
            same(echo(server, client)[0].version, versions_of(client)[-1], f"{client}: the best version")
        with witness("-tls1_3") as server:
            result, said = server.meet(client, ca=trust(), versions=(TLS12, TLS12))
            expect(result, open=False, alert_in=70, version=0)
        if TLS13 not in versions_of(client):
            cannot(client, versions=(TLS13, TLS13))
            return
        with witness("-tls1_2") as server:
            same(echo(server, client)[0].version, TLS12, f"{client}: version of an old server")
    each(one)


def test_suites():
    def one(client, kind):
        suites = [(TLS12, suite) for suite, (_, of) in SUITES12.items() if of == kind]
        suites += [(TLS13, suite) for suite in SUITES13] if TLS13 in versions_of(client) else []
        every = ("-cipher", "ALL", "-ciphersuites", ":".join(SUITES13.values()))
        with witness(*every, identity=pki().server(kind)) as server:
            for version, suite in suites:
                result, said = echo(server, client, kind, versions=(version, version), suites=(suite,))
                expect(result, version=version, suite=suite)
                offered = re.findall(r"\{0x(\w\w), 0x(\w\w)\}", hello(said))
                of_aead = {int(a + b, 16) for a, b in offered} - {0x00ff}
                same(of_aead, {suite}, f"suites that {client} offers")
    each(one, "ecdsa")
    each(one, "rsa")


def test_suites_in_order():
    """The client's first is what an OpenSSL server takes."""
    def one(client):
        with witness() as server:
            for first, second in ((0xc02b, 0xc02c), (0xc02c, 0xc02b)):
                result, _ = echo(server, client, versions=(TLS12, TLS12), suites=(first, second))
                expect(result, suite=first)
    each(one)


def test_groups():
    def one(client):
        for group in (X25519, P256, P384):
            with witness("-groups", OPENSSL_GROUPS[group], identity=pki().server("rsa")) as server:
                for version in versions_of(client):
                    options = {"versions": (version, version)}
                    same(echo(server, client, "rsa", **options)[0].group, group, f"{client}: the server's group")
                    result, said = echo(server, client, "rsa", groups=(group,), **options)
                    expect(result, group=group, retried=False)
                    same([line.rsplit("(")[-1] for line in listed(hello(said), "supported_groups")], [f"{group})"],
                         f"groups that {client} offers")
                    other = P384 if group == P256 else P256
                    suite = 0x1301 if version == TLS13 else 0xc02f  # no way round by another key exchange
                    result, said = server.meet(client, ca=trust("rsa"), groups=(other,), suites=(suite,), **options)
                    expect(result, open=False, alert_in=40, group=0)
    each(one)


def test_retry():
    """HelloRetryRequest: the first group is not the server's; or there is no key share at all."""
    def one(client):
        if not can(client, "one_share"):
            return
        options = {"versions": (TLS13, TLS13), "one_share": True}
        with witness("-groups", "P-256") as server:
            result, said = echo(server, client, groups=(X25519, P256), **options)
            expect(result, group=P256, retried=True)
            same(said.count("    ClientHello, "), 2, f"messages of {client}")
            result, said = echo(server, client, groups=(P256, X25519), **options)
            expect(result, group=P256, retried=False)
            same(said.count("    ClientHello, "), 1, f"messages of {client}")
            if can(client, "no_share"):
                result, said = echo(server, client, groups=(P256,), versions=(TLS13, TLS13), no_share=True)
                expect(result, group=P256, retried=True)
    each(one)


def test_schemes():
    """One scheme, or what is least for the library, and the server's view of the list."""
    least = {"mbedtls": {"ecdsa": (0x0401, 0x0403), "rsa": (0x0401, 0x0403)}}
    single = {"ecdsa": {TLS12: (0x0403,), TLS13: (0x0403,)}, "rsa": {TLS12: (0x0401,), TLS13: (0x0804, 0x0401)}}

    def one(client, kind):
        with witness(identity=pki().server(kind)) as server:
            for version in versions_of(client):
                schemes = least.get(client, {}).get(kind, single[kind][version])
                result, said = echo(server, client, kind, versions=(version, version), schemes=schemes)
                offered = {int(line[-7:-1], 16) for line in listed(hello(said), "signature_algorithms")}
                more = {0x0809} if client == "wolfssl" and 0x0804 in schemes else set()
                same(offered, {*schemes, *more}, f"schemes that {client} offers")
                used = re.findall(r"Signature Algorithm: \S+ \(0x(\w+)\)", said)
                same(int(used[0], 16) in schemes, True, f"scheme that served {client}")
                check(result.scheme in (None, int(used[0], 16)), f"{client} says {result.scheme}, was {used}")
        with witness("-sigalgs", SCHEMES[0x0503 if kind == "ecdsa" else 0x0601],
                     identity=pki().server(kind)) as server:
            result, said = server.meet(client, ca=trust(kind), versions=(TLS12, TLS12),
                                       schemes=least.get(client, {}).get(kind, single[kind][TLS12]))
            expect(result, open=False, alert_in=40)
    each(one, "ecdsa")
    each(one, "rsa")


def test_alpn():
    def one(client):
        with witness("-alpn", "mqtt,x-amzn-mqtt-ca") as server:
            for version in versions_of(client):
                options = {"versions": (version, version)}
                for offered, chosen in ((("mqtt",), "mqtt"), (("none", "x-amzn-mqtt-ca"), "x-amzn-mqtt-ca"), ((), "")):
                    result, said = echo(server, client, alpn=offered, **options)
                    expect(result, alpn=chosen)
                    same(tuple(listed(hello(said), "application_layer_protocol_negotiation")), offered,
                         f"protocols that {client} offers")
                result, _ = server.meet(client, ca=trust(), alpn=("none",), **options)
                expect(result, open=False, alert_in=120)
    each(one)


def test_server_name():
    def one(client):
        with witness() as server:
            _, said = echo(server, client)
            check(re.search(r"broker\.|62 72 6f", "".join(listed(hello(said), "server_name"))), hello(said))
            if not can(client, "no_name"):
                return
            _, said = echo(server, client, no_name=True)
            same(listed(hello(said), "server_name"), [], f"{client}: server_name without one")
    each(one)


def test_extended_master_secret():
    """Every client can leave it out in TLS 1.2; BearSSL always does, and wolfSSL does not tell."""
    def one(client):
        with witness() as server:
            for without in (False, True):
                result, said = echo(server, client, versions=(TLS12, TLS12), no_extended_master=without)
                offered = "extension_type=extended_master_secret(23)" in hello(said)
                same(offered, not without and client != "bearssl", f"{client} offers it")
                expect(result, extended_master=None if client == "wolfssl" else offered)
    each(one)


# ---- certificates

def test_server_refused():
    def one(client):
        with witness() as server:
            for version in versions_of(client):
                for wrong, alerts in (({"ca": trust("other")}, UNKNOWN_CA),
                                      ({"ca": trust(), "name": "other.example"}, WRONG_NAME)):
                    result, said = server.meet(client, versions=(version, version), **wrong)
                    expect(result, open=False, verified=False, alert_out=alerts[client], alert_in=None)
                    sent = re.findall(r"SSL alert number (\d+)", said)
                    same(sent, [] if alerts[client] is None else [str(alerts[client])], f"alert of {client}:\n{said}")
    each(one)


def test_client_certificates():
    def one(client, kind):
        asks = ("-Verify", "3", "-verify_return_error", "-CAfile", pki().client_anchors())
        with witness(*asks) as server:
            for version in versions_of(client):
                options = {"versions": (version, version)}
                result, said = echo(server, client, identity=pki().client(kind), **options)
                expect(result, certificate_requested=True, certificate_sent=True)
                contains(said, f"Peer certificate: CN = device-{kind}", result.command)
                contains(said, "Verification: OK", result.command)
                result, _ = server.meet(client, ca=trust(), expect=1, **options)
                expect(result, certificate_requested=True, certificate_sent=False, received=0, open=version == TLS13,
                       alert_in=116 if version == TLS13 else 40)
    each(one, "p256")
    each(one, "rsa2048")


def test_client_certificate_requested():
    """Not required: whoever has none connects all the same."""
    def one(client):
        with witness("-verify", "3") as server:
            for version in versions_of(client):
                result, said = echo(server, client, versions=(version, version))
                expect(result, certificate_requested=True, certificate_sent=False)
                contains(said, "No peer certificate", result.command)
    each(one)


def test_client_certificate_refused():
    stranger = pki().leaf("visitor-stranger", FOR_CLIENT, subject="/CN=stranger", issuer=pki().root("other"))
    shown = ((stranger, 48), (pki().expired_client(), 45))

    def one(client):
        asks = ("-Verify", "3", "-verify_return_error", "-CAfile", pki().client_anchors())
        with witness(*asks) as server:
            for version in versions_of(client):
                for identity, alert in shown:
                    result, _ = server.meet(client, ca=trust(), versions=(version, version), expect=1,
                                            identity=identity)
                    expect(result, open=version == TLS13, alert_in=alert, received=0, certificate_sent=True)
    each(one)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
