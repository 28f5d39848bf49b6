"""External pre-shared keys of the tool against OpenSSL and GnuTLS, in both directions and both modes,
against itself with import, and every way in which a file of keys is refused."""
import contextlib
import hashlib
import re
import sys

import support
from support import Process, check, contains, folder, free_port, handfast, require_program, run, same

KEY = "8d1e580cb347f269a4903be716cd725f09b864da318ef5429c07eb502da67b13"
OTHER = "01" + KEY[2:]
IDENTITY = "lamp-1"
GNUTLS = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:"
KX = {"dhe": "+DHE-PSK:+ECDHE-PSK", "ke": "+PSK"}
NO_EXCHANGE = "without a key exchange"
BINDER_REFUSED = ("decrypt_error", "illegal_parameter", "unknown_psk_identity", "handshake_failure",
                  "bad_record_mac")


def key_file(base, text=f"{IDENTITY}:{KEY}\n", name="keys", mode=0o600):
    path = base / name
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def connect(port, path, *options, **more):
    return handfast("connect", f"127.0.0.1:{port}", "--psk-file", path, "--timeout", "10", *options, **more)


@contextlib.contextmanager
def openssl_server(*options, key=KEY):
    with Process(require_program("openssl"), "s_server", "-tls1_3", "-nocert", "-psk_identity", IDENTITY,
                 "-psk", key, "-accept", "127.0.0.1:0", "-rev", *options) as server:
        yield server, server.wait_line(r"^ACCEPT [^ ]*:(\d+)").group(1)


@contextlib.contextmanager
def gnutls_server(base, kx):
    program = require_program("gnutls-serv")
    for attempt in range(20):
        port = free_port()
        with Process(program, "--pskpasswd", key_file(base, name="gnutls"), "--priority", GNUTLS + kx,
                     "-p", str(port), "--echo", "-d", "0") as server:
            try:
                server.wait_line(r"listening on .*127\.0\.0\.1|listening on IPv4 0\.0\.0\.0|ready")
                server.wait_port(port)
            except AssertionError:
                if attempt < 19 and "in use" in server.text():
                    continue
                raise
            yield server, port
            return


@contextlib.contextmanager
def our_server(path, *options):
    with Process(support.TOOL, "listen", "127.0.0.1:0", "--psk-file", path, *options) as server:
        yield server, server.wait_line(r"^listening on .*:(\d+)$").group(1)


def known(result, *parts):
    contains(result.stdout, f"known by     pre-shared key of {IDENTITY}")
    contains(result.stdout, "verdict      accepted")
    for part in parts:
        contains(result.stdout, part)
    return result.stdout


# ---- we connect

def test_openssl_server():
    with folder() as base, openssl_server() as (_, port):
        text = known(connect(port, key_file(base), "--psk-plain"), "SHA256", "group        x25519", "not imported")
        check(NO_EXCHANGE not in text, text)


def test_openssl_server_without_key_exchange():
    with folder() as base, openssl_server("-allow_no_dhe_kex") as (_, port):
        known(connect(port, key_file(base), "--psk-plain", "--psk-mode", "ke"), NO_EXCHANGE)
    with folder() as base, openssl_server() as (_, port): # it does not let us
        connect(port, key_file(base), "--psk-plain", "--psk-mode", "ke", code=7)


def test_openssl_server_retries():
    with folder() as base, openssl_server("-groups", "P-384") as (_, port):
        known(connect(port, key_file(base), "--psk-plain"), "secp384r1, after a HelloRetryRequest")


def test_openssl_server_with_another_key():
    with folder() as base, openssl_server(key=OTHER) as (_, port):
        result = connect(port, key_file(base), "--psk-plain", code=7)
        check(any(alert in result.stderr for alert in BINDER_REFUSED), result.stderr)


def test_gnutls_server():
    for mode, kx in KX.items():
        with folder() as base, gnutls_server(base, kx) as (_, port):
            text = known(connect(port, key_file(base), "--psk-plain", "--psk-mode", mode))
            same(NO_EXCHANGE in text, mode == "ke", f"{mode}: {NO_EXCHANGE}")


# ---- we listen

def openssl_client(port, *options, key=KEY, identity=IDENTITY):
    return run(require_program("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_3", "-psk", key,
               "-psk_identity", identity, "-brief", *options, code=None, timeout=30)


def opened(server):
    return server.wait_line(r" open .*").group(0)


def test_openssl_client():
    for mode, options in (("dhe", ()), ("ke", ("-allow_no_dhe_kex",))):
        with folder() as base, our_server(key_file(base), "--psk-plain", "--psk-mode", mode) as (server, port):
            openssl_client(port, *options)
            line = opened(server)
            contains(line, f'who="{IDENTITY}"')
            contains(line, "certificate=psk")
            same("group=none" in line, mode == "ke", line)


def test_openssl_client_retries():
    with folder() as base, our_server(key_file(base), "--psk-plain") as (server, port):
        openssl_client(port, "-groups", "P-521:P-256")
        contains(opened(server), "group=secp256r1")


def test_refused_clients():
    """Whatever is wrong, the same words and the same alert."""
    with folder() as base, our_server(key_file(base), "--psk-plain") as (server, port):
        for key, identity in ((OTHER, IDENTITY), (KEY, "lamp-2")):
            before = server.text().count("refused ")
            result = openssl_client(port, key=key, identity=identity)
            check("decrypt error" in result.stderr, result.stderr)
            support.wait_until(lambda seen=before: server.text().count("refused ") > seen, "the refusal")
        lines = [line.split(" refused ")[1] for line in server.text().splitlines() if " refused " in line]
        lines = [re.sub(r"peer=\S+ ", "", line) for line in lines]
        same(len(lines), 2, "refusals")
        same(lines[0], lines[1], "what is said of both")
        contains(lines[0], "HF_E_PSK_REFUSED alert=sent:decrypt_error(51)")


def test_gnutls_client():
    program = require_program("gnutls-cli")
    for mode, kx in KX.items():
        with folder() as base, our_server(key_file(base), "--psk-plain", "--psk-mode", mode) as (server, port):
            result = run(program, "-p", port, "127.0.0.1", "--pskusername", IDENTITY, "--pskkey", KEY,
                         "--priority", GNUTLS + kx, timeout=30)
            contains(result.stdout, "Handshake was completed")
            same("group=none" in opened(server), mode == "ke", "no group")


# ---- both ends are ours

def test_imported():
    with folder() as base, our_server(key_file(base, f"# keys\n\nlamp-0:{OTHER}\n{IDENTITY}:{KEY}\n"),
                                      "--psk-mode", "dhe-or-ke") as (server, port):
        path = key_file(base, f"{KEY}\n", "mine")
        text = known(connect(port, path, "--psk-identity", IDENTITY))
        check("not imported" not in text, text)
        known(connect(port, path, "--psk-identity", IDENTITY, "--psk-mode", "ke"), NO_EXCHANGE)
        result = connect(port, path, "--psk-identity", IDENTITY, "--psk-plain", code=7)
        contains(result.stderr, "decrypt_error")
        contains(server.text(), "open peer=")


def test_sha384():
    with folder() as base, our_server(key_file(base), "--psk-hash", "sha384") as (_, port):
        known(connect(port, key_file(base), "--psk-hash", "sha384"), "TLS_AES_256_GCM_SHA384")
        connect(port, key_file(base), code=7)


def identities(base):
    handfast("identity", "ca", "--name", "Test CA", "--out", base)
    handfast("identity", "server", "--ca", base, "--name", "broker.example", "--ip", "127.0.0.1", "--out", base)
    return ("--cert", base / "broker.example.chain.pem", "--key", base / "broker.example.key")


def test_beside_certificates():
    """A server that has both serves both; who has no key of it does not know it."""
    with folder() as base, our_server(key_file(base), *identities(base)) as (_, port):
        known(connect(port, key_file(base)))
        done = handfast("connect", f"127.0.0.1:{port}", "--ca", base / "ca.pem")
        contains(done.stdout, "server's certificates")
        result = connect(port, key_file(base, f"lamp-2:{KEY}\n", "other"), code=None)
        contains(result.stderr, "HF_E_PSK_NOT_TAKEN")


def test_registry():
    """A registry may name identities, by their SHA-256."""
    sha256 = hashlib.sha256(IDENTITY.encode()).hexdigest()
    with folder() as base:
        registry = base / "registry"
        for state, code in (("ACTIVE", 0), ("REVOKED", 7)):
            registry.write_text(f"{sha256} thing-of-it {state}\n", encoding="utf-8")
            with our_server(key_file(base), "--registry", registry) as (server, port):
                connect(port, key_file(base), code=code)
                server.wait_line('who="thing-of-it"')


# ---- files and options

def refused(base, text, *options, words, mode=0o600, code=3):
    path = key_file(base, text, "refused", mode)
    for command in (("connect", "127.0.0.1:9"), ("listen", "127.0.0.1:0")):
        if command[0] == "listen" and "--psk-identity" in options:
            continue
        result = handfast(*command, "--psk-file", path, *options, code=code)
        for word in words:
            contains(result.stderr, word)
        check(KEY not in result.stderr + result.stdout, "a key is told")


def test_files():
    with folder() as base:
        good = f"{IDENTITY}:{KEY}\n"
        refused(base, good, words=("Others can read", "chmod 600"), mode=0o640)
        refused(base, "", words=("is empty",))
        refused(base, "# nothing\n\n", words=("is empty",))
        refused(base, good + f"{IDENTITY}:{OTHER}\n", words=("line 2", "two pre-shared keys"))
        refused(base, f"{IDENTITY}:{KEY[:-1]}\n", words=("line 1", "hex digits"))
        refused(base, f"{IDENTITY}: {KEY}\n", words=("line 1", "hex digits"))
        refused(base, f"{KEY}\n", words=("line 1", "no identity"))
        refused(base, f":{KEY}\n", words=("line 1", "no identity"))
        refused(base, good + f"lamp-2:{KEY[:30]}\n", words=("line 2", "HF_E_PSK_WEAK"), code=2)
        refused(base, f"{IDENTITY}:{'ab' * 32}\n", words=("line 1", "HF_E_PSK_WEAK"), code=2)
        refused(base, f"{IDENTITY}:{KEY * 2}00\n", words=("line 1", "HF_E_PSK_FORM"), code=2)
        refused(base, f"{'x' * 257}:{KEY}\n", words=("line 1", "HF_E_PSK_FORM"), code=2)


def test_which_key():
    with folder() as base:
        path = key_file(base, f"a:{KEY}\nb:{KEY}\n")
        contains(connect(9, path, code=3).stderr, "--psk-identity")
        contains(connect(9, path, "--psk-identity", "c", code=3).stderr, "no pre-shared key with this identity")


def test_options():
    with folder() as base:
        path = key_file(base)
        for options in (("--psk-mode", "never"), ("--psk-hash", "md5"), ("--ca", "ca.pem"), ("--pin", "0" * 64),
                        ("--cert", "c", "--key", "k"), ("--insecure-skip-certificate-check",)):
            connect(9, path, *options, code=2)
        for options in (("--psk-plain",), ("--psk-mode", "ke"), ("--psk-identity", "x"), ("--psk-hash", "sha384")):
            handfast("connect", "127.0.0.1:9", *options, code=2)
        contains(connect(9, path, "--tls", "1.2", code=None).stderr, "HF_E_PSK_VERSION")
        handfast("listen", "127.0.0.1:0", code=2)
        handfast("listen", "127.0.0.1:0", "--psk-plain", code=2)
        handfast("listen", "127.0.0.1:0", "--psk-file", path, "--client-ca", "ca.pem", code=2)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
