"""The serial driver itself, with a simulated radio and its handhelds at the far side of a pty."""

import msgspec

from edge.protocols.fake_radio import FakeRadio
from edge.repeater.serial_driver import SerialDriver
from edge.repeater.settings import Settings
from edge.runtime.device import Emit


class SimulatedDriver(SerialDriver):
    """`radio` is where a rehearsal or a test presses keys: `driver.radio.keypad(7).press("call-next")`.

    Several repeaters hear the same handhelds when they are given radios in one air.
    """

    def __init__(self, settings: Settings, radio: FakeRadio | None = None) -> None:
        self.radio = radio or FakeRadio()
        self.radio.rssi, self.radio.local_echo = settings.rssi == "appended", settings.local_echo
        super().__init__(msgspec.structs.replace(settings, port=str(self.radio.port)))

    def start(self, emit: Emit) -> None:
        self.radio.start()
        super().start(emit)

    def stop(self) -> None:
        super().stop()
        self.radio.stop()
