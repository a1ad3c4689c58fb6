"""How appointments are used, for those who manage a hall; and how many more might be booked, which they may accept."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache

import msgspec

from halls.format import Appointments, Service
from hub.appointments.capacity import places
from hub.appointments.refusal import RefusedError
from hub.desk import Desk
from hub.domain.state import Day
from hub.domain.uptake import LONGEST_DAYS, Counts, Estimate, Suggestion, estimate, suggestion, together
from hub.storage.overbooking import Accepted, Overbookings
from hub.storage.uptake import UptakeCounts

SHOWN_DAYS = 28


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """Who accepted what is in force, or kept it when it was last looked at, and on which day; `before`: what was to be
    estimated by the weeks before; `since`: what became of those due from that day on. `review`: the day on which to
    look again; `is_due`: it has come."""

    who: str
    day: str
    before: Estimate | None
    since: Counts
    review: str
    is_due: bool


class OfService(msgspec.Struct, frozen=True, kw_only=True):
    """`places`: of a slot, by capacity alone; `accepted`: how many more may be booked now; `acceptance`: None where it
    is the hall file's, or nothing is accepted."""

    service: str
    counts: Counts
    estimate: Estimate | None
    suggestion: Suggestion
    accepted: int
    acceptance: Acceptance | None


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
    def __init__(self, desk: Desk, counts: UptakeCounts, accepted: Overbookings) -> None:
        self._desk, self._counts, self._accepted = desk, counts, accepted

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
        accepted = await asyncio.to_thread(self._acceptances, hall)
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
                    acceptance=accepted.get(item.letter),
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

    async def keep(self, hall: str, service: str, ident: str, who: str) -> None:
        """They looked at what is accepted and let it be: from now on it is looked at again as if accepted today."""
        more = self._service(hall, service).overbook
        one = Accepted(hall=hall, service=service, ident=ident, more=more, who=who, at=self._desk.now())
        await asyncio.to_thread(self._accepted.keep, one)

    def _service(self, hall: str, letter: str) -> Service:
        return next(one for one in self._desk.today(hall).hall.service if one.letter == letter)

    def _acceptances(self, hall: str) -> dict[str, Acceptance]:
        """By service. Reads the database. What was noted and is not in force any more, for the hall's file has become
        another, is none."""
        newest, state = self._accepted.newest(hall), self._desk.today(hall)
        by_file = {one.letter: one.overbook for one in state.base.service}
        change = timedelta(hours=state.hall.appointments.change_h)

        @cache  # several are often accepted on one day
        def ended(first: date, last: date) -> dict[str, Counts]:
            return self._counts.ended(hall, first.isoformat(), last.isoformat(), change)

        in_force = ((item.letter, item.overbook, newest.get(item.letter)) for item in state.hall.service)
        return {
            letter: self._acceptance(state, one, ended)
            for letter, more, one in in_force
            if one and more and more == (by_file[letter] if one.more is None else one.more)
        }

    def _acceptance(self, state: Day, one: Accepted, ended: Callable[[date, date], dict[str, Counts]]) -> Acceptance:
        rules, today = state.hall.appointments, date.fromisoformat(state.day)
        day = one.at.astimezone(self._desk.zone(one.hall)).date()
        review = day + timedelta(weeks=rules.overbook_review_weeks)
        before = ended(day - timedelta(weeks=rules.overbook_weeks), day - timedelta(1)).get(one.service, Counts())
        return Acceptance(
            who=one.who,
            day=day.isoformat(),
            before=estimate(before.seats, before.empty, before.late),
            since=ended(day, today).get(one.service, Counts()),
            review=review.isoformat(),
            is_due=today >= review,
        )


def _together(found: Mapping[tuple[str, str], Counts], place: int) -> dict[str, Counts]:
    """`place`: of the name in the key, 0 the day, 1 the service."""
    parts = defaultdict[str, list[Counts]](list)
    for key, counts in found.items():
        parts[key[place]].append(counts)
    return {name: together(all_of) for name, all_of in parts.items()}
