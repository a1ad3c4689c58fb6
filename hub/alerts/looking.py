"""What the rules look at, taken from the roster: presence, reports, certificates."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from hub.domain.alerts.facts import Device
from hub.roster import Roster, Seat

_BACK = timedelta(seconds=60)  # after our own connection broke, or the hub began: until devices can have been heard


def devices(
    roster: Roster, hall: str, at: datetime, began_at: datetime, ends: Mapping[str, datetime]
) -> tuple[Device, ...]:
    """Positions that somebody came to. `began_at`: this process; `ends`: of certificates, by device."""
    return tuple(_device(seat, at, began_at, ends) for seat in roster.seats(hall) if seat.device)


def _device(seat: Seat, at: datetime, began_at: datetime, ends: Mapping[str, datetime]) -> Device:
    return Device(
        position=seat.position.id,
        kind=seat.position.kind,
        device=seat.device,
        online=_online(seat, at, began_at),
        seen_at=seat.seen_at or began_at,
        paper=_paper(seat),
        behind_s=seat.clock_behind_s,
        not_after=ends.get(seat.device),
        health=seat.health,
    )


def _online(seat: Seat, at: datetime, began_at: datetime) -> bool | None:
    """None: it is our connection that broke, or nobody can have been heard yet."""
    if seat.online:
        return True
    cut_off = seat.unseen_since is not None and at - seat.unseen_since < _BACK
    return None if cut_off or (seat.seen_at is None and at - began_at < _BACK) else False


def _paper(seat: Seat) -> str | None:
    printer = seat.facts.get("printer")
    if printer is None or printer == "none":
        return None
    return "out" if printer == "paper out" else "low" if seat.facts.get("paper_low") else "ok"
