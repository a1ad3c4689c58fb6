"""The hub's session with the broker: MQTT 5 over mutual TLS; every message is acknowledged after its handler is done.

gmqtt, because it takes a third of paho's CPU a message; a round trip takes as long (docs/adr/0005). A fresh client
for every connection, as on the boards: nothing of an earlier one is sent, acknowledged or counted in a later one.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import gmqtt
from gmqtt.mqtt.handler import MQTTConnectError

from hub.mqtt.gathering import GatheringClient
from wire import codec, topics
from wire.messages import Presence

_RECONNECT_S, _CONNECT_S, _CLOSE_S = 0.5, 10.0, 3.0
_KEEPALIVE_S = 20
_AT_ONCE = 2000  # messages that the broker may send before we have acknowledged one; the others wait there
_UNACKNOWLEDGED_MAX = 10_000  # of ours; what is above waits until the broker has caught up
_MINE, _EVERYBODYS = 1, 2  # subscription identifiers: for one process of the hub, and for each of them
_NEVER = -2  # to gmqtt, -1 is "for ever", and 0 still means "once"
_REFUSED = 0x80  # reason codes from here on (MQTT 5.0 §2.4)

Arrived: TypeAlias = Callable[[str, bytes, bool], Awaitable[None]]

log = logging.getLogger(__name__)
_library = logging.getLogger(f"{__name__}.gmqtt")
_library.addFilter(lambda record: "max number of failed" not in str(record.msg))  # that it does not reconnect is meant


class Session:
    """`arrived(topic, payload, mine)` runs as a task per message, many at once; `connected` after each subscription.

    What devices send goes to one of the hub's processes, which answers it: that is `mine`. Presence, health, and the
    views that other processes publish go to each of them.
    """

    def __init__(
        self,
        name: str,
        arrived: Arrived,
        connected: Callable[[], None],
    ) -> None:
        self._name, self._arrived, self._connected = name, arrived, connected
        self._client: Any = None  # of the present connection
        self._closing = False
        self._sent = _Sent()

    @property
    def is_up(self) -> bool:
        return self._client is not None and bool(self._client.is_connected)

    async def run(self, host: str, port: int, tls: ssl.SSLContext) -> None:
        """Stay connected, as long as it takes; for ever, until it is cancelled."""
        while not self._closing:
            try:
                await self._converse(host, port, tls)
                log.log(logging.INFO if self._closing else logging.WARNING, "the broker is gone")
            except (OSError, MQTTConnectError) as error:  # a timeout is an OSError, too
                log.warning("the broker at %s:%d cannot be reached, trying again: %s", host, port, error)
            except Exception:
                log.exception("the session with the broker failed; trying again")
            await asyncio.sleep(_RECONNECT_S)

    async def close(self) -> None:
        """Say good-bye, so that devices need not wait for the broker to miss us."""
        self._closing = True
        if self._client is not None:
            self.publish(topics.presence(topics.HUB), codec.encode(Presence(online=False)), retain=True)
            await _hang_up(self._client)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expires_s: float | None = None) -> bool:
        """QoS 1; after `expires_s` the broker hands it on no more. False when it could not even be handed over: not
        connected, or too many unacknowledged."""
        if not self.is_up or self._sent.count >= _UNACKNOWLEDGED_MAX:
            return False
        try:
            until = {} if expires_s is None else {"message_expiry_interval": max(1, round(expires_s))}
            self._client.publish(topic, payload, qos=1, retain=retain, **until)
        except OverflowError:
            return False
        return True

    def flush(self) -> None:
        """What was published leaves now, and not with what else is said in this turn of the loop."""
        if self._client is not None:
            self._client.flush()

    def announce(self) -> None:
        """Tell all devices that the hub listens, if it does."""
        if not self._closing:
            self.publish(topics.presence(topics.HUB), codec.encode(Presence(online=True)), retain=True)

    # One connection.

    async def _converse(self, host: str, port: int, tls: ssl.SSLContext) -> None:
        """From its first packet to its end. Raises OSError and MQTTConnectError when it does not come about."""
        lost = asyncio.Event()
        self._client = client = self._fresh(lost)
        try:
            async with asyncio.timeout(_CONNECT_S):
                await client.connect(host, port, ssl=tls, keepalive=_KEEPALIVE_S)
            await lost.wait()
        finally:
            if not lost.is_set():
                await _hang_up(client)

    def _fresh(self, lost: asyncio.Event) -> gmqtt.Client:
        self._sent = _Sent()
        client = GatheringClient(
            self._name,
            clean_session=True,
            optimistic_acknowledgement=False,
            will_message=gmqtt.Message(
                topics.presence(topics.HUB), codec.encode(Presence(online=False)), qos=1, retain=True
            ),
            persistent_storage=self._sent,
            logger=_library,
            receive_maximum=_AT_ONCE,
        )
        client.set_config({"reconnect_retries": _NEVER})
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = lambda *_: lost.set()
        return client

    def _on_connect(self, client: gmqtt.Client, *_: Any) -> None:
        if client is not self._client:
            return
        mine = [gmqtt.Subscription(topics.shared(topics.UP_ALL), qos=1)]
        everybodys = [
            gmqtt.Subscription(topics.PRESENCE_ALL, qos=1),
            gmqtt.Subscription(topics.HEALTH_ALL, qos=1),
            *(gmqtt.Subscription(retained, qos=0, no_local=True) for retained in topics.RETAINED_ALL),
        ]
        client.subscribe(everybodys, subscription_identifier=_EVERYBODYS)
        client.subscribe(mine, subscription_identifier=_MINE)
        self.announce()
        self._connected()

    def _on_subscribe(self, client: gmqtt.Client, mid: int, reasons: tuple[int, ...], *_: Any) -> None:
        if any(reason >= _REFUSED for reason in reasons):
            log.error("the broker lets %r hear no devices: is that name in its ACL?", self._name)

    async def _on_message(
        self, client: gmqtt.Client, topic: str, payload: bytes, qos: int, properties: dict[str, Any]
    ) -> int:
        """The returned code goes into the PUBACK, after the handler has committed what there was to commit."""
        try:
            await self._arrived(topic, payload, _MINE in properties.get("subscription_identifier", ()))
        except Exception:
            log.exception("a message on %s could not be handled", topic)
        return 0


async def _hang_up(client: gmqtt.Client) -> None:
    with contextlib.suppress(OSError):  # the broker may be faster, or mute (an ssl.SSLError, a timeout are OSErrors)
        async with asyncio.timeout(_CLOSE_S):
            await client.disconnect()


class _Sent:
    """In the place of gmqtt's store of what the broker has not acknowledged: counts it, and keeps nothing.

    A new connection begins with everything anew, so there is nothing to send again.
    """

    is_empty = True

    def __init__(self) -> None:
        self._ids: set[int] = set()

    @property
    def count(self) -> int:  # no __len__: gmqtt takes what is empty for nothing
        return len(self._ids)

    def push_message(self, ident: int, _package: bytes) -> None:
        self._ids.add(ident)

    def remove_message_by_mid(self, ident: int) -> None:
        self._ids.discard(ident)

    def clear(self) -> None:
        self._ids.clear()

    def get_all(self) -> list[tuple[int, bytes]]:
        return []

    async def wait_empty(self) -> None:
        return
