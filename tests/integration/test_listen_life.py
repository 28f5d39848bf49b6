"""handfast listen as a server among others: deadlines, load, limits, its beginning and its end."""
import contextlib
import re
import selectors
import signal
import socket
import ssl
import sys
import time

import support
from listen_rig import NAME, V12, Server, connect, context, expect_end, identities, read_count
from support import PATIENCE, TOOL, check, contains, same, wait_until
from tool_peers import fails

USAGE, LOCAL = 2, 3


def test_silent_clients_are_dropped():
    """One that says nothing, one that stops in the handshake, one that is idle after it."""
    with Server("--handshake-timeout", "0.3", "--idle-timeout", "0.5") as server:
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as silent, \
                socket.create_connection(("127.0.0.1", server.port), PATIENCE) as half:
            half.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
            for client in (silent, half):
                with contextlib.suppress(ConnectionResetError):
                    same(client.recv(1), b"", "the end")
        server.wait_line(r"failed peer=\S+ who=\"-\" error=HF_E_TLS_TIMEOUT alert=none reason=")
        with server.client() as client:
            expect_end(client)
        server.wait_line(r'closed .*reason="idle"')


def cut_after(port, count, reset, version):
    """A client whose connection ends when it has sent `count` bytes."""
    coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context(version=version).wrap_bio(coming, going, server_hostname=NAME)
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as raw:
        left = count
        while left > 0:
            with contextlib.suppress(ssl.SSLWantReadError):
                client.do_handshake()
                client.write(b"x" * count)
            data = going.read()
            raw.sendall(data[:left])
            left -= len(data)
            if left > 0 and not data:
                coming.write(raw.recv(65536))
        if reset:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_clients_that_break_off():
    """At any byte of the handshake and behind it, in order or not: nothing stays behind."""
    with Server() as server:
        for version in (V12, None):
            for count in range(0, 900, 23):
                cut_after(server.port, count, count % 2 == 0, version)
        with server.client() as client:
            client.sendall(b"x")
            same(read_count(client, 1), b"x", "a good one after them")
        wait_until(lambda: len(re.findall(r"Z (?:failed|refused|closed) peer", server.text())) >= 81,
                   "the end of each")
        server.child.terminate()
        same(server.wait_end(), 0, "exit code")
        contains(server.text(), "stop signal=SIGTERM connections=0", "the log")


def handshake_step(client):
    """The event to wait for, 0 when it is done."""
    try:
        client.do_handshake()
        return 0
    except ssl.SSLWantReadError:
        return selectors.EVENT_READ
    except ssl.SSLWantWriteError:
        return selectors.EVENT_WRITE


def open_many(port, count, made):
    """`count` connections whose handshakes run at the same time."""
    ready = selectors.DefaultSelector()
    clients = []
    left = count
    for _ in range(count):
        raw = socket.create_connection(("127.0.0.1", port), PATIENCE)
        raw.setblocking(False)
        client = made.wrap_socket(raw, server_hostname=NAME, do_handshake_on_connect=False)
        clients.append(client)
        wanted = handshake_step(client)
        if wanted == 0:
            left -= 1
        else:
            ready.register(client, wanted)
    while left > 0:
        events = ready.select(PATIENCE)
        check(events, f"{left} handshakes hang")
        for key, _ in events:
            wanted = handshake_step(key.fileobj)
            if wanted == 0:
                ready.unregister(key.fileobj)
                left -= 1
            else:
                ready.modify(key.fileobj, wanted)
    ready.close()
    return clients


def test_two_thousand_connections_at_once():
    count = 2000
    with Server("--quiet", "--handshake-timeout", "60") as server:  # for each handshake, beside all others
        clients = open_many(server.port, count, context())
        try:
            for number, client in enumerate(clients):
                client.setblocking(True)
                client.settimeout(PATIENCE)
                client.sendall(b"%08d" % number)
            for number, client in enumerate(clients):
                same(read_count(client, 8), b"%08d" % number, "the echo")
        finally:
            for client in clients:
                client.close()
        server.child.terminate()
        same(server.wait_end(), 0, "exit code")
        same(re.findall(r"Z (?:open|closed|failed|refused) ", server.text()), [], "lines with --quiet")


def test_no_more_than_allowed():
    with Server("--max-connections", "2") as server, server.client() as one, server.client() as two:
        server.wait_line(r"full connections=2 ")
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as raw:
            third = context().wrap_socket(raw, server_hostname=NAME, do_handshake_on_connect=False)
            third.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                third.do_handshake()
                raise AssertionError("a third connection was served")
            same(sum("open peer" in entry for entry in list(server.lines)), 2, "connections that are open")
            third.close()
        one.unwrap().close()
        with server.client() as fourth:
            fourth.sendall(b"x")
            same(read_count(fourth, 1), b"x", "after one has ended")
        two.sendall(b"x")
        same(read_count(two, 1), b"x", "the second one all the time")


def test_few_file_descriptors():
    """The system's limit is met, and passes: connections wait until there is room again."""
    words = ["sh", "-c", 'ulimit -n 40 && exec "$0" "$@"', TOOL, "listen", "127.0.0.1:0", "--cert",
             identities().server[0], "--key", identities().server[1], "--max-connections", "100"]
    with support.Process(*words) as server:
        port = int(server.wait_line(r"^listening on .*:(\d+)$").group(1))
        with contextlib.ExitStack() as stack:
            raw = [stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE))
                   for _ in range(50)]
            server.wait_line(r'full connections=\d+ reason="Too many open files"')
            del raw
        with connect(port) as client:
            client.sendall(b"x")
            same(read_count(client, 1), b"x", "when there is room again")


def test_it_ends_in_order():
    with Server() as server, server.client() as one, server.client(version=V12) as two:
        for client in (one, two):
            client.sendall(b"x")
            read_count(client, 1)
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as silent:
            server.child.terminate()
            expect_end(one)
            expect_end(two)
            one.close()
            two.close()
            silent.close()
        same(server.wait_end(), 0, "exit code")
        contains(server.text(), "stop signal=SIGTERM connections=", "the log")
        contains(server.text(), 'reason="the server stops"', "the log")
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), 1).close()
            raise AssertionError("it still listens")


def test_grace_has_an_end():
    """A client that does not answer close_notify is cut after the time; a second signal cuts now."""
    for options, signals in ((("--grace", "0.3"), 1), (("--grace", "60"), 2)):
        begin = time.monotonic()
        with Server(*options) as server, server.client() as client:
            client.sendall(b"x")
            read_count(client, 1)
            for _ in range(signals):
                server.child.send_signal(signal.SIGINT)
                server.wait_line("stop signal=SIGINT")
            same(server.wait_end(), 0, "exit code")
            contains(server.text(), "cut connections=1", "the log")
        check(time.monotonic() - begin < 10, "it ends in time")


def test_it_ends_after_a_count():
    with Server("--count", "2") as server:
        for _ in range(2):
            with server.client() as client:
                client.sendall(b"x")
                read_count(client, 1)
                client.unwrap().close()
        same(server.wait_end(), 0, "exit code")


def test_wrong_beginnings():
    made = identities()
    pair = ["--cert", made.server[0], "--key", made.server[1]]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = fails("Address already in use", LOCAL, "listen", f"127.0.0.1:{port}", *pair)
        same(done.stdout, "", "stdout")
    fails("/nonexistent", LOCAL, "listen", "0", "--cert", "/nonexistent", "--key", made.server[1])
    fails("HF_E_KEY_MISMATCH", LOCAL, "listen", "0", "--cert", made.server[0], "--key", made.device[1])
    fails("HF_E_PEM_EMPTY", LOCAL, "listen", "0", "--cert", made.server[1], "--key", made.server[1])
    fails("--cert and --key", USAGE, "listen", "0", "--cert", made.server[0])
    fails("The port is missing", USAGE, "listen", *pair)
    fails("[ADDR:]PORT", USAGE, "listen", "127.0.0.1:port", *pair)
    fails("exclude each other", USAGE, "listen", "0", *pair, "--www", "--forward", "127.0.0.1:1")
    fails("exclude each other", USAGE, "listen", "0", *pair, "--client-ca", made.root, "--require", "--request")
    fails("--client-ca", USAGE, "listen", "0", *pair, "--require")
    fails("--registry needs", USAGE, "listen", "0", *pair, "--registry", made.root)
    fails("HOST:PORT or unix:PATH", USAGE, "listen", "0", *pair, "--forward", "nothing")
    fails("no such option", USAGE, "listen", "0", *pair, "--insecure")
    fails("--staple", USAGE, "listen", "0", "--staple", made.root, *pair)


support.main(sys.modules[__name__])
