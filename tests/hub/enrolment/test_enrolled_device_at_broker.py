"""The whole first form: a board enrols by EST, and the broker lets it speak until its certificate is revoked."""

import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from edge.runtime.config import Hub
from edge.runtime.identity import enrol
from edge.runtime.link import Link
from hub.enrolment.authority import Authority
from hub.enrolment.broker import deny, write_crl, write_knowledge
from hub.storage.registry import Registry
from provisioning.broker.process import Broker, free_port
from tests.support.live import until
from wire import codec, topics
from wire.messages import Presence

PATIENCE_S = 20


@pytest.fixture
def broker(authority: Authority, tmp_path: Path) -> Iterator[Broker]:
    write_knowledge(tmp_path / "broker", authority, ["127.0.0.1"], ["hub-1"])
    with Broker(tmp_path / "broker", free_port()) as running:
        yield running


@pytest.fixture
def hub_session(authority: Authority, broker: Broker, tmp_path: Path) -> Iterator[Any]:
    """The hub's own session: it says that it is there, and puts what devices say on `.said`."""
    for name, data in zip(("hub.pem", "hub.key"), authority.issue_client("hub-1"), strict=True):
        (tmp_path / name).write_bytes(data)
    said: queue.Queue[tuple[str, bytes]] = queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "hub-1", protocol=mqtt.MQTTv5)
    client.tls_set(str(broker.directory / "ca.pem"), str(tmp_path / "hub.pem"), str(tmp_path / "hub.key"))
    client.on_message = lambda _client, _userdata, message: said.put((message.topic, message.payload))

    def connected(*_: object) -> None:
        client.subscribe([(topics.UP_ALL, 1), (topics.PRESENCE_ALL, 1)])
        client.publish(topics.presence(topics.HUB), codec.encode(Presence(online=True)), qos=1, retain=True)

    client.on_connect = connected
    client.said = said
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def _heard(hub_session: Any, topic: str) -> bytes:
    """The next message on `topic`; others are passed over."""
    while True:
        got, payload = hub_session.said.get(timeout=PATIENCE_S)
        if got == topic:
            return payload


def test_an_enrolled_board_speaks_and_once_revoked_does_not(
    est: Any,
    authority: Authority,
    registry: Registry,
    token: Callable[..., str],
    clock: Any,
    broker: Broker,
    hub_session: Any,
    tmp_path: Path,
) -> None:
    address = f"127.0.0.1:{broker.port}"
    card = Hub(est.url, authority.fingerprint, address, token(position="caller-01"))
    identity = enrol(card, tmp_path / "board")
    changes: queue.Queue[bool] = queue.Queue()
    link = Link(identity, address, lambda up: Presence(online=up), changes.put, lambda *_: None)
    link.start()
    try:
        assert changes.get(timeout=PATIENCE_S) is True
        assert codec.decode_presence(_heard(hub_session, topics.presence(identity.device))).online
        assert link.publish("action", b"{}")
        assert _heard(hub_session, topics.up(identity.device, "action")) == b"{}"

        registry.revoke(identity.device)
        write_crl(broker.directory, authority, registry.revoked_serials(clock()))
        broker.stop()
        assert changes.get(timeout=PATIENCE_S) is False
        connects = link.connects
        broker.start()
        _until_the_log_says(broker.log, "certificate verify failed")
        assert link.connects == connects
    finally:
        link.stop()


def _until_the_log_says(log: Path, words: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while words not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.05)


def test_rules_alone_shut_a_named_device_out_and_no_other(
    card: Any, token: Callable[..., str], broker: Broker, hub_session: Any, tmp_path: Path
) -> None:
    """Its certificate is on no list here: it connects, and nobody hears a word."""
    address = f"127.0.0.1:{broker.port}"
    shut_out = enrol(card(token(position="caller-01")), tmp_path / "first")
    other = enrol(card(token(position="caller-02")), tmp_path / "second")
    rules = broker.directory / "acl"
    broker.stop()
    rules.write_text(deny(rules.read_text(), [shut_out.device]))
    broker.start()
    links = [
        Link(who, address, lambda up: Presence(online=up), lambda _: None, lambda *_: None) for who in (shut_out, other)
    ]
    try:
        links[0].start()
        until(lambda: links[0].connects, "it connects")
        links[1].start()
        heard: list[str] = []
        while not heard or heard[-1] != topics.presence(other.device):
            heard.append(hub_session.said.get(timeout=PATIENCE_S)[0])
        assert topics.presence(shut_out.device) not in heard
    finally:
        for link in links:
            link.stop()
