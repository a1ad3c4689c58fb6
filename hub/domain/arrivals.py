"""Somebody is at a machine and wants a ticket: who has an appointment for just that gets the one for it."""

from msgspec.structs import replace

from hub.domain import appointments, tickets
from hub.domain import commands as c
from hub.domain.decision import Decision
from hub.domain.state import Day


def take(state: Day, command: c.TakeTicket) -> Decision:
    """Nobody stands twice: the appointment is checked in where it can be now; else it is a ticket like any other.

    Of several services the booked one comes first on the ticket, for by it the citizen is called.
    """
    one = appointments.due(state, command)
    if one is None:
        return tickets.take(state, command)
    more = tuple(letter for letter in (command.service, *command.more) if letter != one.service)
    return appointments.keep(state, one, replace(command, service=one.service, more=more))
