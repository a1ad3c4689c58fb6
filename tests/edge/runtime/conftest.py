"""A real Mosquitto with the hub's own rules, boards that hold certificates, and a hub's side of the wire by hand."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from edge.runtime.agent import Agent
from edge.runtime.config import AgentSettings, Config, Hub
from edge.runtime.device import device_class
from edge.runtime.identity import Identity
from edge.runtime.systemd import Supervisor
from hub.enrolment.authority import Authority
from hub.enrolment.broker import write_knowledge
from provisioning.broker.process import Broker, free_port
from tests.support.boards import enrolled
from tests.support.live import until
from wire import codec, topics
from wire.messages import BoardView, DeviceView, Presence, Reply, UpMessage


class Site:
    """One authority and its broker, and whatever boards there are."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority = Authority.create(directory / "ca")
        self.port = free_port()
        write_knowledge(directory / "broker", self.authority, ["localhost", "127.0.0.1"], ["hub-1"])
        self.broker = Broker(directory / "broker", self.port)

    def identity(self, name: str, signer: Authority | None = None) -> Identity:
        """What enrolment leaves on a board; `signer`: another authority, which this broker does not know."""
        return enrolled(self.directory / "boards" / name, name, self.authority, signer)


class HubSide:
    """What a hub does on the wire, no more. `heard`: (device, message, MQTT expiry in s or None), as they came."""

    def __init__(self, site: Site) -> None:
        self.heard: list[tuple[str, UpMessage, int | None]] = []
        self.online: dict[str, bool] = {}  # device → as its presence says
        self._site = site
        self._start()

    def _start(self) -> None:
        certificate, key = self._site.authority.issue_client("hub-1")
        (self._site.directory / "hub.pem").write_bytes(certificate + key)
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="hub-1", protocol=mqtt.MQTTv5)
        self._client.tls_set(str(self._site.directory / "broker" / "ca.pem"), str(self._site.directory / "hub.pem"))
        self._client.on_message = self._arrived
        self._client.on_connect = lambda *_: self._client.subscribe([(topics.UP_ALL, 1), (topics.PRESENCE_ALL, 1)])
        self._client.reconnect_delay_set(0.1, 1)
        self._client.connect("127.0.0.1", self._site.port)
        self._client.loop_start()
        until(self._client.is_connected, "the hub's side connects")
        self.listen(True)

    def listen(self, listens: bool) -> None:
        """Say by the hub's presence whether it listens; the session with the broker stays as it is."""
        presence = codec.encode(Presence(online=listens))
        self._client.publish(topics.presence(topics.HUB), presence, qos=1, retain=True).wait_for_publish(20)

    def show(self, device: str, view: DeviceView) -> None:
        self._client.publish(topics.down(device, "view"), codec.encode(view), qos=1, retain=True)

    def board(self, view: BoardView) -> None:
        self._client.publish(topics.board(view.hall, view.area), codec.encode(view), qos=1, retain=True)

    def say(self, device: str, kind: str, payload: bytes) -> None:
        self._client.publish(topics.down(device, kind), payload, qos=1)

    def reply(self, device: str, to: str, code: str = "") -> None:
        self.say(device, "reply", codec.encode(Reply(to=to, ok=not code, at=datetime.now(UTC), code=code)))

    def messages(self, kind: type) -> list[Any]:
        return [message for _, message, _ in self.heard if isinstance(message, kind)]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _arrived(self, client: object, userdata: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.startswith(f"{topics.PREFIX}/presence/"):
            if message.payload:
                self.online[topics.last_level(message.topic)] = codec.decode_presence(message.payload).online
            return
        up = topics.parse_up(message.topic)
        expiry = getattr(message.properties, "MessageExpiryInterval", None)
        self.heard.append((up.device, codec.decode_up(up.kind, message.payload), expiry))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    one = Site(tmp_path)
    with one.broker:
        yield one


@pytest.fixture
def hub(site: Site) -> Iterator[HubSide]:
    one = HubSide(site)
    yield one
    one.close()


@pytest.fixture
def agent(site: Site) -> Iterator[Callable[..., Agent]]:
    """agent("caller-1", key=value …): a running agent with simulated hardware; its class by its name.

    `supervisor`: whom it tells that it lives.
    """
    made: list[Agent] = []

    def make(name: str, supervisor: Supervisor | None = None, **device: Any) -> Agent:
        who = site.identity(name)
        settings = Config(
            hub=Hub(est="", ca_fingerprint="", broker=f"127.0.0.1:{site.port}"),
            agent=AgentSettings(state_dir=str(who.directory), health_s=5.0),
            device={"driver": "simulated", **device},
        )
        kind = device_class(name.rsplit("-", 1)[0].replace("-", "_"))
        made.append(Agent(kind, settings, who, supervisor=supervisor or Supervisor({})))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()
