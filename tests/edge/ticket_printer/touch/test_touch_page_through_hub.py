"""From a finger to a slip, over a real broker and a real hub."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.edge.ticket_printer.touch.test_touch_page_steps import tap
from tests.support.live import LiveHall, until


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[LiveHall]:
    live = LiveHall(tmp_path)
    yield live
    live.close()


def test_a_touch_becomes_the_hub_s_number_on_paper_and_on_the_page(
    hall: LiveHall, touchscreen: Callable[..., Page]
) -> None:
    machine = hall.agent("machine-1", baud=115200, panel=0)
    part = machine.driver["panel"]
    until(lambda: part.port, "the page's port is open")
    page = touchscreen(f"http://127.0.0.1:{part.port}/")
    tap(page, "search", "key-Z", "key-C", "C")
    expect(page.locator("h1")).to_have_text("政策咨询")
    expect(page.locator("#notices")).to_be_empty()
    tap(page, "add", "A", "added", "take")
    expect(page.locator(".huge")).to_have_text("C001")
    expect(page.locator(".outcome")).to_have_text("号票已打印，请取走")
    expect(page.locator(".sheet")).to_contain_text("社会保障卡业务")
    (slip,) = machine.driver.printer.slips
    assert slip.number == "C001"
    ticket = hall.desk.today("small").tickets["C001"]
    assert ticket.service == "C"
    tap(page, "done")
    expect(page.locator("h1")).to_have_text("请选择要办的业务")
    expect(page.locator('[data-key="C"]')).to_contain_text("等候 1 人")
    hall.stop_hub()
    expect(page.locator("#notices")).to_contain_text("系统暂时离线")
    hall.start_hub()
    expect(page.locator("#notices")).to_be_empty()
