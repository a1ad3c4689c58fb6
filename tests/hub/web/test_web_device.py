"""The page of one device, in a real Chromium: tests are ordered by a key, and their outcomes appear by themselves."""

import base64
import io
from datetime import UTC, datetime

import pytest
from PIL import Image
from playwright.sync_api import expect

from hub.domain import asset_life as life
from hub.domain.assets import Details
from hub.storage.health import Sample
from hub.storage.position_settings import Wanted
from tests.hub.web.test_web_browser import browser, enter, page
from tests.support.browser import CHROMIUM
from tests.support.live import until
from wire.messages import Presence
from wire.orders import Restart

__all__ = ["browser", "page"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]


def test_a_test_is_ordered_by_its_key_and_its_outcome_and_picture_appear(page, pages):
    told = Presence(online=True, boot="b", tests={"screenshot": "截屏 Take a screenshot"})
    pages.roster.present("caller-00aa", told, datetime.now(UTC))
    enter(page, pages, "tech", "/monitor/small/devices/caller-1")
    page.get_by_role("button", name="截屏").click()
    expect(page.locator(".result.running")).to_have_count(1)
    [order] = until(lambda: pages.ordered, "the order goes out")
    body = io.BytesIO()
    Image.new("RGB", (64, 36), "navy").save(body, "JPEG")
    picture = base64.b64encode(body.getvalue()).decode()
    pages.book.ended(order.id, "caller-00aa", at=datetime.now(UTC), ok=True, text="画面正常 Fine", picture=picture)
    expect(page.locator(".result.passed")).to_contain_text("画面正常")
    expect(page.locator(".result img")).to_have_js_property("naturalWidth", 64)


def test_of_a_device_that_is_away_nothing_is_offered(page, pages):
    enter(page, pages, "tech", "/monitor/small/devices/caller-1")
    expect(page.locator("#hint")).to_contain_text("不在线")
    expect(page.locator("#offered button")).to_have_count(0)


def there(pages):
    pages.roster.present("caller-00aa", Presence(online=True, boot="b"), datetime.now(UTC))


def test_a_restart_must_be_meant_and_is_then_in_the_audit(page, pages):
    there(pages)
    enter(page, pages, "tech", "/monitor/small/devices/caller-1")
    restart = page.locator("#acts button[data-what=restart]")
    restart.click()
    expect(page.locator("#answer")).to_contain_text("再按一次")
    assert pages.ordered == []
    restart.click()
    [order] = until(lambda: pages.ordered, "the order goes out")
    assert isinstance(order, Restart)
    expect(page.locator("#audit li")).to_contain_text("重启")


def test_what_people_changed_is_told_in_the_pages_language(page, pages):
    at, details = datetime.now(UTC), Details(kind="caller")
    pages.of_devices.put("small", [Wanted("caller-2", 0, {"stuck_s": 7})], by="tech", at=at, why="太灵敏")
    pages.assets.do("small", "H1", life.Register(at=at, by="boss", hall="small", details=details))
    pages.assets.do("small", "H1", life.Install(at=at, by="boss", hall="small", position="caller-2"))
    pages.assets.do("small", "H1", life.TakeOut(at=at, by="boss", why="摔坏", state="faulty"))
    enter(page, pages, "tech", "/monitor/small/devices/caller-2")
    lines = page.locator("#audit li")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("boss 取下手持器 · H1 · 故障 · 摔坏")
    expect(lines.nth(2)).to_contain_text("tech 保存设备设置 · #1 · 太灵敏 · stuck_s")


def test_a_manager_is_offered_what_managers_may(page, pages):
    there(pages)
    enter(page, pages, "boss", "/monitor/small/devices/caller-1")
    expect(page.locator("#acts button")).to_have_count(1)
    expect(page.locator("#acts button")).to_have_attribute("data-what", "identify")


def test_a_log_is_read_and_how_it_was_is_drawn(page, pages):
    there(pages)
    now = datetime.now(UTC)
    at = int(now.timestamp())
    heard = [n for n in range(100) if n not in range(40, 60)]
    pages.history.add(Sample(hall="small", position="caller-1", at=at - 30 * n, memory_mb=30 + n % 9) for n in heard)
    one = pages.book.order(
        hall="small", position="caller-1", device="caller-00aa", what="send-log", by="tech", at=now, expires_at=now
    )
    pages.book.ended(one.id, "caller-00aa", at=now, ok=True, text="", log="first line\n<b>second</b>")
    enter(page, pages, "tech", "/monitor/small/devices/caller-1")
    page.locator("details.log summary").click()
    expect(page.locator(".log pre")).to_have_text("first line\n<b>second</b>")
    memory = page.locator("figure", has_text="内存")
    expect(memory.locator("polyline")).to_have_count(2)  # the gap, in which nothing was heard
