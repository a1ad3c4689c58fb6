"""What is to be made when the log is far ahead of the files: day by day, those that are over by processes beside the
hub. A day has its own stream, so that days need not wait for each other."""

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime

from halls.format import Hall
from hub.history.days import DayHistory
from hub.history.files import Files, Reached
from hub.history.makers import Makers
from hub.history.whole import Made, Wanted, folded
from hub.storage.event_log import EventLog
from hub.turns import Turns

_WAIT_S = 0.2  # for a day that is being made: so long may a question wait to be told that figures are being made

log = logging.getLogger(__name__)


class Backlog:
    """Synchronous, of the reading's thread. `over`: days to be made that are over; `reached`: says what is made of
    them already. Without makers, or once they are gone, they are made here."""

    def __init__(
        self, halls: dict[str, Hall], events: EventLog, files: Files, over: Sequence[Wanted], reached: Reached,
        makers: Makers | None, now: datetime,
    ) -> None:  # fmt: skip
        self._halls, self._log, self._files, self._makers, self._now = halls, events, files, makers, now
        self.reached = reached
        self._events = dict(reached.made)  # HALL/DAY → how many
        self._left = deque(one for one in over if _name(one) not in self._events)
        self._turns = Turns()

    @property
    def done(self) -> int:
        """Events of the days that are made."""
        return sum(self._events.values())

    def step(self) -> bool:
        """Make some of it; False: all is made."""
        made = self._beside() if self._makers is not None else []
        if not made and self._left and not (self._makers is not None and self._makers.busy):
            made = [self._here(self._left[0])]
            self._left.popleft()
        for one in made:
            self._events[_name(one)] = one.events
            for unread in one.unread:
                log.warning("%s %s, event %d (%s): no figures of it", one.hall, one.day, unread.version, unread.kind)
        if made:
            at = self.reached
            self.reached = Reached(at.epoch, at.position, at.upto, dict(self._events))
            self._files.reach(self.reached)
        return bool(self._left) or (self._makers is not None and self._makers.busy)

    def _beside(self) -> Sequence[Made]:
        assert self._makers is not None
        while self._left and self._makers.free():
            self._makers.make(self._left.popleft())
        made, not_made = self._makers.made(_WAIT_S) if self._makers.busy else ((), ())
        self._left.extend(not_made)
        return made

    def _here(self, one: Wanted) -> Made:
        day = self.whole(one.hall, one.day)
        self._files.write(one.hall, one.day, day.rows(self._now, self._turns), day.aside)
        return Made(one.hall, one.day, day.version)

    def whole(self, hall: str, day: str) -> DayHistory:
        return folded(self._halls[hall], day, self._turns.each(self._log.stream(hall, day)))


def ahead(events: EventLog, halls: Iterable[str], position: int) -> list[Wanted]:
    """The days that have events after that position, the newest first."""
    found = []
    for hall in halls:
        day = events.last_day(hall)
        while day is not None:
            version, last = events.end(hall, day)
            if last > position:
                found.append(Wanted(hall, day, version))
            day = events.last_day(hall, day)
    return found


def _name(one: Wanted | Made) -> str:
    return f"{one.hall}/{one.day}"
