"""handfast connect, pub and sub with --pcap, --pcap-without-secrets and --keylog: what tshark reads in the
files, against other people's servers; and files that cannot be written."""
import json
import os
import resource
import socket
import stat
import sys
import threading

import support
from interop import gnutls_serv, needs_pieces, s_server
from pki import NAME, pki
from support import PATIENCE, TOOL, Skip, check, contains, folder, free_port, handfast, require_program, run, same
from test_mosquitto import broker
from test_tool_mqtt import CONNACK, identities, read_packet
from test_tool_mqtt import broker as mqtt_broker
from tool_peers import Listener, TlsServer, fails, read_to_end
from tshark import agreed, packets, streams, tshark

USAGE, LOCAL, NETWORK, TLS, CERTIFICATE = 2, 3, 4, 5, 6
OURS = 49152
GNUTLS = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
WARNING = "whoever has that file can read all that is said"
SYN, RST = 2, 4
PACKETS = {"1": "CONNECT", "2": "CONNACK", "3": "PUBLISH", "4": "PUBACK", "14": "DISCONNECT"}


def trust():
    return ["--ca", pki().root().leaf, "--servername", NAME]


def connect(port, path, *options, code=0):
    """One connection into a capture with secrets; the only stream in it."""
    done = handfast("connect", f"127.0.0.1:{port}", *trust(), "--pcap", path, *options, code=code)
    contains(done.stderr, WARNING, "the warning")
    found = agreed(path)
    same(len(found), 1, "connections in the capture")
    return found[0]


def notes(stream):
    return "\n".join(line for packet in stream.packets for line in packet.comments)


def check_whole(stream, port, version, resumed):
    """Both directions are read to the end of the handshake; certificates only in a full one."""
    for source in (OURS, port):
        check("finished" in stream.names(source), f"Finished from port {source}: {stream.read}")
    same("certificate" in stream.names(port), not resumed, f"the server's certificate, TLS {version}")
    contains(notes(stream), f"The version is TLS {version}", "comments")
    contains(notes(stream), "The handshake is resumed" if resumed else "No session is resumed", "comments")
    sizes = [packet.length for packet in stream.packets]
    check(max(sizes) <= 65535 and sum(sizes) > 500, f"lengths of segments: {sizes}")


def full_and_resumed(port, base, version):
    session = base / f"session-{version}"
    for resumed in (False, True):
        path = base / f"{version}-{resumed}.pcapng"
        stream = connect(port, path, "--tls", version, "--session", session)
        check_whole(stream, port, version, resumed)
        same(stat.S_IMODE(path.stat().st_mode), 0o600, "mode of the capture")


def test_openssl():
    with folder() as base, s_server(identity=pki().server()) as (_, port):
        for version in ("1.3", "1.2"):
            full_and_resumed(port, base, version)


def test_gnutls():
    with folder() as base, gnutls_serv("--disable-client-cert", identity=pki().server(), priority=GNUTLS) as (_, port):
        for version in ("1.3", "1.2"):
            full_and_resumed(port, base, version)


def test_mutual_authentication():
    device = pki().client()
    for version in ("1.3", "1.2"):
        with folder() as base, s_server("-Verify", "3", "-verify_return_error", "-CAfile", pki().client_anchors(),
                                        identity=pki().server()) as (_, port):
            stream = connect(port, base / "c.pcapng", "--tls", version, "--cert", device.chain, "--key", device.key)
            for name in ("certificate", "certificate_verify", "finished"):
                check(name in stream.names(OURS), f"{name}: {stream.read}")


def test_hello_retry_request():
    with folder() as base, s_server("-groups", "P-384", identity=pki().server()) as (_, port):
        stream = connect(port, base / "c.pcapng")
        check_whole(stream, port, "1.3", False)
        same(stream.names(port)[:2], ["server_hello", "server_hello"], "the server's first messages")
        same(stream.names(OURS)[:2], ["client_hello", "client_hello"], "ours")
        contains(notes(stream), "The hello is asked for again, with a key share of secp384r1", "comments")


def test_transcript():
    """What --json tells of messages is what tshark reads, and so what the ladder shows."""
    device = pki().client()
    for version in ("1.3", "1.2"):
        with folder() as base, s_server("-Verify", "3", "-CAfile", pki().client_anchors(),
                                        identity=pki().server()) as (_, port):
            done = handfast("connect", f"127.0.0.1:{port}", *trust(), "--tls", version, "--cert", device.chain, "--key",
                            device.key, "--pcap", base / "c", "--json")
            stream, = agreed(base / "c")
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            for direction, source in (("sent", OURS), ("received", port)):
                told = [(it["name"], it["length"]) for it in lines
                        if it["event"] == "message" and it["direction"] == direction and it["whole"]]
                same(told, [tuple(it) for it in stream.read[source]], f"messages {direction}, TLS {version}")
                check(len(told) >= 4, f"messages {direction}: {told}")


def test_small_buffer():
    """Records that are opened in pieces: the events tell such a message without its size."""
    needs_pieces()
    with folder() as base, s_server(identity=pki().server()) as (_, port):
        for version in ("1.3", "1.2"):
            stream = connect(port, base / version, "--tls", version, "--input-buffer", "512")
            sizes = {it.name: it.size for it in stream.told[port]}
            same(sizes["certificate"] is None, version == "1.3", f"the certificate is told without its size: {sizes}")


def mqtt(port, *options):
    """What tshark reads as MQTT with these options: port of the sender, types, topics."""
    text = tshark(*options, "-d", f"tls.port=={port},mqtt", "-Y", "mqtt", "-T", "fields",
                  "-E", "aggregator=|", "-e", "tcp.srcport", "-e", "mqtt.msgtype", "-e", "mqtt.topic")
    return [line.split("\t") for line in text.splitlines()]


def test_mosquitto():
    """pub and sub; tshark reads the MQTT inside."""
    device = pki().client()
    with broker("ecdsa") as (_, port), folder() as base:
        for version in ("1.3", "1.2"):
            path, log, bare = base / f"pub-{version}", base / f"log-{version}", base / f"bare-{version}"
            common = ["-h", "127.0.0.1", "-p", port, *trust(), "--cert", device.chain, "--key", device.key,
                      "--tls", version, "-t", "a/b"]
            handfast("pub", *common, "-q", "1", "-r", "-m", "hello", "--pcap", path)
            stream, = agreed(path)
            check_whole(stream, port, version, False)
            seen = mqtt(port, path)
            for source, kinds in ((OURS, ["CONNECT", "PUBLISH", "DISCONNECT"]), (port, ["CONNACK", "PUBACK"])):
                read = [PACKETS[kind] for by, types, _ in seen if by == str(source) for kind in types.split("|")]
                same(read, kinds, f"packets from port {source}")
            contains("".join(topic for _, _, topic in seen), "a/b", "topics")
            handfast("sub", *common, "-C", "1", "--pcap-without-secrets", bare, "--keylog", log)
            same(mqtt(port, bare), [], "MQTT that is read without secrets")
            check(len(mqtt(port, bare, "-o", f"tls.keylog_file:{log}")) >= 4, "MQTT that is read with the key log")


def test_reconnecting():
    """Two connections of one run are two TCP streams, each with a port of ours."""
    made = identities()
    count = []

    def handler(connection):
        count.append(1)
        mqtt_broker(CONNACK)(connection)
        _, subscribe = read_packet(connection)
        connection.sendall(b"\x90\x03" + subscribe[:2] + b"\x00")
        if len(count) > 1:
            connection.sendall(b"\x30\x05\x00\x01ahi")
            read_packet(connection)
    with folder() as base, TlsServer(made.server, made.root, handler=handler) as server:
        handfast("sub", "-h", "127.0.0.1", "-p", server.port, *made.options(), "-t", "a", "-C", "1", "--reconnect",
                 "--pcap", base / "c")
        found = agreed(base / "c")
        same([it.packets[0].source for it in found], [OURS, OURS + 1], "ports of ours")
        for stream in found:
            check("finished" in stream.names(server.port), f"it is read: {stream.read}")
        types = [kind for row in mqtt(server.port, base / "c") for kind in row[1].split("|")]
        same(types.count("3"), 1, f"PUBLISH packets of {types}")


def test_large_data():
    """More than a packet and more than a window, one way."""
    made = identities()
    large = bytes(range(256)) * 2000
    with folder() as base:
        (base / "large").write_bytes(large)

        def handler(connection):
            mqtt_broker(CONNACK)(connection)
            read_to_end(connection)
        with TlsServer(made.server, made.root, handler=handler) as server:
            handfast("pub", "-h", "127.0.0.1", "-p", server.port, *made.options(), "-t", "a", "-f", base / "large",
                     "--pcap", base / "c")
        stream, = agreed(base / "c")
        sent = sum(packet.length for packet in stream.packets if packet.source == OURS)
        check(sent > len(large), f"{sent} bytes of ours in the capture")


def test_what_capinfos_says():
    with folder() as base, s_server(identity=pki().server()) as (_, port):
        connect(port, base / "c.pcapng")
        text = run(require_program("capinfos"), "-M", base / "c.pcapng").stdout
        for part in ("pcapng", "rawip", "nanoseconds (9)", "Capture application: handfast ",
                     "Strict time order:   True", "Number of decryption secrets in file: 3"):
            contains(text, part, "capinfos")


def test_without_secrets():
    """It is not read, until there is a key log; and it holds nothing of it."""
    with folder() as base, s_server(identity=pki().server()) as (_, port):
        for version in ("1.3", "1.2"):
            bare, log = base / f"bare-{version}", base / f"log-{version}"
            done = handfast("connect", f"127.0.0.1:{port}", *trust(), "--tls", version, "--pcap-without-secrets", bare,
                            "--keylog", log)
            same(done.stderr.count(WARNING), 1, "warnings, of the key log only")
            stream, = streams(bare)
            check("finished" not in stream.names(OURS) + stream.names(port), f"what is read: {stream.read}")
            same("certificate" in stream.names(port), version == "1.2", "the certificate is read")
            stream, = streams(bare, "-o", f"tls.keylog_file:{log}")
            stream.agree("with the key log")
            check_whole(stream, port, version, False)
            held = bare.read_bytes()
            lines = log.read_text().splitlines()
            check(lines, "the key log has lines")
            for line in lines:
                secret = line.split(" ")[2]
                check(bytes.fromhex(secret) not in held and secret.encode() not in held, "no secret is in the capture")
            check(b"TRAFFIC_SECRET" not in held and b"CLIENT_RANDOM" not in held, "no block of secrets either")


def test_key_log():
    """It grows, with the labels that others know; a file of 0600."""
    with folder() as base, s_server(identity=pki().server()) as (_, port):
        log = base / "keys.log"
        for version, labels in (("1.3", {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                                         "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET"}),
                                ("1.2", {"CLIENT_RANDOM"})):
            before = log.read_text() if log.exists() else ""
            handfast("connect", f"127.0.0.1:{port}", *trust(), "--tls", version, "--keylog", log)
            text = log.read_text()
            check(text.startswith(before), "what was there is still there")
            lines = [line.split(" ") for line in text[len(before):].splitlines()]
            same({line[0] for line in lines}, labels, "labels")
            same(len(lines), len(labels), "lines")
            same({(len(line), len(line[1])) for line in lines}, {(3, 64)}, "words of a line, digits of a random")
            same(stat.S_IMODE(log.stat().st_mode), 0o600, "mode of the key log")


def test_no_environment_variable():
    with folder() as base, s_server(identity=pki().server()) as (_, port):
        environment = dict(os.environ, SSLKEYLOGFILE=str(base / "unasked.log"))
        handfast("connect", f"127.0.0.1:{port}", *trust(), env=environment)
        same(list(base.iterdir()), [], "files that nobody asked for")


# ---- failures

def test_a_failed_handshake():
    """The packet that brought the cause says so, and the alert is read."""
    with folder() as base, s_server(identity=pki().server()) as (_, port):
        path = base / "c.pcapng"
        fails("HF_E_CERT_UNKNOWN_CA", CERTIFICATE, "connect", f"127.0.0.1:{port}", "--ca", pki().root("other").leaf,
              "--servername", NAME, "--pcap", path)
        stream, = streams(path)
        told, read = stream.told[port], stream.read[port]
        same(told, read[:len(told)], "what we read of the server's messages, up to the cause")
        same((told[-1].name, read[-1].name), ("certificate", "finished"), "the last message that we read, and all")
        cause = [packet for packet in stream.packets if "fails here: HF_E_CERT_UNKNOWN_CA" in "".join(packet.comments)]
        same([packet.source for packet in cause], [port], "the packets that say why")
        check("certificate" in [it.name for it in cause[0].messages], f"what it brought: {cause[0].messages}")
        check(any(packet.source == OURS and "alert: fatal unknown_ca" in ",".join(packet.comments)
                  for packet in stream.packets), f"the alert: {notes(stream)}")


def test_nobody_listens():
    port = free_port()
    with folder() as base:
        fails("HF_E_CONNECT_REFUSED", NETWORK, "connect", f"127.0.0.1:{port}", *trust(), "--pcap", base / "c")
        found = packets(base / "c")
        same([(it.source, it.flags & (SYN | RST)) for it in found], [(OURS, SYN), (port, RST)], "packets")


def test_reset_and_silence():
    def reset(connection):
        connection.recv(4096)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    def close(connection):
        connection.recv(4096)
    for serve, last in ((reset, RST), (close, 0)):
        with folder() as base, Listener(serve) as server:
            fails("HF_E_CLOSED_IN_HANDSHAKE", NETWORK, "connect", server.address, *trust(), "--pcap", base / "c")
            stream, = agreed(base / "c")
            same(stream.packets[-1].flags & RST, last, "how it ends")
            contains(notes(stream), "fails here: HF_E_CLOSED_IN_HANDSHAKE", "comments")


def test_ipv6():
    try:
        port = free_port(socket.AF_INET6)
    except OSError as why:
        raise Skip(f"no IPv6 here: {why}") from None
    it = pki().server()
    command = [require_program("openssl"), "s_server", "-accept", f"[::1]:{port}", "-cert", it.leaf, "-key", it.key,
               "-cert_chain", it.rest, "-www"]
    with folder() as base, support.Process(*command) as server:
        server.wait_line("^ACCEPT")
        handfast("connect", f"[::1]:{port}", *trust(), "--pcap", base / "c")
        stream, = agreed(base / "c")
        check_whole(stream, port, "1.3", False)
        text = tshark(base / "c", "-T", "fields", "-e", "ipv6.src", "-c", "1")
        same(text, "::1\n", "our address")


# ---- files

def refused(what, code, *options):
    """Nothing is connected to: the port would not answer."""
    return fails(what, code, "connect", "127.0.0.1:1", *trust(), *options)


def test_files_that_others_can_read():
    with folder() as base:
        path = base / "open"
        for option in ("--pcap", "--keylog"):
            path.write_bytes(b"\x0a\x0d\x0d\x0a")
            for mode in (0o640, 0o604, 0o610):
                path.chmod(mode)
                done = refused("A file for secrets could be read by others", LOCAL, option, path)
                contains(done.stderr, str(path), "the explanation")
            same(path.read_bytes(), b"\x0a\x0d\x0d\x0a", "what was in it")


def test_files_that_are_no_captures():
    """A key, given by mistake, is not overwritten."""
    with folder() as base:
        for option in ("--pcap", "--pcap-without-secrets"):
            for old in (b"-----BEGIN PRIVATE KEY-----\n", b"\x0a\x0d\x0d"):
                path = base / "old"
                path.write_bytes(old)
                path.chmod(0o600)
                refused("it is no capture", LOCAL, option, path)
                same(path.read_bytes(), old, "what was in it")
            path.write_bytes(b"")
            done = handfast("connect", "127.0.0.1:1", *trust(), option, path, code=NETWORK)
            contains(done.stderr, "HF_E_CONNECT_REFUSED", "stderr")
            check(path.read_bytes().startswith(b"\x0a\x0d\x0d\x0a"), "an empty file is filled")
            handfast("connect", "127.0.0.1:1", *trust(), option, path, code=NETWORK)
            same(len(packets(path)), 2, "packets after a capture was overwritten")


def test_files_that_cannot_be_opened():
    with folder() as base:
        for option in ("--pcap", "--pcap-without-secrets", "--keylog"):
            refused("could not be opened for writing", LOCAL, option, base / "none" / "file")
            refused("could not be opened for writing", LOCAL, option, base)
            refused("An option lacks its value", USAGE, option)
        refused("are one file", LOCAL, "--pcap", base / "c", "--keylog", base / "." / "c")
        (base / "c").unlink()
        refused("There is one capture", USAGE, "--pcap", base / "a", "--pcap-without-secrets", base / "b")
        same(list(base.iterdir()), [], "files that were left")


def test_pipe():
    """A reader gets the packets while they come."""
    with s_server(identity=pki().server()) as (_, port), folder() as base:
        os.mkfifo(base / "pipe")
        with support.Process(require_program("tshark"), "-l", "-n", "-r", base / "pipe") as reader:
            handfast("connect", f"127.0.0.1:{port}", *trust(), "--pcap", base / "pipe")
            reader.wait_line("Encrypted Extensions")
            same(reader.wait_end(), 0, "tshark's exit code")


def test_pipe_that_breaks():
    """A reader that goes away is an error at the end, no signal."""
    gone = threading.Event()

    def serve(connection):
        connection.recv(4096)
        gone.wait(PATIENCE)
    with Listener(serve) as server, folder() as base:
        os.mkfifo(base / "pipe")
        with support.Process(TOOL, "connect", server.address, *trust(), "--pcap", base / "pipe") as writer:
            with open(base / "pipe", "rb") as reader:
                check(reader.read(4) == b"\x0a\x0d\x0d\x0a", "the beginning of a capture")
            gone.set()
            same(writer.wait_end(), NETWORK, "exit code")
        for part in ("HF_E_CLOSED_IN_HANDSHAKE", "The capture is not whole", "Broken pipe"):
            contains(writer.text(), part, "what it says")


def test_full_disk():
    """The connection goes well, and the exit code says that the file did not."""
    with s_server(identity=pki().server()) as (_, port), folder() as base:
        for option, what in (("--pcap", "The capture is not whole"), ("--keylog", "The key log is not whole"),
                             ("--pcap-without-secrets", "The capture is not whole")):
            done = fails(what, LOCAL, "connect", f"127.0.0.1:{port}", *trust(), option, "/dev/full")
            contains(done.stderr, "/dev/full: No space left on device", "the reason")
            contains(done.stdout, "verdict      accepted", "the summary")
        done = handfast("connect", "127.0.0.1:1", *trust(), "--pcap", "/dev/full", code=NETWORK)
        contains(done.stderr, "HF_E_CONNECT_REFUSED", "the first failure")
        contains(done.stderr, "The capture is not whole", "and the second")
        # in the middle: a file may have so many bytes and no more
        path = base / "c"

        def limit():
            support.signal.signal(support.signal.SIGXFSZ, support.signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        done = fails("The capture is not whole", LOCAL, "connect", f"127.0.0.1:{port}", *trust(), "--pcap", path,
                     preexec_fn=limit)
        contains(done.stderr, "File too large", "the reason")
        check(len(path.read_bytes()) <= 1000, "what was written")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
