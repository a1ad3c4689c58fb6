"""The power goes at any byte that a journal writes: what was confirmed is there, what was answered may come again."""

from pathlib import Path

import pytest

from edge.runtime import outbox as outbox_module
from edge.runtime.outbox import Entry, Outbox
from tests.support.power import CuttingDisk, PowerCutError


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
