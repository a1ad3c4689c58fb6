"""Figures of appointments from counts, and what of overbooking they bear."""

import msgspec
import pytest

from halls.format import Appointments
from hub.domain.uptake import Counts, estimate, more_come, suggestion, together

RULES = Appointments()


def test_shares_are_of_what_they_say() -> None:
    one = Counts(tickets=200, by_appointment=50, kept=48, missed=12, open=7, cancelled=15, moved=9, no_place=4)
    assert (one.appointment_rate, one.fulfilment, one.miss_rate, one.cancel_rate) == (0.25, 0.8, 0.2, 0.2)


def test_nothing_to_divide_by_is_no_figure() -> None:
    one = Counts(open=3)
    assert (one.appointment_rate, one.fulfilment, one.miss_rate, one.cancel_rate, one.lead(0.5)) == (None,) * 5


def test_half_and_nine_in_ten_were_booked_so_long_before_at_the_most() -> None:
    one = Counts(lead_h=tuple((hours, 2) for hours in range(1, 11)))
    assert (one.lead(0.5), one.lead(0.9), one.lead(1.0)) == (5, 9, 10)


def test_together_reasons_and_leads_are_of_all() -> None:
    both = together([
        Counts(kept=1, cancelled=2, reasons=(("other", 2),), lead_h=((5, 1),)),
        Counts(kept=2, cancelled=4, reasons=(("not-ready", 3), ("other", 1)), lead_h=((1, 1), (5, 2))),
    ])  # fmt: skip
    assert (both.kept, both.cancelled, both.lead_h) == (3, 6, ((1, 1), (5, 3)))
    assert both.reasons == (("not-ready", 3), ("other", 3))


def test_the_interval_is_wilsons() -> None:
    """Against figures of Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81/263, 15/148, 0/20, 1/29."""
    wanted = {(263, 81): (0.2553, 0.3662), (148, 15): (0.0624, 0.1605), (20, 0): (0, 0.1611), (29, 1): (0.0061, 0.1718)}
    for (due, missed), (low, high) in wanted.items():
        found = estimate(due, missed)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert estimate(0, 0) is None


def test_more_than_the_places_come_as_often_as_counted_out() -> None:
    """Two booked for one place: both come with (1 - absent) squared."""
    assert more_come(1, 2, 0.5) == pytest.approx(0.25)
    assert more_come(2, 2, 0.5) == 0
    assert more_come(1, 3, 0.2) == pytest.approx(3 * 0.8**2 * 0.2 + 0.8**3)


@pytest.mark.parametrize("places", [5, 8, 10, 20, 50])
@pytest.mark.parametrize("missed", [0, 20, 60, 150, 250])
def test_what_is_suggested_is_the_most_that_stays_under_its_bounds(places: int, missed: int) -> None:
    seen = estimate(300, missed)
    found = suggestion(places, seen, RULES)
    assert found.more <= places // 5
    if found.more:
        assert found.crowded == more_come(places, places + found.more, seen.low) <= RULES.overbook_crowded
    if found.more < places // 5:
        assert more_come(places, places + found.more + 1, seen.low) > RULES.overbook_crowded
    assert (found.why == "") == (found.more > 0)


def test_where_nothing_is_suggested_it_says_why() -> None:
    assert suggestion(10, None, RULES).why == "few"
    assert suggestion(10, estimate(49, 20), RULES).why == "few"
    assert suggestion(4, estimate(500, 200), RULES).why == "small"
    assert suggestion(10, estimate(500, 5), RULES).why == "come"


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ({}, 6),
        ({"overbook_share": 0.1}, 3),
        ({"overbook_share": 0.0}, 0),
        ({"overbook_crowded": 0.0}, 0),
        ({"overbook_due_min": 301}, 0),
    ],
)
def test_the_hall_says_how_careful_to_be(change: dict[str, float], more: int) -> None:
    rules = msgspec.structs.replace(RULES, **change)
    assert suggestion(30, estimate(300, 120), rules).more == more


def test_the_largest_slot_is_worked_out_as_the_smallest() -> None:
    """A thousand places, and as many again: the ways of choosing outgrow a float."""
    rules = msgspec.structs.replace(RULES, overbook_share=1.0)
    found = suggestion(1000, estimate(10_000, 5000), rules)
    assert found.crowded == more_come(1000, 1000 + found.more, estimate(10_000, 5000).low) <= 0.05
    assert more_come(1000, 1000 + found.more + 1, estimate(10_000, 5000).low) > 0.05
    assert (more_come(5, 6, 0.0), more_come(5, 6, 1.0)) == (1.0, 0.0)
