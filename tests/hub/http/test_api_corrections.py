"""What staff does about a ticket by the API: move it, put it aside, take it back, put it right; and why it is so."""

import pytest

from hub.domain import commands as c
from hub.http.counters import KEYS
from hub.http.tickets import CORRECTIONS
from hub.pseudonyms import Pseudonyms
from tests.hub.http.conftest import KEY
from tests.hub.http.visitors import AT_1, AT_2, TICKETS

pytestmark = pytest.mark.anyio


async def do(client, path, status=200, **body):
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def called(staff, service="A"):
    """A ticket that counter 1 calls, where its clerk has just signed on."""
    number = (await do(staff, TICKETS, 201, service=service))["number"]
    await do(staff, f"{AT_1}/sign-on")
    await do(staff, f"{AT_1}/call-next")
    return number


async def now(staff, number):
    return (await staff.get(f"{TICKETS}/{number}")).json()


async def test_every_key_that_a_counter_has_can_be_pressed():
    assert {key.command for key in KEYS} == {*c.OnCounter.__subclasses__()}
    assert {one.command for one in CORRECTIONS} == {c.Cancel, c.Reinstate, c.Amend}


async def test_a_ticket_goes_on_to_another_service_and_counter(staff):
    number = await called(staff)
    moved = await do(staff, f"{AT_1}/transfer", service="B", to="2")
    assert (moved["events"][-1]["kind"], moved["counter"]["phase"]) == ("ticket-transferred", "idle")
    ticket = await now(staff, number)
    assert (ticket["state"], ticket["service"], ticket["only_at"]) == ("waiting", "B", "2")


async def test_a_parked_ticket_is_called_back(staff):
    number = await called(staff)
    await do(staff, f"{AT_1}/park")
    assert (await now(staff, number))["state"] == "parked"
    assert (await do(staff, f"{AT_1}/return"))["counter"]["number"] == number


async def test_an_undone_no_show_is_called_again(staff):
    number = await called(staff)
    await do(staff, f"{AT_1}/park")
    undone = await do(staff, f"{AT_1}/undo")
    assert (undone["events"][0]["what"], undone["counter"]["number"]) == ("ticket-parked", number)


async def test_one_more_item_goes_on_the_ticket(staff):
    number = await called(staff)
    await do(staff, f"{AT_1}/add-item", service="B")
    assert (await now(staff, number))["more"] == ["B"]
    refusal = await do(staff, f"{AT_1}/add-item", 409, service="B")
    assert refusal["code"] == "has-item"


async def test_a_cancelled_ticket_is_called_by_nobody(staff):
    number = (await do(staff, TICKETS, 201, service="A"))["number"]
    cancelled = await do(staff, f"{TICKETS}/{number}/cancel", reason="取错号")
    assert cancelled["ticket"]["state"] == "cancelled"
    again = await do(staff, f"{TICKETS}/{number}/cancel", 409, reason="取错号")
    assert again["code"] == "not-open"


async def test_a_waiting_ticket_gets_another_priority(staff, desk):
    number = (await do(staff, TICKETS, 201, service="A"))["number"]
    ident = desk.today("small").hall.priority[0].id
    amended = await do(staff, f"{TICKETS}/{number}/amend", priority=ident, reason="持证")
    assert (amended["ticket"]["priority"], amended["ticket"]["service"]) == (ident, "A")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (f"{TICKETS}/A999/cancel", {"reason": "-"}, "unknown-ticket"),
        (f"{TICKETS}/A999/reinstate", None, "unknown-ticket"),
        (f"{AT_1}/return", {"number": "A999"}, "counter-closed"),
        (f"{AT_1}/undo", None, "nothing-to-undo"),
        (f"{AT_1}/park", None, "no-ticket"),
    ],
)
async def test_what_the_rules_forbid_is_a_refusal_in_both_languages(staff, path, body, code):
    answer = await staff.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert answer.json()["detail_zh"] != answer.json()["detail_en"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"service": "A", "priority": "king"}, "unknown-priority"),
        ({"service": "A", "more": ["A"]}, "same-service"),
        ({"service": "A", "more": ["Q"]}, "unknown-service"),
        ({"service": "A", "slot_at": "2026-01-01T09:00:00"}, "invalid"),
    ],
)
async def test_a_ticket_that_cannot_be_is_refused_with_its_own_code(staff, body, code):
    answer = await staff.post(TICKETS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


# People.


async def test_the_same_person_is_not_queued_twice_however_the_number_is_written(staff):
    first = await do(staff, TICKETS, 201, service="A", person="11010519491231002x")
    refusal = await do(staff, TICKETS, 409, service="A", person=" 110105 19491231 002X ")
    assert refusal["code"] == "already-queued"
    assert first["number"] in refusal["detail_zh"]


async def test_the_log_knows_no_identity_number(staff, desk, tmp_path):
    await do(staff, TICKETS, 201, service="A", person="11010519491231002X")
    person = desk.today("small").tickets["A001"].person
    assert person == Pseudonyms(KEY).of("11010519491231002x") != Pseudonyms(bytes(32)).of("11010519491231002x")
    assert all(b"11010519491231002X" not in file.read_bytes() for file in tmp_path.glob("hub.db*"))


async def test_two_hubs_know_a_person_by_different_names():
    one, other = (Pseudonyms(bytes([byte] * 32)).of("110") for byte in (1, 2))
    assert one != other
    assert (Pseudonyms(bytes(32)).of(""), len(one)) == ("", 32)


# Why.


async def test_a_waiting_ticket_says_who_is_before_it_and_what_will_decide(staff, desk):
    ident = desk.today("small").hall.priority[0].id
    await do(staff, TICKETS, 201, service="A")
    mine = (await do(staff, TICKETS, 201, service="A"))["number"]
    await do(staff, TICKETS, 201, service="A", priority=ident)
    why = (await staff.get(f"{TICKETS}/{mine}/why")).json()
    assert why["before"] == {"priority": 1, "appointment": 0, "ordinary": 1}
    assert (why["code"], why["policy"]) == ("", "arrival")
    assert "先到先办" in why["words"][-1]["zh"]
    assert "First come" in why["words"][-1]["en"]


async def test_a_called_ticket_says_why_and_who_was_passed_over(staff, desk):
    ident = desk.today("small").hall.priority[0].id
    passed = (await do(staff, TICKETS, 201, service="A"))["number"]
    first = (await do(staff, TICKETS, 201, service="A", priority=ident))["number"]
    await do(staff, f"{AT_1}/sign-on")
    await do(staff, f"{AT_1}/call-next")
    why = (await staff.get(f"{TICKETS}/{first}/why")).json()
    assert (first, why["code"], why["passed"], why["before"]) == ("VA002", "priority", [passed], None)
    assert any(passed in one["zh"] for one in why["words"])
    assert (await staff.get(f"{TICKETS}/Q001/why")).json()["code"] == "unknown-ticket"


async def test_a_key_may_leave_out_what_the_rules_find_and_is_the_same_wish(staff):
    await called(staff)
    await do(staff, f"{AT_1}/park")
    for _ in range(2):
        answer = await staff.post(f"{AT_1}/return", json={}, headers={"Idempotency-Key": "back"})
        assert answer.status_code == 200, answer.text
    other = await staff.post(f"{AT_2}/return", json={}, headers={"Idempotency-Key": "back"})
    assert other.json()["code"] == "idempotency-key-reused"
