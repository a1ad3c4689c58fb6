"""Provoking alerts: what must happen in a hall for each kind of them, and waiting until the hub has noticed.

Rules are made small, as an administrator would on their page; people get bad habits; devices have bad luck.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec

from edge.runtime.lives import Lives
from halls.alerts import KINDS
from halls.format import Hall, Position
from provisioning.broker.process import free_port
from provisioning.rehearsal.people import Habits
from provisioning.rehearsal.processes import StartError
from provisioning.rehearsal.technician import Hub

PATIENCE_S = 60.0
_AGAIN_S = 0.2
_AWAY_S = 20.0  # a killed hub, until it is back
_SMALL: dict[str, dict[str, float]] = {
    "long-wait": {"raise_at": 0.02, "clear_at": 0.01},
    "queue-limit": {"raise_at": 1, "clear_at": 0},
    "unserved": {"raise_at": 1, "clear_at": 0},
    "over-time": {"raise_at": 0.001, "clear_at": 0},
    "long-service": {"raise_at": 0.01, "clear_at": 0},
    "pause": {"raise_at": 0.01, "clear_at": 0},
    "offline": {"raise_at": 1, "clear_at": 0},
    "paper-low": {"raise_at": 1, "clear_at": 0},
    "paper-out": {"raise_at": 1, "clear_at": 0},
    "clock": {"raise_at": 30, "clear_at": 20},
    "certificate": {"raise_at": 99_999, "clear_at": 100_000},
    "rating": {"raise_at": 2, "clear_at": 3},
    "influx": {"raise_at": 1, "clear_at": 0},
}
_ANGRY = (0.02, 0.02, 0.02, 0.47, 0.47)


def small_rules(kinds: Iterable[str]) -> dict[str, Any]:
    """Settings by path, with which a trifle raises these kinds at once, whether the hall is open or not."""
    found: dict[str, Any] = {}
    for kind in kinds:
        values = {**_SMALL[kind], "raise_s": 0, "clear_s": 0, "enabled": True, "open_only": False}
        found |= {f"alert.{kind}.{key}": value for key, value in values.items()}
    return found


def provoking(habits: Habits, kinds: Sequence[str]) -> Habits:
    """People's habits with which these kinds come about."""
    more: dict[str, Any] = {}
    if "rating" in kinds:
        more |= {"levels": _ANGRY, "rates": 1.0}
    if "pause" in kinds:
        more["pause"] = 0.5
    return msgspec.structs.replace(habits, **more)


def slow_clock(hall: Hall, kinds: Sequence[str]) -> str:
    """The position whose board believes in a time of its own from the beginning; empty: none."""
    wired = [one for one in hall.position if one.wireless is None and one.kind in ("caller", "window-card")]
    return wired[-1].id if wired and "clock" in kinds else ""


def influx_away(directory: Path, kinds: Sequence[str]) -> list[str]:
    """Arguments of `hub serve`: an InfluxDB at which nobody answers."""
    if "influx" not in kinds:
        return []
    token = directory / "influx-token"
    token.write_text("nobody\n", "utf-8")
    token.chmod(0o600)
    where = ["--influx-url", f"http://127.0.0.1:{free_port()}", "--influx-org", "o", "--influx-bucket", "b"]
    return [*where, "--influx-token-file", str(token)]


class Provoker:
    """`agents`: by position, as they run. Blocks: call it in a thread."""

    def __init__(self, hall: Hall, hub: Hub, agents: dict[str, Lives], base: str) -> None:
        self._hall, self._agents, self.hub = hall, agents, hub
        self._client = httpx.Client(base_url=f"{base}/api/v1/halls/{hall.hall.id}", headers=hub.bearer, timeout=30)
        self._paused: list[str] = []
        self._misfortunes: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "offline": (self._pull_the_plug, lambda: None),
            "paper-low": (lambda: self._paper("paper_low", True), lambda: self._paper("paper_low", False)),
            "paper-out": (lambda: self._paper("paper_out", True), lambda: self._paper("paper_out", False)),
            "unserved": (self._close_all, self._open_all),
        }

    def arm(self, kinds: Iterable[str]) -> None:
        """Small rules, at once."""
        answer = self.change(small_rules(kinds))
        if answer.is_error and answer.json()["code"] != "nothing-changed":
            raise RuntimeError(f"the rules of alerts: {answer.status_code} {answer.text[:300]}")

    def change(self, settings: dict[str, Any]) -> httpx.Response:
        return self._ask("PATCH", "/settings", json=settings, headers=_key())

    def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """Of the hall's API."""
        return self._ask("POST", path, json=body, headers=_key())

    def _ask(self, method: str, path: str, **about: Any) -> httpx.Response:
        """A hub that was killed is asked again, with the same key, once it is back."""
        deadline = time.monotonic() + _AWAY_S
        while True:
            try:
                return self._client.request(method, path, **about)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_AGAIN_S)

    def begin(self, kind: str) -> None:
        """What a device or a counter must suffer for it; nothing where people's habits, or the rule, are enough."""
        if kind in self._misfortunes:
            self._misfortunes[kind][0]()

    def end(self, kind: str) -> None:
        if kind in self._misfortunes:
            self._misfortunes[kind][1]()

    def alerts(self) -> list[dict[str, Any]]:
        """All that were raised, newest first."""
        answer = self._ask("GET", "/alerts", params={"state": "all"})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["alerts"]
        return found

    def raised(self, kind: str) -> dict[str, Any] | None:
        return next((one for one in self.alerts() if one["kind"] == kind), None)

    def provoke(self, kind: str) -> float | None:
        """Seconds until the hub had noticed; None: it never did."""
        began = time.monotonic()
        self.begin(kind)
        try:
            while time.monotonic() - began < PATIENCE_S:
                if self.raised(kind) is not None:
                    return round(time.monotonic() - began, 1)
                time.sleep(_AGAIN_S)
        finally:
            self.end(kind)
        return None

    def _pull_the_plug(self) -> None:
        """Of a screen, if there is one: nobody waits before it."""
        self._agents[self.victim().id].stop()

    def victim(self) -> Position:
        running = [one for one in self._hall.position if one.id in self._agents]
        screens = [one for one in running if one.device_class == "signage_player"]
        return (screens or running)[-1]

    def _paper(self, switch: str, on: bool) -> None:
        machine = next(one for one in self._hall.position if one.id in self._agents and one.series)
        driver: Any = self._agents[machine.id].driver
        setattr(driver.printer, switch, on)

    def _close_all(self) -> None:
        """Every counter takes a break, each as soon as nobody is at it."""
        deadline = time.monotonic() + PATIENCE_S
        left = [one.id for one in self._hall.counter]
        while left and time.monotonic() < deadline:
            left = [one for one in left if not self._done(one, "pause")]
            time.sleep(_AGAIN_S)

    def _open_all(self) -> None:
        for counter in self._paused:
            self.post(f"/counters/{counter}/resume")
        self._paused.clear()

    def _done(self, counter: str, action: str) -> bool:
        """Whether the counter calls nobody now."""
        answer = self.post(f"/counters/{counter}/{action}", {"reason": "rehearsal"})
        if answer.is_success:
            self._paused.append(counter)
        return answer.is_success or answer.json()["code"] in ("counter-closed", "counter-paused")


def _key() -> dict[str, str]:
    """Each wish is one of its own."""
    return {"Idempotency-Key": f"provoke-{time.time_ns()}"}


def chosen_kinds(named: Sequence[str]) -> tuple[str, ...]:
    """As the command names them; `all`: all of them. Raises StartError for one that there is not."""
    if unknown := [one for one in named if one not in (*KINDS, "all")]:
        raise StartError(f"--provoke {unknown[0]}: there is {', '.join(KINDS)}, and all")
    return tuple(KINDS) if "all" in named else tuple(dict.fromkeys(named))
