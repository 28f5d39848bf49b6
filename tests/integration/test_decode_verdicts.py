"""handfast decode: what it says of connections whose secrets are missing or wrong, and why each one ended."""
import sys

from captures import CLIENT, RST, ACK, SERVER, Conversation, Recorder, frames, pcapng
from decode_rig import BASE, CERTIFICATE, REQUEST, decode, identities, messages, of, record, tshark, verdict
from support import Process, check, contains, free_port, handfast, main, same


def test_without_secrets():
    session = record("-tls1_3")[0]
    open_still = [entry for entry in session.records if entry[2]]
    last = max(index for index, entry in enumerate(open_still) if entry[1] == SERVER)  # ends with close_notify
    closed = open_still[:last + 1] + [(open_still[last][0] + 1, SERVER, b"")]
    lines, _ = decode(pcapng(frames([Conversation(closed)])))
    same(messages(lines)["sent"][0][0], 1, "what is in the clear")
    same((verdict(lines)["outcome"], verdict(lines)["secrets"]), ("sealed", False), "the verdict")
    contains(verdict(lines)["why"], "The server's last record before it closed has the size of an alert")
    lines, _ = decode(pcapng(frames([Conversation(open_still)])))
    contains(verdict(lines)["what"], "the capture ends while it is open")
    contains(verdict(lines)["why"], "was completed, as it seems")
    session = record("-tls1_2")[0]
    lines, _ = decode(pcapng(frames([Conversation(session.records)])))
    same(verdict(lines)["outcome"], "completed", "TLS 1.2 shows its Finished")
    check(verdict(lines)["from_server"]["unread"] > 0, "nothing is opened")


def test_secrets_of_another_connection():
    session, other = record("-tls1_3")[0], record("-tls1_2")[0]
    lines, _ = decode(pcapng(frames([Conversation(session.records)]), keylog=other.keylog))
    same((verdict(lines)["secrets"], verdict(lines)["outcome"]), (False, "sealed"), "the verdict")


def test_wrong_secrets():
    """The right connection, but a digit is wrong."""
    session = record("-tls1_3")[0]
    lines = session.keylog.splitlines()
    wrong = b"\n".join(line[:-1] + (b"1" if line[-1:] == b"0" else b"0") for line in lines) + b"\n"
    found, _ = decode(pcapng(frames([Conversation(session.records)]), keylog=wrong))
    check(any("does not open" in line["text"] for line in of(found, "note")), "a note")
    same(verdict(found)["secrets"], True, "secrets were there")


def test_suites_that_are_not_opened():
    session = record("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256")[0]
    file = BASE / "cbc.pcapng"
    file.write_bytes(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))
    text = handfast("decode", file).stdout
    contains(text, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 (0xc023) are not opened here")
    contains(text, "The handshake was completed")
    lines, _ = decode(file.read_bytes())
    theirs, _ = tshark(file)
    clear = {side: [pair for pair in pairs if pair[0] != 20] for side, pairs in theirs.items()}
    same(messages(lines), clear, "messages in the clear")


def test_application_secrets_alone():
    """A log that lacks the secrets of the handshake opens what comes behind it."""
    session = record("-tls1_3")[0]
    keylog = b"\n".join(line for line in session.keylog.splitlines() if b"HANDSHAKE" not in line)
    lines, _ = decode(pcapng(frames([Conversation(session.records)]), keylog=keylog))
    same(verdict(lines)["from_client"]["data"], len(REQUEST), "bytes of data")


def test_refused_by_the_client():
    """A client with another CA; read with secrets and guessed without."""
    made = identities()
    client = ("-CAfile", str(made.other), "-verify_return_error")
    session = record("-tls1_3", client=client)[0]
    packets = frames([Conversation(session.records)])
    lines, _ = decode(pcapng(packets, keylog=session.keylog))
    found = verdict(lines)
    same((found["outcome"], found["alert"], found["alert_by"]), ("alert", 48, "client"), "with secrets")
    contains(found["do"], "root of the server's chain")
    # OpenSSL sends this alert in the clear; this library's tool does not.
    port = free_port()
    with Process("openssl", "s_server", "-port", port, "-cert", made.server[0], "-key", made.server[1],
                 "-www", "-tls1_3") as server:
        server.wait_port(port)
        with Recorder(port) as recorder:
            handfast("connect", recorder.address, "--ca", made.other, code=CERTIFICATE)
            recorder.wait()
    lines, _ = decode(pcapng(frames([Conversation(recorder.sessions[0])])))
    found = verdict(lines)
    same((found["outcome"], found["alert"]), ("alert", None), "without secrets")
    contains(found["why"], "did not accept the server's certificate")


def test_certificate_that_does_not_fit():
    """The capture itself shows whether the client's clock is wrong, the date or the name."""
    trust = ("-CAfile", str(identities().base / "line" / "ca.pem"), "-partial_chain", "-verify_return_error")
    session = record("-tls1_3", client=(*trust, "-attime", "4102444800"))[0]  # in 2100
    for years, says, todo in ((0, "so the client's clock is wrong", "Set the device's clock"),
                              (30, "expired on", "valid now"), (-30, "is valid from", "valid now")):
        moved = [(when + years * 365 * 86400 * 10**9, side, data) for when, side, data in session.records]
        found = verdict(decode(pcapng(frames([Conversation(moved)]), keylog=session.keylog))[0])
        same((found["alert"], found["alert_by"]), (45, "client"), "certificate_expired")
        contains(found["why"], says)
        contains(found["do"], todo)
    session = record("-tls1_3", client=(*trust, "-servername", "other.example", "-verify_hostname", "other.example"))[0]
    found = verdict(decode(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))[0])
    same((found["alert"], found["alert_by"]), (42, "client"), "bad_certificate")
    contains(found["why"], "asked for other.example")
    session = record("-tls1_3", client=(*trust, "-servername", "broker.example", "-verify_hostname", "x.example"))[0]
    found = verdict(decode(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))[0])
    contains(found["why"], "its name is not the one")
    session = record("-tls1_3", client=(*trust, "-attime", "86400"))[0]  # in 1970: OpenSSL has another alert for that
    found = verdict(decode(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))[0])
    same(found["alert"], 42, "bad_certificate")
    contains(found["do"], "Look at the device's clock")


def test_refused_by_the_server():
    for version, code in (("-tls1_3", 116), ("-tls1_2", 40)):
        session = record(version, "-Verify", "1", "-CAfile", str(identities().root))[0]
        lines, _ = decode(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))
        found = verdict(lines)
        same((found["alert"], found["alert_by"]), (code, "server"), version)
    session = record("-tls1_3", client=("-tls1_2",))[0]
    lines, _ = decode(pcapng(frames([Conversation(session.records)])))
    same((verdict(lines)["alert"], verdict(lines)["alert_by"]), (70, "server"), "in the clear")


def test_nobody_answers():
    session = [entry for entry in record("-tls1_3")[0].records if entry[1] == CLIENT][:1]
    lines, _ = decode(pcapng(frames([Conversation(session)])))
    same(verdict(lines)["outcome"], "cut", "outcome")
    contains(verdict(lines)["why"], "did not answer the ClientHello")


def test_client_gives_up():
    """Reset behind the server's flight, without an alert."""
    session = list(record("-tls1_3")[0].records)
    conversation = Conversation(session[:2])
    conversation.add(session[1][0] + 5000000, CLIENT, RST | ACK)
    lines, _ = decode(pcapng(frames([conversation])))
    same(verdict(lines)["outcome"], "cut", "outcome")
    contains(verdict(lines)["what"], "the client reset the TCP connection")
    contains(verdict(lines)["why"], "The client gave up")


if __name__ == "__main__":
    main(sys.modules[__name__])
