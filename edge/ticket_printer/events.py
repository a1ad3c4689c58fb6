"""What the parts tell the logic, and what the logic asks of the parts. Pure data."""

from typing import Literal, TypeAlias

import msgspec

from edge.runtime.device import Input
from wire.messages import MachineView, PrintOutcome, Slip

PrinterState: TypeAlias = Literal[
    "starting", "ready", "paper out", "cover open", "error", "offline", "mute", "unplugged"
]
ReaderState: TypeAlias = Literal["none", "starting", "ready", "mute", "unplugged"]
Doing: TypeAlias = Literal["idle", "card", "asking", "printing"]
Outcome: TypeAlias = PrintOutcome | Literal["", "shown"]


class Printer(msgspec.Struct, frozen=True):
    """`mute`: the port is open but nothing readable comes back: it may print or not, and is never called ready."""

    state: PrinterState = "starting"
    paper_low: bool = False
    detail: str = ""  # of an error: "cutter", "overheated" …; off-line because of "feed"

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


class PanelState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a page on the machine shows, whole, and sent whenever any of it changes.

    `ticket` and `words` are of the last wish; both are empty again when a new one begins, and a while after the last
    (settings, `clear_s`): the next citizen sees nothing of the one before.
    """

    view: MachineView | None = None  # services, priorities, hall; None: never heard from the hub, nothing to choose
    online: bool = False  # the hub listens; else tickets come from the machine's own series
    printer: Printer | None = None  # None: none is fitted, and a ticket is shown instead of printed
    reader: ReaderState = "none"
    scanner: ReaderState = "none"
    doing: Doing = "idle"  # "card": put your identity card on the reader; then asking the hub, then printing
    letter: str = ""  # of the service that is wanted; empty when idle and for a check-in
    name: str = ""  # masked, of the card that was read and is not forgotten yet
    ticket: Slip | None = None  # `ahead` below 0: not known
    outcome: Outcome = ""  # of `ticket`; "" while it is being printed, "shown" where there is no printer
    words: str = ""  # a refusal, trouble, what to do now: Chinese, English beside it
    pairing: str = ""  # a code, in place of everything: nobody knows this machine yet
    here: bool = False  # the hub asks where it is
    said: int = 0  # counts the words, so that the same ones said again are seen as new


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
    voice: bool = False


class WithoutCard(Input, frozen=True, kw_only=True):
    """While a card is asked for: the citizen has none. The hub decides whether there is a ticket all the same."""


class WishDropped(Input, frozen=True, kw_only=True):
    """While a card is asked for: back, I want something else. Also puts away words and a ticket that are shown."""


class CardRead(Input, frozen=True, kw_only=True):
    """An identity card lay on the reader. `person`: its number, checked; `name`: masked already."""

    person: str
    name: str


class CardUnreadable(Input, frozen=True, kw_only=True):
    """A card lay there, and was taken away too early or cannot be read."""


class CodeScanned(Input, frozen=True, kw_only=True):
    """A bar code or QR code that somebody held before the scanner, or typed on the page."""

    code: str


class ReaderChanged(Input, frozen=True, kw_only=True):
    state: ReaderState


class ScannerChanged(Input, frozen=True, kw_only=True):
    state: ReaderState


class PrintEnded(Input, frozen=True, kw_only=True):
    number: str
    outcome: PrintOutcome
    reason: str = ""


class OrderEnded(Input, frozen=True, kw_only=True):
    """The answer to RunTest. `text`: for a technician, in both languages."""

    order: str
    ok: bool
    text: str


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


class PrintPairing(msgspec.Struct, frozen=True):
    """Print the code of a machine that nobody knows. Nobody waits to hear of it."""

    code_shown: str


class RunTest(msgspec.Struct, frozen=True):
    """Try out "slip" (print one) or "reader" (ask how it is), then answer with OrderEnded. `order`: the hub's."""

    order: str
    test: str


class Remember(msgspec.Struct, frozen=True):
    """Write durably, then answer with Remembered."""

    memory: Memory


class ShowPanel(msgspec.Struct, frozen=True):
    """The page shows this from now on."""

    panel: PanelState
