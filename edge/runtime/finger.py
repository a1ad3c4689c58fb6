"""A finger on simulated contacts, for rehearsals and tests: they close and open as if somebody pressed them."""

import threading
import time

from gpiozero.pins.mock import MockFactory, MockPin

from edge.runtime.pins import Pins


class Hand:
    """Presses one contact after another, from any thread. `rest_s`: how long it stays up between presses."""

    def __init__(self, rest_s: float) -> None:
        self._rest_s = rest_s
        self._lock = threading.Lock()
        self._lifted = float("-inf")

    def press(self, *names: str) -> None:
        """One after another, each as soon as `rest_s` allows."""
        for name in names:
            with self._lock:
                time.sleep(max(0.0, self._lifted + self._rest_s - time.monotonic()))
                self.hold(name)
                self.release(name)
                self._lifted = time.monotonic()

    def hold(self, name: str) -> None:
        self.move(name, down=True)

    def release(self, name: str) -> None:
        self.move(name, down=False)

    def move(self, name: str, *, down: bool) -> None:
        """Close or open a contact. Raises ValueError for one that is not wired."""
        raise NotImplementedError


class Finger(Hand):
    """Moves the contacts of `pins`, opened on `mock`. Those that are not open (yet, or any more) do not notice."""

    def __init__(self, pins: Pins, mock: MockFactory, rest_s: float) -> None:
        super().__init__(rest_s)
        self._pins, self._mock = pins, mock

    def move(self, name: str, *, down: bool) -> None:
        number = self._pins.contacts.get(name)
        if number is None:
            raise ValueError(f"no key {name!r} here; there are: {', '.join(self._pins.contacts)}")
        if not self._pins.is_open:
            return
        pin: MockPin = self._mock.pin(f"GPIO{number}")
        if down == self._pins.pull_up:  # a closed contact pulls against the resistor
            pin.drive_low()
        else:
            pin.drive_high()
