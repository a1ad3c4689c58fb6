"""What can be put right: undo, cancel, reinstate, amend, transfer, park and return, settings."""

from datetime import timedelta

import pytest

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import settings as rules
from tests.support.day import Script


@pytest.fixture
def day():
    script = Script()
    script.sign_on("1", "1001")
    script.sign_on("2", "1002")
    return script


def call(day, counter):
    return day.do(c.CallNext, counter=counter)[-1].number


def missed(day, counter="1"):
    number = call(day, counter)
    for _ in range(2):
        day.wait(6)
        day.do(c.Recall, counter=counter)
    day.do(c.NoShow, counter=counter)
    return number


def test_undoing_a_call_puts_the_ticket_back_where_it_stood_and_the_one_before_it_at_the_counter(day):
    numbers = [day.take("A") for _ in range(3)]
    call(day, "1")
    day.do(c.Serve, counter="1")
    before = day.state
    assert call(day, "1") == numbers[1]
    day.wait(5)
    day.do(c.Undo, counter="1")
    assert day.state.tickets == before.tickets
    assert day.state.lines["A"] == before.lines["A"]
    assert day.state.counters == before.counters
    assert day.state.open_asks == before.open_asks
    assert day.state.durations.get("A", ()) == before.durations.get("A", ())
    assert call(day, "1") == numbers[1]


def test_what_was_undone_cannot_be_undone_again_and_nothing_after_thirty_seconds(day):
    day.take("A")
    call(day, "1")
    day.do(c.Undo, counter="1")
    assert day.refused(c.Undo, counter="1") == "nothing-to-undo"
    call(day, "1")
    day.wait(31)
    assert day.refused(c.Undo, counter="1") == "undo-too-late"


def test_a_transferred_ticket_that_was_called_elsewhere_is_not_taken_back(day):
    day.take("B")
    call(day, "1")
    day.do(c.Transfer, counter="1", to="2")
    assert call(day, "2") == "B001"
    assert day.refused(c.Undo, counter="1") == "undo-overtaken"


def test_a_rating_given_before_the_end_was_undone_counts_and_is_not_asked_for_again(day):
    day.take("A")
    call(day, "1")
    day.do(c.Serve, counter="1")
    (_, asked) = day.do(c.End, counter="1")
    day.do(c.Undo, counter="1")
    assert day.state.asked["1"] == ""
    assert isinstance(day.do(c.Rate, ask=asked.ask, level=5, pressed_at=day.now)[0], e.Rated)
    kinds = [type(event) for event in day.do(c.End, counter="1")]
    assert kinds == [e.ServiceEnded]


def test_a_number_is_never_given_again_whatever_is_undone_or_cancelled(day):
    first = day.take("A")
    call(day, "1")
    day.do(c.Undo, counter="1")
    day.do(c.Cancel, number=first, reason="citizen left")
    assert day.take("A") == "A002"


def test_who_missed_the_call_comes_back_once_behind_three_people(day):
    gone = day.take("A")
    missed(day)
    others = []
    for _ in range(5):
        day.wait(1)
        others.append(day.take("A"))
    day.do(c.Reinstate, number=gone)
    order = [ticket.number for ticket in day.state.waiting("A")]
    assert order == [*others[:3], gone, *others[3:]]
    for _ in range(3):
        call(day, "1")
        day.do(c.Serve, counter="1")
    assert call(day, "1") == gone
    for _ in range(2):
        day.wait(6)
        day.do(c.Recall, counter="1")
    day.do(c.NoShow, counter="1")
    assert day.refused(c.Reinstate, number=gone) == "reinstate-limit"


def test_a_transferred_ticket_keeps_its_arrival_time(day):
    first = day.take("A")
    day.wait(60)
    later = day.take("B")
    call(day, "1")
    day.do(c.Transfer, counter="1", service="B")
    assert [ticket.number for ticket in day.state.waiting("B")] == [first, later]


def test_by_policy_a_transferred_ticket_comes_next(day):
    day.do(c.ChangeSettings, changes={"policy.transfer_place": "next"})
    waiting = day.take("B")
    day.wait(60)
    day.take("A")
    assert call(day, "1") == waiting
    day.do(c.Undo, counter="1")
    day.do(c.Call, counter="1", number="A001", reason="test")
    day.do(c.Transfer, counter="1", service="B")
    assert [ticket.number for ticket in day.state.waiting("B")] == ["A001", waiting]


def test_a_ticket_sent_to_a_counter_is_called_there_alone_unless_nobody_works_there(day):
    number = day.take("B")
    call(day, "1")
    day.do(c.Transfer, counter="1", to="2")
    assert day.refused(c.CallNext, counter="1") == "nobody-waiting"
    day.do(c.Pause, counter="2")
    assert call(day, "1") == number


def test_a_parked_ticket_leaves_the_counter_free_and_is_called_back(day):
    first, second = day.take("A"), day.take("A")
    call(day, "1")
    day.do(c.Park, counter="1")
    assert call(day, "1") == second
    day.do(c.Serve, counter="1")
    day.do(c.End, counter="1")
    back = day.do(c.Return, counter="1")[-1]
    assert (back.number, back.why) == (first, "returned")
    assert day.refused(c.Return, counter="1") == "ticket-called"


def test_a_ticket_with_several_items_goes_on_to_the_next_and_is_rated_once(day):
    day.do(c.ChangeSettings, changes={"counter.1.services": ["A", "B"]})
    (reserved, _) = day.do(c.TakeTicket, service="A", more=("C", "B"))
    call(day, "1")
    day.do(c.Serve, counter="1")
    kinds = [type(event) for event in day.do(c.End, counter="1")]
    assert kinds == [e.ServiceEnded, e.TicketTransferred]
    assert day.state.tickets[reserved.number].service == "C"
    assert call(day, "2") == reserved.number
    assert isinstance(day.do(c.End, counter="2")[-1], e.RatingAsked)


def test_a_person_is_queued_once_for_a_service_until_that_is_over(day):
    number = day.do(c.TakeTicket, service="A", person="p1")[0].number
    assert day.refused(c.TakeTicket, service="A", person="p1") == "already-queued"
    day.do(c.TakeTicket, service="B", person="p1")
    day.do(c.Cancel, number=number, reason="mistake")
    assert day.do(c.TakeTicket, service="A", person="p1")[0].number == "A002"


def test_a_bad_setting_is_refused_whole_with_its_item_named(day):
    before = day.state.hall
    with pytest.raises(ValueError, match="recalls_max") as told:
        day.do(c.ChangeSettings, changes={"policy.recall_gap_s": 1, "policy.recalls_max": 0})
    assert told.value.code == "bad-settings"
    assert day.state.hall == before
    with pytest.raises(ValueError, match="no policy 'chance'"):
        day.do(c.ChangeSettings, changes={"policy.calling": "chance"})


def test_two_changes_that_cannot_hold_together_are_not_both_made(day):
    """The second was valid when it came to the door."""
    day.do(c.ChangeSettings, changes={"policy.calls_before_no_show": 6})
    from hub.domain.queue import decide

    late = c.ChangeSettings(id="x", at=day.now, by="test", changes={"policy.recalls_max": 2})
    (refusal,) = decide(day.state, late)
    assert isinstance(refusal, e.Refused)
    assert "calls_before_no_show" in refusal.detail


def test_a_setting_taken_back_is_the_file_s_again(day):
    day.do(c.ChangeSettings, changes={"policy.recall_gap_s": 1})
    day.do(c.ChangeSettings, changes={"policy.recall_gap_s": None})
    assert (day.state.hall, day.state.settings) == (day.state.base, {})


def test_hours_and_caps_say_when_there_will_be_tickets_again(day):
    hours = [{"opens": "08:00", "closes": "09:30", "cap": 2}, {"opens": "13:00", "closes": "17:00"}]
    day.do(c.ChangeSettings, changes={"service.A.hours": hours, "service.A.cap_day": 3})
    taken = [day.do(c.TakeTicket, service="A")[0] for _ in range(2)]
    assert [one.warnings for one in taken] == [("few-left",), ("few-left",)]
    refusal = day.do(c.TakeTicket, service="A")[-1]
    assert (refusal.code, refusal.detail) == ("cap-until", "13:00")
    day.wait(timedelta(hours=1).total_seconds())
    assert day.refused(c.TakeTicket, service="A") == "opens-later"
    day.wait(timedelta(hours=3.5).total_seconds())
    day.take("A")
    assert day.refused(c.TakeTicket, service="A") == "cap-reached"
    day.do(c.Cancel, number="A003", reason="left")
    day.take("A")
    day.wait(timedelta(hours=4).total_seconds())
    assert day.refused(c.TakeTicket, service="A") == "closed-today"


def test_an_undone_call_keeps_what_the_printer_said_meanwhile(day):
    number = day.take("A", printer=True)
    day.do(c.ConfirmPrint, number=number, printed_at=day.now, outcome="unknown")
    call(day, "1")
    day.do(c.ConfirmPrint, number=number, printed_at=day.now, outcome="printed")
    day.do(c.Undo, counter="1")
    assert (day.phase(number), day.state.tickets[number].confirmed) == ("waiting", True)


def test_a_slip_said_to_have_failed_takes_nobody_out_who_was_at_a_counter(day):
    number = day.take("A", printer=True)
    day.do(c.ConfirmPrint, number=number, printed_at=day.now, outcome="unknown")
    call(day, "1")
    day.do(c.Transfer, counter="1", service="B")
    late = {"number": number, "printed_at": day.now, "outcome": "failed"}
    assert day.refused(c.ConfirmPrint, **late) == "not-reserved"


def test_a_cancelled_call_leaves_the_counter_free_and_nothing_to_undo(day):
    number, following = day.take("A"), day.take("A")
    call(day, "1")
    day.wait(3)
    day.do(c.Cancel, number=number, reason="left")
    assert (day.state.counter("1").number, day.state.counter("1").free_at) == ("", day.now)
    assert day.refused(c.Undo, counter="1") == "undo-overtaken"
    assert call(day, "1") == following


def test_a_cap_is_freed_for_the_service_that_a_ticket_was_taken_for(day):
    day.do(c.ChangeSettings, changes={"service.A.cap_day": 1, "service.B.cap_day": 1})
    number = day.take("A")
    day.take("B")
    day.do(c.Amend, number=number, service="B", reason="wrong key")
    day.do(c.Cancel, number=number, reason="left")
    assert day.refused(c.TakeTicket, service="B") == "cap-reached"
    assert day.take("A") == "A002"


def test_amended_to_a_service_that_it_holds_already_a_ticket_holds_it_once(day):
    number = day.do(c.TakeTicket, service="A", more=("B",))[0].number
    day.do(c.Amend, number=number, service="B", reason="x")
    assert day.state.tickets[number].items == ("B",)


def test_a_ticket_sent_to_a_counter_that_serves_it_no_more_is_called_elsewhere(day):
    number = day.take("B")
    call(day, "1")
    day.do(c.Transfer, counter="1", to="2")
    day.do(c.ChangeSettings, changes={"counter.2.services": ["A", "C"]})
    assert call(day, "1") == number


def test_a_service_that_somebody_waits_for_is_not_taken_from_its_last_counter(day):
    day.take("B")
    day.do(c.ChangeSettings, changes={"counter.2.services": ["A", "C"]})
    with pytest.raises(ValueError, match="no counter serves it"):
        day.do(c.ChangeSettings, changes={"counter.1.services": ["A", "C"]})


def test_a_returned_ticket_is_undone_to_its_place_among_the_parked(day):
    first, second = day.take("A"), day.take("A")
    for _ in range(2):
        call(day, "1")
        day.do(c.Park, counter="1")
    day.do(c.Return, counter="1", number=first)
    day.do(c.Undo, counter="1")
    assert day.state.parked == (first, second)


def test_a_sign_off_is_undone_unless_the_clerk_sits_elsewhere_by_now(day):
    day.do(c.SignOff, counter="1")
    day.do(c.Undo, counter="1")
    assert day.state.counter("1").clerk == "1001"
    day.do(c.SignOff, counter="1")
    day.do(c.SignOff, counter="2")
    day.do(c.SignOn, counter="2", clerk="1001")
    assert day.refused(c.Undo, counter="1") == "clerk-elsewhere"


def test_a_setting_taken_back_by_a_misspelt_name_is_refused(day):
    with pytest.raises(ValueError, match="undo_s"):
        day.do(c.ChangeSettings, changes={"policy.undo": None})


def test_the_end_of_the_day_closes_what_is_parked_too(day):
    number = day.take("A")
    call(day, "1")
    day.do(c.Park, counter="1")
    day.do(c.EndDay)
    assert (day.phase(number), day.state.parked) == ("cancelled", ())


def test_what_an_earlier_day_changed_is_carried_as_far_as_it_still_can_be(day):
    before = {"policy.recall_gap_s": 1, "policy.calling": "gone", "service.Z.cap_day": 3}
    assert rules.carried(day.state.base, before) == {"policy.recall_gap_s": 1}
