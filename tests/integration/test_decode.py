"""handfast decode: captures of other people's programs, made here from what a proxy has recorded, in
every format and link type, whole and damaged; message types and sizes as tshark reads them."""
import collections
import contextlib
import functools
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import captures
from captures import CLIENT, RST, ACK, SERVER, Conversation, Recorder, frames, pcap, pcapng
from support import PATIENCE, Process, check, contains, free_port, handfast, main, require_program, run, same, wait_until
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


# ---- against tshark

def test_tls13_as_tshark_reads_it():
    for suite in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"):
        lines = agrees_with_tshark(record("-tls1_3", "-ciphersuites", suite)[0], must=(1, 2, 8, 11, 15, 20, 4))
        same(len(of(lines, "keys")), 4, "changes of keys")
        contains(verdict(lines)["what"], suite)


def test_tls12_as_tshark_reads_it():
    for suite in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
                  "ECDHE-ECDSA-AES128-CCM"):
        session = record("-tls1_2", "-cipher", suite, client=("-cipher", suite))[0]
        lines = agrees_with_tshark(session, must=(1, 2, 11, 12, 14, 16, 20))
        same(len(of(lines, "keys")), 2, "changes of keys")
        same(verdict(lines)["version"], 0x0303, "version")


def test_suites_that_the_engine_does_not_offer():
    for suite in ("PSK-AES128-GCM-SHA256", "PSK-AES256-GCM-SHA384", "DHE-PSK-AES128-CCM", "ECDHE-PSK-CHACHA20-POLY1305"):
        options = ("-cipher", suite, "-psk", "00112233445566778899aabbccddeeff")
        lines = agrees_with_tshark(record("-tls1_2", *options, client=options)[0], must=(16, 20))
        check(verdict(lines)["from_client"]["data"] == len(REQUEST), f"{suite}: data are read")


def test_hello_retry_request():
    lines = agrees_with_tshark(record("-tls1_3", "-groups", "P-384", client=("-groups", "X25519:P-384"))[0])
    same([kind for kind, _ in messages(lines)["sent"]][:2], [1, 1], "two ClientHellos")


def test_client_certificate():
    chain, key = identities().device
    client = ("-cert", str(chain), "-key", str(key))
    for version in ("-tls1_3", "-tls1_2"):
        lines = agrees_with_tshark(record(version, "-Verify", "1", "-CAfile", str(identities().root), client=client)[0],
                                   must=(13,))
        check(15 in [kind for kind, _ in messages(lines)["sent"]], "a CertificateVerify of the client")


def test_resumed():
    for version in ("-tls1_3", "-tls1_2"):
        session = record(version, rounds=2)[1]
        lines = agrees_with_tshark(session)
        check(11 not in [line["type"] for line in of(lines, "message")], "there is a Certificate")


def test_key_update():
    made = identities()
    base = Path(tempfile.mkdtemp(dir=BASE))
    port = free_port()
    with Process("openssl", "s_server", "-port", port, "-cert", made.server[0], "-key", made.server[1], "-keylogfile",
                 base / "keys.log", "-rev", "-tls1_3") as server:
        server.wait_port(port)
        with Recorder(port) as recorder:
            command = [word for word in client_command(recorder.address) if word != "-ign_eof"]
            run_client(command, (b"K\n", b"KEYUPDATE"), (b"abcdef\n", b"fedcba"))
            recorder.wait()
    session = Session(tuple(recorder.sessions[0]), (base / "keys.log").read_bytes())
    lines = agrees_with_tshark(session, must=(24,))
    same([line["epoch"] for line in of(lines, "keys")].count("update"), 2, "updates of keys, both directions")


@contextlib.contextmanager
def early_server(keylog, *options):
    """A server that takes early data, unless told otherwise; its input stays open."""
    made = identities()
    port = free_port()
    with Process("openssl", "s_server", "-port", port, "-cert", made.server[0], "-key", made.server[1], "-keylogfile",
                 keylog, "-tls1_3", *options, stdin=subprocess.PIPE) as server:
        server.wait_port(port)
        with Recorder(port) as recorder:
            yield server, recorder
        server.child.stdin.close()


def early_client(recorder, until, *options):
    command = [word for word in client_command(recorder.address, *options) if word != "-ign_eof"]
    run_client(command, (b"", until), (b"abcdef\n", None))
    recorder.wait()


def test_early_data():
    base = Path(tempfile.mkdtemp(dir=BASE))
    (base / "early").write_bytes(b"early bird\n")
    stored = base / "session"
    with early_server(base / "keys.log", "-early_data") as (server, recorder):
        early_client(recorder, lambda: stored.exists() and stored.stat().st_size > 0, "-sess_out", str(stored))
        early_client(recorder, lambda: server.wait_line("early bird"), "-sess_in", str(stored), "-early_data",
                     str(base / "early"))
    session = Session(tuple(recorder.sessions[1]), (base / "keys.log").read_bytes())
    lines = agrees_with_tshark(session, must=(5,))
    same(verdict(lines)["from_client"]["data"], len("early bird\nabcdef\n"), "bytes of data, early ones too")
    # Without its secret the early data and their end stay closed, and all else is read.
    keylog = b"\n".join(line for line in session.keylog.splitlines() if b"EARLY" not in line)
    lines, _ = decode(pcapng(frames([Conversation(session.records)]), keylog=keylog))
    same((verdict(lines)["outcome"], verdict(lines)["from_client"]["early"]), ("completed", 2), "early data closed")
    # Servers that do not take it: one that does not know the session, one that asks for another group.
    for server_options, client_options, hellos in (((), (), 1), (("-groups", "P-384"), ("-groups", "X25519:P-384"), 2)):
        with early_server(base / "other.log", *server_options) as (server, recorder):
            early_client(recorder, lambda: server.wait_line("BEGIN SSL SESSION"), "-sess_in", str(stored),
                         "-early_data", str(base / "early"), *client_options)
        lines, _ = decode(pcapng(frames([Conversation(recorder.sessions[0])]),
                                 keylog=(base / "other.log").read_bytes()))
        found = verdict(lines)
        same((found["outcome"], found["from_client"]["early"], found["from_client"]["unread"],
              found["from_server"]["unread"], found["from_client"]["data"]), ("completed", 1, 1, 0, 7), "not taken")
        same([kind for kind, _ in messages(lines)["sent"]], [1] * hellos + [20], "the client's messages")
        check(any("early data" in line["text"] for line in of(lines, "note")), "a note")


def test_renegotiation():
    made = identities()
    base = Path(tempfile.mkdtemp(dir=BASE))
    port = free_port()
    with Process("openssl", "s_server", "-port", port, "-cert", made.server[0], "-key", made.server[1], "-keylogfile",
                 base / "keys.log", "-rev", "-tls1_2", "-client_renegotiation") as server:
        server.wait_port(port)
        with Recorder(port) as recorder:
            command = [word for word in client_command(recorder.address) if word != "-ign_eof"]
            run_client(command, (b"R\n", b"RENEGOTIATING"), (b"abcdef\n", b"fedcba"))
            recorder.wait()
    session = Session(tuple(recorder.sessions[0]), (base / "keys.log").read_bytes())
    lines = agrees_with_tshark(session)
    same([kind for kind, _ in messages(lines)["sent"]], [1, 16, 20, 1, 16, 20], "both handshakes of the client")
    same(len(of(lines, "keys")), 4, "changes of keys")


def test_gnutls():
    made = identities()
    program = require_program("gnutls-cli")
    server_program = require_program("gnutls-serv")
    for priority in ("NORMAL:-VERS-ALL:+VERS-TLS1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CCM"):
        base = Path(tempfile.mkdtemp(dir=BASE))
        port = free_port()
        with Process(server_program, "--port", port, "--x509certfile", made.server[0], "--x509keyfile",
                     made.server[1], "--priority", priority, "--echo",
                     env={**os.environ, "SSLKEYLOGFILE": str(base / "keys.log")}) as server:
            server.wait_port(port)
            with Recorder(port) as recorder:
                run_client([program, "--insecure", "--priority", priority, recorder.address.split(":")[0], "-p",
                            str(recorder.port)], (b"abcdef\n", b"abcdef\n"))
                recorder.wait()
        agrees_with_tshark(Session(tuple(recorder.sessions[0]), (base / "keys.log").read_bytes()), must=(20,))


def test_mqtt_inside():
    made = identities()
    require_program("mosquitto")
    base = Path(tempfile.mkdtemp(dir=BASE))
    port = free_port()
    (base / "conf").write_text(f"listener {port} 127.0.0.1\ncertfile {made.server[0]}\nkeyfile {made.server[1]}\n"
                               "user root\nallow_anonymous false\n")
    with Process("mosquitto", "-c", base / "conf") as broker:
        broker.wait_port(port)
        with Recorder(port) as recorder:
            # mosquitto's own clients write no key log
            connect = b"\x10\x11\0\4MQTT\4\2\0\x3c\0\5thing"
            command = client_command(recorder.address, "-keylogfile", str(base / "keys.log"), "-quiet")
            run_client(command, (connect, None))
            recorder.wait()
    data = pcapng(frames([Conversation(recorder.sessions[0])]), keylog=(base / "keys.log").read_bytes())
    lines, _ = decode(data)
    same([(line["direction"], line["type"], line["length"]) for line in of(lines, "packet")],
         [("sent", 0x10, 19), ("received", 0x20, 4)], "packets")
    same(verdict(lines)["outcome"], "refused", "outcome")
    contains(verdict(lines)["what"], "code 5")


# ---- against what this tool tells of its own connections

def test_connect_tells_the_same():
    made = identities()
    for version, more in (("-tls1_3", []), ("-tls1_2", []), ("-tls1_3", ["-groups", "P-384"]),
                          ("-tls1_3", ["-Verify", "1", "-CAfile", made.root])):
        base = Path(tempfile.mkdtemp(dir=BASE))
        port = free_port()
        with Process("openssl", "s_server", "-port", port, "-cert", made.server[0], "-key", made.server[1],
                     "-chainCAfile", made.root, "-keylogfile", base / "keys.log", "-www", version, *more) as server:
            server.wait_port(port)
            with Recorder(port) as recorder:
                done = handfast("connect", recorder.address, "--json", "--ca", made.base / "line" / "ca.pem", "--cert",
                                made.device[0], "--key", made.device[1])
                recorder.wait()
        told = [json.loads(line) for line in done.stdout.splitlines()]
        keylog = (base / "keys.log").read_bytes()
        lines, _ = decode(pcapng(frames([Conversation(recorder.sessions[0])]), keylog=keylog))
        for event, keys in (("message", ("direction", "type", "name", "length", "fields")),
                            ("record", ("direction", "number", "type", "length", "content_length", "encrypted"))):
            for side in ("sent", "received"):
                # Who closes last may do so without being heard.
                same([[line[key] for key in keys] for line in of(lines, event, side)][:len(of(told, event, side))],
                     [[line[key] for key in keys] for line in of(told, event, side)], f"{event}s {side}, {version}")
        check(len(of(told, "message")) >= 7, "messages were told")


def test_what_connect_has_captured():
    """--pcap has the secrets inside."""
    made = identities()
    for version in ("-tls1_3", "-tls1_2"):
        port = free_port()
        file = BASE / f"own{version}.pcapng"
        with Process("openssl", "s_server", "-port", port, "-cert", made.server[0], "-key", made.server[1], "-www",
                     version) as server:
            server.wait_port(port)
            done = handfast("connect", f"127.0.0.1:{port}", "--json", "--ca", made.base / "line" / "ca.pem", "--pcap",
                            file)
        told = [json.loads(line) for line in done.stdout.splitlines()]
        lines, _ = decode(file.read_bytes())
        same((messages(lines), records(lines)), (messages(told), records(told)), f"messages and records, {version}")
        same((verdict(lines)["outcome"], verdict(lines)["from_server"]["unread"]), ("completed", 0), "the verdict")


# ---- without secrets

def test_without_secrets():
    session = record("-tls1_3")[0]
    open_still = [entry for entry in session.records if entry[2]]
    last = max(index for index, entry in enumerate(open_still) if entry[1] == SERVER)  # ends with close_notify
    closed = open_still[:last + 1] + [(open_still[last][0] + 1, SERVER, b"")]
    lines, _ = decode(pcapng(frames([Conversation(closed)])))
    same(messages(lines)["sent"][0][0], 1, "what is in the clear")
    same((verdict(lines)["outcome"], verdict(lines)["secrets"]), ("sealed", False), "the verdict")
    contains(verdict(lines)["why"], "The server's last record before it closed has the size of an alert")
    lines, _ = decode(pcapng(frames([Conversation(open_still)])))
    contains(verdict(lines)["what"], "the capture ends while it is open")
    contains(verdict(lines)["why"], "was completed, as it seems")
    session = record("-tls1_2")[0]
    lines, _ = decode(pcapng(frames([Conversation(session.records)])))
    same(verdict(lines)["outcome"], "completed", "TLS 1.2 shows its Finished")
    check(verdict(lines)["from_server"]["unread"] > 0, "nothing is opened")


def test_secrets_of_another_connection():
    session, other = record("-tls1_3")[0], record("-tls1_2")[0]
    lines, _ = decode(pcapng(frames([Conversation(session.records)]), keylog=other.keylog))
    same((verdict(lines)["secrets"], verdict(lines)["outcome"]), (False, "sealed"), "the verdict")


def test_wrong_secrets():
    """The right connection, but a digit is wrong."""
    session = record("-tls1_3")[0]
    lines = session.keylog.splitlines()
    wrong = b"\n".join(line[:-1] + (b"1" if line[-1:] == b"0" else b"0") for line in lines) + b"\n"
    found, _ = decode(pcapng(frames([Conversation(session.records)]), keylog=wrong))
    check(any("does not open" in line["text"] for line in of(found, "note")), "a note")
    same(verdict(found)["secrets"], True, "secrets were there")


def test_suites_that_are_not_opened():
    session = record("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256")[0]
    file = BASE / "cbc.pcapng"
    file.write_bytes(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))
    text = handfast("decode", file).stdout
    contains(text, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 (0xc023) are not opened here")
    contains(text, "The handshake was completed")
    lines, _ = decode(file.read_bytes())
    theirs, _ = tshark(file)
    clear = {side: [pair for pair in pairs if pair[0] != 20] for side, pairs in theirs.items()}
    same(messages(lines), clear, "messages in the clear")


def test_application_secrets_alone():
    """A log that lacks the secrets of the handshake opens what comes behind it."""
    session = record("-tls1_3")[0]
    keylog = b"\n".join(line for line in session.keylog.splitlines() if b"HANDSHAKE" not in line)
    lines, _ = decode(pcapng(frames([Conversation(session.records)]), keylog=keylog))
    same(verdict(lines)["from_client"]["data"], len(REQUEST), "bytes of data")


# ---- verdicts

def test_refused_by_the_client():
    """A client with another CA; read with secrets and guessed without."""
    made = identities()
    client = ("-CAfile", str(made.other), "-verify_return_error")
    session = record("-tls1_3", client=client)[0]
    packets = frames([Conversation(session.records)])
    lines, _ = decode(pcapng(packets, keylog=session.keylog))
    found = verdict(lines)
    same((found["outcome"], found["alert"], found["alert_by"]), ("alert", 48, "client"), "with secrets")
    contains(found["do"], "root of the server's chain")
    # OpenSSL sends this alert in the clear; this library's tool does not.
    port = free_port()
    with Process("openssl", "s_server", "-port", port, "-cert", made.server[0], "-key", made.server[1],
                 "-www", "-tls1_3") as server:
        server.wait_port(port)
        with Recorder(port) as recorder:
            handfast("connect", recorder.address, "--ca", made.other, code=CERTIFICATE)
            recorder.wait()
    lines, _ = decode(pcapng(frames([Conversation(recorder.sessions[0])])))
    found = verdict(lines)
    same((found["outcome"], found["alert"]), ("alert", None), "without secrets")
    contains(found["why"], "did not accept the server's certificate")


def test_certificate_that_does_not_fit():
    """The capture itself shows whether the client's clock is wrong, the date or the name."""
    trust = ("-CAfile", str(identities().base / "line" / "ca.pem"), "-partial_chain", "-verify_return_error")
    session = record("-tls1_3", client=(*trust, "-attime", "4102444800"))[0]  # in 2100
    for years, says, todo in ((0, "so the client's clock is wrong", "Set the device's clock"),
                              (30, "expired on", "valid now"), (-30, "is valid from", "valid now")):
        moved = [(when + years * 365 * 86400 * 10**9, side, data) for when, side, data in session.records]
        found = verdict(decode(pcapng(frames([Conversation(moved)]), keylog=session.keylog))[0])
        same((found["alert"], found["alert_by"]), (45, "client"), "certificate_expired")
        contains(found["why"], says)
        contains(found["do"], todo)
    session = record("-tls1_3", client=(*trust, "-servername", "other.example", "-verify_hostname", "other.example"))[0]
    found = verdict(decode(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))[0])
    same((found["alert"], found["alert_by"]), (42, "client"), "bad_certificate")
    contains(found["why"], "asked for other.example")
    session = record("-tls1_3", client=(*trust, "-servername", "broker.example", "-verify_hostname", "x.example"))[0]
    found = verdict(decode(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))[0])
    contains(found["why"], "its name is not the one")
    session = record("-tls1_3", client=(*trust, "-attime", "86400"))[0]  # in 1970: OpenSSL has another alert for that
    found = verdict(decode(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))[0])
    same(found["alert"], 42, "bad_certificate")
    contains(found["do"], "Look at the device's clock")


def test_refused_by_the_server():
    for version, code in (("-tls1_3", 116), ("-tls1_2", 40)):
        session = record(version, "-Verify", "1", "-CAfile", str(identities().root))[0]
        lines, _ = decode(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))
        found = verdict(lines)
        same((found["alert"], found["alert_by"]), (code, "server"), version)
    session = record("-tls1_3", client=("-tls1_2",))[0]
    lines, _ = decode(pcapng(frames([Conversation(session.records)])))
    same((verdict(lines)["alert"], verdict(lines)["alert_by"]), (70, "server"), "in the clear")


def test_nobody_answers():
    session = [entry for entry in record("-tls1_3")[0].records if entry[1] == CLIENT][:1]
    lines, _ = decode(pcapng(frames([Conversation(session)])))
    same(verdict(lines)["outcome"], "cut", "outcome")
    contains(verdict(lines)["why"], "did not answer the ClientHello")


def test_client_gives_up():
    """Reset behind the server's flight, without an alert."""
    session = list(record("-tls1_3")[0].records)
    conversation = Conversation(session[:2])
    conversation.add(session[1][0] + 5000000, CLIENT, RST | ACK)
    lines, _ = decode(pcapng(frames([conversation])))
    same(verdict(lines)["outcome"], "cut", "outcome")
    contains(verdict(lines)["what"], "the client reset the TCP connection")
    contains(verdict(lines)["why"], "The client gave up")


# ---- files

def test_formats_and_links_say_the_same():
    session = record("-tls1_3")[0]
    keys = BASE / "keys.log"
    keys.write_bytes(session.keylog)
    conversation = Conversation(session.records)
    want = None
    count = 0
    for link in (captures.ETHERNET, captures.RAW, captures.NULL, captures.SLL, captures.SLL2, captures.WIFI,
                 captures.RADIOTAP, captures.PPP):
        for version in (4, 6):
            packets = frames([conversation], link, version, extension=version == 6)
            for data in (pcap(packets, link, "<"), pcap(packets, link, ">", nano=True),
                         pcapng(packets, link, ">", resolution=6), pcapng(packets, link, "<", resolution=0x80 | 30)):
                lines, stderr = decode(data, "--keylog", keys)
                found = messages(lines), records(lines), verdict(lines)["outcome"]
                want = want or found
                same(found, want, f"link {link}, IPv{version}")
                same(stderr, "", "warnings")
                count += 1
    same(count, 64, "files")
    lines, _ = decode(pcap(frames([conversation], vlan=2)), "--keylog", keys)
    same((messages(lines), records(lines), verdict(lines)["outcome"]), want, "VLAN tags")


def test_times():
    session = record("-tls1_3")[0]
    conversation = Conversation(session.records)
    begin = conversation.segments[0][0]
    want = [(when - begin) // 1000 for when, side, _, _, _, data in conversation.segments if data]
    for data in (pcap(frames([conversation]), nano=True), pcapng(frames([conversation]))):
        lines, _ = decode(data)
        same(of(lines, "record")[0]["us"], want[0], "time of the first record")
        same(of(lines, "record")[-1]["us"], want[-1], "time of the last record")


def test_sections_and_interfaces():
    """Two sections of different byte order, the second with two interfaces; secrets come last."""
    session = record("-tls1_3")[0]
    packets = frames([Conversation(session.records)])
    half = len(packets) // 2
    data = pcapng(packets[:half], order="<")
    data += captures.section(">") + captures.interface(captures.RAW, ">") + captures.interface(captures.ETHERNET, ">", 6)
    data += b"".join(captures.enhanced(when, frame, ">", 1, 6) for when, frame in packets[half:])
    data += captures.secrets(session.keylog, ">")
    lines, _ = decode(data)
    same((verdict(lines)["outcome"], verdict(lines)["from_server"]["unread"]), ("completed", 0), "the verdict")


def test_cut_files():
    session = record("-tls1_3")[0]
    packets = frames([Conversation(session.records)])
    for data in (pcap(packets), pcapng(packets)):
        lines, stderr = decode(data[:-30])
        contains(stderr, "the file ends in the middle of a packet")
        same((lines[-1]["event"], lines[-1]["end"], lines[-1]["tls"]), ("capture", "cut", 1), "the last line")
        check(of(lines, "message"), "what is there is shown")
    lines, stderr = decode(pcapng(packets) + captures.block(6, b"short") + pcapng(packets))
    contains(stderr, "the file is damaged at byte")
    check(of(lines, "message"), "what is there is shown")


def test_snap_length():
    """Packets cut when they were captured: the hole is told, and reading goes on behind it."""
    session = record("-tls1_3")[0]
    data = pcap(frames([Conversation(session.records)]), snap=600)
    file = BASE / "snap.pcap"
    file.write_bytes(data)
    text = handfast("decode", file).stdout
    contains(text, "packets were cut when they were captured")
    contains(text, "of the server are missing in the capture")


def test_what_cannot_be_read():
    session = record("-tls1_3")[0]
    packets = frames([Conversation(session.records)])
    for data, code, says in ((b"", LOCAL, "This is no capture"), (b"hello, world, this is no capture", LOCAL,
                                                                  "This is no capture"),
                             (captures.section()[:8] + bytes(20), LOCAL, "has no byte order"),
                             (captures.section(), NO_TLS, "There is no TLS in it"),
                             (pcap([]), NO_TLS, "0 packets"),
                             (pcap(packets, link=189), LOCAL, "189 (USB (Linux))"),
                             (pcap(packets, link=777), LOCAL, "777 (unknown)")):
        file = BASE / "wrong"
        file.write_bytes(data)
        done = handfast("decode", file, code=code)
        contains(done.stderr, says)
        same(done.stdout, "", "stdout")
    contains(handfast("decode", BASE / "missing", code=LOCAL).stderr, "could not be opened")
    file.write_bytes(pcap(packets))
    contains(handfast("decode", "--stream", "2", file, code=USAGE).stderr, "There is no such stream")
    (BASE / "empty.log").write_bytes(b"# nothing\n")
    contains(handfast("decode", "--keylog", BASE / "empty.log", file, code=LOCAL).stderr, "no secrets in the key log")


def test_command_line():
    for words in ((), ("a", "b"), ("--nothing", "a"), ("--stream", "0", "a"), ("--stream", "x", "a"), ("a", "--keylog")):
        contains(handfast("decode", *words, code=USAGE).stderr, "handfast decode --help")
    contains(handfast("decode", "--help").stdout, "--keylog FILE")


def test_standard_input():
    session = record("-tls1_3")[0]
    data = pcapng(frames([Conversation(session.records)]), keylog=session.keylog)
    done = subprocess.run([os.environ["HF_TOOL"], "decode", "-"], input=data, capture_output=True, timeout=PATIENCE,
                          check=True)
    contains(done.stdout.decode(), "The handshake was completed")


# ---- connections

def test_streams_side_by_side():
    first, second = record("-tls1_3")[0], record("-tls1_2")[0]
    begin = first.records[0][0] - second.records[0][0]
    moved = [(when + begin, side, data) for when, side, data in second.records]
    plain = [(first.records[0][0], CLIENT, b"\x10\x11\0\4MQTT\4\2\0\x3c\0\5thing"), (first.records[0][0], SERVER, b"\x20\2\0\0")]
    web = [(first.records[0][0], CLIENT, REQUEST)]
    shell = [(first.records[0][0], SERVER, b"SSH-2.0-x\r\n")]
    data = pcapng(frames([Conversation(item) for item in (first.records, moved, plain, web, shell)]),
                  keylog=first.keylog + second.keylog)
    lines, _ = decode(data)
    same(sorted(line["content"] for line in of(lines, "stream")), ["http", "mqtt", "ssh", "tls", "tls"], "streams")
    same([line["outcome"] for line in of(lines, "verdict")], ["completed", "completed"], "verdicts")
    number = [line["stream"] for line in of(lines, "verdict") if line["version"] == 0x0303][0]
    lines, _ = decode(data, "--stream", str(number))
    same([(line["stream"], line["content"]) for line in of(lines, "stream")], [(number, "tls")], "one stream")
    other = [line["stream"] for line in of(decode(data)[0], "stream") if line["content"] == "ssh"][0]
    _, stderr = decode(data, "--stream", str(other), code=NO_TLS)
    contains(stderr, f"connection {other} carries something else")


def test_ports_used_again():
    first, second = record("-tls1_3")[0], record("-tls1_2")[0]
    moved = [(when + first.records[-1][0] + 10**9 - second.records[0][0], side, data)
             for when, side, data in second.records]
    packets = frames([Conversation(first.records)]) + frames([Conversation(moved, start=(77, 99))])
    lines, _ = decode(pcapng(packets, keylog=first.keylog + second.keylog))
    same([(line["outcome"], line["version"]) for line in of(lines, "verdict")],
         [("completed", 0x0304), ("completed", 0x0303)], "two connections of the same ends")


def test_disorder():
    """Out of order, twice, and overlapping: the same as in order."""
    session = record("-tls1_3")[0]
    want, _ = decode(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))
    conversation = Conversation(session.records, segment=100)
    segments = conversation.segments
    mixed = segments[:3]
    for at in range(3, len(segments), 4):
        mixed += reversed(segments[at:at + 4])
    overlaps = []
    for one, two in zip(segments, segments[1:]):
        if one[1] == two[1] and one[5] and two[5]:
            tail = one[5][-50:]
            overlaps.append((two[0], two[1], two[2], two[3] - len(tail) & 0xffffffff, two[4], tail + two[5][:50]))
    for order in (mixed, segments + segments[4:], segments[:3] + overlaps + segments[3:]):
        conversation.segments = [(segments[0][0] + i, *segment[1:]) for i, segment in enumerate(order)]
        lines, _ = decode(pcapng(frames([conversation]), keylog=session.keylog))
        same((messages(lines), records(lines)), (messages(want), records(want)), "read")


def test_missing_segments():
    """Behind each hole reading goes on, with the right record numbers."""
    session = record("-tls1_3")[0]
    whole = Conversation(session.records, segment=400)
    opened = 0
    for lost in range(3, len(whole.segments)):
        if not whole.segments[lost][5]:
            continue
        conversation = Conversation(session.records, segment=400)
        gone = conversation.segments.pop(lost)
        lines, _ = decode(pcapng(frames([conversation]), keylog=session.keylog))
        stream = of(lines, "stream")[0]
        check(stream["bytes_missing"] >= len(gone[5]), f"{stream}")
        check(of(lines, "note") or lost > len(whole.segments) - 6, f"segment {lost}: no note")
        found = verdict(lines)
        if found["from_client"]["data"] == len(REQUEST):
            opened += 1
    check(opened >= 8, f"only {opened} times the data behind the hole were opened")


def test_beginning_is_missing():
    session = record("-tls1_3")[0]
    conversation = Conversation(session.records, segment=300)
    conversation.segments = conversation.segments[5:]
    lines, _ = decode(pcapng(frames([conversation]), keylog=session.keylog))
    same(verdict(lines)["outcome"], "late", "outcome")
    contains(verdict(lines)["do"], "before the device connects")


def test_fragments_and_wifi():
    session = record("-tls1_3")[0]
    packets = frames([Conversation(session.records)], captures.RAW)
    when, packet = packets[-1]
    data = pcap(packets + [(when, packet[:6] + b"\x20\0" + packet[8:])], captures.RAW)
    contains(decode(data)[1], "1 IP fragments are left out")
    wifi = frames([Conversation(session.records)], captures.WIFI)
    wifi.append((when, wifi[0][1][:1] + b"\x41" + wifi[0][1][2:]))
    contains(decode(pcap(wifi, captures.WIFI))[1], "1 frames are encrypted by Wi-Fi")


def test_nothing_of_the_peer_reaches_a_terminal():
    bell = b"\x1b]0;x\7"
    session = record("-tls1_3", client=("-servername", "x\x1b]0;y\x07z"))[0]
    file = BASE / "escape.pcapng"
    file.write_bytes(pcapng(frames([Conversation(session.records)]), keylog=session.keylog + bell))
    for options in ((), ("-vv",), ("--json",)):
        done = subprocess.run([os.environ["HF_TOOL"], "decode", *options, str(file)], capture_output=True,
                              timeout=PATIENCE, check=True)
        check(all(byte == 10 or 32 <= byte < 127 for byte in done.stdout), f"{options}: bytes beyond ASCII")


if __name__ == "__main__":
    main(sys.modules[__name__])
