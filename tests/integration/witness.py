"""A server that watches the clients of visitors.py: openssl s_server, which traces every message.

What a client says of a connection is compared with what this server has seen of it.
"""
import contextlib
import re

import support
from interop import SUITES12, SUITES13, TLS13, Cases, expect
from pki import pki
from support import Process, Skip, check, contains, require_program
from visitors import Unsupported, available, visit

LINE, BACK = b"what goes out\n", b"tuo seog tahw\n"


class Witness:
    """A server that sends lines back reversed and tells what it saw of each connection."""

    def __init__(self, process, port):
        self.process, self.port, self.mark = process, port, len(process.lines)

    def meet(self, client, **options):
        """One connection; the client's Result and the server's words about it."""
        result = visit(client, self.port, **options)
        ended = re.compile(r"^CONNECTION (CLOSED|FAILURE)$", re.M)

        def words():
            text = "\n".join(self.process.lines[self.mark:])
            return text if ended.search(text) else None
        said = support.wait_until(words, f"the end of the connection of {client} at {self.process.command}")
        if "CONNECTION FAILURE" in said:  # the reason comes in the next line
            said = support.wait_until(lambda: (text := words()) and "error:" in text and text, "the server's reason")
        self.mark += said.count("\n") + 1
        return result, said


@contextlib.contextmanager
def witness(*options, identity=None):
    it = identity or pki().server()
    command = ["stdbuf", "-oL", require_program("openssl"), "s_server", "-accept", "127.0.0.1:0", "-rev", "-trace"]
    command += ["-cert", it.leaf, "-key", it.key, *(["-cert_chain", it.rest] if it.rest.read_text() else [])]
    with Process(*command, *options) as process:
        yield Witness(process, int(process.wait_line(r"^ACCEPT (?:\S+:)?(\d+)").group(1)))


def each(one, *arguments):
    """one(client, ...) for each client that is installed, all at the same time."""
    there = available()
    if not there:
        raise Skip("no client is installed")
    with Cases() as cases:
        for client in there:
            cases.add(client, one, client, *arguments)


def trust(line="ecdsa"):
    return pki().root(line).leaf


def echo(server, client, line="ecdsa", **options):
    """A connection that goes well; what both say of version and suite is the same."""
    result, said = server.meet(client, ca=trust(line), send=LINE, expect=len(LINE), **options)
    expect(result, open=True, verified=True, data=BACK, received=len(BACK), alert_in=None, alert_out=None)
    check(result.closed in (True, None), f"close_notify: {result}")
    contains(said, f"Protocol version: TLSv1.{result.version - 0x0301}", result.command)
    names = SUITES13 if result.version == TLS13 else {number: name for number, (name, _) in SUITES12.items()}
    if result.suite in names:
        contains(said, f"\nCiphersuite: {names[result.suite]}\n", result.command)
    return result, said


def cannot(client, **options):
    """It says so before it connects."""
    try:
        visit(client, 1, ca="unused", **options)
    except Unsupported:
        return
    raise AssertionError(f"{client} took {options}")


def hello(said):
    """The last ClientHello of a connection as the server saw it."""
    return re.split(r"^(?:Sent|Received) Record$", said[said.rindex("    ClientHello, "):], 1, re.M)[0]


def listed(text, extension):
    """The lines of an extension's list."""
    found = re.search(rf"extension_type={extension}\(\d+\), length=\d+\n((?:          .*\n)*)", text)
    return [] if found is None else [line.strip() for line in found.group(1).splitlines()]
