"""The view of appointments, on SQLite and on PostgreSQL: as they stand after the events, in the same transaction."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from hub.storage.appointments import Appointments
from hub.storage.database import open_database
from hub.storage.event_log import Append, InvariantError, StreamMovedError
from hub.storage.schema_appointments import appointment
from tests.contract.facts import AT, DAY, noted
from tests.support.day import MORNING, Script

BEFORE = MORNING - timedelta(days=3)


def script() -> Script:
    one = Script()
    one.now = BEFORE
    return one


def append(day: Script, kind: type[c.Command], command: str, /, **fields: object) -> Append:
    """What the command led to on the day, with the appointments that it is about as they are afterwards."""
    after = day.state.version
    events = day.do(kind, id=command, **fields)
    codes = dict.fromkeys(code for event in events if (code := getattr(event, "code", "")))
    tickets = tuple(day.state.tickets[event.number] for event in events if getattr(event, "number", ""))
    return Append(
        "small", DAY, after, command, events, tickets[:1], tuple(day.state.appointments[code] for code in codes)
    )


def book(day: Script, code: str, **fields: object) -> Append:
    told = {"service": "A", "slot": "09:30", "minutes": 30, "capacity": 1, "via": "phone", "person": f"p-{code}"}
    return append(day, ac.Book, f"book-{code}", day=DAY, code=code, **{**told, **fields})


@pytest.fixture
def rows(database):
    """The table as it is now."""
    engine = open_database(database)

    def read() -> dict[str, Any]:
        with engine.connect() as connection:
            return {row.code: row for row in connection.execute(select(appointment))}

    yield read
    engine.dispose()


def test_a_booking_is_a_row_with_all_that_it_says(log, rows):
    log.append([book(script(), "AAAAAAAA", principal="p-wang", instead_of="2026-01-02/XXXXXXXX")])
    (row,) = rows().values()
    assert (row.hall, row.day, row.code, row.service, row.minutes) == ("small", DAY, "AAAAAAAA", "A", 30)
    assert (row.person, row.principal, row.via, row.state) == ("p-AAAAAAAA", "p-wang", "phone", "booked")
    assert (row.slot_at, row.made_at, row.changed_at) == (MORNING + timedelta(minutes=30), BEFORE, BEFORE)
    assert (row.instead_of, row.number, row.reason) == ("2026-01-02/XXXXXXXX", None, "")


def test_a_row_follows_its_appointment_to_the_ticket(log, rows):
    day = script()
    log.append([book(day, "AAAAAAAA")])
    move = {"day": DAY, "code": "AAAAAAAA", "slot": "10:00", "minutes": 20, "capacity": 1}
    log.append([append(day, ac.MoveAppointment, "move", **move)])
    assert (rows()["AAAAAAAA"].slot_at, rows()["AAAAAAAA"].minutes) == (MORNING + timedelta(hours=1), 20)
    day.now = MORNING + timedelta(minutes=45)
    log.append([append(day, ac.CheckIn, "in", code="AAAAAAAA")])
    row = rows()["AAAAAAAA"]
    assert (row.state, row.number, row.changed_at, row.made_at) == ("kept", "YA001", day.now, BEFORE)


def test_who_gets_a_place_that_another_gave_up_is_changed_with_it(log, rows):
    day = script()
    log.append([book(day, "AAAAAAAA"), book(day, "BBBBBBBB", or_wait=True)])
    assert rows()["BBBBBBBB"].state == "waiting"
    log.append([append(day, ac.CancelAppointment, "cancel", day=DAY, code="AAAAAAAA", reason="ill")])
    found = rows()
    assert (found["AAAAAAAA"].state, found["AAAAAAAA"].reason) == ("cancelled", "ill")
    assert found["BBBBBBBB"].state == "booked"


def test_the_database_itself_refuses_a_second_open_one_and_nothing_of_it_is_stored(log, rows):
    log.append([book(script(), "AAAAAAAA", person="wang")])
    again = script()
    again.state = replace(again.state, version=1)
    with pytest.raises(InvariantError):
        log.append([book(again, "BBBBBBBB", person="wang")])
    assert (set(rows()), log.last_position()) == ({"AAAAAAAA"}, 1)


def test_who_appends_too_late_leaves_no_row(log, another, rows):
    log.append([book(script(), "AAAAAAAA")])
    with pytest.raises(StreamMovedError):
        another().append([book(script(), "BBBBBBBB")])
    assert set(rows()) == {"AAAAAAAA"}


def test_the_latest_that_happened_is_the_latest_whatever_day_it_is_for(log):
    """Not the event of the latest day: days to come have events before they begin."""
    assert log.latest_at("small") is None
    ahead = script()
    log.append([book(ahead, "AAAAAAAA")])
    assert log.latest_at("small") == BEFORE
    log.append([noted("small", 1, day="2026-01-02"), noted("other", 1)])
    assert log.latest_at("small") == AT
    later = script()
    later.state, later.now = ahead.state, AT + timedelta(hours=1)
    log.append([book(later, "BBBBBBBB", slot="16:00")])
    assert log.latest_at("small") == AT + timedelta(hours=1)
    assert log.latest_at("nowhere") is None
    assert log.last_day("small") == DAY


def test_places_are_counted_by_slot_over_days(log, database):
    day = script()
    log.append([book(day, "AAAAAAAA"), book(day, "BBBBBBBB", slot="10:00")])
    log.append([append(day, ac.CancelAppointment, "cancel", day=DAY, code="BBBBBBBB")])
    engine = open_database(database)
    taken = Appointments(engine).taken("small", "A", DAY, DAY)
    assert taken == {(DAY, MORNING + timedelta(minutes=30)): 1}
    assert Appointments(engine).taken("small", "B", DAY, DAY) == {}
    engine.dispose()
