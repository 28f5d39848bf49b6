"""Faults of the way to the server: each is named first, and mended by the remedy named."""
import contextlib
import os
import signal
import socket
import struct
import sys

import support
from fault_rig import NETWORK, TIMEOUT, TLS, Attempt, expect_faults, fault, identities
from support import TOOL, Process, folder, free_port, require_program
from tool_peers import DamagingProxy, DnsServer, Listener, TlsServer, read_to_end

SOON = ("--timeout", "0.7")


@fault("HF_E_RESOLVE_NOT_FOUND", NETWORK, cause="The host name does not exist", remedy="Check the spelling of the name",
       doctor="name-not-found")
def test_name_with_a_slip():
    with DnsServer("127.0.0.1", only="broker.example") as dns, TlsServer(identities().server) as server:
        yield Attempt(server.port, "--dns", dns.address, host="brokre.example")
        yield Attempt(server.port, "--dns", dns.address, host="broker.example")


@fault("HF_E_RESOLVE_TIMEOUT", TIMEOUT, cause="Resolving the name took longer than the deadline", remedy="Check the DNS server",
       doctor="dns-silent")
def test_name_server_is_silent():
    with DnsServer(None) as silent, DnsServer("127.0.0.1") as dns, TlsServer(identities().server) as server:
        yield Attempt(server.port, "--dns", silent.address, *SOON, host="broker.example")
        yield Attempt(server.port, "--dns", dns.address, host="broker.example")


@fault("HF_E_CONNECT_REFUSED", NETWORK, cause="nothing listens on that port", remedy="Check the port",
       doctor="port-closed")
def test_port_is_closed():
    with TlsServer(identities().server) as server:
        yield Attempt(free_port())
        yield Attempt(server.port)


@fault("HF_E_CONNECT_TIMEOUT", TIMEOUT, cause="did not answer within the deadline", remedy="firewalls that drop packets",
       doctor="host-silent")
def test_packets_are_dropped():
    """A full queue of connections: what comes now gets no answer, as behind such a firewall."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as waiting:
        for _ in range(4):
            probe = waiting.enter_context(socket.socket())
            probe.setblocking(False)
            probe.connect_ex(full.getsockname())
        yield Attempt(full.getsockname()[1], *SOON)
    with TlsServer(identities().server) as server:
        yield Attempt(server.port)


@contextlib.contextmanager
def stopped(process):
    os.kill(process.child.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.child.pid, signal.SIGCONT)


@fault("HF_E_TLS_TIMEOUT", TIMEOUT, cause=["accepted the connection", "not a byte came"],
       remedy=["that the port speaks TLS", "overloaded or stopped"],
       doctor="server-silent")
def test_server_hangs():
    made = identities()
    with Process(TOOL, "listen", "127.0.0.1:0", "--cert", made.server[0], "--key", made.server[1], "--quiet") as server:
        port = server.wait_line(r"listening on .*:(\d+)").group(1)
        with stopped(server):
            yield Attempt(port, *SOON)
        yield Attempt(port)


@fault("HF_E_TLS_TIMEOUT", TIMEOUT, cause="The handshake began, then nothing more came", remedy="packets of full size may be lost")
def test_large_packets_are_lost():
    """A tunnel that passes small records only: what the server says begins, and does not end."""
    held = support.threading.Event()

    def lose(_, record):
        if len(record) > 300:
            held.wait(support.PATIENCE)
        return record
    with TlsServer(identities().server) as server:
        with DamagingProxy(server.port, lose) as tunnel:
            yield Attempt(tunnel.port, *SOON)
            held.set()
            yield Attempt(tunnel.port)


@fault("HF_E_HTTP", TLS, cause="speaks plain HTTP", remedy="Check the port",
       doctor="plain-http")
def test_port_of_a_web_server():
    def http(connection):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    with Listener(http) as web, TlsServer(identities().server) as server:
        yield Attempt(web.port)
        yield Attempt(server.port)


@contextlib.contextmanager
def mosquitto(*listeners):
    """With a listener for each: lines behind "listener PORT"; yields the ports."""
    program = require_program("mosquitto")
    with folder() as base:
        base.chmod(0o755)
        config = base / "mosquitto.conf"
        ports = [free_port() for _ in listeners]
        text = ["user root"] if os.geteuid() == 0 else []
        for port, lines in zip(ports, listeners):
            text += [f"listener {port} 127.0.0.1", "allow_anonymous true", *lines]
        config.write_text("\n".join(text) + "\n")
        with Process(program, "-c", config) as process:
            process.wait_line(r"mosquitto version .* running")
            yield ports


@fault("HF_E_CLOSED_IN_HANDSHAKE", NETWORK, cause=["closed the connection", "ports that do not speak TLS"],
       remedy=["Check the port", "8883 (1883 is without)"],
       doctor="plain-mqtt", doctor_code=TLS)
def test_port_of_plain_mqtt():
    made = identities()
    tls = (f"certfile {made.server[0]}", f"keyfile {made.server[1]}")
    with mosquitto((), tls) as (plain, secure):
        yield Attempt(plain)
        yield Attempt(secure)


def reset(connection):
    """An RST instead of an end in order."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@fault("HF_E_CLOSED_IN_HANDSHAKE", NETWORK, cause=["cut in the middle of the handshake", "bytes from the server"],
       remedy=["Look at the server's log", "firewall, proxy", "try without it"],
       doctor="closed-at-hello")
def test_cut_on_the_way():
    """A middlebox that ends what it does not like after the server's first record."""
    with TlsServer(identities().server) as server, DamagingProxy(server.port, lambda i, r: r if i < 1 else None) as box:
        yield Attempt(box.port)
        yield Attempt(server.port)


@fault("HF_E_CLOSED_IN_HANDSHAKE", NETWORK, cause="without a byte in answer", remedy=["firewall", "try without it"],
       doctor="closed-at-hello")
def test_reset_by_a_firewall():
    def refuse(connection):
        connection.recv(1)
        reset(connection)
    with TlsServer(identities().server) as server, Listener(refuse) as wall:
        yield Attempt(wall.port)
        yield Attempt(server.port)


@fault("HF_E_TLS_TIMEOUT", TIMEOUT, cause="not a byte came", remedy="Check that the port speaks TLS",
       doctor="server-silent")
def test_port_of_something_else():
    with TlsServer(identities().server) as server, Listener(read_to_end) as other:
        yield Attempt(other.port, *SOON)
        yield Attempt(server.port)


def test_five_at_least():
    expect_faults(sys.modules[__name__], 5)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
