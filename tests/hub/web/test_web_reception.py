"""The desk's page of appointments: what a clerk sends by plain forms, and in a Chromium by keyboard alone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.appointments.codes import new_code, shown
from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from hub.people.persons import Person, check_character
from tests.hub.web.conftest import Pages
from tests.hub.web.test_web_browser import browser, enter, page
from tests.support.browser import CHROMIUM

__all__ = ["browser", "page"]
DESK = "/desk/small/appointments"
BODY = "11010119900307123"
NUMBER = BODY + check_character(BODY)
NAME, PHONE = "测试甲", "13800138000"


def send(pages: Pages, path: str, name: str = "clerk1", site: str = "same-origin", **typed: str) -> Any:
    with pages.visitor(name) as client:
        return client.post(f"{DESK}{path}", data=typed, headers={"sec-fetch-site": site})


def look(pages: Pages, path: str = "", name: str = "clerk1") -> Any:
    with pages.visitor(name) as client:
        return client.get(f"{DESK}{path}")


def known(pages: Pages) -> str:
    """The pseudonym of somebody who is in the vault."""
    return pages.parts.vault.remember(Person(NAME, NUMBER, PHONE), datetime.now(UTC))


def booked_now(pages: Pages, person: str) -> str:
    """The code of an appointment that can be checked in now, booked yesterday."""
    code, now = new_code(), datetime.now(UTC)
    slot = f"{now.astimezone(pages.desk.zone('small')):%H:%M}"
    command = ac.Book(
        id=f"b-{code}", at=now - timedelta(days=1), by="t", source="http", day=pages.desk.today("small").day, code=code,
        service="A", slot=slot, minutes=30, capacity=9, person=person, via="phone",
    )  # fmt: skip
    assert not pages.loop.run(pages.desk.handle("small", command)).refused
    return code


def field(html: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def test_somebody_unknown_is_registered_booked_moved_and_cancelled(pages: Pages):
    unknown = send(pages, "/find", said=NUMBER)
    assert (unknown.status_code, NUMBER in unknown.text) == (200, True)
    there = send_new(pages)
    assert there.status_code == 303
    person = there.headers["location"].removeprefix(f"{DESK}/of/")
    assert person == pages.parts.pseudonyms.of(NUMBER)
    html = look(pages, f"/of/{person}?service=A").text
    slots = re.findall(r'<option value="([^"]+)">', html[html.index('id="slot"') :])
    made = send(pages, f"/of/{person}/book", service="A", slot=slots[0], key=field(html, "key"))
    assert made.headers["location"].endswith("?done=booked")
    again = send(pages, f"/of/{person}/book", service="A", slot=slots[0], key=field(html, "key"))
    assert again.headers["location"].endswith("?done=booked")
    ((day, one),) = pages.loop.run(pages.parts.bookings.of_person("small", person))
    assert (one.via, f"{one.slot_at:%Y-%m-%dT%H:%M}") == ("desk", slots[0])
    moved = send(pages, f"/of/{person}/{day}/{one.code}/move", slot=slots[-1], key="m")
    assert moved.headers["location"].endswith("?done=moved")
    day, one = pages.loop.run(pages.parts.bookings.of_person("small", person))[0]
    gone = send(pages, f"/of/{person}/{day}/{one.code}/cancel", reason="hall", key="x")
    assert gone.headers["location"].endswith("?done=cancelled")
    found = dict(pages.loop.run(pages.parts.bookings.of_person("small", person)))
    assert (found[day].phase, found[day].reason) == ("cancelled", "hall")


def send_new(pages: Pages) -> Any:
    with pages.visitor("clerk1") as client:
        typed = {"name": NAME, "number": NUMBER, "phone": PHONE}
        return client.post(f"{DESK}/people", data=typed, headers={"sec-fetch-site": "same-origin"})


def test_somebody_books_for_another_and_both_are_recorded_apart(pages: Pages):
    person, body = known(pages), "11010119550307123"
    other = body + check_character(body)
    html = look(pages, f"/of/{person}?service=A").text
    slot = re.findall(r'<option value="([^"]+)">', html[html.index('id="slot"') :])[0]
    told = {"service": "A", "slot": slot, "key": field(html, "key"), "other_name": "测试乙"}
    wrong = send(pages, f"/of/{person}/book", **told, other_number=other[:-1])
    assert (wrong.status_code, pages.loop.run(pages.parts.bookings.of_person("small", person))) == (422, [])
    made = send(pages, f"/of/{person}/book", **told, other_number=other, other_phone="13900139000")
    assert made.headers["location"].endswith("?done=booked")
    ((_, one),) = pages.loop.run(pages.parts.bookings.of_person("small", person))
    assert (one.person, one.principal) == (person, pages.parts.pseudonyms.of(other))
    assert pages.parts.vault.masked(one.principal).name == "测**"
    assert pages.parts.vault.phone(one.principal) == "13900139000"
    assert "代办" in look(pages, f"/of/{one.principal}").text


def test_a_page_shows_masks_and_no_address_has_a_number(pages: Pages):
    person = known(pages)
    code = booked_now(pages, person)
    found = send(pages, "/find", said=NUMBER)
    assert found.headers["location"] == f"{DESK}/of/{person}"
    assert send(pages, "/find", said=f"txa:{code.lower()}").headers["location"] == f"{DESK}/of/{person}"
    for html in (look(pages).text, look(pages, f"/of/{person}").text):
        assert "测**" in html
        for secret in (NAME, NUMBER, PHONE):
            assert secret not in html
    assert "138****8000" in look(pages, f"/of/{person}").text


def test_a_number_that_cannot_be_is_told_at_the_form_and_what_was_typed_stays(pages: Pages):
    with pages.visitor("clerk1") as client:
        typed = {"name": NAME, "number": NUMBER[:-1] + "5", "phone": ""}
        answer = client.post(f"{DESK}/people", data=typed, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 422
    assert "最后一位" in answer.text
    assert field(answer.text, "name") == NAME


def test_a_check_in_tells_the_number_and_once_more_the_same(pages: Pages):
    person = known(pages)
    code, day = booked_now(pages, person), pages.desk.today("small").day
    there = send(pages, f"/of/{person}/{day}/{code}/check-in", key="k")
    assert there.status_code == 200
    assert '<strong class="huge">YA001</strong>' in there.text
    assert "YA001" in send(pages, f"/of/{person}/{day}/{code}/check-in", key="k").text
    refused = send(pages, f"/of/{person}/{day}/{code}/check-in", key="other")
    assert (refused.status_code, "已签到，您的号码是YA001" in refused.text) == (409, True)
    assert pages.desk.today("small").tickets["YA001"].phase == "waiting"


def test_who_took_a_number_without_a_word_keeps_the_appointment_with_it(pages: Pages):
    person, before = known(pages), datetime.now(UTC) - timedelta(minutes=1)
    code, day = booked_now(pages, person), pages.desk.today("small").day
    path = f"/of/{person}/{day}/{code}/keep"
    pages.do(c.AdmitTicket, number="AK07", service="A", taken_at=before, day=day)
    assert f'action="{DESK}{path}"' in look(pages, f"/of/{person}").text
    wrong = send(pages, path, number="AK08", key="k")
    assert (wrong.status_code, "没有AK08号" in wrong.text) == (409, True)
    for _ in "ab":
        assert send(pages, path, number=" ak 07", key="l").headers["location"].endswith("?done=kept")
    ((_, one),) = pages.loop.run(pages.parts.bookings.of_person("small", person))
    assert (one.phase, one.number) == ("kept", "AK07")
    assert "AK07" in look(pages, f"/of/{person}?done=kept").text


def test_a_miss_is_forgiven_with_a_reason_that_stands_in_the_audit(pages: Pages):
    person = known(pages)
    now = datetime.now(UTC)
    code, day = booked_now(pages, person), pages.desk.today("small").day
    pages.desk.now = lambda: now + timedelta(minutes=20)
    settle = c.Settle(id="settle", at=now + timedelta(minutes=20), by="hub", source="hub")
    pages.loop.run(pages.desk.handle("small", settle))
    assert pages.loop.run(pages.parts.bookings.standing("small", person)).misses == 1
    forgive = f"/of/{person}/{day}/{code}/forgive"
    assert send(pages, forgive, why="地铁停运").status_code == 403, "clerks do not decide of appeals"
    assert send(pages, forgive, "boss", why=" ").status_code == 409
    done = send(pages, forgive, "boss", why="地铁停运")
    assert done.headers["location"].endswith("?done=forgiven")
    assert pages.loop.run(pages.parts.bookings.standing("small", person)).misses == 0


@pytest.mark.parametrize(("name", "status"), [("", 303), ("tech", 403), ("clerk1", 200), ("boss", 200)])
def test_it_is_for_clerks_and_managers(pages: Pages, name: str, status: int):
    assert look(pages, name=name).status_code == status


def test_nothing_is_written_from_another_site_or_by_nobody(pages: Pages):
    person = known(pages)
    code, day = booked_now(pages, person), pages.desk.today("small").day
    assert send(pages, f"/of/{person}/{day}/{code}/check-in", site="cross-site").status_code == 403
    assert send(pages, f"/of/{person}/{day}/{code}/check-in", name="").status_code == 401
    assert list(pages.desk.today("small").tickets) == []


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium")
def test_a_clerk_finds_checks_in_and_books_by_keyboard_alone(pages: Pages, browser: Browser, page: Page):
    person = known(pages)
    code = booked_now(pages, person)
    enter(page, pages, "clerk1", DESK)
    expect(page.get_by_role("textbox", name="身份证号或预约码")).to_be_focused()
    page.keyboard.type(shown(code))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="测**")).to_be_visible()
    button = page.get_by_role("button", name="签到取号")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("YA001")
    page.locator("#service").press("Home")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#slot")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已预约")
