"""A ticket named by its digits alone, as on a keypad that has no letters: 12 for A012."""

from hub.domain import numbering
from hub.domain.state import Day, Phase


def meant(state: Day, counter: str, said: str, phase: Phase) -> tuple[str, ...]:
    """Whole numbers that `said` may stand for: itself; if it is but digits, those in `phase` that `counter` serves.

    A machine's own series counts for itself, so there may be several. None: `said` itself, which is nobody's.
    """
    if not (said.isascii() and said.isdigit()):
        return (said,)
    services = state.place(counter).services
    found = (
        ticket.number
        for ticket in state.tickets.values()
        if ticket.phase == phase and ticket.service in services and numbering.ordinal(ticket.number) == int(said)
    )
    return tuple(sorted(found)) or (said,)
