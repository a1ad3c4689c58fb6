"""How the touch page looks: everything fits, can be read and hit; and pictures of it for a reviewer.

TINGXU_RENEW_GOLDENS=1 scripts/test tests/edge/evaluator/test_evaluator_page_looks.py takes the pictures anew
(tests/golden/evaluator); look at them before you commit them.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page

from edge.evaluator.events import Face, Reason, Step
from edge.evaluator.page import Page as Panel
from edge.evaluator.settings import PageSettings
from tests.edge.evaluator.conftest import LANDSCAPE, PORTRAIT, RENEW
from tests.support.browser import CHROMIUM
from tests.support.live import until
from wire.reasons import REASONS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]

GOLDEN = Path(__file__).parents[2] / "golden" / "evaluator"
LIMITS = {"textPx": 30, "targetPx": 60, "contrastMin": 4.5}


def face(step: Step, *, online: bool = True, **more: Any) -> Face:
    return Face(
        step=step,
        **{"phase": "serving", "counter_name": "3号窗口", "clerk": "1001", "clerk_name": "工号1001", **more},
        online=online,
    )


def why(level: int, *ticked: str, online: bool = True) -> Face:
    reasons = tuple(Reason(code, *names) for code, names in REASONS[level].items())
    return face("reasons", ask="q1", level=level, left_s=15, reasons=reasons, ticked=ticked, online=online)


PICTURES = {
    "idle": face("idle"),
    "ask": face("ask", ask="q1", number="A012", left_s=28),
    "reasons": why(2, "209", "213"),
    "thanks": face("thanks", level=5),
    "offline": face("ask", ask="q1", number="A012", left_s=28, again=True, online=False),
    "test": face("test"),
}
OTHERS = {
    **{f"reasons-{level}": why(level, online=False) for level in REASONS},
    "idle-offline": face("idle", online=False),
    "paused": face("idle", phase="paused"),
    "closed": face("idle", phase="closed"),
    "nobody-known": Face(step="idle"),
    "long-names": face("idle", counter_name="综合业务12号窗口", clerk="100123", clerk_name="工号100123"),
    "long-number": face("ask", ask="q1", number="VA1012", left_s=120, online=False, counter_name="综合业务12号窗口"),
    "gone": Face(step="idle"),
}

MEASURE = Path(__file__).with_name("looks.js").read_text("utf-8")


@pytest.fixture(scope="module")
def panel() -> Iterator[Panel]:
    panel = Panel(PageSettings(port=0))
    panel.start(lambda _: None)
    until(lambda: panel.port, "the page is served")
    yield panel
    panel.stop()


@pytest.fixture(scope="module", params=[LANDSCAPE, PORTRAIT], ids=["1024x600", "600x1024"])
def page(request: pytest.FixtureRequest, chromium: Browser, panel: Panel) -> Iterator[Page]:
    width, height = request.param
    context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{panel.port}/")
    yield page
    context.close()


def show(page: Page, panel: Panel, shown: Face) -> None:
    """Returns once the page shows it."""
    for one in (Face(step="idle", number="between"), shown):
        panel.perform(one)
        wanted = [one.step, one.number, one.level]
        until(lambda wanted=wanted: page.evaluate("[face.step, face.number, face.level]") == wanted, "it is shown")


@pytest.mark.parametrize("name", [*PICTURES, *OTHERS])
def test_everything_fits_can_be_read_and_hit(page: Page, panel: Panel, name: str) -> None:
    """Text of 30 px, targets of 60 px, contrast of 4.5 (WCAG 2.1, 1.4.3); nothing cut, nothing that scrolls."""
    show(page, panel, (PICTURES | OTHERS)[name])
    if name == "gone":
        page.evaluate("show({step: 'gone'})")
    found = page.evaluate(MEASURE, LIMITS)
    assert found == {key: [] for key in found}


@pytest.mark.parametrize("name", list(PICTURES))
def test_it_looks_as_in_its_picture(page: Page, panel: Panel, name: str) -> None:
    """Half its size; fonts may differ a little, what stands where may not."""
    show(page, panel, PICTURES[name])
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    taken = taken.resize((taken.width // 2, taken.height // 2), Image.Resampling.LANCZOS)
    size = page.viewport_size
    assert size is not None
    file = GOLDEN / f"{name}-{size['width']}x{size['height']}.png"
    if RENEW:
        GOLDEN.mkdir(exist_ok=True)
        taken.quantize(48).save(file, optimize=True)
    with Image.open(file) as golden:
        off = ImageChops.difference(taken.convert("L"), golden.convert("RGB").convert("L"))
    far = sum(off.histogram()[64:]) / (off.width * off.height)
    assert far < 0.02, f"{far:.1%} of the picture is not as in {file.name}"
