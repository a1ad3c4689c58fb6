"""The state of a repeater, and what all of its rules do with it. Pure."""

from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

from edge.protocols import ff68, ff68_keys
from edge.repeater.events import Transmit
from edge.repeater.handset import Handset
from edge.repeater.settings import Settings
from edge.runtime.device import Context, Effect

_ANSWER_S = 10.0  # a press that the hub has not answered by then counts for nothing any more

replaced = msgspec.structs.replace


class Relay(msgspec.Struct, frozen=True):
    """A message under way to the hub."""

    address: int
    until: float
    press: bool  # a key: its clerk is told when no answer comes; a rating's citizen has gone


class Trial(msgspec.Struct, frozen=True):
    """A self-test under way: what was sent to whom, and who gave it back, with how strong a signal."""

    order: str
    test: str
    until: float
    sent: dict[int, ff68.Frame]
    echoed: dict[int, int | None] = {}
    busy: tuple[int, ...] = ()  # in somebody's hands just now: left in peace


class State(msgspec.Struct, frozen=True, kw_only=True):
    context: Context
    settings: Settings
    at: float = 0.0  # of the newest input
    link_up: bool = False
    port_open: bool = False
    count: int = 0  # messages sent
    handsets: dict[int, Handset] = {}
    under_way: dict[str, Relay] = {}  # by the message's id
    trial: Trial | None = None
    strangers: int = 0  # frames of addresses that are not ours
    stranger: int | None = None  # the newest such address
    strangers_dropped: int = 0  # of them, those that came too fast to be looked at
    strangers_allowance: float = 0.0  # frames that they may send at once, at `strangers_at`
    strangers_at: float = 0.0
    refused: int = 0  # by the hub
    unanswered: int = 0  # presses
    beeps: int = 0


Result: TypeAlias = tuple[State, tuple[Effect, ...]]


def keep(state: State, handset: Handset) -> State:
    return replaced(state, handsets={**state.handsets, handset.address: handset})


def beep(state: State, address: int) -> Result:
    return replaced(state, beeps=state.beeps + 1), (Transmit(ff68_keys.beep(address), urgent=True),)


def next_id(state: State) -> tuple[State, str]:
    return replaced(state, count=state.count + 1), f"{state.context.boot}-{state.count + 1}"


def relayed(state: State, ident: str, address: int, at: float, *, press: bool) -> State:
    """With a message under way to the hub."""
    return replaced(state, under_way={**state.under_way, ident: Relay(address, at + _ANSWER_S, press)})


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
