"""Alerts that wait for people: escalated to their role, and not taken by anybody. Asked for with every page."""

from collections import Counter
from datetime import datetime, timedelta

from halls.alerts import ROLE
from halls.format import Hall
from hub.desk import Desk
from hub.domain.alerts.telling import waits_for
from hub.storage.alerts import Alert, AlertBook

_FRESH = timedelta(seconds=1)


class Waiting:
    """`count` may look into the database, so it is for a thread."""

    def __init__(self, desk: Desk, book: AlertBook) -> None:
        self._desk, self._book = desk, book
        self._known: dict[str, tuple[datetime, Counter[str]]] = {}

    def count(self, role: str) -> dict[str, int]:
        """Hall → how many wait for people of that role; halls with none are left out."""
        counts = {hall: self._of(hall)[role] for hall in self._desk.halls() if self.may(hall, role)}
        return {hall: count for hall, count in counts.items() if count}

    def may(self, hall: str, role: str) -> bool:
        """Whether any may ever wait for that role: else nobody need look."""
        return any(f"{ROLE}{role}" in rule.escalate_to for rule in self._desk.today(hall).hall.alert)

    def news(self, hall: str) -> None:
        """Somebody took one: whoever did sees it at once."""
        self._known.pop(hall, None)

    def _of(self, hall: str) -> Counter[str]:
        now = self._desk.now()
        at, counts = self._known.get(hall, (None, Counter[str]()))
        if at is None or not timedelta(0) <= now - at < _FRESH:
            here = self._desk.today(hall).hall
            counts = Counter(role for one in self._book.opened(hall) for role in roles_of(one, here))
            self._known[hall] = now, counts
        return counts


def roles_of(one: Alert, hall: Hall) -> tuple[str, ...]:
    """For whom an alert waits, by its rule as it is in force."""
    rule = next((rule for rule in hall.alert if rule.id == one.rule), None)
    if rule is None or one.cleared_at is not None:
        return ()
    return waits_for(rule, one.escalated_at, one.acknowledged_at)
