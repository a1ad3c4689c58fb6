"""What a citizen is told about waiting follows from the day: who is ahead, who works, what today's services took."""

from datetime import timedelta
from pathlib import Path

import pytest

from halls.format import parse
from hub.domain import commands as c
from hub.domain import estimate
from hub.domain.events import TicketReserved
from tests.support.day import Script

DONGCHENG = Path(__file__).parents[3] / "halls" / "dongcheng.toml"


@pytest.fixture
def day():
    """09:00 in the large hall: services A and F at counters 01 to 05."""
    return Script(parse(DONGCHENG.read_text("utf-8"), str(DONGCHENG)))


def open_counters(day, *counters):
    for counter in counters:
        day.sign_on(counter, f"10{counter}")


def queue(day, many, service="A", **fields):
    """As many tickets, a minute apart: the last one's event."""
    for _ in range(many):
        day.wait(60)
        reserved = day.do(c.TakeTicket, service=service, **fields)[0]
    return reserved


def wait(day, service="A", **fields):
    """When the last one that was told is old enough to be worked out anew."""
    return estimate.wait(day.state, service, day.now + timedelta(seconds=3), **fields)


def busy(day, *counters):
    for counter in counters:
        queue(day, 1)
        day.do(c.CallNext, counter=counter)
        day.do(c.Serve, counter=counter)


def test_where_a_counter_is_idle_the_wait_is_next_to_nothing(day):
    open_counters(day, "01", "02")
    now = wait(day)
    assert (now.ahead, now.low_s) == (0, 0)
    assert now.likely_s < 30
    assert now.high_s <= 180


@pytest.mark.parametrize("ahead", [1, 3, 8, 20])
def test_more_counters_make_it_shorter(day, ahead):
    open_counters(day, "01")
    busy(day, "01")
    queue(day, ahead)
    likely = []
    for more in ("02", "03", "04"):
        likely.append(wait(day).likely_s)
        open_counters(day, more)
    assert likely == sorted(likely, reverse=True)
    assert likely[-1] < likely[0]


def test_more_people_ahead_make_it_longer(day):
    open_counters(day, "01", "02")
    busy(day, "01", "02")
    likely = []
    for _ in range(6):
        likely.append(wait(day).likely_s)
        queue(day, 4)
    assert likely == sorted(likely)
    assert likely[-1] > 5 * likely[0]


def test_people_ahead_for_another_service_of_the_same_counter_count(day):
    open_counters(day, "01")
    busy(day, "01")
    alone = wait(day, "A")
    queue(day, 5, service="F")
    assert wait(day, "A").likely_s > alone.likely_s + 10 * 60
    assert wait(day, "A").ahead == 0


def test_a_queue_on_another_floor_changes_nothing(day):
    open_counters(day, "01", "38")
    busy(day, "01")
    before, now = wait(day), day.now
    queue(day, 10, service="Q")
    day.now = now
    assert wait(day) == before


def test_a_pause_makes_it_longer_and_is_expected_to_end(day):
    open_counters(day, "01", "02")
    busy(day, "01")
    queue(day, 6)
    both = wait(day)
    day.do(c.Pause, counter="02")
    paused = wait(day)
    day.do(c.Resume, counter="02")
    day.do(c.SignOff, counter="02")
    alone = wait(day)
    assert both.likely_s < paused.likely_s <= alone.likely_s


def test_slow_services_today_make_it_longer(day):
    open_counters(day, "01")
    queue(day, 10)
    usual = wait(day)
    for _ in range(4):
        day.do(c.CallNext, counter="01")
        day.do(c.Serve, counter="01")
        day.wait(40 * 60)
        day.do(c.End, counter="01")
    queue(day, 4)
    assert wait(day).likely_s > 1.3 * usual.likely_s


def test_priority_waits_less_and_an_appointment_for_its_slot(day):
    open_counters(day, "01")
    busy(day, "01")
    queue(day, 10)
    ordinary, first = wait(day), wait(day, mark="V")
    assert first.likely_s < ordinary.likely_s / 2
    slot = day.now + timedelta(minutes=40)
    booked = wait(day, mark="Y", slot_at=slot)
    assert 40 * 60 <= booked.likely_s <= 70 * 60


def test_numbers_that_are_being_printed_are_ahead(day):
    open_counters(day, "01")
    busy(day, "01")
    before = wait(day)
    day.do(c.TakeTicket, service="A", printer=True)
    day.wait(5)
    assert wait(day).ahead == before.ahead + 1
    assert wait(day).likely_s > before.likely_s


def test_the_same_day_at_the_same_moment_gets_the_same_answer(day):
    open_counters(day, "01", "06", "12")
    queue(day, 12)
    assert wait(day) == wait(day)
    assert estimate.waits(day.state) == estimate.waits(day.state)


def test_whoever_comes_right_after_another_is_told_no_less(day):
    """Within two seconds the last estimate stands, but for who came since."""
    open_counters(day, "01")
    busy(day, "01")
    told = [queue(day, 3)]
    for _ in range(4):
        day.wait(0.4)
        told.append(day.do(c.TakeTicket, service="A")[0])
    assert [one.ahead for one in told] == [2, 3, 4, 5, 6]
    assert [one.wait_s for one in told] == sorted({one.wait_s for one in told})


def test_what_screens_show_is_what_a_citizen_is_told_now(day):
    open_counters(day, "01", "02", "07", "14", "38")
    busy(day, "01", "02")
    last = queue(day, 4)
    assert isinstance(last, TicketReserved)
    for service, shown in estimate.waits(day.state).items():
        fresh = estimate.wait(day.state, service, day.now + timedelta(seconds=3))
        assert shown.ahead == fresh.ahead
        assert abs(shown.likely_s - fresh.likely_s) <= 0.3 * fresh.likely_s + 60


def test_before_the_first_event_of_a_day_every_service_has_an_estimate(day):
    waits = estimate.waits(day.state)
    assert set(waits) == {service.letter for service in day.hall.service}
    assert all(one.likely_s <= 20 * 60 for one in waits.values())


def test_where_nobody_works_any_more_nobody_is_promised_anything(day):
    day.now += timedelta(hours=2)
    queue(day, 1)
    assert (wait(day).likely_s, wait(day).high_s) == (4 * 3600, 4 * 3600)


def test_ranges_are_whole_minutes_around_the_likeliest(day):
    open_counters(day, "01")
    for _ in range(5):
        queue(day, 3)
        now = wait(day)
        assert now.low_s <= now.likely_s <= now.high_s
        assert (now.low_s % 60, now.high_s % 60) == (0, 0)


def test_who_waits_already_is_told_less_than_who_comes_now_and_less_with_each_call():
    day = Script()
    day.sign_on("1", "1001")
    numbers = []
    for _ in range(10):
        day.wait(5)
        numbers.append(day.take("A"))
    mine = day.state.tickets[numbers[3]]
    before = estimate.wait_of(day.state, mine, day.now).likely_s
    assert before < estimate.wait(day.state, "A", day.now).likely_s
    for _ in range(2):
        day.do(c.CallNext, counter="1")
        day.wait(240)
        day.do(c.End, counter="1")
    assert estimate.wait_of(day.state, mine, day.now).likely_s < before
