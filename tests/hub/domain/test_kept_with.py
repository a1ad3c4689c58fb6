"""An appointment is kept by the ticket that its citizen took without a word of it: no miss, and never two tickets."""

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hub.domain import appointment_commands as ac
from hub.domain import appointment_events as ae
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.evolve import evolve_all
from hub.domain.queue import InvalidCommandError
from hub.domain.state import Ticket, new_day
from tests.support.day import MORNING, Script

DAY = "2026-01-05"
CODE, OTHER = "AAAAAAAA", "BBBBBBBB"


@pytest.fixture
def day() -> Script:
    """At 09:20, with an appointment of wang's at 09:30 (to be checked in from 09:00 to 09:45)."""
    script = Script()
    script.now = MORNING - timedelta(days=1)
    book(script, CODE, "wang")
    script.now = MORNING + timedelta(minutes=20)
    return script


def book(day: Script, code: str, person: str, **fields: object) -> None:
    told = {"service": "A", "slot": "09:30", "minutes": 30, "capacity": 9, "via": "phone", **fields}
    day.do(ac.Book, day=DAY, code=code, person=person, **told)


def own(day: Script, number: str = "AK07", **fields: object) -> tuple[e.AnyEvent, ...]:
    """A ticket of a machine's own series."""
    told = {"number": number, "service": number[0], "taken_at": day.now, "day": DAY, **fields}
    return day.do(c.AdmitTicket, **told)


def phase(day: Script, code: str = CODE) -> str:
    return day.state.appointments[code].phase


def test_a_number_of_the_machines_own_series_keeps_it_and_stays_where_it_is(day: Script) -> None:
    own(day, "AK06")
    own(day)
    before = day.state.tickets["AK07"]
    (kept,) = day.do(ac.KeepWith, code=CODE, number="AK07")
    assert isinstance(kept, ae.AppointmentKept)
    ticket = day.state.tickets["AK07"]
    assert (ticket.appointment, ticket.person, ticket.line, ticket.place) == (CODE, "wang", before.line, before.place)
    assert day.state.lines["A"] == ("AK06", "AK07")
    day.wait(3600)
    assert not [one for one in day.do(c.Settle) if isinstance(one, ae.AppointmentMissed)]
    assert phase(day) == "kept"
    assert day.refused(ac.CheckIn, code=CODE) == "checked-in"
    assert day.do(c.TakeTicket, service="A", person="wang", printer=True)[-1].code == "already-queued"


@pytest.mark.parametrize("done", [(), (c.CallNext,), (c.CallNext, c.Serve), (c.CallNext, c.End)])
def test_wherever_the_ticket_has_come_to(day: Script, done: tuple[type[c.OnCounter], ...]) -> None:
    number = day.take("A")
    day.sign_on("1", "1001")
    for kind in done:
        day.do(kind, counter="1")
    day.do(ac.KeepWith, code=CODE, number=number)
    assert phase(day) == "kept"


def test_a_miss_is_mended_by_a_number_that_was_taken_in_time_and_came_late(day: Script) -> None:
    taken_at = day.now
    day.wait(3600)
    day.do(c.Settle)
    assert phase(day) == "missed"
    own(day, taken_at=taken_at)
    day.do(ac.KeepWith, code=CODE, number="AK07")
    assert phase(day) == "kept"
    day.wait(60)
    assert day.do(c.Settle) == ()


def test_what_the_rules_do_not_allow_is_said_and_the_appointment_stays_as_it_was(day: Script) -> None:
    book(day, OTHER, "li", service="B")
    mine, others = own(day)[0].number, day.do(c.TakeTicket, service="A", person="zhao")[0].number
    assert day.refused(ac.KeepWith, code="CCCCCCCC", number=mine) == "no-appointment"
    assert day.refused(ac.KeepWith, code=CODE, number="A099") == "unknown-ticket"
    assert day.refused(ac.KeepWith, code=CODE, number=others) == "of-another-person"
    assert day.refused(ac.KeepWith, code=OTHER, number=mine) == "of-another-service"
    day.do(c.Cancel, number=others, reason="left")
    assert day.refused(ac.KeepWith, code=CODE, number=others) == "not-open"
    assert phase(day) == phase(day, OTHER) == "booked"
    day.wait(1501)  # 09:45:01
    own(day, "AK08")
    assert day.refused(ac.KeepWith, code=CODE, number="AK08") == "taken-too-late"
    day.do(ac.KeepWith, code=CODE, number=mine)
    assert day.refused(ac.KeepWith, code=CODE, number=mine) == "checked-in"


def test_before_check_in_is_possible_it_is_not_kept(day: Script) -> None:
    day.now = MORNING - timedelta(seconds=1)
    number = day.take("A")
    assert day.refused(ac.KeepWith, code=CODE, number=number) == "too-early"
    day.wait(1)
    day.do(ac.KeepWith, code=CODE, number=number)
    assert phase(day) == "kept"


def test_one_ticket_keeps_one_appointment_and_its_person_has_no_second(day: Script) -> None:
    book(day, OTHER, "agent", principal="li")
    number = own(day)[0].number
    day.do(ac.KeepWith, code=CODE, number=number)
    assert day.refused(ac.KeepWith, code=OTHER, number=number) == "of-another-appointment"
    day.do(c.TakeTicket, service="A", person="li", more=())
    own(day, "AK08")
    assert day.refused(ac.KeepWith, code=OTHER, number="AK08") == "checked-in", "a ticket by the card had kept it"


def test_a_number_given_in_place_of_the_ticket_of_an_appointment_is_that_of_the_appointment(day: Script) -> None:
    """The card had checked in, but the answer did not reach the machine."""
    day.do(c.TakeTicket, id="machine/1", service="A", person="wang", printer=True)
    assert day.state.appointments[CODE].number == "YA001"
    own(day, instead_of="machine/1")
    assert (phase(day), day.state.appointments[CODE].number) == ("kept", "AK07")
    assert (day.phase("YA001"), day.state.tickets["AK07"].appointment) == ("cancelled", CODE)
    day.do(c.ConfirmPrint, number="AK07", outcome="failed", printed_at=day.now)
    assert (phase(day), day.phase("AK07")) == ("booked", "cancelled")


CODES = st.sampled_from([CODE, OTHER, "CCCCCCCC"])
NUMBERS = st.sampled_from(["A001", "YA001", "A002", "YA002", "A003", "YA003", "AK01", "AK02", "AK03"])
WISHES = st.sampled_from(["c1", "c2", "c3", "c5", "c8", ""])


class Comings(RuleBasedStateMachine):
    """Three people with appointments do everything that gets or loses a ticket, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.day = Script()
        self.day.now = MORNING - timedelta(days=1)
        book(self.day, CODE, "wang")
        book(self.day, OTHER, "agent", principal="li")
        book(self.day, "CCCCCCCC", "agent", principal="zhao", slot="09:00")
        self.day.now = MORNING

    def do(self, kind: type[c.Command], **fields: object) -> None:
        try:
            self.day.do(kind, **fields)
        except InvalidCommandError:
            return

    @rule(seconds=st.sampled_from([1, 60, 600, 1800]))
    def wait(self, seconds: int) -> None:
        self.day.wait(seconds)
        self.do(c.Settle)

    @rule(code=CODES, printer=st.booleans())
    def check_in(self, code: str, printer: bool) -> None:
        self.do(ac.CheckIn, code=code, printer=printer)

    @rule(person=st.sampled_from(["wang", "li", "agent", ""]), printer=st.booleans())
    def take(self, person: str, printer: bool) -> None:
        self.do(c.TakeTicket, service="A", person=person, printer=printer)

    @rule(number=st.sampled_from(["AK01", "AK02", "AK03"]), instead_of=WISHES, ago_s=st.sampled_from([0, 900]))
    def admit(self, number: str, instead_of: str, ago_s: int) -> None:
        own(self.day, number, taken_at=self.day.now - timedelta(seconds=ago_s), instead_of=instead_of)

    @rule(code=CODES, number=NUMBERS)
    def keep_with(self, code: str, number: str) -> None:
        self.do(ac.KeepWith, code=code, number=number)

    @rule(number=NUMBERS, outcome=st.sampled_from(["printed", "failed", "unknown"]))
    def confirm(self, number: str, outcome: str) -> None:
        self.do(c.ConfirmPrint, number=number, outcome=outcome, printed_at=self.day.now)

    @rule(number=NUMBERS)
    def cancel(self, number: str) -> None:
        self.do(c.Cancel, number=number, reason="left")

    @rule(kind=st.sampled_from([c.SignOn, c.CallNext, c.Serve, c.End, c.NoShow, c.Undo]))
    def at_the_counter(self, kind: type[c.OnCounter]) -> None:
        self.do(kind, counter="1")

    @invariant()
    def never_two_tickets_for_one_appointment(self) -> None:
        state = self.day.state
        for one in state.appointments.values():
            live = [ticket.number for ticket in state.tickets.values() if _is_of(ticket, one.code)]
            assert len(live) <= 1, (one, live)
            assert not live or (one.phase, one.number) == ("kept", live[0])
            if one.phase == "kept":
                ticket = state.tickets[one.number]
                assert (ticket.appointment, ticket.person) == (one.code, one.whose)

    @invariant()
    def the_log_alone_leads_to_the_same_day(self) -> None:
        assert evolve_all(new_day(self.day.hall, DAY), self.day.events) == self.day.state

    @invariant()
    def persons_have_the_numbers_that_are_theirs(self) -> None:
        theirs = {(ticket.person, ticket.number) for ticket in self.day.state.tickets.values() if ticket.person}
        noted = [(person, number) for person, numbers in self.day.state.people.items() for number in numbers]
        assert sorted(noted) == sorted(theirs)


def _is_of(ticket: Ticket, code: str) -> bool:
    return ticket.appointment == code and ticket.phase != "cancelled"


Comings.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestComings = Comings.TestCase
