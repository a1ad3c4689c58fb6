"""The power goes at any byte of a life with new settings: a start finds the last good ones, or those on trial."""

from pathlib import Path

import pytest

from edge.runtime.settings_file import Kept, SettingsFile, Trial, Values, Verdict
from tests.support.power import CuttingDisk, PowerCutError

GOOD, NEXT = Values(1, {"stuck_s": 4}), Values(2, {"keys": {"recall": 4}})
LIFE = [
    Kept(good=GOOD, decided=GOOD),
    Kept(good=GOOD, trial=Trial(wanted=NEXT, values=NEXT, starts=1)),
    Kept(good=NEXT, decided=NEXT, verdict=Verdict(revision=2, outcome="applied", in_force=2)),
]


def live(directory: Path, disk: CuttingDisk) -> tuple[int, bool]:
    """How many steps were confirmed, and whether the power went before the end."""
    confirmed = 0
    try:
        file = SettingsFile(directory, disk)
        for kept in LIFE:
            assert file.write(kept)
            confirmed += 1
    except PowerCutError:
        return confirmed, True
    return confirmed, False


@pytest.mark.parametrize("forgets", [False, True], ids=["cache-written", "cache-lost"])
def test_at_every_step_the_file_says_what_was_confirmed_last_or_what_was_on_its_way(tmp_path, forgets) -> None:
    cut, went = 0, True
    while went:
        directory = tmp_path / str(cut)
        directory.mkdir()
        disk = CuttingDisk(cut, forgets=forgets)
        confirmed, went = live(directory, disk)
        disk.power_cut()
        file = SettingsFile(directory)
        assert file.read() in [Kept(), *LIFE][confirmed : confirmed + 2], f"power cut at step {cut}"
        assert not file.damaged
        assert file.write(LIFE[0]), "what a cut left behind is in nobody's way"
        cut += 1
    assert cut > 200


@pytest.mark.parametrize("left", [b"", b"{", b"\x00" * 64, b'{"good": 7}', b"\xff\xfe"])
def test_a_file_that_a_worn_card_has_changed_is_put_aside_and_the_boards_own_file_is_used(tmp_path, left) -> None:
    (tmp_path / "settings.json").write_bytes(left)
    file = SettingsFile(tmp_path)
    assert file.read() == Kept()
    assert file.damaged == bool(left)
    assert (tmp_path / "settings.damaged").exists() == bool(left)


def test_a_disk_that_takes_nothing_leaves_what_there_was(tmp_path) -> None:
    SettingsFile(tmp_path).write(LIFE[0])
    (tmp_path / "settings.new").mkdir()  # nothing can be written there
    file = SettingsFile(tmp_path)
    assert not file.write(LIFE[1])
    assert "settings.json" in file.error
    assert SettingsFile(tmp_path).read() == LIFE[0]
