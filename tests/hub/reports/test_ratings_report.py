"""The report of ratings: the same in each of its forms, as the log and the cases have it, and for managers only."""

import sqlite3
from collections import Counter
from typing import Any
from urllib.parse import unquote

import pytest

from hub.cases.handling import Said
from hub.storage.accounts import Identity
from tests.hub.reports.conftest import BY_PHONE
from tests.hub.reports.everywhere import assert_same, of_csv, of_page, of_pdf, of_xlsx
from tests.hub.web.conftest import Pages

AT = "/cases/small/report"
BOSS, CHIEF = (Identity(name, "manager", "session", name) for name in ("boss", "chief"))
WAYS = {"mistake": "unjustified", "justified": "justified"}


@pytest.fixture(scope="module")
def worked(pages: Pages, day: str) -> list[str]:
    """The day's cases by id: one closed as a mistake, one as justified, the others open."""
    handling = pages.parts.cases

    async def work() -> list[str]:
        await handling.reader.begin()
        while handling.reader.reached < pages.desk.position:
            await handling.reader.step()
        with sqlite3.connect(pages.directory / "hub.db") as database:
            asks = [row[0] for row in database.execute("SELECT ask FROM rating_case WHERE day = ? ORDER BY ask", [day])]
        for ask, (ground, outcome) in zip(asks, WAYS.items(), strict=False):
            case = handling.stored.one("small", ask)
            steps: tuple[tuple[str, dict[str, Any], Identity], ...] = (
                ("verify", {"outcome": outcome, "ground": ground}, BOSS),
                ("rectify", {}, BOSS),
                ("feedback", {"answer": "sorry"}, BOSS),
                ("review", {"verdict": "good"}, CHIEF),
            )
            for step, said, who in steps:
                if step != "rectify" or outcome == "justified":
                    told: Any = step
                    case = await handling.take(
                        case, told, Said(**{"note": "x"} | said), who, f"{ask}{step}", case.version
                    )
        return asks

    found: list[str] = pages.loop.run(work())
    return found


@pytest.fixture(scope="module")
def shown(pages: Pages, day: str, worked: list[str]) -> Any:
    with pages.visitor("boss") as boss:
        return of_page(boss.get(AT, params={"range": "day", "at": day}).text)


def figure(shown: Any, section: str, key: str, ident: str) -> float | None:
    value: float | None = shown.raw[shown.keys[(section, key)]][shown.figures[section].index(ident)]
    return value


def taken(pages: Pages, day: str, form: str) -> bytes:
    with pages.visitor("boss") as boss:
        answer = boss.get(f"{AT}/file", params={"range": "day", "at": day, "format": form})
    assert answer.status_code == 200, answer.text
    name = unquote(answer.headers["content-disposition"].rpartition("''")[2])
    assert name == f"街道便民服务站-好差评报表-{day}.{form}"
    noted = pages.parts.audit.of("small")[0]
    assert (noted.who, noted.what, noted.detail) == ("boss", "report-exported", f"{form} · {day} – {day}")
    return answer.content


def test_a_csv_and_a_workbook_have_every_number_of_the_page(pages: Pages, day: str, shown: Any) -> None:
    found = of_csv(taken(pages, day, "csv"))
    assert {place: found.get(place) for place in shown.raw} == shown.raw
    sheets, _ = of_xlsx(taken(pages, day, "xlsx"))
    assert_same(sheets, shown.raw)


def test_a_pdf_says_every_line_as_the_page_does(pages: Pages, day: str, shown: Any) -> None:
    found = of_pdf(taken(pages, day, "pdf"), {title for title, _ in shown.texts})
    assert {place: found.get(place) for place in shown.texts} == shown.texts


def test_levels_reasons_and_channels_are_those_of_the_log(pages: Pages, day: str, shown: Any) -> None:
    query = """SELECT json_extract(CAST(body AS TEXT), '$.level'), json_extract(CAST(body AS TEXT), '$.reasons')
               FROM event WHERE stream = ? AND json_extract(CAST(body AS TEXT), '$.kind') = 'rated'"""
    with sqlite3.connect(pages.directory / "hub.db") as database:
        rows = database.execute(query, [f"queue/small/{day}"]).fetchall()
    levels = Counter(level for level, _ in rows)
    assert {n: figure(shown, "levels", f"level_{n}", "count") for n in range(1, 6)} == {
        n: levels[n] for n in range(1, 6)
    }
    bad = levels[1] + levels[2]
    for code in ("214", "115", "113"):
        count = sum(f'"{code}"' in (reasons or "") for _, reasons in rows)
        assert figure(shown, "reasons", f"reason_{code}", "count") == count > 0
        assert figure(shown, "reasons", f"reason_{code}", "share") == pytest.approx(count / bad)
    assert ("reasons", "reason_108") not in shown.keys, "nobody chose it"
    assert figure(shown, "channels", "phone", "rated") == len(BY_PHONE)
    assert figure(shown, "channels", "phone", "bad") == 1
    assert figure(shown, "channels", "evaluator", "rated") == len(rows) - len(BY_PHONE)
    assert figure(shown, "channels", "evaluator", "good_share") == pytest.approx(
        1 - (bad - 1) / (len(rows) - len(BY_PHONE))
    )
    for by in ("service", "counter", "clerk"):
        assert figure(shown, f"ratings-{by}", "total", "rated") == len(rows)


def test_cases_are_told_by_outcome_and_time(shown: Any, worked: list[str]) -> None:
    many = len(worked)
    assert {key: figure(shown, "outcomes", key, "cases") for key in ("mistake", "justified", "unfounded", "open")} == {
        "mistake": 1, "justified": 1, "unfounded": 0, "open": many - 2,
    }  # fmt: skip
    assert figure(shown, "outcomes", "total", "cases") == many == figure(shown, "measures", "count_cases", "now")
    assert figure(shown, "outcomes", "mistake", "days_max") == 0, "on the day on which it was opened"
    assert figure(shown, "outcomes", "open", "days_p50") is None
    assert figure(shown, "stands", "in-time", "cases") == 2
    assert figure(shown, "measures", "reply_rate", "now") == pytest.approx(2 / many)
    assert figure(shown, "measures", "count_not_adopted", "now") == 1
    assert figure(shown, "measures", "count_cases", "before") > 0


def test_it_is_the_managers_and_of_the_last_month_unless_asked_otherwise(pages: Pages) -> None:
    with pages.visitor("boss") as boss, pages.visitor("clerk1") as clerk, pages.visitor() as stranger:
        for path in (AT, f"{AT}/file"):
            assert clerk.get(path).status_code == 403
            assert stranger.get(path).status_code == 303
        html = boss.get(AT, params={"language": "en"}).text
        assert "Ratings report" in html
        assert f'href="{AT}"' in boss.get("/cases/small").text
        assert 'value="month" selected' in html
        assert boss.get(AT, params={"range": "day", "at": "2026-02-30"}).status_code == 422
        assert boss.get(f"{AT}/file", params={"format": "doc"}).status_code == 422
