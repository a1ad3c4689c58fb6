"""Every address that the hub answers at, tried from outside: without credentials, from other sites, as a clerk."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from hub import assembly
from hub.desk import Desk
from hub.history.history import history_of
from hub.people.messages import MemoryMessenger
from hub.pseudonyms import Pseudonyms
from hub.storage.database import open_database, open_log
from provisioning.rehearsal.processes import Processes
from tests.support.day import SMALL, small_hall
from tests.support.live import until
from tests.support.process import ROOT, browser, claim, hub_at_work, program, stranger

CLERK, PASSWORD = "73041", "correct horse 42"  # a work number that means nothing else anywhere
PERSON = re.compile(rf"(?<!\d){CLERK}(?!\d)")
BEGUN = re.compile("^event: (show|start)$", re.MULTILINE)  # of a stream: what it begins with is there

OPEN = {
    "GET /",
    "GET /login",
    "POST /login",
    "POST /logout",
    "GET /language/{code}",
    "GET /board/{hall}",
    "GET /board/{hall}/{area}",
    "GET /board/{hall}/{area}/live",
    "GET /static",
    "GET /api/v1/openapi.json",
    "HEAD /api/v1/openapi.json",
    "POST /api/v1/session",
    "POST /oauth2/token",
    "GET /api/v1/halls/{hall}/queue",
    # Citizens' pages: whose a ticket or an appointment is, its address or a code by text message says.
    "GET /m/{hall}",
    "GET /m/{hall}/matters",
    "GET /m/{hall}/matters/{letter}",
    "GET /m/{hall}/queue",
    "GET /m/{hall}/t/{token}",
    "GET /m/{hall}/t/{token}/live",
    "POST /m/{hall}/t/{token}/rate",
    "POST /m/{hall}/t/{token}/reasons",
    "POST /m/{hall}/t/{token}/case/rate",
    "POST /m/{hall}/t/{token}/case/appeal",
    "GET /m/{hall}/enter",
    "POST /m/{hall}/enter",
    "POST /m/{hall}/enter/code",
    "POST /m/{hall}/enter/leave",
    "GET /m/{hall}/book/{letter}",
    "GET /m/{hall}/book/{letter}/{day}",
    "POST /m/{hall}/book/{letter}/{day}",
    "GET /m/{hall}/mine",
    "GET /m/{hall}/mine/{day}/{code}",
    "GET /m/{hall}/mine/{day}/{code}/visit.ics",
    "GET /m/{hall}/mine/{day}/{code}/move",
    "POST /m/{hall}/mine/{day}/{code}/move",
    "POST /m/{hall}/mine/{day}/{code}/cancel",
    "GET /m/{hall}/mine/data",
    "POST /m/{hall}/mine/data/erase",
}
FOR_A_CLERK = {
    "GET /counter/{hall}",
    "GET /counter/{hall}/{counter}",
    "GET /counter/{hall}/{counter}/live",
    "GET /desk/{hall}/appointments",
    "GET /cases/{hall}",
    "GET /api/v1/halls/{hall}/rating-cases",
    "GET /api/v1/session",
    "DELETE /api/v1/session",
    "GET /api/v1/events",
    "GET /api/v1/halls",
    "POST /api/v1/halls/{hall}/tickets",
    "GET /api/v1/halls/{hall}/tickets/{number}",
    "GET /api/v1/halls/{hall}/tickets/{number}/why",
    "POST /api/v1/halls/{hall}/tickets/{number}/cancel",
    "POST /api/v1/halls/{hall}/tickets/{number}/reinstate",
    "POST /api/v1/halls/{hall}/tickets/{number}/amend",
}
AT_THE_DESK = {  # a clerk's too, of people, codes and cases that this hall does not have
    "GET /desk/{hall}/appointments/of/{person}",
    "POST /desk/{hall}/appointments/find",
    "POST /desk/{hall}/appointments/people",
    "POST /desk/{hall}/appointments/of/{person}/book",
    "POST /desk/{hall}/appointments/of/{person}/{day}/{code}/move",
    "POST /desk/{hall}/appointments/of/{person}/{day}/{code}/cancel",
    "POST /desk/{hall}/appointments/of/{person}/{day}/{code}/check-in",
    "POST /desk/{hall}/appointments/of/{person}/{day}/{code}/print",
    "POST /desk/{hall}/appointments/of/{person}/{day}/{code}/keep",
    "GET /api/v1/halls/{hall}/appointments",
    "GET /api/v1/halls/{hall}/appointments/offers",
    "GET /api/v1/halls/{hall}/appointments/{code}",
    "POST /api/v1/halls/{hall}/appointments",
    "POST /api/v1/halls/{hall}/appointments/{code}/move",
    "POST /api/v1/halls/{hall}/appointments/{code}/cancel",
    "POST /api/v1/halls/{hall}/appointments/search",
    "GET /api/v1/halls/{hall}/calendar",
    "GET /cases/{hall}/{case}",
    "POST /cases/{hall}/{case}",
    "GET /api/v1/halls/{hall}/rating-cases/{case}",
    "POST /api/v1/halls/{hall}/rating-cases/{case}/steps",
}
AT_A_COUNTER = "POST /api/v1/halls/{hall}/counters/{counter}/"
ADMINISTRATORS = ("/api/v1/accounts", "/api/v1/tokens", "/api/v1/clients", "/api/v1/halls/{hall}/webhooks",
                  "/api/v1/halls/{hall}/alert-targets")  # fmt: skip
LOG_INS = {"POST /login", "POST /api/v1/session"}
BY_ITS_FORM = {"POST /oauth2/token"}  # looks at no cookie
SAFE = ("GET", "HEAD", "OPTIONS")
FILLED = {
    "hall": "small", "counter": "1", "area": "lobby", "number": "A001", "name": "admin", "ident": "0", "code": "en",
    "action": "fly", "position": "caller-1", "order_id": "0", "sha256": "0" * 64,
    "device_class": "caller", "serial": "S1", "token": "20260105-A001-" + "A" * 16, "letter": "A", "day": "2026-01-05",
    "person": "0" * 32, "service": "A", "client": "city-app", "figure": "taken", "appointment": "A" * 10,
    "case": "2026-01-05.A001",
    "rule": "offline", "floor": "f1",
}  # fmt: skip


class Way(NamedTuple):
    """A method and a route of the hub's."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def address(self) -> str:
        """Of something that exists. Raises KeyError for a parameter that nobody filled in above."""
        return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: FILLED[found[1]], self.path)


class Answer(NamedTuple):
    status: int
    body: str
    location: str
    code: str

    @property
    def turned_away(self) -> bool:
        return self.status in (401, 403) or (self.status == 303 and self.location.startswith("/login?"))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("open")


@pytest.fixture(scope="module")
def hub(directory: Path) -> Iterator[Processes]:
    """At counter 1 the clerk sits and has called A001; two more wait."""
    hall_file = directory / "hall.toml"
    hall_file.write_text(SMALL.read_text("utf-8").replace("1001", CLERK), "utf-8")
    with hub_at_work(directory / "hub", hall_file) as hub:
        with browser(hub) as administrator:
            account = {"name": "desk-1", "role": "clerk", "clerk": CLERK, "password": PASSWORD}
            assert administrator.post("/api/v1/accounts", json=account).status_code == 201
        with browser(hub, "desk-1", PASSWORD) as clerk:
            counter = "/api/v1/halls/small/counters/1"
            assert clerk.post(f"{counter}/sign-on").status_code == 200
            for _ in range(3):
                assert clerk.post("/api/v1/halls/small/tickets", json={"service": "A"}).status_code == 201
            assert clerk.post(f"{counter}/call-next").status_code == 200
        yield hub


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> list[Way]:
    """Everything that the hub's own application answers, written in its OpenAPI document or not."""

    database = tmp_path_factory.mktemp("ways") / "hub.db"
    engine, hall = open_database(database), small_hall()
    log = open_log(database)
    folder = database.parent
    parts = assembly.Parts(
        engine,
        Desk([hall], log),
        [hall],
        Pseudonyms(bytes(32)),
        content=folder / "content",
        releases=folder / "releases",
        vault_key=bytes(32),
        messenger=MemoryMessenger(),
        past=history_of([hall], log, folder / "history", datetime.now),
    )
    app = assembly.application(parts)
    found = [
        Way(method, route.path)
        for route in iter_route_contexts(app.routes)
        for method in sorted(getattr(route, "methods", None) or {"GET"})
    ]
    log.close()
    engine.dispose()
    return found


def walk(client: httpx.Client, ways: list[Way], **headers: str) -> dict[Way, Answer]:
    return {way: ask(client, way, **headers) for way in ways}


def ask(client: httpx.Client, way: Way, **headers: str) -> Answer:
    """Of a stream that does not end: its beginning, with the first snapshot."""
    body = {} if way.method in SAFE else {"json": {}}
    with client.stream(way.method, way.address, headers=headers, **body) as answer:  # type: ignore[arg-type]
        text = ""
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            for chunk in answer.iter_text():
                text += chunk
                if BEGUN.search(text) and text.endswith("\n\n"):
                    break
        else:
            text = answer.read().decode("utf-8", "replace")
        problem = answer.headers.get("content-type", "") == "application/problem+json"
        code = json.loads(text)["code"] if problem and text else ""
        return Answer(answer.status_code, text, answer.headers.get("location", ""), code)


def told(answers: dict[Way, Answer]) -> list[str]:
    return [f"{way} → {answer.status} {answer.code or answer.location}" for way, answer in answers.items()]


def everything(hub: Processes) -> dict[str, Any]:
    """What could have been changed."""
    with browser(hub) as administrator:
        names = ("accounts", "tokens", "halls/small/devices", "halls/small/queue")
        return {name: administrator.get(f"/api/v1/{name}").json() for name in names}


# Without credentials.


def test_the_walk_goes_everywhere(hub: Processes, ways: list[Way]) -> None:
    """The list has every operation of the published document, and the pages, which are not in it."""
    with stranger(hub) as client:
        paths = client.get("/api/v1/openapi.json").json()["paths"]
    published = {Way(method.upper(), path) for path, item in paths.items() for method in item}
    assert len(published) > 20
    assert published <= set(ways)
    assert {str(way) for way in ways} >= OPEN | FOR_A_CLERK | AT_THE_DESK | {
        "GET /monitor/{hall}",
        "GET /monitor/{hall}/devices",
    }


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"Cookie": "tingxu=ses_" + "A" * 43},
        {"Authorization": "Bearer tok_" + "A" * 43},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"X-Forwarded-For": "127.0.0.1", "X-Remote-User": "admin"},
    ],
    ids=["nothing", "cookie", "token", "basic", "proxy"],
)
def test_without_credentials_only_the_open_list_answers(
    hub: Processes, ways: list[Way], accept: str, shown: dict[str, str]
) -> None:
    closed = [way for way in ways if str(way) not in OPEN]
    with stranger(hub, Origin=hub.addresses.pages, Accept=accept, **shown) as client:
        answers = walk(client, closed)
    assert len(answers) > 25
    assert told({way: answer for way, answer in answers.items() if not answer.turned_away}) == []


def test_what_is_open_answers_and_shows_no_person(hub: Processes, ways: list[Way]) -> None:
    """Neither a clerk's name nor their work number; the same search does find them behind the log-in."""
    with stranger(hub, Origin=hub.addresses.pages, Accept="text/html") as client:
        answers = walk(client, [way for way in ways if str(way) in OPEN and way.path != "/static"])
        static = ROOT / "hub" / "web" / "static"
        files = [client.get(f"/static/{file.relative_to(static)}") for file in static.rglob("*") if file.is_file()]
    for way, answer in answers.items():
        assert not answer.turned_away or str(way) in LOG_INS | BY_ITS_FORM, f"{way} should be open: {answer.status}"
    bodies = [answer.body for answer in answers.values()] + [file.text for file in files]
    assert [body for body in bodies if PERSON.search(body)] == []
    assert sum("A001" in body for body in bodies) >= 3, "the board, its stream and the queue show who is called"
    with browser(hub) as administrator:
        inside = walk(administrator, [Way("GET", "/monitor/{hall}/live"), Way("GET", "/counter/{hall}/{counter}/live")])
    assert all(PERSON.search(answer.body) for answer in inside.values())


def test_there_is_nothing_beside_the_list(hub: Processes) -> None:
    """No documentation page with foreign scripts, no file of ours or of the machine's by a trick with dots."""
    paths = ["/docs", "/redoc", "/openapi.json", "/metrics", "/.env", "/hub.db", "/admin", "/static/", "/api/v2/halls"]
    paths += [
        "/static/../main.py",
        "/static/..%2f..%2fmain.py",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/static//etc/passwd",
    ]
    with stranger(hub) as client:
        answers = {path: client.get(path).status_code for path in paths}
    assert {path: status for path, status in answers.items() if status != 404} == {}


def test_enrolment_gives_nothing_without_a_token_or_a_certificate(hub: Processes) -> None:
    with httpx.Client(base_url=f"https://{hub.addresses.est}", verify=False, timeout=30) as client:
        known = "/.well-known/est"
        assert client.get(f"{known}/cacerts").status_code == 200
        assert client.post(f"{known}/simpleenroll", content=b"").status_code == 400
        assert client.post(f"{known}/simplereenroll", content=b"").status_code == 403
        others = ["/", "/docs", "/openapi.json", f"{known}/csrattrs", "/api/v1/halls"]
        assert {client.get(path).status_code for path in others} == {404}


# From other sites.


@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "OWN", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
    ids=["foreign", "null", "said-by-browser", "same-site", "none"],
)
def test_a_cookies_write_from_another_site_is_refused(hub: Processes, ways: list[Way], sent: dict[str, str]) -> None:
    """Every one, whoever's cookie it is; and nothing has changed afterwards."""
    before = everything(hub)
    unsafe = [way for way in ways if way.method not in SAFE and str(way) not in LOG_INS | BY_ITS_FORM]
    headers = {name: value.replace("OWN", hub.addresses.pages) for name, value in sent.items()}
    with browser(hub) as administrator:
        cookies = dict(administrator.cookies)
    with httpx.Client(base_url=hub.addresses.pages, cookies=cookies, timeout=30) as elsewhere:
        answers = walk(elsewhere, unsafe, **headers)
        assert elsewhere.get("/api/v1/session").status_code == 200, "the cookie itself is good, and still is"
    assert len(answers) > 15
    assert told({way: answer for way, answer in answers.items() if answer.code != "cross-site"}) == []
    assert everything(hub) == before


def test_no_other_site_logs_a_browser_in(hub: Processes) -> None:
    """With the right password: or somebody would work, unknowingly, in somebody else's name."""
    right = {"name": "admin", "password": hub.password}
    with stranger(hub, Origin="http://elsewhere.example") as elsewhere:
        answers = [elsewhere.post("/api/v1/session", json=right), elsewhere.post("/login", data=right)]
    assert [answer.json()["code"] for answer in answers] == ["cross-site", "cross-site"]
    assert not any("set-cookie" in answer.headers for answer in answers)


# With too small a role.


def test_a_clerk_reaches_what_a_clerk_needs_and_no_more(hub: Processes, ways: list[Way]) -> None:
    before = everything(hub)
    allowed = OPEN | FOR_A_CLERK | AT_THE_DESK
    beyond = [way for way in ways if str(way) not in allowed and not str(way).startswith(AT_A_COUNTER)]
    assert {"GET /api/v1/accounts", "POST /api/v1/tokens", "GET /monitor/{hall}"} <= {str(way) for way in beyond}
    with browser(hub, "desk-1", PASSWORD) as clerk:
        answers = walk(clerk, beyond)
        looks = walk(clerk, [way for way in ways if str(way) in FOR_A_CLERK and way.method == "GET"])
    assert told({way: answer for way, answer in answers.items() if answer.code != "forbidden"}) == []
    assert told({way: answer for way, answer in looks.items() if answer.status != 200}) == []
    assert everything(hub) == before


@pytest.mark.parametrize("role", ["manager", "technician"])
def test_accounts_tokens_and_webhooks_are_the_administrators_alone(hub: Processes, ways: list[Way], role: str) -> None:
    theirs = [way for way in ways if way.path.startswith(ADMINISTRATORS)]
    assert len(theirs) == 21
    with program(hub, role) as client:
        answers = walk(client, theirs)
    assert {answer.code for answer in answers.values()} == {"forbidden"}


# Log-in.


def test_a_wrong_password_is_refused_and_counted(hub: Processes) -> None:
    with browser(hub) as administrator, stranger(hub) as client:
        before = turned_away(administrator).get("wrong-password", 0)
        for name in ("admin", "nobody"):
            answer = client.post("/api/v1/session", json={"name": name, "password": "wrong horse 43"})
            assert (answer.status_code, answer.json()["code"]) == (401, "wrong-password")
            assert "set-cookie" not in answer.headers
        until(lambda: turned_away(administrator).get("wrong-password") == before + 2, "both are counted")


def turned_away(administrator: httpx.Client) -> dict[str, int]:
    """Refusals by code, as the monitor shows them."""
    text = ask(administrator, Way("GET", "/monitor/{hall}/live")).body
    data = text[text.index("event: show") :].split("data: ", 1)[1].split("\n", 1)[0]
    return {code: count for door in json.loads(data)["refused"] for code, count in door["codes"]}


def test_sessions_and_tokens_outlive_a_killed_hub(hub: Processes) -> None:
    with browser(hub) as somebody, program(hub, "manager") as token:
        hub.kill_hub()
        hub.start_hub()
        assert somebody.get("/api/v1/session").json()["name"] == "admin"
        assert token.get("/api/v1/session").json()["role"] == "manager"


def test_a_session_ends_when_its_owner_says_so(hub: Processes) -> None:
    with browser(hub) as somebody:
        cookies = dict(somebody.cookies)
        assert somebody.delete("/api/v1/session").status_code == 204
    with httpx.Client(base_url=hub.addresses.pages, cookies=cookies, timeout=30) as thief:
        assert thief.get("/api/v1/session").status_code == 401


# What is on the disk.


def test_the_first_start_tells_the_password_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hub", "init", "--data", str(tmp_path / "data"), "--hall", str(SMALL)]
    first, second = (
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
        for _ in range(2)
    )
    assert [line.split()[0] for line in first] == ["ca-fingerprint", "administrator", "password"]
    assert len(first[2].split()[1]) >= 12
    assert second == first[:1], "the second start tells the same CA, and no password"


def test_keys_and_the_database_are_their_owners_alone(hub: Processes, directory: Path) -> None:
    """0600 and 0700; the broker's own may be read by its group, and certificates by all."""
    data = directory / "hub" / "hub"
    modes = {str(path.relative_to(data)): path.stat().st_mode & 0o777 for path in [data, *data.rglob("*")]}
    private = [".", "ca", "ca/ca-key.pem", "ca/ca-passphrase", "est-key.pem", "hub-1-key.pem", "hub.db", "hub.db-wal"]
    assert {name: f"{modes[name]:03o}" for name in private if modes[name] & 0o077} == {}
    assert modes["broker"] & 0o007 == modes["broker/broker-key.pem"] & 0o007 == modes["broker/acl"] & 0o007 == 0
    assert {name: f"{mode:03o}" for name, mode in modes.items() if mode & 0o022} == {}, "nobody else may write"


def test_no_secret_is_kept_in_the_clear(hub: Processes, directory: Path) -> None:
    """Passwords, sessions and tokens lie on the disk as hashes, and in no log."""
    with browser(hub) as administrator, program(hub, "manager") as token:
        secrets = {
            "password": hub.password,
            "clerk's password": PASSWORD,
            "session": administrator.cookies["tingxu"],
            "token": token.headers["Authorization"].split()[1],
            "claim": claim(administrator, "small", "caller-2"),
        }
    files = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    assert any(b"desk-1" in body for body in files.values()), "the database was looked at"
    assert [(name, str(path)) for name, one in secrets.items() for path in files if one.encode() in files[path]] == []
