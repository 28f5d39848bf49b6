"""handfast: files that cannot be used, command lines, help and the manual page."""
import os
import re
import sys
from pathlib import Path

import support
from support import BACKEND, Skip, check, contains, handfast, run, same
from tool_peers import TlsServer, fails
from tool_rig import CERTIFICATE, LOCAL, USAGE, connect, identities


def test_system_cas():
    if not Path("/etc/ssl/certs/ca-certificates.crt").exists():
        raise Skip("no system CAs")
    made = identities()
    with TlsServer(made.server) as server:
        fails("HF_E_CERT_UNKNOWN_CA", CERTIFICATE, "connect", server.address, "--ca", "system")
        contains(connect(server.address, "--ca", "system").stdout, "accepted")


def test_no_ca():
    fails("HF_E_NO_ANCHORS", USAGE, "connect", "127.0.0.1:1")


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
