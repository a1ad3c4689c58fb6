"""The desk with days to come: appointments are in the log before their day begins, and today stays today."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from hub.desk import Desk
from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.dates import DAYS_AHEAD
from hub.domain.queue import InvalidCommandError
from tests.support.hub import open_desk, run

MONDAY, TUESDAY, WEDNESDAY = "2026-01-05", "2026-01-06", "2026-01-07"
AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)  # 09:00 in Beijing


def book(code: str, day: str, at: datetime = AT, slot: str = "09:30", person: str = "") -> ac.Book:
    about = {"service": "A", "minutes": 30, "capacity": 2, "via": "phone", "person": person or f"p-{code}"}
    return ac.Book(id=f"book-{code}", at=at, by="t", day=day, code=code, slot=slot, **about)


def take(ident: str, at: datetime = AT) -> c.TakeTicket:
    return c.TakeTicket(id=ident, at=at, by="t", service="A")


async def change(desk: Desk, at: datetime) -> None:
    command = c.ChangeSettings(id=f"change-{at}", at=at, by="t", changes={"policy.recalls_max": 7})
    assert not (await desk.handle("small", command)).refused


def test_today_stays_today_after_a_restart_with_bookings_ahead(database):
    async def story():
        async with open_desk(database, now=lambda: AT) as desk:
            await desk.handle("small", take("t1"))
            await desk.handle("small", book("AAAAAAAA", WEDNESDAY))
        async with open_desk(database, now=lambda: AT + timedelta(hours=1)) as desk:
            assert desk.today("small").day == MONDAY
            assert (await desk.handle("small", take("t2"))).events[0].number == "A002"
            assert "AAAAAAAA" in (await desk.day("small", WEDNESDAY)).appointments
            assert len(desk.today("small").appointments) == 0

    run(story())


def test_midnight_turns_into_the_day_that_has_them(database):
    async def story():
        clock = [AT]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            await change(desk, AT)
            await desk.handle("small", book("AAAAAAAA", TUESDAY))
            clock[0] += timedelta(days=1)
            assert await desk.turn_day("small")
            today = desk.today("small")
            assert (today.day, set(today.appointments), today.hall.policy.recalls_max) == (TUESDAY, {"AAAAAAAA"}, 7)
            kept = await desk.handle("small", ac.CheckIn(id="in", at=clock[0], by="t", code="AAAAAAAA"))
            assert kept.events[0].number == "YA001"
            assert isinstance((await desk.history("small", MONDAY))[-1].event, e.DayEnded)

    run(story())


def test_a_hub_that_was_away_ends_every_day_that_had_appointments_and_they_are_nobodys_miss(database):
    async def story():
        clock = [AT]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            await change(desk, AT)
            await desk.handle("small", take("t1"))
            await desk.handle("small", book("AAAAAAAA", TUESDAY))
            await desk.handle("small", book("BBBBBBBB", WEDNESDAY))
        clock[0] += timedelta(days=3)
        async with open_desk(database, now=lambda: clock[0]) as desk:
            assert (desk.today("small").day, desk.today("small").hall.policy.recalls_max) == ("2026-01-08", 7)
            await desk.turn_day("small")
            for day, code in ((TUESDAY, "AAAAAAAA"), (WEDNESDAY, "BBBBBBBB")):
                happened = [one.event for one in await desk.history("small", day)]
                assert isinstance(happened[-1], e.DayEnded)
                assert [getattr(one, "reason", "") for one in happened if getattr(one, "code", "") == code] == [
                    "",
                    "hall",
                ]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            before = desk.position
            await desk.turn_day("small")
            assert desk.position == before

    run(story())


def test_a_hub_that_slept_over_days_ends_those_that_it_never_looked_at(database):
    """Another process booked; this one wakes up two days later."""

    async def story():
        clock = [AT]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            await desk.handle("small", take("t1"))
            await change(desk, AT)
            async with open_desk(database, now=lambda: AT) as other:
                await other.handle("small", book("AAAAAAAA", TUESDAY))
            clock[0] += timedelta(days=2)
            assert await desk.turn_day("small")
            assert desk.today("small").hall.policy.recalls_max == 7
            assert isinstance((await desk.history("small", TUESDAY))[-1].event, e.DayEnded)

    run(story())


def test_a_miss_of_a_day_that_was_attended_is_one(database):
    async def story():
        clock = [AT]
        async with open_desk(database, now=lambda: clock[0]) as desk:
            await desk.handle("small", book("AAAAAAAA", MONDAY, slot="23:45"))
            await desk.handle("small", take("t1"))
            clock[0] += timedelta(days=1)
            await desk.turn_day("small")
            kinds = [one.event.__struct_config__.tag for one in await desk.history("small", MONDAY)]
            assert "appointment-missed" in kinds

    run(story())


@pytest.mark.parametrize("day", ["2026-01-04", "20260106", "2026-W02-2", "", "tomorrow", "2026-13-01", "9999-01-01"])
def test_a_day_that_is_over_too_far_or_said_otherwise_is_refused_and_makes_no_stream(database, day):
    async def story():
        async with open_desk(database, now=lambda: AT) as desk:
            with pytest.raises(InvalidCommandError):
                await desk.handle("small", book("AAAAAAAA", day))
            with pytest.raises(InvalidCommandError):
                await desk.day("small", day)
            last = (AT + timedelta(days=DAYS_AHEAD)).strftime("%Y-%m-%d")
            assert not (await desk.handle("small", book("AAAAAAAA", last))).refused
            assert {one.day for one in await desk.since(0)} == {last}

    run(story())


def test_hub_processes_that_share_a_log_share_the_places_of_a_day_to_come(database):
    async def story():
        async with open_desk(database, now=lambda: AT) as one, open_desk(database, now=lambda: AT) as two:
            wishes = [(one, two)[n % 2].handle("small", book(f"CODE{n:04}", TUESDAY)) for n in range(20)]
            outcomes = await asyncio.gather(*wishes)
            assert sum(not outcome.refused for outcome in outcomes) == 2
            for desk in (one, two):
                day = await desk.day("small", TUESDAY)
                assert sum(one.phase == "booked" for one in day.appointments.values()) == 2

    run(story())
