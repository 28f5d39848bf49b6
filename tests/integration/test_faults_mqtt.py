"""Faults between client and broker: each is named first, and mended by the remedy named."""
import contextlib
import os
import subprocess
import sys
import threading

import support
from fault_rig import (NETWORK, REFUSED, TIMEOUT, TLS, Attempt, Broker, SharedPort, expect_faults, fault, identities)
from support import PATIENCE, TOOL, Process, folder, free_port, handfast, require_program, run, wait_until
from tool_peers import TlsServer

PUB = ("pub", "-t", "line/1", "-m", "x", "-q", "1")
SUB = ("sub", "-t", "line/1", "-W", "0.3")


@contextlib.contextmanager
def mosquitto(*lines):
    """A real broker; its port. The user alice has the password secret."""
    made = identities()
    with folder() as base:
        base.chmod(0o755)
        passwords, config, port = base / "passwords", base / "mosquitto.conf", free_port()
        run(require_program("mosquitto_passwd"), "-b", "-c", passwords, "alice", "secret")
        passwords.chmod(0o600)
        config.write_text("\n".join([
            *(["user root"] if os.geteuid() == 0 else []), f"listener {port} 127.0.0.1", f"certfile {made.server[0]}",
            f"keyfile {made.server[1]}", *lines]).format(passwords=passwords) + "\n")
        with Process(require_program("mosquitto"), "-c", config) as process:
            process.wait_line(r"mosquitto version .* running")
            yield process, port


@fault("HF_E_MQTT_REFUSED_AUTHORITY", REFUSED, cause="refused user name and password", remedy="Check user name and password first",
       doctor="mqtt-credentials")
def test_wrong_password():
    """mosquitto says "not authorised" (5) instead of 4."""
    with mosquitto("allow_anonymous false", "password_file {passwords}") as (_, port):
        yield Attempt(port, login=("alice", "guess"), mqtt=PUB)
        yield Attempt(port, login=("alice", "secret"), mqtt=PUB)


@fault("HF_E_MQTT_REFUSED_AUTHORITY", REFUSED, cause=["not authorised", "no user name was given"],
       remedy="Give user name and password if the broker wants them",
       doctor="mqtt-not-authorised")
def test_no_password():
    with mosquitto("allow_anonymous false", "password_file {passwords}") as (_, port):
        yield Attempt(port, mqtt=PUB)
        yield Attempt(port, login=("alice", "secret"), mqtt=PUB)


@fault("HF_E_MQTT_REFUSED_CLIENT_ID", REFUSED, cause="The broker refused the client id", why="client id: a-name-much-too-long",
       remedy=["another client id", "at most 23"],
       doctor="mqtt-client-id")
def test_client_id_is_too_long():
    with Broker() as broker:
        broker.longest_id = 23
        yield Attempt(broker.port, client_id="a-name-much-too-long-for-brokers-of-old", mqtt=PUB)
        yield Attempt(broker.port, client_id="a-name", mqtt=PUB)


@fault("HF_E_MQTT_REFUSED_VERSION", REFUSED, cause="does not speak this MQTT version", remedy="Let the broker accept MQTT 3.1.1",
       doctor="mqtt-version")
def test_broker_of_another_version():
    with Broker() as broker:
        broker.levels = [5]
        yield Attempt(broker.port, mqtt=PUB)
        broker.levels = [5, 4]
        yield Attempt(broker.port, mqtt=PUB)


class TakenOver(Attempt):
    """A subscriber, and a second client that connects once it has subscribed; or once the doctor has
    come to the broker."""

    def __init__(self, broker, port, own, others):
        self.broker = broker
        super().__init__(port, client_id=own, mqtt=("sub", "-t", "line/1", "-C", "1", "-d"))
        self.second = Attempt(port, client_id=others, mqtt=PUB)

    def run(self):
        with Process(TOOL, *self.words()) as first:
            first.wait_line("subscribed to line/1")
            handfast(*self.second.words())
            code = first.wait_end()
            said = "\n".join(line for line in first.text().split("\n") if not line.startswith("handfast: "))
        return subprocess.CompletedProcess(self.words(), code, "", said)

    def examine(self):
        came = f" as {self.client_id} "
        before = self.broker.text().count(came)
        result = []
        doctor = threading.Thread(target=lambda: result.append(super(TakenOver, self).examine()), daemon=True)
        doctor.start()
        wait_until(lambda: self.broker.text().count(came) > before, "the doctor at the broker")
        handfast(*self.second.words())
        doctor.join(5 * PATIENCE)
        return result[0]


@fault("HF_E_MQTT_CLOSED", NETWORK, cause=["closed the connection", "another client has connected with the same client id, meter"],
       why="keep-alive was kept", remedy="Give every client an id of its own",
       doctor="taken-over")
def test_two_clients_of_one_name():
    with mosquitto("allow_anonymous true") as (broker, port):
        yield TakenOver(broker, port, "meter", "meter")
        yield TakenOver(broker, port, "meter", "meter-2")


@fault("HF_E_MQTT_NO_PINGRESP", TIMEOUT, cause="did not answer a ping in time", remedy=["broker is overloaded", "connect again"],
       doctor="no-pingresp")
def test_broker_falls_silent():
    with Broker() as broker:
        broker.answers_pings = False
        yield Attempt(broker.port, "--timeout", "1", keep_alive=1, mqtt=("sub", "-t", "line/1"))
        broker.answers_pings = True
        yield Attempt(broker.port, keep_alive=1, mqtt=("sub", "-t", "line/1", "-W", "1.5"))


@fault("HF_E_MQTT_SUBSCRIBE_REFUSED", REFUSED, cause="refused a subscription", remedy="the broker's access list")
def test_filter_is_not_allowed():
    with Broker() as broker:
        broker.topics = ["other"]
        yield Attempt(broker.port, mqtt=SUB)
        broker.topics = ["other", "line/1"]
        yield Attempt(broker.port, mqtt=SUB)


@fault("HF_E_MQTT_CLOSED", NETWORK, cause=["closed the connection when it got the message", "may not publish to line/1"],
       remedy=["Allow the topic", "iot:Publish"])
def test_topic_is_not_allowed():
    """As AWS IoT does it."""
    with Broker() as broker:
        broker.topics = ["other"]
        yield Attempt(broker.port, mqtt=PUB)
        broker.topics = ["other", "line/1"]
        yield Attempt(broker.port, mqtt=PUB)


@fault("HF_E_MQTT_MALFORMED", TLS, cause=["what it answers to CONNECT is not MQTT", "no application protocol (ALPN) was agreed"],
       remedy=["as on 443", "--alpn (x-amzn-mqtt-ca on AWS IoT"],
       doctor="not-mqtt")
def test_port_shared_with_a_web_server():
    with SharedPort() as server:
        yield Attempt(server.port, mqtt=PUB)
        yield Attempt(server.port, "--alpn", "x-amzn-mqtt-ca", mqtt=PUB)


@fault("HF_E_MQTT_CLOSED", NETWORK, cause=["closed the connection instead of answering CONNECT", "(ALPN)"], remedy="Check the port",
       doctor="mqtt-closed")
def test_port_of_no_broker():
    made = identities()
    with TlsServer(made.server, handler=lambda c: c.recv(4096)) as other, Broker() as broker:
        yield Attempt(other.port, mqtt=PUB)
        yield Attempt(broker.port, mqtt=PUB)


def test_five_at_least():
    expect_faults(sys.modules[__name__], 5)


if __name__ == "__main__":
    support.main(sys.modules[__name__])
