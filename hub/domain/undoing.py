"""Taking back the last action at a counter (撤销): what to remember of it, and whether it can still be undone."""

from msgspec.structs import replace

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.decision import Decision, event, is_over, refused
from hub.domain.state import Day, LastAction, Ticket

_UNDOABLE = (
    e.TicketCalled, e.ServiceStarted, e.ServiceEnded, e.ItemAdded, e.TicketTransferred, e.TicketParked, e.TicketMissed,
    e.RatingAsked, e.CounterOpened, e.CounterClosed, e.CounterPaused, e.CounterResumed,
)  # fmt: skip


def remember(before: Day, after: Day, event: e.AnyEvent) -> Day:
    """`after` with what the event did noted, where it was done at a counter."""
    if not isinstance(event, _UNDOABLE):
        return after
    counter, what = event.counter, str(event.__struct_config__.tag)
    last = before.last_actions.get(counter)
    if last is None or last.command != event.command:
        last = LastAction(
            command=event.command,
            what=what,
            at=event.at,
            counter=before.counter(counter),
            asked=before.asked.get(counter, ""),
        )
    asks = (*last.asks, event.ask) if isinstance(event, e.RatingAsked) else last.asks
    last = replace(_with_ticket(last, before, after, getattr(event, "number", "")), what=what, asks=asks)
    return replace(after, last_actions=after.last_actions.set(counter, last))


def _with_ticket(last: LastAction, before: Day, after: Day, number: str) -> LastAction:
    if not number:
        return last
    known = any(ticket.number == number for ticket in last.before)
    others = tuple(ticket for ticket in last.after if ticket.number != number)
    return replace(
        last,
        before=last.before if known else (*last.before, before.tickets[number]),
        after=(*others, after.tickets[number]),
    )


def undo(state: Day, command: c.Undo) -> Decision:
    last = state.last_actions.get(command.counter)
    if last is None:
        return (refused(command, "nothing-to-undo"),)
    if is_over(last.at, state.hall.policy.undo_s, command.at):
        return (refused(command, "undo-too-late"),)
    moved = next((ticket for ticket in last.after if _stands(state.tickets[ticket.number]) != _stands(ticket)), None)
    if moved is not None:
        return (refused(command, "undo-overtaken", moved.number),)
    elsewhere = state.clerk_at(last.counter.clerk) if last.counter.clerk else ""
    if elsewhere not in ("", command.counter):
        return (refused(command, "clerk-elsewhere", elsewhere),)
    undone = event(
        command,
        e.ActionUndone,
        counter=command.counter,
        clerk=state.counter(command.counter).clerk or last.counter.clerk,
        undone=last.command,
        what=last.what,
        numbers=tuple(ticket.number for ticket in last.before),
    )
    return (undone,)


def _stands(ticket: Ticket) -> tuple[object, ...]:
    """What must not have changed since: a printer may speak late, a person may not have been called meanwhile."""
    return ticket.phase, ticket.counter, ticket.calls, ticket.line, ticket.place_at, ticket.level
