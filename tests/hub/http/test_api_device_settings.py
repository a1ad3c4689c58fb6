"""Settings of devices over HTTP: described, put, refused by name, returned to, changed in many places at once."""

from datetime import UTC, datetime

import pytest

from hub.http.device_settings import Settings, device_settings
from hub.http.identity import Gate
from hub.http.routes import attach
from hub.roster import Bound, Roster
from hub.storage.position_settings import PositionSettings, Report
from tests.hub.http.visitors import program
from tests.support.day import small_hall

pytestmark = pytest.mark.anyio

AT = "/api/v1/halls/small/devices/{}/settings"
CALLER, OTHER = AT.format("caller-1"), AT.format("caller-2")
MANY = "/api/v1/halls/small/device-settings"
NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


@pytest.fixture
def roster():
    roster = Roster([small_hall()], lambda: [Bound("caller-00aa", "small", "caller-1")])
    roster.seat_all(roster.bound())
    return roster


@pytest.fixture
def stored(engine):
    return PositionSettings(engine)


@pytest.fixture
def told():
    """How often devices were told anew."""
    return []


@pytest.fixture
def routed(app, desk, roster, stored, told, accounts):
    async def tell():
        told.append(True)

    attach(app, [device_settings(Settings(desk, roster, stored, tell), Gate(accounts, desk.now))])
    return app


@pytest.fixture
async def technician(routed, accounts, clock):
    _, secret = accounts.issue_token("bench", "technician", clock(), "admin")
    async with program(routed, secret) as client:
        yield client


def put(revision, why="", **device):
    return {"revision": revision, "device": device, "why": why}


def said(revision, outcome, in_force, **problems):
    return Report(
        hall="small", position="caller-1", device="caller-00aa", revision=revision, outcome=outcome, in_force=in_force,
        problems=problems, decided_at=NOW, reported_at=NOW,
    )  # fmt: skip


async def test_a_revision_is_kept_with_who_and_why_and_devices_are_told(technician, told):
    assert (await technician.get(CALLER)).json()["state"] == "unset"
    now = (await technician.put(CALLER, json=put(0, "too quick", double_s=0.5, digits={"contrast": 20}))).json()
    assert (now["revision"], now["state"], len(told)) == (1, "waiting", 1)
    [first] = now["history"]
    assert (first["changed_by"], first["why"]) == ("token:bench", "too quick")
    assert first["changes"] == {"double_s": 0.5, "digits.contrast": 20}


async def test_who_saw_an_older_revision_is_told_and_nothing_is_changed(technician):
    await technician.put(CALLER, json=put(0, double_s=0.5))
    lost = await technician.put(CALLER, json=put(0, double_s=0.7))
    assert (lost.status_code, lost.json()["code"], lost.json()["revision"]) == (409, "settings-changed", 1)
    assert (await technician.get(CALLER)).json()["device"] == {"double_s": 0.5}


async def test_the_same_again_after_a_lost_answer_is_no_second_revision(technician):
    for _ in range(2):
        again = await technician.put(CALLER, json=put(0, double_s=0.5))
        assert (again.status_code, again.json()["revision"]) == (200, 1)


async def test_every_wrong_item_is_refused_by_its_path_and_in_both_languages(technician):
    body = put(0, double_s=9, digits={"contrst": 1}, keypad="touch", keys={"recall": 99}, stuck_s=True, pull_up=1)
    answer = (await technician.put(CALLER, json=body)).json()
    assert answer["code"] == "bad-settings"
    wrong = {one["where"]: one for one in answer["errors"]}
    assert set(wrong) == {"double_s", "digits.contrst", "keypad", "keys", "stuck_s", "pull_up"}
    assert wrong["double_s"]["what"] == "set a number ≥ 0, ≤ 2"
    assert wrong["double_s"]["what_zh"] == "应为数 ≥ 0, ≤ 2"
    assert (await technician.get(CALLER)).json()["revision"] == 0


async def test_a_flat_name_does_not_pass_for_an_item_of_a_table(technician):
    answer = await technician.put(CALLER, json=put(0, **{"digits.contrast": 20}))
    assert answer.json()["code"] == "bad-settings"


async def test_what_this_hub_does_not_know_can_be_sent_to_newer_software(technician):
    body = put(0, brand_new=1) | {"unchecked": True}
    assert (await technician.put(CALLER, json=body)).json()["device"] == {"brand_new": 1}


async def test_an_earlier_revision_becomes_the_newest_one(technician):
    await technician.put(CALLER, json=put(0, double_s=0.5))
    await technician.put(CALLER, json=put(1, double_s=0.7, stuck_s=5))
    back = (await technician.post(f"{CALLER}/return", json={"revision": 2, "to": 1, "why": "slow"})).json()
    assert (back["revision"], back["device"]) == (3, {"double_s": 0.5})
    assert back["history"][0]["changes"] == {"double_s": 0.5, "stuck_s": None}
    none = (await technician.post(f"{CALLER}/return", json={"revision": 3, "to": 0})).json()
    assert (none["revision"], none["device"]) == (4, {})
    never = await technician.post(f"{CALLER}/return", json={"revision": 4, "to": 9})
    assert never.json()["code"] == "unknown-revision"


async def test_the_state_is_what_the_device_there_said_of_the_newest_revision(technician, stored):
    await technician.put(CALLER, json=put(0, double_s=0.5))
    assert stored.tell(said(1, "applied", 1))
    assert not stored.tell(said(1, "applied", 1)), "told again, it is the same report"
    assert (await technician.get(CALLER)).json()["state"] == "applied"
    await technician.put(CALLER, json=put(1, double_s=0.7))
    waiting = (await technician.get(CALLER)).json()
    assert (waiting["state"], waiting["in_force"]) == ("waiting", 1)
    stored.tell(said(2, "returned", 1, port="no such file"))
    now = (await technician.get(CALLER)).json()
    assert (now["state"], now["in_force"], now["problems"]) == ("returned", 1, {"port": "no such file"})


async def test_what_a_device_said_that_was_replaced_is_not_the_new_ones_word(technician, stored, roster):
    await technician.put(CALLER, json=put(0, double_s=0.5))
    stored.tell(said(1, "applied", 1))
    roster.seat_all([Bound("caller-00bb", "small", "caller-1")])
    now = (await technician.get(CALLER)).json()
    assert (now["state"], now["in_force"], len(now["reports"])) == ("waiting", None, 1)


async def test_a_change_at_every_position_of_a_class_is_previewed_and_then_made(technician):
    await technician.put(CALLER, json=put(0, double_s=0.5, stuck_s=5))
    body = {"device_class": "caller", "changes": {"double_s": 0.5, "digits.contrast": 20}, "preview": True}
    preview = (await technician.post(MANY, json=body)).json()
    assert [(one["position"], one["revision"], one["changes"]) for one in preview["changed"]] == [
        ("caller-1", 1, {"digits.contrast": [None, 20]}),
        ("caller-2", 0, {"double_s": [None, 0.5], "digits.contrast": [None, 20]}),
    ]
    assert (await technician.get(OTHER)).json()["revision"] == 0
    seen = {one["position"]: one["revision"] for one in preview["changed"]}
    made = (await technician.post(MANY, json=body | {"preview": False, "revisions": seen})).json()
    assert [(one["position"], one["revision"]) for one in made["changed"]] == [("caller-1", 2), ("caller-2", 1)]
    assert (await technician.get(CALLER)).json()["device"] == {
        "double_s": 0.5,
        "stuck_s": 5,
        "digits": {"contrast": 20},
    }
    again = (await technician.post(MANY, json=body)).json()
    assert (again["changed"], again["unchanged"]) == ([], ["caller-1", "caller-2"])


async def test_one_lost_race_among_many_changes_nothing_anywhere(technician):
    await technician.put(OTHER, json=put(0, stuck_s=5))
    body = {"device_class": "caller", "changes": {"double_s": 0.5}, "revisions": {"caller-1": 0, "caller-2": 0}}
    answer = await technician.post(MANY, json=body)
    assert answer.json()["code"] == "settings-changed"
    assert (await technician.get(CALLER)).json()["revision"] == 0


async def test_an_item_is_taken_away_everywhere_by_null(technician):
    await technician.put(CALLER, json=put(0, double_s=0.5, digits={"contrast": 20}))
    body = {"device_class": "caller", "changes": {"digits.contrast": None}, "positions": ["caller-1"]}
    await technician.post(MANY, json=body)
    assert (await technician.get(CALLER)).json()["device"] == {"double_s": 0.5}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"device_class": "kettle"}, "unknown-class"),
        ({"changes": {"double": 1}}, "bad-settings"),
        ({"changes": {"double": None}}, "bad-settings"),
        ({"positions": ["window-1"]}, "unknown-position"),
        ({"why": "two\nlines"}, "invalid"),
    ],
)
async def test_a_change_of_many_that_makes_no_sense_is_refused(technician, change, code):
    body = {"device_class": "caller", "changes": {"double_s": 0.5}} | change
    assert (await technician.post(MANY, json=body)).json()["code"] == code


async def test_the_description_says_limits_units_defaults_and_both_languages(technician):
    schema = (await technician.get("/api/v1/device-classes/caller/settings")).json()
    about = schema["properties"]["debounce_s"]
    assert (about["maximum"], about["default"], about["x-unit"]) == (0.2, 0.03, "s")
    assert schema["properties"]["stuck_s"]["description"] == "a key that is down this long is reported as stuck"
    assert schema["properties"]["stuck_s"]["x-zh"]
    assert schema["properties"]["driver"]["enum"] == ["gpio", "simulated"]
    assert (await technician.get("/api/v1/device-classes/kettle/settings")).json()["code"] == "unknown-class"


async def test_a_manager_looks_and_does_not_touch(routed, accounts, clock):
    _, secret = accounts.issue_token("office", "manager", clock(), "admin")
    async with program(routed, secret) as manager:
        assert (await manager.get(CALLER)).status_code == 200
        assert (await manager.put(CALLER, json=put(0))).json()["code"] == "forbidden"
        assert (await manager.post(f"{CALLER}/return", json={"revision": 0, "to": 0})).json()["code"] == "forbidden"
