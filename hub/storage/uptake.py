"""What became of appointments and how many tickets were taken, counted by day and service from the log's views."""

from collections import defaultdict

from sqlalchemy import Engine, func, select

from hub.domain.uptake import MOVED, NO_PLACE, Counts
from hub.storage.schema import appointment, ticket

_WITH_A_PLACE = ("booked", "kept", "missed")
_STATES = {"kept": "kept", "missed": "missed", "booked": "open"}


class UptakeCounts:
    """Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, hall: str, first: str, last: str) -> dict[tuple[str, str], Counts]:
        """(day, service) → counts, of the days from `first` to `last`."""
        numbers: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        reasons: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        leads: dict[tuple[str, str], list[float]] = defaultdict(list)
        a, t = appointment.c, ticket.c
        became = (
            select(a.day, a.service, a.state, a.reason, func.count(), func.count(a.number))
            .where(a.hall == hall, a.day.between(first, last))
            .group_by(a.day, a.service, a.state, a.reason)
        )
        taken = (
            select(t.day, t.service, func.count())
            .where(t.hall == hall, t.day.between(first, last))
            .group_by(t.day, t.service)
        )
        ahead = select(a.day, a.service, a.made_at, a.slot_at).where(
            a.hall == hall, a.day.between(first, last), a.state.in_(_WITH_A_PLACE)
        )
        with self._engine.connect() as connection:
            for day, service, state, reason, count, came in connection.execute(became):
                at = numbers[day, service]
                at["by_appointment"] += came
                if state in _STATES:
                    at[_STATES[state]] += count
                elif state == "cancelled" and reason in MOVED:
                    at["moved"] += count
                elif state == "cancelled" and reason == NO_PLACE:
                    at["no_place"] += count
                elif state == "cancelled":
                    at["cancelled"] += count
                    reasons[day, service][reason] = count
            for day, service, count in connection.execute(taken):
                numbers[day, service]["tickets"] += count
            for day, service, made_at, slot_at in connection.execute(ahead):
                leads[day, service].append((slot_at - made_at).total_seconds() / 3600)
        return {
            key: Counts(**at, reasons=tuple(sorted(reasons[key].items())), lead_h=tuple(sorted(leads[key])))
            for key, at in sorted(numbers.items())
        }
