"""What a citizen sees and does on the touch page, in a real Chromium, with and without a hub."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.edge.evaluator.running import Running
from tests.support.browser import CHROMIUM
from tests.support.live import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]

Open = Callable[[], Page]


def step(page: Page, name: str) -> None:
    page.wait_for_selector(f'body[data-step="{name}"]')


def tap(page: Page, what: str) -> None:
    page.wait_for_selector(f"{what}:enabled")
    page.tap(what)


def face(page: Page, level: int) -> None:
    tap(page, f'[data-level="{level}"]')


def test_from_the_greeting_to_the_thanks(evaluator: Running, open_page: Open) -> None:
    evaluator.ask(None)
    page = open_page()
    expect(page.locator("#rest")).to_contain_text("工号1001为您服务")
    expect(page.locator("#counter")).to_have_text("1号窗口")
    evaluator.ask("q1")
    expect(page.locator("#number")).to_have_text("A012")
    assert page.locator("#levels b").all_inner_texts() == ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
    face(page, 2)
    step(page, "reasons")
    assert evaluator.rated == [("q1", 2)], "the press is the rating, whatever comes now"
    tap(page, '[data-code="213"]')
    tap(page, '[data-code="209"]')
    expect(page.locator("#done")).to_contain_text("提交")
    tap(page, "#done")
    expect(page.locator("#thanks")).to_contain_text("感谢您的评价")
    until(lambda: evaluator.explained == [("213", "209")], "the reasons are sent")
    step(page, "idle")
    assert evaluator.rated == [("q1", 2)]


def test_without_the_hub_the_page_asks_rates_and_says_so(evaluator: Running, open_page: Open) -> None:
    evaluator.ask("q1")
    page = open_page()
    evaluator.link(False)
    expect(page.locator("#away")).to_be_visible()
    face(page, 5)
    step(page, "reasons")
    tap(page, "#done")
    step(page, "idle")
    expect(page.locator("#offline")).to_contain_text("评价会保存并补交")
    assert evaluator.rated == [("q1", 5)]


def test_reloaded_among_the_reasons_it_is_where_it_was_and_rates_no_second_time(
    evaluator: Running, open_page: Open
) -> None:
    evaluator.ask("q1")
    page = open_page()
    face(page, 1)
    tap(page, '[data-code="115"]')
    until(lambda: evaluator.state.explaining and evaluator.state.explaining.ticked, "the agent knows of the tick")
    page.reload()
    step(page, "reasons")
    expect(page.locator('[data-code="115"]')).to_have_attribute("aria-pressed", "true")
    tap(page, "#done")
    until(lambda: evaluator.explained == [("115",)], "the reasons are sent")
    assert evaluator.rated == [("q1", 1)]


def test_closed_in_the_middle_of_an_ask_another_page_goes_on_asking(evaluator: Running, open_page: Open) -> None:
    evaluator.ask("q1")
    page = open_page()
    step(page, "ask")
    page.close()
    again = open_page()
    face(again, 4)
    until(lambda: evaluator.rated == [("q1", 4)], "it rates")


def test_closed_among_the_reasons_what_was_ticked_goes_with_the_next_ask(evaluator: Running, open_page: Open) -> None:
    evaluator.ask("q1")
    page = open_page()
    face(page, 4)
    tap(page, '[data-code="413"]')
    until(lambda: evaluator.state.explaining and evaluator.state.explaining.ticked, "the agent knows of the tick")
    page.close()
    evaluator.ask("q2")
    until(lambda: evaluator.explained == [("413",)], "the reasons are sent")
    until(lambda: evaluator.state.asking, "the next citizen is asked")


def test_of_two_fingers_at_once_the_first_wins(evaluator: Running, open_page: Open) -> None:
    evaluator.ask("q1")
    page = open_page()
    page.wait_for_selector('[data-level="1"]:enabled')
    page.evaluate("""for (const level of [1, 5, 1, 5]) document.querySelector(`[data-level="${level}"]`).click()""")
    step(page, "reasons")
    expect(page.locator("#why-level")).to_have_text("非常不满意")
    assert evaluator.rated == [("q1", 1)]


def test_a_finger_that_was_on_its_way_when_the_question_came_presses_nothing(
    evaluator: Running, open_page: Open
) -> None:
    evaluator.ask(None)
    page = open_page()
    step(page, "idle")
    page.evaluate("""new MutationObserver((_, one) => {
      if (document.body.dataset.step !== "ask") return;
      one.disconnect();
      document.querySelector('[data-level="1"]').click();
    }).observe(document.body, {attributes: true})""")
    evaluator.ask("q1")
    page.wait_for_selector('[data-level="1"]:enabled')
    assert evaluator.rated == []


@pytest.mark.parametrize("keys", [("4",), ("Tab", "Tab", "Enter")])
def test_a_keyboard_is_enough(evaluator: Running, open_page: Open, keys: tuple[str, ...]) -> None:
    evaluator.ask("q1")
    page = open_page()
    page.wait_for_selector('[data-level="4"]:enabled')
    for key in keys:
        page.keyboard.press(key)
    step(page, "reasons")
    assert evaluator.rated == [("q1", 4)]
    page.wait_for_selector("#done:enabled")
    page.focus("#done")
    page.keyboard.press("Enter")
    step(page, "thanks")


def test_a_page_whose_agent_is_gone_asks_for_nothing_and_comes_back_by_itself(
    evaluator: Running, open_page: Open
) -> None:
    evaluator.ask("q1")
    page = open_page()
    step(page, "ask")
    page.context.set_offline(True)
    page.evaluate("source.close(); listen()")
    step(page, "gone")
    expect(page.locator("#gone h1")).to_contain_text("请稍候")
    page.context.set_offline(False)
    step(page, "ask")
    face(page, 5)
    until(lambda: evaluator.rated == [("q1", 5)], "it rates again")


def test_a_touch_made_while_the_agent_was_away_for_a_moment_arrives_once(evaluator: Running, open_page: Open) -> None:
    evaluator.ask("q1")
    page = open_page()
    page.wait_for_selector('[data-level="3"]:enabled')
    page.context.set_offline(True)
    face(page, 3)
    page.wait_for_selector('[data-level="3"].chosen')
    assert evaluator.rated == []
    page.context.set_offline(False)
    step(page, "reasons")
    assert evaluator.rated == [("q1", 3)]


def test_the_self_test_shows_its_page_and_its_size(evaluator: Running, open_page: Open) -> None:
    evaluator.ask(None)
    page = open_page()
    step(page, "idle")
    evaluator.order("screen")
    expect(page.locator("#size")).to_have_text("1024 × 600")
    (told,) = until(lambda: evaluator.tested, "the hub is told")
    assert told.ok
    assert "1024×600" in told.text
    step(page, "idle")


def test_the_self_test_without_an_open_page_says_what_to_look_at(evaluator: Running) -> None:
    evaluator.order("screen")
    (told,) = until(lambda: evaluator.tested, "the hub is told")
    assert not told.ok
    assert "请检查浏览器" in told.text
