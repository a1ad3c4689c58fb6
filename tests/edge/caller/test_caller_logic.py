"""The caller's state machine: what is sent, what is shown, and when."""

from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.caller import face, logic, words
from edge.caller.events import Beep, Click, KeyDown, KeysUnclear, KeyUp, PartChanged
from edge.caller.face import Display
from edge.caller.settings import CallerSettings
from edge.caller.wiring import Key
from edge.runtime.device import Arrived, Context, ReportHealth, Send, Tick
from tests.edge.caller.bench import T0, Bench, actions
from wire.messages import Action, CounterPhase, Verb, WindowView


@pytest.fixture
def bench() -> Bench:
    """Online, idle, five waiting."""
    bench = Bench()
    bench.link(True)
    bench.view("idle", waiting=5)
    return bench


def test_a_fresh_caller_wants_a_tick_at_once_and_shows_that_it_is_offline() -> None:
    state = logic.start(Context("dev-1", "b0"), CallerSettings())
    assert logic.wake_at(state) == 0.0
    state, effects = logic.react(state, Tick(at=T0))
    assert effects == [Display("离线", "rest", False)]
    assert logic.wake_at(state) is None


def test_a_press_is_clicked_and_shown_first_of_all_and_then_sent(bench: Bench) -> None:
    """Feedback waits neither for the hub nor for the network: it is the first that the same input brings about."""
    effects = bench.give(KeyDown(at=bench.at, key="call-next"))
    action = Action(id="b0-1", verb="call-next", at=datetime.fromtimestamp(bench.at, UTC))
    assert effects == [Click(), Display("…", "wait", True), Send(action, durable=False)]


def test_after_the_answer_the_display_is_the_views(bench: Bench) -> None:
    bench.press("call-next")
    bench.reply("b0-1")
    bench.view("called", "A012", 4)
    assert bench.display == "A012 已呼叫 等候4"


@pytest.mark.parametrize(
    ("phase", "number", "text"),
    [
        ("closed", "", "未登录 等候5"),
        ("idle", "", "空闲 等候5"),
        ("called", "A012", "A012 已呼叫 等候5"),
        ("serving", "A012", "A012 办理中 等候5"),
        ("paused", "", "暂停服务 等候5"),
    ],
)
def test_every_phase_has_its_words(bench: Bench, phase: CounterPhase, number: str, text: str) -> None:
    bench.view(phase, number, 5)
    assert bench.display == text


def test_a_refusal_is_shown_in_its_words_for_three_seconds(bench: Bench) -> None:
    bench.press("recall")
    bench.reply("b0-1", ok=False, text="没有正在呼叫的号票", code="no-ticket")
    assert bench.state.shown == Display("没有正在呼叫的号票", "refused", True, code="no-ticket")
    bench.pass_time(2.9)
    assert bench.display == "没有正在呼叫的号票"
    bench.pass_time(0.2)
    assert bench.display == "空闲 等候5"
    assert logic.facts(bench.state)["refused"] == 1


def test_while_one_action_is_pending_a_further_press_sends_nothing_and_says_wait(bench: Bench) -> None:
    bench.press("call-next")
    effects = bench.press("recall")
    assert actions(effects) == []
    assert Click() in effects
    assert bench.display == "请稍候"
    bench.reply("b0-1")
    bench.press("recall")
    assert [action.id for action in bench.sent] == ["b0-1", "b0-2"]


def test_without_an_answer_the_same_action_goes_again_every_two_seconds_until_it_expires(bench: Bench) -> None:
    pressed = bench.at
    bench.press("call-next")
    bench.pass_time(9.7)
    assert bench.display == "…"
    assert len(bench.sent) == 5
    assert set(bench.sent) == {bench.sent[0]}
    bench.pass_time(0.1 + pressed + 10 - bench.at)
    assert bench.display == "无应答"
    assert bench.pass_time(60) == [face.rest(bench.state.view, online=True)]
    assert logic.facts(bench.state)["unanswered"] == 1


def test_when_the_link_comes_back_in_time_the_same_action_goes_again_at_once(bench: Bench) -> None:
    bench.press("call-next")
    bench.link(False)
    assert actions(bench.pass_time(5)) == [], "nothing can be sent while the link is down"
    assert actions(bench.link(True)) == [bench.sent[0]]


def test_when_the_link_comes_back_too_late_nothing_is_sent(bench: Bench) -> None:
    bench.press("call-next")
    bench.link(False)
    bench.pass_time(11)
    assert bench.display == "无应答"
    assert actions(bench.link(True) + bench.pass_time(60)) == []


def test_a_press_while_offline_says_so_and_is_never_sent(bench: Bench) -> None:
    bench.link(False)
    bench.press("call-next")
    assert bench.state.shown == face.refused(words.OFFLINE, online=False)
    bench.pass_time(4)
    assert bench.display == "离线 空闲"
    assert actions(bench.link(True) + bench.pass_time(60)) == []
    assert logic.facts(bench.state)["offline_presses"] == 1


def test_offline_the_clerk_still_sees_the_own_ticket_but_no_waiting_count(bench: Bench) -> None:
    bench.view("serving", "A012", 5)
    bench.link(False)
    assert bench.display == "离线 A012 办理中"


def test_a_late_answer_or_one_to_something_else_is_not_for_the_clerk(bench: Bench) -> None:
    bench.press("call-next")
    bench.reply("b0-h7", ok=False, text="别的")
    assert bench.display == "…"
    bench.pass_time(20)
    bench.reply("b0-1", ok=False, text="太迟了")
    assert bench.display == "空闲 等候5"


def test_another_classs_view_is_ignored(bench: Bench) -> None:
    view = WindowView(epoch=1, version=9, counter="01", counter_name="1号窗口", phase="called", number="B001")
    assert bench.give(Arrived(at=bench.at, message=view)) == []


@pytest.mark.parametrize(
    ("phase", "keys", "verb", "argument"),
    [
        ("idle", "call-next", "call-next", ""),
        ("idle", "0 1 2 call", "call", "012"),
        ("idle", "A 0 1 2 ok", "call", "A012"),
        ("idle", "1 2 call-next", "call", "12"),
        ("closed", "1 0 0 1 sign-on", "sign-on", "1001"),
        ("closed", "1 0 0 1 ok", "sign-on", "1001"),
        ("serving", "3 transfer", "transfer", "3"),
        ("idle", "return", "return", ""),
        ("idle", "1 2 return", "return", "12"),
        ("called", "serve-end", "serve", ""),
        ("serving", "serve-end", "end", ""),
        ("idle", "pause-resume", "pause", ""),
        ("paused", "pause-resume", "resume", ""),
        ("called", "7 no-show", "no-show", ""),
        ("idle", "9 clear 1 call", "call", "1"),
    ],
)
def test_keys_make_verbs(bench: Bench, phase: CounterPhase, keys: str, verb: str, argument: str) -> None:
    bench.view(phase)
    for key in keys.split():
        bench.press(key)
    assert [(action.verb, action.argument) for action in bench.sent] == [(verb, argument)]


@pytest.mark.parametrize(
    ("keys", "text"), [("call", "请先输号码"), ("sign-on", "请先输工号"), ("transfer", "请先输去向")]
)
def test_a_verb_that_lacks_its_number_is_refused_at_the_keypad(bench: Bench, keys: str, text: str) -> None:
    bench.press(keys)
    assert bench.sent == []
    assert bench.display == text


def test_digits_are_shown_as_they_come_and_forgotten_after_ten_seconds(bench: Bench) -> None:
    bench.press("1")
    bench.press("0")
    assert bench.display == "10_"
    bench.pass_time(10.1)
    assert bench.display == "空闲 等候5"
    bench.press("call")
    assert bench.sent == []


def test_a_number_has_an_end(bench: Bench) -> None:
    for _ in range(13):
        bench.press("1")
    assert bench.display == "号码过长"


def test_a_key_found_down_at_the_start_is_no_press_but_becomes_a_stuck_key(bench: Bench) -> None:
    bench.give(KeyDown(at=bench.at, key="call-next", fresh=False))
    assert ReportHealth() in bench.pass_time(10)
    assert bench.sent == []
    assert logic.facts(bench.state)["stuck_keys"] == "call-next"
    bench.press("recall")
    assert [action.verb for action in bench.sent] == ["recall"]


def test_a_clock_put_back_ends_what_is_pending_instead_of_keeping_it_for_years(bench: Bench) -> None:
    bench.press("call-next")
    bench.at -= 3600
    bench.give(Tick(at=bench.at))
    assert bench.display == "无应答"
    bench.pass_time(5)
    bench.press("call-next")
    assert bench.sent[-1].id == "b0-2"


def test_time_alone_ends_in_rest(bench: Bench) -> None:
    """An idle caller asks for no Tick, so it costs no processor."""
    bench.press("call-next")
    bench.press("1")
    bench.pass_time(100)
    assert logic.wake_at(bench.state) is None


def test_a_finger_that_trembles_presses_once_and_digits_may_come_as_fast_as_they_will(bench: Bench) -> None:
    """Else one key for two verbs would serve and end in one go."""
    bench.view("called", "A012")
    bench.press("serve-end")
    bench.reply("b0-1")
    bench.view("serving", "A012")
    assert bench.press("serve-end")[0] == Click()
    assert [action.verb for action in bench.sent] == ["serve"]
    assert logic.facts(bench.state)["doubled"] == 1
    bench.pass_time(0.4)
    bench.press("serve-end")
    assert [action.verb for action in bench.sent] == ["serve", "end"]
    bench.reply("b0-2")
    for key in ("1", "1", "1", "transfer"):
        bench.press(key)
    assert bench.sent[-1].argument == "111"


@pytest.mark.parametrize("verb", get_args(Verb))
def test_every_verb_of_the_wire_has_a_key(bench: Bench, verb: Verb) -> None:
    assert verb in get_args(Key)
    bench.press("3")
    bench.press(verb)
    expected = "call" if verb == "call-next" else verb  # after digits it calls that number
    assert [action.verb for action in bench.sent] == [expected]


REASONS = {"call_reasons": {"1": "老弱病残", "2": "补办材料"}, "pause_reasons": {"1": "午休"}}


@pytest.mark.parametrize(
    ("keys", "verb", "argument", "reason"),
    [
        ("A 0 1 2 call 2", "call", "A012", "补办材料"),
        ("1 2 ok ok", "call", "12", ""),
        ("pause-resume 1", "pause", "", "午休"),
        ("pause pause", "pause", "", ""),
        ("pause recall", "recall", "", ""),
        ("recall", "recall", "", ""),
    ],
)
def test_where_reasons_are_set_a_digit_names_one_and_the_same_key_again_none(
    keys: str, verb: str, argument: str, reason: str
) -> None:
    bench = Bench(**REASONS)
    bench.link(True)
    bench.view("idle")
    for key in keys.split():
        bench.press(key)
        bench.pass_time(0.5)
    assert [(one.verb, one.argument, one.reason) for one in bench.sent][:1] == [(verb, argument, reason)]


def test_the_choice_of_a_reason_is_shown_refuses_others_and_is_forgotten_after_ten_seconds() -> None:
    bench = Bench(**REASONS)
    bench.link(True)
    bench.press("pause")
    assert bench.state.shown == face.choice({"1": "午休"}, online=True)
    bench.press("7")
    assert bench.display == "没有此原因"
    bench.pass_time(1)
    bench.press("pause")
    bench.pass_time(10)
    assert bench.state.choice is None
    bench.press("pause")
    bench.press("clear")
    assert bench.state.choice is None
    assert bench.sent == []


def test_offline_no_reason_is_asked_for_what_cannot_be_sent() -> None:
    bench = Bench(**REASONS)
    bench.press("pause")
    assert bench.state.shown == face.refused(words.OFFLINE, online=False)


@pytest.mark.parametrize(
    ("online", "keys"), [(True, ["call"]), (False, ["call-next"]), (True, [*"1234567890123"]), (True, ["call-next"])]
)
def test_every_refusal_is_heard_as_well_as_seen(online: bool, keys: list[str]) -> None:
    bench = Bench()
    bench.link(online)
    for key in keys:
        bench.press(key)
    if bench.sent:
        bench.reply("b0-1", ok=False, text="无人等候", code="nobody-waiting")
    assert bench.state.shown is not None
    assert bench.state.shown.mode == "refused"
    assert bench.effects.count(Beep()) == 1


def test_keys_that_cannot_be_told_apart_do_nothing_and_say_so(bench: Bench) -> None:
    effects = bench.give(KeysUnclear(at=bench.at))
    assert effects == [Beep(), face.refused(words.ONE_KEY, online=True)]
    assert logic.facts(bench.state)["unclear"] == 1


def test_a_part_that_fails_or_works_again_is_reported_at_once(bench: Bench) -> None:
    assert bench.give(PartChanged(at=bench.at, part="display", trouble="gone")) == [ReportHealth()]
    assert bench.give(PartChanged(at=bench.at, part="display", trouble="gone")) == []
    assert bench.give(PartChanged(at=bench.at, part="display", trouble="")) == [ReportHealth()]
    assert bench.state.faults == {}


STEPS = st.one_of(
    st.tuples(st.just("press"), st.sampled_from(["call-next", "recall", "serve", "1", "call", "pause-resume"])),
    st.tuples(st.just("bounce"), st.sampled_from(["call-next", "recall"])),
    st.tuples(st.just("link"), st.booleans()),
    st.tuples(st.just("answer"), st.booleans()),
    st.tuples(st.just("wait"), st.floats(0.0, 6.0)),
)


@given(st.lists(STEPS, max_size=40))
def test_there_is_never_more_than_one_action_pending_and_none_is_sent_when_too_old(
    steps: list[tuple[str, str | bool | float]],
) -> None:
    bench = Bench()
    open_id = None  # of the one action that may be sent
    for kind, value in steps:
        mark = len(bench.effects)
        match kind:
            case "press":
                bench.press(str(value))
            case "bounce":
                for offset in (0.0, 0.002, 0.004):
                    bench.give(KeyDown(at=bench.at + offset, key=str(value)))
                    bench.give(KeyUp(at=bench.at + offset + 0.001, key=str(value)))
                bench.at += 0.2
            case "link":
                bench.link(bool(value))
            case "answer" if bench.sent:
                bench.reply(bench.sent[-1].id, ok=bool(value))
                open_id = None
            case "wait":
                bench.pass_time(float(value))
        if bench.state.pending is None:
            open_id = None
        for action in actions(bench.effects[mark:]):
            assert open_id in (None, action.id)
            open_id = action.id if bench.state.pending is not None else None
        assert bench.state.sent == len({action.id for action in bench.sent})
        assert bench.state.presses >= bench.state.sent
    assert all(age_s < 10 for age_s in bench.ages_s)
