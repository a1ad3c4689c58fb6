"""A rating by phone days after the service, from the code on the slip to the thanks; and one that comes too late."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.domain import commands as c
from tests.hub.appointments.booking import office, open_office
from tests.hub.web.conftest import Pages
from tests.hub.web.test_web_cases import citizen, read

ZONE = ZoneInfo("Asia/Shanghai")
DAYS_AGO = (17, 2)


async def served(directory: Path) -> dict[int, list[str]]:
    """Days ago → numbers whose service ended then, with nobody at the evaluator."""
    today = datetime.now(ZONE).replace(hour=10, minute=0, second=0, microsecond=0)
    found: dict[int, list[str]] = {}
    began = (today - timedelta(days=DAYS_AGO[0])).astimezone(UTC)
    async with open_office(directory, office(policy__opens="00:00", policy__closes="24:00"), began) as hall:
        count = 0

        async def do(kind: type[c.Command], **fields: object) -> tuple[object, ...]:
            nonlocal count
            count += 1
            hall.pass_(seconds=10)
            command = kind(id=f"late{count}", at=hall.now, by="t", source="t", **fields)  # type: ignore[arg-type]
            outcome = await hall.desk.handle("small", command)
            assert not outcome.refused, outcome.refused
            return outcome.events

        for days in DAYS_AGO:
            hall.now = (today - timedelta(days=days)).astimezone(UTC)
            await hall.desk.turn_day("small")
            await do(c.SignOn, counter="1", clerk="1001")
            found[days] = []
            for _ in range(2):
                reserved, *_ = await do(c.TakeTicket, service="A")
                found[days].append(reserved.number)  # type: ignore[attr-defined]
                for kind in (c.CallNext, c.Serve, c.End):
                    await do(kind, counter="1")
            await do(c.SignOff, counter="1")
        hall.now = datetime.now(UTC)
        await hall.desk.turn_day("small")
    return found


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pages, dict[int, list[str]]]]:
    directory = tmp_path_factory.mktemp("late")
    numbers = asyncio.run(served(directory))
    pages = Pages(directory)
    yield pages, numbers
    pages.close()


def path_of(pages: Pages, days: int, number: str) -> str:
    """What the code on the slip says."""
    day = (datetime.now(ZONE) - timedelta(days=days)).date().isoformat()
    return pages.parts.links.follow_path("small", day, number)


def test_two_days_later_the_slips_code_leads_to_a_rating_its_reasons_and_thanks(
    hall: tuple[Pages, dict[int, list[str]]],
) -> None:
    pages, numbers = hall
    good, bad = (path_of(pages, 2, number) for number in numbers[2])
    with citizen(pages) as phone, pages.visitor("boss") as boss:
        assert "请评价这次服务" in phone.get(good).text
        assert phone.post(f"{good}/rate", data={"level": 5}).headers["location"] == f"{good}#rating"
        assert "您的评价：非常满意" in phone.get(good).text
        assert phone.post(f"{good}/reasons", data={"reason": "517"}).status_code == 303
        html = phone.get(good).text
        assert "谢谢您的评价" in html
        assert 'id="case"' not in html
        assert phone.post(f"{bad}/rate", data={"level": 1}).status_code == 303
        assert "由专人核实" in phone.get(bad).text
        read(pages)
        html = phone.get(bad).text
        assert "服务态度差效率低" in html
        assert "答复并办结" in html
        assert phone.post(f"{bad}/reasons", data={"reason": "115", "text": "等了很久"}).status_code == 303
        html = phone.get(bad).text
        assert "谢谢您的评价" in html
        assert "等了很久" in html
        html = boss.get("/cases/small").text
        assert numbers[2][1] in html
        case = f"/cases/small/{(datetime.now(ZONE) - timedelta(days=2)).date()}.{numbers[2][1]}"
        html = boss.get(case).text
        assert "手机补评" in html
        assert "服务态度差效率低" in html
        assert "等了很久" in html


def test_weeks_later_it_is_too_late_and_the_page_says_so(hall: tuple[Pages, dict[int, list[str]]]) -> None:
    pages, numbers = hall
    path = path_of(pages, 17, numbers[17][0])
    with citizen(pages) as phone:
        before = phone.get(path)
        assert before.status_code == 200
        assert "请评价这次服务" not in before.text
        assert phone.post(f"{path}/rate", data={"level": 1}).status_code == 303
        assert "您的评价" not in phone.get(path).text
