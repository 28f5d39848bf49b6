"""A runner for the shim (tests/shim): it listens, starts the shim with flags, and plays its peer.

play(flags, peer, ...) runs one case: each peer is a function of the accepted socket, one for each
connection. server() and client() make such functions out of Python's ssl; openssl_server() and
openssl_client() put an openssl program at the other end of the socket; raw() sends bytes.
"""
import contextlib
import os
import re
import select
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time

from pki import pki
from support import PATIENCE, Process, check, contains, free_port, require_program, same, tls_context

SHIM = os.environ.get("HF_SHIM", "")
DONE = "--- DONE ---\n"
TLS12, TLS13 = 771, 772
PYTHON = {TLS12: ssl.TLSVersion.TLSv1_2, TLS13: ssl.TLSVersion.TLSv1_3}


class Case:
    """A shim that was started, and the socket it dials."""

    def __init__(self, flags, shim_id=7, ipv6=False):
        self.id = shim_id
        self.listener = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_STREAM)
        self.listener.bind(("::1" if ipv6 else "127.0.0.1", 0))
        self.listener.listen(2)
        port = self.listener.getsockname()[1]
        self.command = [SHIM, "-port", str(port), "-shim-id", str(shim_id), *(["-ipv6"] if ipv6 else []),
                        *map(str, flags)]
        self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.listener.close()
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.child.stdout.close()
        self.child.stderr.close()

    def accept(self):
        end = time.monotonic() + PATIENCE
        while not select.select([self.listener], [], [], 0.1)[0]:
            if self.child.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"the shim does not connect: {self.command}\n{self.child.stderr.read()}")
        sock = self.listener.accept()[0]
        sock.settimeout(PATIENCE)
        said = b""
        while len(said) < 8:
            more = sock.recv(8 - len(said))
            check(more, f"the shim sends its number: {self.command}")
            said += more
        same(struct.unpack("<Q", said)[0], self.id, "number of the shim")
        return sock

    def told(self):
        """What it said when its peer found something wrong; for the message about that."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            said = self.child.communicate(timeout=PATIENCE)[1].decode("utf-8", "replace")
            return f"exit {self.child.returncode}, {' '.join(self.command)}\n{said}"
        return "still running"

    def end(self, code, says):
        self.listener.close()  # a connection too many fails
        stdout, stderr = self.child.communicate(timeout=PATIENCE)
        stderr = stderr.decode("utf-8", "replace")
        what = f"{' '.join(self.command)}\n{stderr}"
        same(self.child.returncode, code, f"exit code of {what}")
        check(stderr.endswith(DONE), f"the last line is missing: {what}")
        if code == 0:
            same(stderr, DONE, f"stderr of {what}")
        for words in [says] if isinstance(says, str) else says:
            check(words in stderr.splitlines() or words in stderr and " " in words, f"{words!r} is missing: {what}")
        return stdout.decode(), stderr


def play(flags, *peers, code=0, says=(), shim_id=7, ipv6=False):
    with Case(flags, shim_id, ipv6) as case:
        for talk in peers:
            with case.accept() as sock:
                try:
                    talk(sock)
                except Exception as why:
                    sock.close()
                    raise AssertionError(f"{why!r}; the shim: {case.told()}") from why
        return case.end(code, says)


def fails(flags, peer, *words):
    """The peer is served, and the shim finds something wrong."""
    play(flags, peer, code=1, says=words)


def not_there(flags, words, *peers):
    play(flags, *peers, code=89, says=f"unimplemented: {words}")


# ---- Python's ssl as the peer

class Peer:
    """One end of TLS over the socket; `log` has the bytes that came, `sent` those that went."""

    def __init__(self, sock, context, server_side, server_hostname=None, session=None):
        self.sock = sock
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side, server_hostname, session)
        self.log, self.sent = b"", b""

    def _run(self, call, *arguments):
        while True:
            try:
                value = call(*arguments)
                self._send()
                return value
            except ssl.SSLWantReadError:
                self._send()
                self._receive()
            except ssl.SSLError:
                self._send()
                raise

    def _send(self):
        data = self.outgoing.read()
        self.sent += data
        if data:
            self.sock.sendall(data)

    def _receive(self):
        data = self.sock.recv(65536)
        self.log += data
        if data:
            self.incoming.write(data)
        else:
            self.incoming.write_eof()

    def handshake(self):
        self._run(self.tls.do_handshake)

    def read(self, most=65536):
        """b'' after close_notify; an exception where it is missing."""
        try:
            return self._run(self.tls.read, most)
        except ssl.SSLZeroReturnError:
            return b""

    def read_exactly(self, length):
        data = b""
        while len(data) < length:
            more = self.read(length - len(data))
            check(more, f"the shim closed after {len(data)} of {length} bytes")
            data += more
        return data

    def write(self, data):
        while data:
            data = data[self._run(self.tls.write, data):]

    def echo(self, length=32):
        data = bytes((i * 7) % 256 for i in range(length))
        self.write(data)
        same(self.read_exactly(length), bytes(b ^ 0xff for b in data), "the echo")

    def close(self):
        """close_notify both ways."""
        self._run(self.tls.unwrap)

    def records(self):
        """(type, length) of each record that came."""
        found, at = [], 0
        while at + 5 <= len(self.log):
            kind, length = self.log[at], struct.unpack(">H", self.log[at + 3:at + 5])[0]
            found.append((kind, length))
            at += 5 + length
        return found


def converse(peer):
    peer.handshake()
    goodbye(peer)


def in_turn(*reused, talk=None):
    """Serves several connections: whether each of them is resumed."""
    expected = iter(reused)

    def serve(peer):
        peer.handshake()
        same(peer.tls.session_reused, next(expected), "the peer says: resumed")
        (talk or goodbye)(peer)
    return serve


def goodbye(peer):
    peer.echo()
    peer.close()


def refused(reason):
    """The handshake, or what follows it, ends with this alert of the shim's."""
    def talk(peer):
        try:
            peer.handshake()
            peer.write(b"x")
            while peer.read():
                pass
        except ssl.SSLError as why:
            contains(str(why).upper().replace(" ", "_"), reason, "what the peer says")
            return
        raise AssertionError(f"the shim does not refuse with {reason}")
    return talk


def cut_off(peer):
    """The shim drops the connection as soon as it is open."""
    try:
        peer.handshake()
        while peer.read():
            pass
    except (ssl.SSLError, OSError):
        return
    raise AssertionError("the shim closes in order although it found something wrong")


def context_for(server_side, identity, versions, ciphers, group, alpn, ca, prepare):
    context = tls_context(ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if ca is not None:
        context.load_verify_locations(ca)
        context.verify_mode = ssl.CERT_OPTIONAL if server_side else ssl.CERT_REQUIRED
    context.minimum_version, context.maximum_version = PYTHON[versions[0]], PYTHON[versions[1]]
    if identity is not None:
        context.load_cert_chain(identity.chain, identity.key)
    if ciphers is not None:
        context.set_ciphers(ciphers)
    if group is not None:
        context.set_ecdh_curve(group)
    if alpn:
        context.set_alpn_protocols(alpn)
    if prepare is not None:
        prepare(context)
    return context


def peer(server_side, talk, identity, name=None, versions=(TLS12, TLS13), ciphers=None, group=None, alpn=(), ca=None,
         prepare=None, sessions=None):
    """`sessions`: a client's; it offers the last one, and appends the one it has in the end."""
    context = context_for(server_side, identity, versions, ciphers, group, alpn, ca, prepare)

    def serve(sock):
        it = Peer(sock, context, server_side, name, sessions[-1] if sessions else None)
        talk(it)
        if sessions is not None:
            sessions.append(it.tls.session)
    return serve


def server(talk=converse, kind="ecdsa", **options):
    return peer(True, talk, pki().server(kind), **options)


def client(talk=converse, kind=None, **options):
    return peer(False, talk, kind and pki().client(kind), **options)


def shim_server(*flags, kind="ecdsa"):
    it = pki().server(kind)
    return ["-server", "-cert-file", it.chain, "-key-file", it.key, *flags]


def shim_client(*flags, kind="p256"):
    """A shim that has a client certificate."""
    it = pki().client(kind)
    return ["-cert-file", it.chain, "-key-file", it.key, *flags]


# ---- other peers

def shim_pair(client_flags, server_flags, count, code=0, says=()):
    """A shim as client and another one as server, joined for `count` connections; how the client ends."""
    with Case(client_flags) as one, Case(["-server", *server_flags]) as other:
        for _ in range(count):
            with one.accept() as near, other.accept() as far:
                relay(near, far)
        one.end(code, says)
        other.end(0, ())


def raw(data, expect=None):
    """Sends bytes, and reads until the shim has closed; `expect` gets what came."""
    def talk(sock):
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        came = b""
        while True:
            more = sock.recv(65536)
            if not more:
                break
            came += more
        if expect is not None:
            expect(came)
    return talk


def relay(one, other):
    """Moves bytes both ways until one side has ended."""
    def copy(source, sink):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other end is gone: so is what it would have got
    thread = threading.Thread(target=copy, args=(one, other), daemon=True)
    thread.start()
    copy(other, one)
    thread.join(PATIENCE)


def program_server(look, *command):
    """A server program of its own for the connection; `look` gets its output. {port} stands for it."""
    def talk(sock):
        port = free_port()
        words = [str(word).replace("{port}", str(port)) for word in command]
        with Process(*words, stdin=subprocess.PIPE) as process: # which stays open
            process.wait_port(port)
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as there:
                relay(sock, there)
            look(process)
    return talk


def said(expected):
    return lambda process: process.wait_line(re.escape(expected))


def openssl_server(look, *options, kind="ecdsa"):
    it = pki().server(kind)
    return program_server(look, require_program("openssl"), "s_server", "-accept", "{port}", "-cert", it.leaf,
                          "-cert_chain", it.rest, "-key", it.key, *options)


def openssl_client(look, *options):
    """openssl s_client, which dials us, and is joined to the shim's socket. Its input ends at once, so it
    closes when the handshake is over."""
    def talk(sock):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            listener.settimeout(PATIENCE)
            port = listener.getsockname()[1]
            with Process(require_program("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", *options) as process:
                there = listener.accept()[0]
                with there:
                    there.settimeout(PATIENCE)
                    relay(sock, there)
                process.wait_end()
                look(process)
    return talk


def need(program):
    return shutil.which(program) is not None
