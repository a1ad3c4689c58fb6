"""What the driver tells the logic, and what the logic asks of the driver. Pure data."""

from typing import Literal, TypeAlias

import msgspec

from edge.runtime.device import Input
from wire.messages import MachineView, PrintOutcome, Slip

PrinterState: TypeAlias = Literal[
    "starting", "ready", "paper out", "cover open", "error", "offline", "mute", "unplugged"
]


class Printer(msgspec.Struct, frozen=True):
    """`mute`: the port is open but nothing readable comes back: it may print or not, and is never called ready."""

    state: PrinterState = "starting"
    paper_low: bool = False

    @property
    def hopeless(self) -> bool:
        """Certain not to print now: no use in taking a number for it."""
        return self.state in ("paper out", "cover open", "error", "offline", "unplugged")


class Memory(msgspec.Struct, frozen=True):
    """What the machine must still know after a power cut, to give numbers without the hub and none of them twice."""

    view: MachineView | None = None
    day: str = ""  # YYYY-MM-DD to which `counts` belong
    counts: dict[str, int] = {}  # service letter → last count given
    guessed: bool = False  # the day, by a clock that the hub had not put right yet


# Inputs.


class ButtonMoved(Input, frozen=True, kw_only=True):
    """An edge of a service button, bounces included; not `fresh`: how it was found when the pins were opened."""

    letter: str
    down: bool
    fresh: bool = True


class ServiceChosen(Input, frozen=True, kw_only=True):
    """A citizen's wish that came without a bouncing contact: from a page. The rest as in `wire.messages.TakeTicket`."""

    letter: str
    more: tuple[str, ...] = ()
    priority: str = ""
    person: str = ""


class PrintEnded(Input, frozen=True, kw_only=True):
    number: str
    outcome: PrintOutcome
    reason: str = ""


class PrinterChanged(Input, frozen=True, kw_only=True):
    printer: Printer


class Restored(Input, frozen=True, kw_only=True):
    """First of all, once: what was remembered before the last restart; an empty Memory on a new board."""

    memory: Memory


class Remembered(Input, frozen=True, kw_only=True):
    """The answer to Remember. `ok`: it is on disk; else nothing changed there, for `reason`."""

    memory: Memory
    ok: bool
    reason: str = ""


# Effects.


class PrintSlip(msgspec.Struct, frozen=True):
    """Print, then answer with PrintEnded."""

    slip: Slip


class Remember(msgspec.Struct, frozen=True):
    """Write durably, then answer with Remembered."""

    memory: Memory


class ShowText(msgspec.Struct, frozen=True):
    """Words for the citizen at the machine."""

    text: str
