"""The only door: durable, idempotent, without a loser; over restarts and races."""

import asyncio
import sqlite3

import pytest

from hub.desk import UnknownHallError
from hub.domain import commands as c
from hub.domain.queue import InvalidCommandError
from hub.waiting import UnavailableError
from tests.hub.desk_commands import AT, both_open, next_at, take, take_many
from tests.support.hub import open_desk, run


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
    monkeypatch.setattr("hub.waiting._WAITING_MAX", 50)

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
