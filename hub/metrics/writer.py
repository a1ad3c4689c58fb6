"""The reader of the event log that writes to InfluxDB: from its checkpoint on, however long InfluxDB was away."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from halls.format import Hall
from hub.domain.state import new_day
from hub.metrics import reports
from hub.metrics.business import Folded, fold
from hub.metrics.influx import AwayError, Influx
from hub.metrics.points import Point
from hub.storage.event_log import EventLog, Recorded
from hub.storage.metrics import MetricsBook
from hub.storage.metrics_reports import Waiting
from hub.turns import Turns

_EVENTS, _REPORTS = 1000, 1000  # at a time
_DAYS_KEPT = 40
HELD = timedelta(seconds=30)  # for which a process may write, from each look on
_LOOK_S, _AWAY_S = 1.0, 5.0
_BETWEEN_S = 0.02  # while catching up, so that a press need not wait long
_LAST_S = 2.0  # for what is known at the end

log = logging.getLogger(__name__)


class Metrics:
    """`log` is this one's alone, and is asked from one thread. `who`: this process; of several one writes at a time.

    `trouble`: why nothing can be written now, or empty; `writes`: it is this one that does, or would.
    """

    def __init__(
        self,
        halls: Iterable[Hall],
        events: EventLog,
        book: MetricsBook,
        influx: Influx,
        *,
        who: str = "hub",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        count: Callable[[str, str, int], None] = lambda door, code, times: None,
    ) -> None:
        """`count` is told of what was passed over, as of all that is turned away."""
        self._halls = {hall.hall.id: hall for hall in halls}
        self._log, self._book, self._influx = events, book, influx
        self._who, self._now, self._count = who, now, count
        self._days: dict[tuple[str, str], Folded] = {}
        self._asked_at: datetime | None = None  # for leave to write
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._turns = Turns()
        self.trouble, self.writes = "", False
        self._told_others: str | None = None

    def step(self) -> bool:
        """Write the next events and reports, if it is this one that may. True: there is more.

        Raises AwayError: nothing is lost.
        """
        if not self._holds():
            self._days.clear()  # another process moves the checkpoint on
            self._told_others = None
            return False
        events = self._write_events()
        return self._write_reports() or events

    def _write_events(self) -> bool:
        recorded = self._log.after(self._book.standing().position, _EVENTS)
        told, passed = list[Point](), 0
        try:
            for one in recorded:
                points, fits = self._points(one)
                told += points
                passed += not fits
                self._turns.give()
            refused = self._influx.write(told)
        except BaseException:
            self._days.clear()  # they are ahead of the checkpoint now
            raise
        if recorded:
            self._book.reached(recorded[-1].position, refused, passed)
            self._turned_away(refused, passed)
        return len(recorded) == _EVENTS

    def _write_reports(self) -> bool:
        waiting = self._book.reports(_REPORTS)
        if waiting:
            made, refused = self._made(waiting)
            refused += self._influx.write(made)
            self._book.written([one.ident for one in waiting], refused)
            self._turned_away(refused)
        return len(waiting) == _REPORTS

    def _made(self, waiting: Iterable[Waiting]) -> tuple[list[Point], int]:
        """Points, and how many reports cannot be read."""
        made, unread = list[Point](), 0
        for one in waiting:
            try:
                point = reports.point(self._halls, one.report())
            except Exception as error:
                log.warning("a report cannot be read and is passed over: %s %r: %r", one.kind, one.body, error)
                unread += 1
            else:
                made += [point] if point is not None else []
            self._turns.give()
        return made, unread

    def _turned_away(self, points: int, events: int = 0) -> None:
        for code, times in (("point-refused", points), ("event-passed-over", events)):
            if times:
                self._count("influxdb", code, times)

    def look(self) -> tuple[bool, str]:
        """A step: whether there is more, and why nothing can be written now, as the one that writes finds it."""
        more, trouble = False, ""
        try:
            more = self.step()
        except AwayError as error:
            trouble = str(error)
        if not self.writes:
            return False, self._book.trouble()
        if trouble != self._told_others:
            self._book.complain(trouble)
            self._told_others = trouble
        return more, trouble

    async def run(self, told: Callable[[str], None] = lambda trouble: None) -> None:
        """For ever. `told(trouble)` when InfluxDB goes away, and with an empty text when it is back."""
        while True:
            more = await self._tried(told)
            await asyncio.sleep(_AWAY_S if self.trouble else _BETWEEN_S if more else _LOOK_S)

    async def close(self) -> None:
        """After `run`. What is known by now is still written; an InfluxDB that does not answer must not keep the hub
        from its end. Then another process may write at once."""
        if self.writes and not self.trouble:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(self._thread, self.step), _LAST_S)
        self._thread.shutdown(wait=False)
        if self.writes:
            with contextlib.suppress(Exception):
                await asyncio.to_thread(self._book.let_go, self._who)

    def _holds(self) -> bool:
        """Whether it is this one that may write; for half of its time without asking."""
        at, asked_at = self._now(), self._asked_at
        if not self.writes or asked_at is None or not asked_at <= at < asked_at + HELD / 2:
            self.writes = self._book.hold(self._who, at, at + HELD)
            self._asked_at = at
        return self.writes

    async def _tried(self, told: Callable[[str], None]) -> bool:
        more = False
        try:
            more, trouble = await asyncio.get_running_loop().run_in_executor(self._thread, self.look)
        except Exception as error:
            log.exception("metrics could not be written; trying again")
            trouble = str(error) or type(error).__name__
        if bool(trouble) != bool(self.trouble):
            log.warning("metrics: %s", trouble or "InfluxDB is there again, catching up")
            told(trouble)
        self.trouble = trouble
        return more

    def _points(self, one: Recorded) -> tuple[list[Point], bool]:
        """None of a hall that this hub does not have; and whether the event fits the hall's file."""
        if one.hall not in self._halls:
            return [], True
        after, points, fits = _passing_over(self._before(one), one)
        while len(self._days) >= _DAYS_KEPT:
            del self._days[next(iter(self._days))]
        self._days[one.hall, one.day] = after  # the latest used is the last to go
        return points, fits

    def _before(self, one: Recorded) -> Folded:
        """The day before that event, from memory or from the log."""
        known = self._days.pop((one.hall, one.day), None)
        if known is None or known.day.version + 1 != one.version:
            known = Folded(new_day(self._halls[one.hall], one.day))
            for earlier in self._log.stream(one.hall, one.day) if one.version > 1 else ():
                if earlier.version < one.version:
                    known, _, _ = _passing_over(known, earlier)
                    self._turns.give()
        return known


def _passing_over(before: Folded, one: Recorded) -> tuple[Folded, list[Point], bool]:
    """An event that does not fit the hall's file any more is named, and has no points: then the last is False."""
    try:
        return *fold(before, one), True
    except Exception as error:
        log.warning("%s %s, event %d: no metrics of it: %r", one.hall, one.day, one.version, error)
        return replace(before, day=replace(before.day, version=one.version)), [], False
