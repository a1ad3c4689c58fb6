"""Settings of positions in either kind of database: revisions without a gap, and each report once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from hub.storage.database import Where, open_database
from hub.storage.position_settings import KEPT_REPORTS, LostRaceError, PositionSettings, Report, Wanted

NOW = datetime(2026, 1, 5, 2, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def engine(database: Where) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def stored(engine: Engine) -> PositionSettings:
    return PositionSettings(engine)


def put(stored: PositionSettings, position: str, expected: int, **device: Any) -> int:
    wanted = [Wanted(position, expected, device)]
    return stored.put("small", wanted, by="tech", at=NOW, why="")[0].revision


def said(revision: int, after_s: int = 0, outcome: str = "applied") -> Report:
    at = NOW + timedelta(seconds=after_s)
    return Report(
        hall="small",
        position="caller-1",
        device="caller-00aa",
        revision=revision,
        outcome=outcome,
        in_force=revision,
        problems={"端口": "没有 none"},
        decided_at=at,
        reported_at=at,
    )


def test_of_those_who_change_the_same_revision_at_once_one_wins(stored: PositionSettings) -> None:
    def attempt(n: int) -> int | None:
        try:
            return put(stored, "caller-1", 0, stuck_s=n)
        except LostRaceError:
            return None

    with ThreadPoolExecutor(4) as hands:
        outcomes = list(hands.map(attempt, range(1, 9)))
    assert [one for one in outcomes if one is not None] == [1]
    [only] = stored.history("small", "caller-1")
    assert only.device == {"stuck_s": outcomes.index(1) + 1}
    assert (only.changed_at, only.changed_by) == (NOW, "tech")


def test_many_positions_are_changed_together_or_not_at_all(stored: PositionSettings) -> None:
    put(stored, "caller-2", 0, stuck_s=1)
    both = [Wanted("caller-1", 0, {"stuck_s": 2}), Wanted("caller-2", 0, {"stuck_s": 2})]
    with pytest.raises(LostRaceError, match="caller-2"):
        stored.put("small", both, by="tech", at=NOW, why="")
    assert {position: one.revision for (_, position), one in stored.newest("small").items()} == {"caller-2": 1}


def test_the_newest_of_each_position_is_told_and_an_old_one_is_still_there(stored: PositionSettings) -> None:
    for revision in range(3):
        put(stored, "caller-1", revision, stuck_s=revision + 1)
    assert stored.newest()["small", "caller-1"].revision == 3
    first = stored.revision("small", "caller-1", 1)
    assert first is not None
    assert first.device == {"stuck_s": 1}
    assert stored.newest("other") == {}


def test_a_report_that_is_told_twice_at_once_is_kept_once(stored: PositionSettings) -> None:
    with ThreadPoolExecutor(4) as hands:
        taken = list(hands.map(lambda _: stored.tell(said(1)), range(4)))
    assert sorted(taken) == [False, False, False, True]
    assert stored.reports("small", "caller-1") == [said(1)]
    assert stored.last_reports("small") == {"caller-1": said(1)}


def test_the_newest_reports_of_a_position_stay(stored: PositionSettings) -> None:
    for n in range(KEPT_REPORTS + 2):
        assert stored.tell(said(n, n))
    assert [one.revision for one in stored.reports("small", "caller-1")] == list(range(KEPT_REPORTS + 1, 1, -1))


def test_a_report_with_a_number_that_no_revision_can_have_is_not_kept(stored: PositionSettings) -> None:
    assert not stored.tell(said(2**40))
    assert not stored.tell(said(-1))
