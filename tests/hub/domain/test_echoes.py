"""Two repeaters, one handheld: one press acts once, two presses act twice, whoever hears them."""

from datetime import timedelta

import pytest

from hub.domain import commands as c
from hub.domain import events as e
from tests.support.day import Script


class Air:
    """`acts`: whether anything came of what a repeater passed on; `wait` in between."""

    def __init__(self) -> None:
        self.script = Script()
        self.wait = self.script.wait

    def acts(self, repeater: str, verb: type[c.OnCounter] = c.CallNext, handheld: str = "handheld-1") -> bool:
        said = str(verb.__struct_config__.tag)
        happened = self.script.do(verb, counter="1", by=repeater, handheld=handheld, said=said)
        assert isinstance(happened[0], e.HandheldHeard)
        assert happened[0].echo == (len(happened) == 1)
        return len(happened) > 1


@pytest.fixture
def air() -> Air:
    return Air()


def test_one_press_that_two_repeaters_heard_acts_once(air):
    assert [air.acts("a"), air.acts("b"), air.acts("c")] == [True, False, False]


def test_an_echo_is_answered_as_done_and_changes_nothing(air):
    air.script.sign_on("1", "1001")
    air.script.take("A")
    assert air.acts("a")
    before = air.script.state.tickets
    assert not air.acts("b")
    assert air.script.state.tickets == before


def test_a_second_press_acts_whichever_repeater_is_first(air):
    """Both heard the first; the second, right after it, comes through the other one first, or through it alone."""
    assert [air.acts("a"), air.acts("b")] == [True, False]
    air.wait(0.7)
    assert [air.acts("b"), air.acts("a")] == [True, False]
    air.wait(0.7)
    assert air.acts("b")


def test_another_key_is_another_press(air):
    assert [air.acts("a"), air.acts("b", c.Serve)] == [True, True]


def test_later_it_is_another_press(air):
    assert air.acts("a")
    air.wait(1.5)
    assert air.acts("b")


def test_the_processes_clocks_need_not_agree_to_the_second(air):
    assert air.acts("a")
    air.wait(-0.4)
    assert not air.acts("b")


def test_other_handhelds_do_not_matter(air):
    assert [air.acts("a"), air.acts("b", handheld="handheld-2")] == [True, True]


def test_whoever_comes_by_wire_has_no_echo():
    script = Script()
    assert [len(script.do(c.CallNext, counter="1", by=who)) for who in ("a", "b")] == [1, 1]


@pytest.mark.parametrize(("apart_s", "later_s", "acts"), [(0.0, 8.0, False), (0.7, 8.0, False), (0.8, 8.0, True),
                                                          (0.0, 20.0, True)])  # fmt: skip
def test_a_copy_that_the_network_held_up_is_an_echo_by_the_moment_of_the_press(apart_s, later_s, acts):
    """What tells it from another press is when the two repeaters heard it; past its time a press is refused anyhow."""
    script = Script()
    script.sign_on("1", "1001")
    about = {"counter": "1", "handheld": "handheld-1", "said": "call-next"}
    said_at = script.now
    script.do(c.CallNext, by="a", said_at=said_at, **about)
    script.wait(later_s)
    happened = script.do(c.CallNext, by="b", said_at=said_at + timedelta(seconds=apart_s), **about)
    assert (not happened[0].echo) == acts
