"""Claims, waiting boards and revocation over HTTP: what each kind of claim says, and what a person decides."""

import hashlib

import pytest

from hub.http.applicants import applicants
from hub.http.claims import claims
from hub.http.identity import Gate
from hub.http.revocation import revocation
from hub.http.routes import attach
from hub.roster import Bound, Roster
from hub.storage.issued import Certified
from hub.storage.registry import Registry
from tests.hub.http.visitors import program
from tests.support.day import small_hall
from wire import pairing

pytestmark = pytest.mark.anyio

CLAIMS, APPLICANTS = "/api/v1/halls/small/claims", "/api/v1/halls/small/applicants"
REVOCATION = "/api/v1/halls/small/devices/caller-1/revocation"
KEY = hashlib.sha256(b"a board").hexdigest()


@pytest.fixture
def registry(engine):
    return Registry(engine)


@pytest.fixture
def told():
    return []


@pytest.fixture
def roster(registry):
    def bound():
        return [Bound(one.id, one.hall, one.position) for one in registry.devices("small") if one.position]

    return Roster([small_hall()], bound)


@pytest.fixture
async def technician(app, desk, roster, registry, accounts, clock, told):
    gate = Gate(accounts, desk.now)
    attach(app, [claims(desk, roster, registry, gate)])
    attach(app, [applicants(desk, roster, registry.applicants, gate)])
    attach(app, [revocation(desk, roster, registry, gate, lambda: told.append(1))])
    _, secret = accounts.issue_token("bench", "technician", clock(), "admin")
    async with program(app, secret) as client:
        yield client


@pytest.fixture
def certify(clock):
    from datetime import timedelta

    serials = iter(range(1, 100))
    return lambda cn: Certified(f"{next(serials):x}", "pem", clock() + timedelta(days=365))


async def made(technician, **body):
    answer = await technician.post(CLAIMS, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["claims"]


async def test_a_claim_for_each_position_is_told_once_and_listed_without_its_secret(technician, registry):
    told = await made(technician, positions=["caller-1", "caller-2"])
    assert [one["position"] for one in told] == ["caller-1", "caller-2"]
    assert registry.claim(told[0]["token"]).uses_left == 1
    listed = (await technician.get(CLAIMS)).json()["claims"]
    assert {one["id"] for one in listed} == {one["id"] for one in told}
    assert all(one["state"] == "open" and "token" not in one for one in listed)


async def test_a_claim_may_be_for_a_class_or_for_the_hall_and_be_used_often(technician, registry):
    (of_class,) = await made(technician, device_class="caller", uses=5)
    (of_hall,) = await made(technician, site=True, uses=300, hours=48)
    assert (of_class["device_class"], of_class["uses"]) == ("caller", 5)
    found = registry.claim(of_hall["token"])
    assert (found.position, found.device_class, found.uses_left) == (None, None, 300)


async def test_a_claim_may_replace_a_device_in_one_step(technician, registry, clock, certify):
    (first,) = await made(technician, positions=["caller-1"])
    old = registry.redeem(first["token"], KEY, device_class="caller", now=clock(), certify=certify)
    (claim,) = await made(technician, replaces=old.id)
    assert (claim["position"], claim["replaces"]) == ("caller-1", old.id)
    new = registry.redeem(claim["token"], "b" * 64, device_class="caller", now=clock(), certify=certify)
    assert registry.device_at("small", "caller-1") == new
    again = await technician.post(CLAIMS, json={"replaces": old.id})
    assert (again.status_code, again.json()["code"]) == (409, "no-device")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad-claim"),
        ({"site": True, "positions": ["caller-1"]}, "bad-claim"),
        ({"device_class": "coffee_machine"}, "class-not-here"),
        ({"positions": ["nowhere"]}, "unknown-position"),
        ({"site": True, "uses": 0}, "invalid"),
    ],
)
async def test_a_claim_says_one_thing_that_makes_sense(technician, body, code):
    answer = await technician.post(CLAIMS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_withdrawn_claim_lets_nobody_in(technician, registry, clock, certify):
    (claim,) = await made(technician, positions=["caller-1"])
    assert (await technician.delete(f"{CLAIMS}/{claim['id']}")).status_code == 204
    assert (await technician.get(CLAIMS)).json()["claims"][0]["state"] == "withdrawn"
    with pytest.raises(PermissionError, match="withdrawn"):
        registry.redeem(claim["token"], KEY, device_class="caller", now=clock(), certify=certify)
    assert (await technician.delete(f"{CLAIMS}/0")).json()["code"] == "unknown-claim"


async def test_a_waiting_board_is_listed_and_approved_by_its_code_however_it_is_typed(
    technician, registry, clock, certify
):
    registry.knock(KEY, address="10.0.0.9", now=clock(), certify=certify, hardware_serial="RPI-7")
    (one,) = (await technician.get(APPLICANTS)).json()["applicants"]
    assert (one["reason"], one["hardware_serial"], one["address"]) == ("no-token", "RPI-7", "10.0.0.9")
    assert pairing.read(one["shown"]) == one["code"] == pairing.code(KEY)
    assert (await technician.post(f"{APPLICANTS}/{one['code']}/approval", json={})).json()["code"] == "unknown-position"
    answer = await technician.post(f"{APPLICANTS}/{one['shown'].lower()}/approval", json={"position": "caller-1"})
    assert (answer.status_code, answer.json()["state"], answer.json()["decided_by"]) == (200, "approved", "token:bench")
    registry.knock(KEY, address="10.0.0.9", now=clock(), certify=certify)
    device = registry.device_at("small", "caller-1")
    assert device is not None
    assert device.key_sha256 == KEY
    assert (await technician.get(APPLICANTS)).json()["applicants"] == []


async def test_an_approved_board_is_listed_apart_until_it_has_fetched_its_certificate(
    technician, registry, clock, certify
):
    registry.knock(KEY, address="10.0.0.9", now=clock(), certify=certify)
    await technician.post(f"{APPLICANTS}/{pairing.code(KEY)}/approval", json={"position": "caller-1"})
    assert (await technician.get(APPLICANTS)).json()["applicants"] == []
    (one,) = (await technician.get(APPLICANTS, params={"state": "approved"})).json()["applicants"]
    assert (one["code"], one["position"], one["state"]) == (pairing.code(KEY), "caller-1", "approved")
    assert (one["decided_by"], one["decided_at"] is not None) == ("token:bench", True)
    registry.knock(KEY, address="10.0.0.9", now=clock(), certify=certify)
    assert (await technician.get(APPLICANTS, params={"state": "approved"})).json()["applicants"] == []
    assert (await technician.get(APPLICANTS, params={"state": "refused"})).status_code == 422


async def test_an_approval_that_is_taken_back_frees_the_position_and_the_board_waits_as_it_came(
    technician, registry, clock, certify
):
    approval = f"{APPLICANTS}/{pairing.code(KEY)}/approval"

    def knocks(**about):
        return registry.knock(KEY, address="10.0.0.9", now=clock(), certify=certify, **about)

    knocks()
    assert (await technician.delete(approval)).json()["code"] == "unknown-applicant"  # there is none yet
    await technician.post(approval, json={"position": "caller-1"})
    assert (await technician.delete(approval)).status_code == 204
    knocks()
    (one,) = (await technician.get(APPLICANTS)).json()["applicants"]
    assert (one["state"], one["device_class"], one["position"]) == ("waiting", None, None)
    other = await technician.post(approval, json={"position": "window-1"})  # which is of another class
    assert (other.status_code, other.json()["position"]) == (200, "window-1")


async def test_an_approval_that_was_fetched_is_not_taken_back(technician, registry, clock, certify):
    approval = f"{APPLICANTS}/{pairing.code(KEY)}/approval"
    registry.knock(KEY, address="10.0.0.9", now=clock(), certify=certify)
    await technician.post(approval, json={"position": "caller-1"})
    registry.knock(KEY, address="10.0.0.9", now=clock(), certify=certify)
    answer = await technician.delete(approval)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-applicant")
    assert registry.device_at("small", "caller-1") is not None


async def test_a_board_that_says_its_class_is_not_put_where_another_is_needed(technician, registry, clock, certify):
    registry.knock(KEY, address="a", now=clock(), certify=certify, device_class="evaluator")
    answer = await technician.post(f"{APPLICANTS}/{pairing.code(KEY)}/approval", json={"position": "caller-1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "other-class")


async def test_a_board_can_be_turned_down_and_a_code_that_nobody_has_is_unknown(technician, registry, clock, certify):
    registry.knock(KEY, address="a", now=clock(), certify=certify)
    assert (await technician.delete(f"{APPLICANTS}/{pairing.code(KEY)}")).status_code == 204
    assert (await technician.get(APPLICANTS)).json()["applicants"] == []
    for code in ("nonsense", "0000-0000"):
        answer = await technician.delete(f"{APPLICANTS}/{code}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-applicant")


async def test_revoking_needs_a_reason_and_a_device_and_is_told_at_once(technician, registry, clock, certify, told):
    assert (await technician.post(REVOCATION, json={"why": "stolen"})).json()["code"] == "no-device"
    assert (await technician.post(REVOCATION, json={})).json()["code"] == "invalid"
    (claim,) = await made(technician, positions=["caller-1"])
    device = registry.redeem(claim["token"], KEY, device_class="caller", now=clock(), certify=certify)
    answer = await technician.post(REVOCATION, json={"why": "stolen"})
    assert (answer.status_code, answer.json()["device"]) == (200, device.id)
    assert told == [1]
    assert registry.revoked_serials(clock()) == [device.serial]
