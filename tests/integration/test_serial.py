"""hf_conn over a serial line (ports/serial): a terminal device, a cable, and servers at its other end.
What a serial line does to bytes is done to them: it loses, changes and delays them, and is cut."""
import fcntl
import os
import socket
import ssl
import struct
import sys
import termios

from ports_rig import NAME, Cable, broker, device, late_server, openssl_server, pattern, silent
from support import PATIENCE, Process, check, contains, same, wait_until
from tool_peers import Listener, TlsServer, read_exactly

EIO = 5


def echo(secure):
    while data := secure.recv(4096):
        secure.sendall(data)


def test_mutual_handshakes_and_lines():
    with device() as it:
        for version in ("-tls1_3", "-tls1_2"):
            with openssl_server(it, version) as port, Cable(port) as cable:
                result = cable.client(it.folder, "line", "hello UART", "shutdown")
                result.worked("open TLS 1." + version[-1], "line: TRAU olleh")


def test_mqtt():
    with device() as it, broker(it) as port, Cable(port) as cable:
        result = cable.client(it.folder, "telemetry/a", "a message", kind="mqtt")
        result.worked("telemetry/a: a message", "code HF_OK")


def test_data_both_ways():
    with device() as it, TlsServer(it.server, it.root, echo) as server, Cable(server.port) as cable:
        cable.client(it.folder, "echo", "200000", "shutdown").worked("moved 200000 out, 200000 in")


def test_a_line_that_takes_nothing_holds_the_device_back():
    """Flow control: the server reads nothing until the device has been held back."""
    with device() as it, late_server(it, 400000) as server, Cable(server.port) as cable:
        cable.server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        with Process(*cable.command(it.folder, "push", "400000", "shutdown")) as client:
            client.wait_line(r"^held back at \d+$")
            server.go_on.set()
            same(client.wait_end(), 0, f"exit code\n{client.text()}")


def test_the_name_and_the_ca_are_checked():
    with device() as it, TlsServer(it.server, it.root) as server:
        with Cable(server.port) as cable:
            result = cable.client(it.folder, name="meter.example")
            result.failed("HF_E_CERT_NAME", "TLS")
            contains(result.text, "alert sent bad_certificate\n")
            server.alert("bad_certificate")
        with Cable(server.port) as cable:
            result = cable.client(it.make("other", it.identities.other, it.identities.device))
            result.failed("HF_E_CERT_UNKNOWN_CA", "TLS")


class Noise:
    """Changes one bit of the byte at `at`, or loses it."""

    def __init__(self, at, lose=False):
        self.at, self.lose = at, lose

    def __call__(self, data):
        here, self.at = self.at, self.at - len(data)
        if not 0 <= here < len(data):
            return data
        middle = b"" if self.lose else bytes([data[here] ^ 4])
        return data[:here] + middle + data[here + 1:]


def test_noise_in_the_handshake():
    """The first bytes are a record's header, the random of ServerHello, and what follows is sealed."""
    with device() as it, TlsServer(it.server, it.root) as server:
        for at, code in ((0, "HF_E_NOT_TLS"), (1, "HF_E_RECORD_VERSION"), (20, "HF_E_BAD_RECORD_MAC"),
                         (400, "HF_E_BAD_RECORD_MAC")):
            with Cable(server.port, Noise(at)) as cable:
                cable.client(it.folder).failed(code, "TLS")


class RecordNoise:
    """Changes or loses a byte of application data, in the body of record `number` of their type."""

    def __init__(self, number, lose=False):
        self.number, self.lose = number, lose
        self.held = b""

    def __call__(self, data):
        self.held += data
        out = b""
        while len(self.held) >= 5 and len(self.held) >= 5 + int.from_bytes(self.held[3:5], "big"):
            size = 5 + int.from_bytes(self.held[3:5], "big")
            record, self.held = self.held[:size], self.held[size:]
            self.number -= record[0] == 23
            if self.number == 0 and record[0] == 23:
                record = Noise(size // 2, self.lose)(record)
            out += record
        return out


def test_noise_in_data():
    with device() as it:
        for lose in (False, True):
            with TlsServer(it.server, it.root, echo) as server, \
                    Cable(server.port, RecordNoise(30, lose)) as cable:
                result = cable.client(it.folder, "echo", "100000")
                result.failed("HF_E_BAD_RECORD_MAC", "TLS")
                contains(result.text, "alert sent bad_record_mac\n")


def test_a_line_that_loses_what_comes_ends_by_the_deadline():
    with device() as it, TlsServer(it.server, it.root) as server, Cable(server.port, lambda data: b"") as cable:
        result = cable.client(it.folder, deadline=700)
        result.failed("HF_E_TLS_TIMEOUT", "TLS")
        check(result.bytes_out() > 0, "the device has spoken")


def test_the_cable_is_cut():
    """While the device waits for data; in the handshake."""
    with device() as it:
        with TlsServer(it.server, it.root) as server, Cable(server.port) as cable, \
                Process(*cable.command(it.folder, "end")) as client:
            client.wait_line("^open")
            cable.cut()
            same(client.wait_end(), 1, "exit code")
            contains(client.text(), f"error HF_E_NETWORK stage TLS system {-EIO}")
        with Listener(silent) as server, Cable(server.port) as cable, \
                Process(*cable.command(it.folder)) as client:
            wait_until(lambda: cable.to_server > 0, "a ClientHello")
            cable.cut()
            same(client.wait_end(), 1, "exit code")
            contains(client.text(), f"error HF_E_CLOSED_IN_HANDSHAKE stage TLS system {-EIO}")


def test_the_device_as_server():
    """A client of the host's, over the same cable the other way round."""
    with device() as it, socket.create_server(("127.0.0.1", 0)) as listening, \
            Cable(listening.getsockname()[1]) as cable:
        own = it.make("server", it.root, it.server)
        context = ssl.create_default_context(cafile=it.root)
        context.load_cert_chain(*it.identities.device)
        connection = listening.accept()[0]
        connection.settimeout(PATIENCE)
        with Process(*cable.command(own, "echo", "5000", "end", target="accept")) as program, connection:
            program.wait_line("^listening$")
            with context.wrap_socket(connection, server_hostname=NAME) as secure:
                for at in range(0, 5000, 1000):  # records that fit into the device's buffer
                    secure.sendall(pattern(1000, at))
                same(read_exactly(secure, 5000) == pattern(5000), True, "what the device sent")
                secure.unwrap()
            same(program.wait_end(), 0, f"exit code\n{program.text()}")
            contains(program.text(), "clean end")


def bytes_waiting(terminal):
    return struct.unpack("i", fcntl.ioctl(terminal, termios.FIONREAD, b"\0" * 4))[0]


def test_what_came_before_is_dropped():
    """Bytes of a former life of the line do not disturb the handshake."""
    with device() as it, TlsServer(it.server, it.root, echo) as server, Cable(server.port) as cable:
        os.write(cable.master, b"login: ")
        wait_until(lambda: bytes_waiting(cable.slave) == 7, "seven bytes in the terminal")
        cable.client(it.folder, "echo", "10").worked("moved 10 out, 10 in")


def test_no_line():
    with device() as it, TlsServer(it.server, it.root) as server, Cable(server.port) as cable:
        cable.path = "/nonexistent"
        program = Process(*cable.command(it.folder))
        with program:
            same(program.wait_end(), 2, "exit code")
            contains(program.text(), "tty HF_E_FILE 2")


if __name__ == "__main__":
    import support
    support.main(sys.modules[__name__])
