"""What the tests of `handfast listen` share: identities, the server, clients in this process."""
import atexit
import contextlib
import re
import shutil
import signal
import socket
import ssl
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from support import PATIENCE, TOOL, Process, run, same, tls_context, wait_until
from tool_peers import Identities

NAME = "broker.example"
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "


@lru_cache(maxsize=None)
def identities():
    base = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    made = Identities(base)
    made.second = made.make("device", "thing-0002", "--id", "thing-0002")
    made.third = made.make("device", "thing-0003", "--id", "thing-0003")
    made.expired = made.make("device", "old", "--id", "old", "--not-after", "2020-01-01T00:00:00Z")
    return made


def fingerprint(identity):
    """As openssl prints it: with colons."""
    return run("openssl", "x509", "-in", identity[0], "-noout", "-fingerprint",
               "-sha256").stdout.strip().split("=")[1]


class Server(Process):
    """`handfast listen`, ready; .port is its own. More than one line on stdout is found by lines."""

    def __init__(self, *options, address="127.0.0.1:0", client_ca=False, **more):
        made = identities()
        words = ["--cert", made.server[0], "--key", made.server[1]]
        if client_ca:
            words += ["--client-ca", made.root]
        super().__init__(TOOL, "listen", address, *words, *options, **more)
        try:
            self.port = int(self.wait_line(r"^listening on .*:(\d+)$").group(1))
        except BaseException:
            self.stop()
            raise

    def __exit__(self, kind, *unused):
        """Every server ends in order, whatever a test did to it."""
        self.stop()
        if kind is None:
            same(self.child.returncode, 0, f"exit code after\n{self.text()}\n")

    def client(self, identity=None, version=None, alpn=(), name=NAME):
        """A connected ssl socket."""
        return connect(self.port, identity, version, alpn, name)


def context(identity=None, version=None, alpn=()):
    made = tls_context(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(identities().root)
    if identity is not None:
        made.load_cert_chain(*map(str, identity))
    if version is not None:
        made.minimum_version = made.maximum_version = version
    if alpn:
        made.set_alpn_protocols(list(alpn))
    return made


def connect(port, identity=None, version=None, alpn=(), name=NAME):
    raw = socket.create_connection(("127.0.0.1", port), PATIENCE)
    try:
        return context(identity, version, alpn).wrap_socket(raw, server_hostname=name,
                                                            suppress_ragged_eofs=False)
    except BaseException:
        raw.close()
        raise


def read_all(client):
    """Up to the server's close_notify; anything else is an error."""
    parts = []
    with contextlib.suppress(ssl.SSLZeroReturnError):
        while True:
            part = client.recv(65536)
            if not part:
                break
            parts.append(part)
    return b"".join(parts)


def read_count(client, count):
    data = b""
    while len(data) < count:
        part = client.recv(count - len(data))
        assert part, f"ended after {len(data)} of {count} bytes"
        data += part
    return data


def echo(client, data):
    client.sendall(data)
    same(read_count(client, len(data)), data, "the echo")


def status(server):
    """(connections, folded, folds so far)"""
    before = server.text().count(" status connections=")
    server.child.send_signal(signal.SIGUSR1)
    wait_until(lambda: server.text().count(" status connections=") > before, "the status")
    found = re.findall(r" status connections=(\d+) folded=(\d+) folds=(\d+)", server.text())[-1]
    return tuple(map(int, found))


def wait_folded(server, folded, connections=None):
    connections = folded if connections is None else connections
    wait_until(lambda: status(server)[:2] == (connections, folded), f"{folded} folded of {connections}")


def alert_of(server, *options):
    """The number of the alert that openssl s_client gets, 0 without one."""
    done = run("sh", "-c", 'port=$1; shift; exec openssl s_client -connect 127.0.0.1:$port -CAfile "$@"',
               "sh", server.port, identities().root, "-servername", NAME, "-ign_eof", "-quiet",
               *options, code=None)
    found = re.search(r"SSL alert number (\d+)", done.stdout + done.stderr)
    return int(found.group(1)) if found else 0


def options_of(identity):
    """Of s_client, which sends the leaf alone without -cert_chain."""
    return ["-cert", identity[0], "-key", identity[1], "-cert_chain", identity[0]]


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


def expect_end(client):
    client.settimeout(PATIENCE)
    same(read_all(client), b"", "close_notify")
