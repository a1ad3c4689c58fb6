"""Who may do what over the API: sessions, tokens, roles, and pages of other sites."""

from datetime import timedelta

import pytest

from tests.hub.http.visitors import AT_1, AT_2, HUB, PASSWORD, TICKETS, logged_in, program, visitor

pytestmark = pytest.mark.anyio
SESSION, ACCOUNTS, TOKENS = "/api/v1/session", "/api/v1/accounts", "/api/v1/tokens"

GUARDED = [
    ("POST", TICKETS),
    ("GET", f"{TICKETS}/A001"),
    *(("POST", f"{AT_1}/{key}") for key in ("call-next", "call", "recall", "serve", "end", "no-show", "pause")),
    *(("POST", f"{AT_1}/{key}") for key in ("resume", "sign-on", "sign-off", "fly")),
    ("GET", "/api/v1/halls"),
    ("GET", "/api/v1/events"),
    ("GET", SESSION),
    ("DELETE", SESSION),
    ("GET", ACCOUNTS),
    ("POST", ACCOUNTS),
    ("PATCH", f"{ACCOUNTS}/admin"),
    ("GET", TOKENS),
    ("POST", TOKENS),
    ("DELETE", f"{TOKENS}/x"),
]


async def test_without_a_log_in_nothing_but_the_queue_is_open(stranger, desk, counted):
    for method, path in GUARDED:
        answer = await stranger.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not-logged-in"), (method, path)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert desk.position == 0
    assert counted == {"not-logged-in": len(GUARDED)}


async def test_foreign_expired_and_revoked_tokens_are_401(app, accounts, clock, desk):
    revoked, secret = accounts.issue_token("gone", "clerk", clock(), "admin")
    async with program(app, secret) as client:
        assert (await client.get("/api/v1/halls")).status_code == 200
        accounts.revoke(revoked.id)
        assert (await client.get("/api/v1/halls")).status_code == 401
    for token in ("", "nonsense", "ttk_" + "A" * 43, secret, secret[:-1], "号"):
        async with visitor(app) as client:
            answer = await client.post(
                TICKETS, json={"service": "A"}, headers={b"Authorization": b"Bearer " + token.encode()}
            )
        assert answer.status_code == 401, token
    _, brief = accounts.issue_token("brief", "clerk", clock(), "admin", lasts=timedelta(seconds=60))
    async with program(app, brief) as client:
        assert (await client.get("/api/v1/halls")).status_code == 200
        clock.pass_(seconds=61)
        assert (await client.get("/api/v1/halls")).status_code == 401
    assert desk.position == 0


async def test_a_technician_may_look_but_takes_and_calls_nobody(app, accounts, clock, desk, counted):
    _, secret = accounts.issue_token("t", "technician", clock(), "admin")
    async with program(app, secret) as client:
        assert (await client.get("/api/v1/halls")).status_code == 200
        for path in (TICKETS, f"{AT_1}/call-next", f"{AT_1}/sign-on"):
            answer = await client.post(path, json={"service": "A"} if path == TICKETS else None)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert desk.position == 0
    assert counted == {"forbidden": 3}


async def test_only_administrators_see_and_make_accounts_and_tokens(staff, accounts):
    for method, path in GUARDED[-6:]:
        assert (await staff.request(method, path, json={})).status_code == 403, (method, path)
    assert accounts.all() == []


async def test_the_first_administrator_logs_in_and_out(accounts, clock, stranger):
    password = accounts.first_administrator(clock())
    answer = await stranger.post(SESSION, json={"name": "admin", "password": password})
    assert answer.json() == {"name": "admin", "role": "administrator", "via": "session", "clerk": ""}
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert (await stranger.get(SESSION)).json()["name"] == "admin"
    stolen = stranger.cookies["tingxu"]
    assert (await stranger.delete(SESSION)).status_code == 204
    assert (await stranger.get(SESSION)).status_code == 401
    stranger.cookies.set("tingxu", stolen)
    assert (await stranger.get(SESSION)).status_code == 401


async def test_a_wrong_password_and_an_unknown_name_are_refused_alike(accounts, clock, stranger, counted):
    accounts.create("manager-1", "manager", PASSWORD, clock())
    accounts.create("off", "manager", PASSWORD, clock())
    accounts.change("off", disabled=True)
    wrong = await stranger.post(SESSION, json={"name": "manager-1", "password": PASSWORD + "x"})
    unknown = await stranger.post(SESSION, json={"name": "nobody", "password": PASSWORD})
    disabled = await stranger.post(SESSION, json={"name": "off", "password": PASSWORD})
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers
    assert wrong.content == unknown.content == disabled.content
    assert counted == {"wrong-password": 3}


async def test_too_many_attempts_have_to_wait_even_with_the_right_password(accounts, clock, stranger, counted):
    accounts.create("manager-1", "manager", PASSWORD, clock())
    accounts.create("manager-2", "manager", PASSWORD, clock())
    for _ in range(5):
        await stranger.post(SESSION, json={"name": "manager-1", "password": "wrong"})
    blocked = await stranger.post(SESSION, json={"name": "manager-1", "password": PASSWORD})
    assert (blocked.status_code, blocked.json()["code"]) == (429, "too-many-attempts")
    assert counted["too-many-attempts"] == 1
    other = await stranger.post(SESSION, json={"name": "manager-2", "password": PASSWORD})
    assert other.status_code == 200
    clock.pass_(seconds=int(blocked.headers["retry-after"]))
    assert (await stranger.post(SESSION, json={"name": "manager-1", "password": PASSWORD})).status_code == 200


async def test_a_session_slides_and_ends_twelve_hours_after_the_last_request(administrator, clock):
    for _ in range(3):
        clock.pass_(hours=11)
        assert (await administrator.get(SESSION)).status_code == 200
    clock.pass_(hours=12, minutes=1)
    assert (await administrator.get(SESSION)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://hub:8080"},
        {"Origin": HUB, "Sec-Fetch-Site": "cross-site"},
        {"Origin": HUB, "Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_write_with_a_cookie_from_elsewhere_is_refused(administrator, desk, counted, headers):
    del administrator.headers["origin"]
    for method, path in (("POST", TICKETS), ("POST", TOKENS), ("DELETE", SESSION)):
        answer = await administrator.request(method, path, json={"service": "A"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")
    assert (await administrator.get(SESSION, headers=headers)).status_code == 200
    assert desk.position == 0
    assert counted == {"cross-site": 3}


async def test_our_own_pages_may_write_with_a_cookie(administrator):
    for headers in ({"Origin": HUB}, {"Sec-Fetch-Site": "same-origin"}):
        answer = await administrator.post(TICKETS, json={"service": "A"}, headers=headers)
        assert answer.status_code == 201


async def test_another_sites_page_cannot_log_its_visitor_in(accounts, clock, stranger, counted):
    accounts.create("manager-1", "manager", PASSWORD, clock())
    answer = await stranger.post(
        SESSION, json={"name": "manager-1", "password": PASSWORD}, headers={"Origin": "http://evil.example"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")


async def test_a_session_is_no_bearer_token_and_a_token_no_cookie(administrator, app, accounts, clock):
    async with program(app, administrator.cookies["tingxu"]) as client:
        assert (await client.get(SESSION)).status_code == 401
    _, secret = accounts.issue_token("t", "clerk", clock(), "admin")
    async with visitor(app, Cookie=f"tingxu={secret}", Origin=HUB) as client:
        assert (await client.get(SESSION)).status_code == 401


async def test_a_clerk_signs_on_with_no_work_number_but_their_own(app, accounts, clock, desk, counted):
    accounts.create("clerk-1001", "clerk", PASSWORD, clock(), clerk="1001")
    async with logged_in(app, "clerk-1001") as clerk:
        foreign = await clerk.post(f"{AT_2}/sign-on", json={"clerk": "1002"})
        assert (foreign.status_code, foreign.json()["code"]) == (403, "not-your-number")
        assert desk.position == 0
        assert (await clerk.post(f"{AT_2}/sign-on")).status_code == 200
    assert desk.today("small").counter("2").clerk == "1001"
    assert counted == {"not-your-number": 1}


async def test_an_administrator_makes_an_account_that_works_until_it_is_disabled(administrator, app):
    body = {"name": "clerk-1001", "role": "clerk", "clerk": "1001"}
    made = await administrator.post(ACCOUNTS, json=body)
    assert made.status_code == 201
    assert {one["name"]: one["role"] for one in (await administrator.get(ACCOUNTS)).json()} == {
        "admin": "administrator",
        "clerk-1001": "clerk",
    }
    assert (await administrator.post(ACCOUNTS, json=body)).json()["code"] == "name-taken"
    async with logged_in(app, "clerk-1001", made.json()["password"]) as clerk:
        assert (await clerk.post(f"{AT_1}/sign-on")).status_code == 200
        assert (await administrator.patch(f"{ACCOUNTS}/clerk-1001", json={"disabled": True})).json()["disabled"]
        assert (await clerk.post(f"{AT_1}/sign-off")).status_code == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "x", "role": "king"}, "invalid"),
        ({"name": "x", "role": "clerk"}, "bad-account"),
        ({"name": "x", "role": "manager", "clerk": "1001"}, "bad-account"),
        ({"name": "X y", "role": "manager"}, "bad-account"),
        ({"name": "token:x", "role": "manager"}, "bad-account"),
        ({"name": "x", "role": "manager", "password": "short"}, "invalid"),
        ({"name": "x", "role": "manager", "admin": True}, "invalid"),
    ],
)
async def test_an_account_that_cannot_be_is_refused(administrator, accounts, body, code):
    answer = await administrator.post(ACCOUNTS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert len(accounts.all()) == 1


async def test_the_last_administrator_cannot_lock_the_door_behind_them(administrator):
    answer = await administrator.patch(f"{ACCOUNTS}/admin", json={"disabled": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "last-administrator")
    assert (await administrator.get(SESSION)).status_code == 200
    assert (await administrator.patch(f"{ACCOUNTS}/nobody", json={})).status_code == 404


async def test_a_token_is_made_shown_once_used_and_revoked(administrator, app):
    made = (await administrator.post(TOKENS, json={"name": "kiosk", "role": "clerk", "days": 7})).json()
    listed = await administrator.get(TOKENS)
    assert [(one["id"], one["name"], one["created_by"]) for one in listed.json()] == [(made["id"], "kiosk", "admin")]
    assert made["token"] not in listed.text
    async with program(app, made["token"]) as client:
        assert (await client.post(TICKETS, json={"service": "A"})).status_code == 201
        assert (await administrator.delete(f"{TOKENS}/{made['id']}")).status_code == 204
        assert (await client.post(TICKETS, json={"service": "A"})).status_code == 401
    assert (await administrator.delete(f"{TOKENS}/{made['id']}")).status_code == 404


async def test_a_press_reads_no_database_to_know_who_presses(staff, accounts, engine):
    """Within seconds of the last look the identity is remembered, even when the database has gone."""
    await staff.post(f"{AT_1}/sign-on")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE api_token")
    assert (await staff.post(f"{AT_1}/pause")).status_code == 200
