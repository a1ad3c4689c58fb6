"""A short run of `scripts/crash`, and proof that its audit sees what is wrong: each planted fault is a finding."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
import uvloop
from msgspec.structs import replace

from benchmarks.crash import faults
from benchmarks.crash.audit import audit
from benchmarks.crash.people import Told
from benchmarks.crash.run import Crash, Run, plan
from halls.format import Hall

SEED, KILLS = 3, 3
LAST_WISH = "SELECT command_id FROM event WHERE command_id NOT LIKE 'hub/%' ORDER BY position DESC LIMIT 1"


class Left(NamedTuple):
    """What is there after the run."""

    crash: Crash
    hall: Hall
    database: Path
    told: list[Told]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    place = tmp_path_factory.mktemp("crash")
    with faults.small_disk(place / "disk") as own_disk:
        run = Run(place, SEED, plan(KILLS, SEED), own_disk, print)
        with run.site:
            crash = uvloop.run(run.run())
        shutil.copytree(run.site.data, place / "after")
    return Left(crash, run.site.hall, place / "after" / "hub.db", run.told)


@pytest.fixture
def database(left: Left, tmp_path: Path) -> Path:
    """A copy to plant a fault in."""
    for file in left.database.parent.glob("hub.db*"):
        shutil.copy(file, tmp_path / file.name)
    return tmp_path / left.database.name


def test_after_kills_and_a_broker_and_a_disk_and_a_lock_everything_that_was_said_is_true(left: Left) -> None:
    assert left.crash.violations == []


def test_the_faults_fell_into_the_work(left: Left) -> None:
    assert left.crash.faults == {"kill": KILLS, "broker": 1, "disk": 1, "lock": 1}
    assert left.crash.repeats > KILLS
    assert left.crash.told_not_now >= 3  # the full disk
    assert left.crash.tickets_held > 20


def test_wishes_were_asked_again_at_the_end(left: Left) -> None:
    assert left.crash.asked_again > 5


def test_the_seed_gives_the_order_of_faults() -> None:
    assert plan(50, 1) == plan(50, 1) != plan(50, 2)
    assert plan(50, 1).count("kill") == 50
    assert {"broker", "disk", "lock", "long lock"} < set(plan(50, 1))


@pytest.mark.parametrize(
    ("planted", "finding"),
    [
        ("DELETE FROM event WHERE position = (SELECT max(position) / 2 FROM event)", "stands where"),
        (f"DELETE FROM event WHERE command_id = ({LAST_WISH})", "is not in the log"),
        ("UPDATE ticket SET calls = calls + 1 WHERE number = 'A001'", "the view says"),
        ("DELETE FROM ticket WHERE number = 'B001'", "is only in the log"),
        ("UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'A002', 'A001') AS BLOB)", "given 2 times"),
        ("UPDATE event SET body = CAST('{' AS BLOB) WHERE position = 1", "cannot be read"),
    ],
)  # fmt: skip
def test_a_log_that_was_changed_is_found(left: Left, database: Path, planted: str, finding: str) -> None:
    with closing(sqlite3.connect(database)) as db, db:
        assert db.execute(planted).rowcount > 0
    assert finding in "\n".join(audit(left.hall, database, left.told))


def test_a_ticket_with_another_number_than_the_log_has_is_found(left: Left, database: Path) -> None:
    told = [replace(one, number="A999") if one.number == "A001" else one for one in left.told]
    assert "somebody holds A999; the log gave A001" in "\n".join(audit(left.hall, database, told))


def test_what_nobody_wished_for_is_found(left: Left, database: Path) -> None:
    told = [one for one in left.told if one.number != "A001"]
    assert "nobody wished for it" in "\n".join(audit(left.hall, database, told))
