"""From the phone page to the printed slip to the call on the board: a hub, a broker and a ticket machine as processes
of their own, a printer and a scanner on ptys, and everybody's pages in a real Chromium."""

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from edge.runtime import config, identity
from edge.runtime.agent import Agent
from edge.runtime.device import device_class
from edge.ticket_printer.fake_paper import SlipRecord
from edge.ticket_printer.fake_printer import FakePrinter
from edge.ticket_printer.fake_scanner import FakeScanner
from hub.people.persons import check_character
from provisioning.broker.process import free_port
from provisioning.rehearsal.processes import Addresses, Processes
from tests.hub.web.test_web_phone_booking import ANN, PHONE
from tests.support.browser import CHROMIUM, launched, watched
from tests.support.day import SMALL
from tests.support.live import until
from tests.support.process import ROOT, browser, claim, seat

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]

BODY = "11010119900307123"
BEN = BODY + check_character(BODY)
API = "/api/v1/halls/small"
AHEAD_H = 12 - datetime.now(UTC).hour
ZONE = f"Etc/GMT{-AHEAD_H:+d}"  # whatever time it is here, in that hall it is about noon
SURE = timedelta(minutes=5)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    place = tmp_path_factory.mktemp("path")
    text = SMALL.read_text("utf-8").replace('id = "small"\n', f'id = "small"\ntimezone = "{ZONE}"\n', 1)
    # A slot has one place: who books second comes an hour later, and may check in all the same.
    (place / "small.toml").write_text(f"{text}\n[appointments]\nearly_min = 120\n", "utf-8")
    addresses = Addresses.free(f"127.0.0.1:{free_port()}")
    more = ("--public-url", addresses.pages, "--sms", "file")
    processes = Processes(place, place / "small.toml", addresses, serve=more)
    try:
        processes.start()
        yield processes
    finally:
        processes.stop()


@pytest.fixture(scope="module")
def administrator(hub: Processes) -> Iterator[httpx.Client]:
    with browser(hub) as client:
        yield client


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as one:
        yield one


def card(hub: Processes, administrator: httpx.Client, position: str) -> config.Hub:
    token = claim(administrator, "small", position)
    return config.Hub(f"https://{hub.addresses.est}", hub.ca_fingerprint, hub.addresses.broker, token)


def is_online(administrator: httpx.Client, position: str) -> bool:
    return bool(seat(administrator, "small", position)["online"])


class Machine:
    """What a citizen finds at the machine: a scanner to hold a code before, and the slot that slips come out of."""

    def __init__(self, place: Path) -> None:
        self.printer = FakePrinter(place / "printer", baud=115200)
        self.scanner = FakeScanner(place / "scanner")


@pytest.fixture(scope="module")
def machine(hub: Processes, administrator: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    tmp_path = tmp_path_factory.mktemp("machine")
    one, its = Machine(tmp_path), card(hub, administrator, "machine-1")
    place = tmp_path / "scanner"
    file, log = tmp_path / "agent.toml", tmp_path / "agent.log"
    file.write_text(
        f'[hub]\nest = "{its.est}"\nbroker = "{its.broker}"\nca_fingerprint = "{its.ca_fingerprint}"\n'
        f'token = "{its.token}"\n[agent]\nstate_dir = "{tmp_path / "state"}"\nhealth_s = 1.0\n'
        f'[device]\ndriver = "serial"\nbaud = 115200\nport = "{one.printer.port}"\nscanner = "{place}"\n',
        "utf-8",
    )
    with contextlib.ExitStack() as ends:
        for part in (one.printer, one.scanner):
            part.start()
            ends.callback(part.stop)
        command = [sys.executable, "-m", "edge", "ticket_printer", "--config", str(file)]
        with log.open("ab") as said:
            agent = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
        ends.callback(agent.wait)
        ends.callback(agent.kill)
        until(lambda: is_online(administrator, "machine-1"), "the machine comes online")
        yield one


@pytest.fixture
def caller(hub: Processes, administrator: httpx.Client, tmp_path: Path) -> Iterator[Any]:
    """Its driver, whose keys a clerk presses."""
    where = card(hub, administrator, "caller-1")
    who = identity.enrol(where, tmp_path / "caller")
    settings = config.Config(
        hub=where, agent=config.AgentSettings(state_dir=str(who.directory)), device={"driver": "simulated"}
    )
    agent = Agent(device_class("caller"), settings, who)
    agent.start()
    until(lambda: is_online(administrator, "caller-1"), "the caller comes online")
    yield agent.driver
    agent.stop()


def text_code(hub: Processes) -> str:
    """The one-time code in the newest text to that phone."""
    file = hub.data / "messages.jsonl"

    def found() -> list[str]:
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        texts = [one["text"] for one in map(json.loads, lines) if one["phone"] == PHONE]
        return re.findall(r"\d{6}", texts[-1]) if texts else []

    return str(until(found, "the text arrives")[0])


def book(page: Page, hub: Processes, now: datetime) -> tuple[str, str]:
    """As a citizen does, from the hall's first page; the slot, HH:MM, and the code of the appointment."""
    page.goto("/m/small")
    page.click('.m-way[href$="/matters"]')
    page.fill("#q", "sbk")
    page.keyboard.press("Enter")
    page.click(".m-list a")
    page.click('a[href$="/book/A"]')
    page.click(f'.m-days button[value="{now:%Y-%m-%d}"]')
    free = page.locator(".m-slots button:not(:disabled)").evaluate_all("all => all.map(one => one.value)")
    slot = next(one for one in free if one >= f"{now + SURE:%H:%M}")
    page.click(f'.m-slots button[value="{slot}"]')
    page.fill("#phone", PHONE)
    page.click("#effort-send")
    page.wait_for_selector("#code")
    page.fill("#code", text_code(hub))
    page.click("main .button")
    page.fill("#name", "安然")
    page.fill("#number", ANN)
    page.click("main .button")
    expect(page.locator(".m-good")).to_contain_text("预约成功")
    return slot, page.locator(".m-code b").inner_text().replace(" ", "").replace("-", "")


def print_slip(machine: Machine, code: str) -> SlipRecord:
    machine.scanner.scan(f"TXA:{code}")
    until(lambda: machine.printer.slips, "the slip is printed")
    (slip,) = machine.printer.slips
    return slip


def test_who_booked_on_the_phone_gets_a_slip_is_called_on_the_board_and_rates(
    hub: Processes, administrator: httpx.Client, chromium: Browser, machine: Machine, caller: Any
) -> None:
    now = datetime.now(ZoneInfo(ZONE))
    opened = administrator.put(f"{API}/calendar/{now:%Y-%m-%d}", json={"open": True, "reason": "加班"})
    assert opened.status_code == 200, opened.text
    small = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
    with (
        watched(chromium, hub.addresses.pages, **small) as phone,
        watched(chromium, hub.addresses.pages) as board,
    ):
        board.goto("/board/small/lobby")
        slot, code = book(phone, hub, now)

        slip = print_slip(machine, code)
        assert slip.number.startswith("Y")
        assert slip.number.encode() in slip.data
        assert slot.encode() in slip.data
        assert slip.qr.startswith(f"{hub.addresses.pages}/m/small/t/")

        phone.goto(slip.qr)
        expect(phone.locator(".m-big")).to_have_text("下一位就是您，请做好准备")
        caller.press(*"1001", "sign-on")  # it takes one wish at a time, and says so
        until(lambda: caller.display.startswith("空闲"), "the caller shows that its counter is open")
        caller.press("call-next")
        expect(board.locator("#newest-number")).to_have_text(slip.number)
        expect(board.locator("#newest-counter")).to_contain_text("1")
        expect(phone.locator(".m-counter")).to_have_text("1号窗口")

        caller.press("end")
        phone.locator(".m-levels button").first.click()
        expect(phone.locator("#rating-title")).to_have_text("您的评价：非常满意")
    kept = administrator.get(f"{API}/tickets/{slip.number}").json()
    assert (kept["number"], kept["level"]) == (slip.number, 5)


def test_who_has_no_phone_is_booked_and_checked_in_at_the_desk_and_the_machine_prints_the_slip(
    hub: Processes, administrator: httpx.Client, machine: Machine
) -> None:
    now, desk, before = datetime.now(ZoneInfo(ZONE)), "/desk/small/appointments", len(machine.printer.slips)
    opened = administrator.put(f"{API}/calendar/{now:%Y-%m-%d}", json={"open": True, "reason": "加班"})
    assert opened.status_code == 200, opened.text
    there = administrator.post(f"{desk}/people", data={"name": "测试甲", "number": BEN, "phone": ""})
    person = there.headers["location"]
    slots = re.findall(r'<option value="(\d{4}[^"]+)">', administrator.get(f"{person}?service=A").text)
    slot = next(one for one in slots if one >= f"{now + SURE:%Y-%m-%dT%H:%M}")
    booked = administrator.post(f"{person}/book", data={"service": "A", "slot": slot, "key": "b"})
    assert booked.headers["location"].endswith("?done=booked")
    page = until(lambda: "machine-1" in (it := administrator.get(person).text) and it, "the machine is offered")
    (form,) = re.findall(r'action="([^"]+/check-in)"', page)
    shown = administrator.post(form, data={"key": "c", "machine": "machine-1"}, timeout=30).text
    assert re.findall(r'data-slip="([^"]+)"', shown) == ["printed"], shown
    slip = machine.printer.slips[-1]
    assert len(machine.printer.slips) == before + 1
    assert f'<strong class="huge">{slip.number}</strong>' in shown
    assert slip.qr.startswith(f"{hub.addresses.pages}/m/small/t/")
