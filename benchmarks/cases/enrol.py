"""A hall is switched on: every device enrols and comes into service; then the broker restarts, and all are back."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.rounds import percentile
from edge.runtime import identity
from edge.runtime.config import Hub as HubSettings
from edge.runtime.keeper import Site
from edge.runtime.lives import Lives
from halls.format import Hall, Position, parse
from provisioning.broker.process import free_port
from provisioning.rehearsal.processes import Addresses, Processes
from provisioning.rehearsal.technician import Hub, equip
from wire.base import Fact

_HALLS = Path(__file__).parents[2] / "halls"
_PATIENCE_S = 120.0
_ALONE = 12  # devices that enrol one after another, before the hall does: what one takes when nobody else wants to


def measure(quick: bool) -> dict[str, Any]:
    """`seconds`: from the first device's key until the monitor shows every position online."""
    path = _HALLS / ("small.toml" if quick else "dongcheng.toml")
    hall = parse(path.read_text("utf-8"), str(path))
    with tempfile.TemporaryDirectory(prefix="tingxu-enrol-") as scratch:
        processes = Processes(Path(scratch), path, Addresses.free(f"127.0.0.1:{free_port()}"))
        agents: dict[str, Lives] = {}
        try:
            processes.start()
            return _switched_on(hall, processes, Path(scratch), agents, 3 if quick else _ALONE)
        finally:
            for agent in agents.values():
                agent.stop()
            processes.stop()


def told(figures: dict[str, Any]) -> Iterable[str]:
    yield (
        f"{figures['devices']} positions, {figures['enrolled']} boards: in service after {figures['seconds']:.1f} s; "
        f"a board p50 {figures['board_s_p50']:.2f} s, p99 {figures['board_s_p99']:.2f} s "
        f"({figures['p99_ratio']:.1f} times one that enrols alone)"
    )
    yield f"hub {figures['hub_mb_before']:.0f} MB before, {figures['hub_mb_after']:.0f} MB after"
    yield (
        f"broker restarted: it was away {figures['broker_away_s']:.2f} s, half of the boards were back "
        f"{figures['back_s_p50']:.2f} s after it was, the last {figures['back_s_last']:.2f} s"
    )


class _Witness:
    """A keeper that only notes when the hub first answered its board's report: then it is in service."""

    kind = ""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.served = threading.Event()
        self.served_at = self.linked_at = 0.0

    def begin(self, site: Site, at: float) -> None: ...

    def take(self, at: float, payload: bytes) -> None: ...

    def linked(self, at: float, up: bool) -> None:
        self.linked_at = time.monotonic() if up else 0.0

    def answered(self, at: float, to: str) -> None:
        if not self.served.is_set():
            self.served_at = time.monotonic()
            self.served.set()

    def wake_at(self) -> float | None:
        return None

    def tick(self, at: float) -> None: ...

    def facts(self) -> dict[str, Fact]:
        return {}

    def stop(self) -> None: ...


def _switched_on(
    hall: Hall, processes: Processes, scratch: Path, agents: dict[str, Lives], alone: int
) -> dict[str, Any]:
    hub = Hub(processes.addresses.pages, processes.password)
    processes.measure()
    before_mb = processes.rss_mb_peak
    one_s = _alone(hall, hub, processes, scratch / "alone", alone)
    witnesses: dict[str, _Witness] = {}

    def witness(position: Position) -> list[_Witness]:
        witnesses[position.id] = _Witness()
        return [witnesses[position.id]]

    began = time.monotonic()
    equip(
        hall,
        hub,
        processes.addresses,
        processes.ca_fingerprint,
        scratch / "devices",
        agents,
        lambda done, of: None,
        keepers=witness,
    )
    for name, one in witnesses.items():
        if not one.served.wait(_PATIENCE_S):
            raise RuntimeError(f"{name} did not come into service")
    _until(lambda: all(seat["online"] for seat in hub.devices(hall.hall.id)), "every position is online")
    seconds = time.monotonic() - began
    took = [one.served_at - one.began for one in witnesses.values()]
    processes.measure()
    return {
        "devices": len(hall.position),
        "enrolled": len(witnesses),
        "seconds": seconds,
        "board_s_p50": percentile(took, 0.5),
        "board_s_p99": percentile(took, 0.99),
        "alone_s_p50": percentile(one_s, 0.5),
        "p99_ratio": percentile(took, 0.99) / percentile(one_s, 0.5),
        "hub_mb_before": before_mb,
        "hub_mb_after": processes.rss_mb_peak,
        **_broker_restarts(processes, list(witnesses.values())),
    }


def _alone(hall: Hall, hub: Hub, processes: Processes, place: Path, count: int) -> list[float]:
    """Seconds for a key, its request and the certificate, one board after another. They take no position."""
    took = []
    kind = hall.position[0].device_class
    token = hub.class_claim(hall.hall.id, kind, count)
    for number in range(count):
        settings = HubSettings(
            est=f"https://{processes.addresses.est}",
            ca_fingerprint=processes.ca_fingerprint,
            broker=processes.addresses.broker,
            token=token,
        )
        began = time.monotonic()
        identity.enrol(settings, place / str(number))
        took.append(time.monotonic() - began)
    return took


def _broker_restarts(processes: Processes, witnesses: list[_Witness]) -> dict[str, float]:
    """From the broker's end; a board is back when it hears of the hub again."""
    _until(lambda: all(one.linked_at for one in witnesses), "every board hears the hub")
    gone = time.monotonic()
    processes.restart_broker()
    back = time.monotonic()
    _until(lambda: all(one.linked_at > gone for one in witnesses), "every board is back")
    after = [max(one.linked_at - back, 0.0) for one in witnesses]
    return {"broker_away_s": back - gone, "back_s_p50": percentile(after, 0.5), "back_s_last": max(after)}


def _until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {_PATIENCE_S:.0f} s: {what}")
        time.sleep(0.05)
