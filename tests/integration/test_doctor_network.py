"""handfast doctor: each fault on the way to the server is named first, with its remedy and its exit code."""
import contextlib
import socket
import struct
import sys

import support
from doctor_rig import NAME, NETWORK, TIMEOUT, TLS, Examined, at, identities, remade
from support import free_port
from tool_peers import DnsServer, Listener, TlsServer, read_to_end


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


if __name__ == "__main__":
    support.main(sys.modules[__name__])
