"""handfast explain: codes of other stacks. The lists are complete and have no dead entries, every code
is found by each of its spellings, and names and numbers are those of the stacks' own headers where
these are installed."""
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import support
from support import Skip, check, contains, handfast, same

LISTS = Path(os.environ.get("HF_SOURCE", ".")) / "cli/explain"
HEADERS = Path("/usr/include")
NAME_PREFIX = {"mbedtls": ("MBEDTLS_ERR_", "PSA_ERROR_"), "flags": ("MBEDTLS_X509_",), "esp": ("ESP_ERR_",),
               "openssl": ("SSL_R_", "X509_V_ERR_"), "gnutls": ("GNUTLS_E_",), "bearssl": ("BR_ERR_",),
               "mosquitto": ("MOSQ_ERR_",)}
LEAST = {"mbedtls": 150, "flags": 15, "esp": 45, "openssl": 100, "wolfssl": 90, "gnutls": 70, "bearssl": 50,
         "mosquitto": 25, "mqtt5": 35}


def listed():
    """(stack, decimal, hexadecimal, name) of every code that the tool knows."""
    lines = [line.split() for line in handfast("explain", "--list").stdout.splitlines()]
    check(all(len(line) == 4 for line in lines), "a line of --list has other than four words")
    return [(stack, int(decimal), text, name) for stack, decimal, text, name in lines]


def entries():
    """(file, number as written, name, what, causes) of every line of the lists."""
    form = re.compile(r'CODE\(([^,]+), (\w+), "([^"]*)", (\w+), (\w+), (\w+)\)')
    found = []
    for path in sorted(LISTS.glob("*.def")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("CODE("):
                match = form.fullmatch(line)
                check(match, f"{path.name}: {line}")
                number, name, what, *causes = match.groups()
                found.append((path.name, number, name, what, causes))
    return found


def causes():
    form = re.compile(r'CAUSE\((\w+), "([^"]*)", "([^"]*)", "([^"]*)"\)')
    lines = [line for line in (LISTS / "causes.def").read_text(encoding="utf-8").splitlines() if line.startswith("CAUSE(")]
    found = [form.fullmatch(line) for line in lines]
    check(all(found), "causes.def has a line of another form")
    return {match[1]: match.groups()[1:] for match in found}


def in_parallel(work, items):
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        return list(pool.map(work, items))


def test_two_dashes_before_a_code():
    same(handfast("explain", "--", "-0x7F00").stdout, handfast("explain", "-0x7F00").stdout, "the same")


def test_enough_codes_of_each_stack():
    codes = listed()
    for stack, least in LEAST.items():
        count = sum(1 for code in codes if code[0] == stack)
        check(count >= least, f"{stack}: {count} codes, expected {least}")
    same({code[0] for code in codes}, set(LEAST), "stacks")
    same(len(codes), len(entries()), "codes in the tool and in the lists")


def test_no_code_stands_twice():
    seen = set()
    for name, number, code, _, _ in entries():
        for key in ((name, eval(number)), code):  # a number may be written as a sum
            check(key not in seen, f"{name}: {key} stands twice")
            seen.add(key)


def test_no_field_is_empty_and_no_cause_dead():
    known, used = causes(), set()
    for cause, fields in known.items():
        for field in fields:
            check(len(field) > 12 and field[0] != " " and field[-1] in ".?", f"{cause}: {field!r}")
    for name, _, code, what, own in entries():
        check(len(what) > 12 and what.endswith("."), f"{name}: {code}: {what!r}")
        given = [cause for cause in own if cause != "NONE"]
        check(given and own[:len(given)] == given, f"{code}: no cause, or a gap between them")
        check(len(set(given)) == len(given), f"{code}: a cause stands twice")
        used.update(given)
    same(used, set(known), "causes that codes have, and causes of the list")


def short_names(stack, name):
    return [name[len(prefix):] for prefix in NAME_PREFIX.get(stack, ()) if name.startswith(prefix)]


def test_every_code_is_found_by_every_spelling():
    def ask(code):
        stack, decimal, text, name = code
        spellings = [f"{stack}:{decimal}", f"{stack}:{text}", f"{stack}:{name}", name, *short_names(stack, name)]
        if stack != "flags":  # a bare number is too weak a sign of a sum of bits
            spellings += [str(decimal), text]
        return [spelling for spelling in spellings if f": {name} (" not in handfast("explain", spelling).stdout]

    for code, missing in zip(listed(), in_parallel(ask, listed())):
        check(not missing, f"{code}: not found as {missing}")


def test_every_answer_has_all_parts():
    def ask(code):
        said = handfast("explain", f"{code[0]}:{code[3]}").stdout
        numbered = re.findall(r"^  (\d)\. .+\n     check: .+\n       fix: .+$", said, re.M)
        return re.search(r"^what: .+", said, re.M) and numbered and numbered == sorted(numbered) and numbered[0] == "1"

    for code, complete in zip(listed(), in_parallel(ask, listed())):
        check(complete, f"{code}: a part of the answer is missing")


def test_codes_as_people_paste_them():
    for spelling, parts in (
            ("-0x7780", ["MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE", "handfast explain alert N"]),
            ("0xffffd900", ["MBEDTLS_ERR_X509_CERT_VERIFY_FAILED", "clock is not set"]),
            ("mbedtls:2700", []), ("mbedtls:0x2700", ["MBEDTLS_ERR_X509_CERT_VERIFY_FAILED"]),
            ("0x801A", ["ESP_ERR_MBEDTLS_SSL_HANDSHAKE_FAILED"]), ("32774", ["ESP_ERR_ESP_TLS_CONNECTION_TIMEOUT"]),
            ("error:0A000086:SSL routines::certificate verify failed", ["SSL_R_CERTIFICATE_VERIFY_FAILED"]),
            ("1416F086", ["SSL_R_CERTIFICATE_VERIFY_FAILED"]), ("14094410", ["SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE"]),
            ("openssl:0A00010B", ["SSL_R_WRONG_VERSION_NUMBER"]), ("0B080074", ["X509_R_KEY_VALUES_MISMATCH"]),
            ("05800074", ["X509_R_KEY_VALUES_MISMATCH"]), ("0480006C", ["PEM_R_NO_START_LINE"]),
            ("verify error:num=20:unable to get local issuer certificate", ["X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY"]),
            ("sslv3 alert handshake failure", ["(0x410, 1040)"]), ("wolfssl:188", ["ASN_NO_SIGNER_E"]),
            ("bearssl:304", ["BR_ERR_RECV_FATAL_ALERT", "handfast explain alert 48"]),
            ("bearssl:552", ["BR_ERR_SEND_FATAL_ALERT", "handfast explain alert 40"]),
            ("flags:0x0C", ["MBEDTLS_X509_BADCERT_CN_MISMATCH", "MBEDTLS_X509_BADCERT_NOT_TRUSTED"]),
            ("not authorized", ["NOT_AUTHORIZED (0x87, 135)"])):
        done = handfast("explain", spelling, code=None)
        same(done.returncode, 0 if parts else 2, spelling)
        for part in parts:
            contains(done.stdout, part, spelling)
    contains(handfast("explain", "gnutls", "-9").stdout, "GNUTLS_E_UNEXPECTED_PACKET_LENGTH")


def test_sums_of_high_and_low_level():
    for sum_, high, low in (("-0x21E6", "INVALID_FORMAT (-0x2180", "ASN1_LENGTH_MISMATCH (-0x0066"),
                            ("-0x3D62", "PK_KEY_INVALID_FORMAT (-0x3D00", "ASN1_UNEXPECTED_TAG (-0x0062"),
                            ("-17168", "RSA_PRIVATE_FAILED (-0x4300", "MPI_ALLOC_FAILED (-0x0010"),
                            ("0x4290", "RSA_PUBLIC_FAILED (-0x4280", "MPI_ALLOC_FAILED (-0x0010")):
        said = handfast("explain", sum_).stdout
        for part in ("is the sum of", high, low):
            contains(said, part, sum_)
    contains(handfast("explain", "-0x3D7F").stdout, "-0x007F (which is not known)")


def test_ambiguous_numbers_tell_every_stack():
    said = handfast("explain", "-9").stdout
    check(0 < said.find("GNUTLS_E_") < said.find("MBEDTLS_ERR_"), "a small decimal number is GnuTLS's before Mbed TLS's")
    check("MBEDTLS" not in handfast("explain", "gnutls:-9").stdout, "a stack narrows the answer")
    for name in ("UNRECOGNIZED_NAME", "PEER_VERIFY_FAILED"):
        contains(handfast("explain", "-0x7800").stdout, f"MBEDTLS_ERR_SSL_{name}")
    said = handfast("explain", "5").stdout
    check(said.find("MQTT CONNACK") < said.find("mosquitto: MOSQ_ERR_CONN_REFUSED"), "our own senses come first")


def test_unknown_codes():
    for words in (["mbedtls:5"], ["gnutls:nonsense"], ["99999999999999999999"], ["0x"], ["-"], ["gnutls:"],
                  ["openssl:0A000FFF"], ["bearssl:900"], ["nostack:-9"], ["alert", "-0x2700"], ["gnutls", "-0x2700"],
                  ["--list", "x"]):
        done = handfast("explain", *words, code=None)
        same(done.returncode, 2, f"exit code of {words}")
        contains(done.stderr, "See: handfast explain")


def compare(stack, files, form, of=lambda name: True, reason=None):
    """Names and numbers of a stack beside those that its headers define."""
    text = "".join(path.read_text(encoding="utf-8", errors="replace") for pattern in files
                   for path in sorted(HEADERS.glob(pattern)))
    if not text:
        raise Skip(f"the headers of {stack} are not installed")
    theirs = {name: int(number, 0) for name, number in re.findall(form, text)}
    ours = {name: decimal if reason is None else reason(decimal)
            for which, decimal, _, name in listed() if which == stack and of(name)}
    for name in set(ours) & set(theirs):
        same(ours[name], theirs[name], name)
    missing = set(ours) - set(theirs)
    check(len(missing) * 10 <= len(ours), f"{stack}: the headers lack {sorted(missing)}")


def test_numbers_of_mbedtls():
    newer = {name for file, _, name, _, _ in entries() if file in ("mbedtls3.def", "psa.def")}
    version = HEADERS / "mbedtls/version.h"
    if not version.exists() or not re.search(r"VERSION_MAJOR\s+2\b", version.read_text()):
        raise Skip("the headers of Mbed TLS 2.x are not installed")
    compare("mbedtls", ["mbedtls/*.h"], r"#define\s+(MBEDTLS_ERR_\w+)\s+(-0x[0-9A-Fa-f]+)", lambda name: name not in newer)
    compare("flags", ["mbedtls/x509.h"], r"#define\s+(MBEDTLS_X509_BAD\w+)\s+(0x[0-9A-Fa-f]+)")


def test_numbers_of_psa():
    compare("mbedtls", ["psa/crypto_values.h"], r"#define\s+(PSA_ERROR_\w+)\s+\(\(psa_status_t\)\s*(-\d+)\)",
            lambda name: name.startswith("PSA_"))


def test_numbers_of_openssl():
    compare("openssl", ["openssl/sslerr.h", "openssl/x509_vfy.h", "openssl/*err.h"],
            r"#\s*define\s+((?:SSL|EVP|PEM|X509|ASN1|PROV)_(?:R|V_ERR)_\w+)\s+(\d+)",
            reason=lambda number: number & 0xFFF if number >= 0x1000 else number)


def test_numbers_of_wolfssl():
    compare("wolfssl", ["wolfssl/wolfcrypt/error-crypt.h", "wolfssl/error-ssl.h"], r"(\w+)\s*=\s*(-\d+)")


def test_numbers_of_gnutls():
    compare("gnutls", ["gnutls/gnutls.h"], r"#define\s+(GNUTLS_E_\w+)\s+(-\d+)")


def test_numbers_of_bearssl():
    compare("bearssl", ["bearssl/*.h", "bearssl_*.h"], r"#define\s+(BR_ERR_\w+)\s+(\d+)")


def test_numbers_of_mosquitto():
    compare("mosquitto", ["mosquitto.h"], r"(MOSQ_ERR_\w+)\s*=\s*(-?\d+)")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
