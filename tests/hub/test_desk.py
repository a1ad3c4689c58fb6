"""The only door: durable, idempotent, without a loser; over restarts, races and midnight."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from hub.desk import Desk, UnavailableError, UnknownHallError
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.queue import InvalidCommandError
from hub.storage.database import open_database
from hub.storage.event_log import Append, CommandKnownError, EventLog, InvariantError, StreamMovedError
from tests.support.day import Script
from tests.support.hub import open_desk, run

AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def take(ident: str, service: str = "A") -> c.TakeTicket:
    return c.TakeTicket(id=ident, at=AT, by="test", service=service)


def next_at(counter: str, ident: str) -> c.CallNext:
    return c.CallNext(id=ident, at=AT, by="test", counter=counter)


async def both_open(desk: Desk) -> None:
    for counter, clerk in (("1", "1001"), ("2", "1002")):
        await desk.handle("small", c.SignOn(id=f"on-{counter}", at=AT, by="test", counter=counter, clerk=clerk))


def test_a_command_that_comes_again_has_the_same_outcome_and_changes_nothing(tmp_path):
    async def story():
        async with open_desk(tmp_path) as desk:
            first = await desk.handle("small", take("x"))
            again = await desk.handle("small", take("x"))
            assert again == first
            assert len(desk.today("small").tickets) == 1

    run(story())


def test_a_command_repeated_at_the_same_moment_acts_once(tmp_path):
    async def story():
        async with open_desk(tmp_path) as desk:
            outcomes = await asyncio.gather(*(desk.handle("small", take("x")) for _ in range(20)))
            assert {outcome.events[0].number for outcome in outcomes} == {"A001"}
            assert len(desk.today("small").tickets) == 1

    run(story())


def test_a_refusal_stays_refused_when_the_message_comes_again(tmp_path):
    """Nobody waited when the key was pressed: a redelivery must not call whoever came since."""

    async def story():
        async with open_desk(tmp_path) as desk:
            await both_open(desk)
            refused = await desk.handle("small", next_at("1", "press"))
            await desk.handle("small", take("t"))
            assert await desk.handle("small", next_at("1", "press")) == refused
            assert desk.today("small").tickets["A001"].phase == "waiting"

    run(story())


def test_two_counters_that_press_at_once_get_two_tickets(tmp_path):
    async def story():
        async with open_desk(tmp_path) as desk:
            await both_open(desk)
            for n in range(2):
                await desk.handle("small", take(f"t{n}"))
            outcomes = await asyncio.gather(
                desk.handle("small", next_at("1", "p1")), desk.handle("small", next_at("2", "p2"))
            )
            assert {outcome.events[-1].number for outcome in outcomes} == {"A001", "A002"}
            assert all(outcome.refused is None for outcome in outcomes)

    run(story())


def test_two_hub_processes_on_one_log_never_give_a_number_twice(tmp_path):
    """Each has its own memory; only the log's versions and constraints stand between them."""

    async def story():
        async with open_desk(tmp_path) as one, open_desk(tmp_path) as other:
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


def test_a_restart_finds_everything_as_it_was(tmp_path):
    async def story():
        async with open_desk(tmp_path) as desk:
            await both_open(desk)
            await desk.handle("small", take("t"))
            await desk.handle("small", next_at("1", "p"))
            before = desk.today("small")
        async with open_desk(tmp_path) as desk:
            assert desk.today("small") == before
            assert (await desk.handle("small", take("t2"))).events[0].number == "A002"

    run(story())


def test_what_is_wrong_at_the_door_leaves_no_trace(tmp_path):
    async def story():
        async with open_desk(tmp_path) as desk:
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


def test_readers_see_every_event_once_and_in_order(tmp_path):
    async def story():
        async with open_desk(tmp_path) as desk:
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


def test_midnight_in_the_halls_own_time_zone_starts_at_001_again(tmp_path):
    """16:00 UTC is midnight in Beijing. What was open is closed; a rating of yesterday is still taken."""

    async def story():
        clock = [datetime(2026, 1, 5, 15, 59, tzinfo=UTC)]
        async with open_desk(tmp_path, now=lambda: clock[0]) as desk:
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


def test_a_clock_that_falls_back_does_not_reopen_yesterday(tmp_path):
    async def story():
        clock = [datetime(2026, 1, 6, 1, 0, tzinfo=UTC)]
        async with open_desk(tmp_path, now=lambda: clock[0]) as desk:
            await desk.handle("small", c.TakeTicket(id="t1", at=clock[0], by="t", service="A"))
        clock[0] -= timedelta(days=30)
        async with open_desk(tmp_path, now=lambda: clock[0]) as desk:
            assert desk.today("small").day == "2026-01-06"
            outcome = await desk.handle("small", c.TakeTicket(id="t2", at=clock[0], by="t", service="A"))
            assert outcome.events[0].number == "A002"

    run(story())


# What the database itself holds against, whatever the code above it does.


@pytest.fixture
def log(tmp_path):
    open_database(tmp_path / "hub.db").dispose()
    log = EventLog(tmp_path / "hub.db")
    yield log
    log.close()


def append_of(script: Script, command: str, after: int) -> Append:
    events = script.do(c.TakeTicket, id=command, service="A")
    return Append("small", "2026-01-05", after, command, events, (script.state.tickets[events[0].number],))


def test_the_log_refuses_a_version_that_is_taken(log):
    log.append([append_of(Script(), "one", 0)])
    with pytest.raises(StreamMovedError):
        log.append([append_of(Script(), "two", 0)])
    assert log.last_position() == 2


def test_the_log_refuses_a_command_that_it_has(log):
    script = Script()
    log.append([append_of(script, "one", 0)])
    with pytest.raises(CommandKnownError):
        log.append([append_of(script, "one", 2)])


def test_the_database_refuses_two_active_tickets_at_a_counter(log):
    script = Script()
    script.sign_on("1", "1001")
    first, second = script.take("A"), script.take("A")
    script.do(c.CallNext, counter="1")
    called = script.state.tickets[first]
    other = script.state.tickets[second]
    log.append([Append("small", "2026-01-05", 0, "a", script.events[:1], (called,))])
    wrong = replace(other, phase="called", counter="1")
    with pytest.raises(InvariantError):
        log.append([Append("small", "2026-01-05", 1, "b", script.events[1:2], (wrong,))])
    assert log.last_position() == 1


def test_a_batch_is_stored_whole_or_not_at_all(log):
    script = Script()
    good, bad = append_of(script, "one", 0), append_of(script, "two", 0)
    with pytest.raises(StreamMovedError):
        log.append([good, bad])
    assert log.last_position() == 0
