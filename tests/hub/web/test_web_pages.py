"""Who may open which page, what stands on it, and what never does."""

import json
import re

import pytest

from hub.domain import commands as c
from hub.web import assets
from tests.hub.web.conftest import PASSWORD
from tests.support.live import until

PRIVATE = (
    "/counter/small",
    "/counter/small/1",
    "/monitor/small",
    "/monitor/small/devices",
    "/monitor/small/devices/caller-1",
    "/dash/small/now",
    "/dash/small/behind/taken",
    "/wall/small",
)


def page_data(answer):
    return json.loads(re.search(r'id="page-data"[^>]*>(.*?)</script>', answer.text, re.DOTALL)[1])


def events(client, path, many, headers=None):
    """The first `many` events of a stream, as (event, id, data)."""
    found = []
    with client.stream("GET", path, headers={"accept": "text/event-stream", **(headers or {})}) as answer:
        assert answer.status_code == 200, path
        block = {}
        for line in answer.iter_lines():
            if not line:
                if "event" in block:
                    found.append((block["event"], block.get("id"), json.loads(block["data"])))
                    if len(found) == many:
                        return found
                block = {}
                continue
            name, _, value = line.partition(": ")
            block[name] = value
    raise AssertionError("the stream ended")


def test_the_board_and_the_start_page_are_open_to_everybody(pages):
    with pages.visitor() as anybody:
        for path in ("/", "/login", "/board/small", "/board/small/lobby"):
            assert anybody.get(path).status_code == 200, path


@pytest.mark.parametrize("path", PRIVATE)
def test_a_private_page_sends_a_stranger_to_the_log_in_and_back(pages, path):
    pages.account("root")
    with pages.visitor() as stranger:
        sent = stranger.get(path)
        assert (sent.status_code, sent.headers["location"]) == (303, f"/login?next={path}")
        entered = stranger.post(f"/login?next={path}", data={"name": "root", "password": PASSWORD})
        assert (entered.status_code, entered.headers["location"]) == (303, path)
        assert stranger.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/counter/small/1/live", "/monitor/small/live"])
def test_a_private_stream_is_refused_to_a_stranger_with_a_problem(pages, path):
    with pages.visitor() as stranger:
        answer = stranger.get(path, headers={"accept": "text/event-stream"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not-logged-in")


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("clerk1", "/counter/small/1", 200),
        ("clerk1", "/monitor/small", 403),
        ("clerk1", "/monitor/small/devices", 403),
        ("clerk1", "/monitor/small/live", 403),
        ("tech", "/monitor/small", 200),
        ("tech", "/counter/small/1", 403),
        ("tech", "/counter/small/1/live", 403),
        ("boss", "/monitor/small/devices", 200),
        ("boss", "/counter/small", 200),
    ],
)
def test_a_role_opens_its_pages_and_no_others(pages, name, path, status):
    with pages.visitor(name) as visitor:
        answer = visitor.get(path)
    assert answer.status_code == status
    if status == 403:
        assert "权限不足" in answer.text
        assert ("http", "forbidden") in pages.counted


def test_the_start_page_offers_what_the_role_may_do(pages):
    with pages.visitor() as anybody, pages.visitor("clerk1") as clerk, pages.visitor("boss") as boss:
        ways = [re.findall(r'class="way" href="([^"]+)"', one.get("/").text) for one in (anybody, clerk, boss)]
    assert ways == [
        ["/login"],
        ["/counter/small", "/desk/small/appointments", "/cases/small"],
        [
            "/counter/small",
            "/desk/small/appointments",
            "/monitor/small",
            "/dash/small/now",
            "/monitor/small/devices",
            "/alerts/small",
            "/updates/small",
            "/uptake/small",
            "/cases/small",
            "/stats/small",
            "/settings/small",
            "/screens/small",
        ],
    ]


def test_a_wrong_password_says_so_and_is_counted(pages):
    pages.account("boss")
    with pages.visitor() as stranger:
        answer = stranger.post("/login?next=/monitor/small", data={"name": "boss", "password": "wrong"})
        assert answer.status_code == 401
        assert "用户名或密码错误" in answer.text
        assert 'action="/login?next=/monitor/small"' in answer.text
        assert stranger.get("/monitor/small").status_code == 303
    assert ("http", "wrong-password") in pages.counted


def test_many_attempts_must_wait(pages):
    pages.account("boss")
    with pages.visitor() as stranger:
        answers = [stranger.post("/login", data={"name": "boss", "password": "wrong"}) for _ in range(7)]
    last = answers[-1]
    assert last.status_code == 429
    assert f"{last.headers['retry-after']} 秒后" in last.text


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_log_in_and_the_language_lead_nowhere_else(pages, next):
    pages.account("boss")
    with pages.visitor() as stranger:
        entered = stranger.post("/login", params={"next": next}, data={"name": "boss", "password": PASSWORD})
        assert entered.headers["location"] == "/"
        assert stranger.get("/language/en", params={"back": next}).headers["location"] == "/"


def test_logging_out_ends_the_session_and_needs_our_own_page(pages):
    with pages.visitor("boss") as boss:
        assert boss.post("/logout", headers={"origin": "http://evil.example"}).status_code == 403
        assert boss.get("/monitor/small").status_code == 200
        assert boss.post("/logout", headers={"origin": pages.url}).status_code == 303
        assert boss.get("/monitor/small").status_code == 303


def test_the_language_switch_is_remembered(pages):
    with pages.visitor() as reader:
        assert "街道便民服务站" in reader.get("/").text.partition("<h1>")[2].partition("</h1>")[0]
        assert reader.get("/language/en?back=/board/small").headers["location"] == "/board/small"
        assert "<h1>Choose an area" in reader.get("/board/small").text


@pytest.mark.parametrize("path", ["/board/nowhere", "/board/small/cellar", "/counter/small/9", "/nothing/here"])
def test_what_is_not_there_is_said_in_words(pages, path):
    with pages.visitor("root") as visitor:
        answer = visitor.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "没有此" in answer.text


def test_an_api_error_stays_a_problem_document_even_for_a_browser(pages):
    with pages.visitor() as visitor:
        answer = visitor.get("/api/v1/halls/nowhere/queue")
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_board_shows_no_person(pages):
    pages.do(c.SignOn, counter="1", clerk="1001")
    number = pages.take()
    pages.do(c.CallNext, counter="1")
    with pages.visitor() as anybody:
        answer = anybody.get("/board/small/lobby")
        stream = events(anybody, "/board/small/lobby/live", 2)
    assert number in answer.text
    assert "1001" not in answer.text
    show = next(data for event, _, data in stream if event == "show")
    assert "1001" not in json.dumps(show)
    assert set(show["calls"][0]) == {"number", "counter", "calls", "at", "phase"}


def test_the_board_keeps_the_last_calls_but_not_those_who_never_came(pages):
    pages.do(c.SignOn, counter="1", clerk="1001")
    served, missed = pages.take(), pages.take()
    pages.do(c.CallNext, counter="1")
    pages.do(c.CallNext, counter="1")  # refused: the first has to be served before
    pages.do(c.End, counter="1")
    pages.do(c.CallNext, counter="1")
    with pages.visitor() as anybody:
        calls = page_data(anybody.get("/board/small/lobby"))["show"]["calls"]
        assert [(call["number"], call["phase"]) for call in calls] == [(missed, "called"), (served, "ended")]
        pages.do(c.End, counter="1")
        pages.do(c.SignOff, counter="1")
        assert len(page_data(anybody.get("/board/small/lobby"))["show"]["calls"]) == 2


def test_a_caller_dims_exactly_what_the_rules_refuse_and_says_why(pages):
    with pages.visitor("clerk1") as clerk:

        def dimmed():
            return {key: why for key, why in page_data(clerk.get("/counter/small/1"))["show"]["keys"].items() if why}

        assert set(dimmed()) == {
            "call-next", "recall", "serve", "end", "no-show", "call", "pause", "resume", "sign-off",
            "transfer", "add-item", "park", "return", "undo",
        }  # fmt: skip
        assert dimmed()["call-next"] == "请先登录"
        pages.do(c.SignOn, counter="1", clerk="1001")
        assert dimmed()["call-next"] == "无人等候"
        pages.take()
        assert set(dimmed()) == {
            "recall", "serve", "end", "no-show", "resume", "sign-on", "transfer", "add-item", "park", "return",
        }  # fmt: skip
        pages.do(c.CallNext, counter="1")
        assert dimmed()["no-show"] == "请再呼叫2次后过号"
        assert "recall" not in dimmed()
        pages.do(c.Serve, counter="1")
        assert "end" not in dimmed()
        assert "call-next" not in dimmed()  # it would end this one, even when nobody waits


def test_a_caller_shows_the_ticket_its_reason_its_history_and_the_figures(pages):
    pages.do(c.SignOn, counter="1", clerk="1001")
    first, second = pages.take("A"), pages.take("B")
    pages.do(c.CallNext, counter="1")
    pages.do(c.Serve, counter="1")
    ended = pages.do(c.End, counter="1")
    pages.do(c.Rate, ask=ended.events[-1].ask, level=5, pressed_at=ended.events[-1].at)
    with pages.visitor("clerk1") as clerk:
        show = page_data(clerk.get("/counter/small/1"))["show"]
        assert show["last"]["number"] == first
        assert "非常满意" in show["last"]["history"][-1]["text"]
        assert (show["figures"]["served"], show["figures"]["no_shows"]) == (1, 0)
        assert show["figures"]["average_s"] >= 0
        pages.do(c.Call, counter="1", number=second, reason="老人")
        show = page_data(clerk.get("/counter/small/1"))["show"]
    assert (show["phase"], show["ticket"]["number"]) == ("called", second)
    assert show["ticket"]["why"] == "工作人员指呼：老人"
    assert show["ticket"]["service"] == "失业登记"
    assert [one["text"].split()[0] for one in show["ticket"]["history"]] == [second] * 3


def test_the_monitor_has_the_hall_s_figures(pages):
    pages.do(c.SignOn, counter="1", clerk="1001")
    for _ in range(3):
        pages.take()
    pages.do(c.CallNext, counter="1")
    with pages.visitor("boss") as boss:
        show = page_data(boss.get("/monitor/small"))["show"]
    figures = show["figures"]
    assert (figures["taken"], figures["waiting"], figures["serving"], figures["counters_open"]) == (3, 2, 1, 1)
    assert (figures["online"], figures["positions"]) == (0, 8)
    assert show["waiting"] == {"A": 2, "B": 0, "C": 0}
    assert [(one["id"], one["phase"], one["clerk"]) for one in show["counters"]] == [
        ("1", "called", "1001"),
        ("2", "closed", ""),
    ]
    assert show["events"][0]["tone"] == "call"
    assert show["refused"] == [
        {"door": "设备消息", "count": 3, "last": show["refused"][0]["last"], "codes": [["bad-message", 3]]}
    ]


def test_the_devices_table_lists_every_position_and_filters(pages):
    with pages.visitor("tech") as tech:

        def positions(query=""):
            return re.findall(r'<th scope="row"><a [^>]+>([^<]+)', tech.get(f"/monitor/small/devices{query}").text)

        assert len(positions()) == 8
        assert positions("?kind=caller") == ["caller-1", "caller-2"]
        assert positions("?state=offline") == ["caller-1", "window-1"]
        assert len(positions("?state=missing")) == 6
        assert positions("?text=WINDOW-00BB") == ["window-1"]


def test_a_file_is_kept_for_ever_under_its_hash_only(pages):
    with pages.visitor() as reader:
        assert "immutable" in reader.get(assets.address("board.js")).headers["cache-control"]
        assert reader.get("/static/board.js?v=old").headers["cache-control"] == "no-cache"
        assert reader.get("/static/../texts.py").status_code == 404
        for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', reader.get("/board/small/lobby").text):
            assert reader.get(address).status_code == 200


def test_the_monitor_says_which_platform_is_told_nothing(pages, monkeypatch):
    with pages.visitor("boss") as manager:
        assert "webhook-off" not in manager.get("/monitor/small").text
        monkeypatch.setattr(pages.parts.hooks, "_off", [("small", "city"), ("other", "village")])
        until(lambda: "webhook-off" in manager.get("/monitor/small").text, "the monitor says so")
        text = manager.get("/monitor/small").text
        assert re.search(r'webhook-off"[^}]*"city ', text)
        assert "village" not in text
