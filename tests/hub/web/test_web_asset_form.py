"""The form for one asset, as a browser without scripts sends it, and in a Chromium by keyboard alone."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.domain import asset_life as life
from hub.domain.assets import Details
from tests.hub.web.conftest import Pages
from tests.hub.web.test_web_browser import browser, enter, page
from tests.support.browser import CHROMIUM, PATIENCE_MS

__all__ = ["browser", "page"]
NEW = "/monitor/small/inventory/new"
GOOD = {
    "serial": "00a1",
    "kind": "evaluator",
    "state": "ordered",
    "model": "TX-E1",
    "supplier": "某某科技",
    "price": "￥1,420.50",
    "bought_on": "2026-01-05",
    "warranty_until": "2029年1月4日",
    "life_years": "6",
    "planned": "evaluator-2",
    "note": "备用",
}
in_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]


def send(pages: Pages, address: str, typed: dict[str, str], name: str = "boss", site: str = "same-origin") -> Any:
    with pages.visitor(name) as client:
        return client.post(address, data=typed, headers={"sec-fetch-site": site})


def value(html: str, field: str) -> str:
    """What stands in a field of the page."""
    found = re.search(rf'<input id="{field}" name="{field}" value="([^"]*)"', html)
    return found[1] if found else ""


def wrong(html: str, field: str) -> str:
    found = re.search(rf'id="{field}-wrong">([^<]*)<', html)
    return found[1] if found else ""


def registered(pages: Pages, serial: str = "00A1", **about: Any) -> None:
    details = Details(kind="evaluator", model="TX-E1", price_fen=42000, planned="evaluator-2")
    new = life.Register(at=datetime.now(UTC), by="t", hall="small", details=details, state="in-stock", **about)
    pages.assets.do("small", serial, new)


def test_what_is_sent_is_in_the_inventory_as_an_import_would_read_it(pages: Pages):
    answer = send(pages, NEW, GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/monitor/small/inventory/00A1")
    asset = pages.assets.asset("small", "00A1")
    assert asset.state == "ordered"
    assert asset.details == Details(
        kind="evaluator",
        model="TX-E1",
        supplier="某某科技",
        price_fen=142050,
        bought_on=date(2026, 1, 5),
        warranty_until=date(2029, 1, 4),
        life_years=6.0,
        planned="evaluator-2",
        note="备用",
    )
    assert [(one.by, type(one).__name__) for one in pages.assets.history("00A1")] == [("boss", "Registered")]


def test_each_wrong_field_is_named_at_the_field_and_nothing_typed_is_lost(pages: Pages):
    typed = GOOD | {
        "serial": "A B", "price": "很多", "bought_on": "5/1/2026", "life_years": "70", "planned": "caller-1",
    }  # fmt: skip
    answer = send(pages, NEW, typed)
    assert answer.status_code == 422
    assert "5 处有误，未保存" in answer.text
    assert wrong(answer.text, "serial").startswith("序列号只能是 1 到 64 位字母")
    assert wrong(answer.text, "price") == "“很多”不是价格，应为元，如 680.00"
    assert wrong(answer.text, "bought_on") == "“5/1/2026”不是日期，应为年-月-日，如 2026-01-05"
    assert wrong(answer.text, "life_years") == "“70”不是年数，应大于 0、不超过 50，如 6"
    assert wrong(answer.text, "planned") == "此点位要的是呼叫器"
    assert {name: value(answer.text, name) for name in typed if name not in ("kind", "state")} == {
        name: text for name, text in typed.items() if name not in ("kind", "state")
    }
    assert '<option value="evaluator" selected>' in answer.text
    assert '<option value="ordered" selected>' in answer.text
    assert pages.assets.all("small") == []


def test_the_words_are_english_where_the_reader_reads_english(pages: Pages):
    with pages.visitor("boss") as client:
        client.cookies.set("language", "en")
        answer = client.post(NEW, data={"price": "很多"}, headers={"sec-fetch-site": "same-origin"})
    assert wrong(answer.text, "serial") == wrong(answer.text, "kind") == "must not be empty"
    assert "is no price; write yuan, such as 680.00" in wrong(answer.text, "price")


def test_a_serial_that_is_there_and_a_position_that_is_planned_for_another_are_refused(pages: Pages):
    registered(pages)
    answer = send(pages, NEW, GOOD)
    assert answer.status_code == 422
    assert wrong(answer.text, "serial") == "此序列号已在清单里"
    answer = send(pages, NEW, GOOD | {"serial": "00A2"})
    assert wrong(answer.text, "planned") == "此点位已计划给 00A1"


def test_a_correction_says_all_that_is_written_and_an_empty_field_empties_it(pages: Pages):
    registered(pages)
    one = "/monitor/small/inventory/00A1"
    with pages.visitor("boss") as client:
        html = client.get(one).text
    assert (value(html, "price"), value(html, "planned"), value(html, "model")) == ("420.00", "evaluator-2", "TX-E1")
    answer = send(pages, one, {"kind": "evaluator", "price": "430", "planned": "evaluator-2"})
    assert (answer.status_code, answer.headers["location"]) == (303, one)
    details = pages.assets.asset("small", "00A1").details
    assert details == Details(kind="evaluator", price_fen=43000, planned="evaluator-2")
    answer = send(pages, one, {"kind": "evaluator", "warranty_until": "2025-01-01", "bought_on": "2026-01-01"})
    assert (answer.status_code, wrong(answer.text, "warranty_until")) == (422, "早于采购日期")
    assert pages.assets.asset("small", "00A1").details == details


def test_what_hangs_at_a_position_stays_what_it_is(pages: Pages):
    registered(pages)
    install = life.Install(at=datetime.now(UTC), by="hub", hall="small", position="evaluator-2", device="evaluator-1")
    pages.assets.do("small", "00A1", install)
    answer = send(pages, "/monitor/small/inventory/00A1", {"kind": "caller"})
    assert (answer.status_code, wrong(answer.text, "kind")) == (422, "已作为评价器安装，不能改类别")


def test_who_comes_second_by_a_moment_is_told_and_keeps_what_was_typed(pages: Pages, monkeypatch: pytest.MonkeyPatch):
    registered(pages)
    monkeypatch.setattr(pages.assets, "all", lambda hall: [])  # as it was when the form was looked at
    answer = send(pages, NEW, GOOD)
    assert answer.status_code == 409
    assert "清单刚被他人更改，请核对后再次保存" in answer.text
    assert value(answer.text, "supplier") == "某某科技"


def test_who_was_logged_out_meanwhile_keeps_what_was_typed_and_sees_nothing_of_the_inventory(pages: Pages):
    registered(pages)
    for address in (NEW, "/monitor/small/inventory/00A1"):
        answer = send(pages, address, GOOD | {"note": "写了很久"}, name="")
        assert answer.status_code == 401
        assert value(answer.text, "note") == "写了很久"
        assert "请在新标签页中登录" in answer.text
        assert "登记为" not in answer.text  # the history
    assert [one.serial for one in pages.assets.all("small")] == ["00A1"]


def test_another_sites_form_and_a_clerk_add_nothing(pages: Pages):
    assert send(pages, NEW, GOOD, site="cross-site").status_code == 403
    assert send(pages, NEW, GOOD, name="clerk1").status_code == 403
    assert pages.assets.all("small") == []


def test_an_asset_that_does_not_exist_is_not_corrected(pages: Pages):
    assert send(pages, "/monitor/small/inventory/00B7", {"kind": "caller"}).status_code == 404


@in_browser[0]
@in_browser[1]
def test_by_keyboard_alone_an_asset_is_added_mended_and_saved(page: Page, pages: Pages):
    enter(page, pages, "boss", "/monitor/small/inventory")
    page.get_by_role("link", name="登记一件资产").click()
    expect(page.locator("#serial")).to_be_focused()
    page.keyboard.type("00a1")
    page.keyboard.press("Tab")
    for _ in range(4):  # 排队机、引导终端、呼叫器、评价器
        page.keyboard.press("ArrowDown")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("evaluator-9")
    page.keyboard.press("Enter")
    expect(page.locator("#planned")).to_be_focused()
    expect(page.locator("#planned-wrong")).to_have_text("大厅文件里没有这个点位")
    expect(page.locator("#planned")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#serial")).to_have_value("00a1")
    expect(page.locator("#kind")).to_have_value("evaluator")
    page.keyboard.press("Control+A")
    page.keyboard.type("evaluator-2")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("00A1")
    expect(page.locator(".history li b")).to_have_text(["登记为库存"])
    page.fill("#price", "680")
    page.keyboard.press("Enter")
    expect(page.locator(".history li b")).to_have_text(["更改资料", "登记为库存"])
    expect(page.locator("#price")).to_have_value("680.00")


@in_browser[0]
@in_browser[1]
def test_without_a_script_the_form_does_all_of_that(browser: Browser, pages: Pages):
    pages.account("boss")
    context = browser.new_context(base_url=pages.url, java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    enter(page, pages, "boss", NEW)
    page.fill("#serial", "00A1")
    page.fill("#bought_on", "2026-01-05")
    page.select_option("#kind", "evaluator")
    page.fill("#price", "很多")
    page.get_by_role("button", name="保存").click()
    assert page.locator("#price-wrong").is_visible()
    assert page.locator("#bought_on").input_value() == "2026-01-05"
    page.fill("#price", "5")
    page.get_by_role("button", name="保存").click()
    assert page.url.endswith("/inventory/00A1")
    context.close()
    assert pages.assets.asset("small", "00A1").details.bought_on == date(2026, 1, 5)
