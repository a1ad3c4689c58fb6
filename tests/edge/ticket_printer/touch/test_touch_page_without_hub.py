"""A real agent process, a printer behind a pty, a real Chromium, and no hub, no broker, no network."""

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from edge.runtime.outbox import Outbox
from edge.ticket_printer.events import Memory
from edge.ticket_printer.fake_printer import FakePrinter
from provisioning.broker.process import free_port
from tests.edge.ticket_printer.touch.conftest import VIEW
from tests.edge.ticket_printer.touch.test_touch_page_steps import tap, title
from tests.support.live import until
from wire.messages import Issued, Printed

ROOT = Path(__file__).parents[4]


class Machine:
    """`python -m edge ticket_printer` on a board that was enrolled once and has heard from a hub before."""

    def __init__(self, directory: Path) -> None:
        self.state = directory / "state"
        self.state.mkdir()
        for name in ("ca.pem", "cert.pem", "key.pem"):
            (self.state / name).write_text("")  # nobody is there to be shown them
        (self.state / "device").write_text("machine-1")
        today = f"{datetime.now():%Y-%m-%d}"
        view = replace(VIEW, day=today, series="K", services=tuple(replace(one, open=True) for one in VIEW.services))
        (self.state / "series.json").write_bytes(msgspec.json.encode(Memory(view, today, {"A": 6})))
        self.printer = FakePrinter(directory / "printer", "gb18030", 576, 115200)
        self._port = free_port()
        self._config = directory / "agent.toml"
        self._config.write_text(f"""
[hub]
est = "https://127.0.0.1:9"
broker = "127.0.0.1:9"
ca_fingerprint = "{"00" * 32}"
[agent]
state_dir = "{self.state}"
[device]
driver = "serial"
port = "{directory / "printer"}"
baud = 115200
poll_s = 0.3
panel = {self._port}
""")
        self._log = directory / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "edge", "ticket_printer", "--config", str(self._config)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        until(self._answers, "the agent serves its page")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port)).close()
        except ConnectionRefusedError:
            return False
        return True

    def pss_mb(self) -> float:
        assert self._process is not None
        text = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
        assert found is not None
        return int(found[1]) / 1024


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    machine.printer.start()
    machine.start()
    yield machine
    machine.stop()
    machine.printer.stop()


def test_a_touch_gives_a_slip_of_the_own_series_and_the_page_tells_of_it(
    machine: Machine, touchscreen: Callable[..., Page], record_property: Callable[[str, object], None]
) -> None:
    page = touchscreen(machine.url)
    expect(page.locator("#notices")).to_contain_text("系统暂时离线")
    tap(page, "公服中心", "A")
    expect(page.locator("#notices")).not_to_contain_text("打印机")
    tap(page, "take")
    expect(page.locator(".huge")).to_have_text("AK07")
    expect(page.locator(".outcome")).to_have_text("号票已打印，请取走")
    expect(page.locator(".number")).to_contain_text("本机号段")
    (slip,) = machine.printer.slips
    assert slip.number == "AK07"
    assert any("一层东区" in line for line in slip.lines)
    record_property("pss_mb", machine.pss_mb())
    machine.stop()
    journal = {one.kind: one.body for one in Outbox(machine.state / "outbox.journal").pending()}
    assert msgspec.json.decode(journal["issued"], type=Issued).number == "AK07"
    assert msgspec.json.decode(journal["printed"], type=Printed).outcome == "printed"


def test_paper_out_open_cover_and_a_pulled_cable_are_told_and_so_is_the_mending(
    machine: Machine, touchscreen: Callable[..., Page]
) -> None:
    page = touchscreen(machine.url)
    tap(page, "公服中心", "A")
    notices, take = page.locator("#notices"), page.locator('[data-key="take"]')
    for switch, words in (("paper_out", "打印机缺纸"), ("cover_open", "打印机上盖未关")):
        setattr(machine.printer, switch, True)
        expect(notices).to_contain_text(words)
        expect(take).to_be_disabled()
        setattr(machine.printer, switch, False)
        expect(notices).not_to_contain_text(words)
        expect(take).to_be_enabled()
    machine.printer.unplug()
    expect(notices).to_contain_text("打印机未连接")
    machine.printer.plug()
    expect(take).to_be_enabled()


def test_the_page_outlives_its_agent_and_finds_it_again(machine: Machine, touchscreen: Callable[..., Page]) -> None:
    page = touchscreen(machine.url)
    title(page, "请选择")
    machine.stop()
    page.clock.fast_forward(13_000)
    title(page, "本机暂停服务")
    machine.start()
    title(page, "请选择")
