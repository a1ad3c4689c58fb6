"""The agent's clock follows the hub's, and does not run backwards for nothing."""

import time

import pytest

from edge.runtime.clock import Clock


def test_a_clock_that_is_hours_wrong_is_put_right_by_one_exchange():
    clock = Clock()
    now = clock.now()
    assert clock.measure(now - 0.01, now - 7200, now)
    assert clock.now() == pytest.approx(time.time() - 7200, abs=1.0)


def test_a_small_correction_never_makes_time_run_backwards():
    clock = Clock()
    before = clock.now()
    assert not clock.measure(before - 0.01, before - 0.5, before)
    assert clock.now() >= before


def test_a_long_round_trip_does_not_undo_a_good_measurement():
    clock = Clock()
    now = clock.now()
    clock.measure(now - 0.001, now + 100, now)
    good = clock.now() - time.time()
    clock.measure(now - 5.0, now - 100, now)
    assert clock.now() - time.time() == pytest.approx(good, abs=0.1)


def test_an_answer_that_came_before_its_question_is_ignored():
    clock = Clock()
    now = clock.now()
    assert not clock.measure(now + 5, now + 900, now)
    assert clock.now() == pytest.approx(time.time(), abs=1.0)
