"""Updates over the air, whole: a hub, its broker, and boards whose launcher starts real agents."""

import os
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from provisioning import signing
from provisioning.board.real import Board
from provisioning.rehearsal.processes import Processes
from tests.support.bundles import BAD, built, factory, planted, signed
from tests.support.live import until
from tests.support.process import browser, claim, hub_at_work

BOARDS = {"caller-1": "caller", "evaluator-1": "evaluator", "window-1": "led_window", "machine-1": "ticket_printer"}
HANG_S = 8
CUTS = int(os.environ.get("TINGXU_POWER_CUTS", "8"))  # more of them search longer
PATIENCE_S = 120.0  # of a whole rollout on two cores that others use as well


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("updates")


@pytest.fixture(scope="module")
def key(directory: Path) -> Path:
    signing.make_key(directory / "publisher")
    return directory / "publisher"


@pytest.fixture(scope="module")
def hub(directory: Path, key: Path) -> Iterator[Processes]:
    (directory / "hub").mkdir()
    (directory / "hub" / "release.pub").write_bytes(key.with_name("publisher.pub").read_bytes())
    with hub_at_work(directory) as hub:
        yield hub


@pytest.fixture(scope="module")
def administrator(hub: Processes) -> Iterator[httpx.Client]:
    with browser(hub) as client:
        yield client


@pytest.fixture(scope="module")
def boards(directory: Path, key: Path, hub: Processes, administrator: httpx.Client) -> Iterator[dict[str, Board]]:
    """All online, with the version of their cards."""
    card = factory(directory / "card")
    found = {}
    for position, kind in BOARDS.items():
        board = Board(directory / position, kind, card, key.with_name("publisher.pub"), HANG_S)
        place = {"est": f"https://{hub.addresses.est}", "broker": hub.addresses.broker}
        place |= {"ca_fingerprint": hub.ca_fingerprint, "token": claim(administrator, "small", position)}
        board.configure(place)
        found[position] = board
    try:
        for board in found.values():
            board.power_on()
        until(lambda: online(administrator) >= set(BOARDS), "all boards are online", 60)
        yield found
    finally:
        for board in found.values():
            board.power_off()


def online(administrator: httpx.Client) -> set[str]:
    devices = administrator.get("/api/v1/halls/small/devices").json()["devices"]
    return {one["position"] for one in devices if one["online"]}


def upload(administrator: httpx.Client, content: bytes, key: Path) -> str:
    answer = administrator.post("/api/v1/releases", params={"signature": signed(content, key)}, content=content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sha256"])


def roll_out(administrator: httpx.Client, sha256: str, **more: Any) -> str:
    body = {"sha256": sha256, "positions": list(BOARDS), "waves": [], **more}
    answer = administrator.post("/api/v1/halls/small/rollouts", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def rollout(administrator: httpx.Client, ident: str) -> dict[str, Any]:
    return dict(administrator.get(f"/api/v1/halls/small/rollouts/{ident}").json())


def ended(administrator: httpx.Client, ident: str) -> dict[str, Any] | None:
    found = rollout(administrator, ident)
    under_way = {"waiting", "ordered", "fetching", "trying"} & set(found["counts"])
    return found if not under_way and found["wave"] >= 0 else None


def tell(board: Board) -> str:
    return board.log.read_text("utf-8", "replace")[-4000:] if board.log.exists() else ""


def test_bad_versions_come_back_by_themselves_and_a_good_one_stays(
    directory: Path, key: Path, hub: Processes, administrator: httpx.Client, boards: dict[str, Board]
) -> None:
    """One that crashes, one that hangs, one that never connects, one whose printer is gone: each board goes back to
    what it had, and says why; the rollout halts. The good version that follows is kept by all."""
    bad = upload(administrator, planted("0.2.0", directory, *BAD.values()), key)
    ident = roll_out(administrator, bad)
    until(lambda: ended(administrator, ident), "all boards have given the bad version back", PATIENCE_S)
    halted = rollout(administrator, ident)
    said = {one["position"]: one for one in halted["members"]}
    assert {one["stage"] for one in said.values()} == {"returned"}, [said, *map(tell, boards.values())]
    assert {one["said_running"] for one in said.values()} == {"0.1.0"}
    assert "in time" in said["caller-1"]["text"]
    assert "three times" in said["evaluator-1"]["text"]
    assert "did not connect" in said["window-1"]["text"]
    assert "planted_error: the printer is gone" in said["machine-1"]["text"]
    # Of those that were there at that moment: one that starts anew just then is away and does not count.
    assert (halted["phase"], re.match(r"[1-4]/[1-4]: ", halted["why"]) is not None) == ("halted", True), halted["why"]
    for board in boards.values():
        board.trial_s = 600
    aborted = administrator.post(f"/api/v1/halls/small/rollouts/{ident}/abort")
    assert aborted.json()["phase"] == "aborted"

    good = upload(administrator, built("0.3.0"), key)
    ident = roll_out(administrator, good)
    until(lambda: rollout(administrator, ident)["phase"] == "done", "all boards keep the good version", PATIENCE_S)
    kept = rollout(administrator, ident)
    assert kept["counts"] == {"running": 4}, [kept, *map(tell, boards.values())]
    assert online(administrator) == set(BOARDS)
    for board in boards.values():
        assert sorted(path.name for path in board.releases.iterdir()) == ["0.3.0", "state.json"]


def test_power_cuts_at_any_moment_of_an_update_end_on_a_version_that_works(
    key: Path, administrator: httpx.Client, boards: dict[str, Board]
) -> None:
    """Killed while they fetch, unpack, switch and try out; who was cut three times in its trial went back."""
    for board in boards.values():
        board.trial_s = 600
    chance = random.Random(7)
    sha256 = upload(administrator, built("0.4.0"), key)
    ident = roll_out(administrator, sha256, wave_minutes=30)
    for _ in range(CUTS):
        time.sleep(chance.uniform(0.0, 1.5))
        chance.choice(list(boards.values())).kill()
    until(lambda: ended(administrator, ident), "every board says what became of it", PATIENCE_S)
    until(lambda: online(administrator) >= set(BOARDS), "all boards are at work", PATIENCE_S)
    found = rollout(administrator, ident)
    assert set(found["counts"]) <= {"running", "returned", "waiting"}, [found, *map(tell, boards.values())]
    for one in found["members"]:
        wanted = "0.4.0" if one["stage"] == "running" else "0.3.0"
        assert one["stage"] == "waiting" or one["said_running"] == wanted, one
