"""handfast doctor: each fault in how a server speaks TLS is named first, with its remedy and its exit code."""
import contextlib
import os
import re
import socket
import ssl
import struct
import sys

import support
from doctor_rig import (CERTIFICATE, EC, NAME, NETWORK, REFUSED, TIMEOUT, TLS, TLS11, TLS12, TLS13, Examined, at,
                        identities, made_by_openssl, weak)
from support import TOOL, Process, check, folder, same
from tool_peers import Listener, TlsServer, read_exactly, read_to_end

RERECORD = os.environ.get("HF_RERECORD", "")


def test_old_versions_only():
    for version, name in ((TLS11, "TLS 1.1"), (ssl.TLSVersion.TLSv1, "TLS 1.0")):
        with weak(TlsServer(identities().server, version=version)) as server:
            at(server).is_fault("versions", "old-version", TLS, "TLS 1.2 or 1.3", seen=name)


def test_no_common_suite():
    with TlsServer(identities().server, version=TLS12) as server:
        server.context.set_ciphers("ECDHE-ECDSA-AES128-SHA256")
        at(server).is_fault("versions", "no-common-suite", TLS, "AES-GCM", seen="ECDHE_ECDSA_WITH_AES_128_CBC_SHA256")


def test_no_common_group():
    for version in (TLS12, TLS13):
        with TlsServer(identities().server, version=version) as server:
            server.context.set_ecdh_curve("secp521r1")
            at(server).is_fault("versions", "no-common-group", TLS, "X25519", seen="secp521r1")


def test_no_common_signature_scheme():
    with TlsServer(made_by_openssl("edwards", ("ed25519",), identities().base / "root")) as server:
        at(server).is_fault("versions", "no-common-scheme", TLS, "P-256, P-384 or RSA")


def test_server_without_the_extended_master_secret():
    with TlsServer(identities().server, version=TLS12) as server:
        server.context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET
        at(server).is_healthy().saw("tls", "without the extended master secret", verdict="warning")


def test_version_that_is_not_there():
    with TlsServer(identities().server, version=TLS12) as server:
        at(server, "--tls", "1.3").is_fault("versions", "version", TLS, "Allow TLS 1.2")


def test_alpn():
    made = identities()
    with Process(TOOL, "listen", "127.0.0.1:0", "--cert", made.server[0], "--key", made.server[1], "--alpn", "mqtt") as server:
        port = int(server.wait_line(r"listening on .*:(\d+)").group(1))
        at(port, "--alpn", "http/1.1").is_fault("alpn", "alpn-not-matched", TLS)
        at(port, "--alpn", "mqtt").is_healthy().saw("alpn", "the server chose mqtt")


def test_sni():
    def answer(_, name, __):
        return None if name == NAME else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    with TlsServer(identities().server) as server:
        server.context.sni_callback = answer
        seen = Examined(f"127.0.0.1:{server.port}")
        seen.is_fault("sni", "sni-required", TLS, "--servername NAME")
        at(server, "--servername", "brokr.example").is_fault("sni", "sni-unknown", TLS, "full endpoint name")
        at(server).is_healthy().saw("sni", "without a name", verdict="note")


class Growing(Listener):
    """Before a server of TLS 1.3: each of its records gets 4000 zeros behind its content."""

    def __init__(self, port, log):
        self.target, self.log = port, log
        super().__init__(self._grow)

    def _grow(self, client):
        with Process(RERECORD, "--upstream", self.target, "--keylog", self.log, "--grow", "4000") as process:
            port = int(process.wait_line(r"^LISTEN (\d+)").group(1))
            with socket.create_connection(("127.0.0.1", port), support.PATIENCE) as server:
                Picky.join(client, server)


def test_record_too_large():
    def greet(connection):
        connection.sendall(b"hello")
        read_to_end(connection)
    with folder() as base, TlsServer(identities().server, version=TLS13, handler=greet) as server:
        server.context.keylog_filename = base / "log"
        with Growing(server.port, base / "log") as box:
            seen = at(box, "--input-buffer", "2048", "--tls", "1.3")
            seen.is_fault("records", "record-too-large", TLS, "Give an input buffer of ")
            size = re.search(r"buffer of (\d+)", seen.verdict["remedy"]).group(1)
            at(box, "--input-buffer", size, "--tls", "1.3").is_healthy().saw("fragments", verdict="warning")


class Picky(Listener):
    """A middlebox: hellos that `passes` says no to are dropped with their connection."""

    def __init__(self, port, passes):
        self.target, self.passes = port, passes
        super().__init__(self._look)

    def _look(self, client):
        header = read_exactly(client, 5)
        hello = header + read_exactly(client, struct.unpack(">H", header[3:])[0])
        if not self.passes(hello):
            return
        with socket.create_connection(("127.0.0.1", self.target), support.PATIENCE) as server:
            server.sendall(hello)
            self.join(client, server)

    @classmethod
    def join(cls, client, server):
        there = support.threading.Thread(target=cls._copy, args=(client, server), daemon=True)
        there.start()
        cls._copy(server, client)
        there.join(support.PATIENCE)

    @staticmethod
    def _copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(16384):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def test_middlebox_wants_compatibility():
    with TlsServer(identities().server) as server, \
         Picky(server.port, lambda hello: hello[43] != 0) as box:  # a session id
        at(box).is_fault("path", "compatibility-mode-needed", NETWORK, "compatibility mode")


def test_middlebox_breaks_tls13():
    with TlsServer(identities().server) as server, \
         Picky(server.port, lambda hello: b"\x00\x2b" + b"\x00\x05\x04\x03\x04" not in hello) as box:
        at(box).is_fault("path", "tls13-breaks", NETWORK, "offer only TLS 1.2")


def test_answers_that_make_no_sense():
    """Whatever comes instead of a ServerHello ends in a verdict."""
    hello = bytes([2, 0, 0, 44, 3, 3]) + bytes(32) + bytes([0, 0xc0, 0x23, 0, 0, 4, 0xff, 1, 0, 0])

    def record(kind, content):
        return bytes([kind, 3, 3]) + struct.pack(">H", len(content)) + content
    answers = [record(22, hello), record(22, hello[:20]), record(22, hello + bytes([12, 0, 0, 4, 3, 0, 25, 0])),
               record(22, bytes([2, 255, 255, 255]) + bytes(300)), record(22, b""), record(21, b"\2"),
               b"\x16\3\3\xff\xff" + bytes(5000), record(22, bytes([12, 0, 0, 1, 3])), b"\x16", bytes(5), b"\xff" * 4096,
               record(22, hello[:-6] + bytes([255, 255, 0, 43, 0, 2, 3, 4])),
               record(22, hello[:38] + bytes([33]) + bytes(60)), record(23, bytes(100)), b"HTTP" + bytes(3), b"\x80\x2e\1\3\1"]
    for answer in answers:
        def reply(connection, answer=answer):
            with contextlib.suppress(OSError):
                if connection.recv(4096)[:1] == b"\x16":
                    connection.sendall(answer)
        with Listener(reply) as server:
            seen = at(server, "--timeout", "1")
        check(seen.verdict["verdict"] == "fault" and seen.code in (NETWORK, TLS, REFUSED, TIMEOUT), f"{answer[:60]}: {seen.said}")
        same(seen.done.stderr, "", f"stderr after {answer[:60]}")


def test_certificate_with_very_many_names():
    names = ",".join(f"DNS:{'x' * 60}{i}.{'y' * 60}.example" for i in range(60)) + f",DNS:{NAME}"
    with TlsServer(made_by_openssl("many", EC, identities().base / "root", names=names)) as server:
        at(server).is_healthy()
        at(server, "--servername", "z.example").is_fault("name", "wrong-name", CERTIFICATE)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
