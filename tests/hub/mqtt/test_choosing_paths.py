"""The choice among repeaters: at once when it must be, by far when it need not, and never to and fro."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.state import Path
from hub.mqtt import paths
from hub.mqtt.paths import AGAIN_S, BETTER_DB, STAYS_S, Candidate
from hub.roster import Hearing

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def one(name: str, *, here: bool = True, heard: float | None = 5.0, stood_in: float | None = None, **told) -> Candidate:
    heard_at = None if heard is None else ago(heard)
    stood_in_at = None if stood_in is None else ago(stood_in)
    return Candidate(repeater=name, can_speak=here, hearing=Hearing(heard_at=heard_at, stood_in_at=stood_in_at, **told))


def since(seconds: float, **left: float) -> Path:
    return Path(repeater="a", at=ago(seconds), left={name: ago(when) for name, when in left.items()})


def test_where_all_is_well_nothing_changes():
    assert paths.wish("a", [one("a"), one("b"), one("c")], None, NOW) is None


def test_one_that_is_gone_is_replaced_at_once_by_the_one_that_hears_best():
    reach = [one("a", here=False), one("b", rssi_dbm=-80.0), one("c", rssi_dbm=-60.0)]
    assert paths.wish("a", reach, since(0.1), NOW) == ("c", "gone")


def test_one_that_hears_it_comes_before_one_that_is_said_to():
    reach = [one("a", here=False), one("b", heard=None), one("c", heard=40, rssi_dbm=-95.0, loss=0.5)]
    assert paths.wish("a", reach, None, NOW) == ("c", "gone")


def test_with_nobody_else_there_it_stays():
    assert paths.wish("a", [one("a", here=False), one("b", here=False)], None, NOW) is None
    assert paths.wish("a", [one("a", misses=3)], None, NOW) is None


def test_one_that_gets_no_echo_is_left_for_one_that_heard_it_of_late():
    assert paths.wish("a", [one("a", misses=1, heard=20), one("b", heard=10)], since(1), NOW) == ("b", "lost")


def test_a_handheld_that_nobody_heard_for_long_is_not_handed_round():
    """Its battery is out."""
    assert paths.wish("a", [one("a", misses=5, heard=91), one("b", heard=100)], since(300), NOW) is None


def test_who_lost_it_a_moment_ago_is_not_tried_again_unless_it_heard_it_since():
    lost = one("a", misses=1, heard=5)
    assert paths.wish("a", [lost, one("b", heard=40)], since(2, b=30), NOW) is None
    assert paths.wish("a", [lost, one("b", heard=20)], since(2, b=30), NOW) == ("b", "lost")
    assert paths.wish("a", [lost, one("b", heard=80)], since(2, b=AGAIN_S + 1), NOW) == ("b", "lost")


def test_one_that_misses_it_as_well_is_no_help():
    assert paths.wish("a", [one("a", misses=1), one("b", misses=1)], None, NOW) is None


def test_who_had_to_stand_in_takes_over():
    assert paths.wish("a", [one("a", heard=20), one("b", heard=1, stood_in=0.8)], since(60), NOW) == ("b", "lost")


def test_a_speaker_that_heard_the_press_too_was_only_too_weak_once():
    assert paths.wish("a", [one("a", heard=1.0), one("b", heard=1, stood_in=0.8)], since(60), NOW) is None


def test_a_standing_in_of_before_the_change_is_over():
    assert paths.wish("a", [one("a", heard=50), one("b", heard=40, stood_in=40)], since(30), NOW) is None


@pytest.mark.parametrize(
    ("speaker", "other", "changes"),
    [
        ({"rssi_dbm": -80.0}, {"rssi_dbm": -80.0 + BETTER_DB - 1}, False),
        ({"rssi_dbm": -80.0}, {"rssi_dbm": -80.0 + BETTER_DB}, True),
        ({"loss": 0.5}, {"loss": 0.3}, False),
        ({"loss": 0.5}, {"loss": 0.1}, True),
        ({"rssi_dbm": -60.0, "loss": 0.5}, {"rssi_dbm": -66.0}, False),
        ({"rssi_dbm": -60.0}, {"loss": 0.0}, False),  # who does not tell his strength is not better for it
    ],
)
def test_a_better_one_is_chosen_only_if_it_is_better_by_far(speaker, other, changes):
    wish = paths.wish("a", [one("a", **speaker), one("b", **other)], since(STAYS_S + 1), NOW)
    assert wish == (("b", "better") if changes else None)


def test_a_better_one_waits_until_the_last_change_is_a_while_ago():
    reach = [one("a", rssi_dbm=-90.0), one("b", rssi_dbm=-50.0)]
    assert paths.wish("a", reach, since(STAYS_S - 1), NOW) is None
    assert paths.wish("a", reach, since(STAYS_S), NOW) == ("b", "better")


def test_strength_of_long_ago_says_nothing():
    reach = [one("a", rssi_dbm=-90.0), one("b", rssi_dbm=-50.0, heard=91)]
    assert paths.wish("a", reach, None, NOW) is None


hearings = st.builds(
    lambda heard, stood, rssi, loss, misses: Hearing(
        heard_at=None if heard is None else ago(heard),
        stood_in_at=None if stood is None else ago(stood),
        rssi_dbm=rssi,
        loss=loss,
        misses=misses,
    ),
    st.none() | st.floats(0, 300),
    st.none() | st.floats(0, 300),
    st.none() | st.floats(-110, -30),
    st.none() | st.floats(0, 1),
    st.integers(0, 3),
)
reaches = st.lists(st.tuples(st.booleans(), hearings), min_size=2, max_size=5)


@given(reaches, st.none() | st.builds(since, st.floats(0, 300), b=st.floats(0, 300)))
def test_nobody_is_chosen_who_is_not_there_and_nobody_instead_of_himself(reach, path):
    candidates = [
        Candidate(repeater=name, can_speak=here, hearing=hearing)
        for name, (here, hearing) in zip("abcde", reach, strict=False)
    ]
    wish = paths.wish("a", candidates, path, NOW)
    there = {candidate.repeater for candidate in candidates if candidate.can_speak}
    assert wish is None or wish[0] in there - {"a"}
    if "a" not in there and there:
        assert wish is not None
        assert wish[1] == "gone"


@given(reaches)
def test_right_after_a_change_for_the_better_there_is_none_back(reach):
    """With the same facts on the table."""
    candidates = [
        Candidate(repeater=name, can_speak=here, hearing=hearing)
        for name, (here, hearing) in zip("abcde", reach, strict=False)
    ]
    wish = paths.wish("a", candidates, None, NOW)
    if wish is not None and wish[1] == "better":
        assert paths.wish(wish[0], candidates, Path(repeater=wish[0], at=NOW), NOW) is None
