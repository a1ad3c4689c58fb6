"""`scripts/pictures`: a hall at work for a minute, seen through a browser and on its own simulated hardware."""

import argparse
import asyncio
import io
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from edge.runtime.lives import Lives
from edge.signage_player import layout, screen
from edge.signage_player.logic import ShowBoard
from edge.signage_player.settings import Settings as Signage
from edge.ticket_printer import panel
from edge.ticket_printer.events import ShowPanel
from edge.ticket_printer.fake_paper import SlipRecord
from halls.format import Hall, parse
from provisioning.broker.process import free_port
from provisioning.rehearsal.people import Habits
from provisioning.rehearsal.performance import Performance, Plan
from provisioning.rehearsal.processes import Addresses, Processes

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BROWSER = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
BYTES_MAX = 300_000
_PATIENCE_S = 60.0
_SETTLE_MS, _TICKER_MS = 1500, 18_000  # figures come by an event stream; the ticker comes in from the right


class NoPictureError(RuntimeError):
    """What should be seen on a picture did not come to be."""


def main() -> int:
    options = _options()
    options.into.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="tingxu-pictures-", ignore_cleanup_errors=True) as directory:
            asyncio.run(_at_work(Path(directory), options))
    except NoPictureError as error:
        print(f"pictures: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    top = argparse.ArgumentParser(prog="scripts/pictures", description=__doc__)
    top.add_argument("--hall", type=Path, default=ROOT / "halls" / "dongcheng.toml", metavar="FILE")
    top.add_argument("--seed", type=int, default=7, metavar="N", help="of everything that people do (default: 7)")
    top.add_argument(
        "--after", type=float, default=60.0, metavar="S", help="the hall works so long first (default: 60)"
    )
    top.add_argument("--arrivals", type=float, default=360.0, metavar="N", help="citizens an hour (default: 360)")
    top.add_argument("--chromium", default="/usr/bin/chromium", metavar="PATH")
    top.add_argument("--into", type=Path, default=HERE, metavar="DIR")
    return top.parse_args()


async def _at_work(directory: Path, options: argparse.Namespace) -> None:
    """A rehearsal that ends when the pictures are taken, or cannot be."""
    hall = parse(options.hall.read_text("utf-8"), str(options.hall))
    processes = Processes(directory, options.hall.resolve(), Addresses.free(f"127.0.0.1:{free_port()}"))
    plan = Plan(
        hall=hall,
        hall_file=options.hall.resolve(),
        directory=directory,
        seed=options.seed,
        habits=Habits(arrivals_h=options.arrivals),
    )
    performance = Performance(plan, processes, _say)
    taking: list[asyncio.Task[None]] = []

    async def take() -> None:
        agents = performance.agents
        slips = _watched_slips(agents)
        try:
            await asyncio.sleep(options.after)
            await asyncio.to_thread(_pages, hall, processes, options)
            await asyncio.to_thread(_panel, hall, agents, options)
            await asyncio.to_thread(_hardware, hall, agents, slips, options.into)
        finally:
            performance.stop()

    try:
        await performance.run(lambda: taking.append(asyncio.create_task(take())))
        await asyncio.gather(*taking)
    finally:
        await performance.close()


# In a browser.


def _pages(hall: Hall, processes: Processes, options: argparse.Namespace) -> None:
    pages, ident, into = processes.addresses.pages, hall.hall.id, options.into
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=options.chromium, args=list(BROWSER))
        page = browser.new_page(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
        page.goto(f"{pages}/board/{ident}/{hall.area[0].id}")
        page.wait_for_timeout(_TICKER_MS)
        _shot(page, into / "board.png")
        page.goto(f"{pages}/login")
        page.fill("input[name=name]", "admin")
        page.fill("input[name=password]", processes.password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{pages}/")
        page.goto(f"{pages}/monitor/{ident}")
        _shot(page, into / "monitor.png")
        for name, address in (("wall", f"wall/{ident}"), ("dash", f"dash/{ident}/day")):
            page.goto(f"{pages}/{address}")
            _until(lambda: not page.locator(".asking").count(), "every panel's answer")
            _shot(page, into / f"{name}.png")
        page.set_viewport_size({"width": 1280, "height": 860})
        counter = _until(lambda: _serving(pages, ident), "a counter that serves somebody")
        page.goto(f"{pages}/counter/{ident}/{counter}")
        _shot(page, into / "counter.png")
        browser.close()


def _panel(hall: Hall, agents: dict[str, Lives], options: argparse.Namespace) -> None:
    """What a machine at work would show on a touchscreen: the services of a centre."""
    machine = next(agent for agent in agents.values() if agent.device_class == "ticket_printer")
    part = panel.make(0)
    part.start(lambda touched: None)
    shown = replace(machine.driver.panel, doing="idle", ticket=None, words="")  # type: ignore[attr-defined]
    part.perform(ShowPanel(shown))
    port = _until(lambda: part.port, "an open port of the touch page")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=options.chromium, args=list(BROWSER))
        page = browser.new_page(viewport={"width": 1920, "height": 1080}, timezone_id=hall.hall.timezone)
        page.goto(f"http://127.0.0.1:{port}/")
        if len(hall.centre) > 1:
            page.click(".centre")
        _shot(page, options.into / "panel.png")
        browser.close()
    part.stop()


def _serving(pages: str, hall: str) -> str | None:
    """A counter that serves somebody now, from the public queue."""
    counters = httpx.get(f"{pages}/api/v1/halls/{hall}/queue").json()["counters"]
    return next((counter["id"] for counter in counters if counter["phase"] == "serving"), None)


def _shot(page: Page, path: Path) -> None:
    page.wait_for_timeout(_SETTLE_MS)
    _keep(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), path)


# On the simulated hardware.


def _watched_slips(agents: dict[str, Lives]) -> list[SlipRecord]:
    """Filled with every slip that is cut; whoever waits for it hears of it all the same."""
    kept: list[SlipRecord] = []

    def watch(printer: Any) -> None:
        told = printer.on_slip

        def cut(slip: SlipRecord) -> None:
            kept.append(slip)
            told(slip)

        printer.on_slip = cut

    for agent in agents.values():
        if agent.device_class == "ticket_printer" and agent.driver.printer.on_slip:  # type: ignore[attr-defined]
            watch(agent.driver.printer)  # type: ignore[attr-defined]
    return kept


def _hardware(hall: Hall, agents: dict[str, Lives], slips: list[SlipRecord], into: Path) -> None:
    slip: SlipRecord = _until(lambda: slips and slips[-1], "a slip")
    _keep(Image.open(io.BytesIO(slip.png())).convert("L"), into / "slip.png")
    boards = [agent.state.screen for agent in agents.values() if agent.device_class == "signage_player"]
    _keep(_composed(max(boards, key=lambda board: len(board.calls))), into / "signage.png")
    windows = [agents[position.id] for position in hall.position if position.kind == "window-card"]
    rows = _until(lambda: _steady(windows), "a window with a number on it")
    (into / "led.txt").write_text("\n".join(rows) + "\n", "utf-8")
    if into == HERE:
        _tell_readmes("\n".join(rows))


def _tell_readmes(frame: str) -> None:
    """Both show the frame as text."""
    for name in ("README.md", "README.zh-CN.md"):
        path = ROOT / name
        path.write_text(re.sub(r"```text\n[#.\n]+\n```", f"```text\n{frame}\n```", path.read_text("utf-8")), "utf-8")


def _steady(windows: list[Lives]) -> tuple[str, ...] | None:
    """What the LEDs of a window show whose number does not blink any more."""
    for window in windows:
        view = window.state.view
        if view is not None and view.phase == "serving":
            lit: tuple[str, ...] = window.driver.model.lit()  # type: ignore[attr-defined]
            return lit
    return None


def _composed(board: ShowBoard) -> Image.Image:
    """The tiles as mpv lays them over each other, in the size of a TV."""
    chosen = Signage()
    plan = layout.plan(board, chosen.width, chosen.height, rows=chosen.rows, media=False, moving=False)
    whole = Image.new("RGB", (chosen.width, chosen.height))
    for tile in plan.tiles:
        top = tile.frame * tile.look.h
        frame = screen.paint(tile.look, chosen.fonts).convert("RGB").crop((0, top, tile.look.w, top + tile.look.h))
        whole.paste(frame, (tile.x, tile.y))
    return whole


def _keep(image: Image.Image, path: Path) -> None:
    """As PNG with a palette: a third of the size, and nobody sees a difference. Raises NoPictureError."""
    few = image.quantize(16 if image.mode == "L" else 256, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True)
    if file.tell() > BYTES_MAX:
        raise NoPictureError(f"{path.name} has {file.tell()} bytes, more than {BYTES_MAX}")
    path.write_bytes(file.getvalue())


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _until(look: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise NoPictureError(f"within {_PATIENCE_S:.0f} s there was not {what}")


if __name__ == "__main__":
    sys.exit(main())
