"""What an evaluator knows. Times are those of the inputs, in seconds since 1970 by the hub's clock."""

from datetime import UTC, datetime

import msgspec

from edge.evaluator.events import Face, Lamps, Test
from edge.evaluator.settings import EvaluatorSettings
from edge.evaluator.wired import Wired
from edge.runtime.here import Here
from edge.runtime.keys import Keys
from wire.messages import Ask, EvaluatorView, Rating


class Asking(msgspec.Struct, frozen=True):
    """`since`: when this device began to ask. `again`: a press could not be kept, and so it still asks."""

    ask: Ask
    since: float
    again: bool = False


class Explaining(msgspec.Struct, frozen=True):
    """The rating is given; why, may be ticked. `since`: the last touch."""

    rating: Rating
    since: float
    ticked: tuple[str, ...] = ()


class Shown(msgspec.Struct, frozen=True):
    """One level for a while: thanks for it, or "nobody asked"."""

    level: int
    since: float


class Trial(msgspec.Struct, frozen=True):
    """A self-test that the hub ordered, in `step` of its show. `examined_at`: when the hardware was asked."""

    order: str
    test: Test
    since: float
    step: int = 0
    examined_at: float | None = None
    size: str = ""  # of the page, as it said


class State(msgspec.Struct, frozen=True, kw_only=True):
    boot: str
    settings: EvaluatorSettings
    keys: Keys
    view: EvaluatorView | None = None
    online: bool = False
    away_since: float | None = None  # when the hub went away
    asking: Asking | None = None
    explaining: Explaining | None = None
    thanks: Shown | None = None
    nobody_asked: Shown | None = None
    trial: Trial | None = None
    given: Rating | None = None  # the last one
    closed: str = ""  # the last ask that was rated or ran out: it is not asked again, however often its view comes
    wired: Wired | None = None  # where that is what is pressed
    here: Here | None = None  # it is to say where it is
    lamps: Lamps | None = None  # as performed last
    face: Face | None = None  # likewise
    sent: int = 0  # messages, for their ids
    presses: int = 0  # of keys, that counted: neither bounce, nor chord, nor stuck
    ratings: int = 0
    explained: int = 0  # ratings with reasons
    unasked: int = 0  # presses while nothing was asked
    ran_out: int = 0  # asks that nobody answered
    refused: int = 0  # by the hub, which may know a rating for that ticket already


def until(asking: Asking, settings: EvaluatorSettings) -> float:
    """When it stops asking."""
    return min(asking.ask.until.timestamp(), asking.since + settings.ask_s_max)


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def next_id(state: State) -> tuple[State, str]:
    state = msgspec.structs.replace(state, sent=state.sent + 1)
    return state, f"{state.boot}-{state.sent}"
