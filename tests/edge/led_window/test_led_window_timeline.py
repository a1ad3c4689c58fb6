"""Which page, lit or dark, and how far moved: a pure function of the time since it was said."""

import math

import pytest

from edge.led_window import timeline
from edge.led_window.scene import Page, Show
from edge.led_window.timeline import Motion

SIZE = (64, 16)
MOTION = Motion(blink_s=3.0, blink_half_s=0.5, page_s=5.0, scroll_dots_s=30.0, scroll_pause_s=2.0)
LONG = Page("人力资源开发科")  # 112 dots: 48 to go, 1.6 s of moving


def at(show, elapsed_s):
    return timeline.moment(show, elapsed_s, MOTION, SIZE)


def test_a_call_blinks_lit_first_and_then_never_changes():
    show = Show((Page("A012", large=True),), call=1)
    seen = [(at(show, tenth / 10 + 0.001).lit) for tenth in range(0, 60, 5)]
    assert seen == [True, False] * 3 + [True] * 6
    assert at(show, 0.6).until_s == 1.0
    assert at(show, 3.0).until_s == math.inf


def test_what_is_no_call_never_blinks():
    assert at(Show((Page("A012", large=True),)), 0.7).lit


def test_a_single_page_that_fits_never_changes():
    moment = at(Show((Page("暂停服务"),)), 12345.0)
    assert (moment.shift, moment.until_s) == (0, math.inf)


def test_pages_take_turns_and_one_that_moves_stays_until_it_has():
    show = Show((Page("窗口"), LONG, Page("工号1001")))
    turns = [timeline.page_turn(show, second + 0.5, MOTION, SIZE).page.text[0] for second in range(16)]
    way = "人" * 6  # 2 + 1.6 + 2 seconds
    assert "".join(turns) == "窗" * 5 + way + "工" * 5


def test_a_page_that_moves_gets_the_time_that_it_takes():
    show = Show((Page("窗口"), LONG))
    assert timeline.round_s(show, MOTION, SIZE) == pytest.approx(5 + 5.6)


def test_every_dot_of_the_way_is_seen_once_and_in_order():
    show, shifts, elapsed = Show((LONG,)), [], 0.0
    while elapsed < 5.6 - 1e-9:
        moment = at(show, elapsed + 1e-6)
        shifts.append(moment.shift)
        elapsed = moment.until_s
    assert shifts == list(range(49))


@pytest.mark.parametrize("elapsed_s", [0.0, 1.99, 3.3, 5.59, 1e6, 1e9])
def test_the_next_change_is_always_ahead(elapsed_s):
    show = Show((Page("窗口"), LONG), call=1)
    assert at(show, elapsed_s).until_s > elapsed_s - 1e-6


def test_the_same_moment_is_always_the_same():
    show = Show((Page("窗口"), LONG))
    assert at(show, 7.7) == at(show, 7.7)
