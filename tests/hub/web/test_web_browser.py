"""What a person sees and does, in a real Chromium."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.domain import commands as c
from tests.hub.web.conftest import PASSWORD, Pages
from tests.support.browser import CHROMIUM, launched, watched
from tests.support.files import FILES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, pages: Pages) -> Iterator[Page]:
    """A page that fails the test when a script fails or the content policy forbids something."""
    with watched(browser, pages.url, viewport={"width": 1920, "height": 1080}) as page:
        yield page


def enter(page: Page, pages: Pages, name: str, path: str) -> None:
    pages.account(name)
    page.goto(path)
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url(f"**{path}")


def test_the_board_shows_a_call_at_once_large_and_blinking(page: Page, pages: Pages):
    page.clock.install()
    page.goto("/board/small/lobby")
    expect(page.locator("#newest .none")).to_be_visible()
    expect(page.locator("#date")).to_have_text(re.compile(r"^\d{4}年\d{1,2}月\d{1,2}日 星期[一二三四五六日]$"))
    first, second = pages.take(), pages.take()
    for counter, clerk in (("1", "1001"), ("2", "1002")):
        pages.do(c.SignOn, counter=counter, clerk=clerk)
        pages.do(c.CallNext, counter=counter)
    expect(page.locator("#newest-number")).to_have_text(second)
    expect(page.locator("#newest-counter")).to_have_text("2号窗口")
    expect(page.locator("#newest")).to_have_class(re.compile("fresh"))
    expect(page.locator("#rows .number")).to_have_text([first])
    cap_height_px = page.evaluate(
        """() => {
          const canvas = document.createElement("canvas").getContext("2d");
          const style = getComputedStyle(document.querySelector("#rows .number"));
          canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
          return canvas.measureText("A").actualBoundingBoxAscent;
        }"""
    )
    assert cap_height_px >= 90
    assert page.evaluate(
        "document.documentElement.scrollWidth <= 1920 && document.documentElement.scrollHeight <= 1080"
    )
    page.clock.run_for(9_000)
    expect(page.locator("#newest")).not_to_have_class(re.compile("fresh"))  # it calms down by itself


def test_a_board_without_its_hub_keeps_the_calls_and_says_since_when(page: Page, pages: Pages):
    number = pages.take()
    pages.do(c.SignOn, counter="1", clerk="1001")
    pages.do(c.CallNext, counter="1")
    page.clock.install()
    page.goto("/board/small/lobby")
    expect(page.locator("#newest-number")).to_have_text(number)
    pages.served.stop()
    page.clock.run_for(20_000)
    expect(page.locator("#stale")).to_be_hidden()
    page.clock.run_for(15_000)
    expect(page.locator("#stale")).to_have_text(re.compile(r"数据停在 \d\d:\d\d:\d\d"))
    expect(page.locator("#newest-number")).to_have_text(number)


def test_a_clerk_works_with_keys_and_shortcuts_and_is_told_why_not(page: Page, pages: Pages):
    enter(page, pages, "clerk1", "/counter/small/1")
    answer, number = page.locator("#answer"), page.locator("#number")
    next_key = page.locator('[data-verb="call-next"]')
    expect(next_key).to_have_attribute("aria-disabled", "true")
    next_key.click(force=True)  # dimmed keys still answer
    expect(answer).to_have_text("⚠ 请先登录")
    page.locator('[data-verb="sign-on"]').click()
    expect(answer).to_have_text("✓ 工号 1001 已登录")
    expect(page.locator("#clerk")).to_have_text("工号 1001")
    waiting = pages.take()
    expect(page.locator('[data-letter="A"] .count')).to_have_text("1")
    expect(next_key).to_have_attribute("aria-disabled", "false")
    page.keyboard.press("n")
    expect(answer).to_have_text(f"✓ 已呼叫 {waiting}")
    expect(number).to_have_text(waiting)
    expect(page.locator("#service")).to_have_text("社会保障卡业务")
    expect(page.locator("#why")).to_contain_text("取号最早")
    page.keyboard.press("x")
    expect(answer).to_have_text("⚠ 请再呼叫2次后过号")
    page.keyboard.press("s")
    expect(page.locator("#phase")).to_have_text("办理中")
    page.keyboard.press("e")
    expect(page.locator("#phase")).to_have_text("空闲")
    expect(page.locator("#served")).to_have_text("1")
    pages.do(c.Pause, counter="1")  # the keypad on the desk
    expect(page.locator("#phase")).to_have_text("暂停")
    expect(page.locator('[data-verb="resume"]')).to_be_visible()


def test_a_specific_ticket_is_called_by_number_and_reason(page: Page, pages: Pages):
    pages.do(c.SignOn, counter="1", clerk="1001")
    pages.take("A")
    wanted = pages.take("C")
    enter(page, pages, "clerk1", "/counter/small/1")
    page.keyboard.press("c")
    page.fill("#call-number", wanted.lower())
    page.fill("#call-reason", "老人")
    page.keyboard.press("Enter")
    expect(page.locator("#number")).to_have_text(wanted)
    expect(page.locator("#why")).to_contain_text("工作人员指呼：老人")
    expect(page.locator("#history li")).to_have_count(3)


def test_a_press_whose_answer_was_lost_acts_once(page: Page, pages: Pages):
    """The page asks again under the same key; the second citizen is not called for the first one's press."""
    pages.do(c.SignOn, counter="1", clerk="1001")
    first, _ = pages.take(), pages.take()
    enter(page, pages, "clerk1", "/counter/small/1")
    keys: list[str] = []

    def lose_the_first_answer(route):
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/call-next", lose_the_first_answer)
    page.locator('[data-verb="call-next"]').click()
    expect(page.locator("#answer")).to_have_text(f"✓ 已呼叫 {first}")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert len(pages.desk.today("small").lines["A"]) == 1


def test_the_monitor_moves_by_itself(page: Page, pages: Pages):
    enter(page, pages, "boss", "/monitor/small")
    value = page.locator('[data-figure="waiting"] .value')
    expect(value).to_have_text("0")
    number = pages.take()
    expect(value).to_have_text("1")
    pages.do(c.SignOn, counter="1", clerk="1001")
    pages.do(c.CallNext, counter="1")
    tile = page.locator('.tile[data-counter="1"]')
    expect(tile).to_have_attribute("data-phase", "called")
    expect(tile.locator(".word")).to_have_text("呼叫中")
    expect(tile.locator(".ticket")).to_have_text(number)
    expect(tile.locator(".clerk")).to_have_text("1001")
    expect(page.locator("#events li").first).to_contain_text(f"{number} 请到1号窗口")
    expect(page.locator('[data-kind="caller"] .count')).to_contain_text("0/2")
    page.goto("/monitor/small/devices")
    page.fill("input[name=text]", "window")
    expect(page.locator("tbody tr:visible")).to_have_count(2)


def test_a_page_whose_session_ended_leads_to_the_log_in(page: Page, pages: Pages):
    enter(page, pages, "clerk1", "/counter/small/1")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    page.context.clear_cookies()
    page.locator('[data-verb="recall"]').click(force=True)
    expect(page.locator("#answer")).to_contain_text("登录已失效")
    page.wait_for_url("**/login?next=/counter/small/1")


def test_content_is_uploaded_put_into_a_playlist_and_an_emergency_begun_and_withdrawn(page: Page, pages: Pages):
    enter(page, pages, "boss", "/screens/small")
    page.set_input_files("#files", [FILES / "one.png", FILES / "film.mp4"])
    expect(page.locator("#answer")).to_have_text("已上传 2 个文件")
    expect(page.locator("ul.media li b")).to_have_text(["film.mp4", "one.png"])
    page.set_input_files("#files", [FILES.parent / "files.py"])
    expect(page.locator("#answer.refused")).to_contain_text("不是可播放的图片或视频")

    page.click("#fresh")
    page.fill("#playlist [name=name]", "便民介绍")
    page.select_option("#item", label="one.png")
    page.click("#add-item")
    page.select_option("#item", label="film.mp4")
    page.click("#add-item")
    page.locator("#items li").nth(1).get_by_role("button", name="上移").click()
    page.locator("#items li input").nth(1).fill("8")
    page.click("#add-daypart")
    page.locator("#dayparts input[type=checkbox]").nth(6).uncheck()
    page.locator("#areas input").check()
    page.click("#playlist button.main")
    expect(page.locator("#answer.done")).to_contain_text("已保存")
    (made,) = pages.screens.content.playlists("small")
    media = {one.sha256: one.name for one in pages.screens.content.all_media()}
    assert [(media[one.sha256], one.duration_s) for one in made.items] == [("film.mp4", 0), ("one.png", 8)]
    assert (made.plan.areas, made.changed_by) == (("lobby",), "boss")
    assert made.plan.dayparts[0].weekdays == (1, 2, 3, 4, 5, 6)
    page.fill("#preview-at", "2026-01-05T10:00")
    page.click("#preview button")
    expect(page.locator("#previewed")).to_have_text("2026-01-05 10:00：便民介绍 (film.mp4, one.png)")

    page.fill("#emergency [name=zh]", "请有序离开")
    page.click("#emergency .red-button")
    expect(page.locator("#ask-said")).to_have_text("请有序离开")
    page.get_by_role("button", name="取消").click()
    assert pages.screens.content.emergencies("small") == []
    page.click("#emergency .red-button")
    page.get_by_role("button", name="立即发布").click()
    expect(page.locator(".alarm .said")).to_have_text("请有序离开")
    expect(page.locator("td .red")).to_contain_text("请有序离开")
    page.click(".withdraw")
    page.click("#ask-yes")
    expect(page.locator(".alarm")).to_have_count(0)
    (over,) = pages.screens.content.emergencies("small")
    assert over.withdrawn_by == "boss"
