"""What the tests of `handfast decode` share: connections of other people's programs, recorded by a proxy once each, and
the JSON lines that decode makes of them."""
import collections
import contextlib
import functools
import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path

from captures import Conversation, Recorder, frames, pcapng
from support import PATIENCE, Process, check, free_port, handfast, require_program, run, same, wait_until
from tool_peers import Identities

OK, USAGE, LOCAL, NO_TLS, CERTIFICATE = 0, 2, 3, 5, 6
HELD = tempfile.TemporaryDirectory(prefix="handfast-test-")  # gone with the process
BASE = Path(HELD.name)
REQUEST = b"GET / HTTP/1.0\r\n\r\n"

Session = collections.namedtuple("Session", "records keylog")


@functools.lru_cache(None)
def identities():
    base = BASE / "identities"
    base.mkdir()
    return Identities(base)


def client_command(address, *options):
    return ["openssl", "s_client", "-connect", address, "-CAfile", str(identities().root), "-ign_eof", *options]


def run_client(command, *steps):
    """Feeds a client. Each step is (text, what it has to print before it goes on, or a condition; None: nothing)."""
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    timer = threading.Timer(PATIENCE, child.kill)
    timer.start()
    try:
        for text, until in steps:
            with contextlib.suppress(BrokenPipeError):  # it may have ended, refused
                child.stdin.write(text)
                child.stdin.flush()
            seen = b""
            if callable(until):
                wait_until(until, f"what {command[0]} should bring about")
                continue
            while until is not None and until not in seen:
                piece = os.read(child.stdout.fileno(), 4096)
                check(piece, f"{command[0]} ended: {seen}")
                seen += piece
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        child.stdout.read()
        child.wait()
    finally:
        timer.cancel()
        child.kill()
        child.wait()
        child.stdout.close()


@functools.lru_cache(None)
def record(*options, client=(), rounds=1):
    """Sessions of openssl s_client with openssl s_server, and the server's key log. {session} in the
    client's options is a file that the first round writes and later ones read."""
    made = identities()
    base = Path(tempfile.mkdtemp(dir=BASE))
    port = free_port()
    session = base / "session"
    with Process("openssl", "s_server", "-port", port, "-cert", made.server[0], "-key", made.server[1],
                 "-chainCAfile", made.root, "-keylogfile", base / "keys.log", "-www", *options) as server:
        server.wait_port(port)
        with Recorder(port) as recorder:
            for number in range(rounds):
                more = list(client)
                if rounds > 1:
                    more += ["-sess_out" if number == 0 else "-sess_in", str(session)]
                run_client(client_command(recorder.address, *more), (REQUEST, None))
            recorder.wait()
    return [Session(tuple(records), (base / "keys.log").read_bytes()) for records in recorder.sessions]


def decode(data, *options, name="capture", code=OK):
    """Lines of `decode --json` of these bytes."""
    file = BASE / name
    file.write_bytes(data)
    done = handfast("decode", "--json", *options, file, code=code)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def of(lines, event, direction=None):
    return [line for line in lines if line["event"] == event and direction in (None, line.get("direction"))]


def messages(lines):
    """(type, length) of both directions."""
    return {side: [(line["type"], line["length"]) for line in of(lines, "message", side)]
            for side in ("sent", "received")}


def records(lines):
    return {side: [line["length"] for line in of(lines, "record", side)] for side in ("sent", "received")}


def verdict(lines):
    return of(lines, "verdict")[0]


def tshark(file):
    """The same as tshark reads them: (messages, records)."""
    fields = ["tcp.srcport", "tls.record.length", "tls.handshake.type", "tls.handshake.length"]
    command = [require_program("tshark"), "-r", file, "-d", "tcp.port==8883,tls", "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    found = {side: [] for side in ("sent", "received")}, {side: [] for side in ("sent", "received")}
    for line in run(*command, timeout=PATIENCE * 3).stdout.splitlines():
        port, lengths, kinds, sizes = (line.split("\t") + [""] * 4)[:4]
        side = "received" if port == "8883" else "sent"
        if kinds:
            found[0][side] += list(zip(map(int, kinds.split(",")), map(int, sizes.split(","))))
        if lengths:
            found[1][side] += [int(length) + 5 for length in lengths.split(",")]
    return found


def agrees_with_tshark(session, must=(), name="agree.pcapng"):
    """Decodes a session with its secrets, compares, and returns the lines."""
    data = pcapng(frames([Conversation(session.records)]), keylog=session.keylog)
    lines, _ = decode(data, name=name)
    theirs, sizes = tshark(BASE / name)
    same(messages(lines), theirs, "messages")
    same(records(lines), sizes, "records")
    kinds = [line["type"] for line in of(lines, "message")]
    for kind in must:
        check(kind in kinds, f"message {kind} is missing: {kinds}")
    same((verdict(lines)["outcome"], verdict(lines)["from_client"]["unread"], verdict(lines)["from_server"]["unread"]),
         ("completed", 0, 0), "the verdict")
    return lines
