"""What a caller's hardware tells its logic, and what the logic has it do; what is shown is in `face`."""

import msgspec

from edge.protocols.ff68 import Frame
from edge.runtime.device import Input


class KeyDown(Input, frozen=True, kw_only=True):
    """An edge of a contact, bounces and all. `fresh` is false for a key found down when the driver started."""

    key: str
    fresh: bool = True


class KeyUp(Input, frozen=True, kw_only=True):
    key: str


class KeysUnclear(Input, frozen=True, kw_only=True):
    """So many keys of a matrix are down that it cannot be told which."""


class Heard(Input, frozen=True, kw_only=True):
    """A frame of the FF68 keypad that is no echo."""

    frame: Frame


class PartChanged(Input, frozen=True, kw_only=True):
    """A part of the hardware failed, or (`trouble` empty) works again."""

    part: str
    trouble: str


class Click(msgspec.Struct, frozen=True):
    """The press was noticed."""


class Beep(msgspec.Struct, frozen=True):
    """Not as you wished: look at the display."""


class Acknowledge(msgspec.Struct, frozen=True):
    """The FF68 keypad's press was noticed: it stops repeating it."""

    frame: Frame
