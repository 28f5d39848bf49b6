"""The interoperability matrix: this library against OpenSSL, GnuTLS, Mbed TLS, wolfSSL and BearSSL, as a
client of their servers and as a server for their clients. Printed as two tables, which also go to the
file that HF_MATRIX names.

What the events of our end tell of the messages is compared with what tshark reads of the same bytes.

One line of FEATURES is one thing that both ends have to agree on; a cell is one or more connections in
which a line comes back reversed (or as it was), and both ends say the same about it. "-": the peer
cannot do it (visitors.py and test_stacks.py say why). What each peer does beyond this is tested in
test_openssl.py, test_gnutls.py, test_stacks.py and test_visitors.py.
"""
import contextlib
import json
import os
import sys
import threading

import support
import visitor_output
from interop import (GROUPS, OPENSSL_GROUPS, P256, P384, TLS12, TLS13, VERSIONS, X25519, Cases, connect, expect,
                     fill, gnutls_serv, s_server)
from pki import FOR_SERVER, SAN, pki
from support import BACKEND, Process, Skip, check, folder, run, same, wait_until
from tshark import Album
from visitors import Unsupported, available, can, versions_of, visit, visit_twice
from witness import witness

PEERS = ("openssl", "gnutls", "mbedtls", "wolfssl", "bearssl")
SENT = b"what goes out\n"
BACK = b"tuo seog tahw\n"
FRAGMENT = 512
BULK = 3000  # bytes, for which several records are needed
# feature: versions in which there is such a thing
FEATURES = {
    "ECDSA": (TLS13, TLS12), "RSA": (TLS13, TLS12), "X25519": (TLS13, TLS12), "P-256": (TLS13, TLS12),
    "P-384": (TLS13, TLS12), "mutual authentication": (TLS13, TLS12), "ALPN": (TLS13, TLS12),
    "small fragments": (TLS13, TLS12), "HelloRetryRequest": (TLS13,), "raw public keys": (TLS13, TLS12),
    "resumption": (TLS13, TLS12),
}
GROUP_OF = {"X25519": X25519, "P-256": P256, "P-384": P384}
NAMES = {TLS12: "1.2", TLS13: "1.3"}


class Table:
    def __init__(self, title):
        self.title, self.cells, self.lock = title, {}, threading.Lock()

    def set(self, row, peer, text):
        with self.lock:
            self.cells[row, peer] = text

    def text(self):
        rows = [(version, feature) for feature, versions in FEATURES.items() for version in versions]
        lines = [f"{self.title} ({BACKEND} backend)", " " * 30 + "".join(f"{peer:>10}" for peer in PEERS)]
        for version, feature in rows:
            cells = "".join(f"{self.cells.get(((version, feature), peer), '-'):>10}" for peer in PEERS)
            lines.append(f"TLS {NAMES[version]}  {feature:<21}{cells}")
        return "\n".join(lines) + "\n"

    def print(self):
        print(self.text())
        path = os.environ.get("HF_MATRIX", "")
        if path:
            with open(path, "a", encoding="utf-8") as file:
                file.write(self.text() + "\n")


def public_key(it, where):
    path = where / f"{it.key.stem}.pub"
    path.write_text(run("openssl", "pkey", "-in", it.key, "-pubout").stdout)
    return path


# ---- their clients, our server

class Ours:
    """Our server (tests/peers/handfast_server.c); meet() is one connection, seen from both ends."""

    def __init__(self, process):
        self.process, self.seen, self.lock = process, 0, threading.Lock()
        self.port = int(process.wait_line(r"^listening on (\d+)$").group(1))

    def _line(self):
        def there():
            lines = [line for line in self.process.text().splitlines() if line.startswith("{")]
            return lines[self.seen] if len(lines) > self.seen else None
        said = json.loads(support.wait_until(there, "what our server says"))
        self.seen += 1
        return said

    def meet_twice(self, client, **options):
        with self.lock:
            return [(result, self._line()) for result in visit_twice(client, self.port, **options)]

    def meet(self, client, **options):
        with self.lock:
            result = visit(client, self.port, **options)
            return result, self._line()


@contextlib.contextmanager
def ours(*options, identity, words="", pcap=None):
    environment = dict(os.environ, HF_SERVER_OPTIONS=words, **({"HF_SERVER_PCAP": str(pcap)} if pcap else {}))
    command = [os.environ["HF_PEER_handfast"], "--chain", identity.chain, "--key", identity.key]
    with Process(*command, *options, env=environment) as process:
        yield Ours(process)


def agreed(result, said, version):
    expect(result, open=True, version=version)
    check(result.verified, f"the server is verified: {result}")
    same((said["open"], said["version"], said["suite"], said["error"]), (True, version, result.suite, 0), "our server")
    if result.group:
        same(said["group"], result.group, "group")


def resumption_case(client, version, server, **options):
    full, again = server.meet_twice(client, versions=(version, version), send=SENT, expect=len(SENT), **options)
    for result, said in (full, again):
        same((result.open, result.version, said["open"], said["error"]), (True, version, True, 0), "both ends")
    same((full[0].resumed, full[1]["resumed"], again[0].resumed, again[1]["resumed"]), (False, False, True, True),
         "resumed")


def server_case(client, version, feature, server, **options):
    versions = (version, version)
    if feature == "resumption":
        resumption_case(client, version, server, **options)
        return
    small = feature == "small fragments"
    talk = {"fill": BULK, "expect": BULK} if small else {"send": SENT, "expect": len(SENT)}
    result, said = server.meet(client, versions=versions, **talk, **options)
    agreed(result, said, version)
    same(result.data, fill(BULK) if small else SENT, "what came back")
    if feature in GROUP_OF:
        same(said["group"], GROUP_OF[feature], "group")
    if feature == "mutual authentication":
        check(said["verified"] and result.certificate_sent is not False, f"the client is known: {said}")
    if feature == "ALPN":
        same((said["alpn"], result.alpn), ("mqtt", "mqtt"), "protocol")
    if feature == "HelloRetryRequest":
        check(result.retried, f"there was a HelloRetryRequest: {result}")
        same(said["group"], P384, "group after it")
    if small:
        largest = max(said["out_data"], said["out_handshake"])
        check(largest <= FRAGMENT + 40, f"our records keep to {FRAGMENT} bytes: {said}")


def client_options(feature, where):
    """(options of our server, its identity, words for it, options of the client)"""
    trust = {"ca": pki().root().leaf}
    it = pki().server()
    if feature == "RSA":
        return [], pki().server("rsa"), "", {"ca": pki().root("rsa").leaf}
    if feature in GROUP_OF:
        return ["--groups", hex(GROUP_OF[feature])], it, "", trust
    if feature == "mutual authentication":
        ask = ["--client-auth", "require", "--client-ca", pki().client_anchors()]
        return ask, it, "names", {**trust, "identity": pki().client()}
    if feature == "ALPN":
        return ["--alpn", "mqtt,other"], it, "", {**trust, "alpn": ("other", "mqtt")}
    if feature == "small fragments":  # a certificate that fits one: Mbed TLS 2.28 joins no messages
        direct = pki().leaf("server-direct", FOR_SERVER + SAN, issuer=pki().root())
        return [], direct, "", {**trust, "max_fragment": FRAGMENT}
    if feature == "HelloRetryRequest":
        return ["--groups", hex(P384), "--cookie"], it, "", {**trust, "groups": (P256, P384), "one_share": True}
    if feature == "raw public keys":
        keys = {"server_key": public_key(it, where), "raw_identity": (public_key(pki().client(), where),
                                                                       pki().client().key)}
        return ["--client-auth", "require", "--client-ca", pki().client_anchors()], it, "raw", keys
    return ["--resume"] if feature == "resumption" else [], it, "", trust


def supports(client, version, options):
    return version in versions_of(client) and can(client, *[name for name, value in options.items() if value])


def test_our_server():
    table = Table("Handfast server, their clients")

    def feature_with_all(feature, where):
        words, identity, more, options = client_options(feature, where)
        with ours(*words, identity=identity, words=more, pcap=album.page()) as server:
            for client in available():
                for version in FEATURES[feature]:
                    never = feature == "resumption" and client == "bearssl"  # no extended master secret
                    if never or not supports(client, version, options):
                        continue
                    try:
                        server_case(client, version, feature, server, **options)
                    except Unsupported:
                        continue
                    table.set((version, feature), client, "ok")
    with folder() as where:
        album = Album(where)
        with Cases() as cases:
            for feature in FEATURES:
                cases.add(feature, feature_with_all, feature, where)
        table.print()
        demand(table, 60)
        album.agree(len(table.cells))


# ---- their servers, our client

def stack_server(stack, *options, identity):
    path = os.environ.get(f"HF_PEER_{stack}", "")
    if not os.path.exists(path):
        raise Skip(f"the library {stack} is not installed")
    return Process(path, "--chain", identity.chain, "--key", identity.key, "--reverse", "--resume", *options)


@contextlib.contextmanager
def their_server(stack, feature, identity, where):
    """Yields port and process of a server that is set up for the feature; its echo may be reversed."""
    group = GROUP_OF.get(feature, P384 if feature == "HelloRetryRequest" else None)
    if (stack, feature) == ("openssl", "resumption"):
        with witness(identity=identity) as peer:
            yield peer.port, peer.process
    elif stack == "openssl":
        options = ["-groups", OPENSSL_GROUPS[group]] if group else []
        options += ["-Verify", "3", "-verify_return_error", "-CAfile", pki().client_anchors()] \
            if feature == "mutual authentication" else []
        options += ["-alpn", "mqtt,other"] if feature == "ALPN" else []
        with s_server(*options, identity=identity, mode="-rev") as (process, port):
            yield port, process
    elif stack == "gnutls":
        names = {X25519: "X25519", P256: "SECP256R1", P384: "SECP384R1"}
        priority = "NORMAL" + (f":-GROUP-ALL:+GROUP-{names[group]}" if group else "")
        options = ["--disable-client-cert"]
        if feature == "mutual authentication":
            options = ["--require-client-cert", "--verify-client-cert", "--x509cafile", pki().client_anchors()]
        if feature == "ALPN":
            options += ["--alpn", "mqtt"]
        if feature == "raw public keys":
            priority += ":+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK"
            options = ["--require-client-cert", "--rawpkkeyfile", identity.key, "--rawpkfile",
                       public_key(identity, where)]
        with gnutls_serv(*options, identity=identity, priority=priority) as (process, port):
            yield port, process
    else:
        options = ["--groups", hex(group)] if group else []
        options += ["--client-auth", "require", "--client-ca", pki().client_anchors()] \
            if feature == "mutual authentication" else []
        options += ["--alpn", "mqtt"] if feature == "ALPN" else []
        with stack_server(stack, *options, identity=identity) as process:
            yield int(process.wait_line(r"^listening on (\d+)$").group(1)), process


def our_options(feature, identity, where):
    line = {"RSA": "rsa", "P-384": "p384"}.get(feature, "ecdsa")
    options = {"ca": pki().root(line).leaf}
    if feature in GROUP_OF:  # in TLS 1.2 the list names the curves of certificates, too (RFC 8422 5.1.1)
        options["groups"] = f"{X25519:#x},{P256:#x}" if feature == "X25519" else f"{GROUP_OF[feature]:#x}"
    if feature == "mutual authentication":
        options.update(cert=pki().client().chain, key=pki().client().key)
    if feature == "ALPN":
        options["alpn"] = "mqtt"
    if feature == "small fragments":
        options.update(input=600, slot=4096)
    if feature == "HelloRetryRequest":
        options["groups"] = f"{X25519:#x},{P384:#x},{P256:#x}"
    if feature == "raw public keys":
        options = {"cert": public_key(pki().client(), where), "key": pki().client().key, "pin": identity.pin()}
    return options


STACK_VERSIONS = {"openssl": (TLS13, TLS12), "gnutls": (TLS13, TLS12), "wolfssl": (TLS13, TLS12),
                  "mbedtls": (TLS12,), "bearssl": (TLS12,)}


def their_case(feature, version, port, options):
    flags = ["raw-keys"] if feature == "raw public keys" else []
    result = connect(port, *flags, versions=VERSIONS[version], send_hex=SENT.hex(), expect=len(BACK), **options)
    expect(result, code="HF_OK", open=True, version=version)
    check(result.data in (SENT.decode(), BACK.decode()), f"what came back: {result.data!r}")
    if feature in GROUP_OF:
        same(result.group, GROUPS[GROUP_OF[feature]], "group")
    if feature in ("mutual authentication", "raw public keys"):
        check(result.sent_certificate, "our certificate was sent")
    if feature == "ALPN":
        same(result.alpn, "mqtt", "protocol")
    if feature == "HelloRetryRequest":
        check(result.retried, "there was a HelloRetryRequest")


def resumptions(process):
    """How many of a server's connections it has resumed."""
    said = process.text()
    return said.count("*** This is a resumed session") + said.count('"resumed": true') + sum(
        visitor_output.resumed(part, "Sent") for part in said.split("CONNECTION CLOSED"))


def their_resumption(version, port, process, options, album):
    before = resumptions(process)
    with folder() as base:
        results = [connect(port, versions=VERSIONS[version], send_hex=SENT.hex(), expect=len(BACK),
                           session=base / "session", pcap=album.page(), **options) for _ in range(2)]
    for result in results:
        expect(result, code="HF_OK", open=True, version=version)
    same([result.resumed for result in results], [False, True], "resumed")
    wait_until(lambda: resumptions(process) == before + 1, "the server's word")


def test_our_client():
    table = Table("Handfast client, their servers")

    def one(stack, feature, where):
        if (feature == "raw public keys" and stack != "gnutls") or (feature == "resumption" and stack == "bearssl"):
            return
        identity = pki().server({"RSA": "rsa", "P-384": "p384leaf"}.get(feature, "ecdsa"))
        versions = [version for version in FEATURES[feature] if version in STACK_VERSIONS[stack]]
        if not versions:
            return
        with their_server(stack, feature, identity, where) as (port, process):
            for version in versions:
                options = our_options(feature, identity, where)
                if feature == "resumption":
                    their_resumption(version, port, process, options, album)
                else:
                    their_case(feature, version, port, dict(options, pcap=album.page()))
                table.set((version, feature), stack, "ok")
    with folder() as where:
        album = Album(where)
        with Cases() as cases:
            for stack in PEERS:
                if stack in ("openssl", "gnutls") or os.environ.get(f"HF_PEER_{stack}"):
                    for feature in FEATURES:
                        cases.add(f"{stack}: {feature}", one, stack, feature, where)
        table.print()
        demand(table, 60)
        album.agree(len(table.cells))


def demand(table, least):
    """The matrix is not empty by accident: with all five peers installed most cells are filled."""
    if set(available()) == set(PEERS):
        check(len(table.cells) >= least, f"only {len(table.cells)} cells are filled")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
