"""handfast decode: every format and link type, whole and damaged files, segments lost and out of order."""
import os
import subprocess
import sys

import captures
from captures import CLIENT, SERVER, Conversation, frames, pcap, pcapng
from decode_rig import BASE, LOCAL, NO_TLS, REQUEST, USAGE, decode, messages, of, record, records, verdict
from support import PATIENCE, check, contains, handfast, main, same


def test_formats_and_links_say_the_same():
    session = record("-tls1_3")[0]
    keys = BASE / "keys.log"
    keys.write_bytes(session.keylog)
    conversation = Conversation(session.records)
    want = None
    count = 0
    for link in (captures.ETHERNET, captures.RAW, captures.NULL, captures.SLL, captures.SLL2, captures.WIFI,
                 captures.RADIOTAP, captures.PPP):
        for version in (4, 6):
            packets = frames([conversation], link, version, extension=version == 6)
            for data in (pcap(packets, link, "<"), pcap(packets, link, ">", nano=True),
                         pcapng(packets, link, ">", resolution=6), pcapng(packets, link, "<", resolution=0x80 | 30)):
                lines, stderr = decode(data, "--keylog", keys)
                found = messages(lines), records(lines), verdict(lines)["outcome"]
                want = want or found
                same(found, want, f"link {link}, IPv{version}")
                same(stderr, "", "warnings")
                count += 1
    same(count, 64, "files")
    lines, _ = decode(pcap(frames([conversation], vlan=2)), "--keylog", keys)
    same((messages(lines), records(lines), verdict(lines)["outcome"]), want, "VLAN tags")


def test_times():
    session = record("-tls1_3")[0]
    conversation = Conversation(session.records)
    begin = conversation.segments[0][0]
    want = [(when - begin) // 1000 for when, side, _, _, _, data in conversation.segments if data]
    for data in (pcap(frames([conversation]), nano=True), pcapng(frames([conversation]))):
        lines, _ = decode(data)
        same(of(lines, "record")[0]["us"], want[0], "time of the first record")
        same(of(lines, "record")[-1]["us"], want[-1], "time of the last record")


def test_sections_and_interfaces():
    """Two sections of different byte order, the second with two interfaces; secrets come last."""
    session = record("-tls1_3")[0]
    packets = frames([Conversation(session.records)])
    half = len(packets) // 2
    data = pcapng(packets[:half], order="<")
    data += captures.section(">") + captures.interface(captures.RAW, ">") + captures.interface(captures.ETHERNET, ">", 6)
    data += b"".join(captures.enhanced(when, frame, ">", 1, 6) for when, frame in packets[half:])
    data += captures.secrets(session.keylog, ">")
    lines, _ = decode(data)
    same((verdict(lines)["outcome"], verdict(lines)["from_server"]["unread"]), ("completed", 0), "the verdict")


def test_cut_files():
    session = record("-tls1_3")[0]
    packets = frames([Conversation(session.records)])
    for data in (pcap(packets), pcapng(packets)):
        lines, stderr = decode(data[:-30])
        contains(stderr, "the file ends in the middle of a packet")
        same((lines[-1]["event"], lines[-1]["end"], lines[-1]["tls"]), ("capture", "cut", 1), "the last line")
        check(of(lines, "message"), "what is there is shown")
    lines, stderr = decode(pcapng(packets) + captures.block(6, b"short") + pcapng(packets))
    contains(stderr, "the file is damaged at byte")
    check(of(lines, "message"), "what is there is shown")


def test_snap_length():
    """Packets cut when they were captured: the hole is told, and reading goes on behind it."""
    session = record("-tls1_3")[0]
    data = pcap(frames([Conversation(session.records)]), snap=600)
    file = BASE / "snap.pcap"
    file.write_bytes(data)
    text = handfast("decode", file).stdout
    contains(text, "packets were cut when they were captured")
    contains(text, "of the server are missing in the capture")


def test_what_cannot_be_read():
    session = record("-tls1_3")[0]
    packets = frames([Conversation(session.records)])
    for data, code, says in ((b"", LOCAL, "This is no capture"), (b"hello, world, this is no capture", LOCAL,
                                                                  "This is no capture"),
                             (captures.section()[:8] + bytes(20), LOCAL, "has no byte order"),
                             (captures.section(), NO_TLS, "There is no TLS in it"),
                             (pcap([]), NO_TLS, "0 packets"),
                             (pcap(packets, link=189), LOCAL, "189 (USB (Linux))"),
                             (pcap(packets, link=777), LOCAL, "777 (unknown)")):
        file = BASE / "wrong"
        file.write_bytes(data)
        done = handfast("decode", file, code=code)
        contains(done.stderr, says)
        same(done.stdout, "", "stdout")
    contains(handfast("decode", BASE / "missing", code=LOCAL).stderr, "could not be opened")
    file.write_bytes(pcap(packets))
    contains(handfast("decode", "--stream", "2", file, code=USAGE).stderr, "There is no such stream")
    (BASE / "empty.log").write_bytes(b"# nothing\n")
    contains(handfast("decode", "--keylog", BASE / "empty.log", file, code=LOCAL).stderr, "no secrets in the key log")


def test_command_line():
    for words in ((), ("a", "b"), ("--nothing", "a"), ("--stream", "0", "a"), ("--stream", "x", "a"), ("a", "--keylog")):
        contains(handfast("decode", *words, code=USAGE).stderr, "handfast decode --help")
    contains(handfast("decode", "--help").stdout, "--keylog FILE")


def test_standard_input():
    session = record("-tls1_3")[0]
    data = pcapng(frames([Conversation(session.records)]), keylog=session.keylog)
    done = subprocess.run([os.environ["HF_TOOL"], "decode", "-"], input=data, capture_output=True, timeout=PATIENCE,
                          check=True)
    contains(done.stdout.decode(), "The handshake was completed")


def test_streams_side_by_side():
    first, second = record("-tls1_3")[0], record("-tls1_2")[0]
    begin = first.records[0][0] - second.records[0][0]
    moved = [(when + begin, side, data) for when, side, data in second.records]
    plain = [(first.records[0][0], CLIENT, b"\x10\x11\0\4MQTT\4\2\0\x3c\0\5thing"), (first.records[0][0], SERVER, b"\x20\2\0\0")]
    web = [(first.records[0][0], CLIENT, REQUEST)]
    shell = [(first.records[0][0], SERVER, b"SSH-2.0-x\r\n")]
    data = pcapng(frames([Conversation(item) for item in (first.records, moved, plain, web, shell)]),
                  keylog=first.keylog + second.keylog)
    lines, _ = decode(data)
    same(sorted(line["content"] for line in of(lines, "stream")), ["http", "mqtt", "ssh", "tls", "tls"], "streams")
    same([line["outcome"] for line in of(lines, "verdict")], ["completed", "completed"], "verdicts")
    number = [line["stream"] for line in of(lines, "verdict") if line["version"] == 0x0303][0]
    lines, _ = decode(data, "--stream", str(number))
    same([(line["stream"], line["content"]) for line in of(lines, "stream")], [(number, "tls")], "one stream")
    other = [line["stream"] for line in of(decode(data)[0], "stream") if line["content"] == "ssh"][0]
    _, stderr = decode(data, "--stream", str(other), code=NO_TLS)
    contains(stderr, f"connection {other} carries something else")


def test_ports_used_again():
    first, second = record("-tls1_3")[0], record("-tls1_2")[0]
    moved = [(when + first.records[-1][0] + 10**9 - second.records[0][0], side, data)
             for when, side, data in second.records]
    packets = frames([Conversation(first.records)]) + frames([Conversation(moved, start=(77, 99))])
    lines, _ = decode(pcapng(packets, keylog=first.keylog + second.keylog))
    same([(line["outcome"], line["version"]) for line in of(lines, "verdict")],
         [("completed", 0x0304), ("completed", 0x0303)], "two connections of the same ends")


def test_disorder():
    """Out of order, twice, and overlapping: the same as in order."""
    session = record("-tls1_3")[0]
    want, _ = decode(pcapng(frames([Conversation(session.records)]), keylog=session.keylog))
    conversation = Conversation(session.records, segment=100)
    segments = conversation.segments
    mixed = segments[:3]
    for at in range(3, len(segments), 4):
        mixed += reversed(segments[at:at + 4])
    overlaps = []
    for one, two in zip(segments, segments[1:]):
        if one[1] == two[1] and one[5] and two[5]:
            tail = one[5][-50:]
            overlaps.append((two[0], two[1], two[2], two[3] - len(tail) & 0xffffffff, two[4], tail + two[5][:50]))
    for order in (mixed, segments + segments[4:], segments[:3] + overlaps + segments[3:]):
        conversation.segments = [(segments[0][0] + i, *segment[1:]) for i, segment in enumerate(order)]
        lines, _ = decode(pcapng(frames([conversation]), keylog=session.keylog))
        same((messages(lines), records(lines)), (messages(want), records(want)), "read")


def test_missing_segments():
    """Behind each hole reading goes on, with the right record numbers."""
    session = record("-tls1_3")[0]
    whole = Conversation(session.records, segment=400)
    opened = 0
    for lost in range(3, len(whole.segments)):
        if not whole.segments[lost][5]:
            continue
        conversation = Conversation(session.records, segment=400)
        gone = conversation.segments.pop(lost)
        lines, _ = decode(pcapng(frames([conversation]), keylog=session.keylog))
        stream = of(lines, "stream")[0]
        check(stream["bytes_missing"] >= len(gone[5]), f"{stream}")
        check(of(lines, "note") or lost > len(whole.segments) - 6, f"segment {lost}: no note")
        found = verdict(lines)
        if found["from_client"]["data"] == len(REQUEST):
            opened += 1
    check(opened >= 8, f"only {opened} times the data behind the hole were opened")


def test_beginning_is_missing():
    session = record("-tls1_3")[0]
    conversation = Conversation(session.records, segment=300)
    conversation.segments = conversation.segments[5:]
    lines, _ = decode(pcapng(frames([conversation]), keylog=session.keylog))
    same(verdict(lines)["outcome"], "late", "outcome")
    contains(verdict(lines)["do"], "before the device connects")


def test_fragments_and_wifi():
    session = record("-tls1_3")[0]
    packets = frames([Conversation(session.records)], captures.RAW)
    when, packet = packets[-1]
    data = pcap(packets + [(when, packet[:6] + b"\x20\0" + packet[8:])], captures.RAW)
    contains(decode(data)[1], "1 IP fragments are left out")
    wifi = frames([Conversation(session.records)], captures.WIFI)
    wifi.append((when, wifi[0][1][:1] + b"\x41" + wifi[0][1][2:]))
    contains(decode(pcap(wifi, captures.WIFI))[1], "1 frames are encrypted by Wi-Fi")


def test_nothing_of_the_peer_reaches_a_terminal():
    bell = b"\x1b]0;x\7"
    session = record("-tls1_3", client=("-servername", "x\x1b]0;y\x07z"))[0]
    file = BASE / "escape.pcapng"
    file.write_bytes(pcapng(frames([Conversation(session.records)]), keylog=session.keylog + bell))
    for options in ((), ("-vv",), ("--json",)):
        done = subprocess.run([os.environ["HF_TOOL"], "decode", *options, str(file)], capture_output=True,
                              timeout=PATIENCE, check=True)
        check(all(byte == 10 or 32 <= byte < 127 for byte in done.stdout), f"{options}: bytes beyond ASCII")


if __name__ == "__main__":
    main(sys.modules[__name__])
