"""The rules of tickets, counters and ratings, one fact a test."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import routing, words
from hub.domain.policies import Leave
from hub.domain.queue import InvalidCommandError, ask_id
from hub.domain.ratings import late_until
from tests.support.day import MORNING, Script


@pytest.fixture
def day() -> Script:
    script = Script()
    script.sign_on("1", "1001")
    script.sign_on("2", "1002")
    return script


def call(day: Script, counter: str = "1") -> str:
    called = day.do(c.CallNext, counter=counter)[-1]
    assert isinstance(called, e.TicketCalled)
    return called.number


# Tickets.


def test_numbers_count_up_for_each_service(day):
    assert [day.take("A"), day.take("A"), day.take("B")] == ["A001", "A002", "B001"]


def test_a_flood_of_tickets_runs_out_of_no_digits(day):
    day.state = replace(day.state, issued=day.state.issued.set("A", 9999))
    assert [day.take("A"), day.take("A")] == ["A10000", "A10001"]


def test_numbers_go_to_four_digits_past_999(day):
    for _ in range(999):
        day.take("A")
    assert day.take("A") == "A1000"


def test_a_ticket_from_a_machine_waits_only_once_it_is_printed(day):
    number = day.take("A", printer=True)
    assert day.phase(number) == "reserved"
    assert day.refused(c.CallNext, counter="1") == "nobody-waiting"
    day.do(c.ConfirmPrint, number=number, printed_at=day.now, outcome="printed")
    assert call(day) == number


def test_a_failed_print_leaves_no_ghost_and_its_number_is_never_used_again(day):
    number = day.take("A", printer=True)
    day.do(c.ConfirmPrint, number=number, printed_at=day.now, outcome="failed", reason="paper out")
    assert day.phase(number) == "cancelled"
    assert day.refused(c.CallNext, counter="1") == "nobody-waiting"
    assert day.take("A") != number


def test_a_mute_printer_leaves_the_ticket_in_the_queue_unconfirmed(day):
    number = day.take("A", printer=True)
    day.do(c.ConfirmPrint, number=number, printed_at=day.now, outcome="unknown")
    assert (day.phase(number), day.state.tickets[number].confirmed) == ("waiting", False)


def test_a_print_of_which_nothing_is_heard_queues_by_itself(day):
    number = day.take("A", printer=True)
    day.wait(19)
    assert day.do(c.Settle) == ()
    day.wait(2)
    day.do(c.Settle)
    assert (day.phase(number), day.state.tickets[number].confirmed) == ("waiting", False)
    day.do(c.ConfirmPrint, number=number, printed_at=day.now, outcome="printed")
    assert day.state.tickets[number].confirmed
    assert day.state.lines["A"] == (number,)


def test_a_print_that_fails_late_still_takes_the_ticket_out(day):
    number = day.take("A", printer=True)
    day.wait(30)
    day.do(c.Settle)
    day.do(c.ConfirmPrint, number=number, printed_at=day.now, outcome="failed")
    assert day.phase(number) == "cancelled"
    assert day.state.lines["A"] == ()


def test_a_slip_of_yesterdays_ticket_with_the_same_number_says_nothing_of_todays(day):
    """What a machine could not say last night comes in the morning; its paper was out then."""
    number = day.take("A", printer=True)
    last_night = MORNING - timedelta(hours=15)
    for outcome in ("failed", "printed"):
        code = day.refused(c.ConfirmPrint, number=number, printed_at=last_night, outcome=outcome)
        assert (code, day.phase(number)) == ("not-reserved", "reserved")


def test_a_machine_speaks_of_its_own_slips_only(day):
    number = day.take("A", printer=True)
    code = day.refused(c.ConfirmPrint, by="another", number=number, printed_at=day.now, outcome="failed")
    assert (code, day.phase(number)) == ("not-reserved", "reserved")


def test_an_own_number_whose_slip_did_not_come_out_leaves_no_ghost(day):
    """The machine says that it gives the number before it prints it."""
    day.do(c.AdmitTicket, number="AB01", service="A", taken_at=day.now)
    assert not day.state.tickets["AB01"].confirmed
    day.do(c.ConfirmPrint, number="AB01", printed_at=day.now, outcome="failed", reason="paper out")
    assert day.phase("AB01") == "cancelled"
    assert day.refused(c.CallNext, counter="1") == "nobody-waiting"


def test_an_own_number_is_confirmed_once_its_slip_is_out(day):
    day.do(c.AdmitTicket, number="AB01", service="A", taken_at=day.now)
    day.do(c.ConfirmPrint, number="AB01", printed_at=day.now, outcome="printed")
    assert (day.phase("AB01"), day.state.tickets["AB01"].confirmed) == ("waiting", True)


def test_a_ticket_of_a_machines_own_series_queues_by_the_time_it_was_taken(day):
    day.take("A")
    day.do(c.AdmitTicket, number="AB01", service="A", taken_at=MORNING - timedelta(minutes=5))
    assert call(day) == "AB01"


def test_the_same_own_number_is_admitted_once(day):
    day.do(c.AdmitTicket, number="AB01", service="A", taken_at=MORNING)
    assert day.refused(c.AdmitTicket, number="AB01", service="A", taken_at=MORNING) == "already-admitted"


def test_a_wish_that_the_machine_gave_up_on_does_not_come_true_as_well(day):
    number = day.do(c.TakeTicket, id="m/1-1", service="A", printer=True)[0].number
    day.do(c.AdmitTicket, number="AB01", service="A", taken_at=MORNING, instead_of="m/1-1")
    assert (day.phase(number), day.phase("AB01")) == ("cancelled", "waiting")


def test_a_wish_that_arrives_after_it_was_given_up_is_refused(day):
    day.do(c.AdmitTicket, number="AB01", service="A", taken_at=MORNING, instead_of="m/1-1")
    assert day.refused(c.TakeTicket, id="m/1-1", service="A", printer=True) == "superseded"


# Calling.


def test_the_first_to_come_is_called_first_over_all_services_of_the_counter(day):
    expected = []
    for service in "BCA":
        expected.append(day.take(service))
        day.wait(1)
    called = []
    for _ in expected:
        called.append(call(day))
        day.do(c.Serve, counter="1")
        day.do(c.End, counter="1")
    assert called == expected


def test_at_the_same_moment_the_counters_own_order_decides(day):
    day.take("A")
    day.take("B")
    assert (call(day, "2"), call(day, "1")) == ("B001", "A001")


def test_a_call_says_why_this_ticket_in_both_languages(day):
    day.take("A")
    called = day.do(c.CallNext, counter="1")[-1]
    reason = words.why(called.why, called.number, called.because)
    assert "A001" in reason.zh
    assert "A001" in reason.en
    assert routing.choose(day.state, day.state.place("1"), day.now) == Leave("nobody-waiting")


def test_with_nobody_waiting_the_press_is_refused_for_good(day):
    assert day.refused(c.CallNext, counter="1") == "nobody-waiting"


def test_a_called_ticket_must_be_dealt_with_before_the_next(day):
    day.take("A")
    day.take("A")
    call(day)
    assert day.refused(c.CallNext, counter="1") == "ticket-called"


def test_next_while_serving_ends_the_service_and_asks_for_the_rating(day):
    day.take("A")
    day.take("A")
    first = call(day)
    day.do(c.Serve, counter="1")
    kinds = [type(event) for event in day.do(c.CallNext, counter="1")]
    assert kinds == [e.ServiceEnded, e.RatingAsked, e.TicketCalled]
    assert day.phase(first) == "ended"


def test_ending_a_ticket_that_nobody_pressed_serve_for_measures_no_service_time(day):
    day.take("A")
    number = call(day)
    day.do(c.End, counter="1")
    assert (day.phase(number), day.state.tickets[number].serving_at) == ("ended", None)


def test_recalls_keep_their_distance_and_their_limit(day):
    day.take("A")
    call(day)
    assert day.refused(c.Recall, counter="1") == "recall-too-soon"
    for expected in range(2, 7):
        day.wait(5)
        assert day.do(c.Recall, counter="1")[-1].calls == expected
    day.wait(5)
    assert day.refused(c.Recall, counter="1") == "recall-limit"


def test_a_hub_whose_clock_was_put_back_still_lets_clerks_recall(day):
    day.take("A")
    call(day)
    day.wait(-3600)
    assert day.do(c.Recall, counter="1")[-1].calls == 2


def test_a_hub_whose_clock_was_put_back_does_not_leave_a_citizen_reserved(day):
    number = day.take("A", printer=True)
    day.wait(-3600)
    day.do(c.Settle)
    assert day.phase(number) == "waiting"


def test_a_no_show_needs_three_calls(day):
    day.take("A")
    number = call(day)
    assert day.refused(c.NoShow, counter="1") == "call-again-first"
    for _ in range(2):
        day.wait(5)
        day.do(c.Recall, counter="1")
    day.do(c.NoShow, counter="1")
    assert (day.phase(number), day.state.counter("1").number) == ("no_show", "")


def test_a_specific_call_needs_a_reason_and_a_waiting_ticket(day):
    number = day.take("C")
    with pytest.raises(InvalidCommandError, match="needs a reason"):
        day.do(c.Call, counter="1", number=number, reason=" ")
    assert day.refused(c.Call, counter="1", number="C099", reason="x") == "unknown-ticket"
    assert day.do(c.Call, counter="1", number=number, reason="行动不便")[-1].reason == "行动不便"
    assert day.refused(c.Call, counter="2", number=number, reason="x") == "not-waiting"


@pytest.mark.parametrize("kind", [c.Serve, c.End, c.Recall, c.NoShow])
def test_without_a_ticket_these_keys_are_refused(day, kind):
    assert day.refused(kind, counter="1") == "no-ticket"


# Counters.


def test_a_closed_counter_calls_nobody():
    day = Script()
    day.take("A")
    assert day.refused(c.CallNext, counter="1") == "counter-closed"


def test_a_paused_counter_calls_nobody_until_it_resumes(day):
    day.take("A")
    day.do(c.Pause, counter="1")
    assert day.refused(c.CallNext, counter="1") == "counter-paused"
    day.do(c.Resume, counter="1")
    assert call(day) == "A001"


def test_nobody_pauses_or_leaves_with_a_citizen_at_the_counter(day):
    day.take("A")
    call(day)
    assert day.refused(c.Pause, counter="1") == "ticket-called"
    day.do(c.Serve, counter="1")
    assert day.refused(c.SignOff, counter="1") == "ticket-serving"


def test_a_clerk_is_at_one_counter_and_a_counter_has_one_clerk(day):
    assert day.refused(c.SignOn, counter="1", clerk="1002") == "counter-open"
    day.do(c.SignOff, counter="1")
    assert day.refused(c.SignOn, counter="1", clerk="1002") == "clerk-elsewhere"


def test_signing_on_without_a_number_takes_who_usually_sits_there():
    day = Script()
    assert day.do(c.SignOn, counter="2")[-1].clerk == "1002"


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        (c.TakeTicket, {"service": "Q"}, "unknown-service"),
        (c.CallNext, {"counter": "99"}, "unknown-counter"),
        (c.SignOn, {"counter": "1", "clerk": "9999"}, "unknown-clerk"),
        (c.Rate, {"ask": "x", "level": 6, "pressed_at": MORNING}, "bad-level"),
        (c.AdmitTicket, {"number": "A001", "service": "A", "taken_at": MORNING}, "bad-number"),
    ],
)
def test_what_the_hall_does_not_have_is_refused_at_the_door(day, kind, fields, code):
    before = day.state
    with pytest.raises(InvalidCommandError) as refusal:
        day.do(kind, **fields)
    assert refusal.value.code == code
    assert day.state is before


# Ratings.


def ended(day: Script) -> str:
    day.take("A")
    number = call(day)
    day.do(c.Serve, counter="1")
    day.do(c.End, counter="1")
    return ask_id(day.state.day, number)


def test_a_rating_is_bound_to_ticket_counter_clerk_and_service(day):
    ask = ended(day)
    rated = day.do(c.Rate, ask=ask, level=4, pressed_at=day.now)[-1]
    assert (rated.number, rated.counter, rated.clerk, rated.service) == ("A001", "1", "1001", "A")


def test_one_rating_a_ticket_the_first_wins(day):
    ask = ended(day)
    day.do(c.Rate, ask=ask, level=4, pressed_at=day.now)
    assert day.refused(c.Rate, ask=ask, level=1, pressed_at=day.now) == "already-rated"
    assert day.state.tickets["A001"].level == 4


def test_a_rating_pressed_in_time_but_delivered_late_counts(day):
    ask = ended(day)
    pressed = day.now + timedelta(seconds=20)
    day.wait(600)
    day.do(c.Settle)
    assert day.state.asks[ask].phase == "lapsed"
    assert isinstance(day.do(c.Rate, ask=ask, level=5, pressed_at=pressed)[-1], e.Rated)


def test_a_rating_pressed_too_late_does_not(day):
    ask = ended(day)
    day.wait(60)
    assert day.refused(c.Rate, ask=ask, level=5, pressed_at=day.now) == "too-late"


def test_a_rating_by_phone_is_taken_days_after_the_question_lapsed_and_once(day):
    ask = ended(day)
    day.wait(600)
    day.do(c.Settle)
    day.wait(10 * 86400)
    assert isinstance(day.do(c.Rate, ask=ask, level=2, pressed_at=day.now, late=True)[-1], e.Rated)
    assert (day.state.tickets["A001"].level, day.state.asks[ask].phase) == (2, "rated")
    assert day.refused(c.Rate, ask=ask, level=5, pressed_at=day.now, late=True) == "already-rated"


def test_a_rating_by_phone_is_refused_after_longer_than_five_working_days_ever_take(day):
    ask = ended(day)
    day.wait(16 * 86400 + 1)
    assert day.refused(c.Rate, ask=ask, level=5, pressed_at=day.now, late=True) == "too-late"


def test_a_service_whose_end_was_undone_is_not_rated_by_phone(day):
    ask = ended(day)
    day.do(c.Undo, counter="1")
    assert day.refused(c.Rate, ask=ask, level=5, pressed_at=day.now, late=True) == "too-late"


def test_five_working_days_are_counted_by_the_halls_calendar():
    def working(day):
        return day.weekday() < 5 and not date(2026, 2, 16) <= day <= date(2026, 2, 22)

    assert late_until(date(2026, 2, 13), working) == date(2026, 2, 27)
    assert late_until(date(2026, 1, 5), working) == date(2026, 1, 12)
    assert late_until(date(2026, 1, 5), lambda day: False) == date(2026, 1, 21)  # a calendar gone wrong ends too


@pytest.mark.parametrize("off", [timedelta(days=-20_000), timedelta(hours=-1), timedelta(hours=1)])
def test_a_rating_that_is_here_in_time_counts_whatever_the_devices_clock_says(day, off):
    ask = ended(day)
    day.wait(10)
    assert isinstance(day.do(c.Rate, ask=ask, level=5, pressed_at=day.now + off)[-1], e.Rated)


def test_no_press_is_stored_as_not_rated_and_never_as_satisfied(day):
    ended(day)
    day.wait(121)
    assert isinstance(day.do(c.Settle)[-1], e.RatingLapsed)
    assert day.state.tickets["A001"].level == 0


def test_a_rating_still_counts_when_the_next_ticket_is_already_called(day):
    ask = ended(day)
    day.take("A")
    assert call(day) == "A002"
    assert day.do(c.Rate, ask=ask, level=3, pressed_at=day.now)[-1].number == "A001"


# The end of the day.


def test_the_end_of_the_day_leaves_no_rating_open_but_takes_one_that_was_pressed_in_time(day):
    ask = ended(day)
    pressed = day.now + timedelta(seconds=5)
    day.wait(40)
    day.do(c.EndDay)
    assert (day.state.asks[ask].phase, day.state.open_asks) == ("lapsed", frozenset())
    day.wait(3600)
    assert isinstance(day.do(c.Rate, ask=ask, level=5, pressed_at=pressed)[-1], e.Rated)


def test_an_own_number_that_is_handed_over_after_the_day_is_kept_but_nobody_waits(day):
    day.do(c.EndDay)
    kinds = [type(event) for event in day.do(c.AdmitTicket, number="AB01", service="A", taken_at=MORNING)]
    assert kinds == [e.TicketAdmitted, e.TicketCancelled]
    assert (day.phase("AB01"), day.state.lines["A"]) == ("cancelled", ())


def test_what_a_device_says_fills_no_disk(day):
    refused = day.do(c.Rate, ask="x" * 60_000, level=5, pressed_at=day.now)[-1]
    assert len(refused.detail) == 200


def test_the_end_of_the_day_closes_every_ticket_and_counter_with_a_reason(day):
    day.take("A")
    day.take("A")
    day.take("B", printer=True)
    call(day)
    day.do(c.Serve, counter="1")
    day.do(c.EndDay)
    assert {ticket.phase for ticket in day.state.tickets.values()} == {"ended", "cancelled"}
    assert all(not day.state.counter(counter).clerk for counter in ("1", "2"))
    assert day.refused(c.TakeTicket, service="A") == "day-ended"
