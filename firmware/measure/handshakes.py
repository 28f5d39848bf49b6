"""Handshakes: recorded from a real server, then replayed, again and again to the bit, with the emulator's
plug-in counting.

    full        certificates on both sides, everything verified
    retry       the server asks for another group (HelloRetryRequest)
    resumed     from a session that an earlier connection left
    refused     the certificate is for another name
    update      and both sides change their keys afterwards
    remembered  the chain was seen before: its signatures are not verified again
    new leaf    as before, but the leaf is another one of the same issuers
"""
import sys
import time

import emulator
from accounts import call_chain, static_ram
from builds import TARGET, TREE
from parties import Server, p256_server, way_to
from pki import NAME
from support import folder

# Options of the server, arguments of the firmware, runs before it that leave something behind, exit code.
SCENARIOS = {
    "full": ([], {"mode": "line"}, 0, 0),
    "retry": (["-groups", "P-256"], {"mode": "line"}, 0, 0),
    "resumed": (["-no_ticket"], {"mode": "line", "session": "session.bin"}, 1, 0),
    "refused": ([], {"mode": "line", "name": "other.example"}, 0, 1),
    "update": ([], {"mode": "update"}, 0, 0),
    "remembered": ([], {"mode": "line", "remembered": "chain.bin"}, 1, 0),
    "new leaf": ([], {"mode": "line", "remembered": "chain.bin"}, 1, 0),
}
FULL = ("full", "retry", "resumed", "refused", "update")
CASES = {
    "p256": {13: FULL, 12: ("full", "resumed", "refused")},
    "p256_13": {13: ("full",)},
    "p256_remembered": {13: ("remembered", "new leaf")},
    "aws": {13: (*FULL, "remembered"), 12: ("full", "resumed", "refused", "remembered")},
    "psa_p256": {13: FULL, 12: ("full", "resumed", "refused")},
    "psa_aws": {13: ("full", "resumed", "refused"), 12: ("full", "resumed", "refused")},
}
HEAP_STEP = 512  # what is used of a heap varies by less, with the leading zeros of random numbers


def cases_of(name):
    """(scenario, version) that a build is measured in: what budgets.txt and docs/footprint.md tell of it."""
    return [(case, version) for version, cases in CASES[name].items() for case in cases]


class Case:
    """One scenario of one version, with one build."""

    def __init__(self, tree, parties, name, version):
        self.tree, self.parties, self.name = tree, parties, name
        self.options, arguments, self.before, self.code = SCENARIOS[name]
        self.arguments = {"name": NAME, "clock": int(time.time()), "version": version, **arguments}
        self.title = f"{name}, TLS 1.{version - 10}"

    def connect(self, where, server, flight_larger_than, **more):
        with way_to(server, flight_larger_than) as port:
            return emulator.run(TARGET, self.tree / "client", where, port, **self.arguments, **more)

    def serve(self, where, identity):
        return Server(where, identity, self.parties.device_root, *self.options)

    def record(self, where):
        """Connects, after what has to go before it, and leaves the files as they were then, and rx.bin."""
        self.parties.flash(where)
        buffer = static_ram(self.tree)["input"] if self.parties.in_pieces else 0
        if self.name == "new leaf":
            with self.serve(where, p256_server("server-before")) as server:
                self.connect(where, server, buffer)
        with self.serve(where, self.parties.server) as server:
            for _ in range(self.before if self.name != "new leaf" else 0):
                self.connect(where, server, buffer)
            kept = {path: path.read_bytes() for path in where.iterdir()}
            # The flight of a resumed handshake has no certificates in it, and fits.
            live = self.connect(where, server, 0 if self.name == "resumed" else buffer, record="rx.bin")
            if live.code != self.code or (self.name == "resumed" and ", resumed" not in live.text):
                sys.exit(f"{self.title}: not as expected:\n{live.text}\n{server.process.text()}")
        return kept

    def replay(self, where, kept, image):
        for path, data in kept.items():
            path.write_bytes(data)
        again = emulator.run(TARGET, image, where, plugin=TREE / "libcount.so", replay="rx.bin", **self.arguments)
        if again.code != self.code:
            sys.exit(f"{self.title}: the replayed run went another way:\n{again.text}")
        return again


def measure(tree, sources, parties, name, version):
    """What one scenario costs. Stack is that of the plain image, counts are those of the one with marks."""
    case = Case(tree, parties, name, version)
    with folder() as where:
        kept = case.record(where)
        plain, counted = (case.replay(where, kept, tree / image) for image in ("client", "client_counted"))
    stack, begins, heap = (plain.number(label) for label in ("stack used", "stack begins at", "heap used"))
    heap = -(-heap // HEAP_STEP) * HEAP_STEP
    return {**counted.counts, "stack": stack, "stack by writes": begins - plain.counts["lowest"],
            "heap": heap, "ram": sum(static_ram(tree).values()) + stack + heap,
            "chain": call_chain(tree, sources, begins, plain.chain)}
