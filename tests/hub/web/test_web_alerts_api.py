"""Alerts by program: who may look and act, what is refused and why, and secrets that are told once."""

from collections.abc import Iterator

import httpx
import pytest

from hub.domain import commands as c
from tests.hub.web.conftest import Pages
from tests.support.live import until

API = "/api/v1/halls/small"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """One for the module: somebody waits for each service, and nobody serves them."""
    pages = Pages(tmp_path_factory.mktemp("alerts"))
    pages.do(c.ChangeSettings, changes={"alert.unserved.raise_s": 0})
    for service in "ABC":
        pages.take(service)
    running = pages.loop.begin(pages.parts.alerts.watcher.run())
    until(lambda: len(pages.parts.alerts.book.opened("small")) == 3, "three alerts are raised")
    yield pages
    running.cancel()
    pages.close()


def program(pages: Pages, name: str) -> httpx.Client:
    client = pages.visitor(name)
    client.headers.update({"accept": "application/json", "sec-fetch-site": "same-origin"})
    return client


def test_the_list_has_the_evidence_and_one_has_its_log(pages):
    with program(pages, "tech") as tech:
        told = tech.get(f"{API}/alerts").json()
        assert told["open"] == len(told["alerts"]) == 3
        one = next(each for each in told["alerts"] if each["subject"] == "A")
        assert one["headline"]["en"] == "Social-security card: 1 people wait and no counter is open"
        assert [proof["ticket"] for proof in one["evidence"]] == ["", "A001", ""]
        full = tech.get(f"{API}/alerts/{one['id']}").json()
        assert [note["what"] for note in full["log"]] == ["raised"]
        assert full["deliveries"] == []
        assert tech.get(f"{API}/alerts/nothing").json()["code"] == "unknown-alert"
        assert tech.get("/api/v1/halls/nowhere/alerts").json()["code"] == "unknown-hall"
        assert tech.get(f"{API}/alerts", params={"most": 0}).status_code == 422


def test_an_acknowledgement_counts_once(pages):
    with program(pages, "boss") as boss, program(pages, "root") as root, program(pages, "tech") as tech:
        one = next(each for each in boss.get(f"{API}/alerts").json()["alerts"] if each["subject"] == "B")
        place = f"{API}/alerts/{one['id']}/acknowledge"
        assert tech.post(place, json={"note": "me"}).json()["code"] == "forbidden"
        for _ in range(2):
            assert boss.post(place, json={"note": "on my way"}).json()["acknowledged_by"] == "boss"
        refused = root.post(place, json={"note": "me too"})
        assert (refused.status_code, refused.json()["code"]) == (409, "already-acknowledged")
        assert boss.post(place, json={"note": "x" * 401}).status_code == 422
        assert boss.post(place, json={"notes": "x"}).status_code == 422


def test_a_silence_needs_a_rule_a_time_and_a_reason(pages):
    with program(pages, "boss") as boss:
        place = f"{API}/alerts/silences"
        good = {"rule": "unserved", "subject": "C", "minutes": 30, "why": "a fire drill"}
        for wrong in ({"minutes": 0}, {"minutes": 10**6}, {"why": ""}):
            assert boss.post(place, json={**good, **wrong}).status_code == 422
        assert boss.post(place, json={**good, "rule": "nothing"}).json()["code"] == "unknown-alert-rule"
        assert boss.post(place, json={**good, "why": "\u200b"}).json()["code"] == "bad-silence"
        made = boss.post(place, json=good)
        assert (made.status_code, made.json()["by"]) == (201, "boss")
        assert [one["id"] for one in boss.get(place).json()["silences"]] == [made.json()["id"]]
        assert boss.delete(f"{place}/{made.json()['id']}").status_code == 204
        assert boss.delete(f"{place}/{made.json()['id']}").json()["code"] == "unknown-silence"
        assert boss.get(place).json()["silences"] == []


def test_rules_are_told_and_changed_as_settings(pages):
    with program(pages, "boss") as boss:
        told = boss.get(f"{API}/alerts/rules").json()
        assert told["unled"] == ["duty", "lead"]
        rule = next(one for one in told["rules"] if one["id"] == "offline")
        assert (rule["raise_at"], rule["figure_is"]) == (120, "seconds that a device is not heard")
        wrong = boss.patch(
            f"{API}/settings",
            json={"alert.offline.clear_at": 500, "alert.offline.quiet": ["7-8"]},
            headers={"Idempotency-Key": "a1"},
        )
        assert {one["where"] for one in wrong.json()["errors"]} == {"alert.offline.clear_at", "alert.offline.quiet"}
        good = boss.patch(f"{API}/settings", json={"alert.offline.raise_at": 60}, headers={"Idempotency-Key": "a2"})
        assert good.status_code == 200
        rules = boss.get(f"{API}/alerts/rules").json()["rules"]
        assert next(one for one in rules if one["id"] == "offline")["raise_at"] == 60


def test_a_rule_is_tried_with_other_values_and_nothing_changes(pages):
    with program(pages, "boss") as boss, program(pages, "tech") as tech:
        place = f"{API}/alerts/rules/unserved/trial"
        assert tech.post(place, json={}).json()["code"] == "forbidden"
        told = boss.post(place, json={"values": {"raise_s": 0, "per": "hall"}, "days": 28}).json()
        assert (told["rule"], told["source"], told["after"]["count"]) == ("unserved", "log", 1)
        assert [(one["subject"], one["high"]) for one in told["after"]["now"]] == [("hall", True)]
        assert told["before"]["count"] == 3
        assert told["after"]["raised"][0]["until"] is None
        for wrong, code in (({"values": {"raise_at": 0}}, "bad-settings"), ({"days": 29}, "invalid")):
            refused = boss.post(place, json=wrong)
            assert (refused.status_code, refused.json()["code"]) == (422, code)
        missing = boss.post(f"{API}/alerts/rules/weather/trial", json={})
        assert missing.json()["code"] == "unknown-alert-rule"
        before = [path for path in pages.desk.today("small").settings if path != "alert.unserved.raise_s"]
        assert not [path for path in before if path.startswith("alert.unserved")]


def test_targets_are_the_administrators_and_a_secret_is_told_once(pages):
    with program(pages, "root") as root, program(pages, "boss") as boss:
        place = f"{API}/alert-targets"
        hook = {"route": "duty", "kind": "webhook", "address": "https://hooks.example/very-secret"}
        assert boss.get(place).json()["code"] == "forbidden"
        assert boss.post(place, json=hook).json()["code"] == "forbidden"
        for wrong in ({"address": "http://hooks.example/x"}, {"address": "https://10.0.0.1/x"}, {"route": "No!"}):
            assert root.post(place, json={**hook, **wrong}).json()["code"] == "bad-alert-target"
        mail = root.post(place, json={"route": "duty", "kind": "mail", "address": "duty@hall.example"})
        assert "--smtp" in mail.json()["detail"]
        made = root.post(place, json=hook)
        assert made.json()["secret"].startswith("whsec_")
        assert root.post(place, json=hook).json()["code"] == "alert-target-known"
        listed = root.get(place)
        assert "very-secret" not in listed.text
        assert "whsec_" not in listed.text
        assert [one["address"] for one in listed.json()["targets"]] == ["hooks.example"]
        ident = made.json()["id"]
        tested = root.post(f"{place}/{ident}/test").json()
        assert (tested["ok"], "hooks.example" in tested["told"]) == (False, True)
        assert root.delete(f"{place}/{ident}").status_code == 204
        assert root.delete(f"{place}/{ident}").json()["code"] == "unknown-alert-target"
        noted = [note["what"] for note in root.get(f"{API}/audit").json()["notes"]]
        assert noted[:2] == ["alert-target-removed", "alert-target-made"]
