"""The page of statistics: what it shows, of what, to whom."""

from tests.hub.web.conftest import Pages


def test_a_day_has_its_figures(pages: Pages, day: str) -> None:
    with pages.visitor("boss") as boss:
        answer = boss.get("/stats/small", params={"range": "day", "at": day, "by": ["service", "hour"]})
    open("/tmp/scratch/page.html", "w").write(answer.text)
    assert answer.status_code == 200
