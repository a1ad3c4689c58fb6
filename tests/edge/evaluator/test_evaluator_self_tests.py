"""Self-tests that the hub orders: the show, the answer in words, and that no citizen ever waits for one."""

from typing import Any

import pytest

from edge.evaluator import DEVICE
from edge.evaluator.events import Examine, Examined, Lamps, Sized
from edge.evaluator.settings import PageSettings
from edge.runtime.device import Effect, Tick
from tests.edge.evaluator.bench import Bench, sent
from wire.orders import Done

DARK = Lamps()


def told(effects: list[Effect]) -> list[tuple[str, bool, str]]:
    """(order, ok, text)"""
    return [(one.to, one.ok, one.text) for one in sent(effects) if isinstance(one, Done)]


def answer(bench: Bench, test: Any, trouble: str = "") -> list[Effect]:
    return bench.give(Examined(at=bench.at, test=test, trouble=trouble))


def test_every_test_is_offered_in_both_languages() -> None:
    assert set(DEVICE.tests) == {"lamps", "screen"}
    assert all(any(sign > "一" for sign in text) and text[-1].isascii() for text in DEVICE.tests.values())


def test_lamps_are_lit_one_after_another_then_the_pins_are_asked_and_the_hub_is_told() -> None:
    bench = Bench()
    effects = [*bench.order("lamps"), *bench.pass_time(3)]
    shown = [Lamps(lit=(level,)) for level in (5, 4, 3, 2, 1)]
    assert effects == [Examine("lamps"), *shown, Examine("lamps"), DARK]
    (order, ok, text), *more = told(answer(bench, "lamps"))
    assert (order, ok, more) == ("o1", True, [])
    assert "5盏灯" in text
    assert bench.state.trial is None


def test_only_lamps_that_are_wired_are_lit_and_counted() -> None:
    bench = Bench(lamps={"4": 6, "1": 26})
    assert [*bench.order("lamps"), *bench.pass_time(1.2)][1:3] == [Lamps(lit=(4,)), Lamps(lit=(1,))]
    assert "2盏灯" in told(answer(bench, "lamps"))[0][2]


@pytest.mark.parametrize("after_s", [0.0, 1.5, 3.0])
def test_broken_pins_are_told_in_words_before_during_and_after_the_show(after_s: float) -> None:
    bench = Bench()
    bench.order("lamps")
    bench.pass_time(after_s)
    assert told(answer(bench, "lamps", "引脚不可用")) == [("o1", False, "引脚不可用")]


def test_hardware_that_says_nothing_fails_the_test() -> None:
    bench = Bench()
    bench.order("lamps")
    ((order, ok, text),) = told(bench.pass_time(10))
    assert (order, ok) == ("o1", False)
    assert "没有应答" in text


@pytest.mark.parametrize(
    ("device", "test", "words"),
    [
        ({"lamps": {}}, "lamps", "没有接指示灯"),
        ({"driver": "page"}, "lamps", "没有接指示灯"),
        ({}, "screen", "没有评价页面"),
    ],
)
def test_a_test_of_what_is_not_fitted_fails_at_once(device: dict[str, Any], test: str, words: str) -> None:
    bench = Bench(**device)
    ((_, ok, text),) = told(bench.order(test))
    assert not ok
    assert words in text
    assert bench.state.trial is None


def test_the_page_shows_the_test_page_and_its_size_is_told() -> None:
    bench = Bench(driver="page")
    bench.order("screen")
    assert bench.face.step == "test"
    bench.give(Sized(at=bench.at, width=1024, height=600))
    bench.pass_time(3)
    ((_, ok, text),) = told(answer(bench, "screen"))
    assert ok
    assert "1024×600" in text
    assert bench.face.step == "idle"


def test_a_page_that_is_open_but_does_not_answer_fails_the_test() -> None:
    bench = Bench(driver="page")
    bench.order("screen")
    bench.pass_time(3)
    ((_, ok, text),) = told(answer(bench, "screen"))
    assert not ok
    assert "重启浏览器" in text


@pytest.mark.parametrize("after_s", [0.0, 1.5, 3.5])
@pytest.mark.parametrize("test", ["lamps", "screen"])
def test_a_real_ask_ends_the_test_at_once_and_the_hub_is_told_why(test: str, after_s: float) -> None:
    bench = Bench(page=PageSettings())
    bench.order(test)
    bench.pass_time(after_s)
    effects = bench.ask("q1")
    assert bench.lamps == Lamps(lit=(5, 4, 3, 2, 1))
    assert bench.face.step == "ask"
    ((order, ok, text),) = told(effects)
    assert (order, ok) == ("o1", False)
    assert "自检中止" in text
    bench.press(4)
    answer(bench, test)
    bench.pass_time(60)
    assert (bench.rated, len(told(bench.effects))) == ([("q1", 4)], 1)


@pytest.mark.parametrize("step", ["asking", "thanks"])
def test_while_somebody_rates_no_test_begins(step: str) -> None:
    bench = Bench()
    bench.ask("q1")
    if step == "thanks":
        bench.press(4)
    before = bench.lamps
    ((_, ok, text),) = told(bench.order("lamps"))
    assert not ok
    assert "正在评价" in text
    assert bench.lamps == before


def test_a_second_test_waits_for_nobody_and_does_not_disturb_the_first() -> None:
    bench = Bench()
    bench.order("lamps")
    ((order, ok, _),) = told(bench.order("lamps", "o2"))
    assert (order, ok) == ("o2", False)
    bench.pass_time(3)
    assert told(answer(bench, "lamps"))[0][:2] == ("o1", True)


def test_a_press_during_the_test_rates_nothing() -> None:
    bench = Bench()
    bench.order("lamps")
    bench.press(5)
    assert bench.rated == []


def test_a_clock_put_back_does_not_hold_the_test_for_an_hour() -> None:
    bench = Bench()
    bench.order("lamps")
    bench.at -= 3600
    bench.give(Tick(at=bench.at))
    bench.pass_time(10)
    assert [ok for _, ok, _ in told(bench.effects)] == [False]


def test_ids_of_messages_never_meet_whatever_they_say() -> None:
    bench = Bench()
    bench.ask("q1")
    bench.press(1)
    bench.pass_time(5)
    bench.order("screen")
    bench.ask("q2")
    bench.press(2)
    ids = [message.id for message in sent(bench.effects)]
    assert ids == ["b0-1", "b0-2", "b0-3"]
