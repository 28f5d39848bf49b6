"""Peers for tests of the tool: a TLS server with a handler, a proxy that damages records, a DNS
server that answers as told, identities. All of them listen on loopback, on ports the system picks,
and are gone when their `with` ends."""
import contextlib
import socket
import ssl
import struct
import threading
import time

from support import PATIENCE, check, contains, handfast, same, tls_context


class Identities:
    """Root, CA below it, servers and devices, made by the tool."""

    def __init__(self, base):
        self.base = base
        handfast("identity", "ca", "--name", "Test root", "--out", base / "root")
        handfast("identity", "ca", "--name", "Test line", "--issuer", base / "root", "--out", base / "line")
        handfast("identity", "ca", "--name", "Somebody else", "--out", base / "other")
        self.root, self.other = base / "root" / "ca.pem", base / "other" / "ca.pem"
        self.server = self.make("server", "broker.example", "--name", "broker.example", "--ip", "127.0.0.1")
        self.device = self.make("device", "thing-0001", "--id", "thing-0001")

    def make(self, role, name, *options):
        """(chain file, key file) of a new identity; `name` becomes the files' folder."""
        out = self.base / name
        handfast("identity", role, "--ca", self.base / "line", "--out", out, *options)
        chain = next(out.glob("*.chain.pem"))
        return chain, chain.with_name(chain.name.replace(".chain.pem", ".key"))

    def options(self):
        """What a device gives."""
        return ["--ca", self.root, "--cert", self.device[0], "--key", self.device[1]]


class Listener:
    """Accepts connections on 127.0.0.1 and gives each to serve(socket) in a thread."""

    def __init__(self, serve, backlog=16):
        self.serve = serve
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port = self.listening.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.connections, self.threads = [], []
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.listening.accept()[0]
                connection.settimeout(PATIENCE)
                self.connections.append(connection)
                thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
                self.threads.append(thread)
                thread.start()

    def _run(self, connection):
        with contextlib.suppress(OSError), connection:
            self.serve(connection)

    def wait(self):
        """Until all connections made so far are served."""
        for thread in list(self.threads):
            thread.join(PATIENCE)
            check(not thread.is_alive(), "a server's connection did not end")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        with contextlib.suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.accepting.join(PATIENCE)
        for thread in self.threads:
            thread.join(PATIENCE)


def read_to_end(connection):
    while connection.recv(4096):
        pass


class TlsServer(Listener):
    """A TLS server of Python's (OpenSSL). `errors` holds OpenSSL's words for what went wrong, such
    as TLSV1_ALERT_UNKNOWN_CA when the client sent that alert. `ciphers` in OpenSSL's words."""

    def __init__(self, identity, client_ca=None, handler=read_to_end, version=None, alpn=None, ciphers=None):
        self.context = tls_context(ssl.PROTOCOL_TLS_SERVER)
        if ciphers is not None:
            self.context.set_ciphers(ciphers)
        self.context.load_cert_chain(*identity)
        if client_ca is not None:
            self.context.load_verify_locations(client_ca)
            self.context.verify_mode = ssl.CERT_REQUIRED
        if version is not None:
            self.context.minimum_version = self.context.maximum_version = version
        if alpn is not None:
            self.context.set_alpn_protocols(alpn)
        self.handler = handler
        self.errors = []
        super().__init__(self._tls)

    def _tls(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as secure:
                self.handler(secure)
                secure.unwrap()
        except ssl.SSLError as error:
            self.errors.append(error.reason or str(error))

    def alert(self, name):
        """The client has sent this alert."""
        self.wait()
        contains(" ".join(self.errors), f"ALERT_{name.upper()}", "what the server saw")


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise OSError("end")
        data += piece
    return data


class DamagingProxy(Listener):
    """Between client and server; damage(index, record) gives the bytes that the client gets instead
    of the server's index-th record; None: the connection ends there, and the last ones were sent."""

    def __init__(self, port, damage):
        self.target, self.damage = port, damage
        super().__init__(self._pass)

    def _pass(self, client):
        with socket.create_connection(("127.0.0.1", self.target), PATIENCE) as server:
            there = threading.Thread(target=self._forward, args=(client, server), daemon=True)
            there.start()
            with contextlib.suppress(OSError):
                index = 0
                while True:
                    header = read_exactly(server, 5)
                    record = header + read_exactly(server, struct.unpack(">H", header[3:])[0])
                    damaged = self.damage(index, record)
                    if damaged is None:
                        break
                    client.sendall(damaged)
                    index += 1
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_WR)
            there.join(PATIENCE)

    @staticmethod
    def _forward(client, server):
        with contextlib.suppress(OSError):
            while True:
                data = client.recv(4096)
                if not data:
                    break
                server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


class DnsServer:
    """Answers every question with the response code, or with 127.0.0.1; not at all with None. With an
    alias, every name asked for is another one for that; with `only`, no other name exists."""

    NXDOMAIN, SERVFAIL = 3, 2

    def __init__(self, answer, alias=None, only=None):
        self.answer = answer
        self.only = None if only is None else wire_name(only)
        self.alias = b"" if alias is None else wire_name(alias)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.names = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                query, client = self.socket.recvfrom(512)
                if not query:
                    break
                if self.answer is not None:
                    self.socket.sendto(self._reply(query), client)

    def _reply(self, query):
        end = query.index(b"\0", 12) + 5
        question, kind = query[12:end], query[end - 4:end - 2]
        code = 0 if self.answer == "127.0.0.1" else self.answer
        if self.only is not None and question[:-4].lower() != self.only:
            code = self.NXDOMAIN
        found = code == 0 and kind == b"\0\1"
        count = int(found) + int(self.alias != b"")
        reply = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, count, 0, 0) + question
        owner = b"\xc0\x0c"
        if self.alias:
            reply += owner + b"\0\5\0\1" + struct.pack(">IH", 60, len(self.alias))
            owner = struct.pack(">H", 0xc000 | len(reply))
            reply += self.alias
        if found:
            reply += owner + b"\0\1\0\1" + struct.pack(">IH", 60, 4) + socket.inet_aton("127.0.0.1")
        return reply

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join(PATIENCE)
        self.socket.close()


def fails(error, code, *arguments, within=10, **more):
    """handfast must end with this exit code and name this error, in time; returns what it said."""
    begin = time.monotonic()
    done = handfast(*arguments, code=None, **more)
    spent = time.monotonic() - begin
    said = done.stdout + done.stderr
    check(done.returncode == code, f"exit {done.returncode}, not {code}:\n{said}")
    contains(done.stderr, error, "the explanation")
    for part in ("what: ", " do: "):
        contains(done.stderr, part, "the explanation")
    check(spent < within, f"it took {spent:.1f} s, more than {within} s")
    same(done.stderr.count("what: "), 1, "number of explanations")
    return done
