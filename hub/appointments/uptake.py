"""How appointments are used, for those who manage a hall; and how many more might be booked, which they may accept."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from halls.format import Appointments
from hub.appointments.capacity import places
from hub.appointments.refusal import RefusedError
from hub.desk import Desk
from hub.domain.uptake import LONGEST_DAYS, Counts, Estimate, Suggestion, estimate, suggestion, together
from hub.storage.uptake import UptakeCounts

SHOWN_DAYS = 28


class OfService(msgspec.Struct, frozen=True, kw_only=True):
    """`places`: of a slot, by capacity alone; `accepted`: how many more may be booked now."""

    service: str
    counts: Counts
    estimate: Estimate | None
    suggestion: Suggestion
    accepted: int


class Uptake(msgspec.Struct, frozen=True, kw_only=True):
    """`rules`: the hall's, by which it was worked out; `services`: those that take appointments, or took some in the
    range; `days`: ascending, those with any figure."""

    first: str
    last: str
    rules: Appointments
    total: Counts
    services: tuple[OfService, ...]
    days: tuple[tuple[str, Counts], ...]


class Uptakes:
    def __init__(self, desk: Desk, counts: UptakeCounts) -> None:
        self._desk, self._counts = desk, counts

    async def of(self, hall: str, first: date | None = None, last: date | None = None) -> Uptake:
        """Raises RefusedError for a range that ends before it begins or is too long, UnknownHallError. Without a range:
        the last four weeks."""
        state = self._desk.today(hall)
        today = date.fromisoformat(state.day)
        last = last or today
        first = first or last - timedelta(SHOWN_DAYS - 1)
        if not 0 <= (last - first).days < LONGEST_DAYS:
            raise RefusedError("bad-range", f"{first}/{last}")
        rules = state.hall.appointments
        change = timedelta(hours=rules.change_h)
        seen_from, seen_to = today - timedelta(weeks=rules.overbook_weeks), today - timedelta(1)
        found = await asyncio.to_thread(self._counts.of, hall, first.isoformat(), last.isoformat(), change)
        past = await asyncio.to_thread(self._counts.ended, hall, seen_from.isoformat(), seen_to.isoformat(), change)
        by_day, by_service = _together(found, 0), _together(found, 1)
        services = []
        for item in state.hall.service:
            counts = by_service.get(item.letter, Counts())
            if not item.appointment and not counts.due and not counts.open:
                continue
            seen = past.get(item.letter, Counts())
            guess = estimate(seen.seats, seen.empty, seen.late)
            room = places(state.hall, msgspec.structs.replace(item, overbook=0))
            services.append(
                OfService(
                    service=item.letter,
                    counts=counts,
                    estimate=guess,
                    suggestion=suggestion(room, guess, rules),
                    accepted=item.overbook,
                )
            )
        return Uptake(
            first=first.isoformat(),
            last=last.isoformat(),
            rules=rules,
            total=together(by_service.values()),
            services=tuple(services),
            days=tuple(sorted(by_day.items())),
        )


def _together(found: Mapping[tuple[str, str], Counts], place: int) -> dict[str, Counts]:
    """`place`: of the name in the key, 0 the day, 1 the service."""
    parts = defaultdict[str, list[Counts]](list)
    for key, counts in found.items():
        parts[key[place]].append(counts)
    return {name: together(all_of) for name, all_of in parts.items()}
