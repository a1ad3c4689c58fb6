"""Self-tests that the hub orders: what each shows, when it ends, and what is told of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.caller import DEVICE, logic
from edge.caller.events import Beep, KeyDown, KeyUp, PartChanged
from edge.runtime.device import Send
from tests.edge.caller.bench import Bench, actions


def bench(**settings: Any) -> Bench:
    made = Bench(**settings)
    made.link(True)
    made.view("idle", waiting=5)
    return made


def test_a_beep_is_heard_and_answered_at_once() -> None:
    caller = bench()
    effects = caller.order("beep")
    assert effects[0] == Beep()
    assert [(one.to, one.id, one.ok) for one in caller.tested] == [("o-1", "b0-t1", True)]


@pytest.mark.parametrize(
    ("settings", "test", "missing"),
    [
        ({"signals": {}}, "beep", "signals.click"),
        ({"signals": {"click": 27}}, "lamps", "signals"),
        ({}, "display", "set display"),
    ],
)
def test_what_is_not_fitted_cannot_pass_its_test(settings: dict[str, Any], test: str, missing: str) -> None:
    caller = bench(**settings)
    caller.order(test)
    caller.pass_time(5)
    assert [one.ok for one in caller.tested] == [False]
    assert missing in caller.tested[0].text


def test_a_part_that_is_known_to_be_broken_cannot_pass_its_test() -> None:
    caller = bench(keypad="matrix", display="digits")
    caller.give(PartChanged(at=caller.at, part="display", trouble="SPI device not found"))
    caller.order("display")
    caller.pass_time(5)
    assert not caller.tested[0].ok
    assert "SPI device not found" in caller.tested[0].text


@pytest.mark.parametrize("test", ["display", "lamps"])
def test_a_pattern_goes_away_by_itself_after_five_seconds(test: str) -> None:
    caller = bench(keypad="matrix", display="oled")
    caller.order(test)
    caller.pass_time(4.9)
    assert caller.state.shown is not None
    assert caller.state.shown.test == test
    assert caller.tested == []
    caller.pass_time(0.2)
    assert caller.display == "空闲 等候5"
    assert caller.tested[0].ok


@pytest.mark.parametrize("test", ["display", "lamps"])
def test_a_press_ends_a_pattern_and_is_sent_as_ever(test: str) -> None:
    caller = bench(keypad="matrix", display="oled")
    caller.order(test)
    caller.give(KeyDown(at=caller.at, key="recall", fresh=False))
    caller.give(KeyUp(at=caller.at, key="recall"))
    assert caller.tested == [], "a key found down is no press"
    caller.pass_time(1)
    effects = caller.press("call-next")
    assert [action.verb for action in actions(effects)] == ["call-next"]
    assert caller.display == "…"
    assert [one.ok for one in caller.tested] == [False]
    assert "A key was pressed" in caller.tested[0].text


@pytest.mark.parametrize("test", ["display", "lamps", "keys"])
def test_a_call_at_the_counter_ends_every_test(test: str) -> None:
    caller = bench(keypad="matrix", display="oled")
    caller.order(test)
    caller.view("idle", waiting=6)
    assert caller.tested == [], "who waits is no call"
    caller.view("called", "A012", 5)
    assert caller.display == "A012 已呼叫 等候5"
    assert [one.ok for one in caller.tested] == [False]


def test_in_the_test_of_the_keys_every_press_is_shown_and_none_is_sent() -> None:
    caller = bench()
    caller.order("keys")
    assert caller.display == "按键测试 请逐个按键"
    caller.press("recall")
    assert caller.display == "按键测试 重呼"
    caller.press("1")
    assert caller.display == "按键测试 1"
    caller.pass_time(20)
    assert caller.sent == []
    told = caller.tested[0]
    assert not told.ok
    assert told.text.startswith("按到 2 个键：重呼 1；没按到：顺呼")
    assert "2 keys were seen; not seen: call-next, " in told.text
    assert caller.display == "空闲 等候5"
    caller.press("recall")
    assert [action.verb for action in caller.sent] == ["recall"]


def test_the_test_of_the_keys_is_over_when_all_were_pressed() -> None:
    caller = bench(keys={"call-next": 4, "recall": 5})
    caller.order("keys")
    caller.press("recall")
    caller.press("recall")
    assert caller.tested == []
    caller.press("call-next")
    assert caller.tested[0].ok
    assert caller.sent == []


def test_a_stuck_key_is_named_by_the_test_of_the_keys() -> None:
    caller = bench(keys={"call-next": 4, "recall": 5})
    caller.give(KeyDown(at=caller.at, key="recall"))
    caller.reply("b0-1")
    caller.pass_time(11)
    caller.order("keys")
    caller.press("call-next")
    caller.pass_time(20)
    assert not caller.tested[0].ok
    assert "卡住：重呼" in caller.tested[0].text


def test_while_an_action_waits_for_its_answer_no_test_begins() -> None:
    caller = bench()
    caller.press("call-next")
    caller.order("keys")
    assert caller.display == "…"
    assert [one.ok for one in caller.tested] == [False]


def test_a_second_order_ends_the_first() -> None:
    caller = bench(keypad="matrix", display="oled")
    caller.order("display", "o-1")
    caller.order("lamps", "o-2")
    caller.pass_time(5)
    assert [(one.to, one.ok) for one in caller.tested] == [("o-1", False), ("o-2", True)]
    assert len({one.id for one in caller.tested}) == 2


def test_the_class_offers_the_tests_that_its_logic_knows() -> None:
    assert set(DEVICE.tests) == {"beep", "display", "lamps", "keys"}
    for name in DEVICE.tests:
        caller = bench()
        caller.order(name)
        caller.pass_time(30)
        assert len([one for one in caller.effects if isinstance(one, Send)]) == 1
        assert logic.wake_at(caller.state) is None


STEPS = st.one_of(
    st.tuples(st.just("order"), st.sampled_from(sorted(DEVICE.tests))),
    st.tuples(st.just("press"), st.sampled_from(["call-next", "serve-end", "1", "pause", "ok"])),
    st.tuples(st.just("view"), st.sampled_from(["idle", "called", "serving", "paused"])),
    st.tuples(st.just("link"), st.booleans()),
    st.tuples(st.just("reply"), st.booleans()),
    st.tuples(st.just("wait"), st.floats(0.0, 12.0)),
)


@given(st.lists(STEPS, max_size=30))
def test_whatever_happens_every_ordered_test_is_answered_once_and_none_outlives_its_time(
    steps: list[tuple[str, str | bool | float]],
) -> None:
    caller = bench(keypad="matrix", display="oled", pause_reasons={"1": "午休"})
    ordered = []
    for kind, value in steps:
        match kind:
            case "order":
                ordered.append(f"o-{len(ordered)}")
                caller.order(str(value), ordered[-1])
            case "press":
                caller.press(str(value))
            case "view":
                caller.view(value, "A012")  # type: ignore[arg-type]
            case "link":
                caller.link(bool(value))
            case "reply" if caller.sent:
                caller.reply(caller.sent[-1].id, ok=bool(value), text="否")
            case "wait":
                caller.pass_time(float(value))
    caller.pass_time(20)
    assert caller.state.trial is None
    assert [one.to for one in caller.tested] == ordered
    assert len({one.id for one in caller.tested}) == len(ordered)
