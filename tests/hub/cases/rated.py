"""A hall whose services are rated, and what handles the cases of it."""

import contextlib
import itertools
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from hub.appointments.calendar import date_of
from hub.cases.handling import Handling, Said
from hub.domain import commands as c
from hub.domain.case_events import Opened
from hub.domain.ratings import ask_id
from hub.history.history import Asked, history_of
from hub.storage.accounts import Accounts, Identity
from hub.storage.cases import Cases
from hub.storage.database import Where, open_log
from tests.hub.appointments.booking import Office, office, open_office

BOSS = Identity("boss", "manager", "session", "boss")
CHIEF = Identity("chief", "manager", "session", "chief")
CLERK = Identity("desk-1", "clerk", "session", "desk-1", "1001")
OTHER = Identity("desk-2", "clerk", "session", "desk-2", "1002")

KEYS = (f"key-{count}" for count in itertools.count())


class Rated:
    """`office`: its desk and clock. Counter 1 is signed on by clerk 1001."""

    def __init__(self, office: Office, past: Asked) -> None:
        self.office, self.desk, self.past = office, office.desk, past
        self.accounts = Accounts(office.engine)
        self._count = 0

    def handling(self) -> Handling:
        """As another process of the hub has one."""
        return Handling(self.office.engine, self.desk, self.working, self.accounts, self.past)

    def working(self, hall: str, since: str):
        own = self.office.days.since(hall, since)
        return lambda day: not date_of(day.isoformat(), own.get(day.isoformat())).closed

    async def do(self, kind: type[c.Command], **fields):
        self._count += 1
        command = kind(id=f"t{self.office.now:%d%H%M%S}{self._count}", at=self.office.now, by="t", source="t", **fields)
        outcome = await self.desk.handle("small", command)
        assert not outcome.refused, outcome.refused
        return outcome

    async def do_sign_on(self) -> None:
        """Again, on another day."""
        await self.do(c.SignOn, counter="1", clerk="1001")

    async def serve(self) -> str:
        number = (await self.do(c.TakeTicket, service="A")).events[0].number
        await self.do(c.CallNext, counter="1")
        await self.do(c.Serve, counter="1")
        await self.do(c.End, counter="1")
        return number

    async def rate(self, level: int, number: str = "", *, day: str = "", late: bool = False) -> str:
        """The id of its question; without a number somebody is served first."""
        ask = ask_id(day or self.desk.today("small").day, number or await self.serve())
        now = self.office.now
        source = "phone" if late else "mqtt"
        rate = c.Rate(id=f"rate {ask}", at=now, by="t", source=source, ask=ask, level=level, pressed_at=now, late=late)
        assert not (await self.desk.handle("small", rate)).refused
        return ask

    async def explain(self, ask: str, *reasons: str, level: int = 1) -> None:
        given = c.GiveReasons(
            id=f"why {ask}", at=self.office.now, by="t", source="mqtt", ask=ask, rating=f"rate {ask}", level=level,
            reasons=reasons,
        )  # fmt: skip
        assert not (await self.desk.handle("small", given)).refused

    async def read(self, handling: Handling) -> None:
        """All that has happened."""
        await handling.reader.catch_up()


@contextlib.asynccontextmanager
async def rated_hall(database: Where, **settings: object) -> AsyncIterator[Rated]:
    async with open_office(database, office(**settings)) as one:
        where = database / "hub.db" if isinstance(database, Path) and database.is_dir() else database
        log, halls = open_log(where), [one.desk.today("small").hall]
        with tempfile.TemporaryDirectory(prefix="tingxu-past-") as folder:
            past = history_of(halls, log, Path(folder), lambda: one.now, fresh_s=0)
            hall = Rated(one, past)
            hall.office.pass_(hours=2)
            await hall.do_sign_on()
            yield hall
            await past.close()
        log.close()


def open_case(stored: Cases, ask: str = "2026-01-05.A001") -> str:
    """Straight into the database, of a rating that nobody gave."""
    at = datetime.now(UTC)
    position, _ = stored.position(0, at)
    about = {"hall": "small", "service": "A", "counter": "1", "clerk": "1001", "level": 1, "rating": "r", "late": False}
    opened = Opened(at=at, by="hub", ask=ask, number=ask.partition(".")[2], rated_at=at, due="2026-01-14", **about)
    with stored.advance(position, position) as opening:
        opening.open(opened)
    return ask


async def take(handling, case, step, who=BOSS, key="", **said):
    version = said.pop("version", case.version)
    return await handling.take(case, step, Said(**{"note": "so", **said}), who, key or next(KEYS), version)
