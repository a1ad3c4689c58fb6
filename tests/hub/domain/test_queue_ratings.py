"""What the hub makes of a rating and of the reasons that follow it: the first press, for its own ticket, once."""

import pytest

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.ratings import ask_id
from hub.domain.validation import InvalidCommandError
from tests.support.day import Script
from wire.reasons import REASONS, are_reasons

FIRST, SECOND = "evaluator-1/b-1", "evaluator-2/b-1"


@pytest.fixture
def day() -> Script:
    return Script()


@pytest.fixture
def ask(day: Script) -> str:
    """A001 was served at counter 1, and its citizen is asked."""
    day.do(c.SignOn, counter="1")
    day.take("A")
    day.do(c.CallNext, counter="1")
    day.do(c.End, counter="1")
    return ask_id(day.state.day, "A001")


def rate(day: Script, ask: str, ident: str = FIRST, level: int = 2) -> e.AnyEvent:
    return day.do(c.Rate, id=ident, ask=ask, level=level, pressed_at=day.now)[-1]


def explain(
    day: Script, ask: str, rating: str = FIRST, level: int = 2, reasons: tuple[str, ...] = ("213",)
) -> e.AnyEvent:
    return day.do(c.GiveReasons, ask=ask, rating=rating, level=level, reasons=reasons)[-1]


def code(event: e.AnyEvent) -> str:
    assert isinstance(event, e.Refused), event
    return event.code


@pytest.mark.parametrize("serves", [False, True])
def test_a_rating_is_for_the_ticket_it_was_asked_for_though_the_next_is_called_or_served(day, ask, serves):
    day.take("A")
    day.do(c.CallNext, counter="1")
    if serves:
        day.do(c.Serve, counter="1")
    assert rate(day, ask).number == "A001"
    assert (day.state.tickets["A001"].level, day.state.tickets["A002"].level) == (2, 0)


def test_a_rating_is_for_its_own_ticket_though_the_next_ones_is_asked_for_already(day, ask):
    day.take("A")
    day.do(c.CallNext, counter="1")
    day.do(c.End, counter="1")
    assert rate(day, ask, level=5).number == "A001"
    assert rate(day, ask_id(day.state.day, "A002"), SECOND, 1).number == "A002"
    assert (day.state.tickets["A001"].level, day.state.tickets["A002"].level) == (5, 1)


def test_of_two_evaluators_at_a_counter_the_first_press_is_the_rating(day, ask):
    rate(day, ask, FIRST, 5)
    assert code(rate(day, ask, SECOND, 1)) == "already-rated"
    assert day.state.tickets["A001"].level == 5


def test_reasons_follow_their_rating_and_name_it(day, ask):
    rate(day, ask)
    given = explain(day, ask, reasons=("213", "209"))
    assert isinstance(given, e.ReasonsGiven)
    assert (given.rating, given.number, given.counter, given.clerk) == (FIRST, "A001", "1", "1001")
    assert given.reasons == ("213", "209")


def test_reasons_leave_the_level_as_it_was_pressed(day, ask):
    rate(day, ask, level=2)
    explain(day, ask)
    assert code(explain(day, ask, level=5, reasons=("510",))) == "already-explained"
    assert day.state.tickets["A001"].level == 2


def test_reasons_for_another_level_than_was_pressed_are_refused(day, ask):
    rate(day, ask, level=2)
    assert code(explain(day, ask, level=5, reasons=("510",))) == "already-rated"


def test_reasons_of_the_evaluator_that_came_second_are_refused(day, ask):
    rate(day, ask, FIRST)
    assert code(explain(day, ask, SECOND)) == "already-rated"


def test_reasons_that_overtake_their_rating_are_kept_and_the_rating_still_counts(day, ask):
    """They come by two processes of the hub, one of which was killed before it wrote."""
    assert isinstance(explain(day, ask), e.ReasonsGiven)
    assert isinstance(rate(day, ask), e.Rated)
    assert day.state.asks[ask].rating in day.state.asks[ask].explained


def test_reasons_come_for_a_rating_of_a_day_that_is_over(day, ask):
    rate(day, ask)
    day.do(c.EndDay)
    assert isinstance(explain(day, ask), e.ReasonsGiven)


def test_reasons_for_what_nobody_asked_are_refused(day, ask):
    assert code(explain(day, "2026-01-05.A099")) == "unknown-ask"


@pytest.mark.parametrize("reasons", [(), ("213", "213"), ("510",), ("999",), ("",), ("x" * 60_000,)])
def test_what_is_no_reason_for_that_level_is_refused_at_the_door(day, ask, reasons):
    rate(day, ask)
    with pytest.raises(InvalidCommandError) as refusal:
        explain(day, ask, reasons=reasons)
    assert refusal.value.code == "bad-reasons"


def test_every_level_has_eight_reasons_whose_codes_begin_with_it():
    assert {level: len(codes) for level, codes in REASONS.items()} == dict.fromkeys((5, 4, 3, 2, 1), 8)
    assert all(code.startswith(str(level)) for level, codes in REASONS.items() for code in codes)
    assert all(are_reasons(level, tuple(codes)) for level, codes in REASONS.items())


def test_a_citizen_who_is_asked_anew_after_an_undo_explains_a_rating_once_all_the_same(day, ask):
    explain(day, ask)
    day.do(c.Undo, counter="1")
    day.do(c.End, counter="1")
    assert day.state.asks[ask].phase == "asked"
    assert code(explain(day, ask)) == "already-explained"
