"""The effort in a real Chromium, in the open of plain http (no WebCrypto there) and in a secure context."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

import hub.web
from hub.http import security
from hub.people.effort import Effort
from hub.people.sealing import Keys
from hub.storage.database import open_database
from hub.storage.efforts import Efforts
from tests.hub.people.households import KEY
from tests.support.browser import CHROMIUM, launched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]
SCRIPT = Path(hub.web.__file__).parent / "static" / "effort.js"
SOLVE = """challenge => new Promise((done, failed) => {
  const worker = new Worker('/static/effort.js');
  worker.onmessage = ({ data }) => data.solution && done([data.solution, isSecureContext]);
  worker.onerror = (error) => failed(new Error(error.message));
  worker.postMessage(challenge);
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.mark.parametrize(("origin", "secure"), [("http://hall.example", False), ("https://hall.example", True)])
def test_a_browser_does_what_the_hub_asks_for(browser: Browser, tmp_path: Path, origin: str, secure: bool) -> None:
    def answer(route: Route) -> None:
        script = route.request.url.endswith(".js")
        kind, body = ("text/javascript", SCRIPT.read_text("utf-8")) if script else ("text/html", "<title>x</title>")
        route.fulfill(body=body, headers={**security._HEADERS, "Content-Type": kind})

    engine = open_database(tmp_path / "hub.db")
    effort, now = Effort(Efforts(engine), Keys(KEY), bits=12), datetime.now(UTC)
    page = browser.new_page()
    page.route("**/*", answer)
    page.goto(origin)
    for _ in range(3):
        one = effort.challenge("10.0.0.1", now)
        solution, is_secure = page.evaluate(SOLVE, {"text": one.text, "bits": one.bits})
        assert is_secure is secure
        assert effort.accept(one.text, solution, now)
    page.close()
    engine.dispose()
