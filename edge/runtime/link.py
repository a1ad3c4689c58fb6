"""The agent's session with the broker: MQTT 5 over mutual TLS, with back-off, jitter and the hub's own presence.

A fresh client for every connection: nothing waits in a library's queue to be sent late. What must survive is in the
outbox; what only made sense at its moment is gone, and its sender knows, because the link was down.
"""

import logging
import random
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.runtime.bell import Bell
from edge.runtime.identity import Identity
from wire import codec, topics
from wire.messages import Presence

_BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_STEADY_S = 10.0  # a session that held this long ended by an accident: the next is tried at once
_ANSWER_S = 10.0  # for TCP, for TLS and for the broker's CONNACK, each
_KEEPALIVE_S = 20
_UNACKNOWLEDGED_MS = 15_000  # what the far TCP has not taken by then (a cable is out) ends the connection
_MISC_S = 5.0  # how often paho may look after its keep-alive
_GOODBYE_S = 8.0  # to hand it to the kernel, which takes no time but on a board that is very busy
_STOP_S = 10.0

log = logging.getLogger(__name__)


class Link:
    """`on_change(up)` and `on_message(topic, payload)` are called on the link's own thread: hand over and return.

    `connects` counts the sessions so far; `error` is why there is none, or "".
    """

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
        self._filters = frozenset({topics.down_all(identity.device), topics.presence(topics.HUB)})
        self._client: mqtt.Client | None = None  # while the broker holds our session
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"link {identity.device}", daemon=True)
        self._bell = Bell()
        self._up = False
        self._shown: tuple[int, ...] = ()  # the certificate that the connection was made with
        self._said = ""  # what paho or the broker said last about the connection
        self.connects = 0
        self.error = "not started"

    def start(self) -> None:
        self._thread.start()

    def is_running(self) -> bool:
        """Whether anybody still looks after the connection: there may be none just now."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """The broker tells everybody that we are gone. A connection that is just being made is given up, unused."""
        self._stopping.set()
        self._bell.ring()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)
        if not self._thread.is_alive():
            self._bell.close()

    def follow(self, topic: str) -> None:
        self._filters |= {topic}  # a new set: the link's thread may be reading the old one
        client = self._client
        if client is not None:
            self._subscribe(client, [topic])
            self._bell.ring()

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
        self._bell.ring()
        return info.rc == mqtt.MQTT_ERR_SUCCESS

    # The link's own thread.

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            had = self.connects
            self._connect_once()
            steady = self.connects > had and time.monotonic() - began > _STEADY_S
            failures = 0 if steady else failures + 1
            step = _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)]
            self._stopping.wait(step * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
        self._bell.close()

    def _connect_once(self) -> None:
        """One connection from its first packet to its end, and why it ended."""
        self._said = ""
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._identity.device,
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=False,
        )
        try:
            self._prepare(client)
            client.connect(self._host, self._port, keepalive=_KEEPALIVE_S, clean_start=True)
            self._converse(client)
            self._lost(self._said or "the connection ended")
        except (OSError, ValueError) as error:  # ValueError: a host name that cannot be one
            self._lost(str(error) or type(error).__name__)
        except Exception as error:  # paho at a loss with what a broker says: the next connection may go better
            log.exception("%s: the connection failed", self._identity.device)
            self._lost(repr(error))
        finally:
            self._client = None
            self._set_hub(False)
            sock = client.socket()
            if sock is not None:
                sock.close()

    def _prepare(self, client: mqtt.Client) -> None:
        self._shown = self._identity.state()
        client.tls_set_context(self._identity.tls())
        client.connect_timeout = _ANSWER_S
        client.will_set(topics.presence(self._identity.device), self._told(online=False), qos=1, retain=True)
        client.on_socket_open = self._tune
        client.on_socket_register_write = lambda *_: None  # with it paho only queues, and this thread alone sends
        client.on_log = self._logged
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_message = self._arrived

    def _converse(self, client: mqtt.Client) -> None:
        """Until the connection ends, `stop()`, the broker has not accepted us in time, or we have a new certificate."""
        answer_by = time.monotonic() + _ANSWER_S
        while client.socket() is not None and not self._stopping.is_set():
            if self._identity.state() != self._shown:
                self._said = "there is a new certificate"
                break
            left_s = answer_by - time.monotonic() if self._client is None else _MISC_S
            if left_s <= 0:
                self._said = "the broker does not answer"
                return
            self._turn(client, min(left_s, _MISC_S))
        if self._client is not None:
            self._say_goodbye(client)

    def _turn(self, client: mqtt.Client, patience_s: float) -> None:
        """Wait until there is something to read or to send, and do it.

        paho's own loop waits with select(2), which knows no file descriptor above 1023.
        """
        sock = client.socket()
        assert isinstance(sock, ssl.SSLSocket)
        waiting = select.poll()
        waiting.register(self._bell, select.POLLIN)
        waiting.register(sock, select.POLLIN | (select.POLLOUT if client.want_write() else 0))
        ready = {descriptor for descriptor, _ in waiting.poll(patience_s * 1000)}
        self._bell.hush()
        if sock.fileno() in ready:
            client.loop_read()
            while client.socket() is not None and sock.pending():  # TLS may hold more than the kernel tells of
                client.loop_read()
        if client.want_write():
            client.loop_write()
        client.loop_misc()

    def _say_goodbye(self, client: mqtt.Client) -> None:
        """Says why we go, and has the broker publish our will at once (MQTT 5.0 §3.14.2.1, reason code 0x04)."""
        client.publish(topics.presence(self._identity.device), self._told(online=False), qos=1, retain=True)
        client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
        until = time.monotonic() + _GOODBYE_S
        while client.socket() is not None and (left_s := until - time.monotonic()) > 0:
            self._turn(client, left_s)

    def _connected(
        self, client: mqtt.Client, userdata: object, flags: object, reason: ReasonCode, properties: object
    ) -> None:
        if reason.is_failure:
            self._said = f"the broker refused: {reason}"
            return
        self.connects += 1
        self.error = ""
        log.info("%s: connected to %s:%d", self._identity.device, self._host, self._port)
        self._client = client
        client.publish(topics.presence(self._identity.device), self._told(online=True), qos=1, retain=True)
        self._subscribe(client, sorted(self._filters))

    def _disconnected(
        self, client: mqtt.Client, userdata: object, flags: mqtt.DisconnectFlags, reason: ReasonCode, properties: object
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._said = f"the broker ended the session: {reason}"
        elif reason == "Keep alive timeout":
            self._said = "the broker fell silent"

    def _logged(self, client: mqtt.Client, userdata: object, level: int, text: str) -> None:
        """paho tells the reason of a lost connection to its log alone."""
        if level == mqtt.MQTT_LOG_ERR:
            self._said = text

    def _lost(self, reason: str) -> None:
        """Logged once for each reason, however long the broker stays away."""
        if self._stopping.is_set():
            reason = "stopped"
        elif reason != self.error:
            log.warning("%s: no link to %s:%d: %s", self._identity.device, self._host, self._port, reason)
        self.error = reason

    @staticmethod
    def _subscribe(client: mqtt.Client, filters: list[str]) -> None:
        client.subscribe([(name, SubscribeOptions(qos=1)) for name in filters])

    def _arrived(self, client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
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

    def _told(self, *, online: bool) -> bytes:
        return codec.encode(self._presence(online))

    @staticmethod
    def _tune(client: mqtt.Client, userdata: object, sock: Any) -> None:
        """Without NODELAY a QoS 1 round trip takes 40 ms and more (Nagle's algorithm against delayed ACK)."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
