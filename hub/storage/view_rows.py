"""What is written beside the events of a command, in the same transaction: the rows of the views, in any database."""

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec.structs import astuple

from hub.domain.state import Appointment, Ticket
from hub.storage.event_log import Append
from hub.storage.overbooking import accepted_in

_NEW_TICKET = """
INSERT INTO ticket
  (hall, day, number, service, state, taken_at, counter, clerk, calls, called_at, serving_at, ended_at, rating)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_TICKET = f"""{_NEW_TICKET}
ON CONFLICT (hall, day, number) DO UPDATE SET
  service = excluded.service, state = excluded.state, counter = excluded.counter, clerk = excluded.clerk,
  calls = excluded.calls, called_at = excluded.called_at, serving_at = excluded.serving_at,
  ended_at = excluded.ended_at, rating = excluded.rating
"""
_APPOINTMENT = """
INSERT INTO appointment
  (hall, day, code, service, slot_at, minutes, state, person, principal, via, made_at, changed_at, number, reason,
   instead_of, client)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (hall, day, code) DO UPDATE SET
  state = excluded.state, slot_at = excluded.slot_at, minutes = excluded.minutes,
  changed_at = excluded.changed_at, number = excluded.number, reason = excluded.reason
"""
_OVERBOOKING = """
INSERT INTO overbooking (hall, service, ident, more, who, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_AUDIT = "INSERT INTO audit (hall, position, device, who, what, detail, at) VALUES (?, ?, ?, ?, ?, ?, ?)"


class ViewRows:
    """`mark`: where a statement takes a value; `utc`: a time as the database takes it."""

    def __init__(self, mark: str, utc: Callable[[datetime | None], object]) -> None:
        self._utc = utc
        self.new_ticket, self.ticket, self.appointment, self.overbooking, self.audit = (
            statement.replace("?", mark) for statement in (_NEW_TICKET, _TICKET, _APPOINTMENT, _OVERBOOKING, _AUDIT)
        )

    def of(self, append: Append) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Statements with their values, to be done in this order."""
        for ticket, is_new in append.rows():
            yield self.new_ticket if is_new else self.ticket, self.of_ticket(append.hall, append.day, ticket)
        for one in append.appointments:
            yield self.appointment, self._of_appointment(append.hall, append.day, one)
        for accepted in accepted_in(append):
            told = accepted.noted()
            yield self.overbooking, (*astuple(accepted)[:-1], self._utc(accepted.at))
            yield self.audit, (*astuple(told)[:-1], self._utc(told.at))

    def of_ticket(self, hall: str, day: str, one: Ticket) -> tuple[object, ...]:
        """The values of `new_ticket` and `ticket`."""
        return (
            hall, day, one.number, one.service, one.phase, self._utc(one.taken_at), one.counter or None,
            one.clerk or None, one.calls, self._utc(one.called_at), self._utc(one.serving_at), self._utc(one.ended_at),
            one.level or None,
        )  # fmt: skip

    def _of_appointment(self, hall: str, day: str, one: Appointment) -> tuple[object, ...]:
        return (
            hall, day, one.code, one.service, self._utc(one.slot_at), one.minutes, one.phase, one.person,
            one.principal, one.via, self._utc(one.made_at), self._utc(one.changed_at), one.number or None, one.reason,
            one.instead_of, one.client,
        )  # fmt: skip
