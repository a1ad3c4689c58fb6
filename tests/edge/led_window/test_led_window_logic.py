"""When what is shown: phases, calls, the hub's absence, pages of an idle window, setting the chips up again."""

import itertools

import pytest

from edge.led_window.logic import DisplayChanged, facts
from edge.led_window.scene import Page, Refresh, Show
from edge.runtime.device import LinkChanged, ReportHealth, Tick

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma.led_matrix 1.9


def shows(effects):
    return [effect for effect in effects if isinstance(effect, Show)]


@pytest.mark.parametrize(
    ("phase", "fields", "text", "large"),
    [
        ("closed", {}, "暂未开放", False),
        ("closed", {"number": "A012"}, "暂未开放", False),
        ("idle", {}, "03号窗口", False),
        ("idle", {"idle_text": "欢迎光临"}, "欢迎光临", False),
        ("idle", {"number": "A012", "calls": 1}, "03号窗口", False),
        ("called", {"number": "A012", "calls": 1}, "A012", True),
        ("serving", {"number": "A012", "calls": 1}, "A012", True),
        ("serving", {}, "03号窗口", False),
        ("paused", {"number": "A012", "calls": 1}, "暂停服务", False),
    ],
)
def test_each_phase_shows_its_text(window, phase, fields, text, large):
    window.view(phase, **fields)
    assert (window.state.show.text, window.state.show.large) == (text, large)
    assert len(window.state.show.pages) == 1


def test_a_call_and_each_recall_is_a_show_of_its_own_that_blinks(window):
    shown = [shows(window.view("called", "A012", calls)) for calls in (1, 2, 3)]
    assert [[show.call for show in each] for each in shown] == [[1], [2], [3]]


def test_a_number_goes_with_its_counters_name(window):
    window.view("called", "A012", 1)
    assert window.state.show.pages == (Page("A012", large=True, beside="03号窗口"),)


def test_an_idle_window_says_who_sits_there_and_now_and_then_the_notice(new_window):
    window = new_window(notice_rounds=2)
    window.link(True)
    window.view("idle", idle_text="社保", clerk="1001", clerk_name="某人", notice="下午休息")
    assert [page.text for page in window.state.show.pages] == ["社保", "工号1001", "社保", "工号1001", "下午休息"]


def test_a_clerk_is_named_by_what_there_is(new_window):
    window = new_window(clerk="name")
    window.link(True)
    said = []
    for name in ("", "工号1001", "某人"):
        window.view("idle", clerk="1001", clerk_name=name)
        said.append(window.state.show.pages[1].text)
    assert said == ["工号1001", "工号1001", "某人 1001"]


@pytest.mark.parametrize(
    ("settings", "texts"),
    [
        ({"clerk": "off", "notice_rounds": 0}, ["社保"]),
        ({"clerk": "name", "notice_rounds": 0}, ["社保", "某人 1001"]),
        ({"clerk": "off", "notice_rounds": 1}, ["社保", "下午休息"]),
    ],
)
def test_what_an_idle_window_says_is_set(new_window, settings, texts):
    window = new_window(**settings)
    window.link(True)
    window.view("idle", idle_text="社保", clerk="1001", clerk_name="某人", notice="下午休息")
    assert [page.text for page in window.state.show.pages] == texts


@pytest.mark.parametrize(
    ("then", "calls"), [("called", 1), ("called", 0), ("serving", 1), ("serving", 2)], ids=lambda value: str(value)
)
def test_the_same_number_without_a_new_call_does_not_blink(window, then, calls):
    """The view sent again, a recall or the service's start undone: nobody was called."""
    window.view("called", "A012", 1)
    window.wait(10)
    window.view(then, "A012", calls)
    assert all(show.call == 0 for show in shows(window.wait(10)))
    assert window.text == "A012"
    assert window.state.calls == 1


def test_serving_ends_the_blinking_at_once(window):
    window.view("called", "A012", 1)
    window.wait(0.7)
    (show,) = shows(window.view("serving", "A012", 1))
    assert (show.text, show.call) == ("A012", 0)


def test_a_number_that_was_called_before_the_hub_was_away_comes_back_without_blinking(window):
    window.view("called", "A012", 1)
    window.link(False)
    window.wait(200)
    window.link(True)
    window.view("called", "A012", 1)
    assert (window.text, window.state.show.call) == ("A012", 0)


def test_nothing_is_shown_of_a_number_before_the_link_is_up(new_window):
    """A retained view may come before the hub's presence does, or from a broker whose hub is dead."""
    window = new_window()
    window.view("serving", "A012", 1)
    assert window.text == "请稍候"
    window.link(True)
    assert window.text == "A012"


def test_without_the_hub_the_last_state_is_kept_for_hold_s_and_then_no_number_is_shown(window):
    window.view("serving", "A012", 1)
    window.link(False)
    window.wait(119.9)
    assert window.text == "A012"
    assert facts(window.state)["link"] == "holding"
    window.wait(0.2)
    assert window.text == "请稍候"
    assert facts(window.state)["link"] == "away"


def test_after_the_hold_it_takes_link_and_view_to_show_a_number_again(window):
    window.view("serving", "A012", 1)
    window.link(False)
    window.wait(200)
    window.link(True)
    window.wait(5)
    assert window.text == "请稍候"
    window.view("serving", "A013", 1)
    assert window.text == "A013"


def test_a_view_that_came_long_before_the_link_is_not_believed(window):
    window.link(False)
    window.wait(200)
    window.view("serving", "A012", 1)
    window.wait(200)
    window.link(True)
    assert window.text == "请稍候"


def test_a_short_break_changes_nothing_and_does_not_blink(window):
    window.view("called", "A012", 1)
    window.wait(10)
    window.link(False)
    window.wait(60)
    window.link(True)
    window.view("called", "A012", 1)
    assert shows(window.wait(500)) == []
    assert window.text == "A012"


def test_being_told_again_that_the_link_is_down_does_not_lengthen_the_hold(window):
    window.view("serving", "A012", 1)
    window.link(False)
    window.wait(100)
    window.link(False)
    window.wait(21)
    assert window.text == "请稍候"


def test_the_chips_are_set_up_again_every_refresh_s(window):
    window.view("idle")
    assert [effect for effect in window.wait(181) if isinstance(effect, Refresh)] == [Refresh()] * 3
    assert facts(window.state)["refreshed_at"] == "2027-01-15T08:03:00+00:00"


def test_an_idle_window_only_wakes_to_refresh(window):
    window.view("idle")
    assert window.state.wake_at == window.state.refresh_at


def test_a_display_that_cannot_be_reached_is_reported_once_and_tried_with_back_off(window):
    window.view("idle")
    window.model.absent = True
    before = window.now
    moments = []
    assert ReportHealth() in window.wait(61)
    while window.now < before + 200:
        effects = window.take(lambda at: Tick(at=at)) + window.wait(1)
        assert ReportHealth() not in effects
        moments += [window.now - before for effect in effects if isinstance(effect, Refresh)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert gaps == sorted(gaps)
    assert max(gaps) >= 30
    window.model.absent = False
    assert ReportHealth() in window.wait(61)
    assert window.state.error == ""


def test_the_same_error_again_is_no_news(window):
    assert ReportHealth() in window.take(lambda at: DisplayChanged(at=at, error="gone"))
    assert ReportHealth() not in window.take(lambda at: DisplayChanged(at=at, error="gone"))


def test_a_board_whose_clock_is_set_back_still_shows_and_refreshes(window):
    window.view("called", "A012", 1)
    window.wait(0.7)
    window.now -= 86400
    window.take(lambda at: Tick(at=at))
    assert window.text == "A012"
    assert window.state.wake_at <= window.now + 60


def test_facts_tell_what_a_technician_asks_for(window):
    window.view("serving", "A012", 1)
    assert facts(window.state) == {
        "text": "A012", "phase": "serving", "link": "up", "refreshed_at": None,
    }  # fmt: skip


def test_react_is_pure(window):
    """The same state and input give the same answer, and the state given is left as it was."""
    from edge.led_window import logic

    before = window.state
    event = LinkChanged(at=window.now, up=False)
    assert logic.react(before, event) == logic.react(before, event)
    assert before.up
