"""Bare devices that press one thing after another, and say each again, with the same id, until it is answered.

Agents do that with their outbox; here nothing is between the press and the wire, so that a load can be put on hubs.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from wire import codec, topics
from wire.messages import Action, Presence, Printed, Reply, TakeTicket, UpMessage, Verb

_AGAIN_S = 1.0  # a press is said again when nobody has answered by then
_LASTS_S = 60.0  # … and makes sense for so long


class Press(msgspec.Struct):
    """One wish, how often it had to be said, and the answer: None as long as there is none."""

    message: UpMessage
    times: int = 0
    reply: Reply | None = None
    seconds: float = 0.0  # until it was answered


class Presser(threading.Thread):
    """`device`: the common name in `tls`; `wishes(ask)`: what it wants, one after another, where `ask(message)` says it
    and returns the answer."""

    def __init__(
        self, device: str, tls: ssl.SSLContext, broker: str, wishes: Callable[["Presser"], None], online: bytes
    ) -> None:
        super().__init__(name=device, daemon=True)
        self.device, self.presses = device, list[Press]()
        self.enough = threading.Event()
        self.failed: BaseException | None = None
        self._wishes, self._count, self._online = wishes, 0, online
        self._answers: dict[str, Reply] = {}
        self._answered = threading.Condition()
        host, _, port = broker.rpartition(":")
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=device, protocol=mqtt.MQTTv5)
        self._client.tls_set_context(tls)
        self._client.on_socket_open = _without_delay
        self._client.on_connect = self._connected
        self._client.on_message = self._arrived
        self._client.connect(host, int(port))

    def run(self) -> None:
        self._client.loop_start()
        try:
            self._wishes(self)
        except BaseException as error:
            self.failed = error
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def ask(self, message: UpMessage) -> Reply:
        """Say it until it is answered. Raises TimeoutError when nobody does as long as it makes sense."""
        press, began = Press(message), time.monotonic()
        self.presses.append(press)
        while press.reply is None:
            if time.monotonic() - began > _LASTS_S:
                raise TimeoutError(f"{self.device}: {message} was said {press.times} times and not answered")
            press.times += 1
            self._client.publish(topics.up(self.device, codec.kind_of(message)), codec.encode(message), qos=1)
            with self._answered:
                self._answered.wait_for(lambda: message.id in self._answers, _AGAIN_S)
                press.reply = self._answers.pop(message.id, None)
        press.seconds = time.monotonic() - began
        return press.reply

    def press(self, verb: Verb, argument: str = "") -> Reply:
        return self.ask(Action(id=self._new_id(), verb=verb, argument=argument, at=_now(), expires_s=_LASTS_S))

    def take(self, service: str) -> str:
        """A ticket, with its slip printed. The number, or empty when it was refused."""
        reply = self.ask(TakeTicket(id=self._new_id(), service=service, at=_now(), expires_s=_LASTS_S))
        if reply.slip is None:
            return ""
        self.ask(Printed(id=self._new_id(), number=reply.slip.number, outcome="printed", at=_now()))
        return reply.slip.number

    def _new_id(self) -> str:
        self._count += 1
        return f"load-{self._count}"

    def _connected(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe(topics.down(self.device, "reply"), qos=1)
        client.publish(topics.presence(self.device), self._online, qos=1, retain=True)

    def _arrived(self, client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        reply = codec.decode_reply(bytes(message.payload))
        with self._answered:
            self._answers[reply.to] = reply
            self._answered.notify_all()


def machine(services: str, most: int) -> Callable[[Presser], None]:
    """Takes `most` tickets of each of these services in turn."""

    def wishes(me: Presser) -> None:
        for _ in range(most):
            for service in services:
                if me.enough.is_set():
                    return
                me.take(service)

    return wishes


def counter(clerk: str) -> Callable[[Presser], None]:
    """Signs on, then calls and ends, whoever comes, until it is enough."""

    def wishes(me: Presser) -> None:
        me.press("sign-on", clerk)
        while not me.enough.is_set():
            if me.press("call-next").ok:
                me.press("end")
            else:
                me.enough.wait(0.05)  # nobody waits

    return wishes


def presence(boot: str = "load") -> bytes:
    return codec.encode(Presence(online=True, boot=boot))


def answered(pressers: list[Presser]) -> Iterator[Press]:
    return (press for one in pressers for press in one.presses if press.reply is not None)


def _without_delay(client: mqtt.Client, userdata: object, sock: Any) -> None:
    """Nagle's algorithm against delayed ACK would make every press take 40 ms."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _now() -> datetime:
    return datetime.now(UTC)
