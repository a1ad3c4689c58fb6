"""Two repeaters, one handheld: one press acts once, two presses act twice, whoever hears them."""

from datetime import UTC, datetime

import pytest

from halls.format import Position
from hub.mqtt.echoes import Echoes
from hub.roster import Seat
from wire.messages import Action

HANDHELD = Seat(hall="small", position=Position(id="handheld-1", kind="caller", area="lobby", counter="1"))
ELSEWHERE = Seat(hall="other", position=HANDHELD.position)


class Air:
    """`hears` one after another, `wait` in between."""

    def __init__(self) -> None:
        self.now = 0.0
        self._echoes = Echoes(lambda: self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def acts(self, repeater: str, ident: str, verb: str = "call-next", handheld: Seat = HANDHELD) -> bool:
        return not self._echoes.is_echo(
            handheld, repeater, ident, Action(id=ident, verb=verb, at=datetime(2026, 1, 5, tzinfo=UTC))
        )


@pytest.fixture
def air() -> Air:
    return Air()


def test_one_press_that_two_repeaters_heard_acts_once(air):
    assert [air.acts("a", "a-1"), air.acts("b", "b-1"), air.acts("c", "c-1")] == [True, False, False]


def test_a_second_press_acts_whichever_repeater_is_first(air):
    """Both heard the first; the second, right after it, comes through the other one first, or through it alone."""
    assert [air.acts("a", "a-1"), air.acts("b", "b-1")] == [True, False]
    air.wait(0.7)
    assert [air.acts("b", "b-2"), air.acts("a", "a-2")] == [True, False]
    air.wait(0.7)
    assert air.acts("b", "b-3")


def test_a_message_that_comes_again_is_what_it_was(air):
    """The broker may deliver twice. What counted has its id at the desk; what was an echo must stay one."""
    assert [air.acts("a", "a-1"), air.acts("b", "b-1"), air.acts("b", "b-1"), air.acts("a", "a-1")] == [
        True, False, False, True,
    ]  # fmt: skip


def test_another_key_is_another_press(air):
    assert [air.acts("a", "a-1", "call-next"), air.acts("b", "b-1", "serve")] == [True, True]


def test_later_it_is_another_press(air):
    assert air.acts("a", "a-1")
    air.wait(1.5)
    assert air.acts("b", "b-1")


def test_handhelds_of_two_halls_do_not_meet(air):
    assert [air.acts("a", "a-1"), air.acts("b", "b-1", handheld=ELSEWHERE)] == [True, True]
