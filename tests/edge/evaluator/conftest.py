"""A real Chromium before the evaluator's touch page."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from edge.evaluator.settings import EvaluatorSettings, PageSettings
from tests.edge.evaluator.running import Running
from tests.support.browser import PATIENCE_MS, launched
from tests.support.live import until

LANDSCAPE, PORTRAIT = (1024, 600), (600, 1024)
RENEW = bool(os.environ.get("TINGXU_RENEW_GOLDENS"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def evaluator() -> Iterator[Running]:
    """With a touch page alone."""
    with Running(EvaluatorSettings(driver="page", page=PageSettings(port=0, reasons_s=20), thanks_s=1)) as one:
        until(lambda: one.driver.port, "the page is served")
        yield one


@pytest.fixture(scope="module")
def kiosk(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": LANDSCAPE[0], "height": LANDSCAPE[1]}, has_touch=True)
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def open_page(kiosk: BrowserContext, evaluator: Running) -> Iterator[Callable[[], Page]]:
    """open_page(): the page, as a kiosk shows it; the test fails when a script of it does."""
    wrong: list[str] = []
    pages: list[Page] = []

    def make() -> Page:
        page = kiosk.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(f"http://127.0.0.1:{evaluator.driver.port}/")
        return page

    yield make
    kiosk.set_offline(False)
    for page in pages:
        page.close()
    assert not wrong
