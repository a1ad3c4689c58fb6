"""The inventory's pages in a real Chromium: from the list of what was bought to the board that replaced a dead one."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from hub.storage.devices import Device
from hub.storage.issued import Certified
from tests.hub.web.conftest import Pages
from tests.hub.web.test_web_browser import browser, enter, page
from tests.support.browser import CHROMIUM
from wire import pairing

__all__ = ["browser", "page"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]

BOUGHT = """序列号,类别,型号,单价,采购日期,保修截止,计划点位
00A1,评价器,TX-E1,420,2025-01-05,2028-01-04,evaluator-2
00A2,评价器,TX-E1,420,2025-01-05,2028-01-04,
00A3,呼叫器,TX-C1,680,2025-01-05,2028-01-04,
"""
OLD_KEY, NEW_KEY = "a1" * 32, "b2" * 32


def ask(pages: Pages, key: str, serial: str) -> object:
    """A board asks to be let in, as it does every few seconds."""
    now = datetime.now(UTC)
    return pages.registry.knock(
        key,
        address="10.0.0.7",
        now=now,
        certify=lambda id: Certified(f"{key[:8]}", "PEM", now + timedelta(days=365), "00"),
        device_class="evaluator",
        hardware_serial=serial,
    )


def choose(page: Page, text: str) -> None:
    page.set_input_files("#file", {"name": "清单.csv", "mimeType": "text/csv", "buffer": text.encode("gb18030")})


def test_from_the_list_of_what_was_bought_to_a_replaced_board(page: Page, pages: Pages):
    enter(page, pages, "tech", "/monitor/small/inventory")
    page.get_by_role("link", name="导入", exact=True).click()

    choose(page, BOUGHT.replace("00A2,评价器", "00A2,飞机"))
    expect(page.locator("#problems tbody tr")).to_have_count(1)
    expect(page.locator("#problems tbody tr")).to_contain_text(
        "3B 类别飞机没有类别“飞机”，应为：排队机、引导终端、呼叫器"
    )
    expect(page.locator("#apply")).to_be_hidden()
    choose(page, BOUGHT)
    expect(page.locator("#new")).to_have_text("3")
    page.click("#apply")
    expect(page.locator("#answer")).to_have_text("已导入：新增 3，更改 0")
    choose(page, BOUGHT)
    expect(page.locator("#answer")).to_have_text("文件与清单一致，无须导入")

    page.goto("/monitor/small/inventory")
    expect(page.locator(".alarm").first).to_contain_text("3 件已购买但从未安装，价值 1,520 元")

    page.goto("/monitor/small/waiting")
    expect(page.locator(".boards")).to_contain_text("没有等待入网的设备")
    ask(pages, OLD_KEY, "00a1")  # and the page sees it by itself
    code = pairing.shown(pairing.code(OLD_KEY))
    expect(page.locator(".pairing")).to_have_text([code])
    expect(page.locator("select[name=position]")).to_have_value("evaluator-2")  # as the list of purchases said

    page.goto("/monitor/small/scan")
    for said in (code, "evaluator-2"):
        page.keyboard.type(said)
        page.keyboard.press("Enter")
        expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#answer")).to_contain_text(f"✓ {code} → evaluator-2")
    old = ask(pages, OLD_KEY, "00a1")
    assert isinstance(old, Device)
    pages.assets.online("small", [("evaluator-2", old.id)], datetime.now(UTC))

    ask(pages, NEW_KEY, "00A2")
    pages.roster.seat_all(pages.roster.bound())
    page.goto("/monitor/small/devices/evaluator-2")
    page.fill("#replace input[name=why]", "按键失灵")
    page.select_option("#replace select[name=by]", f"applicant {pairing.code(NEW_KEY)}")
    page.click("#replace button")
    expect(page.locator("#replace select[name=by]")).not_to_contain_text(pairing.shown(pairing.code(NEW_KEY)))
    new = ask(pages, NEW_KEY, "00A2")
    assert isinstance(new, Device)
    assert pages.registry.device_at("small", "evaluator-2") == new
    assert pages.registry.revoked_serials(datetime.now(UTC)) == [old.serial]

    page.goto("/monitor/small/inventory/00A1")
    expect(page.locator(".life").first).to_contain_text("故障")
    expect(page.locator(".history li b")).to_have_text(
        ["自 evaluator-2 撤下，故障", "首次在线，投入使用", "安装于 evaluator-2", "登记为库存"]
    )
    page.select_option("select[name=state]", "in-repair")
    page.locator("form[data-api$='/state'] button").click()
    expect(page.locator(".history li b").first).to_have_text("改为送修")


def test_an_approved_board_stands_on_the_page_until_it_comes_and_can_be_taken_back(page: Page, pages: Pages):
    enter(page, pages, "tech", "/monitor/small/waiting")
    ask(pages, OLD_KEY, "00a1")
    code = pairing.shown(pairing.code(OLD_KEY))
    page.select_option("select[name=position]", "evaluator-2")
    page.get_by_role("button", name="批准", exact=True).click()
    expect(page.get_by_role("heading", name="已批准，等待设备领取")).to_be_visible()
    expect(page.locator(".approved .pairing")).to_have_text([code])
    expect(page.locator(".approved dd").nth(0)).to_have_text("evaluator-2")
    expect(page.locator(".approved dd").nth(1)).to_contain_text("tech · ")
    page.goto("/monitor/small/devices/evaluator-2")
    expect(page.get_by_text(f"此点位已批准给 {code}（tech），等待设备领取")).to_be_visible()

    page.goto("/monitor/small/waiting")
    ask(pages, NEW_KEY, "00A2")
    expect(page.locator(".boards:not(.approved) .pairing")).to_have_text([pairing.shown(pairing.code(NEW_KEY))])
    expect(page.locator("option[value=evaluator-2]")).to_have_count(0)  # it is promised
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="收回批准").click()
    expect(page.locator(".approved")).to_have_count(0)
    ask(pages, OLD_KEY, "00a1")
    expect(page.locator(".boards .pairing")).to_have_count(2)
    assert pages.registry.device_at("small", "evaluator-2") is None
