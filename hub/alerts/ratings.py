"""The reader of the event log that raises alerts of ratings, for one hall: what happens once is raised once."""

from collections.abc import Sequence

from hub.desk import Desk
from hub.domain.alerts.engine import is_high
from hub.domain.alerts.evidence import of_rating
from hub.domain.alerts.facts import is_about
from hub.domain.events import Rated
from hub.domain.state import Day
from hub.follower import Follower
from hub.storage.alerts import Alert, AlertBook, fresh
from hub.storage.event_log import Recorded


class Ratings(Follower[Alert]):
    """By the rules that are in force when it is read."""

    def __init__(self, desk: Desk, book: AlertBook, hall: str) -> None:
        super().__init__(f"{hall}: raising alerts of ratings", desk)
        self._book, self._hall = book, hall

    def position(self) -> int:
        return self._book.reached(self._hall)

    async def find(self, recorded: Sequence[Recorded]) -> list[Alert]:
        day = self._desk.today(self._hall)
        return [bad for one in recorded if one.hall == self._hall for bad in self._bad(one, day)]

    def store(self, before: int, after: int, found: Sequence[Alert]) -> None:
        self._book.raise_once(self._hall, found, before, after)

    def _bad(self, one: Recorded, day: Day) -> list[Alert]:
        event = one.event
        if not isinstance(event, Rated):
            return []
        rules = [rule for rule in day.hall.alert if rule.enabled and rule.kind == "rating"]
        proofs = of_rating(one.day, day.hall, event)
        return [
            fresh(one.hall, rule, f"{one.day}/{event.number}", float(event.level), proofs, self._desk.now())
            for rule in rules
            if is_about(rule, event.service) and is_high(rule, float(event.level))
        ]
