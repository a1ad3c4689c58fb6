"""Content for screens by the API: what is taken and refused, who may, what it does, and that the log says who."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from halls.format import Hall
from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.routes import attach
from hub.http.screens import screens as routes
from hub.roster import Roster
from hub.screens.files import Files
from hub.screens.screens import Screens
from hub.storage.accounts import Accounts
from hub.storage.content import Content
from hub.storage.plays import Plays
from tests.hub.http.visitors import PASSWORD, logged_in
from tests.support.files import FILES
from wire.messages import Play, Played

pytestmark = pytest.mark.anyio

HALL = "/api/v1/halls/small"
MEDIA, LISTS, EMERGENCIES = "/api/v1/media", f"{HALL}/playlists", f"{HALL}/emergencies"
PNG = (FILES / "one.png").read_bytes()
HASH = hashlib.sha256(PNG).hexdigest()


@pytest.fixture
def halls(desk: Desk) -> list[Hall]:
    return [desk.today(name).hall for name in desk.halls()]


@pytest.fixture
def content(engine: Any, halls: list[Hall], tmp_path: Path) -> Screens:
    files = Files(tmp_path / "content", file_max=100_000, free_min=0)
    return Screens(Content(engine), Plays(engine), files, halls)


@pytest.fixture
def app(app: FastAPI, desk: Desk, accounts: Accounts, halls: list[Hall], content: Screens) -> FastAPI:
    attach(app, routes(desk, Roster(halls, list), content, Gate(accounts, desk.now)))
    return app


async def uploaded(client: httpx.AsyncClient, data: bytes = PNG, name: str = "一.png", **query: str) -> httpx.Response:
    return await client.post(MEDIA, params={"name": name, **query}, content=data)


async def made(client: httpx.AsyncClient, **plan: Any) -> dict[str, Any]:
    answer = await client.post(LISTS, json={"name": "介绍", "items": [{"sha256": HASH}], **plan})
    assert answer.status_code == 201, answer.text
    return answer.json()


def left(content: Screens) -> list[str]:
    return sorted(path.name for path in content.files.path("x").parent.glob("*"))


KINDS = {
    "one.png": "image/png", "one.jpg": "image/jpeg", "one.webp": "image/webp", "lossless.webp": "image/webp",
    "film.mp4": "video/mp4", "film.webm": "video/webm", "film.mkv": "video/x-matroska", "film.ts": "video/mp2t",
}  # fmt: skip


async def test_what_a_file_is_is_found_in_it_and_not_in_its_name(staff, content):
    for name, kind in KINDS.items():
        data = (FILES / name).read_bytes()
        answer = await uploaded(staff, data, "whatever.exe")
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert (told["type"], told["size"], told["added_by"]) == (kind, len(data), "token:desk-7")
        assert (told["width"], told["height"]) == ((64, 36) if kind.startswith("image/") else (None, None))
        assert content.files.path(told["sha256"]).read_bytes() == data
        read = await staff.get(f"{MEDIA}/{told['sha256']}", headers={"Range": "bytes=3-6"})
        assert (read.status_code, read.content, read.headers["content-type"]) == (206, data[3:7], kind)


REFUSED = [
    (b"", "bad-media"),
    (b"MZ\x90 a program", "bad-media"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "bad-media"),
    (PNG[:-20], "bad-media"),
    ((FILES / "one.jpg").read_bytes()[:-200], "bad-media"),
    ((FILES / "one.webp").read_bytes()[:-9], "bad-media"),
    ((FILES / "film.mp4").read_bytes()[:-900], "bad-media"),
    (PNG[:16] + (60_000).to_bytes(4, "big") * 2 + PNG[24:], "bad-media"),
    (PNG + bytes(100_000), "media-too-large"),
]


async def test_what_screens_cannot_show_is_refused_in_words_and_nothing_of_it_stays(staff, content, counted):
    for data, code in REFUSED:
        answer = await uploaded(staff, data)
        assert answer.json()["code"] == code, (data[:40], answer.text)
        assert len(answer.json()["detail"]) > 30, "what to do"
    assert (counted["bad-media"], counted["media-too-large"]) == (8, 1)
    assert left(content) == []
    assert (await staff.get(MEDIA)).json() == []


async def test_a_body_without_end_is_cut_off_at_the_limit(staff, content):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 10_000
            yield bytes(10_000)

    answer = await staff.post(MEDIA, params={"name": "x"}, content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "media-too-large")
    assert sent < 200_000
    assert left(content) == []


async def test_the_same_bytes_twice_are_one_medium_and_keep_their_first_name(staff, content, desk):
    assert (await uploaded(staff, name="first")).status_code == 201
    again = await uploaded(staff, name="second", sha256=HASH)
    assert (again.status_code, again.json()["name"]) == (200, "first")
    assert left(content) == [HASH]
    events = [one.event for hall in desk.halls() for one in await desk.history(hall, desk.today(hall).day)]
    assert [(one.what, one.ident, one.by) for one in events] == [("media-added", HASH, "token:desk-7")] * 2


async def test_what_was_damaged_on_its_way_is_refused_by_its_hash(staff, content):
    answer = await uploaded(staff, sha256="0" * 64)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong-hash")
    assert left(content) == []


async def test_a_disk_that_would_be_left_without_room_for_the_log_takes_no_file(app, staff, content):
    content.files._free_min = 1 << 60
    answer = await uploaded(staff)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk-full")


async def test_media_that_are_shown_cannot_be_deleted_and_who_shows_them_is_named(staff, content):
    await uploaded(staff)
    playlist = await made(staff)
    refused = await staff.delete(f"{MEDIA}/{HASH}")
    assert (refused.status_code, refused.json()["code"]) == (409, "media-in-use")
    assert "介绍" in refused.json()["detail"]
    assert (await staff.delete(f"{LISTS}/{playlist['id']}")).status_code == 204
    urgent = (await staff.post(EMERGENCIES, json={"zh": "走", "sha256": HASH})).json()
    assert (await staff.delete(f"{MEDIA}/{HASH}")).json()["code"] == "media-in-use"
    assert (await staff.delete(f"{EMERGENCIES}/{urgent['id']}")).json()["active"] is False
    assert (await staff.delete(f"{MEDIA}/{HASH}")).status_code == 204
    assert left(content) == []
    assert (await staff.get(EMERGENCIES)).json()[0]["zh"] == "走"


async def test_a_playlist_reaches_the_screens_it_is_for_and_no_other(staff, content, desk, clock):
    await uploaded(staff)
    (screen,) = content.positions("small")
    for targets, plays in (({"areas": ["lobby"]}, True), ({"screens": ["tv-1"]}, True), ({}, True)):
        one = await made(staff, **targets)
        assert bool(content.programme("small", screen, clock())) == plays
        await staff.delete(f"{LISTS}/{one['id']}")
    assert content.programme("small", screen, clock()) is None
    wrong = await staff.post(LISTS, json={"name": "x", "areas": ["cellar"], "screens": ["caller-1"]})
    assert [one["what"] for one in wrong.json()["errors"]] == ["no area 'cellar'", "no screen 'caller-1'"]
    await made(staff, enabled=False)
    assert content.programme("small", screen, clock()) is None
    assert content.programme("other", content.positions("other")[0], clock()) is None


async def test_a_playlist_that_is_over_is_not_fetched_any_more_a_day_later(staff, content, clock):
    await uploaded(staff)
    await made(staff, last_day=clock().date().isoformat())
    (screen,) = content.positions("small")
    assert content.programme("small", screen, clock())
    clock.pass_(days=3)
    assert content.programme("small", screen, clock()) is None


async def test_the_mark_changes_with_the_programme_and_with_nothing_else(staff, content, clock):
    await uploaded(staff)
    one = await made(staff)
    (screen,) = content.positions("small")
    first = content.programme("small", screen, clock()).mark
    plan = {key: value for key, value in one.items() if key not in ("id", "changed_at", "changed_by")}
    await staff.put(f"{LISTS}/{one['id']}", json=plan)
    assert content.programme("small", screen, clock()).mark == first
    await staff.put(f"{LISTS}/{one['id']}", json={**plan, "ticker": "新"})
    assert content.programme("small", screen, clock()).mark != first


SENSELESS = [
    {"items": [{"sha256": "0" * 64}]},
    {"dayparts": [{"begins": "9:00"}]},
    {"dayparts": [{"begins": "24:00"}]},
    {"dayparts": [{"weekdays": [0]}]},
    {"first_day": "2026-02-02", "last_day": "2026-02-01"},
    {"first_day": "0001-01-01"},
    {"name": "a\u0000b"},
    {"priority": 101},
    {"zone": "left"},
    {"sneaked": 1},
]


async def test_a_plan_that_makes_no_sense_is_refused_and_nothing_is_published(staff, content, desk):
    await uploaded(staff)
    before = desk.position
    for plan in SENSELESS:
        answer = await staff.post(LISTS, json={"name": "x", **plan})
        assert answer.status_code in (404, 422), (plan, answer.text)
    assert (await staff.get(LISTS)).json() == []
    assert desk.position == before


async def test_more_than_a_message_holds_is_refused_before_it_is_stored(staff, content):
    await uploaded(staff)
    items = [{"sha256": HASH}] * 100
    for number in range(4):
        answer = await staff.post(LISTS, json={"name": f"{number}", "items": items})
        if answer.status_code != 201:
            break
    assert (answer.status_code, answer.json()["code"]) == (422, "programme-too-large")
    assert len((await staff.get(LISTS)).json()) == number


async def test_the_same_wish_is_done_once_and_its_key_does_nothing_else(staff, desk):
    await uploaded(staff)
    keyed, before = {"Idempotency-Key": "k"}, desk.position
    body = {"name": "介绍", "items": [{"sha256": HASH}]}
    first, again = [(await staff.post(LISTS, json=body, headers=keyed)).json() for _ in range(2)]
    assert first == again
    assert desk.position == before + 1
    other = await staff.delete(f"{LISTS}/{first['id']}", headers=keyed)
    assert other.json()["code"] == "idempotency-key-reused"
    assert (await staff.post(EMERGENCIES, json={"zh": "走"}, headers=keyed)).json()["code"] == "idempotency-key-reused"
    assert [one["id"] for one in (await staff.get(LISTS)).json()] == [first["id"]]
    assert (await staff.get(EMERGENCIES)).json() == []
    done = {"Idempotency-Key": "d"}
    assert [(await staff.delete(f"{LISTS}/{first['id']}", headers=done)).status_code for _ in range(2)] == [204, 204]


async def test_an_emergency_is_for_its_screens_until_it_is_withdrawn_or_over(staff, content, clock):
    (screen,) = content.positions("small")
    begun = await staff.post(EMERGENCIES, json={"zh": "走", "en": "Leave", "minutes": 30, "areas": ["lobby"]})
    assert begun.status_code == 201, begun.text
    assert content.emergency("small", screen, clock()).zh == "走"
    later = await staff.post(EMERGENCIES, json={"zh": "停"})
    assert content.emergency("small", screen, clock()).zh == "停", "the newest"
    await staff.delete(f"{EMERGENCIES}/{later.json()['id']}")
    assert content.emergency("small", screen, clock()).zh == "走"
    clock.pass_(minutes=31)
    assert content.emergency("small", screen, clock()) is None
    told = {one["zh"]: one["active"] for one in (await staff.get(EMERGENCIES)).json()}
    assert told == {"走": False, "停": False}


async def test_the_preview_says_what_plays_at_a_moment_of_the_halls_clock(staff, content):
    await uploaded(staff)
    morning = {"dayparts": [{"begins": "09:00", "ends": "10:00"}], "priority": 1, "ticker": "早"}
    await made(staff, name="早上", **morning)
    await made(staff, name="平时")

    async def at(moment: str) -> dict[str, Any]:
        return (await staff.get(f"{HALL}/screens/tv-1/preview", params={"at": moment})).json()

    nine = await at("2026-01-05T09:30")
    assert ([one["name"] for one in nine["playlists"]], nine["ticker"]) == (["早上"], "早")
    assert nine["next_change"] == "2026-01-05T02:00:00Z"
    assert nine == {**await at("2026-01-05T01:30:00+00:00"), "at": nine["at"]}
    ten = await at("2026-01-05T10:00")
    assert ([one["name"] for one in ten["playlists"]], ten["ticker"]) == (
        ["平时"],
        "请保管好号票 · Please keep your ticket",
    )
    assert (await staff.get(f"{HALL}/screens/tv-9/preview")).json()["code"] == "unknown-screen"


async def test_what_was_played_is_kept_once_and_told_as_a_table(staff, content, clock):
    await uploaded(staff, name="=1+1")
    (screen,) = content.positions("small")
    plays = tuple(Play(sha256=HASH, at=clock(), played_s=12.0, outcome=one) for one in ("whole", "broken"))
    for _ in range(2):
        content.played("small", screen, "signage-player-1", Played(id="x-p1", plays=plays), clock())
    today = clock().astimezone(ZoneInfo("Asia/Shanghai"))
    answer = await staff.get(f"{HALL}/plays", params={"first_day": today.date().isoformat()})
    head, *rows = answer.text.splitlines()
    assert head.endswith("screen,device,began_at,seconds,outcome,name,sha256")
    assert [row.split(",")[4:] for row in rows] == [["whole", "'=1+1", HASH], ["broken", "'=1+1", HASH]]
    assert rows[0].startswith(f"tv-1,signage-player-1,{today.date()}")
    clock.pass_(days=400)
    content.played("small", screen, "signage-player-1", Played(id="x-p2", plays=()), clock())
    answer = await staff.get(f"{HALL}/plays", params={"first_day": today.date().isoformat()})
    assert len(answer.text.splitlines()) == 1, "a year is over"


async def test_clerks_see_and_change_nothing_of_it(app, accounts, clock, staff):
    await uploaded(staff)
    accounts.create("clerk1", "clerk", PASSWORD, clock(), "1001")
    async with logged_in(app, "clerk1") as clerk:
        answers = [
            await uploaded(clerk), await clerk.get(MEDIA), await clerk.get(f"{MEDIA}/{HASH}"),
            await clerk.delete(f"{MEDIA}/{HASH}"), await clerk.get(LISTS), await clerk.post(LISTS, json={"name": "x"}),
            await clerk.post(EMERGENCIES, json={"zh": "x"}), await clerk.get(f"{HALL}/plays"),
        ]  # fmt: skip
    assert {one.status_code for one in answers} == {403}
