"""hf_conn over lwIP without threads (ports/lwip): a device whose lwIP has small windows and pbufs that
hold a fifth of a segment, a gateway with an lwIP of its own, and servers behind it."""
import contextlib
import socket
import ssl
import struct
import sys

from ports_rig import NAME, Network, broker, device, late_server, openssl_server, pattern, silent
from support import PATIENCE, check, contains, free_port, same
from tool_peers import Listener, TlsServer, read_exactly

GATEWAY = "10.0.0.1"
ERR_ABRT, ERR_RST = -13, -14  # lwip/err.h


def echo(secure):
    while data := secure.recv(4096):
        secure.sendall(data)


def test_mutual_handshakes_and_lines():
    with device() as it:
        for version in ("-tls1_3", "-tls1_2"):
            with openssl_server(it, version) as port, \
                    Network(f"port=8883:{port}", f"name={NAME}:{GATEWAY}") as net:
                result = net.client(it.folder, NAME, "line", "hello lwIP", "shutdown")
                result.worked("open TLS 1." + version[-1], "line: PIwl olleh", "attempts 1 peer IPv4")


def test_mqtt():
    with device() as it, broker(it) as port, Network(f"port=8883:{port}", f"name={NAME}:{GATEWAY}") as net:
        result = net.client(it.folder, NAME, "telemetry/a", "a message", kind="mqtt")
        result.worked("telemetry/a: a message", "code HF_OK")


def test_data_both_ways_in_pieces():
    """More than any buffer on the way holds, both ways at once; one packet is lost."""
    with device() as it, TlsServer(it.server, it.root, echo) as server, \
            Network(f"port=8883:{server.port}", "lose=20") as net:
        net.client(it.folder, GATEWAY, "echo", "200000", "shutdown").worked("moved 200000 out, 200000 in")


def test_a_device_that_does_not_read_holds_the_server_back():
    def send(secure):
        secure.sendall(pattern(300000))

    with device() as it, TlsServer(it.server, it.root, send) as server, \
            Network(f"port=8883:{server.port}") as net:
        result = net.client(it.folder, GATEWAY, "fill", "read", "300000", "end")
        result.worked("moved 0 out, 300000 in", "clean end")
        contains(result.text, " of 2144\n", "what lwIP held")


def test_a_server_that_does_not_read_holds_the_device_back():
    with device() as it, late_server(it, 500000) as server, Network(f"port=8883:{server.port}") as net, \
            net.start(it.folder, GATEWAY, "push", "500000", "shutdown") as client:
        held = client.wait_line(r"^held back at (\d+)$")
        check(int(held.group(1)) < 400000, f"{held.group(0)}: that is nearly everything")
        server.go_on.set()
        same(client.wait_end(), 0, f"exit code\n{client.text()}")


def test_nobody_listens():
    with device() as it, Network() as net:
        net.client(it.folder, f"{GATEWAY}:8883").failed("HF_E_CONNECT_REFUSED", "TCP", ERR_RST)
        net.client(it.folder, "[fd00::1]:8883").failed("HF_E_CONNECT_REFUSED", "TCP", ERR_RST)


def test_nobody_answers():
    with device() as it, Network() as net:
        result = net.client(it.folder, "10.0.0.99", deadline=700)
        result.failed("HF_E_CONNECT_TIMEOUT", "TCP", 0)
        contains(result.text, "attempts 1 ")


def test_no_address_is_reached_without_an_interface():
    with device() as it, Network() as net:
        net.client(it.folder, "[fe80::1%none]:8883").failed("HF_E_CONNECT_UNREACHABLE", "setup")
        net.client(it.folder, "[fe80::1%lk0]:8883", deadline=700).failed("HF_E_CONNECT_TIMEOUT", "TCP")


def test_a_server_that_says_nothing():
    with device() as it, Listener(silent) as server, Network(f"port=8883:{server.port}") as net:
        net.client(it.folder, GATEWAY, deadline=700).failed("HF_E_TLS_TIMEOUT", "TLS")


def test_names():
    with device() as it, openssl_server(it) as port:
        names = [f"name={NAME}:none", "name=silent.example:silent", f"name=v6.example:fd00::1",
                 f"name=both.example:fd00::77,{GATEWAY}"]
        with Network(f"port=8883:{port}", *names) as net:
            net.client(it.folder, NAME).failed("HF_E_RESOLVE_NOT_FOUND", "resolve")
            net.client(it.folder, "unknown.example").failed("HF_E_RESOLVE_NOT_FOUND", "resolve")
            net.client(it.folder, "silent.example", deadline=900).failed("HF_E_RESOLVE_TIMEOUT", "resolve")
            net.client(it.folder, "silent.example", deadline=15000).failed("HF_E_RESOLVE_FAILED", "resolve")
            net.client(it.folder, NAME, "dns=none").failed("HF_E_RESOLVE_FAILED", "resolve")
            net.client(it.folder, "there.invalid").failed("HF_E_RESOLVE_NOT_FOUND", "resolve")
            net.client(it.folder, "v6.example.", "line", "x").worked("line: x", "attempts 1 peer IPv6")
            # RFC 8305: nobody has the IPv6 address, so the other one is tried after 250 ms
            net.client(it.folder, "both.example", "line", "x").worked("line: x", "attempts 2 peer IPv4")


def test_resets():
    with device() as it:
        with Listener(lambda connection: connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))) as server, \
                Network(f"port=8883:{server.port}") as net:
            net.client(it.folder, GATEWAY).failed("HF_E_CLOSED_IN_HANDSHAKE", "TLS", ERR_RST)
        with TlsServer(it.server, it.root, lambda secure: secure.sendall(bytes(50000))) as server, \
                Network(f"port=8883:{server.port}", "cut=20000") as net:
            net.client(it.folder, GATEWAY, "end").failed("HF_E_NETWORK", "TLS", ERR_RST)


def handshake(listener, identity, anchors):
    """The server's side by hand, to end it as a test wants: (connection, TLS object, its two BIOs)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*identity)
    context.load_verify_locations(anchors)
    context.verify_mode = ssl.CERT_REQUIRED
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    while True:
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
            listener.sendall(outgoing.read())
            return tls, incoming, outgoing
        listener.sendall(outgoing.read())
        incoming.write(listener.recv(4096))


def test_ends():
    """A server's end with and without close_notify; its own half ends while the device still sends."""
    got = []

    def half(connection):
        tls, incoming, outgoing = handshake(connection, it.server, it.root)
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.unwrap()
        connection.sendall(outgoing.read())
        connection.shutdown(socket.SHUT_WR)
        while data := connection.recv(4096):
            incoming.write(data)
        with contextlib.suppress(ssl.SSLError):
            while data := tls.read(4096):
                got.append(data)

    def cut(connection):
        tls, _, outgoing = handshake(connection, it.server, it.root)
        tls.write(b"half a")
        connection.sendall(outgoing.read())
        connection.shutdown(socket.SHUT_WR)
        silent(connection)

    with device() as it:
        with Listener(half) as server, Network(f"port=8883:{server.port}") as net:
            net.client(it.folder, GATEWAY, "end", "push", "5000", "shutdown").worked("clean end")
            server.wait()
            same(b"".join(got) == pattern(5000), True, "what came after the server's end")
        with Listener(cut) as server, Network(f"port=8883:{server.port}") as net:
            net.client(it.folder, GATEWAY, "end").failed("HF_E_TRUNCATED", "TLS")


def test_refused_certificates():
    """Each side's refusal reaches the other one, though the connection ends behind it."""
    with device() as it, TlsServer(it.server, it.root) as server, Network(f"port=8883:{server.port}") as net:
        others = it.make("other", it.identities.other, it.identities.device)
        result = net.client(others, GATEWAY)
        result.failed("HF_E_CERT_UNKNOWN_CA", "TLS")
        contains(result.text, "alert sent unknown_ca\n")
        server.alert("unknown_ca")
    with device() as it, TlsServer(it.server, it.identities.other) as server, \
            Network(f"port=8883:{server.port}") as net:
        result = net.client(it.folder, GATEWAY, "end")
        result.failed("HF_E_ALERT", "TLS")
        contains(result.text, "alert received unknown_ca\n")


def test_the_device_as_server():
    with device() as it, Network("dial=8883") as net:
        port = int(net.gateway.wait_line(r"^listens on (\d+)$").group(1))
        own = it.make("server", it.root, it.server)
        with net.start(own, "accept", "echo", "20000", "end") as client:
            client.wait_line("^listening$")
            context = ssl.create_default_context(cafile=it.root)
            context.load_cert_chain(*it.identities.device)
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection, \
                    context.wrap_socket(connection, server_hostname=NAME) as secure:
                for at in range(0, 20000, 1000): # records that fit into the device's buffer
                    secure.sendall(pattern(1000, at))
                same(read_exactly(secure, 20000) == pattern(20000), True, "what the device sent")
                secure.unwrap()
            same(client.wait_end(), 0, f"exit code\n{client.text()}")
            contains(client.text(), "clean end")


if __name__ == "__main__":
    from support import main
    main(sys.modules[__name__])
