"""handfast connect: what it shows, and what bad input gets: each its own error, exit code and
alert, within the deadline."""
import atexit
import hashlib
import os
import re
import shutil
import socket
import ssl
import struct
import sys
from base64 import b64encode
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import support
from interop import needs_pieces
from support import BACKEND, Skip, check, contains, free_port, handfast, run, same
from tool_peers import DamagingProxy, DnsServer, Identities, Listener, TlsServer, fails, read_to_end

OK, USAGE, LOCAL, NETWORK, TLS, CERTIFICATE, REFUSED, TIMEOUT = 0, 2, 3, 4, 5, 6, 7, 8
BOTH = ((ssl.TLSVersion.TLSv1_2, "1.2"), (ssl.TLSVersion.TLSv1_3, "1.3"))


@lru_cache(maxsize=None)
def identities():
    base = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return Identities(base)


def connect(address, *options, **more):
    return handfast("connect", address, *identities().options(), *options, **more)


def refuses(error, code, address, *options, **more):
    return fails(error, code, "connect", address, *identities().options(), *options, **more)


def test_summary_of_a_connection():
    made = identities()
    for version, name in BOTH:
        with TlsServer(made.server, made.root, version=version, alpn=["mqtt", "other"]) as server:
            said = connect(server.address, "--alpn", "mqtt").stdout
            server.wait()
            same(server.errors, [], "the server's errors")
        for part in (f"version      TLS {name}", "suite        TLS_", "group        ", "signature    ecdsa_secp256r1_sha256",
                     "ALPN         mqtt", "our cert     asked for and sent", "0 subject  CN=", "issuer   CN=Test line",
                     "names    DNS broker.example, IP 127.0.0.1", "key      P-256, certificate of", ": 364 days left",
                     "1 subject  CN=Test line", "issuer   CN=Test root", "round trips  ", "verdict      accepted"):
            contains(said, part, "the summary")
        same(stage_times(said), ["resolve", "TCP", "TLS", "together"], "stages")
        check(re.search(r"sent +\d+ bytes in \d+ records\n +received +\d+ bytes in \d+ records", said), said)


def stage_times(said):
    """The stages in the table of times, each of whose rows must add up; so must the columns."""
    table = re.search(r"^  time +together +waiting +computing\n((?:    .*\n)+)", said, re.M)
    check(table, f"no table of times:\n{said}")
    row = re.compile(r"    (\S+) +" + " +".join([r"(\d+)\.(\d\d) ms"] * 3))
    rows = [row.fullmatch(line).groups() for line in table.group(1).splitlines()]
    times = [[int(part) for part in map("".join, zip(fields[1::2], fields[2::2]))] for fields in rows]
    for together, waiting, computing in times:
        check(abs(together - waiting - computing) <= 1, f"a row does not add up:\n{said}")
    for column in zip(*times):
        check(abs(sum(column[:-1]) - column[-1]) <= len(times), f"a column does not add up:\n{said}")
    return [fields[0] for fields in rows]


def advice(said):
    return re.findall(r"^  cheaper +(.*)$", said, re.M)


def test_what_it_cost():
    made = identities()
    for version, name in BOTH:
        with TlsServer(made.server, made.root, version=version) as server:
            said = connect(server.address).stdout
        contains(said, "\n  handshake    full\n")
        sent, received = map(int, re.search(r"certificates (\d+) bytes sent, (\d+) bytes received", said).groups())
        sizes = list(map(int, re.findall(r"certificate of (\d+) bytes", said)))
        framing = 4 + 4 + 5 * len(sizes) if name == "1.3" else 4 + 3 + 3 * len(sizes)
        same(received, sum(sizes) + framing, "bytes of the server's Certificate")
        check(sent > 600, f"bytes of our Certificate: {sent}")
        for part in ("1 secret agreed (x25519)", "2 certificate signatures verified", "1 handshake signature verified",
                     "1 signature made (ecdsa_secp256r1_sha256)", "buffers      input 16645, output 16645"):
            contains(said, part)
        same(["TLS 1.3 instead of 1.2: saves 1 round trip" in " ".join(advice(said))], [name == "1.2"], "advice")
        contains(said, "cheaper      the server's chain remembered (--remember FILE): saves 2 signature checks and ")
        contains(said, "cheaper      a session kept for the next time (--session FILE): saves ")


def test_what_a_retry_cost():
    made = identities()
    with TlsServer(made.server) as server:
        server.context.set_ecdh_curve("secp384r1")
        said = handfast("connect", server.address, "--ca", made.root).stdout
    contains(said, "(one round trip more)")
    told = re.search(r"cheaper +the group that the server wants, secp384r1, as the first of ours: saves (\d+) bytes and 1 "
                     r"round trip", said)
    check(told and int(told.group(1)) > 200, said)


def test_what_a_failure_cost():
    made = identities()
    with TlsServer(made.server, made.root) as server:
        said = handfast("connect", server.address, "--ca", made.other, code=CERTIFICATE).stdout
    check(re.search(r"^    TLS .*not over$", said, re.M), said)
    contains(said, "\n  handshake    not over\n")
    same(advice(said), [], "advice")


def chain_line(said):
    return re.search(r"^  chain +(.*)$", said, re.M).group(1)


def remember(file, address, *options):
    return connect(address, "--remember", str(file), *options)


def test_remembered_chain():
    made = identities()
    known = "remembered, 2 signatures saved, 0 verified"
    new = "not remembered before, 0 signatures saved, 2 verified"
    base = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    for version, _ in BOTH:
        file = base / f"chain-{version.value}"
        with TlsServer(made.server, made.root, version=version) as server:
            same(chain_line(remember(file, server.address).stdout), new, "the first time")
            same(file.stat().st_mode & 0o777, 0o600, "the file's mode")
            whole = file.read_bytes()
            same(len(whole), 200, "the file's size")
            same(chain_line(remember(file, server.address).stdout), known, "the second time")
            same(chain_line(remember(file, server.address, "--alpn", "mqtt").stdout), known, "another protocol")
            same(file.read_bytes(), whole, "what is in the file")
            for damaged, warns in ((whole[:-1], True), (whole + b"x", True), (b"", True),
                                   (whole[:50] + bytes([whole[50] ^ 1]) + whole[51:], False)):
                file.write_bytes(damaged)
                done = remember(file, server.address)
                same(chain_line(done.stdout), new, "a damaged file")
                same("this is no remembered chain" in done.stderr, warns, f"the warning: {done.stderr}")
                same(file.read_bytes(), whole, "the file was made anew")
            same(sorted(p.name for p in base.glob(f"{file.name}*")), [file.name], "files")
            missing = base / "missing" / "chain"
            done = remember(missing, server.address)
            same(done.returncode, OK, "a folder that is missing")
            contains(done.stderr, f"warning: {missing}: the chain was not remembered", "stderr")
            file.write_bytes(whole)
            said = refuses("HF_E_CERT_EXPIRED", CERTIFICATE, server.address, "--remember", str(file), "--time",
                           "2100-01-01T00:00:00Z")
            check("saved" not in said.stdout, said.stdout)
            same(file.read_bytes(), whole, "the file after a failure")


def test_certificate_not_asked_for():
    made = identities()
    with TlsServer(made.server) as server:
        contains(connect(server.address).stdout, "our cert     not asked for")
        said = handfast("connect", server.address, "--ca", made.root).stdout
        contains(said, "our cert     not asked for")


def test_only_the_version_that_is_asked_for():
    made = identities()
    with TlsServer(made.server, version=ssl.TLSVersion.TLSv1_2) as server:
        refuses("protocol_version", REFUSED, server.address, "--tls", "1.3")
        contains(connect(server.address).stdout, "TLS 1.2")


def test_server_without_the_extended_master_secret():
    made = identities()
    with TlsServer(made.server, version=ssl.TLSVersion.TLSv1_2) as server:
        server.context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET
        contains(connect(server.address).stdout, "accepted")
        refuses("HF_E_NO_EXTENDED_MASTER_SECRET", TLS, server.address,
                "--require-extended-master-secret")
        server.alert("handshake_failure")


def test_certificates_in_any_order():
    """Root, leaf twice, issuer: whatever a server sends behind its leaf, a path is found in it."""
    made = identities()
    blocks = made.server[0].read_text().split("-----END CERTIFICATE-----\n")
    leaf, issuer = (block + "-----END CERTIFICATE-----\n" for block in blocks[:2])
    mixed = made.base / "mixed.pem"
    mixed.write_text(leaf + made.root.read_text() + leaf + issuer)
    for anchor in (made.root, made.base / "line" / "ca.pem"):
        with TlsServer((mixed, made.server[1])) as server:
            said = handfast("connect", server.address, "--ca", anchor).stdout
        same(said.count(" subject "), 4, "certificates shown")


def test_more_certificates_than_are_looked_at():
    made = identities()
    many = made.base / "many.pem"
    many.write_text(made.server[0].read_text() + made.root.read_text() * 10)
    with TlsServer((many, made.server[1])) as server:
        said = handfast("connect", server.address, "--ca", made.root).stdout
    contains(said, "more, not looked at")


def test_small_input_buffer():
    fails("--input-buffer takes 512", USAGE, "connect", "x", "--ca", identities().root, "--input-buffer", "511")
    needs_pieces()
    made = identities()
    with TlsServer(made.server, made.root) as server:
        said = connect(server.address, "--input-buffer", "512").stdout
        contains(said, "verdict      accepted")
        contains(said, " bytes sent, 0 bytes received, as far as known: records larger than the input buffer")
        check(re.search(r"session kept .*saves \d+\.\d+ ms of computing here$", said, re.M), said)


def test_a_server_that_stays_connected_is_no_failure():
    made = identities()
    release = support.threading.Event()
    with TlsServer(made.server, made.root, handler=lambda _: release.wait(support.PATIENCE)) as server:
        contains(connect(server.address).stdout, "verdict      accepted")
        release.set()


def test_name_of_another_address():
    made = identities()
    only_name = made.make("server", "named", "--name", "named.example")
    seen = []
    with TlsServer(only_name) as server:
        server.context.sni_callback = lambda _, name, __: seen.append(name)
        refuses("HF_E_CERT_NAME", CERTIFICATE, server.address)
        server.alert("bad_certificate")
        contains(connect(server.address, "--servername", "named.example").stdout, "accepted")
        same(seen[-1], "named.example", "SNI")
        done = connect(server.address, "--insecure-skip-name-check")
        contains(done.stderr, "warning: the name")
        done = handfast("connect", server.address, "--insecure-skip-certificate-check")
        contains(done.stderr, "warning: the server's certificate is not checked")


def test_pins():
    made = identities()
    leaf = made.server[0]
    key = run(support.require_program("openssl"), "x509", "-in", leaf, "-noout", "-pubkey").stdout
    der = ssl.PEM_cert_to_DER_cert(key.replace("PUBLIC KEY", "CERTIFICATE"))
    digest = hashlib.sha256(der).digest()
    with TlsServer(made.server) as server:
        for pin in (digest.hex(), digest.hex().upper(), b64encode(digest).decode(),
                    "sha256//" + b64encode(digest).decode()):
            contains(connect(server.address, "--pin", "0" * 64, "--pin", pin).stdout, "accepted")
        refuses("HF_E_CERT_PIN", CERTIFICATE, server.address, "--pin", "0" * 64)
        for bad in ("0" * 63, "0" * 62 + "xx", "sha256//", "=" * 44, b64encode(digest).decode()[:-1] + "A"):
            fails("A pin is a SHA-256", USAGE, "connect", server.address, "--ca", made.root, "--pin", bad)


def test_wrong_ca():
    made = identities()
    for version, _ in BOTH:
        with TlsServer(made.server, made.root, version=version) as server:
            fails("HF_E_CERT_UNKNOWN_CA", CERTIFICATE, "connect", server.address, "--ca", made.other)
            server.alert("unknown_ca")


def test_system_cas():
    if not Path("/etc/ssl/certs/ca-certificates.crt").exists():
        raise Skip("no system CAs")
    made = identities()
    with TlsServer(made.server) as server:
        fails("HF_E_CERT_UNKNOWN_CA", CERTIFICATE, "connect", server.address, "--ca", "system")
        contains(connect(server.address, "--ca", "system").stdout, "accepted")


def test_no_ca():
    fails("HF_E_NO_ANCHORS", USAGE, "connect", "127.0.0.1:1")


def test_dates_of_the_server():
    made = identities()
    old = made.make("server", "old", "--ip", "127.0.0.1", "--not-after", "2026-02-01T00:00:00Z")
    new = made.make("server", "new", "--ip", "127.0.0.1", "--not-before", "2090-01-01T00:00:00Z",
                    "--not-after", "2091-01-01T00:00:00Z")
    with TlsServer(old) as server:
        contains(refuses("HF_E_CERT_EXPIRED", CERTIFICATE, server.address).stdout, "EXPIRED")
        server.alert("certificate_expired")
    with TlsServer(new) as server:
        contains(refuses("HF_E_CERT_NOT_YET_VALID", CERTIFICATE, server.address).stdout, "NOT YET")
        server.alert("certificate_expired")
    with TlsServer(made.server) as server:
        refuses("HF_E_CERT_EXPIRED", CERTIFICATE, server.address, "--time", "2095-01-01T00:00:00Z")
        refuses("HF_E_CLOCK_IMPLAUSIBLE", LOCAL, server.address, "--time", "1970-01-01T00:00:10Z")
        fails("--time takes", USAGE, "connect", "x", "--ca", made.root, "--time", "yesterday")


def test_verdict_about_our_certificate():
    made = identities()
    expired = made.make("device", "expired", "--id", "x", "--not-after", "2020-01-01T00:00:00Z")
    stranger = made.base / "other"
    handfast("identity", "device", "--ca", stranger, "--id", "y", "--out", stranger)
    for version, name in BOTH:
        with TlsServer(made.server, made.root, version=version) as server:
            alone = ("connect", server.address, "--ca", made.root)
            missing = "certificate_required" if name == "1.3" else "handshake_failure"
            fails(missing, REFUSED, *alone)
            fails("certificate_expired", REFUSED, *alone, "--cert", expired[0], "--key", expired[1])
            fails("unknown_ca", REFUSED, *alone, "--cert", stranger / "y.pem", "--key", stranger / "y.key")


def test_files_that_cannot_be_used():
    made = identities()
    bad = made.base / "bad"
    bad.mkdir(exist_ok=True)
    text = made.root.read_text()
    (bad / "empty").write_bytes(b"")
    (bad / "letter").write_text("Dear reader,\n")
    (bad / "cut").write_text(text[:200])
    (bad / "spoilt").write_text(text.replace("\nMII", "\nM!I", 1))
    (bad / "large").write_bytes(b"\n" * (5 << 20))
    for name, error in (("empty", "HF_E_PEM_EMPTY"), ("letter", "HF_E_PEM_EMPTY"), ("cut", "HF_E_PEM_UNREADABLE"),
                        ("spoilt", "HF_E_PEM_UNREADABLE"), ("large", "too large"), ("absent", "No such file"), (".", "director")):
        said = fails(error, LOCAL, "connect", "127.0.0.1:1", "--ca", bad / name).stderr
        contains(said, str(bad / name), "the explanation")
    chain, key = made.device
    for cert, private, error, named in (
            (bad / "cut", key, "HF_E_PEM_UNREADABLE", bad / "cut"), (chain, bad / "letter", "HF_E_PEM_EMPTY", bad / "letter"),
            (key, key, "HF_E_PEM_EMPTY", key), (chain, made.server[1], "HF_E_KEY_MISMATCH", made.server[1])):
        said = fails(error, LOCAL, "connect", "127.0.0.1:1", "--ca", made.root, "--cert", cert, "--key", private).stderr
        contains(said, str(named), "the explanation")


def test_encrypted_keys():
    made = identities()
    chain, key = made.device
    locked, password, other = (made.base / name for name in ("locked.key", "password", "other-password"))
    password.write_text("open sesame\n")
    other.write_text("open barley\n")
    run(support.require_program("openssl"), "pkcs8", "-topk8", "-in", key, "-out", locked, "-passout", f"file:{password}")
    with TlsServer(made.server, made.root) as server:
        words = ("connect", server.address, "--ca", made.root, "--cert", chain, "--key", locked)
        fails("HF_E_KEY_ENCRYPTED", LOCAL, *words)
        if BACKEND in ("bearssl", "psa"):
            fails("HF_E_KEY_NO_DECRYPT", LOCAL, *words, "--key-password-file", password)
        else:
            contains(handfast(*words, "--key-password-file", password).stdout, "accepted")
            fails("HF_E_KEY_PASSWORD", LOCAL, *words, "--key-password-file", other)
        fails("empty", LOCAL, *words, "--key-password-file", "/dev/null")


def test_names_that_do_not_resolve():
    with DnsServer(DnsServer.NXDOMAIN) as dns:
        refuses("HF_E_RESOLVE_NOT_FOUND", NETWORK, "nowhere.example", "--dns", dns.address)
    with DnsServer(DnsServer.SERVFAIL) as dns:
        refuses("HF_E_RESOLVE_FAILED", NETWORK, "broken.example", "--dns", dns.address)
    with DnsServer(None) as dns:
        refuses("HF_E_RESOLVE_TIMEOUT", TIMEOUT, "slow.example", "--dns", dns.address, "--timeout", "0.7", within=4)
    fails("HF_E_NAME_SYNTAX", USAGE, "connect", "not a name", "--ca", identities().root)


def test_name_that_resolves():
    made = identities()
    with DnsServer("127.0.0.1") as dns, TlsServer(made.server) as server:
        said = connect(f"broker.example:{server.port}", "--dns", dns.address).stdout
        contains(said, f"address      127.0.0.1:{server.port}")


def test_alias_is_not_the_name_that_is_checked():  # P-99
    made = identities()
    with DnsServer("127.0.0.1", alias="broker.example") as dns, TlsServer(made.server) as server:
        refuses("HF_E_CERT_NAME", CERTIFICATE, f"alias.example:{server.port}", "--dns", dns.address)
        contains(connect(f"alias.example:{server.port}", "--dns", dns.address, "--servername",
                         "broker.example").stdout,
                 "verdict      accepted")


def test_hosts_that_do_not_answer():
    refuses("HF_E_CONNECT_REFUSED", NETWORK, f"127.0.0.1:{free_port()}")
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = []
        for _ in range(4):  # one is queued, further ones get no answer
            probe = socket.socket()
            probe.setblocking(False)
            probe.connect_ex(full.getsockname())
            waiting.append(probe)
        address = "127.0.0.1:%d" % full.getsockname()[1]
        refuses("HF_E_CONNECT_TIMEOUT", TIMEOUT, address, "--timeout", "0.5", within=4)
        for probe in waiting:
            probe.close()


def test_unreachable_host():
    unshare = shutil.which("unshare")
    words = [unshare, "-n"] if os.geteuid() == 0 else [unshare, "-r", "-n"]
    if unshare is None or run(*words, "true", code=None).returncode != 0:
        raise Skip("no network namespace can be made here")
    done = run(*words, support.TOOL, "connect", "192.0.2.1", "--ca", identities().root, code=NETWORK)
    contains(done.stderr, "HF_E_CONNECT_UNREACHABLE")
    contains(done.stderr, "Network is unreachable")


def test_peers_that_do_not_speak_tls():
    def http(connection):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    def ssh(connection):
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        read_to_end(connection)
    for serve, error, code in ((http, "HF_E_HTTP", TLS), (ssh, "HF_E_NOT_TLS", TLS), (read_to_end, "HF_E_TLS_TIMEOUT", TIMEOUT),
                               (lambda c: c.recv(4096), "HF_E_CLOSED_IN_HANDSHAKE", NETWORK)):
        with Listener(serve) as server:
            refuses(error, code, server.address, "--timeout", "1", within=5)


def test_damaged_records():
    """The third record of a 1.3 server is its first encrypted one: index 1, or 2 when it sends a
    change_cipher_spec."""
    made = identities()

    def encrypted(change):
        state = {"done": False}

        def damage(_, record):
            if record[0] != 23 or state["done"]:
                return record if not state["done"] else None
            state["done"] = True
            return change(record)
        return damage
    cases = (
        (lambda r: r[:-1] + bytes([r[-1] ^ 1]), "HF_E_BAD_RECORD_MAC", TLS, "bad_record_mac"),
        (lambda r: r[:3] + struct.pack(">H", 16384 + 257) + r[5:], "HF_E_RECORD_OVERFLOW", TLS, "record_overflow"),
        (lambda r: r[:len(r) // 2], "HF_E_CLOSED_IN_HANDSHAKE", NETWORK, None),
        (lambda r: None, "HF_E_CLOSED_IN_HANDSHAKE", NETWORK, None))
    for change, error, code, alert in cases:
        with TlsServer(made.server) as server, DamagingProxy(server.port, encrypted(change)) as proxy:
            refuses(error, code, proxy.address, "--tls", "1.3", "--timeout", "3", within=6)
            if alert is not None:
                server.alert(alert)


def test_help_with_an_example_everywhere():
    contains(handfast("--help").stdout, "exit codes:")
    for command in ("connect", "pub", "sub", "identity", "explain"):
        said = handfast(command, "--help").stdout
        same(handfast("help", command).stdout, said, "help")
        contains(said, f"  handfast {command} ")
        contains(said, "example")
        check(max(map(len, said.splitlines())) <= 100, "a line is too long")


def test_manual_page_has_every_option():
    page = (Path(os.environ["HF_SOURCE"]) / "docs/man/handfast.1").read_text().replace("\\-", "-")
    for words in (["connect"], ["pub"], ["sub"], ["identity", "ca"], ["identity", "server"], ["identity", "device"]):
        for option in re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", handfast(*words, "--help").stdout):
            check(re.search(re.escape(option) + r"(?![\w-])", page) or option in ("--help",), f"{words}: no {option}")


def test_wrong_command_lines():
    ca = ("--ca", "x")
    for words in (["connect"], ["connect", "a", "b"], ["connect", "a", "--nonsense"], ["connect", "a", "--ca"],
                  ["connect", "a", *ca, "--timeout", "0"], ["connect", "a", *ca, "--timeout", "1e3"],
                  ["connect", "a", *ca, "--timeout", "nan"], ["connect", "a", *ca, "--tls", "1.1"],
                  ["connect", "a", *ca, "--cert", "x"], ["connect", "a", *ca, "--key-password-file", "x"],
                  ["connect", "a", *["--ca", "x"] * 9], ["explain"], ["explain", "nonsense"], ["explain", "a", "b"],
                  ["explain", "alert", "255"]):
        fails("See: handfast ", USAGE, *words)


def test_explain():
    for words, parts in ((["48"], ["HF_E_KEY_NO_DECRYPT (48)", "unknown_ca (48)"]), (["alert", "0x30"], ["unknown_ca (48)"]),
                         (["HF_E_CERT_EXPIRED"], ["(163)", "certificate_expired (45)", " exit: 6"]), (["cert_expired"], ["(163)"]),
                         (["certificate_required"], ["(116)"]), (["connack", "5"], ["HF_E_MQTT_REFUSED_AUTHORITY"])):
        said = handfast("explain", *words).stdout
        for part in parts:
            contains(said, part)
    check("error" not in handfast("explain", "alert", "48").stdout.split("\n")[0], "only the alert was asked for")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
