"""Who talks: certificates of both profiles, the server, and the proxy that puts its flight into one record."""
import contextlib
import json
import ssl
import subprocess
import sys

from builds import PSA, SOURCE, TREE
from pki import CA, FOR_CLIENT, FOR_SERVER, NAME, SAN, pki
from support import Process, require_program, run

LARGEST = 640  # bytes of a certificate in the P-256 profile
SMALL = "p256"  # profiles with that in their name have small certificates of P-256, the others RSA's


def aws_server():
    """An RSA-2048 leaf of nearly 2 KB, its issuer, and the root once more, signed by an older root."""
    maker = pki()
    names = ",".join(f"DNS:*.endpoint-{i:02}.region-{i:02}.broker.example" for i in range(28))
    leaf = maker._make("server-aws", "rsa2048", f"/CN={NAME}", FOR_SERVER + f"subjectAltName=DNS:{NAME},{names}\n",
                       maker.intermediate("rsa"))
    root, older = maker.root("rsa"), maker._make("root-older", "rsa2048", "/O=Handfast tests/CN=Older root", CA)
    cross, extensions = maker.folder / "root-cross.pem", maker.folder / "root-cross.ext"
    extensions.write_text(CA)
    run("openssl", "x509", "-x509toreq", "-in", root.leaf, "-signkey", root.key, "-out", maker.folder / "cross.csr")
    run("openssl", "x509", "-req", "-in", maker.folder / "cross.csr", "-CA", older.leaf, "-CAkey", older.key,
        "-set_serial", "77", "-days", "300", "-sha384", "-extfile", extensions, "-out", cross)
    leaf.rest.write_text(maker.intermediate("rsa").leaf.read_text() + cross.read_text())
    return leaf


def padded(name, subject, extensions, issuer=None):
    """A P-256 identity whose certificate is nearly as large as the profile allows: a comment fills it."""
    maker = pki()
    short = maker._make(f"{name}-short", "p256", subject, extensions + "nsComment=" + "x" * 150 + "\n", issuer)
    size = 150 + LARGEST - 2 - len(ssl.PEM_cert_to_DER_cert(short.leaf.read_text()))
    it = maker._make(name, "p256", subject, f"{extensions}nsComment={'x' * size}\n", issuer)
    real = len(ssl.PEM_cert_to_DER_cert(it.leaf.read_text()))
    if not LARGEST - 12 <= real <= LARGEST:
        sys.exit(f"{name}: a certificate of {real} bytes, to be {LARGEST}")
    return it


def p256_chain(name, subject, extensions):
    root = padded("root-p256", "/O=Handfast tests/CN=Root of the P-256 profile", CA)
    issuer = padded("int-p256", "/O=Handfast tests/CN=Intermediate of the P-256 profile", CA, root)
    return padded(name, subject, extensions, issuer)


def p256_server(name="server-p256"):
    return p256_chain(name, f"/CN={NAME}", FOR_SERVER + SAN)


class Parties:
    """The server's identity and our own, and the root of each."""

    def __init__(self, profile):
        self.in_pieces = not profile.startswith(PSA)  # else a record has to fit into the input buffer
        if SMALL in profile:
            self.server, self.device = p256_server(), p256_chain("device-p256", "/CN=device", FOR_CLIENT)
            self.server_root = self.device_root = self.server.issuer.issuer
        else:
            self.server, self.device = aws_server(), pki().client()
            self.server_root, self.device_root = pki().root("rsa"), pki().root()

    def flash(self, where):
        """The files that stand for a device's flash."""
        it = self.device
        for source, name, what in ((self.server_root.leaf, "root.der", "x509"), (it.leaf, "leaf.der", "x509"),
                                   (it.issuer.leaf, "intermediate.der", "x509"), (it.key, "key.der", "pkey")):
            run("openssl", what, "-in", source, "-outform", "DER", "-out", where / name)


class Server:
    """openssl s_server that asks for a certificate and reverses lines."""

    def __init__(self, where, identity, clients, *options):
        self.log = where / "keys.log"
        command = ["stdbuf", "-oL", require_program("openssl"), "s_server", "-accept", "127.0.0.1:0", "-rev", "-cert",
                   identity.leaf, "-key", identity.key, "-cert_chain", identity.rest, "-CAfile",
                   clients.leaf, "-Verify", "4", "-verify_return_error", "-keylogfile", self.log, *options]
        self.process = Process(*command)
        self.port = int(self.process.wait_line(r"^ACCEPT (?:\S+:)?(\d+)").group(1))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stop()


def build_proxy():
    """tests/peers/rerecord.c, for this machine."""
    TREE.mkdir(parents=True, exist_ok=True)
    sources = sorted((SOURCE / "tests" / "peers").glob("rerecord*.c"))
    subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-O1", f"-I{SOURCE / 'tests'}", *sources, "-lcrypto", "-o",
                    TREE / "rerecord"], check=True)


@contextlib.contextmanager
def way_to(server, larger_than):
    """A port for one connection with the server, whose flight comes in one record, which has to be larger
    than that many bytes."""
    server.log.write_bytes(b"")  # the device's random numbers repeat, and so does what keys are found by
    with Process(TREE / "rerecord", "--upstream", server.port, "--keylog", server.log) as proxy:
        yield int(proxy.wait_line(r"^LISTEN (\d+)").group(1))
        proxy.wait_end()
        saw = json.loads(proxy.text().split("\n")[-1])
    if saw.get("joined", 0) <= larger_than:
        sys.exit(f"the server's flight was to be one record of more than {larger_than} bytes: {saw}")
