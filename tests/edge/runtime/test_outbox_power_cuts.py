"""The power goes at any byte that a journal writes: what was confirmed is there, what was answered may come again."""

from pathlib import Path

import pytest

from edge.runtime import outbox as outbox_module
from edge.runtime.disk import Disk, File
from edge.runtime.outbox import Entry, Outbox


class PowerCutError(BaseException):
    """Nothing of the program runs any more: not an error that it could handle."""


class CuttingFile(File):
    """Knows how much of it is on the disk for certain."""

    def __init__(self, path: Path, disk: "CuttingDisk") -> None:
        super().__init__(path)
        self._disk, self._size, self.synced = disk, 0, 0

    def write(self, data: bytes) -> None:
        for count in range(len(data)):
            self._disk.step()
            super().write(data[count : count + 1])
            self._size += 1

    def sync(self) -> None:
        self._disk.step()
        self.synced = self._size

    def truncate(self, size: int) -> None:
        self._disk.step()
        super().truncate(size)
        self._size, self.synced = size, min(size, self.synced)


class CuttingDisk(Disk):
    """The power goes at the `cut`th step. `forgets`: what was not synced by then is gone as well."""

    def __init__(self, cut: int, *, forgets: bool) -> None:
        self._left, self._forgets = cut, forgets
        self._files: dict[Path, CuttingFile] = {}

    def step(self) -> None:
        if self._left == 0:
            raise PowerCutError
        self._left -= 1

    def create(self, path: Path) -> File:
        self.step()
        self._files[path] = CuttingFile(path, self)
        return self._files[path]

    def replace(self, fresh: Path, path: Path) -> None:
        self.step()
        super().replace(fresh, path)
        self._files[path] = self._files.pop(fresh)

    def power_cut(self) -> None:
        for path, file in self._files.items() if self._forgets else ():
            with path.open("r+b") as left:
                left.truncate(file.synced)


def entry(n: int) -> Entry:
    return Entry(f"b-{n}", "rating", b'{"n":%d}' % n)


def history(outbox: Outbox, confirmed: list[int], answered: set[int]) -> None:
    """Adds and answers, enough of them that the file is written anew in between."""
    for n in range(8):
        outbox.add(entry(n))
        confirmed.append(n)
        if n % 3 == 2:
            answered.add(n - 1)
            outbox.done(f"b-{n - 1}")


def life(path: Path, disk: CuttingDisk) -> tuple[list[int], set[int], bool]:
    """What was confirmed, what was answered, and whether the power went before the end."""
    confirmed: list[int] = []
    answered: set[int] = set()
    try:
        history(Outbox(path, disk), confirmed, answered)
    except PowerCutError:
        return confirmed, answered, True
    return confirmed, answered, False


@pytest.mark.parametrize("forgets", [False, True], ids=["cache-written", "cache-lost"])
def test_at_every_step_of_a_journals_life_what_was_confirmed_is_there_after_the_power_came_back(
    tmp_path, monkeypatch, forgets
):
    monkeypatch.setattr(outbox_module, "_DEAD_MAX", 1)  # so that it is written anew within a few records
    cut, went = 0, True
    while went:
        path = tmp_path / f"{cut}.journal"
        disk = CuttingDisk(cut, forgets=forgets)
        confirmed, answered, went = life(path, disk)
        disk.power_cut()
        after = [one.id for one in Outbox(path).pending()]
        known = [f"b-{n}" for n in confirmed]
        must = [f"b-{n}" for n in confirmed if n not in answered]
        assert [ident for ident in after if ident in must] == must, f"power cut at step {cut}"
        unconfirmed = f"b-{len(confirmed)}"  # was on its way when the power went
        assert set(after) <= {*known, unconfirmed}
        assert Outbox(path).damaged == 0
        cut += 1
    assert cut > 300
