"""What a window display shows: the counter's state, a call blinking, and never a number that may be wrong. Pure."""

import math
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

from edge.led_window.settings import Settings
from edge.runtime.cells import text_width
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, ReportHealth
from wire.messages import Fact, WindowView

_RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_SCROLL_DOTS = 2  # dots a step
_NEVER = math.inf


class DisplayChanged(Input, frozen=True, kw_only=True):
    """The driver could not reach the display; "" when it can again."""

    error: str = ""


class Show(msgspec.Struct, frozen=True):
    """Effect: this text, centred. `large`: a ticket number. `lit` false: dark, in the middle of blinking.

    `shift`: dots by which a text that is wider than the display has moved to the left.
    """

    text: str
    large: bool = False
    lit: bool = True
    shift: int = 0


class Refresh(msgspec.Struct, frozen=True):
    """Effect: set the chips up again, or open the display again if it could not be reached."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    settings: Settings
    view: WindowView | None = None
    up: bool = False
    away: bool = True  # nothing certain is known: the neutral text is shown
    away_at: float = _NEVER  # when that will be so, the link being down
    heard_at: float = -_NEVER  # when the view arrived
    called_at: float = -_NEVER
    show: Show | None = None
    text_at: float = 0.0  # since when `show.text` is shown
    frames: int = 0
    refresh_at: float = _NEVER
    refreshed_at: float | None = None
    error: str = ""
    failures: int = 0
    wake_at: float = 0.0


Step: TypeAlias = tuple[State, list[Effect]]


def start(context: Context, settings: Settings) -> State:
    return State(settings=settings)


def wake_at(state: State) -> float | None:
    return state.wake_at


def facts(state: State) -> dict[str, Fact]:
    refreshed = state.refreshed_at
    return {
        "text": state.show.text if state.show else "",
        "phase": state.view.phase if state.view else "",
        "link": "away" if state.away else "up" if state.up else "holding",
        "frames": state.frames,
        "refreshed_at": datetime.fromtimestamp(refreshed, UTC).isoformat() if refreshed is not None else None,
    }


def react(state: State, event: Input) -> Step:
    effects: list[Effect] = []
    match event:
        case Arrived(message=WindowView() as view):
            state = _viewed(state, view, event.at)
        case LinkChanged(up=up):
            state = _linked(state, up, event.at)
        case DisplayChanged(error=error):
            state, effects = _display_changed(state, error, event.at)
    state = _aged(state, event.at)
    state, refreshing = _refreshed(state, event.at)
    state, showing = _shown(state, event.at)
    return state, effects + refreshing + showing


def _viewed(state: State, view: WindowView, at: float) -> State:
    called_at = at if _is_new_call(state.view, view) else state.called_at if view.phase == "called" else -_NEVER
    return msgspec.structs.replace(state, view=view, heard_at=at, called_at=called_at)


def _is_new_call(before: WindowView | None, view: WindowView) -> bool:
    """Another number, or the same once more. Not the undoing of a recall or of the service's start."""
    if view.phase != "called":
        return False
    return before is None or before.number != view.number or before.calls < view.calls


def _linked(state: State, up: bool, at: float) -> State:
    away_at = _NEVER if up or state.away else min(state.away_at, at + state.settings.hold_s)
    return msgspec.structs.replace(state, up=up, away_at=away_at)


def _aged(state: State, at: float) -> State:
    """Forget what is too old; believe again once the link is up and a view came with it, in whichever order."""
    if at >= state.away_at:
        return msgspec.structs.replace(state, away=True, away_at=_NEVER, heard_at=-_NEVER)
    if state.away and state.up and abs(at - state.heard_at) <= state.settings.hold_s:
        return msgspec.structs.replace(state, away=False)
    return state


def _display_changed(state: State, error: str, at: float) -> Step:
    news: list[Effect] = [ReportHealth()] if error != state.error else []
    if not error:
        return msgspec.structs.replace(state, error="", failures=0), news
    retry_s = _RETRY_S[min(state.failures, len(_RETRY_S) - 1)]
    state = msgspec.structs.replace(state, error=error, failures=state.failures + 1, refresh_at=at + retry_s)
    return state, news


def _refreshed(state: State, at: float) -> Step:
    """Never further ahead than `refresh_s`, wherever the clock was when the moment was chosen."""
    latest = at + state.settings.refresh_s
    if at < state.refresh_at:
        return msgspec.structs.replace(state, refresh_at=min(state.refresh_at, latest)), []
    return msgspec.structs.replace(state, refresh_at=latest, refreshed_at=at), [Refresh()]


def _shown(state: State, at: float) -> Step:
    """Draw what has changed, and choose when to look again."""
    text, large = _words(state)
    if state.show is None or state.show.text != text:
        state = msgspec.structs.replace(state, text_at=at)
    lit, blink_at = (True, _NEVER) if state.away else _blink(state, at)
    shift, scroll_at = _scroll(state, text, at)
    show = Show(text, large, lit, shift)
    wake = max(min(blink_at, scroll_at, state.away_at, state.refresh_at), at + 0.001)  # never the same moment again
    if show == state.show:
        return msgspec.structs.replace(state, wake_at=wake), []
    return msgspec.structs.replace(state, wake_at=wake, show=show, frames=state.frames + 1), [show]


def _words(state: State) -> tuple[str, bool]:
    """The text, and whether it is a ticket number."""
    view, settings = state.view, state.settings
    if view is None or state.away:
        return settings.away_text, False
    match view.phase:
        case "called" | "serving":
            return (view.number, True) if view.number else (view.counter_name, False)
        case "paused":
            return settings.paused_text, False
        case "closed":
            return settings.closed_text, False
        case "idle":
            return view.idle_text or view.counter_name, False


def _blink(state: State, at: float) -> tuple[bool, float]:
    """Whether the number is lit, and when that changes: lit first, so that a call is seen at once."""
    elapsed, half = at - state.called_at, state.settings.blink_half_s
    if not 0 <= elapsed < state.settings.blink_s:
        return True, _NEVER
    phase = int(elapsed / half)
    return phase % 2 == 0, state.called_at + min((phase + 1) * half, state.settings.blink_s)


def _scroll(state: State, text: str, at: float) -> tuple[int, float]:
    """How far the text has moved, and when it moves on: rests at its beginning, moves, rests at its end."""
    settings = state.settings
    over = text_width(text) - settings.size[0]
    if over <= 0:
        return 0, _NEVER
    step_s, steps = _SCROLL_DOTS / settings.scroll_dots_s, math.ceil(over / _SCROLL_DOTS)
    way_s, pause_s = steps * step_s, settings.scroll_pause_s
    elapsed = (at - state.text_at) % (2 * pause_s + way_s)
    if elapsed < pause_s:
        return 0, at + pause_s - elapsed
    if elapsed >= pause_s + way_s:
        return over, at + 2 * pause_s + way_s - elapsed
    done = int((elapsed - pause_s) / step_s) + 1
    return min(over, done * _SCROLL_DOTS), at + pause_s + done * step_s - elapsed
