"""What was begun, and is brought to its end by whichever hub is there: moves to another day, days that were closed.

Both are a durable fact first (the new place, the closed day), and what follows from it has ids that are made of it: so
it happens once, however often and by whomever it is tried.
"""

import asyncio
import logging
from datetime import timedelta

from hub.desk import Desk
from hub.domain import appointment_commands as ac
from hub.domain.appointment_events import NOT_MOVED
from hub.domain.state import Appointment
from hub.storage.appointments import Appointments
from hub.storage.hall_days import HallDays
from hub.waiting import Outcome

_AGAIN_S = 30.0
_SETTLED = timedelta(minutes=1)  # by then its own hub has ended a move, or is gone

log = logging.getLogger(__name__)


class Unfinished:
    def __init__(self, desk: Desk, stored: Appointments, days: HallDays) -> None:
        self._desk, self._stored, self._days = desk, stored, days
        self._ended: set[tuple[str, str]] = set()  # moves that nothing is left to do of

    async def run(self) -> None:
        """At once, for a hub that was killed; and again and again, for those beside this one."""
        first = True
        while True:
            for hall in self._desk.halls():
                try:
                    await self.finish(hall, every=first)
                except Exception:
                    log.exception("%s: appointments that were being changed could not be ended; trying again", hall)
            first = False
            await asyncio.sleep(_AGAIN_S)

    async def finish(self, hall: str, *, every: bool = True) -> None:
        """`every` false: leaves those alone that somebody may be busy with."""
        now = self._desk.now()
        for day, one in await asyncio.to_thread(self._stored.moved_here, hall, self._desk.today(hall).day):
            if (hall, one.code) not in self._ended and (every or now - one.made_at > _SETTLED):
                await self.end_move(hall, day, one)
        await self.clear_closed_days(hall)

    async def end_move(self, hall: str, day: str, new: Appointment, by: str = "hub") -> bool:
        """Gives up what `new` was booked in place of. False: that was no longer open, so `new` is given back."""
        old_day, _, old_code = new.instead_of.partition("/")
        if old_day < self._desk.today(hall).day:
            await self._forgive(hall, old_day, old_code, f"moved to {day}")
            return True
        given_up = await self._cancel(f"hub/give-up/{hall}/{day}/{new.code}", hall, old_day, old_code, "moved", by)
        if given_up.refused:
            await self._cancel(f"hub/give-back/{hall}/{day}/{new.code}", hall, day, new.code, NOT_MOVED, by)
        self._ended.add((hall, new.code))
        return not given_up.refused

    async def opened_on(self, hall: str, day: str) -> int:
        """How many appointments are open on that day."""
        return len(await asyncio.to_thread(self._stored.opened_on, hall, [day]))

    async def clear_closed_days(self, hall: str) -> int:
        """The hall cancels what is open on its closing days; how many it were."""
        today = self._desk.today(hall).day
        days = await asyncio.to_thread(self._days.since, hall, today)
        closed = [day for day, one in days.items() if not one.open]
        opened = await asyncio.to_thread(self._stored.opened_on, hall, closed) if closed else []
        opened.sort(key=lambda found: found[1].phase == "booked")  # who waits gets no place that was just cancelled
        for day, one in opened:
            await self._cancel(f"hub/closed/{hall}/{day}/{one.code}", hall, day, one.code, "hall", days[day].changed_by)
        return len(opened)

    async def _forgive(self, hall: str, day: str, code: str, why: str) -> None:
        """No hub was there in time: the new place is kept, and a miss of the old one is none."""
        one = await asyncio.to_thread(self._stored.one, hall, day, code)
        if one is not None and one.phase == "missed":
            at = self._desk.now()
            await asyncio.to_thread(self._stored.forgive, hall, day, code, by="hub", why=why, at=at)

    async def _cancel(self, ident: str, hall: str, day: str, code: str, reason: str, by: str) -> Outcome:
        command = ac.CancelAppointment(
            id=ident, at=self._desk.now(), by=by, source="hub", day=day, code=code, reason=reason, staff=True
        )
        return await self._desk.handle(hall, command)
