"""Which screen of an area is its announcer: the one that the hall file names, else the first that is there with sound.

Every process of the hub comes to the same: it follows from the hall and from what the screens tell. docs/adr/0031.
"""

from datetime import datetime, timedelta

from halls.format import Area
from hub.roster import Roster, Seat

_TELLS_WITHIN = timedelta(seconds=5)  # a screen that came online says at once whether it has sound


def announcer(roster: Roster, hall: str, area: Area, at: datetime) -> str | None:
    """The position's id; "": nobody can speak. None: that is not known yet, and what was decided before holds."""
    here = [seat for seat in roster.seats(hall) if _is_here(seat, area)]
    if any(seat.health is None and seat.seen_at and at - seat.seen_at < _TELLS_WITHIN for seat in here):
        return None
    able = [seat.position.id for seat in here if seat.facts.get("sound") is True]
    return area.announcer if area.announcer in able else next(iter(able), "")


def _is_here(seat: Seat, area: Area) -> bool:
    return seat.online and seat.position.area == area.id and seat.position.device_class == "signage_player"
