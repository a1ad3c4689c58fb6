"""The caller's state machine: a press becomes one action, sent again until it is answered or means nothing any more."""

from datetime import UTC, datetime
from typing import Literal, TypeAlias

import msgspec

from edge.caller.meaning import Entered, Order, Unclear, meaning
from edge.caller.settings import CallerSettings
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, ReportHealth, Send
from edge.runtime.elapsed import is_over
from edge.runtime.keys import Keys
from wire.messages import Action, CallerView, Fact, Reply

Tone: TypeAlias = Literal["plain", "wait", "refused"]

WAITING, STILL_WAITING, OFFLINE, UNANSWERED = "…", "请稍候", "离线", "无应答"


class KeyDown(Input, frozen=True, kw_only=True):
    """An edge of a contact, bounces and all. `fresh` is false for a key found down when the driver started."""

    key: str
    fresh: bool = True


class KeyUp(Input, frozen=True, kw_only=True):
    key: str


class Display(msgspec.Struct, frozen=True):
    """What the clerk should see from now on: one line, its tone, and whether the hub listens."""

    text: str
    tone: Tone
    online: bool


class Click(msgspec.Struct, frozen=True):
    """The press was noticed."""


class Pending(msgspec.Struct, frozen=True):
    """An action that has no answer yet."""

    action: Action
    since: float
    resend_at: float
    pressed_again: bool = False


class Timed(msgspec.Struct, frozen=True):
    """A text that goes away by itself."""

    text: str
    since: float


class State(msgspec.Struct, frozen=True, kw_only=True):
    boot: str
    settings: CallerSettings
    keys: Keys
    online: bool = False
    view: CallerView | None = None
    pending: Pending | None = None
    entry: Timed | None = None
    notice: Timed | None = None
    shown: Display | None = None
    presses: int = 0  # that counted: neither bounce, nor chord, nor stuck
    sent: int = 0  # actions, not counting repetitions
    resent: int = 0
    refused: int = 0  # by the hub
    unclear: int = 0  # refused here: a number was missing, or an action was still pending
    unanswered: int = 0
    offline: int = 0  # presses while the hub was away


def start(context: Context, settings: CallerSettings) -> State:
    return State(boot=context.boot, settings=settings, keys=Keys(settings.debounce_s, settings.stuck_s))


def react(state: State, event: Input) -> tuple[State, list[Effect]]:
    """The display follows from the state alone; its effect comes last, and only when it changes."""
    before = state.keys.stuck
    state, effects = _elapse(state, event.at)
    match event:
        case KeyDown():
            state, more = _contact(state, event)
        case KeyUp():
            state, more = msgspec.structs.replace(state, keys=state.keys.up(event.key, event.at)), []
        case LinkChanged():
            state, more = _link(state, event)
        case Arrived(message=Reply() as reply):
            state, more = _answer(state, reply, event.at), []
        case Arrived(message=CallerView() as view):
            state, more = msgspec.structs.replace(state, view=view), []
        case _:
            more = []
    effects += more
    if set(state.keys.stuck) - set(before):
        effects.append(ReportHealth())
    display = _display(state)
    if display != state.shown:
        state = msgspec.structs.replace(state, shown=display)
        effects.append(display)
    return state, effects


def wake_at(state: State) -> float | None:
    """The first Tick comes at once: a display must not stay dark until something happens."""
    if state.shown is None:
        return 0.0
    due = [state.keys.wake_at()]
    if state.pending is not None:
        due.append(state.pending.since + state.settings.expires_s)
        if state.online:
            due.append(state.pending.resend_at)
    if state.entry is not None:
        due.append(state.entry.since + state.settings.entry_s)
    if state.notice is not None:
        due.append(state.notice.since + state.settings.notice_s)
    first = min(due)
    return None if first == float("inf") else first


def facts(state: State) -> dict[str, Fact]:
    return {
        "presses": state.presses,
        "sent": state.sent,
        "resent": state.resent,
        "refused": state.refused,
        "unclear": state.unclear,
        "unanswered": state.unanswered,
        "offline_presses": state.offline,
        "pending": state.pending is not None,
        "stuck_keys": " ".join(state.keys.stuck),
    }


def _elapse(state: State, at: float) -> tuple[State, list[Effect]]:
    """What time alone changes."""
    settings = state.settings
    state = msgspec.structs.replace(state, keys=state.keys.settled(at))
    if state.entry is not None and is_over(state.entry.since, settings.entry_s, at):
        state = msgspec.structs.replace(state, entry=None)
    if state.notice is not None and is_over(state.notice.since, settings.notice_s, at):
        state = msgspec.structs.replace(state, notice=None)
    pending = state.pending
    if pending is None:
        return state, []
    if is_over(pending.since, settings.expires_s, at):
        state = msgspec.structs.replace(state, pending=None, unanswered=state.unanswered + 1)
        return _notice(state, UNANSWERED, at), []
    if state.online and at >= pending.resend_at:
        return _resend(state, pending, at)
    return state, []


def _contact(state: State, event: KeyDown) -> tuple[State, list[Effect]]:
    keys, counts = state.keys.down(event.key, event.at)
    state = msgspec.structs.replace(state, keys=keys)
    if not (counts and event.fresh):
        return state, []
    state, effects = _press(msgspec.structs.replace(state, presses=state.presses + 1), event.key, event.at)
    return state, [*effects, Click()]


def _press(state: State, key: str, at: float) -> tuple[State, list[Effect]]:
    if state.pending is not None:
        pending = msgspec.structs.replace(state.pending, pressed_again=True)
        return msgspec.structs.replace(state, pending=pending, unclear=state.unclear + 1), []
    entry = "" if state.entry is None else state.entry.text
    match meaning(key, entry, None if state.view is None else state.view.phase):
        case Entered(text):
            return msgspec.structs.replace(state, entry=Timed(text, at) if text else None, notice=None), []
        case Unclear(text):
            return _notice(msgspec.structs.replace(state, unclear=state.unclear + 1), text, at), []
        case Order() as order:
            return _order(msgspec.structs.replace(state, entry=None), order, at)


def _order(state: State, order: Order, at: float) -> tuple[State, list[Effect]]:
    if not state.online:
        return _notice(msgspec.structs.replace(state, offline=state.offline + 1), OFFLINE, at), []
    sent = state.sent + 1
    action = Action(
        id=f"{state.boot}-{sent}",
        verb=order.verb,
        argument=order.argument,
        at=datetime.fromtimestamp(at, UTC),
        expires_s=state.settings.expires_s,
    )
    pending = Pending(action, at, at + state.settings.resend_s)
    return msgspec.structs.replace(state, pending=pending, sent=sent, notice=None), [Send(action)]


def _link(state: State, event: LinkChanged) -> tuple[State, list[Effect]]:
    """What was pressed just before the link broke is asked again as soon as it is back; the hub knows the id."""
    came_up = event.up and not state.online
    state = msgspec.structs.replace(state, online=event.up)
    if came_up and state.pending is not None:
        return _resend(state, state.pending, event.at)
    return state, []


def _resend(state: State, pending: Pending, at: float) -> tuple[State, list[Effect]]:
    again = msgspec.structs.replace(pending, resend_at=at + state.settings.resend_s)
    return msgspec.structs.replace(state, pending=again, resent=state.resent + 1), [Send(pending.action)]


def _answer(state: State, reply: Reply, at: float) -> State:
    """A late answer to what was given up, or to a health report, is not for the clerk."""
    if state.pending is None or reply.to != state.pending.action.id:
        return state
    state = msgspec.structs.replace(state, pending=None)
    if reply.ok:
        return state
    return _notice(msgspec.structs.replace(state, refused=state.refused + 1), reply.text or reply.code or "被拒绝", at)


def _notice(state: State, text: str, at: float) -> State:
    return msgspec.structs.replace(state, notice=Timed(text, at), entry=None)


def _display(state: State) -> Display:
    if state.pending is not None:
        return Display(STILL_WAITING if state.pending.pressed_again else WAITING, "wait", state.online)
    if state.notice is not None:
        return Display(state.notice.text, "refused", state.online)
    if state.entry is not None:
        return Display(state.entry.text + "_", "plain", state.online)
    text = _counter(state.view, with_waiting=state.online)
    if not state.online:  # how many wait is not known now; the clerk's own ticket is
        text = OFFLINE if state.view is None else f"{OFFLINE} {text}"
    return Display(text, "plain", state.online)


def _counter(view: CallerView | None, *, with_waiting: bool) -> str:
    """`A012 办理中 等候5`."""
    if view is None:
        return "等待分配窗口"
    phase = {"closed": "未登录", "idle": "空闲", "called": "已呼叫", "serving": "办理中", "paused": "暂停服务"}[
        view.phase
    ]
    parts = [view.number, phase, f"等候{view.waiting}" if with_waiting else ""]
    return " ".join(part for part in parts if part)
