"""Dashboards and the wall in a real Chromium: they draw, follow the hall, keep to the policy and to the screen."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hub.domain import commands as c
from hub.domain import events as e
from hub.storage.event_log import Append
from hub.storage.health import Change
from tests.hub.history.conftest import append
from tests.hub.web.conftest import PASSWORD, Pages
from tests.hub.web.test_web_dash import THEN, a_day
from tests.support.browser import CHROMIUM, launched, watched
from tests.support.day import small_hall

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]
STRANGE = "2026-01-02"  # a day with an event that cannot be read
ON_A_DAY = f"range=from-to&first={THEN}&last={THEN}"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    pages = Pages(tmp_path_factory.mktemp("hall"), small_hall())  # its days of the past are told in Beijing
    append(pages._log, a_day())
    pages.do(c.SignOn, counter="1", clerk="1001")
    pages.take()
    at = pages.desk.now() - timedelta(minutes=5)
    pages.history.came_and_went(
        [Change(hall="small", position="caller-1", device="caller-00aa", at=at, online=True, boot="b", why="started")]
    )
    strange = e.TicketQueued(at=at, by="test", source="test", command="strange", number="Z999")
    pages._log.append([Append("small", STRANGE, 0, "strange", (strange,), ())])
    pages.account("boss")
    yield pages
    pages.close()


@pytest.fixture(scope="module")
def page(hall: Pages) -> Iterator[Page]:
    """The manager's, logged in; whatever it asks for is of the hub."""
    with launched() as browser, watched(browser, hall.url, viewport={"width": 1920, "height": 1080}) as page:
        foreign: list[str] = []
        page.on("request", lambda asked: foreign.append(asked.url) if not asked.url.startswith(hall.url) else None)
        page.goto("/login")
        page.fill("#name", "boss")
        page.fill("#password", PASSWORD)
        page.click("button.main")
        page.wait_for_url("**/")
        yield page
        assert foreign == []


def settled(page: Page) -> None:
    expect(page.locator(".panel.asking")).to_have_count(0)
    expect(page.locator(".panel .state", has_text="正在计算")).to_have_count(0)


def width(page: Page) -> Any:
    return page.evaluate("document.scrollingElement.scrollWidth")


def test_a_dashboard_draws_curves_bars_and_tables_and_tells_formulas(page: Page) -> None:
    page.goto(f"/dash/small/day?{ON_A_DAY}&before=1")
    settled(page)
    assert page.locator("canvas").count() == 3
    expect(page.locator('[data-panel="stat-taken"] .value')).to_have_text("8")
    expect(page.locator('[data-panel="stat-taken"] .change')).to_contain_text("上期 0")
    by_service = page.locator('[data-panel="by-service"]')
    expect(by_service.locator("tbody tr")).to_have_count(2)
    for _ in range(2):
        by_service.get_by_role("button", name="平均等候").click()
    expect(by_service.locator("thead [aria-sort]")).to_have_attribute("aria-sort", "ascending")
    flow = page.locator('[data-panel="flow"]')
    flow.get_by_text("数据表").click()
    expect(flow.locator("tbody tr").first).to_be_visible()
    expect(flow.locator(".flag").first).to_have_attribute(
        "aria-label", f"{THEN} 09:30:00 大厅设置更改 · test policy.recalls_max"
    )
    flow.get_by_role("button", name="公式与来源").click()
    expect(page.locator("#about dt")).to_have_count(3)
    expect(page.locator("#about")).to_contain_text("取出的号票数")
    page.keyboard.press("Escape")
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.locator('[data-panel="stat-taken"] a.value').click()
    expect(page.locator("tbody tr")).to_have_count(8)
    page.get_by_role("link", name="A001").click()
    expect(page.locator(".story li").first).to_contain_text("A001")


def test_drawing_over_a_curve_chooses_that_time(page: Page) -> None:
    page.goto("/dash/small/day?range=from-to&first=2026-01-03&last=2026-01-07&service=A")
    settled(page)
    box = page.locator('[data-panel="flow"] .u-over').bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.4 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], middle, steps=4)
    page.mouse.up()
    page.wait_for_url("**first=2026-01-04&last=2026-01-06&service=A")


def test_variables_are_chosen_by_keyboard_and_stay_in_the_address(page: Page) -> None:
    page.goto(f"/dash/small/day?{ON_A_DAY}")
    page.locator("details.choice summary", has_text="业务").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_role("button", name="应用").press("Enter")
    page.wait_for_url("**service=A**")
    settled(page)
    expect(page.locator('[data-panel="stat-taken"] .value')).to_have_text("4")
    page.get_by_role("link", name="满意度").click()
    page.wait_for_url("**/satisfaction?**service=A**")
    expect(page.get_by_label("从", exact=True)).to_have_value(THEN)


def test_hall_now_and_the_wall_follow_the_hall(page: Page, hall: Pages) -> None:
    page.goto("/dash/small/now")
    expect(page.locator('[data-panel="now-waiting"] .value')).to_have_text("1")
    hall.take()
    expect(page.locator('[data-panel="now-waiting"] .value')).to_have_text("2")
    page.goto("/wall/small")
    expect(page.locator('[data-key="waiting"] .value')).to_have_text("2")
    hall.do(c.CallNext, counter="1")
    expect(page.locator('[data-key="waiting"] .value')).to_have_text("1")
    expect(page.locator('[data-counter="1"]')).to_contain_text("呼叫中")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    assert "1001" not in page.inner_text("body"), "no clerk's name for visitors"


def test_the_wall_fills_the_screen_and_nothing_more(page: Page) -> None:
    for wide, high in ((1920, 1080), (3840, 2160), (1366, 768)):
        page.set_viewport_size({"width": wide, "height": high})
        page.goto("/wall/small")
        expect(page.locator("#link")).to_have_attribute("data-state", "live")
        size = page.evaluate("[document.scrollingElement.scrollWidth, document.scrollingElement.scrollHeight]")
        assert size == [wide, high]


def test_on_a_phone_nothing_is_broader_than_the_screen(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for path in (
        "/wall/small",
        f"/dash/small/day?{ON_A_DAY}",
        "/dash/small/devices",
        f"/dash/small/behind/taken?{ON_A_DAY}",
    ):
        page.goto(path)
        if path.startswith("/dash") and "behind" not in path:
            settled(page)
        assert width(page) <= 360, path


def test_a_panel_without_an_answer_says_why_and_may_be_asked_again(page: Page) -> None:
    page.set_viewport_size({"width": 1600, "height": 1000})
    page.route("**/api/v1/**", lambda route: route.abort())
    page.goto(f"/dash/small/day?{ON_A_DAY}")
    panel = page.locator('[data-panel="stat-taken"]')
    expect(panel).to_contain_text("连不上服务器")
    page.unroute("**/api/v1/**")
    panel.get_by_role("button", name="重试").click()
    expect(panel.locator(".value")).to_have_text("8")


def test_one_device_is_chosen_among_those_of_its_kind_and_leads_to_its_page(page: Page) -> None:
    page.goto("/dash/small/devices")
    settled(page)
    choice = page.locator("details.choice", has_text="设备").last
    choice.locator("summary").first.click()
    of_kind = choice.locator("details.within", has_text="呼叫器").first
    of_kind.locator("summary").click()
    of_kind.get_by_label("caller-1").check()
    page.locator("#tools button.main").click()
    page.wait_for_url("**position=caller-1*")
    settled(page)
    table = page.locator('[data-panel="worst-positions"] tbody tr')
    expect(table).to_have_count(1)
    table.get_by_role("link").first.click()
    page.wait_for_url("**/monitor/small/devices/caller-1")


def test_a_day_with_an_event_that_cannot_be_read_says_so_and_which(page: Page) -> None:
    page.goto(f"/dash/small/day?range=from-to&first={STRANGE}&last={STRANGE}")
    settled(page)
    expect(page.locator("#unread")).to_contain_text("1个事件无法读取")
    page.goto("/dash/small/hub")
    page.locator('[data-panel="now-unread"] a.value').click()
    page.wait_for_url("**/dash/small/unread")
    expect(page.locator("tbody td")).to_contain_text([STRANGE, "1", "ticket-queued", "Z999"])
    page.goto(f"/dash/small/day?{ON_A_DAY}")
    settled(page)
    expect(page.locator("#unread")).to_be_hidden()
