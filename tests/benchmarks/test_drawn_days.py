"""Drawn days are what their model says, the same again from the same seed, and fair to what they compare."""

from collections import Counter as Count
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pytest

from benchmarks.days.course import Course, moment
from benchmarks.days.forecasts import FLOOR, OURS, WAYS, Forecast, figures, mae_ratio, told
from benchmarks.days.oracle import Oracle
from benchmarks.days.plan import draw
from benchmarks.days.visits import HOUR
from benchmarks.days.workload import figures as work_figures
from benchmarks.days.workload import outcome
from halls.format import parse
from hub.domain import events as e
from hub.history.gini import gini

DONGCHENG = Path(__file__).parents[2] / "halls" / "dongcheng.toml"
HALL = parse(DONGCHENG.read_text("utf-8"), str(DONGCHENG))


@pytest.fixture(scope="module")
def course() -> Course:
    """A whole day, without estimates."""
    done = Course(draw(HALL, 7), estimating=False)
    done.run()
    return done


def test_a_seed_is_a_day_and_another_seed_another_day():
    assert draw(HALL, 7) == draw(HALL, 7)
    assert draw(HALL, 7).visits != draw(HALL, 8).visits


def test_most_come_after_opening_few_at_noon_and_many_again_afterwards():
    hours = Count(int(visit.at_s // HOUR) for seed in range(6) for visit in draw(HALL, seed).visits)
    assert hours[9] > 2 * hours[12]
    assert hours[14] > 1.5 * hours[12]
    assert min(hours) == 8
    assert max(hours) <= 17


def test_lanes_and_items_come_in_the_shares_of_the_model():
    visits = [visit for seed in range(6) for visit in draw(HALL, seed).visits]
    lanes = Count(visit.lane for visit in visits)
    assert 0.03 < lanes["priority"] / len(visits) < 0.06
    assert 0.12 < lanes["appointment"] / len(visits) < 0.20
    assert 0.05 < sum(bool(visit.more) for visit in visits) / len(visits) < 0.09


def test_everybody_is_called_once_or_still_waits_where_no_counter_is_left(course):
    assert len(course.visit_of) == len(course.plan.visits)
    left = {number for line in course.state.lines.values() for number in line} - set(course.calls)
    assert set(course.visit_of) - set(course.calls) == left
    assert len(left) < 0.02 * len(course.visit_of)


def test_clerks_take_breaks_citizens_miss_their_call_and_some_come_with_two_things():
    kinds: Count[type] = Count()

    class Watched(Course):
        def _do(self, kind, **fields):
            happened = super()._do(kind, **fields)
            kinds.update(type(one) for one in happened)
            return happened

    Watched(draw(HALL, 7), estimating=False).run()
    assert kinds[e.CounterPaused] == kinds[e.CounterResumed] > 48
    assert kinds[e.TicketMissed] > 20
    assert kinds[e.TicketTransferred] > 10
    assert kinds[e.CounterOpened] == kinds[e.CounterClosed] > 40


def test_nobody_is_called_before_coming_and_a_counter_calls_one_after_the_other(course):
    assert all(call.at_s >= call.visit.at_s for call in course.calls.values())
    for counter in course.plan.shifts:
        calls = sorted(call.at_s for call in course.calls.values() if call.counter == counter)
        assert all(later > earlier for earlier, later in pairwise(calls))


def test_a_course_without_estimates_is_the_same_course():
    plan = draw(HALL, 3, busy=0.3)
    with_them, without = Course(plan), Course(plan, estimating=False)
    with_them.run()
    without.run()
    assert with_them.calls == without.calls


def test_on_a_drawn_day_ours_is_nearer_than_both_formulas_and_the_range_holds():
    """Day 1 of the benchmark, the whole of it: the same figures on every machine."""
    rows = told(draw(HALL, 1), WAYS)
    errors = figures(rows)
    assert len(rows) > 1000
    assert mae_ratio(errors) <= 0.7
    assert errors[OURS]["coverage"] >= 0.75
    assert errors[OURS]["width_ratio"] < 1.3
    assert all(errors[way]["coverage"] < errors[OURS]["coverage"] for way in WAYS)


def test_who_knows_every_plan_is_nearer_still():
    """On an easier day, at forty arrivals: a floor that ours may near and not pass."""
    plan = draw(HALL, 2, busy=0.8)
    oracle, asked = Oracle(plan, 9), set(plan.visits[100:900:20])

    def foretold(course: Course, visit) -> Forecast:
        waits = oracle.waits(course, visit)
        return Forecast(waits[4], waits[0], waits[8])

    errors = figures(told(plan, {**WAYS, FLOOR: foretold}, only=asked.__contains__))
    assert errors[FLOOR]["mae_s"] < errors[OURS]["mae_s"] < min(errors[way]["mae_s"] for way in WAYS)
    assert errors[FLOOR]["coverage"] > 0.6


def test_the_oracle_leaves_the_day_that_it_looks_at_as_it_is():
    plan = draw(HALL, 3, busy=0.3)
    plain, asked = Course(plan, estimating=False), []
    oracle = Oracle(plan, 2)
    looked_at = Course(
        plan, lambda course, visit: len(asked) < 20 and asked.append(oracle.waits(course, visit)), estimating=False
    )
    plain.run()
    looked_at.run()
    assert len(asked) == 20
    assert looked_at.calls == plain.calls


def test_gini_is_nothing_for_equals_and_nears_one_where_one_has_it_all():
    assert gini([3.0, 3.0, 3.0]) == 0
    assert gini([0.0] * 99 + [5.0]) == pytest.approx(0.99)
    assert gini([1.0, 3.0]) == pytest.approx(0.25)


def test_on_quiet_days_fair_work_is_evener_on_each_floor_and_nobody_waits_noticeably_longer():
    plans = [draw(HALL, seed, busy=0.6) for seed in range(4)]
    plain, fair = (work_figures(HALL, [outcome(plan, policy) for plan in plans]) for policy in ("arrival", "fair-work"))
    assert fair["gini_general_floor"] < 0.9 * plain["gini_general_floor"]
    assert fair["wait_s"] < plain["wait_s"] + 20
    assert fair["p99_s"] < 1.15 * plain["p99_s"]


def test_every_policy_meets_the_same_visits():
    plan = draw(HALL, 5, busy=0.3)
    waits = [outcome(plan, policy).waits_s for policy in ("arrival", "fair-work", "service-order")]
    assert len({len(one) for one in waits}) == 1
    assert fmean(waits[0]) != fmean(waits[2])


def test_moments_are_of_the_day_that_is_simulated():
    assert moment(9 * HOUR).isoformat() == "2026-01-05T01:00:00+00:00"
