"""`Desk.handle(hall, command)`: the only door to the domain, for a keypad, a web page and a test alike.

Commands that wait are decided together and committed together, durably, in a writer thread, before anybody hears of
them. Nothing depends on a lock in memory: whoever appends first wins, the other decides again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from halls.format import Hall
from hub.domain import commands as c
from hub.domain.events import AnyEvent, Refused
from hub.domain.evolve import evolve, evolve_all
from hub.domain.queue import InvalidCommandError, day_of_ask, decide, validate
from hub.domain.state import Day, new_day
from hub.storage.event_log import Append, CommandKnownError, EventLog, LogError, Recorded, StreamMovedError

_P = ParamSpec("_P")
_T = TypeVar("_T")
_KEPT = 5000  # recorded events held for readers; those further behind read the log
_BATCH = 256

log = logging.getLogger(__name__)


class UnknownHallError(InvalidCommandError):
    def __init__(self, hall: str, known: Iterable[str]) -> None:
        super().__init__("unknown-hall", f"there is no hall {hall!r} here; there is {', '.join(known)}")


class UnavailableError(RuntimeError):
    """The log cannot take anything now (disk full, database locked). Nothing happened; try again."""


class Outcome(msgspec.Struct, frozen=True):
    """What a command led to, now or the first time it came. `refused`: the rules said no, for good."""

    events: tuple[AnyEvent, ...]
    position: int

    @property
    def refused(self) -> Refused | None:
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Refused) else None


class _Wish(msgspec.Struct, frozen=True):
    hall: str
    day: str
    command: c.Command
    answer: "asyncio.Future[Outcome]"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """Keeps the days of some halls. `open()` before anything else; `now` is the hub's clock."""

    def __init__(self, halls: Iterable[Hall], log: EventLog, now: Callable[[], datetime] = _utc_now) -> None:
        self._halls = {hall.hall.id: hall for hall in halls}
        self._zones = {name: ZoneInfo(hall.hall.timezone) for name, hall in self._halls.items()}
        self._log = log
        self.now = now
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="event log")
        self._wishes: asyncio.Queue[_Wish] = asyncio.Queue()
        self._days: dict[tuple[str, str], Day] = {}
        self._today: dict[str, str] = {}
        self._recent: deque[Recorded] = deque(maxlen=_KEPT)
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.position = 0
        self.epoch = 1

    async def open(self) -> None:
        self.epoch = await self._in_writer(self._log.epoch)
        self.position = await self._in_writer(self._log.last_position)
        for name in self._halls:
            last = await self._in_writer(self._log.last_day, name)
            self._today[name] = max(last or "", self._local_day(name))
            await self._load(name, self._today[name])
            if last is not None and last != self._today[name]:
                await self._load(name, last)
        self._task = asyncio.create_task(self._work(), name="desk")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._writer.shutdown(wait=True)

    # Asking for things.

    async def handle(self, hall: str, command: c.Command) -> Outcome:
        """Durable when it returns. The same command id again gets the same outcome, and changes nothing.

        Raises InvalidCommandError for what the hall does not have, UnavailableError when the log cannot be written.
        """
        day = self._day_of(hall, command)
        validate(self._days[hall, day], command)
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._wishes.put_nowait(_Wish(hall, day, command, answer))
        return await answer

    async def turn_day(self, hall: str) -> bool:
        """Close yesterday and begin today when local midnight has passed. True when a day began."""
        today, local = self.today(hall), self._local_day(hall)
        if local <= today.day:
            return False
        ident = f"hub/end-day/{hall}/{today.day}"
        await self.handle(hall, c.EndDay(id=ident, at=self.now(), by="hub", source="hub"))
        await self._load(hall, local)
        self._today[hall] = local
        for key in [key for key in self._days if key[0] == hall and key[1] < today.day]:
            del self._days[key]
        return True

    # Looking.

    def halls(self) -> list[str]:
        return list(self._halls)

    def zone(self, hall: str) -> ZoneInfo:
        return self._zones[hall]

    def today(self, hall: str) -> Day:
        """The day as it is on disk. Raises UnknownHallError."""
        if hall not in self._halls:
            raise UnknownHallError(hall, self._halls)
        return self._days[hall, self._today[hall]]

    async def since(self, position: int) -> list[Recorded]:
        """Events after `position`, waiting until there are some."""
        while self.position <= position:
            self._moved.clear()
            await self._moved.wait()
        if self._recent and self._recent[0].position <= position + 1:
            return [recorded for recorded in self._recent if recorded.position > position]
        return await self._in_writer(self._log.after, position)

    async def history(self, hall: str, day: str) -> list[Recorded]:
        return await self._in_writer(self._log.stream, hall, day)

    # The one task that decides.

    async def _work(self) -> None:
        while True:
            batch = [await self._wishes.get()]
            while len(batch) < _BATCH and not self._wishes.empty():
                batch.append(self._wishes.get_nowait())
            try:
                await self._settle(batch)
            except Exception as error:
                log.exception("a batch of %d commands could not be stored", len(batch))
                for wish in batch:
                    _fail(wish, UnavailableError(f"the event log cannot be written now: {error}"))

    async def _settle(self, batch: list[_Wish]) -> None:
        """Decide and commit the batch; what lost a race or was known already goes round again."""
        while batch:
            days, appends = self._decide(batch)
            try:
                recorded = await self._in_writer(self._log.append, appends) if appends else []
            except StreamMovedError:
                for hall, day in {(wish.hall, wish.day) for wish in batch}:
                    await self._load(hall, day)
                continue
            except CommandKnownError:
                batch = [wish for wish in batch if not await self._answered_before(wish)]
                continue
            except LogError as error:
                if len(batch) > 1:
                    for wish in batch:
                        await self._settle([wish])
                    return
                log.error("the database refused %s: %s", type(batch[0].command).__name__, error)
                _fail(batch[0], UnavailableError(f"the database refused it: {error}"))
                return
            self._days.update(days)
            self._publish(recorded)
            self._answer(batch, recorded)
            return

    def _decide(self, batch: list[_Wish]) -> tuple[dict[tuple[str, str], Day], list[Append]]:
        days: dict[tuple[str, str], Day] = {}
        appends: dict[str, Append] = {}
        for wish in batch:
            if wish.command.id in appends:
                continue  # twice in one batch: one event, one outcome, two answers
            before = days.get((wish.hall, wish.day)) or self._days[wish.hall, wish.day]
            events = decide(before, wish.command)
            if not events:
                continue
            after = before
            for event in events:
                after = evolve(after, event)
            numbers = dict.fromkeys(number for event in events if (number := getattr(event, "number", "")))
            tickets = tuple(after.tickets[number] for number in numbers if number in after.tickets)
            appends[wish.command.id] = Append(wish.hall, wish.day, before.version, wish.command.id, events, tickets)
            days[wish.hall, wish.day] = after
        return days, list(appends.values())

    def _answer(self, batch: list[_Wish], recorded: list[Recorded]) -> None:
        by_command: dict[str, list[Recorded]] = {}
        for one in recorded:
            by_command.setdefault(one.event.command, []).append(one)
        for wish in batch:
            mine = by_command.get(wish.command.id, [])
            _succeed(wish, Outcome(tuple(one.event for one in mine), mine[-1].position if mine else self.position))

    async def _answered_before(self, wish: _Wish) -> bool:
        known = await self._in_writer(self._log.of_command, wish.command.id)
        if known:
            _succeed(wish, Outcome(tuple(one.event for one in known), known[-1].position))
        return bool(known)

    def _publish(self, recorded: list[Recorded]) -> None:
        if recorded:
            self._recent.extend(recorded)
            self.position = recorded[-1].position
            self._moved.set()

    # Days.

    def _local_day(self, hall: str) -> str:
        return self.now().astimezone(self._zones[hall]).strftime("%Y-%m-%d")

    def _day_of(self, hall: str, command: c.Command) -> str:
        """Today, but for a rating that was asked for on an earlier day."""
        today = self.today(hall).day
        if isinstance(command, c.Rate):
            asked = day_of_ask(command.ask)
            if (hall, asked) in self._days:
                return asked
        return today

    async def _load(self, hall: str, day: str) -> None:
        """Catch up with what the log has of that day."""
        state = self._days.get((hall, day)) or new_day(self._halls[hall], day)
        recorded = await self._in_writer(self._log.stream, hall, day, state.version)
        self._days[hall, day] = evolve_all(state, (one.event for one in recorded))

    async def _in_writer(self, work: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, partial(work, *arguments, **named))


def _succeed(wish: _Wish, outcome: Outcome) -> None:
    if not wish.answer.done():
        wish.answer.set_result(outcome)


def _fail(wish: _Wish, error: Exception) -> None:
    if not wish.answer.done():
        wish.answer.set_exception(error)
