"""The service that the counter prefers; within it, whoever came first."""

from datetime import datetime

from halls.format import Counter
from hub.domain import policies
from hub.domain.speech import Words
from hub.domain.state import Day, Ticket

NAMES = Words("按窗口业务顺序", "By the counter's order of services")
WORDS = {
    "service-order": Words(
        "本窗口业务顺序为{order}，{number}号是其中靠前业务里取号最早的",
        "This counter's order of services is {order}; {number} came first for the foremost of them",
    ),
}


def pick(state: Day, counter: Counter, front: tuple[Ticket, ...], at: datetime) -> policies.Pick:
    ticket = min(front, key=lambda one: (counter.services.index(one.service), one.place))
    return policies.Pick(ticket, "service-order", {"order": "、".join(counter.services)})
