"""The programs in examples/, run against openssl s_server and mosquitto."""
import contextlib
import os
import re
import socket
import sys
from pathlib import Path

import support
import tool_peers
from support import Process, check, contains, folder, free_port, handfast, run, same

EXAMPLES = Path(os.environ.get("HF_EXAMPLES", "build/examples"))
VERSIONS = ("-tls1_3", "-tls1_2")


def example(name, *arguments, **more):
    path = EXAMPLES / name
    if not path.exists():
        raise support.Skip(f"{name} was not built")
    return run(path, *arguments, **more)


def make_identities(base):
    handfast("identity", "ca", "--name", "Test CA", "--out", base)
    handfast("identity", "server", "--ca", base, "--name", "broker.example", "--ip", "127.0.0.1",
             "--out", base)
    handfast("identity", "device", "--ca", base, "--id", "thing", "--out", base)


@contextlib.contextmanager
def reversing_server(base, *options, cert="broker.example", ca="ca.pem"):
    """openssl s_server, which answers each line with its letters in reverse order."""
    openssl = support.require_program("openssl")
    chain = base / f"{cert}.chain.pem"
    with Process(openssl, "s_server", "-rev", "-accept", "127.0.0.1:0", "-cert", chain,
                 "-cert_chain", chain, "-key", base / f"{cert}.key", "-CAfile", base / ca,
                 "-verify_return_error", *options) as server:
        yield server, server.wait_line(r"^ACCEPT [^ ]*:(\d+)").group(1)


@contextlib.contextmanager
def broker(base):
    """mosquitto, which lets in nobody without a certificate."""
    mosquitto = support.require_program("mosquitto")
    for _ in range(20):
        port = free_port()
        lines = [f"listener {port} 127.0.0.1", f"cafile {base}/ca.pem",
                 f"certfile {base}/broker.example.chain.pem", f"keyfile {base}/broker.example.key",
                 "require_certificate true", "allow_anonymous true", "persistence false",
                 "log_dest stderr", "log_type all"]
        if os.geteuid() == 0:
            lines.append("user root")
        (base / "mosquitto.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        with Process(mosquitto, "-c", base / "mosquitto.conf") as server:
            try:
                server.wait_line("mosquitto version .* running")
            except AssertionError:
                if "in use" in server.text():
                    continue
                raise
            yield server, port
            return
    raise AssertionError("no free port for mosquitto")


def device(base):
    return base / "ca.pem", base / "thing.chain.pem", base / "thing.key"


def subscriber(base, port, topic):
    return Process(support.require_program("mosquitto_sub"), "-h", "127.0.0.1", "-p", str(port),
                   "-t", topic, "-q", "1", "-v", "--cafile", base / "ca.pem",
                   "--cert", base / "thing.chain.pem", "--key", base / "thing.key", "-i", "observer")


def test_connect_publishes():
    with folder() as base:
        make_identities(base)
        with broker(base) as (server, port), subscriber(base, port, "hello") as observer:
            server.wait_line("Sending SUBACK to observer")
            done = example("connect", f"127.0.0.1:{port}", *device(base))
            observer.wait_line("^hello it works$")
            same(done.stderr, "", "what connect says")


def test_connect_says_what_is_wrong():
    with folder() as base:
        make_identities(base)
        handfast("identity", "ca", "--name", "Other CA", "--out", base / "other")
        with broker(base) as (_, port):
            address = f"127.0.0.1:{port}"
            done = example("connect", address, base / "other/ca.pem", *device(base)[1:], code=1)
            contains(done.stderr, "not among the trust anchors")
            done = example("connect", address, *device(base)[:2], base / "ca.key", code=1)
            contains(done.stderr, "does not belong to the certificate")
            done = example("connect", address, base / "none.pem", *device(base)[1:], code=1)
            contains(done.stderr, "no PEM block")
        done = example("connect", f"127.0.0.1:{free_port()}", *device(base), code=1)
        contains(done.stderr, "refused the connection")
        done = example("connect", code=1)
        contains(done.stderr, "do:")


def test_telemetry_publishes_and_obeys():
    with folder() as base:
        make_identities(base)
        with broker(base) as (server, port), subscriber(base, port, "telemetry/#") as observer:
            server.wait_line("Sending SUBACK to observer")
            path = EXAMPLES / "telemetry"
            with Process(path, f"127.0.0.1:{port}", *device(base), "thing") as program:
                observer.wait_line(r'telemetry/thing {"reading": 3}')
                for text in ("blink", "stop"):
                    run(support.require_program("mosquitto_pub"), "-h", "127.0.0.1", "-p", port,
                        "-t", "commands/thing", "-m", text, "-q", "1", "--cafile", base / "ca.pem",
                        "--cert", base / "thing.chain.pem", "--key", base / "thing.key")
                same(program.wait_end(), 0, "telemetry's exit code")
                contains(program.text(), "blink\nstop")


def test_events_tell_what_happens():
    with folder() as base:
        make_identities(base)
        with reversing_server(base, "-Verify", "1") as (_, port):
            done = example("events", f"127.0.0.1:{port}", *device(base))
            same(done.stderr, "", "what events says")
            for line in ("resolve  begins", "tcp      HF_OK", "tls      HF_OK"):
                contains(done.stdout, line)
            contains(done.stdout, "5 public-key operations")
            ends = re.search(r"(\d+) bytes received, (\d+) sent", done.stdout)
            check(int(ends.group(1)) > 700 and int(ends.group(2)) > 700, done.stdout)
        done = example("events", f"127.0.0.1:{free_port()}", *device(base), code=1)
        contains(done.stdout, "error    HF_E_CONNECT_REFUSED\ntcp      HF_E_CONNECT_REFUSED\n")


def test_engine():
    for version in VERSIONS:
        with folder() as base:
            make_identities(base)
            with reversing_server(base, version) as (_, port):
                done = example("engine", "127.0.0.1", port, "broker.example", base / "ca.pem", "abc")
                same(done.stdout, "cba\n", version)
                done = example("engine", "127.0.0.1", port, "other.example", base / "ca.pem", "abc",
                               code=1)
                contains(done.stderr, "for other names")


def test_psk():
    """With the key that stands in its source."""
    source = (Path(os.environ["HF_SOURCE"]) / "examples/psk.c").read_text(encoding="utf-8")
    key = re.search(r"KEY\[32\] = \{(.*?)\}", source, re.S).group(1)
    key = "".join(re.findall(r"0x(..)", key))
    same(len(key), 64, "digits of the key")
    openssl = support.require_program("openssl")
    for served, code in ((key, 0), (key[2:] + key[:2], 1)):
        with Process(openssl, "s_server", "-rev", "-accept", "127.0.0.1:0", "-tls1_3", "-nocert", "-psk", served,
                     "-psk_identity", "lamp-1") as server:
            port = server.wait_line(r"^ACCEPT [^ ]*:(\d+)").group(1)
            done = example("psk", "127.0.0.1", port, "abc", code=code)
            same(done.stdout, "" if code else "cba\n", "what comes back")
            same(done.stderr == "", code == 0, done.stderr)


def test_engine_longer_than_a_record():
    """What is written is cut into records, and an answer in several reads is put together."""
    text = "".join(chr(97 + i % 26) for i in range(5000))
    with folder() as base:
        make_identities(base)
        with reversing_server(base) as (_, port):
            done = example("engine", "127.0.0.1", port, "broker.example", base / "ca.pem", text)
            check(done.stdout.endswith("\n") and set(done.stdout[:-1]) <= set(text), done.stdout[:80])


def test_nonblocking():
    for version in VERSIONS:
        with folder() as base:
            make_identities(base)
            with reversing_server(base, version, "-Verify", "1") as (_, port):
                done = example("nonblocking", f"127.0.0.1:{port}", *device(base), "abc")
                same(done.stdout, "cba\n", version)


def test_resume():
    for version in VERSIONS:
        with folder() as base:
            make_identities(base)
            stored = base / "session.bin"
            with reversing_server(base, version, "-Verify", "1") as (_, port):
                arguments = (f"127.0.0.1:{port}", *device(base), stored)
                check(example("resume", *arguments).stdout.startswith("in full, "), version)
                for _ in range(2):
                    check(example("resume", *arguments).stdout.startswith("resumed, "), version)
                stored.write_bytes(b"no session")
                check(example("resume", *arguments).stdout.startswith("in full, "), "damaged")


def test_signer():
    for version in VERSIONS:
        with folder() as base:
            make_identities(base)
            with reversing_server(base, version, "-Verify", "1") as (_, port):
                done = example("signer", f"127.0.0.1:{port}", *device(base), "abc")
                same(done.stdout, "cba\n", version)
                done = example("signer", f"127.0.0.1:{port}", *device(base)[:2], base / "ca.pem",
                               "abc", code=1)
                contains(done.stderr, "signer is not there")
                # Another key signs: only the server can notice.
                done = example("signer", f"127.0.0.1:{port}", *device(base)[:2], base / "ca.key",
                               "abc", code=1)
                contains(done.stderr, "alert")


def test_anchors_in_flash():
    flash = EXAMPLES / "flash"
    with reversing_server(flash, "-Verify", "1") as (_, port):
        done = example("anchors_in_flash", f"127.0.0.1:{port}", "broker.example")
        same(done.stdout, "connected with TLS 1.3, certificate sent\n", "what it says")
        done = example("anchors_in_flash", f"127.0.0.1:{port}", "other.example", code=1)
        contains(done.stderr, "for other names")


def board(base, port, code=0, **environment):
    """Runs the program of a board whose line leads to the port."""
    path = EXAMPLES / "smallest"
    with socket.create_connection(("127.0.0.1", port), timeout=support.PATIENCE) as line:
        return run(path, code=code, cwd=base, pass_fds=[line.fileno()],
                   env={**os.environ, "BOARD_LINE": str(line.fileno()), **environment})


def test_the_smallest_program_of_a_device():
    with folder() as base:
        make_identities(base)
        run(support.require_program("openssl"), "x509", "-in", base / "ca.pem", "-outform", "DER", "-out",
            base / "root.der")
        with reversing_server(base) as (_, port):
            same(board(base, int(port)).stdout, "olleh\n", "what it prints")
            stored = int((base / "stored-time").read_text(encoding="utf-8"))
            check(0 <= stored - 1795996800 < 60, f"{stored}: the program's date, and the time since start, have passed")
            (base / "stored-time").write_text("4102444800\n", encoding="utf-8")  # 2100
            same(board(base, int(port), code=1).stdout, "HF_E_CERT_EXPIRED\n", "at the last time seen")
        with tool_peers.Listener(tool_peers.read_to_end) as server:
            seen = []
            server.serve = lambda connection: seen.append(connection.recv(4096))
            done = board(base, server.port, code=1, BOARD_NOISE="stuck")
            server.wait()
            same((done.stdout, seen), ("HF_E_NO_RANDOM\n", [b""]), "with a generator that is stuck")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
