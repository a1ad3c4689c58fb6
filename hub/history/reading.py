"""The reader of the event log that makes the files of the past: days are folded in memory and written when they
changed. What was read and not written is read again after a restart, and leads to the same files. Where the log is far
ahead, days that are over are made first, each at once and several at a time (hub/history/backlog.py)."""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from halls.format import Hall
from hub.history.backlog import Backlog, ahead
from hub.history.days import DayHistory
from hub.history.files import Files, Reached
from hub.history.makers import Makers
from hub.history.whole import folded
from hub.storage.event_log import EventLog, Recorded
from hub.turns import Turns

_EVENTS = 1000  # at a time
_SAVE = 100_000  # events after which what was read is written, so that little is read twice
_DAYS_HELD = 12  # today, and those that appointments are made for
_OPEN_AGAIN = timedelta(seconds=30)  # time passes at open counters though nothing happens
FAR = 50_000  # events: more than a busy day


class Reading:
    """Synchronous, of one thread; the log is this one's alone. Raises LogError: nothing is lost.

    `makers`: make days that are over, when more than `far` events are to be read; without, that is done here.
    """

    def __init__(
        self, halls: Iterable[Hall], events: EventLog, files: Files, now: Callable[[], datetime],
        makers: Makers | None = None, far: int = FAR,
    ) -> None:  # fmt: skip
        self._halls = {hall.hall.id: hall for hall in halls}
        self._log, self._files, self._now = events, files, now
        self._days: OrderedDict[tuple[str, str], DayHistory] = OrderedDict()  # the latest used last
        self._changed: set[tuple[str, str]] = set()
        self._written_at: dict[tuple[str, str], datetime] = {}
        self._turns = Turns()
        self._unsaved = 0
        self._reached: Reached | None = None
        self._makers, self._far = makers, far
        self._backlog: Backlog | None = None
        self._lock: int | None = None  # that this process alone makes days ahead
        self._near = False  # it was looked whether the log is far ahead

    def close(self) -> None:
        if self._makers is not None:
            self._makers.close()
        self._unlock()

    @property
    def is_making(self) -> bool:
        """Days are made ahead, here or by another process: until all are, nothing can be answered."""
        return self._begun().upto > 0 or self._backlog is not None

    def behind(self) -> tuple[int, int]:
        """(events read, events there are)."""
        begun, last = self._begun(), self._log.last_position()
        return min(last, begun.position + sum(begun.made.values())), last

    def step(self) -> bool:
        """Read the next events. True: there may be more."""
        begun = self._begun()
        if self._backlog is None and not self._near and not self._far_ahead(begun):
            return False  # another process makes them; its files say how far it is
        if self._backlog is not None:
            return self._make(self._backlog)
        recorded = self._log.after(begun.position, _EVENTS)
        for one in self._turns.each(recorded):
            self._take(one)
        if recorded:
            self._reached = Reached(begun.epoch, recorded[-1].position)
            self._unsaved += len(recorded)
        if self._unsaved >= _SAVE:
            self.flush()
        return len(recorded) == _EVENTS

    def tidy(self) -> bool:
        """What makes questions about a long time cheap, a little at a time. True: there may be more."""
        if self.is_making:
            return False
        return any(self._files.merge(hall, self._today(hall)[:7]) for hall in self._halls)

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
            epoch, last = self._log.epoch(), self._log.last_position()
            reached = self._files.reached()
            if reached.epoch != epoch or reached.position > last:
                reached = Reached(epoch, 0)
                self._forget(reached)
            self._reached = reached
        return self._reached

    def _forget(self, begun: Reached) -> None:
        """Unless another process is at it, which has forgotten them before it began to make them."""
        if (lock := self._files.lock()) is not None:
            self._files.forget()
            self._files.reach(begun)
            os.close(lock)

    def _far_ahead(self, begun: Reached) -> bool:
        """What is to be made day by day, if that is much. False: it is not this process that does so."""
        last = self._log.last_position()
        if not begun.upto and last - begun.position <= self._far:
            self._near = True
            return True
        self._lock = self._files.lock()
        if self._lock is None:
            self._reached = None
            self._files.look_again()
            return False
        if (known := self._files.reached()).epoch == begun.epoch:  # what others made meanwhile
            begun = self._reached = known
        wanted = ahead(self._log, self._halls, begun.position)
        upto = begun.upto or last
        over = [one for one in wanted if one.day < self._today(one.hall)]
        self._backlog = Backlog(
            self._halls, self._log, self._files, over, Reached(begun.epoch, begun.position, upto, begun.made),
            self._makers, self._now(),
        )  # fmt: skip
        return True

    def _make(self, backlog: Backlog) -> bool:
        more = backlog.step()
        self._reached = backlog.reached
        if not more:
            self._go_on(backlog)
        return True

    def _go_on(self, backlog: Backlog) -> None:
        """From where days were made to; what is not over is taken up here."""
        begun = backlog.reached
        self._files.look_again()
        for hall, day in [(one.hall, one.day) for one in ahead(self._log, self._halls, begun.position)]:
            if f"{hall}/{day}" not in begun.made:
                recorded = [one for one in self._log.stream(hall, day) if one.position <= begun.upto]
                if recorded:
                    self._hold((hall, day), folded(self._halls[hall], day, self._turns.each(recorded)))
        self._reached = Reached(begun.epoch, begun.upto)
        self._unsaved = 1
        self.flush()
        self._backlog = None
        self._unlock()
        if self._makers is not None:
            self._makers.close()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take(self, one: Recorded) -> None:
        if one.hall not in self._halls:
            return
        key = (one.hall, one.day)
        day = self._days.pop(key, None)
        if day is None or day.version + 1 != one.version:
            day = DayHistory(self._halls[one.hall], one.day)
            for earlier in self._turns.each(self._log.stream(one.hall, one.day)) if one.version > 1 else ():
                if earlier.version < one.version:
                    day.take(earlier)
        day.take(one)
        self._hold(key, day)

    def _hold(self, key: tuple[str, str], day: DayHistory) -> None:
        self._days[key] = day
        self._changed.add(key)
        while len(self._days) > _DAYS_HELD:
            oldest = next(iter(self._days))
            if oldest in self._changed:
                self._write(oldest)
            del self._days[oldest]

    def _write(self, key: tuple[str, str]) -> None:
        now = self._now()
        day = self._days[key]
        self._files.write(*key, day.rows(now, self._turns), day.aside)
        self._written_at[key] = now
        self._changed.discard(key)

    def _today(self, hall: str) -> str:
        return self._now().astimezone(ZoneInfo(self._halls[hall].hall.timezone)).strftime("%Y-%m-%d")
