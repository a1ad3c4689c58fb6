"""A board that nobody knows shows its pairing code on whatever it has, until a person has said where it belongs.

Nothing here may hold up the enrolment: what the hardware does wrong is logged, and shown as far as it goes.
"""

import importlib
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from edge.runtime.board_led import BoardLed
from edge.runtime.device import DeviceClass, Driver, Effect, Input, make_driver
from edge.runtime.pairing import OnPress, Rhythm, flashes
from edge.runtime.systemd import Supervisor
from wire import pairing_number

_ANEW_S = 60.0  # how often all is shown again: a display may have browned out, or be plugged in only now
_PRESSES_S = 10.0  # two presses within this are one
_STOP_S = 20.0

log = logging.getLogger(__name__)


class Waiting:
    """Call it with the code as it is shown, as often as one likes; with None, or `stop`, and the driver is let go of.

    `make`: builds the class's driver, a new one each time.
    """

    def __init__(
        self,
        device: DeviceClass,
        settings: Any,
        make: Callable[[], Driver],
        supervisor: Supervisor,
        led: BoardLed | None = None,
    ) -> None:
        self._device, self._settings, self._make = device, settings, make
        self._supervisor, self._led = supervisor, led
        self._code = ""
        self._inbox: queue.SimpleQueue[Callable[[float], Input] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def __call__(self, code_shown: str | None) -> None:
        if code_shown is None:
            self.stop()
        elif code_shown != self._code:
            self.stop()
            self._begin(code_shown)

    def stop(self) -> None:
        """When this returns, ports and pins are free for the agent's own driver."""
        self._code = ""
        if self._led is not None:
            self._led.stop()
        if self._thread is not None:
            self._inbox.put(None)
            self._thread.join(_STOP_S)
            self._thread = None

    def _begin(self, code: str) -> None:
        self._code = code
        number = pairing_number.shown(pairing_number.number(code))
        self._supervisor.status(f"waits for approval at the hub: pairing code {code}, by lamp {number}")
        log.info("waits for approval at the hub: pairing code %s, by lamp %s", code, number)
        if self._led is not None:
            self._led.play(itertools.cycle(flashes(code)))
        self._inbox = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, args=(code, self._inbox), name="pairing", daemon=True)
        self._thread.start()

    # On a thread of its own.

    def _run(self, code: str, inbox: "queue.SimpleQueue[Callable[[float], Input] | None]") -> None:
        driver: Driver | None = None
        try:
            effects = effects_of(self._device, code, self._settings)
            driver = self._make()
            driver.start(inbox.put)
            _Show(driver, effects, inbox).run()
        except Exception:
            log.exception("the pairing code cannot be shown; it is in the log, and on the board's LED")
        finally:
            _let_go(driver)


def effects_of(device: DeviceClass, code_shown: str, settings: Any) -> tuple[Effect, ...]:
    if not device.pairing:
        return ()
    module, _, attribute = device.pairing.partition(":")
    found: tuple[Effect, ...] = getattr(importlib.import_module(module), attribute)(code_shown, settings)
    return found


def for_class(
    device: DeviceClass, settings: Any, state_dir: str, hub: str, supervisor: Supervisor, led: BoardLed | None
) -> Waiting:
    return Waiting(device, settings, lambda: make_driver(device, settings, state_dir, hub), supervisor, led)


def by_led(led: BoardLed, wish: str = "to be let in again") -> Callable[[str | None], None]:
    """For a board whose certificate ran out while its agent works: the class's hardware goes on with what it does. And
    for one that has yet to hear what hardware it has."""

    def show(code_shown: str | None) -> None:
        if code_shown is None:
            led.stop()
            return
        number = pairing_number.shown(pairing_number.number(code_shown))
        log.warning("waits %s at the hub: pairing code %s, by lamp %s", wish, code_shown, number)
        led.play(itertools.cycle(flashes(code_shown)))

    return show


class _Show:
    """The effects on one driver: once, again, in their rhythm, and when somebody asks; until None comes in."""

    def __init__(
        self, driver: Driver, effects: tuple[Effect, ...], inbox: "queue.SimpleQueue[Callable[[float], Input] | None]"
    ) -> None:
        self._driver, self._inbox = driver, inbox
        self._presses = [effect for effect in effects if isinstance(effect, OnPress)]
        self._rhythms: list[tuple[Iterator[tuple[float, Effect]], float]] = [
            (itertools.cycle(effect.steps), 0.0) for effect in effects if isinstance(effect, Rhythm)
        ]
        self._plain = [effect for effect in effects if not isinstance(effect, OnPress | Rhythm)]
        self._anew_at = 0.0
        self._asked_at = time.monotonic()

    def run(self) -> None:
        for press in self._presses:
            self._perform(press.effect)
        while True:
            due_at = self._do_what_is_due(time.monotonic())
            try:
                item = self._inbox.get(timeout=max(0.0, due_at - time.monotonic()))
            except queue.Empty:
                continue
            if item is None:
                return
            self._heard(item(time.time()))

    def _do_what_is_due(self, now: float) -> float:
        """Returns when the next thing is."""
        if now >= self._anew_at:
            self._anew_at = now + _ANEW_S
            for effect in self._plain:
                self._perform(effect)
        for index, (steps, at) in enumerate(self._rhythms):
            if now >= at:
                seconds, effect = next(steps)
                self._perform(effect)
                self._rhythms[index] = (steps, now + seconds)
        return min([self._anew_at, *(at for _, at in self._rhythms)])

    def _heard(self, event: Input) -> None:
        now = time.monotonic()
        asked = [press for press in self._presses if press.asked(event)]
        if asked and now - self._asked_at >= _PRESSES_S:
            self._asked_at = now
            for press in asked:
                self._perform(press.effect)

    def _perform(self, effect: Effect) -> None:
        try:
            self._driver.perform(effect)
        except Exception:  # a driver should not; here it must not
            log.exception("a part of the pairing code cannot be shown")


def _let_go(driver: Driver | None) -> None:
    if driver is None:
        return
    try:
        driver.stop()
    except Exception:
        log.exception("the driver cannot be stopped")
