"""Clients of five TLS libraries as peers of a server under test: one call, one result.

visit(client, port, ...) runs one of CLIENTS against 127.0.0.1: openssl s_client, gnutls-cli, or the
test clients over Mbed TLS, wolfSSL and BearSSL (tests/peers/<library>_visitor.c, HF_VISIT_<library>).
All take the fields of Wish as keywords. What a client cannot do raises Unsupported: can() asks first.
visitor_output.py reads what the first two print.

The Result is the same for all:
  open                   the handshake was completed; without it version, suite, group, scheme are 0
                         and alpn is ""
  resumed                a session of before was taken up. Then group is 0 where there was no key exchange
                         (wolfssl: as before), scheme says nothing, and verified what the session remembers
  closed                 close_notify of the server was received; None: s_client does not listen for it
  verified               the server's chain and name, or its raw public key, are as they should be
  version, suite, group  numbers of the registries
  scheme                 SignatureScheme of the server; None: the client does not say
  alpn                   "" without
  alert_in, alert_out    fatal alerts; None: none, or (BearSSL, which sends few) not said
  received, data         bytes
  extended_master        of TLS 1.2; None in 1.3, and of wolfSSL, which does not say
  certificate_requested, certificate_sent, retried (there was a HelloRetryRequest)
  limit                  the server answered max_fragment_length or record_size_limit; None: not said
  in_handshake, in_data, out_handshake, out_data
                         the largest record body of the outer type handshake or application_data
  error                  the client's own words or number
In TLS 1.3 a server judges a client's certificate after the client's handshake: expect at least one
byte, or s_client and gnutls-cli may be gone before its alert comes; and send nothing, or the server
may hang up over what it has not read.
"""
import contextlib
import dataclasses
import fcntl
import functools
import json
import os
import struct
import subprocess
import tempfile
import termios
import threading
from pathlib import Path

import visitor_output
from interop import OPENSSL_GROUPS, P256, P384, SUITES12, SUITES13, TLS12, TLS13, X25519, Result, fill
from pki import NAME, Identity
from support import PATIENCE, Skip, require_program, wait_until

CLIENTS = ("openssl", "gnutls", "mbedtls", "wolfssl", "bearssl")
LIBRARIES = ("mbedtls", "wolfssl", "bearssl")  # whose clients are ours
HAS_13 = ("openssl", "gnutls", "wolfssl")
GNUTLS_GROUPS = {X25519: "X25519", P256: "SECP256R1", P384: "SECP384R1"}
SCHEMES = {0x0401: "rsa_pkcs1_sha256", 0x0501: "rsa_pkcs1_sha384", 0x0601: "rsa_pkcs1_sha512",
           0x0403: "ecdsa_secp256r1_sha256", 0x0503: "ecdsa_secp384r1_sha384", 0x0603: "ecdsa_secp521r1_sha512",
           0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384", 0x0806: "rsa_pss_rsae_sha512",
           0x0807: "ed25519"}
# What only some can do. Every client chooses versions that it has, suites, groups, ALPN, an identity.
ONLY = {
    "resume": ("gnutls",), "session": ("openssl", "mbedtls", "wolfssl", "bearssl"),
    "psk_ke": ("wolfssl",), "offer_psk_ke": ("openssl", "gnutls"),
    "one_share": ("openssl", "gnutls", "wolfssl"),
    "no_share": ("wolfssl",),
    "no_name": ("openssl", "mbedtls", "wolfssl", "bearssl"),
    "record_limit": ("gnutls",),
    "server_key": ("gnutls",), "raw_identity": ("gnutls",), "also_x509": ("gnutls",),
}


class Unsupported(Exception):
    """The client cannot do what is asked for."""


@dataclasses.dataclass
class Wish:
    """What a connection shall be like. Empty lists: the client's own."""
    port: int
    ca: Path | None = None            # PEM; needed unless server_key is given
    name: str = NAME                  # sent as server_name, and expected in the certificate
    no_name: bool = False             # it is not sent, and every name will do
    identity: Identity | None = None  # of pki.py
    versions: tuple = (TLS12, TLS13)  # least and largest
    suites: tuple = ()
    groups: tuple = ()                # best first; bearssl has its own order
    schemes: tuple = ()               # SignatureScheme numbers. mbedtls, bearssl: see tests/peers/*_visitor.c;
                                      # wolfssl offers rsa_pss_pss with rsa_pss_rsae
    alpn: tuple = ()
    send: bytes = b""                 # text without NUL
    fill: int = 0                     # then as many bytes of interop.fill()
    expect: int = 0                   # bytes that are read before closing
    max_fragment: int = 0             # gnutls sends record_size_limit as well, of the same size
    record_limit: int = 0             # 512 and more; not one of the four sizes of max_fragment
    one_share: bool = False           # a key share for the first group only (openssl, wolfssl: always)
    no_share: bool = False            # none at all
    no_extended_master: bool = False  # bearssl: always
    server_key: Path | None = None    # PEM: the server's raw public key; nothing else is offered
    also_x509: bool = False           # or an X.509 certificate, which the server may prefer
    raw_identity: tuple = ()          # (public key, private key): our own raw public key, PEM
    resume: bool = False              # visit_twice(): gnutls-cli connects again
    session: Path | None = None       # a file: the session in it is offered, the newest one put there
    no_tickets: bool = False          # TLS 1.2: session ids alone; bearssl: always
    psk_ke: bool = False              # TLS 1.3: only without a new key exchange
    offer_psk_ke: bool = False        # or with one (gnutls: always; wolfssl too, but cannot go on without)

    def payload(self):
        return self.send + fill(self.fill)


def versions_of(client):
    return (TLS12, TLS13) if client in HAS_13 else (TLS12,)


def can(client, *options):
    """Whether the client can do these fields of Wish."""
    return all(client in ONLY.get(option, CLIENTS) for option in options)


def require(client):
    """The client's program; without it the test is skipped."""
    if client not in LIBRARIES:
        return require_program({"openssl": "openssl", "gnutls": "gnutls-cli"}[client])
    path = os.environ.get(f"HF_VISIT_{client}", "")
    if not os.path.exists(path):
        raise Skip(f"the library {client} is not installed")
    return path


@functools.cache
def available():
    """The clients that are installed."""
    there = []
    for client in CLIENTS:
        try:
            require(client)
            there.append(client)
        except Skip as why:
            print(f"  without {client}: {why}")
    return there


def visit(client, port, **options):
    """One connection; see Wish for the options. Returns the Result."""
    wish = Wish(port=port, **options)
    missing = [option for option in options if getattr(wish, option) and not can(client, option)]
    if missing or wish.versions[0] not in versions_of(client):
        raise Unsupported(f"{client}: {', '.join(missing) or 'TLS 1.3'}")
    if wish.ca is None and wish.server_key is None:
        raise ValueError("ca or server_key is needed")
    call = {"openssl": visit_openssl, "gnutls": visit_gnutls}.get(client)
    result = visit_library(client, wish) if call is None else call(wish)
    settle(result, client)
    if wish.resume:
        result["first"] = Result(result.first, command=result.command)
        settle(result.first, client)
    return result


def settle(result, client):
    """What every Result has, whatever the client said."""
    result["client"] = client
    if not result.open:
        result.update(version=0, suite=0, group=0, scheme=0, alpn="", verified=False)
    if result.version != TLS12:
        result["extended_master"] = None


def visit_twice(client, port, **options):
    """Two connections, the second of which offers the session of the first; both Results. gnutls-cli keeps
    it in memory: one run of the program makes both, data are exchanged by the second only, and of both
    together come data, bytes, alerts and what it writes in its log."""
    if client == "gnutls":
        second = visit(client, port, resume=True, **options)
        return second.first, second
    with tempfile.TemporaryDirectory(prefix="handfast-test-") as folder:
        return tuple(visit(client, port, session=Path(folder) / "session", **options) for _ in range(2))


# ---- ours

def numbers(values):
    return ",".join(hex(value) for value in values)


def visit_library(client, wish):
    command = [require(client), "--port", wish.port, "--versions", numbers(wish.versions), "--ca", wish.ca,
               "--expect", wish.expect, "--timeout", int(PATIENCE * 1000)]
    for option, value in (("name", "" if wish.no_name else wish.name), ("suites", numbers(wish.suites)),
                          ("groups", numbers(wish.groups)), ("schemes", numbers(wish.schemes)),
                          ("alpn", ",".join(wish.alpn)), ("send", wish.send.decode()), ("fill", wish.fill),
                          ("max-fragment", wish.max_fragment)):
        command += [f"--{option}", value] if value else []
    if wish.identity is not None:
        command += ["--chain", wish.identity.chain, "--key", wish.identity.key]
    command += ["--session", wish.session] if wish.session is not None else []
    for flag in ("no_share", "no_tickets", "psk_ke"):
        command += [f"--{flag.replace('_', '-')}"] if getattr(wish, flag) else []
    command += ["--no-extended-master"] if wish.no_extended_master else []
    command = [str(word) for word in command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE, check=False,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    result = Result(json.loads(done.stdout))
    for name in ("alert_in", "alert_out"):
        result[name] = None if result[name] < 0 else result[name]
    result.update(command=" ".join(command), data=bytes.fromhex(result.data), scheme=None, limit=None)
    return result


# ---- programs that talk through their standard streams

def is_empty(pipe):
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0] == 0


def drive(command, wish, stderr, env=None, piece=None):
    """Sends, and closes the program's input when what is expected has come. Returns what came. With
    `piece`, the program reads that many bytes at a time."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, bufsize=0,
                          env=env, start_new_session=True) as child:
        late = threading.Event()
        timer = threading.Timer(PATIENCE, lambda: (late.set(), child.kill()))
        timer.start()

        def feed():
            left = memoryview(wish.payload())
            with contextlib.suppress(BrokenPipeError):  # it has ended, and says why
                while left:
                    left = left[child.stdin.write(left[:piece]):]
                    if left and piece is not None:
                        wait_until(lambda: is_empty(child.stdin) or child.poll() is not None, "reading program")
        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        received = b""
        while len(received) < wish.expect and (more := child.stdout.read(65536)):
            received += more
        feeder.join()
        child.stdin.close()
        while more := child.stdout.read(65536):
            received += more
        child.wait()
        timer.cancel()
        if late.is_set():
            raise AssertionError(f"{' '.join(command)}: not done after {PATIENCE:g} s, {len(received)} bytes received")
    return received


def talk(command, wish, read, logs, **more):
    """Drives the command; `logs` are files that it writes, and read(their texts, stderr) is the Result."""
    command = [str(word) for word in command]
    with tempfile.TemporaryFile() as stderr:
        data = drive(command, wish, stderr, **more)
        stderr.seek(0)
        said = stderr.read().decode("utf-8", "replace")
    texts = [path.read_text(errors="replace") if path.exists() else "" for path in logs]
    result = Result(visitor_output.NOTHING)
    result.update(command=" ".join(command), data=data, received=len(data))
    result.update(read(*texts, said))
    return result


# ---- openssl s_client

NO_EXTENDED_MASTER = """openssl_conf = all
[all]
ssl_conf = modules
[modules]
system_default = options
[options]
Options = -ExtendedMasterSecret
"""


def openssl_suites(wish):
    """-cipher and -ciphersuites; a version without suites is not offered."""
    least, largest = wish.versions
    of_13 = [SUITES13[suite] for suite in wish.suites if suite in SUITES13]
    of_12 = [SUITES12[suite][0] for suite in wish.suites if suite not in SUITES13]
    if wish.suites:
        least, largest = (least if of_12 else TLS13), (largest if of_13 else TLS12)
    names = {TLS12: "TLSv1.2", TLS13: "TLSv1.3"}
    words = ["-min_protocol", names[least], "-max_protocol", names[largest]]
    words += ["-ciphersuites", ":".join(of_13)] if of_13 else []
    return words + (["-cipher", ":".join(of_12)] if of_12 else [])


def visit_openssl(wish):
    command = [require("openssl"), "s_client", "-connect", f"127.0.0.1:{wish.port}", "-CAfile", wish.ca, "-verify", 9,
               "-verify_return_error", "-brief", "-nocommands", *openssl_suites(wish)]
    command += ["-servername", wish.name, "-verify_hostname", wish.name] if not wish.no_name else ["-noservername"]
    for option, words in (("-groups", [OPENSSL_GROUPS[group] for group in wish.groups]),
                          ("-sigalgs", [SCHEMES[scheme] for scheme in wish.schemes])):
        command += [option, ":".join(words)] if words else []
    command += ["-alpn", ",".join(wish.alpn)] if wish.alpn else []
    command += ["-maxfraglen", wish.max_fragment] if wish.max_fragment else []
    if wish.identity is not None:
        command += ["-cert", wish.identity.leaf, "-key", wish.identity.key]
        command += ["-cert_chain", wish.identity.rest] if wish.identity.rest.read_text() else []
    command += ["-sess_out", wish.session] if wish.session is not None else []
    command += ["-sess_in", wish.session] if wish.session is not None and wish.session.exists() else []
    command += ["-no_ticket"] if wish.no_tickets else []
    command += ["-allow_no_dhe_kex"] if wish.offer_psk_ke else []
    with tempfile.TemporaryDirectory(prefix="handfast-test-") as folder:
        trace, config = Path(folder) / "trace", Path(folder) / "openssl.cnf"
        env = None
        if wish.no_extended_master:
            config.write_text(NO_EXTENDED_MASTER)
            env = dict(os.environ, OPENSSL_CONF=str(config))
        return talk([*command, "-trace", "-msgfile", trace], wish, visitor_output.of_openssl, [trace], env=env)


# ---- gnutls-cli

GNUTLS_CIPHERS = visitor_output.GNUTLS_CIPHERS
GNUTLS_SIGNATURES = {number: [name] for name, number in visitor_output.GNUTLS_SCHEMES.items()
                     if not name.startswith("ECDSA")}
for hash_bits, curve in ((256, 256), (384, 384), (512, 521)):  # one name for each version
    GNUTLS_SIGNATURES[visitor_output.GNUTLS_SCHEMES[f"ECDSA-SHA{hash_bits}"]] = [
        f"ECDSA-SECP{curve}R1-SHA{hash_bits}", f"ECDSA-SHA{hash_bits}"]


def gnutls_suites(suites):
    """It chooses ciphers and key exchanges, so the list has to hold every combination of those in it."""
    kinds = {"ecdsa": "ECDHE-ECDSA", "rsa": "ECDHE-RSA"}
    ciphers, exchanges = [], []
    for suite in suites:
        cipher, kind = GNUTLS_CIPHERS[suite]
        ciphers += [cipher] if cipher not in ciphers else []
        exchanges += [kinds[kind]] if kind and kinds[kind] not in exchanges else []
    of_12 = {suite for suite in suites if suite not in SUITES13}
    if len(of_12) not in (0, len({GNUTLS_CIPHERS[suite][0] for suite in of_12}) * len(exchanges)):
        raise Unsupported(f"gnutls: {numbers(suites)} without further combinations")
    words = ["-CIPHER-ALL", *(f"+{cipher}" for cipher in ciphers)] if suites else []
    return words + (["-KX-ALL", *(f"+{exchange}" for exchange in exchanges)] if exchanges else [])


def gnutls_priority(wish):
    words = ["NORMAL", "-VERS-ALL", *(f"+VERS-TLS1.{version - 0x0301}" for version in (TLS13, TLS12)
                                      if wish.versions[0] <= version <= wish.versions[1])]
    words += gnutls_suites(wish.suites)
    words += ["-GROUP-ALL", *(f"+GROUP-{GNUTLS_GROUPS[group]}" for group in wish.groups)] if wish.groups else []
    words += ["-SIGN-ALL", *(f"+SIGN-{name}" for scheme in wish.schemes for name in GNUTLS_SIGNATURES[scheme])
              ] if wish.schemes else []
    if wish.server_key is not None or wish.raw_identity:
        words.append("-CTYPE-ALL")
        words.append("+CTYPE-SRV-RAWPK" if wish.server_key is not None else "+CTYPE-SRV-X509")
        words += ["+CTYPE-SRV-X509"] if wish.server_key is not None and wish.also_x509 else []
        words.append("+CTYPE-CLI-RAWPK" if wish.raw_identity else "+CTYPE-CLI-X509")
    words += ["%NO_TICKETS"] if wish.no_tickets else []
    return ":".join(words + (["%NO_SESSION_HASH"] if wish.no_extended_master else []))


def visit_gnutls(wish):
    """It has no way to be told a server's raw public key (--tofu refuses all of them): we compare.
    Of what it reads at once it sends one record, and forgets the rest."""
    command = [require("gnutls"), "-d", 5, "--port", wish.port, "--priority", gnutls_priority(wish)]
    command += ["--sni-hostname", wish.name]
    if wish.server_key is not None and not wish.also_x509:
        command += ["--no-ca-verification"]
    command += ["--print-cert"] if wish.server_key is not None else []
    command += ["--x509cafile", wish.ca] if wish.ca is not None else []
    command += ["--verify-hostname", wish.name] if wish.ca is not None else []
    for name in wish.alpn:
        command += ["--alpn", name]
    size = wish.max_fragment or wish.record_limit
    command += ["--recordsize", size] if size else []
    command += ["--single-key-share"] if wish.one_share else []
    command += ["--resume"] if wish.resume else []
    waits = wish.resume and not (wish.no_tickets and wish.versions[1] == TLS13)  # for a ticket, else for ever
    command += ["--waitresumption"] if waits else []
    if wish.raw_identity:
        command += ["--rawpkfile", wish.raw_identity[0], "--rawpkkeyfile", wish.raw_identity[1]]
    elif wish.identity is not None:
        command += ["--x509certfile", wish.identity.chain, "--x509keyfile", wish.identity.key]
    with tempfile.TemporaryDirectory(prefix="handfast-test-") as folder:
        log = Path(folder) / "log"
        result = talk([*command, "--logfile", log, "127.0.0.1"], wish, visitor_output.of_gnutls, [log],
                      piece=size or None)
    if result.raw_key is not None:
        wanted = wish.server_key.read_text() if wish.server_key is not None else ""
        result["verified"] = result.open and result.raw_key.split() == wanted.split()
    return result
