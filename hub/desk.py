"""`Desk.handle(hall, command)`: the only door to the domain, for a keypad, a web page and a test alike.

Commands that wait are decided together and committed together, durably, in a writer thread, before anybody hears of
them. Any number of hub processes may share a log: whoever appends first wins, the other takes in what came and decides
again; and each follows what the others append.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Container, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from halls.format import Hall
from hub.deciding import decide_all
from hub.domain import commands as c
from hub.domain import dates, settings
from hub.domain.appointment_commands import OfDay
from hub.domain.evolve import evolve, evolve_all
from hub.domain.queue import InvalidCommandError, validate
from hub.domain.state import Day, new_day
from hub.recent import Recent
from hub.storage.event_log import (
    CommandKnownError,
    EventLog,
    LogUnavailableError,
    Recorded,
    StreamMovedError,
)
from hub.storage.pace import Pace
from hub.waiting import Outcome, UnavailableError, Waiting, Wish

_P = ParamSpec("_P")
_T = TypeVar("_T")
_CLOSE_S = 20.0  # a little more than the log waits for a lock
_AGAIN_S = 1.0  # after a fault of the log
_ALL = 1 << 30

log = logging.getLogger(__name__)


class UnknownHallError(InvalidCommandError):
    def __init__(self, hall: str, known: Iterable[str]) -> None:
        super().__init__("unknown-hall", f"there is no hall {hall!r} here; there is {', '.join(known)}")


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
        self._waiting = Waiting()
        self._days: dict[tuple[str, str], Day] = {}
        self._today: dict[str, str] = {}
        self._recent = Recent()
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()  # whose it is may change days and position, which belong together
        self._tasks: list[asyncio.Task[None]] = []
        self.epoch = 1
        self.pace = Pace()

    async def open(self) -> None:
        self.epoch = await self._in_writer(self._log.epoch)
        self._recent.position = await self._in_writer(self._log.last_position)
        for name in self._halls:
            lived = await self._in_writer(self._log.latest_at, name)
            today = self._today[name] = max(self._local_day(name, lived) if lived else "", self._local_day(name))
            await self._load(name, today)
            await self._load_earlier(name, today)
        self._tasks = [
            asyncio.create_task(self._work(), name="desk"),
            asyncio.create_task(self._follow(), name="other hub processes"),
        ]
        self._log.listen(partial(_from_a_thread, asyncio.get_running_loop(), self._news.set))
        for name in self._halls:
            await self._carry_settings_through(name, self._today[name])

    async def close(self) -> None:
        """What was asked for before is still done and answered."""
        self._waiting.close()
        if self._tasks:
            await asyncio.wait(self._tasks[:1], timeout=_CLOSE_S)
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)
        self._writer.shutdown(wait=True)

    def tasks(self) -> list["asyncio.Task[None]"]:
        """What must not end before `close()`."""
        return self._tasks

    # Asking for things.

    async def handle(self, hall: str, command: c.Command) -> Outcome:
        """Durable when it returns. The same command id again gets the same outcome, and changes nothing.

        Raises InvalidCommandError for what the hall does not have, UnavailableError when the log cannot be written.
        """
        if self.today(hall).day < self._local_day(hall):  # what comes right after midnight is not of a day that ends
            try:
                await self.turn_day(hall)
            except LogUnavailableError as error:
                raise UnavailableError(f"the event log cannot be read now: {error}") from error
        validate(self.today(hall), command)
        return await self._waiting.ask(hall, await self._day_of(hall, command), command)

    async def turn_day(self, hall: str) -> bool:
        """Begin a day when local midnight has passed, and close those before it. True when one began.

        The new day comes first: whoever asks for something while the old one is being closed asks the new one.
        """
        today, local = self.today(hall).day, self._local_day(hall)
        if local > today:
            async with self._turn:
                await self._load(hall, local)
                await self._load_earlier(hall, local, since=today)
            await self._carry_settings_through(hall, local)
            self._today[hall] = local
        for day in self._earlier_days(hall):
            if not self._days[hall, day].ended:
                ident = f"hub/end-day/{hall}/{day}"
                await self._waiting.ask(hall, day, c.EndDay(id=ident, at=self.now(), by="hub", source="hub"))
        if local > today:
            for day in self._earlier_days(hall)[:-1]:
                del self._days[hall, day]
        return local > today

    async def _carry_settings_through(self, hall: str, day: str) -> None:
        """Also by way of the days that nobody began, which have appointments and nothing else."""
        for other in sorted(d for name, d in self._days if name == hall and d <= day):
            if not self._days[hall, other].ended:
                await self._carry_settings(hall, other)

    async def _carry_settings(self, hall: str, day: str) -> None:
        """What was changed on the day before holds on, as far as the hall's file still allows; once for each day."""
        earlier = [other for name, other in sorted(self._days) if name == hall and other < day]
        before = self._days[hall, earlier[-1]].settings if earlier else {}
        carried = settings.carried(self._halls[hall], before) if before else {}
        if left := before.keys() - carried.keys():
            log.warning("%s: these settings fit the hall's file no more, and are left out: %s", hall, sorted(left))
        if carried:
            ident = f"hub/carry-settings/{hall}/{day}"
            await self._waiting.ask(
                hall, day, c.ChangeSettings(id=ident, at=self.now(), by="hub", source="hub", changes=carried)
            )

    # Looking.

    @property
    def position(self) -> int:
        """Of the last event in the log that is known here."""
        return self._recent.position

    def halls(self) -> list[str]:
        return list(self._halls)

    def zone(self, hall: str) -> ZoneInfo:
        return self._zones[hall]

    def today(self, hall: str) -> Day:
        """The day as it is on disk. Raises UnknownHallError."""
        if hall not in self._halls:
            raise UnknownHallError(hall, self._halls)
        return self._days[hall, self._today[hall]]

    async def day(self, hall: str, day: str) -> Day:
        """Today, or one to come with the appointments for it. Raises InvalidCommandError."""
        self.today(hall)
        async with self._turn:
            await self._load(hall, dates.day_to_come(self._today[hall], day))
        return self._days[hall, day]

    async def earlier(self, hall: str, day: str) -> Day | None:
        """A day that is over, as long as something may still come for it; None for any other, or one without events.

        Read once, in the writer's thread, and then kept until the next day begins.
        """
        today = self.today(hall).day
        if not dates.oldest(today) <= day < today:
            return None
        if (hall, day) not in self._days:
            if not await self._in_writer(self._log.has_day, hall, day):
                return None
            async with self._turn:
                await self._load(hall, day)
        return self._days[hall, day]

    async def since(self, position: int) -> list[Recorded]:
        """Events after `position`, waiting until there are some."""
        recent = await self._recent.after(position)
        if recent is not None:
            return recent
        logged = await self._in_writer(self._log.after, position)
        return [recorded for recorded in logged if recorded.position <= self.position]  # the days are no further

    async def reach(self, position: int) -> None:
        """Take in what other processes appended up to `position`, where the log is that far."""
        if position > self.position:
            await self._catch_up()

    def is_others(self, position: int) -> bool:
        """Whether another process appended that, a while ago at the most."""
        return self._recent.is_others(position)

    async def known(self, command: str) -> list[Recorded]:
        """What the command with that id led to before, or nothing."""
        return await self._in_writer(self._log.of_command, command)

    async def history(self, hall: str, day: str) -> list[Recorded]:
        return await self._in_writer(self._log.stream, hall, day)

    # The one task that decides.

    async def _work(self) -> None:
        while batch := await self._waiting.batch():
            try:
                async with self._turn:
                    await self._settle(batch)
            except Exception as error:
                log.exception("a batch of %d commands could not be stored", len(batch))
                for wish in batch:
                    wish.fail(UnavailableError(f"the event log cannot be written now: {error}"))

    async def _settle(self, batch: list[Wish]) -> None:
        """Decide and commit the batch; what lost a race or was known already goes round again.

        Who lost once claims the log before he decides anew, so that nobody loses for ever.
        """
        claimed = False
        while batch:
            if not claimed:  # else nothing may take time now
                await self._load_all({(wish.hall, wish.day) for wish in batch} - self._days.keys())
            decided = decide_all(batch, self._days)
            for index, error in decided.faulty:
                batch[index].refuse_faulty(error)
            appends = decided.appends
            began = perf_counter()
            try:
                recorded = await self._in_writer(self._log.append, appends) if appends or claimed else []
            except StreamMovedError:
                self._take_in(await self._in_writer(self._log.claim, self.position))
                claimed = True
                continue
            except CommandKnownError:
                claimed = False
                batch = [wish for wish in batch if not await self._answered_before(wish)]
                continue
            except LogUnavailableError:
                raise
            except Exception as error:
                await self._single_out(batch, error)
                return
            if appends:
                self.pace.appended(len(appends), perf_counter() - began)
            await self._keep(decided.days, recorded)
            self._answer(batch, recorded)
            return

    async def _single_out(self, batch: list[Wish], error: Exception) -> None:
        """One of them cannot be stored, ever: it must not take the others with it."""
        if len(batch) > 1:
            for wish in batch:
                await self._settle([wish])
        else:
            batch[0].refuse_faulty(error)

    def _answer(self, batch: list[Wish], recorded: list[Recorded]) -> None:
        by_command: dict[str, list[Recorded]] = {}
        for one in recorded:
            by_command.setdefault(one.event.command, []).append(one)
        for wish in batch:
            mine = by_command.get(wish.command.id, [])
            wish.succeed(Outcome(tuple(one.event for one in mine), mine[-1].position if mine else self.position))

    async def _answered_before(self, wish: Wish) -> bool:
        known = await self._in_writer(self._log.of_command, wish.command.id)
        if known:
            wish.succeed(Outcome(tuple(one.event for one in known), known[-1].position))
        return bool(known)

    async def _keep(self, days: dict[tuple[str, str], Day], recorded: list[Recorded]) -> None:
        """Days and position rise together: they are what the log was after one of its events, and no mixture."""
        if recorded and recorded[0].position != self.position + 1:  # somebody appended to another stream in between
            ours = {one.position for one in recorded}
            self._take_in(await self._in_writer(self._log.after, self.position, _ALL), ours)
        else:
            self._days.update(days)
            self._recent.publish(recorded)

    def _take_in(self, recorded: list[Recorded], ours: Container[int] = ()) -> None:
        """What the log has after `position`, most of it appended by others."""
        for one in recorded:
            day = self._days.get((one.hall, one.day))
            if day is not None and one.version == day.version + 1:
                self._days[one.hall, one.day] = evolve(day, one.event)
        self._recent.publish(recorded, (one.position for one in recorded if one.position not in ours))

    # Other processes.

    async def _follow(self) -> None:
        """Take in what others append: at once when the log tells of it, and after a while in any case."""
        while True:
            try:
                async with asyncio.timeout(self._log.poll_s):
                    await self._news.wait()
            except TimeoutError:
                pass
            self._news.clear()
            try:
                await self._catch_up()
            except Exception as error:
                log.warning("what other hub processes appended cannot be read now: %s", error)
                await asyncio.sleep(_AGAIN_S)

    async def _catch_up(self) -> None:
        async with self._turn:
            self._take_in(await self._in_writer(self._log.after, self.position, _ALL))

    # Days.

    def _local_day(self, hall: str, at: datetime | None = None) -> str:
        return dates.local_day(at or self.now(), self._zones[hall])

    def _earlier_days(self, hall: str) -> list[str]:
        """Those before today that are in memory, oldest first."""
        return sorted(day for name, day in self._days if name == hall and day < self._today[hall])

    async def _day_of(self, hall: str, command: c.Command) -> str:
        """Today, but for what belongs to an earlier day that the log knows: a rating asked for, a ticket given then; or
        to a day to come: an appointment."""
        today = self._today[hall]
        if isinstance(command, OfDay):
            return dates.day_to_come(today, command.day)
        named = dates.named_day(command, today, self._zones[hall])
        if named == today or (hall, named) in self._days or await self._in_writer(self._log.has_day, hall, named):
            return named
        return today

    async def _load_earlier(self, hall: str, before: str, since: str = "") -> None:
        """The day before that one, and with it whatever was never ended: a day with appointments is in the log before
        it begins, and perhaps no hub was there when it did. Those up to `since` are known."""
        day = await self._in_writer(self._log.last_day, hall, before)
        while day is not None and day > since:
            await self._load(hall, day)
            if self._days[hall, day].ended:
                return
            day = await self._in_writer(self._log.last_day, hall, day)

    async def _load_all(self, days: set[tuple[str, str]]) -> None:
        for hall, day in days:
            await self._load(hall, day)

    async def _load(self, hall: str, day: str) -> None:
        """Catch up with what the log has of that day."""
        state = self._days.get((hall, day)) or new_day(self._halls[hall], day)
        self._days[hall, day] = await self._in_writer(self._with_logged, state)

    def _with_logged(self, state: Day) -> Day:
        """In the writer's thread as a whole: a full day takes a while to read."""
        recorded = self._log.stream(state.hall.hall.id, state.day, state.version)
        return evolve_all(state, (one.event for one in recorded))

    async def _in_writer(self, work: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, partial(work, *arguments, **named))


def _from_a_thread(loop: asyncio.AbstractEventLoop, tell: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to be told
        loop.call_soon_threadsafe(tell)
