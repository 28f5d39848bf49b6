"""Bytes on the wire: X25519, one signature scheme, AES-128-GCM, record headers included, close_notify not,
means of 100 handshakes between two of our engines (bench/handshake.c). The certificates are those of
peers/gen-certs.sh in the folder that HF_KITS names; without it: skipped.
"""
import os
import sys
from pathlib import Path

import support
from support import Skip, check, folder, require_program, run, same

KITS = Path(os.environ.get("HF_KITS") or "/nowhere")
BENCH = os.environ.get("HF_BENCH", "")
NAME = "broker.example.net"  # in the certificate
# Of a full handshake: bytes besides the sender's certificate, give or take what a signature varies.
FULL = {"1.3 full": (296, 270), "1.3 full, ticket": (302, 419), "1.2 full": (294, 261), "1.2 full, ticket": (298, 405),
        "1.2 full, id": (298, 293)}
SIGNATURE = 2  # bytes: the mean of 100 is closer
# Nothing varies where nothing is signed.
RESUMED = {"1.3 psk_dhe_ke": (366, 318), "1.3 psk_ke": (366, 278), "1.2 ticket": (324, 290), "1.2 id": (199, 151)}
LIMITS = {"1.3 full": (812, 770), "1.3 psk_dhe_ke": (390, 340)}
LARGEST = (506, 496)  # the certificates: their signatures vary by a few bytes; the limits hold all the same


def make_certificates(place):
    """Renamed as the benchmark wants them; their sizes in DER: device, server."""
    script = (KITS / "peers/gen-certs.sh").resolve()
    if not script.is_file():
        raise Skip(f"no {script.name} (HF_KITS)")
    run("sh", script, cwd=place)
    made = place / "certs"
    (place / "ca.pem").write_text((made / "srv-ca.pem").read_text() + (made / "cli-ca.pem").read_text())
    for old, new in (("cli", "device"), ("srv", "broker.example")):
        (place / f"{new}.pem").write_bytes((made / f"{old}-chain.pem").read_bytes())
        (place / f"{new}.key").write_bytes((made / f"{old}-key.pem").read_bytes())
    return tuple((made / f"{who}-leaf.der").stat().st_size for who in ("cli", "srv"))


def test_bytes():
    require_program("openssl")
    if not os.access(BENCH, os.X_OK):
        raise Skip("bench_handshake was not built (libssl)")
    with folder() as place:
        sizes = make_certificates(place)
        text = run(BENCH, place, "wire", NAME, timeout=200).stdout
    means = {words[0].strip(): tuple(map(float, words[1:])) for words in
             (line.rsplit(maxsplit=2) for line in text.splitlines())}
    same(set(means), set(FULL) | set(RESUMED), "kinds of handshakes")
    for kind, expected in RESUMED.items():
        same(means[kind], expected, f"client, server, {kind}")
    for kind, besides in FULL.items():
        for is_, certificate, rest in zip(means[kind], sizes, besides):
            check(abs(is_ - certificate - rest) <= SIGNATURE, f"{kind}: {is_} bytes, a certificate of {certificate}")
    for kind, most in LIMITS.items():
        check(all(a <= b for a, b in zip(sizes, LARGEST)), f"certificates of {sizes} bytes")
        check(all(a <= b for a, b in zip(means[kind], most)), f"{kind}: {means[kind]}, at most {most}")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
