"""Content comes whole from a hub that misbehaves, over a network that fails, through power cuts; or not at all."""

import os
import random
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.runtime.download import Part
from edge.runtime.fetching import Fetcher
from edge.signage_player.shelf import Shelf
from tests.edge.signage_player.keeping import Kept, item, programme
from tests.edge.signage_player.unruly_hub import UnrulyHub
from wire.messages import ContentItem, Emergency

ROOT = Path(__file__).parents[3]
DATA = random.Random(1).randbytes(40_000)
Until = Callable[[Callable[[], Any]], Any]
Keeping = Callable[..., Kept]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnrulyHub]:
    one = UnrulyHub(tmp_path_factory.mktemp("hub"))
    yield one
    one.close()


@pytest.fixture
def hub(served: UnrulyHub) -> UnrulyHub:
    served.files, served.faults, served.asked = {}, [], []
    served.stalled.clear()
    served.go_on.clear()
    return served


@pytest.fixture
def keeping(tmp_path: Path, hub: UnrulyHub) -> Iterator[Keeping]:
    """keeping(): a screen on the same disk each time."""
    made: list[Kept] = []

    def make(silence_s: float = 15.0, **changes: Any) -> Kept:
        made.append(Kept(tmp_path, Fetcher(hub.url, hub.state_dir, silence_s=silence_s), **changes))
        return made[-1]

    yield make
    for one in made:
        one.keeper.stop()


def offered(hub: UnrulyHub, data: bytes = DATA, name: str = "一.png") -> ContentItem:
    one = item(data, name)
    hub.files[one.sha256] = data
    return one


FAULTS = [
    ["cut 0"], ["cut 1", "cut 1", "cut 20000"], ["cut 30000", "whole"], ["cut 30000", "other-range"],
    ["cut 30000", "416"], ["wrong"], ["cut 30000", "wrong"], ["503", "503"], ["404"], ["garbage"], ["endless"],
    ["cut 39999", "endless"],
]  # fmt: skip


@pytest.mark.parametrize("faults", FAULTS, ids="+".join)
def test_whatever_the_hub_does_at_first_the_file_is_right_in_the_end(
    hub: UnrulyHub, keeping: Keeping, until: Until, faults: list[str]
) -> None:
    wanted = offered(hub)
    hub.faults = list(faults)
    screen = keeping()
    screen.wish(programme(wanted))
    until(lambda: screen.whole == programme(wanted))
    assert screen.shelf.path(wanted).read_bytes() == DATA
    assert [path.name for path in screen.folder.glob("*.part")] == []
    assert not hub.faults


def test_a_cut_download_goes_on_where_it_was(hub: UnrulyHub, keeping: Keeping, until: Until) -> None:
    wanted = offered(hub)
    hub.faults = ["cut 30000", "cut 5000"]
    screen = keeping()
    screen.wish(programme(wanted))
    until(lambda: screen.whole)
    assert [begin for _, begin in hub.asked] == [0, 30000, 35000]


def test_a_hub_that_falls_silent_is_asked_again(hub: UnrulyHub, keeping: Keeping, until: Until) -> None:
    wanted = offered(hub)
    hub.faults = ["stall 10000"]
    screen = keeping(silence_s=0.3)
    screen.wish(programme(wanted))
    until(lambda: screen.whole)
    assert [begin for _, begin in hub.asked] == [0, 10000]


def test_what_was_on_the_disk_when_the_power_went_is_gone_on_with_from_every_byte(tmp_path: Path) -> None:
    """Whatever the length that the disk has, and with a tail that was never written."""
    data = random.Random(2).randbytes(120)
    wanted = item(data)
    shelf = Shelf(tmp_path, 1000)

    def fetched(part: Part) -> bool:
        part.write(data[part.size :])
        return shelf.keep(part)

    for length in range(len(data) + 1):
        (tmp_path / f"{wanted.sha256}.part").write_bytes(data[:length])
        assert fetched(shelf.part(wanted))
        assert shelf.path(wanted).read_bytes() == data
        (tmp_path / f"{wanted.sha256}.part").write_bytes(data[: length // 2] + bytes(length - length // 2))
        is_right = data[length // 2 : length] == bytes(length - length // 2)
        assert fetched(shelf.part(wanted)) == is_right
        assert fetched(shelf.part(wanted)), "it was dropped, and begins anew"
        shelf.path(wanted).unlink()


def test_a_screen_that_is_killed_in_the_middle_goes_on_from_its_disk(
    hub: UnrulyHub, tmp_path: Path, until: Until
) -> None:
    data = random.Random(3).randbytes(400_000)
    wanted = offered(hub, data)
    hub.faults = ["stall 300000"]
    told = msgspec.json.encode(programme(wanted)).decode()
    command = [sys.executable, "-m", "tests.edge.signage_player.keeping", str(tmp_path), hub.url, str(hub.state_dir)]
    with subprocess.Popen([*command, told], cwd=ROOT) as first:
        part = tmp_path / "content" / f"{wanted.sha256}.part"
        until(lambda: part.exists() and part.stat().st_size >= 200_000)
        first.send_signal(signal.SIGKILL)
    assert not (tmp_path / "content" / "programme.json").exists()
    with subprocess.Popen([*command, told], cwd=ROOT, stdout=subprocess.PIPE, text=True) as second:
        assert second.stdout is not None
        assert second.stdout.readline() == "whole\n"
        second.kill()
    assert hub.asked[-1][1] >= 200_000
    assert (tmp_path / "content" / f"{wanted.sha256}.png").read_bytes() == data


def test_an_emergency_goes_before_what_is_being_fetched(hub: UnrulyHub, keeping: Keeping, until: Until) -> None:
    film, sign = offered(hub), offered(hub, b"a sign", "sign.png")
    hub.faults = ["stall 30000"]
    screen = keeping(silence_s=2.0)
    screen.wish(programme(film))
    assert hub.stalled.wait(20)
    screen.wish(programme(film), Emergency(id="e", zh="走", item=sign))
    hub.go_on.set()
    until(lambda: screen.shelf.has(sign) and screen.whole)
    order = [sha256 for sha256, _ in hub.asked]
    assert order == [film.sha256, sign.sha256, film.sha256]
    assert screen.shelf.emergency().id == "e"


def test_a_file_takes_no_more_memory_than_a_piece_of_it(hub: UnrulyHub, tmp_path: Path) -> None:
    data = os.urandom(8_000_000)
    wanted = offered(hub, data)
    part = Shelf(tmp_path, 1000).part(wanted)
    fetcher = Fetcher(hub.url, hub.state_dir)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        fetcher.fetch(part, lambda: True)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert part.is_right
    assert peak < 1_000_000
