"""How far InfluxDB was written stands in the database, SQLite or PostgreSQL, for each target by itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from hub.storage.database import Where, open_database
from hub.storage.health import Change, HealthHistory, Sample, Signal
from hub.storage.metrics import MetricsBook

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HELD = timedelta(seconds=30)
CAME = Change(hall="small", position="caller-1", device="caller-00aa", at=NOW, online=True, boot="a", why="started")
HEARD = Signal(hall="small", position="caller-1b", repeater="repeater-1", at=7, rssi_dbm=-60)


def sample(at: int) -> Sample:
    return Sample(hall="small", position="caller-1", at=at, cpu_c=40.5)


@pytest.fixture
def engine(database: Where) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


def test_the_checkpoint_never_goes_back_and_each_target_has_its_own(engine: Engine):
    book, other = MetricsBook(engine, "a"), MetricsBook(engine, "b")
    book.reached(10, refused=2, passed=1)
    book.reached(7, refused=1)
    MetricsBook(engine, "a")  # a restart
    standing = book.standing()
    assert (standing.position, standing.refused, standing.passed) == (10, 3, 1)
    assert other.standing().position == 0


def test_the_oldest_reports_give_way_and_are_counted(engine: Engine):
    history, book, small = HealthHistory(engine), MetricsBook(engine, "all"), MetricsBook(engine, "few", reports_max=2)
    other = MetricsBook(engine, "another")
    for follower in (book, small):
        history.follow(follower.follow)
    history.add([sample(at) for at in range(5)])
    waiting = small.reports(10)
    assert [one.report().at for one in waiting] == [3, 4]
    assert (small.standing().dropped, book.standing().dropped) == (3, 0)
    small.written([one.ident for one in waiting])
    assert (small.reports(10), small.waiting()) == ([], 0)
    assert len(book.reports(10)) == book.waiting() == 5
    assert other.reports(10) == []


def test_reports_of_every_kind_come_back_as_they_were(engine: Engine):
    history, book = HealthHistory(engine), MetricsBook(engine, "kinds")
    history.follow(book.follow)
    history.add([sample(9)], [HEARD])
    assert history.came_and_went([CAME, CAME]) == 1, "news are told once"
    assert [one.report() for one in book.reports(10)] == [sample(9), HEARD, CAME]


def test_what_another_process_stored_late_is_not_taken_for_written(engine: Engine):
    """On PostgreSQL a lower number may be committed after a higher one was read."""
    book = MetricsBook(engine, "late")
    book.add([sample(1), sample(2)])
    first, second = book.reports(10)
    book.written([second.ident])
    assert book.reports(10) == [first]


def test_one_process_writes_at_a_time_and_another_one_when_it_is_gone(engine: Engine):
    book, other = MetricsBook(engine, "held"), MetricsBook(engine, "held-elsewhere")
    assert book.hold("hub-1", NOW, NOW + HELD)
    assert not book.hold("hub-2", NOW, NOW + HELD)
    assert other.hold("hub-2", NOW, NOW + HELD), "of each target one"
    later = NOW + HELD / 2
    assert book.hold("hub-1", later, later + HELD), "it goes on"
    assert not book.hold("hub-2", NOW + HELD, NOW + 2 * HELD)
    assert book.hold("hub-2", later + HELD, later + 2 * HELD), "hub-1 has died"
    assert not book.hold("hub-1", later + HELD, later + 2 * HELD)
    book.let_go("hub-1")
    assert not book.hold("hub-1", later + HELD, later + 2 * HELD), "one gives back what is its own"
    book.let_go("hub-2")
    assert book.hold("hub-1", later + HELD, later + 2 * HELD)
