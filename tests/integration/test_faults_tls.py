"""Faults of TLS configuration: each is named first, and mended by the remedy named."""
import contextlib
import os
import re
import ssl
import sys

import support
from fault_rig import REFUSED, TLS, Attempt, Broker, expect_faults, fault, identities, openssl_identity
from support import TOOL, Process, folder
from tool_peers import TlsServer

TLS11, TLS12, TLS13 = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
RERECORD = os.environ.get("HF_RERECORD", "")


@fault("HF_E_ALERT", REFUSED, cause="speaks neither TLS 1.3 nor TLS 1.2, only older versions", remedy="Switch TLS 1.2 or 1.3 on",
       doctor="old-version", doctor_code=TLS)
def test_only_old_versions():
    with TlsServer(identities().server, version=TLS11, ciphers="ALL:@SECLEVEL=0") as server:
        yield Attempt(server.port)
        server.context.maximum_version = TLS12
        yield Attempt(server.port)


@fault("HF_E_ALERT", REFUSED, cause=["does not speak TLS 1.3", "nothing else was offered (--tls)"], remedy="Leave --tls out",
       doctor="version", doctor_code=TLS)
def test_only_a_version_that_is_not_there():
    with TlsServer(identities().server, version=TLS12) as server:
        yield Attempt(server.port, "--tls", "1.3")
        yield Attempt(server.port)


@fault("HF_E_ALERT", REFUSED, cause=["no cipher suite", "in common"], why="no certificate has a part in it",
       remedy="ECDHE with AES-GCM",
       doctor="no-common-suite", doctor_code=TLS)
def test_no_common_suite():
    with TlsServer(identities().server, version=TLS12, ciphers="ECDHE-ECDSA-AES128-SHA256") as server:
        yield Attempt(server.port)
        server.context.set_ciphers("ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256")
        yield Attempt(server.port)


@fault("HF_E_ALERT", REFUSED, cause=["key exchange group", "in common"], why="no certificate has a part in it",
       remedy="a group of ours (X25519, P-256, P-384)",
       doctor="no-common-group", doctor_code=TLS)
def test_no_common_group():
    with TlsServer(identities().server) as server:
        server.context.set_ecdh_curve("secp521r1")
        yield Attempt(server.port)
        server.context.set_ecdh_curve("prime256v1")
        yield Attempt(server.port)


@fault("HF_E_ALERT", REFUSED, cause=["signature scheme", "in common"], remedy="a certificate with a P-256, P-384 or RSA key",
       doctor="no-common-scheme", doctor_code=TLS)
def test_no_common_signature_scheme():
    line = identities().base / "root"
    with TlsServer(openssl_identity("edwards", ("ed25519",), line)) as server:
        yield Attempt(server.port)
    with TlsServer(openssl_identity("weierstrass", ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), line)) as server:
        yield Attempt(server.port)


@fault("HF_E_ALERT", REFUSED, cause=["no_application_protocol (120)", "(ALPN)"], why="offered: http/1.1",
       remedy="Offer the server's protocol with --alpn",
       doctor="alpn-not-matched", doctor_code=TLS)
def test_wrong_application_protocol():
    made = identities()
    with Process(TOOL, "listen", "127.0.0.1:0", "--cert", made.server[0], "--key", made.server[1], "--alpn", "mqtt") as server:
        port = server.wait_line(r"listening on .*:(\d+)").group(1)
        yield Attempt(port, "--alpn", "http/1.1")
        yield Attempt(port, "--alpn", "mqtt")


@fault("HF_E_ALERT", REFUSED, cause=["wants to be asked for by name (SNI)", "none was sent"], remedy="--servername NAME",
       doctor="sni-required", doctor_code=TLS)
def test_name_is_required():
    with TlsServer(identities().server) as server:
        server.context.sni_callback = \
            lambda _, name, __: None if name == "broker.example" else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        yield Attempt(server.port)
        yield Attempt(server.port, "--servername", "broker.example")


@fault("HF_E_ALERT", REFUSED, cause=["unrecognized_name (112)", "does not serve the host name"], remedy="Check the host name",
       doctor="sni-unknown", doctor_code=TLS)
def test_name_is_not_served():
    with TlsServer(identities().server) as server:
        server.context.sni_callback = \
            lambda _, name, __: None if name == "broker.example" else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        yield Attempt(server.port, "--servername", "brokr.example")
        yield Attempt(server.port, "--servername", "broker.example")


@fault("HF_E_NO_EXTENDED_MASTER_SECRET", TLS, cause="does not have the extended master secret", remedy="Update the peer (RFC 7627)")
def test_server_without_the_extended_master_secret():
    with TlsServer(identities().server, version=TLS12) as server:
        server.context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET
        yield Attempt(server.port, "--require-extended-master-secret")
        server.context.options &= ~1
        yield Attempt(server.port, "--require-extended-master-secret")


class Shared(Attempt):
    """With a key that was agreed, instead of certificates."""

    def __init__(self, port, key):
        super().__init__(port, device=False)
        self.options = ["--psk-file", key]


@fault("HF_E_ALERT", REFUSED, cause="no pre-shared key for the identity lamp-1, or another one", remedy="Check identity, key, hash")
def test_another_pre_shared_key():
    base = identities().base
    for name, digit in (("ours", "1"), ("theirs", "2")):
        (base / f"{name}.psk").write_text("lamp-1:" + "".join(f"{i:x}{digit}" for i in range(16)) * 2 + "\n")
        (base / f"{name}.psk").chmod(0o600)
    with Process(TOOL, "listen", "127.0.0.1:0", "--psk-file", base / "theirs.psk", "--quiet") as server:
        port = server.wait_line(r"listening on .*:(\d+)").group(1)
        yield Shared(port, base / "ours.psk")
        (base / "ours.psk").write_bytes((base / "theirs.psk").read_bytes())
        yield Shared(port, base / "ours.psk")


class SaysSize(Attempt):
    """Remembers the size that the remedy names, for the next attempt."""

    size = 0

    def run(self):
        done = super().run()
        SaysSize.size = int((re.search(r"do: Give --input-buffer (\d+)", done.stderr) or [0, 0])[1])
        return done


@contextlib.contextmanager
def large_records(port, log):
    """A proxy for one connection: 4000 zeros behind the content of each of the server's records."""
    with Process(RERECORD, "--upstream", port, "--keylog", log, "--grow", "4000") as process:
        yield int(process.wait_line(r"^LISTEN (\d+)").group(1))


@fault("HF_E_RECORD_TOO_LARGE", TLS, cause="record is larger than the input buffer", why="--input-buffer is 2048",
       remedy="Give --input-buffer ")
def test_records_larger_than_the_buffer():
    words = ("pub", "-t", "a", "-m", "x", "-q", "1")
    with folder() as base, Broker(version=TLS13) as broker:
        broker.context.keylog_filename = base / "log"
        with large_records(broker.port, base / "log") as port:
            yield SaysSize(port, "--input-buffer", 2048, mqtt=words)
        with large_records(broker.port, base / "log") as port:
            yield Attempt(port, "--input-buffer", SaysSize.size, mqtt=words)


def test_five_at_least():
    expect_faults(sys.modules[__name__], 5)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
