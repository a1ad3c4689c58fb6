"""Who has an appointment and asks at a machine for that very service gets its ticket: nobody stands twice."""

from datetime import timedelta

import pytest

from hub.domain import appointment_commands as ac
from hub.domain import appointment_events as ae
from hub.domain import commands as c
from hub.domain.events import TicketCancelled, TicketReserved
from tests.support.day import MORNING, Script

DAY = "2026-01-05"


@pytest.fixture
def day() -> Script:
    """09:20, with Wang booked for service A at 09:30."""
    script = Script()
    script.now = MORNING - timedelta(days=1)
    book(script, "AAAAAAAA", "wang")
    script.now = MORNING + timedelta(minutes=20)
    return script


def book(day: Script, code: str, person: str, **fields: object) -> None:
    told = {"service": "A", "slot": "09:30", "minutes": 30, "capacity": 9, "via": "phone", **fields}
    assert isinstance(day.do(ac.Book, day=DAY, code=code, person=person, **told)[0], ae.AppointmentBooked)


def take(day: Script, service: str, person: str, **fields: object):
    """The ticket that the machine is given."""
    happened = day.do(c.TakeTicket, service=service, person=person, printer=True, **fields)
    return next(one for one in happened if isinstance(one, TicketReserved))


def test_a_card_that_is_booked_for_the_chosen_service_gets_the_booked_ticket(day: Script) -> None:
    ticket = take(day, "A", "wang")
    assert (ticket.number, ticket.appointment, ticket.slot_at) == ("YA001", "AAAAAAAA", MORNING + timedelta(minutes=30))
    assert day.state.appointments["AAAAAAAA"].phase == "kept"
    assert day.refused(ac.CheckIn, code="AAAAAAAA") == "checked-in"


@pytest.mark.parametrize(("person", "service"), [("wang", "B"), ("li", "A"), ("", "A")])
def test_another_service_or_another_person_is_a_ticket_like_any_other(day: Script, person: str, service: str) -> None:
    assert take(day, service, person).number == f"{service}001"
    assert day.state.appointments["AAAAAAAA"].phase == "booked"


@pytest.mark.parametrize("minute", [-1, 46])
def test_before_and_after_the_time_to_check_in_it_is_a_ticket_like_any_other(day: Script, minute: int) -> None:
    day.now = MORNING + timedelta(minutes=minute)
    assert take(day, "A", "wang").number == "A001"


def test_the_booked_service_comes_first_on_a_ticket_of_several(day: Script) -> None:
    ticket = take(day, "C", "wang", more=("A", "B"))
    assert (ticket.number, ticket.more) == ("YA001", ("C", "B"))


def test_what_is_asked_for_besides_is_on_the_ticket(day: Script) -> None:
    ticket = take(day, "A", "wang", voice=True)
    assert (ticket.voice, ticket.person) == (True, "wang")


def test_who_comes_for_several_people_is_given_a_ticket_for_each(day: Script) -> None:
    book(day, "BBBBBBBB", "agent", principal="li")
    book(day, "CCCCCCCC", "agent", principal="zhao")
    assert [take(day, "A", "agent").person for _ in range(2)] == ["li", "zhao"]


def test_a_slip_that_did_not_come_out_leaves_the_appointment_open(day: Script) -> None:
    number = take(day, "A", "wang").number
    failed = day.do(c.ConfirmPrint, number=number, outcome="failed", reason="paper out", printed_at=day.now)
    assert [type(one) for one in failed] == [TicketCancelled, ae.AppointmentReopened]
    assert take(day, "A", "wang").number == "YA002"
