"""The library on an emulated Cortex-M3: handshakes of both versions with openssl s_server and
mosquitto over QEMU's serial line, sessions, refusals with their explanation, and replayed runs. In a
psa tree over Mbed TLS, else over BearSSL.

Skipped where the cross compiler or QEMU is missing. The firmware is built by firmware/build into
FIRMWARE_TREE (default: build/firmware of the source folder).
"""
import contextlib
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import resume_rig
import support
from interop import needs_pieces
from pki import NAME, pki
from support import Process, Skip, check, contains, folder, free_port, run, same

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "firmware"))
import emulator  # noqa: E402

TARGET = "cortex-m3"
PROFILE, NAMED, *OPTIONS = ["psa_all", "psa_all", "-DHF_BACKEND=psa"] if support.BACKEND == "psa" else ["all", "all"]
RERECORD = os.environ.get("HF_RERECORD", "")
_BUILT = []


def image():
    """The client with everything in it; built once."""
    if not _BUILT:
        gone = emulator.missing(TARGET)
        if gone:
            raise Skip(f"{gone} is not installed")
        tree = Path(os.environ.get("FIRMWARE_TREE", SOURCE / "build" / "firmware"))
        done = subprocess.run([SOURCE / "firmware" / "build", TARGET, PROFILE, NAMED, *OPTIONS], capture_output=True, text=True,
                              env=dict(os.environ, FIRMWARE_TREE=str(tree)), timeout=600, check=False)
        check(done.returncode == 0, f"firmware/build failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        _BUILT.append(tree)
    return _BUILT[0] / TARGET / NAMED / "client"


def der(source, to, *command):
    run("openssl", *command, "-in", source, "-outform", "DER", "-out", to)


def flash(where, root=None, identity=None):
    """The files that stand for a device's flash."""
    it = identity or pki().client()
    der((root or pki().root()).leaf, where / "root.der", "x509")
    der(it.leaf, where / "leaf.der", "x509")
    der(it.issuer.leaf, where / "intermediate.der", "x509")
    der(it.key, where / "key.der", "pkey")


def device(where, port, clock=None, **arguments):
    return emulator.run(TARGET, image(), where, port, name=arguments.pop("name", NAME),
                        clock=int(time.time()) if clock is None else clock, **arguments)


def server(*options, identity=None):
    """openssl s_server that asks for a certificate and reverses lines; .said(n): resumed or not."""
    return resume_rig.openssl("-CAfile", pki().client_anchors(), "-Verify", "4", "-verify_return_error", *options,
                              identity=identity)


def whole(it, version, suite):
    same(it.code, 0, f"exit code of the firmware, which said:\n{it.text}")
    contains(it.text, f"tls: open, {version}, {suite}", "console")
    contains(it.text, "\ndone\n", "console")


def test_full_handshakes():
    """Mutual, both versions; the server has verified our certificate."""
    with folder() as where, server() as peer:
        flash(where)
        for version, text, suite in (("13", "TLS 1.3", "TLS_AES_128_GCM_SHA256"),
                                     ("12", "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")):
            it = device(where, peer.port, version=version, mode="line")
            whole(it, text, suite)
            contains(it.text, "full, certificate sent")
            contains(it.text, "line: ecived eht morf olleh")
            same(it.number("tls: signatures verified"), 2, "signatures of the path")
        same(peer.said(2), [False, False], "the server says: resumed")
        same(len(re.findall(r"^Peer certificate: CN = device-p256$", peer.process.text(), re.M)), 2,
             "clients that the server verified")


def test_flight_in_one_record():
    """The server's whole flight is one record that is larger than the input buffer: opened in pieces."""
    needs_pieces()
    buffer = emulator.symbols(TARGET, image())["device_input"][1]
    for version, text in (("13", "TLS 1.3"), ("12", "TLS 1.2")):
        with folder() as where, server("-keylogfile", where / "keys.log") as peer:
            flash(where)
            with Process(RERECORD, "--upstream", peer.port, "--keylog", where / "keys.log") as proxy:
                port = int(proxy.wait_line(r"^LISTEN (\d+)").group(1))
                it = device(where, port, version=version, mode="line")
                proxy.wait_end()
                saw = json.loads(proxy.text().split("\n")[-1])
            check(saw["joined"] > buffer, f"a record of {saw} for a buffer of {buffer} bytes")
            same(it.code, 0, f"exit code of the firmware, which said:\n{it.text}")
            contains(it.text, f"tls: open, {text}", "console")
            contains(it.text, "line: ecived eht morf olleh")
            same(peer.said(1), [False], "the server says: resumed")


def test_rsa_servers():
    with folder() as where, server(identity=pki().server("rsa")) as peer:
        flash(where, root=pki().root("rsa"))
        whole(device(where, peer.port, version="13", mode="line"), "TLS 1.3", "TLS_AES_128_GCM_SHA256")
        whole(device(where, peer.port, version="12", mode="line"), "TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")


def test_retry():
    with folder() as where, server("-groups", "P-256") as peer:
        flash(where)
        it = device(where, peer.port, version="13", mode="line")
        whole(it, "TLS 1.3", "TLS_AES_128_GCM_SHA256, secp256r1")
        contains(it.text, ", retried,")


def test_update():
    """New keys in both directions; the lines go under them."""
    with folder() as where, server() as peer:
        flash(where)
        it = device(where, peer.port, version="13", mode="update")
        whole(it, "TLS 1.3", "TLS_AES_128_GCM_SHA256")
        contains(it.text, "line: ecived eht morf olleh")
        same(len(re.findall(r"KeyUpdate, Length=1", peer.process.text())), 2, "KeyUpdates at the server")


def test_resumed():
    """A session in a file, taken by another run of the firmware; both ends say that it was resumed."""
    for version, text in (("13", "TLS 1.3"), ("12", "TLS 1.2")):
        with folder() as where, server() as peer:
            flash(where)
            first = device(where, peer.port, version=version, mode="line", session="session.bin")
            contains(first.text, ", full", "first connection")
            same((where / "session.bin").stat().st_size, first.number("session: taken, bytes"), "session's file")
            second = device(where, peer.port, version=version, mode="line", session="session.bin")
            same(second.code, 0, second.text)
            contains(second.text, f"tls: open, {text}", "console")
            contains(second.text, ", resumed", "second connection")
            same(second.number("tls: signatures verified"), 0, "signatures of a resumed handshake")
            same(peer.said(2), [False, True], "the server says: resumed")


def test_remembered():
    """The path's signatures are verified once only."""
    with folder() as where, server() as peer:
        flash(where)
        for verified in (2, 0):
            it = device(where, peer.port, version="13", mode="line", remembered="chain.bin")
            whole(it, "TLS 1.3", "TLS_AES_128_GCM_SHA256")
            same(it.number("tls: signatures verified"), verified, "signatures of the path")


def refused(error, *says, **arguments):
    identity = arguments.pop("identity", None)
    with folder() as where, server(identity=identity) as peer:
        flash(where, root=arguments.pop("root", None))
        it = device(where, peer.port, mode="line", **arguments)
        same(it.code, 1, f"exit code of the firmware, which said:\n{it.text}")
        number = int(re.search(rf"HF_ERROR\({error[5:]}, (\d+),",
                               (SOURCE / "include/handfast/errors.def").read_text()).group(1))
        same(it.number("error"), number, "number on the console")
        for part in (error, *says):
            contains(it.text, part, "console")


def test_wrong_ca():
    for version in ("13", "12"):
        refused("HF_E_CERT_UNKNOWN_CA", "unknown_ca (48) sent to the peer", root=pki().root("other"), version=version)


def test_expired():
    for version in ("13", "12"):
        refused("HF_E_CERT_EXPIRED", "certificate_expired", identity=pki().expired(), version=version)


def test_wrong_name():
    for version in ("13", "12"):
        refused("HF_E_CERT_NAME", name="other.example", version=version)


def recorded(where, **arguments):
    """A connection whose received bytes are in rx.bin; the clock that goes with them."""
    with server() as peer:
        flash(where)
        clock = int(time.time())
        it = device(where, peer.port, clock, record="rx.bin", **arguments)
        same(it.code, 0, f"exit code of the firmware, which said:\n{it.text}")
        return clock


def test_replay():
    """The same bytes give the same instructions and the same stack, twice, and without the peer."""
    with folder() as where:
        clock = recorded(where, version="13", mode="line")
        plugin = image().parents[2] / "libcount.so"
        one, two = (device(where, None, clock, version="13", mode="line", replay="rx.bin", plugin=plugin)
                    for _ in range(2))
        whole(one, "TLS 1.3", "TLS_AES_128_GCM_SHA256")
        check(one.counts["instructions"] > 1000000, f"counted: {one.counts}")
        same(two.counts, one.counts, "counts of the second run")
        same(two.number("stack used"), one.number("stack used"), "stack of the second run")
        same(one.number("stack begins at") - one.number("stack used"), one.counts["lowest"] // 4 * 4,
             "end of the stack: by its paint, and by the lowest write")


def test_cut_off():
    """A peer that says nothing more ends the wait, at any point."""
    with folder() as where:
        clock = recorded(where, version="13", mode="line")
        whole_answer = (where / "rx.bin").read_bytes()
        for size in (0, 1, 7, 100, 700):
            (where / "rx.bin").write_bytes(whole_answer[:size])
            it = device(where, None, clock, version="13", mode="line", replay="rx.bin")
            same(it.code, 1, f"exit code after {size} bytes: {it.text}")
            contains(it.text, "HF_E_TIMEOUT", f"console after {size} bytes")


def test_altered():
    """Bytes that were changed on the way."""
    with folder() as where:
        clock = recorded(where, version="13", mode="line")
        data = bytearray((where / "rx.bin").read_bytes())
        data[200] ^= 1
        (where / "rx.bin").write_bytes(data)
        it = device(where, None, clock, version="13", mode="line", replay="rx.bin")
        same(it.code, 1, it.text)
        contains(it.text, "HF_E_BAD_RECORD_MAC")


BROKER = """
listener {port} 127.0.0.1
allow_anonymous true
{user}
cafile {anchors}
certfile {chain}
keyfile {key}
require_certificate true
"""


@contextlib.contextmanager
def broker(where):
    it = pki().server()
    port = free_port()
    (where / "mosquitto.conf").write_text(BROKER.format(port=port, user="user root" if os.geteuid() == 0 else "", anchors=pki().client_anchors(), chain=it.chain,
                                                        key=it.key))
    with Process(support.require_program("mosquitto"), "-v", "-c", where / "mosquitto.conf") as process:
        process.wait_port(port)
        yield process, port


def test_mosquitto():
    """Publishes, and gets a command that is sent when its message has arrived."""
    subscriber, publisher = support.require_program("mosquitto_sub"), support.require_program("mosquitto_pub")
    it = pki().client()
    for version, text in (("13", "TLS 1.3"), ("12", "TLS 1.2")):
        with folder() as where, broker(where) as (process, port), ThreadPoolExecutor(1) as pool:
            flash(where)
            options = ["-h", "localhost", "-p", port, "--cafile", pki().root().leaf, "--cert", it.chain, "--key",
                       it.key, "--insecure", "-d"]
            with Process("stdbuf", "-oL", subscriber, *options, "-t", "device/telemetry", "-C", "1") as listener:
                listener.wait_line("received SUBACK")
                client = pool.submit(device, where, port, version=version, mode="mqtt",
                                     device="sensor-1")
                listener.wait_line("temperature")
                run(publisher, *options, "-t", "device/commands", "-q", "1", "-m", "open the valve")
            done = client.result(emulator.PATIENCE)
            same(done.code, 0, f"exit code of the firmware, which said:\n{done.text}")
            contains(done.text, f"tls: open, {text}", "console")
            contains(done.text, "mqtt: command open the valve", "console")
            process.wait_line("Client .*sensor-1 disconnected|Received DISCONNECT from sensor-1")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
