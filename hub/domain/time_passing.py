"""What happens because time passed: prints and ratings of which nothing was heard, the day's end, late wishes."""

from msgspec.structs import replace

from hub.domain import appointments, ratings
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.decision import Decision, at_counter, event, is_over
from hub.domain.state import Day, OpenAsk


def settle(state: Day, command: c.Settle) -> Decision:
    policy = state.hall.policy
    unconfirmed = [
        event(command, e.TicketQueued, number=number, confirmed=False)
        for number, at in sorted(state.reserved.items())
        if is_over(at, policy.print_wait_s, command.at)
    ]
    unanswered = [
        asked
        for asked in _open_asks(state)
        if is_over(asked.asked_at, ratings.asks_s(asked) + policy.rating_grace_s, command.at)
    ]
    return *unconfirmed, *ratings.lapsed(command, unanswered), *appointments.overdue(state, command)


def end_day(state: Day, command: c.EndDay) -> Decision:
    """Nothing stays open. A rating that was pressed in time still counts when it comes later."""
    happened: list[e.AnyEvent] = []
    for ticket in sorted(state.tickets.values(), key=lambda t: t.number):
        if ticket.phase == "serving":
            ended = at_counter(state, command, e.ServiceEnded, ticket)
            happened.append(replace(ended, services=(ticket.service,)))
        elif ticket.phase in ("reserved", "waiting", "called", "parked"):
            happened.append(event(command, e.TicketCancelled, number=ticket.number, reason="day end"))
    for counter, at in sorted(state.counters.items()):
        if at.clerk:
            happened.append(event(command, e.CounterClosed, counter=counter, clerk=at.clerk))
    happened += appointments.left_open(state, command)
    return *happened, *ratings.lapsed(command, _open_asks(state)), event(command, e.DayEnded)


def refuse_late(state: Day, command: c.RefuseLate) -> Decision:
    return (event(command, e.Refused, what=command.what, code="expired"),)


def _open_asks(state: Day) -> list[OpenAsk]:
    return [state.asks[ident] for ident in sorted(state.open_asks)]
