"""A broker as Mosquitto is for us: clean sessions, QoS 1, retained messages, wills, expiry, shared subscriptions.

Nothing of it survives a restart.
"""

import random
from functools import cache

from simulation.loop import VirtualLoop
from simulation.network import Client, Connection, Network
from simulation.trace import Trace

_NOTICES_S = 0.05  # that a peer has closed the connection
_MISSES_S = 30.0  # that a peer is silent: one and a half of its keep-alive (MQTT 5.0 §3.1.2.10)


class BrokerAwayError(ConnectionError):
    """Nobody listens there now."""


class Broker:
    def __init__(self, loop: VirtualLoop, network: Network, trace: Trace, chance: random.Random) -> None:
        self._loop, self._network, self._trace, self._chance = loop, network, trace, chance
        self.up = True
        self.sessions: dict[str, Connection] = {}
        self._retained: dict[str, bytes] = {}

    # What clients do.

    def connect(self, name: str, client: Client, will: tuple[str, bytes]) -> Connection:
        """A session of that name that is still there is taken over (§3.1.4). Raises BrokerAwayError."""
        if not self.up:
            raise BrokerAwayError(name)
        if name in self.sessions:
            self.end(self.sessions[name])
        connection = self.sessions[name] = Connection(name, client, will)
        self._trace.note(name, "connected")
        return connection

    def subscribe(self, connection: Connection, filters: list[str]) -> None:
        self._network.carry(connection, "", True, self._subscribed, connection, filters)

    def publish(
        self,
        connection: Connection,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        expires_s: float | None = None,
    ) -> None:
        by = None if expires_s is None else self._loop.time() + expires_s
        self._network.carry(connection, topic, True, self._published, connection, topic, payload, retain, by)

    def goodbye(self, connection: Connection) -> None:
        """The client closes; its will is published, as our agents ask for."""
        connection.at_client = False
        self._loop.outside(_NOTICES_S, self._missed, connection)

    # What happens to it.

    def restart(self, away_s: float) -> None:
        self._trace.note("broker", f"restarts, away for {away_s:.1f} s")
        self.up = False
        for connection in list(self.sessions.values()):
            connection.whole = connection.at_broker = False
            self._tell(connection, _NOTICES_S)
        self.sessions.clear()
        self._retained.clear()
        self._loop.outside(away_s, self._back)

    def cut(self, connection: Connection) -> None:
        """A cable is out: packets vanish, and both sides believe for a while that the other is there."""
        self._trace.note(connection.name, "is cut off")
        connection.whole = False
        self._tell(connection, self._chance.uniform(1.0, 15.0))
        self._loop.outside(self._chance.uniform(5.0, _MISSES_S), self._missed, connection)

    def die(self, connection: Connection, *, quietly: bool) -> None:
        """The client's machine is dead; `quietly`: without as much as a closed connection."""
        connection.whole = connection.at_client = False
        self._loop.outside(_MISSES_S if quietly else _NOTICES_S, self._missed, connection)

    def end(self, connection: Connection) -> None:
        """By the broker: whoever it was is told."""
        connection.whole = False
        self._missed(connection)
        self._tell(connection, _NOTICES_S)

    def _back(self) -> None:
        self.up = True

    def _tell(self, connection: Connection, delay_s: float) -> None:
        process = connection.client.process
        process.later(delay_s, self._told, connection)

    def _told(self, connection: Connection) -> None:
        if connection.at_client:
            connection.at_client = False
            connection.client.lost()

    def _missed(self, connection: Connection) -> None:
        if not connection.at_broker:
            return
        connection.whole = connection.at_broker = False
        if self.sessions.get(connection.name) is connection:
            del self.sessions[connection.name]
        self._route(*connection.will, retain=True, by=None)

    # Messages.

    def _subscribed(self, connection: Connection, filters: list[str]) -> None:
        connection.filters += [name for name in filters if name not in connection.filters]
        for name in filters:
            for topic in sorted(topic for topic in self._retained if matches(name, topic)):
                self._pass_on(connection, topic, self._retained[topic], None, mine=False)

    def _published(self, connection: Connection, topic: str, payload: bytes, retain: bool, by: float | None) -> None:
        if connection.at_broker:
            self._route(topic, payload, connection, retain=retain, by=by)

    def _route(
        self, topic: str, payload: bytes, sender: Connection | None = None, *, retain: bool, by: float | None
    ) -> None:
        if retain:
            self._retained[topic] = payload
        shared: dict[str, list[Connection]] = {}
        for connection in list(self.sessions.values()):
            own = connection.no_local if connection is sender else ()
            if any(name not in own and matches(name, topic) for name in connection.filters):
                self._pass_on(connection, topic, payload, by, mine=False)
            for name in connection.filters:
                if name.startswith("$share/") and matches(name.split("/", 2)[2], topic):
                    shared.setdefault(name, []).append(connection)
        for connections in shared.values():
            self._pass_on(self._chance.choice(connections), topic, payload, by, mine=True)

    def _pass_on(self, connection: Connection, topic: str, payload: bytes, by: float | None, *, mine: bool) -> None:
        if by is None or by >= self._loop.time():
            self._network.carry(connection, topic, False, self._hand_over, connection, topic, payload, mine)

    def _hand_over(self, connection: Connection, topic: str, payload: bytes, mine: bool) -> None:
        if connection.at_client:
            connection.client.process.later(0.0, connection.client.heard, topic, payload, mine)


@cache
def matches(name: str, topic: str) -> bool:
    """Whether a filter with `+` in place of levels takes the topic (§4.7)."""
    wanted, levels = name.split("/"), topic.split("/")
    return len(wanted) == len(levels) and all(one in ("+", level) for one, level in zip(wanted, levels, strict=True))
