"""handfast listen --registry: who is let in, and what happens when the file changes."""
import signal
import sys

import support
from listen_rig import (TIME, V12, Registry, alert_of, expect_end, fingerprint, identities, line,
                        options_of, read_count)
from support import contains, folder, same
from tool_peers import fails

LOCAL = 3


def test_the_registry_decides():
    made = identities()
    with folder() as base:
        registry = Registry(base)
        registry.write("# first line", line(made.device, "lamp-1", "ACTIVE"),
                       line(made.second, "lamp-2", "INACTIVE"), line(made.third, "lamp-3", "REVOKED"))
        fourth = made.make("device", "thing-0004", "--id", "thing-0004")
        with registry.server() as server:
            with server.client(made.device) as client:
                client.sendall(b"x")
                read_count(client, 1)
            server.wait_line(r'open peer=\S+ who="lamp-1" ')
            for version in ("-tls1_2", "-tls1_3"):
                for identity, alert, pattern in (
                        (made.second, 49, 'who="lamp-2" error=HF_E_PEER_INACTIVE alert=sent:access_denied'),
                        (made.third, 44, 'who="lamp-3" error=HF_E_PEER_REVOKED alert=sent:certificate_revoked'),
                        (fourth, 46, 'who="CN=thing-0004" error=HF_E_PEER_UNKNOWN alert=sent:certificate_unknown')):
                    same(alert_of(server, version, *options_of(identity)), alert, pattern)
                    found = server.wait_line(TIME + r"refused peer=\S+ " + pattern + rf"\({alert}\) ")
                    contains(found.string, fingerprint(identity).replace(":", "").lower(), "the log")
            same(alert_of(server, "-tls1_3"), 116, "--registry implies --require")


def test_live_connections_follow_the_registry():
    made = identities()
    with folder() as base:
        registry = Registry(base)
        all_three = [line(made.device, "lamp-1", "ACTIVE"), line(made.second, "lamp-2", "ACTIVE"),
                     line(made.third, "lamp-3", "ACTIVE")]
        registry.write(*all_three)
        with registry.server() as server, server.client(made.device) as one, \
                server.client(made.second, V12) as two, server.client(made.third) as three:
            for client in (one, two, three):
                client.sendall(b"x")
                read_count(client, 1)
            # Revoked, in place.
            registry.write(line(made.device, "lamp-1", "REVOKED"), *all_three[1:])
            server.wait_line(r'expelled peer=\S+ who="lamp-1" error=HF_E_PEER_REVOKED state="REVOKED"')
            expect_end(one)
            # Gone, after a rename over the old file.
            registry.rename(all_three[2])
            server.wait_line(r'expelled peer=\S+ who="lamp-2" error=HF_E_PEER_UNKNOWN state="not registered"')
            expect_end(two)
            # A file that does not parse changes nothing, and says so.
            registry.rename(line(made.third, "lamp-3", "RETIRED"))
            server.wait_line(r'registry-broken file=\S+ reason="line 1: the state .*"'
                             r' kept="the old one with 1 certificates"')
            three.sendall(b"y")
            same(read_count(three, 1), b"y", "still served")
            with server.client(made.third) as again:
                again.sendall(b"z")
                same(read_count(again, 1), b"z", "the old registry holds")
            # And again a good one after it.
            registry.rename(line(made.third, "lamp-3", "INACTIVE"), line(made.device, "lamp-1", "ACTIVE"))
            expect_end(three)
            with server.client(made.device) as again:
                again.sendall(b"z")
                same(read_count(again, 1), b"z", "active again")


def test_a_link_to_the_registry_may_change():
    """As deployments do it: the folder behind a link is exchanged, the file itself never written."""
    made = identities()
    with folder() as base:
        for name, state in (("one", "ACTIVE"), ("two", "REVOKED")):
            (base / name).mkdir()
            (base / name / "devices.txt").write_text(line(made.device, "lamp-1", state) + "\n")
        (base / "data").symlink_to("one")
        (base / "devices.txt").symlink_to("data/devices.txt")
        with Registry(base).server() as server, server.client(made.device) as client:
            client.sendall(b"x")
            read_count(client, 1)
            (base / "fresh").symlink_to("two")
            (base / "fresh").rename(base / "data")
            server.wait_line(r'expelled peer=\S+ who="lamp-1" error=HF_E_PEER_REVOKED')
            expect_end(client)


def test_hangup_reads_the_registry():
    made = identities()
    with folder() as base:
        registry = Registry(base)
        registry.write(line(made.device, "lamp-1", "ACTIVE"))
        with registry.server() as server:
            server.child.send_signal(signal.SIGHUP)
            server.wait_line(r"registry file=\S+ certificates=1")


def test_a_bad_registry_at_the_start():
    made = identities()
    with folder() as base:
        registry = Registry(base)
        pair = ["--cert", made.server[0], "--key", made.server[1], "--client-ca", made.root]
        for lines, why in (
                (["", line(made.device, "a", "ACTIVE"), line(made.second, "b", "WAITING")], "line 3: the state"),
                ([line(made.device, "a", "ACTIVE"), line(made.device, "b", "REVOKED")],
                 "line 2: the same certificate as in line 1"),
                (["12:34 a ACTIVE"], "line 1: the first word")):
            registry.write(*lines)
            done = fails("The registry cannot be used", LOCAL, "listen", "127.0.0.1:0", *pair,
                         "--registry", registry.path)
            contains(done.stderr, why, "the reason")
            same(done.stdout, "", "stdout")
        fails("No such file", LOCAL, "listen", "127.0.0.1:0", *pair, "--registry", base / "none.txt")


support.main(sys.modules[__name__])
