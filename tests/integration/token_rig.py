"""What the tests of keys in tokens and TPMs share: `handfast listen` with such a key, and clients."""
import os
import socket
import ssl
from pathlib import Path

from support import BACKEND, PATIENCE, TOOL, Process, Skip, contains, run


def try_example(address, root, chain, key, scheme, env):
    """examples/hardware_key.c: the same key through the library."""
    if BACKEND != "openssl":
        raise Skip(f"the backend is {BACKEND}")
    done = run(Path(os.environ["HF_EXAMPLES"]) / "hardware_key", address, root, chain, key, env=env)
    contains(done.stdout, f"signed with {scheme}")


class Listening(Process):
    """`handfast listen`, ready, as an echo; .port is its own."""

    def __init__(self, chain, key, *options, env):
        super().__init__(TOOL, "listen", "127.0.0.1:0", "--cert", chain, "--key", key, "--any-name",
                         *options, env=env)
        try:
            self.port = int(self.wait_line(r"^listening on .*:(\d+)$").group(1))
        except BaseException:
            self.stop()
            raise

    def says_hello(self, version):
        """Whether a client of this version is served. What certificate is shown is not the matter."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as plain:
            with context.wrap_socket(plain) as secure:
                secure.sendall(b"hello")
                return secure.recv(5) == b"hello"

    def fails(self, version):
        """Whether the server ends the handshake with internal_error: it cannot sign."""
        try:
            self.says_hello(version)
        except ssl.SSLError as error:
            return "INTERNAL_ERROR" in (error.reason or "")
        return False
