"""Faults of certificates, on either side: each is named first, and mended by the remedy named."""
import datetime
import socket
import ssl
import struct
import sys

import support
from fault_rig import (CERTIFICATE, LOCAL, NETWORK, REFUSED, Attempt, expect_faults, fault, identities, leaf_of, openssl_identity)
from support import check, contains, handfast, same
from tool_peers import DnsServer, TlsServer, read_to_end

EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
LOOPBACK = ("--ip", "127.0.0.1")


def remade(name, *options):
    """A server's identity that the CA issues again, with other options."""
    return identities().make("server", name, "--force", *LOOPBACK, *options)


@fault("HF_E_CERT_EXPIRED", CERTIFICATE, cause="The server's certificate has expired",
       why=["by this machine's clock it is 2", "EXPIRED", "days ago"], remedy="Renew the peer's certificate",
       doctor="expired")
def test_server_has_expired():
    with TlsServer(remade("old", "--not-after", "2026-02-01T00:00:00Z")) as server:
        yield Attempt(server.port)
    with TlsServer(remade("old")) as server:
        yield Attempt(server.port)


@fault("HF_E_CERT_NOT_YET_VALID", CERTIFICATE, cause="The server's certificate is not valid yet", why="NOT YET, begins in ",
       remedy="issue the certificate again",
       doctor="not-yet-valid")
def test_server_is_not_valid_yet():
    with TlsServer(remade("early", "--not-before", "2090-01-01T00:00:00Z", "--not-after", "2091-01-01T00:00:00Z")) as server:
        yield Attempt(server.port)
    with TlsServer(remade("early")) as server:
        yield Attempt(server.port)


@fault("HF_E_CERT_NOT_YET_VALID", CERTIFICATE, cause="The clock is behind", why=["by --time it is 20", "NOT YET"],
       remedy="Leave --time out",
       doctor="clock", doctor_code=LOCAL)
def test_clock_is_behind():
    """After the software was built, before any certificate at hand: the device's own says so, too."""
    made = identities()
    yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    with TlsServer(made.server, made.root) as server:
        yield Attempt(server.port, "--time", yesterday.strftime("%Y-%m-%dT%H:%M:%SZ"))
        yield Attempt(server.port)


@fault("HF_E_CLOCK_IMPLAUSIBLE", LOCAL, cause=["clock", "before this software was built"], why="1970-01-01T00:00:10Z",
       remedy=["Leave --time out", "set the clock"],
       doctor="clock")
def test_clock_is_not_set():
    with TlsServer(identities().server) as server:
        yield Attempt(server.port, "--time", "1970-01-01T00:00:10Z")
        yield Attempt(server.port)


@fault("HF_E_CERT_NAME", CERTIFICATE, cause="for other names than the one asked for",
       why="asked for www.example; the certificate is for DNS broker.example, IP 127.0.0.1",
       remedy="Connect by a name that stands in the certificate",
       doctor="wrong-name")
def test_wrong_name():
    with DnsServer("127.0.0.1") as dns, TlsServer(identities().server) as server:
        yield Attempt(server.port, "--dns", dns.address, host="www.example")
        yield Attempt(server.port, "--dns", dns.address, host="broker.example")


@fault("HF_E_CERT_NAME", CERTIFICATE, cause="for other names than the one asked for",
       why="asked for 127.0.0.1; the certificate is for DNS broker.example", remedy="--servername",
       doctor="wrong-name")
def test_address_instead_of_name():
    with TlsServer(identities().make("server", "named", "--name", "broker.example")) as server:
        yield Attempt(server.port)
        yield Attempt(server.port, "--servername", "broker.example")


@fault("HF_E_CERT_UNKNOWN_CA", CERTIFICATE, cause=["lead to CN=Test root", "not among the CAs given"],
       why="CAs given: CN=Somebody else", remedy="Give the certificate of CN=Test root",
       doctor="unknown-ca")
def test_wrong_ca():
    with TlsServer(identities().server) as server:
        yield Attempt(server.port, ca=identities().other)
        yield Attempt(server.port)


@fault("HF_E_CERT_UNKNOWN_CA", CERTIFICATE, cause=["does not send an intermediate certificate", "CN=Test line"],
       why="below a CA given", remedy=["Append the certificate of CN=Test line", "to the server's chain file"],
       doctor="missing-intermediate")
def test_intermediate_is_missing():
    """The device's own chain shows where the missing one belongs."""
    chain, key = identities().server
    with TlsServer((leaf_of(chain), key)) as server:
        yield Attempt(server.port)
    with TlsServer((chain, key)) as server:
        yield Attempt(server.port)


@fault("HF_E_CERT_UNKNOWN_CA", CERTIFICATE, cause=["its own certificate only", "CN=Test line", "not among the CAs given"],
       why="CAs given: CN=Test root", remedy=["If CN=Test line", "is an intermediate", "append its certificate to the server's"],
       doctor="missing-intermediate")
def test_intermediate_is_missing_and_nothing_shows_it():
    chain, key = identities().server
    with TlsServer((leaf_of(chain), key)) as server:
        yield Attempt(server.port, device=False)
    with TlsServer((chain, key)) as server:
        yield Attempt(server.port, device=False)


@fault("HF_E_CERT_UNKNOWN_CA", CERTIFICATE, cause=["self-signed (CN=box)", "not among the CAs given"],
       why="CAs given: CN=Test root", remedy="--ca FILE with it",
       doctor="self-signed")
def test_self_signed():
    identity = openssl_identity("box", EC)
    with TlsServer(identity) as server:
        yield Attempt(server.port)
        yield Attempt(server.port, ca=identity[0])


@fault("HF_E_CERT_PURPOSE", CERTIFICATE, cause=["not for servers", "only clientAuth"], remedy="extendedKeyUsage serverAuth",
       doctor="wrong-purpose")
def test_purpose_of_a_client():
    line = identities().base / "line"
    root = identities().base / "line" / "ca.pem"
    with TlsServer(openssl_identity("purpose", EC, line, purpose="clientAuth")) as server:
        yield Attempt(server.port, ca=root)
    with TlsServer(openssl_identity("purpose", EC, line)) as server:
        yield Attempt(server.port, ca=root)


@fault("HF_E_CERT_WEAK_KEY", CERTIFICATE, cause="key is too weak", remedy="Use P-256, P-384, or RSA of 2048",
       doctor="weak-key")
def test_weak_key():
    line = identities().base / "root"
    with TlsServer(openssl_identity("weak", ("rsa:1024",), line), ciphers="ALL:@SECLEVEL=0") as server:
        yield Attempt(server.port)
    with TlsServer(openssl_identity("weak", ("rsa:2048",), line)) as server:
        yield Attempt(server.port)


@fault("HF_E_CERT_WEAK_SIGNATURE", CERTIFICATE, cause="algorithm that is too weak", remedy="Issue it with SHA-256",
       doctor="weak-signature")
def test_weak_signature():
    line = identities().base / "root"
    with TlsServer(openssl_identity("sha1", EC, line, "-sha1"), ciphers="ALL:@SECLEVEL=0") as server:
        yield Attempt(server.port)
    with TlsServer(openssl_identity("sha1", EC, line)) as server:
        yield Attempt(server.port)


@fault("HF_E_KEY_MISMATCH", LOCAL, cause="private key does not belong to the certificate",
       remedy="Give the key that was made for this certificate",
       doctor="key-mismatch")
def test_key_of_another():
    made = identities()
    with TlsServer(made.server, made.root) as server:
        yield Attempt(server.port, device=(made.device[0], made.server[1]))
        yield Attempt(server.port)


def both_versions(name, *arguments, **expected):
    """A fault for each version: what a 1.3 server says comes after the handshake."""
    def decorate(scene):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            def one(version=version):
                yield from scene(version)
            globals()[f"test_{name}_{version.name}"] = fault(*arguments, **expected)(one)
        return scene
    return decorate


@both_versions("no_client_certificate", "HF_E_ALERT", REFUSED,
               cause="requires a client certificate, and none is given", remedy="--cert FILE --key FILE",
               doctor="client-certificate-missing")
def no_client_certificate(version):
    made = identities()
    with TlsServer(made.server, made.root, version=version) as server:
        yield Attempt(server.port, device=False)
        yield Attempt(server.port)


@both_versions("client_ca_is_unknown", "HF_E_ALERT", REFUSED,
               cause=["unknown_ca (48)", "does not know the CA that issued this device's certificate"],
               why="issued by CN=Somebody else", remedy="Register CN=Somebody else",
               doctor="client-ca-unknown-to-server")
def client_ca_is_unknown(version):
    made = identities()
    handfast("identity", "device", "--ca", made.base / "other", "--id", "stranger", "--out", made.base / "stranger", "--force")
    device = (made.base / "stranger" / "stranger.pem", made.base / "stranger" / "stranger.key")
    with TlsServer(made.server, made.root, version=version) as server:
        yield Attempt(server.port, device=device)
        server.context.load_verify_locations(made.other)
        yield Attempt(server.port, device=device)


@both_versions("client_intermediate_is_missing", "HF_E_ALERT", REFUSED, cause="unknown_ca (48)",
               why="issued by CN=Test line", remedy="append its certificate to the file of --cert",
               doctor="client-ca-unknown-to-server")
def client_intermediate_is_missing(version):
    made = identities()
    chain, key = made.device
    with TlsServer(made.server, made.root, version=version) as server:
        yield Attempt(server.port, device=(leaf_of(chain), key))
        yield Attempt(server.port)


@both_versions("client_has_expired", "HF_E_ALERT", REFUSED,
               cause=["certificate_expired (45)", "This device's certificate has expired"], why="EXPIRED",
               remedy="Renew the device's certificate",
               doctor="client-certificate-expired", doctor_code=LOCAL)
def client_has_expired(version):
    made = identities()
    old = made.make("device", "expired", "--force", "--id", "x", "--not-after", "2020-01-01T00:00:00Z")
    with TlsServer(made.server, made.root, version=version) as server:
        yield Attempt(server.port, device=old)
        yield Attempt(server.port, device=made.make("device", "expired", "--force", "--id", "x"))


@fault("HF_E_NETWORK", NETWORK, cause=["reset the connection as soon as our side of the handshake was done", "the device's certificate"],
       remedy="Look at the server's log", doctor="client-certificate-refused", doctor_code=REFUSED)
def test_refused_by_a_reset():
    """A server that throws the device out without an alert."""
    made = identities()
    unwanted = made.make("device", "unwanted", "--force", "--id", "unwanted")

    def judge(connection):
        subject = dict(pair[0] for pair in connection.getpeercert()["subject"])
        if subject["commonName"] == "unwanted":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise OSError("refused")  # which closes it
        read_to_end(connection)
    with TlsServer(made.server, made.root, version=ssl.TLSVersion.TLSv1_3, handler=judge) as server:
        server.context.num_tickets = 0
        yield Attempt(server.port, device=unwanted)
        yield Attempt(server.port)


def test_a_long_list_of_authorities():
    """As a system has it: it is counted, not told."""
    many = identities().base / "many.pem"
    many.write_text(identities().other.read_text() * 40)
    with TlsServer(identities().server) as server:
        done = Attempt(server.port, ca=many).run()
    same(done.returncode, CERTIFICATE, done.stderr)
    contains(done.stderr, "  why: 40 CAs are given, and none of them has this name\n", "the reason")


def test_names_of_any_length():
    """Thirty names of 250 letters, and one with a control character: cut, and nothing of it raw."""
    names = ",".join(["DNS:\x1b[31mred.example", *(f"DNS:{'.'.join([str(i).rjust(60, 'x')] * 4)}.example" for i in range(30))])
    identity = openssl_identity("long", EC, identities().base / "root", names=names)
    with TlsServer(identity) as server:
        done = Attempt(server.port).run()
    same(done.returncode, CERTIFICATE, done.stderr)
    why = next(line for line in done.stderr.splitlines() if line.startswith("  why: "))
    contains(why, "asked for 127.0.0.1; the certificate is for DNS \\x1b[31mred.example, DNS xxxx")
    check(len(why) < 1100, f"{len(why)} letters")
    check(all(" " <= letter <= "~" for letter in why), f"not printable: {why!r}")
    contains(done.stderr, "   do: Connect by one of these names", "the remedy")


def test_ten_at_least():
    expect_faults(sys.modules[__name__], 10)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
