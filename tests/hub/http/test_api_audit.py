"""What people do to devices by the API is in the audit: once, at its position, with who and why; no secret is."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from hub.storage.devices import Device
from hub.storage.issued import Certified
from tests.hub.web.conftest import Pages
from tests.support.bundles import packed
from wire import pairing

HALL = "/api/v1/halls/small"


@pytest.fixture
def pages(tmp_path) -> Iterator[Pages]:
    pages = Pages(tmp_path)
    yield pages
    pages.close()


@pytest.fixture
def root(pages: Pages) -> Iterator[httpx.Client]:
    _, secret = pages._accounts.issue_token("root", "administrator", datetime.now(UTC), "root")
    with httpx.Client(base_url=pages.url + HALL, headers={"Authorization": f"Bearer {secret}"}, timeout=20) as client:
        yield client


def ask(pages: Pages, key: str, serial: str | None = None, device_class: str = "evaluator") -> object:
    now = datetime.now(UTC)
    return pages.registry.knock(
        key * 32,
        address="10.0.0.7",
        now=now,
        certify=lambda id: Certified(key * 4, "PEM", now + timedelta(days=365), "00"),
        device_class=device_class,
        hardware_serial=serial,
    )


def done(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def told(client: httpx.Client, position: str | None = None) -> list[tuple[str, str]]:
    """(what, detail), oldest first."""
    path = "/audit" if position is None else f"/devices/{position}/audit"
    notes = done(client.get(path))["notes"]
    assert {one["who"] for one in notes} <= {"token:root"}
    return [(one["what"], one["detail"]) for one in reversed(notes)]


def whats(client: httpx.Client, position: str | None = None) -> list[str]:
    return [what for what, _ in told(client, position)]


def test_settings_are_in_it_at_each_position_that_they_changed(root: httpx.Client) -> None:
    at = "/devices/caller-1/settings"
    done(root.put(at, json={"revision": 0, "device": {"double_s": 0.5}, "why": "too quick"}))
    everywhere = {"device_class": "caller", "changes": {"double_s": 0.5, "stuck_s": 9}, "why": "all alike"}
    done(root.post("/device-settings", json=everywhere | {"preview": True}))
    done(root.post("/device-settings", json=everywhere))
    done(root.post("/device-settings", json=everywhere))
    done(root.post(f"{at}/return", json={"revision": 2, "to": 1}))
    assert told(root, "caller-1") == [
        ("settings-changed", "#1 · too quick · double_s"),
        ("settings-changed", "#2 · all alike · stuck_s"),
        ("settings-returned", "#3 = #1 · stuck_s"),
    ]
    assert told(root, "caller-2") == [("settings-changed", "#1 · all alike · double_s, stuck_s")]


def test_claims_and_what_came_in_by_them_are_in_it_and_no_token_is(pages: Pages, root: httpx.Client) -> None:
    [one] = done(root.post("/claims", json={"positions": ["evaluator-1"]}))["claims"]
    [many] = done(root.post("/claims", json={"device_class": "evaluator", "uses": 20}))["claims"]
    for _ in range(2):
        done(root.delete(f"/claims/{one['id']}"))
    assert whats(root, "evaluator-1") == ["claim-issued", "claim-withdrawn"]
    everything = told(root)
    assert [detail.split(" → ")[0] for _, detail in everything] == [
        f"{one['id']} ·",
        f"{many['id']} · evaluator · × 20 ·",
        f"{one['id']} ·",
    ]
    assert not any(token in str(everything) for token in (one["token"], many["token"]))


def test_an_approval_is_in_it_and_then_that_the_board_came_in(pages: Pages, root: httpx.Client) -> None:
    code, other = (pairing.shown(pairing.code(key * 32)) for key in ("aa", "bb"))
    ask(pages, "aa", "S1")
    ask(pages, "bb")
    done(root.post(f"/applicants/{code}/approval", json={"position": "evaluator-1"}))
    done(root.delete(f"/applicants/{other}"))
    assert isinstance(ask(pages, "aa", "S1"), Device)
    assert told(root, "evaluator-1") == [("applicant-approved", f"{code} · evaluator · S1"), ("admitted", "")]
    assert told(root)[1] == ("applicant-refused", f"{other} · evaluator")


def test_what_goes_where_is_in_it_once_in_whichever_words_say_it(pages: Pages, root: httpx.Client) -> None:
    """A board's own changes are the registry's; of the inventory only what the registry does not know."""
    for serial in ("A1", "A2"):
        done(root.post("/assets", json={"serial": serial, "kind": "evaluator"}))
    assert told(root) == [], "what concerns no position is in the asset's own history"
    ask(pages, "cc", "A1")
    done(root.post("/assignments", json={"board": "A1", "position": "evaluator-1"}))
    old = ask(pages, "cc", "A1")
    assert isinstance(old, Device)
    done(root.post("/devices/evaluator-1/move", json={"to": "evaluator-2", "why": "sun"}))
    done(root.post("/assets/A1/state", json={"state": "faulty", "why": "dim"}))
    done(root.post("/devices/evaluator-2/replacement", json={"serial": "A2", "state": "in-repair", "why": "dim"}))
    assert whats(root, "evaluator-1") == ["applicant-approved", "admitted", "removed"]
    assert told(root, "evaluator-2") == [
        ("moved", "sun"),
        ("asset-turned", "A1 · faulty · dim"),
        ("revoked", "dim"),
        ("asset-planned", "A2"),
    ]
    done(root.put("/assets/A2", json={"kind": "evaluator", "planned": "evaluator-1"}))
    assert told(root, "evaluator-2")[-1] == ("asset-unplanned", "A2")
    assert told(root, "evaluator-1")[-1] == ("asset-planned", "A2")


def test_releases_and_their_going_out_are_in_it(pages: Pages, root: httpx.Client) -> None:
    def upload(name: str) -> str:
        content = packed([("edge/__main__.py", b"")], name=name)
        signature = base64.b64encode(pages.publisher.sign(hashlib.sha256(content).digest())).decode()
        return str(
            done(root.post(f"{pages.url}/api/v1/releases", params={"signature": signature}, content=content))["sha256"]
        )

    hashes = [upload(name) for name in ("1.0.0", "1.1.0", "1.2.0")]
    done(root.delete(f"{pages.url}/api/v1/releases/{hashes[2]}"))
    first = {"sha256": hashes[0], "positions": ["caller-1", "window-1"], "outside_hours": True}
    ident = done(root.post("/rollouts", json=first))["id"]
    for action in ("pause", "resume", "retry", "abort"):
        done(root.post(f"/rollouts/{ident}/{action}"))
    ident = done(root.post("/rollouts", json=first | {"sha256": hashes[1], "positions": ["caller-1"]}))["id"]
    done(root.post(f"/rollouts/{ident}/back"))
    both = [("rollout-started", "1.0.0"), ("rollout-paused", "1.0.0"), ("rollout-resumed", "1.0.0")]
    both += [("rollout-aborted", "1.0.0")]
    assert told(root, "window-1") == both
    assert told(root, "caller-1") == [
        *both,
        ("rollout-started", "1.1.0"),
        ("rollout-aborted", "1.1.0"),
        ("rollout-back", "1.0.0"),
    ]
    named = [f"{name} · {sha256[:12]}" for name, sha256 in zip(("1.0.0", "1.1.0", "1.2.0"), hashes, strict=True)]
    assert told(root)[:4] == [*(("release-added", one) for one in named), ("release-removed", named[2])]
