"""The same Idempotency-Key is the same wish: done once, answered alike, and no other request's."""

import asyncio

import pytest

from tests.hub.http.visitors import AT_1, AT_2, TICKETS, program

pytestmark = pytest.mark.anyio


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def test_the_same_key_twice_is_one_ticket_and_one_answer(staff, desk):
    first, again = [await staff.post(TICKETS, json={"service": "A"}, headers=keyed("k")) for _ in range(2)]
    assert (first.status_code, first.json()["number"]) == (201, "A001")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]
    assert list(desk.today("small").tickets) == ["A001"]


async def test_the_same_key_at_the_same_moment_is_one_ticket(staff, desk):
    one = staff.post(TICKETS, json={"service": "A"}, headers=keyed("k"))
    other = staff.post(TICKETS, json={"service": "A"}, headers=keyed("k"))
    answers = await asyncio.gather(one, other)
    assert {answer.json()["number"] for answer in answers} == {"A001"}
    assert list(desk.today("small").tickets) == ["A001"]


async def test_without_a_key_every_request_is_a_wish_of_its_own(staff):
    numbers = [(await staff.post(TICKETS, json={"service": "A"})).json()["number"] for _ in range(2)]
    assert numbers == ["A001", "A002"]


async def test_the_key_of_somebody_else_is_another_key(staff, app, accounts, clock):
    await staff.post(TICKETS, json={"service": "A"}, headers=keyed("k"))
    _, secret = accounts.issue_token("desk-7", "manager", clock(), "admin")
    async with program(app, secret) as namesake:
        answer = await namesake.post(TICKETS, json={"service": "A"}, headers=keyed("k"))
    assert answer.json()["number"] == "A002"


async def test_a_refusal_stays_a_refusal_when_it_is_asked_again(staff, desk):
    await staff.post(f"{AT_1}/sign-on")
    first = await staff.post(f"{AT_1}/call-next", headers=keyed("k"))
    await staff.post(TICKETS, json={"service": "A"})
    again = await staff.post(f"{AT_1}/call-next", headers=keyed("k"))
    assert (again.status_code, again.json()["code"]) == (first.status_code, "nobody-waiting") == (409, "nobody-waiting")
    assert desk.today("small").counter("1").number == ""


DAY = [  # in this order each of them succeeds
    (TICKETS, {"service": "A"}),
    (TICKETS, {"service": "A"}),
    (f"{AT_1}/sign-on", {"clerk": "1001"}),
    (f"{AT_2}/sign-on", None),
    (f"{AT_1}/call-next", None),
    (f"{AT_1}/serve", None),
    (f"{AT_1}/end", None),
    (f"{AT_1}/call", {"number": "A002", "reason": "行动不便"}),
    (f"{AT_1}/recall", None),
    (f"{AT_1}/end", None),
    (f"{AT_1}/pause", {"reason": "取材料"}),
    (f"{AT_1}/resume", None),
    (f"{AT_1}/sign-off", None),
]
OTHERS = [
    (TICKETS, {"service": "B"}),
    ("/api/v1/halls/other/tickets", {"service": "A"}),
    (f"{AT_1}/sign-on", {"clerk": "1002"}),
    (f"{AT_1}/call", {"number": "A002", "reason": "另一原因"}),
    (f"{AT_1}/call", {"number": "A001", "reason": "行动不便"}),
    (f"{AT_1}/pause", {"reason": "另一原因"}),
    (f"{AT_1}/no-show", None),
    *((f"{AT_2}/{key}", None) for key in ("call-next", "recall", "serve", "end", "resume", "sign-off")),
    *((path.replace("small", "other"), body) for path, body in DAY if path != TICKETS),
]


async def test_a_key_belongs_to_its_request_and_no_other(staff, desk, clock, counted):
    """Every request of a day again: the same answer. Every other request with its key: 422, and nothing happens."""
    for number, (path, body) in enumerate(DAY):
        clock.pass_(seconds=6)
        answer = await staff.post(path, json=body, headers=keyed(f"k{number}"))
        assert answer.status_code in (200, 201), answer.text
    position = desk.position
    for number, mine in enumerate(DAY):
        again = await staff.post(mine[0], json=mine[1], headers=keyed(f"k{number}"))
        assert again.status_code in (200, 201), (mine, again.text)
        for path, body in DAY + OTHERS:
            if (path, body) == mine or mine[0] == path == f"{AT_1}/end":
                continue
            answer = await staff.post(path, json=body, headers=keyed(f"k{number}"))
            assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused"), (mine, path, body)
    assert desk.position == position
    assert counted.keys() == {"idempotency-key-reused"}


async def test_a_refused_wishs_key_belongs_to_it_too(staff, counted):
    await staff.post(f"{AT_1}/serve", headers=keyed("k"))
    for path in (f"{AT_1}/end", f"{AT_2}/serve", "/api/v1/halls/other/counters/1/serve"):
        assert (await staff.post(path, headers=keyed("k"))).json()["code"] == "idempotency-key-reused"
    assert counted == {"no-ticket": 1, "idempotency-key-reused": 3}


@pytest.mark.parametrize("key", ["", "k" * 101, "a\tb", "号", "\x7f"], ids=["empty", "long", "tab", "not ascii", "del"])
async def test_a_key_that_cannot_be_is_refused(staff, desk, counted, key):
    answer = await staff.post(TICKETS, json={"service": "A"}, headers={b"Idempotency-Key": key.encode()})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-idempotency-key")
    assert desk.position == 0
    assert counted == {"bad-idempotency-key": 1}
