"""A person's data in full at the desk, and erased there or by themselves on the phone."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from hub.appointments.bookings import Stamp
from hub.people.persons import Person
from tests.hub.web.conftest import Pages
from tests.hub.web.test_web_browser import browser, enter, page
from tests.hub.web.test_web_phone_booking import ANN, BOB, OTHER_PHONE, PHONE, Phone, booked, slots
from tests.hub.web.test_web_reception import DESK, look, send
from tests.support.browser import CHROMIUM

__all__ = ["browser", "page"]
NAME = "安然"


def known(pages: Pages, number: str = ANN, name: str = NAME, phone: str = PHONE) -> str:
    return pages.parts.vault.remember(Person(name, number, phone), datetime.now(UTC))


def noted(pages: Pages, what: str) -> list[tuple[str, str]]:
    """(who, detail) of the audit."""
    return [(one.who, one.detail) for one in pages.parts.audit.of("small") if one.what == what]


def book(pages: Pages, person: str, principal: str = "", nth: int = 20) -> Any:
    day, slot = slots(pages, nth=nth)
    return pages.loop.run(
        pages.parts.bookings.book(
            "small", _stamp(pages, f"b{nth}"), service="A", day=day, slot=slot, person=person, principal=principal,
            via="desk",
        )
    )  # fmt: skip


def _stamp(pages: Pages, ident: str) -> Stamp:
    return Stamp(id=ident, at=pages.desk.now(), by="t")


def test_in_full_once_with_a_reason_that_stands_in_the_audit(pages: Pages):
    person = known(pages)
    assert f"/of/{person}/data" not in look(pages, f"/of/{person}").text + look(pages, f"/of/{person}", "clerk1").text
    data = f"/of/{person}/data"
    before = look(pages, data, "boss")
    assert (before.status_code, ANN in before.text, "安*" in before.text) == (200, False, True)
    unsaid = send(pages, f"{data}/reveal", "boss", why="  ")
    assert (unsaid.status_code, ANN in unsaid.text) == (422, False)
    assert noted(pages, "person-revealed") == []
    shown = send(pages, f"{data}/reveal", "boss", why=f"核对 {NAME} 的证件")
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert all(secret in shown.text for secret in (NAME, ANN, PHONE))
    assert not any(secret in str(shown.url) for secret in (NAME, ANN, PHONE))
    assert noted(pages, "person-revealed") == [("boss", f"{person} · 核对 × 的证件")]
    assert ANN not in look(pages, data, "boss").text, "nothing leads back to it"


@pytest.mark.parametrize(("name", "status"), [("", 401), ("clerk1", 403), ("tech", 403)])
def test_neither_clerks_nor_anybody_else_see_or_erase(pages: Pages, name: str, status: int):
    person = known(pages)
    for path in ("reveal", "erase"):
        answer = send(pages, f"/of/{person}/data/{path}", name, why="x", sure="1")
        assert (answer.status_code, ANN in answer.text) == (status, False)
    assert send(pages, f"/of/{person}/data/erase", "boss", site="cross-site", sure="1").status_code == 403
    assert pages.parts.vault.masked(person) is not None


def test_erasing_gives_up_what_is_open_and_leaves_nothing_in_the_files(pages: Pages, tmp_path: Path):
    person, friend = known(pages), known(pages, BOB, "白一", OTHER_PHONE)
    own, for_friend = book(pages, person), book(pages, person, friend, nth=30)
    unsure = send(pages, f"/of/{person}/data/erase", "boss")
    assert (unsure.status_code, "请先确认是本人要求" in unsure.text) == (422, True)
    assert "全部 1 个未到的预约" in unsure.text
    done = send(pages, f"/of/{person}/data/erase", "boss", sure="1")
    assert done.headers["location"] == f"{DESK}?done=erased"
    phases = {one.code: one.phase for one in booked(pages)}
    assert phases == {own.code: "cancelled", for_friend.code: "booked"}, "who they come for loses nothing"
    assert noted(pages, "person-erased") == [("boss", person)]
    assert pages.parts.vault.masked(person) is None
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert [one for one in (NAME, ANN, PHONE) if one.encode() in kept] == []
    assert send(pages, f"/of/{person}/data/erase", "boss", sure="1").status_code == 303
    assert len(noted(pages, "person-erased")) == 1, "once more nothing happens"
    assert look(pages, f"/of/{person}/data", "boss").status_code == 404


def test_by_program_a_manager_sees_and_erases_and_no_address_has_a_number(pages: Pages):
    person = known(pages)
    api, told = "/api/v1/halls/small/people", {"person": ANN}
    with pages.visitor("boss") as client:
        client.headers.update({"sec-fetch-site": "same-origin", "accept": "application/json"})
        assert client.post(f"{api}/reveal", json=told | {"reason": " "}).status_code == 422
        seen = client.post(f"{api}/reveal", json=told | {"reason": "投诉核对"})
        assert seen.json() == {"name": NAME, "number": ANN, "phone": PHONE, "kind": "resident-id"}
        assert seen.headers["cache-control"] == "no-store"
        assert client.post(f"{api}/erase", json=told).status_code == 204
        assert client.post(f"{api}/reveal", json=told | {"reason": "x"}).json()["code"] == "unknown-person"
    assert noted(pages, "person-revealed") == [("boss", f"{person} · 投诉核对")]
    with pages.visitor("clerk1") as client:
        client.headers.update({"sec-fetch-site": "same-origin"})
        for path in ("reveal", "erase"):
            assert client.post(f"{api}/{path}", json=told | {"reason": "x"}).status_code == 403


# On the phone.


def form(answer: httpx.Response) -> dict[str, Any]:
    fields = re.findall(r'name="(key|whose)" value="([^"]*)"', answer.text)
    return {"key": dict(fields)["key"], "whose": [value for name, value in fields if name == "whose"], "sure": "1"}


def test_a_citizen_deletes_their_data_and_is_gone(pages: Pages, tmp_path: Path):
    phone = Phone(pages).enter()
    phone.book(slots(pages))
    there = phone.client.get("/m/small/mine/data")
    assert "安*" in there.text
    assert not any(secret in there.text for secret in (NAME, ANN, PHONE, pages.parts.pseudonyms.of(ANN)))
    unsure = phone.client.post("/m/small/mine/data/erase", data=form(there) | {"sure": ""})
    assert (unsure.status_code, "请先勾选" in unsure.text) == (422, True)
    gone = phone.client.post("/m/small/mine/data/erase", data=form(there))
    assert "已删除" in gone.text
    assert [one.phase for one in booked(pages)] == ["cancelled"]
    assert noted(pages, "person-erased") == [("phone", pages.parts.pseudonyms.of(ANN))]
    assert "/enter" in str(phone.client.get("/m/small/mine").url), "the visit has ended"
    pages.parts.messenger.sent.clear()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert [one for one in (NAME, ANN, PHONE) if one.encode() in kept] == []


def test_nobody_erases_who_is_of_another_phone(pages: Pages):
    person = known(pages)
    stranger = Phone(pages, OTHER_PHONE).enter()
    assert "没有保存" in stranger.client.get("/m/small/mine/data").text
    for mark in (person, "0" * 16):
        data = {"key": "k" * 20, "whose": mark, "sure": "1"}
        assert stranger.client.post("/m/small/mine/data/erase", data=data).status_code == 422
    assert pages.parts.vault.masked(person) is not None
    nobody = Phone(pages)
    assert "/enter" in str(nobody.client.post("/m/small/mine/data/erase", data={"sure": "1"}).url)


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium")
def test_a_manager_sees_and_erases_by_keyboard_alone(pages: Pages, browser: Browser, page: Page):
    person = known(pages)
    book(pages, person)
    enter(page, pages, "boss", f"{DESK}/of/{person}")
    page.get_by_role("link", name="查看完整信息或删除").focus()
    page.keyboard.press("Enter")
    page.get_by_label("查看原因").focus()
    page.keyboard.type("核对证件")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(ANN)
    page.go_back()
    expect(page.get_by_text(ANN)).to_have_count(0)
    page.get_by_label("本人在场并要求删除").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="删除此人的信息").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已删除")
