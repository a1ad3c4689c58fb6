"""The touch page in a real Chromium, with what the agent's logic would show put before it by hand."""

import queue
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from edge.ticket_printer import panel
from edge.ticket_printer.events import PanelState, Printer, ShowPanel
from halls.format import parse
from hub import pinyin
from hub.domain.state import new_day
from hub.mqtt import views
from hub.roster import Roster, Seat
from tests.support.browser import CHROMIUM, PATIENCE_MS, launched
from tests.support.live import until
from wire.messages import MachineView, Slip

DONGCHENG = Path(__file__).parents[4] / "halls" / "dongcheng.toml"
LANDSCAPE, PORTRAIT = (1280, 800), (1080, 1920)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "touchscreen" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"))


def hall_view(day: str = "2026-01-05") -> MachineView:
    """Dongcheng's, as the hub makes it, with people waiting for some services."""
    hall = parse(DONGCHENG.read_text("utf-8"))
    position = next(one for one in hall.position if one.kind == "ticket-machine")
    seat = Seat(hall="dongcheng", position=position)
    pinyin.learn(service.name for service in hall.service)
    view = views.view(new_day(hall, day), Roster([hall], list), seat, datetime(2026, 1, 5, 2, tzinfo=UTC))
    assert isinstance(view, MachineView)
    waits = {"A": 3, "C": 12, "G": 25, "H": 4}
    services = tuple(
        replace(one, waiting=waits.get(one.letter, 0), wait_s_low=waits.get(one.letter, 0) * 150.0,
                wait_s_high=waits.get(one.letter, 0) * 310.0) for one in view.services
    )  # fmt: skip
    return replace(view, services=services)


VIEW = hall_view()
READY = PanelState(view=VIEW, online=True, printer=Printer("ready"), reader="ready", scanner="ready")
SLIP = Slip(
    hall=VIEW.hall_name, number="A023", service="A", service_name="存档与档案查询", ahead=7, wait_s_low=900,
    wait_s_high=2100, where="一层东区", route="进门右转,前行20米", taken_at=datetime(2026, 1, 5, 2, tzinfo=UTC),
    name_masked="张*", if_missed=VIEW.if_missed, more=("档案转入转出",),
    warnings=("余号不多，请勿过号 Few tickets are left: please do not miss your call",),
)  # fmt: skip


class Stage:
    """The panel's part alone: `show` is what the logic would show, `touch` the next input that the page caused."""

    def __init__(self) -> None:
        self._inputs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.part = panel.make(0)
        self.part.start(self._inputs.put)
        until(lambda: self.part.port, "the page's port is open")
        self.url = f"http://127.0.0.1:{self.part.port}/"

    def show(self, state: PanelState) -> None:
        self.part.perform(ShowPanel(state))

    def touch(self) -> Any:
        return self._inputs.get(timeout=20)(7.0)


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    stage.show(READY)
    yield stage
    stage.part.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def touchscreen(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """touchscreen(url, size): the page as a kiosk has it. Fails the test if a script fails or the policy forbids."""
    contexts, wrong = [], list[str]()

    def open_page(url: str, size: tuple[int, int] = LANDSCAPE) -> Page:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=True)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        page.clock.install()
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong
