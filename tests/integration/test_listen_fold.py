"""handfast listen folds connections that are silent, and nobody notices: data from either side,
deadlines, the registry and the server's end wake them."""
import contextlib
import re
import signal
import socket
import ssl
import struct
import sys

import support
from listen_rig import (NAME, V12, V13, Registry, Server, context, echo, expect_end, identities, line, read_count,
                        status, wait_folded)
from support import PATIENCE, check, folder, same, wait_until
from tool_peers import Listener

SOON = ["--fold-after", "0.05"]


def test_two_hundred():
    """Certificates on both sides, both versions; woken twice, and told the end while folded."""
    with Server("--quiet", *SOON, client_ca=True) as server, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.client(identities().device, version=V12 if i % 2 else V13))
                   for i in range(200)]
        for turn in range(2):
            for number, client in enumerate(clients):
                echo(client, b"%d.%d" % (turn, number))
            wait_folded(server, 200)
        check(status(server)[2] >= 400, f"folds: {status(server)}")
        server.child.terminate()
        for client in clients:
            expect_end(client)
            client.unwrap()
        same(server.wait_end(), 0, "exit code")
        check("cut " not in server.text(), server.text())


def test_folded_again_and_again():
    with Server("--fold-after", "0.001") as server:
        for version in (V12, V13):
            with server.client(version=version) as client:
                for number in range(30):
                    before = status(server)[2]
                    wait_until(lambda: status(server)[1] == 1, "the fold")
                    echo(client, b"%d " % number * (1 if number % 3 else 5000))
                    check(status(server)[2] >= before, "folds are counted")
            wait_until(lambda: status(server)[0] == 0, "its end")
        check(status(server)[2] >= 60, f"folds: {status(server)}")


def test_a_large_echo():
    """Data that keep coming, in and out, with the shortest time."""
    data = bytes(range(256)) * 4096
    with Server("--fold-after", "0.001") as server:
        for version in (V12, V13):
            with server.client(version=version) as client:
                for at in range(0, len(data), 65536):
                    echo(client, data[at:at + 65536])


def test_half_a_record_is_kept():
    """It is not folded while part of a record has come, however long the rest takes."""
    with Server(*SOON) as server:
        coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context().wrap_bio(coming, going, server_hostname=NAME)
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as raw:
            while True:
                with contextlib.suppress(ssl.SSLWantReadError):
                    client.do_handshake()
                    break
                raw.sendall(going.read())
                coming.write(raw.recv(65536))
            client.write(b"in two parts")
            data = going.read()
            raw.sendall(data[:-1])
            with server.client() as other:  # silent for less long than the first
                wait_folded(server, 1, 2)
                raw.sendall(data[-1:])
                answer = b""
                while len(answer) < 12:
                    with contextlib.suppress(ssl.SSLWantReadError):
                        answer += client.read(100)
                        continue
                    coming.write(raw.recv(65536))
                same(answer, b"in two parts", "the echo")
                wait_folded(server, 2)
                echo(other, b"x")


def test_ends_while_folded():
    """The client's close_notify, its end without one, a reset, the idle time-out."""
    with Server(*SOON) as server:
        with server.client() as client:
            wait_folded(server, 1)
            client.unwrap()
        server.wait_line(r'closed .*reason="the client closed"')
        with server.client() as client:
            echo(client, b"x")  # and takes its ticket: bytes left unread would make it a reset
            wait_folded(server, 1)
        server.wait_line(r'closed .*reason="the client closed, without close_notify"')
        with server.client() as client:
            wait_folded(server, 1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.wait_line(r"failed .*error=HF_E_NETWORK")
        wait_folded(server, 0)
    with Server(*SOON, "--idle-timeout", "0.5") as server, server.client() as client:
        wait_folded(server, 1)
        expect_end(client)
        client.unwrap()
        server.wait_line(r'closed .*reason="idle"')


def test_damage_while_folded():
    """A record that does not open gets its alert."""
    with Server(*SOON) as server, server.client() as client:
        wait_folded(server, 1)
        raw = socket.socket(fileno=socket.dup(client.fileno()))
        with raw:
            raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
            try:
                client.recv(1)
                raise AssertionError("the damaged record passed")
            except ssl.SSLError as error:
                check("BAD_RECORD_MAC" in str(error), str(error))
        server.wait_line(r"failed .*error=HF_E_BAD_RECORD_MAC alert=sent:bad_record_mac\(20\)")


def test_the_registry_ends_folded_ones():
    made = identities()
    with folder() as base:
        registry = Registry(base)
        registry.write(line(made.device, "lamp-1", "ACTIVE"), line(made.second, "lamp-2", "ACTIVE"))
        with registry.server(*SOON) as server, server.client(made.device) as revoked, server.client(made.second) as stays:
            wait_folded(server, 2)
            registry.rename(line(made.device, "lamp-1", "REVOKED"), line(made.second, "lamp-2", "ACTIVE"))
            expect_end(revoked)
            server.wait_line(r'expelled peer=\S+ who="lamp-1" error=HF_E_PEER_REVOKED state="REVOKED"')
            echo(stays, b"still here")
            revoked.unwrap()
            wait_folded(server, 1)
            same(server.text().count(" expelled "), 1, "how often it is said")


def test_forwarding():
    """Folded between a client and what is behind: either side's bytes pass, and either side's end."""
    behind = []
    with Listener(lambda connection: behind.append(connection) or read_to_end(connection)) as listener, \
            Server(*SOON, "--forward", listener.address) as server:
        for version in (V12, V13):
            behind.clear()
            with server.client(version=version) as client:
                for number in range(5):
                    wait_until(lambda: behind, "the connection behind")
                    wait_folded(server, 1)
                    behind[0].sendall(b"down %d" % number)
                    same(read_count(client, 6), b"down %d" % number, "downwards")
                    wait_folded(server, 1)
                    client.sendall(b"up %d" % number)
                    wait_until(lambda: received(behind[0]).endswith(b"up %d" % number), "upwards")
                wait_folded(server, 1)
                behind[0].shutdown(socket.SHUT_WR)
                expect_end(client)
            wait_until(lambda: status(server)[0] == 0, "its end")


GOT = {}


def received(connection):
    return GOT.get(connection, b"")


def read_to_end(connection):
    with contextlib.suppress(OSError):
        while True:
            part = connection.recv(4096)
            if not part:
                break
            GOT[connection] = received(connection) + part


def test_a_page_asked_for_late():
    with Server(*SOON, "--www") as server, server.client(alpn=["http/1.1"]) as client:
        wait_folded(server, 1)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        wait_folded(server, 0, 1)
        client.sendall(b"\r\n")
        check(client.recv(65536).startswith(b"HTTP/1.1 200 "), "the page")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
