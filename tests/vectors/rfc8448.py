#!/usr/bin/env python3
"""Makes rfc8448.txt: the RFC 8448 traces with every secret computed anew.

usage: rfc8448.py TRANSCRIPTS > rfc8448.txt

TRANSCRIPTS holds records, messages and private keys as "name = hex" lines under [section] headers.
The key schedule is RFC 8446 7.1 over hmac and hashlib, apart from the library under test; key
agreement, signatures and AES-GCM come from the Python package "cryptography". Each value is
checked: Finished and binder against the messages, keys by opening the records, and the secrets of
sections 3 and 4 against the RFC's own text. Only whoever changes the file needs this script.
"""
import hashlib
import hmac
import re
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TRACES = [  # section of the RFC, name in the input, group of the key share that was used
    ("3 simple", "Simple_1RTT_Handshake", "x25519"),
    ("4 resumed", "Resumed_0RTT_Handshake", "x25519"),
    ("5 retry", "HelloRetryRequest_Handshake", "secp256r1"),
    ("6 client-certificate", "Client_Authentication_Handshake", "x25519"),
    ("7 compatible", "Middlebox_Compatibility_Mode", "x25519"),
]
SIMPLE = {  # RFC 8448 section 3, as the text prints them
    "early": "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a",
    "shared": "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d",
    "handshake": "1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac",
    "c_hs_traffic": "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
    "s_hs_traffic": "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
    "master": "18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919",
    "c_ap_traffic": "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
    "s_ap_traffic": "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
    "exp_master": "fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50",
    "res_master": "7df235f2031d2a051287d02b0241b0bfdaf86cc856231f2d5aba46c434ec196c",
    "resumption_psk": "4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3",
}
RESUMED = {  # section 4
    "binder_key": "69fe131a3bbad5d63c64eebcc30e395b9d8107726a13d074e389dbc8a4e47256",
    "shared": "f44194756ff9ec9d25180635d66ea6824c6ab3bf179977be37f723570e7ccb2e",
    "c_hs_traffic": "2faac08f851d35fea3604fcb4de82dc62c9b164a70974d0462e27f1ab278700f",
    "s_hs_traffic": "fe927ae271312e8bf0275b581c54eef020450dc4ecffaa05a1a35d27518e7803",
    "c_ap_traffic": "2abbf2b8e381d23dbebe1dd2a7d16a8bf484cb4950d23fb7fb7fa8547062d9a1",
    "s_ap_traffic": "cc21f1bf8feb7dd5fa505bd9c4b468a9984d554a993dc49e6d285598fb672691",
    "exp_master": "3fd93d4ffddc98e64b14dd107aedf8ee4add23f4510f58a4592d0b201bee56b4",
    "res_master": "5e95bdf1f89005ea2e9aa0ba85e728e3c19c5fe0c699e3f5bee59faebd0b5406",
}
PRINTED = {"simple": SIMPLE, "resumed": RESUMED}
BINDERS = 2 + 1 + 32  # of one PSK: all that stands behind the identities


def read(path):
    sections, current = {}, None
    for line in open(path, encoding="ascii"):
        line = line.split("#")[0].strip()
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), {})
        elif "=" in line:
            name, value = (part.strip() for part in line.split("=", 1))
            value = value.replace(" ", "")
            if re.fullmatch("([0-9A-Fa-f]{2})*", value):
                current[name] = bytes.fromhex(value)
    return sections


def sha256(data):
    return hashlib.sha256(data).digest()


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def expand_label(secret, label, context, length):
    name = b"tls13 " + label.encode()
    info = length.to_bytes(2, "big") + bytes([len(name)]) + name + bytes([len(context)]) + context
    out, block, count = b"", b"", 1
    while len(out) < length:
        block = mac(secret, block + info + bytes([count]))
        out, count = out + block, count + 1
    return out[:length]


def keys(out, name, secret):
    out[name + "_key"] = expand_label(secret, "key", b"", 16)
    out[name + "_iv"] = expand_label(secret, "iv", b"", 12)


def open_record(out, name, sequence, record):
    nonce = bytes(a ^ b for a, b in zip(out[name + "_iv"], sequence.to_bytes(12, "big")))
    inner = AESGCM(out[name + "_key"]).decrypt(nonce, record[5:], record[:5]).rstrip(b"\0")
    return inner[:-1], inner[-1]


def records(data):
    found = []
    while data:
        end = 5 + int.from_bytes(data[3:5], "big")
        found.append(data[:end])
        data = data[end:]
    return found


def agree(group, private, server_hello):
    if group == "x25519":
        point = server_hello[server_hello.index(bytes.fromhex("001d0020")) + 4:][:32]
        key = x25519.X25519PrivateKey.from_private_bytes(private)
        return point, key.exchange(x25519.X25519PublicKey.from_public_bytes(point))
    point = server_hello[server_hello.index(bytes.fromhex("00170041")) + 4:][:65]
    key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
    peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    return point, key.exchange(ec.ECDH(), peer)


def hellos(trace, out):
    out["client_hello"] = trace["Record_ClientHello_1"][5:]
    out["client_hello_record"] = trace["Record_ClientHello_1"]
    if "Record_HelloRetryRequest" not in trace:
        return out["client_hello"]
    out["hello_retry_request"] = trace["Record_HelloRetryRequest"][5:]
    out["second_client_hello"] = trace["Record_ClientHello_2"][5:]
    out["second_client_hello_record"] = trace["Record_ClientHello_2"]
    synthetic = b"\xfe\0\0\x20" + sha256(out["client_hello"])
    return synthetic + out["hello_retry_request"] + out["second_client_hello"]


def share_of(group, private):
    if group == "x25519":
        return x25519.X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    public = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1()).public_key()
    numbers = public.public_numbers()
    return b"\4" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def server_secrets(trace, out, group):
    pool = trace["Server_RNG_Pool"]
    out["server_random"], out["server_private"] = pool[:32], pool[32:64]
    assert out["server_hello"][6:38] == out["server_random"]
    assert share_of(group, out["server_private"]) == out["server_point"]


# RFC 8446 4.2.11.2. The early secrets are not shown, but what they open has to be part of the
# transcript (EndOfEarlyData), so it is opened here.
def binder(trace, out, psk):
    hello = out["client_hello"]
    out["psk"] = psk
    out["early"] = mac(bytes(32), psk)
    out["binder_key"] = expand_label(out["early"], "res binder", sha256(b""), 32)
    out["binder_hash"] = sha256(hello[:-BINDERS])
    out["binder_finished_key"] = expand_label(out["binder_key"], "finished", b"", 32)
    out["binder"] = mac(out["binder_finished_key"], out["binder_hash"])
    assert hello[-BINDERS:] == b"\0\x21\x20" + out["binder"]
    early = {}
    keys(early, "c_e", expand_label(out["early"], "c e traffic", sha256(hello), 32))
    out["early_record"] = trace["Record_Client_EarlyAppData"]
    data = open_record(early, "c_e", 0, out["early_record"])
    assert data == (trace["Client_EarlyAppData"], 23)
    out["end_of_early_data"], _ = open_record(
        early, "c_e", 1, records(trace["Record_ClientFinished"])[0])
    assert out["end_of_early_data"] == b"\5\0\0\0"


def schedule(trace, out, group, psk):
    transcript = hellos(trace, out)
    out["early"] = mac(bytes(32), bytes(32))
    if "Client_EarlyAppData" in trace:
        binder(trace, out, psk)
    pool = trace["Client_RNG_Pool"]
    out["client_random"] = pool[:32]
    # With compatibility mode 32 bytes of session id stand between random and key in the pool.
    first = 64 if trace["Record_ClientHello_1"][43] == 32 else 32
    if group == "secp256r1":  # the share that was refused comes first
        out["refused_private"] = pool[first:first + 32]
        first += 32
    out["private"] = pool[first:first + 32]
    out["server_hello"] = trace["Message_ServerHello"]
    out["server_hello_record"] = trace["Record_ServerHello"]
    out["server_point"], out["shared"] = agree(group, out["private"], out["server_hello"])
    server_secrets(trace, out, group)
    transcript += out["server_hello"]
    empty = sha256(b"")
    out["derived_early"] = expand_label(out["early"], "derived", empty, 32)
    out["handshake"] = mac(out["derived_early"], out["shared"])
    out["hash_server_hello"] = sha256(transcript)
    for side in "cs":
        secret = expand_label(out["handshake"], side + " hs traffic", sha256(transcript), 32)
        out[side + "_hs_traffic"] = secret
        keys(out, side + "_hs", secret)
        out[side + "_finished_key"] = expand_label(secret, "finished", b"", 32)
    out["derived_handshake"] = expand_label(out["handshake"], "derived", empty, 32)
    out["master"] = mac(out["derived_handshake"], bytes(32))
    return transcript


def check_signature(certificate, signed, scheme, signature):
    key = x509.load_der_x509_certificate(certificate[11:-2]).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        assert scheme == b"\x08\4"
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        key.verify(signature, signed, pss, hashes.SHA256())
    else:
        assert scheme == b"\4\3"
        key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))


# In the input, section 4's EncryptedExtensions lack the RFC's server_name, and their record is sealed
# accordingly, while all that follows is the RFC's: its message is put back and sealed. What proves
# it is the RFC's Finished, and every secret behind it.
def put_back_server_name(trace, out):
    message = trace["Message_EncryptedExtensions"]
    if "binder" in out:
        early_data = bytes.fromhex("002a0000")
        assert message[4:6] == b"\0\x22" and message.endswith(early_data)
        message = bytes.fromhex("080000280026") + message[6:-4] + bytes(4) + early_data
        flight = message + trace["Message_Server_Finished"]
        header = b"\x17\3\3" + (len(flight) + 17).to_bytes(2, "big")
        sealed = AESGCM(out["s_hs_key"]).encrypt(out["s_hs_iv"], flight + b"\x16", header)
        trace["Record_ServerHandshakeMessages"] = header + sealed
        trace["Message_EncryptedExtensions"] = message


def server_flight(trace, out, transcript):
    put_back_server_name(trace, out)
    names = {"encrypted_extensions": "Message_EncryptedExtensions",
             "certificate_request": "Message_CertificateRequest",
             "certificate": "Message_Server_Certificate",
             "certificate_verify": "Message_Server_CertificateVerify",
             "server_finished": "Message_Server_Finished"}
    flight = b""
    for name, source in names.items():
        if source not in trace:
            continue
        if name == "certificate_verify":
            out["server_signed"] = trace["Server_MessageToSign"]
            context = b" " * 64 + b"TLS 1.3, server CertificateVerify\0"
            assert out["server_signed"] == context + sha256(transcript + flight)
            out["server_signature"] = trace[source][8:]
            check_signature(out["certificate"], out["server_signed"], trace[source][4:6],
                            out["server_signature"])
        if name == "server_finished":
            value = mac(out["s_finished_key"], sha256(transcript + flight))
            assert trace[source] == b"\x14\0\0\x20" + value
        out[name] = trace[source]
        flight += trace[source]
    whole = trace["Record_ServerHandshakeMessages"]
    assert open_record(out, "s_hs", 0, records(whole)[-1]) == (flight, 22)
    out["server_flight"], out["server_flight_records"] = flight, whole
    return transcript + flight


def application(trace, out, transcript):
    out["hash_server_finished"] = sha256(transcript)
    for side in "cs":
        secret = expand_label(out["master"], side + " ap traffic", sha256(transcript), 32)
        out[side + "_ap_traffic"] = secret
        keys(out, side + "_ap", secret)
    out["exp_master"] = expand_label(out["master"], "exp master", sha256(transcript), 32)
    whole = trace["Record_ClientFinished"]
    if "end_of_early_data" in out:
        whole = whole[len(records(whole)[0]):]
        transcript += out["end_of_early_data"]
    flight, kind = open_record(out, "c_hs", 0, records(whole)[-1])
    value = mac(out["c_finished_key"], sha256(transcript + flight[:-36]))
    assert kind == 22 and flight[-36:] == b"\x14\0\0\x20" + value
    out["client_flight"], out["client_flight_records"] = flight, whole
    if "Client_MessageToSign" in trace:
        out["client_signed"] = trace["Client_MessageToSign"]
        length = len(flight) - 36
        at = flight.index(trace["Client_MessageSignature"]) - 8
        context = b" " * 64 + b"TLS 1.3, client CertificateVerify\0"
        assert at + 8 + len(trace["Client_MessageSignature"]) == length
        assert out["client_signed"] == context + sha256(transcript + flight[:at])
        out["client_certificate"] = flight[:at]
        out["client_signature"] = trace["Client_MessageSignature"]
        check_signature(flight[:at], out["client_signed"], flight[at + 4:at + 6],
                        out["client_signature"])
    transcript += flight
    out["hash_client_finished"] = sha256(transcript)
    out["res_master"] = expand_label(out["master"], "res master", sha256(transcript), 32)


def afterwards(trace, out):
    sequence = {"c": 0, "s": 0}
    order = [("s", "ticket", "Record_NewSessionTicket"), ("c", "c_data", "Record_Client_AppData"),
             ("s", "s_data", "Record_Server_AppData"), ("c", "c_close", "Record_Client_CloseNotify"),
             ("s", "s_close", "Record_Server_CloseNotify")]
    for side, name, source in order:
        if source in trace:
            content, _ = open_record(out, side + "_ap", sequence[side], trace[source])
            out[name], out[name + "_record"] = content, trace[source]
            sequence[side] += 1
    if "ticket" in out:
        out["resumption_psk"] = expand_label(out["res_master"], "resumption", b"\0\0", 32)
        assert out["resumption_psk"] in trace["Client_SessionData"]


def main():
    sections = read(sys.argv[1])
    print("# RFC 8448: traces of TLS 1.3 and all their secrets; made by rfc8448.py, which checks them.")
    psk = None
    for title, name, group in TRACES:
        out, trace = {}, sections[name]
        transcript = schedule(trace, out, group, psk)
        application(trace, out, server_flight(trace, out, transcript))
        afterwards(trace, out)
        title = title.split()[1]
        for key, value in PRINTED.get(title, {}).items():
            assert out[key].hex() == value, key
        psk = out.get("resumption_psk")  # section 4 resumes what section 3 began
        print("\n[%s]" % title)
        for key, value in out.items():
            text = value.hex()
            print("%s =" % key)
            for at in range(0, len(text), 96):
                print("  " + text[at:at + 96])


main()
