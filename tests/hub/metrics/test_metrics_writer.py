"""The real client writes to real servers what the log has: after days away too, nothing twice, nothing lost."""

import asyncio
import json
import math

import httpx
import msgspec
import pytest
from sqlalchemy import Engine, update

from hub.metrics.influx import AwayError, Influx, Target
from hub.metrics.points import Point, Value
from hub.metrics.writer import HELD, Metrics
from hub.storage.event_log import EventLog
from hub.storage.health import Change, HealthHistory, Sample, Signal
from hub.storage.metrics import MetricsBook
from hub.storage.metrics_reports import Figures
from hub.storage.schema_metrics import metrics_report
from provisioning.stack.process import VictoriaMetrics
from tests.hub.metrics.test_business_metrics import identity, points_of
from tests.support.day import Script
from tests.support.influx import Asked, Forwarder

T = 1_767_600_000


class Writing:
    def __init__(self, engine: Engine, log: EventLog, day: Script, target: Target, reports_max: int = 1000) -> None:
        self.book = MetricsBook(engine, target.name, reports_max)
        self.influx = Influx(target)
        self.metrics = Metrics([day.hall], log, self.book, self.influx)
        self.history = HealthHistory(engine)
        self.history.follow(self.book.follow)


def report(at: int, position: str) -> Sample:
    return Sample(hall="small", position=position, at=at, memory_mb=30.5, outbox=2, paper="low")


def exported(victoria: VictoriaMetrics) -> list[tuple[str, int]]:
    """Series and millisecond of each value that is kept."""
    httpx.get(f"{victoria.url}/internal/force_flush", timeout=30)
    said = httpx.get(f"{victoria.url}/api/v1/export", params={"match[]": '{__name__!=""}', "start": T - 10**7},
                     timeout=30)  # fmt: skip
    lines = [json.loads(line) for line in said.text.splitlines()]
    return [(json.dumps(one["metric"], sort_keys=True), at) for one in lines for at in one["timestamps"]]


def expected(points: list[Point]) -> int:
    """What VictoriaMetrics keeps of them: each field, text as 0, also of a point that replaces another."""
    return sum(len(one.fields) for one in points)


def test_what_was_written_is_read_back(influx: Asked, engine: Engine, log: EventLog, day: Script):
    writing = Writing(engine, log, day, influx.target)
    assert writing.metrics.step() is False
    assert writing.book.standing().position == log.last_position()
    points = points_of(day)
    for name in {one.measurement for one in points}:
        told = [one for one in points if one.measurement == name]
        kept = {identity(one) for one in told}
        (field,) = told[0].fields.keys() & {"number", "people", "open", "ahead_s"}
        assert influx.rows(f'SELECT count("{field}") FROM "{name}"')[0]["count"] == len(kept), name


def test_a_repeat_changes_nothing_and_what_was_undone_is_marked(
    influx: Asked, engine: Engine, log: EventLog, day: Script
):
    writing = Writing(engine, log, day, influx.target)
    writing.metrics.step()
    asked = 'SELECT * FROM "ticket_called"'
    before = influx.rows(asked)
    writing.influx.write(points_of(day))
    assert influx.rows(asked) == before
    assert [row["undone"] for row in before].count(True) == 1


def test_influxdb_killed_and_away_is_caught_up_with_nothing_twice_and_nothing_lost(
    victoria: VictoriaMetrics, engine: Engine, log: EventLog, day: Script
):
    writing = Writing(engine, log, day, Target(url=victoria.url, org="hall", bucket="b", token="t"))
    victoria.kill()
    for _ in range(2):
        with pytest.raises(AwayError, match="does not answer"):
            writing.metrics.step()
    assert writing.book.standing().position == 0
    victoria.start()
    writing.metrics.step()
    writing.metrics.step()
    found = exported(victoria)
    assert len(found) == expected(points_of(day))
    assert writing.book.standing().position == log.last_position()


def test_who_begins_in_the_middle_of_a_day_says_the_same(influx: Asked, engine: Engine, log: EventLog, day: Script):
    """After a restart: what the day was is read from the log."""
    writing = Writing(engine, log, day, influx.target)
    writing.book.reached(len(day.events) // 2)
    writing.metrics.step()
    rows = influx.rows('SELECT "number", "service_s" FROM "ticket_served"')
    late = {row["number"]: row["service_s"] for row in rows}
    served = [one.fields for one in points_of(day) if one.measurement == "ticket_served"]
    every = {fields["number"]: fields["service_s"] for fields in served}
    assert late
    assert late.items() <= every.items()


def test_a_bad_point_is_named_counted_and_passed_over(
    influx: Asked, forwarder: Forwarder, engine: Engine, log: EventLog, day: Script, caplog: pytest.LogCaptureFixture
):
    """InfluxDB refuses a field that changed its type."""
    writing = Writing(engine, log, day, influx.target)
    clash = Point("waiting", {"hall": "other", "service": "A"}, {"people": 1}, T * 10**9)
    wrong = Point("waiting", {"hall": "other", "service": "B"}, {"people": "many"}, T * 10**9)
    good = Point("waiting", {"hall": "other", "service": "C"}, {"people": 3}, T * 10**9)
    assert writing.influx.write([clash]) == 0
    assert writing.influx.write([clash, wrong, good]) == 1
    assert "service=B" in caplog.text
    found = influx.rows('SELECT "people" FROM "waiting" WHERE "hall" = \'other\'')
    assert sorted(row["people"] for row in found) == [1, 3]


def test_what_line_protocol_cannot_say_is_named_and_counted_and_the_rest_is_written(
    influx: Asked, engine: Engine, log: EventLog, day: Script, caplog: pytest.LogCaptureFixture
):
    writing = Writing(engine, log, day, influx.target)
    tags, at = {"hall": "odd", "service": "A"}, T * 10**9
    odd: dict[str, Value] = {"half a sign": "\ud800", "nothing": math.nan, "endless": math.inf, "too many": 2**63}
    points = [Point("counter", {**tags, "counter": name}, {"open": value}, at) for name, value in odd.items()]
    mixed = Point("device", tags, {"cpu_c": math.nan, "outbox": 3}, at)
    assert writing.influx.write([*points, mixed]) == 4
    assert all(name in caplog.text for name in odd)
    assert [row["outbox"] for row in influx.rows('SELECT * FROM "device" WHERE "hall" = \'odd\'')] == [3]


def test_an_event_that_the_halls_file_has_forgotten_and_a_report_that_nobody_can_read_are_counted(
    influx: Asked, engine: Engine, log: EventLog, day: Script
):
    """The rest of the day is written, and the count is shown with all that is turned away."""
    shrunk = msgspec.structs.replace(day.hall, service=day.hall.service[1:])
    writing, turned_away = Writing(engine, log, day, influx.target), list[tuple[str, str]]()
    for n, odd in enumerate(({"body": b"?"}, {"kind": "of-tomorrow"})):
        writing.history.add([report(T - n, day.hall.position[0].id)])
        with engine.begin() as connection:
            connection.execute(update(metrics_report).values(odd))
    writing.history.add([report(T + 1, day.hall.position[0].id)])
    metrics = Metrics([shrunk], log, writing.book, writing.influx,
                      count=lambda door, code, times: turned_away.append((door, code)))  # fmt: skip
    metrics.step()
    standing = writing.book.standing()
    assert standing.position == log.last_position()
    assert standing.passed > 0
    assert (standing.refused, writing.book.waiting()) == (2, 0)
    assert set(turned_away) == {("influxdb", "event-passed-over"), ("influxdb", "point-refused")}
    assert influx.rows('SELECT "number" FROM "ticket_taken" WHERE "service" = \'B\'')
    assert len(influx.rows('SELECT "outbox" FROM "device"')) == 1


def test_of_two_processes_one_writes_and_the_other_when_it_died(
    influx: Asked, forwarder: Forwarder, engine: Engine, log: EventLog, day: Script
):
    writing, clock = Writing(engine, log, day, influx.target), [day.now]
    one, other = (
        Metrics([day.hall], log, writing.book, writing.influx, who=who, now=lambda: clock[0])
        for who in ("hub-1", "hub-2")
    )
    one.step()
    assert other.look() == (False, "")
    if influx.target.url == forwarder.url:
        forwarder.answer = lambda: 503
        writing.history.add([report(T - 1, day.hall.position[0].id)])
        assert "503" in one.look()[1]
        assert "503" in other.look()[1], "who does not write knows, too"
        forwarder.answer = lambda: None
    assert one.look() == other.look() == (False, "")
    clock[0] += HELD / 2
    one.step()
    clock[0] += HELD / 2
    writing.history.add([report(T, day.hall.position[0].id)])
    other.step()
    assert (one.writes, other.writes, writing.book.waiting()) == (True, False, 1)
    clock[0] += HELD / 2
    other.step()
    one.step()
    assert (one.writes, other.writes, writing.book.waiting()) == (False, True, 0)


def test_what_is_known_at_the_end_is_written_and_another_process_may_go_on_at_once(
    influx: Asked, engine: Engine, log: EventLog, day: Script
):
    writing = Writing(engine, log, day, influx.target)
    other = Metrics([day.hall], log, writing.book, writing.influx, who="hub-2", now=lambda: day.now)
    metrics = Metrics([day.hall], log, writing.book, writing.influx, who="hub-1", now=lambda: day.now)
    metrics.step()
    writing.history.add([report(T, day.hall.position[0].id)])
    asyncio.run(metrics.close())
    assert writing.book.waiting() == 0
    other.step()
    assert other.writes


def test_each_kind_of_report_becomes_a_point(influx: Asked, engine: Engine, log: EventLog, day: Script):
    writing, position = Writing(engine, log, day, influx.target), day.hall.position[0].id
    change = Change(hall="small", position=position, device="d", at=day.now, online=True, boot="a", why="started")
    heard = Signal(hall="small", position=position, repeater="not-in-its-reach", at=T, rssi_dbm=-60)
    own = Figures(name="hub", at=day.now, tags={"process": "hub-1"}, values={"position": 7, "append_ms": 2.0})
    writing.history.came_and_went([change])
    writing.book.add([heard, own])
    writing.metrics.step()
    assert [row["online"] for row in influx.rows('SELECT "online", "why" FROM "presence"')] == [1]
    assert influx.rows('SELECT * FROM "signal"') == []
    assert [row["append_ms"] for row in influx.rows('SELECT * FROM "hub"')] == [2.0]
    assert (writing.book.standing().refused, writing.book.waiting()) == (0, 0)


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_the_checkpoint_waits_for_a_yes(
    status: int, influx: Asked, forwarder: Forwarder, engine: Engine, log: EventLog, day: Script
):
    if influx.target.url != forwarder.url:
        pytest.skip("a server that is not ours cannot be told to misbehave")
    writing = Writing(engine, log, day, influx.target)
    forwarder.answer = lambda: status
    with pytest.raises(AwayError, match=str(status)):
        writing.metrics.step()
    assert writing.book.standing().position == 0
    forwarder.answer = lambda: None
    writing.metrics.step()
    assert writing.book.standing().position == log.last_position()


def test_reports_of_devices_wait_durably_and_the_oldest_give_way_and_are_counted(
    influx: Asked, engine: Engine, log: EventLog, day: Script
):
    position = day.hall.position[0].id
    writing = Writing(engine, log, day, influx.target, reports_max=3)
    writing.history.add([report(T + n, position) for n in range(2)])
    writing.history.add([report(T + n, position) for n in range(2, 5)])
    writing.history.add([report(T + 9, "a-place-that-is-gone")])
    assert writing.book.standing().dropped == 3
    writing.metrics.step()
    rows = influx.rows('SELECT "memory_mb", "paper" FROM "device"')
    assert [(row["time"] // 10**9 - T, row["memory_mb"], row["paper"]) for row in rows] == [
        (3, 30.5, "low"),
        (4, 30.5, "low"),
    ]
    assert writing.book.waiting() == 0
