"""A manager sees how appointments are used, accepts more places, and takes them back; nobody below does."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from hub.domain.uptake import Counts
from hub.storage.uptake import UptakeCounts
from tests.hub.web.conftest import Pages


@pytest.fixture
def past(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight weeks with enough appointments, without the thousand commands that they would take."""
    counts = Counts(tickets=900, by_appointment=225, kept=225, missed=75, cancelled=40, reasons=(("not-ready", 40),),
                    lead_h=((30, 1), (60, 1)))  # fmt: skip
    monkeypatch.setattr(UptakeCounts, "of", lambda self, hall, first, last, change: {(first, "A"): counts})
    monkeypatch.setattr(UptakeCounts, "ended", lambda self, hall, first, last, change: {"A": counts})


def test_what_is_suggested_is_accepted_and_taken_back(pages: Pages, past: None) -> None:
    pages.do(c.ChangeSettings, changes={"service.A.slot_places": 60})
    with pages.visitor("boss") as boss:
        html = boss.get("/uptake/small", params={"first": "2026-01-05"}).text
        assert "25 %" in html, "missed"
        assert "75 %" in html, "kept"
        more, key = re.search(r'name="more" value="([1-9])"', html)[1], re.search(r'name="key" value="(\w+)"', html)[1]
        sent = {"more": more, "key": key}
        for _ in range(2):  # sent twice, it is one wish
            answer = boss.post("/uptake/small/A", data=sent, headers={"sec-fetch-site": "same-origin"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/uptake/small?done=accepted")
        other = boss.post("/uptake/small/A", data=sent | {"more": "1"}, headers={"sec-fetch-site": "same-origin"})
        assert other.status_code == 422, "the form's key was another wish's"
        assert pages.desk.today("small").settings["service.A.overbook"] == int(more)
        assert f"多放 {more} 个" in boss.get("/uptake/small").text
        back = {"more": "0", "key": "back"}
        boss.post("/uptake/small/A", data=back, headers={"sec-fetch-site": "same-origin"})
        assert "service.A.overbook" not in pages.desk.today("small").settings


def test_what_makes_no_sense_is_refused_in_words(pages: Pages) -> None:
    with pages.visitor("boss") as boss:
        own = {"sec-fetch-site": "same-origin"}
        assert boss.get("/uptake/small?first=2026-02-01&last=2026-01-01").status_code == 422
        assert boss.post("/uptake/small/A", data={"more": "many"}, headers=own).status_code == 422
        assert boss.post("/uptake/small/A", data={"more": "999"}, headers=own).status_code == 422
        assert boss.post("/uptake/small/Q", data={"more": "1"}, headers=own).status_code == 422
        assert (
            boss.post("/uptake/small/A", data={"more": "1"}, headers={"sec-fetch-site": "cross-site"}).status_code
            == 403
        )


def test_it_is_the_managers(pages: Pages) -> None:
    with pages.visitor("clerk1") as clerk:
        assert clerk.get("/uptake/small").status_code == 403
        assert (
            clerk.post("/uptake/small/A", data={"more": "1"}, headers={"sec-fetch-site": "same-origin"}).status_code
            == 403
        )
    with pages.visitor() as stranger:
        assert stranger.get("/uptake/small").status_code in (302, 303)


def test_programs_have_the_same_figures(pages: Pages) -> None:
    now = datetime.now(UTC)
    day = pages.desk.today("small").day
    command = ac.Book(
        id="b", at=now - timedelta(days=1), by="t", source="http", day=day, code="ABCDEFGHJK", service="A",
        slot="10:00", minutes=30, capacity=9, person="p", via="phone",
    )  # fmt: skip
    pages.loop.run(pages.desk.handle("small", command))
    pages.take()
    with pages.visitor("boss") as boss:
        told = boss.get(
            f"/api/v1/halls/small/uptake?first={day}&last={day}", headers={"accept": "application/json"}
        ).json()
    (of_a,) = (one for one in told["services"] if one["service"] == "A")
    assert (of_a["tickets"], of_a["by_appointment"], of_a["appointment_rate"], of_a["fulfilment"]) == (1, 0, 0.0, None)
    assert [one["day"] for one in told["days"]] == [date.fromisoformat(day).isoformat()]
