"""What openssl s_client and gnutls-cli print, as facts about one connection. For visitors.py.

s_client writes -trace into one file and its summary (-brief) to stderr. gnutls-cli writes its summary
into --logfile and the library's log (-d 5) to stderr. Data alone goes to stdout.
"""
import re

NOTHING = {"open": False, "closed": None, "verified": False, "resumed": False, "version": 0, "suite": 0, "group": 0,
           "scheme": None, "alpn": "", "alert_in": None, "alert_out": None, "extended_master": False,
           "certificate_requested": False, "certificate_sent": False, "retried": False, "limit": False,
           "in_handshake": 0, "in_data": 0, "out_handshake": 0, "out_data": 0, "bytes_in": 0, "bytes_out": 0,
           "raw_key": None, "error": ""}
RECORD_HEADER = 5
TLS12, TLS13 = 0x0303, 0x0304
KINDS = {22: "handshake", 23: "data"}  # content types that are metered


def meter(facts, direction, content_type, length):
    facts[f"bytes_{direction}"] += RECORD_HEADER + length
    if content_type in KINDS:
        name = f"{direction}_{KINDS[content_type]}"
        facts[name] = max(facts[name], length)


# ---- openssl

RETRY = re.compile(r"gmt_unix_time=0xCF21AD74\s+random_bytes \(len=28\): E59A6111")  # RFC 8446 4.1.3
RECORD = re.compile(r"Header:\n  Version = [^\n]*\n  Content Type = \w+ \((\d+)\)\n  Length = (\d+)\n")


def number(pattern, text, base=10):
    found = re.search(pattern, text)
    return None if found is None else int(found.group(1), base)


def server_hello(facts, text):
    if RETRY.search(text):
        facts["retried"] = True
        return
    facts["version"] = TLS13 if "TLS 1.3 (772)" in text else number(r"server_version=(0x\w+)", text, 16)
    suite = re.search(r"cipher_suite \{0x(\w\w), 0x(\w\w)\}", text)
    facts["suite"] = int(suite.group(1) + suite.group(2), 16)
    facts["group"] = number(r"NamedGroup: .*\((\d+)\)", text) or 0
    facts["extended_master"] = "extended_master_secret(23)" in text


def received(facts, text):
    if re.search(r"^    ServerHello, ", text, re.M):
        server_hello(facts, text)
    if re.search(r"^    (ServerHello|EncryptedExtensions), ", text, re.M):
        alpn = re.search(r"application_layer_protocol_negotiation\(16\), length=\d+\n\s+(\S+)", text)
        facts["alpn"] = alpn.group(1) if alpn else facts["alpn"]
        facts["limit"] = facts["limit"] or "max_fragment_length(1)" in text
    if re.search(r"^    ServerKeyExchange, ", text, re.M):
        facts["group"] = number(r"named_curve: .*\((\d+)\)", text) or 0
    if re.search(r"^    (ServerKeyExchange|CertificateVerify), ", text, re.M):
        facts["scheme"] = number(r"Signature Algorithm: \S+ \(0x(\w+)\)", text, 16)
    if re.search(r"^    CertificateRequest, ", text, re.M):
        facts["certificate_requested"] = True
    if "Level=warning(1), description=close notify(0)" in text:
        facts["closed"] = True


def resumed(trace, direction):
    """What -trace shows of a handshake that was completed: the server, whose messages were "Sent" or
    "Received", has shown no certificate, and in TLS 1.3 has chosen a key that both had."""
    parts = [part for part in re.split(r"(?m)^(?=(?:Sent|Received) Record$)", trace) if part.startswith(direction)]
    hellos = [part for part in parts if re.search(r"^    ServerHello, ", part, re.M) and not RETRY.search(part)]
    chosen = [hello for hello in hellos if "extension_type=psk(41)" in hello or "TLS 1.3 (772)" not in hello]
    return len(chosen) == 1 and not any(re.search(r"^    Certificate, ", part, re.M) for part in parts)


def of_openssl(trace, said):
    facts = dict(NOTHING)
    for part in re.split(r"(?m)^(?=(?:Sent|Received) Record$)", trace):
        direction = "in" if part.startswith("Received") else "out"
        record = RECORD.search(part)
        if record is not None:
            meter(facts, direction, int(record.group(1)), int(record.group(2)))
        alert = number(r"Level=fatal\(2\), description=.*\((\d+)\)", part)
        facts[f"alert_{direction}"] = alert if alert is not None else facts[f"alert_{direction}"]
        if direction == "in":
            received(facts, part)
        elif re.search(r"^    Certificate, ", part, re.M):
            facts["certificate_sent"] = "ASN.1Cert, length=" in part
    facts["open"] = re.search(r"^CONNECTION ESTABLISHED$", said, re.M) is not None
    facts["resumed"] = facts["open"] and resumed(trace, "Received")
    facts["verified"] = facts["open"] and re.search(r"^Verification: OK$", said, re.M) is not None
    errors = [line for line in said.splitlines() if ":error:" in line]
    facts["error"] = errors[-1] if errors else ""
    return facts


# ---- gnutls

GNUTLS_CIPHERS = {
    0x1301: ("AES-128-GCM", None), 0x1302: ("AES-256-GCM", None), 0x1303: ("CHACHA20-POLY1305", None),
    0x1304: ("AES-128-CCM", None),
    0xc02b: ("AES-128-GCM", "ecdsa"), 0xc02c: ("AES-256-GCM", "ecdsa"), 0xcca9: ("CHACHA20-POLY1305", "ecdsa"),
    0xc0ac: ("AES-128-CCM", "ecdsa"),
    0xc02f: ("AES-128-GCM", "rsa"), 0xc030: ("AES-256-GCM", "rsa"), 0xcca8: ("CHACHA20-POLY1305", "rsa")}
GNUTLS_GROUPS = {"X25519": 0x1d, "SECP256R1": 0x17, "SECP384R1": 0x18, "SECP521R1": 0x19, "X448": 0x1e}
GNUTLS_SCHEMES = {"RSA-SHA256": 0x0401, "RSA-SHA384": 0x0501, "RSA-SHA512": 0x0601, "ECDSA-SHA256": 0x0403,
                  "ECDSA-SHA384": 0x0503, "ECDSA-SHA512": 0x0603, "ECDSA-SECP256R1-SHA256": 0x0403,
                  "ECDSA-SECP384R1-SHA384": 0x0503, "ECDSA-SECP521R1-SHA512": 0x0603, "RSA-PSS-RSAE-SHA256": 0x0804,
                  "RSA-PSS-RSAE-SHA384": 0x0805, "RSA-PSS-RSAE-SHA512": 0x0806, "EdDSA-Ed25519": 0x0807}
RESUMED = re.compile(r"^- Description: \(TLS1\.(\d)-[^)]*\)-.*-\(([^)]*)\)$", re.M)
DESCRIPTION = re.compile(r"^- Description: \(TLS1\.(\d)-[^)]*\)-\((?:ECDHE-)?([^)]*)\)-\(([^)]*)\)-\(([^)]*)\)", re.M)


def described(facts, summary):
    """From the one line that holds all of it; the suite of TLS 1.2 by its cipher and kind of signature."""
    found = DESCRIPTION.search(summary)
    if found is None:
        return
    minor, group, scheme, cipher = found.groups()
    kind = None if minor == "3" else "ecdsa" if scheme.startswith("ECDSA") else "rsa"
    facts["version"] = 0x0301 + int(minor)
    facts["group"] = GNUTLS_GROUPS.get(group, 0)
    facts["scheme"] = GNUTLS_SCHEMES.get(scheme)
    facts["suite"] = {pair: suite for suite, pair in GNUTLS_CIPHERS.items()}.get((cipher, kind), 0)


def resumed_as(facts, summary, log):
    """The line is a shorter one then, and of a group of before."""
    minor, cipher = RESUMED.search(summary).groups()
    kind = re.search(r"\]: Cipher Suite: GNUTLS_ECDHE_(ECDSA|RSA)_", log)
    group = re.search(r"Selected group (\S+) ", log)
    facts["version"] = 0x0301 + int(minor)
    facts["group"] = GNUTLS_GROUPS.get(group.group(1), 0) if group and minor == "3" else 0
    facts["suite"] = {pair: suite for suite, pair in GNUTLS_CIPHERS.items()}.get(
        (cipher, kind.group(1).lower() if kind and minor != "3" else None), 0)


def records(facts, log):
    """A record that is sent is told with its header and, in TLS 1.3, by its inner type."""
    for kind, length in re.findall(r"Received Packet [^\n]*\((\d+)\) with length: (\d+)", log):
        meter(facts, "in", int(kind), int(length))
    hidden = "Negotiated version: 3.4" in log
    for kind, epoch, length in re.findall(r"Sent Packet\[\d+\] [^\n]*\((\d+)\) in epoch (\d+) and length: (\d+)", log):
        meter(facts, "out", 23 if hidden and epoch != "0" else int(kind), int(length) - 5)


AGAIN = "- Connecting again- trying to resume previous session"


def of_gnutls(summary, log):
    """With --resume about the second connection, and in "first" about the first."""
    first, again, second = summary.partition(AGAIN)
    if again:
        start = [found.start() for found in re.finditer(r"Allocating epoch #0", log)]
        facts = one_of_gnutls(second, log[start[1]:])
        facts["first"] = one_of_gnutls(first, log[:start[1]])
        return facts
    return one_of_gnutls(summary, log)


def one_of_gnutls(summary, log):
    facts = dict(NOTHING)
    facts["open"] = re.search(r"^- (Resume )?Handshake was completed$", summary, re.M) is not None
    facts["verified"] = facts["open"] and "- Status: The certificate is trusted." in summary
    facts["resumed"] = facts["open"] and "*** This is a resumed session" in summary
    if facts["resumed"]:
        resumed_as(facts, summary, log)
    else:
        described(facts, summary)
    records(facts, log)
    alpn = re.search(r"^- Application protocol: (.*)$", summary, re.M)
    facts["alpn"] = alpn.group(1) if alpn else ""
    facts["alert_in"] = number(r"Alert\[2\|(\d+)\] - .* - was received", log)
    facts["alert_out"] = number(r"Sending Alert\[2\|(\d+)\]", log)
    facts["closed"] = re.search(r"Alert\[1\|0\] - .* - was received", log) is not None
    facts["extended_master"] = "Parsing extension 'Extended Master Secret/23'" in log
    facts["retried"] = "HELLO RETRY REQUEST (1025) was received" in log
    facts["certificate_requested"] = "CERTIFICATE REQUEST (13) was received" in log
    sent = number(r"CERTIFICATE was queued \[(\d+) bytes\]", log)
    facts["certificate_sent"] = sent is not None and sent > 8  # more than an empty list
    facts["limit"] = re.search(r"Parsing extension '(Maximum Record Size/1|Record Size Limit/28)'", log) is not None
    if "- Certificate type: Raw Public Key" in summary:
        key = re.search(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", summary, re.S)
        facts["raw_key"] = key.group(0) if key else ""
    errors = [line for line in log.splitlines() if line.startswith("*** Fatal error")]
    facts["error"] = errors[-1] if errors else ""
    return facts
