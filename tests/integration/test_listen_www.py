"""handfast listen --www: read by curl, and by a browser."""
import base64
import hashlib
import html
import re
import socket
import subprocess
import sys
import tempfile

import support
from listen_rig import NAME, V12, V13, Server, context, fingerprint, identities, read_all
from support import PATIENCE, check, contains, require_program, run, same


def facts(page):
    """The page's table."""
    rows = re.findall(r"<tr><th>(.*?)</th><td>(.*?)</td></tr>", page)
    return {html.unescape(name): html.unescape(value) for name, value in rows}


def curl(server, *options, path="/", code=0):
    made = identities()
    return run(require_program("curl"), "-sS", "--resolve", f"{NAME}:{server.port}:127.0.0.1", "--cacert", made.root,
               *options, f"https://{NAME}:{server.port}{path}", code=code).stdout


def test_curl_reads_the_page():
    with Server("--www") as server:
        told = facts(curl(server, path="/any/path?x=<b>"))
        same(told["Version"], "TLS 1.3", "version")
        check(told["Cipher suite"].startswith("TLS_"), "suite")
        same(told["Group"], "x25519", "group")
        same(told["Server's signature"], "ecdsa_secp256r1_sha256", "signature")
        same(told["Server name (SNI)"], NAME, "SNI")
        same(told["Protocol (ALPN)"], "http/1.1", "ALPN")
        same(told["Client certificate"], "none was sent", "client certificate")
        same(told["HelloRetryRequest"], "was not needed", "HelloRetryRequest")
        told = facts(curl(server, "--tls-max", "1.2"))
        same(told["Version"], "TLS 1.2", "version")
        told = facts(curl(server, "--curves", "P-521:X25519"))  # its key share is for the first
        same((told["Group"], told["HelloRetryRequest"]), ("x25519", "was needed"), "HelloRetryRequest")


def test_a_resumed_session():
    """Nothing is left of the certificate but its hash."""
    made = identities()
    with Server("--www", client_ca=True) as server:
        for version in (V12, V13):
            tls, session, told = context(made.device, version), None, []
            for _ in range(2):
                raw = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
                with tls.wrap_socket(raw, server_hostname=NAME, session=session) as client:
                    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    told.append(facts(read_all(client).decode()))
                    session = client.session
            same([one["Session"] for one in told], ["new", "resumed"], "session")
            same([one["Client certificate"] for one in told], ["CN=thing-0001", "shown in an earlier handshake"],
                 "client certificate")
            same([one["Its SHA-256"] for one in told], [fingerprint(made.device).replace(":", "").lower()] * 2, "hash")
            same([one["Group"] for one in told], ["x25519", "x25519" if version == V13 else "none"], "group")
            same(["Valid" in one for one in told], [True, False], "dates")


def test_methods():
    with Server("--www") as server:
        page = curl(server, "-i", "--http1.1")
        head, body = page.split("\n\n", 1)
        contains(head, "HTTP/1.1 200 OK")
        contains(head, "Content-Type: text/html; charset=utf-8")
        contains(head, "Connection: close")
        length = int(re.search(r"Content-Length: (\d+)", head).group(1))
        same(len(body.encode()), length, "Content-Length")
        contains(curl(server, "-I"), "HTTP/1.1 200 OK")
        contains(curl(server, "-i", "-X", "POST"), "HTTP/1.1 405 Method Not Allowed")
        with server.client(alpn=["http/1.1"]) as client:
            client.sendall(b"nonsense\r\n\r\n")
            contains(read_all(client).decode(), "HTTP/1.1 400 Bad Request")
        with server.client() as client:
            client.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 9000)
            contains(read_all(client).decode(), "HTTP/1.1 400 Bad Request")


def test_a_request_in_pieces():
    with Server("--www") as server, server.client(version=V12) as client:
        for byte in b"GET / HTTP/1.1\r\nHost: a\r\n\r\n":
            client.sendall(bytes([byte]))
        contains(read_all(client).decode(), "<td>TLS 1.2</td>")


def test_the_client_certificate_is_told():
    made = identities()
    evil = made.make("device", "evil", "--id", "<script>alert(1)</script>")
    with Server("--www", "--request", client_ca=True) as server:
        told = facts(curl(server, "--cert", made.device[0], "--key", made.device[1]))
        same(told["Client certificate"], "CN=thing-0001", "subject")
        same(told["Its SHA-256"], fingerprint(made.device).replace(":", "").lower(), "hash")
        check(re.fullmatch(r"from \d{4}-\S+Z to \d{4}-\S+Z", told["Valid"]), told["Valid"])
        same(facts(curl(server))["Client certificate"], "none was sent", "without one")
        page = curl(server, "--cert", evil[0], "--key", evil[1])
        check("<script" not in page, "the subject is escaped")
        same(facts(page)["Client certificate"], r"CN=\<script\>alert(1)\</script\>", "subject, as RFC 4514 writes it")


def test_a_browser_reads_the_page():
    program = require_program("chromium")
    made = identities()
    der = subprocess.run(["sh", "-c", 'openssl x509 -in "$1" -pubkey -noout | openssl pkey -pubin -outform DER',
                          "sh", str(made.server[0])], capture_output=True, check=True).stdout
    pin = base64.b64encode(hashlib.sha256(der).digest()).decode()
    with Server("--www") as server, tempfile.TemporaryDirectory(prefix="handfast-test-",
                                                                ignore_cleanup_errors=True) as data:
        page = run(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--no-first-run", "--disable-background-networking", f"--user-data-dir={data}",
                   f"--ignore-certificate-errors-spki-list={pin}",
                   f"--host-resolver-rules=MAP {NAME} 127.0.0.1", "--dump-dom",
                   f"https://{NAME}:{server.port}/", timeout=60).stdout
        told = facts(page)
        same(told.get("Version"), "TLS 1.3", "version")
        same(told["Server name (SNI)"], NAME, "SNI")
        same(told["Protocol (ALPN)"], "http/1.1", "ALPN")
        check(told["Cipher suite"].startswith("TLS_"), "suite")
        same(told["Client certificate"], "none was sent", "client certificate")
        server.wait_line(rf'open peer=\S+ who="-" tls=1\.3 .*alpn=http/1\.1 sni="{re.escape(NAME)}"')


support.main(sys.modules[__name__])
