"""What a repeater does with what it hears: pure. README.md has it as a table."""

from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec

from edge.protocols import ff68, ff68_keys
from edge.repeater.handset import Handset
from edge.repeater.settings import Settings
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, ReportHealth, Send
from wire.messages import Action, CallerView, Rating, Relayed, RepeaterView, Reply

_ANSWER_S = 10.0  # a press that the hub has not answered by then counts for nothing any more


class Heard(Input, frozen=True, kw_only=True):
    """A whole frame came in over the air."""

    frame: ff68.Frame


class PortChanged(Input, frozen=True, kw_only=True):
    """The radio's serial port opened, or went away."""

    open: bool


class Transmit(msgspec.Struct, frozen=True):
    """Send a frame. Urgent: an answer that a handheld waits for, ahead of what is merely to be shown."""

    frame: ff68.Frame
    urgent: bool = False


class _Relay(msgspec.Struct, frozen=True):
    """A message under way to the hub."""

    address: int
    until: float
    press: bool  # a key: its clerk is told when no answer comes; a rating's citizen has gone


class State(msgspec.Struct, frozen=True, kw_only=True):
    context: Context
    settings: Settings
    at: float = 0.0  # of the newest input
    link_up: bool = False
    port_open: bool = False
    count: int = 0  # messages sent
    handsets: dict[int, Handset] = {}
    under_way: dict[str, _Relay] = {}  # by the message's id
    strangers: int = 0  # frames of addresses that are not ours
    refused: int = 0  # by the hub
    unanswered: int = 0  # presses
    beeps: int = 0


_Result: TypeAlias = tuple[State, tuple[Effect, ...]]
_with = msgspec.structs.replace


def start(context: Context, settings: Settings) -> State:
    return State(context=context, settings=settings)


def react(state: State, event: Input) -> _Result:
    if event.at < state.at:
        state = _clock_set(state, event.at - state.at)
    state, effects = _happen(_with(state, at=event.at), event)
    state, overdue = _give_up(state, event.at)
    state, due = _send_due(state, event.at)
    return state, (*effects, *overdue, *due)


def wake_at(state: State) -> float | None:
    """The next frame that is due, or the next answer that will have taken too long."""
    moments = [relay.until for relay in state.under_way.values()]
    if state.port_open:
        moments += [handset.send_at for handset in state.handsets.values()]
    return min(moments, default=None)


def facts(state: State) -> dict[str, Any]:
    """Counters since the start, and under `handhelds` those of each, by FF68 address."""
    return {
        "known": len(state.handsets),
        "present": sum(handset.present for handset in state.handsets.values()),
        "relayed": state.count,
        "strangers": state.strangers,
        "refused": state.refused,
        "unanswered": state.unanswered,
        "beeps": state.beeps,
        "handhelds": {str(address): handset.facts(state.at) for address, handset in state.handsets.items()},
    }


def _happen(state: State, event: Input) -> _Result:
    match event:
        case Heard(at=at, frame=frame):
            return _heard(state, at, frame)
        case Arrived(at=at, message=RepeaterView() as view):
            return _show(state, at, view), ()
        case Arrived(message=Reply() as reply):
            return _replied(state, reply)
        case LinkChanged(up=up):
            return _with(state, link_up=up), ()
        case PortChanged(at=at, open=is_open):
            # What the handhelds missed meanwhile is shown at once.
            handsets = {address: handset.anew(at) for address, handset in state.handsets.items()}
            return _with(state, port_open=is_open, handsets=handsets), (ReportHealth(),)
        case _:
            return state, ()


def _clock_set(state: State, by_s: float) -> State:
    """Back: without this, polls, limits and answers would stand still until the old time comes again."""
    handsets = {address: handset.later(by_s) for address, handset in state.handsets.items()}
    under_way = {ident: _with(relay, until=relay.until + by_s) for ident, relay in state.under_way.items()}
    return _with(state, handsets=handsets, under_way=under_way)


# Down: views and answers of the hub.


def _show(state: State, at: float, view: RepeaterView) -> State:
    """The view is also the allow-list: who is not in it any more is a stranger."""
    handsets = {}
    for handheld in view.handhelds:
        known = state.handsets.get(handheld.address)
        if known is not None and type(known.view) is type(handheld.view):
            handsets[handheld.address] = known.shown(handheld.view, at, state.settings)
        else:
            handsets[handheld.address] = Handset(address=handheld.address, view=handheld.view, send_at=at)
    return _with(state, handsets=handsets)


def _replied(state: State, reply: Reply) -> _Result:
    relay = state.under_way.get(reply.to)
    if relay is None:
        return state, ()
    state = _with(state, under_way={key: value for key, value in state.under_way.items() if key != reply.to})
    return (state, ()) if reply.ok else _beep(_with(state, refused=state.refused + 1), relay.address)


def _give_up(state: State, at: float) -> _Result:
    """Nobody answered: the clerk must not go on waiting for a ticket that does not come."""
    late = [relay for relay in state.under_way.values() if at >= relay.until]
    if not late:
        return state, ()
    state = _with(state, under_way={key: relay for key, relay in state.under_way.items() if at < relay.until})
    effects: tuple[Effect, ...] = ()
    for relay in late:
        if relay.press:
            state, beep = _beep(_with(state, unanswered=state.unanswered + 1), relay.address)
            effects += beep
    return state, effects


def _send_due(state: State, at: float) -> _Result:
    """Changes, retries and polls: whatever is due goes out, if there is a port."""
    due = [handset for handset in state.handsets.values() if state.port_open and at >= handset.send_at]
    effects: list[Effect] = []
    for handset in due:
        gone = handset.present and handset.heard_at is not None and at - handset.heard_at >= state.settings.lost_s
        if gone:
            handset = _with(handset, present=False, lost=handset.lost + 1)
            effects.append(ReportHealth())
        handset, frame = _next_frame(handset, at, state.settings)
        state = _keep(state, handset)
        effects.append(Transmit(frame))
    return state, tuple(effects)


def _next_frame(handset: Handset, at: float, settings: Settings) -> tuple[Handset, ff68.Frame]:
    """A handheld out of hearing is only polled: retries for it would take the air from the others."""
    frame = handset.wanted(at, settings)
    retries = 0 if handset.echoed else handset.retries + 1
    again = handset.present and retries < settings.retries_max
    sent = _with(handset, sent=frame, asked=handset.open_ask(at), echoed=False, retries=retries)
    return _with(sent, send_at=at + (settings.retry_s if again else settings.poll_s)), frame


# Up: frames of the handhelds.


def _heard(state: State, at: float, frame: ff68.Frame) -> _Result:
    handset = state.handsets.get(frame.address)
    if handset is None:
        return _with(state, strangers=state.strangers + 1), ()
    news = () if handset.present else (ReportHealth(),)
    handset = _with(handset, heard_at=at, present=True, frames=handset.frames + 1)
    if frame == handset.sent and not handset.echoed:
        return _keep(state, _with(handset, echoed=True, send_at=at + state.settings.poll_s)), news
    if ff68_keys.is_echo(frame):
        return _keep(state, handset), news
    state, effects = _said(state, at, frame, handset)
    return state, (*effects, *news)


def _said(state: State, at: float, frame: ff68.Frame, handset: Handset) -> _Result:
    """Drop what comes too fast, answer a repeat as before, and act upon the rest."""
    limit, since = state.settings.frames_per_s_max, at - handset.last_at
    allowance = min(limit, handset.allowance + since * limit) - 1
    if allowance < 0:
        return _keep(state, _with(handset, dropped=handset.dropped + 1)), ()
    repeated = frame == handset.last and since < state.settings.repeat_s
    handset = _with(handset, last=frame, last_at=at, allowance=allowance)
    if repeated:
        return _keep(state, _with(handset, repeats=handset.repeats + 1)), handset.answer
    said = _pressed if isinstance(handset.view, CallerView) else _rated
    state, effects = said(_keep(state, handset), at, frame)
    again = tuple(effect for effect in effects if not isinstance(effect, Send) or effect.durable)
    return _keep(state, _with(state.handsets[frame.address], answer=again)), effects


def _pressed(state: State, at: float, frame: ff68.Frame) -> _Result:
    """A keypad. A press is not kept for later: while the hub is away its clerk hears so."""
    handset = state.handsets[frame.address]
    assert isinstance(handset.view, CallerView)
    stroke = ff68_keys.keystroke(frame, handset.view.phase)
    if stroke is None:
        return _beep(_unread(state, handset), frame.address)
    if stroke.verb is None:
        return state, (_acknowledge(frame),)
    if not state.link_up:
        return _beep(state, frame.address)
    state, ident = _next_id(state, frame.address, at, press=True)
    action = Action(id=ident, verb=stroke.verb, argument=stroke.argument, at=_moment(at))
    return state, (_acknowledge(frame), Send(Relayed(id=ident, handheld=frame.address, message=action)))


def _rated(state: State, at: float, frame: ff68.Frame) -> _Result:
    """An evaluator. Acknowledged after it is on disk, so it is taken while the hub is away, too."""
    handset = state.handsets[frame.address]
    level, ask = ff68_keys.level(frame), handset.open_ask(at)
    if ff68_keys.is_not_rated(frame):
        return state, (_acknowledge(frame),)
    if level is None:
        return _unread(state, handset), ()
    if not ask:
        return _beep(state, frame.address)
    state, ident = _next_id(_keep(state, _with(handset, rated=ask)), frame.address, at, press=False)
    rating = Rating(id=ident, ask=ask, level=level, at=_moment(at))
    relayed = Relayed(id=ident, handheld=frame.address, message=rating)
    return state, (Send(relayed, durable=True), _acknowledge(frame))


def _acknowledge(frame: ff68.Frame) -> Transmit:
    return Transmit(ff68_keys.acknowledgement(frame), urgent=True)


def _beep(state: State, address: int) -> _Result:
    return _with(state, beeps=state.beeps + 1), (Transmit(ff68_keys.beep(address), urgent=True),)


def _unread(state: State, handset: Handset) -> State:
    return _keep(state, _with(handset, unread=handset.unread + 1))


def _next_id(state: State, address: int, at: float, *, press: bool) -> tuple[State, str]:
    ident = f"{state.context.boot}-{state.count + 1}"
    relay = _Relay(address, at + _ANSWER_S, press)
    return _with(state, count=state.count + 1, under_way={**state.under_way, ident: relay}), ident


def _keep(state: State, handset: Handset) -> State:
    return _with(state, handsets={**state.handsets, handset.address: handset})


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
