"""What a window display shows: the counter's state, a call blinking, and never a number that may be wrong. Pure."""

import math
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from edge.led_window import self_test
from edge.led_window.scene import Brightness, Page, Refresh, Show
from edge.led_window.self_test import Running
from edge.led_window.settings import Settings
from edge.runtime import here as whereabouts
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, ReportHealth, Send
from edge.runtime.here import Here
from wire.base import Fact
from wire.messages import WindowView
from wire.orders import Done, Identify, SelfTest

_RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_BRIGHTNESS_S = 60.0  # how often it is asked what time of day it is, where that makes a difference
_NEVER = math.inf


class DisplayChanged(Input, frozen=True, kw_only=True):
    """The driver could not reach the display; "" when it can again."""

    error: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    settings: Settings
    boot: str
    view: WindowView | None = None
    up: bool = False
    away: bool = True  # nothing certain is known: the neutral text is shown
    away_at: float = _NEVER  # when that will be so, the link being down
    heard_at: float = -_NEVER  # when the view arrived
    called_at: float = -_NEVER
    calls: int = 0  # since the start
    show: Show | None = None
    test: Running | None = None
    tests: int = 0
    here: Here | None = None  # it is to say where it is
    brightness: int | None = None
    refresh_at: float = _NEVER
    refreshed_at: float | None = None
    error: str = ""
    failures: int = 0
    wake_at: float = 0.0


Step: TypeAlias = tuple[State, list[Effect]]


def start(context: Context, settings: Settings) -> State:
    return State(settings=settings, boot=context.boot)


def wake_at(state: State) -> float | None:
    return state.wake_at


def facts(state: State) -> dict[str, Fact]:
    refreshed = state.refreshed_at
    return {
        "text": state.show.text if state.show else "",
        "phase": state.view.phase if state.view else "",
        "link": "away" if state.away else "up" if state.up else "holding",
        "refreshed_at": datetime.fromtimestamp(refreshed, UTC).isoformat() if refreshed is not None else None,
    }


def react(state: State, event: Input) -> Step:
    effects: list[Effect] = []
    match event:
        case Arrived(message=WindowView() as view):
            state, effects = _viewed(state, view, event.at)
        case Arrived(message=SelfTest() as order):
            state, effects = _ordered(state, order, event.at)
        case Arrived(message=Identify() as order):
            state = replace(state, here=whereabouts.begun(order, event.at))
        case LinkChanged(up=up):
            state = _linked(state, up, event.at)
        case DisplayChanged(error=error):
            state, effects = _display_changed(state, error, event.at)
    state = _aged(replace(state, here=whereabouts.still(state.here, event.at)), event.at)
    for step in (_test_over, _brightened, _refreshed, _shown):
        state, more = step(state, event.at)
        effects += more
    return _waking(state, event.at), effects


def busy(state: State) -> str:
    """The display is dark for a moment when its agent starts anew."""
    if state.test is not None:
        return self_test.under_way()
    return self_test.busy() if state.view is not None and state.view.phase == "called" and not state.away else ""


def here(state: State) -> str:
    if not state.settings.driver.startswith("onbon"):
        return "亮度起伏；没有号码时显示“这里 HERE” Brightness pulses; 这里 HERE where there is no number"
    return "" if _has_number(state) else "显示“这里 HERE” Shows 这里 HERE"


def _viewed(state: State, view: WindowView, at: float) -> Step:
    before = state.view
    state = replace(state, view=view, heard_at=at)
    if not _is_new_call(before, view):
        return (state if view.phase == "called" else replace(state, called_at=-_NEVER)), []
    state = replace(state, called_at=at, calls=state.calls + 1)
    return _test_ended(state, at, cut_short=True) if state.test else (state, [])


def _is_new_call(before: WindowView | None, view: WindowView) -> bool:
    """Another number, or the same once more. Not the undoing of a recall or of the service's start."""
    if view.phase != "called":
        return False
    return before is None or before.number != view.number or before.calls < view.calls


def _linked(state: State, up: bool, at: float) -> State:
    away_at = _NEVER if up or state.away else min(state.away_at, at + state.settings.hold_s)
    return replace(state, up=up, away_at=away_at)


def _aged(state: State, at: float) -> State:
    """Forget what is too old; believe again once the link is up and a view came with it, in whichever order."""
    if at >= state.away_at:
        return replace(state, away=True, away_at=_NEVER, heard_at=-_NEVER)
    if state.away and state.up and abs(at - state.heard_at) <= state.settings.hold_s:
        return replace(state, away=False)
    return state


def _display_changed(state: State, error: str, at: float) -> Step:
    news: list[Effect] = [ReportHealth()] if error != state.error else []
    if not error:
        return replace(state, error="", failures=0), news
    retry_s = _RETRY_S[min(state.failures, len(_RETRY_S) - 1)]
    return replace(state, error=error, failures=state.failures + 1, refresh_at=at + retry_s), news


def _ordered(state: State, order: SelfTest, at: float) -> Step:
    """A test, unless a number is being called; one under way is ended by another."""
    state, effects = _test_ended(state, at, cut_short=True) if state.test else (state, [])
    if state.view is not None and state.view.phase == "called" and not state.away:
        state, tested = _tested(state, order.id, (False, self_test.busy()), at)
        return state, [*effects, tested]
    return replace(state, test=self_test.begun(order.id, order.test, state.settings, at)), effects


def _test_over(state: State, at: float) -> Step:
    test = state.test
    if test is None or test.until - self_test.LONGEST_S <= at < test.until:
        return state, []
    return _test_ended(state, at, cut_short=False)


def _test_ended(state: State, at: float, cut_short: bool) -> Step:
    assert state.test is not None
    outcome = self_test.outcome(state.settings, state.error, cut_short)
    state, tested = _tested(replace(state, test=None), state.test.order, outcome, at)
    return state, [tested]


def _tested(state: State, order: str, outcome: tuple[bool, str], at: float) -> tuple[State, Send]:
    state = replace(state, tests=state.tests + 1)
    ok, text = outcome
    moment = datetime.fromtimestamp(at, UTC)
    message = Done(id=f"{state.boot}-t{state.tests}", to=order, ok=ok, text=text, at=moment)
    return state, Send(message)


def _brightened(state: State, at: float) -> Step:
    level = _level(state, at)
    if level == state.brightness:
        return state, []
    return replace(state, brightness=level), [Brightness(level)]


def _level(state: State, at: float) -> int:
    """Chips pulse while they say where they are: a number can be read in either half. A card keeps its brightness."""
    if state.here is None or state.settings.driver.startswith("onbon"):
        return state.settings.brightness(at)
    return 255 if state.here.is_lit else 0


def _refreshed(state: State, at: float) -> Step:
    """Never further ahead than `refresh_s`, wherever the clock was when the moment was chosen."""
    latest = at + state.settings.refresh_s
    if at < state.refresh_at:
        return replace(state, refresh_at=min(state.refresh_at, latest)), []
    return replace(state, refresh_at=latest, refreshed_at=at), [Refresh()]


def _shown(state: State, at: float) -> Step:
    show = state.test.show if state.test else Show(pages=_pages(state), call=_call(state))
    if show != state.show and not 0 <= at - state.called_at < state.settings.blink_s:
        show = replace(show, call=0)  # what was called long ago comes back without blinking
    return (state, []) if show == state.show else (replace(state, show=show), [show])


def _call(state: State) -> int:
    called = state.view is not None and state.view.phase == "called" and not state.away
    return state.calls if called else 0


def _pages(state: State) -> tuple[Page, ...]:
    view, settings = state.view, state.settings
    if state.here is not None and not _has_number(state):
        said = Page(whereabouts.ZH + whereabouts.EN)
        return (said, Page(view.counter_name)) if view is not None and view.counter_name else (said,)
    if view is None or state.away:
        return (Page(settings.away_text),)
    match view.phase:
        case "called" | "serving":
            number = Page(view.number, large=True, beside=view.counter_name)
            return (number if view.number else Page(view.counter_name),)
        case "paused":
            return (Page(settings.paused_text),)
        case "closed":
            return (Page(settings.closed_text),)
        case "idle":
            return _idle_pages(view, settings)


def _has_number(state: State) -> bool:
    return state.view is not None and bool(state.view.number) and not state.away


def _idle_pages(view: WindowView, settings: Settings) -> tuple[Page, ...]:
    """The counter, who sits there, and now and then the hall's notice."""
    pages = [Page(view.idle_text or view.counter_name)]
    if view.clerk and settings.clerk != "off":
        pages.append(Page(_clerk(view) if settings.clerk == "name" else f"工号{view.clerk}"))
    if view.notice and settings.notice_rounds:
        return (*pages * settings.notice_rounds, Page(view.notice))
    return tuple(pages)


def _clerk(view: WindowView) -> str:
    """By name, with the work number unless that is part of the name."""
    if not view.clerk_name:
        return f"工号{view.clerk}"
    return view.clerk_name if view.clerk in view.clerk_name else f"{view.clerk_name} {view.clerk}"


def _waking(state: State, at: float) -> State:
    """When to look again; never the same moment once more."""
    dimming = at + _BRIGHTNESS_S if state.settings.dim_from else _NEVER
    test_at = state.test.until if state.test else _NEVER
    here_at = state.here.wake_at if state.here else _NEVER
    return replace(state, wake_at=max(min(state.away_at, state.refresh_at, test_at, here_at, dimming), at + 0.001))
