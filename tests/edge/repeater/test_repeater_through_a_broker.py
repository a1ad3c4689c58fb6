"""The whole agent: handheld, radio, pty, logic, journal, mutual TLS, a real Mosquitto, and a hub's side of the wire."""

import queue
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.repeater import DEVICE
from edge.runtime.agent import Agent
from edge.runtime.config import AgentSettings, Config, Hub
from edge.runtime.identity import Identity
from wire import codec, topics
from wire.messages import (
    Action,
    Ask,
    CallerView,
    EvaluatorView,
    Handheld,
    Health,
    Presence,
    Rating,
    Relayed,
    RepeaterView,
    Reply,
)
from wire.orders import Done, SelfTest

KEYPAD, RATER = 5, 9


class Authority:
    """A certificate authority for one test run."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test authority")])
        self._own = self._sign(self._name, self._key.public_key(), ca=True)

    def issue(self, directory: Path, name: str) -> Path:
        """ca.pem, cert.pem and key.pem, as an agent keeps them."""
        directory.mkdir()
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        pem = serialization.Encoding.PEM
        (directory / "ca.pem").write_bytes(self._own.public_bytes(pem))
        (directory / "cert.pem").write_bytes(self._sign(subject, key.public_key(), ca=False).public_bytes(pem))
        (directory / "key.pem").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return directory

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, ca: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
            .sign(self._key, hashes.SHA256())
        )


class HubSide:
    """What a hub does on the wire, no more: presence, views, replies; `up` is what devices sent."""

    def __init__(self, port: int, directory: Path) -> None:
        self.up: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._version = 0
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="hub", protocol=mqtt.MQTTv5)
        self._client.tls_set(directory / "ca.pem", directory / "cert.pem", directory / "key.pem")
        self._client.on_message = lambda client, data, message: self.up.put(
            codec.decode_up(topics.last_level(message.topic), message.payload)
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe(topics.UP_ALL, qos=1)
        self.online(True)

    def online(self, online: bool) -> None:
        self._client.publish(
            topics.presence(topics.HUB), codec.encode(Presence(online=online)), qos=1, retain=True
        ).wait_for_publish(30)

    def show(self, *handhelds: Handheld) -> None:
        self._version += 1
        view = RepeaterView(epoch=1, version=self._version, handhelds=handhelds)
        self._client.publish(topics.down("repeater-1", "view"), codec.encode(view), qos=1, retain=True)

    def reply(self, to: str, ok: bool = True) -> None:
        answer = Reply(to=to, ok=ok, at=datetime.now(UTC), code="" if ok else "nobody-waits")
        self._client.publish(topics.down("repeater-1", "reply"), codec.encode(answer), qos=1)

    def order(self, order: SelfTest) -> None:
        self._client.publish(topics.down("repeater-1", "order"), codec.encode(order), qos=1)

    def next(self, kind: type) -> object:
        """The next message of that kind within 30 s."""
        end = time.monotonic() + 30
        while not isinstance(message := self.up.get(timeout=max(0.0, end - time.monotonic())), kind):
            pass
        return message

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[HubSide, Agent]]:
    """A broker that wants certificates, a hub's side, and a repeater's agent with simulated radio."""
    authority = Authority()
    broker, port = authority.issue(tmp_path / "broker", "127.0.0.1"), free_port()
    settings = broker / "mosquitto.conf"
    settings.write_text(
        f"user root\nlistener {port} 127.0.0.1\nrequire_certificate true\nuse_identity_as_username true\n"
        f"cafile {broker}/ca.pem\ncertfile {broker}/cert.pem\nkeyfile {broker}/key.pem\n"
        "allow_anonymous true\nset_tcp_nodelay true\n"
    )
    process = subprocess.Popen(["mosquitto", "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: listens(port))
        side = HubSide(port, authority.issue(tmp_path / "hub", "hub"))
        own = authority.issue(tmp_path / "repeater", "repeater-1")
        config = Config(
            hub=Hub(est="", ca_fingerprint="", broker=f"127.0.0.1:{port}"),
            agent=AgentSettings(state_dir=str(own)),
            device={"driver": "simulated"},
        )
        agent = Agent(DEVICE, config, Identity("repeater-1", own))
        agent.start()
        yield side, agent
        agent.stop()
        side.stop()
    finally:
        process.terminate()
        process.wait(30)


def keypad_view(number: str) -> Handheld:
    view = CallerView(epoch=1, version=1, counter="03", phase="called", number=number, waiting=4)
    return Handheld(address=KEYPAD, view=view)


def rater_view(ask: str) -> Handheld:
    asked = Ask(id=ask, number="A001", until=datetime.now(UTC) + timedelta(seconds=60))
    view = EvaluatorView(epoch=1, version=1, counter="03", counter_name="3号窗口", phase="serving", ask=asked)
    return Handheld(address=RATER, view=view)


def test_press_to_hub_to_display_and_a_rating_given_while_the_hub_was_away(hub: tuple[HubSide, Agent]) -> None:
    side, agent = hub
    radio = agent.driver.radio
    keypad, rater = radio.keypad(KEYPAD), radio.evaluator(RATER)
    side.show(keypad_view("A000"), rater_view("ask-1"))
    until(lambda: keypad.display.number == "000" and rater.asking)

    assert keypad.press("call-next").wait()
    press = side.next(Relayed)
    assert isinstance(press.message, Action)
    assert (press.handheld, press.message.verb) == (KEYPAD, "call-next")
    side.reply(press.id)
    side.show(keypad_view("A001"), rater_view("ask-1"))
    until(lambda: keypad.display.number == "001")
    assert keypad.display.waiting == "  4"

    side.reply(_recalled(side, keypad).id, ok=False)
    until(lambda: keypad.display.beeps == 1)

    side.online(False)
    until(lambda: not agent.state.link_up)
    assert keypad.press("end").wait() is False
    assert rater.rate(5).wait()
    assert b"ask-1" in (agent_directory(agent) / "outbox.journal").read_bytes()

    side.online(True)
    rating = side.next(Relayed)
    assert isinstance(rating.message, Rating)
    assert (rating.handheld, rating.message.ask, rating.message.level) == (RATER, "ask-1", 5)
    side.reply(rating.id)
    until(lambda: (agent_directory(agent) / "outbox.journal").read_bytes() == b"")


def test_health_names_the_handhelds_as_they_come_into_hearing(hub: tuple[HubSide, Agent]) -> None:
    side, agent = hub
    agent.driver.radio.keypad(KEYPAD)
    side.show(keypad_view("A000"), rater_view("ask-1"))
    health = side.next(Health)
    while not health.handhelds.get(str(KEYPAD), {}).get("present"):
        health = side.next(Health)
    assert health.handhelds[str(KEYPAD)]["heard_s_ago"] is not None
    assert health.handhelds[str(RATER)]["heard_s_ago"] is None
    assert health.device["port"] == "open"


def test_self_tests_are_carried_out_and_answered_in_words(hub: tuple[HubSide, Agent]) -> None:
    side, agent = hub
    keypad = agent.driver.radio.keypad(KEYPAD)
    side.show(keypad_view("A000"))
    until(lambda: keypad.display.number == "000")
    for test in ("beep", "air", "lamps"):
        side.order(SelfTest(id=f"order-{test}", test=test, at=datetime.now(UTC)))
        said = side.next(Done)
        assert said.to == f"order-{test}"
        assert (said.ok, "5：已应答 answered" in said.text) == ((True, True) if test != "lamps" else (False, False))
    assert keypad.beeps == 1
    assert "beep、air" in said.text


def _recalled(side: HubSide, keypad) -> Relayed:
    assert keypad.press("recall").wait()
    return side.next(Relayed)


def agent_directory(agent: Agent) -> Path:
    return agent._outbox._path.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(fact, timeout_s: float = 30.0) -> None:
    end = time.monotonic() + timeout_s
    while not fact():
        assert time.monotonic() < end, f"not within {timeout_s} s"
        time.sleep(0.01)
