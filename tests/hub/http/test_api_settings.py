"""Settings while the hall is open: seen with who changed them, changed together or not at all."""

import json

import pytest

from tests.hub.http.visitors import PASSWORD, TICKETS, logged_in

pytestmark = pytest.mark.anyio

SETTINGS = "/api/v1/halls/small/settings"


async def setting(client, path):
    listed = (await client.get(SETTINGS)).json()["settings"]
    return next(one for one in listed if one["path"] == path)


async def test_everything_that_can_be_changed_is_listed_with_the_files_value(staff):
    listed = {one["path"]: one for one in (await staff.get(SETTINGS)).json()["settings"]}
    assert {"hall.ticker", "policy.calling", "service.A.hours", "counter.1.services", "clerk.1001.name"} <= set(listed)
    assert listed["policy.recalls_max"] == {
        "path": "policy.recalls_max",
        "value": 5,
        "file": 5,
        "limits": {"low": 1, "high": 100},
        "changed_by": "",
        "changed_at": None,
    }


async def test_a_change_is_in_force_at_once_and_says_who_made_it(staff, desk):
    answer = await staff.patch(SETTINGS, json={"policy.recalls_max": 7, "service.A.cap_day": 1})
    assert answer.status_code == 200, answer.text
    changed = await setting(staff, "policy.recalls_max")
    assert (changed["value"], changed["file"], changed["changed_by"]) == (7, 5, "token:desk-7")
    assert (await staff.post(TICKETS, json={"service": "A"})).status_code == 201
    refusal = (await staff.post(TICKETS, json={"service": "A"})).json()
    assert refusal["code"] == "cap-reached"


async def test_null_is_back_to_the_files_value(staff):
    await staff.patch(SETTINGS, json={"policy.recalls_max": 7})
    await staff.patch(SETTINGS, json={"policy.recalls_max": None})
    back = await setting(staff, "policy.recalls_max")
    assert (back["value"], back["changed_by"], back["changed_at"]) == (5, "", None)


async def test_one_wrong_item_and_nothing_is_changed_and_each_wrong_one_is_named(staff, desk, counted):
    wanted = {
        "policy.recalls_max": 0,
        "service.A.cap_day": -1,
        "policy.calling": "by-lot",
        "hall.id": "other",
        "policy.undo_s": 40,
    }
    answer = await staff.patch(SETTINGS, json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-settings")
    assert {"hall.id"} <= {one["where"] for one in answer.json()["errors"]} <= set(wanted) - {"policy.undo_s"}
    del wanted["hall.id"]
    answer = await staff.patch(SETTINGS, json=wanted)
    named = {one["where"] for one in answer.json()["errors"]}
    assert {"policy.recalls_max", "service.A.cap_day"} <= named <= set(wanted) - {"policy.undo_s"}
    assert (desk.position, counted["bad-settings"]) == (0, 2)


async def test_two_settings_that_only_fit_together_are_taken_together(staff):
    both = {"policy.opens": "18:00", "policy.closes": "23:00"}
    assert (await staff.patch(SETTINGS, json=both)).status_code == 200
    apart = await staff.patch(SETTINGS, json={"policy.closes": "17:00"})
    assert [one["where"] for one in apart.json()["errors"]] == ["policy.closes"]


async def test_what_is_so_already_is_a_refusal_and_no_event_of_change(staff):
    await staff.patch(SETTINGS, json={"policy.undo_s": 40})
    again = await staff.patch(SETTINGS, json={"policy.undo_s": 40})
    assert (again.status_code, again.json()["code"]) == (409, "nothing-changed")


@pytest.mark.parametrize("value", [1e999, 10**400, "\ud800", {"a": [None] * 50}, [[1]], True])
async def test_a_value_that_is_none_is_refused(staff, desk, value):
    body = json.dumps({"policy.recalls_max": value}).encode()
    answer = await staff.patch(SETTINGS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert desk.position == 0


async def test_a_clerk_neither_sees_nor_changes_them(app, accounts, clock):
    accounts.create("clerk1", "clerk", PASSWORD, clock(), "1001")
    async with logged_in(app, "clerk1") as clerk:
        assert (await clerk.get(SETTINGS)).status_code == 403
        assert (await clerk.patch(SETTINGS, json={"policy.undo_s": 40})).status_code == 403


async def test_the_same_key_is_the_same_change(staff):
    keyed = {"Idempotency-Key": "k"}
    for _ in range(2):
        assert (await staff.patch(SETTINGS, json={"policy.undo_s": 40}, headers=keyed)).status_code == 200
    other = await staff.patch(SETTINGS, json={"policy.undo_s": 41}, headers=keyed)
    assert other.json()["code"] == "idempotency-key-reused"
