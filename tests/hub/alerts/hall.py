"""A hall whose alerts are looked after by as many processes as a test wants, with a clock that the test moves."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from halls.alerts import DEFAULTS
from halls.format import changed
from hub.alerts.alerts import Alerts
from hub.alerts.smtp import Mailer
from hub.desk import Desk
from hub.domain import commands as c
from hub.domain.alerts.engine import Key
from hub.roster import Bound, Roster
from hub.storage.alerts import Alert
from hub.storage.database import Where, open_database, open_log
from hub.storage.registry import Registry
from hub.webhooks.addresses import Allowed
from hub.webhooks.sending import Sender
from tests.support.day import MORNING, small_hall
from wire.messages import Health, Presence

KEY = bytes(range(32))
DEVICES = {"machine-1": "ticket-machine", "caller-1": "caller"}


class Process:
    """One of the hub's processes: its own view of devices, one database beneath."""

    def __init__(self, watched: "Watched", mailer: Mailer | None) -> None:
        self.roster = Roster([watched.hall], lambda: ())
        self.roster.seat_all([Bound(f"dev-{one}", "small", one) for one in DEVICES])
        self.trouble = ""
        self.alerts = Alerts(
            watched.engine, watched.desk, self.roster, Registry(watched.engine), KEY, Sender(Allowed(loopback=True)),
            mailer=mailer, public_url="https://hall.example", trouble=lambda: self.trouble,
        )  # fmt: skip

    async def look(self) -> None:
        self.alerts.watcher._held_at = float("-inf")  # the lease is asked for with every look
        await self.alerts.watcher.look()


class Watched:
    def __init__(self, database: Where, settings: dict[str, Any], mailer: Mailer | None) -> None:
        self.now = MORNING
        named = {path.split(".")[1] for path in settings}
        others = {f"alert.{one.id}.enabled": False for one in DEFAULTS if one.id not in named}
        self.hall = changed(small_hall(), {**others, **settings})
        self.engine, self.log = open_database(database), open_log(database)
        self.desk = Desk([self.hall], self.log, lambda: self.now)
        self._mailer, self._count = mailer, 0
        self.processes: list[Process] = []

    def process(self) -> Process:
        self.processes.append(Process(self, self._mailer))
        return self.processes[-1]

    @property
    def first(self) -> Process:
        return self.processes[0]

    @property
    def alerts(self) -> Alerts:
        return self.first.alerts

    async def do(self, kind: type[c.Command], **fields: Any) -> Any:
        self._count += 1
        command = kind(**{"id": f"t{self._count}", "at": self.now, "by": "test", **fields})
        return await self.desk.handle("small", command)

    async def take(self, service: str = "A") -> str:
        return str((await self.do(c.TakeTicket, service=service)).events[0].number)

    async def later(self, seconds: float) -> None:
        """Time passes, and then everybody looks."""
        self.now += timedelta(seconds=seconds)
        for process in self.processes:
            await process.look()

    async def sent(self) -> int:
        """Tries what is due until nothing is."""
        tries = 0
        while more := await self.alerts.courier.deliver():
            tries += more
        return tries

    def opened(self) -> dict[Key, Alert]:
        return {one.key: one for one in self.alerts.book.opened("small")}

    def log_of(self, one: Alert) -> list[str]:
        return [note.what for note in self.alerts.book.notes(one.id)]

    def present(self, position: str, *, online: bool = True, process: Process | None = None) -> None:
        (process or self.first).roster.present(f"dev-{position}", Presence(online=online, boot="b"), self.now)

    def report(self, position: str, offset_ms: float = 0.0, **facts: Any) -> None:
        said = Health(id="h", at=self.now, uptime_s=1.0, agent="1", clock_offset_ms=offset_ms, device=facts)
        self.first.roster.healthy(f"dev-{position}", said, self.now)


@contextlib.asynccontextmanager
async def watched(
    database: Where, mailer: Mailer | None = None, late_s: float = 0.0, **settings: Any
) -> AsyncIterator[Watched]:
    """`settings`: of rules, by path; those that are not named are switched off. `late_s`: begins so long after 9."""
    hall = Watched(database, settings, mailer)
    hall.now += timedelta(seconds=late_s)
    await hall.desk.open()
    hall.process()
    await hall.later(0)
    try:
        yield hall
    finally:
        for process in hall.processes:
            await process.alerts.close()
        await hall.desk.close()
        hall.log.close()
        hall.engine.dispose()


async def in_thread(work: Any, *arguments: Any, **named: Any) -> Any:
    return await asyncio.to_thread(lambda: work(*arguments, **named))
