"""The shim's flags about what is negotiated: versions, suites, groups, schemes, names, protocols, and facts
about the connection. See test_shim.py.
"""
import hashlib
import hmac
import re
import sys

import support
from pki import pki
from shim_runner import (TLS12, TLS13, client, cut_off, fails, need, not_there, openssl_client, openssl_server, play,
                         program_server, refused, said, server, shim_client, shim_server)
from support import Skip, folder, same

ONLY12, ONLY13 = ("-max-version", TLS12), ("-min-version", TLS13)
RSA_PSS_256, RSA_PSS_384, ECDSA_256, ECDSA_384 = 0x0804, 0x0805, 0x0403, 0x0503
X25519, P256, P384 = 29, 23, 24
MATERIAL = 100  # bytes of exported keying material


# ---- versions, suites, groups, schemes

def test_versions():
    play(["-no-tls12", "-expect-version", TLS13], server())
    play(["-no-tls13", "-expect-version", TLS12], server())
    play([*ONLY12, "-no-tls1", "-no-tls11", "-expect-version", TLS12], server())
    play(shim_server(*ONLY13, "-expect-version", TLS13), client())
    fails(["-expect-version", TLS12], server(cut_off), "the version is 772, should be 771")
    fails(["-no-tls13"], server(refused("UNSUPPORTED_PROTOCOL"), versions=(TLS13, TLS13)),
          "alert received: protocol_version")
    not_there(["-max-version", 770], "versions before TLS 1.2")
    not_there(["-no-tls12", "-no-tls13"], "versions before TLS 1.2")
    play(["-no-tls1", "-no-tls11", "-no-tls12", "-no-tls13"], code=1, says="HF_E_NOTHING_TO_OFFER")


def suite(name):
    def talk(peer):
        peer.handshake()
        same(peer.tls.cipher()[0], name, "the suite")
        peer.echo()
        peer.close()
    return talk


def test_ciphers():
    only = {"versions": (TLS12, TLS12)}
    gcm, large, chacha = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                          "ECDHE-ECDSA-CHACHA20-POLY1305")
    for text, name in ((gcm, gcm), ("AES256-SHA:" + large, large), ("ALL:!AESGCM", chacha),
                       ("DEFAULT:-AES128:+AES256", chacha), ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384:ALL", large),
                       ("ECDSA+CHACHA20:ALL", chacha)):
        play(shim_server("-cipher", text), client(suite(name), **only))
    play(["-cipher", large, "-expect-cipher", 0xc02c], server(suite(large), **only))
    play(["-cipher", gcm, "-expect-cipher", 0x1302], server())  # TLS 1.3 is not chosen by it
    play(["-expect-cipher-aes", 0xc02b], server(ciphers=gcm, **only))
    for flag in ("-expect-cipher", "-expect-cipher-aes"):
        fails([flag, 0xc02b], server(cut_off, ciphers=large, **only), "the cipher suite is 49196, should be 49195")
    not_there(["-cipher", "AES128-SHA:PSK"], "-cipher AES128-SHA:PSK: none of these suites")
    not_there(["-cipher", f"[{gcm}|{chacha}]"], "-cipher [")
    play(["-cipher", "ALL:BOGUS"], code=1, says="-cipher ALL:BOGUS: not understood at BOGUS")


def test_groups():
    play(["-curves", P384, "-expect-curve-id", P384], server())
    play(["-curves", X25519, "-curves", P256, "-expect-curve-id", P256, "-expect-hrr"], server(group="prime256v1",
                                                                                             versions=(TLS13, TLS13)))
    play(shim_server("-curves", P384, "-expect-curve-id", P384, "-expect-hrr"), client(versions=(TLS13, TLS13)))
    play(["-expect-no-hrr"], server())
    play(shim_server("-expect-no-hrr"), client())
    fails(["-expect-hrr"], server(cut_off), "a HelloRetryRequest was not sent")
    fails(["-curves", X25519, "-curves", P256, "-expect-no-hrr"], server(cut_off, group="prime256v1",
                                                                       versions=(TLS13, TLS13)),
          "a HelloRetryRequest was sent")
    fails(["-expect-curve-id", P384], server(cut_off), "the group is 29, should be 24")


def test_schemes():
    rsa = {"kind": "rsa"}
    play(["-verify-prefs", RSA_PSS_384, "-verify-prefs", ECDSA_384, "-expect-peer-signature-algorithm", RSA_PSS_384],
         server(**rsa))
    play(["-expect-peer-signature-algorithm", ECDSA_256], server())
    fails(["-expect-peer-signature-algorithm", ECDSA_256], server(cut_off, **rsa),
          "the peer's signature scheme is 2052, should be 1027")
    fails(["-verify-prefs", ECDSA_256],
          server(refused("NO_SUITABLE_SIGNATURE_ALGORITHM"), versions=(TLS12, TLS12), **rsa),
          "alert received: handshake_failure")
    play(shim_server("-signing-prefs", RSA_PSS_384, "-signing-prefs", RSA_PSS_256, "-shim-shuts-down", kind="rsa"),
         openssl_client(said("Peer signing digest: SHA384")))
    play(shim_server("-signing-prefs", RSA_PSS_256, "-async", "-shim-shuts-down", kind="rsa"),
         openssl_client(said("Peer signing digest: SHA256")))
    ask = openssl_server(said("Peer signing digest: SHA384"), "-Verify", "1", "-CAfile", pki().root("rsa").leaf,
                         "-ign_eof")
    play(shim_client("-signing-prefs", RSA_PSS_384, "-shim-shuts-down", kind="rsa2048"), ask)


# ---- names and protocols

def test_host_name():
    asked = []

    def remember(context):
        context.sni_callback = lambda tls, name, context: asked.append(name)
    play(["-host-name", "a.example"], server(prepare=remember))
    play([], server(prepare=remember))
    same(asked, ["a.example", None], "names that were asked for")
    play(shim_server("-expect-server-name", "b.example"), client(name="b.example"))
    play(shim_server("-expect-no-server-name"), client())
    fails(shim_server("-expect-server-name", "b.example"), client(cut_off, name="c.example"),
          'the client asks for "c.example", should be "b.example"')
    fails(shim_server("-expect-server-name", "b.example"), client(cut_off),
          'the client asks for "", should be "b.example"')
    fails(shim_server("-expect-no-server-name"), client(cut_off, name="c.example"),
          "the client asks for c.example, should ask for no name")


def test_alpn():
    offer = ["-advertise-alpn", "\x03foo\x03bar"]
    play([*offer, "-expect-alpn", "bar"], server(alpn=["bar"]))
    play([*offer, "-select-next-proto", "baz", "-expect-alpn", "foo"], server(alpn=["foo"]))
    play(offer, server())
    fails([*offer, "-expect-alpn", "foo"], server(cut_off, alpn=["bar"]),
          'the application protocol is "bar", should be "foo"')
    fails(offer, server(cut_off, alpn=["bar"]), 'the application protocol is "bar", should be ""')
    play(shim_server("-select-alpn", "bar"), client(alpn=["foo", "bar"]))
    play(shim_server("-select-alpn", "bar", "-decline-alpn"), client(alpn=["foo", "bar"]))
    fails(shim_server("-select-alpn", "bar"), client(cut_off), 'the application protocol is "", should be "bar"')
    for flags in (["-reject-alpn"], ["-select-alpn", "baz"]):
        play(shim_server(*flags), client(refused("NO_APPLICATION_PROTOCOL"), alpn=["foo"]), code=1,
             says=("HF_E_NO_COMMON_PROTOCOL", "alert sent: no_application_protocol"))
    not_there(["-select-next-proto", "foo"], "-select-next-proto: NPN")
    play(["-advertise-alpn", "\x09foo"], code=1, says="-advertise-alpn: no list of names")


# ---- facts about the connection

def test_facts():
    for version in (TLS12, TLS13):
        only = {"versions": (version, version)}
        flags = ["-expect-extended-master-secret", "-expect-total-renegotiations", 0]
        play([*flags, "-expect-secure-renegotiation"], server(**only))
        play(shim_server(*flags), client(**only))
    play(shim_server("-expect-secure-renegotiation"), client(versions=(TLS13, TLS13)))
    not_there(shim_server("-expect-secure-renegotiation"), "-expect-secure-renegotiation of a server",
              client(cut_off, versions=(TLS12, TLS12)))
    fails(["-expect-total-renegotiations", 1], server(cut_off), "the number of renegotiations is 0, should be 1")
    if not need("gnutls-serv"):
        raise Skip("gnutls-serv is not installed, the server without extended master secret")
    it = pki().server()
    without = program_server(lambda process: None, "gnutls-serv", "--echo", "--port", "{port}", "--x509certfile",
                             it.chain, "--x509keyfile", it.key, "--priority", "NORMAL:-VERS-TLS1.3:%NO_SESSION_HASH")
    play(["-shim-shuts-down", *ONLY12], without)
    fails(["-expect-extended-master-secret", *ONLY12], without, "no extended master secret")


# ---- exported keying material

def hkdf_expand_label(digest, secret, label, context, length):
    info = length.to_bytes(2, "big") + bytes([6 + len(label)]) + b"tls13 " + label + bytes([len(context)]) + context
    block, out = b"", b""
    while len(out) < length:
        block = hmac.new(secret, block + info + bytes([len(out) // digest().digest_size + 1]), digest).digest()
        out += block
    return out[:length]


def exported13(peer, log, digest, label, context):
    """RFC 8446 7.5, from the EXPORTER_SECRET that the peer logged. No context is an empty one."""
    del peer
    secret = bytes.fromhex(re.search(r"^EXPORTER_SECRET \w+ (\w+)$", log, re.M).group(1))
    derived = hkdf_expand_label(digest, secret, label, digest(b"").digest(), digest().digest_size)
    return hkdf_expand_label(digest, derived, b"exporter", digest(context or b"").digest(), MATERIAL)


def exported12(peer, log, digest, label, context):
    """RFC 5705 4, from the master secret that the peer logged."""
    random, master = map(bytes.fromhex, re.search(r"^CLIENT_RANDOM (\w+) (\w+)$", log, re.M).groups())
    server_random = (peer.sent if peer.tls.server_side else peer.log)[11:43]  # of ServerHello, the first message
    seed = label + random + server_random
    if context is not None:
        seed += len(context).to_bytes(2, "big") + context
    a, out = seed, b""
    while len(out) < MATERIAL:
        a = hmac.new(master, a, digest).digest()
        out += hmac.new(master, a + seed, digest).digest()
    return out[:MATERIAL]


def test_exporters():
    with folder() as place:
        log = place / "keys"

        def case(flags, play_peer, version, context):
            def talk(peer):
                peer.handshake()
                digest = hashlib.sha384 if "SHA384" in peer.tls.cipher()[0] else hashlib.sha256
                expected = exported[version](peer, log.read_text(), digest, b"label", context)
                same(peer.read_exactly(MATERIAL), expected, f"keying material of {version} with context {context}")
                peer.echo()
                peer.close()
            log.unlink(missing_ok=True)
            play([*flags, "-export-keying-material", MATERIAL, "-export-label", "label"],
                 play_peer(talk, versions=(version, version), prepare=lambda c: setattr(c, "keylog_filename", str(log))))

        exported = {TLS12: exported12, TLS13: exported13}
        for version in exported:
            for given, context in (([], None), (["-export-context", "not used"], None), (["-use-export-context"], b""),
                                   (["-export-context", "abc", "-use-export-context"], b"abc")):
                case(given, server, version, context)
                case(shim_server(*given), client, version, context)
    fails(["-export-keying-material", 20], server(cut_off), "HF_E_USAGE")  # a label is needed


if __name__ == "__main__":
    support.main(sys.modules[__name__])
