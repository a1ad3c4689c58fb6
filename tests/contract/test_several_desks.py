"""Hub processes that share a log: each knows what the others did, and none of them does it again."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from hub.desk import Desk
from hub.domain import commands as c
from hub.domain import events as e
from hub.storage.database import Where, open_log
from tests.support.day import small_hall
from tests.support.hub import open_desk, run

AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)  # in Beijing


def take(ident: str) -> c.TakeTicket:
    return c.TakeTicket(id=ident, at=AT, by="test", service="A")


async def until_at(desk: Desk, position: int) -> None:
    while desk.position < position:
        await asyncio.sleep(0.01)


def test_what_one_did_the_other_knows_without_being_asked(database):
    async def story():
        async with open_desk(database) as one, open_desk(database) as other:
            await one.handle("small", take("t"))
            await until_at(other, one.position)
            assert other.today("small") == one.today("small")
            assert [one.is_others(1), other.is_others(1)] == [False, True]

    run(story())


def test_a_reader_at_one_sees_what_all_did_in_order(database):
    async def story():
        async with open_desk(database) as one, open_desk(database) as other, open_desk(database) as third:
            seen: list[int] = []

            async def read():
                while len(seen) < 120:
                    seen.extend([recorded.position for recorded in await third.since(seen[-1] if seen else 0)])

            reading = asyncio.create_task(read())
            await asyncio.gather(
                *(
                    desk.handle("small", take(f"{name}{n}"))
                    for n in range(30)
                    for name, desk in (("a", one), ("b", other))
                )
            )
            await reading
            assert seen == list(range(1, 121))

    run(story())


def test_the_same_command_at_two_of_them_at_once_has_one_outcome(database):
    async def story():
        async with open_desk(database) as one, open_desk(database) as other:
            for n in range(20):
                outcomes = await asyncio.gather(*(desk.handle("small", take(f"t{n}")) for desk in (one, other)))
                assert outcomes[0] == outcomes[1]
            await until_at(one, other.position)
            assert sorted(one.today("small").tickets) == [f"A{n:03d}" for n in range(1, 21)]

    run(story())


def test_nobody_loses_for_ever(database):
    """Three that always have something to do: each comes through, and no number is given twice."""

    async def story():
        async with open_desk(database) as one, open_desk(database) as other, open_desk(database) as third:
            numbers: Counter[str] = Counter()

            async def work(desk: Desk, name: str):
                for n in range(25):
                    numbers[(await desk.handle("small", take(f"{name}{n}"))).events[0].number] += 1

            await asyncio.gather(*(work(desk, name) for name, desk in (("a", one), ("b", other), ("c", third))))
            assert (len(numbers), set(numbers.values())) == (75, {1})

    run(story())


@contextlib.asynccontextmanager
async def two_halls(database: Where) -> AsyncIterator[Desk]:
    """A desk that follows nobody by itself, so that a test says when it learns of something."""
    log, small = open_log(database), small_hall()
    desk = Desk([small, replace(small, hall=replace(small.hall, id="other"))], log)
    log.listen = lambda heard: None
    log.poll_s = 3600.0
    await desk.open()
    try:
        yield desk
    finally:
        await desk.close()
        log.close()


def test_a_position_is_never_ahead_of_any_hall(database):
    """Views carry the position as their version: one hall's own append must not lend it to another hall's old state."""

    async def story():
        async with two_halls(database) as one, two_halls(database) as other:
            await other.handle("other", take("there"))
            await one.handle("small", take("here"))
            assert list(one.today("other").tickets) == list(one.today("small").tickets) == ["A001"]
            assert one.position == 4
            assert [one.is_others(position) for position in (1, 2, 3, 4)] == [True, True, False, False]

    run(story())


def test_a_reader_who_comes_from_another_process_is_not_told_of_a_backup(database):
    async def story():
        async with two_halls(database) as one, two_halls(database) as other:
            await other.handle("small", take("t"))
            await one.reach(other.position)
            assert one.position == other.position
            await one.reach(1000)
            assert one.position == other.position

    run(story())


def test_midnight_at_all_of_them_is_one_midnight(database):
    async def story():
        clock = [MIDNIGHT - timedelta(minutes=1)]
        async with (
            open_desk(database, now=lambda: clock[0]) as one,
            open_desk(database, now=lambda: clock[0]) as other,
        ):
            await one.handle("small", c.TakeTicket(id="t", at=clock[0], by="t", service="A"))
            clock[0] = MIDNIGHT
            turned = await asyncio.gather(*(desk.turn_day("small") for desk in (one, other)))
            assert turned == [True, True]
            assert one.today("small").day == other.today("small").day == "2026-01-06"
            closed = Counter(type(recorded.event) for recorded in await one.history("small", "2026-01-05"))
            assert (closed[e.DayEnded], closed[e.TicketCancelled]) == (1, 1)
            number = (await other.handle("small", c.TakeTicket(id="n", at=clock[0], by="t", service="A"))).events[0]
            assert number.number == "A001"

    run(story())


def test_what_is_due_is_done_by_one_of_them(database):
    async def story():
        async with open_desk(database) as one, open_desk(database) as other:
            for n in range(10):
                await one.handle("small", c.TakeTicket(id=f"t{n}", at=AT, by=f"m{n}", service="A", printer=True))
            await until_at(other, one.position)
            due = AT + timedelta(hours=1)
            await asyncio.gather(
                *(
                    desk.handle("small", c.Settle(id=f"settle {desk is one}", at=due, by="hub", source="hub"))
                    for desk in (one, other)
                )
            )
            queued = [one.event for one in await one.history("small", one.today("small").day)]
            assert Counter(type(event) for event in queued)[e.TicketQueued] == 10

    run(story())


def test_a_handhelds_press_that_two_of_them_hear_of_acts_once(database):
    """Each of two repeaters passes it on to another process, at the same moment."""

    async def story():
        async with open_desk(database) as one, open_desk(database) as other:
            await one.handle("small", c.SignOn(id="on", at=AT, by="t", counter="1", clerk="1001"))
            for n in range(20):
                await one.handle("small", take(f"t{n}"))
            for n in range(10):
                at = AT + timedelta(minutes=n)
                outcomes = await asyncio.gather(
                    *(
                        desk.handle(
                            "small",
                            c.CallNext(id=f"{by}{n}", at=at, by=by, counter="1", handheld="h", said="call-next"),
                        )
                        for by, desk in (("a", one), ("b", other))
                    )
                )
                assert sorted(len(outcome.events) for outcome in outcomes) == [1, 2]
                assert [outcome.refused for outcome in outcomes] == [None, None]
                await one.handle("small", c.End(id=f"end{n}", at=at, by="t", counter="1"))
                await until_at(other, one.position)

    run(story())
