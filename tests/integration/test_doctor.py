"""handfast doctor: a healthy server has no fault; the services that it knows; clocks, documents, command lines."""
import os
import re
import sys
import time
from pathlib import Path

import support
from doctor_rig import CERTIFICATE, LOCAL, NAME, STEPS, TLS12, USAGE, Examined, at, identities, remade
from support import TOOL, Process, check, contains, free_port, handfast, require_program, same
from tool_peers import TlsServer, fails


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


def test_causes_are_documented():
    source = Path(os.environ["HF_SOURCE"])
    listed = re.findall(r'^DOCTOR_CAUSE\(\w+, "([a-z0-9-]+)", "(.*)"\)$',
                        (source / "cli" / "doctor" / "doctor_causes.def").read_text(), re.M)
    text = (source / "docs" / "doctor.md").read_text().split("## Causes\n")[1]
    check(len(listed) > 80, "the list was read")
    same(re.findall(r"^\| `([a-z0-9-]+)` \| (.*) \|$", text, re.M), listed, "the table of causes in docs/doctor.md")
    used = "".join(file.read_text() for file in (source / "cli" / "doctor").glob("doctor_*.c"))
    for name, _ in listed:
        check(f"CAUSE_{name.upper().replace('-', '_')}" in used, f"{name} is never found")


def test_address_of_ipv6():
    chain = remade("six", "--ip", "::1", server="six.example")
    with Process(TOOL, "listen", "[::1]:0", "--cert", chain[0], "--key", chain[1]) as server:
        port = int(server.wait_line(r"listening on .*:(\d+)").group(1))
        Examined(f"[::1]:{port}").is_healthy().saw("tcp", "IPv6 ::1")
        Examined(f"six.example:{port}", "--address", "::1").is_healthy()


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
