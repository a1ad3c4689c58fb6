"""An appointment that was moved to another day has another code; for those who know it by one name, this is the name.

It is the code of the first of the series: a code is given once in a hall, whatever becomes of it.
"""

from hub.domain.state import Appointment
from hub.storage.appointments import Appointments


class Series:
    """Synchronous, safe to call from any thread."""

    def __init__(self, stored: Appointments) -> None:
        self._stored = stored

    def name(self, hall: str, one: Appointment) -> str:
        """By what it has been known since it was booked."""
        while one.instead_of:
            day, _, code = one.instead_of.partition("/")
            before = self._stored.one(hall, day, code)
            if before is None:  # older than what is kept
                return code
            one = before
        return one.code

    def same(self, hall: str, one: tuple[str, str], other: tuple[str, str]) -> bool:
        """Day and code of each: whether they are of one series."""
        both = [self._stored.one(hall, *where) for where in (one, other)]
        return len({self.name(hall, found) for found in both if found}) == 1 and None not in both

    def now(self, hall: str, name: str) -> tuple[str, Appointment] | None:
        """Its day, and what it is now; also by any later code of it. None: there is no such appointment."""
        found = self._stored.find(hall, name)
        while found and (after := self._stored.follower(hall, found[0], found[1].code)):
            found = after
        return found
