"""handfast doctor: a healthy server has no fault, and each fault is named as the first cause, with its
remedy, its exit code, and without showing a device's credentials to a server that is not verified."""
import atexit
import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import struct
import sys
import time
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import support
from support import TOOL, Process, check, contains, folder, free_port, handfast, require_program, run, same
from tool_peers import DnsServer, Identities, Listener, TlsServer, fails, read_exactly, read_to_end

OK, USAGE, LOCAL, NETWORK, TLS, CERTIFICATE, REFUSED, TIMEOUT = 0, 2, 3, 4, 5, 6, 7, 8
STEPS = ("files", "resolve", "tcp", "service", "tls", "versions", "clock", "chain", "name", "client", "alpn", "sni",
         "records", "fragments", "path", "resumption", "mqtt", "keep-alive", "fit")
TLS11, TLS12, TLS13 = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
NAME = "broker.example"
RERECORD = os.environ.get("HF_RERECORD", "")


@lru_cache(maxsize=None)
def identities():
    base = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return Identities(base)


class Examined:
    """A run of the doctor with --json: .steps by name, .verdict, .code."""

    def __init__(self, target, *options, device=True, ca=None):
        made = identities()
        words = ["doctor", target, "--json", "--timeout", "4", "--ca", ca or made.root]
        if device:
            chain, key = made.device if device is True else device
            words += ["--cert", chain, "--key", key]
        self.done = handfast(*words, *options, code=None, timeout=60)
        self.said = self.done.stdout + self.done.stderr
        self.code = self.done.returncode
        lines = [json.loads(line) for line in self.done.stdout.splitlines()]
        check(lines, self.said)
        self.steps = {line["step"]: line for line in lines[:-1]}
        self.verdict = lines[-1]
        same(tuple(self.steps), STEPS, "the steps, in order")
        same(self.verdict["kind"], "verdict", "the last line")
        same(self.verdict["exit"], self.code, "the exit code that it says")

    def is_fault(self, step, cause, code, *remedy, seen=()):
        same((self.verdict["verdict"], self.verdict["step"], self.verdict.get("cause")), ("fault", step, cause),
             f"the first cause, of:\n{self.said}\n")
        same(self.code, code, f"exit code of:\n{self.said}\n")
        for words in remedy:
            contains(self.verdict["remedy"], words, "the remedy")
        for words in (seen,) if isinstance(seen, str) else seen:
            contains("\n".join(self.verdict["seen"]), words, "what was seen")
        return self

    def is_healthy(self):
        faults = [(name, step["cause"]) for name, step in self.steps.items() if step["verdict"] == "fault"]
        same(faults, [], f"faults of:\n{self.said}\n")
        same(self.code, OK, "exit code")
        return self

    def saw(self, step, *words, verdict=None):
        for word in words:
            contains("\n".join(self.steps[step]["seen"]), word, f"what {step} saw")
        if verdict is not None:
            same(self.steps[step]["verdict"], verdict, f"verdict of {step}: {self.steps[step]}")
        return self


def at(server, *options, **more):
    """Under the server's name, which leads to this port of loopback."""
    port = getattr(server, "port", server)
    return Examined(f"{NAME}:{port}", "--address", "127.0.0.1", *options, **more)


def made_by_openssl(name, key, issuer=None, digest="-sha256", purpose="serverAuth", names=f"DNS:{NAME}"):
    """(chain, key) of what `handfast identity` refuses to make."""
    require_program("openssl")
    base = identities().base
    chain, private, request, extensions = (base / f"{name}{end}" for end in (".pem", ".key", ".csr", ".ext"))
    extensions.write_text((f"subjectAltName={names}\n" if names else "") + "basicConstraints=critical,CA:FALSE\n"
                          f"keyUsage=critical,digitalSignature\nextendedKeyUsage={purpose}\n")
    run("openssl", "req", "-new", "-newkey", *key, "-nodes", "-keyout", private, "-out", request, "-subj", f"/CN={name}")
    signer = ["-signkey", private] if issuer is None else ["-CA", issuer / "ca.pem", "-CAkey", issuer / "ca.key",
                                                           "-CAcreateserial"]
    run("openssl", "x509", "-req", "-in", request, *signer, "-out", chain, digest, "-days", "365", "-extfile", extensions)
    return chain, private


def weak(server):
    """Lets Python's OpenSSL use what it refuses by default."""
    server.context.set_ciphers("ALL:@SECLEVEL=0")
    return server


# ---- a healthy server

def test_healthy_server():
    made = identities()
    with TlsServer(made.server, made.root) as server:
        seen = at(server).is_healthy()
    seen.saw("files", "1 trusted CA", "CN=", "2 certificates")
    seen.saw("tcp", "127.0.0.1 port", "open")
    seen.saw("tls", "TLS 1.3", "x25519", verdict="ok")
    seen.saw("versions", "TLS 1.3: TLS_AES_128_GCM_SHA256", "TLS 1.2: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
    seen.saw("chain", "a path leads to a trusted CA", "together", "CN=Test line", verdict="ok")
    seen.saw("name", f"the certificate is for {NAME}", verdict="ok")
    seen.saw("client", "accepted", "certificate_required (116)", verdict="ok")
    seen.saw("path", "without its compatibility mode", verdict="ok")
    seen.saw("resumption", "was resumed", "ticket")
    seen.saw("fragments", "max_fragment_length is honoured")
    seen.saw("mqtt", "--mqtt is not given", verdict="skipped")
    fit = seen.steps["fit"]
    same(fit["ram"]["total"], sum(v for k, v in fit["ram"].items() if k != "total"), "the sum of RAM")
    check(fit["resumed"]["bytes_down"] < fit["first"]["bytes_down"], "a resumed connection is smaller")
    same(set(fit["first"]["milliseconds"]), {"2G (GPRS)", "NB-IoT", "LTE-M", "Wi-Fi"}, "links")
    check(seen.verdict["connections"] <= 20, f"{seen.verdict['connections']} connections are too many")


def test_arithmetic_of_the_links():
    """The seconds are those of docs/doctor.md, from the bytes and round trips that were seen."""
    links = {"2G (GPRS)": (700, 20000, 40000), "NB-IoT": (1600, 20000, 25000), "LTE-M": (150, 200000, 200000),
             "Wi-Fi": (40, 10000000, 10000000)}
    text = (Path(os.environ["HF_SOURCE"]) / "docs" / "doctor.md").read_text()
    with TlsServer(identities().server) as server:
        cost = at(server).steps["fit"]["first"]
    same(cost["round_trips"], 2, "round trips of TCP and TLS 1.3")
    for name, (rtt, up, down) in links.items():
        spent = cost["round_trips"] * rtt
        for size, rate in ((cost["bytes_up"], up), (cost["bytes_down"], down)):
            spent += (size + 40 * (-(-size // 1360) + cost["round_trips"])) * 8000 // rate
        same(cost["milliseconds"][name], spent, f"time over {name}")
        check(re.search(rf"\| {re.escape(name)} \| {rtt} \| {up // 1000:,} \| {down // 1000:,} \|", text),
              f"docs/doctor.md has the row of {name}")


def test_text_for_people():
    made = identities()
    with TlsServer(made.server, made.root) as server:
        done = handfast("doctor", f"{NAME}:{server.port}", "--address", "127.0.0.1", *made.options())
        bad = handfast("doctor", f"{NAME}:{server.port}", "--address", "127.0.0.1", "--ca", made.other, code=None)
    contains(done.stdout, "verdict: healthy")
    for step in STEPS:
        check(re.search(rf"^  (ok|note|warning|skipped) +{step} ", done.stdout, re.M), f"{step} in:\n{done.stdout}")
    same(bad.returncode, CERTIFICATE, "exit code")
    check(re.search(r"^verdict: fault in step chain: unknown-ca\nwhat: The server's certificate leads to a CA that is not "
                    r"trusted.\nseen: .*(\n .*)*\n  do: Give the CA", bad.stdout, re.M), bad.stdout)


def test_tls12_server():
    made = identities()
    with TlsServer(made.server, made.root, version=TLS12) as server:
        seen = at(server).is_healthy()
    seen.saw("versions", "TLS 1.3: no", verdict="note")
    seen.saw("client", "handshake_failure (40)")
    same(seen.steps["fit"]["first"]["round_trips"], 3, "round trips of TCP and TLS 1.2")


def test_our_own_server():
    made = identities()
    with Process(TOOL, "listen", "127.0.0.1:0", "--cert", made.server[0], "--key", made.server[1]) as server:
        port = int(server.wait_line(r"listening on .*:(\d+)").group(1))
        at(port).is_healthy().saw("fragments", "record_size_limit is honoured", verdict="ok")


def test_gnutls_server():
    made = identities()
    port = free_port()
    with Process(require_program("gnutls-serv"), "--echo", "--port", port, "--x509certfile", made.server[0],
                 "--x509keyfile", made.server[1], "--disable-client-cert") as server:
        server.wait_port(port)
        at(port).is_healthy().saw("client", "does not ask for a certificate")


# ---- certificates

def remade(name, *options, server=NAME):
    return identities().make("server", name, "--force", "--name", server, *options)


def test_expired():
    with TlsServer(remade("old", "--not-after", "2026-02-01T00:00:00Z")) as server:
        seen = at(server).is_fault("chain", "expired", CERTIFICATE, "Renew", seen="apart from its dates the path is good")
    seen.saw("name", verdict="ok")
    seen.saw("client", "not verified", verdict="skipped")
    with TlsServer(remade("old")) as server:
        at(server).is_healthy()


def test_not_yet_valid():
    with TlsServer(remade("early", "--not-before", "2090-01-01T00:00:00Z", "--not-after", "2091-01-01T00:00:00Z")) as server:
        at(server).is_fault("chain", "not-yet-valid", CERTIFICATE, "issue the certificate again")


def test_expires_soon():
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 10 * 86400))
    with TlsServer(remade("soon", "--not-after", soon)) as server:
        at(server).is_healthy().saw("chain", "expires in 9 days", verdict="warning")


def test_clock_is_not_set():
    with TlsServer(identities().server, identities().root) as server:
        at(server, "--time", "1970-01-01T00:00:10Z").is_fault("clock", "clock", LOCAL, "Set the clock")


def test_clock_is_behind_or_ahead():
    """What is in our hands was made in the past, and a CA does not expire with its device."""
    behind = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86400))
    with TlsServer(identities().server, identities().root) as server:
        at(server, "--time", behind).is_fault("clock", "clock", LOCAL, "it is behind", seen="made in the future")
        at(server, "--time", "2060-01-01T00:00:00Z").is_fault("clock", "clock", LOCAL, "ahead", seen="the CAs too")


def test_wrong_name():
    with TlsServer(remade("another", server="a.other.example")) as server:
        seen = at(server).is_fault("name", "wrong-name", CERTIFICATE, "such as a.other.example")
        seen.saw("chain", verdict="ok")
        at(server, "--servername", "a.other.example").is_healthy()


def test_no_name():
    chain = made_by_openssl("nameless", EC, identities().base / "root", names=None)
    with TlsServer(chain) as server:
        at(server).is_fault("name", "no-name", CERTIFICATE, "subjectAltName")


def test_pin():
    with TlsServer(identities().server) as server:
        at(server, "--pin", "0" * 64).is_fault("chain", "pin", CERTIFICATE, "update the pin")


def test_unknown_ca():
    made = identities()
    with TlsServer(made.server, made.root) as server:
        at(server, ca=made.other).is_fault("chain", "unknown-ca", CERTIFICATE, "Test root", "--ca")


def leaf_alone():
    chain, key = identities().server
    alone = identities().base / "alone.pem"
    end = "-----END CERTIFICATE-----\n"
    alone.write_text(chain.read_text().split(end)[0] + end)
    return alone, key


def test_missing_intermediate():
    with TlsServer(leaf_alone()) as server:
        for device in (True, False):
            at(server, device=device).is_fault("chain", "missing-intermediate", CERTIFICATE, "CN=Test line",
                                               "behind the server's own")


def test_leaf_of_an_unknown_ca_alone():
    made = identities()
    chain = made_by_openssl("stranger", EC, made.base / "other")
    with TlsServer(chain) as server:
        at(server).is_fault("chain", "unknown-ca", CERTIFICATE, "Somebody else")


def test_wrong_order():
    made = identities()
    blocks = made.server[0].read_text().split("-----END CERTIFICATE-----\n")
    leaf, line = (block + "-----END CERTIFICATE-----\n" for block in blocks[:2])
    mixed = made.base / "mixed.pem"
    mixed.write_text(leaf + made.root.read_text() + line)
    with TlsServer((mixed, made.server[1])) as server:
        at(server).is_fault("chain", "wrong-order", CERTIFICATE, "in order")


def test_root_is_sent_along():
    made = identities()
    whole = made.base / "whole.pem"
    whole.write_text(made.server[0].read_text() + made.root.read_text())
    with TlsServer((whole, made.server[1])) as server:
        seen = at(server).is_healthy()
    same(seen.steps["chain"]["cause"], "root-sent", "what the chain step notes")


def test_cross_signed_root():
    made = identities()
    request, crossed, whole = (made.base / name for name in ("root.csr", "crossed.pem", "crossed.chain.pem"))
    extensions = made.base / "crossed.ext"
    extensions.write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
    run("openssl", "x509", "-x509toreq", "-in", made.root, "-signkey", made.base / "root" / "ca.key", "-out", request)
    run("openssl", "x509", "-req", "-in", request, "-CA", made.other, "-CAkey", made.base / "other" / "ca.key",
        "-CAcreateserial", "-days", "365", "-extfile", extensions, "-out", crossed)
    whole.write_text(made.server[0].read_text() + crossed.read_text())
    with TlsServer((whole, made.server[1])) as server:
        seen = at(server).is_healthy().saw("chain", "cross-signed by another", verdict="note")
        same(seen.steps["chain"]["cause"], "cross-signed", "what the chain step notes")
        at(server, ca=made.other).is_healthy()


def test_causes_are_documented():
    source = Path(os.environ["HF_SOURCE"])
    listed = re.findall(r'^DOCTOR_CAUSE\(\w+, "([a-z0-9-]+)", "(.*)"\)$',
                        (source / "cli" / "doctor" / "doctor_causes.def").read_text(), re.M)
    text = (source / "docs" / "doctor.md").read_text().split("## Causes\n")[1]
    check(len(listed) > 80, "the list was read")
    same(re.findall(r"^\| `([a-z0-9-]+)` \| (.*) \|$", text, re.M), listed, "the table of causes in docs/doctor.md")
    used = "".join(file.read_text() for file in (source / "cli").glob("doctor_*.c"))
    for name, _ in listed:
        check(f"CAUSE_{name.upper().replace('-', '_')}" in used, f"{name} is never found")


def test_address_of_ipv6():
    chain = remade("six", "--ip", "::1", server="six.example")
    with Process(TOOL, "listen", "[::1]:0", "--cert", chain[0], "--key", chain[1]) as server:
        port = int(server.wait_line(r"listening on .*:(\d+)").group(1))
        Examined(f"[::1]:{port}").is_healthy().saw("tcp", "IPv6 ::1")
        Examined(f"six.example:{port}", "--address", "::1").is_healthy()


def test_self_signed():
    chain = made_by_openssl("box", EC)
    with TlsServer(chain) as server:
        at(server).is_fault("chain", "self-signed", CERTIFICATE, "trust this very certificate")
        at(server, ca=chain[0]).is_healthy()


def test_wrong_purpose():
    with TlsServer(made_by_openssl("purpose", EC, identities().base / "root", purpose="clientAuth")) as server:
        at(server).is_fault("chain", "wrong-purpose", CERTIFICATE, "serverAuth")


def test_weak_key_and_signature():
    with weak(TlsServer(identities().server)) as server:
        server.context.load_cert_chain(*made_by_openssl("rsa1024", ("rsa:1024",), identities().base / "root"))
        seen = at(server)
    # a server may have several keys: the ECDSA one is good
    seen.is_healthy()
    context = Weak(made_by_openssl("rsa1024", ("rsa:1024",), identities().base / "root"))
    with context as server:
        at(server).is_fault("chain", "weak-key", CERTIFICATE, "RSA of 2048")
    with Weak(made_by_openssl("sha1", EC, identities().base / "root", "-sha1")) as server:
        at(server).is_fault("chain", "weak-signature", CERTIFICATE, "SHA-256")


class Weak(TlsServer):
    """Serves what OpenSSL refuses to load by default."""

    def __init__(self, identity, **more):
        made = identities()
        super().__init__(made.server, **more)
        listening = self.context
        self.context = support.tls_context(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers("ALL:@SECLEVEL=0")
        self.context.minimum_version, self.context.maximum_version = listening.minimum_version, listening.maximum_version
        self.context.load_cert_chain(*identity)


# ---- the device's certificate

def test_client_certificate_is_missing():
    made = identities()
    for version in (TLS12, TLS13):
        with TlsServer(made.server, made.root, version=version) as server:
            at(server, device=False).is_fault("client", "client-certificate-missing", REFUSED, "--cert FILE --key FILE")


def test_client_ca_is_unknown():
    made = identities()
    for version in (TLS12, TLS13):
        with TlsServer(made.server, made.other, version=version) as server:
            at(server).is_fault("client", "client-ca-unknown-to-server", REFUSED, "Register CN=Test root",
                                seen="unknown_ca (48)")


def test_key_of_another():
    made = identities()
    with TlsServer(made.server, made.root) as server:
        seen = at(server, device=(made.device[0], made.server[1]))
        seen.is_fault("files", "key-mismatch", LOCAL, "the key that was made for this certificate")
        same(seen.done.stderr, "", "nothing on stderr")
        same(server.connections[1:], [], "connections but that of TCP")


def test_client_certificate_has_expired():
    made = identities()
    old = made.make("device", "aged", "--force", "--id", "x", "--not-after", "2026-02-01T00:00:00Z")
    with TlsServer(made.server, made.root) as server:
        at(server, device=old).is_fault("files", "client-certificate-expired", LOCAL, "Renew the device's certificate")


def test_nothing_of_the_device_goes_to_a_stranger():
    """A server of another CA asks for a certificate and for a login, and gets neither."""
    made = identities()
    stranger = made_by_openssl("stranger", EC, made.base / "other")
    shown, said = [], []

    def listen(connection):
        shown.append(connection.getpeercert(True))
        said.append(connection.recv(4096))
    password = made.base / "password"
    password.write_text("very-secret")
    with TlsServer(stranger, handler=listen) as server:
        server.context.load_verify_locations(made.root)
        server.context.verify_mode = ssl.CERT_OPTIONAL
        seen = at(server, "--mqtt", "--username", "alice", "--password-file", password)
        server.wait()
    seen.is_fault("chain", "unknown-ca", CERTIFICATE)
    seen.saw("client", "not verified", verdict="skipped")
    seen.saw("mqtt", "not verified", verdict="skipped")
    check(shown, "the server was looked at")
    same(set(shown), {None}, "certificates that were shown")
    same(set(said), {b""}, "what was said to it")


# ---- network

def test_name_does_not_resolve():
    made = identities()
    with DnsServer(DnsServer.NXDOMAIN) as dns:
        seen = Examined("brokre.example:8883", "--dns", dns.address)
        seen.is_fault("resolve", "name-not-found", NETWORK, "Check the spelling")
        seen.saw("tls", "there is no address", verdict="skipped")
    with DnsServer("127.0.0.1") as dns, TlsServer(made.server) as server:
        Examined(f"{NAME}:{server.port}", "--dns", dns.address).is_healthy().saw("resolve", "IPv4 127.0.0.1", "no IPv6")
    with DnsServer(None) as dns:
        Examined("broker.example", "--dns", dns.address, "--timeout", "0.3").is_fault("resolve", "dns-silent", TIMEOUT)


def test_port_is_closed():
    at(free_port()).is_fault("tcp", "port-closed", NETWORK, "Check the port")


def test_packets_are_dropped():
    """A full queue of connections: what comes now gets no answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as waiting:
        for _ in range(4):
            probe = waiting.enter_context(socket.socket())
            probe.setblocking(False)
            probe.connect_ex(full.getsockname())
        at(full.getsockname()[1], "--timeout", "0.5").is_fault("tcp", "host-silent", TIMEOUT, "firewalls")


def test_one_address_is_dead():
    """IPv6 is refused, IPv4 answers."""
    with TlsServer(remade("local", "--ip", "127.0.0.1", server="doctor.localhost")) as server:
        seen = Examined(f"doctor.localhost:{server.port}").is_healthy()
    seen.saw("tcp", "IPv4 127.0.0.1", "IPv6 ::1", "refused", verdict="warning")


def test_silent_server():
    with Listener(read_to_end) as server:
        at(server, "--timeout", "0.4").is_fault("tls", "server-silent", TIMEOUT, "speaks TLS")


def test_server_closes_at_once():
    with Listener(lambda connection: None) as server:
        at(server).is_fault("tls", "closed-at-once", NETWORK, "log")


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_server_resets():
    def refuse(connection):
        connection.recv(1)
        reset(connection)
    def close(connection):
        connection.recv(1)
    for handler in (refuse, close):
        with Listener(handler) as server:
            at(server).is_fault("tls", "closed-at-hello", NETWORK, "firewall")
            Examined(server.address).is_fault("tls", "closed-at-hello", NETWORK, "firewall")


def test_plain_http():
    def http(connection):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    def strict(connection):
        if connection.recv(4096).startswith(b"HEAD "):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for handler in (http, strict):
        with Listener(handler) as server:
            at(server).is_fault("tls", "plain-http", TLS, "port that speaks TLS")


def test_other_protocol():
    def greet(connection):
        connection.sendall(b"220 mail.example ESMTP\x1b[31m\r\n")
        read_to_end(connection)
    with Listener(greet) as server:
        at(server).is_fault("tls", "not-tls", TLS, seen="220 mail.example ESMTP?[31m")


# ---- TLS

def test_old_versions_only():
    for version, name in ((TLS11, "TLS 1.1"), (ssl.TLSVersion.TLSv1, "TLS 1.0")):
        with weak(TlsServer(identities().server, version=version)) as server:
            at(server).is_fault("versions", "old-version", TLS, "TLS 1.2 or 1.3", seen=name)


def test_no_common_suite():
    with TlsServer(identities().server, version=TLS12) as server:
        server.context.set_ciphers("ECDHE-ECDSA-AES128-SHA256")
        at(server).is_fault("versions", "no-common-suite", TLS, "AES-GCM", seen="ECDHE_ECDSA_WITH_AES_128_CBC_SHA256")


def test_no_common_group():
    for version in (TLS12, TLS13):
        with TlsServer(identities().server, version=version) as server:
            server.context.set_ecdh_curve("secp521r1")
            at(server).is_fault("versions", "no-common-group", TLS, "X25519", seen="secp521r1")


def test_no_common_signature_scheme():
    with TlsServer(made_by_openssl("edwards", ("ed25519",), identities().base / "root")) as server:
        at(server).is_fault("versions", "no-common-scheme", TLS, "P-256, P-384 or RSA")


def test_server_without_the_extended_master_secret():
    with TlsServer(identities().server, version=TLS12) as server:
        server.context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET
        at(server).is_healthy().saw("tls", "without the extended master secret", verdict="warning")


def test_version_that_is_not_there():
    with TlsServer(identities().server, version=TLS12) as server:
        at(server, "--tls", "1.3").is_fault("versions", "version", TLS, "Allow TLS 1.2")


def test_alpn():
    made = identities()
    with Process(TOOL, "listen", "127.0.0.1:0", "--cert", made.server[0], "--key", made.server[1], "--alpn", "mqtt") as server:
        port = int(server.wait_line(r"listening on .*:(\d+)").group(1))
        at(port, "--alpn", "http/1.1").is_fault("alpn", "alpn-not-matched", TLS)
        at(port, "--alpn", "mqtt").is_healthy().saw("alpn", "the server chose mqtt")


def test_sni():
    def answer(_, name, __):
        return None if name == NAME else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    with TlsServer(identities().server) as server:
        server.context.sni_callback = answer
        seen = Examined(f"127.0.0.1:{server.port}")
        seen.is_fault("sni", "sni-required", TLS, "--servername NAME")
        at(server, "--servername", "brokr.example").is_fault("sni", "sni-unknown", TLS, "full endpoint name")
        at(server).is_healthy().saw("sni", "without a name", verdict="note")


class Growing(Listener):
    """Before a server of TLS 1.3: each of its records gets 4000 zeros behind its content."""

    def __init__(self, port, log):
        self.target, self.log = port, log
        super().__init__(self._grow)

    def _grow(self, client):
        with Process(RERECORD, "--upstream", self.target, "--keylog", self.log, "--grow", "4000") as process:
            port = int(process.wait_line(r"^LISTEN (\d+)").group(1))
            with socket.create_connection(("127.0.0.1", port), support.PATIENCE) as server:
                Picky.join(client, server)


def test_record_too_large():
    def greet(connection):
        connection.sendall(b"hello")
        read_to_end(connection)
    with folder() as base, TlsServer(identities().server, version=TLS13, handler=greet) as server:
        server.context.keylog_filename = base / "log"
        with Growing(server.port, base / "log") as box:
            seen = at(box, "--input-buffer", "2048", "--tls", "1.3")
            seen.is_fault("records", "record-too-large", TLS, "Give an input buffer of ")
            size = re.search(r"buffer of (\d+)", seen.verdict["remedy"]).group(1)
            at(box, "--input-buffer", size, "--tls", "1.3").is_healthy().saw("fragments", verdict="warning")


class Picky(Listener):
    """A middlebox: hellos that `passes` says no to are dropped with their connection."""

    def __init__(self, port, passes):
        self.target, self.passes = port, passes
        super().__init__(self._look)

    def _look(self, client):
        header = read_exactly(client, 5)
        hello = header + read_exactly(client, struct.unpack(">H", header[3:])[0])
        if not self.passes(hello):
            return
        with socket.create_connection(("127.0.0.1", self.target), support.PATIENCE) as server:
            server.sendall(hello)
            self.join(client, server)

    @classmethod
    def join(cls, client, server):
        there = support.threading.Thread(target=cls._copy, args=(client, server), daemon=True)
        there.start()
        cls._copy(server, client)
        there.join(support.PATIENCE)

    @staticmethod
    def _copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(16384):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def test_middlebox_wants_compatibility():
    with TlsServer(identities().server) as server, \
         Picky(server.port, lambda hello: hello[43] != 0) as box:  # a session id
        at(box).is_fault("path", "compatibility-mode-needed", NETWORK, "compatibility mode")


def test_middlebox_breaks_tls13():
    with TlsServer(identities().server) as server, \
         Picky(server.port, lambda hello: b"\x00\x2b" + b"\x00\x05\x04\x03\x04" not in hello) as box:
        at(box).is_fault("path", "tls13-breaks", NETWORK, "offer only TLS 1.2")


def test_answers_that_make_no_sense():
    """Whatever comes instead of a ServerHello ends in a verdict."""
    hello = bytes([2, 0, 0, 44, 3, 3]) + bytes(32) + bytes([0, 0xc0, 0x23, 0, 0, 4, 0xff, 1, 0, 0])

    def record(kind, content):
        return bytes([kind, 3, 3]) + struct.pack(">H", len(content)) + content
    answers = [record(22, hello), record(22, hello[:20]), record(22, hello + bytes([12, 0, 0, 4, 3, 0, 25, 0])),
               record(22, bytes([2, 255, 255, 255]) + bytes(300)), record(22, b""), record(21, b"\2"),
               b"\x16\3\3\xff\xff" + bytes(5000), record(22, bytes([12, 0, 0, 1, 3])), b"\x16", bytes(5), b"\xff" * 4096,
               record(22, hello[:-6] + bytes([255, 255, 0, 43, 0, 2, 3, 4])),
               record(22, hello[:38] + bytes([33]) + bytes(60)), record(23, bytes(100)), b"HTTP" + bytes(3), b"\x80\x2e\1\3\1"]
    for answer in answers:
        def reply(connection, answer=answer):
            with contextlib.suppress(OSError):
                if connection.recv(4096)[:1] == b"\x16":
                    connection.sendall(answer)
        with Listener(reply) as server:
            seen = at(server, "--timeout", "1")
        check(seen.verdict["verdict"] == "fault" and seen.code in (NETWORK, TLS, REFUSED, TIMEOUT), f"{answer[:60]}: {seen.said}")
        same(seen.done.stderr, "", f"stderr after {answer[:60]}")


def test_certificate_with_very_many_names():
    names = ",".join(f"DNS:{'x' * 60}{i}.{'y' * 60}.example" for i in range(60)) + f",DNS:{NAME}"
    with TlsServer(made_by_openssl("many", EC, identities().base / "root", names=names)) as server:
        at(server).is_healthy()
        at(server, "--servername", "z.example").is_fault("name", "wrong-name", CERTIFICATE)


# ---- services known by name

def test_rules_of_aws():
    name = "abc-ats.iot.eu-west-1.amazonaws.com"
    with TlsServer(remade("aws", server=name), identities().root, handler=lambda c: c.recv(4096)) as server:
        seen = Examined(f"{name}:{server.port}", "--address", "127.0.0.1", "--mqtt", "--keepalive", "10", "--hold", "0.1")
        seen.saw("service", "AWS IoT Core", "30 to 1200", verdict="warning")
        seen.is_fault("mqtt", "mqtt-closed", NETWORK, "iot:Connect", "ACTIVE")
    seen = Examined(f"{name}:443", "--address", "127.0.0.1", "--timeout", "0.5")
    seen.saw("service", "port 443 needs ALPN x-amzn-mqtt-ca", verdict="fault")


def test_rules_of_azure():
    name = "hub.azure-devices.net"
    with TlsServer(remade("azure", server=name)) as server:
        seen = Examined(f"{name}:{server.port}", "--address", "127.0.0.1", "--tls", "1.3")
        seen.is_fault("service", "version", TLS, "Allow TLS 1.2")
    with Broker({4: connack(5), 5: connack5(0)}, identity=remade("azure", server=name)) as broker:
        Examined(f"{name}:{broker.port}", "--address", "127.0.0.1", *MQTT).is_fault(
            "mqtt", "mqtt-not-authorised", REFUSED, "The client id must be the device id")
        same([body[6] for first, body in broker.packets if first == 0x10], [4], "protocol levels that were tried")


def test_rules_of_hivemq():
    name = "abc.s1.eu.hivemq.cloud"
    with Broker({4: connack(5)}, identity=remade("hive", server=name)) as broker:
        seen = Examined(f"{name}:{broker.port}", "--address", "127.0.0.1", *MQTT)
        seen.is_fault("mqtt", "mqtt-not-authorised", REFUSED, "Access Management")
        seen.saw("service", "HiveMQ Cloud", "ISRG Root X1")


# ---- MQTT

CONFIG = """
{user}
log_dest stderr
persistence false
per_listener_settings true
{global_lines}
listener {port} 127.0.0.1
cafile {root}
certfile {chain}
keyfile {key}
{lines}
"""


@contextlib.contextmanager
def mosquitto(*lines, only=()):
    """A broker; yields its port. The user alice has the password secret."""
    made = identities()
    with folder() as base:
        base.chmod(0o755)
        passwords, config, port = base / "passwords", base / "mosquitto.conf", free_port()
        run(require_program("mosquitto_passwd"), "-b", "-c", passwords, "alice", "secret")
        passwords.chmod(0o600)
        config.write_text(CONFIG.format(user="user root" if os.geteuid() == 0 else "", port=port, root=made.root,
                                        chain=made.server[0], key=made.server[1], global_lines="\n".join(only),
                                        lines="\n".join(lines).format(passwords=passwords)))
        with Process(require_program("mosquitto"), "-c", config) as process:
            process.wait_line(r"mosquitto version .* running")
            yield port


def password(text):
    file = identities().base / f"password-{text}"
    file.write_text(text)
    return file


MQTT = ("--mqtt", "--hold", "0.2")
ANYBODY = "allow_anonymous true"


def test_mosquitto():
    with mosquitto(ANYBODY) as port:
        seen = at(port, *MQTT, "--client-id", "thing-0001").is_healthy()
        seen.saw("mqtt", "MQTT 3.1.1, client id thing-0001: CONNACK 0", verdict="ok")
        seen.saw("keep-alive", "PINGREQ was answered", "takes the keep-alive of 60 s (MQTT 5)", verdict="ok")
    with mosquitto("allow_anonymous false", "password_file {passwords}") as port:
        at(port, *MQTT, "--username", "alice", "--password-file", password("secret")).is_healthy()
        seen = at(port, *MQTT, "--username", "alice", "--password-file", password("guess"))
        seen.is_fault("mqtt", "mqtt-credentials", REFUSED, "Check user name and password")
        at(port, *MQTT).is_fault("mqtt", "mqtt-not-authorised", REFUSED, "--username", "access list")
        check("secret" not in seen.said and "guess" not in seen.said.replace("password-guess", ""), "a password is told")


def test_keep_alive_of_the_broker():
    with mosquitto(ANYBODY, only=["max_keepalive 90"]) as port:
        seen = at(port, *MQTT, "--keepalive", "600").is_healthy()
        seen.saw("keep-alive", "asked for 600 s, the broker keeps to 90 s", verdict="warning")
        same(seen.verdict["cause"], "server-keep-alive", "the verdict")
        at(port, *MQTT, "--keepalive", "90").is_healthy().saw("keep-alive", "takes the keep-alive of 90 s", verdict="ok")
    with Broker({4: connack(2), 5: connack5(0, b"\x13\0\x5a")}) as broker:
        at(broker, *MQTT, "--keepalive", "600").is_fault("mqtt", "keep-alive-too-long", REFUSED, "--keepalive 90")


def test_taken_over():
    """Another device of the same client id, which comes back as soon as it is thrown out."""
    made = identities()
    with mosquitto(ANYBODY) as port:
        other = Process(TOOL, "sub", "-h", "127.0.0.1", "-p", port, "--ca", made.root, "-i", "thing-0001", "-t", "x",
                        "--reconnect", "-d")
        with other:
            other.wait_line("subscribed to x")
            seen = at(port, "--mqtt", "--hold", "8", "--client-id", "thing-0001")
    seen.is_fault("mqtt", "taken-over", NETWORK, "thing-0001", "an id of its own")


def read_packet(connection):
    first, length = read_exactly(connection, 2)
    check(length < 128, "a long packet")
    return first, read_exactly(connection, length)


class Broker(TlsServer):
    """Answers CONNECT with `answer`, by the protocol's level; pings if `pings`; then stays or ends."""

    def __init__(self, answers, pings=True, stays=True, identity=None):
        self.answers, self.pings, self.stays = answers, pings, stays
        self.times, self.packets = [], []
        super().__init__(identity or identities().server, identities().root, handler=self.speak)

    def speak(self, connection):
        self.times.append(time.monotonic())
        first, body = read_packet(connection)
        self.packets.append((first, body))
        answer = self.answers.get(body[6])
        if answer is None:
            return
        connection.sendall(answer)
        while self.stays:
            first, _ = read_packet(connection)
            if first == 0xc0 and self.pings:
                connection.sendall(b"\xd0\0")
            if first == 0xe0:
                return


def connack(code):
    return bytes((0x20, 2, 0, code))


def connack5(code, properties=b""):
    return bytes((0x20, 3 + len(properties), 0, code, len(properties))) + properties


def test_refusals_of_a_broker():
    for answers, cause, remedy in (
            ({4: connack(1), 5: connack5(0)}, "mqtt-version", "MQTT 3.1.1 on at the broker"),
            ({5: connack5(0)}, "mqtt-version", "MQTT 3.1.1 on at the broker"),
            ({4: connack(2), 5: connack5(0x85, b"\x1f\0\4long")}, "mqtt-client-id", "another client id than thing"),
            ({4: connack(3)}, "mqtt-unavailable", "Try again later"),
            ({4: connack(4)}, "mqtt-credentials", "user name and password"),
            ({4: connack(5)}, "mqtt-not-authorised", "access list"),
            ({4: connack(99)}, "mqtt-refused", "documentation")):
        with Broker(answers) as broker:
            at(broker, *MQTT, "--client-id", "thing").is_fault("mqtt", cause, REFUSED, remedy)


def test_connects_are_a_second_apart():
    with Broker({4: connack(0), 5: connack5(0, b"\x13\0\x1e")}) as broker:
        seen = at(broker, *MQTT).is_healthy()
        seen.saw("keep-alive", "asked for 60 s, the broker keeps to 30 s", verdict="warning")
        login = [when for when, (first, _) in zip(broker.times[-2:], broker.packets[-2:]) if first == 0x10]
        same(len(login), 2, "CONNECTs")
        check(login[1] - login[0] >= 1, f"{login[1] - login[0]:.2f} s between two CONNECTs")


def test_broker_that_does_not_answer():
    with Broker({4: connack(0), 5: connack5(0)}, pings=False) as broker:
        at(broker, *MQTT, "--timeout", "1").is_fault("keep-alive", "no-pingresp", TIMEOUT)
    with TlsServer(identities().server, handler=read_to_end) as server:
        at(server, *MQTT, "--timeout", "0.8").is_fault("mqtt", "mqtt-silent", TIMEOUT)
    with TlsServer(identities().server, handler=lambda c: c.recv(4096)) as server:
        at(server, *MQTT).is_fault("mqtt", "mqtt-closed", NETWORK, "broker's log")
    with TlsServer(identities().server, handler=lambda c: c.recv(4096) and c.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")) as server:
        at(server, *MQTT).is_fault("mqtt", "not-mqtt", TLS, "8883", seen="it is HTTP")


class Strict(Broker):
    """Ends a connection that is silent for 1.5 times the keep-alive, as brokers must (3.1.2.10)."""

    def speak(self, connection):
        first, body = read_packet(connection)
        connection.sendall(self.answers[body[6]])
        connection.settimeout(int.from_bytes(body[8:10], "big") * 1.5)
        while first != 0xe0:
            first, _ = read_packet(connection)
            self.packets.append(first)
            if first == 0xc0:
                connection.sendall(b"\xd0\0")


def test_staying_longer_than_the_keep_alive():
    with Strict({4: connack(0), 5: connack5(0)}) as broker:
        at(broker, "--mqtt", "--hold", "2.5", "--keepalive", "1").is_healthy()
        server_saw = [packet for packet in broker.packets if packet == 0xc0]
        check(len(server_saw) >= 3, f"{len(server_saw)} pings in 2.5 s")


def test_broker_that_ends_the_connection():
    with Broker({4: connack(0), 5: connack5(0) + b"\xe0\1\x8d"}, stays=False) as broker:
        at(broker, *MQTT).is_fault("mqtt", "keep-alive-missed", NETWORK, "PINGREQ")
    with Broker({4: connack(0), 5: connack5(0)}, stays=False) as broker:
        at(broker, *MQTT).is_fault("mqtt", "mqtt-ended", NETWORK)


def test_client_id_that_is_too_long():
    with Broker({4: connack(0)}) as broker:
        at(broker, *MQTT, "--client-id", "x" * 70000).is_fault("mqtt", "connection", TLS, "Give a larger")
        check(not broker.packets, "a packet was sent")


def test_packets_that_make_no_sense():
    for answer in (b"\x20\xff\xff\xff\xff\x7f", b"\x20\1\0", b"\x30\3abc", b"\x20\xff\xff\xff\x7f" + bytes(100)):
        with Broker({4: answer}) as broker:
            seen = at(broker, *MQTT, "--timeout", "1")
            check(seen.verdict["step"] == "mqtt" and seen.verdict["verdict"] == "fault", seen.said)


def test_plain_mqtt():
    plain = free_port()
    with mosquitto(ANYBODY, only=[f"listener {plain} 127.0.0.1", ANYBODY]):
        at(plain).is_fault("tls", "plain-mqtt", TLS, "8883", seen="MQTT without TLS")


# ---- the clock of a web server

class Web(TlsServer):
    def __init__(self, identity, date, **more):
        self.date = date
        super().__init__(identity, handler=self.serve, **more)

    def serve(self, connection):
        if connection.recv(4096).startswith(b"HEAD / HTTP/1.1"):
            stamp = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(self.date))
            connection.sendall(f"HTTP/1.1 200 OK\r\nDate: {stamp}\r\nConnection: close\r\n\r\n".encode())


def test_clock_against_the_servers():
    with Web(identities().server, time.time()) as server:
        at(server).is_healthy().saw("clock", "the server's Date", verdict="ok")
    with Web(identities().server, time.time() + 4000) as server:
        at(server).is_healthy().saw("clock", "ahead of us", verdict="warning")
    behind = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 30 * 86400))
    with Web(identities().server, time.time()) as server:
        at(server, "--time", behind, device=False).is_fault("clock", "clock", LOCAL, "Set this machine's clock")


# ---- the command line

def test_wrong_command_lines():
    made = identities()
    for words, what in (((), "The host is missing"), (("a", "b"), "word too many"), (("a", "--hold", "x"), "--hold takes"),
                        (("a", "--keepalive", "65536"), "--keepalive takes"), (("a", "--address", "x.example"), "--address takes"),
                        (("a", "--client-id", "x"), "need --mqtt"), (("a", "--mqtt", "--password-file", "x"), "user name"),
                        (("a", "--session", "x"), "--session"), (("a", "--insecure-skip-name-check"), "makes every check"),
                        (("a", "--psk-file", "x"), "--psk-file"), (("a", "--pcap", "x"), "--pcap and --keylog"), (("a", "--cert", "x"), "belong together"),
                        (("a", "--nonsense"), "no such option")):
        fails(what, USAGE, "doctor", *words, *(("--ca", made.root) if "--psk-file" not in words else ()))
    fails("HF_E_NAME_SYNTAX", USAGE, "doctor", "a..b", "--ca", made.root)
    missing = handfast("doctor", "127.0.0.1:1", "--ca", made.base / "missing", "--json", code=None)
    same(missing.returncode, LOCAL, "a file that is missing")
    contains(missing.stdout, '"cause":"files"')
    same(missing.stderr, "", "nothing on stderr")
    with TlsServer(made.server) as server:
        at(server, "--mqtt", "--username", "a", "--password-file", made.base / "missing").is_fault("files", "files", LOCAL)
        traced = handfast("doctor", f"{NAME}:{server.port}", "--address", "127.0.0.1", "--ca", made.root, "--trace")
        contains(traced.stderr, "server_hello", "the ladder on stderr")
        check("server_hello" not in traced.stdout, "the ladder stays off stdout")
    done = handfast("doctor", f"127.0.0.1:{free_port()}", "--json", code=None)
    contains(done.stdout, '"cause":"no-ca"')


if __name__ == "__main__":
    support.main(sys.modules[__name__])
