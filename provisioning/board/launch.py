"""Starts a board's agent from the right release: the one on trial, the last good one, or the one of the card.

    launch CLASS --config FILE            (whatever `python -m edge` takes)

Installed as /opt/tingxu/launch and run by the Python of /opt/tingxu/venv. It needs nothing but the standard library, so
that no release can break it, and is never updated over the air. `TINGXU_RELEASES`: where updates are
(/data/releases); `TINGXU_FACTORY`: where the card's own release is (/opt/tingxu/releases); `TINGXU_TRIAL_S`: how long a
trial may take to prove itself (300).

A trial's start is counted, on the disk, before it starts: after three without a proof it is given up. It is given up at
once when it ran its whole time and proved nothing, as one that hangs does: SIGALRM, which outlives exec, ends it.
"""

import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

TRIES_MAX = 3
TRIAL_S = 300
_MANIFEST = "release.json"
_UNPROVED = "三次启动未通过自检 It was started three times and did not prove itself"
_OVERTIME = "在规定时间内未通过自检 It did not prove itself in time"
_DAMAGED = "存储的版本已损坏 Its files on this board's disk are damaged"


class Moment(NamedTuple):
    """`boot`: of the machine; `s`: since then. No clock that somebody may set."""

    boot: str
    s: float


class Choice(NamedTuple):
    """`name` "": the factory's. `state`: to be on the disk before it starts; None where nothing changed."""

    name: str
    is_trial: bool
    state: dict[str, Any] | None


def choose(state: dict[str, Any], is_whole: Callable[[str], bool], now: Moment, trial_s: float = TRIAL_S) -> Choice:
    """What to start. Pure but for `is_whole(name)`: whether all files of that release are what they were."""
    trial, tries = state.get("trial"), state.get("tries")
    good = state.get("good") if isinstance(state.get("good"), str) else ""
    if not isinstance(trial, str) or not trial:
        return _settled(state, good or "", is_whole, changed=False)
    why = _given_up(trial, tries if isinstance(tries, int) else TRIES_MAX, state.get("began"), is_whole, now, trial_s)
    if why:
        revision = state.get("revision")
        left = {"name": trial, "revision": revision if isinstance(revision, int) else 0, "why": why}
        return _settled({"good": good, "returned": left}, good or "", is_whole, changed=True)
    began = {"boot": now.boot, "s": now.s}
    return Choice(trial, True, {**state, "tries": int(tries or 0) + 1, "began": began})


def _given_up(
    trial: str, tries: int, began: object, is_whole: Callable[[str], bool], now: Moment, trial_s: float
) -> str:
    if isinstance(began, dict) and began.get("boot") == now.boot and now.s - _number(began.get("s")) >= trial_s - 1:
        return _OVERTIME
    if tries >= TRIES_MAX:
        return _UNPROVED
    return "" if is_whole(trial) else _DAMAGED


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("inf")


def _settled(state: dict[str, Any], good: str, is_whole: Callable[[str], bool], *, changed: bool) -> Choice:
    """The good one; the factory's where that is damaged."""
    if good and not is_whole(good):
        left = {"name": good, "revision": state.get("revision", 0), "why": _DAMAGED}
        return Choice("", False, {"good": "", "returned": left})
    return Choice(good, False, {"trial": None, "tries": 0, **state} if changed else None)


# What is on the disk.


class Shelf:
    """`releases`: of this board's updates; `factory`: a folder with the card's own release in a folder of its name."""

    def __init__(self, releases: Path, factory: Path) -> None:
        self._releases, self._factory = releases, factory

    def state(self) -> dict[str, Any]:
        try:
            found = json.loads((self._releases / "state.json").read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def save(self, state: dict[str, Any]) -> None:
        """On the disk when it returns. Raises OSError."""
        fresh = self._releases / "state.launch"
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._releases / "state.json")
        directory = os.open(self._releases, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def factory(self) -> Path:
        """Raises FileNotFoundError where the card has none."""
        found = sorted(path.parent.parent for path in self._factory.glob("*/edge/__main__.py"))
        if not found:
            raise FileNotFoundError(f"{self._factory}: there is no release")
        return found[-1]

    def place(self, name: str) -> Path:
        """Of a release by its name; the factory's may be asked for by name, too."""
        update = self._releases / name
        return update if name and (update / _MANIFEST).is_file() else self._card(name)

    def is_whole(self, name: str) -> bool:
        """Every file is what the manifest says; the card's own are not asked: nothing writes there."""
        if "/" in name or name.startswith("."):
            return False
        place = self._releases / name
        if not (place / _MANIFEST).is_file():
            return (self._factory / name).is_dir()
        try:
            files = json.loads((place / _MANIFEST).read_text("utf-8"))["files"]
            return bool(files) and all(
                hashlib.sha256((place / path).read_bytes()).hexdigest() == sha256 for path, sha256 in files.items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False

    def _card(self, name: str) -> Path:
        named = self._factory / name
        return named if name and named.is_dir() else self.factory()


def main(arguments: list[str]) -> int:
    signal.alarm(0)  # of a trial that has just given itself up
    shelf = Shelf(
        Path(os.environ.get("TINGXU_RELEASES", "/data/releases")),
        Path(os.environ.get("TINGXU_FACTORY", "/opt/tingxu/releases")),
    )
    trial_s = int(os.environ.get("TINGXU_TRIAL_S", TRIAL_S))
    state = shelf.state()
    choice = choose(state, shelf.is_whole, _now(), trial_s)
    if choice.state is not None:
        try:
            shelf.save(choice.state)
        except OSError as error:  # what cannot be counted is not tried
            print(f"launch: {error}: no trial is started", file=sys.stderr, flush=True)
            if choice.is_trial:
                good = str(state.get("good") or "")
                choice = Choice(good if shelf.is_whole(good) else "", False, None)
    try:
        place = shelf.place(choice.name)
    except FileNotFoundError as error:
        print(f"launch: {error}: write the card anew", file=sys.stderr)
        return 2
    _start(place, arguments, trial_s if choice.is_trial else 0)
    return 0


def _now() -> Moment:
    return Moment(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip(), time.clock_gettime(7))


def _start(place: Path, arguments: list[str], trial_s: int) -> None:
    """Becomes the agent. Its compiled files are not kept: a power cut can leave one torn, and Python would load it."""
    wheels = sorted(str(path) for path in place.glob("wheels/*.whl"))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*wheels, str(place)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TINGXU_LAUNCH": str(Path(__file__).resolve()),
        "TINGXU_TRIAL": place.name if trial_s else "",
    }
    print(f"launch: {'trial of ' if trial_s else ''}{place}", file=sys.stderr, flush=True)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    signal.alarm(trial_s)
    command = [sys.executable, "-P", "-m", "edge", *arguments]
    os.execve(sys.executable, command, environment)  # noqa: S606 - the agent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
