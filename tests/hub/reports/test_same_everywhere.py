"""The same figures everywhere: page, CSV, XLSX, PDF, InfluxDB, and plain SQL over the event log."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from hub.metrics.influx import Influx, Target
from hub.metrics.writer import Metrics
from hub.storage.database import open_database, open_log
from hub.storage.metrics import MetricsBook
from provisioning.stack.process import Influxd
from tests.hub.reports.conftest import ZONE
from tests.hub.reports.everywhere import assert_same, of_csv, of_page, of_pdf, of_xlsx
from tests.hub.reports.plain_sql import Log
from tests.hub.web.conftest import Pages
from tests.support.day import small_hall
from tests.support.influx import Asked, Forwarder, another

SERVICES = ("A", "B", "C")


@pytest.fixture(scope="module")
def shown(pages: Pages, day: str) -> Any:
    with pages.visitor("boss") as boss:
        return of_page(boss.get("/stats/small", params=asked(day)).text)


@pytest.fixture(scope="module")
def log(pages: Pages, day: str) -> Log:
    return Log(pages.directory / "hub.db", day)


@pytest.fixture(scope="module")
def influx(pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """With all of the log in it."""
    with Influxd(tmp_path_factory.mktemp("influxd")) as server:
        between = Forwarder(server.url)
        there = another() or Asked(server.url, Target(url=between.url, org="hall", bucket="reports", token="t"))
        httpx.post(f"{server.url}/query", data={"q": 'CREATE DATABASE "reports"'}).raise_for_status()
        engine, events = open_database(pages.directory / "hub.db"), open_log(pages.directory / "hub.db")
        while Metrics([small_hall()], events, MetricsBook(engine, "reports"), Influx(there.target)).step():
            pass
        yield there
        events.close()
        engine.dispose()
        between.close()


def asked(day: str, **more: str) -> dict[str, Any]:
    return {"range": "day", "at": day, "by": ["service", "counter", "hour"], **more}


def figure(shown: Any, section: str, key: str, ident: str) -> float | None:
    place = shown.keys[(section, key)]
    return shown.raw[place][shown.figures[section].index(ident)]


def taken(pages: Pages, day: str, form: str) -> bytes:
    with pages.visitor("boss") as boss:
        answer = boss.get("/stats/small/file", params=asked(day, format=form))
    assert answer.status_code == 200, answer.text
    return answer.content


# As files.


def test_a_csv_has_every_number_of_the_page(pages: Pages, day: str, shown: Any) -> None:
    found = of_csv(taken(pages, day, "csv"))
    assert len(found) > 90
    assert {place: found.get(place) for place in shown.raw} == shown.raw


def test_a_workbook_has_every_number_of_the_page(pages: Pages, day: str, shown: Any) -> None:
    found, _ = of_xlsx(taken(pages, day, "xlsx"))
    assert_same(found, shown.raw)


def test_a_pdf_says_every_line_as_the_page_does(pages: Pages, day: str, shown: Any) -> None:
    found = of_pdf(taken(pages, day, "pdf"), {title for title, _ in shown.texts})
    assert {place: found.get(place) for place in shown.texts} == shown.texts


# As others count.


def test_plain_sql_over_the_log_counts_the_same(shown: Any, log: Log) -> None:
    reserved, ended, calls = log.counts("ticket-reserved"), log.counts("service-ended"), log.calls()
    missed, sent_on = log.counts("ticket-missed"), log.counts("ticket-transferred")
    assert sum(reserved.values()) == figure(shown, "work-service", "total", "taken") >= 130
    for one in SERVICES:
        of = {ident: figure(shown, "work-service", one, ident) for ident in shown.figures["work-service"]}
        assert (of["taken"], of["served"], of["called"]) == (reserved[one], ended[one], calls[one])
        assert of["transferred"] == sent_on.get(one, 0)
        assert of["missed"] == missed.get(one, 0)
        assert of["missed_share"] == pytest.approx(of["missed"] / calls[one])


def test_plain_sql_over_the_log_measures_the_same(shown: Any, log: Log) -> None:
    for of, ident in (("waits", "wait"), ("walks", "walk"), ("services", "service")):
        found = log.times(of)
        assert set(found) == set(SERVICES)
        for one, times in found.items():
            for spread, value in times.items():
                mine = figure(shown, "times-service", one, f"{ident}_{spread}")
                assert mine == pytest.approx(value, abs=1e-3), (of, one, spread)


def test_plain_sql_over_the_log_finds_counters_idle_for_as_long(shown: Any, log: Log) -> None:
    found = log.times("idles")
    assert set(found) == set(SERVICES)
    for one, times in found.items():
        for name in ("p50", "p90"):
            assert figure(shown, "idle-service", one, f"idle_{name}") == pytest.approx(times[name], abs=1e-3), (
                one,
                name,
            )


def test_plain_sql_over_the_log_has_the_same_ratings(shown: Any, log: Log) -> None:
    levels = log.levels()
    for one in SERVICES:
        count = sum(levels[one].values())
        mine = {ident: figure(shown, "ratings-service", one, ident) for ident in shown.figures["ratings-service"]}
        assert mine["rated"] == count
        assert {level: mine[f"level_{level}"] for level in range(1, 6)} == {
            n: levels[one].get(n, 0) for n in range(1, 6)
        }
        assert mine["bad"] == levels[one].get(1, 0) + levels[one].get(2, 0)
        assert mine["level_mean"] == pytest.approx(sum(level * many for level, many in levels[one].items()) / count)


def test_influxdb_counts_and_measures_the_same(shown: Any, influx: Asked, day: str) -> None:
    begin = datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=ZONE).astimezone(UTC)
    when = f"time >= '{begin:%Y-%m-%dT%H:%M:%SZ}' AND time < '{begin:%Y-%m-%dT%H:%M:%SZ}' + 1d"

    def by_service(what: str, measurement: str, where: str = "") -> dict[str, dict[str, Any]]:
        rows = influx.rows(f'SELECT {what} FROM "{measurement}" WHERE {when} {where} GROUP BY "service"')
        return {row["service"]: row for row in rows}

    done = 'AND "undone" = false'
    numbers = by_service('count("number")', "ticket_taken")
    ended = by_service('count("number")', "ticket_served", done)
    missed = by_service('count("number")', "ticket_missed", done)
    times = {
        "wait": spread(influx, "waiting_s", "ticket_called", f"{when} {done}"),
        "walk": spread(influx, "walk_s", "ticket_served", f"{when} {done}"),
        "service": spread(influx, "service_s", "ticket_served", f"{when} {done}"),
    }
    called = by_service('count("number")', "ticket_called", f'AND "calls" = 1 {done}')
    sent_on = by_service('count("number")', "ticket_transferred", done)
    mean = by_service('mean("level")', "ticket_rated")
    levels = {level: by_service('count("level")', "ticket_rated", f'AND "level" = {level}') for level in range(1, 6)}
    for one in SERVICES:
        assert figure(shown, "work-service", one, "taken") == numbers[one]["count"]
        assert figure(shown, "work-service", one, "served") == ended[one]["count"]
        assert figure(shown, "work-service", one, "called") == called[one]["count"]
        assert figure(shown, "work-service", one, "missed") == missed.get(one, {"count": 0})["count"]
        assert figure(shown, "work-service", one, "transferred") == sent_on.get(one, {"count": 0})["count"]
        for ident, told in times.items():
            for name, value in told[one].items():
                mine = figure(shown, "times-service", one, f"{ident}_{name}")
                assert mine == pytest.approx(value, abs=1e-3), (ident, one, name)
        assert figure(shown, "ratings-service", one, "level_mean") == pytest.approx(mean[one]["mean"])
        for level, told in levels.items():
            assert figure(shown, "ratings-service", one, f"level_{level}") == told.get(one, {"count": 0})["count"]


def spread(influx: Asked, field: str, measurement: str, where: str) -> dict[str, dict[str, float]]:
    """By service. InfluxQL's own percentile() takes the rank N × p rounded, not N × p rounded up as nearest rank is
    (and as its documentation has it): it is held to that, and the rank is taken from InfluxDB's own values here."""
    asked = f'mean("{field}"), max("{field}"), percentile("{field}", 50) AS p50, percentile("{field}", 90) AS p90'
    of = f'FROM "{measurement}" WHERE {where} GROUP BY "service"'
    own = {row["service"]: row for row in influx.rows(f"SELECT {asked} {of}")}
    values: dict[str, list[float]] = {}
    for row in influx.rows(f'SELECT "{field}" {of}'):
        values.setdefault(row["service"], []).append(row[field])
    found = {}
    for service, some in values.items():
        some.sort()
        for part in (50, 90):
            assert own[service][f"p{part}"] == some[int(len(some) * part / 100 + 0.5) - 1]
        ranks = {f"p{part}": some[-(-len(some) * part // 100) - 1] for part in (50, 90)}
        found[service] = {"mean": own[service]["mean"], "max": own[service]["max"], **ranks}
    return found
