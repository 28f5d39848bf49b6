"""Stapled OCSP responses: the tool against openssl s_server, and openssl s_client against our server.

Responses are made by openssl ocsp for certificates of pki.py. The tool asks for a response and checks
what comes; what a server staples is what it is given.
"""
import contextlib
import os
import sys

import support
from interop import s_server
from pki import FOR_SERVER, NAME, SAN, pki
from support import Process, contains, folder, handfast, require_program, run, same

MUST = FOR_SERVER + SAN + "tlsfeature=status_request\n"
REFUSED_CERTIFICATE = 6


def response(where, it, state="V", signer=None, about=None, days=2):
    """The DER of a response about `it` (or `about`), good (V) or revoked (R), by its CA (or signer)."""
    about, ca = about or it, it.issuer
    serial = run("openssl", "x509", "-in", about.leaf, "-noout", "-serial").stdout.strip().split("=")[1]
    index, request, out = where / "index", where / "request.der", where / f"response-{state}.der"
    revoked = "250101000000Z,keyCompromise" if state == "R" else ""
    index.write_text(f"{state}\t400101000000Z\t{revoked}\t{serial}\tunknown\t/CN=x\n")
    run("openssl", "ocsp", "-issuer", about.issuer.leaf, "-cert", about.leaf, "-no_nonce", "-reqout", request)
    run("openssl", "ocsp", "-index", index, "-CA", about.issuer.leaf, "-rsigner", (signer or ca).leaf,
        "-rkey", (signer or ca).key, "-reqin", request, "-respout", out, "-ndays", days)
    return out


def connect(port, version, code):
    done = handfast("connect", f"127.0.0.1:{port}", "--ca", pki().root().leaf, "--servername", NAME, "--tls", version,
                    code=code)
    return done.stdout + done.stderr


def both_versions(it, staple, code, *words):
    options = ["-status_file", staple] if staple else []
    with s_server(*options, identity=it) as (_, port):
        for version in ("1.3", "1.2"):
            said = connect(port, version, code)
            for word in words:
                contains(said, word)


def test_good_response():
    with folder() as where:
        both_versions(pki().server(), response(where, pki().server()), 0, "accepted")


def test_rsa_chain():
    it = pki().server("rsa")
    with folder() as where, s_server("-status_file", response(where, it), identity=it) as (_, port):
        said = handfast("connect", f"127.0.0.1:{port}", "--ca", pki().root("rsa").leaf, "--servername", NAME).stdout
        contains(said, "accepted")


def test_revoked():
    with folder() as where:
        both_versions(pki().server(), response(where, pki().server(), "R"), REFUSED_CERTIFICATE,
                      "HF_E_CERT_REVOKED", "certificate_revoked", "detail 1")


def test_about_another_certificate():
    with folder() as where:
        other = pki().other_name()
        both_versions(pki().server(), response(where, pki().server(), about=other), REFUSED_CERTIFICATE,
                      "HF_E_OCSP_OTHER", "bad_certificate_status_response")


def test_signed_by_somebody_else():
    with folder() as where:
        both_versions(pki().server(), response(where, pki().server(), signer=pki().root("other")),
                      REFUSED_CERTIFICATE, "HF_E_OCSP_RESPONDER", "bad_certificate_status_response")


def test_must_staple():
    """RFC 7633: without a response it is refused, with one it is as good as any."""
    it = pki().leaf("server-must", MUST)
    both_versions(it, None, REFUSED_CERTIFICATE, "HF_E_OCSP_MISSING", "bad_certificate_status_response")
    with folder() as where:
        both_versions(it, response(where, it), 0, "accepted")


@contextlib.contextmanager
def our_server(it, staple):
    os.environ["HF_SERVER_STAPLE"] = str(staple)
    try:
        with Process(os.environ["HF_PEER_handfast"], "--chain", it.chain, "--key", it.key) as server:
            yield int(server.wait_line(r"^listening on (\d+)$").group(1))
    finally:
        del os.environ["HF_SERVER_STAPLE"]


def test_our_server_staples():
    it = pki().server()
    with folder() as where, our_server(it, response(where, it)) as port:
        for version in ("-tls1_3", "-tls1_2"):
            for asked in (True, False):
                said = run(require_program("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", version,
                           "-CAfile", pki().root().leaf, *(["-status"] if asked else []), code=None).stdout
                contains(said, "Verify return code: 0")
                same("OCSP Response Status: successful" in said, asked, f"{version} staples when asked: {asked}")
                same("Cert Status: good" in said, asked, version)
        contains(connect(port, "1.3", 0), "accepted")
        contains(connect(port, "1.2", 0), "accepted")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
