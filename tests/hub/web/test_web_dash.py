"""Dashboards: every panel has an answer, every figure its formula and its tickets, and refusals say what to do."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from hub.domain import commands as c
from hub.domain import events as e
from hub.history.asking import Question
from hub.history.figures import DEVICES, FIGURES
from hub.history.history import History
from hub.history.relations import ROWS
from hub.storage.event_log import Append
from hub.storage.health import Change, Sample
from hub.storage.hub_starts import HubStarts
from hub.web.dashboards import DASHBOARDS, Panel
from hub.web.dashboards.ranges import span
from hub.web.texts import LANGUAGES
from tests.hub.history.conftest import append
from tests.hub.web.conftest import Pages
from tests.hub.web.test_web_pages import page_data
from tests.support.day import Script, small_hall

THEN = "2026-01-05"  # the day of `Script`
API = "/api/v1/halls/small"
PANELS = [(one, panel) for one in DASHBOARDS for panel in one.panels if panel.source != "now"]


PATHS = {"past": "figures", "devices": "device-figures", "cases": "rating-cases/measures"}


def a_day() -> Script:
    """Served, rated, missed, transferred, cancelled, paused, told an estimate; and a setting was changed."""
    script = Script()
    for place, counter in enumerate(("1", "2")):
        script.sign_on(counter, str(1001 + place))
    for turn in range(8):
        script.do(c.TakeTicket, service="AB"[turn % 2], person="p" * 32 if turn == 0 else "")
        script.wait(60)
    for turn in range(3):
        for counter in ("1", "2"):
            script.do(c.CallNext, counter=counter)
            script.wait(20)
            script.do(c.Serve, counter=counter)
            script.wait(200)
            ask = script.do(c.End, counter=counter)[-1].ask
            if turn < 2:
                script.do(c.Rate, ask=ask, level=5 - 3 * turn, pressed_at=script.now)
    script.do(c.ChangeSettings, changes={"policy.recalls_max": 4})
    script.do(c.Pause, counter="1", reason="lunch")
    script.wait(600)
    return script


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """One for the module, with a day in January and some of today."""
    pages = Pages(tmp_path_factory.mktemp("hall"))
    append(pages._log, a_day())
    pages.do(c.SignOn, counter="1", clerk="1001")
    for _ in range(3):
        pages.take()
    pages.do(c.CallNext, counter="1")
    at = datetime.now(UTC) - timedelta(minutes=30)
    for minutes, online, why in ((0, True, "started"), (10, False, "lost"), (15, True, "started")):
        change = Change(hall="small", position="caller-1", device="caller-00aa", at=at + timedelta(minutes=minutes),
                        online=online, boot=f"b{minutes}", why=why)  # fmt: skip
        pages.history.came_and_went([change])
    pages.history.add(
        [Sample(hall="small", position="caller-1", at=int(at.timestamp()) + 60, offset_ms=-250.0, cpu_c=51.5)]
    )
    pages.account("boss")
    yield pages
    pages.close()


def asked(panel: Panel, first: str, last: str) -> dict[str, object]:
    """As the page's script asks."""
    if panel.source == "cases":
        return {"first": first, "last": last, "by": "day"}
    by = ["time" if one == "along" else one for one in panel.by]
    return {"first": first, "last": last, "figure": list(panel.figures), "by": by, "step": 30}


def test_every_panel_of_every_dashboard_has_an_answer(hall):
    today = hall.desk.today("small").day
    empty = []
    with hall.visitor("boss") as boss:
        for dashboard, panel in PANELS:
            day = today if panel.source == "devices" else THEN
            answer = boss.get(f"{API}/{PATHS[panel.source]}", params=asked(panel, day, day))
            assert answer.status_code == 200, (dashboard.name, panel.ident, answer.text)
            told = answer.json()
            if panel.source == "cases":
                assert set(panel.figures) <= {*told["total"]["measures"], *told["total"]["counts"]}
                continue
            assert [one["ident"] for one in told["figures"]] == list(panel.figures)
            values = [row["values"] for row in told["rows"]]
            if not any(value is not None for row in values for value in row.values()):
                empty.append((dashboard.name, panel.ident))
    assert {name for name, _ in empty} <= {"appointments"}, empty  # nobody had booked


def test_every_page_says_of_every_figure_how_it_is_counted(hall):
    with hall.visitor("boss") as boss:
        for dashboard in DASHBOARDS:
            answer = boss.get(
                f"/dash/small/{dashboard.name}?range=from-to&first={THEN}&last={THEN}&service=A&service=Q"
            )
            assert answer.status_code == 200, answer.text
            data = page_data(answer)
            prefix = {"past": "", "devices": "device:", "cases": "cases:", "now": "now:"}
            for panel in data["panels"]:
                for ident in panel["figures"]:
                    told = data["figures"][prefix[panel["source"]] + ident]
                    assert told["formula"], ident
                    assert told["source"], ident
            if "service" in dashboard.variables:
                assert data["only"] == {"service": ["A"]}, "what the hall does not have is left out"
                assert (data["span"]["first"], data["span"]["last"]) == (THEN, THEN)


def test_behind_a_figure_are_its_tickets_and_behind_a_ticket_its_story(hall):
    query = f"?range=from-to&first={THEN}&last={THEN}&service=A"
    with hall.visitor("boss") as boss:
        answer = boss.get(f"{API}/figures?first={THEN}&last={THEN}&figure=taken&service=A").json()
        rows = boss.get(f"{API}/figures/taken/behind?first={THEN}&last={THEN}&service=A").json()["rows"]
        assert answer["rows"][0]["values"]["taken"] == len(rows) == 4
        page = boss.get(f"/dash/small/behind/taken{query}").text
        assert all(f'href="/dash/small/tickets/{THEN}/{row["number"]}"' in page for row in rows)
        story = boss.get(f"/dash/small/tickets/{THEN}/A001").text
        assert story.count("<li class=") >= 5
        assert "p" * 32 not in story + page, "not even a pseudonym"
        assert boss.get(f"/dash/small/tickets/{THEN}/A999").status_code == 404
        assert boss.get("/dash/small/tickets/never/A001").status_code == 404
        stretches = boss.get(f"/dash/small/behind/busy_share{query}".replace("&service=A", "")).text
        assert "办理中" in stretches, "a counter's stretches have no number, and are told all the same"
        assert "没有数据" in boss.get(f"/dash/small/behind/busy_share{query}").text, "counters' time is of no service"


@pytest.mark.parametrize(("query", "code", "says"), [
    ("first=2026-01-05&last=2026-01-05&figure=tickets", "unknown-figure", "there is taken, "),
    ("first=2026-01-05&last=2026-01-04&figure=taken", "bad-range", "ends before it begins"),
    ("first=2026-01-05&last=2026-01-05&since=12:00&until=12:00&figure=taken", "bad-range", "ends before it begins"),
    ("first=2020-01-05&last=2026-01-05&figure=taken", "bad-range", "at most 1098 days"),
    ("first=2025-01-05&last=2026-01-05&figure=taken&by=time&step=5", "bad-range", "ask for longer ones"),
    ("first=2026-01-05&last=2026-01-05&figure=taken&by=colour", "invalid", "by"),
    ("first=2026-01-05&last=2026-01-05&figure=taken&since=25:00", "invalid", "since"),
    ("first=soon&last=2026-01-05&figure=taken", "invalid", "first"),
    ("first=2026-01-05&last=2026-01-05", "invalid", "figure"),
])  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused_in_words(hall, query, code, says):
    with hall.visitor("boss") as boss:
        answer = boss.get(f"{API}/figures?{query}", headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert says in answer.json()["detail"]


def test_a_question_may_be_a_body_and_be_compared_with_the_period_before(hall):
    headers = {"origin": hall.url, "accept": "application/json"}
    body = {"figures": ["taken", "wait_p50"], "first": THEN, "last": THEN, "by": ["service"], "before": True}
    with hall.visitor("boss") as boss:
        answer = boss.post(f"{API}/figures", json=body, headers=headers).json()
        assert [row["key"] for row in answer["rows"]] == [["A"], ["B"]]
        assert answer["before"] == []
        refused = boss.post(f"{API}/figures", json=body | {"colour": "red"}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
        catalogue = boss.get(f"{API}/figures/catalogue").json()["figures"]
        assert [one["ident"] for one in catalogue] == [*(one.ident for one in FIGURES), *DEVICES]
        assert all(one["formula"]["zh"] and one["formula"]["en"] and one["relation"] for one in catalogue)


def test_devices_refuse_too(hall):
    with hall.visitor("boss") as boss:
        for query, code in (
            (f"last={THEN}&figure=speed", "unknown-figure"),
            ("last=2027-01-05&figure=drops", "bad-range"),
            ("last=2026-03-05&figure=drops&by=time&step=5", "bad-range"),
        ):
            assert boss.get(f"{API}/device-figures?first={THEN}&{query}").json()["code"] == code


def test_devices_are_counted_from_when_they_came_and_went(hall):
    today = hall.desk.today("small").day
    figures = ["online_share", "drops", "starts", "offline_s", "clock_ms", "cpu_c"]
    yesterday = (date.fromisoformat(today) - timedelta(days=1)).isoformat()  # the half hour may have begun there
    with hall.visitor("boss") as boss:
        query = {"first": yesterday, "last": today, "figure": figures, "by": "kind"}
        (row,) = boss.get(f"{API}/device-figures", params=query).json()["rows"]
    values = row["values"]
    assert row["key"] == ["caller"]
    assert (values["drops"], values["starts"], values["clock_ms"], values["cpu_c"]) == (1, 2, 250.0, 51.5)
    assert values["offline_s"] == pytest.approx(300)
    assert 0.8 < values["online_share"] < 0.9


def test_devices_can_be_narrowed_to_one(hall):
    today = hall.desk.today("small").day
    with hall.visitor("boss") as boss:
        query = {"first": today, "last": today, "figure": "drops", "by": "position"}
        for position, known in (("caller-1", True), ("caller-2", False)):
            rows = boss.get(f"{API}/device-figures", params={**query, "position": position}).json()["rows"]
            assert all(row["key"] == ["caller-1"] for row in rows)
            assert known or not rows
        page = boss.get("/dash/small/devices?position=caller-1&position=caller-77")
        assert page_data(page)["only"] == {"position": ["caller-1"]}
        assert page.text.count('name="position"') == len(small_hall().position)


def test_who_may_not_see_rectification_is_not_shown_its_panels(hall):
    with hall.visitor("boss") as boss, hall.visitor("tech") as technician:
        shown = [page_data(one.get("/dash/small/satisfaction"))["panels"] for one in (boss, technician)]
        of_cases = [{one["ident"] for one in panels if one["source"] == "cases"} for panels in shown]
        assert {"cases-rectified_rate", "cases-due", "cases-along"} <= of_cases[0]
        assert of_cases[1] == set()
        assert 'data-panel="cases-' not in technician.get("/dash/small/satisfaction").text
        for panel in shown[1]:
            if panel["source"] == "past":
                query = {"first": THEN, "last": THEN, "figure": list(panel["figures"])}
                assert technician.get(f"{API}/figures", params=query).status_code == 200


def test_what_explains_a_curve_is_told_with_who_and_what(hall):
    with hall.visitor("boss") as boss:
        notes = boss.get(f"{API}/annotations?first={THEN}&last={THEN}").json()["notes"]
        assert [(one["kind"], one["who"], one["detail"]) for one in notes] == [
            ("settings", "test", "policy.recalls_max")
        ]
        three_years = boss.get(f"{API}/annotations?first=2023-03-01&last=2026-02-20").json()["notes"]
        assert [one["detail"] for one in three_years if one["kind"] == "settings"] == ["policy.recalls_max"]
        starts, at = HubStarts(hall._engine), datetime.fromisoformat(f"{THEN}T12:00:00+08:00")
        for epoch, minutes in ((1, 0), (1, 5), (2, 9)):
            starts.began("hub-1", epoch, at + timedelta(minutes=minutes))
        notes = boss.get(f"{API}/annotations?first={THEN}&last={THEN}").json()["notes"]
        assert [one["what"] for one in notes[1:]] == ["hub-started", "hub-started", "hub-restored"]
        assert boss.get(f"{API}/annotations?first=2020-01-01&last={THEN}").json()["code"] == "bad-range"


def test_while_history_is_being_made_a_question_says_how_far(hall, monkeypatch):
    monkeypatch.setattr("hub.history.history._NEAR", -1)
    with hall.visitor("boss") as boss:
        answer = boss.get(f"{API}/figures?first={THEN}&last={THEN}&figure=taken&until=23:00")
        assert (answer.status_code, answer.json()["code"]) == (503, "history-not-ready")
        assert answer.json()["done"] == answer.json()["total"] > 0
        assert boss.get("/wall/small").status_code == 200, "the wall shows what it can"


def test_an_event_that_cannot_be_read_is_told_wherever_figures_of_its_day_are(hall):
    day, at = "2026-01-02", datetime.fromisoformat("2026-01-02T10:00:00+08:00")
    strange = e.TicketQueued(at=at, by="test", source="test", command="strange", number="Z999")
    hall._log.append([Append("small", day, 0, "strange", (strange,), ())])
    with hall.visitor("boss") as boss:
        assert boss.get(f"{API}/figures?first={day}&last={day}&figure=taken").json()["unread"] == 1
        assert boss.get(f"{API}/figures?first={THEN}&last={THEN}&figure=taken").json()["unread"] == 0
        told = boss.get("/dash/small/unread").text
        assert all(word in told for word in (day, "ticket-queued", "Z999"))
        assert 'id="unread"' in boss.get(f"/stats/small?range=day&at={day}").text
        assert 'id="unread"' not in boss.get(f"/stats/small?range=day&at={THEN}").text
        assert "无法读取" in boss.get(f"/stats/small/file?range=day&at={day}&format=csv").content.decode("utf-8-sig")
        assert 'data-panel="now-unread"' in boss.get("/dash/small/hub").text
    assert len(hall.past.unread()) == len(hall.past.unread("small")) == 1


def test_many_who_ask_the_same_are_one_question(hall, monkeypatch):
    asked = []
    counted = History._answer
    monkeypatch.setattr(History, "_answer", lambda past, one: asked.append(one) or counted(past, one))
    question = Question(hall="small", first=THEN, last=THEN, until=1439, figures=("taken",))

    async def many():
        return await asyncio.gather(*(hall.past.ask(question) for _ in range(200)))

    answers = hall.loop.run(many())
    assert (len(answers), asked) == (200, [question])
    assert answers[0].rows[0].values["taken"] == 8


def test_a_range_of_time_is_relative_to_the_day_that_it_is_looked_at():
    today = date(2026, 3, 10)
    found = {name: span({"range": name}, today) for name in ("today", "yesterday", "7d", "month", "last-month", "year")}
    assert [(str(one.first), str(one.last), one.by) for one in found.values()] == [
        ("2026-03-10", "2026-03-10", "time"),
        ("2026-03-09", "2026-03-09", "time"),
        ("2026-03-04", "2026-03-10", "day"),
        ("2026-03-01", "2026-03-10", "day"),
        ("2026-02-01", "2026-02-28", "day"),
        ("2026-01-01", "2026-03-10", "day"),
    ]
    part = span({"range": "from-to", "first": "2026-03-09", "last": "2026-03-09", "since": "09:00", "until": ""}, today)
    assert (part.since, part.until, part.step_min, part.wrong) == ("09:00", "24:00", 30, False)
    hours = {"range": "from-to", "first": "2026-03-09", "last": "2026-03-09", "since": "09:00", "until": "11:00"}
    assert span(hours, today).step_min == 5
    for nonsense in (
        {"range": "soon"},
        {"range": "from-to"},
        {"range": "from-to", "first": "2026-03-09", "last": "2020-01-01"},
    ):
        assert span(nonsense, today).wrong


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_column_and_outcome_behind_a_figure_has_words(language):
    columns = {name for row in ROWS.values() for name in row.__struct_fields__} - {"day", "minute", "at_ms", "number"}
    entries = LANGUAGES[language].entries
    assert {f"dash.column_{name}" for name in columns} <= set(entries)
