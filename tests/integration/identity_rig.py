"""What the tests of handfast identity's work on files share: openssl as witness, an identity to look at,
the check of a refusal."""
import base64
import hashlib
import stat

import support
from support import contains, handfast, run, same

USAGE, LOCAL, CERTIFICATE = 2, 3, 6


def openssl(*arguments, **more):
    return run(support.require_program("openssl"), *arguments, **more)


def identity(*arguments, **more):
    return handfast("identity", *arguments, **more)


def refused(code, words, *arguments):
    """Its stderr: what, perhaps why, and what to do."""
    done = identity(*arguments, code=code)
    contains(done.stderr, words, "stderr")
    contains(done.stderr, "do: ", "stderr")
    same(done.stdout, "", "stdout of a refusal")
    return done.stderr


def mode_of(path):
    return oct(stat.S_IMODE(path.stat().st_mode))


def make(base):
    """A root, a CA below it, a server; the server's chain and key."""
    identity("ca", "--out", base / "root", "--name", "Test root")
    identity("ca", "--out", base / "line", "--name", "Test line", "--issuer", base / "root")
    identity("server", "--ca", base / "line", "--out", base, "--name", "broker.example")
    return base / "root/ca.pem", base / "broker.example.chain.pem", base / "broker.example.key"


def passwords(base):
    (base / "old.txt").write_text("an old one\n")
    (base / "new.txt").write_text("a new one\n")
    return base / "old.txt", base / "new.txt"


def spki_of_key(path, *more):
    pem = openssl("pkey", "-in", path, "-pubout", *more).stdout
    return hashlib.sha256(base64.b64decode("".join(pem.splitlines()[1:-1]))).hexdigest()
