"""handfast identity: what it makes, looked at with openssl, rule by rule of the IoT profile."""
import re
import stat
import sys
from datetime import datetime, timedelta, timezone

import support
from support import check, contains, folder, handfast, run, same

AN_HOUR = timedelta(hours=1)


def openssl(*arguments, **more):
    return run(support.require_program("openssl"), *arguments, **more).stdout


def text_of(certificate):
    return openssl("x509", "-in", certificate, "-noout", "-text", "-nameopt", "RFC2253")


def size_of(certificate, base):
    openssl("x509", "-in", certificate, "-outform", "DER", "-out", base / "size.der")
    return (base / "size.der").stat().st_size


def extensions_of(certificate):
    """{name: (critical, value)} in openssl's words."""
    text = text_of(certificate).split("X509v3 extensions:\n")[1].split("    Signature Algorithm")[0]
    found = re.findall(r"^ {12}(X509v3 [^:]+|[^ :][^:]*): ?(critical)?\s*\n((?: {16}.*\n?)+)", text, re.M)
    return {name: (critical == "critical", " ".join(value.split())) for name, critical, value in found}


def dates_of(certificate):
    text = openssl("x509", "-in", certificate, "-noout", "-startdate", "-enddate")
    dates = re.findall(r"=(.*) GMT", text)
    return [datetime.strptime(" ".join(date.split()), "%b %d %H:%M:%S %Y").replace(tzinfo=timezone.utc)
            for date in dates]


def make_cas(base):
    """A root and a CA below it."""
    handfast("identity", "ca", "--out", base / "root", "--name", "Test root")
    handfast("identity", "ca", "--out", base / "line", "--name", "Test line", "--issuer", base / "root")
    return base / "root", base / "line"


def make_leaves(base, ca):
    handfast("identity", "server", "--ca", ca, "--name", "broker.example", "--out", base)
    handfast("identity", "device", "--ca", ca, "--id", "thing-0001", "--out", base)
    return base / "broker.example.pem", base / "thing-0001.pem"


SKI = "X509v3 Subject Key Identifier"
AKI = "X509v3 Authority Key Identifier"
USAGE = "X509v3 Key Usage"
CONSTRAINTS = "X509v3 Basic Constraints"
PURPOSE = "X509v3 Extended Key Usage"
SAN = "X509v3 Subject Alternative Name"


def test_root_follows_the_profile():  # P-108, P-109
    with folder() as base:
        handfast("identity", "ca", "--out", base, "--name", "Test root", "--org", "Maker", "--country", "DE")
        text = text_of(base / "ca.pem")
        contains(text, "Version: 3 (0x2)")
        contains(text, "Subject: CN=Test root,O=Maker,C=DE")
        contains(text, "Issuer: CN=Test root,O=Maker,C=DE")
        contains(text, "Signature Algorithm: ecdsa-with-SHA256")
        there = extensions_of(base / "ca.pem")
        same(set(there), {SKI, AKI, USAGE, CONSTRAINTS}, "extensions of a root")
        same(there[CONSTRAINTS], (True, "CA:TRUE"), "basic constraints")
        same(there[USAGE], (True, "Certificate Sign"), "key usage")
        check(not there[SKI][0] and not there[AKI][0], "key identifiers are not critical")
        same(there[AKI][1], there[SKI][1], "a root's AKI is its own SKI")


def test_ca_below_another_follows_the_profile():  # P-110, P-111
    with folder() as base:
        root, line = make_cas(base)
        there = extensions_of(line / "ca.pem")
        same(set(there), {SKI, AKI, USAGE, CONSTRAINTS}, "extensions of a sub CA")
        same(there[CONSTRAINTS], (True, "CA:TRUE"), "basic constraints")
        same(there[USAGE], (True, "Digital Signature, Certificate Sign"), "key usage")
        same(there[AKI][1], extensions_of(root / "ca.pem")[SKI][1], "AKI")
        contains(text_of(line / "ca.pem"), "Subject: CN=Test line,O=Handfast tests,C=XX")
        same((line / "root.pem").read_text(), (root / "ca.pem").read_text(), "root.pem")
        check(size_of(line / "ca.pem", base) < 500, "a sub CA is smaller than 500 bytes")


def test_leaves_follow_the_profile():  # P-112, P-113, P-116, P-118
    with folder() as base:
        _, line = make_cas(base)
        server, device = make_leaves(base, line)
        issuer_ski = extensions_of(line / "ca.pem")[SKI][1]
        for leaf, purpose in ((server, "TLS Web Server Authentication"),
                              (device, "TLS Web Client Authentication")):
            there = extensions_of(leaf)
            same(set(there) - {SAN}, {AKI, USAGE, PURPOSE}, f"extensions of {leaf.name}")
            same(there[USAGE], (True, "Digital Signature"), "key usage")
            same(there[PURPOSE], (False, purpose), "extended key usage")
            same(there[AKI], (False, issuer_ski), "AKI")
            check(size_of(leaf, base) < 480, f"{leaf.name} is smaller than 480 bytes")
        same(extensions_of(server)[SAN], (False, "DNS:broker.example"), "names of the server")
        check(SAN not in extensions_of(device), "a device needs no name")
        contains(text_of(server), "Subject: CN=server\n")
        contains(text_of(device), "Subject: CN=thing-0001\n")


def test_names_and_addresses():
    with folder() as base:
        handfast("identity", "ca", "--out", base)
        handfast("identity", "server", "--ca", base, "--out", base, "--name", "a.example", "--name", "localhost",
                 "--ip", "192.0.2.1", "--ip", "2001:db8::1")
        same(extensions_of(base / "a.example.pem")[SAN][1],
             "DNS:a.example, DNS:localhost, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1", "names")
        handfast("identity", "server", "--ca", base, "--out", base, "--ip", "2001:db8::2")
        same(extensions_of(base / "2001_db8__2.pem")[SAN][1], "IP Address:2001:DB8:0:0:0:0:0:2", "address alone")
        handfast("identity", "device", "--ca", base, "--out", base, "--id", "../x,CN=y", "--serial-number", "SN-7")
        contains(text_of(base / "_._x_CN_y.pem"), "Subject: CN=../x\\,CN=y,serialNumber=SN-7\n")
        parsed = openssl("asn1parse", "-in", base / "_._x_CN_y.pem")
        check(re.search(r":serialNumber\n.*PRINTABLESTRING\s+:SN-7", parsed), "X520SerialNumber" + parsed)


def test_serial_numbers_are_random():  # P-105
    with folder() as base:
        handfast("identity", "ca", "--out", base)
        seen = set()
        for _ in range(20):
            handfast("identity", "device", "--ca", base, "--id", "x", "--out", base / "d", "--force")
            serial = openssl("x509", "-in", base / "d/x.pem", "-noout", "-serial").strip().split("=")[1]
            same(len(serial), 32, "octets of the serial, as hex digits")
            check(serial[0] in "4567", "positive, and no leading zero")
            seen.add(serial)
        same(len(seen), 20, "different serials")
        same(len({serial[2:10] for serial in seen}), 20, "random from the second octet on")


def test_dates():  # P-107
    with folder() as base:
        handfast("identity", "ca", "--out", base)
        def leaf(*options):
            handfast("identity", "device", "--ca", base, "--id", "x", "--out", base / "d", "--force", *options)
            return dates_of(base / "d/x.pem")
        begin, end = leaf("--days", "90")
        same(end - begin, timedelta(days=90, seconds=-1), "90 days end one second early")
        now = datetime.now(timezone.utc)
        check(now - AN_HOUR < begin < now, "valid now")
        begin, end = leaf("--not-before", "2031-02-28T23:00:00+02:00", "--days", "1")
        same(str(begin), "2031-02-28 21:00:00+00:00", "begin")
        same(str(end), "2031-03-01 20:59:59+00:00", "end")
        begin, end = leaf("--not-after", "2020-01-01T00:00:00Z")
        same(str(end), "2020-01-01 00:00:00+00:00", "an expired one")
        check(begin < end, "an expired one was valid once")
        begin, end = leaf("--not-before", "2049-12-31T23:59:59Z", "--not-after", "2050-01-01T00:00:00Z")
        parsed = openssl("asn1parse", "-in", base / "d/x.pem")
        contains(parsed, ":491231235959Z")
        contains(parsed, ":20500101000000Z")
        check(re.search(r"UTCTIME\s+:491231235959Z", parsed), "UTCTime to 2049")
        check(re.search(r"GENERALIZEDTIME\s+:20500101000000Z", parsed), "GeneralizedTime from 2050")
        leaf("--not-after", "never")
        contains(openssl("asn1parse", "-in", base / "d/x.pem"), ":99991231235959Z")


def test_default_ends_with_the_issuer():
    with folder() as base:
        handfast("identity", "ca", "--out", base, "--days", "10")
        handfast("identity", "device", "--ca", base, "--id", "x", "--out", base)
        same(dates_of(base / "x.pem")[1], dates_of(base / "ca.pem")[1], "end")


def test_wrong_dates_are_refused():
    for options in (["--days", "0"], ["--days", "-1"], ["--days", "1x"], ["--days", "36501"], ["--days", ""],
                    ["--not-after", "2027-02-30T00:00:00Z"], ["--not-after", "2027-01-01"],
                    ["--not-after", "2027-01-01T00:00:00"], ["--not-after", "2027-01-01T00:00:00+1:00"],
                    ["--not-after", "2027-01-01T24:00:00Z"], ["--not-before", "1949-12-31T23:59:59Z"],
                    ["--not-before", "2027-01-01T00:00:01Z", "--not-after", "2027-01-01T00:00:00Z"],
                    ["--not-before", "never"]):
        with folder() as base:
            done = handfast("identity", "ca", "--out", base / "ca", *options, code=2)
            contains(done.stderr, "what: ", "stderr")
            contains(done.stderr, "do: ", "stderr")
            check(not (base / "ca").exists(), f"{options}: nothing is written")


def test_openssl_accepts_the_paths():
    for key in ("p256", "p384", "rsa2048"):
        with folder() as base:
            handfast("identity", "ca", "--out", base / "root", "--key", key)
            handfast("identity", "ca", "--out", base / "line", "--issuer", base / "root", "--key", key)
            handfast("identity", "ca", "--out", base / "low", "--issuer", base / "line", "--name", "Lower")
            for ca in ("root", "line", "low"):
                out = base / f"of-{ca}"
                handfast("identity", "server", "--ca", base / ca, "--name", "broker.example", "--out", out, "--key", key)
                handfast("identity", "device", "--ca", base / ca, "--id", "thing-1", "--out", out, "--key", key)
                for name, more in (("broker.example", ["-purpose", "sslserver", "-verify_hostname", "broker.example"]),
                                   ("thing-1", ["-purpose", "sslclient"])):
                    openssl("verify", "-x509_strict", "-CAfile", base / "root/ca.pem", *more,
                            "-untrusted", out / f"{name}.chain.pem", out / f"{name}.pem")
                chain = (out / "thing-1.chain.pem").read_text()
                same(chain.count("BEGIN CERTIFICATE"), {"root": 1, "line": 2, "low": 3}[ca], "chain without root")
                check(chain.startswith((out / "thing-1.pem").read_text()), "the leaf comes first")
            wrong = run("openssl", "verify", "-CAfile", base / "root/ca.pem", "-purpose", "sslclient",
                        base / "of-root/broker.example.pem", code=None)
            check(wrong.returncode != 0, "a server's certificate is not for clients")


def test_keys_are_private_and_fit():
    with folder() as base:
        run("sh", "-c", 'umask 0; "$0" identity ca --out "$1" --der', support.TOOL, base)
        same(stat.S_IMODE((base / "ca.key").stat().st_mode), 0o600, "mode of ca.key")
        same(stat.S_IMODE((base / "ca.key.der").stat().st_mode), 0o600, "mode of ca.key.der")
        public = openssl("x509", "-in", base / "ca.pem", "-noout", "-pubkey")
        same(openssl("pkey", "-in", base / "ca.key", "-pubout"), public, "public key of ca.key")
        same(openssl("pkey", "-in", base / "ca.key.der", "-inform", "DER", "-pubout"), public, "of the DER key")
        same(openssl("x509", "-in", base / "ca.der", "-inform", "DER"),
             openssl("x509", "-in", base / "ca.pem"), "DER certificate")


def test_nothing_is_overwritten():
    with folder() as base:
        handfast("identity", "ca", "--out", base)
        before = {path.name: path.read_bytes() for path in base.iterdir()}
        done = handfast("identity", "ca", "--out", base, code=3)
        contains(done.stderr, "exists already")
        contains(done.stderr, "--force")
        same({path.name: path.read_bytes() for path in base.iterdir()}, before, "files")
        (base / "ca.key").chmod(0o644)
        handfast("identity", "ca", "--out", base, "--force")
        after = {path.name: path.read_bytes() for path in base.iterdir()}
        same(set(after), set(before), "names")
        check(all(after[name] != before[name] for name in before), "all files are new")
        same(stat.S_IMODE((base / "ca.key").stat().st_mode), 0o600, "mode after --force")


def test_wrong_names_are_refused():
    with folder() as base:
        handfast("identity", "ca", "--out", base)
        wrong = [["server", "--name", name] for name in
                 ("*.example", "", "a..b", "a.", ".a", "-a.b", "a_b", "192.0.2.1", "a" * 64, "a b", "a,DNS:b",
                  ".".join(["a" * 49] * 6), "\u00e4.example")]
        wrong += [["server", "--ip", ip] for ip in ("a.example", "1.2.3", "1.2.3.4,DNS:x", "fe80::1%eth0", "")]
        wrong += [["device", "--id", "x" * 65], ["device", "--id", ""], ["device", "--id", "a\nb"],
                  ["device", "--id", "x", "--serial-number", "a@b"], ["device"], ["server"],
                  ["server", *["--name", "a"] * 17], ["device", "--id", "x", "--key", "p521"],
                  ["device", "--id", "x", "--org", "y"], ["device", "--id", "x", "y"], ["device", "--id"]]
        for words in wrong:
            done = handfast("identity", words[0], "--ca", base, "--out", base / "out", *words[1:], code=2)
            contains(done.stderr, "what: ", f"stderr of {words}")
            contains(done.stderr, "do: ", f"stderr of {words}")
            check(not (base / "out").exists(), f"{words}: nothing is written")
        for options in (["--country", "de"], ["--country", "DEU"], ["--org", ""]):
            handfast("identity", "ca", "--out", base / "out", *options, code=2)


def test_unusable_issuers_are_refused():
    with folder() as base:
        root, line = make_cas(base)
        server, _ = make_leaves(base, root)
        done = handfast("identity", "device", "--ca", base / "nowhere", "--id", "x", "--out", base, code=3)
        contains(done.stderr, "nowhere/ca.pem: No such file or directory")
        (line / "ca.key").write_bytes((root / "ca.key").read_bytes())
        done = handfast("identity", "device", "--ca", line, "--id", "x", "--out", base, code=3)
        contains(done.stderr, "ca.key does not belong to ca.pem")
        (line / "ca.key").write_text("no key\n")
        done = handfast("identity", "device", "--ca", line, "--id", "x", "--out", base, code=3)
        contains(done.stderr, "line/ca.key")
        (line / "ca.key").write_text(openssl("pkey", "-in", root / "ca.key", "-aes128", "-passout", "pass:secret"))
        handfast("identity", "device", "--ca", line, "--id", "x", "--out", base, code=3)
        leaf = base / "leaf"
        leaf.mkdir()
        (leaf / "ca.pem").write_bytes(server.read_bytes())
        (leaf / "ca.key").write_bytes((base / "broker.example.key").read_bytes())
        done = handfast("identity", "device", "--ca", leaf, "--id", "x", "--out", base, code=3)
        contains(done.stderr, "not the certificate of a CA")
        done = handfast("identity", "ca", "--issuer", root, "--name", "Test root", "--out", base / "same", code=2)
        contains(done.stderr, "its issuer's name")
        check(not (base / "x.pem").exists() and not (base / "same").exists(), "nothing is written")


def test_unwritable_places_are_named():
    with folder() as base:
        (base / "file").write_text("")
        done = handfast("identity", "ca", "--out", base / "file/ca", code=3)
        contains(done.stderr, "file")
        handfast("identity", "ca", "--out", base / ("x" * 2000), code=2)
        done = run("sh", "-c", '"$0" --help >/dev/full', support.TOOL, code=3)
        contains(done.stderr, "No space left")


def test_help_is_everywhere():
    for words in ([], ["identity"], ["identity", "ca"], ["identity", "server"], ["identity", "device"]):
        done = handfast(*words, "--help")
        contains(done.stdout, "example", f"help of {words}")
        same(done.stderr, "", "stderr")
    same(handfast("help", "identity").stdout, handfast("identity", "--help").stdout, "help identity")
    check(re.match(r"handfast \d+\.\d+\.\d+\n$", handfast("--version").stdout), "--version")
    for words in ([], ["nonsense"], ["identity"], ["identity", "nonsense"], ["identity", "ca", "--nonsense"]):
        done = handfast(*words, code=2)
        contains(done.stderr, "--help", f"stderr of {words}")
        same(done.stdout, "", "stdout")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
