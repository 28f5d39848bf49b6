"""ESP-TLS over Handfast: programs that use only ESP-IDF's interface, against openssl s_server, mosquitto, and
servers of Python's. What is compared are the numbers that such programs see."""
import contextlib
import os
import re
import socket
import ssl
import sys
import threading
from pathlib import Path

import support
from support import Process, check, contains, folder, handfast, require_program, run, same
from test_examples import broker, make_identities, reversing_server
from tool_peers import DamagingProxy, Listener, TlsServer, read_exactly, read_to_end

CLIENT = os.environ.get("HF_PEER_esp_tls", "")
VERSIONS = {"-tls1_2": ("1", "0x0303"), "-tls1_3": ("2", "0x0304")}
NAME = "broker.example"
PSK = "7c9e1d04b2a85f3360f1e2d3c4b5a697" * 2
VERIFY, ALERT, EOF_, HANDSHAKE = "-0x2700", "-0x7780", "-0x7280", "ESP_ERR_MBEDTLS_SSL_HANDSHAKE_FAILED"


class Said(list):
    """The "word value" lines of a run, in order; the log is in .log."""

    def __init__(self, done):
        super().__init__(tuple((line + " ").split(" ", 1)) for line in done.stdout.splitlines())
        self.log, self.code = done.stderr, done.returncode
        check(done.returncode in (0, 1), f"exit {done.returncode}\n{done.stdout}{done.stderr}")

    def all(self, word):
        return [value.strip() for key, value in self if key == word]

    def __getitem__(self, word):
        found = self.all(word)
        check(found, f"no line {word!r} in {list(self)}\n{self.log}")
        return found[0]

    def expect(self, **values):
        for word, value in values.items():
            same(self[word], value, f"{word} (log: {self.log})")
        return self


def client(*arguments, **more):
    return Said(run(CLIENT, *arguments, code=None, **more))


@contextlib.contextmanager
def identities():
    with folder() as base:
        make_identities(base)
        yield base


def ca(base):
    return ["--ca", base / "ca.pem"]


def mutual(base):
    return [*ca(base), "--cert", base / "thing.chain.pem", "--key", base / "thing.key"]


def other_ca(base):
    if not (base / "other").exists():
        handfast("identity", "ca", "--name", "Somebody else", "--out", base / "other")
    return ["--ca", base / "other" / "ca.pem"]


def test_sync_and_async():
    with identities() as base:
        for option, (version, number) in VERSIONS.items():
            with reversing_server(base, option, "-alpn", "mqtt") as (_, port):
                for more in ([], ["--async"], ["--async", "--non-block"], ["--own-socket"], ["--keep-alive"],
                             ["--non-block"], ["--url", f"https://user@127.0.0.1:{port}/path?q"]):
                    said = client("127.0.0.1", port, *ca(base), "--send", "hello", "--alpn", "h2,mqtt", *more)
                    said.expect(result="1", state="4", version=number, text="olleh", alpn="mqtt", last="ESP_OK",
                                cleared="0", destroy="0")
                client("127.0.0.1", port, *ca(base), "--version", version).expect(result="1", version=number)


def test_async_does_not_wait():
    """The call comes back while the server's answer is outstanding."""
    with identities() as base, reversing_server(base) as (_, port):
        answers = threading.Event()

        def hold_back(_, record):
            check(answers.wait(support.PATIENCE), "the call did not come back")
            return record
        with DamagingProxy(int(port), hold_back) as proxy, \
                Process(CLIENT, "127.0.0.1", proxy.port, *ca(base), "--async", "--send", "abc") as process:
            process.wait_line("^in progress")
            answers.set()
            same(process.wait_end(), 0, "exit code")
            contains(process.text(), "text cba", "output")


def test_mutual_and_unified_key():
    with identities() as base:
        with reversing_server(base, "-Verify", "2") as (_, port):
            for key in ("--key", "--client-key"):
                said = client("127.0.0.1", port, *ca(base), "--cert", base / "thing.chain.pem", key,
                              base / "thing.key", "--send", "abc")
                said.expect(result="1", text="cba")
            client("127.0.0.1", port, *ca(base), "--cert", base / "thing.chain.pem").expect(
                result="-1", last="ESP_ERR_INVALID_STATE")


def test_encrypted_key():
    if support.BACKEND != "openssl":
        raise support.Skip("this backend does not decrypt keys")
    with identities() as base:
        run("openssl", "pkcs8", "-topk8", "-in", base / "thing.key", "-out", base / "locked.key", "-passout",
            "pass:secret")
        options = [*ca(base), "--cert", base / "thing.chain.pem", "--key", base / "locked.key"]
        with reversing_server(base, "-Verify", "2") as (_, port):
            client("127.0.0.1", port, *options, "--password", "secret", "--send", "a").expect(text="a")
            client("127.0.0.1", port, *options, "--password", "wrong").expect(
                result="-1", last="ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED", code="-0x3B80")
            client("127.0.0.1", port, *options).expect(
                result="-1", last="ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED", code="-0x3C00")


def test_der():
    with identities() as base:
        for name, form in (("ca", "x509"), ("thing", "x509")):
            run("openssl", form, "-in", base / f"{name}.pem", "-outform", "DER", "-out", base / f"{name}.der")
        run("openssl", "pkey", "-in", base / "thing.key", "-outform", "DER", "-out", base / "key.der")
        with reversing_server(base, "-Verify", "2") as (_, port):
            client("127.0.0.1", port, "--ca", base / "ca.der", "--cert", base / "thing.der", "--key",
                   base / "key.der", "--send", "ab").expect(result="1", text="ba")


def test_certificates_that_are_refused():
    with identities() as base:
        for option in VERSIONS:
            with reversing_server(base, option) as (server, port):
                client("127.0.0.1", port, *other_ca(base)).expect(
                    result="-1", state="3", last=HANDSHAKE, code=VERIFY, flags="0x8", cleared="0")
                server.wait_line("unknown ca")
                client("127.0.0.1", port, *ca(base), "--name", "other.example").expect(
                    result="-1", last=HANDSHAKE, code=VERIFY, flags="0x4")


def test_names_and_sni():
    """skip_common_name takes any name and still sends SNI."""
    with identities() as base:
        seen = []
        chain, key = base / f"{NAME}.chain.pem", base / f"{NAME}.key"
        with TlsServer((chain, key)) as server:
            server.context.sni_callback = lambda _, name, __: seen.append(name)
            at = ["127.0.0.1", server.port, *ca(base)]
            client(*at, "--name", "elsewhere.example", "--skip-name").expect(result="1")
            client(*at, "--name", NAME).expect(result="1")
            client("localhost", server.port, *ca(base), "--skip-name").expect(result="1")
            client("localhost", server.port, *ca(base)).expect(result="-1", code=VERIFY, flags="0x4")
            server.wait()
        same(seen, ["elsewhere.example", NAME, "localhost", "localhost"], "SNI")


def test_the_way_to_the_host():
    with identities() as base:
        port = support.free_port()
        for mode in ([], ["--async"]):
            client("127.0.0.1", port, *ca(base), *mode).expect(
                result="-1", state="3", last="ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST", errno="111")
            client("no..such.host", 8883, *ca(base), *mode).expect(  # none that DNS would be asked for
                result="-1", last="ESP_ERR_ESP_TLS_CANNOT_RESOLVE_HOSTNAME")
        client("127.0.0.1", port, *ca(base), "--family", "2").expect(result="-1",
               last="ESP_ERR_ESP_TLS_CANNOT_RESOLVE_HOSTNAME")
        client("127.0.0.1", port, *ca(base), "--interface", "nosuch0").expect(
            result="-1", last="ESP_ERR_ESP_TLS_SOCKET_SETOPT_FAILED", state="3")
        for host in ("", "x" * 300, "x..y"):
            check(client(host, port, *ca(base))["result"] == "-1", "a name of an impossible length")
        client("127.0.0.1", 65536, *ca(base)).expect(result="-1",
               last="ESP_ERR_MBEDTLS_SSL_SET_HOSTNAME_FAILED")
        for url in ("https://", "127.0.0.1", "https://[::1", "https://h:0/", "https://h:99999/", "https://h:8x/"):
            client("--url", url, *ca(base)).expect(result="-1", last="ESP_ERR_INVALID_ARG")


def test_timeouts():
    """One deadline for everything, in both modes; and one for each read."""
    with identities() as base:
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as queue:
            for _ in range(2):  # what the system still takes; it answers nobody else
                waiting = queue.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(full.getsockname())
            for mode in ([], ["--async"]):
                client("127.0.0.1", full.getsockname()[1], *ca(base), "--timeout", "200", *mode).expect(
                    result="-1", state="3", last="ESP_ERR_ESP_TLS_CONNECTION_TIMEOUT", code="-0x0044")
        with Listener(read_to_end) as silent:
            for mode in ([], ["--async"]):
                client("127.0.0.1", silent.port, *ca(base), "--timeout", "200", *mode).expect(
                    result="-1", state="3", last="ESP_ERR_ESP_TLS_CONNECTION_TIMEOUT", code="-0x6800")
        with TlsServer((base / f"{NAME}.chain.pem", base / f"{NAME}.key")) as server:
            client("127.0.0.1", server.port, *ca(base), "--timeout", "500", "--read").expect(
                result="1", read="-0x6800")


def test_alerts_of_the_server():
    with identities() as base:
        for option in VERSIONS:
            with reversing_server(base, option, "-Verify", "2") as (_, port):
                said = client("127.0.0.1", port, *ca(base), "--read")
                if option == "-tls1_2":
                    said.expect(result="-1", last=HANDSHAKE, code=ALERT)
                else:  # the verdict comes after the client's part of the handshake
                    said.expect(result="1", read=ALERT, code=ALERT,
                                last="ESP_ERR_MBEDTLS_SSL_READ_FAILED")
                contains(said.log, "certificate", "the log")


def test_ends():
    def orderly(secure):
        secure.sendall(b"hi")

    def cut(secure):
        secure.sendall(b"hi")
        raise OSError("closes without a close_notify")
    with identities() as base:
        identity = (base / f"{NAME}.chain.pem", base / f"{NAME}.key")
        for handler, read, last in ((orderly, "0", "ESP_ERR_ESP_TLS_TCP_CLOSED_FIN"),
                                    (cut, EOF_, "ESP_ERR_ESP_TLS_TCP_CLOSED_FIN")):
            with TlsServer(identity, handler=handler) as server:
                said = client("127.0.0.1", server.port, *ca(base), "--read-to-end")
                same(said.all("read"), ["2", read], "reads")
                said.expect(last=last)
        with Listener(lambda connection: connection.recv(10)) as rude:
            client("127.0.0.1", rude.port, *ca(base)).expect(result="-1", code=EOF_, last=HANDSHAKE)
        with Listener(lambda connection: connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")) as web:
            client("127.0.0.1", web.port, *ca(base)).expect(result="-1", code="-0x7200", last=HANDSHAKE)


def test_sessions():
    with identities() as base:
        for option in VERSIONS:
            with reversing_server(base, option) as (_, port):
                said = client("127.0.0.1", port, *ca(base), "--send", "abc", "--sessions", "3")
                same(said.all("resumed"), ["0", "1", "1"], f"resumed {option}")
                same(said.all("session")[0], "taken", "session")
                same(said.all("text"), ["cba"] * 3, "text")


def test_a_session_that_the_server_chokes_on():
    """The connection with it is cut, and tried once more without it."""
    with identities() as base, reversing_server(base) as (_, port):
        seen = []

        def damage(index, record):
            seen.extend([index] if index == 0 else [])
            return None if index == 0 and len(seen) == 2 else record
        with DamagingProxy(int(port), damage) as proxy:
            said = client("127.0.0.1", proxy.port, *ca(base), "--send", "abc", "--sessions", "2")
        same(said.all("result"), ["1", "1"], "results")
        same(said.all("resumed"), ["0", "0"], "resumed")
        same(said.all("last"), ["ESP_OK"] * 2, "errors")
        contains(said.log, "once more without it", "the log")
        same(len(seen), 3, "connections")


def test_much_data():
    """More than sockets hold: a writer that does not block is told to wait, one that blocks waits."""
    size = 12_000_000
    with identities() as base:
        for mode in ([], ["--non-block"]):
            may_read = threading.Event()

            def echo(secure, may_read=may_read):
                may_read.wait(support.PATIENCE)
                secure.sendall(read_exactly(secure, size))
            with TlsServer((base / f"{NAME}.chain.pem", base / f"{NAME}.key"), handler=echo) as server, \
                    Process(CLIENT, "127.0.0.1", server.port, *ca(base), "--bulk", str(size), *mode) as process:
                if mode:
                    process.wait_line("^want write")
                may_read.set()
                same(process.wait_end(), 0, "exit code")
                for line in (f"sent {size}", f"back {size}", "same 1"):
                    contains(process.text(), line, "output")


def test_stores():
    with identities() as base:
        with reversing_server(base) as (_, port):
            client("127.0.0.1", port, *ca(base), "--global").expect(store="ESP_OK", result="1")
            client("127.0.0.1", port, *other_ca(base), "--global").expect(result="-1", code=VERIFY, flags="0x8")
            (base / "none.pem").write_text("-----BEGIN NOTHING-----\n")
            client("127.0.0.1", port, "--ca", base / "none.pem", "--global").expect(
                store="ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED", result="-1", last="ESP_ERR_INVALID_STATE")
            mine = dict(os.environ, SSL_CERT_FILE=str(base / "ca.pem"))
            client("127.0.0.1", port, "--bundle", env=mine).expect(result="1")
            mine["SSL_CERT_FILE"] = str(base / "missing.pem")
            said = client("127.0.0.1", port, "--bundle", env=mine)
            said.expect(result="-1", last="ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED")
            contains(said.log, "No such file", "the log")
            with open(base / "huge.pem", "wb") as huge:
                huge.write((base / "ca.pem").read_bytes())
                huge.truncate(4 * 1024 * 1024)
            mine["SSL_CERT_FILE"] = str(base / "huge.pem")
            said = client("127.0.0.1", port, "--bundle", env=mine)
            contains(said.expect(result="-1").log, "too many for CA certificates", "the log")
            client("127.0.0.1", port).expect(result="-1", last="ESP_ERR_MBEDTLS_SSL_SETUP_FAILED")


def test_refused_fields():
    with identities() as base:
        with reversing_server(base) as (_, port):
            for option, last in (("--secure-element", "ESP_ERR_ESP_TLS_SE_FAILED"),
                                 ("--ds", "ESP_ERR_NOT_SUPPORTED"), ("--ecdsa", "ESP_ERR_NOT_SUPPORTED")):
                said = client("127.0.0.1", port, *ca(base), option)
                said.expect(result="-1", last=last)
                contains(said.log, "clientkey_buf", "the remedy in the log")
            said = client("127.0.0.1", port, *ca(base), "--suites", "c02b,1303,002f")
            said.expect(result="1", suite="0x1303")
            contains(said.log, "0x002f is passed over", "the log")
            client("127.0.0.1", port, *ca(base), "--suites", "002f").expect(
                result="-1", last="ESP_ERR_MBEDTLS_SSL_SETUP_FAILED", code="-0x7080")


@contextlib.contextmanager
def psk_server(key):
    openssl = require_program("openssl")
    with Process(openssl, "s_server", "-rev", "-accept", "127.0.0.1:0", "-nocert", "-psk", key, "-psk_identity",
                 "thing", "-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256") as server:
        yield server.wait_line(r"^ACCEPT [^ ]*:(\d+)").group(1)


def test_psk():
    with psk_server(PSK) as port:
        client("127.0.0.1", port, "--psk", f"thing:{PSK}", "--send", "abc").expect(result="1", text="cba",
                                                                                     version="0x0304")
        client("127.0.0.1", port, "--psk", f"thing:{PSK[:-2]}00").expect(result="-1", code=ALERT)
        for key, version in (("0011", "0"), ("00" * 32, "0"), (PSK, "1")):
            client("127.0.0.1", port, "--psk", f"thing:{key}", "--version", version).expect(
                result="-1", last="ESP_ERR_MBEDTLS_SSL_CONF_PSK_FAILED")


def test_plain_tcp():
    def echo(connection):
        connection.sendall(connection.recv(100))
    for mode in ([], ["--async"], ["--non-block"]):
        with Listener(echo) as server:
            client("127.0.0.1", server.port, "--plain", "--send", "hello", *mode).expect(
                result="1", text="hello", destroy="0")


@contextlib.contextmanager
def own_server(*options):
    with Process(CLIENT, *options) as server:
        yield server, server.wait_line(r"^port (\d+)").group(1)


def test_server():
    with identities() as base:
        identity = ["--cert", base / f"{NAME}.chain.pem", "--key", base / f"{NAME}.key"]
        for mode in ([], ["--async"]):
            with own_server("--serve", "2", "--tickets", *identity, *mode) as (server, port):
                said = client("127.0.0.1", port, *ca(base), "--send", "hello", "--sessions", "2")
                same(said.all("resumed"), ["0", "1"], "resumed")
                same(said.all("text"), ["hello"] * 2, "text")
                same(server.wait_end(), 0, "exit code")
        with own_server("--serve", "3", *identity, *ca(base)) as (server, port):
            client("127.0.0.1", port, *mutual(base), "--send", "a").expect(text="a")
            client("127.0.0.1", port, *ca(base), "--version", "1").expect(result="-1", code=ALERT)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(base / "ca.pem")
            context.load_cert_chain(base / "thing.chain.pem", base / "thing.key")
            with socket.create_connection(("127.0.0.1", int(port))) as plain, \
                    context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                secure.sendall(b"python")
                same(secure.recv(100), b"python", "echo")
            server.wait_end()
            contains(server.text(), "code -0x7480", "what the server saw")
        with own_server("--serve", "1", "--timeout", "200", *identity) as (server, port):
            with socket.create_connection(("127.0.0.1", int(port))):
                server.wait_line("last ESP_ERR_ESP_TLS_SERVER_HANDSHAKE_TIMEOUT")


def test_example_with_mosquitto():
    example = os.path.join(os.environ.get("HF_EXAMPLES", "build/examples"), "esp_tls")
    if not os.path.exists(example):
        raise support.Skip("the example was not built")
    with identities() as base, broker(base) as (server, port):
        files = [base / "ca.pem", base / "thing.chain.pem", base / "thing.key"]
        done = run(example, "127.0.0.1", port, "thing-0042", *files)
        contains(done.stderr, "CONNACK 20 02 00 00", "log")
        server.wait_line("as thing-0042")
        server.wait_line("Client thing-0042 disconnected")
        done = run(example, "127.0.0.1", port, "x", other_ca(base)[1], *files[1:], code=1)
        contains(done.stderr, f"{HANDSHAKE}, TLS stack {VERIFY}, certificate flags 0x8", "log")


def test_the_documented_table():
    """docs/esp-tls.md says the same as the table in codes.c."""
    source = Path(os.environ["HF_SOURCE"])
    code = (source / "compat/esp_tls/src/codes.c").read_text(encoding="utf-8")
    header = (source / "compat/esp_tls/src/codes.h").read_text(encoding="utf-8")
    numbers = {name: int(value, 16) for name, value in re.findall(r"(HF_ESP_\w+) = (0x\w+)", header)}
    short = dict(re.findall(r"#define (\w+)\s+(ESP_ERR_\w+)", code))
    table = {name: (short.get(esp, esp), numbers[tls], numbers.get(flags, 0))
             for name, esp, tls, flags in re.findall(r"\{HF_E_(\w+), (\w+), (\w+), (\w+)\}", code)}
    told = {}
    for line in (source / "docs/esp-tls.md").read_text(encoding="utf-8").splitlines():
        row = re.fullmatch(r"\| `-(0x\w+)` \| (?:`(0x\w+)`)? \| `(\w+)` \| ([A-Z0-9_, ]+) \|", line)
        for name in row.group(4).split(", ") if row else []:
            told[name] = (row.group(3), int(row.group(1), 16), int(row.group(2) or "0", 16))
    check(len(table) > 100, "the table in codes.c was not found")
    for name in {**told, **table}:
        same(told.get(name), table.get(name), f"the row of {name}")


if __name__ == "__main__":
    if not CLIENT:
        print("skipped: compat/esp_tls was not built")
        sys.exit(support.SKIP_CODE)
    support.main(sys.modules[__name__])
