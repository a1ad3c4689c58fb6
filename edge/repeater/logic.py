"""What a repeater does with what it hears and is told: pure. README.md has it as a table."""

from typing import Any

from edge.repeater import hearing, self_test
from edge.repeater.events import Heard, PortChanged, Transmit
from edge.repeater.handset import Handset
from edge.repeater.settings import Settings
from edge.repeater.state import Result, State, beep, keep, replaced
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, ReportHealth
from wire.messages import RepeaterView, Reply
from wire.orders import SelfTest


def start(context: Context, settings: Settings) -> State:
    return State(context=context, settings=settings)


def react(state: State, event: Input) -> Result:
    if event.at < state.at:
        state = _clock_set(state, event.at - state.at)
    state, effects = _happen(replaced(state, at=event.at), event)
    for rule in (hearing.answers_due, _give_up, _fall_silent, _send_due, self_test.end):
        state, more = rule(state, event.at)
        effects += more
    return state, effects


def wake_at(state: State) -> float | None:
    """The next frame that is due, or the next answer that will have taken too long."""
    moments = [relay.until for relay in state.under_way.values()]
    if state.trial is not None:
        moments.append(state.trial.until)
    if state.port_open:
        moments += [handset.wake_at(state.settings) for handset in state.handsets.values()]
    earliest = min(moments, default=float("inf"))
    return None if earliest == float("inf") else earliest


def facts(state: State) -> dict[str, Any]:
    """Counters since the start, and under `handhelds` those of each, by FF68 address."""
    return {
        "known": len(state.handsets),
        "present": sum(handset.present for handset in state.handsets.values()),
        "relayed": state.count,
        "strangers": state.strangers,
        "stranger": state.stranger,
        "strangers_dropped": state.strangers_dropped,
        "refused": state.refused,
        "unanswered": state.unanswered,
        "beeps": state.beeps,
        "handhelds": {
            str(address): handset.facts(state.at, state.settings) for address, handset in state.handsets.items()
        },
    }


def busy(state: State) -> str:
    """A press that waits for its answer would wait in vain."""
    if state.trial is not None:
        return "自检正在进行 A self-test is under way"
    return "有操作在等应答 A handheld waits for its answer" if state.under_way else ""


def here(state: State) -> str:
    """Its handhelds lie elsewhere, and would only disturb those who hold them: the board's own LED has to do."""
    return ""


def _happen(state: State, event: Input) -> Result:
    match event:
        case Heard(at=at, frame=frame, rssi_dbm=rssi_dbm):
            state, effects = hearing.heard(state, at, frame, rssi_dbm)
            return self_test.heard(state, frame, rssi_dbm), effects
        case Arrived(at=at, message=RepeaterView() as view):
            return _show(state, at, view), ()
        case Arrived(message=Reply() as reply):
            return _replied(state, reply)
        case Arrived(at=at, message=SelfTest() as order):
            return self_test.begin(state, at, order)
        case LinkChanged(up=up):
            return replaced(state, link_up=up), ()
        case PortChanged(at=at, open=is_open):
            # What the handhelds missed meanwhile is shown at once.
            handsets = {address: handset.anew(at) for address, handset in state.handsets.items()}
            return replaced(state, port_open=is_open, handsets=handsets), (ReportHealth(),)
        case _:
            return state, ()


def _clock_set(state: State, by_s: float) -> State:
    """Back: without this, polls, limits and answers would stand still until the old time comes again."""
    handsets = {address: handset.later(by_s) for address, handset in state.handsets.items()}
    under_way = {ident: replaced(relay, until=relay.until + by_s) for ident, relay in state.under_way.items()}
    trial = None if state.trial is None else replaced(state.trial, until=state.trial.until + by_s)
    strangers_at = state.strangers_at + by_s
    return replaced(state, handsets=handsets, under_way=under_way, trial=trial, strangers_at=strangers_at)


# Down: views and answers of the hub.


def _show(state: State, at: float, view: RepeaterView) -> State:
    """The view is also the allow-list: who is not in it any more is a stranger."""
    handsets = {}
    for handheld in view.handhelds:
        known = state.handsets.get(handheld.address)
        if known is None or type(known.view) is not type(handheld.view):
            known = Handset(address=handheld.address, view=handheld.view, turn=handheld.turn, turns=handheld.turns)
            handsets[handheld.address] = known.anew(at)
        else:
            placed = known.placed(handheld.turn, handheld.turns, at)
            handsets[handheld.address] = placed.shown(handheld.view, at, state.settings)
    return replaced(state, handsets=handsets)


def _replied(state: State, reply: Reply) -> Result:
    """Whose copy of a press came first hears of its refusal, and beeps; the hub takes the others for echoes."""
    relay = state.under_way.get(reply.to)
    if relay is None:
        return state, ()
    state = replaced(state, under_way={key: value for key, value in state.under_way.items() if key != reply.to})
    return (state, ()) if reply.ok else beep(replaced(state, refused=state.refused + 1), relay.address)


def _give_up(state: State, at: float) -> Result:
    """Nobody answered: the clerk must not go on waiting for a ticket that does not come."""
    late = [relay for relay in state.under_way.values() if at >= relay.until]
    if not late:
        return state, ()
    state = replaced(state, under_way={key: relay for key, relay in state.under_way.items() if at < relay.until})
    effects: tuple[Effect, ...] = ()
    for relay in late:
        state = replaced(state, unanswered=state.unanswered + relay.press)
        if relay.press and _speaks_to(state, relay.address):
            state, more = beep(state, relay.address)
            effects += more
    return state, effects


def _speaks_to(state: State, address: int) -> bool:
    handset = state.handsets.get(address)
    return handset is None or handset.turn == 0


def _fall_silent(state: State, at: float) -> Result:
    gone = [handset for handset in state.handsets.values() if handset.gone(at, state.settings)]
    for handset in gone:
        state = keep(state, replaced(handset, present=False, lost=handset.lost + 1))
    return state, (ReportHealth(),) * bool(gone)


def _send_due(state: State, at: float) -> Result:
    """Changes, retries and polls: whatever is due goes out, if there is a port.

    That a handheld does not answer any more is told at once: another repeater may reach it.
    """
    effects: list[Effect] = []
    for handset in state.handsets.values():
        while state.port_open and at >= handset.send_at:
            handset, frame = handset.sending(at, state.settings)
            if frame is not None:
                effects.append(Transmit(frame))
            elif handset.misses == 1 and handset.turns > 1:
                effects.append(ReportHealth())
        state = keep(state, handset)
    return state, tuple(effects)
