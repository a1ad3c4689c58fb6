"""Appointments on the day that they are for: places are never given twice, and who booked walks to a called number."""

from datetime import datetime, timedelta

import pytest

from hub.domain import appointment_commands as ac
from hub.domain import appointment_events as ae
from hub.domain import commands as c
from hub.domain import events as e
from tests.support.day import MORNING, Script

DAY = "2026-01-05"
BEFORE = MORNING - timedelta(days=3)


@pytest.fixture
def day() -> Script:
    """Three days ahead of its morning (09:00)."""
    script = Script()
    script.now = BEFORE
    return script


def book(day: Script, code: str, person: str = "", slot: str = "09:30", **fields: object) -> tuple[e.AnyEvent, ...]:
    told = {"service": "A", "minutes": 30, "capacity": 2, "via": "phone", **fields}
    return day.do(ac.Book, day=DAY, code=code, person=person or f"p-{code}", slot=slot, **told)


def refusal(happened: tuple[e.AnyEvent, ...]) -> tuple[str, str]:
    last = happened[-1]
    assert isinstance(last, e.Refused), last
    return last.code, last.detail


def phase(day: Script, code: str) -> str:
    return day.state.appointments[code].phase


def test_a_place_is_booked_for_a_person_in_a_slot_of_the_day(day: Script) -> None:
    (booked,) = book(day, "AAAAAAAA")
    assert isinstance(booked, ae.AppointmentBooked)
    assert booked.slot_at == MORNING + timedelta(minutes=30)
    assert day.state.appointments["AAAAAAAA"].is_open


def test_a_slot_has_no_more_places_than_it_has(day: Script) -> None:
    book(day, "AAAAAAAA")
    book(day, "BBBBBBBB")
    assert refusal(book(day, "CCCCCCCC")) == ("slot-full", "09:30")
    assert isinstance(book(day, "CCCCCCCC", slot="10:00")[0], ae.AppointmentBooked)


def test_another_service_has_places_of_its_own(day: Script) -> None:
    book(day, "AAAAAAAA", capacity=1)
    assert isinstance(book(day, "BBBBBBBB", capacity=1, service="B")[0], ae.AppointmentBooked)


def test_a_person_has_one_open_appointment_for_a_service_and_day(day: Script) -> None:
    book(day, "AAAAAAAA", "wang")
    assert refusal(book(day, "BBBBBBBB", "wang", slot="10:00")) == ("booked-already", "09:30")
    day.do(ac.CancelAppointment, day=DAY, code="AAAAAAAA")
    assert isinstance(book(day, "BBBBBBBB", "wang", slot="10:00")[0], ae.AppointmentBooked)


def test_an_agent_may_come_for_several_people_and_each_has_one(day: Script) -> None:
    book(day, "AAAAAAAA", "agent", principal="wang")
    assert isinstance(book(day, "BBBBBBBB", "agent", principal="li")[0], ae.AppointmentBooked)
    assert refusal(book(day, "CCCCCCCC", "other", principal="wang", slot="10:00"))[0] == "booked-already"


def test_a_slot_that_began_is_not_booked(day: Script) -> None:
    day.now = MORNING + timedelta(minutes=30)
    assert refusal(book(day, "AAAAAAAA")) == ("slot-over", "09:30")


def test_moving_frees_the_old_place_and_takes_the_new(day: Script) -> None:
    book(day, "AAAAAAAA", capacity=1)
    move = {"day": DAY, "code": "AAAAAAAA", "minutes": 30}
    day.do(ac.MoveAppointment, slot="10:00", capacity=1, **move)
    assert isinstance(book(day, "BBBBBBBB", capacity=1)[0], ae.AppointmentBooked)
    assert day.refused(ac.MoveAppointment, slot="09:30", capacity=1, **move) == "slot-full"
    assert day.state.appointments["AAAAAAAA"].slot_at == MORNING + timedelta(hours=1)


@pytest.mark.parametrize("kind", [ac.MoveAppointment, ac.CancelAppointment])
def test_two_hours_before_it_is_changed_by_staff_only(day: Script, kind: type[ac.OfDay]) -> None:
    book(day, "AAAAAAAA", slot="14:00")
    fields = {"slot": "15:00", "minutes": 30, "capacity": 2} if kind is ac.MoveAppointment else {}
    day.now = MORNING + timedelta(hours=3, seconds=1)
    assert day.refused(kind, day=DAY, code="AAAAAAAA", **fields) == "too-late-to-change"
    assert not isinstance(day.do(kind, day=DAY, code="AAAAAAAA", staff=True, **fields)[0], e.Refused)


def test_a_place_that_comes_free_goes_to_who_waited_longest(day: Script) -> None:
    book(day, "AAAAAAAA", capacity=1)
    book(day, "BBBBBBBB", capacity=1, or_wait=True)
    book(day, "CCCCCCCC", capacity=1, or_wait=True)
    assert phase(day, "BBBBBBBB") == "waiting"
    _, promoted = day.do(ac.CancelAppointment, day=DAY, code="AAAAAAAA")
    assert isinstance(promoted, ae.AppointmentPromoted)
    assert (phase(day, "BBBBBBBB"), phase(day, "CCCCCCCC")) == ("booked", "waiting")
    assert refusal(book(day, "DDDDDDDD", capacity=1)) == ("slot-full", "09:30")


def test_who_waits_in_vain_is_told_while_other_ways_are_open(day: Script) -> None:
    book(day, "AAAAAAAA", capacity=1, slot="14:00")
    book(day, "BBBBBBBB", capacity=1, slot="14:00", or_wait=True)
    day.now = MORNING + timedelta(hours=3, seconds=1)
    (told,) = day.do(c.Settle)
    assert isinstance(told, ae.AppointmentCancelled)
    assert (told.code, told.reason) == ("BBBBBBBB", "no-place")
    assert day.do(c.Settle) == ()


@pytest.mark.parametrize(
    ("at", "code", "detail"),
    [("08:59:59", "too-early", "09:00"), ("09:45:01", "appointment-over", "09:30")],
)
def test_early_and_late_are_told_with_the_time(day: Script, at: str, code: str, detail: str) -> None:
    book(day, "AAAAAAAA")
    day.now = datetime.fromisoformat(f"{DAY}T{at}+08:00")
    assert refusal(day.do(ac.CheckIn, code="AAAAAAAA")) == (code, detail)


@pytest.mark.parametrize("at", ["09:00:00", "09:45:00"])
def test_in_time_a_ticket_comes_directly_with_the_booked_mark(day: Script, at: str) -> None:
    book(day, "AAAAAAAA")
    day.now = datetime.fromisoformat(f"{DAY}T{at}+08:00")
    kept, reserved, queued = day.do(ac.CheckIn, code="AAAAAAAA")
    assert (kept.number, reserved.number, queued.number) == ("YA001",) * 3
    assert reserved.appointment == "AAAAAAAA"
    assert phase(day, "AAAAAAAA") == "kept"
    assert refusal(day.do(ac.CheckIn, code="AAAAAAAA")) == ("checked-in", "YA001")


def test_an_identity_card_finds_the_appointment_too(day: Script) -> None:
    book(day, "AAAAAAAA", "wang")
    day.now = MORNING
    assert day.do(ac.CheckIn, person="wang")[0].code == "AAAAAAAA"
    assert refusal(day.do(ac.CheckIn, person="li"))[0] == "no-appointment"


def test_a_slip_that_did_not_come_out_can_be_had_again(day: Script) -> None:
    book(day, "AAAAAAAA")
    day.now = MORNING
    number = day.do(ac.CheckIn, code="AAAAAAAA", printer=True)[0].number
    day.do(c.ConfirmPrint, number=number, outcome="failed", reason="paper out", printed_at=day.now)
    assert phase(day, "AAAAAAAA") == "booked"
    assert day.do(ac.CheckIn, code="AAAAAAAA", printer=True)[0].number == "YA002"


def test_who_does_not_come_missed_it_and_is_told_once(day: Script) -> None:
    book(day, "AAAAAAAA")
    book(day, "BBBBBBBB")
    day.now = MORNING
    day.do(ac.CheckIn, code="BBBBBBBB")
    day.now = MORNING + timedelta(minutes=45)
    assert day.do(c.Settle) == ()
    day.wait(1)
    (missed,) = day.do(c.Settle)
    assert isinstance(missed, ae.AppointmentMissed)
    assert missed.code == "AAAAAAAA"
    assert day.do(c.Settle) == ()
    assert refusal(day.do(ac.CheckIn, code="AAAAAAAA"))[0] == "appointment-over"


def test_at_the_days_end_nothing_stays_open(day: Script) -> None:
    book(day, "AAAAAAAA", slot="16:00", capacity=1)
    book(day, "BBBBBBBB", slot="16:00", capacity=1, or_wait=True)
    day.now = MORNING
    day.take("A")
    day.now = MORNING + timedelta(hours=16)
    day.do(c.EndDay)
    assert (phase(day, "AAAAAAAA"), phase(day, "BBBBBBBB")) == ("missed", "cancelled")
    assert refusal(book(day, "CCCCCCCC", slot="23:30"))[0] in ("day-ended", "slot-over")


def test_a_day_on_which_no_hub_was_there_is_nobodys_miss(day: Script) -> None:
    book(day, "AAAAAAAA", slot="16:00", capacity=1)
    book(day, "BBBBBBBB", slot="16:00", capacity=1, or_wait=True)
    day.now = MORNING + timedelta(days=1)
    day.do(c.EndDay)
    ended = {code: day.state.appointments[code] for code in ("AAAAAAAA", "BBBBBBBB")}
    assert {code: (one.phase, one.reason) for code, one in ended.items()} == {
        "AAAAAAAA": ("cancelled", "hall"),
        "BBBBBBBB": ("cancelled", "no-place"),
    }


def test_a_code_is_never_given_twice(day: Script) -> None:
    book(day, "AAAAAAAA", "wang")
    assert refusal(book(day, "AAAAAAAA", "li"))[0] == "code-taken"
