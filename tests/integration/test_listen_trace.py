"""handfast listen --trace: the ladder of each connection, as the server sees it."""
import re
import sys

import support
from listen_rig import V12, V13, Server, alert_of, echo, identities, wait_folded
from support import TOOL, check, contains, in_order, run, same


def test_trace_of_both_versions():
    """The server's side of the ladder, on stdout; log and ladder do not get into each other's way."""
    with Server("--trace", "--request", "--color", "never", client_ca=True) as server:
        for version in (V12, V13):
            with server.client(identities().device, version=version) as client:
                echo(client, b"six by")
                port = client.getsockname()[1]
                client.unwrap().close()
            server.wait_line(rf'closed peer=127\.0\.0\.1:{port} who="CN=thing-0001" .*reason="the client closed"')
        one, two = re.split(r"\nconnection from 127\.0\.0\.1:\d+\n", server.text())[1:]
    in_order(one, "server     ", "client\n", "|<- client_hello ---", "* The version is TLS 1.2", "|-- server_hello ---",
             "|-- certificate_request", "|<- certificate ---", "0: CN=thing-0001", "|<- finished", "|-- finished",
             "|<- application_data", "6 bytes", "|-- application_data", "|<- alert: close_notify")
    in_order(two, "server     ", "client\n", "|<- client_hello ---", "* The version is TLS 1.3", "|-- server_hello ---",
             "sent from here on: ", "|-- certificate_request", "|-- finished", "|<- certificate ---", "0: CN=thing-0001",
             "|<- finished", "client_application_traffic_secret_0 = ", "|-- new_session_ticket", "|<- application_data",
             "|<- alert: close_notify")


def test_trace_tells_connections_apart():
    """Two at a time, which are folded and unfolded in between."""
    with Server("--trace=fields", "--fold-after", "0.05") as server:
        with server.client() as one, server.client(version=V12) as two:
            for client in (one, two, one):
                wait_folded(server, 2)
                echo(client, b"x" * 77)
            names = [f"127.0.0.1:{client.getsockname()[1]}" for client in (one, two)]
            one.unwrap().close()
            two.unwrap().close()
        for name in names:
            server.wait_line(f"closed peer={name} ")
        blocks = re.split(r"\nconnection from (\S+)\n", server.text())
    said = {name: "".join(text for who, text in zip(blocks[1::2], blocks[2::2]) if who == name) for name in names}
    check(blocks[1::2].index(names[0]) < len(blocks[1::2]) - 2, "their lines alternate")
    for name, echoes, version in zip(names, (2, 1), ("1.3", "1.2")):
        same(said[name].count("server    "), 1, f"beginnings of {name}")
        contains(said[name], f"* The version is TLS {version}", "the ladder")
        same(len(re.findall(r"\|<- application_data -+ 77 bytes", said[name])), echoes, f"echoes of {name}")
        same(said[name].count("|<- alert: close_notify"), 1, f"ends of {name}")


def test_trace_of_a_refusal():
    with Server("--trace", client_ca=True) as server:
        same(alert_of(server), 116, "certificate_required")
        server.wait_line(r"refused .* alert=sent:certificate_required\(116\)")
        in_order(server.text(), "|-- certificate_request", "|<- certificate ---", "|-- alert: certificate_required")
    done = run(TOOL, "listen", "0", "--cert", "c", "--key", "k", "--trace=colour", code=2)
    contains(done.stderr, "--trace takes fields, times, or fields,times.")


support.main(sys.modules[__name__])
