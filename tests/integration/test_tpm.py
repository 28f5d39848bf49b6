"""Private keys in a TPM 2.0 (swtpm), through tpm2-openssl's provider: keys in files that the TPM has
wrapped, persistent ones by handle, and a TPM that refuses, goes away and comes back."""
import atexit
import os
import re
import shutil
import ssl
import sys
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from support import (Process, Skip, contains, folder, handfast, main, require_program, run,
                     same, wait_until)
from token_rig import Listening, try_example
from tool_peers import Identities, TlsServer

PROVIDER = ("/usr/lib/x86_64-linux-gnu/ossl-modules/tpm2.so",
            "/usr/lib/aarch64-linux-gnu/ossl-modules/tpm2.so")
USE = ("-provider", "tpm2", "-provider", "default", "-propquery", "?provider=tpm2")
PASSWORD = "correct horse"
HANDLE = "0x81000001"
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


class Tpm(Process):
    """A TPM with its state in `base`; .environment finds it."""

    def __init__(self, base):
        self.socket = base / "tpm"
        state = base / "state"
        state.mkdir(exist_ok=True)
        started = base / "pid"  # written once both sockets are there
        for path in (self.socket, Path(f"{self.socket}.ctrl"), started):
            path.unlink(missing_ok=True)
        super().__init__(require_program("swtpm"), "socket", "--tpm2", "--tpmstate", f"dir={state}",
                         "--server", f"type=unixio,path={self.socket}",
                         "--ctrl", f"type=unixio,path={self.socket}.ctrl",
                         "--flags", "not-need-init,startup-clear", "--pid", f"file={started}")
        tcti = f"swtpm:path={self.socket}"
        self.environment = dict(os.environ, TPM2OPENSSL_TCTI=tcti, TPM2TOOLS_TCTI=tcti,
                                TSS2_LOG="all+none")
        wait_until(lambda: started.exists() and started.read_text(), "swtpm")

    def openssl(self, *words):
        run("openssl", *words, env=self.environment)

    def make_key(self, path, *kind, password=None):
        more = () if password is None else ("-pkeyopt", f"user-auth:{password}")
        words = [part for option in kind for part in ("-pkeyopt", option)]
        algorithm = "RSA" if kind[0].startswith("bits") else "EC"
        self.openssl("genpkey", *USE, "-algorithm", algorithm, *words, *more, "-out", path)

    def make_persistent(self, base):
        """A P-256 key with a password behind HANDLE."""
        for words in (("createprimary", "-C", "o", "-G", "ecc", "-c", base / "primary"),
                      ("create", "-C", base / "primary", "-G", "ecc", "-u", base / "pub", "-r",
                       base / "priv", "-p", PASSWORD),
                      ("load", "-C", base / "primary", "-u", base / "pub", "-r", base / "priv",
                       "-c", base / "key"),
                      ("evictcontrol", "-c", base / "key", HANDLE)):
            run(require_program("tpm2_" + words[0]), *words[1:], env=self.environment)
            run(require_program("tpm2_flushcontext"), "-t", env=self.environment)


class Rig:
    """A TPM with keys, and certificates for them out of requests that the TPM signed."""

    def __init__(self, base):
        require_program("swtpm")
        if not any(Path(path).exists() for path in PROVIDER):
            raise Skip("tpm2-openssl is not installed")
        self.base = base
        self.made = Identities(base)
        self.password = base / "password"
        self.password.write_text(PASSWORD + "\n")
        self.wrong = base / "wrong"
        self.wrong.write_text("battery staple\n")
        self.keys = {"p256": base / "p256.pem", "p384": base / "p384.pem",
                     "rsa2048": base / "rsa2048.pem", "handle": f"handle:{HANDLE}"}
        self.tpm = Tpm(base)
        atexit.register(self.tpm.stop)
        self.tpm.make_key(self.keys["p256"], "group:P-256")
        self.tpm.make_key(self.keys["p384"], "group:P-384")
        self.tpm.make_key(self.keys["rsa2048"], "bits:2048", password=PASSWORD)
        self.tpm.make_persistent(base)
        self.chains = {kind: self.certify(kind) for kind in self.keys}

    def words(self, kind):
        return ("--key-password-file", self.password) if kind in ("rsa2048", "handle") else ()

    def certify(self, kind):
        """Asks for a certificate with `identity csr`, and has openssl give it, as a CA would."""
        password = ("--password-file", self.password) if self.words(kind) else ()
        handfast("identity", "csr", "--id", kind, "--key", self.keys[kind], *password, "--out",
                 self.base, env=self.tpm.environment)
        line = self.base / "line"
        run("openssl", "x509", "-req", "-in", self.base / f"{kind}.csr", "-CA", line / "ca.pem",
            "-CAkey", line / "ca.key", "-copy_extensions", "copy", "-days", "30", "-out",
            self.base / f"{kind}.leaf.pem")
        chain = self.base / f"{kind}.chain.pem"
        chain.write_text((self.base / f"{kind}.leaf.pem").read_text() + (line / "ca.pem").read_text())
        return chain


@lru_cache(maxsize=None)
def rig():
    base = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return Rig(base)


def connect(server, kind, *options, code=0, env=None, key=None, password=True):
    words = rig().words(kind) if password else ()
    return handfast("connect", server.address, "--servername", "broker.example", "--ca",
                    rig().made.root, "--cert", rig().chains[kind], "--key", key or rig().keys[kind],
                    *words, *options, code=code, env=env or rig().tpm.environment)


def server(version=None):
    return TlsServer(rig().made.server, client_ca=rig().made.root, version=version)


def refused(kind, *parts, **more):
    """A connection that ends before anything is sent."""
    with server() as peer:
        done = connect(peer, kind, code=3, **more)
        for part in parts:
            contains(done.stderr, part, "stderr")
        same(peer.connections, [], "connections made")


def test_every_key_signs_in_both_versions():
    for version in (V12, V13):
        with server(version) as peer:
            for kind in rig().keys:
                contains(connect(peer, kind).stdout, "verdict      accepted")
            peer.wait()
            same(peer.errors, [], "errors of the server")


def test_show():
    done = handfast("identity", "show", rig().keys["p384"], rig().chains["p384"],
                    env=rig().tpm.environment)
    contains(done.stdout, "P-384, TPM 2.0, which it never leaves")
    contains(done.stdout, "belong together")


def test_what_can_be_wrong():
    refused("p256", "HF_E_KEY_MISMATCH (setup)", key=rig().keys["p384"])
    refused("rsa2048", "The TPM's key wants a password", password=False)
    refused("handle", "There is no such key in the TPM", key="handle:0x81000009")
    refused("handle", "There is no such key in the TPM", key="handle:nothing")
    refused("p256", "provider for TPM 2.0 is not installed", "Debian: tpm2-openssl",
            env=dict(rig().tpm.environment, OPENSSL_MODULES="/nowhere"))
    with folder() as base:
        refused("p256", "The TPM does not answer", "/dev/tpmrm0",
                env=dict(rig().tpm.environment, TPM2OPENSSL_TCTI=f"swtpm:path={base}/nothing"))
        with Tpm(base) as other:
            refused("p256", "does not take the key in the file", "the one TPM that made it",
                    env=other.environment)
        cut = base / "cut.pem"
        cut.write_text("\n".join(rig().keys["p256"].read_text().splitlines()[:3]) + "\n")
        refused("p256", "does not take the key in the file", key=cut)


def tries():
    """Of wrong passwords, as the TPM counts them; one that was not shut down in order counts, too."""
    told = run(require_program("tpm2_getcap"), "properties-variable", env=rig().tpm.environment)
    return int(re.search(r"LOCKOUT_COUNTER: 0x([0-9A-Fa-f]+)", told.stdout).group(1), 16)


def test_a_wrong_password_is_tried_once_and_a_locked_tpm_is_named():
    before = tries()
    with server(V13) as peer:
        wrong = ("--key-password-file", rig().wrong)
        done = connect(peer, "handle", *wrong, password=False, code=3)
        contains(done.stderr, "does not take the key's password")
        contains(done.stderr, "is not tried again")
        peer.alert("internal_error")
    same(tries(), before + 1, "tries of the password")
    with server() as peer:
        connect(peer, "handle", *wrong, password=False, code=3)
        connect(peer, "handle", *wrong, password=False, code=3)
        contains(connect(peer, "handle", code=3).stderr, "The TPM is locked after wrong passwords")
        run(require_program("tpm2_dictionarylockout"), "--clear-lockout", env=rig().tpm.environment)
        connect(peer, "handle")


def test_the_doctor_tries_a_wrong_password_once():
    """It makes many connections, each of which would ask for a signature."""
    before = tries()
    with server() as peer:
        done = handfast("doctor", peer.address, "--servername", "broker.example", "--ca",
                        rig().made.root, "--cert", rig().chains["handle"], "--key",
                        rig().keys["handle"], "--key-password-file", rig().wrong, code=None,
                        env=rig().tpm.environment)
        contains(done.stdout, "does not take the key's password")
    same(tries(), before + 1, "tries of the password")
    run(require_program("tpm2_dictionarylockout"), "--clear-lockout", env=rig().tpm.environment)


def test_listen_while_the_tpm_comes_and_goes():
    with Listening(rig().chains["p256"], rig().keys["p256"],
                   env=rig().tpm.environment) as listening:
        for version in (V12, V13):
            same(listening.says_hello(version), True, "an echo")
        rig().tpm.stop()
        same(listening.fails(V13), True, "no echo")
        listening.wait_line(r" failed .*error=HF_E_SIGNER_GONE .*reason=\"The TPM ")
        rig().tpm = Tpm(rig().base)
        atexit.register(rig().tpm.stop)
        same(listening.says_hello(V13), True, "an echo")


def test_the_library_signs_with_a_tpm():
    with TlsServer(rig().made.server, client_ca=rig().made.root, version=V13) as peer:
        for kind, scheme in (("p256", "0x0403"), ("p384", "0x0503")):
            try_example(peer.address, rig().made.root, rig().chains[kind], rig().keys[kind], scheme,
                        rig().tpm.environment)
        peer.wait()
        same(peer.errors, [], "errors of the server")


if __name__ == "__main__":
    main(sys.modules[__name__])
