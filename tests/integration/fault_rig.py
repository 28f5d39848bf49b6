"""Seeded faults: what is broken on purpose, what the tool must say about it, and that it works again
when exactly the named remedy is applied.

A fault is a generator that sets something up, yields the Attempt that must fail, does what the
remedy says, and yields the Attempt that must succeed:

    @fault("HF_E_CERT_EXPIRED", CERTIFICATE, cause="has expired", remedy="Renew")
    def test_expired():
        with server(old) as broken:
            yield Attempt(broken.port)
        with server(new) as mended:
            yield Attempt(mended.port)

The first line that the tool says must hold the words of the cause, its last line ("do:") those of
the remedy. Where it can meet the fault, `handfast doctor` must give the same cause, by its name.
"""
import atexit
import contextlib
import functools
import json
import shutil
import socket
from pathlib import Path
from tempfile import mkdtemp

from support import PATIENCE, check, contains, handfast, require_program, run, same
from tool_peers import Identities, TlsServer, read_exactly

OK, USAGE, LOCAL, NETWORK, TLS, CERTIFICATE, REFUSED, TIMEOUT = 0, 2, 3, 4, 5, 6, 7, 8


@functools.lru_cache(maxsize=None)
def identities():
    base = Path(mkdtemp(prefix="handfast-faults-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return Identities(base)


@functools.lru_cache(maxsize=None)
def has_doctor():
    return handfast("doctor", "--help", code=None).returncode == OK


class Attempt:
    """One try at a connection: where to, and the options of a device. `mqtt`: the words of pub or
    sub, without which it is a handshake only; `login`: user name and password."""

    def __init__(self, port, *options, host="127.0.0.1", ca=None, device=True, mqtt=None, client_id=None, login=None,
                 keep_alive=None):
        made = identities()
        self.host, self.port, self.mqtt = host, port, mqtt
        self.client_id, self.login, self.keep_alive = client_id, login, keep_alive
        self.options = ["--ca", made.root if ca is None else ca, *options]
        if device:
            chain, key = made.device if device is True else device
            self.options += ["--cert", chain, "--key", key]

    def session(self, client_id, user, keep_alive):
        """The words about the MQTT session, with the options' names."""
        words = []
        if self.client_id is not None:
            words += [client_id, self.client_id]
        if self.login is not None:
            password = identities().base / "password"
            password.write_text(self.login[1] + "\n")
            words += [user, self.login[0], "--password-file", password]
        if self.keep_alive is not None:
            words += [keep_alive, self.keep_alive]
        return words

    def words(self):
        if self.mqtt is None:
            return ["connect", f"{self.host}:{self.port}", *self.options]
        return [self.mqtt[0], "-h", self.host, "-p", self.port, *self.options, *self.session("-i", "-u", "-k"), *self.mqtt[1:]]

    def run(self):
        return handfast(*self.words(), code=None)

    def examine(self):
        """handfast doctor on the same way; its verdict over all, and its exit code."""
        words = ["doctor", f"{self.host}:{self.port}", "--json", *self.options]
        if self.mqtt is not None:
            words += ["--mqtt", "--hold", "1", *self.session("--client-id", "--username", "--keepalive")]
        done = handfast(*words, code=None, timeout=5 * PATIENCE)
        lines = done.stdout.splitlines()
        check(lines, f"the doctor says nothing: {done.stderr}")
        return json.loads(lines[-1]), done.returncode


def pieces(words):
    return [words] if isinstance(words, str) else list(words)


def expect_verdict(done, error, code, cause, remedy, why=()):
    """The failure in the tool's words: the cause stands in the first line."""
    said = done.stdout + done.stderr
    same(done.returncode, code, f"exit code of:\n{said}\n")
    lines = done.stderr.splitlines()
    check(lines and lines[0].startswith("what: "), f"the cause is not what is said first:\n{said}")
    same(sum(line.startswith("what: ") for line in lines), 1, f"number of explanations in:\n{said}\n")
    for part in pieces(cause):
        contains(lines[0], part, f"the cause, first line of:\n{said}\nIt")
    contains(done.stderr, error, "the explanation")
    for part in pieces(why):
        contains("\n".join(line for line in lines if line.startswith("  why: ")), part, "the reason")
    todo = [line for line in lines if line.lstrip().startswith("do: ")]
    same(len(todo), 1, f"number of remedies in:\n{said}\n")
    for part in pieces(remedy):
        contains(todo[0], part, "the remedy")


def expect_success(done):
    said = done.stdout + done.stderr
    same(done.returncode, OK, f"exit code after the remedy:\n{said}\n")
    check("what: " not in done.stderr, f"something is still wrong:\n{said}")


def expect_diagnosis(attempt, cause, code):
    verdict, exit_code = attempt.examine()
    same((verdict["verdict"], verdict["cause"]), ("fault", cause), f"the doctor's verdict: {verdict}")
    same(exit_code, code, f"the doctor's exit code with {verdict}")


def expect_health(attempt):
    verdict, exit_code = attempt.examine()
    check(verdict["verdict"] in ("ok", "warning"), f"the doctor after the remedy: {verdict}")
    same(exit_code, OK, "the doctor's exit code after the remedy")


def fault(error, code, cause, remedy, why=(), doctor=None, doctor_code=None):
    """Makes a test of a fault's generator. `doctor`: the cause that `handfast doctor` must name, where
    it can meet this fault; `doctor_code`: its exit code, if it is another one."""
    def decorate(scene):
        @functools.wraps(scene)
        def play():
            examined = doctor is not None and has_doctor()
            steps = scene()
            try:
                broken = next(steps)
                expect_verdict(broken.run(), error, code, cause, remedy, why)
                if examined:
                    expect_diagnosis(broken, doctor, code if doctor_code is None else doctor_code)
                mended = next(steps)
                expect_success(mended.run())
                if examined:
                    expect_health(mended)
                check(next(steps, None) is None, "a fault has two attempts")
            finally:
                steps.close()
        play.is_fault = True
        return play
    return decorate


def expect_faults(module, least):
    """So many faults are seeded in a file of tests at least."""
    found = [name for name, it in vars(module).items() if getattr(it, "is_fault", False)]
    check(len(found) >= least, f"{len(found)} faults, not {least}: {found}")


def openssl_identity(name, key, issuer=None, digest="-sha256", purpose="serverAuth", names="IP:127.0.0.1"):
    """(chain, key), made with the openssl command: what `handfast identity` refuses to
    make. Issued by the CA in that folder, or self-signed."""
    require_program("openssl")
    base = identities().base
    chain, private, request, extensions = (base / f"{name}{end}" for end in (".pem", ".key", ".csr", ".ext"))
    extensions.write_text(f"subjectAltName={names}\nbasicConstraints=critical,CA:FALSE\n"
                          f"keyUsage=critical,digitalSignature\nextendedKeyUsage={purpose}\n")
    run("openssl", "req", "-new", "-newkey", *key, "-nodes", "-keyout", private, "-out", request, "-subj", f"/CN={name}")
    signer = ["-signkey", private] if issuer is None else ["-CA", issuer / "ca.pem", "-CAkey", issuer / "ca.key", "-CAcreateserial"]
    run("openssl", "x509", "-req", "-in", request, *signer, "-out", chain, digest, "-days", "30", "-extfile", extensions)
    return chain, private


# MQTT 3.1.1: types of packets, in the upper four bits of their first byte
CONNECT, PUBLISH, SUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 8, 12, 14


class Broker(TlsServer):
    """A small broker with rules that can be changed: what it does where real ones do the same."""

    def __init__(self, **more):
        self.longest_id = 65535   # else CONNACK 2
        self.levels = [4]         # of the protocol that it accepts, else CONNACK 1
        self.topics = None        # that may be subscribed to (else SUBACK 0x80) and published to (else: the end)
        self.answers_pings = True
        self.clients = {}         # connections by client id: a second one takes over
        made = identities()
        super().__init__(made.server, made.root, handler=self.speak, **more)

    def speak(self, connection):
        while True:
            kind, body = read_packet(connection)
            if kind >> 4 == CONNECT:
                self.take_over(connection, field(body[10:]))
            answer = self.answer(kind >> 4, body)
            if answer is None:
                return
            connection.sendall(answer)

    def take_over(self, connection, name):
        old = self.clients.get(name)
        self.clients[name] = connection
        if old is not None:
            with contextlib.suppress(OSError):
                old.shutdown(socket.SHUT_RDWR)

    def may(self, topic):
        return self.topics is None or topic in self.topics

    def answer(self, kind, body):
        """The bytes of the answer; None: the connection ends."""
        if kind == CONNECT:
            refusal = 1 if body[6] not in self.levels else 2 if len(field(body[10:])) > self.longest_id else 0
            return bytes((0x20, 2, 0, refusal))
        if kind == SUBSCRIBE:
            return b"\x90\x03" + body[:2] + (b"\0" if self.may(field(body[2:])) else b"\x80")
        if kind == PUBLISH:
            topic = field(body)
            return b"\x40\x02" + body[2 + len(topic):][:2] if self.may(topic) else None
        if kind == PINGREQ:
            return b"\xd0\0" if self.answers_pings else b""
        return None


class SharedPort(Broker):
    """A broker and a web server on one port, as on 443: ALPN says who is meant."""

    def __init__(self, **more):
        super().__init__(alpn=["x-amzn-mqtt-ca"], **more)

    def speak(self, connection):
        if connection.selected_alpn_protocol() is not None:
            super().speak(connection)
        else:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def read_packet(connection):
    first, length = read_exactly(connection, 2)
    check(length < 128, "a long packet")
    return first, read_exactly(connection, length)


def field(body):
    """A string with its length in front."""
    return body[2:2 + int.from_bytes(body[:2], "big")].decode()


def leaf_of(chain):
    """The first certificate of a chain file, in a file of its own."""
    alone = chain.with_name(chain.name + ".leaf")
    end = "-----END CERTIFICATE-----\n"
    alone.write_text(chain.read_text().split(end)[0] + end)
    return alone
