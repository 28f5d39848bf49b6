"""The shim's flags about who the peer is and who we are: certificates, their verification, keys, names of
authorities, stapling. See test_shim.py.
"""
import base64
import sys

import support
from pki import pki
from shim_runner import (TLS12, TLS13, client, cut_off, fails, not_there, openssl_client, play, raw, refused, said,
                         server, shim_client, shim_server)
from support import check, contains, folder, run, same


def shows_certificate(**options):
    return client(kind="p256", **options)


def test_verification():
    for version in (TLS12, TLS13):
        only = {"versions": (version, version)}
        for more in ([], ["-async"], ["-use-custom-verify-callback"]):
            refusal = {"code": 1, "says": ("HF_E_PEER_UNKNOWN", "alert sent: certificate_unknown")}
            play(["-verify-peer", "-expect-verify-result", *more], server(**only))
            play(["-verify-peer", "-verify-fail", *more], server(refused("CERTIFICATE_UNKNOWN"), **only), **refusal)
            # Without -verify-peer a client goes on, and knows.
            play(["-verify-fail", "-expect-verify-result", *more], server(**only))
            require = ["-require-any-client-certificate", *more]
            play(shim_server(*require, "-expect-verify-result"), shows_certificate(**only))
            play(shim_server(*require, "-verify-fail"), client(refused("CERTIFICATE_UNKNOWN"), "p256", **only),
                 **refusal)
            missing = "CERTIFICATE_REQUIRED" if version == TLS13 else "HANDSHAKE_FAILURE"
            play(shim_server(*require), client(refused(missing), **only), code=1, says="HF_E_NO_CLIENT_CERTIFICATE")
            play(shim_server("-verify-peer", *more), client(**only))
            play(shim_server("-verify-peer", "-expect-verify-result", *more), shows_certificate(**only))
    fails(shim_server("-verify-fail", "-expect-verify-result"), client(cut_off),
          "the result of the verification is another than expected")


def test_peer_certificates():
    it, device = pki().server(), pki().client("p256")
    play(["-expect-peer-cert-file", it.chain], server())
    play(shim_server("-require-any-client-certificate", "-expect-peer-cert-file", device.chain), shows_certificate())
    fails(["-expect-peer-cert-file", it.leaf], server(cut_off), "the peer sent 2 certificates, should be 1")
    fails(["-expect-peer-cert-file", device.chain], server(cut_off),
          "certificate 0 of the peer is another than expected")
    fails(["-expect-peer-cert-file", it.key], server(cut_off), "-expect-peer-cert-file: no certificates")
    play(shim_server("-verify-peer", "-expect-no-peer-cert"), client())
    fails(shim_server("-verify-peer", "-expect-no-peer-cert"), client(cut_off, "p256"), "the peer sent a certificate")
    # -verify-peer lets it pass, and the check does not.
    fails(shim_server("-verify-peer", "-require-any-client-certificate"), client(cut_off),
          "the peer sent no certificate")


def test_own_certificate():
    def talk(peer):
        peer.handshake()
        check(peer.tls.getpeercert(True), "the shim shows its certificate")
        peer.echo()
        peer.close()
    for version in (TLS12, TLS13):
        for more in ([], ["-async"]):
            only = {"versions": (version, version)}
            play(shim_client(*more), server(talk, ca=pki().root().leaf, **only))
            play(shim_client(*more, kind="rsa2048"), server(talk, ca=pki().root("rsa").leaf, **only))
            play(shim_server(*more, kind="rsa"), client(talk, ca=pki().root("rsa").leaf, **only))


def test_key_kinds():
    """A key of ours that the library does not know is not implemented, however it is used."""
    with folder() as place:
        for algorithm in (["ED25519"], ["EC", "-pkeyopt", "ec_paramgen_curve:P-521"], ["RSA", "-pkeyopt",
                                                                                      "rsa_keygen_bits:1024"]):
            key, cert = place / "key.pem", place / "cert.pem"
            run("openssl", "genpkey", "-algorithm", *algorithm, "-out", key)
            run("openssl", "req", "-x509", "-new", "-key", key, "-subj", "/CN=x", "-out", cert)
            for more in ([], ["-async"], ["-server"]):
                not_there(["-cert-file", cert, "-key-file", key, *more], "our own key: of a kind or size")


def test_authorities():
    # C=XX, O=One; and O=Two
    one = "301b310b30090603550406130258583" + "10c300a060355040a0c034f6e65"
    two = "300e310c300a060355040a0c0354776f"

    def look(process):
        contains(process.text(), "Acceptable client certificate CA names\nC = XX, O = One\nO = Two")

    def look_empty(process):
        contains(process.text(), "No client certificate CA names sent")
    for version in ("-tls1_2", "-tls1_3"):
        asks = ("-require-any-client-certificate", "-shim-shuts-down")
        it = pki().client("p256")
        option = (version, "-cert", it.leaf, "-key", it.key)
        play(shim_server("-use-client-ca-list", f"{one},{two}", *asks), openssl_client(look, *option))
        for none in ("<EMPTY>", "<NULL>"):
            play(shim_server("-use-client-ca-list", none, *asks), openssl_client(look_empty, *option))
    play(shim_server("-use-client-ca-list", "xyz"), code=1, says="-use-client-ca-list: no list of names in hexadecimal")


def ocsp_response(place):
    """A response in DER; what it says does not matter here."""
    it = pki().server()
    index, out = place / "index.txt", place / "response.der"
    index.write_text("")
    run("openssl", "ocsp", "-index", index, "-rsigner", it.issuer.leaf, "-rkey", it.issuer.key, "-CA", it.issuer.leaf,
        "-issuer", it.issuer.leaf, "-cert", it.leaf, "-respout", out)
    return base64.b64encode(out.read_bytes()).decode()


def test_stapling():
    with folder() as place:
        response = ocsp_response(place)
    for version in ("-tls1_2", "-tls1_3"):
        play(shim_server("-ocsp-response", response, "-shim-shuts-down"),
             openssl_client(said("OCSP Response Status: successful"), "-status", version))
        play(shim_server("-shim-shuts-down"),
             openssl_client(said("OCSP response: no response sent"), "-status", version))
    play(shim_server("-ocsp-response", "AQ?"), code=1, says="-ocsp-response: no base64")
    play(["-enable-ocsp-stapling"], server())
    status_request = b"\x00\x05\x00\x05\x01\x00\x00\x00\x00"
    for flags, asks in ((["-enable-ocsp-stapling"], True), ([], False)):
        play(flags, raw(b"", lambda came, asks=asks: same(status_request in came, asks, "the client asks")), code=1,
             says="HF_E_CLOSED_IN_HANDSHAKE")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
