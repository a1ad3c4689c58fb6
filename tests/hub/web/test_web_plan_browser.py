"""The floor plan in a real Chromium: dragged, moved by keys, undone, typed without a script; and seen on the wall."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.domain import commands as c
from tests.hub.web.conftest import PASSWORD, Pages
from tests.support.browser import CHROMIUM, launched, watched
from tests.support.live import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]
EDIT = "/settings/small/plan"
COUNTER_1 = '#canvas [data-item="counter.1"]'
X, Y = "[name='counter.1.at.0']", "[name='counter.1.at.1']"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    pages = Pages(tmp_path_factory.mktemp("hall"))
    pages.do(c.SignOn, counter="1", clerk="1001")
    pages.take()
    pages.account("root")
    yield pages
    pages.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def page(browser: Browser, hall: Pages) -> Iterator[Page]:
    with watched(browser, hall.url, viewport={"width": 1366, "height": 900}) as page:
        log_in(page)
        yield page


def log_in(page: Page) -> None:
    page.goto("/login")
    page.fill("#name", "root")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/")


def drag(page: Page, what: str, by_x: float, by_y: float) -> None:
    """By so many metres."""
    target = page.locator(what).first
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    metre = page.evaluate("document.getElementById('canvas').getScreenCTM().a * 100")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by_x * metre / 2, y + by_y * metre / 2, steps=3)
    page.mouse.move(x + by_x * metre, y + by_y * metre, steps=3)
    page.mouse.up()


def place(hall: Pages, ident: str = "1") -> tuple[float, ...]:
    return next(one.at for one in hall.desk.today("small").hall.counter if one.id == ident)


def test_a_counter_is_dragged_snaps_to_the_grid_and_is_put_back_step_by_step(page: Page, hall: Pages) -> None:
    page.goto(EDIT)
    drag(page, COUNTER_1, -2.05, 2.1)
    expect(page.locator(X)).to_have_value("2.5")
    expect(page.locator(Y)).to_have_value("4")
    expect(page.locator("#count")).to_have_text("已移动 1 项，未保存")
    drag(page, COUNTER_1, 1, 0)
    expect(page.locator(X)).to_have_value("3.5")
    page.get_by_role("button", name="撤销", exact=True).click()
    expect(page.locator(X)).to_have_value("2.5")
    page.locator(COUNTER_1).focus()
    page.keyboard.press("Control+z")
    expect(page.locator(X)).to_have_value("4.5")
    expect(page.locator("#count")).to_have_text("")
    page.get_by_role("button", name="重做").click()
    expect(page.locator(X)).to_have_value("2.5")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**floor=f1")
    assert place(hall) == (2.5, 4)
    page.get_by_role("button", name="撤销上次保存").click()
    expect(page.locator(X)).to_have_value("4.5")
    assert place(hall) == (4.5, 2)


def test_by_keyboard_alone_a_counter_is_found_moved_turned_and_saved(page: Page, hall: Pages) -> None:
    page.goto(EDIT)
    page.locator(COUNTER_1).focus()
    expect(page.locator("#chosen")).to_have_text("1号窗口：4.50，2.00")
    for key in ("ArrowLeft", "ArrowDown", "Shift+ArrowDown", "r"):
        page.keyboard.press(key)
    expect(page.locator("#chosen")).to_have_text("1号窗口：4.25，3.25")
    expect(page.locator("[name='counter.1.faces']")).to_have_value("left")
    page.keyboard.press("Tab")
    expect(page.locator("#chosen")).to_contain_text("2号窗口")
    page.locator("#save").press("Enter")
    page.wait_for_url("**floor=f1")
    until(lambda: place(hall) == (4.25, 3.25), "the counter is there")
    page.get_by_role("button", name="撤销上次保存").click()
    expect(page.locator(X)).to_have_value("4.5")


def test_a_counter_on_anothers_spot_is_marked_before_it_is_saved_and_refused_after(page: Page, hall: Pages) -> None:
    page.goto(EDIT)
    drag(page, COUNTER_1, 3, 0)
    expect(page.locator(COUNTER_1)).to_have_class(re.compile("bad"))
    expect(page.locator("#count")).to_have_text("2 项位置有误")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("where counter")
    expect(page.locator(X)).to_have_value("7.5")
    assert place(hall) == (4.5, 2)
    expect(page.locator(".bench")).to_be_visible()  # the script is there
    page.locator(COUNTER_1).focus()
    for _ in range(2):
        page.keyboard.press("Shift+ArrowDown")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**floor=f1")
    assert place(hall) == (7.5, 4)
    page.get_by_role("button", name="撤销上次保存").click()
    expect(page.locator(X)).to_have_value("4.5")


def test_what_was_refused_because_somebody_was_faster_is_saved_when_one_insists(page: Page, hall: Pages) -> None:
    page.goto(EDIT)
    page.fill(X, "3")
    hall.do(c.ChangeSettings, changes={"counter.1.at": [6.0, 6.0]})
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("test改过 1号窗口")
    assert place(hall) == (6, 6)
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**floor=f1")
    assert place(hall) == (3, 2)
    hall.do(c.ChangeSettings, changes={"counter.1.at": None})


def test_a_corner_of_an_area_is_dragged(page: Page) -> None:
    page.goto(EDIT)
    page.get_by_label("移动区域的角").check()
    expect(page.locator("#canvas .handle")).to_have_count(2)
    page.locator("#canvas .handle").first.focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[name='area.lobby.outline']")).to_have_value("1,3 12,8")
    page.keyboard.press("Control+z")
    expect(page.locator("[name='area.lobby.outline']")).to_have_value("0,3 12,8")
    page.keyboard.press("Control+z")


def test_a_finger_drags_it_too(browser: Browser, hall: Pages) -> None:
    with watched(browser, hall.url, viewport={"width": 360, "height": 740}, has_touch=True) as page:
        log_in(page)
        page.goto(EDIT)
        page.locator(COUNTER_1).evaluate("one => one.scrollIntoView({ block: 'center', inline: 'center' })")
        box = page.locator(COUNTER_1).bounding_box()
        assert box is not None
        metre = page.evaluate("document.getElementById('canvas').getScreenCTM().a * 100")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
        touches = page.context.new_cdp_session(page)

        def touch(kind: str, *points: dict[str, float]) -> None:
            touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

        touch("touchStart", {"x": x, "y": y})
        for part in (0.25, 0.5, 1.0):
            touch("touchMove", {"x": x, "y": y + part * metre})
        touch("touchEnd")
        expect(page.locator(Y)).to_have_value("3")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
        page.keyboard.press("Control+z")


def test_without_a_script_numbers_are_typed_and_saved(browser: Browser, hall: Pages) -> None:
    with watched(browser, hall.url, java_script_enabled=False) as page:
        log_in(page)
        page.goto(EDIT)
        expect(page.locator(".bench")).to_be_hidden()
        page.fill(X, "3.3")
        page.get_by_role("button", name="保存", exact=True).click()
        page.wait_for_url("**floor=f1")
        assert place(hall) == (3.3, 2)
        page.get_by_role("button", name="撤销上次保存").click()
        assert place(hall) == (4.5, 2)


def test_the_wall_the_dashboard_and_the_plan_follow_the_hall_and_its_plan_at_once(page: Page, hall: Pages) -> None:
    for path in ("/wall/small", "/dash/small/now", "/plan/small"):
        page.goto(path)
        desk = page.locator('.counter[data-counter="1"]')
        expect(desk).to_have_attribute("data-phase", "idle")
        expect(page.locator("[data-sign='lobby'] .count")).to_have_text("1")
        page.evaluate("window.stayed = true")
        hall.do(c.ChangeSettings, changes={"counter.1.at": [2.0, 5.0], "area.lobby.name": "新大厅"})
        expect(desk).to_have_attribute("transform", "translate(200 500) scale(1.0)")
        expect(page.locator("[data-sign='lobby'] .room-name")).to_have_text("新大厅")
        hall.do(c.CallNext, counter="1")
        expect(desk).to_have_attribute("data-phase", "called")
        expect(desk.locator(".word")).to_have_text("呼叫中")
        expect(desk.locator(".ticket")).to_have_text(re.compile("A00[1-9]"))
        expect(desk.locator(".mark")).to_have_attribute("href", "#mark-called")
        expect(page.locator('[data-row="1"] .said')).to_contain_text("呼叫中")
        expect(page.locator("[data-sign='lobby'] .count")).to_have_text("0")
        assert page.evaluate("window.stayed"), "without a reload"
        if path == "/wall/small":
            assert page.evaluate("document.scrollingElement.scrollHeight") == 900, "it fills the screen as before"
        hall.do(c.Serve, counter="1")
        hall.do(c.End, counter="1")
        hall.do(c.ChangeSettings, changes={"counter.1.at": None, "area.lobby.name": None})
        hall.take()
        expect(desk).to_have_attribute("transform", "translate(450 200) scale(1.0)")
