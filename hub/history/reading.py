"""The reader of the event log that makes the files of the past: days are folded in memory and written when they
changed. What was read and not written is read again after a restart, and leads to the same files."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from halls.format import Hall
from hub.history.days import DayHistory
from hub.history.files import Files, Reached
from hub.storage.event_log import EventLog, Recorded
from hub.turns import Turns

_EVENTS = 1000  # at a time
_SAVE = 100_000  # events after which what was read is written, so that little is read twice
_DAYS_HELD = 12  # today, and those that appointments are made for
_OPEN_AGAIN = timedelta(seconds=30)  # time passes at open counters though nothing happens

log = logging.getLogger(__name__)


class Reading:
    """Synchronous, of one thread; the log is this one's alone. Raises LogError: nothing is lost."""

    def __init__(self, halls: Iterable[Hall], events: EventLog, files: Files, now: Callable[[], datetime]) -> None:
        self._halls = {hall.hall.id: hall for hall in halls}
        self._log, self._files, self._now = events, files, now
        self._days: OrderedDict[tuple[str, str], DayHistory] = OrderedDict()  # the latest used last
        self._changed: set[tuple[str, str]] = set()
        self._written_at: dict[tuple[str, str], datetime] = {}
        self._turns = Turns()
        self._unsaved = 0
        self._reached: Reached | None = None

    def behind(self) -> tuple[int, int]:
        """(events read, events there are)."""
        return self._begun().position, self._log.last_position()

    def step(self) -> bool:
        """Read the next events. True: there may be more."""
        begun = self._begun()
        recorded = self._log.after(begun.position, _EVENTS)
        for one in self._turns.each(recorded):
            self._take(one)
        if recorded:
            self._reached = Reached(begun.epoch, recorded[-1].position)
            self._unsaved += len(recorded)
        if self._unsaved >= _SAVE:
            self.flush()
        return len(recorded) == _EVENTS

    def flush(self) -> set[tuple[str, str]]:
        """Write what changed. Which (hall, day) that were."""
        now, begun = self._now(), self._begun()
        for key, day in self._days.items():
            if day.runs and day.day == self._today(key[0]) and now - self._written_at.get(key, now) > _OPEN_AGAIN:
                self._changed.add(key)
        changed = set(self._changed)
        for key in changed:
            self._write(key)
        if self._unsaved:
            self._files.reach(begun)
            self._unsaved = 0
        for key in [key for key, day in self._days.items() if day.day < self._today(key[0])]:
            del self._days[key]
        return changed

    def _begun(self) -> Reached:
        """Where reading goes on. Another life of the log, restored from a backup, is read from its beginning."""
        if self._reached is None:
            epoch, self._reached = self._log.epoch(), self._files.reached()
            if self._reached.epoch != epoch or self._reached.position > self._log.last_position():
                self._files.forget()
                self._reached = Reached(epoch, 0)
        return self._reached

    def _take(self, one: Recorded) -> None:
        if one.hall not in self._halls:
            return
        key = (one.hall, one.day)
        day = self._days.pop(key, None)
        if day is None or day.version + 1 != one.version:
            day = DayHistory(self._halls[one.hall], one.day)
            for earlier in self._turns.each(self._log.stream(one.hall, one.day)) if one.version > 1 else ():
                if earlier.version < one.version:
                    _add(day, earlier)
        _add(day, one)
        self._days[key] = day
        self._changed.add(key)
        while len(self._days) > _DAYS_HELD:
            oldest = next(iter(self._days))
            if oldest in self._changed:
                self._write(oldest)
            del self._days[oldest]

    def _write(self, key: tuple[str, str]) -> None:
        now = self._now()
        self._files.write(*key, self._days[key].rows(now, self._turns))
        self._written_at[key] = now
        self._changed.discard(key)

    def _today(self, hall: str) -> str:
        return self._now().astimezone(ZoneInfo(self._halls[hall].hall.timezone)).strftime("%Y-%m-%d")


def _add(day: DayHistory, one: Recorded) -> None:
    try:
        day.add(one.event)
    except Exception as error:
        log.warning("%s %s, event %d: no figures of it: %r", one.hall, one.day, one.version, error)
        day.skip(one.version)
