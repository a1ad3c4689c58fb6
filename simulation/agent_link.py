"""In the place of `edge.runtime.link.Link`: the same manners, over the simulated broker."""

import random
from collections.abc import Callable

from simulation.broker import Broker, BrokerAwayError
from simulation.loop import Process
from simulation.network import Connection
from wire import codec, topics
from wire.messages import Presence

_BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
_CONNECT_S = 0.02


class SimulatedLink:
    """`sent(kind, payload)`: sees all that the agent wants to publish, whether or not the hub can hear it."""

    def __init__(
        self,
        broker: Broker,
        process: Process,
        chance: random.Random,
        sent: Callable[[str, bytes], None],
        device: str,
        presence: Callable[[bool], Presence],
        on_change: Callable[[bool], None],
        on_message: Callable[[str, bytes], None],
    ) -> None:
        self.process = process
        self._broker, self._chance, self._sent, self._device = broker, chance, sent, device
        self._presence, self._on_change, self._on_message = presence, on_change, on_message
        self._filters = [topics.down_all(device), topics.presence(topics.HUB)]
        self.connection: Connection | None = None
        self.is_up = False
        self._failures = 0
        self.connects = 0
        self.error = ""

    def is_running(self) -> bool:
        return True

    def start(self) -> None:
        self.process.later(_CONNECT_S * (1 + self._chance.random()), self._connect)

    def stop(self) -> None:
        if self.connection is not None:
            self._broker.goodbye(self.connection)

    def follow(self, topic: str) -> None:
        if topic not in self._filters:
            self._filters.append(topic)
        if self.connection is not None and self.connection.at_client:
            self._broker.subscribe(self.connection, [topic])

    def publish(self, kind: str, payload: bytes, expires_s: float | None = None) -> bool:
        self._sent(kind, payload)
        if self.connection is None or not self.connection.at_client or not self.is_up:
            return False
        by_s = None if expires_s is None else max(1, round(expires_s))
        self._broker.publish(self.connection, topics.up(self._device, kind), payload, expires_s=by_s)
        return True

    # As a client of the broker.

    def heard(self, topic: str, payload: bytes, mine: bool) -> None:
        if topic == topics.presence(topics.HUB):
            self._set_hub(codec.decode_presence(payload).online)
        else:
            self._on_message(topic, payload)

    def lost(self) -> None:
        self._set_hub(False)
        self._again()

    def _connect(self) -> None:
        will = (topics.presence(self._device), codec.encode(self._presence(False)))
        try:
            self.connection = self._broker.connect(self._device, self, will)
        except BrokerAwayError:
            self._failures += 1
            self._again()
            return
        self._failures = 0
        self.connects += 1
        told = codec.encode(self._presence(True))
        self._broker.publish(self.connection, topics.presence(self._device), told, retain=True)
        self._broker.subscribe(self.connection, sorted(self._filters))

    def _again(self) -> None:
        step_s = _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
        self.process.later(step_s * self._chance.uniform(0.5, 1.5), self._connect)

    def _set_hub(self, up: bool) -> None:
        if up != self.is_up:
            self.is_up = up
            self._on_change(up)
