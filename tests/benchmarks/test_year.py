"""A database with days that were played once and dated often is one that a hub could have written."""

import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from benchmarks.days import year
from hub.domain.evolve import evolve_all
from hub.domain.state import new_day
from hub.history.asking import Question
from hub.history.counting import answer
from hub.history.files import Files
from hub.history.reading import Reading
from hub.storage.database import open_log
from tests.support.day import small_hall

DAYS = ("2026-02-27", "2026-03-02", "2026-03-03")  # a weekend in between


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("year") / "hub.db"
    year.write(path, small_hall(), first=date(2026, 2, 27), days=3, tickets=60, patterns=2, estimating=False)
    return path


def test_each_days_tickets_are_what_a_replay_of_its_events_gives(database: Path):
    log, db = open_log(database), sqlite3.connect(database)
    for day in DAYS:
        state = evolve_all(new_day(small_hall(), day), [one.event for one in log.stream("small", day)])
        kept = db.execute("SELECT number, state, rating, taken_at FROM ticket WHERE day = ?", (day,)).fetchall()
        assert len(kept) > 20
        replayed = [
            (one.number, one.phase, one.level or None, f"{one.taken_at:%Y-%m-%d %H:%M:%S.%f}")
            for one in state.tickets.values()
        ]
        assert sorted(kept, key=str) == sorted(replayed, key=str)
        assert state.ended
    log.close()
    db.close()


def test_what_happened_is_of_its_day_and_no_command_is_there_twice(database: Path):
    db = sqlite3.connect(database)
    (twice,) = db.execute(
        "SELECT count(*) FROM (SELECT command_id FROM event GROUP BY command_id HAVING count(DISTINCT stream) > 1)"
    ).fetchone()
    assert twice == 0
    days = Counter(stream.rpartition("/")[2] for (stream,) in db.execute("SELECT stream FROM event"))
    assert sorted(days) == list(DAYS)
    assert days[DAYS[0]] == days[DAYS[2]]  # the first of two is played again
    db.close()


def test_the_past_counts_as_many_as_the_tables_have(database: Path, tmp_path: Path):
    log, files = open_log(database), Files(tmp_path / "history")
    reading = Reading([small_hall()], log, files, lambda: datetime(2026, 4, 1, tzinfo=UTC))
    while reading.step():
        pass
    reading.flush()
    asked = Question(hall="small", first=DAYS[0], last=DAYS[-1], by=("day",), figures=("taken", "rated", "bad"))
    got = answer(asked, files.query, lambda relation: files.paths("small", relation, DAYS[0], DAYS[-1]))
    counted = {row.key[0]: tuple(row.values.values()) for row in got.rows}
    db = sqlite3.connect(database)
    rows = db.execute(
        "SELECT day, count(*), count(rating), count(*) FILTER (WHERE rating <= 2) FROM ticket GROUP BY day"
    )
    assert counted == {day: tuple(counts) for day, *counts in rows}
    db.close()
    files.close()
    log.close()


def test_the_command_leaves_a_hub_that_is_there_alone(tmp_path: Path):
    (tmp_path / "hub.db").write_text("somebody's")
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.days", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    assert "name a folder without a hub in it" in said.stderr
