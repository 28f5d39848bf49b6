"""handfast connect: what a connection cost, what would make it cheaper, and that it is then."""
import atexit
import re
import shutil
import sys
from pathlib import Path
from tempfile import mkdtemp

import support
from support import check, contains, handfast, same
from tool_peers import TlsServer
from tool_rig import BOTH, CERTIFICATE, OK, connect, identities, refuses


def advice(said):
    return re.findall(r"^  cheaper +(.*)$", said, re.M)


def test_what_it_cost():
    made = identities()
    for version, name in BOTH:
        with TlsServer(made.server, made.root, version=version) as server:
            said = connect(server.address).stdout
        contains(said, "\n  handshake    full\n")
        sent, received = map(int, re.search(r"certificates (\d+) bytes sent, (\d+) bytes received", said).groups())
        sizes = list(map(int, re.findall(r"certificate of (\d+) bytes", said)))
        framing = 4 + 4 + 5 * len(sizes) if name == "1.3" else 4 + 3 + 3 * len(sizes)
        same(received, sum(sizes) + framing, "bytes of the server's Certificate")
        check(sent > 600, f"bytes of our Certificate: {sent}")
        for part in ("1 secret agreed (x25519)", "2 certificate signatures verified", "1 handshake signature verified",
                     "1 signature made (ecdsa_secp256r1_sha256)", "buffers      input 16645, output 16645"):
            contains(said, part)
        same(["TLS 1.3 instead of 1.2: saves 1 round trip" in " ".join(advice(said))], [name == "1.2"], "advice")
        contains(said, "cheaper      the server's chain remembered (--remember FILE): saves 2 signature checks and ")
        contains(said, "cheaper      a session kept for the next time (--session FILE): saves ")


def test_what_a_retry_cost():
    made = identities()
    with TlsServer(made.server) as server:
        server.context.set_ecdh_curve("secp384r1")
        said = handfast("connect", server.address, "--ca", made.root).stdout
    contains(said, "(one round trip more)")
    told = re.search(r"cheaper +the group that the server wants, secp384r1, as the first of ours: saves (\d+) bytes and 1 "
                     r"round trip", said)
    check(told and int(told.group(1)) > 200, said)


def test_what_a_failure_cost():
    made = identities()
    with TlsServer(made.server, made.root) as server:
        said = handfast("connect", server.address, "--ca", made.other, code=CERTIFICATE).stdout
    check(re.search(r"^    TLS .*not over$", said, re.M), said)
    contains(said, "\n  handshake    not over\n")
    same(advice(said), [], "advice")


def chain_line(said):
    return re.search(r"^  chain +(.*)$", said, re.M).group(1)


def remember(file, address, *options):
    return connect(address, "--remember", str(file), *options)


def test_remembered_chain():
    made = identities()
    known = "remembered, 2 signatures saved, 0 verified"
    new = "not remembered before, 0 signatures saved, 2 verified"
    base = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    for version, _ in BOTH:
        file = base / f"chain-{version.value}"
        with TlsServer(made.server, made.root, version=version) as server:
            same(chain_line(remember(file, server.address).stdout), new, "the first time")
            same(file.stat().st_mode & 0o777, 0o600, "the file's mode")
            whole = file.read_bytes()
            same(len(whole), 200, "the file's size")
            same(chain_line(remember(file, server.address).stdout), known, "the second time")
            same(chain_line(remember(file, server.address, "--alpn", "mqtt").stdout), known, "another protocol")
            same(file.read_bytes(), whole, "what is in the file")
            for damaged, warns in ((whole[:-1], True), (whole + b"x", True), (b"", True),
                                   (whole[:50] + bytes([whole[50] ^ 1]) + whole[51:], False)):
                file.write_bytes(damaged)
                done = remember(file, server.address)
                same(chain_line(done.stdout), new, "a damaged file")
                same("this is no remembered chain" in done.stderr, warns, f"the warning: {done.stderr}")
                same(file.read_bytes(), whole, "the file was made anew")
            same(sorted(p.name for p in base.glob(f"{file.name}*")), [file.name], "files")
            missing = base / "missing" / "chain"
            done = remember(missing, server.address)
            same(done.returncode, OK, "a folder that is missing")
            contains(done.stderr, f"warning: {missing}: the chain was not remembered", "stderr")
            file.write_bytes(whole)
            said = refuses("HF_E_CERT_EXPIRED", CERTIFICATE, server.address, "--remember", str(file), "--time",
                           "2100-01-01T00:00:00Z")
            check("saved" not in said.stdout, said.stdout)
            same(file.read_bytes(), whole, "the file after a failure")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
