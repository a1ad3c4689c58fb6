"""The evaluator's state machine: idle → asking → thanks, and at most one rating for what it was asked."""

from datetime import UTC, datetime

import msgspec

from edge.evaluator.settings import EvaluatorSettings
from edge.runtime.device import Arrived, Context, Effect, Input, NotTaken, ReportHealth, Send
from edge.runtime.elapsed import is_over, was_put_back
from edge.runtime.keys import Keys
from wire.messages import Ask, EvaluatorView, Fact, Rating, Reply


class KeyDown(Input, frozen=True, kw_only=True):
    """An edge of a contact, bounces and all. `fresh` is false for a key found down when the driver started."""

    level: int
    fresh: bool = True


class KeyUp(Input, frozen=True, kw_only=True):
    level: int


class Lamps(msgspec.Struct, frozen=True):
    """Which levels' lamps are lit and which blink from now on; all others are dark."""

    lit: tuple[int, ...] = ()
    blinking: tuple[int, ...] = ()


class Asking(msgspec.Struct, frozen=True):
    """`since`: when this device began to ask."""

    ask: Ask
    since: float


class Shown(msgspec.Struct, frozen=True):
    """One lamp for a while: thanks for that level, or "nobody asked"."""

    level: int
    since: float


class State(msgspec.Struct, frozen=True, kw_only=True):
    boot: str
    settings: EvaluatorSettings
    keys: Keys
    view: EvaluatorView | None = None
    asking: Asking | None = None
    thanks: Shown | None = None
    nobody_asked: Shown | None = None
    given: Rating | None = None  # the last one
    closed: str = ""  # the last ask that was rated or ran out: it is not asked again, however often its view comes
    lamps: Lamps | None = None  # as performed last
    presses: int = 0  # that counted: neither bounce, nor chord, nor stuck
    ratings: int = 0
    unasked: int = 0  # presses while nothing was asked
    ran_out: int = 0  # asks that nobody answered
    refused: int = 0  # by the hub, which may know a rating for that ticket already


def start(context: Context, settings: EvaluatorSettings) -> State:
    return State(boot=context.boot, settings=settings, keys=Keys(settings.debounce_s, settings.stuck_s))


def react(state: State, event: Input) -> tuple[State, list[Effect]]:
    """The lamps follow from the state alone; their effect comes last: no thanks before the rating is journaled."""
    before = state.keys.stuck
    state = _elapse(state, event.at)
    effects: list[Effect] = []
    match event:
        case KeyDown():
            state, effects = _contact(state, event)
        case KeyUp():
            state = msgspec.structs.replace(state, keys=state.keys.up(str(event.level), event.at))
        case Arrived(message=EvaluatorView() as view):
            state = _told(state, view)
        case Arrived(message=Reply(ok=False)):
            state = msgspec.structs.replace(state, refused=state.refused + 1)
        case Arrived(message=Reply(to=ident)) if state.given is not None and ident == state.given.id:
            state = _taken(state, state.given, event.at)
        case NotTaken(id=ident) if state.given is not None and ident == state.given.id:
            state = msgspec.structs.replace(state, closed="", thanks=None)  # what the view asks is asked again
    state = _begin(state, event.at)
    if set(state.keys.stuck) - set(before):
        effects.append(ReportHealth())
    lamps = _lamps(state)
    if lamps != state.lamps:
        state = msgspec.structs.replace(state, lamps=lamps)
        effects.append(lamps)
    return state, effects


def wake_at(state: State) -> float | None:
    due = [state.keys.wake_at()]
    if state.asking is not None:
        due.append(_until(state.asking, state.settings))
    if state.thanks is not None:
        due.append(state.thanks.since + state.settings.thanks_s)
    if state.nobody_asked is not None:
        due.append(state.nobody_asked.since + state.settings.no_s)
    first = min(due)
    return None if first == float("inf") else first


def facts(state: State) -> dict[str, Fact]:
    return {
        "presses": state.presses,
        "ratings": state.ratings,
        "unasked": state.unasked,
        "ran_out": state.ran_out,
        "refused": state.refused,
        "asking": "" if state.asking is None else state.asking.ask.number,
        "stuck_keys": " ".join(state.keys.stuck),
    }


def _elapse(state: State, at: float) -> State:
    """What time alone changes."""
    settings = state.settings
    state = msgspec.structs.replace(state, keys=state.keys.settled(at))
    if state.thanks is not None and is_over(state.thanks.since, settings.thanks_s, at):
        state = msgspec.structs.replace(state, thanks=None)
    if state.nobody_asked is not None and is_over(state.nobody_asked.since, settings.no_s, at):
        state = msgspec.structs.replace(state, nobody_asked=None)
    asking = state.asking
    if asking is None:
        return state
    if at >= _until(asking, settings):
        return msgspec.structs.replace(state, asking=None, closed=asking.ask.id, ran_out=state.ran_out + 1)
    if was_put_back(asking.since, at):
        return msgspec.structs.replace(state, asking=Asking(asking.ask, at))
    return state


def _begin(state: State, at: float) -> State:
    """Ask what the view asks, once the thanks for the last one are over: a second press is not for the next citizen."""
    ask = None if state.view is None else state.view.ask
    if ask is None or ask.id == state.closed or state.asking is not None or state.thanks is not None:
        return state
    asking = Asking(ask, at)
    if at >= _until(asking, state.settings):
        return msgspec.structs.replace(state, closed=ask.id, ran_out=state.ran_out + 1)
    return msgspec.structs.replace(state, asking=asking, nobody_asked=None)


def _told(state: State, view: EvaluatorView) -> State:
    """Another ask takes the place of the one that is shown; the same one keeps its beginning; none ends it."""
    asking = state.asking
    if asking is not None:
        same = view.ask is not None and view.ask.id == asking.ask.id
        asking = Asking(view.ask, asking.since) if same and view.ask is not None else None
    return msgspec.structs.replace(state, view=view, asking=asking)


def _contact(state: State, event: KeyDown) -> tuple[State, list[Effect]]:
    keys, counts = state.keys.down(str(event.level), event.at)
    state = msgspec.structs.replace(state, keys=keys)
    if not (counts and event.fresh):
        return state, []
    return _press(msgspec.structs.replace(state, presses=state.presses + 1), event.level, event.at)


def _press(state: State, level: int, at: float) -> tuple[State, list[Effect]]:
    if state.thanks is not None:
        return state, []
    asking = state.asking
    if asking is None:
        return msgspec.structs.replace(state, nobody_asked=Shown(level, at), unasked=state.unasked + 1), []
    ratings = state.ratings + 1
    rating = Rating(id=f"{state.boot}-{ratings}", ask=asking.ask.id, level=level, at=datetime.fromtimestamp(at, UTC))
    state = _thank(msgspec.structs.replace(state, given=rating, ratings=ratings), rating, at)
    return state, [Send(rating, durable=True)]


def _taken(state: State, given: Rating, at: float) -> State:
    """The hub has the rating. That is news only where it could not be journaled, and so its ask went on."""
    still_asked = state.asking is not None and state.asking.ask.id == given.ask
    return _thank(state, given, at) if still_asked else state


def _thank(state: State, given: Rating, at: float) -> State:
    return msgspec.structs.replace(
        state, asking=None, closed=given.ask, thanks=Shown(given.level, at), nobody_asked=None
    )


def _until(asking: Asking, settings: EvaluatorSettings) -> float:
    return min(asking.ask.until.timestamp(), asking.since + settings.ask_s_max)


def _lamps(state: State) -> Lamps:
    if state.thanks is not None:
        return Lamps(blinking=(state.thanks.level,))
    if state.asking is not None:
        return Lamps(lit=tuple(sorted((int(level) for level in state.settings.keys), reverse=True)))
    if state.nobody_asked is not None:
        return Lamps(lit=(state.nobody_asked.level,))
    return Lamps()
