"""ESP-TLS with a private key in the PSA key store, named by its id as ESP-IDF 6 does: mutual TLS against
openssl and mosquitto in both versions, as a server, and what is wrong with a key in a program's numbers.
Needs the psa backend."""
import re
import sys

import support
from support import contains, run, same
from test_esp_tls import CLIENT, VERSIONS, ca, client, identities, own_server
from test_examples import broker, reversing_server

ELEMENT, OWN_CERT = "ESP_ERR_ESP_TLS_SE_FAILED", "ESP_ERR_MBEDTLS_SSL_CONF_OWN_CERT_FAILED"


def number(path):
    """Of a P-256 key, as 64 digits."""
    text = run("openssl", "pkey", "-in", path, "-noout", "-text").stdout
    digits = re.sub(r"[\s:]", "", re.search(r"priv:\n([\s0-9a-f:]+)pub:", text).group(1))
    return digits[-64:].rjust(64, "0")


def stored(base, key, cert="thing"):
    return [*ca(base), "--cert", base / f"{cert}.chain.pem", "--stored-key", key]


def test_mutual_tls():
    with identities() as base:
        key = number(base / "thing.key")
        for option, (version, told) in VERSIONS.items():
            with reversing_server(base, option, "-Verify", "2") as (_, port):
                client("127.0.0.1", port, *stored(base, key), "--send", "hello", "--sessions", "2").expect(
                    result="1", version=told, text="olleh", last="ESP_OK")
                client("127.0.0.1", port, *stored(base, key), "--async", "--send", "abc").expect(text="cba")


def test_mosquitto():
    """TLS 1.2, where the handshake ends only when the broker has taken the certificate."""
    with identities() as base, broker(base) as (_, port):
        client("127.0.0.1", port, *stored(base, number(base / "thing.key")), "--version", "1").expect(result="1")
        client("127.0.0.1", port, *ca(base), "--version", "1").expect(result="-1", code="-0x7780")


def test_what_can_be_wrong():
    with identities() as base, reversing_server(base, "-Verify", "2") as (_, port):
        thing, other = number(base / "thing.key"), number(base / "broker.example.key")
        for key, last, code, words in (
                ("gone", ELEMENT, "-0x008C", "HF_E_KEY_NOT_FOUND"),
                (thing + ":verify", ELEMENT, "-0x0085", "HF_E_KEY_NOT_PERMITTED"),
                (thing + ":sha384", ELEMENT, "-0x0085", "HF_E_KEY_NOT_PERMITTED"),
                (other, OWN_CERT, "-0x7600", "HF_E_KEY_MISMATCH")):
            said = client("127.0.0.1", port, *stored(base, key))
            said.expect(result="-1", last=last, code=code, flags="0x0")
            contains(said.log, words)


def test_a_server():
    with identities() as base:
        key = number(base / "broker.example.key")
        cert = ["--cert", base / "broker.example.chain.pem", "--stored-key"]
        for version, _ in VERSIONS.values():
            with own_server("--serve", "1", *cert, key) as (server, port):
                client("127.0.0.1", port, *ca(base), "--version", version, "--send", "hello").expect(text="hello")
                same(server.wait_end(), 0, "exit code")
        with own_server("--serve", "1", *cert, key + ":verify") as (server, port):
            client("127.0.0.1", port, *ca(base)).expect(result="-1")
            server.wait_line(f"last {ELEMENT}")
            server.wait_line("code -0x0085")


if __name__ == "__main__":
    if not CLIENT or support.BACKEND != "psa":
        print("skipped: needs compat/esp_tls with the psa backend")
        sys.exit(support.SKIP_CODE)
    support.main(sys.modules[__name__])
