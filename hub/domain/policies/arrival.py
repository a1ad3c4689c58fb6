"""Whoever came first; at the same moment, the service that the counter prefers."""

from datetime import datetime

from halls.format import Counter
from hub.domain import policies
from hub.domain.speech import Words
from hub.domain.state import Day, Ticket

NAMES = Words("先到先办", "First come, first served")
WORDS = {
    "first-come": Words("在本窗口可办业务中，{number}号取号最早", "{number} came first among this counter's services"),
    "only-service": Words("{number}号在本业务中取号最早", "{number} came first for this counter's service"),
}


def pick(state: Day, counter: Counter, front: tuple[Ticket, ...], at: datetime) -> policies.Pick:
    ticket = min(front, key=lambda one: (one.place_at, counter.services.index(one.service), one.number))
    return policies.Pick(ticket, "only-service" if len(counter.services) == 1 else "first-come")
