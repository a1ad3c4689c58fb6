"""The page of statistics: what may be chosen, what is said where something makes no sense, and who may see it."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from hub.assembly import application
from hub.history import history
from hub.history.history import history_of
from hub.reports.making import report
from hub.reports.report import Wish
from hub.storage.database import open_log
from tests.hub.reports.conftest import ZONE
from tests.hub.reports.everywhere import of_page
from tests.hub.web.conftest import Pages, Served
from tests.support.day import small_hall


def test_what_is_chosen_is_in_the_address_and_on_the_page(pages: Pages, day: str) -> None:
    chosen = {"range": "days", "first": day, "last": day, "by": ["counter"], "counter": "1", "sort": "-served"}
    with pages.visitor("boss") as boss:
        html = boss.get("/stats/small", params=chosen).text
    page = of_page(html)
    assert "只看窗口：1号窗口。" in html
    assert "现在的差评案件：在办" in html
    assert [key for section, key in page.keys if section == "work-counter"][:1] == ["1"]
    assert 'aria-sort="ascending"' in html
    assert f"/stats/small/file?range=days&amp;by=counter&amp;first={day}&amp;last={day}" in html
    assert f"back=/stats/small%3Frange%3Ddays%26by%3Dcounter%26first%3D{day}" in html, "the other language keeps it"


def test_a_total_is_of_the_whole_and_no_average_of_averages(pages: Pages, day: str) -> None:
    with pages.visitor("boss") as boss:
        page = of_page(boss.get("/stats/small", params={"range": "day", "at": day}).text)
    place = page.figures["times-service"].index("wait_mean")
    means = [page.raw[page.keys["times-service", key]][place] for key in "ABC"]
    total = page.raw[page.keys["times-service", "total"]][place]
    assert total == page.raw[page.keys["overview", "wait_mean"]][0]
    assert total != pytest.approx(sum(means) / 3)


def test_lines_are_sorted_by_a_link(pages: Pages, day: str) -> None:
    with pages.visitor("boss") as boss:
        for sort, wanted in (("taken", ["A", "B", "C"]), ("-taken", ["C", "B", "A"])):
            page = of_page(boss.get("/stats/small", params={"range": "day", "at": day, "sort": sort}).text)
            assert [key for section, key in page.keys if section == "work-service"][:3] == wanted


def test_a_month_that_runs_is_compared_with_as_many_days(pages: Pages) -> None:
    today = datetime.now(ZONE).date()
    with pages.visitor("boss") as boss:
        html = boss.get("/stats/small").text
    first = today.replace(day=1)
    assert f'<h2 id="told">{first if first == today else f"{first} – {today}"}（末日截至 ' in html


def test_what_runs_is_compared_until_the_same_time_of_the_day_before(pages: Pages, day: str) -> None:
    """At eleven: with what was taken until eleven on the day before."""

    def taken(wish: Wish, section: str) -> list[list[float | None]]:
        now = datetime.fromisoformat(f"{day}T11:00:00+08:00")
        made = pages.loop.run(report(pages.past, small_hall(), wish, at=now, by="boss"))
        (found,) = (one for one in made.sections if one.ident == section)
        return [[cell.value for cell in line.cells] for line in found.lines]

    before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    mornings = [
        sum(hour[0] or 0 for hour in taken(Wish(hall="small", first=one, last=one, by=("hour",)), "work-hour")[:2])
        for one in (day, before)
    ]
    (now, then, *_), *_ = taken(Wish(hall="small", first=day, last=day, until=11 * 60, by=()), "overview")
    assert [now, then] == mornings
    assert 0 < now < 130


def test_the_monthly_report_is_of_the_last_whole_month(pages: Pages) -> None:
    with pages.visitor("boss") as boss:
        sent = boss.get("/stats/small/month")
        assert sent.status_code == 303
        html = boss.get(sent.headers["location"]).text
    assert html.count("checked") == 4
    assert '<h2 id="told">' in html


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("range=days&first=2026-02-02&last=2026-02-01", "结束日期早于开始日期"),
        ("range=days&first=2001-01-01&last=2026-02-01", "最多统计三年"),
        ("range=day&at=2026-02-30", "“2026-02-30”不是有效日期"),
    ],
)
def test_days_that_make_no_sense_are_refused_in_words(pages: Pages, given: str, said: str) -> None:
    with pages.visitor("boss") as boss:
        answer = boss.get(f"/stats/small?{given}")
        assert (answer.status_code, said in answer.text) == (422, True)
        assert boss.get(f"/stats/small/file?{given}").status_code == 422


@pytest.mark.parametrize("given", ["by=colour", "range=aeon", "format=doc"])
def test_what_cannot_be_chosen_is_refused(pages: Pages, given: str) -> None:
    with pages.visitor("boss") as boss:
        assert boss.get(f"/stats/small/file?{given}").status_code == 422


def test_it_is_the_managers(pages: Pages) -> None:
    with pages.visitor("clerk1") as clerk, pages.visitor() as stranger:
        for path in ("/stats/small", "/stats/small/month", "/stats/small/file?format=csv"):
            assert clerk.get(path).status_code == 403
            assert stranger.get(path).status_code == 303


def test_while_the_log_is_read_for_the_first_time_the_page_says_how_far_it_is(
    pages: Pages, day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_NEAR", 10)  # events that an answer waits for
    events = open_log(pages.directory / "hub.db")
    past = history_of([small_hall()], events, tmp_path / "another", pages.desk.now)
    monkeypatch.setattr(pages.parts, "past", past)
    served = Served(pages.loop, application(pages.parts))
    with pages.visitor("boss") as boss:
        answer = boss.get(f"{served.url}/stats/small", params={"range": "day", "at": day})
        assert (answer.status_code, "已读 0 条" in answer.text, 'http-equiv="refresh"' in answer.text) == (
            503,
            True,
            True,
        )
        assert boss.get(f"{served.url}/stats/small/file").status_code == 503
    served.stop()
    pages.loop.run(past.close())
    events.close()
