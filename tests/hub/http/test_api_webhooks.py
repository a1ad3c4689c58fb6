"""Webhooks by the API: made, tested, given another secret, enabled and removed by administrators, and in the audit."""

import httpx
import pytest
from fastapi import FastAPI

from hub.http.identity import Gate
from hub.http.routes import attach
from hub.http.webhooks import webhooks
from hub.storage.audit import Audit
from hub.storage.clients import Clients
from hub.storage.webhooks import MOST
from hub.webhooks.addresses import Allowed
from hub.webhooks.hooks import Hooks
from hub.webhooks.sending import Sender
from tests.hub.webhooks.receiver import KEY, Platform

pytestmark = pytest.mark.anyio
HOOKS = "/api/v1/halls/small/webhooks"


@pytest.fixture
def hooks(engine, desk) -> Hooks:
    return Hooks(engine, desk, KEY, Sender(Allowed(loopback=True)))


@pytest.fixture
def app(app: FastAPI, desk, accounts, hooks, engine) -> FastAPI:
    gate, kept = Gate(accounts, desk.now), Clients(engine)
    for name in ("city", "bank"):
        kept.add(name, name, ["small"], by="admin", now=desk.now())
    attach(app, [webhooks(desk, hooks, kept, gate)])
    return app


async def made(client: httpx.AsyncClient, url: str, name: str = "city") -> dict:
    answer = await client.post(HOOKS, json={"client": name, "url": url})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_of_a_client_that_is_unknown_nothing_is_told(administrator):
    answer = await administrator.post(HOOKS, json={"client": "nobody", "url": "https://city.example/hooks"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-client")


async def test_its_life(administrator, staff, engine):
    async with Platform() as platform:
        first = await made(administrator, platform.url)
        platform.secret = first["secret"]
        assert first["secret"].startswith("whsec_")
        listed = await administrator.get(HOOKS)
        (one,) = listed.json()["webhooks"]
        assert one == {name: value for name, value in first.items() if name != "secret"}
        assert (one["state"], one["waiting"], one["succeeded_at"], one["made_by"]) == ("active", 0, None, "admin")
        at = f"{HOOKS}/{one['id']}"
        assert (await administrator.post(f"{at}/test")).json() == {"ok": True, "status": 204, "told": "answered 204"}
        assert platform.heard[0]["type"] == "webhook.test"
        assert platform.heard[0]["data"] == {"hall": "small", "client": "city"}
        second = (await administrator.post(f"{at}/secret")).json()
        assert second["secret"] != first["secret"]
        for platform.secret in (first["secret"], second["secret"]):
            assert (await administrator.post(f"{at}/test")).json()["ok"]
        assert (await administrator.post(f"{at}/enable")).json() == one
        assert (await administrator.get(f"{at}/deliveries", params={"state": "waiting"})).json() == {"deliveries": []}
        for way in (staff.get(HOOKS), staff.post(f"{at}/secret"), staff.post(f"{at}/test"), staff.delete(at)):
            assert (await way).json()["code"] == "forbidden"
        assert (await administrator.delete(at)).status_code == 204
        assert (await administrator.delete(at)).json()["code"] == "unknown-webhook"
        assert (await administrator.get(HOOKS)).json() == {"webhooks": []}
    notes = [note for note in Audit(engine).of("small")[::-1] if note.what.startswith("webhook-")]
    assert [note.what for note in notes] == ["webhook-made", "webhook-secret", "webhook-removed"]
    assert {(note.who, note.detail) for note in notes} == {("admin", "city · 127.0.0.1")}, (
        "what else is in it may be secret"
    )


async def test_what_cannot_be_is_refused_in_words(administrator):
    for url in ("http://platform.example/", "https://10.0.0.1/", "https://name:word@platform.example/"):
        answer = await administrator.post(HOOKS, json={"client": "city", "url": url})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad-webhook-url"), answer.text
    assert (await administrator.post(HOOKS, json={"client": "City!", "url": "https://a.example"})).status_code == 422
    await made(administrator, "https://platform.example/")
    again = await administrator.post(HOOKS, json={"client": "city", "url": "https://platform.example/"})
    assert (again.status_code, again.json()["code"]) == (409, "webhook-known")
    for number in range(MOST - 1):
        await made(administrator, f"https://platform.example/{number}")
    more = await administrator.post(HOOKS, json={"client": "city", "url": "https://platform.example/more"})
    assert (more.status_code, more.json()["code"]) == (409, "too-many-webhooks")
    elsewhere = await administrator.get("/api/v1/halls/other/webhooks")
    assert elsewhere.json() == {"webhooks": []}
    ident = (await administrator.get(HOOKS)).json()["webhooks"][0]["id"]
    assert (await administrator.post(f"/api/v1/halls/other/webhooks/{ident}/secret")).status_code == 404
    assert (await administrator.get(f"/api/v1/halls/other/webhooks/{ident}/deliveries")).status_code == 404


async def test_a_test_says_what_went_wrong(administrator):
    async with Platform(lambda said: 503) as platform:
        one = await made(administrator, platform.url)
        platform.secret = one["secret"]
        answer = await administrator.post(f"{HOOKS}/{one['id']}/test")
        assert answer.json() == {"ok": False, "status": 503, "told": "answered 503"}
    answer = await administrator.post(f"{HOOKS}/{one['id']}/test")
    assert answer.json() == {"ok": False, "status": 0, "told": "cannot be reached: ConnectError"}


async def test_deliveries_are_listed_newest_first_with_how_they_are(administrator, hooks, desk):
    one = await made(administrator, "https://platform.example/")
    now = desk.now()
    book = hooks._book
    before = book.position(0)
    with book.advance(before, before + 2) as noting:
        for position in (1, 2):
            told = b'{"type": "appointment.booked", "data": {"sequence": %d}}' % position
            noting.add(one["id"], position, series="2026-11-03/A", type="appointment.booked", body=told, at=now)
    (claimed,) = hooks.deliveries.claim(one["id"], now, now, 4)
    hooks.deliveries.done(claimed, now)
    at = f"{HOOKS}/{one['id']}"
    found = (await administrator.get(f"{at}/deliveries")).json()["deliveries"]
    assert [(each["state"], each["tries"], each["body"]["data"]["sequence"]) for each in found] == [
        ("waiting", 0, 2),
        ("done", 1, 1),
    ]
    waits = (await administrator.get(f"{at}/deliveries", params={"state": "waiting"})).json()["deliveries"]
    assert [each["id"] for each in waits] == [f"{one['id']}-2"]
    assert (await administrator.get(HOOKS)).json()["webhooks"][0]["waiting"] == 1
    assert (await administrator.delete(at)).status_code == 204, "with all that waits for it"
    assert hooks.deliveries.of(one["id"]) == []
