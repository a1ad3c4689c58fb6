"""Rollouts in the database, by any number of processes; and what the API and the page let people do with them."""

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.assembly import rollouts_of
from hub.domain.rollouts import Plan, Wave
from hub.releases.rollouts import Rollouts
from hub.roster import Bound, Roster
from hub.storage.database import Where, open_database
from hub.storage.releases import Release, ReleaseError
from tests.hub.web.conftest import Pages
from tests.support.bundles import packed
from tests.support.day import small_hall
from tests.support.hub import open_desk, run, utc_now
from wire.upkeep import Release as Wanted
from wire.upkeep import Updated

BOUND = {"machine-1": "p-1", "caller-1": "c-1", "caller-2": "c-2", "window-1": "w-1", "window-2": "w-2"}
ONE = Plan(waves=(Wave(per_class=1),))


@contextlib.asynccontextmanager
async def processes(database: Where, tmp_path: Path, count: int = 1) -> AsyncIterator[list[Rollouts]]:
    """So many of one hub, each with its own engine; releases 0.1.0 and 0.2.0 are there, and all devices online."""
    engines = [open_database(database) for _ in range(count)]
    async with open_desk(database) as desk:
        made = []
        for engine in engines:
            roster = Roster([small_hall()], lambda: [Bound(device, "small", at) for at, device in BOUND.items()])
            roster.seat_all(roster.bound())
            for seat in roster.seats("small"):
                seat.online = bool(seat.device)
            made.append(rollouts_of(engine, tmp_path / "releases", desk, roster))
        for name in ("0.1.0", "0.2.0"):
            one = Release(
                sha256=hashlib.sha256(name.encode()).hexdigest(), name=name, size=9, signature="s", added_at=utc_now(),
                added_by="root",
            )  # fmt: skip
            made[0].releases.add(one)
        yield made
    for engine in engines:
        engine.dispose()


def sha256(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


async def settle(one: Rollouts) -> None:
    while await one.turn("small"):
        pass
    await one.load()


async def say(one: Rollouts, outcome: Any, *positions: str) -> None:
    """The devices there say so of what they are ordered now."""
    for seat in one._roster.seats("small"):
        if seat.position.id in positions:
            order = one.desired(seat)
            assert isinstance(order, Wanted)
            await one.take(
                seat, seat.device,
                Updated(id="b-1", at=utc_now(), name=order.name, outcome=outcome, running="x", revision=order.revision),
            )  # fmt: skip


def ordered(one: Rollouts) -> dict[str, tuple[str, int]]:
    """Position → version and revision of what should run there and is not held."""
    wanted = {seat.position.id: one.desired(seat) for seat in one._roster.seats("small")}
    return {at: (w.name, w.revision) for at, w in wanted.items() if isinstance(w, Wanted) and not w.held}


def test_a_rollout_goes_on_where_it_was_after_the_hub_was_killed(database: Where, tmp_path: Path) -> None:
    async def before() -> None:
        async with processes(database, tmp_path) as [one]:
            await one.start("small", sha256("0.2.0"), ONE, list(BOUND), "root")
            await settle(one)
            assert set(ordered(one)) == {"machine-1", "caller-1", "window-1"}

    async def after() -> None:
        async with processes(database, tmp_path) as [one]:
            await one.load()
            await say(one, "running", "machine-1", "caller-1", "window-1")
            await settle(one)
            assert set(ordered(one)) == set(BOUND)
            await say(one, "running", "caller-2", "window-2")
            await settle(one)
            assert one.stored.of("small")[0].phase == "done"

    run(before())
    run(after())


def test_several_processes_order_everything_once(database: Where, tmp_path: Path) -> None:
    async def work() -> None:
        async with processes(database, tmp_path, 3) as several:
            await several[0].start("small", sha256("0.2.0"), ONE, list(BOUND), "root")
            for _ in range(4):
                await asyncio.gather(*(one.turn("small") for one in several))
            await settle(several[1])
            assert ordered(several[1]) == dict.fromkeys(("machine-1", "caller-1", "window-1"), ("0.2.0", 1))

    run(work())


def test_halted_is_held_and_retried_is_ordered_by_another_revision(database: Where, tmp_path: Path) -> None:
    async def work() -> None:
        async with processes(database, tmp_path) as [one]:
            begun = await one.start("small", sha256("0.2.0"), ONE, list(BOUND), "root")
            await settle(one)
            await say(one, "trying", "caller-1")
            await say(one, "returned", "machine-1")
            await settle(one)
            halted = one.stored.of("small")[0]
            assert (halted.phase, "machine-1" in halted.why) == ("halted", True)
            assert "window-1" not in ordered(one), "it had not begun"
            await one.tell("small", begun.id, "retry", "root")
            await settle(one)
            assert ordered(one)["machine-1"] == ("0.2.0", 2)
            assert ordered(one)["caller-1"] == ("0.2.0", 1), "it is on its way"
            with pytest.raises(ReleaseError, match="running"):
                await one.tell("small", begun.id, "resume", "root")

    run(work())


def test_back_rolls_out_the_release_before_to_the_same_positions_at_once(database: Where, tmp_path: Path) -> None:
    async def work() -> None:
        async with processes(database, tmp_path) as [one]:
            for name in ("0.1.0", "0.2.0"):
                begun = await one.start("small", sha256(name), Plan(waves=()), ["caller-1", "caller-2"], "root")
                with pytest.raises(ReleaseError, match="under way"):
                    await one.start("small", sha256(name), ONE, [], "root")
                await settle(one)
                await say(one, "running", "caller-1", "caller-2")
                await settle(one)
            back = await one.tell("small", begun.id, "back", "root")
            await settle(one)
            assert ordered(one) == {"caller-1": ("0.1.0", 3), "caller-2": ("0.1.0", 3)}
            with pytest.raises(ReleaseError, match="newer one"):
                await one.tell("small", begun.id, "retry", "root")
            assert back.id != begun.id

    run(work())


def test_what_a_device_says_late_or_twice_changes_nothing(database: Where, tmp_path: Path) -> None:
    async def work() -> None:
        async with processes(database, tmp_path) as [one]:
            begun = await one.start("small", sha256("0.2.0"), Plan(waves=()), ["caller-1"], "root")
            await settle(one)
            for outcome in ("trying", "fetching", "running", "running", "trying"):
                await say(one, outcome, "caller-1")
            assert [member.stage for member in one.stored.progress(begun.id)] == ["running"]

    run(work())


def test_a_device_that_comes_back_after_another_rollout_is_still_heard(database: Where, tmp_path: Path) -> None:
    """And one whose good version was found damaged, after it had run it."""

    async def work() -> None:
        async with processes(database, tmp_path) as [one]:
            first = await one.start("small", sha256("0.1.0"), Plan(waves=()), ["caller-1", "caller-2"], "root")
            away = one._roster.at("small", "caller-1")
            assert away is not None
            away.online = False
            await settle(one)
            await say(one, "running", "caller-2")
            await settle(one)
            await one.start("small", sha256("0.2.0"), Plan(waves=()), ["caller-2"], "root")
            await settle(one)
            await say(one, "running", "caller-1")
            await say(one, "running", "caller-2")
            await say(one, "returned", "caller-2")
            stages = {member.position: member.stage for member in one.stored.progress(first.id)}
            assert stages == {"caller-1": "running", "caller-2": "running"}
            newest = one.stored.of("small")[0]
            assert [member.stage for member in one.stored.progress(newest.id)] == ["returned"]

    run(work())


# By the API.


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Any:
    one = Pages(tmp_path_factory.mktemp("pages"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def root(pages: Pages) -> httpx.Client:
    client = pages.visitor("root")
    client.headers["Origin"] = pages.url
    return client


def sign(key: Ed25519PrivateKey, content: bytes) -> str:
    return base64.b64encode(key.sign(hashlib.sha256(content).digest())).decode()


def upload(client: httpx.Client, content: bytes, signature: str) -> httpx.Response:
    return client.post("/api/v1/releases", params={"signature": signature}, content=content)


def test_only_what_the_publisher_signed_is_kept(pages: Pages, root: httpx.Client) -> None:
    content = packed([("edge/__main__.py", b"")], name="1.0.0")
    stranger = upload(root, content, sign(Ed25519PrivateKey.generate(), content))
    assert (stranger.status_code, stranger.json()["code"]) == (422, "wrong-signature")
    other = upload(root, content + bytes(512), sign(pages.publisher, content))
    assert other.json()["code"] == "wrong-signature"
    assert upload(root, b"no tar", sign(pages.publisher, b"no tar")).json()["code"] == "bad-release"
    assert root.get("/api/v1/releases").json() == []
    assert list(pages.rollouts.files.path("x").parent.glob("*")) == [], "nothing is left of what was refused"

    first = upload(root, content, sign(pages.publisher, content))
    assert (first.status_code, first.json()["name"]) == (201, "1.0.0")
    assert upload(root, content, sign(pages.publisher, content)).status_code == 200
    again = packed([("edge/__main__.py", b"#")], name="1.0.0")
    assert upload(root, again, sign(pages.publisher, again)).json()["code"] == "name-taken"
    gone = root.delete(f"/api/v1/releases/{first.json()['sha256']}")
    assert gone.status_code == 204


def test_a_release_that_went_out_stays_and_the_page_shows_how_far(pages: Pages, root: httpx.Client) -> None:
    content = packed([("edge/__main__.py", b"")], name="1.1.0")
    sha = upload(root, content, sign(pages.publisher, content)).json()["sha256"]
    wrong = root.post("/api/v1/halls/small/rollouts", json={"sha256": sha, "positions": ["nowhere"]})
    assert wrong.json()["code"] == "unknown-position"
    begun = root.post("/api/v1/halls/small/rollouts", json={"sha256": sha})
    assert begun.status_code == 201, begun.text
    assert begun.json()["waves"] > 1
    assert root.delete(f"/api/v1/releases/{sha}").json()["code"] == "release-in-use"
    shown = root.get("/updates/small")
    assert (shown.status_code, "1.1.0" in shown.text) == (200, True)
    ident = begun.json()["id"]
    assert root.post(f"/api/v1/halls/small/rollouts/{ident}/back").json()["code"] == "no-release-before"
    assert root.post(f"/api/v1/halls/small/rollouts/{ident}/abort").json()["phase"] == "aborted"
