"""The inventory by API: files in and out, who may do what, and what goes where."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from hub.inventory import labels, sheets
from hub.storage.devices import Device
from hub.storage.issued import Certified
from tests.hub.web.conftest import Pages
from wire import pairing

HALL = "/api/v1/halls/small"
FILE = "Serial,Kind,Price,Purchased,Planned position\r\n"
KEYS = iter(f"{number:02x}" * 32 for number in range(16, 256))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    pages = Pages(tmp_path_factory.mktemp("inventory"))
    yield pages
    pages.close()


def person(pages: Pages, role: str) -> httpx.Client:
    _, secret = pages._accounts.issue_token(role, role, datetime.now(UTC), "root")  # type: ignore[arg-type]
    return httpx.Client(base_url=pages.url + HALL, headers={"Authorization": f"Bearer {secret}"}, timeout=20)


@pytest.fixture(scope="module")
def tech(pages: Pages) -> Iterator[httpx.Client]:
    with person(pages, "technician") as client:
        yield client


def import_(client: httpx.Client, rows: str | bytes, **query: Any) -> httpx.Response:
    body = FILE.encode() + rows.encode() if isinstance(rows, str) else rows
    return client.post("/inventory/import", content=body, params=query)


def ask(pages: Pages, key: str, serial: str | None, device_class: str = "evaluator") -> object:
    now = datetime.now(UTC)
    return pages.registry.knock(
        key,
        address="10.0.0.7",
        now=now,
        certify=lambda id: Certified(key[:8], "PEM", now + timedelta(days=365), "00"),
        device_class=device_class,
        hardware_serial=serial,
    )


def state(client: httpx.Client, serial: str) -> tuple[str, str]:
    told = client.get(f"/assets/{serial}").json()
    return told["state"], told["position"]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_file_is_looked_at_taken_and_given_back(tech):
    rows = "I1,caller,680,2026-01-05,\r\nI2,tv-box,,,\r\n"
    seen = import_(tech, rows).json()
    assert (seen["new"], seen["problems"], seen["applied"]) == (2, [], False)
    assert code(tech.get("/assets/I1")) == (404, "unknown-asset")
    taken = import_(tech, rows, apply=True, digest=seen["digest"])
    assert taken.json()["applied"]
    assert code(import_(tech, rows, apply=True, digest=seen["digest"])) == (409, "asset-changed")
    for format in ("csv", "xlsx"):
        body = tech.get("/inventory/export", params={"format": format, "language": "en"}).content
        assert [row[0].value for row in sheets.read(body)][:3] == ["Serial", "I1", "I2"]
        again = import_(tech, body).json()
        assert (again["new"], again["changed"], again["problems"]) == (0, 0, [])
        assert tech.get("/inventory/template", params={"format": format}).status_code == 200


def test_one_wrong_cell_and_nothing_is_imported(tech):
    answer = import_(tech, "J1,caller,680,,\r\nJ2,plane,x,,\r\n", apply=True)
    assert code(answer) == (422, "bad-rows")
    assert [one["where"] for one in answer.json()["errors"]] == ["row 3, column B Kind", "row 3, column C Price"]
    assert code(tech.get("/assets/J1")) == (404, "unknown-asset")
    assert code(import_(tech, b"\x00\xff")) == (422, "bad-sheet")
    assert code(import_(tech, b"a" * (sheets.FILE_MAX + 1))) == (413, "body-too-large")


def test_a_manager_keeps_the_books_and_equips_nothing_and_a_clerk_sees_none_of_it(pages, tech):
    import_(tech, "K1,evaluator,,,\r\n", apply=True)
    with person(pages, "manager") as manager, person(pages, "clerk") as clerk:
        told = manager.put("/assets/K1", json={"kind": "evaluator", "price": 420.5, "planned": "evaluator-1"}).json()
        assert (told["price"], told["planned"], told["history"][-1]["event"]) == (420.5, "evaluator-1", "amended")
        assert code(manager.put("/assets/K1", json={"kind": "evaluator", "planned": "tv-1"})) == (409, "other-kind")
        assert code(manager.post("/assets/K1/state", json={"state": "retired"})) == (422, "asset-why")
        assert code(manager.post("/assets/K1/state", json={"state": "in-service"})) == (409, "asset-state")
        assert code(manager.post("/assignments", json={"board": "K1", "position": "evaluator-1"})) == (403, "forbidden")
        assert [code(clerk.get(path))[0] for path in ("/assets", "/inventory/figures", "/scans?text=K1")] == [403] * 3
        gone = manager.post("/assets/K1/state", json={"state": "retired", "why": "wet"}).json()
        assert (gone["state"], gone["next_states"]) == ("retired", [])


def test_two_scans_give_a_board_its_place_and_one_step_replaces_it(pages, tech):
    import_(tech, "L1,evaluator,420,2026-01-05,\r\nL2,evaluator,420,2026-01-05,\r\nL3,evaluator,,,\r\n", apply=True)
    first, second = next(KEYS), next(KEYS)
    ask(pages, first, "l1")
    shown = pairing.shown(pairing.code(first))
    scans = [
        tech.get("/scans", params={"text": text}).json()
        for text in (shown.lower(), "SN:L1", "tingxu:small/evaluator-1")
    ]
    assert [(one["what"], one["serial"], one["free"]) for one in scans] == [
        ("board", "L1", False), ("board", "L1", False), ("position", "", True),
    ]  # fmt: skip
    assert code(tech.get("/scans", params={"text": "tingxu:other/evaluator-1"})) == (404, "unknown-label")

    placed = tech.post("/assignments", json={"board": shown, "position": "tingxu:small/evaluator-1"}).json()
    assert (placed["what"], placed["position"]) == ("approved", "evaluator-1")
    old = ask(pages, first, "l1")
    assert isinstance(old, Device)
    assert state(tech, "L1") == ("installed", "evaluator-1")
    again = tech.post("/assignments", json={"board": "L2", "position": "evaluator-1"})
    assert code(again) == (409, "asset-position")

    body = {"serial": "L2", "why": "dead", "state": "in-repair"}
    placed = tech.post("/devices/evaluator-1/replacement", json=body).json()
    assert (placed["what"], placed["old"]) == ("planned", old.id)
    assert [state(tech, "L1"), pages.registry.device_at("small", "evaluator-1")] == [("in-repair", ""), None]
    assert pages.assets.planned("small", "l2").position == "evaluator-1", "whoever switches it on, it is let in there"

    ask(pages, second, "L2")
    tech.post("/assignments", json={"board": "L2", "position": "evaluator-1"})
    new = ask(pages, second, "L2")
    assert isinstance(new, Device)
    token = tech.post("/devices/evaluator-1/replacement", json={"why": "dim"}).json()
    assert pages.registry.claim(token["token"]).replaces == new.id
    assert state(tech, "L2") == ("installed", "evaluator-1"), "the old one works until the new one comes"

    assert code(tech.post("/devices/evaluator-1/move", json={"to": "tv-1"})) == (409, "other-kind")
    tech.post("/devices/evaluator-1/move", json={"to": "evaluator-2"})
    assert state(tech, "L2") == ("installed", "evaluator-2")
    tech.post("/devices/evaluator-2/removal", json={"why": "rebuilding"})
    assert (state(tech, "L2"), pages.registry.revoked_serials(datetime.now(UTC))) == (("in-stock", ""), [old.serial])
    back = tech.post("/assignments", json={"board": "L2", "position": "evaluator-1"}).json()
    assert (back["what"], state(tech, "L2")) == ("moved", ("installed", "evaluator-1"))
    tech.post("/devices/evaluator-1/removal", json={"why": "stolen", "state": "retired"})
    assert (state(tech, "L2"), pages.registry.device(new.id).state) == (("retired", ""), "revoked")


def test_what_was_bought_and_never_installed_stands_out(pages, tech):
    """With its formula, and what it cost; and a device on no books is told of."""
    key = next(KEYS)
    import_(tech, "M1,tv-box,1200,2020-01-05,\r\n", apply=True)
    ask(pages, key, "NOT-IN-THE-BOOKS", "signage_player")
    tech.post("/assignments", json={"board": pairing.code(key), "position": "tv-1"})
    ask(pages, key, "NOT-IN-THE-BOOKS", "signage_player")
    told = tech.get("/inventory/figures").json()
    boxes = next(one for one in told["shares"] if one["kind"] == "tv-box")
    assert (boxes["rate"], boxes["installed"]) == (0, 0)
    assert boxes["never"] >= 1
    assert boxes["never_yuan"] >= 1200
    assert "installed / bought" in told["formula"]
    assert ("idle", "M1") in [(one["worry"], one["serial"]) for one in told["alerts"]]
    assert [(one["position"], one["hardware_serial"]) for one in told["unlisted"]] == [("tv-1", "NOT-IN-THE-BOOKS")]


@pytest.mark.parametrize(
    ("text", "codes", "serials"),
    [
        ("7k3m-0qxa", ("7K3M0QXA",), ("7K3M-0QXA",)),
        ("ＳＮ：00012a7f", (), ("00012A7F",)),
        ("SN=0001;code=7K3M0QXA", ("7K3M0QXA",), ("0001",)),
        ("配对码:7K3M-OQXA", ("7K3M0QXA",), ()),
        ("…", (), ()),
    ],
)
def test_what_a_scanner_types_is_read_forgivingly(text, codes, serials):
    label = labels.read(text)
    assert (label.codes, label.serials) == (codes, serials)
