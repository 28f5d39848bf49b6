"""handfast listen: tickets, their keys, and sessions by id; what the log and the options say of them."""
import re
import secrets
import signal
import sys
import time
from types import SimpleNamespace

import support
from interop import TLS12, TLS13, connect, expect
from listen_rig import NAME, TIME, Registry, Server, identities, line
from support import check, contains, folder, run, same
from tool_peers import fails
from visitors import visit

LOCAL, USAGE = 3, 2
BOTH = (TLS12, TLS13)


def meet(server, version, **options):
    """A line to openssl s_client and back."""
    options = {"ca": identities().root, "name": NAME, "versions": (version, version), "send": b"line\n", "expect": 5,
               **options}
    return visit("openssl", server.port, **options)


def known(identity):
    """A device, as visit() wants it."""
    return SimpleNamespace(leaf=identity[0], chain=identity[0], rest=identity[0], key=identity[1])


def goes_well(server, version, session, **options):
    result = meet(server, version, session=session, **options)
    expect(result, open=True, data=b"line\n", alert_in=None)
    return result.resumed


def logged(server, count):
    """Of the first connections, whether the log says that they were resumed."""
    def there():
        found = re.findall(TIME + r"open peer=.* resumed=(yes|no) ", server.text(), re.M)
        return found if len(found) >= count else None
    return [word == "yes" for word in support.wait_until(there, f"{count} lines of the log")[:count]]


def test_sessions_are_resumed():
    for version in BOTH:
        with folder() as base, Server() as server:
            said = [goes_well(server, version, base / "session") for _ in range(3)]
            same(said, [False, True, True], f"resumed {version:#x}")
            same(logged(server, 3), said, "the log")


def test_sessions_by_id():
    """TLS 1.2, for those who take no tickets."""
    with folder() as base, Server() as server:
        said = [goes_well(server, TLS12, base / "session", no_tickets=True) for _ in range(3)]
        same(said, [False, True, True], "resumed")


def test_no_tickets():
    with Server("--no-tickets") as server:
        for version in BOTH:
            for more in ({}, {"no_tickets": True}):
                with folder() as base:
                    said = [goes_well(server, version, base / "session", **more) for _ in range(2)]
                    same(said, [False, False], f"resumed {version:#x} {more}")


def test_number_of_tickets():
    for words, count in (((), 1), (("--tickets", "3"), 3), (("--no-tickets",), 0)):
        with Server(*words) as server, folder() as base:
            result = connect(server.port, ca=identities().root, versions="0x0304,0x0304", send_hex="0a", expect=1,
                             session=base / "session")
            expect(result, code="HF_OK", sessions=count)


def session_text(path):
    return run("openssl", "sess_id", "-in", path, "-text", "-noout").stdout


def test_lifetime():
    for version in BOTH:
        with Server("--ticket-lifetime", "3600") as server, folder() as base:
            goes_well(server, version, base / "session")
            contains(session_text(base / "session"), "lifetime hint: 3600 (seconds)", "the session")


# ---- keys of a file

class Keys:
    """A file of ticket keys."""

    def __init__(self, base):
        self.path = base / "ticket.keys"

    def write(self, *lines, mode=0o600):
        self.path.write_text("# role id secret begins\n\n" + "".join(f"{text}\n" for text in lines))
        self.path.chmod(mode)

    def server(self, *more):
        return Server("--ticket-keys", self.path, *more)

    def reload(self, server, event="tickets"):
        before = server.text().count(f"Z {event} file=")
        server.child.send_signal(signal.SIGHUP)
        support.wait_until(lambda: server.text().count(f"Z {event} file=") > before, f"the event {event}")


def key(begins=0):
    """id, secret and beginning, so many seconds from now."""
    return secrets.token_hex(4), secrets.token_hex(32), int(time.time()) + begins


def as_line(role, key_of):
    return " ".join([role, *map(str, key_of)])


def test_servers_share_keys():
    for version in BOTH:
        with folder() as base:
            keys = Keys(base)
            keys.write(as_line("current", key()))
            with keys.server() as one, keys.server() as other, Server() as stranger:
                check(not goes_well(one, version, base / "session"), "the first")
                check(goes_well(other, version, base / "session"), "another server with these keys")
                check(not goes_well(stranger, version, base / "session"), "one with keys of its own")


def test_a_ticket_stays_where_it_was_given():
    """Servers with the same keys: one that asks nobody, one that lets devices of our CA in, and one that
    knows another CA only."""
    made = identities()
    device = {"identity": known(made.device)}
    for version in BOTH:
        with folder() as base:
            keys, session = Keys(base), base / "session"
            keys.write(as_line("current", key()))
            asks, knows_other = ("--client-ca", made.root), ("--client-ca", made.other)
            with keys.server() as anybody, keys.server(*asks) as devices, keys.server(*knows_other) as others:
                goes_well(anybody, version, session)
                result = meet(devices, version, session=session, send=b"", expect=1)
                expect(result, resumed=False, received=0, alert_in=116 if version == TLS13 else 40)
                check(not goes_well(devices, version, session, **device), "the first one as a device")
                check(goes_well(devices, version, session, **device), "the second one")
                data = session.read_bytes()
                result = meet(others, version, session=session, send=b"", expect=1, **device)
                expect(result, resumed=False, received=0, alert_in=48)
                session.write_bytes(data)
                check(goes_well(devices, version, session, **device), "it was good")


def ticket_id(path):
    return re.search(r"TLS session ticket:\n\s+0000 - (\w\w) (\w\w) (\w\w) (\w\w)", session_text(path)).groups()


def test_keys_are_turned():
    one, two = key(-100), key()
    for version in BOTH:
        with folder() as base:
            keys, session = Keys(base), base / "session"
            keys.write(as_line("current", one), as_line("next", key(3600)))
            with keys.server() as server:
                goes_well(server, version, session)
                same("".join(ticket_id(session)), one[0], "key of the ticket")
                old = session.read_bytes()
                keys.write(as_line("previous", one), as_line("current", two))
                keys.reload(server)
                check(goes_well(server, version, session), "the previous key opens")
                keys.write(as_line("current", two))
                keys.reload(server)
                if version == TLS13:  # in TLS 1.2 s_client does not keep the new one of a resumed handshake
                    same("".join(ticket_id(session)), two[0], "key of the new ticket")
                    check(goes_well(server, version, session), "the new one holds")
                session.write_bytes(old)
                check(not goes_well(server, version, session), "the oldest is gone")


def test_the_next_key_begins_by_itself():
    later = key(-5)
    with folder() as base:
        keys, session = Keys(base), base / "session"
        keys.write(as_line("current", key(-40000)), as_line("next", later))
        with keys.server() as server:
            goes_well(server, TLS13, session)
            same("".join(ticket_id(session)), later[0], "key of the ticket")


def test_a_key_has_its_day():
    """Nobody has renewed the file: no tickets, and no error."""
    with folder() as base:
        keys = Keys(base)
        keys.write(as_line("current", key(-86500)))
        with keys.server() as server:
            result = connect(server.port, ca=identities().root, versions="0x0304,0x0304", send_hex="0a", expect=1,
                             session=base / "session")
            expect(result, code="HF_OK", sessions=0)


def test_a_bad_file_changes_nothing():
    with folder() as base:
        keys, session, good = Keys(base), base / "session", key()
        keys.write(as_line("current", good))
        with keys.server() as server:
            goes_well(server, TLS13, session)
            keys.write("current 00112233 4455 1")
            keys.reload(server, "tickets-broken")
            contains(server.text(), 'reason="line 3: the secret is not 64 hex digits" kept="the old keys"', "the log")
            check(goes_well(server, TLS13, session), "the old keys hold")
            keys.write(as_line("current", good), mode=0o604)
            keys.reload(server, "tickets-broken")
            contains(server.text(), "everybody on this machine", "the log")


def test_a_bad_file_at_the_start():
    made = identities()
    pair = ["--cert", made.server[0], "--key", made.server[1]]
    good = key()
    with folder() as base:
        keys = Keys(base)
        for lines, why in (
                ([], "there is no current key"),
                ([as_line("present", good)], "line 3: the first word is not previous, current or next"),
                ([as_line("current", good), as_line("current", key())], "line 4: there is such a key already"),
                ([as_line("current", good), as_line("next", good)], "two keys have the same id"),
                ([as_line("current", good) + " more"], "line 3: not four words"),
                (["current 0011223 " + "00" * 32 + " 1"], "line 3: the id is not 8 hex digits"),
                (["current 00112233 " + "00" * 32 + " soon"], "line 3: the last word is no time"),
                ([as_line("current", good), as_line("next", key(-9))], "the next key begins before the current one")):
            keys.write(*lines)
            done = fails("The ticket keys cannot be used", LOCAL, "listen", "127.0.0.1:0", *pair, "--ticket-keys",
                         keys.path)
            contains(done.stderr, why, "the reason")
        keys.write(as_line("current", good), mode=0o644)
        fails("everybody on this machine", LOCAL, "listen", "127.0.0.1:0", *pair, "--ticket-keys", keys.path)
        fails("No such file", LOCAL, "listen", "127.0.0.1:0", *pair, "--ticket-keys", base / "none")
        for words, why in ((["--tickets", "0"], "--tickets takes"), (["--ticket-lifetime", "604801"], "604800"),
                           (["--no-tickets", "--tickets", "2"], "--no-tickets excludes")):
            fails(why, USAGE, "listen", "127.0.0.1:0", *pair, *words)


# ---- who comes back

def test_a_device_is_asked_for_again():
    """A session of a device that has been revoked meanwhile opens no door. In both versions the client's
    Finished comes last, and the refusal after it."""
    made = identities()
    for version in BOTH:
        for more in ({}, {"no_tickets": True} if version == TLS12 else {}):
            with folder() as base:
                registry, session = Registry(base), base / "session"
                registry.write(line(made.device, "lamp-1", "ACTIVE"))
                with registry.server() as server:
                    for _ in range(2):
                        goes_well(server, version, session, identity=known(made.device), **more)
                    same(logged(server, 2), [False, True], "the log")
                    same(server.text().count(' who="lamp-1" tls='), 2, "known by name both times")
                    registry.write(line(made.device, "lamp-1", "REVOKED"))
                    server.wait_line(r"Z registry file=")
                    result = meet(server, version, session=session, identity=known(made.device), send=b"", expect=1,
                                  **more)
                    expect(result, alert_in=44, resumed=True, received=0)
                    server.wait_line(r'refused peer=\S+ who="lamp-1" error=HF_E_PEER_REVOKED')


def test_a_session_belongs_to_a_name():
    """Two identities in one server, the same keys: a session of the one is not for the other."""
    made = identities()
    other = made.make("server", "other.example", "--name", "other.example")
    with Server("--cert", other[0], "--key", other[1]) as server:
        for version in BOTH:
            with folder() as base:
                session = base / "session"
                goes_well(server, version, session)
                check(not goes_well(server, version, session, name="other.example"), "at the other")
                check(goes_well(server, version, session, name="other.example"), "at the other again")
                check(not goes_well(server, version, session), "and back")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
