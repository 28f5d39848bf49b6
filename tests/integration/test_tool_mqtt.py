"""handfast pub and sub: against mosquitto, and against brokers that misbehave."""
import atexit
import contextlib
import os
import shutil
import signal
import struct
import sys
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import support
from support import TOOL, Process, check, contains, free_port, handfast, require_program, run, same
from tool_peers import Identities, TlsServer, fails, read_exactly

OK, USAGE, LOCAL, NETWORK, TLS, CERTIFICATE, REFUSED, TIMEOUT = 0, 2, 3, 4, 5, 6, 7, 8

CONFIG = """
{user}
log_dest stderr
log_type all
per_listener_settings true
persistence false
max_queued_messages 1000
listener {port} 127.0.0.1
allow_anonymous true
cafile {root}
certfile {chain}
keyfile {key}
require_certificate true
use_identity_as_username true
acl_file {base}/acl
listener {login_port} 127.0.0.1
allow_anonymous false
password_file {base}/passwords
cafile {root}
certfile {chain}
keyfile {key}
"""


@lru_cache(maxsize=None)
def identities():
    base = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return Identities(base)


class Broker:
    """mosquitto with two ports: .port wants certificates, .login_port user name and password."""

    def __init__(self):
        self.program = require_program("mosquitto")
        made = identities()
        (made.base / "acl").write_text("pattern readwrite open/#\npattern readwrite things/%u/#\n")
        passwords = made.base / "passwords"
        run(require_program("mosquitto_passwd"), "-b", "-c", passwords, "alice", "secret")
        os.chmod(passwords, 0o600)
        self.process = None
        for _ in range(20):
            self.port, self.login_port = free_port(), free_port()
            config = made.base / "mosquitto.conf"
            config.write_text(CONFIG.format(user="user root" if os.geteuid() == 0 else "", port=self.port,
                                            login_port=self.login_port, root=made.root, chain=made.server[0],
                                            key=made.server[1], base=made.base))
            self.process = Process(self.program, "-c", config)
            with contextlib.suppress(AssertionError):
                self.process.wait_line(r"mosquitto version .* running")
                return
            taken = "in use" in self.process.text()
            self.process.stop()
            check(taken, self.process.text())

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stop()

    def words(self, command, *more):
        return [command, "-h", "127.0.0.1", "-p", self.port, *identities().options(), *more]

    def login(self, command, *more):
        return [command, "-h", "127.0.0.1", "-p", self.login_port, "--ca", identities().root, *more]

    def subscriber(self, *more):
        """handfast sub, subscribed."""
        process = Process(TOOL, *self.words("sub", "-d", *more))
        process.wait_line("handfast: subscribed to")
        return process


def messages(process):
    """What was printed, without the words of -d."""
    return [line for line in process.text().split("\n") if line and not line.startswith("handfast: ")]


def test_qos_0_and_1_in_both_versions():
    with Broker() as broker:
        for tls in ("1.2", "1.3"):
            for qos in ("0", "1"):
                with broker.subscriber("-t", "open/#", "-q", qos, "--tls", tls, "-C", "3", "-v") as sub:
                    handfast(*broker.words("pub", "-t", "open/a", "-m", "one", "-q", qos, "--tls", tls))
                    handfast(*broker.words("pub", "--topic", "open/b", "--message", "two words", "--qos", qos))
                    handfast(*broker.words("pub", "-t", "open/c", "-n", "-q", qos))
                    same(sub.wait_end(), OK, "exit code")
                    same(messages(sub), ["open/a one", "open/b two words", "open/c "], "messages")


def test_several_topics_and_their_own_certificate_name():
    with Broker() as broker, broker.subscriber("-t", "open/1", "-t", "things/thing-0001/+", "-C", "2") as sub:
        sub.wait_line("subscribed to things/thing-0001/")
        handfast(*broker.words("pub", "-t", "open/1", "-m", "first", "-q", "1"))
        handfast(*broker.words("pub", "-t", "things/thing-0001/x", "-m", "second", "-q", "1"))
        same(sub.wait_end(), OK, "exit code")
        same(messages(sub), ["first", "second"], "messages")


def test_large_messages():
    made = identities()
    large, received = made.base / "large", made.base / "received"
    content = bytes(range(256)) * 800  # 204,800 bytes, every value
    large.write_bytes(content)
    with Broker() as broker:
        for tls in ("1.2", "1.3"):
            with open(received, "wb") as out:
                sub = support.subprocess.Popen([TOOL, *map(str, broker.words("sub", "-t", "open/l", "-q", "1", "-C", "2",
                                                                             "-N", "--tls", tls))], stdout=out)
                broker.process.wait_line(r"Sending SUBACK")
                handfast(*broker.words("pub", "-t", "open/l", "-f", large, "-q", "1", "--tls", tls))
                with open(large, "rb") as source:
                    done = support.subprocess.run([TOOL, *map(str, broker.words("pub", "-t", "open/l", "-s"))], stdin=source,
                                                  check=False, timeout=support.PATIENCE)
                same(done.returncode, OK, "pub from standard input")
                same(sub.wait(support.PATIENCE), OK, "sub")
            check(received.read_bytes() == content * 2, "the message has changed")
            with broker.process.changed:
                broker.process.lines.clear()


def test_retained():
    with Broker() as broker:
        handfast(*broker.words("pub", "-t", "open/r", "-m", "kept", "-r", "-q", "1"))
        same(handfast(*broker.words("sub", "-t", "open/r", "-C", "1")).stdout, "kept\n", "the retained message")
        handfast(*broker.words("pub", "-t", "open/r", "-n", "-r", "-q", "1"))
        same(handfast(*broker.words("sub", "-t", "open/r", "-W", "0.3")).stdout, "", "after its removal")


def test_will():
    with Broker() as broker, broker.subscriber("-t", "open/will", "-C", "1", "-i", "watcher") as watcher:
        with Process(TOOL, *broker.words("sub", "-t", "open/x", "-d", "--will-topic", "open/will", "--will-payload", "gone",
                                         "--will-qos", "1", "-i", "mortal")) as mortal:
            mortal.wait_line("subscribed")
            mortal.child.kill()
        same(watcher.wait_end(), OK, "exit code")
        same(messages(watcher), ["gone"], "messages")


def test_signals_end_in_order():
    with Broker() as broker:
        for number in (signal.SIGINT, signal.SIGTERM):
            with broker.subscriber("-t", "open/x", "-i", f"polite-{number}", "--will-topic", "open/w") as sub:
                sub.child.send_signal(number)
                same(sub.wait_end(), OK, "exit code")
            broker.process.wait_line(f"Received DISCONNECT from polite-{number}")


def test_login():
    password = identities().base / "alice"
    password.write_text("secret\n")
    with Broker() as broker:
        pub = ("-t", "open/x", "-m", "x", "-q", "1")
        handfast(*broker.login("pub", "-u", "alice", "-P", "secret", *pub))
        handfast(*broker.login("pub", "-u", "alice", "--password-file", password, *pub))
        for wrong in (("-u", "alice", "-P", "wrong"), ("-u", "bob", "-P", "secret"), ()):
            fails("HF_E_MQTT_REFUSED_AUTHORITY", REFUSED, *broker.login("pub", *wrong, *pub))
        fails("certificate_required", REFUSED, "pub", "-h", "127.0.0.1", "-p", broker.port, "--ca", identities().root,
              "--tls", "1.3", *pub)


def test_not_allowed_by_the_access_list():
    """MQTT 3.1.1 has no answer for a refused PUBLISH: it is acknowledged and goes nowhere."""
    with Broker() as broker, broker.subscriber("-t", "#", "-C", "1") as sub:
        handfast(*broker.words("pub", "-t", "closed/x", "-m", "lost", "-q", "1"))
        handfast(*broker.words("pub", "-t", "open/x", "-m", "arrives", "-q", "1"))
        same(sub.wait_end(), OK, "exit code")
        same(messages(sub), ["arrives"], "messages")


def test_kept_session():
    with Broker() as broker:
        words = ("sub", "-t", "open/k", "-q", "1", "-c", "-i", "keeper")
        handfast(*broker.words(*words, "-W", "0.2"))
        handfast(*broker.words("pub", "-t", "open/k", "-m", "while away", "-q", "1"))
        same(handfast(*broker.words(*words, "-C", "1")).stdout, "while away\n", "the message")


def test_summary_goes_to_stderr():
    with Broker() as broker:
        done = handfast(*broker.words("pub", "-t", "open/x", "-m", "x", "--summary"))
        same(done.stdout, "", "stdout")
        for part in ("version      TLS 1.3", "MQTT", "our cert     asked for and sent"):
            contains(done.stderr, part)
        same(handfast(*broker.words("pub", "-t", "open/x", "-m", "x")).stderr, "", "stderr without it")


def test_refusals_of_tls():
    with Broker() as broker:
        fails("HF_E_CERT_UNKNOWN_CA", CERTIFICATE, "pub", "-h", "127.0.0.1", "-p", broker.port, "--ca", identities().other,
              "-t", "x", "-m", "x")
        fails("HF_E_CERT_NAME", CERTIFICATE, *broker.words("sub", "-t", "x", "--servername", "x.example"))
    fails("HF_E_CONNECT_REFUSED", NETWORK, *broker.words("sub", "-t", "x"))


# ---- brokers that misbehave

CONNACK, SUBACK = b"\x20\x02\x00\x00", b"\x90\x03\x00\x01"


def read_packet(connection):
    """(type, body); lengths of one byte are enough here."""
    first, length = read_exactly(connection, 2)
    check(length < 128, "a long packet")
    return first >> 4, read_exactly(connection, length)


def broker(*steps):
    """A handler that answers each packet in turn with these bytes, and then closes; None: silence."""
    def handler(connection):
        for step in steps:
            read_packet(connection)
            if step is None:
                while connection.recv(4096):
                    pass
                return
            connection.sendall(step)
    return handler


def against(handler, error, code, *words, after=lambda: None, **more):
    made = identities()
    with TlsServer(made.server, made.root, handler=handler) as server:
        try:
            return fails(error, code, words[0], "-h", "127.0.0.1", "-p", server.port, *made.options(), "--timeout", "1",
                         *words[1:], **more)
        finally:
            after()


def test_brokers_that_misbehave():
    pub, sub = ("pub", "-t", "a", "-m", "x", "-q", "1"), ("sub", "-t", "a")
    for number, error in enumerate(("VERSION", "CLIENT_ID", "UNAVAILABLE", "LOGIN", "AUTHORITY"), 1):
        against(broker(bytes((0x20, 2, 0, number))), "HF_E_MQTT_REFUSED_" + error, REFUSED, *pub)
    for handler, error, code, words in (
            (broker(None), "HF_E_MQTT_TIMEOUT", TIMEOUT, pub),
            (broker(b""), "HF_E_MQTT_CLOSED", NETWORK, pub),
            (broker(b"\x20\x03\x00\x00\x00"), "HF_E_MQTT_MALFORMED", TLS, pub),
            (broker(b"\xd0\x00"), "HF_E_MQTT_PROTOCOL", TLS, pub),
            (broker(CONNACK, None), "HF_E_MQTT_TIMEOUT", TIMEOUT, pub),
            (broker(CONNACK, b""), "HF_E_MQTT_CLOSED", NETWORK, pub),
            (broker(CONNACK, None), "HF_E_MQTT_TIMEOUT", TIMEOUT, sub),
            (broker(CONNACK, SUBACK + b"\x80"), "HF_E_MQTT_SUBSCRIBE_REFUSED", REFUSED, sub),
            (broker(CONNACK, SUBACK + b"\x00"), "HF_E_MQTT_CLOSED", NETWORK, sub)):
        against(handler, error, code, *words, within=6)


def test_refused_filter_is_named():
    said = against(broker(CONNACK, b"\x90\x04\x00\x01\x00\x80"), "HF_E_MQTT_SUBSCRIBE_REFUSED", REFUSED,
                   "sub", "-t", "a", "-t", "secret/#").stderr
    contains(said, "for: secret/#")


def test_reconnect():
    """The first connection ends after SUBACK; the second brings the message."""
    made = identities()
    count = []

    def handler(connection):
        count.append(1)
        broker(CONNACK)(connection)
        _, subscribe = read_packet(connection)
        connection.sendall(b"\x90\x03" + subscribe[:2] + b"\x00")
        if len(count) > 1:
            connection.sendall(b"\x30\x05\x00\x01ahi")
            read_packet(connection)
    with TlsServer(made.server, made.root, handler=handler) as server:
        done = handfast("sub", "-h", "127.0.0.1", "-p", server.port, *made.options(), "-t", "a", "-C", "1", "--reconnect")
    same(done.stdout, "hi\n", "the message")
    contains(done.stderr, "HF_E_MQTT_CLOSED; connecting again in ")
    same(len(count), 2, "connections")


def test_reconnect_ends_where_it_cannot_help():
    against(broker(b"\x20\x02\x00\x05"), "HF_E_MQTT_REFUSED_AUTHORITY", REFUSED, "sub", "-t", "a", "--reconnect")


def test_end_by_time():
    made = identities()
    with TlsServer(made.server, made.root, handler=broker(CONNACK, SUBACK + b"\x00", None)) as server:
        words = ("sub", "-h", "127.0.0.1", "-p", server.port, *made.options(), "-t", "a", "-W", "0.2")
        handfast(*words)
        fails("0 of 1", TIMEOUT, *words, "-C", "1")


def test_broker_that_stops_reading():
    large = identities().base / "too-much"
    large.write_bytes(bytes(40 << 20))
    release = support.threading.Event()

    def handler(connection):
        broker(CONNACK)(connection)
        release.wait(support.PATIENCE)
    for qos in ("0", "1"):
        release.clear()
        against(handler, "HF_E_MQTT_TIMEOUT", TIMEOUT, "pub", "-t", "a", "-f", large, "-q", qos, within=10,
                after=release.set)


def test_output_that_takes_nothing():
    """A message that could not be printed is not acknowledged."""
    seen = []

    def handler(connection):
        broker(CONNACK, SUBACK + b"\x01" + b"\x32\x07\x00\x01a\x00\x07hi")(connection)
        seen.append(read_packet(connection)[0])
    made = identities()
    with TlsServer(made.server, made.root, handler=handler) as server, open("/dev/full", "wb") as full:
        done = support.subprocess.run([TOOL, "sub", "-h", "127.0.0.1", "-p", str(server.port), *map(str, made.options()),
                                       "-t", "a", "-q", "1"], stdout=full, stderr=support.subprocess.PIPE, check=False,
                                      timeout=support.PATIENCE)
        server.wait()
    same(done.returncode, LOCAL, "exit code")
    contains(done.stderr.decode(), "No space left")
    same(seen, [14], "what came next: DISCONNECT")


def test_large_topic():
    """A topic and a message as large as the protocol's fields; the input buffer holds the topic."""
    topic = b"t" * 60000
    packet = struct.pack(">H", len(topic)) + topic + b"x" * 70000
    length = len(packet)
    head = bytes((0x30, length & 127 | 128, length >> 7 & 127 | 128, length >> 14))
    made = identities()
    with TlsServer(made.server, made.root, handler=broker(CONNACK, SUBACK + b"\x00" + head + packet, None)) as server:
        done = handfast("sub", "-h", "127.0.0.1", "-p", server.port, *made.options(), "-t", "#", "-v", "-C", "1")
    check(done.stdout == topic.decode() + " " + "x" * 70000 + "\n", "topic or message has changed")


def test_wrong_command_lines():
    ca = ("--ca", "x")
    pub, sub = ("pub", *ca, "-t", "a"), ("sub", *ca, "-t", "a")
    for words in (["pub", *ca, "-m", "x"], [*pub], [*pub, "-m", "x", "-n"], [*pub, "-m", "x", "-q", "2"],
                  [*pub, "-m", "x", "-p", "0"], [*pub, "-m", "x", "-p", "65536"], [*pub, "-m", "x", "-k", "-1"],
                  [*pub, "-m", "x", "-P", "y"], [*pub, "-m", "x", "--will-qos", "1"], [*pub, "-m", "x", "-c"],
                  [*pub, "-t", "b", "-m", "x"], [*pub, "-m", "x", "-u", "u", "-P", "p", "--password-file", "f"],
                  [*pub, "-m"], [*pub, "-m", "x", "word"], [*pub, "-m", "x", "-V", "5"],
                  [*sub, "-C", "0"], [*sub, "-W", "0"], [*sub, "-m", "x"], ["sub", *ca], [*sub, *["-t", "b"] * 32]):
        fails("See: handfast ", USAGE, *words)
    for words in (["pub", *ca, "-t", "a/+", "-m", "x"], ["pub", *ca, "-t", "", "-m", "x"], ["sub", *ca, "-t", "a/#/b"]):
        fails("HF_E_MQTT_TOPIC", USAGE, *words)
    for option, hint in (("-l", "-s"), ("--insecure", "--insecure-skip-name-check"), ("--tls-version=tlsv1.2", "--tls 1.2"),
                         ("--capath", "--ca"), ("-F", "-v"), ("--psk", "here there is none")):
        said = fails("Mosquitto's clients have this option", USAGE, *sub, option).stderr
        contains(said, hint)
    fails("could not be opened", LOCAL, *pub, "-f", "/absent")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
