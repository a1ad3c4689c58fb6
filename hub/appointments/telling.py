"""Hands what people are to be told to whoever can reach them: in time, and again after a fault."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Protocol

from hub.appointments import notices
from hub.appointments.notices import Notice
from hub.desk import Desk
from hub.domain.queue import InvalidCommandError
from hub.domain.state import Day
from hub.storage.event_log import Recorded

_LOOK_S = 5.0
_BEHIND = timedelta(hours=12)  # of what happened while no hub ran, this much is still told
_DAYS = 31  # ahead, that are looked through for it

log = logging.getLogger(__name__)


class Tell(Protocol):
    async def __call__(self, person: str, text: str, *, ident: str, expires_at: datetime) -> object:
        """Durable when it returns; the same `ident` again, by whichever process, tells nobody twice."""


class Telling:
    """`run()` never ends. Any number of processes may run one: the idents keep them from telling twice."""

    def __init__(self, desk: Desk, tell: Tell) -> None:
        self._desk, self._tell = desk, tell
        self._open: dict[str, Notice] = {}
        self._told: dict[str, str] = {}  # ident → the day after which it can be forgotten
        self._position = 0

    async def run(self) -> None:
        self._position = self._desk.position
        await self._look_back()
        following = asyncio.create_task(self._follow(), name="notices of events")
        try:
            while not following.done():
                await self.look()
                await asyncio.wait([following], timeout=_LOOK_S)
            await following  # its fault is ours
        finally:
            following.cancel()

    async def look(self) -> None:
        """Tell what is due now. What cannot be told now is told with the next look, as long as it is of use."""
        at = self._desk.now()
        for hall in self._desk.halls():
            try:
                for state in await self._days(hall):
                    self._add(notices.reminders(state, at))
                self._add(notices.nearly_called(self._desk.today(hall), at))
            except Exception:
                log.exception("%s: who is to be told what cannot be seen now; trying again", hall)
        for notice in list(self._open.values()):
            del self._open[notice.ident]
            if notice.expires_at > at:
                await self._say(notice)
        oldest = (at - timedelta(days=2)).date().isoformat()
        self._told = {ident: day for ident, day in self._told.items() if day >= oldest}

    async def heard(self, recorded: list[Recorded]) -> None:
        """What happened, for whom it matters. Read twice, it is told once."""
        states: dict[tuple[str, str], Day | None] = {}
        for one in recorded:
            if not notices.matters(one.event):
                continue
            where = one.hall, one.day
            if where not in states:
                states[where] = await self._day(*where)
            if (state := states[where]) is None:
                continue
            if ident := notices.knows(state, one.event):
                self._told[ident] = one.day
            if notice := notices.happened(state, one.event):
                self._add([notice])

    async def _follow(self) -> None:
        while True:
            try:
                recorded = await self._desk.since(self._position)
                await self.heard(recorded)
                self._position = recorded[-1].position
            except Exception:
                log.exception("what happened to appointments cannot be read now; trying again")
                await asyncio.sleep(_LOOK_S)

    async def _look_back(self) -> None:
        """What happened while nobody looked; of what was told then, the idents know."""
        since = self._desk.now() - _BEHIND
        for hall in self._desk.halls():
            first = date.fromisoformat(self._desk.today(hall).day)
            for ahead in range(_DAYS if _takes_appointments(self._desk.today(hall)) else 0):
                logged = await self._desk.history(hall, (first + timedelta(days=ahead)).isoformat())
                await self.heard([one for one in logged if one.event.at >= since])

    async def _days(self, hall: str) -> list[Day]:
        """Today and tomorrow: an hour before the first slot may be yesterday."""
        today = self._desk.today(hall)
        if not _takes_appointments(today):
            return []
        tomorrow = date.fromisoformat(today.day) + timedelta(days=1)
        return [today, await self._desk.day(hall, tomorrow.isoformat())]

    async def _day(self, hall: str, day: str) -> Day | None:
        if day == (today := self._desk.today(hall)).day:
            return today
        with contextlib.suppress(InvalidCommandError):  # it is over: nobody needs to be told of it
            return await self._desk.day(hall, day)
        return None

    def _add(self, due: Iterable[Notice]) -> None:
        for notice in due:
            if notice.ident not in self._told:
                self._open[notice.ident] = notice

    async def _say(self, notice: Notice) -> None:
        try:
            await self._tell(notice.person, notice.text, ident=notice.ident, expires_at=notice.expires_at)
        except Exception:
            log.exception("a notice cannot be handed over now; trying again")
            self._open.setdefault(notice.ident, notice)
        else:
            self._told[notice.ident] = notice.ident.split("/")[2]


def _takes_appointments(state: Day) -> bool:
    return any(service.appointment for service in state.hall.service)
