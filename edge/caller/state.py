"""All that a caller's logic knows. Times are those of the inputs, in seconds."""

from typing import Any

import msgspec

from edge.caller.face import Display
from edge.caller.meaning import Order
from edge.caller.settings import CallerSettings
from edge.caller.trial import Trial
from edge.caller.words import Notice
from edge.protocols.ff68 import Frame
from edge.runtime.device import Effect
from edge.runtime.here import Here
from edge.runtime.keys import Keys
from wire.messages import Action, CallerView


class Pending(msgspec.Struct, frozen=True):
    """An action that has no answer yet."""

    action: Action
    since: float
    resend_at: float
    pressed_again: bool = False


class Entry(msgspec.Struct, frozen=True):
    """Digits without a verb so far."""

    text: str
    since: float


class Choice(msgspec.Struct, frozen=True):
    """An order that may have a reason: which?"""

    order: Order
    reasons: dict[str, str]  # by digit
    key: str  # that gave the order
    since: float


class Noticed(msgspec.Struct, frozen=True):
    notice: Notice
    since: float


class Said(msgspec.Struct, frozen=True):
    """The newest frame of the FF68 keypad; its repetitions get the same answer."""

    frame: Frame
    at: float
    answer: tuple[Any, ...]


class State(msgspec.Struct, frozen=True, kw_only=True):
    boot: str
    settings: CallerSettings
    keys: Keys
    online: bool = False
    view: CallerView | None = None
    pending: Pending | None = None
    entry: Entry | None = None
    choice: Choice | None = None
    noticed: Noticed | None = None
    trial: Trial | None = None
    last: tuple[str, float] = ("", float("-inf"))  # the newest press of an action's key
    said: Said | None = None
    here: Here | None = None  # it is to say where it is
    faults: dict[str, str] = {}  # part of the hardware → what ails it
    shown: Display | None = None
    presses: int = 0  # that counted: neither bounce, nor chord, nor stuck
    doubled: int = 0  # presses that came so soon after their like that they are the same
    sent: int = 0  # actions, not counting repetitions
    resent: int = 0
    refused: int = 0  # by the hub
    unclear: int = 0  # refused here: a number was missing, or an action was still pending
    unanswered: int = 0
    offline: int = 0  # presses while the hub was away
    tests: int = 0  # self-tests answered


Result = tuple[State, list[Effect]]
change = msgspec.structs.replace
