"""Frames of the handhelds: what they ask for, and which of the repeaters in reach answers. Pure."""

from edge.protocols import ff68, ff68_keys
from edge.repeater.events import Transmit
from edge.repeater.handset import Handset
from edge.repeater.state import Result, State, beep, keep, moment, next_id, relayed, replaced
from edge.runtime.device import Effect, ReportHealth, Send
from wire.messages import Action, CallerView, EvaluatorView, Rating, Relayed

_LAST_TURN = 3  # handhelds say a thing four times


def heard(state: State, at: float, frame: ff68.Frame, rssi_dbm: int | None) -> Result:
    handset = state.handsets.get(frame.address)
    if handset is None:
        return _stranger(state, at, frame.address), ()
    if handset.waiting and frame == handset.sent:
        state = keep(state, handset.echoed(at, rssi_dbm, state.settings))
    elif _is_overheard(handset, frame):
        state = keep(state, handset.overhearing(frame, at, rssi_dbm))
    elif _is_others_answer(state, handset, at, frame):
        return keep(state, replaced(handset, answer_at=float("inf"))), ()
    else:
        state, effects = _said(keep(state, handset.heard(at, rssi_dbm)), at, frame, rssi_dbm)
        return state, (*effects, *_news(handset, state))
    return state, _news(handset, state)


def answers_due(state: State, at: float) -> Result:
    """Nobody else was faster: now it is our turn. The hub hears at once that who should have answered did not."""
    effects: tuple[Effect, ...] = ()
    for handset in state.handsets.values():
        if at >= handset.answer_at:
            state = keep(state, replaced(handset, answer_at=float("inf"), stood_in_at=at))
            effects += (*handset.answer, ReportHealth())
    return state, effects


def _news(before: Handset, state: State) -> tuple[Effect, ...]:
    now = state.handsets[before.address]
    return (ReportHealth(),) if now.present and not before.present else ()


def _stranger(state: State, at: float, address: int) -> State:
    """Counted, and its address kept for the technician; however many there are, they cost next to nothing."""
    limit = state.settings.strangers_per_s_max
    allowance = min(limit, state.strangers_allowance + (at - state.strangers_at) * limit) - 1
    state = replaced(state, strangers=state.strangers + 1)
    if allowance < 0:
        return replaced(state, strangers_dropped=state.strangers_dropped + 1)
    return replaced(state, stranger=address, strangers_allowance=allowance, strangers_at=at)


def _is_overheard(handset: Handset, frame: ff68.Frame) -> bool:
    """Whether no handheld says that by itself: it is a frame to one, or the echo of it."""
    only_ratings = isinstance(handset.view, EvaluatorView)
    return ff68_keys.is_echo(frame) or (only_ratings and frame.command != ff68_keys.RATING)


def _is_others_answer(state: State, handset: Handset, at: float, frame: ff68.Frame) -> bool:
    """A key is acknowledged by itself; a handheld's own repeat comes later."""
    return handset.turns > 1 and frame == handset.last and 0 <= at - handset.last_at < state.settings.answer_s


def _said(state: State, at: float, frame: ff68.Frame, rssi_dbm: int | None) -> Result:
    """Drop what comes too fast, answer a repeat as before, and act upon the rest."""
    handset = state.handsets[frame.address]
    limit, since = state.settings.frames_per_s_max, at - handset.last_at
    allowance = min(limit, handset.allowance + since * limit) - 1
    if allowance < 0:
        return keep(state, replaced(handset, dropped=handset.dropped + 1)), ()
    repeated = frame == handset.last and since < state.settings.repeat_s
    copies = handset.copies + 1 if repeated else 1
    state = keep(state, replaced(handset, last=frame, last_at=at, allowance=allowance, copies=copies))
    return _repeated(state, at, frame) if repeated else _new(state, at, frame, rssi_dbm)


def _new(state: State, at: float, frame: ff68.Frame, rssi_dbm: int | None) -> Result:
    """Passed on at once, whoever answers it."""
    said = _pressed if isinstance(state.handsets[frame.address].view, CallerView) else _rated
    state, effects = said(state, at, frame, rssi_dbm)
    handset = state.handsets[frame.address]
    answer = tuple(effect for effect in effects if not isinstance(effect, Send) or effect.durable)
    turn = _turn(state, handset)
    state = keep(state, replaced(handset, answer=answer, answer_turn=turn, answer_at=float("inf")))
    return state, effects if turn == 0 else tuple(effect for effect in effects if isinstance(effect, Send))


def _repeated(state: State, at: float, frame: ff68.Frame) -> Result:
    """It missed its answer. With each repeat one more repeater joins in, each a moment after the one before."""
    handset = state.handsets[frame.address]
    handset = replaced(handset, repeats=handset.repeats + 1)
    if not handset.answer_turn < handset.copies <= state.settings.stuck_after:
        return keep(state, handset), ()
    if handset.turn == 0:
        return keep(state, handset), handset.answer
    return keep(state, replaced(handset, answer_at=at + handset.turn * state.settings.slot_s)), ()


def _turn(state: State, handset: Handset) -> int:
    """Who cannot reach the hub lets those go first that perhaps can: no clerk shall hear of a fault for nothing."""
    if state.link_up or handset.turns == 1 or not isinstance(handset.view, CallerView):
        return handset.turn
    return max(handset.turn, min(handset.turns, _LAST_TURN))


def _pressed(state: State, at: float, frame: ff68.Frame, rssi_dbm: int | None) -> Result:
    """A keypad. A press is not kept for later: while the hub is away its clerk hears so."""
    handset = state.handsets[frame.address]
    assert isinstance(handset.view, CallerView)
    stroke = ff68_keys.keystroke(frame, handset.view.phase)
    if stroke is None:
        return beep(_unread(state, handset), frame.address)
    if stroke.verb is None:
        return state, (_acknowledge(frame),)
    if not state.link_up:
        return beep(state, frame.address)
    state, ident = next_id(state)
    state = relayed(state, ident, frame.address, at, press=True)
    action = Action(id=ident, verb=stroke.verb, argument=stroke.argument, at=moment(at))
    message = Relayed(id=ident, handheld=frame.address, message=action, rssi_dbm=rssi_dbm)
    return state, (_acknowledge(frame), Send(message))


def _rated(state: State, at: float, frame: ff68.Frame, rssi_dbm: int | None) -> Result:
    """An evaluator. Acknowledged after it is on disk, so it is taken while the hub is away, too."""
    handset = state.handsets[frame.address]
    level, ask = ff68_keys.level(frame), handset.open_ask(at)
    if ff68_keys.is_not_rated(frame):
        return state, (_acknowledge(frame),)
    if level is None:
        return _unread(state, handset), ()
    if not ask:
        return beep(state, frame.address)
    state, ident = next_id(keep(state, replaced(handset, rated=ask)))
    state = relayed(state, ident, frame.address, at, press=False)
    rating = Rating(id=ident, ask=ask, level=level, at=moment(at))
    message = Relayed(id=ident, handheld=frame.address, message=rating, rssi_dbm=rssi_dbm)
    return state, (Send(message, durable=True), _acknowledge(frame))


def _acknowledge(frame: ff68.Frame) -> Transmit:
    return Transmit(ff68_keys.acknowledgement(frame), urgent=True)


def _unread(state: State, handset: Handset) -> State:
    return keep(state, replaced(handset, unread=handset.unread + 1))
