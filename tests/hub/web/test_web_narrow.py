"""Staff pages on a phone, 360 px wide: nothing but what scrolls in a region of its own is broader than the screen."""

from collections.abc import Iterator

import pytest

from hub.domain import commands as c
from hub.domain.case_commands import Assign, ClerkAppeal, Verify
from tests.hub.cases.rated import open_case
from tests.hub.web.conftest import PASSWORD, Pages
from tests.support.browser import CHROMIUM, launched, watched
from tests.support.live import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]
PATHS = (
    "/", "/uptake/small", "/stats/small", "/settings/small", "/cases/small?whose=mine", "/cases/small/2026-01-05.A001",
    "/cases/small/report",
    "/monitor/small", "/monitor/small/devices", "/updates/small", "/screens/small", "/counter/small/1",
    "/desk/small/appointments",
    "/dash/small/now", "/dash/small/day?before=1", "/dash/small/behind/taken?range=7d", "/dash/small/unread",
    "/settings/small/alerts/queue-limit/try?raise_at=1&clear_at=0&days=28",
    "/alerts/small", "/alerts/small/routes", "/settings/small/alerts", "/plan/small", "/settings/small/plan",
)  # fmt: skip


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """One for the module: the pages are only looked at."""
    pages = Pages(tmp_path_factory.mktemp("hall"))
    pages.do(c.ChangeSettings, changes={"service.A.overbook": 3})
    pages.take()
    stored = pages.parts.cases.stored
    case = stored.one("small", open_case(stored))
    long = {"at": case.opened_at, "day": "2026-01-05", "note": "a very long word: " + "w" * 80}
    stored.do("small", case.ask, Assign(by="boss", key="g", to="root", **long))
    stored.do("small", case.ask, Verify(by="root", key="v", outcome="justified", **long))
    stored.do("small", case.ask, ClerkAppeal(by="clerk1", key="a", **long))
    pages.account("root")
    yield pages
    pages.close()


def test_no_staff_page_is_broader_than_a_phone_in_either_language(hall: Pages) -> None:
    with launched() as browser, watched(browser, hall.url, viewport={"width": 360, "height": 740}) as page:
        page.goto("/login")
        page.fill("#name", "root")
        page.fill("#password", PASSWORD)
        page.click("button.main")
        page.wait_for_url("**/")
        for language in ("zh", "en"):
            page.goto(f"/language/{language}?back=/")
            widths = {}
            for path in PATHS if language == "en" else PATHS[:4]:  # English is the broader
                page.goto(path)
                assert page.locator("header.bar form button").is_visible(), "to log out"
                widths[path] = page.evaluate("document.scrollingElement.scrollWidth")
            assert {path: width for path, width in widths.items() if width > 360} == {}
        page.goto("/uptake/small")
        region = page.get_by_role("region", name="By service")
        region.focus()
        page.keyboard.press("ArrowRight")
        until(lambda: page.evaluate("document.activeElement.scrollLeft") > 0, "the region scrolls by keyboard")
