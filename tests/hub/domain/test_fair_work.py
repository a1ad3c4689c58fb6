"""Fair work among general counters: who worked less comes first for a moment, or gets the longer business."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from halls.format import parse
from hub.domain import commands as c
from hub.domain import words
from hub.domain.events import Refused, TicketCalled
from hub.domain.policies import POLICIES
from tests.support.day import Script

DONGCHENG = Path(__file__).parents[3] / "halls" / "dongcheng.toml"


@pytest.fixture
def day():
    """Two general counters of the first floor, 12 and 13, which serve A (8 min), E (14 min) and F (6 min)."""
    hall = parse(DONGCHENG.read_text("utf-8"), str(DONGCHENG))
    script = Script(replace(hall, policy=replace(hall.policy, calling="fair-work")))
    script.sign_on("12", "1012")
    script.sign_on("13", "1013")
    return script


def take(day, service):
    day.wait(1)
    return day.do(c.TakeTicket, service=service)[0].number


def work(day, counter, minutes):
    number = take(day, "A")
    assert call(day, counter).number == number
    day.do(c.Serve, counter=counter)
    day.wait(minutes * 60)
    day.do(c.End, counter=counter)


def call(day, counter):
    return day.do(c.CallNext, counter=counter)[-1]


def test_while_both_have_worked_alike_whoever_presses_gets_the_first(day):
    first = take(day, "A")
    called = call(day, "12")
    assert (called.number, called.why) == (first, "even-first")


def test_who_worked_more_leaves_the_ticket_to_an_idle_one_for_a_few_seconds(day):
    work(day, "12", 30)
    number = take(day, "A")
    left = call(day, "12")
    assert isinstance(left, Refused)
    assert (left.code, left.detail) == ("even-left", "13")
    day.wait(20)
    assert call(day, "12").number == number


def test_the_one_to_whom_it_is_left_gets_it_at_once(day):
    work(day, "12", 30)
    number = take(day, "A")
    assert isinstance(call(day, "12"), Refused)
    called = call(day, "13")
    assert isinstance(called, TicketCalled)
    assert called.number == number


@pytest.mark.parametrize("away", [c.Pause, c.SignOff])
def test_nothing_is_left_to_a_counter_that_calls_nobody(day, away):
    work(day, "12", 30)
    day.do(away, counter="13")
    number = take(day, "A")
    assert call(day, "12").number == number


def test_of_those_who_came_together_who_worked_more_takes_the_shortest_who_worked_less_the_longest(day):
    work(day, "12", 30)
    numbers = {service: take(day, service) for service in ("A", "F", "E", "A")}
    day.wait(30)
    longest = call(day, "13")
    assert (longest.number, longest.why) == (numbers["E"], "even-longer")
    shortest = call(day, "12")
    assert (shortest.number, shortest.why) == (numbers["F"], "even-shorter")
    assert int(shortest.because["mine"]) > 90 > 10 > int(shortest.because["others"])


def test_who_came_minutes_earlier_is_passed_by_nobody(day):
    work(day, "12", 30)
    first = take(day, "E")
    day.wait(4 * 60)
    take(day, "F")
    assert call(day, "12").number == first


def test_a_special_counter_takes_whoever_came_first(day):
    day.sign_on("07", "1007")
    work(day, "12", 30)
    first = take(day, "C")
    take(day, "D")
    assert call(day, "07").number == first


def test_every_reason_is_told_in_both_languages(day):
    for code, told in POLICIES["fair-work"].words.items():
        filled = words.why(code, "A012", {"mine": "80", "others": "60"})
        assert "A012" in filled.zh or "detail" in told.zh, code
        assert "A012" in filled.en or "detail" in told.en, code
    assert "13" in words.refusal("even-left", "13").zh
    assert "13" in words.refusal("even-left", "13").en
