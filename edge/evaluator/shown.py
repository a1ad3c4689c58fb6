"""What follows from an evaluator's state for whoever looks at it: lamps, and a face where there is one. Pure."""

from math import ceil

import msgspec

from edge.evaluator import trial
from edge.evaluator.events import Face, Lamps, Reason
from edge.evaluator.state import Asking, Explaining, State, until
from edge.runtime.elapsed import is_over
from edge.runtime.here import Here
from wire.reasons import REASONS

_HAIR_S = 1e-3  # moments that meet may miss each other by less


def lamps(state: State) -> Lamps:
    if state.explaining is not None:
        return Lamps(blinking=(state.explaining.rating.level,))
    if state.thanks is not None:
        return Lamps(blinking=(state.thanks.level,))
    if state.asking is not None:
        return Lamps(lit=tuple(sorted((int(level) for level in state.settings.keys), reverse=True)))
    if state.trial is not None:
        return trial.lamps(state, state.trial)
    if state.nobody_asked is not None:
        return Lamps(lit=(state.nobody_asked.level,))
    if state.here is not None:
        return _running(state, state.here)
    return Lamps()


def _running(state: State, here: Here) -> Lamps:
    """One lamp after another; a single one blinks."""
    wired = sorted(map(int, state.settings.lamps), reverse=True)
    if not wired or not state.settings.has_keys or (len(wired) == 1 and not here.is_lit):
        return Lamps()
    return Lamps(lit=(wired[here.half % len(wired)],))


def face(state: State, at: float) -> Face:
    idle = msgspec.structs.replace(_at_rest(state, at), here=state.here is not None)
    if state.explaining is not None:
        return _explaining(idle, state, state.explaining, at)
    if state.thanks is not None:
        return msgspec.structs.replace(idle, step="thanks", level=state.thanks.level)
    if state.asking is not None:
        return _asking(idle, state, state.asking, at)
    if state.trial is not None:
        return trial.face(idle, state.settings, state.trial)
    if state.nobody_asked is not None:
        return msgspec.structs.replace(idle, step="unasked", level=state.nobody_asked.level)
    if state.here is not None and not state.here.is_lit and state.settings.driver == "ff68":
        return msgspec.structs.replace(idle, stars=0)
    return idle


def next_second(state: State) -> float:
    """When the countdown on the page goes on; infinite where none runs."""
    if state.settings.touch_page is None or state.face is None:
        return float("inf")
    if state.asking is not None:
        return until(state.asking, state.settings) - (state.face.left_s - 1)
    if state.explaining is not None:
        return state.explaining.since + state.settings.reasons_s - (state.face.left_s - 1)
    return float("inf")


def nobody_known_by(state: State) -> float:
    """When it is too long ago that the hub said who sits here; infinite while it is there to say so."""
    return float("inf") if state.away_since is None else state.away_since + state.settings.hold_s


def _at_rest(state: State, at: float) -> Face:
    view, away_since = state.view, state.away_since
    if view is None:
        return Face(step="idle", online=state.online)
    if away_since is not None and is_over(away_since, state.settings.hold_s, at):
        return Face(step="idle", counter_name=view.counter_name)
    return Face(
        step="idle",
        phase=view.phase,
        counter_name=view.counter_name,
        clerk=view.clerk,
        clerk_name=view.clerk_name,
        online=state.online,
    )


def _asking(idle: Face, state: State, asking: Asking, at: float) -> Face:
    return msgspec.structs.replace(
        idle,
        step="ask",
        ask=asking.ask.id,
        number=asking.ask.number,
        left_s=_seconds(until(asking, state.settings) - at, state),
        again=asking.again,
    )


def _explaining(idle: Face, state: State, explaining: Explaining, at: float) -> Face:
    rating = explaining.rating
    return msgspec.structs.replace(
        idle,
        step="reasons",
        ask=rating.ask,
        level=rating.level,
        left_s=_seconds(explaining.since + state.settings.reasons_s - at, state),
        reasons=tuple(Reason(code, *names) for code, names in REASONS[rating.level].items()),
        ticked=explaining.ticked,
    )


def _seconds(left: float, state: State) -> int:
    """Only a page counts down."""
    return max(1, ceil(left - _HAIR_S)) if state.settings.touch_page is not None else 0
