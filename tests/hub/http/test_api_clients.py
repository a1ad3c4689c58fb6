"""Access tokens for a platform's program, and who administers those that get them."""

import base64
from pathlib import Path

import pytest

from hub.storage.audit import Audit
from tests.hub.http.platforms import (
    CLIENTS,
    GRANT,
    HALLS,
    TOKEN,
    access,
    app,
    asked,
    clock,
    made,
    people,
)
from tests.hub.http.visitors import program, visitor

__all__ = ["app", "clock", "people"]
pytestmark = pytest.mark.anyio


# Access tokens.


async def test_a_token_is_given_for_id_and_secret_in_the_header_or_in_the_form(app, administrator):
    secret = await made(administrator)
    by_form = {**GRANT, "client_id": "city-app", "client_secret": secret, "scope": "appointments"}
    async with visitor(app) as nobody:
        answers = [await nobody.post(TOKEN, data=by_form), await asked(app, "city-app", secret)]
    for answer in answers:
        told = answer.json()
        assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 3600, "appointments")
        assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
        async with program(app, told["access_token"]) as client:
            (hall,) = (await client.get(HALLS)).json()
            assert (hall["id"], [one["letter"] for one in hall["services"]]) == ("small", ["A", "B"])
    assert answers[0].json()["access_token"] != answers[1].json()["access_token"]


async def test_id_and_secret_in_the_header_are_decoded_as_rfc_6749_says(app, administrator):
    """A client library encodes what is no letter before base64; ours has a `-` and `_` only, which both leave alone."""
    secret = await made(administrator)
    encoded = base64.b64encode(f"city%2Dapp:{secret.replace('_', '%5F')}".encode()).decode()
    async with visitor(app, Authorization=f"Basic {encoded}") as client:
        assert (await client.post(TOKEN, data=GRANT)).status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({**GRANT, "scope": "everything"}, 400, "invalid_scope"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, 400, "invalid_request"),
        (GRANT, 401, "invalid_client"),
        ({**GRANT, "client_id": "city-app", "client_secret": "wrong"}, 401, "invalid_client"),
        ({**GRANT, "client_id": "nobody", "client_secret": "wrong"}, 401, "invalid_client"),
    ],
)
async def test_what_gets_no_token_is_told_as_rfc_6749_says(app, administrator, counted, form, status, error):
    await made(administrator)
    async with visitor(app) as nobody:
        answer = await nobody.post(TOKEN, data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert counted[error.replace("_", "-")] == 1


async def test_json_is_no_form(app, administrator):
    secret = await made(administrator)
    async with visitor(app) as nobody:
        answer = await nobody.post(TOKEN, json={**GRANT, "client_id": "city-app", "client_secret": secret})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff\xfe").decode()])
async def test_a_header_that_cannot_be_read_is_refused(app, header):
    async with visitor(app, Authorization=header) as client:
        answer = await client.post(TOKEN, data=GRANT)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_who_guesses_secrets_has_to_wait(app, administrator, clock):
    secret = await made(administrator)
    for _ in range(5):
        assert (await asked(app, "city-app", "guess")).status_code == 401
    answer = await asked(app, "city-app", "guess")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    clock.set(2, 1, 6)
    assert (await asked(app, "city-app", secret)).status_code == 200


async def test_an_access_token_ends_after_an_hour(app, administrator, clock):
    async with program(app, await access(app, "city-app", await made(administrator))) as client:
        clock.set(2, 1, 59)
        assert (await client.get(HALLS)).status_code == 200
        clock.set(2, 2, 0)
        answer = await client.get(HALLS)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-logged-in")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_of_a_client_that_asks_again_and_again_the_oldest_tokens_end(app, administrator, clock):
    secret = await made(administrator)
    first = await access(app, "city-app", secret)
    for minute in range(1, 51):
        clock.set(2, 1, minute)
        for _ in range(2):
            last = await access(app, "city-app", secret)
    statuses = []
    for token in (first, last):
        async with program(app, token) as client:
            statuses.append((await client.get(HALLS)).status_code)
    assert statuses == [401, 200]


# Who administers them.


async def test_a_new_secret_leaves_a_day_for_the_old_one(app, administrator, clock):
    old = await made(administrator)
    new = (await administrator.post(f"{CLIENTS}/city-app/secret", json={})).json()["secret"]
    assert [(await asked(app, "city-app", one)).status_code for one in (old, new)] == [200, 200]
    clock.set(3, 1)
    assert [(await asked(app, "city-app", one)).status_code for one in (old, new)] == [401, 200]


async def test_a_secret_that_was_seen_ends_at_once_with_its_tokens(app, administrator):
    old = await made(administrator)
    async with program(app, await access(app, "city-app", old)) as client:
        assert (await client.get(HALLS)).status_code == 200
        new = (await administrator.post(f"{CLIENTS}/city-app/secret", json={"at_once": True})).json()["secret"]
        assert (await client.get(HALLS)).status_code == 401
    assert [(await asked(app, "city-app", one)).status_code for one in (old, new)] == [401, 200]


async def test_a_disabled_client_is_let_in_no_more_until_it_is_again(app, administrator):
    secret = await made(administrator)
    async with program(app, await access(app, "city-app", secret)) as client:
        assert (await administrator.patch(f"{CLIENTS}/city-app", json={"disabled": True})).json()["disabled"]
        assert (await client.get(HALLS)).status_code == 401
        assert (await asked(app, "city-app", secret)).status_code == 401
        await administrator.patch(f"{CLIENTS}/city-app", json={"disabled": False})
        assert (await client.get(HALLS)).status_code == 401, "its tokens are gone"
    assert (await asked(app, "city-app", secret)).status_code == 200


async def test_what_is_done_to_clients_is_in_the_audit_and_no_secret_is_kept(app, administrator, engine, tmp_path):
    secret = await made(administrator)
    token = await access(app, "city-app", secret)
    await administrator.patch(f"{CLIENTS}/city-app", json={"name": "京通"})
    await administrator.post(f"{CLIENTS}/city-app/secret", json={})
    await administrator.patch(f"{CLIENTS}/city-app", json={"disabled": True})
    noted = [(one.who, one.what, one.detail) for one in reversed(Audit(engine).of("small"))]
    words = ("client-added", "client-changed", "client-secret", "client-disabled")
    assert noted == [("admin", word, "city-app") for word in words]
    listed = await administrator.get(CLIENTS)
    assert [one["name"] for one in listed.json()] == ["京通"]
    assert secret not in listed.text
    bodies = [path.read_bytes() for path in Path(tmp_path).rglob("*") if path.is_file()]
    assert any(b"city-app" in body for body in bodies)
    assert not any(one.encode() in body for body in bodies for one in (secret, token))


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"id": "City"}, 422, "bad-client"),
        ({"name": " "}, 422, "bad-client"),
        ({"halls": ["nowhere"]}, 404, "unknown-hall"),
        ({"halls": []}, 422, "invalid"),
        ({"id": "city-app"}, 409, "client-taken"),
    ],
)
async def test_a_client_that_cannot_be_is_refused(administrator, wish, status, code):
    await made(administrator)
    answer = await administrator.post(CLIENTS, json={"id": "other", "name": "n", "halls": ["small"], **wish})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    gone = await administrator.patch(f"{CLIENTS}/nobody", json={})
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown-client")
