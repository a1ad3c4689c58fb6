"""The only door at midnight: days begin and end once, and what comes late finds the one it is of."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from hub.desk import Desk
from hub.domain import commands as c
from hub.domain import events as e
from tests.hub.desk_commands import AT, take
from tests.support.hub import open_desk, run


def test_midnight_in_the_halls_own_time_zone_starts_at_001_again(database):
    """16:00 UTC is midnight in Beijing. What was open is closed; a rating of yesterday is still taken."""

    async def story():
        clock = [datetime(2026, 1, 5, 15, 59, tzinfo=UTC)]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            at = clock[0]
            await desk.handle("small", c.SignOn(id="on", at=at, by="t", counter="1"))
            await desk.handle("small", c.TakeTicket(id="t1", at=at, by="t", service="A"))
            await desk.handle("small", c.TakeTicket(id="t2", at=at, by="t", service="A"))
            for kind, ident in ((c.CallNext, "n"), (c.Serve, "s"), (c.End, "e")):
                outcome = await desk.handle("small", kind(id=ident, at=at, by="t", counter="1"))
            ask = outcome.events[-1].ask
            assert not await desk.turn_day("small")
            clock[0] += timedelta(minutes=2)
            assert await desk.turn_day("small")
            assert (desk.today("small").day, len(desk.today("small").tickets)) == ("2026-01-06", 0)
            number = (
                (await desk.handle("small", c.TakeTicket(id="t3", at=clock[0], by="t", service="A"))).events[0].number
            )
            assert number == "A001"
            late = c.Rate(id="r", at=clock[0], by="t", ask=ask, level=5, pressed_at=at)
            assert isinstance((await desk.handle("small", late)).events[0], e.Rated)
            closed = [one.event for one in await desk.history("small", "2026-01-05")]
            assert e.TicketCancelled in {type(event) for event in closed}
            assert isinstance(closed[-2], e.DayEnded)

    run(story())


MIDNIGHT = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)  # in Beijing


async def one_served(desk: Desk, at: datetime) -> str:
    """A ticket is served and two more wait; returns the ask."""
    await desk.handle("small", c.SignOn(id="on", at=at, by="t", counter="1"))
    for n in range(3):
        await desk.handle("small", c.TakeTicket(id=f"t{n}", at=at, by="t", service="A"))
    await desk.handle("small", c.CallNext(id="n", at=at, by="t", counter="1"))
    return (await desk.handle("small", c.End(id="e", at=at, by="t", counter="1"))).events[-1].ask


def test_a_hub_that_slept_over_midnight_closes_yesterday_and_takes_its_late_ratings(database):
    """Switched off in the evening, on again in the morning, and restarted once more before a rating of yesterday."""

    async def story():
        clock = [MIDNIGHT - timedelta(hours=8)]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            pressed = clock[0]
            ask = await one_served(desk, pressed)
        clock[0] = MIDNIGHT + timedelta(hours=9)
        async with open_desk(database, now=lambda: clock[0]) as desk:
            await desk.turn_day("small")
            assert isinstance((await desk.history("small", "2026-01-05"))[-1].event, e.DayEnded)
            assert (await desk.handle("small", take("new"))).events[0].number == "A001"
        async with open_desk(database, now=lambda: clock[0]) as desk:
            rate = c.Rate(id="r", at=clock[0], by="t", ask=ask, level=5, pressed_at=pressed)
            assert isinstance((await desk.handle("small", rate)).events[0], e.Rated)
            assert (await desk.history("small", "2026-01-05"))[-1].event.level == 5

    run(story())


def test_who_asks_while_the_day_turns_is_served_on_the_new_one(database):
    async def story():
        clock = [MIDNIGHT - timedelta(minutes=1)]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            await one_served(desk, clock[0])
            clock[0] = MIDNIGHT
            turning = asyncio.create_task(desk.turn_day("small"))
            outcomes = []
            while not turning.done():
                outcomes.append(await desk.handle("small", take(f"m{len(outcomes)}")))
            outcomes.append(await desk.handle("small", take("after")))
            assert [outcome.refused for outcome in outcomes] == [None] * len(outcomes)
            assert outcomes[-1].events[0].number in desk.today("small").tickets

    run(story())


def test_whoever_asks_first_after_midnight_begins_the_day(database):
    """Or the ticket would be the last of a day that ends within the second, and be cancelled with it."""

    async def story():
        clock = [MIDNIGHT - timedelta(minutes=1)]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            await one_served(desk, clock[0])
            clock[0] = MIDNIGHT + timedelta(milliseconds=100)
            first, second = await asyncio.gather(*(desk.handle("small", take(ident)) for ident in ("first", "second")))
            assert {outcome.events[0].number for outcome in (first, second)} == {"A001", "A002"}
            assert set(desk.today("small").tickets) == {"A001", "A002"}
            assert isinstance((await desk.history("small", "2026-01-05"))[-1].event, e.DayEnded)

    run(story())


def test_own_numbers_of_yesterday_are_no_ghosts_of_today_and_take_no_number_from_it(database):
    """A machine that was cut off since yesterday afternoon hands over AB01 of both days."""

    async def story():
        clock = [MIDNIGHT - timedelta(hours=8)]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            await one_served(desk, clock[0])
            clock[0] = MIDNIGHT + timedelta(hours=9)
            await desk.turn_day("small")
            outcomes = [
                await desk.handle(
                    "small", c.AdmitTicket(id=ident, at=clock[0], by="m", number="AB01", service="A", taken_at=at)
                )
                for ident, at in (("m/1", MIDNIGHT - timedelta(hours=7)), ("m/2", clock[0] - timedelta(minutes=5)))
            ]
            assert [outcome.refused for outcome in outcomes] == [None, None]
            assert desk.today("small").lines["A"] == ("AB01",)
            kinds = [type(one.event) for one in (await desk.history("small", "2026-01-05"))[-2:]]
            assert kinds == [e.TicketAdmitted, e.TicketCancelled]

    run(story())


def test_an_own_number_counted_for_today_is_of_today_though_its_clock_said_yesterday(database):
    """The board's clock was behind when it gave it, and lost power and was put right before it said so."""

    async def story():
        clock = [MIDNIGHT - timedelta(hours=8)]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            await one_served(desk, clock[0])
            clock[0] = MIDNIGHT + timedelta(hours=9)
            await desk.turn_day("small")
            said = clock[0] - timedelta(hours=14)
            own = c.AdmitTicket(
                id="m/1", at=clock[0], by="m", number="AB01", service="A", taken_at=said, day="2026-01-06"
            )
            await desk.handle("small", own)
            assert desk.today("small").tickets["AB01"].taken_at == clock[0]

    run(story())


@pytest.mark.parametrize(
    "ask", ["", "x", "2026-01-04.A001", "2026-01-03/x.A001", "9999-01-01.A001", "\x00", "____-__-__.A001"]
)
def test_an_ask_of_no_day_that_was_is_refused_and_makes_no_day(database, ask):
    async def story():
        async with open_desk(database, now=lambda: AT) as desk:
            await desk.handle("small", take("t"))
            outcome = await desk.handle("small", c.Rate(id="r", at=AT, by="t", ask=ask, level=5, pressed_at=AT))
            assert outcome.refused.code == "unknown-ask"
            assert {recorded.day for recorded in await desk.since(0)} == {"2026-01-05"}
            assert desk._log.last_day("small") == "2026-01-05"

    run(story())


def test_a_rating_by_phone_finds_its_day_after_the_longest_holidays(database):
    async def story():
        clock = [AT]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            await desk.handle("small", c.SignOn(id="s", at=AT, by="t", counter="1", clerk="1001"))
            await desk.handle("small", take("t"))
            await desk.handle("small", c.CallNext(id="n", at=AT, by="t", counter="1"))
            await desk.handle("small", c.End(id="e", at=AT, by="t", counter="1"))
            day = desk.today("small").day
        clock[0] += timedelta(days=14)
        async with open_desk(database, now=lambda: clock[0]) as desk:
            rate = c.Rate(id="r", at=clock[0], by="phone", ask=f"{day}.A001", level=5, pressed_at=clock[0], late=True)
            assert (await desk.handle("small", rate)).refused is None
            assert (await desk.earlier("small", day)).tickets["A001"].level == 5
            assert await desk.earlier("small", "2026-01-01") is None  # nothing happened on it, or it is too long ago

    run(story())


def test_days_that_are_over_do_not_pile_up_in_memory(database):
    async def story():
        clock = [AT]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            for _ in range(5):
                await desk.handle("small", take(f"t{clock[0]}"))
                clock[0] += timedelta(days=1)
                assert await desk.turn_day("small")
            assert sorted(day for _, day in desk._days) == ["2026-01-09", "2026-01-10"]

    run(story())


def test_a_clock_that_falls_back_does_not_reopen_yesterday(database):
    async def story():
        clock = [datetime(2026, 1, 6, 1, 0, tzinfo=UTC)]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            await desk.handle("small", c.TakeTicket(id="t1", at=clock[0], by="t", service="A"))
        clock[0] -= timedelta(days=30)
        async with open_desk(database, now=lambda: clock[0]) as desk:
            assert desk.today("small").day == "2026-01-06"
            outcome = await desk.handle("small", c.TakeTicket(id="t2", at=clock[0], by="t", service="A"))
            assert outcome.events[0].number == "A002"

    run(story())
