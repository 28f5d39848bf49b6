"""What the tests of the ports share: a device's folder, servers, and what lies between a device that
has no operating system's sockets and them: a gateway with an lwIP of its own, or a serial cable."""
import contextlib
import os
import re
import socket
import termios
import threading
import time
import tty
from pathlib import Path

import support
from support import PATIENCE, Process, check, contains, folder, run, same
from tool_peers import Identities, TlsServer, read_exactly

NAME = "broker.example"


def silent(connection):
    """A server that takes what comes, and says nothing."""
    with contextlib.suppress(OSError):
        while connection.recv(4096):
            pass


def pattern(size, begin=0):
    """What the test client sends and expects."""
    return bytes((at * 7 + at // 251) & 255 for at in range(begin, begin + size))


@contextlib.contextmanager
def late_server(it, size):
    """A TLS server with a small buffer that reads nothing until .go_on is set; then it has to get the
    pattern, `size` bytes of it."""
    go_on = threading.Event()
    seen = []

    def late(secure):
        go_on.wait(PATIENCE)
        seen.append(read_exactly(secure, size))

    with TlsServer(it.server, it.root, late) as server:
        server.listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server.go_on = go_on
        yield server
        server.wait()
        same(seen == [pattern(size)], True, "what the server got is the pattern")


class Device:
    """A folder as the test client wants it; the server's identity in .server."""

    def __init__(self, base):
        self.identities = Identities(base)
        self.server, self.root = self.identities.server, self.identities.root
        self.line = base / "line" / "ca.pem"
        self.folder = self.make("device", self.root, self.identities.device)

    def make(self, name, anchors, identity):
        out = self.identities.base / f"folder-{name}"
        out.mkdir()
        for file, source in (("ca.pem", anchors), ("chain.pem", identity[0]), ("key.pem", identity[1])):
            (out / file).write_bytes(Path(source).read_bytes())
        return out


@contextlib.contextmanager
def device():
    with folder() as base:
        yield Device(base)


@contextlib.contextmanager
def openssl_server(it, *options):
    """openssl s_server, which lets in nobody without a certificate and answers lines in reverse."""
    chain, key = it.server
    with Process(support.require_program("openssl"), "s_server", "-rev", "-accept", "127.0.0.1:0",
                 "-cert", chain, "-cert_chain", it.line, "-key", key, "-CAfile", it.root, "-Verify", "3",
                 "-verify_return_error", *options) as server:
        yield int(server.wait_line(r"^ACCEPT [^ ]*:(\d+)").group(1))


@contextlib.contextmanager
def broker(it):
    """mosquitto, which lets in nobody without a certificate."""
    mosquitto = support.require_program("mosquitto")
    chain, key = it.server
    for _ in range(20):
        port = support.free_port()
        conf = it.identities.base / "mosquitto.conf"
        conf.write_text(f"listener {port} 127.0.0.1\ncafile {it.root}\ncertfile {chain}\nkeyfile {key}\n"
                        "require_certificate true\nallow_anonymous true\npersistence false\n"
                        "log_dest stderr\nlog_type all\n" + ("user root\n" if os.geteuid() == 0 else ""),
                        encoding="utf-8")
        with Process(mosquitto, "-c", conf) as server:
            try:
                server.wait_line("mosquitto version .* running")
            except AssertionError:
                if "in use" in server.text():
                    continue
                raise
            yield port
            return
    raise AssertionError("no free port for mosquitto")


def program(variable):
    path = os.environ.get(variable, "")
    if not path:
        raise support.Skip(f"{variable}: not built here (see docs/testing.md)")
    return path


class Result:
    """What the client printed."""

    def __init__(self, text, exit_code):
        self.text, self.exit_code = text, exit_code
        contains(text, "left over 0\n", "what the client printed")

    def failed(self, code, stage, system=None):
        same(self.exit_code, 1, f"exit code\n{self.text}")
        contains(self.text, f"code {code}\n")
        found = re.search(r"^error (\S+) stage (.*) system (-?\d+)$", self.text, re.M)
        same((found.group(1), found.group(2)), (code, stage), f"the connection's error\n{self.text}")
        if system is not None:
            same(int(found.group(3)), system, "system")

    def worked(self, *lines):
        same(self.exit_code, 0, f"exit code\n{self.text}")
        for line in lines:
            contains(self.text, line + "\n")

    def bytes_out(self):
        return int(re.search(r"^bytes (\d+) out", self.text, re.M).group(1))


class Network:
    """The network of one lwIP device: client() runs it. `options` are the gateway's."""

    def __init__(self, *options):
        self.ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.gateway = Process(program("HF_LWIP_gateway"), self.ends[1].fileno(), *options,
                               pass_fds=[self.ends[1].fileno()])

    def __enter__(self):
        self.ends[1].close()
        self.gateway.wait_line("^serves$")
        return self

    def __exit__(self, *unused):
        self.ends[0].close()
        self.gateway.stop()

    def _command(self, kind, folder_of_device, target, actions, deadline=15000):
        return [program("HF_LWIP_" + kind), self.ends[0].fileno(), target, NAME, folder_of_device, deadline,
                *actions]

    def client(self, folder_of_device, target, *actions, kind="client", **more):
        done = run(*self._command(kind, folder_of_device, target, actions, **more), code=None,
                   timeout=4 * PATIENCE, pass_fds=[self.ends[0].fileno()])
        return Result(done.stdout + done.stderr, done.returncode)

    def start(self, folder_of_device, target, *actions):
        return Process(*self._command("client", folder_of_device, target, actions),
                       pass_fds=[self.ends[0].fileno()])


class Cable:
    """A serial cable: a pseudo terminal for the device, and a socket on whose other end a server
    answers. damage(bytes) is what becomes of bytes on their way to the device; cut() unplugs."""

    def __init__(self, port, damage=bytes):
        self.damage = damage
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self.slave = slave  # open until the device has it: a terminal without an end reads as hung up
        self.server = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.server.settimeout(None)
        self.to_device, self.to_server = 0, 0
        self.plugged = True
        self.threads = [threading.Thread(target=way, daemon=True) for way in (self._down, self._up)]
        for thread in self.threads:
            thread.start()

    def _down(self):
        with contextlib.suppress(OSError):
            while data := self.server.recv(4096):
                data = self.damage(data)
                while data:
                    done = os.write(self.master, data[:256])
                    self.to_device += done
                    data = data[done:]

    def _up(self):
        with contextlib.suppress(OSError):
            while (data := os.read(self.master, 4096)) and self.plugged:
                self.to_server += len(data)
                self.server.sendall(data)

    def cut(self):
        """A terminal hangs up when nobody holds its other end: not while it is being read."""
        if self.plugged:
            self.plugged = False
            os.write(self.slave, b"wake up")
            self.threads[1].join(PATIENCE)
            os.close(self.slave)
            os.close(self.master)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        end = time.monotonic() + PATIENCE
        while self.threads[0].is_alive() and time.monotonic() < end:
            if self.plugged:  # what a device that has ended did not read may fill the terminal
                termios.tcflush(self.slave, termios.TCIFLUSH)
            self.threads[0].join(0.05)
        self.cut()
        check(not any(thread.is_alive() for thread in self.threads), "the cable did not end")
        self.server.close()

    def command(self, folder_of_device, *actions, target="-", deadline=15000, name=NAME, kind="client"):
        return [program("HF_SERIAL_" + kind), self.path, target, name, folder_of_device, deadline, *actions]

    def client(self, folder_of_device, *actions, **more):
        done = run(*self.command(folder_of_device, *actions, **more), code=None, timeout=4 * PATIENCE)
        return Result(done.stdout + done.stderr, done.returncode)
