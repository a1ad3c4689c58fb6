"""Somebody wants to be forgotten: what they have open is given up first, then the vault forgets who they were."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from hub.appointments.bookings import Bookings, RefusedError, Stamp
from hub.desk import Desk
from hub.domain.state import Appointment

Forget = Callable[[str, str, datetime], bool]
"""(person, by, now) → whether the vault had them. Writes the database."""

_REASON = "other"  # of the cancellations: the citizen's own, and no business of the figures why


class Erasing:
    """`now` comes with the stamp. Killed in the middle, what was given up stays so, and asking again goes on."""

    def __init__(self, desk: Desk, bookings: Bookings, forget: Forget) -> None:
        self._desk, self._bookings, self._forget = desk, bookings, forget

    async def open_ones(self, person: str) -> list[tuple[str, str, Appointment]]:
        """(hall, day, it) in every hall: booked or waiting, and for them. What they were to do for somebody else is
        not theirs to lose."""
        return [
            (hall, day, one)
            for hall in self._desk.halls()
            for day, one in await self._bookings.of_person(hall, person)
            if one.is_open and one.whose == person
        ]

    async def erase(self, person: str, stamp: Stamp, by: str) -> bool:
        """`by`: for the audit. No time limit holds an erasure up. False: they were not in the vault."""
        for hall, day, one in await self.open_ones(person):
            wish = replace(stamp, id=f"{stamp.id}/{day}/{one.code}")
            with contextlib.suppress(RefusedError):  # it was given up, kept or missed meanwhile
                await self._bookings.cancel(hall, wish, day=day, code=one.code, reason=_REASON, staff=True)
        return await asyncio.to_thread(self._forget, person, by, stamp.at)
