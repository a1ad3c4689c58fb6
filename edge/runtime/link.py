"""The agent's session with the broker: MQTT 5 over mutual TLS, with back-off, jitter and the hub's own presence.

A fresh client for every connection: nothing waits in a library's queue to be sent late. What must survive is in the
outbox; what only made sense at its moment is gone, and its sender knows, because the link was down.
"""

import os
import random
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.runtime.identity import Identity
from wire import codec, topics
from wire.messages import Presence

_BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_KEEPALIVE_S = 20
_MISC_S = 5.0  # how often paho may look after its keep-alive


class Link:
    """`on_change(up)` and `on_message(topic, payload)` are called on the link's own thread: hand over and return."""

    def __init__(
        self,
        identity: Identity,
        broker: str,
        presence: Callable[[bool], Presence],
        on_change: Callable[[bool], None],
        on_message: Callable[[str, bytes], None],
    ) -> None:
        self._identity = identity
        self._host, _, port = broker.rpartition(":")
        self._port = int(port)
        self._presence = presence
        self._on_change, self._on_message = on_change, on_message
        self._filters = {topics.down_all(identity.device), topics.presence(topics.HUB)}
        self._client: mqtt.Client | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"link {identity.device}", daemon=True)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._up = False
        self.connects = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        client = self._client
        if client is not None:
            client.publish(*self._presence_message(False), qos=1, retain=True)
            client.disconnect()
        if self._thread.is_alive():
            self._thread.join(5)
        os.close(self._wake)

    def follow(self, topic: str) -> None:
        self._filters.add(topic)
        if self._client is not None:
            self._subscribe(self._client, [topic])

    def publish(self, kind: str, payload: bytes, expires_s: float | None = None) -> bool:
        """QoS 1. False, and nothing sent, when the hub cannot hear it now."""
        client = self._client
        if client is None or not self._up:
            return False
        properties = None
        if expires_s is not None:
            properties = Properties(PacketTypes.PUBLISH)
            properties.MessageExpiryInterval = max(1, round(expires_s))
        info = client.publish(topics.up(self._identity.device, kind), payload, qos=1, properties=properties)
        return info.rc == mqtt.MQTT_ERR_SUCCESS

    # The link's own thread.

    def _run(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            before = self.connects
            self._connect_once()
            failures = 0 if self.connects > before else failures + 1
            step = _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)]
            self._stopped.wait(step * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret

    def _connect_once(self) -> None:
        """One connection from its first packet to its end."""
        device = self._identity.device
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=device, protocol=mqtt.MQTTv5, reconnect_on_failure=False
        )
        try:
            client.tls_set_context(self._identity.tls())
            client.will_set(*self._presence_message(False), qos=1, retain=True)
            client.on_socket_open = self._no_delay
            client.on_connect = self._connected
            client.on_message = self._arrived
            client.on_socket_register_write = lambda *_: os.eventfd_write(self._wake, 1)
            client.connect(self._host, self._port, keepalive=_KEEPALIVE_S, clean_start=True)
        except (OSError, ValueError):
            return
        try:
            self._converse(client)
        finally:
            self._client = None
            self._set_hub(False)

    def _converse(self, client: mqtt.Client) -> None:
        """Until the connection ends. The socket belongs to this thread; publish() from others only wakes it.

        paho's own loop waits with select(2), which knows no file descriptor above 1023.
        """
        sock: Any
        while (sock := client.socket()) is not None:
            waiting = select.poll()
            waiting.register(self._wake, select.POLLIN)
            waiting.register(sock, select.POLLIN | (select.POLLOUT if client.want_write() else 0))
            ready = {descriptor for descriptor, _ in waiting.poll(_MISC_S * 1000)}
            if self._wake in ready:
                os.eventfd_read(self._wake)
            if sock.fileno() in ready:
                client.loop_read()
                while client.socket() is not None and sock.pending():  # TLS may hold more than the kernel tells of
                    client.loop_read()
            if client.want_write():
                client.loop_write()
            client.loop_misc()

    def _connected(self, client, userdata, flags, reason, properties) -> None:  # type: ignore[no-untyped-def]
        if reason.is_failure:
            return
        self.connects += 1
        self._client = client
        client.publish(*self._presence_message(True), qos=1, retain=True)
        self._subscribe(client, sorted(self._filters))

    def _subscribe(self, client: mqtt.Client, filters: list[str]) -> None:
        client.subscribe([(name, SubscribeOptions(qos=1)) for name in filters])

    def _arrived(self, client, userdata, message: mqtt.MQTTMessage) -> None:  # type: ignore[no-untyped-def]
        """Must not raise: an exception in a callback ends paho's loop."""
        if message.topic == topics.presence(topics.HUB):
            try:
                self._set_hub(codec.decode_presence(bytes(message.payload)).online)
            except codec.BadMessageError:
                self._set_hub(False)
        else:
            self._on_message(message.topic, bytes(message.payload))

    def _set_hub(self, up: bool) -> None:
        if up != self._up:
            self._up = up
            self._on_change(up)

    def _presence_message(self, online: bool) -> tuple[str, bytes]:
        return topics.presence(self._identity.device), codec.encode(self._presence(online))

    @staticmethod
    def _no_delay(client, userdata, sock) -> None:  # type: ignore[no-untyped-def]
        """Without it a QoS 1 round trip takes 40 ms and more (Nagle's algorithm against delayed ACK)."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
