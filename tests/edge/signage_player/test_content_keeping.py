"""What is on a screen's disk: whole schedules alone take effect, what plays stays, a bad disk stops nothing."""

import errno
import os
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.runtime.disk import Disk, File
from edge.runtime.download import Part
from edge.runtime.fetching import GoneError
from edge.signage_player.keeper import AnyFetcher
from edge.signage_player.plays import BATCH, Plays
from edge.signage_player.programme import BatchTaken, Journal
from edge.signage_player.shelf import FullError, Shelf
from tests.edge.signage_player.conftest import AT
from tests.edge.signage_player.keeping import Kept, item, programme
from wire.messages import Emergency, Play

Until = Callable[[Callable[[], Any]], Any]
Keeping = Callable[..., Kept]
DATA = [random.Random(seed).randbytes(100_000) for seed in range(6)]
ITEMS = [item(data, f"{number}.png") for number, data in enumerate(DATA)]


class Source:
    """In the place of the network: has what it has. `fetched`: hashes in order."""

    def __init__(self, *data: bytes) -> None:
        self.files = {item(one).sha256: one for one in data}
        self.fetched: list[str] = []
        self.held = threading.Event()
        self.held.set()

    def fetch(self, part: Part, go_on: Callable[[], bool]) -> None:
        self.held.wait(30)
        self.fetched.append(part.item.sha256)
        if part.item.sha256 not in self.files:
            raise GoneError("not here")
        data = self.files[part.item.sha256]
        while part.size < len(data) and go_on():
            part.write(data[part.size : part.size + 10_000])


class _NarrowFile(File):
    def __init__(self, disk: "NarrowDisk", path: Path, mode: str) -> None:
        super().__init__(path, mode)
        self._disk = disk

    def write(self, data: bytes) -> None:
        taken = min(len(data), self._disk.free)
        self._disk.free -= taken
        super().write(data[:taken])
        if taken < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")


class NarrowDisk(Disk):
    """`free`: bytes that it still takes; of a write that does not fit it takes a part, as disks do."""

    def __init__(self, free: int) -> None:
        self.free = free

    def create(self, path: Path) -> File:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _NarrowFile(self, path, "w")

    def append(self, path: Path) -> File:
        return _NarrowFile(self, path, "a")


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Keeping]:
    """keeping(source): a screen, on the same disk each time."""
    made: list[Kept] = []

    def make(source: AnyFetcher, **changes: Any) -> Kept:
        for one in made:
            one.keeper.stop()
        made.append(Kept(tmp_path, source, **changes))
        return made[-1]

    yield make
    for one in made:
        one.keeper.stop()


def test_a_schedule_of_which_a_file_is_missing_does_not_replace_the_last_whole_one(
    keeping: Keeping, until: Until
) -> None:
    source = Source(DATA[0], DATA[1])
    screen = keeping(source)
    before, after = programme(ITEMS[0]), programme(ITEMS[1], ITEMS[2], mark="two")
    screen.wish(before)
    until(lambda: screen.whole == before)
    screen.wish(after)
    until(lambda: "not here" in str(screen.keeper.health().get("content_fault")))
    assert screen.shelf.has(ITEMS[1]), "the others come all the same"
    assert screen.whole == before
    assert screen.shelf.programme() == before
    assert screen.shelf.has(ITEMS[0])
    source.files[ITEMS[2].sha256] = DATA[2]
    until(lambda: screen.whole == after and screen.shelf.programme() == after)
    assert "content_fault" not in screen.keeper.health()


def test_after_a_power_cut_without_a_hub_the_last_whole_programme_and_the_emergency_are_there(
    keeping: Keeping, until: Until
) -> None:
    emergency = Emergency(id="e", zh="走")
    screen = keeping(Source(DATA[0]))
    screen.wish(programme(ITEMS[0]), emergency)
    until(lambda: screen.shelf.programme() is not None)
    again = keeping(Source())
    until(lambda: again.heard)
    assert (again.heard[0].programme, again.heard[0].emergency) == (programme(ITEMS[0]), emergency)


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_a_file_that_is_damaged_at_the_start_is_fetched_again(keeping: Keeping, until: Until, damage: str) -> None:
    screen = keeping(Source(DATA[0]))
    screen.wish(programme(ITEMS[0]))
    until(lambda: screen.shelf.programme())
    screen.keeper.stop()  # or it would mend the file itself
    path = screen.shelf.path(ITEMS[0])
    match damage:
        case "cut":
            path.write_bytes(DATA[0][:-1])
        case "flipped":
            path.write_bytes(DATA[0][:-1] + bytes([DATA[0][-1] ^ 1]))
        case "gone":
            path.unlink()
    again = keeping(Source(DATA[0]))
    until(lambda: again.keeper.corrupt == 1 and again.shelf.has(ITEMS[0]))
    assert path.read_bytes() == DATA[0]
    until(lambda: again.changes >= 1)


def test_a_file_that_mpv_cannot_play_is_checked_and_fetched_again_if_it_was_damaged(
    keeping: Keeping, until: Until
) -> None:
    source = Source(DATA[0])
    screen = keeping(source)
    screen.wish(programme(ITEMS[0]))
    until(lambda: screen.whole)
    screen.shelf.path(ITEMS[0]).write_bytes(bytes(len(DATA[0])))
    screen.keeper.suspect(ITEMS[0])
    until(lambda: len(source.fetched) == 2 and screen.shelf.has(ITEMS[0]))
    screen.keeper.suspect(ITEMS[0])  # now it is what it should be: fetching it again would not help
    until(lambda: "cannot play" in str(screen.keeper.health().get("content_fault")))
    assert len(source.fetched) == 2


def test_a_full_disk_is_told_and_what_is_there_plays_on_until_there_is_room(keeping: Keeping, until: Until) -> None:
    disk = NarrowDisk(130_000)
    screen = keeping(Source(*DATA), disk=disk)
    before, after = programme(ITEMS[0]), programme(ITEMS[1], mark="two")
    screen.wish(before)
    until(lambda: screen.whole == before)
    screen.wish(after)
    until(lambda: "disk is full" in str(screen.keeper.health().get("content_fault")))
    assert (screen.whole, screen.shelf.has(ITEMS[0])) == (before, True)
    disk.free = 1_000_000
    until(lambda: screen.whole == after)
    assert screen.shelf.path(ITEMS[1]).read_bytes() == DATA[1], "what it took of the failed write was right"
    assert "content_fault" not in screen.keeper.health()


def test_a_full_disk_gives_up_what_nothing_needs(keeping: Keeping, until: Until) -> None:
    disk = NarrowDisk(250_000)
    screen = keeping(Source(*DATA), disk=disk)
    for number, mark in ((0, "one"), (1, "two")):
        screen.wish(programme(ITEMS[number], mark=mark))
        until(lambda mark=mark: screen.whole and screen.whole.mark == mark)
    assert screen.shelf.has(ITEMS[0]), "not needed, but there is room"
    screen.wish(programme(ITEMS[2], mark="three"))
    until(lambda: not screen.shelf.has(ITEMS[0]))
    assert screen.shelf.has(ITEMS[1]), "it plays"
    disk.free = 1_000_000
    until(lambda: screen.whole and screen.whole.mark == "three")


def test_under_the_cap_the_longest_unused_goes_first_and_what_plays_never(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 1)
    for number in range(5):
        path = shelf.path(ITEMS[number])
        path.write_bytes(DATA[number] * 2)
        os.utime(path, (1000 + number, 1000 + number))
    os.utime(shelf.path(ITEMS[0]), (5000, 5000))  # played last
    keep = {ITEMS[1].sha256}
    shelf.make_room(300_000, keep)
    assert [shelf.path(one).exists() for one in ITEMS[:5]] == [True, True, False, False, True]
    with pytest.raises(FullError, match="raise \\[device\\] media_mb_max"):
        shelf.make_room(900_000, keep)
    assert shelf.path(ITEMS[1]).exists()


def test_what_is_in_the_way_of_the_manifest_is_told_and_the_programme_plays_all_the_same(
    keeping: Keeping, until: Until, tmp_path: Path
) -> None:
    screen = keeping(Source(DATA[0]))
    (tmp_path / "content").mkdir(exist_ok=True)
    (tmp_path / "content" / "programme.json").mkdir()  # whatever the reason: it cannot be replaced
    screen.wish(programme(ITEMS[0]))
    until(lambda: screen.whole)
    (tmp_path / "content" / "programme.json").rmdir()
    until(lambda: screen.shelf.programme() == programme(ITEMS[0]))


def play(number: int) -> Play:
    return Play(sha256=f"{number:064x}", at=AT, played_s=1.0, outcome="whole")


def test_plays_go_in_batches_one_after_another_and_survive_a_power_cut(keeping: Keeping, until: Until) -> None:
    screen = keeping(Source())
    for number in range(BATCH + 1):
        screen.keeper.perform(Journal(play(number)))
    first = until(screen.batches)[0]
    assert [len(first.plays), first.plays[0].sha256] == [BATCH, play(0).sha256]
    until(lambda: screen.keeper.health()["plays_waiting"] == 2)
    assert len(screen.batches()) == 1, "the next comes when this one is taken"
    again = keeping(Source())
    assert until(again.batches)[0] == first, "with the same id: the hub knows it"
    again.keeper.perform(BatchTaken(first.id))
    second = until(lambda: again.batches()[1:])[0]
    assert [one.sha256 for one in second.plays] == [play(BATCH).sha256]
    again.keeper.perform(BatchTaken(second.id))
    until(lambda: again.keeper.health()["plays_waiting"] == 0)


def test_a_journal_that_is_full_loses_the_oldest_and_says_how_many(tmp_path: Path) -> None:
    plays = Plays(tmp_path / "plays.journal", batches_max=3)
    for number in range(BATCH * 5):
        plays.add(play(number))
    assert (len(plays), plays.lost) == (3, BATCH * 2)
    oldest = plays.oldest()
    assert oldest is not None
    assert oldest.plays[0].sha256 == play(BATCH * 2).sha256
    assert oldest.lost == 0
    plays.taken(oldest.id)
    plays.taken(plays.oldest().id)
    assert plays.oldest().lost == BATCH, "told with what came after"


def test_a_disk_that_takes_no_plays_keeps_a_bounded_number_in_memory(tmp_path: Path) -> None:
    plays = Plays(tmp_path / "plays.journal", disk=NarrowDisk(0))
    for number in range(BATCH * 10):
        plays.add(play(number))
    assert len(plays) == 0
    assert plays.lost > 0
    assert plays.lost + len(plays._open) == BATCH * 10
