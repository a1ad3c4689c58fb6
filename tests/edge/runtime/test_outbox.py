"""What is journaled survives: a power cut at any byte loses nothing that had been confirmed."""

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


@pytest.mark.parametrize("damage", [0, 5, 9, 30])
def test_a_damaged_record_is_not_believed(tmp_path, damage):
    path = tmp_path / "outbox"
    outbox = Outbox(path)
    outbox.add(entry(0))
    outbox.close()
    data = bytearray(path.read_bytes())
    data[damage] ^= 1
    path.write_bytes(bytes(data))
    assert Outbox(path).pending() == []


def test_the_journal_is_empty_again_once_everything_is_answered(tmp_path):
    outbox = Outbox(tmp_path / "outbox")
    for n in range(100):
        outbox.add(entry(n))
        outbox.done(f"b-{n}")
    assert (tmp_path / "outbox").stat().st_size == 0
