"""handfast listen: echo, client certificates, the registry, and its life as a server."""
import contextlib
import os
import re
import selectors
import signal
import socket
import ssl
import sys
import time

import support
from listen_rig import NAME, Server, alert_of, connect, context, fingerprint, identities, read_all, read_count
from support import PATIENCE, TOOL, check, contains, folder, free_port, handfast, same, wait_until
from tool_peers import fails

USAGE, LOCAL, NETWORK = 2, 3, 4
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "


def options_of(identity):
    """Of s_client, which sends the leaf alone without -cert_chain."""
    return ["-cert", identity[0], "-key", identity[1], "-cert_chain", identity[0]]


def test_echo_sends_back_what_comes():
    """More than fits into any buffer, in both versions; the end is in order on both sides."""
    data = os.urandom(300000)
    with Server() as server:
        for version, word in ((V12, "1.2"), (V13, "1.3")):
            with server.client(version=version) as client:
                got, sent = b"", 0
                client.settimeout(PATIENCE)
                while len(got) < len(data):
                    if sent < len(data):
                        client.sendall(data[sent:sent + 8192])
                        sent += 8192
                    got += client.recv(65536)
                check(got == data, "the bytes came back as they were")
                client.unwrap().close()
            line = server.wait_line(TIME + rf"open peer=127\.0\.0\.1:\d+ who=\"-\" tls={word} ").string
            for part in ("suite=TLS_", "group=x25519", "alpn=none", f'sni="{NAME}"', "certificate=none"):
                contains(line, part, "the log")
        server.wait_line(TIME + r'closed peer=\S+ who="-" received=\d+ sent=\d+ reason="the client closed"')


def test_one_line_on_stdout():
    with Server() as server, server.client() as client:
        client.sendall(b"x")
        read_count(client, 1)
        listed = [line for line in server.text().split("\n") if not re.match(TIME, line)]
        same(listed, [f"listening on 127.0.0.1:{server.port}"], "lines that are no log lines")


def test_handfast_connects():
    made = identities()
    with Server("--request", client_ca=True) as server:
        done = handfast("connect", f"127.0.0.1:{server.port}", *made.options())
        contains(done.stdout, "our cert     asked for and sent")
        contains(done.stdout, "accepted: the server closed in order")
        server.wait_line(r'open peer=\S+ who="CN=thing-0001" .*subject="CN=thing-0001"')


def test_all_interfaces_in_both_families():
    with Server(address="0") as server:
        server.wait_line(r"^listening on \[::\]:|^listening on 0\.0\.0\.0:")
        with server.client() as client:
            client.sendall(b"four")
            same(read_count(client, 4), b"four", "over IPv4")
        server.wait_line(r"open peer=127\.0\.0\.1:")
        if not socket.has_ipv6:
            return
        with contextlib.suppress(OSError), socket.create_connection(("::1", server.port), PATIENCE) as raw:
            with context().wrap_socket(raw, server_hostname=NAME) as client:
                client.sendall(b"six")
                same(read_count(client, 3), b"six", "over IPv6")
            server.wait_line(r"open peer=\[::1\]:")


def test_protocols_and_names():
    with Server("--alpn", "mqtt,x-other", "--tls", "1.3") as server:
        with server.client(alpn=["x-other", "mqtt"]) as client:
            same(client.selected_alpn_protocol(), "mqtt", "the server's first")
        server.wait_line("open .* alpn=mqtt ")
        same(alert_of(server, "-alpn", "h2"), 120, "no protocol in common")
        server.wait_line(r"refused .* alert=sent:no_application_protocol\(120\)")
        same(alert_of(server, "-tls1_2"), 70, "protocol_version")
        same(alert_of(server, "-servername", "else.example"), 112, "unrecognized_name")
    with Server("--any-name") as server:
        unchecked = context()
        unchecked.check_hostname = False
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as raw, \
                unchecked.wrap_socket(raw, server_hostname="else.example") as client:
            client.sendall(b"x")
            read_count(client, 1)
        server.wait_line(r'open .* sni="else\.example"')


def test_an_identity_for_each_name():
    made = identities()
    other = made.make("server", "other.example", "--name", "other.example")
    with Server("--cert", other[0], "--key", other[1]) as server:
        for name in (NAME, "other.example"):
            with server.client(name=name) as client:  # verifies the name
                client.sendall(b"x")
                read_count(client, 1)


def test_a_certificate_is_required():
    made = identities()
    with Server(client_ca=True) as server:
        same(alert_of(server, "-tls1_3"), 116, "alert in TLS 1.3")
        server.wait_line(r"refused peer=\S+ who=\"-\" error=HF_E_NO_CLIENT_CERTIFICATE "
                         r"alert=sent:certificate_required\(116\) certificate=none reason=\"The client sent")
        same(alert_of(server, "-tls1_2"), 40, "alert in TLS 1.2")
        server.wait_line(r"error=HF_E_NO_CLIENT_CERTIFICATE alert=sent:handshake_failure\(40\)")
        for version in (V12, V13):
            with server.client(made.device, version) as client:
                client.sendall(b"x")
                same(read_count(client, 1), b"x", "with a certificate")


def test_a_certificate_is_requested():
    made = identities()
    with Server("--request", client_ca=True) as server:
        for version in (V12, V13):
            for identity in (None, made.device):
                with server.client(identity, version) as client:
                    client.sendall(b"x")
                    same(read_count(client, 1), b"x", "with and without a certificate")
        refuse_wrong_certificates(server)


def refuse_wrong_certificates(server):
    made = identities()
    stranger = made.base / "stranger"
    if not stranger.exists():
        handfast("identity", "device", "--ca", made.base / "other", "--id", "stranger", "--out", stranger)
    strange = (stranger / "stranger.chain.pem", stranger / "stranger.key")
    for version in ("-tls1_2", "-tls1_3"):
        same(alert_of(server, version, *options_of(strange)), 48, "unknown CA")
        same(alert_of(server, version, *options_of(made.expired)), 45, "expired")
    server.wait_line(r"refused .*error=HF_E_CERT_UNKNOWN_CA alert=sent:unknown_ca\(48\)")
    server.wait_line(r"refused .*error=HF_E_CERT_EXPIRED alert=sent:certificate_expired\(45\)")


def test_wrong_certificates_are_refused():
    with Server("--require", "--send-authorities", client_ca=True) as server:
        refuse_wrong_certificates(server)


class Registry:
    """A registry file that is replaced as a whole."""

    def __init__(self, base):
        self.path = base / "devices.txt"

    def write(self, *lines):
        self.path.write_text("".join(f"{line}\n" for line in lines))

    def rename(self, *lines):
        fresh = self.path.with_name("fresh")
        fresh.write_text("".join(f"{line}\n" for line in lines))
        fresh.rename(self.path)

    def server(self, *more):
        return Server("--registry", self.path, *more, client_ca=True)


def line(identity, name, state):
    return f"{fingerprint(identity)} {name} {state}"


def test_the_registry_decides():
    made = identities()
    with folder() as base:
        registry = Registry(base)
        registry.write("# first line", line(made.device, "lamp-1", "ACTIVE"),
                       line(made.second, "lamp-2", "INACTIVE"), line(made.third, "lamp-3", "REVOKED"))
        fourth = made.make("device", "thing-0004", "--id", "thing-0004")
        with registry.server() as server:
            with server.client(made.device) as client:
                client.sendall(b"x")
                read_count(client, 1)
            server.wait_line(r'open peer=\S+ who="lamp-1" ')
            for version in ("-tls1_2", "-tls1_3"):
                for identity, alert, pattern in (
                        (made.second, 49, 'who="lamp-2" error=HF_E_PEER_INACTIVE alert=sent:access_denied'),
                        (made.third, 44, 'who="lamp-3" error=HF_E_PEER_REVOKED alert=sent:certificate_revoked'),
                        (fourth, 46, 'who="CN=thing-0004" error=HF_E_PEER_UNKNOWN alert=sent:certificate_unknown')):
                    same(alert_of(server, version, *options_of(identity)), alert, pattern)
                    found = server.wait_line(TIME + r"refused peer=\S+ " + pattern + rf"\({alert}\) ")
                    contains(found.string, fingerprint(identity).replace(":", "").lower(), "the log")
            same(alert_of(server, "-tls1_3"), 116, "--registry implies --require")


def expect_end(client):
    client.settimeout(PATIENCE)
    same(read_all(client), b"", "close_notify")


def test_live_connections_follow_the_registry():
    made = identities()
    with folder() as base:
        registry = Registry(base)
        all_three = [line(made.device, "lamp-1", "ACTIVE"), line(made.second, "lamp-2", "ACTIVE"),
                     line(made.third, "lamp-3", "ACTIVE")]
        registry.write(*all_three)
        with registry.server() as server, server.client(made.device) as one, \
                server.client(made.second, V12) as two, server.client(made.third) as three:
            for client in (one, two, three):
                client.sendall(b"x")
                read_count(client, 1)
            # Revoked, in place.
            registry.write(line(made.device, "lamp-1", "REVOKED"), *all_three[1:])
            server.wait_line(r'expelled peer=\S+ who="lamp-1" error=HF_E_PEER_REVOKED state="REVOKED"')
            expect_end(one)
            # Gone, after a rename over the old file.
            registry.rename(all_three[2])
            server.wait_line(r'expelled peer=\S+ who="lamp-2" error=HF_E_PEER_UNKNOWN state="not registered"')
            expect_end(two)
            # A file that does not parse changes nothing, and says so.
            registry.rename(line(made.third, "lamp-3", "RETIRED"))
            server.wait_line(r'registry-broken file=\S+ reason="line 1: the state .*"'
                             r' kept="the old one with 1 certificates"')
            three.sendall(b"y")
            same(read_count(three, 1), b"y", "still served")
            with server.client(made.third) as again:
                again.sendall(b"z")
                same(read_count(again, 1), b"z", "the old registry holds")
            # And again a good one after it.
            registry.rename(line(made.third, "lamp-3", "INACTIVE"), line(made.device, "lamp-1", "ACTIVE"))
            expect_end(three)
            with server.client(made.device) as again:
                again.sendall(b"z")
                same(read_count(again, 1), b"z", "active again")


def test_hangup_reads_the_registry():
    made = identities()
    with folder() as base:
        registry = Registry(base)
        registry.write(line(made.device, "lamp-1", "ACTIVE"))
        with registry.server() as server:
            server.child.send_signal(signal.SIGHUP)
            server.wait_line(r"registry file=\S+ certificates=1")


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


def test_garbage_is_answered_with_an_alert():
    with Server() as server:
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            alert = b""
            while len(alert) < 7:
                alert += client.recv(7)
            same(alert[0], 21, "an alert record")
        server.wait_line(r"refused peer=\S+ who=\"-\" error=HF_E_\w+ alert=sent:")


def test_a_received_alert_is_logged():
    """The client does not know our CA, and says so."""
    with Server() as server:
        for version in ("1.2", "1.3"):
            fails("HF_E_CERT_UNKNOWN_CA", 6, "connect", f"127.0.0.1:{server.port}", "--ca",
                  identities().other, "--servername", NAME, "--tls", version)
        wait_until(lambda: server.text().count("alert=received:unknown_ca(48)") == 2, "both log lines")
        server.wait_line(TIME + r"failed peer=\S+ who=\"-\" error=HF_E_ALERT alert=received:unknown_ca\(48\)")


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
    begin = time.monotonic()
    with Server("--quiet") as server:
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
    spent = time.monotonic() - begin
    print(f"{count} connections in {spent:.1f} s")
    check(spent < 20, f"it took {spent:.1f} s")


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
            wait_until(lambda: server.child.send_signal(0) is None, "the server")
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


def test_a_bad_registry_at_the_start():
    made = identities()
    with folder() as base:
        registry = Registry(base)
        pair = ["--cert", made.server[0], "--key", made.server[1], "--client-ca", made.root]
        for lines, why in (
                (["", line(made.device, "a", "ACTIVE"), line(made.second, "b", "WAITING")], "line 3: the state"),
                ([line(made.device, "a", "ACTIVE"), line(made.device, "b", "REVOKED")],
                 "line 2: the same certificate as in line 1"),
                (["12:34 a ACTIVE"], "line 1: the first word")):
            registry.write(*lines)
            done = fails("The registry cannot be used", LOCAL, "listen", "127.0.0.1:0", *pair,
                         "--registry", registry.path)
            contains(done.stderr, why, "the reason")
            same(done.stdout, "", "stdout")
        fails("No such file", LOCAL, "listen", "127.0.0.1:0", *pair, "--registry", base / "none.txt")


support.main(sys.modules[__name__])
