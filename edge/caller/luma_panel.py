"""What panels have in common that are lit through luma."""

from typing import Any


class LumaPanel:
    """`open`, of each kind of panel, makes luma's interface to the chip and its device."""

    def __init__(self) -> None:
        self._bus: Any = None
        self._device: Any = None

    def close(self) -> None:
        """Dark, as far as the chip can still be reached."""
        bus, device = self._bus, self._device
        self._bus = self._device = None
        try:
            if device is not None:
                device.hide()
        finally:
            if bus is not None:
                bus.cleanup()
