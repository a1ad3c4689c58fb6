"""The page of one device, in a real Chromium: tests are ordered by a key, and their outcomes appear by themselves."""

import base64
import io
from datetime import UTC, datetime

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.hub.web.test_web_browser import browser, enter, page
from tests.support.browser import CHROMIUM
from tests.support.live import until
from wire.messages import Presence

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
