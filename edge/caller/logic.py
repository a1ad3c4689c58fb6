"""The caller's state machine: a press becomes one action, sent again until it is answered or means nothing any more."""

from edge.caller import face, presses, trial, words
from edge.caller.events import Beep, Heard, KeyDown, KeysUnclear, KeyUp, PartChanged
from edge.caller.face import Display
from edge.caller.settings import CallerSettings
from edge.caller.state import Result, State, change
from edge.caller.trial import Trial
from edge.caller.words import Notice
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, ReportHealth, Send
from edge.runtime.elapsed import is_over
from edge.runtime.keys import Keys
from wire.base import Fact
from wire.messages import CallerView, Reply, SelfTest

_REFUSED = "被拒绝"  # where the hub gave no words


def start(context: Context, settings: CallerSettings) -> State:
    return State(boot=context.boot, settings=settings, keys=Keys(settings.debounce_s, settings.stuck_s))


def react(state: State, event: Input) -> Result:
    """The display follows from the state alone; its effect comes only when it changes.

    What the clerk hears and sees comes first, whatever is sent afterwards: feedback waits for no network.
    """
    stuck, faults = set(state.keys.stuck), state.faults
    state, effects = _elapse(state, event.at)
    state, more = _happen(state, event)
    state, done = _finished(state, event.at)
    effects += more + done
    if set(state.keys.stuck) - stuck or state.faults != faults:
        effects.append(ReportHealth())
    display = _display(state)
    if display != state.shown:
        state = change(state, shown=display)
        effects.append(display)
    return state, sorted(effects, key=_is_for_later)


def wake_at(state: State) -> float | None:
    """The first Tick comes at once: a display must not stay dark until something happens."""
    if state.shown is None:
        return 0.0
    settings, due = state.settings, [state.keys.wake_at()]
    if state.pending is not None:
        due.append(state.pending.since + settings.expires_s)
        if state.online:
            due.append(state.pending.resend_at)
    due += [one.since + settings.entry_s for one in (state.entry, state.choice) if one is not None]
    if state.noticed is not None:
        due.append(state.noticed.since + settings.notice_s)
    if state.trial is not None:
        due.append(state.trial.since + state.trial.lasts_s)
    first = min(due)
    return None if first == float("inf") else first


def busy(state: State) -> bool:
    """An action whose answer has yet to come, or digits that a clerk has begun to type."""
    return state.pending is not None or state.entry is not None or state.choice is not None


def facts(state: State) -> dict[str, Fact]:
    return {
        "presses": state.presses,
        "doubled": state.doubled,
        "sent": state.sent,
        "resent": state.resent,
        "refused": state.refused,
        "unclear": state.unclear,
        "unanswered": state.unanswered,
        "offline_presses": state.offline,
        "pending": state.pending is not None,
        "stuck_keys": " ".join(state.keys.stuck),
        "test": "" if state.trial is None else state.trial.name,
    }


def _is_for_later(effect: Effect) -> bool:
    return isinstance(effect, Send | ReportHealth)


def _happen(state: State, event: Input) -> Result:
    match event:
        case KeyDown() | Heard() | KeysUnclear():
            return _touched(state, event)
        case KeyUp():
            return change(state, keys=state.keys.up(event.key, event.at)), []
        case LinkChanged():
            return _link(state, event)
        case Arrived(message=Reply() as reply):
            return _answer(state, reply, event.at)
        case Arrived(message=CallerView() as view):
            return _view(state, view, event.at)
        case Arrived(message=SelfTest() as order):
            return _ordered(state, order, event.at)
        case PartChanged(part=part, trouble=trouble):
            faults = {name: why for name, why in state.faults.items() if name != part}
            return change(state, faults=faults | ({part: trouble} if trouble else {})), []
    return state, []


def _elapse(state: State, at: float) -> Result:
    """What time alone changes."""
    settings = state.settings
    state = change(state, keys=state.keys.settled(at))
    if state.entry is not None and is_over(state.entry.since, settings.entry_s, at):
        state = change(state, entry=None)
    if state.choice is not None and is_over(state.choice.since, settings.entry_s, at):
        state = change(state, choice=None)
    if state.noticed is not None and is_over(state.noticed.since, settings.notice_s, at):
        state = change(state, noticed=None)
    pending = state.pending
    if pending is None:
        return state, []
    if is_over(pending.since, settings.expires_s, at):
        state = change(state, pending=None, unanswered=state.unanswered + 1)
        return presses.notice(state, words.UNANSWERED, at)
    if state.online and at >= pending.resend_at:
        return presses.resend(state, pending, at)
    return state, []


def _touched(state: State, event: KeyDown | Heard | KeysUnclear) -> Result:
    """Whoever presses wants something: a test other than that of the keys is over."""
    counted = state.presses
    match event:
        case KeysUnclear():
            return presses.notice(change(state, unclear=state.unclear + 1), words.ONE_KEY, event.at)
        case Heard():
            state, effects = presses.heard(state, event)
        case KeyDown():
            state, effects = presses.contact(state, event)
    if state.trial is None or state.trial.name == "keys" or state.presses == counted:
        return state, effects
    state, ended = _end(state, state.trial, event.at, broken_off=trial.PRESSED)
    return state, effects + ended


def _link(state: State, event: LinkChanged) -> Result:
    """What was pressed just before the link broke is asked again as soon as it is back; the hub knows the id."""
    came_up = event.up and not state.online
    state = change(state, online=event.up)
    if came_up and state.pending is not None:
        return presses.resend(state, state.pending, event.at)
    return state, []


def _answer(state: State, reply: Reply, at: float) -> Result:
    """A late answer to what was given up, or to a health report, is not for the clerk."""
    if state.pending is None or reply.to != state.pending.action.id:
        return state, []
    state = change(state, pending=None)
    if reply.ok:
        return state, []
    refusal = Notice(reply.code, reply.text or reply.code or _REFUSED)
    return presses.notice(change(state, refused=state.refused + 1), refusal, at)


def _view(state: State, view: CallerView, at: float) -> Result:
    """A real call, or its end, is not hidden by a test."""
    before = state.view
    state = change(state, view=view)
    moved = before is not None and (before.phase, before.number) != (view.phase, view.number)
    if moved and state.trial is not None:
        return _end(state, state.trial, at, broken_off=trial.CALLED)
    return state, []


# Self-tests.


def _ordered(state: State, order: SelfTest, at: float) -> Result:
    effects: list[Effect] = []
    if state.trial is not None:
        state, effects = _end(state, state.trial, at, broken_off=trial.REPLACED)
    if state.pending is not None:
        state, busy = _end(state, Trial(order, at), at, broken_off=trial.BUSY)
        return state, effects + busy
    state = change(state, trial=Trial(order, at), entry=None, choice=None, noticed=None)
    return state, effects + ([Beep()] if order.test == "beep" else [])


def _finished(state: State, at: float) -> Result:
    running = state.trial
    if running is None:
        return state, []
    if is_over(running.since, running.lasts_s, at) or trial.is_complete(running, state.settings):
        return _end(state, running, at)
    return state, []


def _end(state: State, ended: Trial, at: float, broken_off: str = "") -> Result:
    ok, text = trial.result(ended, state.settings, state.faults, state.keys.stuck)
    if broken_off:
        ok, text = False, broken_off
    state = change(state, trial=None, tests=state.tests + 1)
    return state, [Send(trial.tested(ended.order, f"{state.boot}-t{state.tests}", at, ok=ok, text=text))]


def _display(state: State) -> Display:
    online = state.online
    if state.pending is not None:
        return face.wait(pressed_again=state.pending.pressed_again, online=online)
    if state.trial is not None:
        return face.test(state.trial.name, trial.shown(state.trial), online=online)
    if state.noticed is not None:
        return face.refused(state.noticed.notice, online=online)
    if state.choice is not None:
        return face.choice(state.choice.reasons, online=online)
    if state.entry is not None:
        return face.entry(state.entry.text, online=online)
    return face.rest(state.view, online=online)
