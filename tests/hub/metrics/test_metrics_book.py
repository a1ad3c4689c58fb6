"""How far InfluxDB was written stands in the database, SQLite or PostgreSQL, for each target by itself."""

from sqlalchemy import Engine

from hub.storage.database import Where, open_database
from hub.storage.health import HealthHistory, Sample
from hub.storage.metrics import MetricsBook


def sample(at: int) -> Sample:
    return Sample(hall="small", position="caller-1", at=at, cpu_c=40.5)


def test_the_checkpoint_never_goes_back_and_each_target_has_its_own(database: Where):
    engine = open_database(database)
    book, other = MetricsBook(engine, "a"), MetricsBook(engine, "b")
    book.reached(10, refused=2)
    book.reached(7, refused=1)
    MetricsBook(engine, "a")  # a restart
    assert (book.standing().position, book.standing().refused) == (10, 3)
    assert other.standing().position == 0
    _reports(engine, book, other)
    engine.dispose()


def _reports(engine: Engine, book: MetricsBook, other: MetricsBook) -> None:
    history, small = HealthHistory(engine), MetricsBook(engine, "small", reports_max=2)
    for follower in (book, small):
        history.follow(follower.follow)
    history.add([sample(at) for at in range(5)])
    last, waiting = small.reports(10)
    assert [one.at for one in waiting] == [3, 4]
    assert (small.standing().dropped, book.standing().dropped) == (3, 0)
    small.written(last)
    assert small.reports(10) == (0, [])
    assert len(book.reports(10)[1]) == 5
    assert other.reports(10) == (0, [])
