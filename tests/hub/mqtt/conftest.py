"""A hall with a live hub and broker, and bare clients with a position's certificate."""

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.live import LiveHall, until
from wire import codec, topics
from wire.messages import Presence, Reply


@pytest.fixture
def hall(tmp_path):
    live = LiveHall(tmp_path)
    yield live
    live.close()


class Device:
    """A bare client with a position's certificate: says what an agent never would."""

    def __init__(self, hall: LiveHall, position: str) -> None:
        self.name = hall.identity(position).device
        self.replies: list[Reply] = []
        self.bodies: dict[str, bytes] = {}
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self.name, protocol=mqtt.MQTTv5)
        self._client.tls_set_context(hall.identity(position).tls())
        self._client.on_message = self._arrived
        self._client.connect("127.0.0.1", hall.port)
        self._client.loop_start()
        until(self._client.is_connected, f"{position} connects")
        hub = topics.presence(topics.HUB)
        self._client.subscribe([(topics.down_all(self.name), 1), (f"{topics.PREFIX}/board/#", 1), (hub, 1)])
        until(lambda: codec.encode(Presence(online=True)) == self.bodies.get(hub), "the hub listens")
        self._client.publish(topics.presence(self.name), codec.encode(Presence(online=True)), qos=1, retain=True)

    def _arrived(self, client, userdata, message):
        if message.topic.endswith("/reply"):
            self.replies.append(codec.decode_reply(message.payload))
        else:
            self.bodies[message.topic] = message.payload

    def say(self, message, kind: str | None = None) -> Reply:
        """Publish, and wait for the answer."""
        self.publish(topics.up(self.name, kind or codec.kind_of(message)), codec.encode(message))
        return until(lambda: next((one for one in self.replies if one.to == message.id), None), "the hub answers")

    def publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1).wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def device(hall):
    made: list[Device] = []

    def make(position: str) -> Device:
        made.append(Device(hall, position))
        return made[-1]

    yield make
    for one in made:
        one.close()
