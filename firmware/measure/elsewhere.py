"""The other targets: connections with a real server, of both versions."""
import sys
import time

import emulator
from builds import build
from parties import Parties, Server
from pki import NAME
from support import folder

TARGETS = ("cortex-m33", "rv32imac")


def connect_from(target):
    gone = emulator.missing(target)
    if gone:
        sys.exit(f"firmware/run: {gone} is not installed")
    parties = Parties("p256")
    tree = build("all", target)
    for version in (13, 12):
        with folder() as where, Server(where, parties.server, parties.device_root) as server:
            parties.flash(where)
            it = emulator.run(target, tree / "client", where, server.port, name=NAME, clock=int(time.time()),
                              version=version, mode="line")
        if it.code != 0:
            sys.exit(f"{target}, TLS 1.{version - 10}:\n{it.text}\n{server.process.text()}")
        print(f"{target}: " + it.text.splitlines()[0] + f"; stack {it.number('stack used')}")
