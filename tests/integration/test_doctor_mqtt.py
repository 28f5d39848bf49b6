"""handfast doctor: each fault that a broker shows is named first, with its remedy and its exit code."""
import contextlib
import os
import sys
import time

import support
from doctor_rig import NETWORK, REFUSED, TIMEOUT, TLS, Examined, at, identities, remade
from support import TOOL, Process, check, folder, free_port, require_program, run, same
from tool_peers import TlsServer, read_exactly, read_to_end


def test_rules_of_aws():
    name = "abc-ats.iot.eu-west-1.amazonaws.com"
    with TlsServer(remade("aws", server=name), identities().root, handler=lambda c: c.recv(4096)) as server:
        seen = Examined(f"{name}:{server.port}", "--address", "127.0.0.1", "--mqtt", "--keepalive", "10", "--hold", "0.1")
        seen.saw("service", "AWS IoT Core", "30 to 1200", verdict="warning")
        seen.is_fault("mqtt", "mqtt-closed", NETWORK, "iot:Connect", "ACTIVE")
    seen = Examined(f"{name}:443", "--address", "127.0.0.1", "--timeout", "0.5")
    seen.saw("service", "port 443 needs ALPN x-amzn-mqtt-ca", verdict="fault")


def test_rules_of_azure():
    name = "hub.azure-devices.net"
    with TlsServer(remade("azure", server=name)) as server:
        seen = Examined(f"{name}:{server.port}", "--address", "127.0.0.1", "--tls", "1.3")
        seen.is_fault("service", "version", TLS, "Allow TLS 1.2")
    with Broker({4: connack(5), 5: connack5(0)}, identity=remade("azure", server=name)) as broker:
        Examined(f"{name}:{broker.port}", "--address", "127.0.0.1", *MQTT).is_fault(
            "mqtt", "mqtt-not-authorised", REFUSED, "The client id must be the device id")
        same([body[6] for first, body in broker.packets if first == 0x10], [4], "protocol levels that were tried")


def test_rules_of_hivemq():
    name = "abc.s1.eu.hivemq.cloud"
    with Broker({4: connack(5)}, identity=remade("hive", server=name)) as broker:
        seen = Examined(f"{name}:{broker.port}", "--address", "127.0.0.1", *MQTT)
        seen.is_fault("mqtt", "mqtt-not-authorised", REFUSED, "Access Management")
        seen.saw("service", "HiveMQ Cloud", "ISRG Root X1")


CONFIG = """
{user}
log_dest stderr
persistence false
per_listener_settings true
{global_lines}
listener {port} 127.0.0.1
cafile {root}
certfile {chain}
keyfile {key}
{lines}
"""


@contextlib.contextmanager
def mosquitto(*lines, only=()):
    """A broker; yields its port. The user alice has the password secret."""
    made = identities()
    with folder() as base:
        base.chmod(0o755)
        passwords, config, port = base / "passwords", base / "mosquitto.conf", free_port()
        run(require_program("mosquitto_passwd"), "-b", "-c", passwords, "alice", "secret")
        passwords.chmod(0o600)
        config.write_text(CONFIG.format(user="user root" if os.geteuid() == 0 else "", port=port, root=made.root,
                                        chain=made.server[0], key=made.server[1], global_lines="\n".join(only),
                                        lines="\n".join(lines).format(passwords=passwords)))
        with Process(require_program("mosquitto"), "-c", config) as process:
            process.wait_line(r"mosquitto version .* running")
            yield port


def password(text):
    file = identities().base / f"password-{text}"
    file.write_text(text)
    return file


MQTT = ("--mqtt", "--hold", "0.2")
ANYBODY = "allow_anonymous true"


def test_mosquitto():
    with mosquitto(ANYBODY) as port:
        seen = at(port, *MQTT, "--client-id", "thing-0001").is_healthy()
        seen.saw("mqtt", "MQTT 3.1.1, client id thing-0001: CONNACK 0", verdict="ok")
        seen.saw("keep-alive", "PINGREQ was answered", "takes the keep-alive of 60 s (MQTT 5)", verdict="ok")
    with mosquitto("allow_anonymous false", "password_file {passwords}") as port:
        at(port, *MQTT, "--username", "alice", "--password-file", password("secret")).is_healthy()
        seen = at(port, *MQTT, "--username", "alice", "--password-file", password("guess"))
        seen.is_fault("mqtt", "mqtt-credentials", REFUSED, "Check user name and password")
        at(port, *MQTT).is_fault("mqtt", "mqtt-not-authorised", REFUSED, "--username", "access list")
        check("secret" not in seen.said and "guess" not in seen.said.replace("password-guess", ""), "a password is told")


def test_keep_alive_of_the_broker():
    with mosquitto(ANYBODY, only=["max_keepalive 90"]) as port:
        seen = at(port, *MQTT, "--keepalive", "600").is_healthy()
        seen.saw("keep-alive", "asked for 600 s, the broker keeps to 90 s", verdict="warning")
        same(seen.verdict["cause"], "server-keep-alive", "the verdict")
        at(port, *MQTT, "--keepalive", "90").is_healthy().saw("keep-alive", "takes the keep-alive of 90 s", verdict="ok")
    with Broker({4: connack(2), 5: connack5(0, b"\x13\0\x5a")}) as broker:
        at(broker, *MQTT, "--keepalive", "600").is_fault("mqtt", "keep-alive-too-long", REFUSED, "--keepalive 90")


def test_taken_over():
    """Another device of the same client id, which comes back as soon as it is thrown out."""
    made = identities()
    with mosquitto(ANYBODY) as port:
        other = Process(TOOL, "sub", "-h", "127.0.0.1", "-p", port, "--ca", made.root, "-i", "thing-0001", "-t", "x",
                        "--reconnect", "-d")
        with other:
            other.wait_line("subscribed to x")
            seen = at(port, "--mqtt", "--hold", "8", "--client-id", "thing-0001")
    seen.is_fault("mqtt", "taken-over", NETWORK, "thing-0001", "an id of its own")


def read_packet(connection):
    first, length = read_exactly(connection, 2)
    check(length < 128, "a long packet")
    return first, read_exactly(connection, length)


class Broker(TlsServer):
    """Answers CONNECT with `answer`, by the protocol's level; pings if `pings`; then stays or ends."""

    def __init__(self, answers, pings=True, stays=True, identity=None):
        self.answers, self.pings, self.stays = answers, pings, stays
        self.times, self.packets = [], []
        super().__init__(identity or identities().server, identities().root, handler=self.speak)

    def speak(self, connection):
        self.times.append(time.monotonic())
        first, body = read_packet(connection)
        self.packets.append((first, body))
        answer = self.answers.get(body[6])
        if answer is None:
            return
        connection.sendall(answer)
        while self.stays:
            first, _ = read_packet(connection)
            if first == 0xc0 and self.pings:
                connection.sendall(b"\xd0\0")
            if first == 0xe0:
                return


def connack(code):
    return bytes((0x20, 2, 0, code))


def connack5(code, properties=b""):
    return bytes((0x20, 3 + len(properties), 0, code, len(properties))) + properties


def test_refusals_of_a_broker():
    for answers, cause, remedy in (
            ({4: connack(1), 5: connack5(0)}, "mqtt-version", "MQTT 3.1.1 on at the broker"),
            ({5: connack5(0)}, "mqtt-version", "MQTT 3.1.1 on at the broker"),
            ({4: connack(2), 5: connack5(0x85, b"\x1f\0\4long")}, "mqtt-client-id", "another client id than thing"),
            ({4: connack(3)}, "mqtt-unavailable", "Try again later"),
            ({4: connack(4)}, "mqtt-credentials", "user name and password"),
            ({4: connack(5)}, "mqtt-not-authorised", "access list"),
            ({4: connack(99)}, "mqtt-refused", "documentation")):
        with Broker(answers) as broker:
            at(broker, *MQTT, "--client-id", "thing").is_fault("mqtt", cause, REFUSED, remedy)


def test_connects_are_a_second_apart():
    with Broker({4: connack(0), 5: connack5(0, b"\x13\0\x1e")}) as broker:
        seen = at(broker, *MQTT).is_healthy()
        seen.saw("keep-alive", "asked for 60 s, the broker keeps to 30 s", verdict="warning")
        login = [when for when, (first, _) in zip(broker.times[-2:], broker.packets[-2:]) if first == 0x10]
        same(len(login), 2, "CONNECTs")
        check(login[1] - login[0] >= 1, f"{login[1] - login[0]:.2f} s between two CONNECTs")


def test_broker_that_does_not_answer():
    with Broker({4: connack(0), 5: connack5(0)}, pings=False) as broker:
        at(broker, *MQTT, "--timeout", "1").is_fault("keep-alive", "no-pingresp", TIMEOUT)
    with TlsServer(identities().server, handler=read_to_end) as server:
        at(server, *MQTT, "--timeout", "0.8").is_fault("mqtt", "mqtt-silent", TIMEOUT)
    with TlsServer(identities().server, handler=lambda c: c.recv(4096)) as server:
        at(server, *MQTT).is_fault("mqtt", "mqtt-closed", NETWORK, "broker's log")
    with TlsServer(identities().server, handler=lambda c: c.recv(4096) and c.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")) as server:
        at(server, *MQTT).is_fault("mqtt", "not-mqtt", TLS, "8883", seen="it is HTTP")


class Strict(Broker):
    """Ends a connection that is silent for 1.5 times the keep-alive, as brokers must (3.1.2.10)."""

    def speak(self, connection):
        first, body = read_packet(connection)
        connection.sendall(self.answers[body[6]])
        connection.settimeout(int.from_bytes(body[8:10], "big") * 1.5)
        while first != 0xe0:
            first, _ = read_packet(connection)
            self.packets.append(first)
            if first == 0xc0:
                connection.sendall(b"\xd0\0")


def test_staying_longer_than_the_keep_alive():
    with Strict({4: connack(0), 5: connack5(0)}) as broker:
        at(broker, "--mqtt", "--hold", "2.5", "--keepalive", "1").is_healthy()
        server_saw = [packet for packet in broker.packets if packet == 0xc0]
        check(len(server_saw) >= 3, f"{len(server_saw)} pings in 2.5 s")


def test_broker_that_ends_the_connection():
    with Broker({4: connack(0), 5: connack5(0) + b"\xe0\1\x8d"}, stays=False) as broker:
        at(broker, *MQTT).is_fault("mqtt", "keep-alive-missed", NETWORK, "PINGREQ")
    with Broker({4: connack(0), 5: connack5(0)}, stays=False) as broker:
        at(broker, *MQTT).is_fault("mqtt", "mqtt-ended", NETWORK)


def test_client_id_that_is_too_long():
    with Broker({4: connack(0)}) as broker:
        at(broker, *MQTT, "--client-id", "x" * 70000).is_fault("mqtt", "connection", TLS, "Give a larger")
        check(not broker.packets, "a packet was sent")


def test_packets_that_make_no_sense():
    for answer in (b"\x20\xff\xff\xff\xff\x7f", b"\x20\1\0", b"\x30\3abc", b"\x20\xff\xff\xff\x7f" + bytes(100)):
        with Broker({4: answer}) as broker:
            seen = at(broker, *MQTT, "--timeout", "1")
            check(seen.verdict["step"] == "mqtt" and seen.verdict["verdict"] == "fault", seen.said)


def test_plain_mqtt():
    plain = free_port()
    with mosquitto(ANYBODY, only=[f"listener {plain} 127.0.0.1", ANYBODY]):
        at(plain).is_fault("tls", "plain-mqtt", TLS, "8883", seen="MQTT without TLS")


if __name__ == "__main__":
    support.main(sys.modules[__name__])
