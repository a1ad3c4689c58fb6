"""The hub's side of the wire with nothing behind it: it listens, answers, and keeps the moments of what it hears."""

import socket
import ssl
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.mqtt_echo import HOST
from wire import codec, topics
from wire.messages import BoardView, DeviceView, Health, Presence, Reply, Slip, UpMessage


class HubSide:
    """`heard`: what came up, and its moment (s, monotonic: one for all processes of a machine)."""

    def __init__(self, port: int, certificate: Path, authority: Path) -> None:
        self.heard: list[tuple[float, UpMessage]] = []
        self.online: dict[str, float] = {}  # device → since when
        self._reported: set[str] = set()
        self._changed = threading.Condition()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="hub-1", protocol=mqtt.MQTTv5)
        context = ssl.create_default_context(cafile=str(authority))
        context.load_cert_chain(certificate)
        self._client.tls_set_context(context)
        self._client.on_socket_open = _tune
        self._client.on_connect = self._connected
        self._client.on_message = self._arrived
        self._client.connect(HOST, port)
        self._client.loop_start()
        self._publish(topics.presence(topics.HUB), codec.encode(Presence(online=True)), retain=True)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def show(self, device: str, view: DeviceView) -> None:
        self._publish(topics.down(device, "view"), codec.encode(view), retain=True)

    def board(self, view: BoardView) -> None:
        self._publish(topics.board(view.hall, view.area), codec.encode(view), retain=True)

    def reply(self, device: str, to: str, slip: Slip | None = None) -> None:
        self._publish(topics.down(device, "reply"), codec.encode(Reply(to=to, ok=True, at=_now(), slip=slip)))

    def wait_online(self, device: str, patience_s: float = 30.0) -> float:
        """Since when it is."""
        with self._changed:
            if not self._changed.wait_for(lambda: device in self.online, patience_s):
                raise TimeoutError(f"{device} did not come online in {patience_s:g} s")
            return self.online[device]

    def wait_linked(self, device: str, patience_s: float = 30.0) -> None:
        """Until it knows that the hub listens: then it reports its health."""
        with self._changed:
            if not self._changed.wait_for(lambda: device in self._reported, patience_s):
                raise TimeoutError(f"{device} did not report in {patience_s:g} s")

    def wait_for(self, kind: type, since: float, patience_s: float = 20.0) -> tuple[float, Any]:
        """The first message of that kind after a moment."""

        def found() -> tuple[float, Any] | None:
            return next((one for one in self.heard if one[0] > since and isinstance(one[1], kind)), None)

        with self._changed:
            one = self._changed.wait_for(found, patience_s)
        if one is None:
            raise TimeoutError(f"no {kind.__name__} came in {patience_s:g} s")
        return one

    def forget(self, device: str) -> None:
        with self._changed:
            self.online.pop(device, None)
            self._reported.discard(device)
            self.heard.clear()

    def _publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._client.publish(topic, payload, qos=1, retain=retain)

    def _connected(self, *_: object) -> None:
        self._client.subscribe([(topics.UP_ALL, 1), (topics.PRESENCE_ALL, 1)])

    def _arrived(self, client: object, userdata: object, message: mqtt.MQTTMessage) -> None:
        moment = time.monotonic()
        if message.topic.startswith(f"{topics.PREFIX}/presence/"):
            self._present(topics.last_level(message.topic), codec.decode_presence(bytes(message.payload)), moment)
            return
        up = topics.parse_up(message.topic)
        body = codec.decode_up(up.kind, bytes(message.payload))
        if isinstance(body, Health):
            self.reply(up.device, body.id)
        with self._changed:
            self._reported |= {up.device} if isinstance(body, Health) else set()
            self.heard.append((moment, body))
            self._changed.notify_all()

    def _present(self, device: str, presence: Presence, moment: float) -> None:
        with self._changed:
            if presence.online:
                self.online.setdefault(device, moment)
            else:
                self.online.pop(device, None)
            self._changed.notify_all()


def _now() -> datetime:
    return datetime.now(UTC)


def _tune(client: mqtt.Client, userdata: object, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
