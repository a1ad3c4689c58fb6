"""Reports that wait: made once at eight o'clock of the first working day after their time, kept as they were made."""

import asyncio
import zlib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from hub.domain.rating_measures import RatingCounts
from hub.history.asking import NotReadyError
from hub.reports.keeping import KINDS, Keeping
from hub.storage.kept_reports import KeptReports, UnknownReportError
from tests.hub.cases.rated import Rated, rated_hall
from tests.hub.reports.everywhere import of_page
from tests.hub.web.conftest import Pages
from tests.support.hub import run

ZONE = ZoneInfo("Asia/Shanghai")


async def nothing(hall: str, first: str, last: str) -> Any:
    return RatingCounts(), []


def keeping(hall: Rated, past: Any = None) -> Keeping:
    stored = KeptReports(hall.office.engine)
    return Keeping(hall.desk, past or hall.past, nothing, hall.working, stored)


def told(one: Keeping) -> set[tuple[str, str, str]]:
    return {(kept.kind, kept.first, kept.last) for kept in one.stored.all("small")}


def at(hall: Rated, text: str) -> None:
    hall.office.now = datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def test_each_is_made_once_at_eight_of_the_first_working_day_whichever_process_looks(database: Any) -> None:
    async def story() -> None:
        async with rated_hall(database) as hall:  # Monday, 2 November 2026
            await hall.rate(5)
            first, second = keeping(hall), keeping(hall)
            await first.step()
            assert told(first) == set(), "nothing happened in October"
            at(hall, "2026-11-09T07:59:00")
            await first.step()
            assert told(first) == set(), "not before eight"
            hall.office.close("2026-11-09")
            at(hall, "2026-11-09T08:00:00")
            await first.step()
            assert told(first) == set(), "no working day in this hall"
            at(hall, "2026-11-10T08:00:00")
            await asyncio.gather(first.step(), second.step())
            assert told(first) == {("week", "2026-11-02", "2026-11-08")}
            made = (await second.read("small", "week", "2026-11-02")).made_at
            at(hall, "2026-12-01T09:30:00")  # the hub was off at eight
            await second.step()
            await first.step()
            assert told(first) == {
                ("week", "2026-11-02", "2026-11-08"),
                ("month", "2026-11-01", "2026-11-30"),
                ("ratings", "2026-11-01", "2026-11-30"),
            }, "in the last week nobody was there"
            assert (await first.read("small", "week", "2026-11-02")).made_at == made
            report = await first.read("small", "ratings", "2026-11-01")
            (levels,) = (one for one in report.sections if one.ident == "levels")
            assert {line.key: line.cells[0].value for line in levels.lines}["level_5"] == 1
            assert report.made_by == "hub"
            with pytest.raises(UnknownReportError):
                await first.read("small", "month", "2026-10-01")
            assert first.stored.forget(hall.office.now) == 1
            assert ("week", "2026-11-02", "2026-11-08") not in told(first)

    run(story())


class Broken:
    """A past that is not ready, or whose process is killed in the middle of an answer."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    async def ask(self, question: object) -> Any:
        raise self._error


def test_one_that_cannot_be_made_yet_is_made_by_whoever_looks_next(database: Any) -> None:
    async def story() -> None:
        async with rated_hall(database) as hall:
            await hall.rate(5)
            at(hall, "2026-11-09T09:00:00")
            waits = keeping(hall, Broken(NotReadyError(1, 2)))
            await waits.step()
            assert told(waits) == set()
            stored = KeptReports(hall.office.engine)
            now = hall.office.now
            assert stored.claim("small", "week", "2026-11-02", "2026-11-08", "a process that is killed", now)
            healthy = keeping(hall)
            await healthy.step()
            assert told(healthy) == set(), "it is being made"
            hall.office.pass_(minutes=11)
            await healthy.step()
            assert told(healthy) == {("week", "2026-11-02", "2026-11-08")}
            assert not stored.keep("small", "week", "2026-11-02", "a process that is killed", b"late", now)

    run(story())


def test_they_are_listed_shown_and_taken_as_they_were_made(pages: Pages) -> None:
    """Of the days that the log has, whatever today is."""
    kept = pages.parts.kept
    today = datetime.now(ZONE).date()
    monday = today - timedelta(days=today.weekday() + 7)

    async def make() -> None:
        for kind in KINDS:
            await kept._make("small", kind, *_period(kind, today, monday))

    pages.loop.run(make())
    address = f"/stats/small/kept/ratings/{_period('ratings', today, monday)[0]}"
    with pages.visitor("boss") as boss, pages.visitor("clerk1") as clerk, pages.visitor() as stranger:
        html = boss.get("/stats/small/kept").text
        assert all(name in html for name in ("统计周报", "统计月报", "好差评月报"))
        assert address in html
        assert "/stats/small/kept" in boss.get("/stats/small").text
        shown = of_page(boss.get(address).text)
        assert ("measures", "active_rate") in shown.keys
        body = boss.get(f"{address}/file", params={"format": "csv", "language": "en"})
        assert body.status_code == 200
        assert "Ratings report" in body.text
        noted = pages.parts.audit.of("small")[0]
        assert (noted.who, noted.what) == ("boss", "report-exported")
        assert boss.get("/stats/small/kept/ratings/1999-01-01").status_code == 404
        assert boss.get(f"{address}/file", params={"format": "doc"}).status_code == 422
        for path in ("/stats/small/kept", address, f"{address}/file"):
            assert clerk.get(path).status_code == 403
            assert stranger.get(path).status_code == 303


def _period(kind: str, today: date, monday: date) -> tuple[str, str]:
    if kind == "week":
        return monday.isoformat(), (monday + timedelta(days=6)).isoformat()
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1).isoformat(), last.isoformat()


def test_one_of_another_release_is_told_of_and_nothing_stops(pages: Pages) -> None:
    stored, now = pages.parts.kept.stored, datetime.now(UTC)
    assert stored.claim("small", "week", "2020-01-06", "2020-01-12", "old", now)
    assert stored.keep("small", "week", "2020-01-06", "old", zlib.compress(msgspec.json.encode({"wish": 1})), now)
    with pages.visitor("boss") as boss:
        assert boss.get("/stats/small/kept/week/2020-01-06").status_code == 404
        assert boss.get("/stats/small/kept").status_code == 200
