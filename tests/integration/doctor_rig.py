"""What the tests of the doctor share: identities, a run of it with --json, servers that it should find fault with."""
import atexit
import json
import shutil
import ssl
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import support
from support import check, contains, handfast, require_program, run, same
from tool_peers import Identities, TlsServer

OK, USAGE, LOCAL, NETWORK, TLS, CERTIFICATE, REFUSED, TIMEOUT = 0, 2, 3, 4, 5, 6, 7, 8
STEPS = ("files", "resolve", "tcp", "service", "tls", "versions", "clock", "chain", "name", "client", "alpn", "sni",
         "records", "fragments", "path", "resumption", "mqtt", "keep-alive", "fit")
TLS11, TLS12, TLS13 = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
NAME = "broker.example"


@lru_cache(maxsize=None)
def identities():
    base = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return Identities(base)


class Examined:
    """A run of the doctor with --json: .steps by name, .verdict, .code."""

    def __init__(self, target, *options, device=True, ca=None):
        made = identities()
        words = ["doctor", target, "--json", "--timeout", "4", "--ca", ca or made.root]
        if device:
            chain, key = made.device if device is True else device
            words += ["--cert", chain, "--key", key]
        self.done = handfast(*words, *options, code=None, timeout=60)
        self.said = self.done.stdout + self.done.stderr
        self.code = self.done.returncode
        lines = [json.loads(line) for line in self.done.stdout.splitlines()]
        check(lines, self.said)
        self.steps = {line["step"]: line for line in lines[:-1]}
        self.verdict = lines[-1]
        same(tuple(self.steps), STEPS, "the steps, in order")
        same(self.verdict["kind"], "verdict", "the last line")
        same(self.verdict["exit"], self.code, "the exit code that it says")

    def is_fault(self, step, cause, code, *remedy, seen=()):
        same((self.verdict["verdict"], self.verdict["step"], self.verdict.get("cause")), ("fault", step, cause),
             f"the first cause, of:\n{self.said}\n")
        same(self.code, code, f"exit code of:\n{self.said}\n")
        for words in remedy:
            contains(self.verdict["remedy"], words, "the remedy")
        for words in (seen,) if isinstance(seen, str) else seen:
            contains("\n".join(self.verdict["seen"]), words, "what was seen")
        return self

    def is_healthy(self):
        faults = [(name, step["cause"]) for name, step in self.steps.items() if step["verdict"] == "fault"]
        same(faults, [], f"faults of:\n{self.said}\n")
        same(self.code, OK, "exit code")
        return self

    def saw(self, step, *words, verdict=None):
        for word in words:
            contains("\n".join(self.steps[step]["seen"]), word, f"what {step} saw")
        if verdict is not None:
            same(self.steps[step]["verdict"], verdict, f"verdict of {step}: {self.steps[step]}")
        return self


def at(server, *options, **more):
    """Under the server's name, which leads to this port of loopback."""
    port = getattr(server, "port", server)
    return Examined(f"{NAME}:{port}", "--address", "127.0.0.1", *options, **more)


def made_by_openssl(name, key, issuer=None, digest="-sha256", purpose="serverAuth", names=f"DNS:{NAME}"):
    """(chain, key) of what `handfast identity` refuses to make."""
    require_program("openssl")
    base = identities().base
    chain, private, request, extensions = (base / f"{name}{end}" for end in (".pem", ".key", ".csr", ".ext"))
    extensions.write_text((f"subjectAltName={names}\n" if names else "") + "basicConstraints=critical,CA:FALSE\n"
                          f"keyUsage=critical,digitalSignature\nextendedKeyUsage={purpose}\n")
    run("openssl", "req", "-new", "-newkey", *key, "-nodes", "-keyout", private, "-out", request, "-subj", f"/CN={name}")
    signer = ["-signkey", private] if issuer is None else ["-CA", issuer / "ca.pem", "-CAkey", issuer / "ca.key",
                                                           "-CAcreateserial"]
    run("openssl", "x509", "-req", "-in", request, *signer, "-out", chain, digest, "-days", "365", "-extfile", extensions)
    return chain, private


def weak(server):
    """Lets Python's OpenSSL use what it refuses by default."""
    server.context.set_ciphers("ALL:@SECLEVEL=0")
    return server


def remade(name, *options, server=NAME):
    return identities().make("server", name, "--force", "--name", server, *options)


class Weak(TlsServer):
    """Serves what OpenSSL refuses to load by default."""

    def __init__(self, identity, **more):
        made = identities()
        super().__init__(made.server, **more)
        listening = self.context
        self.context = support.tls_context(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers("ALL:@SECLEVEL=0")
        self.context.minimum_version, self.context.maximum_version = listening.minimum_version, listening.maximum_version
        self.context.load_cert_chain(*identity)
