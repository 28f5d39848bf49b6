"""What tshark reads in a capture: Wireshark's own view of the bytes, to be compared with what this
library's events said of them, which stands in the packets' comments.

tshark complains on stderr when root runs it; only its exit code and stdout count here.
"""
import itertools
import os
import re
import tempfile
from collections import namedtuple

from support import Skip, check, require_program, run, same

# RFC 8446 4, RFC 5246 7.4: as comments name them
MESSAGES = {0: "hello_request", 1: "client_hello", 2: "server_hello", 4: "new_session_ticket",
            8: "encrypted_extensions", 11: "certificate", 12: "server_key_exchange", 13: "certificate_request",
            14: "server_hello_done", 15: "certificate_verify", 16: "client_key_exchange", 20: "finished",
            22: "certificate_status", 24: "key_update"}
MESSAGE = re.compile(r"^([a-z_]+): (?:(\d+) bytes|read in pieces)$")
# Checksums are looked at; a free port may be one that Wireshark takes for another protocol's.
STRICT = ("-d", "tcp.port==1-65535,tls", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
          "-o", "tcp.desegment_tcp_streams:TRUE", "-o", "tls.desegment_ssl_records:TRUE")
# what must not be there, or must have no value but this one
CLEAN = {"tcp.analysis.flags": "", "_ws.malformed": "", "_ws.unreassembled": "", "tcp.checksum.status": "1",
         "ip.checksum.status": "1"}
SEVERITY_ERROR = 0x00800000

Message = namedtuple("Message", "name size")


def tshark(path, *options):
    """Its stdout; settings of the user who runs the test do not count."""
    with tempfile.TemporaryDirectory(prefix="handfast-tshark-") as home:
        environment = dict(os.environ, HOME=home, XDG_CONFIG_HOME=home, LC_ALL="C.UTF-8")
        return run(require_program("tshark"), "-n", *STRICT, *options, "-r", path, env=environment,
                   timeout=120).stdout


class Packet:
    def __init__(self, row):
        (number, stream, source, target, flags, length, types, sizes, comments, severities, *clean) = row
        self.number, self.stream = int(number), int(stream)
        self.source, self.target, self.flags = int(source), int(target), int(flags, 16)
        self.length = int(length)
        self.wrong = [f"{name} {value}" for (name, good), value in zip(CLEAN.items(), clean, strict=True)
                      if value not in ("", good)]
        self.wrong += [f"severity {value}" for value in severities.split("|") if value and int(value) >= SEVERITY_ERROR]
        self.messages = [Message(MESSAGES.get(int(kind), kind), int(size))
                         for kind, size in zip(types.split("|"), sizes.split("|"), strict=True) if kind]
        self.comments = comments.split("|") if comments else []

    def told(self):
        """The messages that its comments name; size None where they do not know it."""
        found = [MESSAGE.match(line) for line in self.comments]
        return [Message(it.group(1), int(it.group(2)) if it.group(2) else None)
                for it in found if it and it.group(1) in MESSAGES.values()]


FIELDS = ("frame.number", "tcp.stream", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.len", "tls.handshake.type",
          "tls.handshake.length", "frame.comment", "_ws.expert.severity", *CLEAN)


def packets(path, *options):
    """All packets of a capture; none may be malformed, have a bad checksum, or be odd in its TCP connection."""
    words = [word for name in FIELDS for word in ("-e", name)]
    text = tshark(path, *options, "-T", "fields", "-E", "aggregator=|", "-E", "occurrence=a", *words)
    found = [Packet(line.split("\t")) for line in text.splitlines()]
    same([(it.number, it.wrong) for it in found if it.wrong], [], f"what tshark finds wrong in {path}")
    return found


class Stream:
    """One TCP connection: messages that tshark has read, and those that the events told, each by the port
    from which they came."""

    def __init__(self):
        self.packets, self.read, self.told = [], {}, {}

    def add(self, packet):
        self.packets.append(packet)
        self.read.setdefault(packet.source, []).extend(packet.messages)
        self.told.setdefault(packet.source, []).extend(packet.told())

    def names(self, port):
        """Of the messages from that port."""
        return [message.name for message in self.read.get(port, [])]

    def agree(self, what=""):
        """The events say what tshark reads, message by message."""
        for port, told in self.told.items():
            read = self.read[port]
            same([it.name for it in told], [it.name for it in read], f"{what}: messages from port {port}")
            wrong = [pair for pair in zip(told, read) if pair[0].size not in (None, pair[1].size)]
            check(not wrong, f"{what}: sizes of messages from port {port}: {wrong}")


def streams(path, *options):
    """All connections of a capture, in their order."""
    found = {}
    for packet in packets(path, *options):
        found.setdefault(packet.stream, Stream()).add(packet)
    return list(found.values())


class Album:
    """Captures of many connections, read together: one run of tshark is dearer than many packets. Their
    ports tell the connections apart."""

    def __init__(self, base):
        self.base, self.numbers, self.files = base, itertools.count(), []
        try:
            require_program("tshark")
            self.wanted = True
        except Skip as why:
            self.wanted = False
            print(f"captures are not compared: {why}")

    def page(self):
        """A file for a program to write into; None: none is wanted."""
        if not self.wanted:
            return None
        self.files.append(self.base / f"page-{next(self.numbers)}.pcapng")
        return self.files[-1]

    def agree(self, least):
        """Every connection is as the events told; there are at least so many."""
        if not self.wanted:
            return
        whole = self.base / "all.pcapng"
        with open(whole, "wb") as out:
            for file in self.files:
                out.write(file.read_bytes())
        found = agreed(whole, "captures")
        complete = [it for it in found if sum(names.count("finished") for names in map(it.names, it.read)) == 2]
        check(len(complete) >= least, f"only {len(complete)} of {len(found)} connections have both Finished")
        print(f"tshark reads {sum(len(names) for it in found for names in it.read.values())} messages of "
              f"{len(found)} connections as the events tell them\n")


def agreed(path, what=""):
    """All connections of a capture, each of which is read whole, and as the events told."""
    found = streams(path)
    for stream in found:
        stream.agree(what or str(path))
    return found
