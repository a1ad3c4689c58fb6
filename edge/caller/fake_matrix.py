"""A matrix keypad that is not there: keys join mock pins as wires do, so three corners of a rectangle feign a key."""

import threading
import time
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from edge.caller.matrix import Spot
from edge.caller.wiring import Matrix
from edge.runtime.finger import Hand


class NetPin(MockPin):  # type: ignore[misc]
    """A pin that tells its net what it drives."""

    def _set_function(self, value: str) -> None:
        super()._set_function(value)
        self.factory.settle()

    def _set_state(self, value: float) -> None:
        super()._set_state(value)
        self.factory.settle()


class FakeMatrix(MockFactory, Hand):  # type: ignore[misc]
    """The pins and the keys between them; `press`, `hold` and `release` as a finger does.

    `held_s`: how long a press lasts, so that a scanner can see it. `bounce_s`: a contact chatters for so long at each
    end. A driven row that meets another one driven the other way is counted in `shorts`.
    """

    def __init__(self, settings: Matrix, held_s: float = 0.06) -> None:
        self._settled = threading.RLock()
        self._settings, self._closed = settings, set[Spot]()
        self._held_s, self.bounce_s, self.shorts = held_s, 0.0, 0
        MockFactory.__init__(self, pin_class=NetPin)
        Hand.__init__(self, held_s)

    def hold(self, name: str) -> None:
        super().hold(name)
        time.sleep(self._held_s)

    def move(self, name: str, *, down: bool) -> None:
        spot = self._spot(name)
        until = time.monotonic() + self.bounce_s
        while time.monotonic() < until:
            self.join(spot, closed=True)
            time.sleep(0.001)
            self.join(spot, closed=False)
            time.sleep(0.001)
        self.join(spot, closed=down)

    def join(self, spot: Spot, *, closed: bool) -> None:
        with self._settled:
            if closed:
                self._closed.add(spot)
            else:
                self._closed.discard(spot)
        self.settle()

    def settle(self) -> None:
        """Every input pin becomes what its net is: low where a row pulls it low, else high by its resistor."""
        with self._settled:
            rows, columns = self._pins(self._settings.rows), self._pins(self._settings.columns)
            for net in self._nets():
                joined = [rows[n] for n in net[0]] + [columns[n] for n in net[1]]
                driven = {bool(pin._state) for pin in joined if pin._function == "output"}
                self.shorts += len(driven) > 1
                for pin in joined:
                    if pin._function == "input":
                        pin.drive_low() if False in driven else pin.drive_high()

    def _pins(self, numbers: tuple[int, ...]) -> list[Any]:
        return [self.pin(number) for number in numbers]

    def _nets(self) -> list[tuple[set[int], set[int]]]:
        """What is joined: rows and columns. A diode lets a row pull its columns low, and nothing else."""
        if self._settings.diodes:
            return self._with_diodes()
        nets = [({row}, set[int]()) for row in range(len(self._settings.rows))]
        nets += [(set[int](), {column}) for column in range(len(self._settings.columns))]
        for row, column in self._closed:
            one = next(net for net in nets if row in net[0])
            other = next(net for net in nets if column in net[1])
            if one is not other:
                nets.remove(other)
                one[0].update(other[0])
                one[1].update(other[1])
        return nets

    def _with_diodes(self) -> list[tuple[set[int], set[int]]]:
        """Each row for itself, and each column with the rows that pull it low."""
        low = {n for n, pin in enumerate(self._pins(self._settings.rows)) if pin._function == "output"}
        nets = [({row}, set[int]()) for row in range(len(self._settings.rows))]
        for column in range(len(self._settings.columns)):
            nets.append(({row for row, at in self._closed if at == column and row in low}, {column}))
        return nets

    def _spot(self, name: str) -> Spot:
        for row, names in enumerate(self._settings.keys):
            if name in names:
                return row, names.index(name)
        raise ValueError(f"no key {name!r} here; there are: {', '.join(n for row in self._settings.keys for n in row)}")
