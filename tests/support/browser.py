"""A real Chromium, for as long as one module's tests take.

No longer: Playwright keeps an asyncio loop running in the thread that started it, and other tests want loops of theirs.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

_THERE = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # as scripts/test looks for it
CHROMIUM = Path(next((found for name in _THERE if (found := shutil.which(name))), "/usr/bin/chromium"))
PATIENCE_MS = 60_000
_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGS)
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, url: str, **context: Any) -> Iterator[Page]:
    """A page that fails the test when a script fails or the content policy forbids something."""
    there = browser.new_context(base_url=url, **context)
    there.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = there.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    there.close()
    assert not wrong
