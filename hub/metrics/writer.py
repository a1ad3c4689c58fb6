"""The reader of the event log that writes to InfluxDB: from its checkpoint on, however long InfluxDB was away."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from msgspec.structs import replace

from halls.format import Hall
from hub.domain.state import new_day
from hub.metrics import health
from hub.metrics.business import Folded, fold
from hub.metrics.influx import AwayError, Influx
from hub.metrics.points import Point
from hub.storage.event_log import EventLog, Recorded
from hub.storage.metrics import MetricsBook

_EVENTS, _REPORTS = 1000, 1000  # at a time
_DAYS_KEPT = 40
_LOOK_S, _AWAY_S, _BETWEEN_S = 1.0, 5.0, 0.02  # the last: while catching up, so that a press need not wait long

log = logging.getLogger(__name__)


class Metrics:
    """`log` is this one's alone, and is asked from one thread. `trouble`: why nothing can be written now, or empty."""

    def __init__(self, halls: Iterable[Hall], events: EventLog, book: MetricsBook, influx: Influx) -> None:
        self._halls = {hall.hall.id: hall for hall in halls}
        self._log, self._book, self._influx = events, book, influx
        self._days: dict[tuple[str, str], Folded] = {}
        self.trouble = ""

    def step(self) -> bool:
        """Write the next events and reports. True: there is more. Raises AwayError: nothing is lost."""
        position = self._book.standing().position
        recorded = self._log.after(position, _EVENTS)
        try:
            points = [point for one in recorded for point in self._points(one)]
            refused = self._influx.write(points)
        except BaseException:
            self._days.clear()  # they are ahead of the checkpoint now
            raise
        if recorded:
            self._book.reached(recorded[-1].position, refused)
        last, samples = self._book.reports(_REPORTS)
        if samples:
            made = [point for sample in samples if (point := health.point(self._halls, sample)) is not None]
            self._book.written(last, self._influx.write(made))
        return len(recorded) == _EVENTS or len(samples) == _REPORTS

    async def run(self, told: Callable[[str], None] = lambda trouble: None) -> None:
        """For ever. `told(trouble)` when InfluxDB goes away, and with an empty text when it is back."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        try:
            while True:
                more = await self._tried(thread, told)
                await asyncio.sleep(_AWAY_S if self.trouble else _BETWEEN_S if more else _LOOK_S)
        finally:
            thread.shutdown(wait=False)  # an InfluxDB that does not answer must not keep the hub from its end

    async def _tried(self, thread: ThreadPoolExecutor, told: Callable[[str], None]) -> bool:
        more, trouble = False, ""
        try:
            more = await asyncio.get_running_loop().run_in_executor(thread, self.step)
        except AwayError as error:
            trouble = str(error)
        except Exception as error:
            log.exception("metrics could not be written; trying again")
            trouble = str(error) or type(error).__name__
        if bool(trouble) != bool(self.trouble):
            log.warning("metrics: %s", trouble or "InfluxDB is there again, catching up")
            told(trouble)
        self.trouble = trouble
        return more

    def _points(self, one: Recorded) -> list[Point]:
        """None of a hall that this hub does not have."""
        if one.hall not in self._halls:
            return []
        after, points = _passing_over(self._before(one), one)
        while len(self._days) >= _DAYS_KEPT:
            del self._days[next(iter(self._days))]
        self._days[one.hall, one.day] = after  # the latest used is the last to go
        return points

    def _before(self, one: Recorded) -> Folded:
        """The day before that event, from memory or from the log."""
        known = self._days.pop((one.hall, one.day), None)
        if known is None or known.day.version + 1 != one.version:
            known = Folded(new_day(self._halls[one.hall], one.day))
            for earlier in self._log.stream(one.hall, one.day) if one.version > 1 else ():
                if earlier.version < one.version:
                    known, _ = _passing_over(known, earlier)
        return known


def _passing_over(before: Folded, one: Recorded) -> tuple[Folded, list[Point]]:
    """An event that does not fit the hall's file any more is named, and has no points."""
    try:
        return fold(before, one)
    except Exception as error:
        log.warning("%s %s, event %d: no metrics of it: %r", one.hall, one.day, one.version, error)
        return replace(before, day=replace(before.day, version=one.version)), []
