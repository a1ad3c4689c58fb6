"""What happens at a repeater, and what its driver is told to do."""

import msgspec

from edge.protocols import ff68
from edge.runtime.device import Input


class Heard(Input, frozen=True, kw_only=True):
    """A whole frame came in over the air; `rssi_dbm`: how strong, where the radio tells."""

    frame: ff68.Frame
    rssi_dbm: int | None = None


class PortChanged(Input, frozen=True, kw_only=True):
    """The radio's serial port opened, or went away."""

    open: bool


class Transmit(msgspec.Struct, frozen=True):
    """Send a frame. Urgent: an answer that a handheld waits for, ahead of what is merely to be shown."""

    frame: ff68.Frame
    urgent: bool = False
