"""A negative rating on the pages: a manager works on it, its clerk appeals, its citizen sees what became of it."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import httpx
import pytest

from hub.domain import commands as c
from hub.domain.ratings import ask_id
from tests.hub.cases.rated import open_case
from tests.hub.web.conftest import Pages

OWN_SITE = {"sec-fetch-site": "same-origin"}
JSON = {"accept": "application/json"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """One for the module: each test has a case of its own."""
    pages = Pages(tmp_path_factory.mktemp("rated"))
    pages.do(c.SignOn, counter="1", clerk="1001")
    yield pages
    pages.close()


def read(pages: Pages) -> None:
    """As the hub's own task does, at once."""

    async def all_of_it() -> None:
        reader = pages.parts.cases.reader
        await reader.begin()
        await reader.catch_up()

    pages.loop.run(all_of_it())


def served(pages: Pages) -> str:
    """The address of a ticket's page whose service is over."""
    number = pages.take()
    for kind in (c.CallNext, c.Serve, c.End):
        pages.do(kind, counter="1")
    return pages.parts.links.follow_path("small", pages.desk.today("small").day, number)


def rated(pages: Pages, level: int = 1) -> tuple[str, str]:
    """The case's id, and its citizen's page."""
    path = served(pages)
    with citizen(pages) as phone:
        assert phone.post(f"{path}/rate", data={"level": level}).status_code == 303
    read(pages)
    day, number = pages.parts.links.ticket("small", path.rpartition("/")[2])
    return ask_id(day, number), path


def citizen(pages: Pages) -> httpx.Client:
    client = pages.visitor()
    client.headers["origin"] = pages.url
    return client


def fields(html: str, step: str) -> dict[str, str]:
    """What the form of a step sends by itself."""
    form = re.search(rf'name="step" value="{step}".*?name="version" value="(\d+)".*?name="key" value="([^"]+)"', html)
    assert form, f"there is no form to {step}"
    return {"step": step, "version": form[1], "key": form[2]}


def send(client: httpx.Client, case: str, step: str, **typed: Any) -> httpx.Response:
    html = client.get(f"/cases/small/{case}").text
    return client.post(f"/cases/small/{case}", data=fields(html, step) | typed, headers=OWN_SITE)


def api(client: httpx.Client, case: str) -> Any:
    return client.get(f"/api/v1/halls/small/rating-cases/{case}", headers=JSON).json()


def test_a_case_goes_its_way_and_the_citizen_sees_how_far_it_is(pages: Pages) -> None:
    case, path = rated(pages)
    pages.account("root")
    with pages.visitor("boss") as boss, citizen(pages) as phone:
        assert f"/cases/small/{case}" in boss.get("/cases/small").text
        assert "正在核实" in phone.get(path).text
        for step, typed in (
            ("assign", {"to": "boss"}),
            ("verify", {"outcome": "justified", "note": "查了监控"}),
            ("rectify", {"note": "已培训"}),
        ):
            answer = send(boss, case, step, **typed)
            assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/small/{case}?done={step}")
        html = phone.get(path).text
        assert "查了监控" not in html, "that is for the staff"
        assert "核实结论" not in html, "not before the answer"
        assert send(boss, case, "feedback", answer="对不起，\n已改进").status_code == 303
        html = phone.get(path).text
        assert "已改进" in html
        assert "核实结论：属实" in html
        for level in (2, 5):  # once
            assert phone.post(f"{path}/case/rate", data={"level": level}).status_code == 303
        assert "您对处理结果的评价：不满意" in phone.get(path).text
        answer = phone.post(f"{path}/case/appeal", data={"why": "nothing"})
        assert answer.headers["location"] == f"{path}?refused=case-not-closed#case"
        assert "办结后才能提出不服" in phone.get(answer.headers["location"]).text
        assert (
            "<script"
            not in phone.get(f"{path}?refused=<script>").text.split('id="case"')[1].split("page-data")[0][:-60]
        )
        html = boss.get(f"/cases/small/{case}").text
        assert "须由另一位负责人复核" in html
        assert "可由root办理" in html
        forced = {"step": "review", "version": api(boss, case)["version"], "key": "k", "verdict": "good"}
        answer = boss.post(f"/cases/small/{case}", data=forced, headers=OWN_SITE)
        assert (answer.status_code, "须由另一位负责人复核" in answer.text) == (409, True)
        with pages.visitor("root") as root:
            assert send(root, case, "review", verdict="good").status_code == 303
        told = api(boss, case)
        assert (told["state"], told["outcome"], told["satisfaction"]) == ("closed", "justified", 2)
        html = boss.get(f"/cases/small/{case}").text
        assert html.index("复核通过") < html.index("对整改的评价：不满意") < html.index("查了监控"), "newest first"
        assert f"/cases/small/{case}" in boss.get("/cases/small?stand=closed").text
        for _ in range(2):
            assert phone.post(f"{path}/case/appeal", data={"why": "没有改"}).status_code == 303
        assert "重新核实" in phone.get(path).text
        assert (api(boss, case)["state"], api(boss, case)["rounds"]) == ("verify", 1)
        assert "does not accept" not in phone.get(path, params={"language": "en"}).text
        assert "it is being looked into again" in phone.get(path, params={"language": "en"}).text


def test_what_is_refused_comes_back_with_what_was_typed(pages: Pages) -> None:
    case, _ = rated(pages, 2)
    with pages.visitor("boss") as boss:
        answer = send(boss, case, "verify", outcome="unjustified", note="很长的说明")
        assert answer.status_code == 409
        assert "请选择不属实的理由" in answer.text
        assert "很长的说明" in answer.text
        stale = fields(boss.get(f"/cases/small/{case}").text, "verify")
        assert send(boss, case, "note", note="先看一下").status_code == 303
        typed = {"outcome": "justified", "note": "别人先动了"}
        answer = boss.post(f"/cases/small/{case}", data=stale | typed, headers=OWN_SITE)
        assert answer.status_code == 409
        assert "刚被他人处理" in answer.text
        assert "别人先动了" in answer.text
        assert boss.post(f"/cases/small/{case}", data={"step": "fly"}, headers=OWN_SITE).status_code == 404
        answer = boss.post(f"/cases/small/{case}", data=stale, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403


def test_a_form_sent_twice_is_one_wish_and_a_mistake_is_taken_back(pages: Pages) -> None:
    case, _ = rated(pages)
    with pages.visitor("boss") as boss:
        sent = fields(boss.get(f"/cases/small/{case}").text, "verify") | {"outcome": "justified", "note": "x"}
        for _ in range(2):
            assert boss.post(f"/cases/small/{case}", data=sent, headers=OWN_SITE).status_code == 303
        assert api(boss, case)["version"] == 2
        assert (
            "撤回 boss 所做的" in boss.get(f"/cases/small/{case}").text
            or "撤回boss所做的" in boss.get(f"/cases/small/{case}").text
        )
        assert send(boss, case, "take-back").status_code == 303
        assert (api(boss, case)["state"], api(boss, case)["outcome"]) == ("verify", "")


def test_a_clerk_sees_their_own_cases_and_appeals(pages: Pages) -> None:
    case, path = rated(pages)
    pages.do(c.SignOff, counter="1")
    pages.do(c.SignOn, counter="1", clerk="1002")
    other, _ = rated(pages)
    pages.do(c.SignOff, counter="1")
    pages.do(c.SignOn, counter="1", clerk="1001")
    with pages.visitor("clerk1") as clerk, pages.visitor("boss") as boss:
        html = clerk.get("/cases/small?stand=all").text
        assert f"/cases/small/{case}" in html
        assert other not in html
        assert "差评整改率" not in html, "measures are the managers'"
        assert clerk.get(f"/cases/small/{other}").status_code == 403
        assert clerk.get(f"/api/v1/halls/small/rating-cases/{other}", headers=JSON).json()["code"] == "forbidden"
        assert api(clerk, case)["steps"] == ["appeal", "note"]
        assert send(clerk, case, "appeal", note="办事人说按错了").status_code == 303
        forced = {"step": "verify", "version": 2, "key": "k", "outcome": "justified", "note": "x"}
        assert clerk.post(f"/cases/small/{case}", data=forced, headers=OWN_SITE).status_code == 403
        told = {"verdict": "upheld", "ground": "mistake", "note": "属误评", "answer": "已核实为误按"}
        assert send(boss, case, "decide-appeal", **told).status_code == 303
        told = api(boss, case)
        assert (told["state"], told["ground"], told["clerk_appeal"]) == ("closed", "mistake", "upheld")
        with citizen(pages) as phone:
            assert "已核实为误按" in phone.get(path).text
    with pages.visitor("tech") as technician, pages.visitor() as stranger:
        assert technician.get("/cases/small").status_code == 403
        assert stranger.get("/cases/small").status_code == 303


def test_the_citizen_says_why_in_reasons_and_words_also_when_they_rate_days_later(pages: Pages) -> None:
    case, path = rated(pages)
    with citizen(pages) as phone, pages.visitor("boss") as boss:
        html = phone.get(path).text
        assert "最迟" in html
        assert "答复并办结" in html
        assert 'aria-current="step">核实' in html
        for _ in range(2):
            answer = phone.post(f"{path}/reasons", data={"reason": ["115", "113"], "text": "等了<b>一小时"})
            assert (answer.status_code, answer.headers["location"]) == (303, f"{path}#rating")
        html = phone.get(path).text
        assert "谢谢您的评价" in html
        assert html.count("等了&lt;b&gt;一小时") == 1
        html = boss.get(f"/cases/small/{case}").text
        assert "办事人补充说明" in html
        assert html.count("等了&lt;b&gt;一小时") == 1
        assert "服务态度差效率低" in html
        for text in ("二", "三"):
            assert phone.post(f"{path}/case/write", data={"text": text}).headers["location"] == f"{path}#case"
        answer = phone.post(f"{path}/case/write", data={"text": "四"})
        assert "补充说明已达次数上限" in phone.get(answer.headers["location"]).text


def test_words_that_cannot_be_kept_yet_come_back_to_be_sent_again(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("hub.web.phone.cases"), "_OPENS_WITHIN_S", 0.01)
    path = served(pages)
    with citizen(pages) as phone:
        assert phone.post(f"{path}/rate", data={"level": 2}).status_code == 303
        answer = phone.post(f"{path}/reasons", data={"text": "窗口没有人"})  # nobody has read the log yet
        assert answer.status_code == 503
        assert "还没有存下" in answer.text
        assert ">窗口没有人</textarea>" in answer.text
        read(pages)
        assert phone.post(f"{path}/reasons", data={"text": "窗口没有人"}).status_code == 303
        assert "窗口没有人" in phone.get(path).text


def test_what_was_given_to_somebody_stands_on_their_pages(pages: Pages) -> None:
    case, _ = rated(pages)
    with pages.visitor("boss") as boss, pages.visitor("clerk1") as clerk:
        before = clerk.get("/").text
        assert "件对您本人的差评正在办理" in before
        assert "件差评待您办理" not in before
        assert send(boss, case, "assign", to="root").status_code == 303
        with pages.visitor("root") as root:
            assert "有1件差评待您办理" in root.get("/").text
            assert "My cases: 1" in root.get("/settings/small", headers={"cookie": _english(root)}).text
            mine = root.get("/cases/small?whose=mine").text
            assert f"/cases/small/{case}" in mine
            assert f"/cases/small/{case}" not in root.get("/cases/small?whose=mine&stand=overdue").text
        assert f"/cases/small/{case}" not in boss.get("/cases/small?whose=mine").text
        assert "对我的差评" in clerk.get("/counter/small/1").text
        about = clerk.get("/cases/small?whose=about").text
        assert f"/cases/small/{case}" in about
        assert "情况说明" in clerk.get(f"/cases/small/{case}").text
        assert send(clerk, case, "note", note="当时系统故障").status_code == 303
        assert "当时系统故障" in boss.get(f"/cases/small/{case}").text


def _english(client: httpx.Client) -> str:
    return "; ".join([*(f"{name}={value}" for name, value in client.cookies.items()), "language=en"])


def test_programs_list_cases_take_steps_once_and_read_the_measures(pages: Pages) -> None:
    case, _ = rated(pages)
    with pages.visitor("boss") as boss:
        at = f"/api/v1/halls/small/rating-cases/{case}/steps"
        body = {"step": "verify", "version": 1, "outcome": "justified", "note": "seen"}
        headers = OWN_SITE | JSON | {"idempotency-key": "one"}
        for _ in range(2):
            answer = boss.post(at, json=body, headers=headers)
            assert (answer.status_code, answer.json()["state"], answer.json()["version"]) == (200, "rectify", 2)
        answer = boss.post(at, json=body | {"outcome": "unjustified", "ground": "mistake"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
        for body, expected in (
            ({"step": "verify", "version": 2, "outcome": "justified", "note": "x"}, (409, "case-at-rectify")),
            ({"step": "rectify", "version": 1, "note": "x"}, (409, "case-changed")),
            ({"step": "rectify", "version": 2}, (422, "note-missing")),
            ({"step": "dance", "version": 2}, (422, "invalid")),
        ):
            answer = boss.post(at, json=body, headers=OWN_SITE | JSON)
            assert (answer.status_code, answer.json()["code"]) == expected
        for body in (
            {"step": "rectify", "version": 2, "note": "done"},
            {"step": "feedback", "version": 3, "answer": "sorry"},
        ):
            answer = boss.post(at, json=body, headers=OWN_SITE | JSON)
        told = answer.json()
        assert (told["due_step"], told["why_not"]) == ("review", "reviewed-own-work")
        assert "boss" not in told["who_may"]
        body = {"step": "review", "version": 4, "verdict": "good"}
        answer = boss.post(at, json=body, headers=OWN_SITE | JSON)
        assert (answer.status_code, answer.json()["code"]) == (409, "reviewed-own-work")
        listed = boss.get("/api/v1/halls/small/rating-cases", params={"stand": "review"}, headers=JSON).json()
        assert case in [one["id"] for one in listed["cases"]]
        assert listed["stands"]["open"] >= 1
        assert boss.get("/api/v1/halls/small/rating-cases/2026-01-05.A001", headers=JSON).status_code == 404
        told = boss.get("/api/v1/halls/small/rating-cases/measures", params={"by": "month"}, headers=JSON).json()
        assert told["total"]["counts"]["cases"] >= 1
        assert told["now"]["open"] == listed["stands"]["open"]
        assert told["total"]["measures"]["active_rate"] == 1.0
        assert [one["code"] for one in told["formulas"]][:3] == ["active_rate", "unrated_rate", "positive_rate"]
        html = boss.get("/cases/small", params={"by": "week", "first": "no day", "service": "?"}).text
        assert "主动评价率" in html
        assert "Share rated" in boss.get("/cases/small", params={"language": "en"}).text


def test_a_good_rating_and_a_foreign_address_have_no_case(pages: Pages) -> None:
    case, path = rated(pages, 5)
    with citizen(pages) as phone, pages.visitor("boss") as boss:
        assert 'id="case"' not in phone.get(path).text
        assert phone.post(f"{path}/case/rate", data={"level": 5}).status_code == 303
        forged = path[:-1] + ("A" if path[-1] != "A" else "B")
        assert phone.post(f"{forged}/case/appeal", data={"why": "x"}).status_code == 404
        assert boss.get(f"/cases/small/{case}").status_code == 404


def test_the_citizen_sees_the_case_of_a_ticket_that_the_hub_remembers_no_more(pages: Pages) -> None:
    ask = open_case(pages.parts.cases.stored, "2026-01-05.A777")
    path = pages.parts.links.follow_path("small", *ask.split("."))
    with citizen(pages) as phone, pages.visitor("boss") as boss:
        assert "正在核实" in phone.get(path).text
        assert "没有这张号票的记录" in boss.get(f"/cases/small/{ask}").text
