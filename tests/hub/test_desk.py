"""The only door: durable, idempotent, without a loser; over restarts, races and midnight."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from hub.desk import Desk, UnavailableError, UnknownHallError
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.queue import InvalidCommandError
from tests.support.hub import open_desk, run

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


def test_a_command_that_comes_again_has_the_same_outcome_and_changes_nothing(database):
    async def story():
        async with open_desk(database) as desk:
            first = await desk.handle("small", take("x"))
            again = await desk.handle("small", take("x"))
            assert again == first
            assert len(desk.today("small").tickets) == 1

    run(story())


def test_a_command_repeated_at_the_same_moment_acts_once(database):
    async def story():
        async with open_desk(database) as desk:
            outcomes = await asyncio.gather(*(desk.handle("small", take("x")) for _ in range(20)))
            assert {outcome.events[0].number for outcome in outcomes} == {"A001"}
            assert len(desk.today("small").tickets) == 1

    run(story())


def test_a_refusal_stays_refused_when_the_message_comes_again(database):
    """Nobody waited when the key was pressed: a redelivery must not call whoever came since."""

    async def story():
        async with open_desk(database) as desk:
            await both_open(desk)
            refused = await desk.handle("small", next_at("1", "press"))
            await desk.handle("small", take("t"))
            assert await desk.handle("small", next_at("1", "press")) == refused
            assert desk.today("small").tickets["A001"].phase == "waiting"

    run(story())


def test_two_counters_that_press_at_once_get_two_tickets(database):
    async def story():
        async with open_desk(database) as desk:
            await both_open(desk)
            for n in range(2):
                await desk.handle("small", take(f"t{n}"))
            outcomes = await asyncio.gather(
                desk.handle("small", next_at("1", "p1")), desk.handle("small", next_at("2", "p2"))
            )
            assert {outcome.events[-1].number for outcome in outcomes} == {"A001", "A002"}
            assert all(outcome.refused is None for outcome in outcomes)

    run(story())


def test_two_hub_processes_on_one_log_never_give_a_number_twice(database):
    """Each has its own memory; only the log's versions and constraints stand between them."""

    async def story():
        async with open_desk(database) as one, open_desk(database) as other:
            outcomes = await asyncio.gather(
                *(
                    desk.handle("small", take(f"{name}{n}"))
                    for n in range(50)
                    for name, desk in (("a", one), ("b", other))
                )
            )
            numbers = [outcome.events[0].number for outcome in outcomes]
            assert len(set(numbers)) == 100

    run(story())


def test_a_restart_finds_everything_as_it_was(database):
    async def story():
        async with open_desk(database) as desk:
            await both_open(desk)
            await desk.handle("small", take("t"))
            await desk.handle("small", next_at("1", "p"))
            before = desk.today("small")
        async with open_desk(database) as desk:
            assert desk.today("small") == before
            assert (await desk.handle("small", take("t2"))).events[0].number == "A002"

    run(story())


def test_what_is_wrong_at_the_door_leaves_no_trace(database):
    async def story():
        async with open_desk(database) as desk:
            with pytest.raises(InvalidCommandError):
                await desk.handle("small", take("t", service="Q"))
            with pytest.raises(UnknownHallError, match="no hall 'moon' here; there is small"):
                await desk.handle("moon", take("t"))
            assert desk.position == 0

    run(story())


def test_a_locked_database_is_said_and_nothing_is_half_done(tmp_path):
    async def story():
        async with open_desk(tmp_path) as desk:
            blocker = sqlite3.connect(tmp_path / "hub.db", isolation_level=None)
            desk._log._db.execute("PRAGMA busy_timeout=50")
            blocker.execute("BEGIN IMMEDIATE")
            with pytest.raises(UnavailableError):
                await desk.handle("small", take("t"))
            blocker.execute("ROLLBACK")
            assert (await desk.handle("small", take("t"))).events[0].number == "A001"

    run(story())


def test_a_full_disk_is_said_and_the_same_number_is_given_once_there_is_room(tmp_path):
    async def story():
        async with open_desk(tmp_path) as desk:
            database = desk._log._db
            database.execute("PRAGMA max_page_count=1")  # SQLite's own limit: as a full disk, from the next page on
            with pytest.raises(UnavailableError, match="full"):
                await take_many(desk, 500)
            given = len(desk.today("small").tickets)
            database.execute("PRAGMA max_page_count=1000000")
            number = (await desk.handle("small", take("b"))).events[0].number
            assert number == f"A{given + 1:03d}"

    run(story())


@pytest.mark.parametrize(
    "faulty",
    [
        c.Pause(id="x", at=AT, by="test", counter="1", reason="\ud800"),  # no UTF-8: cannot be stored
        c.Rate(id="x", at=AT, by="test", ask="2026-01-05.A001", level=5, pressed_at=AT.replace(tzinfo=None)),
    ],
    ids=["cannot be stored", "cannot be decided"],
)
def test_a_command_that_makes_us_fail_takes_no_other_with_it(database, faulty):
    async def story():
        async with open_desk(database, now=lambda: AT) as desk:
            await both_open(desk)
            await desk.handle("small", take("t"))
            for command in (next_at("2", "n"), c.End(id="e", at=AT, by="test", counter="2")):
                await desk.handle("small", command)
            *good, bad = await asyncio.gather(
                *(desk.handle("small", take(f"t{n}")) for n in range(5)),
                desk.handle("small", faulty),
                return_exceptions=True,
            )
            assert [outcome.events[0].number for outcome in good] == ["A002", "A003", "A004", "A005", "A006"]
            assert isinstance(bad, UnavailableError)
            assert (await desk.handle("small", take("later"))).events[0].number == "A007"

    run(story())


def test_the_same_id_with_other_content_is_the_same_command(database):
    """In one batch, in two, and after a restart: the first to come counts."""

    async def story():
        async with open_desk(database) as desk:
            first, other = await asyncio.gather(
                desk.handle("small", take("x")), desk.handle("small", take("x", service="B"))
            )
            assert first == other == await desk.handle("small", take("x", service="C"))
        async with open_desk(database) as desk:
            assert await desk.handle("small", take("x", service="B")) == first
            assert list(desk.today("small").tickets) == ["A001"]

    run(story())


def test_what_waits_when_the_desk_closes_is_done_and_what_comes_then_is_refused(database):
    async def story():
        async with open_desk(database) as desk:
            asked = [asyncio.create_task(desk.handle("small", take(f"t{n}"))) for n in range(600)]
            await asyncio.sleep(0)
            await desk.close()
            assert len({(await one).events[0].number for one in asked}) == 600
            with pytest.raises(UnavailableError, match="closing"):
                await desk.handle("small", take("late"))

    run(story())


def test_more_than_can_be_done_soon_is_refused_at_once(database, monkeypatch):
    monkeypatch.setattr("hub.desk._WAITING_MAX", 50)

    async def story():
        async with open_desk(database) as desk:
            outcomes = await asyncio.gather(
                *(desk.handle("small", take(f"t{n}")) for n in range(80)), return_exceptions=True
            )
            assert sum(isinstance(outcome, UnavailableError) for outcome in outcomes) == 30
            assert len(desk.today("small").tickets) == 50

    run(story())


def test_readers_miss_nothing_that_another_hub_process_wrote(database):
    async def story():
        async with open_desk(database) as one, open_desk(database) as other:
            seen = [0]
            for n in range(10):
                await one.handle("small", take(f"a{n}"))
                await other.handle("small", take(f"b{n}"))
                while seen[-1] < other.position:
                    seen += [recorded.position for recorded in await other.since(seen[-1])]
            assert seen == list(range(41))

    run(story())


def test_readers_see_every_event_once_and_in_order(database):
    async def story():
        async with open_desk(database) as desk:
            seen: list[int] = []

            async def read():
                while len(seen) < 200:
                    for recorded in await desk.since(seen[-1] if seen else 0):
                        seen.append(recorded.position)

            reader = asyncio.create_task(read())
            await asyncio.gather(*(desk.handle("small", take(f"t{n}")) for n in range(100)))
            await reader
            assert seen == list(range(1, 201))

    run(story())


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
