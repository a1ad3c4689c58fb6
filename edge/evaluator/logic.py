"""The evaluator's state machine: idle → asking → (reasons) → thanks, and at most one rating for what it was asked."""

import msgspec

from edge.evaluator import shown, trial, wired
from edge.evaluator.events import Chosen, Examined, Finished, Heard, KeyDown, KeyUp, PortChanged, Sized, Ticked
from edge.evaluator.settings import EvaluatorSettings
from edge.evaluator.state import Asking, Explaining, Shown, State, moment, next_id, until
from edge.protocols import ff68_keys
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, NotTaken, ReportHealth, Send
from edge.runtime.elapsed import is_over, was_put_back
from edge.runtime.keys import Keys
from wire.base import Fact
from wire.messages import EvaluatorView, Rating, RatingReasons, Reply, SelfTest
from wire.reasons import REASONS

_Result = tuple[State, list[Effect]]
_with = msgspec.structs.replace


def start(context: Context, settings: EvaluatorSettings) -> State:
    on_cable = wired.Wired(settings=settings.ff68) if settings.driver == "ff68" else None
    keys = Keys(settings.debounce_s, settings.stuck_s)
    return State(boot=context.boot, settings=settings, keys=keys, wired=on_cable)


def react(state: State, event: Input) -> _Result:
    """What is shown follows from the state alone, and comes last: no thanks before the rating is journaled."""
    before = state.keys.stuck
    state, overdue = _elapse(state, event.at)
    state, effects = _happen(state, event)
    state, begun = _begin(state, event.at)
    effects = [*overdue, *effects, *begun]
    if set(state.keys.stuck) - set(before):
        effects.append(ReportHealth())
    return _show(state, event.at, effects)


def wake_at(state: State) -> float | None:
    settings = state.settings
    due = [state.keys.wake_at(), shown.next_second(state)]
    if state.asking is not None:
        due.append(until(state.asking, settings))
    if state.explaining is not None:
        due.append(state.explaining.since + settings.reasons_s)
    if state.thanks is not None:
        due.append(state.thanks.since + settings.thanks_s)
    if state.nobody_asked is not None:
        due.append(state.nobody_asked.since + settings.no_s)
    if state.trial is not None:
        due.append(trial.wake_at(state.trial))
    if state.wired is not None and state.wired.is_open:
        due.append(state.wired.send_at)
    if state.face is not None and state.face.phase:
        due.append(shown.nobody_known_by(state))
    first = min(due)
    return None if first == float("inf") else first


def busy(state: State) -> bool:
    """A citizen is asked, or is telling why; or hardware is being tried out."""
    return state.asking is not None or state.explaining is not None or state.trial is not None


def facts(state: State) -> dict[str, Fact]:
    return {
        "presses": state.presses,
        "ratings": state.ratings,
        "explained": state.explained,
        "unasked": state.unasked,
        "ran_out": state.ran_out,
        "refused": state.refused,
        "asking": "" if state.asking is None else state.asking.ask.number,
        "stuck_keys": " ".join(state.keys.stuck),
        **({} if state.wired is None else wired.facts(state.wired)),
    }


def _happen(state: State, event: Input) -> _Result:
    match event:
        case KeyDown():
            return _contact(state, event)
        case KeyUp():
            return _with(state, keys=state.keys.up(str(event.level), event.at)), []
        case Chosen():
            return _chosen(state, event)
        case Heard():
            return _heard(state, event)
        case PortChanged(is_open=is_open) if state.wired is not None:
            return _with(state, wired=wired.changed(state.wired, is_open, event.at)), [ReportHealth()]
        case Ticked():
            return _ticked(state, event), []
        case Finished(ask=ask) if state.explaining is not None and ask == state.explaining.rating.ask:
            return _finish(state, event.at)
        case Sized():
            return trial.sized(state, event), []
        case Examined():
            return trial.examined(state, event)
        case Arrived(message=EvaluatorView() as view):
            return _told(state, view), []
        case Arrived(message=SelfTest() as order):
            return trial.begin(state, order, event.at)
        case Arrived(message=Reply() as reply):
            return _answered(state, reply, event.at), []
        case NotTaken(id=ident):
            return _not_kept(state, ident), []
        case LinkChanged(up=up):
            return _with(state, online=up, away_since=None if up else state.away_since or event.at), []
    return state, []


def _show(state: State, at: float, effects: list[Effect]) -> _Result:
    lamps = shown.lamps(state)
    if lamps != state.lamps:
        state = _with(state, lamps=lamps)
        effects.append(lamps)
    if state.settings.has_face and (face := shown.face(state, at)) != state.face:
        state = _with(state, face=face)
        effects.append(face)
    if state.wired is not None and state.face is not None:
        on_cable, frames = wired.tended(state.wired, state.face, at)
        state, effects = _with(state, wired=on_cable), [*effects, *frames]
    return state, effects


# What time alone changes.


def _elapse(state: State, at: float) -> _Result:
    settings = state.settings
    state = _with(state, keys=state.keys.settled(at))
    if state.thanks is not None and is_over(state.thanks.since, settings.thanks_s, at):
        state = _with(state, thanks=None)
    if state.nobody_asked is not None and is_over(state.nobody_asked.since, settings.no_s, at):
        state = _with(state, nobody_asked=None)
    state, effects = trial.elapse(_asked_on(state, at), at)
    if state.explaining is not None and is_over(state.explaining.since, settings.reasons_s, at):
        state, reasons = _finish(state, at)
        effects += reasons
    return state, effects


def _asked_on(state: State, at: float) -> State:
    asking = state.asking
    if asking is None:
        return state
    if at >= until(asking, state.settings):
        return _with(state, asking=None, closed=asking.ask.id, ran_out=state.ran_out + 1)
    return _with(state, asking=_with(asking, since=at)) if was_put_back(asking.since, at) else state


def _begin(state: State, at: float) -> _Result:
    """Ask what the view asks, once the thanks for the last one are over: a second press is not for the next citizen."""
    ask = None if state.view is None else state.view.ask
    if ask is None or ask.id == state.closed or state.asking is not None or state.thanks is not None:
        return state, []
    if state.explaining is not None:
        return _finish(state, at)
    asking = Asking(ask, at, again=state.given is not None and state.given.ask == ask.id)
    if at >= until(asking, state.settings):
        return _with(state, closed=ask.id, ran_out=state.ran_out + 1), []
    return trial.interrupt(_with(state, asking=asking, nobody_asked=None), at)


# The hub.


def _told(state: State, view: EvaluatorView) -> State:
    """Another ask takes the place of the one that is shown; the same one keeps its beginning; none ends it."""
    asking = state.asking
    if asking is not None:
        same = view.ask is not None and view.ask.id == asking.ask.id
        asking = _with(asking, ask=view.ask) if same else None
    return _with(state, view=view, asking=asking)


def _answered(state: State, reply: Reply, at: float) -> State:
    given = state.given if state.given is not None and reply.to == state.given.id else None
    if not reply.ok:
        state = _with(state, refused=state.refused + 1)
        return state if given is None or state.explaining is None else _thank(state, given, at)
    # That the hub has the rating is news only where it could not be journaled, and so its ask went on.
    still_asked = given is not None and state.asking is not None and state.asking.ask.id == given.ask
    return _thank(state, given, at) if still_asked and given else state


def _not_kept(state: State, ident: str) -> State:
    """What was to be shown after it was not: it is shown anew. A rating is asked for again, if the view still asks."""
    on_cable = None if state.wired is None else wired.forgotten(state.wired)
    state = _with(state, lamps=None, face=None, wired=on_cable)
    if state.given is None or ident != state.given.id:
        return state
    return _with(state, closed="", thanks=None, explaining=None)


# The citizen.


def _contact(state: State, event: KeyDown) -> _Result:
    keys, counts = state.keys.down(str(event.level), event.at)
    state = _with(state, keys=keys)
    if not (counts and event.fresh):
        return state, []
    return _press(_with(state, presses=state.presses + 1), event.level, event.at)


def _heard(state: State, event: Heard) -> _Result:
    """An evaluator of the market is answered once its rating is on disk; a press that nobody asked for is beeped at."""
    if state.wired is None:
        return state, []
    on_cable, press, effects = wired.heard(state.wired, event.frame, event.at)
    level = None if press is None else ff68_keys.level(press)
    if press is None or level is None:
        return _with(state, wired=on_cable), effects
    known = state.asking is not None or (state.thanks is not None and state.thanks.level == level)
    answer = ff68_keys.acknowledgement(press) if known else ff68_keys.beep(press.address)
    on_cable, answers = wired.answered(on_cable, answer)
    state, rated = _press(_with(state, wired=on_cable, presses=state.presses + 1), level, event.at)
    return state, [*effects, *rated, *answers]


def _chosen(state: State, event: Chosen) -> _Result:
    """A page says which ask it showed; what it showed a moment ago is not rated any more."""
    if event.level not in REASONS:
        return state, []
    if state.asking is None or event.ask != state.asking.ask.id:
        return state if event.ask == state.closed else _with(state, unasked=state.unasked + 1), []
    return _press(state, event.level, event.at, explains=state.settings.reasons_s > 0)


def _press(state: State, level: int, at: float, *, explains: bool = False) -> _Result:
    if state.thanks is not None or state.explaining is not None:
        return state, []
    asking = state.asking
    if asking is None:
        return _with(state, nobody_asked=Shown(level, at), unasked=state.unasked + 1), []
    state, ident = next_id(state)
    rating = Rating(id=ident, ask=asking.ask.id, level=level, at=moment(at))
    state = _thank(_with(state, given=rating, ratings=state.ratings + 1), rating, at)
    if explains:
        state = _with(state, thanks=None, explaining=Explaining(rating, at))
    return state, [Send(rating, durable=True)]


def _ticked(state: State, event: Ticked) -> State:
    explaining = state.explaining
    if explaining is None or event.ask != explaining.rating.ask or event.code not in REASONS[explaining.rating.level]:
        return state
    others = tuple(code for code in explaining.ticked if code != event.code)
    ticked = (*others, event.code) if event.on else others
    return _with(state, explaining=_with(explaining, ticked=ticked, since=event.at))


def _finish(state: State, at: float) -> _Result:
    """What was ticked goes, also where nobody said that this is all."""
    explaining = state.explaining
    assert explaining is not None
    rating = explaining.rating
    state = _thank(state, rating, at)
    if not explaining.ticked:
        return state, []
    state, ident = next_id(_with(state, explained=state.explained + 1))
    reasons = RatingReasons(
        id=ident, rating=rating.id, ask=rating.ask, level=rating.level, reasons=explaining.ticked, at=moment(at)
    )
    return state, [Send(reasons, durable=True)]


def _thank(state: State, given: Rating, at: float) -> State:
    return _with(
        state,
        asking=None,
        explaining=None,
        closed=given.ask,
        thanks=Shown(given.level, at),
        nobody_asked=None,
    )
