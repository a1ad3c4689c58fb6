"""Halls of any size load from either TOML form, and `python -m halls` tells what it read."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import halls
from halls.format import Hall, HallFileError, Policy, Wireless, parse

FOLDER = Path(halls.__file__).parent
SMALL = (FOLDER / "small.toml").read_text(encoding="utf-8")
LETTERS = "ABCDEFGHJKLMNPQRSTUWXZ"
COUNTER_KINDS = ("caller", "evaluator", "window-card")
OTHER_KINDS = ("repeater", "tv-box", "publishing-terminal", "play-box", "guide-terminal")


@st.composite
def hall_tables(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """The list tables of a sound hall of 1 to 3 floors, areas and centres, and any number of devices per counter."""
    floors, areas, centres = (draw(st.integers(1, 3)) for _ in range(3))
    letters = draw(st.lists(st.sampled_from(LETTERS), min_size=1, max_size=6, unique=True))
    area_of = draw(st.lists(st.integers(0, areas - 1), min_size=1, max_size=8))  # by counter
    some_letters = st.lists(st.sampled_from(letters), min_size=1, unique=True)
    tables: dict[str, list[dict[str, Any]]] = {
        "floor": [{"id": f"f{n}", "name": f"{n}层", "english": f"F{n}"} for n in range(floors)],
        "area": [
            {"id": f"a{n}", "name": "区", "english": "Area", "floor": f"f{draw(st.integers(0, floors - 1))}"}
            for n in range(areas)
        ],
        "centre": [{"id": f"c{n}", "name": "中心", "english": "Centre"} for n in range(centres)],
        "service": [
            {"letter": letter, "name": "业务", "english": "Service", "area": f"a{draw(st.integers(0, areas - 1))}"}
            | {"centre": f"c{draw(st.integers(0, centres - 1))}", "service_min_median": 5, "service_min_p90": 9.5}
            for letter in letters
        ],
        "counter": [
            {"id": f"{n:02}", "name": "窗口", "area": f"a{area}", "services": draw(some_letters) if n else letters}
            for n, area in enumerate(area_of)
        ],
        "position": [],
    }
    for number, counter in enumerate(draw(st.lists(st.integers(0, len(area_of) - 1), max_size=12))):
        place = {"area": f"a{area_of[counter]}", "counter": f"{counter:02}"}
        tables["position"].append({"id": f"p{number}", "kind": draw(st.sampled_from(COUNTER_KINDS))} | place)
    for number, kind in enumerate(draw(st.lists(st.sampled_from(OTHER_KINDS), max_size=8))):
        tables["position"].append({"id": f"q{number}", "kind": kind, "area": "a0"})
    for number, series in enumerate(draw(st.lists(st.sampled_from(LETTERS), max_size=4, unique=True))):
        machine = {"id": f"m{number}", "kind": "ticket-machine", "area": "a0", "series": series}
        tables["position"].append(machine)
    return tables


def written(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def as_toml(tables: dict[str, list[dict[str, Any]]]) -> str:
    lines = ["format = 1", "[hall]", 'id = "h"', 'name = "厅"', 'english = "Hall"']
    for table, rows in tables.items():
        for row in rows:
            lines += [f"[[{table}]]", *(f"{key} = {written(value)}" for key, value in row.items())]
    return "\n".join(lines)


@given(hall_tables())
def test_a_sound_hall_of_any_counts_loads_with_every_item(tables: dict[str, list[dict[str, Any]]]) -> None:
    hall = parse(as_toml(tables))
    for table, rows in tables.items():
        read = getattr(hall, table)
        assert len(read) == len(rows)
        for row, item in zip(rows, read, strict=True):
            for key, value in row.items():
                assert getattr(item, key) == (tuple(value) if isinstance(value, list) else value)


@given(hall_tables(), st.data())
def test_a_hall_without_one_of_its_areas_is_refused_with_each_item_that_names_it(
    tables: dict[str, list[dict[str, Any]]], data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(tables["area"]))["id"]
    tables = tables | {"area": [area for area in tables["area"] if area["id"] != gone]}
    named = [row for table in ("service", "counter", "position") for row in tables[table] if row["area"] == gone]
    refused: tuple[str, ...] = ()
    try:
        parse(as_toml(tables))
    except HallFileError as error:
        refused = error.problems
    assert len([problem for problem in refused if f'area: "{gone}" is no area' in problem]) == len(named)


@given(st.text(max_size=200))
def test_any_text_is_refused_with_a_hall_file_error_and_nothing_else(text: str) -> None:
    with pytest.raises(HallFileError):
        parse(text)


@given(st.integers(0, len(SMALL) - 1), st.integers(1, 40))
def test_a_damaged_file_is_read_or_refused_and_never_fails_otherwise(start: int, length: int) -> None:
    with suppress(HallFileError):
        assert isinstance(parse(SMALL[:start] + SMALL[start + length :]), Hall)


def test_a_file_without_policy_has_the_usual_one() -> None:
    assert parse(SMALL.partition("[policy]")[0]).policy == Policy()


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    assert parse("\ufeff" + SMALL.replace("\n", "\r\n")) == parse(SMALL)


def test_handhelds_may_share_an_address_where_no_repeater_hears_both_and_a_caller_may_be_spare() -> None:
    rows = [
        'id = "r-1"\nkind = "repeater"',
        'id = "r-2"\nkind = "repeater"',
        'id = "h-1"\nkind = "caller"\ncounter = "1"\nwireless = { address = 7, repeaters = ["r-1"] }',
        'id = "h-2"\nkind = "evaluator"\nspare = true\nwireless = { address = 7, repeaters = ["r-2"] }',
    ]
    hall = parse(SMALL + "".join(f'\n[[position]]\narea = "lobby"\n{row}\n' for row in rows))
    handhelds = {position.id: position for position in hall.position if position.wireless}
    assert handhelds["h-1"].wireless == Wireless(address=7, repeaters=("r-1",))
    assert (handhelds["h-2"].counter, handhelds["h-2"].device_class) == ("", "evaluator")


def check(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "halls", str(path)]
    return subprocess.run(command, cwd=FOLDER.parent, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_sums_up_a_sound_file() -> None:
    done = check(FOLDER / "small.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "     2  counters\n" in done.stdout
    assert "     1  ticket-machine\n" in done.stdout
    assert done.stdout.endswith("     8  devices in all\n")


def test_the_command_prints_every_problem_of_a_bad_file_and_fails(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(SMALL.replace('kind = "tv-box"', 'kind = "tvbox"').replace("rout", "rut"), encoding="utf-8")
    done = check(path)
    assert (done.returncode, done.stdout) == (1, "")
    assert f'{path}:25: area "lobby": rute: unknown key; did you mean "route"?' in done.stderr
    assert 'position "tv-1": kind: is the text "tvbox"; did you mean "tv-box"?' in done.stderr
    assert "2 to mend" in done.stderr


def test_the_command_refuses_a_file_that_is_not_there_or_not_utf8(tmp_path: Path) -> None:
    assert "absent.toml: cannot be read: No such file" in check(tmp_path / "absent.toml").stderr
    path = tmp_path / "gbk.toml"
    path.write_bytes('name = "大厅"'.encode("gbk"))
    done = check(path)
    assert done.returncode == 1
    assert "gbk.toml: not UTF-8 at byte 8; save it as UTF-8" in done.stderr
