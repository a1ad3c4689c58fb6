"""Which ticket is next at a counter, and why."""

from typing import NamedTuple

from hub.domain.state import Day, Ticket


class Choice(NamedTuple):
    ticket: Ticket
    why: str  # a code of `hub.domain.words.WHY`


def choose(state: Day, services: tuple[str, ...]) -> Choice | None:
    """Whoever came first among those whom this counter serves; at the same moment, the service it prefers."""
    first = min(
        (state.tickets[line[0]] for service in services if (line := state.waiting.get(service))),
        key=lambda ticket: (ticket.taken_at, services.index(ticket.service)),
        default=None,
    )
    if first is None:
        return None
    return Choice(first, "only-service" if len(services) == 1 else "first-come")
