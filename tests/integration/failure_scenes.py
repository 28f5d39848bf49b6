"""The servers and files behind the pages of docs/failures: each scene is what a block of a page is
run against.

On the pages the server is broker.example on the usual ports; here it listens on loopback, on ports
that the system picks, and a name server sends the tool there.
"""
import contextlib
import functools
import os
import socket
import ssl
import threading

from fault_rig import SUBSCRIBE, Attempt, Broker, SharedPort, identities, leaf_of
from support import PATIENCE, TOOL, Process, folder, free_port, handfast
from tool_peers import DnsServer, Listener, TlsServer, read_to_end

RERECORD = os.environ.get("HF_RERECORD", "")
MQTTS, HTTPS = 8883, 443


class Scene:
    """`ports`: the pages' port to the one here, or to what gives one for each command."""

    def __init__(self, cwd, dns, ports):
        self.cwd, self.dns, self.ports = cwd, dns, ports

    def port(self, shown):
        port = self.ports[shown]
        return port() if callable(port) else port


@functools.lru_cache(maxsize=None)
def old_root():
    handfast("identity", "ca", "--name", "Old root", "--out", identities().base / "old-root")
    return (identities().base / "old-root" / "ca.pem").read_text()


@contextlib.contextmanager
def scene(ports, dns_answer="127.0.0.1"):
    """Files as the pages name them, in a folder of their own, and a name server."""
    made = identities()
    with folder() as cwd, DnsServer(dns_answer, only=None if dns_answer is None else "broker.example") as dns:
        (cwd / "root.pem").write_text(made.root.read_text())
        (cwd / "old-root.pem").write_text(old_root())
        (cwd / "device.pem").write_text(made.device[0].read_text())
        (cwd / "device.key").write_text(made.device[1].read_text())
        (cwd / "broker.pem").write_text(made.server[0].read_text())
        (cwd / "broker.key").write_text(made.server[1].read_text())
        yield Scene(cwd, dns, ports)


@contextlib.contextmanager
def server(**more):
    made = identities()
    with TlsServer(more.pop("identity", made.server), made.root, **more) as peer, scene({MQTTS: peer.port}) as it:
        it.peer = peer
        yield it


@contextlib.contextmanager
def stranger():
    """The device of a CA that the server does not know."""
    made = identities()
    with server() as it:
        handfast("identity", "device", "--ca", made.base / "other", "--id", "thing-0001", "--out", it.cwd / "made")
        for end in ("pem", "key"):
            (it.cwd / f"device.{end}").write_text((it.cwd / "made" / f"thing-0001.{end}").read_text())
        yield it


@contextlib.contextmanager
def broker(kind=Broker, port=MQTTS, **more):
    with kind(**more) as peer, scene({port: peer.port, MQTTS: peer.port}) as it:
        yield it


@contextlib.contextmanager
def large_records():
    """A broker whose records are padded to more than 4000 bytes, whatever was asked of it."""
    with contextlib.ExitStack() as proxies, folder() as base, Broker(version=ssl.TLSVersion.TLSv1_3) as peer:
        peer.context.keylog_filename = base / "log"

        def proxy():
            process = proxies.enter_context(Process(RERECORD, "--upstream", peer.port, "--keylog", base / "log", "--grow", "4000"))
            return int(process.wait_line(r"^LISTEN (\d+)").group(1))
        with scene({MQTTS: proxy}) as it:
            yield it


@contextlib.contextmanager
def retry():
    """A server without the group whose key share comes along."""
    with server() as it:
        it.peer.context.set_ecdh_curve("secp384r1")
        yield it


@contextlib.contextmanager
def no_tickets():
    with server() as it:
        it.peer.context.num_tickets = 0
        yield it


@contextlib.contextmanager
def silent():
    with Listener(read_to_end) as peer, scene({MQTTS: peer.port}) as it:
        yield it


@contextlib.contextmanager
def silent_names():
    with scene({MQTTS: free_port()}, dns_answer=None) as it:
        yield it


@contextlib.contextmanager
def dropped():
    """A full queue of connections: what comes now gets no answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as waiting:
        for _ in range(4):
            probe = waiting.enter_context(socket.socket())
            probe.setblocking(False)
            probe.connect_ex(full.getsockname())
        with scene({MQTTS: full.getsockname()[1]}) as it:
            yield it


class Crowded(Broker):
    """As soon as a client has subscribed, another one comes under the same client id."""

    def answer(self, kind, body):
        if kind == SUBSCRIBE:
            other = Attempt(self.port, client_id="meter", mqtt=("pub", "-t", "a", "-m", "x", "-q", "1"))
            self.second = threading.Thread(target=other.run, daemon=True)
            self.second.start()
        return super().answer(kind, body)

    def __exit__(self, *unused):
        self.second.join(PATIENCE)
        super().__exit__()


@contextlib.contextmanager
def strict_alpn():
    """handfast listen with one protocol, on the port for the web."""
    with listening("--alpn", "x-amzn-mqtt-ca") as it:
        it.ports = {HTTPS: it.ports[MQTTS], MQTTS: it.ports[MQTTS]}
        yield it


@contextlib.contextmanager
def listening(*options):
    made = identities()
    with Process(TOOL, "listen", "127.0.0.1:0", "--cert", made.server[0], "--key", made.server[1], *options) as process:
        port = int(process.wait_line(r"listening on .*:(\d+)").group(1))
        with scene({MQTTS: port}) as it:
            yield it


@contextlib.contextmanager
def rsa():
    with server(identity=identities().make("server", "rsa", "--name", "broker.example", "--key", "rsa2048", "--force")) as it:
        yield it


@contextlib.contextmanager
def leaf_only():
    chain, key = identities().server
    with server(identity=(leaf_of(chain), key)) as it:
        yield it


SCENES = {
    "files": functools.partial(scene, {}),
    "server": server, "stranger": stranger, "broker": broker, "large-records": large_records, "retry": retry,
    "no-tickets": no_tickets, "silent": silent, "silent-names": silent_names, "dropped": dropped,
    "shared-port": functools.partial(broker, SharedPort, HTTPS), "crowded": functools.partial(broker, Crowded),
    "strict-alpn": strict_alpn, "rsa": rsa, "leaf-only": leaf_only,
}
