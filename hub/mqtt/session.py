"""The hub's session with the broker: MQTT 5 over mutual TLS; every message is acknowledged after its handler is done.

gmqtt, because it costs a third of paho's CPU a message on asyncio (docs/adr/0005 has the figures).
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import gmqtt
from gmqtt.mqtt.constants import UNLIMITED_RECONNECTS
from gmqtt.mqtt.handler import MQTTConnectError

from wire import codec, topics
from wire.messages import Presence

_RECONNECT_S = 0.5
_KEEPALIVE_S = 20

log = logging.getLogger(__name__)


class Session:
    """`arrived(topic, payload)` runs as a task per message, many at once; `connected` after each subscription."""

    def __init__(
        self,
        name: str,
        arrived: Callable[[str, bytes], Awaitable[None]],
        connected: Callable[[], None],
    ) -> None:
        self._name, self._arrived, self._connected = name, arrived, connected
        presence = topics.presence(topics.HUB)
        self._client = gmqtt.Client(
            name,
            clean_session=True,
            optimistic_acknowledgement=False,
            will_message=gmqtt.Message(presence, codec.encode(Presence(online=False)), qos=1, retain=True),
        )
        self._client.set_config({"reconnect_delay": _RECONNECT_S, "reconnect_retries": UNLIMITED_RECONNECTS})
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_disconnect = lambda *_: log.warning("the broker is gone; trying again")
        self.up = False

    async def run(self, host: str, port: int, tls: ssl.SSLContext) -> None:
        """Connect, as long as it takes; afterwards the client keeps itself connected."""
        while True:
            try:
                await self._client.connect(host, port, ssl=tls, keepalive=_KEEPALIVE_S)
                return
            except (OSError, MQTTConnectError) as error:
                log.warning("the broker at %s:%d cannot be reached, trying again: %s", host, port, error)
                await asyncio.sleep(_RECONNECT_S)

    async def close(self) -> None:
        if self._client.is_connected:
            self.publish(topics.presence(topics.HUB), codec.encode(Presence(online=False)), retain=True)
            with contextlib.suppress(OSError):  # the broker may close first (an ssl.SSLError is an OSError)
                await self._client.disconnect()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """QoS 1. False when it could not even be handed over: not connected, or too many unacknowledged."""
        if not self._client.is_connected:
            return False
        try:
            self._client.publish(topic, payload, qos=1, retain=retain)
        except OverflowError:
            return False
        return True

    def _on_connect(self, client: gmqtt.Client, *_: Any) -> None:
        client.subscribe([gmqtt.Subscription(topics.UP_ALL, qos=1), gmqtt.Subscription(topics.PRESENCE_ALL, qos=1)])
        self.publish(topics.presence(topics.HUB), codec.encode(Presence(online=True)), retain=True)
        self._connected()

    async def _on_message(self, client: gmqtt.Client, topic: str, payload: bytes, *_: Any) -> int:
        """The returned code goes into the PUBACK, after the handler has committed what there was to commit."""
        try:
            await self._arrived(topic, payload)
        except Exception:
            log.exception("a message on %s could not be handled", topic)
        return 0
