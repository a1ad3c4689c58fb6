"""The state of the machine's mind, and the small steps that all of its concerns take."""

from datetime import datetime, timedelta, timezone
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from edge.runtime.device import Context, Effect
from edge.runtime.elapsed import is_over
from edge.runtime.here import Here
from edge.ticket_printer.events import (
    Memory,
    Outcome,
    PanelState,
    Printer,
    ReaderState,
    ServiceChosen,
)
from edge.ticket_printer.settings import Settings
from wire.messages import CheckIn, MachineView, PrintOutcome, Slip, TakeTicket


class Identity(msgspec.Struct, frozen=True):
    """Of the card that was read last. `person`: its number; `name`: masked. Forgotten when used, or too old."""

    person: str
    name: str
    at: float


class Carding(msgspec.Struct, frozen=True):
    """The citizen of a real-name service is to put a card on the reader, since `since`."""

    wish: ServiceChosen
    since: float


class Asking(msgspec.Struct, frozen=True):
    """The hub has been asked, or would have been, at `since`. `name`: masked, for the slip."""

    request: TakeTicket | CheckIn
    since: float
    name: str = ""
    resent: bool = False


class Saving(msgspec.Struct, frozen=True):
    """The own series is on its way to the disk, since `since`; nothing is printed before it is there."""

    slip: Slip
    memory: Memory
    instead_of: str
    since: float


class Printing(msgspec.Struct, frozen=True):
    number: str
    since: float
    issued: str = ""  # the id of its Issued, for a number of the own series
    order: str = ""  # the hub's, for a ticket that was given elsewhere


Making: TypeAlias = Carding | Asking | Saving | Printing | None


class Ordered(msgspec.Struct, frozen=True):
    order: str  # the hub's
    test: str
    since: float


class State(msgspec.Struct, frozen=True):
    context: Context
    settings: Settings
    count: int = 0  # of ids used
    up: bool = False
    printer: Printer = Printer()
    reader: ReaderState = "none"
    scanner: ReaderState = "none"
    memory: Memory | None = None  # None: not restored; then no own numbers are given
    view: MachineView | None = None
    sure: bool = False  # of the day: since the start, the hub has named one, and the clock here agreed
    making: Making = None
    identity: Identity | None = None
    given_up: str = ""  # the id of a CheckIn whose answer came not in time
    testing: Ordered | None = None
    buttons: dict[str, tuple[bool, float]] = {}  # service letter → down?, since when
    last_tap: tuple[str, float] = ("", float("-inf"))
    here: Here | None = None  # it is to say where it is
    ticket: Slip | None = None  # the last one, and what became of it
    outcome: Outcome = ""
    words: str = ""  # to the citizen
    said: int = 0
    told_at: float = float("-inf")  # when ticket or words were last shown
    panel: PanelState | None = None  # as the page shows it
    troubles: int = 0  # with the printer, and the last of them
    last_trouble: str = ""
    card_reads: int = 0
    scans: int = 0
    outcomes: dict[PrintOutcome, int] = {}
    own_numbers: int = 0


Step: TypeAlias = tuple[State, list[Effect]]


def say(state: State, words: str, at: float) -> State:
    """To the citizen, who is then free to try something else."""
    return replace(state, making=None, words=words, said=state.said + 1, told_at=at)


def is_free(state: State) -> bool:
    """For a wish: whoever is only asked for a card may still want something else."""
    return state.making is None or isinstance(state.making, Carding)


def is_double(state: State, wish: str, at: float) -> bool:
    """The same letter, or code, again within a moment."""
    last, when = state.last_tap
    return wish == last and 0 <= at - when < state.settings.double_tap_s


def begin(state: State) -> State:
    """A new wish: what was said and shown about the last one goes."""
    return replace(state, words="", ticket=None, outcome="")


def forget(state: State, at: float) -> State:
    """What is not to be known, or seen, any longer."""
    if state.identity is not None and is_over(state.identity.at, state.settings.identity_s, at):
        state = replace(state, identity=None)
    if (state.words or state.ticket) and state.making is None and is_over(state.told_at, state.settings.clear_s, at):
        state = begin(state)
    return state


def next_id(state: State) -> tuple[State, str]:
    state = replace(state, count=state.count + 1)
    return state, f"{state.context.boot}-{state.count}"


def wall(state: State, at: float) -> datetime:
    """`at` on the hall's own clock."""
    return datetime.fromtimestamp(at, timezone(timedelta(hours=state.settings.utc_offset_h)))


def date(state: State, at: float) -> str:
    return f"{wall(state, at):%Y-%m-%d}"
