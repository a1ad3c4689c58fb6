"""The public queue: open to all, and no person in it."""

import pytest

from tests.hub.http.visitors import AT_1, TICKETS

pytestmark = pytest.mark.anyio
QUEUE = "/api/v1/halls/small/queue"


async def test_anybody_sees_the_queue_and_nobody_in_it(staff, stranger):
    for service in ("A", "A", "B"):
        await staff.post(TICKETS, json={"service": service})
    await staff.post(f"{AT_1}/sign-on")
    await staff.post(f"{AT_1}/call-next")
    answer = await stranger.get(QUEUE)
    assert answer.status_code == 200
    queue = answer.json()
    assert {one["letter"]: one["waiting"] for one in queue["services"]} == {"A": 1, "B": 1, "C": 0}
    assert [(one["name"], one["waiting"]) for one in queue["centres"]] == [("综合服务", 2)]
    assert [(one["number"], one["counter"], one["calls"]) for one in queue["calls"]] == [("A001", "1", 1)]
    assert [(one["id"], one["phase"], one["number"]) for one in queue["counters"]] == [
        ("1", "called", "A001"),
        ("2", "closed", ""),
    ]
    assert "1001" not in answer.text
    assert "clerk" not in answer.text
    assert "desk-7" not in answer.text


async def test_a_queue_that_did_not_move_is_not_sent_again(staff, stranger):
    etag = (await stranger.get(QUEUE)).headers["etag"]
    assert (await stranger.get(QUEUE, headers={"If-None-Match": etag})).status_code == 304
    await staff.post(TICKETS, json={"service": "A"})
    moved = await stranger.get(QUEUE, headers={"If-None-Match": etag})
    assert moved.status_code == 200
    assert moved.json()["services"][0]["waiting"] == 1


async def test_the_queue_of_an_unknown_hall_names_those_there_are(stranger, counted):
    answer = await stranger.get("/api/v1/halls/nowhere/queue")
    assert answer.status_code == 404
    assert answer.json()["code"] == "unknown-hall"
    assert "small" in answer.json()["detail"]
    assert counted == {"unknown-hall": 1}
