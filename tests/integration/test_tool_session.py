"""handfast connect, pub and sub --session: a file that makes the next connection cheaper, and is never in
the way."""
import stat
import sys

import support
from listen_rig import NAME, Server, identities
from pki import pki
from support import check, contains, folder, handfast, same
from test_mosquitto import broker
from tool_peers import fails

LOCAL = 3
NEXT = "; there is a session for the next time"


def connect(server, path, *more):
    """The summary's word on resumption."""
    made = identities()
    done = handfast("connect", f"127.0.0.1:{server.port}", "--ca", made.root, "--servername", NAME, *more,
                    *(["--session", path] if path else []))
    lines = [line.split(None, 1)[1] for line in done.stdout.splitlines() if line.startswith("  resumed ")]
    same(len(lines), 1 if path else 0, f"lines about it:\n{done.stdout}")
    return lines[0] if lines else ""


def test_connect():
    for version in ("1.2", "1.3"):
        with Server() as server, folder() as base:
            path = base / "session"
            same([connect(server, path, "--tls", version) for _ in range(3)],
                 [f"no{NEXT}", f"yes{NEXT}", f"yes{NEXT}"], f"resumed, TLS {version}")
            same(stat.S_IMODE(path.stat().st_mode), 0o600, "mode of the file")
            same([it.name for it in base.iterdir()], ["session"], "nothing else is left")
            same(connect(server, None), "", "without --session")


def test_client_certificates():
    device = ("--cert", identities().device[0], "--key", identities().device[1])
    with Server(client_ca=True) as server, folder() as base:
        same([connect(server, base / "session", *device) for _ in range(2)], [f"no{NEXT}", f"yes{NEXT}"], "resumed")


def test_a_file_that_does_not_fit():
    damaged = f"no: the session in the file is damaged, too old, or for another server or other settings{NEXT}"
    with Server() as server, Server() as stranger, folder() as base:
        path = base / "session"
        path.write_bytes(b"")
        same(connect(server, path), f"no{NEXT}", "an empty file")
        good = path.read_bytes()
        for bad in (good[:-1], b"x" + good[1:], good + b"x", b"no session\n", bytes(300), b"x" * 200000):
            path.write_bytes(bad)
            if len(bad) < 200000:
                same(connect(server, path), damaged, "a damaged file")
                same(connect(server, path), f"yes{NEXT}", "it was replaced")
            else:
                fails("A file is too large", LOCAL, "connect", f"127.0.0.1:{server.port}", "--ca", identities().root,
                      "--servername", NAME, "--session", path)
        path.write_bytes(good)
        same(connect(server, path, "--tls", "1.2"), damaged, "in another version")
        connect(server, path)
        same(connect(stranger, path), f"no: the server did not take the session{NEXT}", "another server")


def test_a_server_without_tickets():
    """A ticket of TLS 1.3 is for one connection: when there is no new one, the file goes."""
    with Server() as server, Server("--no-tickets") as other, folder() as base:
        path = base / "session"
        connect(server, path)
        same(connect(other, path), "no: the server did not take the session", "resumed")
        check(not path.exists(), "the file is gone")
        same(connect(other, path), "no", "resumed")
        check(not path.exists(), "there is no file")


def test_a_file_that_cannot_be_written():
    with Server() as server, folder() as base:
        done = handfast("connect", f"127.0.0.1:{server.port}", "--ca", identities().root, "--servername", NAME,
                        "--session", base / "none" / "session")
        contains(done.stderr, "warning: the session could not be kept in", "stderr")
        fails("A file could not be read", LOCAL, "connect", f"127.0.0.1:{server.port}", "--ca", identities().root,
              "--servername", NAME, "--session", base)


def test_pub_and_sub():
    it = pki().client()
    with broker("ecdsa") as (process, port), folder() as base:
        common = ["-h", "localhost", "-p", port, "--ca", pki().root().leaf, "--servername", NAME, "--cert", it.chain,
                  "--key", it.key, "--session", base / "session", "--summary"]
        words = [handfast("pub", "-t", "a/b", "-q", "1", "-r", "-m", "hello", *common, *more).stderr
                 for more in ((), (), ("-d",))]
        for text, resumed in zip(words, ("no", "yes", "yes")):
            contains(text, f"  resumed      {resumed}", "the summary")
        contains(words[2], ", resumed;", "what -d says")
        done = handfast("sub", "-t", "a/b", "-C", "1", *common)
        same(done.stdout, "hello\n", "the message")
        contains(done.stderr, "  resumed      yes", "the summary of sub")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
