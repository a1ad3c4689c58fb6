"""What is asked of a desk again and again."""

from datetime import UTC, datetime

from hub.desk import Desk
from hub.domain import commands as c

AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def take(ident: str, service: str = "A") -> c.TakeTicket:
    return c.TakeTicket(id=ident, at=AT, by="test", service=service)


def next_at(counter: str, ident: str) -> c.CallNext:
    return c.CallNext(id=ident, at=AT, by="test", counter=counter)


async def take_many(desk: Desk, count: int) -> None:
    for n in range(count):
        await desk.handle("small", take(f"many-{n}"))


async def both_open(desk: Desk) -> None:
    for counter, clerk in (("1", "1001"), ("2", "1002")):
        await desk.handle("small", c.SignOn(id=f"on-{counter}", at=AT, by="test", counter=counter, clerk=clerk))
