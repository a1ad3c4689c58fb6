"""What an agent of each class costs: memory at rest, start, press to publish, view to hardware; real drivers."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from benchmarks.edge import site as bench
from benchmarks.edge.site import Driven, Site
from wire.messages import (
    Action,
    Ask,
    BoardCall,
    BoardView,
    CallerView,
    EvaluatorView,
    Handheld,
    MachineService,
    MachineView,
    Printed,
    Rating,
    Relayed,
    RepeaterView,
    SignageView,
    Slip,
    TakeTicket,
    WindowView,
)

CLASSES = ("ticket_printer", "caller", "evaluator", "repeater", "led_window", "signage_player")
_REST_S = 12.0  # before memory is read


def measure(quick: bool) -> dict[str, Any]:
    starts, times, rest_s = (1, 3, 1.0) if quick else (7, 40, _REST_S)
    with tempfile.TemporaryDirectory(prefix="tingxu-edge-") as scratch, Site(Path(scratch)) as site:
        figures: dict[str, Any] = {"baseline_pss_mb": _baseline(site)}
        for kind in CLASSES:
            figures[kind] = _at_rest(site, kind, starts, rest_s) | _answers(site, kind, times)
    return figures


def told(figures: dict[str, Any]) -> Iterable[str]:
    yield f"bare Python with paho and ssl: {figures['baseline_pss_mb']:.1f} MB PSS"
    yield f"  {'':16} {'PSS MB':>8} {'x bare':>7} {'start s':>8} {'press→publish ms':>17} {'view→hardware ms':>17}"
    for kind in CLASSES:
        one = figures[kind]
        more = f"  and {one['children_pss_mb']:.0f} MB in mpv" if one["children_pss_mb"] else ""
        yield (
            f"  {kind:16} {one['pss_mb']:8.1f} {one['pss_mb'] / figures['baseline_pss_mb']:7.2f} {one['start_s']:8.2f}"
            f" {_ms(one['press_to_publish_ms']):>17} {_ms(one['view_to_hardware_ms']):>17}{more}"
        )


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _baseline(site: Site) -> float:
    with site.bare() as process:
        return bench.pss_mb(process.pid)


def _at_rest(site: Site, kind: str, starts: int, rest_s: float) -> dict[str, Any]:
    """`start_s`: from the process's start until the broker has its presence; the first one compiles and is left out."""
    device, took = f"{kind.replace('_', '-')}-rest", []
    with _real_table(kind) as table:
        path = site.configuration(device, table)
        for count in range(starts + 1):
            site.hub.forget(device)
            began = time.monotonic()
            with site.agent(kind, path) as process:
                took.append(site.hub.wait_online(device) - began)
                if count == starts:
                    time.sleep(rest_s)
                    own = bench.pss_mb(process.pid)
                    beside = sum(bench.pss_mb(pid) for pid in bench.children(process.pid))
    return {"start_s": statistics.median(took[1:]), "pss_mb": own, "children_pss_mb": beside}


@contextmanager
def _real_table(kind: str) -> Iterator[dict[str, Any]]:
    """The drivers that a board has, as far as this machine can: ports with nobody at the far end, mock pins, no SPI."""
    with ExitStack() as open_:
        match kind:
            case "ticket_printer":
                yield {"driver": "serial", "port": open_.enter_context(bench.far_end())}
            case "caller" | "evaluator":
                yield {"driver": "gpio"}
            case "repeater":
                yield {"driver": "serial", "port": open_.enter_context(bench.far_end())}
            case _:
                yield {"driver": "simulated"}


def _answers(site: Site, kind: str, times: int) -> dict[str, float | None]:
    """Medians. With simulated hardware at the end of the real drivers."""
    device = f"{kind.replace('_', '-')}-hall"
    path = site.configuration(device, {"driver": "simulated", **_TABLES.get(kind, {})})
    site.hub.forget(device)
    with site.driven(kind, path) as agent:
        site.hub.wait_linked(device)
        pressed, shown = _TRIALS[kind](site, device, agent, times)
    return {
        "press_to_publish_ms": statistics.median(pressed) * 1e3 if pressed else None,
        "view_to_hardware_ms": statistics.median(shown) * 1e3 if shown else None,
    }


_Trial = tuple[list[float], list[float]]
_TABLES: dict[str, dict[str, Any]] = {
    "ticket_printer": {"baud": 115200, "double_tap_s": 0.0},
    "evaluator": {"thanks_s": 0.05},
    "caller": {"double_s": 0.0},  # here fingers are quicker than people's
    "repeater": {"poll_s": 600.0, "lost_s": 3000.0, "repeat_s": 0.2},
    "signage_player": {"width": 960, "height": 540},
}


def _ticket_printer(site: Site, device: str, agent: Driven, times: int) -> _Trial:
    service = MachineService(letter="A", name="存档", english="files", centre="公服中心")
    site.hub.show(
        device,
        MachineView(
            epoch=1, version=1, hall_name="大厅", hall_english="hall", area="一层", series="K", day=_today(),
            services=(service,),
        ),
    )  # fmt: skip
    slip = Slip(
        hall="大厅", number="A001", service="A", service_name="存档", ahead=3, wait_s_low=60, wait_s_high=300,
        where="一层", route="左转", taken_at=datetime.now(UTC),
    )  # fmt: skip
    pressed, shown = [], []
    time.sleep(1.0)  # the printer is asked how it is
    for count in range(times):
        time.sleep(0.15)  # beyond the rest that a finger takes between two presses
        before = agent.press()
        moment, request = site.hub.wait_for(TakeTicket, before)
        pressed.append(moment - before)
        agent.arm()
        replied = time.monotonic()
        site.hub.reply(device, request.id, replace(slip, number=f"A{count + 1:03}"))
        shown.append(agent.moment() - replied)
        site.hub.reply(device, site.hub.wait_for(Printed, replied)[1].id)
    return pressed, shown


def _caller(site: Site, device: str, agent: Driven, times: int) -> _Trial:
    def view(count: int) -> CallerView:
        phase = "called" if count % 2 else "idle"
        return CallerView(epoch=1, version=count + 1, counter="1", phase=phase, number=f"A{count:03}", waiting=count)  # type: ignore[arg-type]

    return _by_turns(site, device, agent, times, Action, view)


def _by_turns(
    site: Site, device: str, agent: Driven, times: int, kind: type, view: Callable[[int], CallerView]
) -> _Trial:
    pressed, shown = [], []
    for count in range(times):
        before = agent.press()
        moment, message = site.hub.wait_for(kind, before)
        pressed.append(moment - before)
        site.hub.reply(device, message.id)
        time.sleep(0.15)
        shown.append(_shown(agent, lambda count=count: site.hub.show(device, view(count))))  # type: ignore[misc]
    return pressed, shown


def _shown(agent: Driven, show: Callable[[], None]) -> float:
    agent.arm()
    said = time.monotonic()
    show()
    return agent.moment() - said


def _evaluator(site: Site, device: str, agent: Driven, times: int) -> _Trial:
    idle = EvaluatorView(epoch=1, version=0, counter="1", counter_name="1号窗口", phase="serving")
    pressed, shown = [], []
    for count in range(times):
        ask = Ask(id=f"ask-{count}", number="A001", until=datetime.now(UTC) + timedelta(seconds=60))
        view = replace(idle, version=2 * count + 1, ask=ask)
        shown.append(_shown(agent, lambda view=view: site.hub.show(device, view)))  # type: ignore[misc]
        before = agent.press()
        moment, message = site.hub.wait_for(Rating, before)
        pressed.append(moment - before)
        site.hub.reply(device, message.id)
        site.hub.show(device, replace(idle, version=2 * count + 2))
        time.sleep(0.3)
    return pressed, shown


def _repeater(site: Site, device: str, agent: Driven, times: int) -> _Trial:
    def view(count: int) -> RepeaterView:
        caller = CallerView(epoch=1, version=count + 1, counter="1", phase="called", number=f"A{count:03}", waiting=3)
        return RepeaterView(epoch=1, version=count + 1, handhelds=(Handheld(address=5, view=caller),))

    pressed, shown = [], []
    for count in range(times):
        shown.append(_shown(agent, lambda count=count: site.hub.show(device, view(count))))  # type: ignore[misc]
        time.sleep(0.4)  # beyond the time in which the same frame is a repeat
        before = agent.press()
        moment, message = site.hub.wait_for(Relayed, before)
        pressed.append(moment - before)
        site.hub.reply(device, message.id)
        time.sleep(0.1)
    return pressed, shown


def _led_window(site: Site, device: str, agent: Driven, times: int) -> _Trial:
    def view(count: int) -> WindowView:
        return WindowView(
            epoch=1, version=count + 1, counter="1", counter_name="1号窗口", phase="called", number=f"A{count:03}",
            calls=1,
        )  # fmt: skip

    shown = []
    for count in range(times):
        shown.append(_shown(agent, lambda count=count: site.hub.show(device, view(count))))  # type: ignore[misc]
        time.sleep(0.05)
    return [], shown


def _signage_player(site: Site, device: str, agent: Driven, times: int) -> _Trial:
    """The moment is that of the command to mpv."""
    site.hub.show(device, SignageView(epoch=1, version=1, hall="hall", area="lobby"))

    def board(count: int) -> BoardView:
        call = BoardCall(number=f"A{count:03}", counter="1", counter_name="1号窗口", calls=1, at=datetime.now(UTC))
        return BoardView(
            epoch=1, version=count + 1, hall="hall", area="lobby", title="一层", english="1st", calls=(call,)
        )

    site.hub.board(board(0))
    time.sleep(2.0)
    shown = []
    for count in range(1, times // 4 + 2):
        shown.append(_shown(agent, lambda count=count: site.hub.board(board(count))))  # type: ignore[misc]
        time.sleep(0.3)
    return [], shown


def _today() -> str:
    return f"{datetime.now(UTC) + timedelta(hours=8):%Y-%m-%d}"


_TRIALS: dict[str, Callable[[Site, str, Driven, int], _Trial]] = {
    "ticket_printer": _ticket_printer,
    "caller": _caller,
    "evaluator": _evaluator,
    "repeater": _repeater,
    "led_window": _led_window,
    "signage_player": _signage_player,
}
