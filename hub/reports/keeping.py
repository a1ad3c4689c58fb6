"""Reports that wait for the manager (定期报表): of the last week and the last month, made once at eight o'clock of the
first working day after it, by whichever process of the hub claims them, and kept."""

import asyncio
import logging
import secrets
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias, get_args

import msgspec
from anyio import to_thread

from hub.desk import Desk
from hub.domain.speech import Words
from hub.history.asking import By, NotReadyError
from hub.history.history import Asked
from hub.reports.making import report
from hub.reports.ranges import days_of, month_before
from hub.reports.ratings import WhatBecame, ratings_report
from hub.reports.report import Report, Wish
from hub.storage.event_log import LogError
from hub.storage.kept_reports import KeptReports

Kind: TypeAlias = Literal["week", "month", "ratings"]
KINDS: tuple[Kind, ...] = get_args(Kind)
NAMES: dict[Kind, Words] = {
    "week": Words("统计周报", "Statistics of the week"),
    "month": Words("统计月报", "Statistics of the month"),
    "ratings": Words("好差评月报", "Ratings of the month"),
}
MAKER = "hub"
"""Who made them, where reports say it."""
AT = time(8, 0)  # of the hall's day
KEPT = timedelta(days=3 * 366)
Working: TypeAlias = Callable[[str, str], Callable[[date], bool]]
"""(hall, since) → whether it works on a day from then on. Reads the database."""

_BY: tuple[By, ...] = ("service", "counter", "clerk", "day")
_LOOK_S = 60.0
_SEARCHED_DAYS = 40  # a hall that never works has its report after so many days
_decoder = msgspec.json.Decoder(Report)

log = logging.getLogger(__name__)


class Keeping:
    """`became`: what came of negative ratings, for their report."""

    def __init__(self, desk: Desk, past: Asked, became: WhatBecame, working: Working, stored: KeptReports) -> None:
        self._desk, self._past, self._became, self._working = desk, past, became, working
        self.stored = stored
        self._name = secrets.token_hex(8)  # of this process

    async def run(self) -> None:
        """For ever. First after a while: a hub that begins has people to serve."""
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await self.step()
                await to_thread.run_sync(self.stored.forget, self._desk.now() - KEPT)
            except Exception:
                log.exception("reports could not be made; trying again")

    async def step(self) -> None:
        """What is due and nobody has made is made now."""
        for hall in self._desk.halls():
            for kind, first, last in await to_thread.run_sync(self._wanted, hall):
                await self._make(hall, kind, first, last)

    async def read(self, hall: str, kind: str, first: str) -> Report:
        """Raises UnknownReportError; msgspec.DecodeError: another release of the hub made it."""
        body = await to_thread.run_sync(self.stored.body, hall, kind, first)
        return _decoder.decode(zlib.decompress(body))

    def _wanted(self, hall: str) -> list[tuple[Kind, str, str]]:
        now = self._desk.now()
        return [
            (kind, first, last)
            for kind, first, last in self._due(hall, now)
            if self.stored.waiting(hall, kind, first, now) and self.stored.worked(hall, first, last)
        ]

    def _due(self, hall: str, now: datetime) -> Iterator[tuple[Kind, str, str]]:
        local = now.astimezone(self._desk.zone(hall))
        for kind in KINDS:
            first, last = _period(kind, local.date())
            works = self._working(hall, last.isoformat())
            if local >= datetime.combine(_working_day_after(last, works), AT, local.tzinfo):
                yield kind, first.isoformat(), last.isoformat()

    async def _make(self, hall: str, kind: Kind, first: str, last: str) -> None:
        now = self._desk.now()
        if not await to_thread.run_sync(self.stored.claim, hall, kind, first, last, self._name, now):
            return
        try:
            made = await self._report(hall, kind, first, last, now)
        except BaseException as error:
            await asyncio.shield(to_thread.run_sync(self.stored.give_up, hall, kind, first, self._name))
            if not isinstance(error, NotReadyError | LogError):
                raise
            log.info("report %s of %s for %s waits: %s", kind, first, hall, error)
            return
        body = await to_thread.run_sync(_packed, made)
        await to_thread.run_sync(self.stored.keep, hall, kind, first, self._name, body, self._desk.now())

    async def _report(self, hall: str, kind: Kind, first: str, last: str, now: datetime) -> Report:
        here = self._desk.today(hall).hall
        at, wish = now.astimezone(self._desk.zone(hall)), Wish(hall=hall, first=first, last=last, by=_BY)
        if kind == "ratings":
            return await ratings_report(self._past, self._became, here, wish, at=at, by=MAKER)
        return await report(self._past, here, wish, at=at, by=MAKER)


def _packed(made: Report) -> bytes:
    return zlib.compress(msgspec.json.encode(made))


def _period(kind: Kind, today: date) -> tuple[date, date]:
    """The last whole one."""
    if kind == "week":
        return days_of("week", today - timedelta(days=7))
    return days_of("month", month_before(today))


def _working_day_after(last: date, works: Callable[[date], bool]) -> date:
    days = (last + timedelta(days=number) for number in range(1, _SEARCHED_DAYS))
    return next((day for day in days if works(day)), last + timedelta(days=_SEARCHED_DAYS))
