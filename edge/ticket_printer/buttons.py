"""Service buttons on GPIO pins (gpiozero), each between its pin and ground. Edges are reported raw, with bounces."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gpiozero import DigitalInputDevice


class Buttons:
    """`moved(letter, down)` is called on the pin library's own thread. `factory` None: the board's own pins."""

    def __init__(self, pins: Mapping[str, int], moved: Callable[[str, bool], None], factory: Any = None) -> None:
        from gpiozero import DigitalInputDevice

        self._devices = [
            self._watch(DigitalInputDevice(pin, pull_up=True, pin_factory=factory), letter, moved)
            for letter, pin in pins.items()
        ]

    @staticmethod
    def _watch(device: "DigitalInputDevice", letter: str, moved: Callable[[str, bool], None]) -> "DigitalInputDevice":
        device.when_activated = lambda: moved(letter, True)
        device.when_deactivated = lambda: moved(letter, False)
        return device

    def close(self) -> None:
        for device in self._devices:
            device.close()
