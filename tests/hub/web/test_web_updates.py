"""The page of updates, in a real Chromium: a version is uploaded, sent out, held up, and its failures are named."""

import base64
import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.hub.web.test_web_browser import browser, enter, page
from tests.support.browser import CHROMIUM
from tests.support.bundles import packed
from tests.support.live import until

__all__ = ["browser", "page"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]


def test_from_the_upload_to_a_halt_with_its_reason(page, pages, tmp_path: Path) -> None:
    content = packed([("edge/__main__.py", b"")], name="2.0.0")
    bundle = tmp_path / "tingxu-2.0.0.tar"
    bundle.write_bytes(content)
    signature = base64.b64encode(pages.publisher.sign(hashlib.sha256(content).digest())).decode()
    bundle.with_name("tingxu-2.0.0.tar.sig").write_text(f"{signature}\n")
    enter(page, pages, "root", "/updates/small")
    page.set_input_files("#files", [bundle])
    expect(page.locator("#answer.refused")).to_contain_text(".sig")
    page.set_input_files("#files", [bundle, bundle.with_name("tingxu-2.0.0.tar.sig")])
    expect(page.locator("th", has_text="2.0.0")).to_be_visible()

    page.locator("#start button").click()
    expect(page.locator("#phase[data-phase=running]")).to_be_visible()
    page.get_by_role("button", name="暂停").click()
    expect(page.locator("#phase[data-phase=paused]")).to_be_visible()
    page.get_by_role("button", name="继续").click()
    expect(page.locator("#phase[data-phase=running]")).to_be_visible()

    seat = pages.roster.at("small", "caller-1")
    was, seat.online = seat.online, True
    one = pages.rollouts.stored.newest("small")
    until(lambda: not pages.loop.run(pages.rollouts.turn("small")), "nothing is left to do now")
    revision = {each.position: each.revision for each in pages.rollouts.stored.progress(one.id)}["caller-1"]
    pages.rollouts.stored.heard(
        "small", "caller-1", revision=revision, stage="returned", running="0.1.0", text="连接不上 It did not connect"
    )
    pages.loop.run(pages.rollouts.turn("small"))
    expect(page.locator("#phase[data-phase=halted]")).to_be_visible()
    expect(page.locator("#why")).to_contain_text("caller-1")
    expect(page.locator("#members tr").first).to_contain_text("It did not connect")
    page.get_by_role("button", name="终止").click()
    expect(page.locator("#phase[data-phase=aborted]")).to_be_visible()
    seat.online = was
