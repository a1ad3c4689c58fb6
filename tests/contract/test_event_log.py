"""What every event log does, on SQLite and on PostgreSQL: whoever is above it may rely on nothing else."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta, timezone
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain import commands as c
from hub.storage.database import Where, open_database
from hub.storage.event_log import (
    Append,
    CommandKnownError,
    EventLog,
    InvariantError,
    LogUnavailableError,
    StreamMovedError,
)
from hub.storage.schema_queue import ticket
from tests.contract.facts import AT, DAY, everything, noted, positions, taken
from tests.support.day import Script

Another = Callable[[], EventLog]


def tickets(database: Where) -> list[Any]:
    engine = open_database(database)
    with engine.connect() as connection:
        rows = list(connection.execute(select(ticket).order_by(ticket.c.number)))
    engine.dispose()
    return rows


# Appending.


def test_what_is_appended_is_read_again_as_it_was(log, another):
    recorded = log.append([taken(Script(), "one", 0)])
    assert everything(log) == everything(another()) == log.stream("small", DAY) == recorded
    assert [(one.hall, one.day, one.version) for one in recorded] == [("small", DAY, 1), ("small", DAY, 2)]


def test_a_version_that_is_taken_is_refused(log):
    log.append([taken(Script(), "one", 0)])
    with pytest.raises(StreamMovedError):
        log.append([taken(Script(), "two", 0)])
    assert log.last_position() == 2


def test_a_command_that_is_there_is_refused(log):
    script = Script()
    log.append([taken(script, "one", 0)])
    with pytest.raises(CommandKnownError):
        log.append([taken(script, "one", 2)])


def test_a_command_id_is_unique_over_all_halls_and_days(log):
    log.append([noted("small", 1)])
    with pytest.raises(CommandKnownError):
        log.append([replace(noted("other", 1), command="small/2026-01-05/1")])


def test_a_number_is_never_given_twice(log):
    """Whatever the code above believes: a second command that reserves A001 fails as a whole."""
    log.append([taken(Script(), "one", 0)])
    with pytest.raises(InvariantError):
        log.append([taken(Script(), "two", 2)])
    assert log.last_position() == 2


def test_a_counter_never_has_two_active_tickets(log):
    script = Script()
    script.sign_on("1", "1001")
    first, second = script.take("A"), script.take("A")
    script.do(c.CallNext, counter="1")
    called = script.state.tickets[first]
    log.append([Append("small", DAY, 0, "a", script.events[:1], (called,))])
    wrong = replace(script.state.tickets[second], phase="called", counter="1")
    with pytest.raises(InvariantError):
        log.append([Append("small", DAY, 1, "b", script.events[1:2], (wrong,))])
    assert log.last_position() == 1


def test_a_counter_may_end_one_ticket_and_call_the_next_in_one_batch(log, database):
    script = Script()
    script.sign_on("1", "1001")
    numbers = [script.take("A"), script.take("A")]
    batch, after = [], 0

    def add(events: tuple[Any, ...], *touched: str) -> None:
        nonlocal after
        shown = tuple(script.state.tickets[number] for number in touched)
        batch.append(Append("small", DAY, after, f"b{after}", events, shown))
        after += len(events)

    add(tuple(script.events), *numbers)
    add(script.do(c.CallNext, counter="1"), numbers[0])
    add(script.do(c.End, counter="1"), numbers[0])
    add(script.do(c.CallNext, counter="1"), numbers[1])
    log.append(batch)
    assert [(row.number, row.state) for row in tickets(database)] == [("A001", "ended"), ("A002", "called")]


def test_a_batch_is_stored_whole_or_not_at_all(log, database):
    script = Script()
    good, bad = taken(script, "one", 0), taken(script, "two", 0)
    with pytest.raises(StreamMovedError):
        log.append([good, bad])
    assert log.last_position() == 0
    assert tickets(database) == []


def test_positions_and_versions_have_no_gap_whatever_was_refused_in_between(log):
    for version in range(1, 6):
        log.append([noted("small", version)])
        with pytest.raises(StreamMovedError):
            log.append([noted("other", version), replace(noted("small", version), command=f"again {version}")])
        log.append([noted("other", version)])
    assert positions(everything(log)) == list(range(1, 11))
    assert [one.version for one in log.stream("other", DAY)] == [1, 2, 3, 4, 5]


def test_a_large_batch_keeps_its_order(log):
    batch = [noted("small" if version % 2 else "other", (version + 1) // 2) for version in range(1, 501)]
    recorded = log.append(batch)
    assert positions(recorded) == list(range(1, 501))
    assert [one.event.command for one in everything(log)] == [append.command for append in batch]


def test_any_text_comes_back_as_it_was(log):
    text = "窗口 🎫 \u0000 \\ ' \" é"
    log.append([noted("small", 1, text=text)])
    assert everything(log)[0].event.reason == text


def test_times_of_the_ticket_view_are_utc_whatever_zone_a_machine_speaks_in(log, database):
    script = Script()
    taken_at = AT.astimezone(timezone(timedelta(hours=8)))
    events = script.do(c.AdmitTicket, id="one", number="AB01", service="A", taken_at=taken_at)
    log.append([Append("small", DAY, 0, "one", events, (script.state.tickets["AB01"],))])
    found = tickets(database)[0].taken_at
    assert (found, found.tzinfo) == (AT, UTC)


# Several processes.


def test_whoever_appends_second_is_told_and_can_read_what_came(log, another):
    other = another()
    log.append([noted("small", 1)])
    with pytest.raises(StreamMovedError):
        other.append([replace(noted("small", 1), command="mine")])
    assert positions(other.after(0)) == [1]
    assert positions(other.append([noted("small", 2)])) == [2]


def test_no_reader_ever_sees_a_position_before_a_lower_one(another):
    """Four writers, each on a stream of its own, so that nothing but the log itself puts them in order."""
    writers, each = 4, 40
    logs = [another() for _ in range(writers)]
    done, seen = threading.Event(), another()

    def write(number: int) -> None:
        for version in range(1, each + 1):
            logs[number].append([noted(f"hall-{number}", version)])

    def read() -> list[int]:
        found: list[int] = []
        while True:
            finished = done.is_set()
            news = positions(seen.after(found[-1] if found else 0))
            found += news
            if finished and not news:
                return found

    with ThreadPoolExecutor(writers + 1) as pool:
        reading = pool.submit(read)
        try:
            list(pool.map(write, range(writers)))
        finally:
            done.set()
        assert reading.result(30) == list(range(1, writers * each + 1))


def test_who_has_claimed_the_log_is_next_and_knows_what_came_before(log, another):
    other = another()
    other.append([noted("small", 1)])
    assert positions(log.claim(0)) == [1]
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(other.append, [replace(noted("small", 2), command="late")])
        assert positions(log.append([noted("small", 2)])) == [2]
        with pytest.raises(StreamMovedError):
            late.result(30)


def test_a_claim_ends_with_nothing_to_append(log, another):
    log.claim(0)
    assert log.append([]) == []
    assert positions(another().append([noted("small", 1)])) == [1]


def test_a_claim_ends_with_a_refused_append(log, another):
    log.append([noted("small", 1)])
    log.claim(0)
    with pytest.raises(StreamMovedError):
        log.append([replace(noted("small", 1), command="again")])
    assert positions(another().append([noted("small", 2)])) == [2]


def test_a_claim_ends_with_its_process(log, another, database):
    from hub.storage.database import open_log

    dying = open_log(database)
    dying.claim(0)
    dying.close()
    assert positions(log.append([noted("small", 1)])) == [1]


@contextlib.contextmanager
def somebody_blocks(log: Any, database: Where) -> Iterator[None]:
    """Somebody holds the log for longer than it waits."""
    if isinstance(database, str):
        log._db.execute("SET lock_timeout = '50ms'")
        with psycopg.connect(database) as blocker:
            blocker.execute("LOCK TABLE event")
            yield
            blocker.rollback()
    else:
        log._db.execute("PRAGMA busy_timeout = 50")
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as blocker:
            blocker.execute("BEGIN IMMEDIATE")
            yield


def test_a_blocked_log_says_so_and_goes_on_afterwards(log, database):
    with somebody_blocks(log, database), pytest.raises(LogUnavailableError, match="lock"):
        log.append([noted("small", 1)])
    assert positions(log.append([noted("small", 1)])) == [1]


# Reading.


def test_an_empty_log_knows_nothing(log):
    assert (log.last_position(), log.last_day("small"), log.has_day("small", DAY)) == (0, None, False)
    assert log.after(0) == log.stream("small", DAY) == log.of_command("x") == log.claim(0) == []


def test_reading_starts_after_what_one_has_and_stops_where_one_wants(log):
    log.append([noted("small", version) for version in range(1, 8)])
    assert positions(log.after(2, 3)) == [3, 4, 5]
    assert [one.version for one in log.stream("small", DAY, 5)] == [6, 7]
    assert log.after(7) == []


def test_a_command_finds_its_own_outcome(log):
    script = Script()
    first, second = taken(script, "one", 0), taken(script, "two", 2)
    log.append([first, second])
    assert tuple(one.event for one in log.of_command("two")) == second.events
    assert positions(log.of_command("two")) == [3, 4]


def test_the_newest_day_is_the_halls_own(log):
    for hall, day in (("small", "2026-01-05"), ("small", "2026-01-07"), ("small-2", "2026-02-01")):
        log.append([noted(hall, 1, day=day)])
    assert (log.last_day("small"), log.last_day("small", "2026-01-07")) == ("2026-01-07", "2026-01-05")
    assert (log.last_day("smal"), log.last_day("small", "2026-01-05")) == (None, None)
    assert (log.has_day("small", "2026-01-07"), log.has_day("small", "2026-01-06")) == (True, False)


def test_a_day_knows_where_it_ends(log):
    log.append([noted("small", 1), noted("small", 1, day="2026-01-07"), noted("small", 2)])
    assert [log.end("small", day) for day in (DAY, "2026-01-07", "2026-01-09")] == [(2, 3), (1, 2), (0, 0)]


def test_the_epoch_begins_at_one_and_stays(log, another):
    assert log.epoch() == log.epoch() == another().epoch() == 1


# The schema.


def test_processes_that_start_at_once_find_one_schema(postgresql):
    """All of them migrate an empty database; each can use it then. (On one SQLite file they start in turn.)"""
    database = postgresql.database()
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(open_database, [database] * 4))
    for engine in engines:
        with engine.connect() as connection:
            assert connection.execute(select(ticket)).all() == []
        engine.dispose()
