"""Screens in step: where each should be, and what brings it there."""

import pytest

from edge.signage_player import pace
from edge.signage_player.pace import Jump, Place, Seek, Speed

LENGTHS = [10.0, 20.0, 5.0]


@pytest.mark.parametrize(
    ("at", "place"),
    [
        (0.0, Place(0, 0.0)),
        (9.5, Place(0, 9.5)),
        (10.0, Place(1, 0.0)),
        (34.0, Place(2, 4.0)),
        (35.0, Place(0, 0.0)),
        (35 * 50_000_000 + 12.5, Place(1, 2.5)),
    ],
)
def test_what_plays_follows_from_the_time(at: float, place: Place) -> None:
    found = pace.wanted(LENGTHS, at)
    assert (found.index, found.at_s) == (place.index, pytest.approx(place.at_s, abs=1e-5))


@pytest.mark.parametrize(
    ("actual", "at", "error_s"),
    [
        (Place(0, 5.0), 5.0, 0.0),
        (Place(0, 5.3), 5.0, 0.3),
        (Place(1, 0.0), 9.9, 0.1),
        (Place(0, 0.0), 34.8, 0.2),
        (Place(2, 4.9), 35.1, -0.2),
        (Place(0, 0.0), 17.0, -17.0),
        (Place(0, 0.0), 18.0, 17.0),
    ],
)
def test_the_error_is_the_shorter_way_round(actual: Place, at: float, error_s: float) -> None:
    assert pace.error_s(LENGTHS, actual, at) == pytest.approx(error_s)


@pytest.mark.parametrize(
    ("actual", "speed", "still", "correction"),
    [
        (Place(1, 5.0), 1.0, False, None),
        (Place(1, 5.03), 1.0, False, None),
        (Place(1, 5.01), 1.05, False, Speed(1.0)),
        (Place(1, 5.1), 1.0, False, Speed(0.975)),
        (Place(1, 4.9), 1.0, False, Speed(1.025)),
        (Place(1, 4.9), 1.025, False, None),
        (Place(1, 5.45), 1.0, False, Speed(0.95)),
        (Place(1, 6.0), 1.0, False, Seek(5.0)),
        (Place(1, 0.0), 1.05, False, Seek(5.0)),
        (Place(0, 5.0), 1.0, False, Jump(1)),
        (Place(0, 5.0), 1.0, True, Jump(1)),
        (Place(1, 9.0), 1.0, True, None),
    ],
)
def test_small_errors_are_made_good_by_speed_large_ones_by_a_seek_or_a_jump(
    actual: Place, speed: float, still: bool, correction: object
) -> None:
    assert pace.correction(LENGTHS, actual, speed, 15.0, still=still) == correction


def test_a_picture_that_is_late_gives_way_and_one_that_is_a_little_early_may_stay() -> None:
    lengths = [5.0, 5.0]
    assert pace.correction(lengths, Place(0, 5.1), 1.0, 5.1, still=True) is None
    assert pace.correction(lengths, Place(0, 4.0), 1.0, 5.1, still=True) == Jump(1)
    assert pace.correction(lengths, Place(1, 0.02), 1.0, 4.99, still=True) is None


@pytest.mark.parametrize("start", [Place(0, 0.0), Place(1, 4.6), Place(1, 5.4), Place(2, 1.0), Place(1, 19.9)])
@pytest.mark.parametrize("drift", [0.0, 0.001, -0.001])
def test_from_anywhere_a_player_comes_into_step_and_stays_there(start: Place, drift: float) -> None:
    """A player that drifts, is asked once a second, and does what it is told."""
    at, speed = 15.0, 1.0
    circle = sum(LENGTHS)
    done = sum(LENGTHS[: start.index]) + start.at_s
    errors = []
    for _ in range(120):
        actual = pace.wanted(LENGTHS, done)
        match pace.correction(LENGTHS, actual, speed, at, still=False):
            case Speed(factor):
                speed = factor
            case Seek(at_s):
                done = sum(LENGTHS[: actual.index]) + at_s
            case Jump(index):
                done = sum(LENGTHS[:index])
        errors.append(abs(pace.error_s(LENGTHS, pace.wanted(LENGTHS, done), at)))
        done, at = (done + speed * (1 + drift)) % circle, at + 1.0
    assert max(errors[20:]) <= 0.05


def test_it_is_known_when_the_next_item_is_due() -> None:
    assert pace.next_change_s(LENGTHS, 12.0) == 18.0
