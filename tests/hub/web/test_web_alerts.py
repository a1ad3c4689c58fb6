"""Alerts on pages: seen live, acknowledged and silenced without a script, each with its evidence and its ticket."""

import re
from collections.abc import Iterator

import pytest

from hub.domain import commands as c
from tests.hub.web.conftest import PASSWORD, Pages
from tests.hub.web.test_web_pages import events, page_data
from tests.support.browser import CHROMIUM, launched, watched
from tests.support.live import until

OWN_SITE = {"sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """One for the module: two wait for A, which is one too many, and nobody serves them. A loop looks after the rules;
    what one test acknowledges is another's own."""
    pages = Pages(tmp_path_factory.mktemp("alerts"))
    changes = {"alert.queue-limit.raise_at": 2, "alert.queue-limit.clear_at": 1, "alert.queue-limit.raise_s": 0}
    pages.do(c.ChangeSettings, changes={**changes, "alert.unserved.raise_s": 0, "alert.queue-limit.clear_s": 0})
    for service in "AABBCC":
        pages.take(service)
    running = pages.loop.begin(pages.parts.alerts.watcher.run())
    until(lambda: len(pages.parts.alerts.book.opened("small")) == 6, "six alerts are raised")
    yield pages
    running.cancel()
    pages.close()


def alert(pages: Pages, rule: str, subject: str):
    return next(one for one in pages.parts.alerts.book.of("small") if one.key == (rule, subject))


def test_who_may_look_and_who_may_act(pages):
    one = alert(pages, "unserved", "A")
    paths = ("/alerts/small", f"/alerts/small/{one.id}", "/alerts/small/routes", "/settings/small/alerts")
    seen = {}
    for name in ("root", "boss", "tech", "clerk1"):
        with pages.visitor(name) as somebody:
            seen[name] = [somebody.get(path).status_code for path in paths]
            if name in ("tech", "clerk1"):
                acts = (f"{one.id}/acknowledge", f"{one.id}/silence", "silences/x/end", "routes", "routes/x/test")
                refused = [somebody.post(f"/alerts/small/{act}", headers=OWN_SITE).status_code for act in acts]
                assert refused == [403] * 5
    assert seen == {
        "root": [200] * 4,
        "boss": [200, 200, 403, 200],
        "tech": [200, 200, 403, 403],
        "clerk1": [403] * 4,
    }
    assert alert(pages, "unserved", "A").acknowledged_at is None


@pytest.mark.parametrize(("language", "says"), [("zh", "2人等候，无窗口开放"), ("en", "2 people wait and no counter")])
def test_an_alert_shows_its_evidence_its_rule_and_its_tickets(pages, language, says):
    one = alert(pages, "unserved", "A")
    with pages.visitor("boss") as boss:
        text = boss.get(f"/alerts/small/{one.id}", params={"language": language}).text
    for part in (says, "A001", "A002", "/settings/small/alerts#unserved", "<details"):
        assert part in text, part
    assert text.count('<ol class="log">') == 3, "of the alert and of both tickets"


def test_a_manager_acknowledges_without_a_script_and_another_one_hears_who_was_first(pages):
    one = alert(pages, "queue-limit", "B")
    with pages.visitor("boss") as boss, pages.visitor("root") as root:
        place = f"/alerts/small/{one.id}/acknowledge"
        assert boss.post(place).status_code == 403, "no page of ours sent it"
        done = boss.post(place, data={"note": "opening counter 2"}, headers=OWN_SITE)
        assert (done.status_code, done.headers["location"]) == (303, "/alerts/small")
        assert "opening counter 2" in boss.get("/alerts/small").text
        again = root.post(place, data={"note": "me too"}, headers=OWN_SITE)
        assert again.status_code == 409
        assert "boss" in again.text
        noted = root.get("/api/v1/halls/small/audit").json()["notes"]
    assert ("alert-acknowledged", "boss") in [(note["what"], note["who"]) for note in noted]


def test_a_manager_silences_with_a_reason_and_ends_it(pages):
    one = alert(pages, "unserved", "C")
    with pages.visitor("boss") as boss:
        place = f"/alerts/small/{one.id}/silence"
        assert boss.post(place, data={"minutes": "30", "why": " "}, headers=OWN_SITE).status_code == 422
        assert boss.post(place, data={"minutes": "x", "why": "y"}, headers=OWN_SITE).status_code == 422
        form = {"minutes": "30", "why": "a tour group", "key": "k1"}
        for _ in range(2):
            assert boss.post(place, data=form, headers=OWN_SITE).status_code == 303, "sent twice is once"
        assert "a tour group" in boss.get("/alerts/small").text
        (made,) = pages.parts.alerts.silences.now("small", pages.desk.now())
        assert (made.rule, made.subject, made.by) == ("unserved", "C", "boss")
        for _ in range(2):
            ended = boss.post(f"/alerts/small/silences/{made.id}/end", headers=OWN_SITE)
            assert ended.status_code == 303, "twice is once"
        assert "a tour group" not in boss.get("/alerts/small").text


def test_an_administrator_says_where_routes_lead(pages):
    with pages.visitor("root") as root:
        page = "/alerts/small/routes"
        assert "duty, lead" in root.get(page).text
        wrong = root.post(page, data={"route": "duty", "kind": "mail", "address": "a@b.example"}, headers=OWN_SITE)
        assert wrong.status_code == 422
        assert "--smtp" in wrong.text
        hook = {"route": "duty", "kind": "webhook", "address": "https://hooks.example/secret-path"}
        made = root.post(page, data=hook, headers=OWN_SITE)
        assert "whsec_" in made.text
        shown = root.get(page).text
        assert "whsec_" not in shown
        assert "secret-path" not in shown
        assert "hooks.example" in shown
        (target,) = pages.parts.alerts.routes.of("small")
        assert root.post(f"{page}/{target.id}/remove", headers=OWN_SITE).status_code == 303
        assert not pages.parts.alerts.routes.of("small")


def test_the_list_and_the_monitors_count_follow_by_themselves(pages):
    with pages.visitor("boss") as boss:
        shown = page_data(boss.get("/monitor/small", params={"language": "en"}))["show"]
        before = shown["alerts"]
        told = {one["text"]: one["page"] for one in shown["warnings"] if one["code"] == "alert"}
        one = alert(pages, "unserved", "C")
        assert told["Policy advice: 2 people wait and no counter is open"] == f"/alerts/small/{one.id}"
        pages.do(c.Cancel, number="C001", reason="left")
        until(lambda: alert(pages, "queue-limit", "C").cleared_at, "it is over")
        found = events(boss, "/alerts/small/live", 2)
        assert [name for name, _, _ in found] == ["beat", "show"]
        assert found[1][2]["count"] == before - 1
        until(lambda: page_data(boss.get("/monitor/small"))["show"]["alerts"] == before - 1, "the monitor counts")


def test_a_rules_page_shows_what_each_rule_sees_now(pages):
    with pages.visitor("boss") as boss:
        text = boss.get("/settings/small/alerts", params={"language": "en"}).text
    assert re.search(r"now: [ABC0-9, ]*A 2", text)
    assert 'id="queue-limit"' in text
    assert "switched off" in text


def test_a_rule_is_added_changed_and_taken_back_on_its_page(pages):
    page = "/settings/small/alerts"
    with pages.visitor("boss") as boss, pages.visitor("tech") as tech:
        form = {"rule": "machines", "kind": "offline", "key": "r1"}
        assert tech.post(page, data=form, headers=OWN_SITE).status_code == 403
        assert boss.post(page, data={**form, "rule": "No Name"}, headers=OWN_SITE).status_code == 422
        assert boss.post(page, data={**form, "kind": "weather"}, headers=OWN_SITE).status_code == 422
        assert boss.post(page, data={**form, "rule": "pause"}, headers=OWN_SITE).status_code == 409
        assert boss.post(page, data=form, headers=OWN_SITE).status_code == 303
        pages.do(c.ChangeSettings, changes={"alert.machines.only": ["ticket-machine"]})
        shown = boss.get(page).text
        assert 'id="machines"' in shown
        assert 'data-path="alert.machines.only"' in shown
        assert boss.get("/api/v1/halls/small/settings").status_code == 200
        for _ in range(2):
            assert boss.post(f"{page}/machines/remove", data={"key": "r2"}, headers=OWN_SITE).status_code == 303
        assert boss.post(f"{page}/pause/remove", data={"key": "r3"}, headers=OWN_SITE).status_code == 303
        shown = boss.get(page).text
        assert 'id="machines"' not in shown
        assert 'id="pause"' in shown, "a rule of the file cannot be taken away"
    assert not [path for path in pages.desk.today("small").settings if path.startswith("alert.machines")]


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium")
def test_in_a_browser_the_list_follows_and_whoever_is_at_a_button_stays_there(pages):
    pages.account("boss")
    one = alert(pages, "queue-limit", "A")
    with launched() as browser, watched(browser, pages.url, viewport={"width": 360, "height": 740}) as page:
        page.goto("/login?next=/alerts/small")
        page.fill("#name", "boss")
        page.fill("#password", PASSWORD)
        page.click("button.main")
        page.wait_for_url("**/alerts/small")
        page.focus(f"#ack-{one.id}")
        other = alert(pages, "unserved", "B")
        pages.parts.alerts.acknowledge("small", other.id, by="root", note="sending Li over")
        page.get_by_text("sending Li over").wait_for()
        assert page.evaluate("document.activeElement.id") == f"ack-{one.id}"
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert alert(pages, "queue-limit", "A").acknowledged_by == "boss", "the button works by keyboard"
        page.goto(f"/alerts/small/{one.id}")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
        page.goto("/settings/small/alerts#queue-limit")
        rule = page.locator("#queue-limit")
        rule.locator('[id="alert.queue-limit.raise_at"]').fill("7")
        rule.locator("a.try").click()
        page.wait_for_url("**/queue-limit/try?**")
        assert page.input_value("#raise_at") == "7", "what was edited went along"
        assert page.locator("#result").is_visible()
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 360


@pytest.mark.parametrize("language", ["zh", "en"])
def test_other_values_are_tried_without_a_script_and_saved_from_there(pages, language):
    page = "/settings/small/alerts/queue-limit/try"
    with pages.visitor("boss") as boss, pages.visitor("tech") as tech:
        assert tech.get(page).status_code == 403
        assert boss.get("/settings/small/alerts/weather/try").status_code == 422
        asked = {
            "raise_at": "1",
            "clear_at": "0",
            "raise_s": "0",
            "clear_s": "60",
            "per": "hall",
            "only": "",
            "days": "28",
        }
        shown = boss.get(page, params={**asked, "language": language}).text
        assert re.search(r'class="counts".*?<b>\d+</b>.*?<b>\d+</b>', shown, re.DOTALL)
        assert 'id="list-after"' in shown
        wrong = boss.get(page, params={**asked, "clear_at": "5"})
        assert (wrong.status_code, "clear_at" in wrong.text) == (422, True)
        assert boss.get(page, params={**asked, "raise_at": "many"}).status_code == 422
        place, form = "/settings/small/alerts/long-service/try", {"raise_at": "60", "clear_at": "55", "raise_s": "0"}
        assert tech.post(place, data=form, headers=OWN_SITE).status_code == 403
        assert boss.post(place, data={**form, "clear_at": "70"}, headers=OWN_SITE).status_code == 422
        for _ in range(2):
            saved = boss.post(place, data={**form, "key": f"save-{language}"}, headers=OWN_SITE)
            assert (saved.status_code, saved.headers["location"]) == (303, "/settings/small/alerts"), "twice is once"
    told = {path: value for path, value in pages.desk.today("small").settings.items() if ".long-service." in path}
    assert told == {
        "alert.long-service.raise_at": 60,
        "alert.long-service.clear_at": 55,
        "alert.long-service.open_only": False,
    }


def test_who_it_waits_for_sees_it_on_every_page_and_takes_it(pages):
    """Of the technicians here, who may take nothing else."""
    rule = {"alert.waits.kind": "queue-limit", "alert.waits.only": ["A"], "alert.waits.raise_at": 1}
    more = {"alert.waits.clear_at": 0, "alert.waits.raise_s": 0, "alert.waits.escalate_to": ["role:technician"]}
    with pages.visitor("tech") as tech, pages.visitor("boss") as boss:
        assert "waits" not in tech.get("/", params={"language": "en"}).text
        pages.do(c.ChangeSettings, changes={**rule, **more, "alert.waits.escalate_min": 0.001})
        until(lambda: alert_of(pages, "waits") and alert_of(pages, "waits").escalated_at, "it is escalated")
        one = alert(pages, "waits", "A")
        for page in ("/", "/monitor/small/devices", "/alerts/small", f"/alerts/small/{one.id}"):
            assert "Alerts for you: 1" in tech.get(page, params={"language": "en"}).text, page
        assert "Alerts for you" not in boss.get("/", params={"language": "en"}).text
        assert "waits for: Technician" in boss.get("/alerts/small", params={"language": "en"}).text
        told = boss.get("/api/v1/halls/small/alerts").json()["alerts"]
        assert {each["rule"]: each["waits_for"] for each in told if each["waits_for"]} == {"waits": ["technician"]}
        shown = tech.get("/alerts/small").text
        assert shown.count('id="ack-') == 1, "the others are not theirs to take"
        done = tech.post(f"/alerts/small/{one.id}/acknowledge", headers=OWN_SITE)
        assert done.status_code == 303
        assert ">yours<" in tech.get("/alerts/small", params={"language": "en"}).text
        assert "Alerts for you: 1" not in tech.get("/alerts/small", params={"language": "en"}).text


def alert_of(pages: Pages, rule: str):
    return next((one for one in pages.parts.alerts.book.opened("small") if one.rule == rule), None)


def test_a_dashboards_curve_names_an_alert_by_its_headline(pages):
    with pages.visitor("boss") as boss:
        today = pages.desk.today("small").day
        told = boss.get("/api/v1/halls/small/annotations", params={"first": today, "last": today}).json()["notes"]
    found = next(one for one in told if (one["who"], one["detail"]) == ("unserved", "A"))
    assert found["said"]["en"].startswith("Social-security card: 2 people wait")
    assert next(one for one in told if one["kind"] == "settings")["said"] is None
