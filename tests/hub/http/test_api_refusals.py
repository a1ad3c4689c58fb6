"""Garbage and what the hall does not have: a clear refusal, counted, and nothing changed."""

import json

import pytest

from hub.http.api import application
from tests.hub.http.visitors import AT_1, TICKETS, visitor

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (TICKETS, {"service": "Z"}, 422, "unknown-service"),
        ("/api/v1/halls/nowhere/tickets", {"service": "A"}, 404, "unknown-hall"),
        ("/api/v1/halls/small/counters/99/call-next", None, 404, "unknown-counter"),
        (f"{AT_1}/fly", None, 404, "unknown-action"),
        (f"{AT_1}/transfer", {}, 422, "where-missing"),
        (f"{AT_1}/sign-on", {"clerk": "9999"}, 422, "unknown-clerk"),
        (f"{AT_1}/call", {"number": "A001", "reason": " "}, 422, "reason-missing"),
        (f"{AT_1}/call", {"number": "A001"}, 422, "invalid"),
        (f"{AT_1}/call-next", {"number": "A001"}, 422, "invalid"),
        (TICKETS, {"service": 7}, 422, "invalid"),
        (TICKETS, {"service": "A" * 9}, 422, "invalid"),
        (TICKETS, {"service": "A", "counter": "1"}, 422, "invalid"),
        (TICKETS, {"service": "\ud800"}, 422, "invalid"),
        (TICKETS, ["A"], 422, "invalid"),
        (TICKETS, None, 422, "invalid"),
        ("/api/v1/nothing", {}, 404, "not-found"),
        ("/api/v1/halls", {}, 405, "method-not-allowed"),
    ],
)
async def test_what_there_is_not_is_refused_as_a_problem_and_changes_nothing(
    staff, desk, counted, path, body, status, code
):
    content = b"" if body is None else json.dumps(body).encode()
    answer = await staff.post(path, content=content, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["type"] == f"/problems/{code}"
    assert (problem["code"], problem["status"], problem["instance"]) == (code, status, path)
    assert problem["detail_zh"]
    assert problem["detail"]
    assert counted == {code: 1}
    assert (desk.position, desk.today("small").version) == (0, 0)


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b'{"service": "A"', "application/json", 400, "bad-json"),
        (b'{"service": "\xff"}', "application/json", 400, "bad-request"),
        (b"[" * 30_000, "application/json", 400, "bad-request"),
        (b"service=A", "application/x-www-form-urlencoded", 415, "not-json-type"),
        (b'{"service": "A"}', "text/plain", 415, "not-json-type"),
        (b'{"service": "' + b"A" * 65_536 + b'"}', "application/json", 413, "body-too-large"),
    ],
    ids=["cut off", "not text", "deep", "form", "plain text", "large"],
)
async def test_a_body_that_cannot_be_read_is_refused(staff, desk, counted, content, media_type, status, code):
    answer = await staff.post(TICKETS, content=content, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert counted == {code: 1}
    assert desk.position == 0


async def test_a_large_body_of_unknown_length_is_refused_while_it_comes(staff, desk, counted):
    async def endless():
        for _ in range(100):
            yield b" " * 1024

    answer = await staff.post(TICKETS, content=endless(), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert counted == {"body-too-large": 1}


async def test_a_validation_error_says_where_and_what(staff):
    problem = (await staff.post(f"{AT_1}/call", json={"number": "A001", "raison": "x"})).json()
    assert {error["where"] for error in problem["errors"]} == {"body.reason", "body.raison"}


async def test_an_unknown_action_names_the_known_ones(staff):
    assert "call-next" in (await staff.post(f"{AT_1}/fly")).json()["known"]


async def test_405_says_what_is_allowed(staff):
    assert (await staff.put("/api/v1/halls")).headers["allow"] == "GET"


async def test_a_ticket_that_is_not_there_is_404(staff):
    answer = await staff.get(f"{TICKETS}/A001")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-ticket")


async def test_a_log_that_cannot_be_written_is_503_and_worth_another_try(staff, engine, counted):
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE ticket")
    answer = await staff.post(TICKETS, json={"service": "A"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert "ticket" not in answer.json()["detail"]
    assert counted == {"unavailable": 1}


async def test_a_fault_of_ours_is_500_without_its_insides(counted):
    app = application(lambda door, code: counted.update([code]))

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the secret of the house")

    async with visitor(app) as client:
        answer = await client.get("/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert counted == {"internal": 1}


async def test_every_answer_tells_the_browser_our_rules(stranger):
    for path in ("/api/v1/halls/small/queue", "/api/v1/halls", "/nothing"):
        headers = (await stranger.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


async def test_openapi_names_every_operation_and_its_refusals(stranger):
    document = (await stranger.get("/api/v1/openapi.json")).json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    idents = [operation["operationId"] for operation in operations]
    assert len(set(idents)) == len(idents)
    assert {"takeTicket", "getTicket", "callNext", "getQueue", "readEvents", "logIn"} <= set(idents)
    assert all(operation.get("description") for operation in operations)
    assert set(document["components"]["securitySchemes"]) == {"session", "token"}
    assert "Problem" in document["components"]["schemas"]
    for operation in operations:
        for status, answer in operation["responses"].items():
            assert status < "400" or list(answer["content"]) == ["application/problem+json"], operation["operationId"]
    unguarded = {operation["operationId"] for operation in operations if "security" not in operation}
    assert unguarded == {"getQueue", "logIn"}
