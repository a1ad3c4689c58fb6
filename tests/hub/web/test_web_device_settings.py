"""The page of a device's settings, in a real Chromium: set, previewed, saved, refused at its line, returned to."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from hub.storage.position_settings import Report, Wanted
from tests.hub.web.test_web_browser import browser, enter, page
from tests.support.browser import CHROMIUM

__all__ = ["browser", "page"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]
AT = "/monitor/small/devices/{}/settings"


def newest(pages, position="caller-1"):
    found = pages.of_devices.newest("small").get(("small", position))
    return (found.revision, found.device, found.changed_by) if found else None


def item(page, path):
    return page.locator(f'.item[data-path="{path}"]')


def save(page, why=""):
    page.get_by_role("button", name="预览并保存").click()
    page.locator("#why").fill(why)
    page.get_by_role("button", name="保存并下发").click()


def test_what_is_written_is_ticked_previewed_and_saved_and_can_be_returned_to(page, pages):
    enter(page, pages, "tech", AT.format("caller-1"))
    expect(page.locator("#state")).to_contain_text("未设置")
    item(page, "double_s").locator(".value").fill("0.6")
    expect(item(page, "double_s").locator(".is-set")).to_be_checked()
    page.get_by_role("button", name="预览并保存").click()
    expect(page.locator("#changes tr")).to_have_text(["double_s未设定0.6"])
    page.get_by_role("button", name="返回").click()
    save(page, "键太灵敏")
    expect(page.locator("#history li").first).to_contain_text("键太灵敏")
    assert newest(pages) == (1, {"double_s": 0.6}, "tech")
    expect(page.locator("#state")).to_contain_text("等待设备应答")

    now = datetime.now(UTC)
    pages.of_devices.tell(
        Report(
            hall="small",
            position="caller-1",
            device="caller-00aa",
            revision=1,
            outcome="returned",
            in_force=0,
            problems={"port": "no such file"},
            decided_at=now,
            reported_at=now,
        )
    )
    expect(page.locator("#state")).to_contain_text("已自动恢复")
    expect(page.locator("#state")).to_contain_text("no such file")
    page.get_by_role("button", name="全部取消设定").click()
    expect(page.locator("#state")).to_contain_text("第2版")
    assert newest(pages) == (2, {}, "tech")


def test_what_is_wrong_is_said_at_its_line_and_nothing_is_saved(page, pages):
    enter(page, pages, "tech", AT.format("caller-1"))
    item(page, "double_s").locator(".value").fill("9")
    page.get_by_role("button", name="预览并保存").click()
    expect(item(page, "double_s").locator(".wrong")).not_to_be_empty()
    expect(page.locator("#preview")).not_to_be_visible()
    item(page, "double_s").locator(".value").fill("1")
    item(page, "keys").locator(".value").fill('{"recall": 99}')
    save(page)
    expect(item(page, "keys").locator(".wrong")).to_contain_text("应为")
    assert newest(pages) is None


def test_a_change_is_made_at_all_devices_of_the_class_after_it_was_shown_which(page, pages):
    enter(page, pages, "tech", AT.format("caller-1"))
    item(page, "stuck_s").locator(".value").fill("7")
    page.get_by_role("button", name="预览并保存").click()
    page.get_by_label("改所有同类设备").check()
    expect(page.locator("#many")).to_contain_text("caller-1、caller-2")
    page.get_by_role("button", name="保存并下发").click()
    expect(page.locator("#history li").first).to_contain_text("stuck_s")
    assert newest(pages, "caller-2") == (1, {"stuck_s": 7}, "tech")


def test_a_manager_sees_what_is_set_and_cannot_touch_it(page, pages):
    pages.of_devices.put("small", [Wanted("caller-1", 0, {"stuck_s": 7})], by="tech", at=datetime.now(UTC), why="")
    enter(page, pages, "boss", AT.format("caller-1"))
    expect(item(page, "stuck_s").locator(".value")).to_be_disabled()
    expect(page.locator("#look")).to_have_count(0)
    expect(page.locator("#history button")).to_have_count(0)
