"""One appointment as a platform sees it, also when moves over days fall through or meet each other."""

from datetime import UTC, datetime

import pytest

from hub.domain import appointment_events as ae
from hub.webhooks.series import Series, follow

AT = datetime(2026, 11, 2, 1, tzinfo=UTC)
MARKS = {"at": AT, "by": "b", "source": "s", "command": "c"}
DAYS = {"old": "2026-11-03", "new": "2026-11-04", "other": "2026-11-05"}


def booked(code: str, instead_of: str = "", *, waiting: bool = False) -> ae.AppointmentBooked:
    about = {"service": "A", "slot_at": AT, "minutes": 30, "person": "p", "via": "platform", "client": "city"}
    return ae.AppointmentBooked(code=code, instead_of=instead_of, waiting=waiting, **about, **MARKS)


def cancelled(code: str, reason: str = "") -> ae.AppointmentCancelled:
    return ae.AppointmentCancelled(code=code, reason=reason, **MARKS)


def kept(code: str) -> ae.AppointmentKept:
    return ae.AppointmentKept(code=code, number="YA001", **MARKS)


def missed(code: str) -> ae.AppointmentMissed:
    return ae.AppointmentMissed(code=code, **MARKS)


def told(*events) -> tuple[list[str], str, str]:
    """What is told, and at the end: which place counts, and how it stands."""
    series, said = Series(service="A"), []
    for event in events:
        series, what = follow(series, DAYS[event.code], event)
        said += [what] if what else []
    assert series.sequence == len(said)
    place = series.places[series.head]
    return said, series.head.partition("/")[2], place.state


OLD, NEW, OTHER = booked("old"), booked("new", "2026-11-03/old"), booked("other", "2026-11-03/old")


GIVEN_UP = cancelled("old", "moved")
BACK, OTHER_BACK = cancelled("new", "not-moved"), cancelled("other", "not-moved")


@pytest.mark.parametrize(("events", "said", "head", "state"), [
    ([OLD, NEW, GIVEN_UP], "booked moved", "new", "booked"),
    ([OLD, NEW, GIVEN_UP, cancelled("new", "ill")], "booked moved cancelled", "new", "cancelled"),
    # It fell through, since the old one was kept, cancelled or missed meanwhile: that is how it stands.
    ([OLD, NEW, kept("old"), BACK], "booked moved kept", "old", "kept"),
    ([OLD, NEW, cancelled("old", "ill"), BACK], "booked moved cancelled", "old", "cancelled"),
    ([OLD, NEW, missed("old"), BACK], "booked moved missed", "old", "missed"),
    ([OLD, cancelled("old"), NEW, BACK], "booked cancelled moved cancelled", "old", "cancelled"),
    # Nobody ended the move before the old day was over: its miss counts against nobody, and is not told.
    ([OLD, NEW, missed("old")], "booked moved", "new", "booked"),
    # Two moves at once: whichever is given back, the other counts.
    ([OLD, NEW, OTHER, GIVEN_UP, OTHER_BACK], "booked moved moved moved", "new", "booked"),
    ([OLD, NEW, OTHER, GIVEN_UP, BACK], "booked moved moved", "other", "booked"),
    ([OLD, NEW, OTHER, kept("old"), BACK, OTHER_BACK], "booked moved moved kept", "old", "kept"),
    ([OLD, NEW, OTHER, kept("old"), OTHER_BACK, BACK], "booked moved moved moved kept", "old", "kept"),
])  # fmt: skip
def test_a_move_over_days_ends_in_the_state_that_there_is(events, said, head, state):
    assert told(*events) == (said.split(), head, state)


def test_each_thing_that_happens_has_its_name():
    wait = [booked("old", waiting=True), ae.AppointmentPromoted(code="old", **MARKS)]
    moved = ae.AppointmentMoved(code="old", slot_at=AT, minutes=20, **MARKS)
    again = ae.AppointmentReopened(code="old", **MARKS)
    said, _, state = told(*wait, moved, kept("old"), again, missed("old"))
    assert said == ["waiting", "promoted", "moved", "kept", "reopened", "missed"]
    assert state == "missed"
