"""handfast connect: names, addresses, hosts that are not there, and peers that do not speak TLS."""
import struct
import os
import shutil
import socket
import sys

import support
from support import Skip, contains, free_port, run
from tool_peers import DamagingProxy, DnsServer, Listener, TlsServer, fails, read_to_end
from tool_rig import CERTIFICATE, NETWORK, TIMEOUT, TLS, USAGE, connect, identities, refuses


def test_names_that_do_not_resolve():
    with DnsServer(DnsServer.NXDOMAIN) as dns:
        refuses("HF_E_RESOLVE_NOT_FOUND", NETWORK, "nowhere.example", "--dns", dns.address)
    with DnsServer(DnsServer.SERVFAIL) as dns:
        refuses("HF_E_RESOLVE_FAILED", NETWORK, "broken.example", "--dns", dns.address)
    with DnsServer(None) as dns:
        refuses("HF_E_RESOLVE_TIMEOUT", TIMEOUT, "slow.example", "--dns", dns.address, "--timeout", "0.7", within=4)
    fails("HF_E_NAME_SYNTAX", USAGE, "connect", "not a name", "--ca", identities().root)


def test_name_that_resolves():
    made = identities()
    with DnsServer("127.0.0.1") as dns, TlsServer(made.server) as server:
        said = connect(f"broker.example:{server.port}", "--dns", dns.address).stdout
        contains(said, f"address      127.0.0.1:{server.port}")


def test_alias_is_not_the_name_that_is_checked():  # P-99
    made = identities()
    with DnsServer("127.0.0.1", alias="broker.example") as dns, TlsServer(made.server) as server:
        refuses("HF_E_CERT_NAME", CERTIFICATE, f"alias.example:{server.port}", "--dns", dns.address)
        contains(connect(f"alias.example:{server.port}", "--dns", dns.address, "--servername",
                         "broker.example").stdout,
                 "verdict      accepted")


def test_hosts_that_do_not_answer():
    refuses("HF_E_CONNECT_REFUSED", NETWORK, f"127.0.0.1:{free_port()}")
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = []
        for _ in range(4):  # one is queued, further ones get no answer
            probe = socket.socket()
            probe.setblocking(False)
            probe.connect_ex(full.getsockname())
            waiting.append(probe)
        address = "127.0.0.1:%d" % full.getsockname()[1]
        refuses("HF_E_CONNECT_TIMEOUT", TIMEOUT, address, "--timeout", "0.5", within=4)
        for probe in waiting:
            probe.close()


def test_unreachable_host():
    unshare = shutil.which("unshare")
    words = [unshare, "-n"] if os.geteuid() == 0 else [unshare, "-r", "-n"]
    if unshare is None or run(*words, "true", code=None).returncode != 0:
        raise Skip("no network namespace can be made here")
    done = run(*words, support.TOOL, "connect", "192.0.2.1", "--ca", identities().root, code=NETWORK)
    contains(done.stderr, "HF_E_CONNECT_UNREACHABLE")
    contains(done.stderr, "Network is unreachable")


def test_peers_that_do_not_speak_tls():
    def http(connection):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    def ssh(connection):
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        read_to_end(connection)
    for serve, error, code in ((http, "HF_E_HTTP", TLS), (ssh, "HF_E_NOT_TLS", TLS), (read_to_end, "HF_E_TLS_TIMEOUT", TIMEOUT),
                               (lambda c: c.recv(4096), "HF_E_CLOSED_IN_HANDSHAKE", NETWORK)):
        with Listener(serve) as server:
            refuses(error, code, server.address, "--timeout", "1", within=5)


def test_damaged_records():
    """The third record of a 1.3 server is its first encrypted one: index 1, or 2 when it sends a
    change_cipher_spec."""
    made = identities()

    def encrypted(change):
        state = {"done": False}

        def damage(_, record):
            if record[0] != 23 or state["done"]:
                return record if not state["done"] else None
            state["done"] = True
            return change(record)
        return damage
    cases = (
        (lambda r: r[:-1] + bytes([r[-1] ^ 1]), "HF_E_BAD_RECORD_MAC", TLS, "bad_record_mac"),
        (lambda r: r[:3] + struct.pack(">H", 16384 + 257) + r[5:], "HF_E_RECORD_OVERFLOW", TLS, "record_overflow"),
        (lambda r: r[:len(r) // 2], "HF_E_CLOSED_IN_HANDSHAKE", NETWORK, None),
        (lambda r: None, "HF_E_CLOSED_IN_HANDSHAKE", NETWORK, None))
    for change, error, code, alert in cases:
        with TlsServer(made.server) as server, DamagingProxy(server.port, encrypted(change)) as proxy:
            refuses(error, code, proxy.address, "--tls", "1.3", "--timeout", "3", within=6)
            if alert is not None:
                server.alert(alert)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
