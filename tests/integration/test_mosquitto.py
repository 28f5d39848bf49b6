"""The engine against mosquitto with require_certificate: TLS, then MQTT's CONNECT by hand."""
import contextlib
import sys

import support
from interop import DEVICE, TLS12, TLS13, VERSIONS, Cases, both_ways, expect
from pki import pki
from support import Process, folder, free_port, require_program, run

CONNECT = bytes.fromhex("101400044d5154540402003c") + b"\x00\x08thing-01"
CONNACK = "\x20\x02\x00\x00"
DISCONNECT = b"\xe0\x00"
PUBLISH = b"\x30\x0a\x00\x03a/bhello"


@contextlib.contextmanager
def broker(kind, *lines):
    server, port = pki().server(kind), free_port()
    with folder() as base:
        config = base / "mosquitto.conf"
        config.write_text("\n".join([
            "user root",  # started by root it would become somebody who cannot read the keys
            f"listener {port} 127.0.0.1", "allow_anonymous true", "require_certificate true",
            f"cafile {pki().client_anchors()}", f"certfile {server.chain}", f"keyfile {server.key}",
            "log_type all", *lines]) + "\n")
        base.chmod(0o755)
        with Process(require_program("mosquitto"), "-c", config) as process:
            process.wait_line(r"mosquitto version .* running")
            yield process, port


def test_connect_packet_is_answered():
    for kind in ("ecdsa", "rsa"):
        with broker(kind) as (process, port), Cases() as cases:
            def one(version, key, sizes, port=port, kind=kind):
                it = pki().client(key)
                for result in both_ways(port, ca=pki().root(kind).leaf, versions=VERSIONS[version], cert=it.chain,
                                        key=it.key, send_hex=CONNECT.hex(), expect=len(CONNACK), **sizes):
                    expect(result, data=CONNACK, open=True, sent_certificate=True, version=version)
            for version in VERSIONS:
                for key in ("p256", "rsa2048"):
                    for sizes in ({}, DEVICE):
                        cases.add(f"{kind} {key} {version:#x}", one, version, key, sizes)
        process.wait_line("as thing-01")


def test_orderly_end():
    """After DISCONNECT mosquitto closes; 2.0.11 sends a close_notify only in reply to ours."""
    it = pki().client("p256")
    with broker("ecdsa") as (process, port):
        for version in VERSIONS:
            for result in both_ways(port, ca=pki().root().leaf, versions=VERSIONS[version], cert=it.chain,
                                    key=it.key, send_hex=(CONNECT + PUBLISH + DISCONNECT).hex(), expect=4):
                expect(result, data=CONNACK)
        process.wait_line(r"Received PUBLISH from thing-01 \(d0, q0, r0, m0, 'a/b', ... \(5 bytes\)\)")
        process.wait_line("Client thing-01 disconnected")


def test_refused_without_certificate():
    with broker("ecdsa") as (_, port):
        for result in both_ways(port, ca=pki().root().leaf, versions=VERSIONS[TLS13], send_hex=CONNECT.hex(), expect=4):
            expect(result, code="HF_E_ALERT", alert="certificate_required", alert_by="received", received=0)
        for result in both_ways(port, ca=pki().root().leaf, versions=VERSIONS[TLS12], send_hex=CONNECT.hex(), expect=4):
            expect(result, code="HF_E_ALERT", alert="handshake_failure", alert_by="received", open=False)


def test_refused_with_expired_certificate():
    it = pki().expired_client()
    with broker("ecdsa") as (_, port):
        for version in VERSIONS:
            for result in both_ways(port, ca=pki().root().leaf, versions=VERSIONS[version], cert=it.chain, key=it.key,
                                    send_hex=CONNECT.hex(), expect=4):
                expect(result, code="HF_E_ALERT", alert="certificate_expired", alert_by="received", received=0)


def test_revoked_certificate():
    """A CRL at the broker."""
    it = pki().client("p384")
    ca = pki().intermediate()
    with folder() as base:
        def crl(issuer, revoked):
            database, config, out = base / f"{issuer.key.stem}.db", base / "crl.cnf", base / f"{issuer.key.stem}.crl"
            database.write_text("")
            config.write_text(f"[ca]\ndefault_ca=x\n[x]\ndatabase={database}\ndefault_md=sha256\n")
            command = ["openssl", "ca", "-config", config, "-keyfile", issuer.key, "-cert", issuer.leaf]
            for path in revoked:
                run(*command, "-revoke", path)
            run(*command, "-gencrl", "-crldays", "30", "-out", out)
            return out.read_text()
        crls = base / "all.crl"
        crls.write_text(crl(ca, [it.leaf]) + crl(pki().root(), []))
        base.chmod(0o755)
        with broker("ecdsa", f"crlfile {crls}") as (_, port):
            for version in VERSIONS:
                for result in both_ways(port, ca=pki().root().leaf, versions=VERSIONS[version], cert=it.chain,
                                        key=it.key, send_hex=CONNECT.hex(), expect=4):
                    expect(result, code="HF_E_ALERT", alert="certificate_revoked", alert_by="received", received=0)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
