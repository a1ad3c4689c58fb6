"""In the place of `hub.mqtt.session.Session`: the same manners, over the simulated broker."""

import asyncio
import ssl
from collections.abc import Callable

from hub.mqtt.session import Arrived
from simulation.broker import Broker, BrokerAwayError
from simulation.loop import Process
from simulation.network import Connection
from wire import codec, topics
from wire.messages import Presence

_RECONNECT_S, _CONNECT_S = 0.5, 0.02
_OTHERS = topics.RETAINED_ALL  # what other processes of the hub publish


class SimulatedSession:
    """`told(topic, payload)`: sees all that the hub publishes."""

    def __init__(
        self,
        broker: Broker,
        process: Process,
        told: Callable[[str, bytes], None],
        name: str,
        arrived: Arrived,
        connected: Callable[[], None],
    ) -> None:
        self.process = process
        self._broker, self._told = broker, told
        self._name, self._arrived, self._connected = name, arrived, connected
        self.connection: Connection | None = None
        self._gone = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_up(self) -> bool:
        return self.connection is not None and self.connection.at_client

    async def run(self, host: str, port: int, tls: ssl.SSLContext) -> None:
        while True:
            await asyncio.sleep(_CONNECT_S)
            try:
                will = (topics.presence(topics.HUB), codec.encode(Presence(online=False)))
                self._gone.clear()
                self.connection = self._broker.connect(self._name, self, will)
            except BrokerAwayError:
                await asyncio.sleep(_RECONNECT_S)
                continue
            self.connection.no_local = frozenset(_OTHERS)
            self._broker.subscribe(self.connection, [topics.PRESENCE_ALL, topics.HEALTH_ALL, *_OTHERS])
            self._broker.subscribe(self.connection, [topics.shared(topics.UP_ALL)])
            self.announce()
            self._connected()
            await self._gone.wait()
            await asyncio.sleep(_RECONNECT_S)

    async def close(self) -> None:
        if self.connection is not None:
            self._broker.goodbye(self.connection)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        if self.connection is None or not self.connection.at_client:
            return False
        self._told(topic, payload)
        self._broker.publish(self.connection, topic, payload, retain=retain)
        return True

    def flush(self) -> None:
        """Everything leaves at once here."""

    def announce(self) -> None:
        self.publish(topics.presence(topics.HUB), codec.encode(Presence(online=True)), retain=True)

    # As a client of the broker.

    def heard(self, topic: str, payload: bytes, mine: bool) -> None:
        task = self.process.spawn(self._take(topic, payload, mine))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, topic: str, payload: bytes, mine: bool) -> None:
        await self._arrived(topic, payload, mine)

    def lost(self) -> None:
        self._gone.set()
