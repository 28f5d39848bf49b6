"""What the interoperability tests share: the test client, peer servers, and cases in parallel.

A case is one connection of the test client (tests/peers/client.c, HF_CLIENT) with its expectation.
Cases run four at a time against servers that live for the whole test. Every handshake runs in large
pieces and one byte at a time: see both_ways().
"""
import concurrent.futures
import contextlib
import hashlib
import json
import os
import socket
import subprocess
import threading

from pki import NAME
from support import BACKEND, PATIENCE, Process, Skip, check, free_port, require_program, run, same

CLIENT = os.environ.get("HF_CLIENT", "")
TLS12, TLS13 = 0x0303, 0x0304
VERSIONS = {TLS12: "0x0303,0x0303", TLS13: "0x0304,0x0304"}
X25519, P256, P384 = 0x1d, 0x17, 0x18
GROUPS = {X25519: "x25519", P256: "secp256r1", P384: "secp384r1"}
OPENSSL_GROUPS = {X25519: "X25519", P256: "P-256", P384: "P-384"}
SUITES13 = {0x1301: "TLS_AES_128_GCM_SHA256", 0x1302: "TLS_AES_256_GCM_SHA384",
            0x1303: "TLS_CHACHA20_POLY1305_SHA256", 0x1304: "TLS_AES_128_CCM_SHA256"}
# number: openssl's name, kind of the server's key
SUITES12 = {0xc02b: ("ECDHE-ECDSA-AES128-GCM-SHA256", "ecdsa"), 0xc02f: ("ECDHE-RSA-AES128-GCM-SHA256", "rsa"),
            0xc0ac: ("ECDHE-ECDSA-AES128-CCM", "ecdsa"),
            0xcca9: ("ECDHE-ECDSA-CHACHA20-POLY1305", "ecdsa"), 0xcca8: ("ECDHE-RSA-CHACHA20-POLY1305", "rsa"),
            0xc02c: ("ECDHE-ECDSA-AES256-GCM-SHA384", "ecdsa"), 0xc030: ("ECDHE-RSA-AES256-GCM-SHA384", "rsa")}
# AEADs that the backend opens in pieces (its hf_crypto_has_pieces)
PIECES = {"openssl": {0x1301, 0x1302, 0x1303}, "bearssl": {0x1301, 0x1302, 0x1304},
          "psa": set()}[BACKEND or "openssl"]
DEVICE = {"input": 2048, "output": 1024}  # the buffers of a device
NO_STEP, NO_DEPTH = 255, 255


def needs_pieces():
    if not PIECES:
        raise Skip(f"the {BACKEND} backend opens records whole only")


class Result(dict):
    """What the client printed."""

    def __getattr__(self, name):
        return self[name]


def connect(port, *flags, check_name=NAME, **options):
    """Runs the client; an option's underscores become dashes. Returns the Result."""
    command = [CLIENT, "--port", str(port)]
    if check_name is not None:
        command += ["--name", check_name]
    command += [f"--{flag}" for flag in flags]
    for name, value in options.items():
        if value is not None:
            command += ["--" + name.replace("_", "-"), str(value)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE * 3, check=False,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    result = Result(json.loads(done.stdout))
    result["command"] = " ".join(command)
    return result


def expect(result, **values):
    wrong = [f"{name}: is {result[name]!r}, should be {value!r}" for name, value in values.items()
             if result[name] != value]
    if wrong:
        raise AssertionError("; ".join(wrong) + f"\n{result.command}\n{json.dumps(result, default=repr)}")
    return result


def text(words):
    return words.encode().hex()


def fill(length):
    """What the client sends with --fill."""
    line = 4096
    return bytes(10 if i % line == line - 1 else 97 + (i * 7 + i // line) % 26 for i in range(length))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def both_ways(port, *flags, **options):
    """The same connection in large pieces and one byte at a time; both must end alike."""
    large = connect(port, *flags, **options)
    small = connect(port, *flags, "one-byte", **options)
    for name in ("code", "alert", "alert_by", "step", "depth", "version", "suite", "group", "scheme", "alpn",
                 "retried", "sent_certificate", "open", "closed"):
        if large[name] != small[name]:
            raise AssertionError(f"{name}: {large[name]!r} in large pieces, {small[name]!r} one byte at a time\n"
                                 f"{large.command}\n{json.dumps(large)}\n{json.dumps(small)}")
    return large, small


class Cases:
    """Collects calls and runs them four at a time; wait() raises what failed, all of it."""

    def __init__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(4)
        self.calls = []

    def add(self, title, call, *arguments, **options):
        self.calls.append((title, self.pool.submit(call, *arguments, **options)))

    def wait(self):
        failed = []
        for title, future in self.calls:
            try:
                future.result()
            except Exception as why:  # any case may fail in any way
                failed.append(f"--- {title}: {why}")
        self.pool.shutdown()
        if failed:
            raise AssertionError(f"{len(failed)} of {len(self.calls)} cases failed\n" + "\n".join(failed))
        check(self.calls, "there are cases")

    def __enter__(self):
        return self

    def __exit__(self, kind, *unused):
        if kind is None:
            self.wait()
        else:
            self.pool.shutdown(cancel_futures=True)


# ---- peers

@contextlib.contextmanager
def s_server(*options, identity=None, stdin=subprocess.DEVNULL, mode="-www"):
    """openssl s_server; yields (process, port). Its output is collected in the process."""
    port_pattern = r"^ACCEPT (?:\S+:)?(\d+)"
    command = [require_program("openssl"), "s_server", "-accept", "127.0.0.1:0"]
    if identity is not None:
        command += ["-cert", identity.leaf, "-key", identity.key]
        command += ["-cert_chain", identity.rest] if identity.rest.read_text() else []
    command += [mode] if mode else []
    with Process(*command, *options, stdin=stdin) as server:
        port = int(server.wait_line(port_pattern).group(1))
        yield server, port
        if server.child.stdin is not None:
            server.child.stdin.close()


@contextlib.contextmanager
def gnutls_serv(*options, identity, priority):
    """gnutls-serv as an echo server; yields (process, port). It cannot choose a port itself, and one that
    was free may be somebody's by then: it says so and runs on without."""
    for _ in range(10):
        port = free_port()
        with Process(require_program("gnutls-serv"), "--port", port, "--echo", "--priority", priority,
                     "--x509certfile", identity.chain, "--x509keyfile", identity.key, *options) as server:
            if server.wait_line(r"listening on IPv4 .*\.\.\.(.*)$").group(1) == "done":
                yield server, port
                return
    raise AssertionError("gnutls-serv found no port")


class Relay:
    """Stands between a client and a server on `port`: keeps the bytes of both directions, and passes
    those of the server through change(bytes so far, new bytes), which returns what goes on. After
    `cut` bytes of the server it closes both sides."""

    def __init__(self, port, change=lambda before, data: data, cut=None):
        self.upstream, self.change, self.cut = port, change, cut
        self.from_client, self.from_server = [], []  # one bytearray for each connection
        self.threads = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self._start(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(PATIENCE)

    def _start(self, call, *arguments):
        thread = threading.Thread(target=call, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self.upstream))
                for peer in (client, server):
                    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    peer.settimeout(PATIENCE)
                self.from_client.append(bytearray())
                self.from_server.append(bytearray())
                self._start(self._pass, client, server, self.from_client[-1], lambda before, data: data)
                self._start(self._pass, server, client, self.from_server[-1], self.change, self.cut)

    @staticmethod
    def _pass(source, sink, record, change, cut=None):
        with contextlib.suppress(OSError):
            while (cut is None or len(record) < cut) and (data := source.recv(65536)):
                data = data[:cut - len(record)] if cut is not None else data
                passed = change(bytes(record), data)
                record += data
                sink.sendall(passed)
        if cut is not None:
            with contextlib.suppress(OSError):
                source.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def alert_of_client(self, index=-1):
        """The bytes of an unprotected alert at the end of what the client sent, or empty."""
        last = bytes(self.from_client[index][-7:])
        return last[5:] if last[:1] == b"\x15" and last[3:5] == b"\0\x02" else b""


class Fake:
    """A server that is none: script(connection, ClientHello) for each connection."""

    def __init__(self, script):
        self.script, self.heard, self.threads = script, [], []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in [self.accepting, *self.threads]:
            thread.join(PATIENCE)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                thread = threading.Thread(target=self._serve, args=self.listener.accept()[:1], daemon=True)
                self.threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            connection.settimeout(PATIENCE)
            hello = connection.recv(4096)
            self.script(connection, hello)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while data := connection.recv(4096):
                answer += data
            self.heard.append(answer)


GET = text("GET / HTTP/1.0\r\n\r\n")
