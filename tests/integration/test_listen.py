"""handfast listen: echo, names and protocols, client certificates, what its log says."""
import contextlib
import os
import re
import socket
import sys

import support
from listen_rig import (NAME, TIME, V12, V13, Server, alert_of, context, identities, options_of,
                        read_count)
from support import PATIENCE, TOOL, check, contains, folder, handfast, same, wait_until
from tool_peers import fails

LOCAL = 3


def test_echo_sends_back_what_comes():
    """More than fits into any buffer, in both versions; the end is in order on both sides."""
    data = os.urandom(300000)
    with Server() as server:
        for version, word in ((V12, "1.2"), (V13, "1.3")):
            with server.client(version=version) as client:
                got, sent = b"", 0
                client.settimeout(PATIENCE)
                while len(got) < len(data):
                    if sent < len(data):
                        client.sendall(data[sent:sent + 8192])
                        sent += 8192
                    got += client.recv(65536)
                check(got == data, "the bytes came back as they were")
                client.unwrap().close()
            line = server.wait_line(TIME + rf"open peer=127\.0\.0\.1:\d+ who=\"-\" tls={word} ").string
            for part in ("suite=TLS_", "group=x25519", "alpn=none", f'sni="{NAME}"', "certificate=none"):
                contains(line, part, "the log")
        server.wait_line(TIME + r'closed peer=\S+ who="-" received=\d+ sent=\d+ reason="the client closed"')


def test_one_line_on_stdout():
    with Server() as server, server.client() as client:
        client.sendall(b"x")
        read_count(client, 1)
        listed = [line for line in server.text().split("\n") if not re.match(TIME, line)]
        same(listed, [f"listening on 127.0.0.1:{server.port}"], "lines that are no log lines")


def test_handfast_connects():
    made = identities()
    with Server("--request", client_ca=True) as server:
        done = handfast("connect", f"127.0.0.1:{server.port}", *made.options())
        contains(done.stdout, "our cert     asked for and sent")
        contains(done.stdout, "accepted: the server closed in order")
        server.wait_line(r'open peer=\S+ who="CN=thing-0001" .*subject="CN=thing-0001"')


def test_all_interfaces_in_both_families():
    with Server(address="0") as server:
        server.wait_line(r"^listening on \[::\]:|^listening on 0\.0\.0\.0:")
        with server.client() as client:
            client.sendall(b"four")
            same(read_count(client, 4), b"four", "over IPv4")
        server.wait_line(r"open peer=127\.0\.0\.1:")
        if not socket.has_ipv6:
            return
        with contextlib.suppress(OSError), socket.create_connection(("::1", server.port), PATIENCE) as raw:
            with context().wrap_socket(raw, server_hostname=NAME) as client:
                client.sendall(b"six")
                same(read_count(client, 3), b"six", "over IPv6")
            server.wait_line(r"open peer=\[::1\]:")


def test_protocols_and_names():
    with Server("--alpn", "mqtt,x-other", "--tls", "1.3") as server:
        with server.client(alpn=["x-other", "mqtt"]) as client:
            same(client.selected_alpn_protocol(), "mqtt", "the server's first")
        server.wait_line("open .* alpn=mqtt ")
        same(alert_of(server, "-alpn", "h2"), 120, "no protocol in common")
        server.wait_line(r"refused .* alert=sent:no_application_protocol\(120\)")
        same(alert_of(server, "-tls1_2"), 70, "protocol_version")
        same(alert_of(server, "-servername", "else.example"), 112, "unrecognized_name")
    with Server("--any-name") as server:
        unchecked = context()
        unchecked.check_hostname = False
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as raw, \
                unchecked.wrap_socket(raw, server_hostname="else.example") as client:
            client.sendall(b"x")
            read_count(client, 1)
        server.wait_line(r'open .* sni="else\.example"')


def test_an_identity_for_each_name():
    made = identities()
    other = made.make("server", "other.example", "--name", "other.example")
    with Server("--cert", other[0], "--key", other[1]) as server:
        for name in (NAME, "other.example"):
            with server.client(name=name) as client:  # verifies the name
                client.sendall(b"x")
                read_count(client, 1)


def test_a_certificate_is_required():
    made = identities()
    with Server(client_ca=True) as server:
        same(alert_of(server, "-tls1_3"), 116, "alert in TLS 1.3")
        server.wait_line(r"refused peer=\S+ who=\"-\" error=HF_E_NO_CLIENT_CERTIFICATE "
                         r"alert=sent:certificate_required\(116\) certificate=none reason=\"The client sent")
        same(alert_of(server, "-tls1_2"), 40, "alert in TLS 1.2")
        server.wait_line(r"error=HF_E_NO_CLIENT_CERTIFICATE alert=sent:handshake_failure\(40\)")
        for version in (V12, V13):
            with server.client(made.device, version) as client:
                client.sendall(b"x")
                same(read_count(client, 1), b"x", "with a certificate")


def test_a_certificate_is_requested():
    made = identities()
    with Server("--request", client_ca=True) as server:
        for version in (V12, V13):
            for identity in (None, made.device):
                with server.client(identity, version) as client:
                    client.sendall(b"x")
                    same(read_count(client, 1), b"x", "with and without a certificate")
        refuse_wrong_certificates(server)


def refuse_wrong_certificates(server):
    made = identities()
    stranger = made.base / "stranger"
    if not stranger.exists():
        handfast("identity", "device", "--ca", made.base / "other", "--id", "stranger", "--out", stranger)
    strange = (stranger / "stranger.chain.pem", stranger / "stranger.key")
    for version in ("-tls1_2", "-tls1_3"):
        same(alert_of(server, version, *options_of(strange)), 48, "unknown CA")
        same(alert_of(server, version, *options_of(made.expired)), 45, "expired")
    server.wait_line(r"refused .*error=HF_E_CERT_UNKNOWN_CA alert=sent:unknown_ca\(48\)")
    server.wait_line(r"refused .*error=HF_E_CERT_EXPIRED alert=sent:certificate_expired\(45\)")


def test_wrong_certificates_are_refused():
    with Server("--require", "--send-authorities", client_ca=True) as server:
        refuse_wrong_certificates(server)


def test_names_cannot_forge_log_lines():
    made = identities()
    evil = made.make("device", "evil", "--id", 'x" open peer=192.0.2.1 who="lamp-1')
    with Server("--request", client_ca=True) as server:
        with server.client(evil) as client:
            client.sendall(b"x")
            read_count(client, 1)
        found = server.wait_line(TIME + r'open peer=127\.0\.0\.1:\d+ who="([^"]*)" ')
        contains(found.group(1), r"CN=x\x5c\x22 open peer=192.0.2.1", "the name")


def test_authorities_are_named():
    made = identities()
    words = ["openssl", "s_client", "-CAfile", made.root, "-servername", NAME, "-connect"]
    for options, named in ((["--send-authorities"], True), ([], False)):
        with Server("--request", *options, client_ca=True) as server:
            done = support.run(*words, f"127.0.0.1:{server.port}", code=None)
            same("Acceptable client certificate CA names" in done.stdout, named, "names of CAs")
            same("CN = Test root" in done.stdout.split("Server certificate")[-1], named, "our CA's name")


def test_encrypted_keys():
    made = identities()
    with folder() as base:
        (base / "password").write_text("open sesame\n")
        (base / "wrong").write_text("open barley\n")
        support.run("openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", made.server[1], "-out", base / "key",
                    "-passout", f"file:{base / 'password'}")
        words = ["listen", "127.0.0.1:0", "--cert", made.server[0], "--key", base / "key", "--key-password-file"]
        if support.BACKEND in ("bearssl", "psa"):
            fails("HF_E_KEY_NO_DECRYPT", LOCAL, *words, base / "password")
            return
        fails("HF_E_KEY_PASSWORD", LOCAL, *words, base / "wrong")
        with support.Process(TOOL, *words, base / "password") as server:
            server.wait_line("^listening on ")


def test_a_staple_is_sent():
    made = identities()
    line_ca, leaf = made.base / "line", made.server[0].with_name(made.server[0].name.replace(".chain", ""))
    serial = support.run("openssl", "x509", "-in", leaf, "-noout", "-serial").stdout.strip().split("=")[1]
    with folder() as base:
        (base / "index").write_text(f"V\t400101000000Z\t\t{serial}\tunknown\t/CN=server\n")
        (base / "index.attr").write_text("unique_subject = no\n")
        support.run("openssl", "ocsp", "-index", base / "index", "-CA", line_ca / "ca.pem", "-rsigner",
                    line_ca / "ca.pem", "-rkey", line_ca / "ca.key", "-issuer", line_ca / "ca.pem", "-cert", leaf,
                    "-no_nonce", "-ndays", "7", "-respout", base / "staple")
        with Server("--staple", base / "staple") as server:
            for version in ("-tls1_2", "-tls1_3"):
                done = support.run("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-servername", NAME,
                                   "-CAfile", made.root, "-status", version)
                contains(done.stdout, "OCSP Response Status: successful")
                contains(done.stdout, "Cert Status: good")


def test_garbage_is_answered_with_an_alert():
    with Server() as server:
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            alert = b""
            while len(alert) < 7:
                alert += client.recv(7)
            same(alert[0], 21, "an alert record")
        server.wait_line(r"refused peer=\S+ who=\"-\" error=HF_E_\w+ alert=sent:")


def test_a_received_alert_is_logged():
    """The client does not know our CA, and says so."""
    with Server() as server:
        for version in ("1.2", "1.3"):
            fails("HF_E_CERT_UNKNOWN_CA", 6, "connect", f"127.0.0.1:{server.port}", "--ca",
                  identities().other, "--servername", NAME, "--tls", version)
        wait_until(lambda: server.text().count("alert=received:unknown_ca(48)") == 2, "both log lines")
        server.wait_line(TIME + r"failed peer=\S+ who=\"-\" error=HF_E_ALERT alert=received:unknown_ca\(48\) "
                         r"certificate=none reason=\"The client ended the connection with this alert\.\"")


support.main(sys.modules[__name__])
