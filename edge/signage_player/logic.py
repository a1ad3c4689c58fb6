"""What a screen should show: the board of its area, for how long without the hub, and what blinks. Pure.

What it says aloud is in `announcements`, how a call waits for its voice in `step`, self-tests in `trials`.
"""

from typing import TypeAlias

import msgspec

from edge.runtime import here as whereabouts
from edge.runtime.device import Arrived, Context, Effect, Follow, Input, LinkChanged, ReportHealth
from edge.runtime.here import Here
from edge.signage_player import announcements, hallclock, programme, step, trials
from edge.signage_player.announcements import Announce, Begun, Key, Said, Speak, Turns, VoiceFound
from edge.signage_player.hallclock import Clock
from edge.signage_player.programme import BatchWaiting, Ended, PlayMedia, Reel, Stored, Whole
from edge.signage_player.settings import Settings
from edge.signage_player.step import Held
from edge.signage_player.trials import Photograph, Photographed, Trials
from wire import topics
from wire.base import Fact
from wire.messages import BoardCall, BoardView, BoardWaiting, Reply, SignageView
from wire.orders import Identify, SelfTest

NOTICE = "叫号信息暂时无法更新，请留意窗口屏"
NOTICE_ENGLISH = "Calls cannot be updated here at the moment. Please watch the displays at the counters."
BLINK_HALF_S = 0.5
_TELL_TIME_S = 30.0  # the agent's clock is corrected with every health report


class Words(msgspec.Struct, frozen=True):
    """Of an emergency."""

    zh: str
    en: str


class ShowBoard(msgspec.Struct, frozen=True, kw_only=True):
    """The whole screen but for the media. `lit`: the call `blinking` is in its bright half; None: the newest is meant.

    Without `board` the media have the screen to themselves; a `notice` stands in place of calls and counts, a `pattern`
    in place of everything: it is the name of what is being tested.
    """

    board: bool = False
    title: str = ""
    english: str = ""
    calls: tuple[BoardCall, ...] = ()
    waiting: tuple[BoardWaiting, ...] = ()
    ticker: str = ""
    lit: bool = False
    blinking: Key | None = None
    notice: bool = False
    clock: Clock | None = None
    pattern: str = ""
    alarm: Words | None = None  # in place of everything
    pairing: str = ""  # a code, in place of everything: nobody knows this screen yet
    here: str = ""  # who this is, in a strip at the top: the hub asks where


class TimeIs(msgspec.Struct, frozen=True):
    """Effect: by the hub's clock it is `at` now (s since 1970)."""

    at: float


class State(msgspec.Struct, frozen=True, kw_only=True):
    """`stale_at`: when the board stops being believed. `wake` is 0 at the start: the first screen is due at once."""

    settings: Settings
    device: str
    trials: Trials
    turns: Turns = Turns()
    held: tuple[Held, ...] = ()
    view: SignageView | None = None
    board: BoardView | None = None
    up: bool = False
    stale_at: float | None = None
    neutral: bool = False
    blink_from: float = 0.0
    blink_until: float = 0.0
    blinking: Key | None = None
    wake: float | None = 0.0
    screen: ShowBoard | None = None
    time_told: float = float("-inf")
    refused: str = ""  # why the last view could not be followed
    reel: Reel = Reel()
    here: Here | None = None  # it is to say where it is
    media: PlayMedia = PlayMedia()  # as the driver was told last


Step: TypeAlias = tuple[State, list[Effect]]


def start(context: Context, settings: Settings) -> State:
    return State(settings=settings, device=context.device, trials=Trials(boot=context.boot))


def react(state: State, event: Input) -> Step:
    effects: list[Effect] = []
    state = msgspec.structs.replace(state, here=whereabouts.still(state.here, event.at))
    match event:
        case LinkChanged():
            state, effects = _linked(state, event.at, event.up)
        case Arrived(message=SignageView() as view):
            state, effects = _viewed(state, event.at, view)
        case Arrived(message=BoardView() as board) if _is_ours(state, board):
            state = _called(state, event.at, board)
        case Arrived(message=SelfTest() as order):
            state, effects = _tried(state, trials.ordered(state.trials, order, event.at))
        case Arrived(message=Identify() as order):
            state = msgspec.structs.replace(state, here=whereabouts.begun(order, event.at))
        case Photographed():
            state, effects = _tried(state, trials.photographed(state.trials, event))
        case Begun():
            state = _voiced(state, event.at)
        case Said():
            state, effects = _said(state, event)
        case VoiceFound():
            effects = [ReportHealth()]
    reel, more = _reeled(state, event)
    state, effects = msgspec.structs.replace(state, reel=reel), [*effects, *more]
    if state.stale_at is not None and event.at >= state.stale_at:
        state = msgspec.structs.replace(state, neutral=True, stale_at=None)
    state, more = _spoken(state, event.at)
    state, ended = _tried(state, trials.passed(state.trials, event.at))
    return _shown(state, event.at, [*effects, *more, *ended])


def wake_at(state: State) -> float | None:
    return state.wake


def facts(state: State) -> dict[str, Fact]:
    """`board`: live · kept (the hub is away) · neutral (no calls shown) · off (media only)."""
    board, view = state.board, state.view
    if view is not None and not view.board:
        mode = "off"
    elif state.neutral or board is None:
        mode = "neutral"
    else:
        mode = "live" if state.up else "kept"
    found: dict[str, Fact] = {"board": mode, **announcements.facts(state.turns), **programme.facts(state.reel)}
    if board is not None:
        found["board_version"] = board.version
    if state.refused:
        found["refused"] = state.refused
    return found


def busy(state: State) -> str:
    """A sentence is said to its end, and an emergency stays on the screen."""
    if state.trials.open or state.trials.pattern_until:
        return "自检正在进行 A self-test is under way"
    if state.turns.now is not None:
        return "正在播报 An announcement is being made"
    return "正在紧急发布 An emergency is shown" if state.screen is not None and state.screen.alarm else ""


def here(state: State) -> str:
    if state.screen is not None and state.screen.alarm:
        return ""
    return "屏幕上方闪烁“这里 HERE” A strip at the top says HERE every other second"


def _reeled(state: State, event: Input) -> programme.Step:
    """What concerns what is played besides the board."""
    reel = state.reel
    match event:
        case Arrived(message=SignageView() as view):
            return programme.viewed(reel, view)
        case Stored():
            return programme.stored(reel, event), []
        case Whole():
            return programme.whole(reel, event), [ReportHealth()]
        case LinkChanged():
            return programme.linked(reel, event.at, event.up)
        case BatchWaiting():
            return programme.waiting(reel, event, up=state.up)
        case Arrived(message=Reply() as reply):
            return programme.answered(reel, reply)
        case Ended():
            return reel, programme.ended(event)
    return programme.passed(reel, event.at)


def _linked(state: State, at: float, up: bool) -> Step:
    """Back again: the board is asked for anew, so that what is shown is what the hub says now."""
    if not up:
        stale_at = at + state.settings.keep_s if state.stale_at is None else state.stale_at
        return msgspec.structs.replace(state, up=False, stale_at=stale_at), []
    view = state.view
    effects: list[Effect] = [] if view is None else [Follow(topics.board(view.hall, view.area))]
    return msgspec.structs.replace(state, up=True, stale_at=None), effects


def _viewed(state: State, at: float, view: SignageView) -> Step:
    try:
        topic = topics.board(view.hall, view.area)
    except topics.BadTopicError as error:
        return msgspec.structs.replace(state, refused=f"signage view: {error}"), []
    before = state.view
    turns = announcements.told(state.turns, view.announces and state.settings.sound, at)
    effects: list[Effect] = []
    if (turns.since is None) != (state.turns.since is None):
        effects = [Announce(turns.since is not None), ReportHealth()]
    state = msgspec.structs.replace(state, view=view, refused="", turns=turns)
    if before is not None and (before.hall, before.area) == (view.hall, view.area):
        return state, effects
    turns = msgspec.structs.replace(turns, waiting=())
    state = msgspec.structs.replace(state, board=None, neutral=True, blink_until=0.0, held=(), turns=turns)
    return state, [Follow(topic), *effects]


def _is_ours(state: State, board: BoardView) -> bool:
    view = state.view
    return view is not None and (view.hall, view.area) == (board.hall, board.area)


def _called(state: State, at: float, board: BoardView) -> State:
    """A new first line blinks; what was there when this screen came on, or comes back by an undo, does not.

    Where this screen announces, a call waits a little for its voice: both begin together.
    """
    known = {(call.number, call.calls, call.at) for call in state.board.calls} if state.board is not None else set()
    newest = [(call.number, call.calls, call.at) for call in board.calls[:1]]
    new = state.board is not None and not known.issuperset(newest)
    turns = announcements.heard(state.turns, board.spoken, at)
    held = step.held(state.held, state.board, board, turns, at) if state.up else ()
    state = msgspec.structs.replace(
        state,
        board=board,
        neutral=False,
        stale_at=None if state.up else at + state.settings.keep_s,
        turns=turns,
        held=held,
        trials=trials.called(state.trials) if new else state.trials,
    )
    call = board.calls[0] if new else None
    return state if call is None or step.is_held(held, call) else _blinking(state, at, (call.number, call.counter))


def _blinking(state: State, at: float, call: Key) -> State:
    return msgspec.structs.replace(state, blinking=call, blink_from=at, blink_until=at + state.settings.blink_s)


def _tried(state: State, made: tuple[Trials, list[Effect]]) -> Step:
    return msgspec.structs.replace(state, trials=made[0]), made[1]


def _spoken(state: State, at: float) -> Step:
    """Has the next announcement said, when it is its turn and the hub is there; lets go of calls that waited enough."""
    settings, offset = state.settings, state.view.utc_offset_s if state.view else None
    effects: list[Effect] = []
    if state.up and not state.trials.has_sound:
        quiet = hallclock.is_between(at, offset, settings.quiet_from, settings.quiet_until)
        quiet = quiet or programme.alarm(state.reel, at) is not None
        turns, one = announcements.due(state.turns, at, late_s=settings.late_s, quiet=quiet)
        if one is not None:
            slot_s = (one.ends_at - one.begins_at).total_seconds()
            said = Speak(id=f"call:{turns.asked}", zh=one.zh, en=one.en, times=one.times, slot_s=slot_s)
            effects = [said]
        state = msgspec.structs.replace(state, turns=turns)
    held, released = step.released(state.held, state.turns, at)
    state = msgspec.structs.replace(state, held=held)
    return (_blinking(state, at, released) if released else state), effects


def _voiced(state: State, at: float) -> State:
    """It is heard from now on: its row blinks from now on."""
    now = state.turns.now
    if now is None or state.trials.has_sound:
        return state
    held = step.without(state.held, announcements.key(now))
    return _blinking(msgspec.structs.replace(state, held=held), at, announcements.key(now))


def _said(state: State, event: Said) -> Step:
    if not event.id.startswith("call:"):
        return _tried(state, trials.said(state.trials, event.id, event.at, event.ok, event.text))
    now = state.turns.now
    if now is not None and not event.ok:
        state = msgspec.structs.replace(state, held=step.without(state.held, announcements.key(now)))
    effects: list[Effect] = [] if event.ok else [ReportHealth()]
    return msgspec.structs.replace(state, turns=announcements.ended(state.turns, ok=event.ok)), effects


def _shown(state: State, at: float, effects: list[Effect]) -> Step:
    """Adds a ShowBoard when the screen has to change; pictures of the screen are taken of what it then is."""
    screen, media = _screen(state, at), programme.media(state.reel, at)
    if screen != state.screen:
        effects = [*effects, screen]
    if media != state.media:
        effects = [*effects, media]
    if state.settings.sync and state.up and not 0 <= at - state.time_told < _TELL_TIME_S:
        effects = [*effects, TimeIs(at)]
        state = msgspec.structs.replace(state, time_told=at)
    effects.sort(key=lambda effect: isinstance(effect, Photograph))
    return msgspec.structs.replace(state, screen=screen, media=media, wake=_wake(state, at, screen)), effects


def _wake(state: State, at: float, screen: ShowBoard) -> float | None:
    due = [state.stale_at, _next_blink(state, at), trials.wake_at(state.trials), step.wake_at(state.held)]
    due.append(programme.wake_at(state.reel, at))
    if state.up and not state.trials.has_sound:
        due.append(announcements.wake_at(state.turns))
    if state.here is not None:
        due.append(state.here.wake_at)
    if screen.clock is not None:
        due.append(hallclock.next_minute(at))
    if state.settings.sync and state.up:
        due.append(state.time_told + _TELL_TIME_S)
    return min((moment for moment in due if moment is not None), default=None)


def _screen(state: State, at: float) -> ShowBoard:
    screen = _content(state, at)
    if state.here is None or not state.here.is_lit or screen.alarm or screen.pattern:
        return screen
    return msgspec.structs.replace(screen, here=f"{whereabouts.ZH} {whereabouts.EN} · {state.device}")


def _content(state: State, at: float) -> ShowBoard:
    view, board = state.view, state.board
    urgent = programme.alarm(state.reel, at)
    if urgent is not None:
        return ShowBoard(alarm=Words(urgent.zh, urgent.en))
    if state.trials.pattern_until:
        where = f" {view.hall}/{view.area}" if view else ""
        return ShowBoard(pattern=f"{state.device}{where}")
    clock = hallclock.clock(at, view.utc_offset_s if view else None)
    own = programme.ticker(state.reel, at)
    ticker = own or (view.ticker if view else "") or (board.ticker if board else "")
    if view is not None and not view.board:
        return ShowBoard(ticker=ticker)
    if board is None or state.neutral:
        title, english = (board.title, board.english) if board else ("", "")
        return ShowBoard(board=True, title=title, english=english, ticker=ticker, notice=True, clock=clock)
    calls = step.shown(state.held, board.calls)[: state.settings.rows]
    newest = (calls[0].number, calls[0].counter) if calls else None
    return ShowBoard(
        board=True,
        title=board.title,
        english=board.english,
        calls=calls,
        waiting=board.waiting,
        ticker=ticker,
        lit=_is_lit(state, at),
        blinking=state.blinking if at < state.blink_until and state.blinking != newest else None,
        clock=clock,
    )


def _half(state: State, at: float) -> int:
    """Which half of the blink `at` lies in; a little is added so that a Tick at its very start counts to it."""
    return int((at - state.blink_from) / BLINK_HALF_S + 1e-3)


def _is_lit(state: State, at: float) -> bool:
    return state.blink_from <= at < state.blink_until and _half(state, at) % 2 == 0


def _next_blink(state: State, at: float) -> float | None:
    if not state.blink_from <= at < state.blink_until:
        return None
    return min(state.blink_from + (_half(state, at) + 1) * BLINK_HALF_S, state.blink_until)
