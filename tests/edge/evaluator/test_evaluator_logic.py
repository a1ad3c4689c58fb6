"""The evaluator's state machine: one rating for each ask, for the ask that was shown, by the first press."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evaluator import logic
from edge.evaluator.events import KeyDown, KeyUp, Lamps
from edge.evaluator.settings import EvaluatorSettings
from edge.runtime.device import Arrived, Context, Effect, LinkChanged, NotTaken, ReportHealth, Send, Tick
from tests.edge.evaluator.bench import T0, Bench, ratings
from wire.messages import Ask, EvaluatorView, Rating, Reply

ALL = Lamps(lit=(5, 4, 3, 2, 1))
DARK = Lamps()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_an_ask_lights_all_lamps(bench: Bench) -> None:
    assert bench.ask("q1") == [ALL]


def test_the_first_press_is_journaled_before_the_thanks_and_thanked_by_its_own_lamp(bench: Bench) -> None:
    bench.ask("q1")
    effects = bench.give(KeyDown(at=bench.at, level=4))
    rating = Rating(id="b0-1", ask="q1", level=4, at=datetime.fromtimestamp(bench.at, UTC))
    assert effects == [Send(rating, durable=True), Lamps(blinking=(4,))]


def test_after_three_seconds_of_thanks_the_lamps_are_dark(bench: Bench) -> None:
    bench.ask("q1")
    bench.press(5)
    assert bench.pass_time(2.8) == []
    assert bench.pass_time(0.2) == [DARK]


@pytest.mark.parametrize("gap_s", [0.0, 0.001, 0.02])
def test_of_two_keys_at_once_the_first_edge_wins(bench: Bench, gap_s: float) -> None:
    bench.ask("q1")
    bench.give(KeyDown(at=bench.at, level=1))
    bench.give(KeyDown(at=bench.at + gap_s, level=5))
    assert bench.rated == [("q1", 1)]


def test_bounces_and_further_presses_give_no_second_rating(bench: Bench) -> None:
    bench.ask("q1")
    for offset in (0.0, 0.004, 0.008):
        bench.give(KeyDown(at=bench.at + offset, level=3))
        bench.give(KeyUp(at=bench.at + offset + 0.002, level=3))
    bench.at += 1
    bench.press(5)
    assert bench.rated == [("q1", 3)]


def test_a_rated_ask_is_not_asked_again_however_often_its_view_comes(bench: Bench) -> None:
    bench.ask("q1")
    bench.press(5)
    bench.pass_time(4)
    assert bench.ask("q1") == []
    bench.press(1)
    assert bench.rated == [("q1", 5)]


def test_a_rating_is_bound_to_the_ask_that_was_shown_when_the_key_went_down(bench: Bench) -> None:
    bench.ask("q1")
    bench.ask("q2")
    bench.press(2)
    assert bench.rated == [("q2", 2)]


def test_an_ask_that_runs_out_is_dark_and_can_be_rated_no_more(bench: Bench) -> None:
    bench.ask("q1", seconds=30)
    assert bench.pass_time(29.9) == []
    assert bench.pass_time(0.2) == [DARK]
    bench.press(5)
    assert bench.rated == []
    assert logic.facts(bench.state)["ran_out"] == 1


def test_an_ask_that_has_run_out_before_it_came_lights_nothing(bench: Bench) -> None:
    assert bench.ask("q1", seconds=-1) == [DARK]
    bench.press(5)
    assert bench.rated == []


def test_an_absurd_until_is_cut_and_a_repeated_view_does_not_begin_anew(bench: Bench) -> None:
    ask = Ask(id="q1", number="A012", until=datetime(2099, 1, 1, tzinfo=UTC))
    bench.view(ask)
    bench.pass_time(100)
    bench.view(ask)
    assert bench.pass_time(20) == [DARK]
    assert bench.view(ask) == []


def test_the_hub_may_withdraw_an_ask_or_give_it_longer(bench: Bench) -> None:
    bench.ask("q1", 10)
    bench.ask("q1", 30)
    assert bench.pass_time(20) == []
    assert bench.ask(None) == [DARK]
    bench.press(5)
    assert bench.rated == []


def test_a_press_that_nobody_asked_for_is_a_short_blink_and_nothing_else(bench: Bench) -> None:
    bench.ask(None)
    assert bench.press(2) == [Lamps(lit=(2,))]
    assert bench.pass_time(1) == [DARK]
    assert bench.rated == []


def test_the_next_ask_waits_for_the_thanks_so_that_a_second_press_is_not_for_the_next_citizen(bench: Bench) -> None:
    bench.ask("q1")
    bench.press(5)
    assert bench.ask("q2", clerk="1002") == []
    assert bench.press(5) == []
    assert logic.facts(bench.state)["asking"] == ""
    assert bench.pass_time(3) == [ALL]
    bench.press(1)
    assert bench.rated == [("q1", 5), ("q2", 1)]


def test_a_key_held_since_before_the_ask_does_not_rate_it(bench: Bench) -> None:
    bench.give(KeyDown(at=bench.at, level=1))
    bench.at += 1
    bench.ask("q1")
    bench.give(KeyUp(at=bench.at + 1, level=1))
    assert bench.rated == []


def test_a_stuck_key_is_reported_and_does_not_keep_the_others_from_rating(bench: Bench) -> None:
    bench.give(KeyDown(at=bench.at, level=1, fresh=False))
    assert ReportHealth() in bench.pass_time(10)
    assert logic.facts(bench.state)["stuck_keys"] == "1"
    bench.ask("q1")
    bench.press(4)
    assert bench.rated == [("q1", 4)]


def test_without_the_hub_the_ask_that_is_there_can_still_be_rated(bench: Bench) -> None:
    bench.ask("q1")
    bench.give(LinkChanged(at=bench.at, up=False))
    bench.press(4)
    assert [effect.durable for effect in bench.effects if isinstance(effect, Send)] == [True]


def test_a_rating_that_the_hub_refuses_is_counted(bench: Bench) -> None:
    bench.ask("q1")
    bench.press(4)
    reply = Reply(to="b0-1", ok=False, at=datetime.fromtimestamp(bench.at, UTC), code="already-rated")
    bench.give(Arrived(at=bench.at, message=reply))
    assert logic.facts(bench.state)["refused"] == 1


def test_a_clock_put_back_ends_thanks_and_leaves_the_keys_alive(bench: Bench) -> None:
    bench.ask("q1")
    bench.press(4)
    bench.at -= 3600
    assert bench.give(Tick(at=bench.at)) == [DARK]
    bench.ask("q2")
    bench.press(4)
    assert bench.rated == [("q1", 4), ("q2", 4)]


def test_only_keys_that_exist_are_lit() -> None:
    keys = {"5": 17, "4": 27, "2": 22, "1": 23}
    state = logic.start(Context("dev-1", "b0"), EvaluatorSettings(keys=keys, lamps={}))
    ask = Ask(id="q1", number="A012", until=datetime.fromtimestamp(T0 + 30, UTC))
    view = EvaluatorView(epoch=1, version=1, counter="01", counter_name="", phase="serving", ask=ask)
    assert logic.react(state, Arrived(at=T0, message=view))[1] == [Lamps(lit=(5, 4, 2, 1))]


def test_time_alone_ends_in_rest(bench: Bench) -> None:
    """An idle evaluator asks for no Tick, so it costs no processor."""
    bench.ask("q1")
    bench.press(4)
    bench.press(4)
    bench.ask("q2")
    bench.pass_time(200)
    assert logic.wake_at(bench.state) is None
    assert bench.lamps == DARK


STEPS = st.one_of(
    st.tuples(st.just("press"), st.integers(1, 5)),
    st.tuples(st.just("ask"), st.one_of(st.none(), st.integers(1, 6))),
    st.tuples(st.just("wait"), st.floats(0.0, 40.0)),
)


@given(st.lists(STEPS, max_size=40))
def test_no_ask_is_rated_twice_and_none_that_is_not_shown(steps: list[tuple[str, int | float | None]]) -> None:
    """The hub's asks only go forward: views that are older than the last were dropped before they come here."""
    bench, newest = Bench(), 0
    for kind, value in steps:
        shown, mark = bench.state.asking, len(bench.effects)
        if kind == "press":
            bench.give(Tick(at=bench.at))
            shown = bench.state.asking
            bench.press(int(value or 0))
        elif kind == "ask":
            newest = max(newest, int(value or 0))
            bench.ask(None if value is None else f"q{newest}")
        else:
            bench.pass_time(float(value or 0))
        new = ratings(bench.effects[mark:])
        assert not new or (kind == "press" and shown is not None and [new[0].ask] == [shown.ask.id])
    asks = [ask for ask, _ in bench.rated]
    assert len(asks) == len(set(asks))


def not_journaled(bench: Bench, level: int) -> list[Effect]:
    """A press whose rating the disk does not take: the agent performs nothing that follows it, and says so."""
    (send, *_) = bench.press(level)
    return bench.give(NotTaken(at=bench.at, id=send.message.id))


def test_a_rating_that_is_not_on_disk_gets_no_thanks_and_its_ask_goes_on(bench: Bench) -> None:
    bench.ask("q1")
    assert not_journaled(bench, 3) == [ALL]
    bench.press(1)
    assert [(rating.id, rating.level) for rating in ratings(bench.effects)] == [("b0-1", 3), ("b0-2", 1)]
    assert bench.lamps == Lamps(blinking=(1,))


def test_a_rating_that_only_the_hub_has_is_thanked_for_when_the_hub_says_so(bench: Bench) -> None:
    bench.ask("q1")
    not_journaled(bench, 3)
    bench.give(Arrived(at=bench.at, message=Reply(to="b0-1", ok=True, at=datetime.fromtimestamp(bench.at, UTC))))
    assert bench.lamps == Lamps(blinking=(3,))
    assert bench.pass_time(5.0) == [DARK], "and it is not asked again"


def test_a_late_answer_does_not_thank_for_what_was_thanked_for_already(bench: Bench) -> None:
    bench.ask("q1")
    bench.press(5)
    bench.pass_time(5.0)
    bench.ask("q2")
    bench.give(Arrived(at=bench.at, message=Reply(to="b0-1", ok=True, at=datetime.fromtimestamp(bench.at, UTC))))
    assert bench.lamps == ALL


def test_an_ask_that_was_withdrawn_meanwhile_does_not_come_back(bench: Bench) -> None:
    bench.ask("q1")
    (send, *_) = bench.press(2)
    bench.ask(None)
    bench.give(NotTaken(at=bench.at, id=send.message.id))
    assert bench.lamps == DARK
