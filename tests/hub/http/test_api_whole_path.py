"""Take, call, serve, end and all other keys, over the API."""

import asyncio
from datetime import datetime

import httpx
import pytest

from tests.hub.http.visitors import AT_1, AT_2, TICKETS, Clock

pytestmark = pytest.mark.anyio


async def take(staff: httpx.AsyncClient, service: str = "A") -> str:
    answer = await staff.post(TICKETS, json={"service": service})
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


async def sign_on(staff: httpx.AsyncClient, counter: str = AT_1) -> None:
    answer = await staff.post(f"{counter}/sign-on")
    assert answer.status_code == 200, answer.text


async def press(staff: httpx.AsyncClient, key: str, counter: str = AT_1, **body: str) -> tuple[str, str]:
    """The counter's phase and number after the key."""
    answer = await staff.post(f"{counter}/{key}", json=body or None)
    assert answer.status_code == 200, answer.text
    return answer.json()["counter"]["phase"], answer.json()["counter"]["number"]


async def test_a_citizen_is_served_from_the_ticket_to_the_end(staff, clock: Clock):
    clock.at_noon()
    taken = await staff.post(TICKETS, json={"service": "A"})
    assert taken.status_code == 201
    assert taken.headers["location"] == f"{TICKETS}/A001"
    assert taken.json() | {"taken_at": ...} == {
        "number": "A001",
        "service": "A",
        "more": [],
        "priority": "",
        "slot_at": None,
        "state": "waiting",
        "ahead": 0,
        "wait_s": taken.json()["wait_s"],
        "taken_at": ...,
        "warnings": [],
    }
    assert 0 <= taken.json()["wait_s"]["low"] <= taken.json()["wait_s"]["high"]
    assert await press(staff, "sign-on") == ("idle", "")
    assert await press(staff, "call-next") == ("called", "A001")
    assert await press(staff, "serve") == ("serving", "A001")
    assert await press(staff, "end") == ("idle", "")
    ticket = (await staff.get(f"{TICKETS}/A001")).json()
    assert ticket["state"] == "ended"
    assert (ticket["counter"], ticket["counter_name"], ticket["clerk"]) == ("1", "1号窗口", "1001")
    times = [datetime.fromisoformat(ticket[name]) for name in ("taken_at", "called_at", "serving_at", "ended_at")]
    assert times == sorted(times)
    assert str(times[0].tzinfo) == "UTC+08:00"
    assert await press(staff, "sign-off") == ("closed", "")


async def test_a_press_is_answered_with_its_events_and_who_did_it(staff):
    await take(staff)
    await sign_on(staff)
    events = (await staff.post(f"{AT_1}/call-next")).json()["events"]
    assert [(one["kind"], one["number"], one["by"], one["source"]) for one in events] == [
        ("ticket-called", "A001", "token:desk-7", "http")
    ]


async def test_two_counters_that_press_at_once_get_two_tickets(staff):
    numbers = {await take(staff), await take(staff)}
    await sign_on(staff, AT_1)
    await sign_on(staff, AT_2)
    pressed = await asyncio.gather(press(staff, "call-next", AT_1), press(staff, "call-next", AT_2))
    assert {number for _, number in pressed} == numbers


async def test_a_ticket_says_in_words_why_it_was_called(staff):
    await take(staff)
    chosen = await take(staff)
    await sign_on(staff)
    assert (await staff.get(f"{TICKETS}/{chosen}")).json()["ahead"] == 1
    assert (await staff.get(f"{TICKETS}/{chosen}")).json()["why"] is None
    assert await press(staff, "call", number=chosen, reason="行动不便") == ("called", chosen)
    why = (await staff.get(f"{TICKETS}/{chosen}")).json()["why"]
    assert why == {"zh": "工作人员指呼：行动不便", "en": "Called out of turn by the clerk: 行动不便"}


async def test_recall_and_no_show_follow_the_hall(staff, clock: Clock):
    await take(staff)
    await sign_on(staff)
    await press(staff, "call-next")
    early = await staff.post(f"{AT_1}/no-show")
    assert (early.status_code, early.json()["detail_zh"]) == (409, "请再呼叫2次后过号")
    for _ in range(2):
        clock.pass_(seconds=6)
        assert await press(staff, "recall") == ("called", "A001")
    assert await press(staff, "no-show") == ("idle", "")
    assert (await staff.get(f"{TICKETS}/A001")).json()["state"] == "no_show"


async def test_a_paused_counter_calls_nobody_until_it_resumes(staff):
    await take(staff)
    await sign_on(staff)
    assert await press(staff, "pause", reason="取材料") == ("paused", "")
    assert (await staff.post(f"{AT_1}/call-next")).json()["code"] == "counter-paused"
    assert await press(staff, "resume") == ("idle", "")
    assert await press(staff, "call-next") == ("called", "A001")


async def test_a_refusal_of_the_rules_is_409_in_words_and_stands_in_the_log(staff, desk, counted):
    await sign_on(staff)
    answer = await staff.post(f"{AT_1}/call-next")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/nobody-waiting"
    assert problem["instance"] == f"{AT_1}/call-next"
    assert (problem["status"], problem["code"]) == (409, "nobody-waiting")
    assert (problem["detail_zh"], problem["detail_en"]) == ("无人等候", "Nobody is waiting")
    assert problem["counter"]["phase"] == "idle"
    history = await desk.history("small", desk.today("small").day)
    assert history[-1].event.code == "nobody-waiting"
    assert counted["nobody-waiting"] == 1


async def test_a_refused_call_next_says_that_it_ended_the_ticket_before(staff):
    await take(staff)
    await sign_on(staff)
    await press(staff, "call-next")
    await press(staff, "serve")
    problem = (await staff.post(f"{AT_1}/call-next")).json()
    assert [event["kind"] for event in problem["events"]] == ["service-ended", "rating-asked", "refused"]
    assert problem["counter"]["number"] == ""


async def test_the_halls_are_listed_with_their_services_and_counters(staff):
    halls = (await staff.get("/api/v1/halls")).json()
    assert [hall["id"] for hall in halls] == ["small", "other"]
    assert [service["letter"] for service in halls[0]["services"]] == ["A", "B", "C"]
    assert halls[0]["counters"][1] == {"id": "2", "name": "2号窗口", "area": "lobby", "services": ["B", "C", "A"]}
