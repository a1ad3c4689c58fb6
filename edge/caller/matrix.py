"""A keypad of rows × columns: looked at only while something is pressed; what cannot be told apart is refused.

At rest all rows are low, and a column that falls wakes the scanner. It then pulls one row low at a time and lets the
others float, so that two keys of a column never join a high pin to a low one. Without diodes three keys at the corners
of a rectangle close the fourth as well: which is real cannot be told, and nothing changes until it can.
"""

import logging
import threading
import time
from collections.abc import Iterable

from gpiozero import DigitalInputDevice
from gpiozero.pins import Factory

from edge.caller.events import KeyDown, KeysUnclear, KeyUp, PartChanged
from edge.caller.wiring import Matrix
from edge.runtime.device import Effect, Emit
from wire.base import Fact

_SETTLE_S = 0.0001  # 50 kΩ against the capacitance of a few metres of cable
_CALM_S = 10.0  # nothing new for so long: a key is stuck, and is looked at less often
_CALM_SCAN_S = 0.05
_BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_STOP_S = 5.0

Spot = tuple[int, int]  # row, column

log = logging.getLogger(__name__)


def is_unclear(closed: Iterable[Spot]) -> bool:
    """Whether two rows share two columns: one of these four may only be feigned by the others."""
    columns: dict[int, set[int]] = {}
    for row, column in closed:
        columns.setdefault(row, set()).add(column)
    rows = list(columns.values())
    return any(len(one & other) > 1 for n, one in enumerate(rows) for other in rows[n + 1 :])


class MatrixKeypad:
    """`pin_factory`: None takes gpiozero's own for this board."""

    def __init__(self, settings: Matrix, pin_factory: Factory | None = None) -> None:
        self._settings, self._factory = settings, pin_factory
        self._emit: Emit = lambda _: None
        self._rows: list[DigitalInputDevice] = []
        self._columns: list[DigitalInputDevice] = []
        self._down: frozenset[Spot] = frozenset()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._unclear = False
        self.error = "not started"
        self.ghosts = 0
        self._thread = threading.Thread(target=self._run, name="matrix", daemon=True)

    @property
    def is_open(self) -> bool:
        return not self.error

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._thread.start()

    def perform(self, effect: Effect) -> None:
        """Nothing: its lamps and its display are other parts."""

    def health(self) -> dict[str, Fact]:
        return {"matrix": self.error or "ok", "ghosts": self.ghosts}

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)

    # The scanner's thread.

    def _run(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                self._open()
                failures = 0
                self._tell("")
                self._watch()
            except Exception as error:  # every back end of gpiozero has errors of its own
                self._tell(f"{type(error).__name__}: {error}")
            self._close()
            self._stopped.wait(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
            failures += 1
        self.error = "stopped"

    def _open(self) -> None:
        for pin in self._settings.rows:
            self._rows.append(DigitalInputDevice(pin, pull_up=True, pin_factory=self._factory))
        for pin in self._settings.columns:
            column = DigitalInputDevice(pin, pull_up=True, pin_factory=self._factory)
            self._columns.append(column)
            column.when_activated = self._wake.set
        self._unclear = False
        self._take(self._look(), fresh=False)

    def _watch(self) -> None:
        """Until `stop()`."""
        calm_at = time.monotonic() + _CALM_S
        while not self._stopped.is_set():
            if not self._down and not self._unclear:
                self._sleep()
            if self._take_if_settled():
                calm_at = time.monotonic() + _CALM_S
            calm = time.monotonic() >= calm_at
            self._stopped.wait(_CALM_SCAN_S if calm else self._settings.scan_s)

    def _sleep(self) -> None:
        """All rows low, until a column falls."""
        self._wake.clear()
        for row in self._rows:
            _pull(row, low=True)
        time.sleep(_SETTLE_S)
        if not any(column.is_active for column in self._columns):
            self._wake.wait()
        for row in self._rows:
            _pull(row, low=False)

    def _look(self) -> frozenset[Spot]:
        closed = set()
        for r, row in enumerate(self._rows):
            _pull(row, low=True)
            time.sleep(_SETTLE_S)
            closed |= {(r, c) for c, column in enumerate(self._columns) if column.is_active}
            _pull(row, low=False)
        return frozenset(closed)

    def _take_if_settled(self) -> bool:
        """A key that moves between two rows would tear the picture, and make real what was feigned: so look twice."""
        closed = self._look()
        return closed == self._look() and self._take(closed)

    def _take(self, closed: frozenset[Spot], *, fresh: bool = True) -> bool:
        """Tell of what moved; whether anything did."""
        if not self._settings.diodes and is_unclear(closed):
            news = not self._unclear
            if news:
                self.ghosts += 1
                self._emit(lambda at: KeysUnclear(at=at))
            self._unclear = True
            return news
        self._unclear = False
        moved = closed ^ self._down if fresh else self._spots()
        moment = time.monotonic()
        for spot in sorted(moved, key=lambda one: (one in closed, one)):  # first who is up: the next is no chord
            self._moved(spot, moment, closed=spot in closed, fresh=fresh)
        self._down = closed
        return bool(moved)

    def _spots(self) -> frozenset[Spot]:
        keys = self._settings.keys
        return frozenset((r, c) for r in range(len(keys)) for c in range(len(keys[r])))

    def _moved(self, spot: Spot, moment: float, *, closed: bool, fresh: bool) -> None:
        """The edge keeps its own moment, however late the agent takes it up."""
        name = self._settings.keys[spot[0]][spot[1]]
        if not name:
            return
        if closed:
            self._emit(lambda at: KeyDown(at=at - (time.monotonic() - moment), key=name, fresh=fresh))
        else:
            self._emit(lambda at: KeyUp(at=at - (time.monotonic() - moment), key=name))

    def _tell(self, error: str) -> None:
        if error == self.error:
            return
        if error:
            log.warning("the matrix cannot be used, trying again: %s", error)
        self.error = error
        self._emit(lambda at: PartChanged(at=at, part="matrix", trouble=error))

    def _close(self) -> None:
        for device in (*self._columns, *self._rows):
            try:
                device.close()
            except Exception as error:  # a chip that is gone cannot be let go of in good order
                log.info("a pin could not be let go of: %s", error)
        self._rows, self._columns = [], []


def _pull(row: DigitalInputDevice, *, low: bool) -> None:
    """Low, or floating but for its weak pull-up: never high."""
    if low:
        row.pin.output_with_state(0)
    else:
        row.pin.input_with_pull("up")
