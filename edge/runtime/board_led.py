"""The board's own LED, by the kernel's LED class (Documentation/leds/leds-class.rst): the lamp that every board has.

The agent's user needs write access: provisioning/systemd/README.md has the udev rule.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Iterable
from pathlib import Path

ROOT = Path("/sys/class/leds")
_BEST = ("ACT", "led0", "act-led", "status")  # by preference: Raspberry Pi's green one, its name of old …
_BLINK_S = 0.25

log = logging.getLogger(__name__)


class BoardLed:
    """Plays rhythms on a thread of its own, and gives the LED back to the kernel afterwards."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._folder = _chosen(root)
        self._playing: threading.Thread | None = None
        self._stop = threading.Event()
        self._lock = threading.Lock()

    @property
    def is_there(self) -> bool:
        return self._folder is not None

    def blink(self, seconds: float) -> bool:
        """For so long; 0: no more. False when there is no LED that we may use."""
        steps = [(_BLINK_S, True), (_BLINK_S, False)] * round(seconds / (2 * _BLINK_S))
        return self.play(steps)

    def play(self, steps: Iterable[tuple[float, bool]]) -> bool:
        """Lit or dark, each for so many seconds, in place of what was playing."""
        with self._lock:
            self._end()
            self._folder = self._folder or _chosen(self._root)  # early in a start, the kernel may have it only now
            if self._folder is None:
                return False
            self._stop = threading.Event()
            self._playing = threading.Thread(
                target=self._run, args=(self._folder, steps, self._stop), name="board LED", daemon=True
            )
            self._playing.start()
            return True

    def stop(self) -> None:
        with self._lock:
            self._end()

    def _end(self) -> None:
        self._stop.set()
        if self._playing is not None:
            self._playing.join(2)
            self._playing = None

    @staticmethod
    def _run(folder: Path, steps: Iterable[tuple[float, bool]], stop: threading.Event) -> None:
        try:
            before = _trigger(folder)
            (folder / "trigger").write_text("none")
            try:
                for seconds, lit in steps:
                    (folder / "brightness").write_text("1" if lit else "0")
                    if stop.wait(seconds):
                        break
            finally:
                (folder / "brightness").write_text("0")
                (folder / "trigger").write_text(before)
        except OSError as error:
            log.warning("the board's LED cannot be used: %s", error)


def _trigger(folder: Path) -> str:
    """The one in brackets (leds-class.rst); "none" where none is marked."""
    _, _, rest = (folder / "trigger").read_text().partition("[")
    return rest.partition("]")[0] or "none"


def _chosen(root: Path) -> Path | None:
    """One whose brightness we may write: the best by its name, then any."""
    found: list[Path] = []
    with contextlib.suppress(OSError):
        found = [one for one in sorted(root.iterdir()) if _is_ours(one)]
    return min(found, key=lambda one: _BEST.index(one.name) if one.name in _BEST else len(_BEST), default=None)


def _is_ours(folder: Path) -> bool:
    """Not the lamps of a keyboard."""
    usable = all(os.access(folder / name, os.W_OK) for name in ("brightness", "trigger"))
    return usable and "lock" not in folder.name
