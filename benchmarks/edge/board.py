"""One agent with simulated hardware, driven by lines: `python -m benchmarks.edge.board CLASS CONFIG`.

`press` acts as a person does, and prints the moment just before; `arm` prints `armed`, and then the moment at which the
next bytes go to the hardware. Moments: seconds, monotonic.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.runtime import config, device, identity
from edge.runtime.agent import Agent

_SLIP_BYTES = 60  # what is longer than any status request


class Probe:
    """Prints the moment of the first `hit` after `arm`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed = False

    def arm(self) -> None:
        with self._lock:
            self._armed = True
        print("armed", flush=True)

    def hit(self) -> None:
        moment = time.monotonic()
        with self._lock:
            if not self._armed:
                return
            self._armed = False
        print(repr(moment), flush=True)


def main() -> int:
    name, path = sys.argv[1], Path(sys.argv[2])
    settings = config.load(path)
    who = identity.stored(Path(settings.agent.state_dir))
    assert who is not None, "the bench lays down an identity"
    probe = Probe()
    _watch_before(name, probe)
    agent = Agent(device.device_class(name), settings, who)
    press = _hands(name, agent.driver)
    agent.start()
    for line in sys.stdin:
        if line == "press\n":
            print(repr(time.monotonic()), flush=True)
            press()
        elif line == "arm\n":
            probe.arm()
    agent.stop()
    return 0


def _watch_before(name: str, probe: Probe) -> None:
    """Stand at the last step before the hardware: the write to a port, the bits to the chips, the level of a pin."""
    match name:
        case "ticket_printer":
            _serial(probe, _SLIP_BYTES)
        case "repeater":
            _serial(probe, 1)
        case "led_window":
            from edge.runtime.max7219_model import Chain

            _before(Chain, "writebytes", probe.hit)
        case "caller" | "evaluator":
            from gpiozero.pins.mock import MockPin

            _before(MockPin, "_set_state", probe.hit)
        case "signage_player":
            from edge.signage_player.mpv import Mpv

            _before(Mpv, "command", probe.hit)


def _serial(probe: Probe, least: int) -> None:
    """Whoever opens the port: what is written to a terminal is on its way to the device."""
    plain = os.write

    def write(descriptor: int, data: bytes) -> int:
        if len(data) >= least and os.isatty(descriptor):
            probe.hit()
        return plain(descriptor, data)

    os.write = write  # type: ignore[assignment]


def _before(owner: Any, method: str, hit: Callable[[], None]) -> None:
    plain = getattr(owner, method)

    def instead(self: Any, *arguments: Any, **named: Any) -> Any:
        hit()
        return plain(self, *arguments, **named)

    setattr(owner, method, instead)


def _hands(name: str, driver: Any) -> Callable[[], None]:
    """What a person does at it."""
    match name:
        case "ticket_printer":
            return lambda: driver.press("A")
        case "caller":
            return lambda: driver.press("call-next")
        case "evaluator":
            return lambda: driver.press(5)
        case "repeater":
            keypad = driver.radio.keypad(5)
            return lambda: keypad.press("call-next")
    return lambda: None


if __name__ == "__main__":
    sys.exit(main())
