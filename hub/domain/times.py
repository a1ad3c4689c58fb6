"""Times of a visit (等候、走动、办理), measured one way wherever figures are made. Seconds; None: not measured."""

from datetime import datetime

from hub.domain.state import Ticket


def waited_s(before: Ticket, called_at: datetime) -> float | None:
    """Of a ticket as it was before it was called: out of a line, not again and not from where it was parked."""
    if before.phase not in ("waiting", "reserved"):
        return None
    return max(0.0, (called_at - before.waits_since).total_seconds())


def walked_s(before: Ticket) -> float | None:
    """From the latest call to the start of service, of a ticket as it was before its service ended."""
    if before.called_at is None or before.serving_at is None:
        return None
    return max(0.0, (before.serving_at - before.called_at).total_seconds())


def served_s(before: Ticket, ended_at: datetime) -> float | None:
    """From the start of service, where somebody pressed it, to the end."""
    return None if before.serving_at is None else max(0.0, (ended_at - before.serving_at).total_seconds())
