"""A hub process: the real desk, roster and gateway, started anew on what is durable whenever it was killed."""

import asyncio
import random
import ssl
from collections.abc import Callable
from typing import Any, cast

from halls.format import Hall
from hub.desk import Desk
from hub.main import pass_time
from hub.mqtt.gateway import Gateway
from hub.mqtt.session import Arrived
from hub.roster import Bound, Roster
from simulation.broker import Broker
from simulation.clocks import HubClock
from simulation.hub_session import SimulatedSession
from simulation.loop import Process, VirtualLoop
from simulation.storage import SimulatedLog, Storage
from simulation.trace import Trace

_WORK_S = (0.0003, 0.003)


class EndedError(RuntimeError):
    """A part of a hub that must not end has ended."""


class Hub:
    """`desk` is None while it is down. `told(topic, payload)` sees what it publishes."""

    def __init__(
        self,
        name: str,
        hall: Hall,
        loop: VirtualLoop,
        broker: Broker,
        storage: Storage,
        clock: HubClock,
        trace: Trace,
        chance: random.Random,
        told: Callable[[str, bytes], None],
    ) -> None:
        self.name, self._hall, self._loop, self._broker, self._storage = name, hall, loop, broker, storage
        self.clock, self._trace, self._chance, self._told = clock, trace, chance, told
        self.process = Process(name, loop)
        self.desk: Desk | None = None
        self._session: SimulatedSession | None = None
        self._log: SimulatedLog | None = None

    def start(self) -> None:
        self._trace.note(self.name, "starts")
        self.process = process = Process(self.name, self._loop)
        process.work_s = lambda: self._chance.uniform(*_WORK_S)
        self._log = SimulatedLog(self._storage, lambda: self.crash(self._chance.uniform(0.3, 4.0)))
        process.spawn(self._serve(self._log, self._chance.randbytes(4).hex()))

    def crash(self, away_s: float) -> None:
        """As by SIGKILL; started again after `away_s`, as systemd does."""
        if not self.process.alive:
            return
        self._trace.note(self.name, f"killed, away for {away_s:.1f} s")
        self.process.kill()
        self.desk = None
        if self._log is not None:
            self._loop.outside(0.0, self._log.close)  # not within one of its own calls
        if self._session is not None and self._session.connection is not None:
            self._broker.die(self._session.connection, quietly=self._chance.random() < 0.2)
        self._loop.outside(away_s, self.start)

    async def _serve(self, log: SimulatedLog, boot: str) -> None:
        """As `hub.main.serve`, less what is not simulated: pages, API, enrolment."""
        desk = Desk([self._hall], log, self.clock.now)
        try:
            await desk.open()
        except Exception as error:
            self._trace.note(self.name, f"cannot start: {error}")
            self._loop.outside(0.0, self.crash, 1.0)
            return
        roster = Roster([self._hall], self._bound)
        gateway = Gateway(
            desk,
            roster,
            lambda door, code: None,
            self.name,
            session=cast(Any, self._new_session),
            clock=self._loop.time,
        )
        await gateway.start("", 0, cast(ssl.SSLContext, None))
        self.desk = desk
        passing = asyncio.create_task(pass_time(desk, boot))
        done, _ = await asyncio.wait([passing, *desk.tasks(), *gateway.tasks()], return_when=asyncio.FIRST_COMPLETED)
        self._loop.fault = EndedError(f"{self.name}: {[task.get_name() for task in done]} ended")

    def _new_session(self, name: str, arrived: Arrived, connected: Callable[[], None]) -> SimulatedSession:
        self._session = SimulatedSession(self._broker, self.process, self._told, name, arrived, connected)
        return self._session

    def _bound(self) -> list[Bound]:
        return [Bound(position.id, self._hall.hall.id, position.id) for position in self._hall.position]
