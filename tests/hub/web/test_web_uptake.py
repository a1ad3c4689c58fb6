"""A manager sees how appointments are used, accepts more places, and takes them back; nobody below does."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from tests.hub.appointments.booking import Office, office, open_office
from tests.hub.web.conftest import Pages
from tests.support.day import small_hall

OWN_SITE = {"sec-fetch-site": "same-origin"}
ZONE = ZoneInfo("Asia/Shanghai")
DAYS_AGO = 20
RULES = {
    "appointments.overbook_due_min": 10, "appointments.overbook_review_weeks": 2, "service.A.slot_places": 60,
    "service.C.appointment": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """One for the module, with weeks of its own in the log: each test looks at a service or a day of its own."""
    directory = tmp_path_factory.mktemp("used")
    asyncio.run(weeks_ago(directory))
    pages = Pages(directory, small_hall())
    pages.do(c.ChangeSettings, changes=RULES)
    yield pages
    pages.close()


async def weeks_ago(directory: Path) -> None:
    """Twenty days ago 24 had a place for A, and 8 for C, and every fourth did not come. On the day after boss accepted
    two more for C; on the next one 6 had a place for C, and one third did not come."""
    began = datetime.now(ZONE).replace(hour=7, minute=0, second=0, microsecond=0) - timedelta(days=DAYS_AGO)
    async with open_office(directory, office(service__C__appointment=True), began.astimezone(UTC)) as hall:
        await day_of(hall, {"A": (24, 4), "C": (8, 4)})
        change = c.ChangeSettings(id="accept", at=hall.now, by="boss", source="http", changes={"service.C.overbook": 2})
        await hall.desk.handle("small", change)
        hall.pass_(days=1)
        await hall.desk.turn_day("small")
        await day_of(hall, {"C": (6, 3)})


async def day_of(hall: Office, booked: dict[str, tuple[int, int]]) -> None:
    """Service → how many, and every how manieth stays away. At its end it is seven in the morning of the next day."""
    day, codes = hall.desk.today("small").day, []
    for service, (count, stays) in booked.items():
        for place in range(count):
            code = f"{service}{day[-2:].translate(str.maketrans('01', 'XY'))}{'ABCDEFGHJKLMNPQRSTUVWXYZ'[place]}CDEFGH"
            book = ac.Book(
                id=code, at=hall.now, by="t", source="http", day=day, code=code, service=service, slot="10:00",
                minutes=30, capacity=30, person=code, via="phone",
            )  # fmt: skip
            await hall.desk.handle("small", book)
            codes += [code] if place % stays else []
    hall.pass_(hours=3)
    for code in codes:
        came = ac.CheckIn(id=f"in {code}", at=hall.now, by="t", source="mqtt", code=code)
        assert not (await hall.desk.handle("small", came)).refused
    hall.pass_(hours=21)
    await hall.desk.turn_day("small")


def test_what_is_suggested_is_accepted_and_taken_back(pages: Pages) -> None:
    with pages.visitor("boss") as boss:
        day = (datetime.now(ZONE) - timedelta(days=DAYS_AGO)).date().isoformat()
        html = boss.get("/uptake/small", params={"first": day, "last": day}).text
        assert "25 %" in html, "missed"
        assert "75 %" in html, "kept"
        assert "近 8 周发放号源 24 个，空置 6 个" in html
        form = re.search(r'action="/uptake/small/A">.*?name="key" value="(\w+)".*?name="more" value="([1-9])"', html)
        key, more = form[1], form[2]
        sent = {"more": more, "key": key}
        for _ in range(2):  # sent twice, it is one wish
            answer = boss.post("/uptake/small/A", data=sent, headers=OWN_SITE)
            assert (answer.status_code, answer.headers["location"]) == (303, "/uptake/small?done=accepted")
        other = boss.post("/uptake/small/A", data=sent | {"more": str(int(more) + 1)}, headers=OWN_SITE)
        assert other.status_code == 422, "the form's key was another wish's"
        assert pages.desk.today("small").settings["service.A.overbook"] == int(more)
        assert f"多放 {more} 个" in boss.get("/uptake/small").text
        boss.post("/uptake/small/A", data={"more": "0", "key": "back"}, headers=OWN_SITE)
        assert "service.A.overbook" not in pages.desk.today("small").settings
    noted = [(one.who, one.what, one.detail) for one in pages.parts.audit.of("small", "") if one.who == "boss"]
    assert noted[:2] == [("boss", "overbooking-withdrawn", "A"), ("boss", "overbooking-accepted", f"A · +{more}")]


def test_what_was_accepted_is_shown_with_what_came_of_it_and_looked_at_again(pages: Pages) -> None:
    accepted = (datetime.now(ZONE) - timedelta(days=DAYS_AGO - 1)).date()
    with pages.visitor("boss") as boss:
        html = boss.get("/uptake/small").text
        assert f"{accepted} 由 boss 采纳" in html
        assert "采纳前 8 周发放号源 8 个，空置 2 个：约 25%" in html
        assert "此后应到 6 个，爽约或过晚取消 2 个" in html
        assert f"自 {accepted + timedelta(weeks=2)} 起应复查" in html
        key = re.search(r'action="/uptake/small/C"><input type="hidden" name="key" value="(\w+k)"', html)[1]
        for _ in range(2):
            answer = boss.post("/uptake/small/C", data={"more": "2", "key": key}, headers=OWN_SITE)
            assert answer.headers["location"] == "/uptake/small?done=kept"
        told = boss.get("/api/v1/halls/small/uptake", headers={"accept": "application/json"}).json()
    (of_c,) = (one for one in told["services"] if one["service"] == "C")
    today = pages.desk.today("small").day
    assert (of_c["acceptance"]["who"], of_c["acceptance"]["day"], of_c["acceptance"]["review_due"]) == (
        "boss", today, False,
    )  # fmt: skip
    assert (of_c["acceptance"]["before"]["due"], of_c["acceptance"]["before"]["missed"]) == (14, 4)
    kept = [one for one in pages.parts.audit.of("small", "") if one.what == "overbooking-kept"]
    assert [(one.who, one.detail) for one in kept] == [("boss", "C · +2")], "twice sent, once kept"


def test_what_makes_no_sense_is_refused_in_words(pages: Pages) -> None:
    with pages.visitor("boss") as boss:
        assert boss.get("/uptake/small?first=2026-02-01&last=2026-01-01").status_code == 422
        assert boss.post("/uptake/small/A", data={"more": "many"}, headers=OWN_SITE).status_code == 422
        assert boss.post("/uptake/small/A", data={"more": "999"}, headers=OWN_SITE).status_code == 422
        assert boss.post("/uptake/small/Q", data={"more": "1"}, headers=OWN_SITE).status_code == 422
        assert (
            boss.post("/uptake/small/A", data={"more": "1"}, headers={"sec-fetch-site": "cross-site"}).status_code
            == 403
        )


def test_it_is_the_managers(pages: Pages) -> None:
    with pages.visitor("clerk1") as clerk:
        assert clerk.get("/uptake/small").status_code == 403
        assert clerk.post("/uptake/small/A", data={"more": "1"}, headers=OWN_SITE).status_code == 403
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
