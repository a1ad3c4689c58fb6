"""Which repeater speaks to a handheld is in the log: one choice at a time, the same for all who read it."""

import pytest
from msgspec.structs import replace

from halls.format import Position, Wireless
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import paths
from hub.domain.evolve import evolve_all
from hub.domain.state import new_day
from tests.support.day import Script, small_hall

REACH = ("r1", "r2", "r3")
KEYPAD = Position(id="keypad", kind="caller", area="lobby", counter="1", wireless=Wireless(address=7, repeaters=REACH))


@pytest.fixture
def script() -> Script:
    hall = small_hall()
    repeaters = tuple(Position(id=name, kind="repeater", area="lobby") for name in REACH)
    return Script(replace(hall, position=(*hall.position, *repeaters, KEYPAD)))


def choose(script: Script, repeater: str, instead_of: str, reason: str = "gone") -> tuple[e.AnyEvent, ...]:
    return script.do(c.ChoosePath, position="keypad", repeater=repeater, instead_of=instead_of, reason=reason)


def turns(script: Script) -> list[int]:
    return [paths.turn(script.state, KEYPAD, repeater) for repeater in REACH]


def test_the_first_in_the_halls_file_speaks_until_another_is_chosen(script):
    assert (paths.speaker(script.state, KEYPAD), turns(script)) == ("r1", [0, 1, 2])
    choose(script, "r3", "r1")
    assert (paths.speaker(script.state, KEYPAD), turns(script)) == ("r3", [1, 2, 0])


def test_of_two_processes_that_saw_the_same_death_one_is_heard(script):
    assert len(choose(script, "r2", "r1")) == 1
    assert choose(script, "r3", "r1") == ()
    assert paths.speaker(script.state, KEYPAD) == "r2"


@pytest.mark.parametrize(("position", "repeater"), [("keypad", "r1"), ("nobody", "r2")])
def test_a_choice_of_nothing_is_none(script, position, repeater):
    assert script.do(c.ChoosePath, position=position, repeater=repeater, instead_of="r1", reason="gone") == ()


def test_it_is_remembered_who_lost_it_and_when(script):
    choose(script, "r2", "r1", "lost")
    lost_at = script.now
    script.wait(10)
    choose(script, "r3", "r2", "better")
    assert script.state.paths["keypad"].left == {"r1": lost_at}


def test_a_repeater_that_the_hall_put_elsewhere_speaks_no_more(script):
    choose(script, "r3", "r1")
    moved = replace(KEYPAD, wireless=Wireless(address=7, repeaters=("r1", "r2")))
    assert paths.speaker(script.state, moved) == "r1"


def test_the_log_read_again_says_the_same(script):
    choose(script, "r3", "r1")
    choose(script, "r2", "r3", "lost")
    again = evolve_all(new_day(script.hall, "2026-01-05"), script.events)
    assert again.paths == script.state.paths


def test_a_choice_can_still_be_made_when_the_day_is_over(script):
    script.do(c.EndDay)
    assert [type(one) for one in choose(script, "r2", "r1")] == [e.PathChosen]
