"""The wire between a client and the broker: it delays, and by the weather loses, repeats and reorders; it can be cut.

A lost packet is sent again by whoever sent it (QoS 1), so it comes late, and perhaps twice. What is under way when a
connection ends is gone. MQTT keeps the order within a topic (§4.6); here that holds for presence alone, which has no
version.
"""

import random
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from simulation.loop import Process, VirtualLoop


class Weather(msgspec.Struct, frozen=True):
    """Shares of packets, and seconds. The calm one is a wire in the same room."""

    delay_s: float = 0.002
    lost: float = 0.0
    repeated: float = 0.0
    slow: float = 0.0  # reordered, therefore
    again_s: float = 1.5  # after which a lost packet is sent again


CALM = Weather()


class Client(Protocol):
    """What a connection tells the one who made it."""

    process: Process

    def heard(self, topic: str, payload: bytes, mine: bool) -> None:
        """`mine`: of those who share a subscription, nobody else got it."""

    def lost(self) -> None: ...


class Connection:
    """`whole`: packets pass. Each side learns by itself, and later, that the other is gone."""

    def __init__(self, name: str, client: Client, will: tuple[str, bytes]) -> None:
        self.name, self.client, self.will = name, client, will
        self.whole = True
        self.at_client = self.at_broker = True
        self.filters: list[str] = []
        self.no_local: frozenset[str] = frozenset()  # filters by which it does not hear itself
        self.in_turn: dict[tuple[str, bool], float] = {}  # topic, upwards? → when the last of it arrives


class Network:
    def __init__(self, loop: VirtualLoop, chance: random.Random) -> None:
        self._loop, self._chance = loop, chance
        self.weather = CALM
        self.under_way = 0

    def carry(
        self, connection: Connection, topic: str, up: bool, deliver: Callable[..., None], *arguments: Any
    ) -> None:
        weather, chance = self.weather, self._chance
        delay_s = weather.delay_s * (0.5 + chance.random())
        if weather.slow and chance.random() < weather.slow:
            delay_s += chance.random() * weather.again_s
        while weather.lost and chance.random() < weather.lost:
            delay_s += weather.again_s
        self._send(delay_s, connection, topic, up, deliver, arguments)
        if weather.repeated and chance.random() < weather.repeated:
            self._send(delay_s + chance.random() * weather.again_s, connection, topic, up, deliver, arguments)

    def _send(
        self,
        delay_s: float,
        connection: Connection,
        topic: str,
        up: bool,
        deliver: Callable[..., None],
        arguments: tuple[Any, ...],
    ) -> None:
        at = self._loop.time() + delay_s
        if "/presence/" in topic:
            at = connection.in_turn[topic, up] = max(at, connection.in_turn.get((topic, up), 0.0))
        self.under_way += 1
        self._loop.outside(at - self._loop.time(), self._arrive, connection, deliver, arguments)

    def _arrive(self, connection: Connection, deliver: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self.under_way -= 1
        if connection.whole:
            deliver(*arguments)
