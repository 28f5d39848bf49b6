"""handfast decode: captures of other people's programs, made here from what a proxy has recorded; message types and
sizes as tshark reads them, and as this tool tells them of its own connections."""
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from captures import Conversation, Recorder, frames, pcapng
from decode_rig import (BASE, REQUEST, Session, agrees_with_tshark, client_command, decode, identities, messages, of,
                        record, records, run_client, verdict)
from support import Process, check, contains, free_port, handfast, main, require_program, same


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


if __name__ == "__main__":
    main(sys.modules[__name__])
