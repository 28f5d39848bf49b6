"""The ladder and the JSON lines of handfast connect, pub and sub, against other people's servers; lines
are held against the list of keys in docs/trace.md."""
import contextlib
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import support
from interop import s_server
from pki import NAME, pki
from support import PATIENCE, TOOL, Process, check, contains, folder, free_port, handfast, in_order, require_program, same

OK, USAGE, LOCAL, NETWORK, TLS, CERTIFICATE, REFUSED, TIMEOUT = 0, 2, 3, 4, 5, 6, 7, 8
PAGE = Path(__file__).resolve().parents[2] / "docs" / "trace.md"
HEAD = {"schema", "event", "us"}
FIELD = {"name", "meaning", "offset", "length", "bytes", "fields"}
FAILURE = {"name", "what", "why", "todo"}
NO_TICKETS = ("-num_tickets", "0")


def ask(port, *options, code=OK, kind="rsa", **more):
    return handfast("connect", f"127.0.0.1:{port}", "--ca", pki().root(kind).leaf, "--servername", NAME, *options,
                    code=code, **more)


def ladder(text):
    """Without the summary behind it."""
    return text.split("connection to 127.0.0.1")[0]


# ---- the ladder

def test_ladder_of_tls13():
    device = pki().client("p256")
    with s_server("-Verify", "4", "-CAfile", pki().root("ecdsa").leaf, *NO_TICKETS, identity=pki().server("rsa")) as (_, port):
        said = ask(port, "--trace", "--tls", "1.3", "--cert", device.chain, "--key", device.key).stdout
    in_order(said, "client     ", "server\n", "\nresolve\n", "\nTCP\n", f"|-- connect to 127.0.0.1 port {port} ---",
             "\nTLS\n", "|-- client_hello ---", "versions      TLS 1.3\n", f'server name   "{NAME}"', "-> record 0, ",
             "not encrypted", "<- record 0, ", "|<- server_hello ---", "* The suite is TLS_", "encryption ", "early_secret = ",
             "handshake_secret = ", "server_handshake_traffic_secret = ", "received from here on: ",
             "encrypted: server_handshake_traffic_secret", "|<- encrypted_extensions", "|<- certificate_request",
             "* We send ", "the peer asked for it", "|<- certificate ---", "certificate 0: CN=broker.example, issued by",
             "RSA 2048, ", "verifying: a signature in the peer's certificate path", "|<- certificate_verify",
             "* The peer signs with rsa_pss_rsae_sha256", "|<- finished", "master_secret = ", "|-- certificate ---",
             "computing: our signature", "|-- certificate_verify", "|-- finished", "encrypted: client_handshake_traffic_secret",
             "client_application_traffic_secret_0 = ", "Our side of the handshake is done", "alert: close_notify",
             "connection to 127.0.0.1", "  verdict      accepted")


def test_ladder_of_tls12():
    with s_server("-tls1_2", identity=pki().server("rsa")) as (_, port):
        said = ask(port, "--trace").stdout
    in_order(said, "|<- server_hello ---", "version       TLS 1.2", "key exchange  ECDHE", "authenticated RSA",
             "|<- certificate ---", "not encrypted", "|<- server_key_exchange", "|<- server_hello_done", "|-- client_key_exchange",
             "|-- change_cipher_spec", "pre_master_secret = shared value of ", '"extended master secret"', "key_block = ",
             "client_write_key = ", "|-- finished", "encrypted: client_write_key", "|<- finished")


def test_ladder_of_a_resumed_session():
    with folder() as base, s_server(identity=pki().server("rsa"), mode="-rev") as (_, port):
        first = ask(port, "--trace", "--session", base / "session").stdout
        again = ask(port, "--trace", "--session", base / "session").stdout
    contains(first, "* The session is kept")
    contains(first, "PSK of the session = ")
    in_order(again, "PSKs          1", "PSK taken     0", "* The handshake is resumed: its key comes from an earlier session",
             "early_secret = HKDF-Extract(0, PSK)")
    check("|<- certificate ---" not in again, again)


def test_ladder_of_a_retry():
    with s_server("-groups", "P-384", *NO_TICKETS, identity=pki().server("rsa")) as (_, port):
        said = ask(port, "--trace").stdout
    in_order(said, "|-- client_hello", "|<- hello_retry_request", "wants share   secp384r1",
             "* The hello is asked for again, with a key share of secp384r1", "|-- client_hello", "|<- server_hello")


def test_two_runs_are_the_same():
    """RSA, no tickets, and a server that waits: nothing is left to chance."""
    for version in ("-tls1_2", "-tls1_3"):
        with s_server(version, *NO_TICKETS, identity=pki().server("rsa"), mode="-rev") as (_, port):
            one, two = (ladder(ask(port, "--trace").stdout) for _ in range(2))
        same(one, two, "the ladder of the second run")
        check(max(map(len, one.split("\n"))) == 80, one)
        check("\x1b" not in one, "an escape sequence")


def test_every_field():
    with s_server(*NO_TICKETS, identity=pki().server("rsa")) as (_, port):
        said = ask(port, "-vv").stdout
        same(said.count(" random: 32 bytes"), 2, "randoms")
        in_order(said, "  0000  03 03                   legacy_version: TLS 1.2", "cipher_suites: ", "00 1d",
                 "named_group: x25519", "selected_version: TLS 1.3", "subjectAltName", "signature: 256 bytes")
        for options in (["--trace=fields"], ["-v", "-v"], ["--trace", "-v"], ["--trace=fields,times"]):
            contains(ask(port, *options).stdout, " random: 32 bytes")
        check("random" not in ask(port, "-v").stdout, "-v alone shows randoms")
        check(re.search(r"^ +\d+\.\d{3} \|-- client_hello", ask(port, "--trace=times").stdout, re.M), "times")


def test_failures():
    with s_server(*NO_TICKETS, identity=pki().server("rsa")) as (_, port):
        done = ask(port, "--trace", kind="other", code=CERTIFICATE)
        in_order(done.stdout, "|<- certificate ---", "what: ", "HF_E_CERT_UNKNOWN_CA", "do: ", "|-- alert: unknown_ca", "fatal",
                 "TLS has failed: HF_E_CERT_UNKNOWN_CA", "connection to 127.0.0.1")
        contains(done.stderr, "HF_E_CERT_UNKNOWN_CA")
    with s_server("-Verify", "4", "-verify_return_error", "-CAfile", pki().root("rsa").leaf,
                  identity=pki().server("rsa")) as (_, port):
        said = ask(port, "--trace", code=REFUSED).stdout
        in_order(said, "* We send no certificate: the peer asked, but none is configured", "|<- alert: certificate_required",
                 "fatal: The server requires a client certificate and got none.", "what: ", "do: Give the device's certificate")
    said = ask(free_port(), "--trace", code=NETWORK).stdout
    in_order(said, "|-- connect to", "HF_E_CONNECT_REFUSED", "what: ", "do: ", "TCP has failed")
    check("client_hello" not in said, "a hello that was never sent")


def test_wrong_words():
    for words, error in ((["--trace=everything"], "--trace takes"), (["--trace="], "--trace takes"),
                         (["--trace=fields,"], "--trace takes"), (["--color", "blue"], "--color takes")):
        done = handfast("connect", "127.0.0.1:1", "--ca", pki().root().leaf, *words, code=USAGE)
        contains(done.stderr, error)


# ---- colour

def at_terminal(columns, *words, **environment):
    """What the tool says to a terminal of its own."""
    ours, theirs = pty.openpty()
    try:
        subprocess.run(["stty", "cols", str(columns)], stdin=theirs, check=True)
        more = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
        with subprocess.Popen([str(word) for word in (TOOL, *words)], stdin=subprocess.DEVNULL, stdout=theirs,
                              stderr=subprocess.DEVNULL, env={**more, "TERM": "xterm", **environment}) as child:
            os.close(theirs)
            theirs = None
            said, end = b"", time.monotonic() + PATIENCE
            with contextlib.suppress(OSError):  # the terminal's end is an error
                while select.select([ours], [], [], max(0, end - time.monotonic()))[0]:
                    piece = os.read(ours, 65536)
                    if not piece:
                        break
                    said += piece
            same(child.wait(PATIENCE), OK, "exit code at a terminal")
    finally:
        os.close(ours)
        if theirs is not None:
            os.close(theirs)
    return said.decode().replace("\r\n", "\n")


def test_color_is_for_terminals():
    with s_server(*NO_TICKETS, identity=pki().server("rsa")) as (_, port):
        words = ["connect", f"127.0.0.1:{port}", "--ca", pki().root("rsa").leaf, "--servername", NAME, "--trace"]
        check("\x1b[" in at_terminal(80, *words), "no colour on a terminal")
        check("\x1b[" not in at_terminal(80, *words, NO_COLOR="1"), "colour in spite of NO_COLOR")
        check("\x1b[" in at_terminal(80, *words, NO_COLOR=""), "an empty NO_COLOR counts")
        check("\x1b[" not in at_terminal(80, *words, TERM="dumb"), "colour on a dumb terminal")
        check("\x1b[" not in at_terminal(80, *words, "--color", "never"), "colour in spite of --color never")
        check("\x1b[" not in handfast(*words).stdout, "colour without a terminal")
        check("\x1b[" in handfast(*words, "--color", "always", env={**os.environ, "NO_COLOR": "1"}).stdout,
              "no colour in spite of --color always")
        for columns, widest, timed in ((80, 80, False), (100, 100, True), (200, 112, True)):
            said = ladder(at_terminal(columns, *words, "--color", "never"))
            same(max(map(len, said.split("\n"))), widest, f"columns of {columns}")
            same(re.search(r"^ +\d+\.\d{3} \|-- client_hello", said, re.M) is not None, timed, f"times at {columns} columns")


# ---- JSON lines

def documented():
    """Keys by event, and the examples."""
    text = PAGE.read_text(encoding="utf-8").split("## JSON lines")[1]
    kinds = {kind: set(re.findall(r"`(\w+)`", keys)) for kind, keys in re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.M)}
    examples = [json.loads(line) for block in re.findall(r"^```json\n(.*?)^```", text, re.M | re.S)
                for line in block.splitlines()]
    facts = set(re.findall(r"`(\w+)`", re.search(r"\*\*connection\*\*: (.*)\.$", text, re.M).group(1)))
    check(len(kinds) == 13 and len(facts) > 15, f"what docs/trace.md lists: {kinds}, {facts}")
    return kinds, facts, examples


def check_fields(fields):
    for field in fields:
        same(set(field), FIELD, "keys of a field")
        if field["bytes"] is not None:
            same(len(field["bytes"]), 2 * field["length"], f"bytes of {field['name']}")
        check_fields(field["fields"])


def check_line(line, kinds, facts):
    kind = line["event"]
    check(kind in kinds, f"an event that docs/trace.md lacks: {kind}")
    same(set(line), HEAD | kinds[kind], f"keys of {kind}")
    same(line["schema"], 1, "schema")
    check_fields(line.get("fields", []))
    if kind == "result" and line["connection"] is not None:
        same(set(line["connection"]), facts, "keys of connection")
    if kind == "result" and line["failure"] is not None:
        same(set(line["failure"]), FAILURE, "keys of failure")


def lines_of(text):
    """All lines, each of them right; the result is the last, and there is one."""
    kinds, facts, _ = documented()
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        check_line(line, kinds, facts)
    same([line["event"] for line in lines].count("result"), 1, "results")
    same(lines[-1]["event"], "result", "the last line")
    times = [line["us"] for line in lines]
    same(times, sorted(times), "the order of times")
    return lines


def of_kind(lines, kind):
    return [line for line in lines if line["event"] == kind]


def test_examples_of_the_page():
    kinds, facts, examples = documented()
    same({line["event"] for line in examples}, set(kinds), "events with an example")
    for line in examples:
        check_line(line, kinds, facts)


def test_json_of_a_connection():
    device = pki().client("p256")
    with s_server("-Verify", "4", "-CAfile", pki().root("ecdsa").leaf, identity=pki().server("rsa"), mode="-rev") as (_, port):
        for version in ("1.2", "1.3"):
            done = ask(port, "--json", "--tls", version, "--cert", device.chain, "--key", device.key)
            same(done.stderr, "", "stderr")
            lines = lines_of(done.stdout)
            result = lines[-1]
            same((result["exit"], result["class"], result["failure"]), (OK, "ok", None), "the result")
            contains(result["verdict"], "accepted")
            facts = result["connection"]
            same((facts["version"], facts["peer"], facts["sent_certificate"]), (version, f"127.0.0.1:{port}", True), "facts")
            chosen = {line["decided"]: line["value"] for line in of_kind(lines, "decision")}
            same((chosen["version"], chosen["suite"]), (version, facts["suite"]), "decisions")
            for way, key in (("sent", "bytes_sent"), ("received", "bytes_received")):
                for kind in ("bytes", "record"):
                    sizes = [line["length"] for line in of_kind(lines, kind) if line["direction"] == way]
                    same(sum(sizes), facts[key], f"{kind} {way}")
            names = [line["name"] for line in of_kind(lines, "message")]
            check({"client_hello", "server_hello", "certificate", "finished"} <= set(names), names)
            check(all(line["whole"] and len(line["bytes"]) == 2 * line["length"] for line in of_kind(lines, "message")), "bytes")
            same({line["stage"] for line in of_kind(lines, "stage")}, {"resolve", "TCP", "TLS"}, "stages")
            same(len(of_kind(lines, "keys")), 4 if version == "1.3" else 2, "changes of keys")


def test_json_of_failures():
    with s_server(*NO_TICKETS, identity=pki().server("rsa")) as (_, port):
        done = ask(port, "--json", kind="other", code=CERTIFICATE)
    lines = lines_of(done.stdout)
    same((lines[-1]["exit"], lines[-1]["class"]), (CERTIFICATE, "certificate"), "the result")
    same(lines[-1]["failure"]["name"], "HF_E_CERT_UNKNOWN_CA", "the failure")
    contains(done.stderr, lines[-1]["failure"]["what"])
    error = of_kind(lines, "error")[0]
    same((error["name"], error["alert_name"], error["alert_by"]), ("HF_E_CERT_UNKNOWN_CA", "unknown_ca", "us"), "the error")
    lines = lines_of(ask(free_port(), "--json", code=NETWORK).stdout)
    same([line["error"] for line in of_kind(lines, "address")], [None, "HF_E_CONNECT_REFUSED"], "the attempt")
    same(of_kind(lines, "message")[0]["direction"], "sent", "a message")
    done = handfast("connect", "127.0.0.1:1", "--ca", "missing.pem", "--json", code=LOCAL)
    lines = lines_of(done.stdout)
    same((len(lines), lines[0]["connection"], lines[0]["failure"]["name"]), (1, None, None), "a file that is missing")
    contains(lines[0]["failure"]["why"], "missing.pem")


def test_output_that_cannot_be_written():
    with s_server(*NO_TICKETS, identity=pki().server("rsa")) as (_, port), open("/dev/full", "w") as full:
        for option in ("--json", "--trace"):
            done = subprocess.run([TOOL, "connect", f"127.0.0.1:{port}", "--ca", pki().root("rsa").leaf, "--servername", NAME,
                                   option], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, text=True,
                                  timeout=PATIENCE, check=False)
            same(done.returncode, LOCAL, f"exit code of {option} on a full disk")
            contains(done.stderr, "The result could not be written.")


def test_json_beside_the_ladder():
    with s_server(*NO_TICKETS, identity=pki().server("rsa")) as (_, port):
        done = ask(port, "--json", "--trace")
    lines_of(done.stdout)
    in_order(done.stderr, "|-- client_hello", "|<- server_hello")


# ---- MQTT

@contextlib.contextmanager
def broker():
    """mosquitto; yields the words that reach it."""
    made, port = pki().server("rsa"), free_port()
    with folder() as base:
        base.chmod(0o755)
        config = base / "mosquitto.conf"
        config.write_text(f"{'user root' if os.geteuid() == 0 else ''}\nlistener {port} 127.0.0.1\nallow_anonymous true\n"
                          f"cafile {pki().root('rsa').leaf}\ncertfile {made.chain}\nkeyfile {made.key}\nlog_dest stderr\n")
        with Process(require_program("mosquitto"), "-c", config) as process:
            process.wait_line(r"mosquitto version .* running")
            yield ["-h", "127.0.0.1", "-p", port, "--ca", pki().root("rsa").leaf, "--servername", NAME]


def test_mqtt():
    with broker() as words:
        done = handfast("pub", *words, "-t", "a/b", "-m", "a secret word", "-r", "-q", "1", "--trace=fields")
        same(done.stdout, "", "stdout of pub")
        in_order(done.stderr, "\nMQTT\n", "|-- CONNECT ---", "|<- CONNACK ---", "The MQTT session is open", "|-- PUBLISH ---",
                 "|<- PUBACK ---")
        check("a secret word" not in done.stderr, "a payload in the ladder")
        sent = done.stderr.partition("|-- PUBLISH ---")[2].partition("|<- PUBACK ---")[0]
        same(sent.count("-> record"), 1, "records for a small message")
        lines = lines_of(handfast("sub", *words, "-t", "a/#", "-C", "1", "--json").stdout)
        same([(line["topic"], bytes.fromhex(line["payload"]), line["retain"], line["total"])
              for line in of_kind(lines, "publication")], [("a/b", b"a secret word", True, 13)], "publications")
        packets = [(line["direction"], line["name"]) for line in of_kind(lines, "packet")]
        check({("sent", "CONNECT"), ("received", "CONNACK"), ("sent", "SUBSCRIBE"), ("received", "SUBACK"),
               ("received", "PUBLISH"), ("sent", "DISCONNECT")} <= set(packets), packets)
        in_order("".join(map(str, packets)), "CONNACK", "SUBSCRIBE", "SUBACK", "PUBLISH")
        same(of_kind(lines, "packet")[0]["bytes"], "", "the bytes of CONNECT")
        lines = lines_of(handfast("pub", *words, "-t", "a/c", "-m", "x", "-q", "1", "--json").stdout)
        same((lines[-1]["class"], lines[-1]["connection"]["mqtt_us"] > 0), ("ok", True), "the result of pub")


def test_password_is_not_told():
    with broker() as words:
        for options in (["--json"], ["--trace=fields"]):
            done = handfast("pub", *words, "-t", "a", "-m", "x", "-u", "alice", "-P", "swordfish", *options)
            for text in ("swordfish", b"swordfish".hex(), b"swordfish".hex(" ")):
                check(text not in done.stdout + done.stderr, f"{options}: the password was told")


support.main(sys.modules[__name__])
