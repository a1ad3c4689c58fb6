"""The day as pages tell it: what happened to each ticket, what each counter did, and a pulse when something moved.

One task follows the desk for all pages.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from datetime import datetime

import msgspec

from hub.desk import Desk
from hub.domain import events as e
from hub.storage.event_log import Recorded

_RECENT = 30
_AGAIN_S = 1.0

log = logging.getLogger(__name__)


class Tally(msgspec.Struct):
    """A counter's figures of the day. `service_s`: over the `measured` tickets whose start somebody pressed."""

    served: int = 0
    no_shows: int = 0
    measured: int = 0
    service_s: float = 0.0
    since: datetime | None = None  # when it came into its present phase

    @property
    def average_s(self) -> float | None:
        return self.service_s / self.measured if self.measured else None


class Book:
    """One hall's day."""

    def __init__(self, day: str = "") -> None:
        self.day = day
        self.version = 0
        self.recent: deque[e.AnyEvent] = deque(maxlen=_RECENT)
        self._tickets: dict[str, list[e.AnyEvent]] = {}
        self._tallies: dict[str, Tally] = {}
        self._started: dict[str, datetime] = {}

    def ticket(self, number: str) -> list[e.AnyEvent]:
        """What happened to it, oldest first."""
        return self._tickets.get(number, [])

    def tally(self, counter: str) -> Tally:
        return self._tallies.setdefault(counter, Tally())

    def note(self, event: e.AnyEvent) -> None:
        if _worth_telling(event):
            self.recent.append(event)
        number = getattr(event, "number", "")
        if number:
            self._tickets.setdefault(number, []).append(event)
        self._count(event)

    def _count(self, event: e.AnyEvent) -> None:
        match event:
            case e.ServiceStarted():
                if not event.implied:
                    self._started[event.number] = event.at
            case e.ServiceEnded():
                tally = self.tally(event.counter)
                tally.served += 1
                started = self._started.pop(event.number, None)
                if started is not None:
                    tally.measured += 1
                    tally.service_s += (event.at - started).total_seconds()
            case e.TicketMissed():
                self.tally(event.counter).no_shows += 1
            case e.TicketCalled() | e.CounterOpened() | e.CounterClosed() | e.CounterPaused() | e.CounterResumed():
                pass
            case _:
                return
        self.tally(event.counter).since = event.at


class DayBook:
    """The books of all halls. `open()` once before reading; `moved()` waits for news."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._books = {hall: Book() for hall in desk.halls()}
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._read = asyncio.Event()
        self.count = 0  # rises with every batch of events

    async def open(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._follow(), name="day book")
        await self._read.wait()

    def book(self, hall: str) -> Book:
        """Today's; empty when nothing happened yet."""
        book, today = self._books[hall], self._desk.today(hall).day
        return book if book.day == today else Book(today)

    async def moved(self, seen: int, within_s: float) -> int:
        """The count, as soon as it is not `seen` any more, or when the time is over."""
        news = self._news
        if self.count == seen:
            try:
                async with asyncio.timeout(within_s):
                    await news.wait()
            except TimeoutError:
                pass
        return self.count

    async def _follow(self) -> None:
        position = -1
        while True:
            try:
                if position < 0:
                    position = self._desk.position
                    await self._catch_up()
                    self._read.set()
                for recorded in await self._desk.since(position):
                    self._note(recorded)
                    position = recorded.position
            except Exception:
                log.exception("the day book could not read the log; trying again")
                await asyncio.sleep(_AGAIN_S)
            else:
                self._tell()

    async def _catch_up(self) -> None:
        for hall in self._desk.halls():
            for recorded in await self._desk.history(hall, self._desk.today(hall).day):
                self._note(recorded)

    def _note(self, recorded: Recorded) -> None:
        book = self._books.get(recorded.hall)
        if book is None or recorded.day < book.day:
            return  # a late rating of yesterday is no news of today
        if recorded.day > book.day:
            book = self._books[recorded.hall] = Book(recorded.day)
        if recorded.version > book.version:
            book.version = recorded.version
            book.note(recorded.event)

    def _tell(self) -> None:
        self.count += 1
        news, self._news = self._news, asyncio.Event()
        news.set()


def newest_first(book: Book) -> Iterator[e.AnyEvent]:
    return reversed(book.recent)


def _worth_telling(event: e.AnyEvent) -> bool:
    """Not what only follows from another event."""
    match event:
        case e.TicketQueued():
            return not event.confirmed
        case e.ServiceStarted():
            return not event.implied
        case e.RatingAsked() | e.HandheldHeard() | e.PathChosen():
            return False
    return True
