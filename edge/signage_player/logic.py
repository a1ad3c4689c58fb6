"""What a screen should show: the board of its area, for how long without the hub, and what blinks. Pure."""

from typing import TypeAlias

import msgspec

from edge.runtime.device import Arrived, Context, Effect, Follow, Input, LinkChanged, ReportHealth
from edge.signage_player import programme
from edge.signage_player.programme import BatchWaiting, Ended, PlayMedia, Reel, Stored, Whole
from edge.signage_player.settings import Settings
from wire import topics
from wire.messages import BoardCall, BoardView, BoardWaiting, Fact, Reply, SignageView

NOTICE = "叫号信息暂时无法更新，请留意窗口屏"
NOTICE_ENGLISH = "Calls cannot be updated here at the moment. Please watch the displays at the counters."
BLINK_HALF_S = 0.5


class Words(msgspec.Struct, frozen=True):
    """Of an emergency."""

    zh: str
    en: str


class ShowBoard(msgspec.Struct, frozen=True, kw_only=True):
    """The whole screen but for the media. `lit`: the newest call is in its bright half of the blink.

    Without `board` the media have the screen to themselves; a `notice` stands in place of calls and counts.
    """

    board: bool = False
    title: str = ""
    english: str = ""
    calls: tuple[BoardCall, ...] = ()
    waiting: tuple[BoardWaiting, ...] = ()
    ticker: str = ""
    lit: bool = False
    notice: bool = False
    alarm: Words | None = None  # in place of everything


class State(msgspec.Struct, frozen=True, kw_only=True):
    """`stale_at`: when the board stops being believed. `wake` is 0 at the start: the first screen is due at once."""

    settings: Settings
    view: SignageView | None = None
    board: BoardView | None = None
    up: bool = False
    stale_at: float | None = None
    neutral: bool = False
    blink_from: float = 0.0
    blink_until: float = 0.0
    wake: float | None = 0.0
    screen: ShowBoard | None = None
    refused: str = ""  # why the last view could not be followed
    reel: Reel = Reel()
    media: PlayMedia = PlayMedia()  # as the driver was told last


Step: TypeAlias = tuple[State, list[Effect]]


def start(context: Context, settings: Settings) -> State:
    return State(settings=settings)


def react(state: State, event: Input) -> Step:
    effects: list[Effect] = []
    match event:
        case LinkChanged():
            state, effects = _linked(state, event.at, event.up)
        case Arrived(message=SignageView() as view):
            state, effects = _viewed(state, view)
        case Arrived(message=BoardView() as board) if _is_ours(state, board):
            state = _called(state, event.at, board)
    reel, more = _reeled(state, event)
    state, effects = msgspec.structs.replace(state, reel=reel), [*effects, *more]
    if state.stale_at is not None and event.at >= state.stale_at:
        state = msgspec.structs.replace(state, neutral=True, stale_at=None)
    return _shown(state, event.at, effects)


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
    found: dict[str, Fact] = {"board": mode, **programme.facts(state.reel)}
    if board is not None:
        found["board_version"] = board.version
    if state.refused:
        found["refused"] = state.refused
    return found


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


def _viewed(state: State, view: SignageView) -> Step:
    try:
        topic = topics.board(view.hall, view.area)
    except topics.BadTopicError as error:
        return msgspec.structs.replace(state, refused=f"signage view: {error}"), []
    before = state.view
    state = msgspec.structs.replace(state, view=view, refused="")
    if before is not None and (before.hall, before.area) == (view.hall, view.area):
        return state, []
    return msgspec.structs.replace(state, board=None, neutral=True, blink_until=0.0), [Follow(topic)]


def _is_ours(state: State, board: BoardView) -> bool:
    view = state.view
    return view is not None and (view.hall, view.area) == (board.hall, board.area)


def _called(state: State, at: float, board: BoardView) -> State:
    """A new first line blinks; what was there when this screen came on, or comes back by an undo, does not."""
    known = {(call.number, call.calls, call.at) for call in state.board.calls} if state.board is not None else set()
    newest = [(call.number, call.calls, call.at) for call in board.calls[:1]]
    new = state.board is not None and not known.issuperset(newest)
    return msgspec.structs.replace(
        state,
        board=board,
        neutral=False,
        stale_at=None if state.up else at + state.settings.keep_s,
        blink_from=at if new else state.blink_from,
        blink_until=at + state.settings.blink_s if new else state.blink_until,
    )


def _shown(state: State, at: float, effects: list[Effect]) -> Step:
    """Adds a ShowBoard when the screen has to change."""
    screen, media = _screen(state, at), programme.media(state.reel, at)
    if screen != state.screen:
        effects = [*effects, screen]
    if media != state.media:
        effects = [*effects, media]
    moments = (state.stale_at, _next_blink(state, at), programme.wake_at(state.reel, at))
    due = [moment for moment in moments if moment is not None]
    return msgspec.structs.replace(state, screen=screen, media=media, wake=min(due, default=None)), effects


def _screen(state: State, at: float) -> ShowBoard:
    view, board = state.view, state.board
    urgent = programme.alarm(state.reel, at)
    if urgent is not None:
        return ShowBoard(alarm=Words(urgent.zh, urgent.en))
    own = programme.ticker(state.reel, at)
    ticker = own or (view.ticker if view else "") or (board.ticker if board else "")
    if view is not None and not view.board:
        return ShowBoard(ticker=ticker)
    if board is None or state.neutral:
        title, english = (board.title, board.english) if board else ("", "")
        return ShowBoard(board=True, title=title, english=english, ticker=ticker, notice=True)
    return ShowBoard(
        board=True,
        title=board.title,
        english=board.english,
        calls=board.calls[: state.settings.rows],
        waiting=board.waiting,
        ticker=ticker,
        lit=_is_lit(state, at),
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
