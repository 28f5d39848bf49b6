"""handfast connect, pub and sub --report: what stands in the page, that it is safe, and how a browser shows it."""
import atexit
import html
import re
import shutil
import ssl
import sys
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import support
from browser import chromium, measure, paper, screenshot
from pki import FOR_SERVER, NAME, pki
from support import check, contains, folder, free_port, handfast, run, same
from tool_peers import Identities, TlsServer, fails, read_exactly

OK, USAGE, LOCAL, NETWORK, TLS, CERTIFICATE, REFUSED, TIMEOUT = 0, 2, 3, 4, 5, 6, 7, 8
SECTIONS = ["What was agreed, and why", "Time line", "What happened", "Bytes", "The server's certificates",
            "Public-key operations", "What it cost", "What would be cheaper here"]
ERROR_SECTION = "What went wrong, and what to do"
HOSTILE = "<script>alert(1)<\\/script>\"'&"


@lru_cache(maxsize=None)
def identities():
    base = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return Identities(base)


@lru_cache(maxsize=None)
def pages():
    """One page of each kind, by name."""
    place = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    made, it = identities(), {}

    def page(name, code, *words):
        file = it[name] = place / f"{name}.html"
        handfast(*words, "--report", file, code=code)

    with TlsServer(made.server, made.root) as server:
        connect = ["connect", server.address, *made.options()]
        page("full", OK, *connect, "--session", place / "session")
        page("resumed", OK, *connect, "--session", place / "session")
        page("refused", REFUSED, "connect", server.address, "--ca", made.root)
        page("wrong-ca", CERTIFICATE, "connect", server.address, "--ca", made.other)
    with TlsServer(made.server, made.root, version=ssl.TLSVersion.TLSv1_2) as server:
        for name in ("full12", "resumed12"):
            page(name, OK, "connect", server.address, *made.options(), "--session", place / "session12")
    rsa = pki().server("rsa")
    with TlsServer((rsa.chain, rsa.key), version=ssl.TLSVersion.TLSv1_2) as server:
        page("rsa", OK, "connect", server.address, "--ca", pki().root("rsa").leaf, "--servername", NAME)
    evil = pki().leaf("server-evil", FOR_SERVER + f"subjectAltName=DNS:{NAME},DNS:<img src=x onerror=alert(3)>\n",
                      subject=f"/O={HOSTILE}/CN=<img src=x onerror=alert(2)>")
    with TlsServer((evil.chain, evil.key)) as server:
        page("hostile", OK, "connect", server.address, "--ca", pki().root().leaf, "--servername", NAME)
    page("nothing", NETWORK, "connect", f"127.0.0.1:{free_port()}", "--ca", made.root)
    with TlsServer(made.server, made.root, handler=broker(b"\x20\x02\x00\x00")) as server:
        page("pub", OK, *pub(server))
    with TlsServer(made.server, made.root, handler=broker(b"\x20\x02\x00\x05")) as server:
        page("pub-refused", REFUSED, *pub(server))
    page("pub-nothing", NETWORK, "pub", "-h", "127.0.0.1", "-p", free_port(), "--ca", made.root, "-t", "a", "-n")
    return it


def broker(connack):
    def handler(connection):
        _, length = read_exactly(connection, 2)
        read_exactly(connection, length)
        connection.sendall(connack)
        while connection.recv(4096):
            pass
    return handler


def pub(server):
    return ["pub", "-h", "127.0.0.1", "-p", server.port, *identities().options(), "-t", "a", "-m", "secret text"]


def text_of(name):
    return pages()[name].read_text(encoding="ascii")


def sections(page):
    """Headings, and the text below each."""
    parts = re.split(r"<h2>(.*?)</h2>", page)
    return dict(zip(map(html.unescape, parts[1::2]), parts[2::2]))


def plain(part):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", part)))


def terms(part):
    """A list of definitions."""
    return {plain(a).strip(): plain(b).strip() for a, b in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", part, re.S)}


def headline(page):
    return re.search(r"<h1>(.*?)</h1>", page).group(1)


def test_a_full_handshake():
    page = text_of("full")
    same(headline(page), "Accepted", "headline")
    parts = sections(page)
    same(list(parts), SECTIONS, "sections")
    agreed = terms(parts["What was agreed, and why"])
    contains(agreed["version"], "TLS 1.3")
    contains(agreed["trust"], "leads to a trust anchor")
    same(re.findall(r'<li class="(?:out|in)[^>]*>.*?<b>(.*?)</b>', parts["What happened"])[:9],
         ["ClientHello", "ServerHello", "change_cipher_spec", "EncryptedExtensions", "CertificateRequest", "Certificate",
          "CertificateVerify", "Finished", "Certificate"], "the ladder")
    same(parts["The server's certificates"].count('class="validity good"'), 2, "bars of validity")
    contains(parts["The server's certificates"], "364 days left")
    contains(plain(parts["Public-key operations"]), "2 certificate signatures verified")
    same(terms(parts["What it cost"])["handshake"], "full", "handshake")
    contains(plain(parts["What would be cheaper here"]), "the session that is kept now, next time")


def test_bytes_add_up():
    part = sections(text_of("full"))["Bytes"]
    total = {way: int(n) for way, n in re.findall(r"(Sent|Received): <b>(\d+)</b>", part)}
    rows = re.findall(r'<tr><td>(sent|received)</td><th scope="row">(.*?)</th><td class="num">(\d+)</td>', part)
    for way in ("sent", "received"):
        same(sum(int(n) for direction, _, n in rows if direction == way), total[way.capitalize()], way)
    told = int(re.search(r"certificates (\d+)\. Received", part).group(1))
    same(sum(int(n) for direction, name, n in rows if (direction, name) == ("sent", "Certificate")), told, "certificates")


def test_a_resumed_one():
    parts = sections(text_of("resumed"))
    same(terms(parts["What it cost"])["handshake"], "resumed", "handshake")
    check("The server's certificates" not in parts, "no certificates")
    check("Certificate</b>" not in parts["What happened"], "no Certificate")
    check("What would be cheaper here" not in parts, "nothing is cheaper")
    contains(terms(parts["What was agreed, and why"])["resumed"], "yes")


def test_tls12_and_rsa():
    parts = sections(text_of("rsa"))
    contains(parts["What happened"], "<b>ServerKeyExchange</b>")
    advice = plain(parts["What would be cheaper here"])
    for part in ("TLS 1.3 instead of 1.2 saves 1 round trip", "ECDSA keys (P-256) instead of RSA in the server's chain "
                 "saves about ", "a session kept for the next time (--session FILE) saves ", "2 signature checks"):
        contains(advice, part)
    # Leaf: signature and key, and its signature over the handshake; intermediate: signature and key.
    same(int(re.search(r"server's chain saves about (\d+) bytes", advice).group(1)), 3 * (256 - 71) + 2 * (294 - 91),
         "bytes that RSA costs")


def test_what_an_advice_promises():
    """The saving that a full handshake is told is what the resumed one then has less. In TLS 1.2 servers
    leave out extensions when they resume."""
    for names, slack in ((("full", "resumed"), 0), (("full12", "resumed12"), 16)):
        full, resumed = (sections(text_of(name)) for name in names)
        same(terms(resumed["What it cost"])["handshake"], "resumed", names[1])
        promised = int(re.search(r"saves (\d+) bytes", full["What would be cheaper here"]).group(1))
        sums = []
        for parts in (full, resumed):
            rows = re.findall(r'<th scope="row">(\w+)</th><td class="num">(\d+)</td>', parts["Bytes"])
            sums.append(sum(int(n) for name, n in rows if name not in ("NewSessionTicket", "everything")))
        check(abs(promised - (sums[0] - sums[1])) <= slack, f"{names}: {sums[0]} - {sums[1]}, promised {promised}")


def test_a_failure():
    page = text_of("wrong-ca")
    parts = sections(page)
    same(headline(page), "Failed", "headline")
    same(list(parts)[0], ERROR_SECTION, "first section")
    told = terms(parts[ERROR_SECTION])
    contains(told["in"], "HF_E_CERT_UNKNOWN_CA")
    check(told["what"] and told["do"], "what and do")
    contains(page, '<li class="good"><b>TCP</b>')
    contains(page, '<li class="bad"><b>TLS</b> <span>failed here</span>')
    contains(parts["What happened"], "alert unknown_ca")
    contains(parts["The server's certificates"], "CN=server")
    check("What would be cheaper here" not in parts, "no advice")
    page = text_of("refused")
    contains(page, '<li class="bad"><b>TLS</b> ')
    contains(page, "</h1>\n<p>The peer refused with the alert certificate_required (116).")
    contains(terms(sections(page)[ERROR_SECTION])["in"], "HF_E_ALERT")
    page = text_of("nothing")
    contains(page, '<li class="bad"><b>TCP</b> <span>failed here</span>')
    contains(page, '<li class="none"><b>TLS</b> <span>not reached</span>')
    contains(terms(sections(page)[ERROR_SECTION])["in"], "HF_E_CONNECT_REFUSED")


def test_mqtt():
    page = text_of("pub")
    same(headline(page), "Accepted", "headline")
    ladder = sections(page)["What happened"]
    for packet in ("MQTT CONNECT", "MQTT CONNACK", "MQTT PUBLISH"):
        contains(ladder, packet)
    check("secret text" not in page, "no payload")
    contains(page, '<li class="good"><b>MQTT</b>')
    page = text_of("pub-refused")
    contains(page, '<li class="bad"><b>MQTT</b> <span>failed here</span>')
    contains(terms(sections(page)[ERROR_SECTION])["in"], "HF_E_MQTT_REFUSED_AUTHORITY")
    page = text_of("pub-nothing")
    contains(page, '<li class="none"><b>MQTT</b> <span>not reached</span>')
    contains(terms(sections(page)[ERROR_SECTION])["in"], "HF_E_CONNECT_REFUSED")


def test_nothing_of_the_peer_is_markup():
    page = text_of("hostile")
    check("<script" not in page and "<img" not in page, "the peer's names are escaped")
    told = plain(sections(page)["The server's certificates"])
    contains(told, "script\\>alert(1)")
    contains(told, "onerror=alert(2)")
    contains(told, "src=x\\x20onerror=alert(3)>")


def test_nothing_is_loaded_from_elsewhere():
    for name in pages():
        page = text_of(name)
        tags = " ".join(re.findall(r"<[^>]*>|<style>.*?</style>", page, re.S))
        check(not re.search(r"<(script|link|img|iframe|object|embed|base)\b|@import|url\(|javascript:|\son\w+=", tags),
              f"{name}: something active, or from elsewhere")
        check("http://" not in page and "https://" not in page, f"{name}: an address")
        contains(page, "default-src 'none'")
        contains(page, '<html lang="en">')
        same(page.count("<h1>"), 1, f"{name}: first headings")
        same(len(re.findall(r"<(section|article|ol|ul|dl|table|main|header)\b", page)),
             len(re.findall(r"</(section|article|ol|ul|dl|table|main|header)>", page)), f"{name}: elements that end")


def luminance(colour):
    """Relative luminance (WCAG 2.1)."""
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast():
    schemes = re.findall(r":root\{(.*?)\}", text_of("full"))
    same(len(schemes), 3, "colour schemes: light, dark, paper")
    for scheme in schemes:
        of = dict(re.findall(r"--(\w+):#([0-9a-f]{3,6})", scheme))
        pairs = [(text, below) for text in ("ink", "soft", "out", "in", "good", "bad") for below in ("bg", "card")]
        for text, below in pairs + [("good", "goodbg"), ("bad", "badbg"), ("soft", "goodbg"), ("soft", "badbg"),
                                    ("bg", "good"), ("bg", "bad")]:
            low, high = sorted((luminance(of[text]), luminance(of[below])))
            contrast = (high + 0.05) / (low + 0.05)
            check(contrast >= 4.5, f"{text} on {below}: {contrast:.2f} in {scheme}")


def test_the_file():
    made, address = identities(), f"127.0.0.1:{free_port()}"
    words = ["connect", address, "--ca", made.root, "--report"]
    with folder() as base:
        file = base / "page.html"
        file.write_text("mine")
        said = fails("this file exists already", LOCAL, *words, file)
        contains(said.stderr, "--force")
        same(file.read_text(), "mine", "the file that was there")
        fails("HF_E_CONNECT_REFUSED", NETWORK, *words, file, "--force")
        contains(file.read_text(), "<h1>Failed</h1>")
        fails("The report cannot be written", LOCAL, *words, base / "missing" / "page.html")
        fails("The report cannot be written", LOCAL, *words, base, "--force")
        fails("The report cannot be written", LOCAL, *words, base / ("x" * 5000))
        fails("--force needs --report", USAGE, "connect", address, "--ca", made.root, "--force")
        fails("lacks its value", USAGE, *words)
        same([it.name for it in base.iterdir()], ["page.html"], "what is left in the folder")


def test_a_full_disk():
    """The connection was good, but the report is not there: an error of this machine."""
    made = identities()
    with folder() as base, TlsServer(made.server, made.root) as server:
        done = run("sh", "-c", 'ulimit -f 4; trap "" XFSZ; exec "$@"', "sh", support.TOOL, "connect", server.address,
                   *made.options(), "--report", base / "page.html", code=LOCAL)
        contains(done.stdout, "verdict      accepted")
        contains(done.stderr, "The report cannot be written")
        same(list(base.iterdir()), [], "what is left")


def test_a_browser_shows_it():
    with chromium() as browse:
        for width in (360, 1280):
            for name, (needed, height, beyond) in zip(pages(), measure(browse, list(pages().values()), width)):
                same((needed <= width, beyond), (True, 0), f"{name}: {needed} wide at {width}, elements beyond")
                check(height > 400, f"{name}: {height} high")


def test_pictures_and_paper():
    scheme = "--blink-settings=preferredColorScheme={}"
    with chromium() as browse:
        for width in (360, 1280):
            corners = []
            for number in (1, 0):  # light, dark
                full, height, colours = screenshot(browse, pages()["full"], width, 800, scheme.format(number))
                same((full >= width, height), (True, 800), "size of the picture")
                check(len(colours) > 50, f"only {len(colours)} colours at {width}")
                corners.append(colours)
            check(b"\xff\xff\xff" in corners[0] and b"\x0f\x13\x18" in corners[1], "light and dark")
        sheets = paper(browse, pages()["full"])
        check(1 <= sheets <= 6, f"{sheets} sheets")
        check(paper(browse, pages()["wrong-ca"]) >= 1, "a failure on paper")


support.main(sys.modules[__name__])
