"""handfast listen --forward: in front of mosquitto, and of servers that misbehave."""
import contextlib
import hashlib
import os
import select
import socket
import ssl
import sys
import threading

import support
from listen_rig import V12, Server, fingerprint, identities, read_all, read_count
from support import PATIENCE, Process, check, contains, folder, free_port, handfast, require_program, same, TOOL
from tool_peers import Listener, fails

CONFIG = """{user}
log_dest stderr
log_type all
persistence false
per_listener_settings false
allow_anonymous true
listener {port} 127.0.0.1
listener 0 {path}
"""


@contextlib.contextmanager
def broker(base):
    """mosquitto without TLS, on a port and on a unix socket: (process, port, path)."""
    program = require_program("mosquitto")
    path, config = base / "broker.sock", base / "mosquitto.conf"
    port = free_port()
    config.write_text(CONFIG.format(user="user root" if os.geteuid() == 0 else "", port=port, path=path))
    with Process(program, "-c", config) as process:
        process.wait_line(r"mosquitto version .* running")
        yield process, port, path


def round_trip(server, process, name):
    """A message from one device to the other, both through the server; the first subscribes as `name`."""
    made = identities()
    options = ["-h", "127.0.0.1", "-p", server.port, "--servername", "broker.example", "--cafile", made.root]
    with Process(TOOL, "sub", *options, "--cert", made.second[0], "--key", made.second[1],
                 "-i", name, "-t", "things/#", "-q", "1", "-C", "1") as listening:
        process.wait_line(rf"Sending SUBACK to {name}$")
        handfast("pub", *options, "--cert", made.device[0], "--key", made.device[1], "-i", "lamp-1",
                 "-t", "things/lamp-1", "-q", "1", "-m", "x" * 50000 + "end")
        listening.wait_line(r"^x{50000}end$")
        same(listening.wait_end(), 0, "exit code of sub")
    server.wait_line(r'closed peer=\S+ who="lamp-1" ')


def has_localhost():
    """Whether this machine knows the name: a minimal system without /etc/hosts does not."""
    try:
        return bool(socket.getaddrinfo("localhost", None, socket.AF_INET))
    except socket.gaierror:
        return False


def test_mosquitto_behind_it():
    made = identities()
    with folder() as base, broker(base) as (process, port, path):
        registry = base / "devices.txt"
        registry.write_text(f"{fingerprint(made.device)} lamp-1 ACTIVE\n{fingerprint(made.second)} lamp-2 ACTIVE\n"
                            f"{fingerprint(made.third)} lamp-3 REVOKED\n")
        ways = [f"127.0.0.1:{port}", f"unix:{path}"]
        if has_localhost():
            ways.append(f"localhost:{port}")
        for number, to in enumerate(ways):
            with Server("--registry", registry, "--forward", to, client_ca=True) as server:
                round_trip(server, process, f"listener-{number}")
                done = fails("certificate_revoked", 7, "pub", "-h", "127.0.0.1", "-p", server.port,
                             "--servername", "broker.example", "--cafile", made.root, "--cert", made.third[0],
                             "--key", made.third[1], "-i", "lamp-3", "-t", "things/lamp-3", "-q", "1", "-m", "x")
                contains(done.stderr, "certificate_revoked", "the explanation")
        check("lamp-3" not in process.text(), "the broker hears nothing of the revoked device")


def test_nothing_behind_it():
    with folder() as base:
        for to, why in ((f"127.0.0.1:{free_port()}", "Connection refused"),
                        (f"unix:{base}/none", "No such file or directory")):
            with Server("--forward", to) as server:
                for version in (None, V12):
                    with server.client(version=version) as client:
                        same(read_all(client), b"", "closed in order")
                server.wait_line(rf'forward-failed peer=\S+ who="-" reason="{why}"')
                server.wait_line(r'closed .*reason="forwarding failed"')


def test_the_end_of_the_server_behind_is_passed_on():
    def say(connection):
        connection.sendall(b"welcome")

    with Listener(say) as behind, Server("--forward", behind.address) as server:
        for version in (None, V12):
            with server.client(version=version) as client:
                same(read_all(client), b"welcome", "what the server behind said, and its end")
        server.wait_line(r'closed .*reason="the server behind closed"')


def count_bytes(connection):
    """Reads to the end, and only then answers."""
    count = 0
    while True:
        part = connection.recv(65536)
        if not part:
            break
        count += len(part)
    connection.sendall(b"%d bytes" % count)


def test_half_closed_connections():
    """TLS 1.3: close_notify ends one direction only; the answer still comes."""
    with Listener(count_bytes) as behind, Server("--forward", behind.address) as server:
        with server.client() as client:
            client.sendall(b"a" * 100000)
            client.setblocking(False)
            with contextlib.suppress(ssl.SSLWantReadError):
                client.unwrap()
            client.settimeout(PATIENCE)
            same(read_count(client, 12), b"100000 bytes", "the answer after our end")
        behind.wait()
        server.wait_line(r'closed peer=\S+ who="-" ')


def test_the_clients_end_is_passed_on():
    ends = []

    def note(connection):
        ends.append(connection.recv(10))
        ends.append(connection.recv(10))

    for version in (None, V12):
        ends.clear()
        with Listener(note) as behind, Server("--forward", behind.address) as server:
            with server.client(version=version) as client:
                client.sendall(b"x")
                client.unwrap().close()
            behind.wait()
            same(ends, [b"x", b""], "what the server behind saw")


PIECE = bytes(range(256)) * 64


def fill(client, limit):
    """Sends until nothing more is taken: how many bytes that were."""
    sent = 0
    client.setblocking(False)
    while sent < limit and select.select([], [client], [], 0.5)[1]:
        with contextlib.suppress(ssl.SSLWantWriteError, BlockingIOError):
            at = sent % len(PIECE)
            sent += client.send(PIECE[at:] + PIECE[:at])
    client.settimeout(PATIENCE)
    return sent


def digest_of(count):
    return hashlib.sha256((PIECE * (count // len(PIECE) + 1))[:count]).hexdigest()


def test_a_slow_server_behind_holds_back_the_client():
    go, digest, limit = threading.Event(), hashlib.sha256(), 64 << 20

    def slow(connection):
        go.wait(PATIENCE)
        connection.settimeout(PATIENCE)
        count = 0
        while True:
            part = connection.recv(1 << 20)
            if not part:
                break
            count += len(part)
            digest.update(part)
        connection.sendall(b"%12d" % count)

    with Listener(slow) as behind, Server("--forward", behind.address) as server, server.client() as client:
        sent = fill(client, limit)
        go.set()
        check(0 < sent < limit, f"the client could send {sent} bytes to nobody")
        memory = int(next(line.split()[1] for line in open(f"/proc/{server.child.pid}/status", encoding="ascii")
                          if line.startswith("VmRSS")))
        check(memory < 64 << 10, f"{memory} KB of memory are used")
        client.setblocking(False)
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
            client.unwrap()
        client.settimeout(PATIENCE)
        count = int(read_count(client, 12))
        check(count >= sent, f"{count} of {sent} bytes arrived")
        same(digest.hexdigest(), digest_of(count), "the bytes")

def test_a_slow_client_holds_back_the_server_behind():
    stuck, limit, sent = threading.Event(), 64 << 20, []

    def flood(connection):
        sent.append(fill(connection, limit))
        stuck.set()

    for version in (None, V12):
        stuck.clear()
        with Listener(flood) as behind, Server("--forward", behind.address) as server, \
                server.client(version=version) as client:
            check(stuck.wait(PATIENCE), "the server behind can send for ever")
            check(0 < sent[-1] < limit, f"it could send {sent[-1]} bytes to nobody")
            client.settimeout(PATIENCE)
            data = read_all(client)
            same(len(data), sent[-1], "number of bytes")
            same(hashlib.sha256(data).hexdigest(), digest_of(len(data)), "the bytes")


def test_a_reset_of_the_server_behind():
    def reset(connection):
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with Listener(reset) as behind, Server("--forward", behind.address) as server, server.client() as client:
        client.sendall(b"xx")
        same(read_all(client), b"", "closed in order")
        server.wait_line(r'forward-failed peer=\S+ who="-" reason="Connection reset by peer"')


def test_it_stops_with_connections():
    with Listener(count_bytes) as behind, Server("--forward", behind.address) as server:
        with server.client() as client:
            client.sendall(b"x")
            server.wait_line("open ")
            server.child.terminate()
            same(read_all(client), b"", "closed in order")
        same(server.wait_end(), 0, "exit code")


def test_a_host_that_is_not_there():
    made = identities()
    fails("was not found", 4, "listen", "127.0.0.1:0", "--cert", made.server[0], "--key", made.server[1],
          "--forward", "no..where:1883")  # none that DNS would be asked for


support.main(sys.modules[__name__])
