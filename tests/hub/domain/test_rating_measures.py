"""Measures of ratings, from plain counts."""

import pytest

from hub.domain.rating_measures import MEASURES, RatingCounts, measures, total

COUNTS = RatingCounts(
    asked=100, level_5=30, level_4=10, level_3=2, level_2=5, level_1=3, cases=8, not_adopted=2, unjustified=3,
    rectified=3, on_time=2, overdue=1, due=1, answered=6, answers_rated=4, answers_good=3,
)  # fmt: skip


def test_each_measure_follows_its_formula():
    assert measures(COUNTS) == pytest.approx({
        "active_rate": 50 / 100, "positive_rate": 42 / 48, "negative_rate": 6 / 48, "rectified_rate": 3 / 5,
        "on_time_rate": 2 / 4, "unrated_rate": 50 / 100, "reply_rate": 6 / 8, "reply_positive_rate": 3 / 4,
    })  # fmt: skip


def test_positive_and_negative_are_all_that_is_adopted():
    assert measures(COUNTS)["positive_rate"] + measures(COUNTS)["negative_rate"] == pytest.approx(1)


def test_who_does_not_press_is_nobodys_satisfaction():
    silent = RatingCounts(asked=10)
    assert measures(silent) == {
        "active_rate": 0.0, "unrated_rate": 1.0, "positive_rate": None, "negative_rate": None, "reply_rate": None,
        "rectified_rate": None, "on_time_rate": None, "reply_positive_rate": None,
    }  # fmt: skip


def test_a_mistaken_rating_stays_in_the_counts_and_leaves_the_rates():
    one = RatingCounts(asked=2, level_5=1, level_1=1, cases=1, not_adopted=1, unjustified=1)
    assert (one.negative, one.rated) == (1, 2)
    assert measures(one)["negative_rate"] == 0.0
    assert measures(one)["positive_rate"] == 1.0
    assert measures(one)["rectified_rate"] is None


def test_each_measure_says_how_in_both_languages():
    assert [one.code for one in MEASURES] == list(measures(COUNTS))
    assert all("÷" in one.formula.zh and "÷" in one.formula.en for one in MEASURES)


def test_counts_add_up():
    assert total([COUNTS, COUNTS]).rated == 100
    assert total([]) == RatingCounts()
