"""Captures for tests: a proxy that records what passes, and writers of pcapng and pcap files that put
the recorded bytes into TCP segments, as tcpdump would have seen them."""
import contextlib
import ipaddress
import socket
import struct
import threading
import time

from support import PATIENCE
from tool_peers import Listener

CLIENT, SERVER = 0, 1
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
ETHERNET, RAW, NULL, SLL, SLL2, WIFI, RADIOTAP, PPP = 1, 101, 0, 113, 276, 105, 127, 9


class Recorder(Listener):
    """A proxy to 127.0.0.1:port. After wait() `sessions` has for each connection a list of
    (time in ns, CLIENT or SERVER, bytes); no bytes: that side has ended."""

    def __init__(self, port):
        self.target, self.sessions = port, []
        super().__init__(self._pass)

    def _pass(self, client):
        session, lock = [], threading.Lock()
        self.sessions.append(session)
        with socket.create_connection(("127.0.0.1", self.target), PATIENCE) as server:
            there = threading.Thread(target=self._forward, args=(client, server, CLIENT, session, lock),
                                     daemon=True)
            there.start()
            self._forward(server, client, SERVER, session, lock)
            there.join(PATIENCE)

    @staticmethod
    def _forward(source, sink, side, session, lock):
        with contextlib.suppress(OSError):
            while True:
                data = source.recv(65536)
                with lock:  # noted before it is passed on, so an answer is noted later
                    session.append((time.time_ns(), side, data))
                if not data:
                    break
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


class Conversation:
    """Segments of one TCP connection, as (time, side, flags, sequence, acknowledged, data)."""

    def __init__(self, session, segment=1448, handshake=True, start=(1000, 4294967000)):
        self.segments = []
        self.next = list(start)
        now = session[0][0]
        if handshake:
            self.add(now - 3000, CLIENT, SYN)
            self.add(now - 2000, SERVER, SYN | ACK)
            self.add(now - 1000, CLIENT, ACK)
        else:
            self.next = [start[0] + 1 & 0xffffffff, start[1] + 1 & 0xffffffff]
        ended = set()
        for when, side, data in session:
            if side in ended:
                continue
            for at in range(0, len(data), segment):
                self.add(when, side, PSH | ACK, data[at:at + segment])
            if not data:
                ended.add(side)
                self.add(when, side, FIN | ACK)

    def add(self, when, side, flags, data=b""):
        other = self.next[1 - side] if flags & ACK else 0
        self.segments.append((when, side, flags, self.next[side], other, data))
        self.next[side] = self.next[side] + len(data) + (1 if flags & (SYN | FIN) else 0) & 0xffffffff


def tcp_packet(segment, ends, version=4, extension=False):
    """An IP packet; checksums are zero, as offloading leaves them."""
    _, side, flags, sequence, acknowledged, data = segment
    (source, sport), (target, tport) = ends[side], ends[1 - side]
    tcp = struct.pack(">HHIIBBHHH", sport, tport, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0) + data
    source, target = ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed
    if version == 6:
        kind = 6
        if extension:  # hop-by-hop options
            tcp, kind = bytes([6, 0, 1, 4, 0, 0, 0, 0]) + tcp, 0
        return struct.pack(">IHBB", 6 << 28, len(tcp), kind, 64) + source + target + tcp
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0) + source + target + tcp


def frame(packet, link, vlan=0):
    """The packet in a frame of this link type."""
    kind = struct.pack(">H", 0x0800 if packet[0] >> 4 == 4 else 0x86dd)
    if link == ETHERNET:
        tags = b"".join(struct.pack(">HH", 0x8100, 100 + i) for i in range(vlan))
        return (b"\2" * 6 + b"\4" * 6 + tags + kind + packet).ljust(60, b"\0")
    if link == NULL:
        return struct.pack("<I", 2 if packet[0] >> 4 == 4 else 30) + packet
    if link == SLL:
        return struct.pack(">HHHQ", 0, 1, 6, 0) + kind + packet
    if link == SLL2:
        return kind + struct.pack(">HIHBBQ", 0, 1, 1, 0, 6, 0) + packet
    if link in (WIFI, RADIOTAP):
        data = b"\x08\x01" + bytes(22) + b"\xaa\xaa\3\0\0\0" + kind + packet
        return (b"\0\0\x08\0" + bytes(4) if link == RADIOTAP else b"") + data
    if link == PPP:
        return b"\xff\3\0" + (b"\x21" if kind == b"\x08\0" else b"\x57") + packet
    return packet


V4 = (("192.0.2.7", 51234), ("198.51.100.2", 8883))
V6 = (("2001:db8::7", 51234), ("2001:db8::2", 8883))


def frames(conversations, link=ETHERNET, version=4, **more):
    """(time, frame) of several connections, in the order of time; each has a client port of its own."""
    result = []
    extension = more.pop("extension", False)
    for index, conversation in enumerate(conversations):
        (address, port), server = V6 if version == 6 else V4
        ends = (address, port + index), server
        result += [(segment[0], frame(tcp_packet(segment, ends, version, extension), link, **more))
                   for segment in conversation.segments]
    return sorted(result, key=lambda pair: pair[0])


def pcap(packets, link=ETHERNET, order="<", nano=False, snap=262144):
    magic = 0xa1b23c4d if nano else 0xa1b2c3d4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link)
    for when, data in packets:
        part = when % 10**9
        out += struct.pack(order + "IIII", when // 10**9, part if nano else part // 1000, min(len(data), snap),
                           len(data)) + data[:snap]
    return out


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order="<"):
    return block(0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1), order)


def interface(link, order="<", resolution=9):
    options = option(9, bytes([resolution]), order) + option(0, b"", order)
    return block(1, struct.pack(order + "HHI", link, 0, 262144) + options, order)


def enhanced(when, data, order="<", index=0, resolution=9):
    unit = when * 2**(resolution & 0x7f) // 10**9 if resolution & 0x80 else when // 10**(9 - resolution)
    return block(6, struct.pack(order + "IIIII", index, unit >> 32, unit & 0xffffffff, len(data), len(data)) +
                 data + bytes(-len(data) % 4) + option(1, b"a comment", order) + option(0, b"", order), order)


def secrets(text, order="<"):
    return block(10, struct.pack(order + "II", 0x544c534b, len(text)) + text, order)


def pcapng(packets, link=ETHERNET, order="<", keylog=b"", resolution=9):
    out = section(order) + interface(link, order, resolution)
    out += secrets(keylog, order) if keylog else b""
    out += block(0x0bad, b"not known", order)
    return out + b"".join(enhanced(when, data, order, 0, resolution) for when, data in packets)
