"""From contacts and frames to orders: which press counts, what it means, and what the clerk is told at once."""

from datetime import UTC, datetime

from edge.caller import trial, words
from edge.caller.events import Acknowledge, Beep, Click, Heard, KeyDown
from edge.caller.meaning import Entered, Order, is_sign, meaning
from edge.caller.state import Choice, Entry, Noticed, Pending, Result, Said, State, change
from edge.caller.words import Notice
from edge.protocols import ff68_keys
from edge.runtime.device import Effect, Send
from wire.messages import Action


def contact(state: State, event: KeyDown) -> Result:
    """A key of a keypad on pins."""
    keys, counts = state.keys.down(event.key, event.at)
    state = change(state, keys=keys)
    if not (counts and event.fresh):
        return state, []
    state = change(state, presses=state.presses + 1)
    if state.trial is not None and state.trial.name == "keys":
        return change(state, trial=trial.with_key(state.trial, event.key)), [Click()]
    if _is_double(state, event.key, event.at):
        return change(state, doubled=state.doubled + 1), [Click()]
    if state.pending is None:  # else it does nothing, and the next is no repetition of it
        state = change(state, last=(event.key, event.at))
    state, effects = _press(state, event.key, event.at)
    return state, [Click(), *effects]


def heard(state: State, event: Heard) -> Result:
    """A press on the FF68 keypad: all of it at once, digits first."""
    said = state.said
    if said is not None and said.frame == event.frame and 0 <= event.at - said.at < state.settings.ff68.repeat_s:
        return change(state, doubled=state.doubled + 1, said=change(said, at=event.at)), list(said.answer)
    state, effects = _stroke(change(state, presses=state.presses + 1), event)
    answer = tuple(effect for effect in effects if not isinstance(effect, Send))
    return change(state, said=Said(event.frame, event.at, answer)), effects


def notice(state: State, said: Notice, at: float) -> Result:
    return change(state, noticed=Noticed(said, at), entry=None, choice=None), [Beep()]


def resend(state: State, pending: Pending, at: float) -> Result:
    again = change(pending, resend_at=at + state.settings.resend_s)
    return change(state, pending=again, resent=state.resent + 1), [Send(pending.action)]


def _is_double(state: State, key: str, at: float) -> bool:
    """A trembling finger. Else `serve-end` would serve and end in one go."""
    return not is_sign(key) and state.last[0] == key and 0 <= at - state.last[1] < state.settings.double_s


def _press(state: State, key: str, at: float) -> Result:
    if state.pending is not None:
        return _still_waiting(state, state.pending)
    if state.choice is not None:
        return _chosen(change(state, choice=None), state.choice, key, at)
    entered = "" if state.entry is None else state.entry.text
    match meaning(key, entered, None if state.view is None else state.view.phase):
        case Entered(text):
            return change(state, entry=Entry(text, at) if text else None, noticed=None), []
        case Notice() as refusal:
            return notice(change(state, unclear=state.unclear + 1), refusal, at)
        case Order() as order:
            return _order(change(state, entry=None), order, key, at)


def _chosen(state: State, choice: Choice, key: str, at: float) -> Result:
    """A digit names the reason; the same key again, or `ok`, gives none; any other key means something else."""
    if key in choice.reasons:
        return _send(state, change(choice.order, reason=choice.reasons[key]), at)
    if is_sign(key):
        return notice(change(state, unclear=state.unclear + 1), words.NO_SUCH_REASON, at)
    if key in (choice.key, "ok"):
        return _send(state, choice.order, at)
    return _press(state, key, at)


def _order(state: State, order: Order, key: str, at: float) -> Result:
    reasons = _reasons(state, order)
    if state.online and reasons:
        return change(state, choice=Choice(order, reasons, key, at), noticed=None), []
    return _send(state, order, at)


def _reasons(state: State, order: Order) -> dict[str, str]:
    settings = state.settings
    match order.verb:
        case "call":
            return settings.call_reasons
        case "pause":
            return settings.pause_reasons
    return {}


def _send(state: State, order: Order, at: float) -> Result:
    if not state.online:
        return notice(change(state, offline=state.offline + 1), words.OFFLINE, at)
    sent = state.sent + 1
    action = Action(
        id=f"{state.boot}-{sent}",
        verb=order.verb,
        argument=order.argument,
        reason=order.reason,
        at=datetime.fromtimestamp(at, UTC),
        expires_s=state.settings.expires_s,
    )
    pending = Pending(action, at, at + state.settings.resend_s)
    return change(state, pending=pending, sent=sent, noticed=None), [Send(action)]


def _still_waiting(state: State, pending: Pending) -> Result:
    return change(state, pending=change(pending, pressed_again=True), unclear=state.unclear + 1), []


def _stroke(state: State, event: Heard) -> Result:
    """Acknowledged first; what was not taken is answered by a beep, which the keypad knows for a refusal."""
    heard_it: list[Effect] = [Acknowledge(event.frame)]
    stroke = ff68_keys.keystroke(event.frame, "idle" if state.view is None else state.view.phase)
    if state.trial is not None and state.trial.name == "keys":
        name = event.frame.data.hex() if stroke is None else stroke.verb or "clear"
        return change(state, trial=trial.with_key(state.trial, name)), heard_it
    if stroke is None:
        return notice(change(state, unclear=state.unclear + 1), words.UNKNOWN_KEY, event.at)
    if stroke.verb is None:
        return change(state, entry=None, noticed=None), heard_it
    if state.pending is not None:
        state, _ = _still_waiting(state, state.pending)
        return state, heard_it
    state, effects = _send(state, Order(stroke.verb, stroke.argument), event.at)
    return state, effects if not state.online else [*heard_it, *effects]
