"""What is journaled survives: a power cut at any byte loses nothing that had been confirmed."""

import contextlib
import resource
from collections.abc import Iterator

import pytest

from edge.runtime.outbox import Entry, Outbox


def entry(n: int) -> Entry:
    return Entry(f"b-{n}", "rating", b'{"n":%d,"words":"\xe6\xbb\xa1\xe6\x84\x8f"}' % n)


def test_entries_come_back_in_order_after_a_restart(tmp_path):
    outbox = Outbox(tmp_path / "outbox")
    for n in range(5):
        outbox.add(entry(n))
    outbox.done("b-2")
    outbox.close()
    assert Outbox(tmp_path / "outbox").pending() == [entry(0), entry(1), entry(3), entry(4)]


def test_a_file_cut_at_any_length_still_holds_every_whole_record_before_the_cut(tmp_path):
    path = tmp_path / "outbox"
    outbox = Outbox(path)
    ends = []
    for n in range(4):
        outbox.add(entry(n))
        ends.append(path.stat().st_size)
    outbox.close()
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        survivor = Outbox(path)
        assert survivor.pending() == [entry(n) for n, end in enumerate(ends) if end <= length]
        survivor.add(entry(9))
        survivor.close()
        assert Outbox(path).pending()[-1] == entry(9)


@pytest.mark.parametrize("bit", range(8))
def test_a_changed_byte_anywhere_costs_one_record_and_no_other(tmp_path, bit):
    path = tmp_path / "outbox"
    outbox = Outbox(path)
    for n in range(3):
        outbox.add(entry(n))
    outbox.close()
    whole = path.read_bytes()
    first_line_break, size = whole.index(b"\n"), len(whole)
    for place in range(size):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << bit
        path.write_bytes(bytes(damaged))
        survivor = Outbox(path)
        survivor.close()
        hit = place // (first_line_break + 1)
        others = [entry(n) for n in range(3) if n != hit]
        if damaged[place] in b"\n" or whole[place] in b"\n":  # two lines became one, or one two
            assert set(survivor.pending()) <= {entry(n) for n in range(3)}
            assert len(survivor.pending()) >= 1
        else:
            assert survivor.pending() == others


def test_what_a_worn_card_changed_is_kept_aside_and_told_of(tmp_path):
    path = tmp_path / "outbox.journal"
    outbox = Outbox(path)
    for n in range(3):
        outbox.add(entry(n))
    outbox.close()
    worn = path.read_bytes().replace(b"b-1", b"b-7")
    path.write_bytes(worn)
    survivor = Outbox(path)
    assert survivor.pending() == [entry(0), entry(2)]
    assert survivor.damaged == 1
    assert path.with_suffix(".damaged").read_bytes() == worn


def test_the_journal_is_empty_again_once_everything_is_answered(tmp_path):
    outbox = Outbox(tmp_path / "outbox")
    for n in range(100):
        outbox.add(entry(n))
        outbox.done(f"b-{n}")
    assert (tmp_path / "outbox").stat().st_size == 0


@contextlib.contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: the kernel refuses as it does when a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("left", [0, 1, 40])
def test_a_full_disk_takes_nothing_says_so_and_loses_nothing(tmp_path, left):
    path = tmp_path / "outbox"
    outbox = Outbox(path)
    outbox.add(entry(0))
    with room_for(path.stat().st_size + left):
        for n in (1, 2):
            with pytest.raises(OSError, match="too large"):
                outbox.add(entry(n))
        assert outbox.pending() == [entry(0)]
        assert "too large" in outbox.error
        assert Outbox(path).pending() == [entry(0)], "what a power cut would leave"
    outbox.add(entry(3))
    assert outbox.error == ""
    assert Outbox(path).pending() == [entry(0), entry(3)]


def test_an_answer_that_comes_while_the_disk_is_full_is_forgotten_with_the_next_entry(tmp_path):
    outbox = Outbox(tmp_path / "outbox")
    outbox.add(entry(0))
    outbox.add(entry(1))
    with room_for(0):
        outbox.done("b-0")
    assert outbox.pending() == [entry(1)]
    outbox.add(entry(2))
    assert Outbox(tmp_path / "outbox").pending() == [entry(1), entry(2)]


def test_a_board_whose_disk_is_full_from_the_start_works_and_journals_as_soon_as_it_can(tmp_path):
    path = tmp_path / "outbox"
    outbox = Outbox(path)
    outbox.add(entry(0))
    outbox.close()
    with room_for(0):
        survivor = Outbox(path)
        assert survivor.pending() == [entry(0)]
        assert survivor.error
    survivor.add(entry(1))
    assert Outbox(path).pending() == [entry(0), entry(1)]


def test_a_journal_that_cannot_be_read_is_not_written_over(tmp_path):
    path = tmp_path / "outbox"
    path.mkdir()
    outbox = Outbox(path)
    assert "directory" in outbox.error
    with pytest.raises(OSError, match="directory"):
        outbox.add(entry(0))
    path.rmdir()
    earlier = Outbox(path)
    earlier.add(entry(7))
    earlier.close()
    outbox.add(entry(8))
    assert Outbox(path).pending() == [entry(7), entry(8)]


def test_one_entry_that_is_never_answered_does_not_make_the_journal_grow_without_end(tmp_path):
    path = tmp_path / "outbox"
    outbox = Outbox(path)
    outbox.add(entry(0))
    for n in range(1, 3000):
        outbox.add(entry(n))
        outbox.done(f"b-{n}")
    assert path.stat().st_size < 300_000
    assert Outbox(path).pending() == [entry(0)]
