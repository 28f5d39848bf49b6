"""The shim that an external TLS runner starts (tests/shim): every flag, with a case that holds and, where
the flag expects something, one that does not. The runner's part is played by shim_runner.py.

The last test reads the shim's table of flags and fails for one that no case here has given.
"""
import base64
import hashlib
import hmac
import json
import os
import re
import sys
from pathlib import Path

import support
from pki import pki
from shim_runner import (TLS12, TLS13, client, cut_off, need, openssl_client, openssl_server, play, program_server,
                         raw, refused, server, shim_client, shim_server, used)
from support import Skip, check, contains, folder, run, same

SOURCE = Path(os.environ.get("HF_SOURCE", "."))
ONLY12, ONLY13 = ("-max-version", TLS12), ("-min-version", TLS13)
RSA_PSS_256, RSA_PSS_384, ECDSA_256, ECDSA_384 = 0x0804, 0x0805, 0x0403, 0x0503
X25519, P256, P384 = 29, 23, 24
MATERIAL = 100  # bytes of exported keying material


def fails(flags, peer, *words):
    """The peer is served, and the shim finds something wrong."""
    play(flags, peer, code=1, says=words)


def not_there(flags, words, *peers):
    play(flags, *peers, code=89, says=f"unimplemented: {words}")


# ---- the protocol itself

def test_protocol():
    stdout, _ = play(["-is-handshaker-supported"])
    same(stdout, "No\n", "-is-handshaker-supported")
    play([], server(), shim_id=2**64 - 1)
    play([], server(), ipv6=True)
    play(["-port"], code=1, says="-port: its value is missing")
    play(["-min-version", "x"], code=1, says="-min-version: no value of its kind")
    play(["-min-version", "-1"], code=1, says="-min-version: no value of its kind")
    play(["-curves", "65536"], code=1, says="-curves: no value of its kind")


def test_what_is_not_there():
    for flag in ("-psk", "-psk-identity", "-ticket-key", "-expect-ticket-renewal", "-expect-session-id", "-dtls",
                 "-quic", "-handoff", "-handshake-hints", "-enable-early-data", "-expect-ticket-supports-early-data",
                 "-advertise-npn", "-allow-unknown-alpn-protos", "-enable-ech-grease", "-no-such-flag"):
        not_there([flag], f"flag {flag}")
    not_there(["-on-resume-psk", "x"], "flag -on-resume-psk")
    not_there(["-on-resume-expect-accept-early-data"], "flag -on-resume-expect-accept-early-data")
    not_there(["-curves", 25], "-curves 25")  # P-521
    not_there(["-verify-prefs", 0x0807], "-verify-prefs 2055")  # Ed25519
    not_there(["-signing-prefs", 0x0203], "-signing-prefs 515")  # ECDSA with SHA-1
    not_there(["-use-client-ca-list", "<EMPTY>"], "-use-client-ca-list: certificate_authorities of a client")


def test_what_needs_nothing():
    flags = ["-write-settings", "nowhere", "-handshaker-path", "nowhere", "-trust-cert", "nowhere",
             "-use-custom-verify-callback", "-use-old-client-cert-callback", "-partial-write", "-no-ticket",
             "-expect-no-session", "-expect-no-session-id", "-reverify-on-resume", "-expect-cipher-no-aes", 1,
             "-expect-no-next-proto", "-renegotiate-ignore", "-on-shim-no-ticket"]
    play(flags, server())
    play(shim_server("-use-early-callback", "-install-ddos-callback", "-server-preference"), client())


def test_resumption():
    play(["-resume-count", 1, "-on-resume-expect-session-miss"], server(), server())
    play(["-resume-count", 2, "-expect-session-miss"], server(), server(), server())
    play(shim_server("-resume-count", 1, "-expect-session-miss", "-resumption-delay", 100), client(), client())
    not_there(["-resume-count", 1], "resumption", server())
    not_there(shim_server("-resume-count", 1), "resumption", client())
    # Prefixes: the first connection is TLS 1.2, the second TLS 1.3, and each flag counts for its own alone.
    play(["-resume-count", 1, "-expect-session-miss", "-on-initial-expect-version", TLS12, "-on-resume-expect-version",
          TLS13, "-on-retry-expect-version", 1], server(versions=(TLS12, TLS12)), server())
    play(["-resume-count", 1, "-expect-session-miss", "-on-resume-verify-fail", "-verify-peer"], server(),
         server(refused("CERTIFICATE_UNKNOWN")), code=1, says=("HF_E_PEER_UNKNOWN", "alert sent: certificate_unknown"))


# ---- the exchange

def test_echo():
    def long(peer):
        peer.handshake()
        peer.echo(1)
        peer.echo(100000)
        peer.close()
    for version in (TLS12, TLS13):
        for more in ([], ["-async"], ["-implicit-handshake"], ["-async", "-implicit-handshake"]):
            play(["-expect-version", version, *more], server(long, versions=(version, version)))
            play(shim_server("-expect-version", version, *more), client(long, versions=(version, version)))
            play(shim_client(*more), server(long, versions=(version, version), ca=pki().root().leaf))


def first_read(least, most):
    def talk(peer):
        peer.handshake()
        peer.write(bytes(1000))
        size = len(peer.read())
        check(least <= size <= most, f"one record brings {least} to {most} bytes, not {size}")
        peer.read_exactly(1000 - size)
        peer.close()
    return talk


def test_sizes():
    play([], server(first_read(512, 512)))
    play(["-read-size", 10], server(first_read(10, 10)))
    play(["-read-size", 4096, "-max-send-fragment", 600], server(first_read(500, 600)))


def test_max_send_fragment():
    """No record of ours has more content than that: neither data nor handshake messages."""
    def talk(peer):
        peer.handshake()
        peer.echo(5000)
        peer.close()
        sizes = [length for _, length in peer.records()]
        check(max(sizes) <= 512 + 8 + 16, f"records of at most 512 bytes: {sizes}")
        check(len(sizes) > 10, f"many records: {sizes}")
    long_chain = pki().rsa_of_three()
    for version in (TLS12, TLS13):
        flags = ["-max-send-fragment", 512, "-read-size", 4096]
        play(flags, server(talk, versions=(version, version)))
        play(["-server", "-cert-file", long_chain.chain, "-key-file", long_chain.key, *flags],
             client(talk, versions=(version, version)))


def test_small_buffers():
    """Our own flags: the buffers of a device."""
    play(["-hf-input", 2048, "-hf-output", 512, "-hf-certificate", 10240], server())
    play(["-hf-certificate", 16], code=1, says="HF_E_MEMORY_TOO_SMALL")


def test_writing_first():
    def talk(peer):
        peer.handshake()
        same(peer.read_exactly(5), b"hello", "what comes first")
        peer.echo()
        peer.close()
    for flags in (["-shim-writes-first"], ["-async", "-read-with-unfinished-write"]):
        play(flags, server(talk))
        play(shim_server(*flags), client(talk))


def test_reading_ways():
    for flags in (["-peek-then-read"], ["-use-exporter-between-reads"], ["-no-op-extra-handshake"],
                  ["-handshake-twice"]):
        for version in (TLS12, TLS13):
            play(flags, server(versions=(version, version)))


def test_key_updates():
    def count(expected):
        def talk(peer):
            peer.handshake()
            peer.echo(10)
            peer.echo(10)
            peer.close()
            sealed = [kind for kind, _ in peer.records() if kind == 23]
            same(len(sealed), 4 + expected, "records: Finished, two echoes, KeyUpdates, close_notify")
        return talk
    play([], server(count(0), versions=(TLS13, TLS13)))
    play(["-key-update"], server(count(2), versions=(TLS13, TLS13)))
    play(["-key-update-before-read"], server(count(3), versions=(TLS13, TLS13)))
    fails(["-key-update"], server(cut_off_after_echo, versions=(TLS12, TLS12)), "HF_E_USAGE")


def cut_off_after_echo(peer):
    peer.handshake()
    peer.write(b"x")
    cut_off(peer)


def test_ends():
    def rude(peer):
        peer.handshake()
        peer.echo()

    def rude_reader(peer):
        """Its own close_notify never comes."""
        peer.handshake()
        while peer.read():
            pass
    play([], server(rude))
    fails(["-check-close-notify"], server(rude), "HF_E_TRUNCATED")
    play(["-check-close-notify"], server())
    play(["-shim-shuts-down"], server(rude_reader))
    fails(["-shim-shuts-down", "-check-close-notify"], server(rude_reader), "HF_E_TRUNCATED")
    play(shim_server("-shim-shuts-down", "-check-close-notify"), client(lambda peer: (rude_reader(peer), peer.close())))
    fails(["-handshake-never-done"], server(cut_off), "the handshake is done, and never should be")


def test_errors():
    play([], raw(b"\x15\x03\x03\x00\x02\x02\x28"), code=1, says=("HF_E_ALERT", "alert received: handshake_failure"))
    alert = b"\x15\x03\x03\x00\x02\x02\x0a"
    play([], raw(b"no TLS at all", lambda came: check(came.endswith(alert), "the alert arrives")), code=1,
         says=("HF_E_NOT_TLS", "alert sent: unexpected_message"))
    play([], raw(b""), code=1, says="HF_E_CLOSED_IN_HANDSHAKE")
    play(shim_server(), raw(b"GET / HTTP/1.1\r\n\r\n"), code=1, says="alert sent: unexpected_message")
    play(["-server"], code=1, says="HF_E_NO_IDENTITY")
    play(["-cert-file", "/nowhere"], code=1, says="-cert-file, -key-file: cannot be read")


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


def said(expected):
    return lambda process: process.wait_line(re.escape(expected))


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


# ---- who the peer is

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


# ---- what belongs to the shim

def test_error_map():
    """Every word of the map is one that the shim prints."""
    given = json.loads((SOURCE / "tests/shim/errors.json").read_text())
    same(sorted(given), ["DisabledTests", "ErrorMap"], "members")
    errors = re.findall(r"^HF_ERROR\((\w+),", (SOURCE / "include/handfast/errors.def").read_text(), re.M)
    alerts = re.findall(r'^HF_ALERT\(\d+, "(\w+)"', (SOURCE / "include/handfast/alerts.def").read_text(), re.M)
    words = {f"HF_E_{name}" for name in errors} | {f"alert received: {name}" for name in alerts}
    wrong = {name: word for name, list_ in given["ErrorMap"].items() for word in list_ if word not in words}
    same(wrong, {}, "words that the shim never prints")
    check(all(given["ErrorMap"].values()) and len(given["ErrorMap"]) > 100, "the map is filled")


def test_zz_every_flag_was_given():
    if sys.argv[1:]:
        raise Skip("only some of the tests run")
    table = (SOURCE / "tests/shim/flags.c").read_text()
    flags = set(re.findall(r'^    \{"(-[\w-]+)", [A-Z_]+,', table, re.M))
    check(len(flags) > 80, f"the table is found: {len(flags)} flags")
    same(flags - used, set(), "flags that no test gave")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
