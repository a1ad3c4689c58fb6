"""Taking back the last action at a counter (撤销): what to remember of it, whether it can be undone, and undoing it."""

from typing import Any

from msgspec.structs import replace

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.decision import Decision, event, is_over, refused
from hub.domain.evolve_counters import DURATIONS_KEPT, answered
from hub.domain.places import line_up, take_away
from hub.domain.state import OPEN, Day, LastAction, Ticket
from hub.domain.tickets import queued_number

UNDOABLE = frozenset({
    e.TicketCalled, e.ServiceStarted, e.ServiceEnded, e.ItemAdded, e.TicketTransferred, e.TicketParked, e.TicketMissed,
    e.RatingAsked, e.CounterOpened, e.CounterClosed, e.CounterPaused, e.CounterResumed,
})  # fmt: skip


def remember(before: Day, after: Day, happened: Any) -> Day:
    """`after` with what the event did noted, where it was done at a counter."""
    if type(happened) not in UNDOABLE:
        return after
    last = before.last_actions.get(happened.counter)
    if last is None or last.command != happened.command:
        last = _begun(before, happened)
    changes: dict[str, Any] = {"what": str(happened.__struct_config__.tag)}
    if isinstance(happened, e.RatingAsked):
        changes["asks"] = (*last.asks, happened.ask)
    if isinstance(happened, e.ServiceEnded):
        service = before.tickets[happened.number].service
        changes |= {"ended": happened.number, "durations": before.durations.get(service, ())}
    if number := getattr(happened, "number", ""):
        changes |= _with_ticket(last, before, after, number)
    return replace(after, last_actions=after.last_actions.set(happened.counter, replace(last, **changes)))


def _begun(before: Day, happened: Any) -> LastAction:
    return LastAction(
        command=happened.command,
        what="",
        at=happened.at,
        counter=before.counter(happened.counter),
        asked=before.asked.get(happened.counter, ""),
        calls=before.calls,
        parked=before.parked,
    )


def _with_ticket(last: LastAction, before: Day, after: Day, number: str) -> dict[str, tuple[Ticket, ...]]:
    if not last.before:  # almost always
        return {"before": (before.tickets[number],), "after": (after.tickets[number],)}
    known = any(ticket.number == number for ticket in last.before)
    others = tuple(ticket for ticket in last.after if ticket.number != number)
    return {
        "before": last.before if known else (*last.before, before.tickets[number]),
        "after": (*others, after.tickets[number]),
    }


def undo(state: Day, command: c.Undo) -> Decision:
    last = state.last_actions.get(command.counter)
    if last is None:
        return (refused(command, "nothing-to-undo"),)
    if is_over(last.at, state.hall.policy.undo_s, command.at):
        return (refused(command, "undo-too-late"),)
    if refusal := _overtaken(state, command, last):
        return refusal
    done = event(
        command,
        e.ActionUndone,
        counter=command.counter,
        clerk=state.counter(command.counter).clerk or last.counter.clerk,
        undone=last.command,
        what=last.what,
        numbers=tuple(ticket.number for ticket in last.before),
    )
    return (done,)


def _overtaken(state: Day, command: c.Undo, last: LastAction) -> Decision:
    """A refusal where something else came of it since: to a ticket, to its citizen, to the clerk."""
    for ticket in last.after:
        if not _is_still(ticket, state.tickets[ticket.number]):
            return (refused(command, "undo-overtaken", ticket.number),)
    for ticket in last.before:
        if ticket.phase in OPEN and (other := queued_number(state, ticket.person, ticket.items, ticket.number)):
            return (refused(command, "has-other-ticket", other),)
    elsewhere = state.clerk_at(last.counter.clerk) if last.counter.clerk else ""
    if elsewhere not in ("", command.counter):
        return (refused(command, "clerk-elsewhere", elsewhere),)
    return ()


def _is_still(left: Ticket, now: Ticket) -> bool:
    """Only the printer may have spoken meanwhile."""
    return replace(left, confirmed=now.confirmed) == now


def undone(state: Day, happened: e.ActionUndone) -> Day:
    counter = happened.counter
    last = state.last_actions[counter]
    state = _durations_before(state, last)
    for ticket in last.before:
        state = _put_back(state, ticket, last)
    for ask in last.asks:
        state = answered(state, ask, "withdrawn")
    return replace(
        state,
        counters=state.counters.set(counter, last.counter),
        asked=state.asked.set(counter, last.asked),
        last_actions=state.last_actions.delete(counter),
    )


def _durations_before(state: Day, last: LastAction) -> Day:
    if not last.ended:
        return state
    service = next(ticket.service for ticket in last.before if ticket.number == last.ended)
    latest = list(state.durations.get(service, ()))
    for index in reversed(range(len(latest))):
        if latest[index][0] == last.ended:
            del latest[index]
            break
    pushed_out = last.durations[:1] if len(last.durations) == DURATIONS_KEPT else ()
    kept = (*pushed_out, *latest)[-DURATIONS_KEPT:]
    return replace(state, durations=state.durations.set(service, kept))


def _put_back(state: Day, ticket: Ticket, last: LastAction) -> Day:
    """Where it was, and as it was; the printer may have spoken meanwhile."""
    number = ticket.number
    ticket = replace(ticket, confirmed=state.tickets[number].confirmed)
    state = take_away(state, number)
    state = replace(state, tickets=state.tickets.set(number, ticket), calls=_calls_before(state, number, last))
    if ticket.phase == "parked":
        earlier = [other for other in last.parked if other == number or other in state.parked]
        return replace(state, parked=(*earlier, *(other for other in state.parked if other not in earlier)))
    return line_up(state, number) if ticket.phase == "waiting" else state


def _calls_before(state: Day, number: str, last: LastAction) -> tuple[str, ...]:
    """Without this call of `number`; an earlier one of it stands where it stood."""
    now = state.calls
    if number not in last.calls or number not in now:
        return tuple(other for other in now if other != number)
    since = now[: now.index(number)]
    before = (other for other in last.calls if other not in since and other in now)
    return (*since, *before)
