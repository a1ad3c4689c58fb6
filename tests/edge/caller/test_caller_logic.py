"""The caller's state machine: what is sent, what is shown, and when."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.caller import logic
from edge.caller.logic import Click, Display, KeyDown, KeyUp, State
from edge.caller.settings import CallerSettings
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, ReportHealth, Send, Tick
from wire.messages import Action, CallerView, CounterPhase, Reply, WindowView

T0 = 1_800_000_000.0


class Bench:
    """A caller on a bench: time goes on by what is done, deadlines are met as an agent would."""

    def __init__(self, **settings: float) -> None:
        self.state: State = logic.start(Context("dev-1", "b0"), CallerSettings(**settings))
        self.at = T0
        self.effects: list[Effect] = []
        self.ages_s: list[float] = []  # how old each action was when it was sent
        self.give(Tick(at=self.at))

    def give(self, event: Input) -> list[Effect]:
        self.state, effects = logic.react(self.state, event)
        self.effects += effects
        self.ages_s += [event.at - action.at.timestamp() for action in actions(effects)]
        return effects

    def press(self, key: str) -> list[Effect]:
        effects = self.give(KeyDown(at=self.at, key=key))
        self.at += 0.1
        effects += self.give(KeyUp(at=self.at, key=key))
        self.at += 0.1
        return effects

    def pass_time(self, seconds: float) -> list[Effect]:
        """With a Tick at every deadline."""
        end, effects = self.at + seconds, []
        while (wake := logic.wake_at(self.state)) is not None and wake <= end:
            self.at = max(self.at, wake)  # a press may have taken longer than until its deadline
            effects += self.give(Tick(at=self.at))
            after = logic.wake_at(self.state)
            assert after is None or after > self.at, "a deadline that was met would be asked for again and again"
        self.at = end
        return effects

    def link(self, up: bool) -> list[Effect]:
        return self.give(LinkChanged(at=self.at, up=up))

    def view(self, phase: CounterPhase = "idle", number: str = "", waiting: int = 0) -> None:
        view = CallerView(epoch=1, version=1, counter="01", phase=phase, number=number, waiting=waiting)
        self.give(Arrived(at=self.at, message=view))

    def reply(self, to: str, *, ok: bool = True, text: str = "", code: str = "") -> None:
        stamp = datetime.fromtimestamp(self.at, UTC)
        self.give(Arrived(at=self.at, message=Reply(to=to, ok=ok, at=stamp, text=text, code=code)))

    @property
    def sent(self) -> list[Action]:
        return actions(self.effects)

    @property
    def display(self) -> str:
        assert self.state.shown is not None
        return self.state.shown.text


def actions(effects: list[Effect]) -> list[Action]:
    return [effect.message for effect in effects if isinstance(effect, Send)]


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
    assert effects == [Display("离线", "plain", False)]
    assert logic.wake_at(state) is None


def test_a_press_is_sent_clicked_and_shown_before_any_answer(bench: Bench) -> None:
    effects = bench.give(KeyDown(at=bench.at, key="call-next"))
    action = Action(id="b0-1", verb="call-next", at=datetime.fromtimestamp(bench.at, UTC))
    assert effects == [Send(action, durable=False), Click(), Display("…", "wait", True)]


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
    assert bench.state.shown == Display("没有正在呼叫的号票", "refused", True)
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
    assert bench.pass_time(60) == [Display("空闲 等候5", "plain", True)]
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
    assert bench.state.shown == Display("离线", "refused", False)
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
