"""How devices were: reports are kept whole for a day, then their worst; who came and went is told once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from hub.mqtt.observing import Observer
from hub.roster import Bound, Roster
from hub.storage.audit import Audit, note
from hub.storage.database import Where, open_database
from hub.storage.health import SPAN_S, Change, HealthHistory, Keeping, Sample, spans, worst
from tests.support.day import small_hall
from wire.messages import Health, Presence

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
T = int(NOW.timestamp())


@pytest.fixture
def engine(database: Where):
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def history(engine: Engine) -> HealthHistory:
    return HealthHistory(engine)


@pytest.fixture
def watched(engine: Engine, history: HealthHistory) -> "Watched":
    return Watched(history, Audit(engine))


def sample(at: int, **figures) -> Sample:
    return Sample(hall="small", position="caller-1", at=at, **figures)


def change(online: bool, boot: str = "a", why: str = "", device: str = "caller-00aa") -> Change:
    return Change(hall="small", position="caller-1", device=device, at=NOW, online=online, boot=boot, why=why)


def test_of_several_reports_the_worst_of_each_figure_is_kept():
    bad = sample(T + 1, memory_mb=60, disk_free_mb=10, offset_ms=-900, outbox=3, paper="low", connects=4)
    whole = worst([sample(T, memory_mb=30, disk_free_mb=90, offset_ms=5, paper="ok"), bad], T, 60)
    assert (whole.reports, whole.memory_mb, whole.disk_free_mb, whole.offset_ms) == (2, 60, 10, -900)
    assert (whole.outbox, whole.paper, whole.connects, whole.cpu_c) == (3, "low", 4, None)


def test_spans_begin_where_the_clock_has_them():
    found = list(spans([sample(T + at) for at in (0, 899, 900, 2700)], SPAN_S))
    assert [(one.at - T, one.reports) for one in found] == [(0, 2), (900, 1), (2700, 1)]


def test_old_reports_are_thinned_and_older_spans_go(history):
    history.add(sample(T + at, outbox=at) for at in range(0, 3 * SPAN_S, 300))
    assert history.thin("small", "caller-1", whole_until=T + 2 * SPAN_S + 10, nothing_until=0) == 6
    kept = history.of("small", "caller-1", 0)
    assert [(one.at - T, one.span_s, one.reports, one.outbox) for one in kept] == [
        (0, 900, 3, 600), (900, 900, 3, 1500), (1800, 0, 1, 1800), (2100, 0, 1, 2100), (2400, 0, 1, 2400),
    ]  # fmt: skip
    history.thin("small", "caller-1", whole_until=0, nothing_until=T + 1)
    assert [one.at - T for one in history.of("small", "caller-1", 0)] == [900, 1800, 2100, 2400]


def test_a_late_report_joins_its_span(history):
    history.add([sample(T, outbox=1)])
    history.thin("small", "caller-1", whole_until=T + SPAN_S, nothing_until=0)
    history.add([sample(T + 30, outbox=7)])
    history.thin("small", "caller-1", whole_until=T + SPAN_S, nothing_until=0)
    [span] = history.of("small", "caller-1", 0)
    assert (span.reports, span.outbox) == (2, 7)


def test_two_reports_of_one_second_are_one_and_nothing_fails(history):
    history.add([sample(T), sample(T, outbox=2)])
    history.add([sample(T, outbox=3)])
    assert len(history.of("small", "caller-1", 0)) == 1


def test_who_came_and_went_is_told_once_however_many_processes_hear_of_it(history):
    for one in (change(True), change(True), change(False, why="lost"), change(False, why="lost"), change(True)):
        history.came_and_went([one])
    told = [(one.online, one.why) for one in history.changes("small", "caller-1")]
    assert told == [(True, "reconnected"), (False, "lost"), (True, "")]


def test_a_new_boot_is_a_new_start_and_another_device_too(history):
    history.came_and_went([change(True), change(True, boot="b"), change(True, boot="c", device="caller-00bb")])
    assert [(one.boot, one.device) for one in history.changes("small", "caller-1")] == [
        ("c", "caller-00bb"), ("b", "caller-00aa"), ("a", "caller-00aa"),
    ]  # fmt: skip


def test_the_last_word_of_a_device_that_was_never_here_is_nothing(history):
    assert history.came_and_went([change(False)]) == 0


class Watched:
    """An observer of the small hall's caller, with a clock that the test sets."""

    def __init__(self, history: HealthHistory, audit: Audit) -> None:
        self.now, keeping = NOW, Keeping(whole_h=1, days=2, audit_days=3)
        self.roster = Roster([small_hall()], lambda: [Bound("caller-00aa", "small", "caller-1")])
        self.roster.seat_all(self.roster.bound())
        self.observer = Observer(history, audit, self.roster, lambda: self.now, keeping)
        self.seat = self.roster.at("small", "caller-1")
        assert self.seat is not None

    def report(self, **device) -> None:
        health = Health(id="h", at=self.now, uptime_s=1, agent="0", memory_mb=30, device=device)
        self.observer.healthy(self.seat, health)


def test_reports_are_written_together_and_thinned_by_their_age(watched, history):
    for minute in range(4):
        watched.now = NOW + timedelta(minutes=minute)
        watched.report(connects=2, printer="ready", paper_low=minute == 3)
    assert history.of("small", "caller-1", 0) == []
    watched.observer.flush()
    kept = history.of("small", "caller-1", 0)
    assert [(one.connects, one.paper) for one in kept] == [(2, "ok"), (2, "ok"), (2, "ok"), (2, "low")]
    watched.now = NOW + timedelta(hours=2)
    watched.observer.thin(["small"])
    assert [(one.span_s, one.paper) for one in history.of("small", "caller-1", 0)] == [(SPAN_S, "low")]
    watched.now = NOW + timedelta(days=3)
    watched.observer.thin(["small"])
    assert history.of("small", "caller-1", 0) == []


def test_who_did_what_is_forgotten_with_the_same_look_around(watched, engine):
    with engine.begin() as connection:
        for what in ("restart", "identify"):
            note(connection, hall="gone", position="caller-9", who="tech", what=what, at=watched.now)
            watched.now += timedelta(days=1)
    watched.now = NOW + timedelta(days=3, hours=1)
    watched.observer.thin(["small"])
    assert [one.what for one in Audit(engine).of("gone")] == ["identify"], "also of a hall that is served no more"


def test_what_cannot_be_written_now_is_written_later(watched, history, monkeypatch):
    watched.report()
    with monkeypatch.context() as broken:
        broken.setattr(history, "add", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            watched.observer.flush()
    watched.observer.close()
    assert len(history.of("small", "caller-1", 0)) == 1


def test_what_a_device_says_of_itself_cannot_be_more_than_a_database_takes(watched, history):
    watched.report(connects=10**30)
    watched.observer.present(watched.seat, "caller-00aa", Presence(online=True, boot="a\0" * 90))
    watched.observer.close()
    assert [one.connects for one in history.of("small", "caller-1", 0)] == [2**31 - 1]
    assert [one.boot for one in history.changes("small", "caller-1")] == ["a" * 32]


def test_why_a_device_went_is_its_own_word_or_that_it_was_lost(watched, history):
    for presence in (
        Presence(online=True, boot="a"),
        Presence(online=False, boot="a", why="restarts"),
        Presence(online=True, boot="b"),
        Presence(online=False, boot="b"),
    ):
        watched.observer.present(watched.seat, "caller-00aa", presence)
    watched.observer.flush_changes()
    assert [one.why for one in history.changes("small", "caller-1")] == ["lost", "started", "restarts", "started"]
