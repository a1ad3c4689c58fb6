"""Appointments on a phone, over HTTP: who proves what, what acts once, and what nobody learns from outside."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import event

from hub.appointments.bookings import Stamp
from hub.appointments.codes import shown
from hub.people.effort import Challenge, solve
from hub.people.persons import Person, check_character
from tests.hub.web.conftest import Pages
from tests.support.live import until

PHONE, OTHER_PHONE = "13812345678", "13987654321"


def identity(sequence: int) -> str:
    body = f"11010519900307{sequence:03d}"
    return body + check_character(body)


ANN, BOB = identity(101), identity(202)


class Phone:
    """Somebody with a phone and its browser."""

    def __init__(self, pages: Pages, number: str = PHONE) -> None:
        self.pages, self.number = pages, number
        self.client = httpx.Client(
            base_url=pages.url, headers={"accept": "text/html", "origin": pages.url}, timeout=20, follow_redirects=True
        )

    def code(self) -> httpx.Response:
        """Asks for a code; the answer is the page that wants it."""
        page = self.client.get("/m/small/enter").text
        text, bits = re.search(r'data-challenge="([^"]+)" data-bits="(\d+)"', page).groups()
        data = {"phone": self.number, "challenge": text, "solution": solve(Challenge(text, int(bits)))}
        return self.client.post("/m/small/enter/code", data=data)

    def message(self) -> str:
        """The code in the latest text to this phone."""
        sent = self.pages.parts.messenger.sent
        self.pages.loop.run(self.pages.parts.people.outbox.deliver())
        until(lambda: any(phone == self.number for phone, _ in sent), "the text arrives")
        return re.search(r"\d{6}", [text for phone, text in sent if phone == self.number][-1])[0]

    def enter(self) -> "Phone":
        assert self.code().status_code == 200
        answer = self.client.post("/m/small/enter", data={"phone": self.number, "code": self.message()})
        assert str(answer.url).endswith("/m/small/mine")
        return self

    def form(self, slot: tuple[str, str], **given: str) -> dict[str, str]:
        page = self.client.get(f"/m/small/book/A/{slot[0]}", params={"slot": slot[1]}).text
        key = re.search(r'name="key" value="([^"]+)"', page)[1]
        return {"slot": slot[1], "key": key, "name": "安然", "number": ANN, "kind": "resident-id"} | given

    def book(self, slot: tuple[str, str], **given: str) -> httpx.Response:
        return self.client.post(f"/m/small/book/A/{slot[0]}", data=self.form(slot, **given))


@pytest.fixture
def phone(pages: Pages) -> Iterator[Phone]:
    phone = Phone(pages)
    yield phone
    phone.client.close()


def slots(pages: Pages, later: int = 0, nth: int = 20) -> tuple[str, str]:
    """A slot that can be booked, on the first working day that is not today, or `later` days after it; the `nth`."""
    offers = [one for one in pages.loop.run(pages.parts.bookings.offers("small", "A")) if one.slots]
    offers = [one for one in offers if one.day != pages.desk.today("small").day]
    return offers[later].day, f"{offers[later].slots[nth].at:%H:%M}"


def booked(pages: Pages) -> list[Any]:
    persons = [pages.parts.pseudonyms.of(number) for number in (ANN, BOB)]
    found = {}
    for person in persons:
        for day, one in pages.loop.run(pages.parts.bookings.of_person("small", person)):
            found[day, one.code] = one
    return list(found.values())


def test_a_citizen_books_and_has_a_code_to_show_and_an_entry_for_the_calendar(pages: Pages, phone: Phone):
    slot = slots(pages)
    answer = phone.enter().book(slot)
    assert "预约成功" in answer.text
    assert "<svg" in answer.text
    (one,) = booked(pages)
    assert shown(one.code) in answer.text
    assert "本人身份证原件" in answer.text
    entry = phone.client.get(f"/m/small/mine/{slot[0]}/{one.code}/visit.ics")
    assert entry.headers["content-type"].startswith("text/calendar")
    lines = entry.content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in b"".join(lines)
    (event,) = Calendar.from_ical(entry.content).walk("VEVENT")
    assert event["dtstart"].dt == one.slot_at
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=30)
    assert "社会保障卡业务" in event["summary"]


def test_sent_twice_a_form_books_once(pages: Pages, phone: Phone):
    slot = slots(pages)
    form = phone.enter().form(slot)
    answers = [phone.client.post(f"/m/small/book/A/{slot[0]}", data=form) for _ in range(2)]
    assert answers[0].url == answers[1].url
    assert len(booked(pages)) == 1


def test_a_second_appointment_for_the_same_service_and_day_is_refused_in_words(pages: Pages, phone: Phone):
    slot = slots(pages)
    phone.enter().book(slot)
    answer = phone.book(slot)
    assert answer.status_code == 422
    assert f"当日该业务已有{slot[1]}的预约" in answer.text


def test_for_somebody_else_agent_and_principal_are_kept_apart(pages: Pages, phone: Phone):
    answer = phone.enter().book(slots(pages), other="1", other_name="李四", other_number=BOB)
    assert "代办" in answer.text
    (one,) = booked(pages)
    assert (one.person, one.principal) == (pages.parts.pseudonyms.of(ANN), pages.parts.pseudonyms.of(BOB))
    assert pages.parts.vault.masked(one.principal).name == "李*"
    assert pages.parts.vault.phone(one.principal) is None


def test_whom_it_is_for_has_it_on_their_own_phone_where_it_was_given_and_is_new(pages: Pages, phone: Phone):
    told = {"other": "1", "other_name": "李四", "other_number": BOB, "other_phone": f"+86 {OTHER_PHONE}"}
    slot = slots(pages)
    phone.enter().book(slot, **told)
    (one,) = booked(pages)
    assert pages.parts.vault.phone(one.principal) == OTHER_PHONE
    theirs = Phone(pages, OTHER_PHONE).enter()
    assert slot[1] in theirs.client.get("/m/small/mine").text
    away = theirs.client.post(f"/m/small/mine/{slot[0]}/{one.code}/cancel", data={"key": "k" * 20, "reason": "other"})
    assert away.status_code == 200
    assert booked(pages)[0].phase == "cancelled"
    phone.book(slots(pages, 1), **told | {"other_phone": "13700001111"})
    assert pages.parts.vault.phone(one.principal) == OTHER_PHONE, "whom the vault knows keeps their phone"


def test_an_agents_own_phone_does_not_become_that_of_whom_they_book_for(pages: Pages, phone: Phone):
    phone.enter().book(slots(pages), other="1", other_name="李四", other_number=BOB, other_phone=PHONE)
    (one,) = booked(pages)
    assert pages.parts.vault.phone(one.principal) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"other": "1", "other_name": "李四", "other_number": BOB, "other_phone": "12"}, "手机号码应为 11 位"),
        ({"number": ANN[:17] + ("1" if ANN[17] != "1" else "2")}, "最后一位与前面的数字不符"),
        ({"name": "<b>"}, "姓名只能有文字"),
        ({"other": "1", "other_name": "李四", "other_number": "1"}, "身份证号码应为 18 位"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_nothing_is_lost(pages: Pages, phone: Phone, given, told):
    answer = phone.enter().book(slots(pages), **given)
    assert answer.status_code == 422
    assert told in unescape(answer.text)
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{given.get("number", ANN)}"' in answer.text
    assert booked(pages) == []


def test_an_appointment_is_moved_to_another_day_and_cancelled_with_a_reason(pages: Pages, phone: Phone):
    phone.enter().book(slots(pages))
    (one,) = booked(pages)
    day, to = slots(pages)[0], slots(pages, 1)
    page = phone.client.get(f"/m/small/mine/{day}/{one.code}/move", params={"to": to[0]}).text
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    for _ in range(2):
        move = {"key": key, "to": to[0], "slot": to[1]}
        answer = phone.client.post(f"/m/small/mine/{day}/{one.code}/move", data=move)
        assert answer.status_code == 200
    assert f"/mine/{to[0]}/" in str(answer.url)
    moved = next(one for one in booked(pages) if one.phase == "booked")
    page = phone.client.get(f"/m/small/mine/{to[0]}/{moved.code}").text
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    answer = phone.client.post(
        f"/m/small/mine/{to[0]}/{moved.code}/cancel", data={"key": key, "reason": "done-otherwise"}
    )
    assert "已取消" in answer.text
    cancelled = next(one for one in booked(pages) if one.code == moved.code)
    assert (cancelled.phase, cancelled.reason) == ("cancelled", "done-otherwise")


def test_a_full_slot_is_waited_for_and_the_place_that_comes_free_is_theirs(pages: Pages, phone: Phone):
    slot = slots(pages)
    phone.enter().book(slot)  # the small hall has one place in a slot
    waits = Phone(pages, OTHER_PHONE).enter()
    assert re.search(rf'value="{slot[1]}".*?候补', waits.client.get("/m/small/book/A", params={"day": slot[0]}).text)
    refused = waits.book(slot, name="白一", number=BOB)
    assert f"{slot[1]}时段已约满" in refused.text
    assert "已列入候补" in waits.book(slot, name="白一", number=BOB, wait="1").text
    (first,) = [one for one in booked(pages) if one.phase == "booked"]
    phone.client.post(f"/m/small/mine/{slot[0]}/{first.code}/cancel", data={"key": "k" * 20, "reason": "other"})
    assert [one.phase for one in booked(pages) if one.person == pages.parts.pseudonyms.of(BOB)] == ["booked"]


# Who is who.


@pytest.mark.parametrize("path", ["/mine", "/mine/2026-01-05/ABCDEFGH", "/book/A/2026-01-05?slot=09:00"])
def test_nobody_sees_or_books_anything_before_the_phone_is_shown_to_be_theirs(pages: Pages, phone: Phone, path):
    answer = phone.client.get(f"/m/small{path}")
    assert "/m/small/enter?next=" in str(answer.url)


def test_the_answers_to_known_and_unknown_phones_are_the_same(pages: Pages, phone: Phone):
    phone.enter().book(slots(pages))
    known, stranger = Phone(pages), Phone(pages, OTHER_PHONE)

    def even(page: str) -> str:
        return re.sub(r"1\d{10}|1\d\d\*{4}\d{4}|v1\.[^\"]+", "…", page)

    wrong = [
        one.client.post("/m/small/enter", data={"phone": one.number, "code": "000000"}) for one in (known, stranger)
    ]
    assert even(wrong[0].text) == even(wrong[1].text)
    codes = [stranger.code(), Phone(pages, "13700000000").code()]
    assert even(codes[0].text) == even(codes[1].text)


def test_a_known_and_an_unknown_phone_ask_the_same_of_the_database(pages: Pages):
    """How long an answer takes tells no more than what it says: the statements are the same, one by one."""
    now, (day, clock) = pages.desk.now(), slots(pages)
    ann = pages.parts.vault.remember(Person("安然", ANN, PHONE), now)
    book = pages.parts.bookings.book
    pages.loop.run(
        book("small", Stamp(id="b", at=now, by="t"), service="A", day=day, slot=clock, person=ann, via="phone")
    )
    known, stranger = Phone(pages), Phone(pages, OTHER_PHONE)
    asked = dict[str, list[str]]()
    for one in (known, stranger):
        statements = asked[one.number] = []

        def note(connection, cursor, statement, *rest, into=statements) -> None:
            into.append(statement)

        event.listen(pages._engine, "before_cursor_execute", note)
        try:
            assert one.code().status_code == 200
            one.client.post("/m/small/enter", data={"phone": one.number, "code": "000000"})
        finally:
            event.remove(pages._engine, "before_cursor_execute", note)
    assert asked[PHONE] == asked[OTHER_PHONE]
    assert len(asked[PHONE]) > 3


def test_the_appointment_of_another_phone_is_as_unknown_as_one_that_never_was(pages: Pages, phone: Phone):
    slot = slots(pages)
    phone.enter().book(slot)
    (one,) = booked(pages)
    stranger = Phone(pages, OTHER_PHONE).enter()
    for suffix in ("", "/visit.ics", "/move"):
        real = stranger.client.get(f"/m/small/mine/{slot[0]}/{one.code}{suffix}")
        never = stranger.client.get(f"/m/small/mine/{slot[0]}/ABCDEFGH{suffix}")
        assert (real.status_code, never.status_code) == (404, 404)
        assert real.text.replace(one.code, "ABCDEFGH") == never.text
    assert stranger.client.post(f"/m/small/mine/{slot[0]}/{one.code}/cancel", data={"key": "k" * 20}).status_code == 404
    assert booked(pages)[0].phase == "booked"


def test_whoever_types_anothers_number_takes_nothing_over_and_learns_nothing(pages: Pages, phone: Phone):
    slot = slots(pages)
    phone.enter().book(slot)
    stranger = Phone(pages, OTHER_PHONE).enter()
    same, other_day = stranger.book(slot), stranger.book(slots(pages, 1))
    for answer in (same, other_day):
        assert answer.status_code == 422
        assert "不能在手机上核对" in answer.text
        assert "当日该业务已有" not in answer.text
    assert pages.parts.vault.phone(pages.parts.pseudonyms.of(ANN)) == PHONE
    assert "没有预约" in stranger.client.get("/m/small/mine").text


def test_numbers_are_not_for_trying_out_one_after_another(pages: Pages, phone: Phone):
    phone.enter()
    answers = [phone.book(slots(pages, 1, at), number=identity(300 + at), name="甲乙") for at in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [422]


def test_without_effort_no_code_is_sent(pages: Pages, phone: Phone):
    answer = phone.client.post("/m/small/enter/code", data={"phone": PHONE, "challenge": "v1.x", "solution": "1"})
    assert answer.status_code == 422
    pages.loop.run(pages.parts.people.outbox.deliver())
    assert pages.parts.messenger.sent == []


def test_the_cookie_is_for_the_hub_alone(pages: Pages, phone: Phone):
    phone.code()
    answer = phone.client.post("/m/small/enter", data={"phone": PHONE, "code": phone.message()}, follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize(
    "next", ["//evil.example", "https://evil.example", "/m/other/mine", "/m/small/../../x", "/login"]
)
def test_nobody_is_sent_elsewhere_afterwards(pages: Pages, phone: Phone, next):
    phone.code()
    data = {"phone": PHONE, "code": phone.message(), "next": next}
    answer = phone.client.post("/m/small/enter", data=data, follow_redirects=False)
    assert answer.headers["location"] == "/m/small/mine"


def test_another_sites_page_books_nothing(pages: Pages, phone: Phone):
    slot = slots(pages)
    form = phone.enter().form(slot)
    answer = phone.client.post(f"/m/small/book/A/{slot[0]}", data=form, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert booked(pages) == []


def test_who_leaves_is_not_known_any_more(pages: Pages, phone: Phone):
    phone.enter().client.post("/m/small/enter/leave")
    assert "/enter" in str(phone.client.get("/m/small/mine").url)


@pytest.mark.parametrize("path", ["/book/A/2026-13-05?slot=09:00", "/book/A/2026-01-05?slot=x", "/book/C", "/book/Z"])
def test_what_no_page_links_to_is_no_page(pages: Pages, phone: Phone, path):
    assert phone.enter().client.get(f"/m/small{path}").status_code in (404, 409, 422)


def test_no_identity_is_in_the_log(pages: Pages, phone: Phone, tmp_path: Path):
    phone.enter().book(slots(pages))
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("hub.db*"))
    for secret in (ANN, PHONE, "安然"):
        assert secret.encode() not in kept


def test_the_calendar_says_of_each_day_what_is_free(pages: Pages, phone: Phone):
    page = phone.client.get("/m/small/book/A").text
    assert re.search(r"余\d+", page)
    closed = [one for one in pages.loop.run(pages.parts.bookings.offers("small", "A")) if one.closed]
    for one in closed:
        assert re.search(rf'value="{one.day}"[^>]* disabled', page)
    assert date.fromisoformat(slots(pages)[0])
