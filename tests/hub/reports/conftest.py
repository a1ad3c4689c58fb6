"""Two days of a hall through its desk, with everything in them that figures must not be misled by."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from tests.hub.appointments.booking import Office, office, open_office
from tests.hub.web.conftest import Pages
from tests.support.day import small_hall

ZONE = ZoneInfo("Asia/Shanghai")
DAYS_AGO = 3
TICKETS = (90, 130)  # on the day before, and on the day
CHANCE = 20261129
BY_PHONE = (5, 1, 3)  # levels of those who rate afterwards
REASONS = {2: ("214",), 1: ("115", "113")}


class Busy:
    """Commands to the desk, by names of their own."""

    def __init__(self, hall: Office, chance: random.Random) -> None:
        self.hall, self.chance, self._count = hall, chance, 0

    async def do(self, kind: type[c.Command], **fields: Any) -> Any:
        """The events; none when the rules said no."""
        self._count += 1
        ident = f"{self.hall.now:%d}-{self._count}"
        command = kind(id=ident, at=self.hall.now, by="test", source="mqtt", **fields)
        outcome = await self.hall.desk.handle("small", command)
        return () if outcome.refused else outcome.events

    def later(self, least_s: float, most_s: float) -> None:
        self.hall.pass_(seconds=round(self.chance.uniform(least_s, most_s), 3))

    @property
    def state(self) -> Any:
        return self.hall.desk.today("small")


async def two_days(directory: Path) -> None:
    began = datetime.now(ZONE).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=DAYS_AGO)
    chance = random.Random(CHANCE)
    async with open_office(
        directory, office(policy__opens="00:00", policy__closes="24:00"), began.astimezone(UTC)
    ) as hall:
        busy = Busy(hall, chance)
        for number, tickets in enumerate(TICKETS, 1):
            await _day(busy, tickets)
            hall.now = (began + timedelta(days=number)).astimezone(UTC)
            await hall.desk.turn_day("small")


async def _day(busy: Busy, tickets: int) -> None:
    day, chance = busy.state.day, busy.chance
    codes = [f"Y{one}{day[-2:].translate(str.maketrans('01', 'XY'))}WXYZ" for one in "ABCD"]
    for code in codes:
        slot = {"slot": "10:00", "minutes": 30, "capacity": 9, "via": "phone"}
        await busy.do(ac.Book, day=day, code=code, service="A", person=code, **slot)
    for counter in ("1", "2"):
        await busy.do(c.SignOn, counter=counter, clerk=f"100{counter}")
    taken, to_come = 0, codes[:3]
    while taken < tickets or any(busy.state.count_waiting(service) for service in "ABC"):
        for _ in range(chance.choice((0, 1, 1, 2, 4)) if taken < tickets else 0):
            taken += 1
            busy.later(2, 20)
            (reserved, *_) = await busy.do(c.TakeTicket, service=chance.choice("AAABBC"), printer=chance.random() < 0.2)
            if busy.state.tickets[reserved.number].phase == "reserved":
                outcome = chance.choice(("printed", "printed", "failed"))
                await busy.do(c.ConfirmPrint, number=reserved.number, printed_at=busy.hall.now, outcome=outcome)
            elif chance.random() < 0.05:
                await busy.do(c.Cancel, number=reserved.number, reason="gone")
        if to_come and busy.hall.now.astimezone(ZONE).strftime("%H:%M") > "09:31":
            await busy.do(ac.CheckIn, code=to_come.pop())
        await _turn(busy, chance.choice("112"))
    for counter in ("1", "2"):
        await busy.do(c.End, counter=counter)
        await busy.do(c.SignOff, counter=counter)
    busy.hall.pass_(minutes=5)
    unrated = [one.id for one in busy.state.asks.values() if one.phase not in ("rated", "withdrawn")]
    for ask, level in zip(unrated[: len(BY_PHONE)], BY_PHONE, strict=True):
        assert await busy.do(c.Rate, ask=ask, level=level, pressed_at=busy.hall.now, late=True)


async def _turn(busy: Busy, counter: str) -> None:
    chance = busy.chance
    if not await busy.do(c.CallNext, counter=counter):
        return
    busy.later(5, 40)
    if chance.random() < 0.08 and await busy.do(c.Undo, counter=counter):
        return
    if chance.random() < 0.1:
        for _ in range(2):
            busy.later(10, 20)
            await busy.do(c.Recall, counter=counter)
        await busy.do(c.NoShow, counter=counter)
        return
    if chance.random() < 0.9:
        await busy.do(c.Serve, counter=counter)
    busy.later(30, 400)
    if chance.random() < 0.06 and await busy.do(c.Transfer, counter=counter, service="C"):
        return
    await busy.do(c.End, counter=counter)
    if chance.random() < 0.05:
        busy.later(1, 5)
        await busy.do(c.Undo, counter=counter)
        busy.later(20, 60)
        await busy.do(c.End, counter=counter)
    if (asked := busy.state.asked.get(counter)) and chance.random() < 0.7:
        busy.later(2, 9)
        level = chance.choice((5, 5, 5, 4, 4, 3, 2, 1))
        ask = busy.state.asks[asked].id
        await busy.do(c.Rate, ask=ask, level=level, pressed_at=busy.hall.now, reasons=REASONS.get(level, ()))
    busy.later(1, 15)


@pytest.fixture(scope="package")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A hub with the two days in its log; one for all that only look."""
    directory = tmp_path_factory.mktemp("reports")
    asyncio.run(two_days(directory))
    pages = Pages(directory, small_hall())
    pages.directory = directory
    yield pages
    pages.close()


@pytest.fixture(scope="package")
def day(pages: Pages) -> str:
    """The one that is looked at; the day before is the period before."""
    return (datetime.now(ZONE) - timedelta(days=DAYS_AGO - 1)).date().isoformat()
