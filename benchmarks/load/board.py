"""A device on the wire: one connection over mutual TLS, as gmqtt holds it; a message is sent until it is answered."""

import asyncio
import contextlib
import itertools
import logging
import secrets
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import gmqtt
from gmqtt.mqtt.handler import MQTTConnectError

from wire import codec, topics
from wire.base import Message
from wire.messages import Action, DeviceView, Printed, Reply, TakeTicket, UpMessage, Verb

HOST = "127.0.0.1"
_CONNECT_S, _RECONNECT_S = 10.0, 0.2
_EXPIRES_S = 60.0  # the longest that the hub allows
_NEVER = -2  # to gmqtt, -1 is "for ever"

_library = logging.getLogger("benchmarks.load.gmqtt")
_library.setLevel(logging.CRITICAL)
logging.getLogger("gmqtt").setLevel(logging.CRITICAL)


class Board:
    """`name`: the device's; `viewed(view)` is called with each view that comes down."""

    def __init__(self, name: str, viewed: Callable[[DeviceView], None] | None = None) -> None:
        self.name = name
        self.repeats = 0  # messages that were sent once more
        self.told_not_now = 0
        self._viewed = viewed
        self._boot, self._counts = secrets.token_hex(4), itertools.count()
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._client: Any = None
        self._subscribed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def connect(self, port: int, tls: ssl.SSLContext) -> None:
        """Returns once it hears; from then on it comes back by itself whenever the broker is gone."""
        self._task = asyncio.create_task(self._stay(port, tls))
        await self._subscribed.wait()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def action(self, verb: Verb, argument: str = "") -> Action:
        return Action(id=self.next_id(), verb=verb, argument=argument, at=datetime.now(UTC), expires_s=_EXPIRES_S)

    def take(self, service: str) -> TakeTicket:
        return TakeTicket(id=self.next_id(), service=service, at=datetime.now(UTC), expires_s=_EXPIRES_S)

    def printed(self, number: str) -> Printed:
        return Printed(id=self.next_id(), number=number, outcome="printed", at=datetime.now(UTC))

    def next_id(self) -> str:
        return f"{self._boot}-{next(self._counts)}"

    def send(self, message: UpMessage) -> "asyncio.Future[Reply]":
        """Once; the future is the answer."""
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[message.id] = answer
        self._publish(message)
        return answer

    async def ask(self, message: UpMessage, again_s: float = 1.0) -> Reply:
        """Sends the same message until the hub has decided it: silence and "not now" are no answers."""
        while True:
            answer = self.send(message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(again_s):
                    if (reply := await answer).code != "unavailable":
                        return reply
                    self.told_not_now += 1
                    await asyncio.sleep(again_s / 10)
            self.repeats += 1

    def _publish(self, message: Message) -> None:
        if self._client is not None and self._client.is_connected:
            topic = topics.up(self.name, codec.kind_of(message))
            self._client.publish(topic, codec.encode(message), qos=1)

    async def _stay(self, port: int, tls: ssl.SSLContext) -> None:
        while True:
            with contextlib.suppress(OSError, MQTTConnectError):
                await self._converse(port, tls)
            await asyncio.sleep(_RECONNECT_S)

    async def _converse(self, port: int, tls: ssl.SSLContext) -> None:
        lost = asyncio.Event()
        client = gmqtt.Client(self.name, optimistic_acknowledgement=False, logger=_library)
        client.set_config({"reconnect_retries": _NEVER})
        client.on_message = self._heard
        client.on_subscribe = lambda *_: self._subscribed.set()
        client.on_disconnect = lambda *_: lost.set()
        try:
            async with asyncio.timeout(_CONNECT_S):
                await client.connect(HOST, port, ssl=tls, keepalive=60)
            client.subscribe(gmqtt.Subscription(topics.down_all(self.name), qos=1))
            self._client = client
            await lost.wait()
        finally:
            self._client = None
            with contextlib.suppress(Exception):  # it is over, whatever there was left to say
                await client.disconnect()

    def _heard(self, _client: object, topic: str, payload: bytes, *_: object) -> int:
        if topics.last_level(topic) == "reply":
            reply = codec.decode_reply(payload)
            waiting = self._waiting.pop(reply.to, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(reply)
        elif self._viewed is not None:
            self._viewed(codec.decode_view(payload))
        return 0
