"""One person, one ticket for a service: whatever is done to the ticket afterwards."""

from datetime import timedelta

import pytest

from halls.format import changed
from hub.domain import commands as c
from hub.domain import events as e
from tests.support.day import Script, small_hall


@pytest.fixture
def day():
    script = Script()
    script.sign_on("1", "1001")
    script.sign_on("2", "1002")
    return script


def take(day, service, **fields):
    return day.do(c.TakeTicket, service=service, person="p1", **fields)[0].number


def call(day, number):
    day.do(c.Call, counter="1", number=number, reason="x")


def test_a_further_item_counts_as_queued(day):
    take(day, "A", more=("B",))
    assert day.refused(c.TakeTicket, service="B", person="p1") == "already-queued"
    assert day.refused(c.TakeTicket, service="C", more=("B",), person="p1") == "already-queued"


def test_after_an_amend_the_service_that_was_left_can_be_taken_again_and_the_new_one_not(day):
    day.do(c.Amend, number=take(day, "A"), service="B", reason="wrong key")
    assert day.refused(c.TakeTicket, service="B", person="p1") == "already-queued"
    assert take(day, "A") == "A002"


def test_neither_amend_nor_transfer_nor_a_further_item_makes_a_second_ticket_for_a_service(day):
    number = take(day, "A")
    take(day, "B")
    assert day.refused(c.Amend, number=number, service="B", reason="x") == "has-other-ticket"
    call(day, number)
    assert day.refused(c.Transfer, counter="1", service="B") == "has-other-ticket"
    assert day.refused(c.AddItem, counter="1", service="B") == "has-other-ticket"


def test_an_end_is_not_undone_once_its_citizen_has_a_new_ticket(day):
    call(day, take(day, "A"))
    day.do(c.End, counter="1")
    take(day, "A")
    assert day.refused(c.Undo, counter="1") == "has-other-ticket"


def test_who_missed_a_call_and_took_a_new_ticket_is_not_reinstated_as_well(day):
    number = take(day, "A")
    call(day, number)
    for _ in range(2):
        day.wait(6)
        day.do(c.Recall, counter="1")
    day.do(c.NoShow, counter="1")
    take(day, "A")
    assert day.refused(c.Reinstate, number=number) == "already-queued"


def test_two_people_at_one_machine_within_a_second_are_no_double_tap(day):
    day.do(c.TakeTicket, service="A", printer=True, person="p1")
    assert isinstance(day.do(c.TakeTicket, service="A", printer=True, person="p2")[0], e.TicketReserved)
    assert isinstance(day.do(c.TakeTicket, service="A", printer=True)[0], e.TicketReserved)
    assert day.refused(c.TakeTicket, service="A", printer=True) == "double-tap"


def test_a_strict_hall_s_machines_give_nobody_a_ticket_for_a_real_name_service_but_staff_may():
    lenient, strict = Script(), Script(changed(small_hall(), {"policy.real_name_strict": True}))
    assert isinstance(lenient.do(c.TakeTicket, service="B", printer=True)[0], e.TicketReserved)
    assert strict.refused(c.TakeTicket, service="B", printer=True) == "no-person"
    assert strict.refused(c.TakeTicket, service="A", more=("B",), printer=True) == "no-person"
    assert isinstance(strict.do(c.TakeTicket, service="A", printer=True)[0], e.TicketReserved)
    assert isinstance(strict.do(c.TakeTicket, service="B", printer=True, person="p1")[0], e.TicketReserved)
    assert isinstance(strict.do(c.TakeTicket, service="B")[0], e.TicketReserved)


def test_a_machine_s_own_number_dated_on_another_day_queues_by_when_it_was_handed_over(day):
    """Its board's clock was wrong when it gave it, and right again when it said so."""
    day.do(c.AdmitTicket, number="AB01", service="A", taken_at=day.now - timedelta(hours=30))
    assert day.state.tickets["AB01"].taken_at == day.now
