"""The floor plan by HTTP: drawn with its states, edited by administrators alone, and never over somebody's head."""

import itertools
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from halls.plan import plan_of
from hub.domain import commands as c
from tests.hub.web.conftest import Pages
from tests.hub.web.test_web_pages import page_data
from tests.support.live import until

EDIT = "/settings/small/plan"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """One for the module; each test puts the plan back, or moves what no other moves."""
    pages = Pages(tmp_path_factory.mktemp("hall"))
    pages.do(c.SignOn, counter="1", clerk="1001")
    pages.take()
    yield pages
    pages.close()


@pytest.fixture
def root(hall: Pages) -> Iterator[httpx.Client]:
    with hall.visitor("root") as root:
        yield root
        root.post(f"{EDIT}/reset", data={"floor": "f1", "key": f"back{next(COUNT)}"}, headers=OURS)


COUNT = itertools.count()
PNG = (Path(__file__).parents[2] / "support" / "media" / "one.png").read_bytes()
OURS = {"sec-fetch-site": "same-origin"}


def form_of(page: str) -> dict[str, str]:
    """Every field of the page's big form with its value, as a browser without a script would send it."""
    part = page[page.index('id="plan-form"') : page.index('class="reset"')]
    fields = {
        name: unescape(value) for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', part)
    }
    fields |= {name: unescape(text) for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)<', part)}
    for name, options in re.findall(r'<select name="([^"]+)">(.*?)</select>', part):
        fields[name] = (re.findall(r'value="([^"]+)" selected', options) or [""])[0]
    return fields


def save(root: httpx.Client, **moved: str) -> httpx.Response:
    fields = form_of(root.get(EDIT).text) | {name.replace("__", "."): value for name, value in moved.items()}
    return root.post(EDIT, data=fields, headers=OURS)


def places(hall: Pages) -> dict[str, tuple[float, ...]]:
    return {one.id: one.at for one in hall.desk.today("small").hall.counter}


def test_only_administrators_edit_by_page_or_by_api(hall: Pages) -> None:
    change = {"counter.1.at": [1, 1]}
    with hall.visitor("boss") as boss, hall.visitor("tech") as tech, hall.visitor() as nobody:
        for one in (boss, tech):
            assert one.get(EDIT).status_code == 403
            assert one.get(f"{EDIT}/lines").status_code == 403
            assert one.post(EDIT, data={"floor": "f1", "seen": "{}"}, headers=OURS).status_code == 403
            for act in ("begin", "reset", "undo"):
                assert one.post(f"{EDIT}/{act}", data={"floor": "f1"}, headers=OURS).status_code == 403
        assert nobody.get(EDIT).status_code == 303
        answer = boss.patch("/api/v1/halls/small/settings", json=change, headers=OURS | {"accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert places(hall)["1"] == (4.5, 2)


def test_another_sites_form_moves_nothing(hall: Pages, root: httpx.Client) -> None:
    fields = form_of(root.get(EDIT).text) | {"counter.1.at.0": "1"}
    assert root.post(EDIT, data=fields, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert places(hall)["1"] == (4.5, 2)


def test_the_form_without_a_script_moves_a_counter_at_once_and_one_button_takes_it_back(
    hall: Pages, root: httpx.Client
) -> None:
    before = page_data(root.get("/wall/small"))["show"]["plan"]
    answer = save(root, counter__1__at__0="2.25", counter__1__at__1="4", counter__1__faces="right")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{EDIT}?floor=f1")
    assert places(hall)["1"] == (2.25, 4)
    moved = root.get("/plan/small/drawing").text
    assert 'data-counter="1"' in moved
    assert "translate(225 400)" in moved
    until(lambda: page_data(root.get("/wall/small"))["show"]["plan"] != before, "whoever shows it knows that it moved")
    page = root.get(EDIT).text
    assert "root：1号窗口" in page
    ident = re.search(r'name="change_id" value="([^"]+)"', page)
    assert ident is not None
    undo = {"floor": "f1", "change_id": unescape(ident[1]), "key": "undo-1"}
    assert root.post(f"{EDIT}/undo", data=undo, headers=OURS).status_code == 303
    assert places(hall)["1"] == (4.5, 2)
    assert hall.desk.today("small").settings == {}, "as the file says it"
    assert root.post(f"{EDIT}/undo", data=undo, headers=OURS).status_code == 303, "pressed twice, done once"
    again = root.post(f"{EDIT}/undo", data=undo | {"key": "undo-2"}, headers=OURS)
    assert again.status_code == 409, "it is not the last save any more"
    assert "又有人保存过" in again.text


def test_a_form_that_is_sent_twice_moves_once(hall: Pages, root: httpx.Client) -> None:
    fields = form_of(root.get(EDIT).text) | {"position.tv-1.at.0": "10"}
    position = hall.desk.position
    assert root.post(EDIT, data=fields, headers=OURS).status_code == 303
    assert root.post(EDIT, data=fields, headers=OURS).status_code == 303
    assert hall.desk.position == position + 1


def test_who_comes_later_is_told_what_to_do_and_loses_nothing(hall: Pages, root: httpx.Client) -> None:
    mine = form_of(root.get(EDIT).text) | {"counter.1.at.0": "3", "counter.2.at.0": "9"}
    save(root, counter__1__at__0="1.5")
    answer = root.post(EDIT, data=mine, headers=OURS)
    assert answer.status_code == 409
    assert "root改过 1号窗口" in answer.text
    assert places(hall) == {"1": (1.5, 2), "2": (7.5, 2)}, "all of it or nothing"
    shown = form_of(answer.text)
    assert (shown["counter.1.at.0"], shown["counter.2.at.0"]) == ("3", "9"), "what was typed is still there"
    assert json.loads(shown["seen"])["counter.1.at"] == [1.5, 2]
    assert root.post(EDIT, data=shown, headers=OURS).status_code == 303
    assert places(hall) == {"1": (3, 2), "2": (9, 2)}


def test_two_people_at_different_counters_are_not_in_each_others_way(hall: Pages, root: httpx.Client) -> None:
    mine = form_of(root.get(EDIT).text) | {"counter.2.at.0": "9"}
    save(root, counter__1__at__0="1.5")
    assert root.post(EDIT, data=mine, headers=OURS).status_code == 303
    assert places(hall) == {"1": (1.5, 2), "2": (9, 2)}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("counter.1.at.0", "7.4", 'counter "2": at: [7.5, 2] is where counter "1" stands'),
        ("counter.1.at.0", "40", 'counter "1": at: [40, 2] is not on floor "f1"'),
        ("counter.1.at.0", "left", "1号窗口：“left”不是数字或点"),
        ("counter.1.at.0", "nan", "at: [nan, 2] is not on floor"),
        ("counter.1.at.0", "", "1号窗口：“”不是数字或点"),
        ("counter.1.faces", "north", 'counter "1": faces: is the text "north"'),
        ("area.lobby.outline", "0,2 12", "大厅：“12”不是数字或点"),
        ("area.lobby.outline", "0,2 12,8 12,2 0,7", 'area "lobby": outline: crosses itself'),
        ("floor.f1.walls", "0,2 13,2", 'floor "f1": walls: [13, 2] is not on floor'),
        ("floor.f1.size.0", "1", 'floor "f1": size: 1 m is no width or depth of a floor'),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_typed_still_there(
    hall: Pages, root: httpx.Client, field: str, value: str, told: str
) -> None:
    position = hall.desk.position
    fields = form_of(root.get(EDIT).text) | {field: value}
    answer = root.post(EDIT, data=fields, headers=OURS)
    assert answer.status_code == 422
    assert told in unescape(answer.text)
    assert hall.desk.position == position, "nothing was written"
    if field != "counter.1.faces":  # nobody can choose that
        assert form_of(answer.text)[field] == value


def test_places_finer_than_a_centimetre_stay_as_they_are_where_nobody_moved_them(
    hall: Pages, root: httpx.Client
) -> None:
    hall.do(c.ChangeSettings, changes={"counter.2.at": [7.1234, 2.001]})
    assert save(root, counter__1__at__0="3").status_code == 303
    assert places(hall) == {"1": (3, 2), "2": (7.1234, 2.001)}


def test_a_form_that_does_not_say_what_it_found_is_no_form(root: httpx.Client) -> None:
    for seen in (
        "",
        "[]",
        "[" * 5000,
        '{"counter.1.at": 5}',
        '{"counter.1.at": ["x", 2]}',
        '{"floor.f1.walls": [[1]]}',
    ):
        assert root.post(EDIT, data={"floor": "f1", "seen": seen}, headers=OURS).status_code == 400
    assert root.post(EDIT, data={"floor": "f9", "seen": "{}"}, headers=OURS).status_code == 404
    assert root.get(EDIT, params={"floor": "f9"}).status_code == 404


def test_a_floor_without_measures_begins_with_the_lay_out_in_metres(hall: Pages, root: httpx.Client) -> None:
    assert save(root, floor__f1__size__0="", floor__f1__size__1="").status_code == 422, "with counters on it"
    empty = {name: "" for name in form_of(root.get(EDIT).text) if name.startswith(("floor.f1.", "area."))}
    empty |= {f"{item}.at.{n}": "" for item in ("counter.1", "counter.2", "position.machine-1", "position.tv-1")
              for n in "01"}  # fmt: skip
    fields = form_of(root.get(EDIT).text) | empty
    assert root.post(EDIT, data=fields, headers=OURS).status_code == 303
    page = root.get(EDIT).text
    assert "本层还没有尺寸" in page
    assert "示意图" in root.get("/plan/small").text
    for width, depth in (("", ""), ("wide", "9"), ("1", "9"), ("nan", "9"), ("2", "2")):
        begin = {"floor": "f1", "width": width, "depth": depth, "key": f"b{width}"}
        answer = root.post(f"{EDIT}/begin", data=begin, headers=OURS)
        assert answer.status_code == (303 if width == "2" else 422), (width, answer.text[:200])
    assert len(plan_of(hall.desk.today("small").hall)[0].counters) == 2
    begun = hall.desk.today("small").hall
    assert begun.floor[0].size == (2, 2)
    assert all(one.at for one in begun.counter)


def test_the_drawing_says_each_state_in_words_too(hall: Pages, root: httpx.Client) -> None:
    text = root.get("/plan/small").text
    table = text[text.index('class="plan-table"') :]
    assert re.search(r'data-row="1">.*?<td class="said">空闲', table)
    assert re.search(r'data-row="2">.*?<td class="said">未开放', table)
    assert 'data-room-row="lobby"' in table
    show = page_data(root.get("/plan/small"))["show"]
    assert show["rooms"] == [
        {
            "area": "lobby",
            "waiting": 1,
            "since": show["rooms"][0]["since"],
            "open": 1,
            "crowd": "calm",
            "lines": [["A", 1]],
        }
    ]
    positions = [one.id for one in hall.desk.today("small").hall.position]
    states = dict(zip(positions, show["seats"], strict=True))
    assert (states["caller-1"], states["tv-1"]) == ("1", "2"), "one came and is offline, the other never came"
    assert show["away"] == ["1"]
    away = re.findall(r'<li data-board="\d+"><a href="([^"]+)"', text)
    assert away == [f"/monitor/small/devices/{one}" for one in ("caller-1", "window-1")], "and where each of them is"


def test_a_devices_page_points_at_it_on_its_floor(root: httpx.Client) -> None:
    page = root.get("/monitor/small/devices/tv-1").text
    assert 'class="here" transform="translate(1130 300)"' in page
    assert 'class="here" transform="translate(450 200)"' in root.get("/monitor/small/devices/caller-1").text


def test_an_uploaded_picture_lies_beneath_the_drawing_for_all_who_see_it(hall: Pages, root: httpx.Client) -> None:
    media = f"/api/v1/media?name={quote('architect.png')}"
    taken = root.post(media, content=PNG, headers=OURS | {"accept": "application/json"}).json()["sha256"]
    assert f'value="{taken}">architect.png' in root.get(EDIT).text
    assert save(root, floor__f1__picture=taken).status_code == 303
    address = re.search(r'class="backdrop" href="([^"]+)"', root.get("/wall/small").text)
    assert address is not None
    with hall.visitor("tech") as tech, hall.visitor("clerk1") as clerk:
        answer = tech.get(address[1])
        assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
        assert clerk.get(address[1]).status_code == 403
        assert tech.get("/plan/small/picture/f9").status_code == 404
    assert save(root, floor__f1__picture="").status_code == 303
    assert 'class="backdrop"' not in root.get("/wall/small").text
    assert root.get("/plan/small/picture/f1").status_code == 404


def test_lines_for_the_file_come_as_a_download(root: httpx.Client) -> None:
    answer = root.get(f"{EDIT}/lines")
    assert answer.headers["content-disposition"] == 'attachment; filename="small-plan.toml"'
    assert '# counter "1"\nat = [4.5, 2]\nfaces = "down"' in answer.text
